"""What is typed or picked in a row of settings: a number, or one of some words. Both have one width and one height."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from PySide6.QtCore import QPoint, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QActionGroup, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QMenu, QWidget

from app.ui import accessible
from app.ui.controls import TextButton, paint_card, paint_ring
from app.ui.theme import Theme
from app.ui.tokens import RADIUS_CONTROL

USUAL_TEXT_PX = 13  # of theme.fonts.ui where the system's text is of the usual size
ENTRY_HEIGHT_PX = 34
_ENTRY_WIDTH_PX = 168
REST_MS = 700
_MOST_CHARACTERS = 20
_PAD_PX = 12
_CARET_PX = 14
_ROOM_PX = 16  # above and below what is typed, with the line around it

Number: TypeAlias = int | float


def scaled(theme: Theme, width_px: int) -> int:
    """A measure that grows with the text."""
    return round(width_px * theme.fonts.ui.pixelSize() / USUAL_TEXT_PX)


def entry_width(theme: Theme) -> int:
    return scaled(theme, _ENTRY_WIDTH_PX)


def entry_height(theme: Theme) -> int:
    """As high as designed, and higher where the text needs it."""
    return max(ENTRY_HEIGHT_PX, round(QFontMetricsF(theme.fonts.ui).height()) + _ROOM_PX)


class NumberEdit(QLineEdit):
    """A number as people write it. Empty stands for the default, which the placeholder names.

    `settled` says that the typing came to rest with something new: look at `number` and `is_fault`.
    """

    settled = Signal()

    def __init__(self, theme: Theme, kind: type[Number], accepts: Callable[[Number], bool], *, parent: QWidget) -> None:
        super().__init__(parent)
        self._kind = kind
        self._accepts = accepts
        self._settled_text = ""
        self.setMaxLength(_MOST_CHARACTERS)
        self.setFont(theme.fonts.ui)
        self._theme = theme
        theme.resized.connect(self._fit)
        self._fit()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.settle)
        self.textEdited.connect(self._on_edited)
        self.editingFinished.connect(self.settle)

    @property
    def number(self) -> Number | None:
        """None while the field is empty, or holds none that is accepted."""
        text = "".join(self.text().split())
        try:
            number = self._kind(text.replace(",", "." if self._kind is float else ""))
            return number if self._accepts(number) else None
        except ValueError:
            return None

    @property
    def is_fault(self) -> bool:
        return bool(self.text().strip()) and self.number is None

    def show_number(self, number: Number | None) -> None:
        """None shows the default. What is being typed stays."""
        is_being_typed = self._rest.isActive() or (self.hasFocus() and self.is_fault)
        if not is_being_typed and (self.is_fault or self.number != number):
            self.put(number)

    def put(self, number: Number | None) -> None:
        """The same, whatever is being typed."""
        self._rest.stop()
        self.setText(number_text(number))
        self._settled_text = self.text()

    @Slot()
    def settle(self) -> None:
        self._rest.stop()
        if self.text() != self._settled_text:
            self._settled_text = self.text()
            self.settled.emit()

    @Slot()
    def _fit(self) -> None:
        self.setFixedSize(entry_width(self._theme), entry_height(self._theme))

    @Slot()
    def _on_edited(self) -> None:
        self._rest.start()


def number_text(number: Number | None) -> str:
    """As it is typed: no separators, a point before decimals."""
    if number is None:
        return ""
    return f"{number:.10g}" if isinstance(number, float) else str(number)


class Chooser(TextButton):
    """One of some choices, shown on a button with a menu. `chosen` says that the person picked another."""

    chosen = Signal()

    def __init__(self, theme: Theme, label: str, help_text: str, *, parent: QWidget) -> None:
        super().__init__(theme, "", parent=parent)
        self._label = label
        self._help = help_text
        self._choices: tuple[tuple[object, str], ...] = ()
        self._value: object = None
        self._color = "text"
        self.height_px = ENTRY_HEIGHT_PX
        theme.fix(self, width=_ENTRY_WIDTH_PX)
        self.setAutoDefault(False)
        self.clicked.connect(self._on_clicked)

    @property
    def value(self) -> object:
        return self._value

    def set_choices(self, choices: Sequence[tuple[object, str]]) -> None:
        """Values, and what stands for them."""
        self._choices = tuple(choices)

    def show_value(self, value: object, *, words: str = "", color: str = "text") -> None:
        """`words` for a value that is none of the choices."""
        self._value = value
        self._color = color
        self.set_text(next((shown for choice, shown in self._choices if choice == value), words))
        accessible.name(self, f"{self._label}: {self.text()}", self._help)
        self.setToolTip(accessible.plain_tooltip(self.text() if self._is_cut() else ""))

    def make_menu(self) -> QMenu:
        """The choices; it destroys itself when it closes."""
        menu = QMenu(self)
        menu.setMinimumWidth(self.width())
        menu.aboutToHide.connect(menu.deleteLater)
        group = QActionGroup(menu)
        for value, shown in self._choices:
            action = menu.addAction(shown.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(value == self._value)
            action.setData(self._choices.index((value, shown)))
            group.addAction(action)
        group.triggered.connect(self._on_triggered)
        return menu

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = QRectF(self.rect())
        ground, line, _ink = self._colours()
        paint_card(painter, rect, ground=ground, line=line, radius=RADIUS_CONTROL)
        painter.setFont(self.font())
        painter.setPen(self._theme.color(self._color))
        words = rect.adjusted(_PAD_PX, 0, -2 * _PAD_PX - _CARET_PX + 4, 0)
        shown = QFontMetricsF(self.font()).elidedText(self.text(), Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, shown)
        caret = QRectF(rect.right() - _PAD_PX - _CARET_PX + 2, (rect.height() - _CARET_PX) / 2, _CARET_PX, _CARET_PX)
        self._theme.icons.paint(painter, "caret-down", caret, self._theme.color("muted"))
        if self._has_ring:
            paint_ring(painter, rect, self._theme, RADIUS_CONTROL - 1)

    def _is_cut(self) -> bool:
        room = self.width() - 3 * _PAD_PX - _CARET_PX + 4
        return QFontMetricsF(self.font()).horizontalAdvance(self.text()) > room

    @Slot()
    def _on_clicked(self) -> None:
        self.make_menu().popup(self.mapToGlobal(QPoint(0, self.height() + 2)))

    @Slot(object)
    def _on_triggered(self, action: object) -> None:
        value = self._choices[action.data()][0]  # type: ignore[attr-defined] # a QAction
        if value != self._value:
            self.show_value(value)
            self.chosen.emit()
