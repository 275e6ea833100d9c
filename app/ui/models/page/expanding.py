"""A row that opens: its head is one button, what is below is made when it is first opened."""

from __future__ import annotations

from PySide6.QtCore import QMargins, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from app.journeys.offers import Fit
from app.text import _
from app.ui import accessible
from app.ui.controls import Text, TextButton, paint_card, paint_ring
from app.ui.models.entries import scaled
from app.ui.models.page.parts import FIT_PX, PAD_PX, WIDE_PX, FitLine, MiddleElided, Row, half, hold_width
from app.ui.theme import Theme

CARET_PX = 14
INDENT_PX = PAD_PX + CARET_PX + 10
_INSET_PX = 4  # of the ground under the mouse


class Head(TextButton):
    """Title and quiet line, and at the right how it runs. Right opens, Left closes, Enter and Space do either."""

    opened = Signal(object)  # bool

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, "", parent=parent, kind="quiet")
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._is_open = False
        self._spoken = ""
        self.title = MiddleElided(theme, "", parent=self, font=theme.fonts.ui_strong)
        self.line = Text(theme, "", parent=self, font=theme.fonts.small, color="muted").wrapped()
        self.fit = FitLine(theme, parent=self)
        self.side = Text(theme, "", parent=self, font=theme.fonts.small, color="muted").wrapped()
        self.side.setContentsMargins(self.fit.contentsMargins())
        self._about = half(self, self.title, self.line)
        self._runs = half(self, self.fit, self.side)
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._is_wide: bool | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(INDENT_PX, 12, PAD_PX, 12)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(0, 1)
        self.set_wide(True)
        self.clicked.connect(self._on_clicked)

    @property
    def is_open(self) -> bool:
        return self._is_open

    def show_words(self, title: str, line: str, spoken: str) -> None:
        """`spoken` is a sentence on all of it."""
        self.title.set_text(title)
        self.line.setText(line)
        self._spoken = spoken
        self._speak()

    def show_fit(self, fit: Fit | None, side: str) -> None:
        """What stands at the right: how it runs, and a quiet line below."""
        self.fit.show_fit(fit)
        self.fit.setVisible(fit is not None)
        self.side.setText(side)
        self.side.setContentsMargins(self.fit.contentsMargins() if fit is not None else QMargins())
        self.side.setVisible(bool(side))
        self._runs.setVisible(fit is not None or bool(side))

    def set_open(self, is_open: bool) -> None:
        if is_open != self._is_open:
            self._is_open = is_open
            self._speak()
            self.update()
            self.opened.emit(is_open)

    def set_wide(self, is_wide: bool) -> None:
        """How it runs stands at the right where there is room, else below."""
        if is_wide == self._is_wide:
            return
        self._is_wide = is_wide
        self._grid.removeWidget(self._about)
        self._grid.removeWidget(self._runs)
        hold_width(self._runs, scaled(self._theme, FIT_PX) if is_wide else None)
        self._grid.addWidget(self._about, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        at = (0, 1) if is_wide else (1, 0)
        self._grid.addWidget(self._runs, *at, Qt.AlignmentFlag.AlignVCenter)

    def sizeHint(self) -> QSize:
        return self._grid.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._grid.minimumSize()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Right and not self._is_open:
            self.set_open(True)
        elif event.key() == Qt.Key.Key_Left and self._is_open:
            self.set_open(False)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        inner = QRectF(self.rect()).adjusted(_INSET_PX, _INSET_PX, -_INSET_PX, -_INSET_PX)
        if self.underMouse() or self.isDown():
            ground = self._theme.color("pressed" if self.isDown() else "hover")
            paint_card(painter, inner, ground=ground, line=None, radius=9)
        middle = self.title.mapTo(self, self.title.rect().center()).y() + 0.5
        caret = QRectF(PAD_PX, middle - CARET_PX / 2, CARET_PX, CARET_PX)
        name = "caret-down" if self._is_open else "caret-right"
        self._theme.icons.paint(painter, name, caret, self._theme.color("muted"))
        if self._has_ring:
            paint_ring(painter, inner, self._theme, 8)

    def _speak(self) -> None:
        how = _("Open. Press Left to close it.") if self._is_open else _("Closed. Press Enter to see its sizes.")
        accessible.name(self, self._spoken, how)

    @Slot()
    def _on_clicked(self) -> None:
        self.set_open(not self._is_open)


class ExpandingRow(Row):
    """A head, and below it `body` once it is open."""

    opened = Signal(object)  # bool

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self.head = Head(theme, parent=self)
        self.body: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.head)
        self.head.opened.connect(self._on_opened)

    @property
    def is_open(self) -> bool:
        return self.head.is_open

    def arrange(self, column_px: int) -> None:
        self.head.set_wide(column_px >= scaled(self._theme, WIDE_PX))

    def make_body(self) -> QWidget:
        """Called once, when it is first opened."""
        raise NotImplementedError  # each kind of row has its own

    def fill_body(self) -> None:
        """Called whenever it is opened."""

    @Slot(object)
    def _on_opened(self, is_open: bool) -> None:
        if self.body is None:
            self.body = self.make_body()
            self._column.addWidget(self.body)
        if is_open:
            self.fill_body()
        self.body.setVisible(is_open)
        self.opened.emit(is_open)
