"""What a model thought before it answered, folded away: a button with a chevron, and muted words behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.text import _
from app.ui import accessible
from app.ui.controls import TextButton
from app.ui.theme import Theme

_HEAD_PX = 30
_INDENT_PX = 22
_GAP_PX = 6


class Thoughts(Protocol):
    """The body that shows them; message_body makes it."""

    def set_source(self, source: str, *, is_live: bool) -> None: ...
    def arrange(self, width: int) -> int: ...
    def tab_stops(self) -> list[QWidget]: ...
    def matches(self, words: str) -> int: ...
    def mark_words(self, words: str, current: int | None) -> None: ...
    def clear_marks(self) -> None: ...
    def current_rect(self) -> QRect | None: ...


class ThinkCard(QWidget):
    """The words are laid out only when somebody opens it, so a long thought that streams costs nothing."""

    height_changed = Signal()

    def __init__(self, theme: Theme, make_body: Callable[[QWidget], QWidget], *, parent: QWidget) -> None:
        """`make_body` makes a widget that is also `Thoughts`."""
        super().__init__(parent)
        self._theme = theme
        self._make_body = make_body
        self._widget: QWidget | None = None
        self._source = ""
        self._is_live = False
        self._is_shown_live = False
        self._toggle = TextButton(theme, "", parent=self, kind="quiet", icon="brain")
        self._toggle.setFont(theme.fonts.small)
        self._toggle.height_px = _HEAD_PX
        self._toggle.align_left = True
        self._toggle.setCheckable(True)
        self._toggle.toggled.connect(self._on_toggled)
        self._refresh()

    @property
    def toggle(self) -> TextButton:
        return self._toggle

    @property
    def is_open(self) -> bool:
        return self._toggle.isChecked()

    @property
    def body(self) -> QWidget | None:
        return self._widget

    def tab_stops(self) -> list[QWidget]:
        return [self._toggle, *(self._thoughts().tab_stops() if self.is_open else ())]

    def set_thought(self, source: str, *, is_live: bool) -> None:
        if source == self._source and is_live == self._is_live:
            return
        self._source, self._is_live = source, is_live
        if self.is_open:
            self._thoughts().set_source(source, is_live=is_live)
        self._refresh()

    def arrange(self, width: int) -> int:
        head, indent = self._toggle.sizeHint(), self._theme.px(_INDENT_PX)
        self._toggle.setGeometry(self._mirrored(QRect(-10, 0, head.width(), head.height()), width))
        if not self.is_open:
            return head.height()
        thoughts = self._thoughts()
        height = thoughts.arrange(width - indent)
        if self._widget is not None:
            place = QRect(indent, head.height() + _GAP_PX, width - indent, height)
            self._widget.setGeometry(self._mirrored(place, width))
        return head.height() + _GAP_PX + height

    def matches(self, words: str) -> int:
        return self._filled().matches(words) if words.strip() and self._source else 0

    def mark_words(self, words: str, current: int | None) -> None:
        """Opens it where the current one is in it."""
        if current is not None and not self.is_open:
            self._toggle.setChecked(True)
        self._filled().mark_words(words, current)

    def clear_marks(self) -> None:
        if self._widget is not None:
            self._thoughts().clear_marks()

    def current_rect(self) -> QRect | None:
        if self._widget is None or not self.is_open:
            return None
        found = self._thoughts().current_rect()
        return found.translated(self._widget.pos()) if found is not None else None

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.is_open:
            top = self._toggle.height() + _GAP_PX
            line = QRect(6, top, 2, self.height() - top)
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("line"))
            painter.drawRoundedRect(QRectF(self._mirrored(line, self.width())), 1, 1)

    def _mirrored(self, rect: QRect, width: int) -> QRect:
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            rect.moveLeft(width - rect.right() - 1)
        return rect

    def _thoughts(self) -> Thoughts:
        if self._widget is None:
            self._widget = self._make_body(self)
        return self._widget  # type: ignore[return-value]  # a widget that is also Thoughts: Python cannot say both

    def _filled(self) -> Thoughts:
        thoughts = self._thoughts()
        thoughts.set_source(self._source, is_live=self._is_live)
        return thoughts

    def _refresh(self) -> None:
        words = _("Thinking…") if self._is_live else _("Thought for a moment")
        self._toggle.tail_icon = "caret-down" if self.is_open else "caret-right"
        self._toggle.set_text(words)
        state = _("Open. Press to fold it.") if self.is_open else _("Folded. Press to read it.")
        accessible.name(self._toggle, words, state)

    @Slot(bool)
    def _on_toggled(self, is_open: bool) -> None:
        if is_open:
            self._filled()
        if self._widget is not None:
            self._widget.setVisible(is_open)
        self._refresh()
        self.height_changed.emit()
