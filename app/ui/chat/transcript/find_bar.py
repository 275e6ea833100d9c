"""The bar of "find in this chat": a field, how many there are, next, previous, close."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.text import _, grouped
from app.ui import accessible
from app.ui.chat.transcript.finder import Found
from app.ui.controls import IconButton, Text, paint_card, paint_shadow
from app.ui.theme import Theme

_WIDTH_PX, _HEIGHT_PX = 420, 46
_SHADOW_PX = 8
_PAD_PX = 6
_COUNT_SAMPLE = "8,888 of 88,888"
_CHARS_MAX = 200


class FindField(QLineEdit):
    """Enter and Shift+Enter step, Esc closes, and nothing of it reaches the window's own keys."""

    stepped = Signal(object)
    """+1 or -1."""
    escaped = Signal()

    def event(self, event: QEvent) -> bool:
        is_claim = event.type() == QEvent.Type.ShortcutOverride
        if is_claim and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.stepped.emit(-1 if is_back else 1)
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.stepped.emit(-1 if event.key() == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)


class FindBar(QWidget):
    """Floats over the transcript's upper edge; hidden while nothing is looked for."""

    words_changed = Signal(object)
    """What is looked for, a str."""
    stepped = Signal(object)
    """+1 or -1."""
    closed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.field = FindField(self)
        self.field.setProperty("place", "field")
        self.field.setMaxLength(_CHARS_MAX)
        self.field.setFont(theme.fonts.ui)
        self.field.setPlaceholderText(_("Find in this chat"))
        accessible.name(self.field, _("Find in this chat"))
        self.count = Text(theme, "", parent=self, font=theme.fonts.small, color="muted")
        self.count.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.previous = self._button("caret-up", _("Previous match"))
        self.next = self._button("caret-down", _("Next match"))
        self.close_button = self._button("x", _("Close the search"))
        self.field.textChanged.connect(self._on_text)
        self.field.stepped.connect(self.stepped)
        self.field.escaped.connect(self.closed)
        self.previous.clicked.connect(self._on_previous)
        self.next.clicked.connect(self._on_next)
        self.close_button.clicked.connect(self.closed)
        self.show_found(Found())
        self.hide()
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(_WIDTH_PX), self._theme.px(_HEIGHT_PX) + _SHADOW_PX)

    def open(self, words: str) -> None:
        """Shows the bar with its words marked, ready to be typed over."""
        if words:
            self.field.setText(words)
        self.show()
        self.raise_()
        self.field.selectAll()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_found(self, found: Found) -> None:
        words = sentence(found, has_words=bool(self.field.text()))
        if words != self.count.text():
            self.count.setText(words)
            accessible.name(self.count, words)
        for button in (self.previous, self.next):
            button.setEnabled(found.count > 0)
        self.count.set_color("danger" if found.is_complete and not found.count and self.field.text() else "muted")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        button = self._theme.px(30)
        height = self.height() - _SHADOW_PX
        counted = round(QFontMetricsF(self.count.font()).horizontalAdvance(_COUNT_SAMPLE)) + 8
        counted = min(counted, max(0, self.width() // 3))
        sizes = [(self.count, counted), (self.previous, button), (self.next, button), (self.close_button, button)]
        field = self.width() - 2 * _SHADOW_PX - 2 * _PAD_PX - sum(size for _widget, size in sizes)
        x = _SHADOW_PX + _PAD_PX
        is_rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        parts: list[tuple[QWidget, int]] = [(self.field, field), *sizes]
        for widget, size in parts:
            left = self.width() - x - size if is_rtl else x
            inset = _PAD_PX if widget is self.field else (height - button) // 2
            widget.setGeometry(left, inset, size, height - 2 * inset)
            x += size

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = self._theme.color
        card = QRectF(self.rect()).adjusted(_SHADOW_PX, 0, -_SHADOW_PX, -_SHADOW_PX)
        paint_shadow(painter, card, 10, color("shadow"), depth=_SHADOW_PX)
        paint_card(painter, card, ground=color("card"), line=color("line"), radius=10)

    def _button(self, icon: str, label: str) -> IconButton:
        made = IconButton(self._theme, icon, label, parent=self, size=30)
        made.icon_px = 15
        return made

    @Slot(str)
    def _on_text(self, words: str) -> None:
        self.words_changed.emit(words)

    @Slot()
    def _on_previous(self) -> None:
        self.stepped.emit(-1)

    @Slot()
    def _on_next(self) -> None:
        self.stepped.emit(1)


def sentence(found: Found, *, has_words: bool) -> str:
    """What stands beside the field."""
    if not has_words:
        return ""
    if not found.count:
        return _("Nothing found") if found.is_complete else _("Looking…")
    count = grouped(found.count) + ("" if found.is_complete else "+")
    return _("{number} of {count}").format(number=grouped(found.number), count=count)
