"""The palette: a field above everything else in the window, and below it whatever fits what is typed.

It knows nothing of what it lists: commands are handed in by `open`, others that take time to find by `add`. The field
keeps the focus throughout, so that typing always goes there; the arrow keys move through the list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QFrame, QLineEdit, QListView, QVBoxLayout, QWidget

from app.text import _, plural
from app.ui import accessible
from app.ui.controls import Text, paint_card, paint_shadow, set_text_margins
from app.ui.palette.matching import Command, Match, Prepared, find, prepare
from app.ui.palette.rows import Heading, PaletteDelegate, PaletteItems, grouped, spoken
from app.ui.theme import Theme
from app.ui.tokens import RADIUS_CARD

__all__ = ["Command", "CommandChosen", "Palette"]

ASK_MS = 120
MOST_SHOWN = 300
_MOST_RECENT = 8
_MOST_CHARACTERS = 200
_WIDTH_PX = 640
_LIST_PX = 420
_FIELD_PX = 50
_EDGE_PX = 12
_MOVES = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 2, Qt.Key.Key_PageUp: -2}


@dataclass(frozen=True, slots=True)
class CommandChosen:
    id: str


class Palette(QWidget):
    """Covers `parent` while it is open. `asked` goes out a moment after the typing rests: answer with `add`."""

    chosen = Signal(object)  # CommandChosen
    asked = Signal(object)  # the words, a str; never empty
    closed = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._host = parent
        self._commands: tuple[Prepared, ...] = ()
        self._recent: list[str] = []
        self._before: QWidget | None = None
        self.field = _Field(theme, parent=self)
        self.list = _List(theme, parent=self)
        self.items = PaletteItems(self.list)
        self.list.setModel(self.items)
        self.list.setItemDelegate(PaletteDelegate(theme, self.list))
        self._nothing = Text(theme, "", parent=self, color="muted").wrapped()
        self._nothing.setContentsMargins(16, 10, 16, 16)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(ASK_MS)
        self._rest.timeout.connect(self._on_rest)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        self._column.addWidget(self.field)
        self._column.addWidget(self.list)
        self._column.addWidget(self._nothing)
        self._column.addStretch(1)
        self.field.textChanged.connect(self._on_words)
        self.field.moved.connect(self._on_moved)
        self.field.entered.connect(self._choose_current)
        self.field.left.connect(self.dismiss)
        self.list.clicked.connect(self._on_clicked)
        self.list.hovered.connect(self._on_hovered)
        theme.changed.connect(self._lay_out)
        theme.resized.connect(self._lay_out)
        parent.installEventFilter(self)
        self.hide()

    @property
    def is_open(self) -> bool:
        return not self.isHidden()

    @property
    def words(self) -> str:
        return self.field.text().strip()

    def open(self, commands: Sequence[Command], words: str = "") -> None:
        """Shows these; asked for again while it is open, it closes."""
        if self.is_open:
            self.dismiss()
            return
        self._commands = prepare(commands)
        self._before = QApplication.focusWidget()
        self.field.setText(words)
        self.field.selectAll()
        self._search()
        self.setGeometry(self._host.rect())
        self._lay_out()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def add(self, words: str, commands: Sequence[Command]) -> None:
        """More that was found for `words`, below what is there; too late for what is typed now, it is dropped."""
        if not self.is_open or words != self.words:
            return
        shown = {row.command.id for row in self.items.rows if isinstance(row, Match)}
        more = [Match(command) for command in commands if command.id not in shown]
        self.items.add_rows(grouped((), more))
        if more:
            self.list.show()
            self._nothing.hide()
        if more and not self.list.currentIndex().isValid():
            self._move_to(0, 1)
        self._lay_out()

    @Slot()
    def dismiss(self) -> None:
        """Closes it; the focus goes back to where it was."""
        if not self.is_open:
            return
        self._rest.stop()
        self.hide()
        self.items.set_rows(())
        self._commands = ()
        if self._before is not None:
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
            self._before = None
        self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.is_open:
            self.setGeometry(self._host.rect())
            self._lay_out()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._card().contains(event.position()):
            self.dismiss()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = self._theme.color
        painter.fillRect(self.rect(), color("shadow", alpha=0.5 if self._theme.tokens.scheme == "dark" else 0.18))
        card = self._card()
        paint_shadow(painter, card, RADIUS_CARD, color("shadow"))
        paint_card(painter, card, ground=color("card"), line=color("line"))
        if self.list.isVisible() or self._nothing.isVisible():
            line = QRectF(card.left() + 1, self.field.geometry().bottom(), card.width() - 2, 1)
            painter.fillRect(line, color("line"))

    def _card(self) -> QRectF:
        last = self.list if not self.list.isHidden() else self._nothing if not self._nothing.isHidden() else self.field
        place = self.field.geometry()
        return QRectF(place.left(), place.top(), place.width(), last.geometry().bottom() + 1 - place.top())

    @Slot()
    def _lay_out(self) -> None:
        if self.isHidden() and not self._commands:
            return
        width = min(self._theme.px(_WIDTH_PX), self.width() - 2 * _EDGE_PX)
        side = max(_EDGE_PX, (self.width() - width) // 2)
        top = min(self.height() // 8, self._theme.px(96)) if self.width() > width + 4 * _EDGE_PX else _EDGE_PX
        self.field.setFixedHeight(self._theme.px(_FIELD_PX))
        room = self.height() - top - _EDGE_PX - self.field.height()
        wanted = sum(self.list.sizeHintForRow(row) for row in range(min(self.items.rowCount(), 40))) + 2 * _EDGE_PX
        self.list.setFixedHeight(max(0, min(wanted, self._theme.px(_LIST_PX), room)))
        self._column.setContentsMargins(side, top, side, 0)
        self._column.activate()
        self.update()

    def _search(self) -> None:
        words = self.words
        recent = () if words else tuple(self._recent)
        matches = find(words, self._commands, self._recent)
        latest = [match for match in matches if match.command.id in recent]
        latest.sort(key=lambda match: recent.index(match.command.id))
        self.items.set_rows(grouped(latest, [match for match in matches[:MOST_SHOWN] if match not in latest]))
        is_empty = not matches
        self.list.setVisible(not is_empty)
        self._nothing.setVisible(is_empty)
        self._nothing.setText(_("Nothing is called that. Try fewer letters.") if is_empty else "")
        if is_empty:
            accessible.announce(self.field, self._nothing.text())
        else:
            self._move_to(0, 1)

    @Slot()
    def _on_words(self) -> None:
        if self.is_open:
            self._search()
            self._lay_out()
            self._rest.start()

    @Slot()
    def _on_rest(self) -> None:
        if self.words:
            self.asked.emit(self.words)

    @Slot(object)
    def _on_moved(self, step: int) -> None:
        """-1 and 1 for a row, -2 and 2 for a page; from an end a single step goes round."""
        if not self.items.rowCount():
            return
        current = self.list.currentIndex().row()
        direction = 1 if step > 0 else -1
        if abs(step) == 1:
            self._move_to((current + direction) % self.items.rowCount(), direction)
        else:
            page = max(1, self.list.viewport().height() // max(1, self.list.sizeHintForRow(current)) - 1)
            self._move_to(min(max(current + direction * page, 0), self.items.rowCount() - 1), direction)

    def _move_to(self, row: int, direction: int) -> None:
        """To this row or, where it is a heading, to the next one in `direction`."""
        rows = self.items.rows
        for _turn in range(2):
            if isinstance(rows[row], Heading):
                row = (row + direction) % len(rows)
        if isinstance(rows[row], Heading):
            return
        index = self.items.index(row, 0)
        self.list.setCurrentIndex(index)
        is_first = row == 1 and isinstance(rows[0], Heading)
        self.list.scrollTo(self.items.index(0, 0) if is_first else index)
        self._say_current()

    def _say_current(self) -> None:
        row = self.items.rows[self.list.currentIndex().row()]
        if isinstance(row, Match):
            matches = [row_ for row_ in self.items.rows if isinstance(row_, Match)] if self.is_open else []
            count = plural("{count} result", "{count} results", len(matches)) if matches else ""
            words = spoken(row)
            self.field.setAccessibleDescription(words)
            if self.is_open:
                accessible.announce(self.field, f"{words}. {count}" if row is matches[0] else words)

    @Slot()
    def _choose_current(self) -> None:
        index = self.list.currentIndex()
        if index.isValid():
            self._on_clicked(index)

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        row = self.items.rows[index.row()]
        if not isinstance(row, Match):
            return
        id_ = row.command.id
        self._recent = [id_, *(other for other in self._recent if other != id_)][:_MOST_RECENT]
        self.dismiss()
        self.chosen.emit(CommandChosen(id_))

    @Slot(object)
    def _on_hovered(self, index: QModelIndex) -> None:
        if isinstance(self.items.rows[index.row()], Match):
            self.list.setCurrentIndex(index)


class _Field(QLineEdit):
    """Typing stays here; what moves and chooses is told. While it has the focus, no shortcut of the window works."""

    moved = Signal(object)  # int: rows, -2 and 2 for a page
    entered = Signal()
    left = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFont(theme.fonts.body)
        self.setFrame(False)
        self.setStyleSheet("QLineEdit, QLineEdit:focus { background: transparent; border: none; padding: 0 16px; }")
        self.setMaxLength(_MOST_CHARACTERS)
        words = _("Find a command, a chat, a model or a setting")
        self.setPlaceholderText(words)
        set_text_margins(self, start=theme.px(26))
        accessible.name(self, words)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            event.accept()
            return True
        return super().event(event)

    def focusNextPrevChild(self, is_next: bool) -> bool:
        self.moved.emit(1 if is_next else -1)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        is_same = QKeySequence(event.keyCombination()) == QKeySequence("Ctrl+K")
        if key in _MOVES:
            self.moved.emit(_MOVES[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif key == Qt.Key.Key_Escape or is_same:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = self._theme.px(18)
        x = self.width() - 16 - side if self.isRightToLeft() else 16
        icon = QRectF(x, (self.height() - side) / 2, side, side)
        self._theme.icons.paint(QPainter(self), "magnifying-glass", icon, self._theme.color("hint"))


class _List(QListView):
    """Never takes the focus. A row becomes the current one when the mouse moves onto it, not when it scrolls there."""

    hovered = Signal(object)  # QModelIndex

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("place", "list")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setViewportMargins(8, 6, 8, 8)
        self.viewport().setAutoFillBackground(False)
        accessible.name(self, _("What was found"))
        theme.changed.connect(self.viewport().update)
        self._last = QPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.globalPosition().toPoint()
        index = self.indexAt(event.position().toPoint())
        if place != self._last and index.isValid():
            self.hovered.emit(index)
        self._last = place
        super().mouseMoveEvent(event)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)
