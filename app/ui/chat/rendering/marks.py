"""Words found in text views: where they stand, and marked for the eye."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QRect
from PySide6.QtGui import QBrush, QTextCursor
from PySide6.QtWidgets import QTextEdit

from app.ui.theme import Theme

MATCHES_MAX = 2_000
"""In one view; nobody steps through more."""

Span = tuple[int, int]

_BETWEEN = "(?:\u202f\ufffc|[\\s\u2028\u2029])+"
"""White space, and a chip between two sentences."""


def find(text: str, words: str) -> list[Span]:
    """Places of `words` in `text` as Qt counts, upper and lower case alike, any white space for a space."""
    parts = words.split()
    if not parts:
        return []
    pattern = re.compile(_BETWEEN.join(re.escape(part) for part in parts), re.IGNORECASE)
    spans: list[Span] = []
    for found in pattern.finditer(text):
        spans.append(found.span())
        if len(spans) == MATCHES_MAX:
            break
    return spans if text.isascii() or max(text) <= "\uffff" else _as_qt_counts(text, spans)


def _as_qt_counts(text: str, spans: Sequence[Span]) -> list[Span]:
    """Qt counts UTF-16 units, of which an emoji has two."""
    made: list[Span] = []
    position = units = 0
    for start, end in spans:
        units += len(text[position:start].encode("utf-16-le")) // 2
        length = len(text[start:end].encode("utf-16-le")) // 2
        made.append((units, units + length))
        position, units = end, units + length
    return made


class Marks:
    """The marked words of one view."""

    def __init__(self, view: QTextEdit, theme: Theme) -> None:
        self._view = view
        self._theme = theme
        self._spans: list[Span] = []
        self._current: int | None = None

    def count(self, words: str) -> int:
        return len(find(self._text(), words))

    def show(self, words: str, current: int | None) -> None:
        """Marks all of them; the one with that number, if any, more strongly."""
        self._spans = find(self._text(), words)
        self._current = current if current is not None and 0 <= current < len(self._spans) else None
        self._view.setExtraSelections([self._selection(number) for number in range(len(self._spans))])

    def clear(self) -> None:
        if self._spans:
            self._spans, self._current = [], None
            self._view.setExtraSelections([])

    def current_rect(self) -> QRect | None:
        """Of the current one, in the view's viewport; brought into view sideways first."""
        if self._current is None:
            return None
        start, end = self._spans[self._current]
        bar = self._view.horizontalScrollBar()
        before = self._rect_at(start)
        if before.left() < 0 or before.right() > self._view.viewport().width():
            bar.setValue(bar.value() + before.left() - self._view.viewport().width() // 3)
            before = self._rect_at(start)
        after = self._rect_at(end)
        return before.united(after) if after.top() == before.top() else before

    def _rect_at(self, position: int) -> QRect:
        cursor = QTextCursor(self._view.document())
        cursor.setPosition(position)
        return self._view.cursorRect(cursor)

    def _text(self) -> str:
        return self._view.document().toRawText()

    def _selection(self, number: int) -> QTextEdit.ExtraSelection:
        start, end = self._spans[number]
        cursor = QTextCursor(self._view.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        made = QTextEdit.ExtraSelection()
        made.cursor = cursor
        chars = made.format
        is_current = number == self._current
        chars.setBackground(QBrush(self._theme.color("accent" if is_current else "accent_ground")))
        chars.setForeground(QBrush(self._theme.color("on_accent" if is_current else "accent")))
        made.format = chars
        return made
