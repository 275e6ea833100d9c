"""Find in this chat: the bar, the search behind it, and the marks in the messages that are in view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QWidget

from app.ui.chat.transcript.area import MessageArea
from app.ui.chat.transcript.feed import Feed
from app.ui.chat.transcript.find_bar import FindBar
from app.ui.chat.transcript.finder import Finder, Found
from app.ui.chat.transcript.stage import Stage
from app.ui.theme import Theme

if TYPE_CHECKING:
    from app.ui.chat.transcript.message_view import MessageView

_EDGE_PX = 10


class Finding(QObject):
    """Parented to the transcript, which tells it what is shown."""

    rows_wanted = Signal(object)
    left = Signal()
    """The bar was closed and what had the focus before is gone."""

    def __init__(self, theme: Theme, area: MessageArea, stage: Stage) -> None:
        super().__init__(area)
        self._area = area
        self._stage = stage
        self._before: QWidget | None = None
        self._current: tuple[int, int] = (-1, 0)
        self._current_id = ""
        self._is_still = False
        self._marked: dict[str, tuple[str, int | None, str]] = {}
        self.bar = FindBar(theme, parent=area.viewport())
        self.bar.words_changed.connect(self._on_words)
        self.bar.stepped.connect(self.step)
        self.bar.closed.connect(self.close)
        self._finder = Finder(self)
        self._finder.found_changed.connect(self._on_found)
        self._finder.rows_wanted.connect(self.rows_wanted)

    def open(self, words: str) -> None:
        if self.bar.isHidden():
            self._before = QApplication.focusWidget()
        self.bar.open(words)
        if self.bar.field.text() and not self._finder.words:
            self._on_words(self.bar.field.text())
        self._place_bar(self._area.viewport().rect())

    @Slot(object)
    def step(self, step: int) -> None:
        if self._finder.words:
            self._finder.step(step)
        elif self.bar.field.text():
            self.open("")

    @Slot()
    def close(self) -> None:
        """The focus goes back to where it was."""
        self._finder.stop()
        self._unmark()
        if self.bar.isHidden():
            return
        had_focus = self.bar.isAncestorOf(QApplication.focusWidget() or self._area)
        self.bar.hide()
        self._area.set_covered(0)
        if had_focus and self._before is not None and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        elif had_focus:
            self.left.emit()
        self._before = None

    def mark(self, words: str, row: int) -> None:
        """Marks these words, the first ones of this row as the current ones, without opening the bar. Words that do not
        stand there one after the other are not all of them marked, but the longest one is."""
        text = self._stage.feed[row].text.lower()
        is_phrase = words.lower().strip() in text
        self._finder.look_for(words if is_phrase else max(words.split(), key=len, default=""), self._stage.feed, row)

    def show(self, feed: Feed, *, is_same: bool) -> None:
        """Other rows are shown."""
        if not is_same:
            self.close()
        elif self._finder.words:
            row = feed.row_of(self._current_id)
            self._is_still = True  # who reads elsewhere stays there
            self._finder.look_for(self._finder.words, feed, max(0, row), at=self._current[1])
            self._is_still = False

    def changed(self, rows: list[int]) -> None:
        self._finder.changed(self._stage.feed, rows)

    def placed(self, area: QRect) -> None:
        """Messages came into view or moved."""
        self._place_bar(area)
        self._mark_visible()

    def _place_bar(self, area: QRect) -> None:
        if not self.bar.isHidden():
            hint = self.bar.sizeHint()
            width = min(hint.width(), area.width() - 2 * _EDGE_PX)
            is_rtl = self._area.layoutDirection() == Qt.LayoutDirection.RightToLeft
            x = area.left() + _EDGE_PX if is_rtl else area.right() - width - _EDGE_PX
            self.bar.setGeometry(x, area.top() + _EDGE_PX, width, hint.height())
            self.bar.raise_()
            self._area.set_covered(hint.height() + _EDGE_PX)

    def _mark_visible(self) -> None:
        """Marks are only set anew where something changed: this runs with every scrolled pixel."""
        if not self._finder.words and not self._marked:
            return
        row, at = self._current
        marked = {}
        for id_, view in self._stage.views.items():
            current = at if self._stage.feed.row_of(id_) == row else None
            marked[id_] = (self._finder.words, current, view.item.text)
            if self._marked.get(id_) != marked[id_] and view.item.is_here:
                view.words.mark(self._finder.words, current)
        self._marked = marked

    def _unmark(self) -> None:
        for view in self._stage.views.values():
            view.words.clear_marks()
        self._marked = {}
        self._current = (-1, 0)

    @Slot(object)
    def _on_words(self, words: str) -> None:
        self._unmark()
        self._finder.look_for(words, self._stage.feed, self._area.top_row)

    @Slot(object)
    def _on_found(self, found: Found) -> None:
        self.bar.show_found(found)
        is_other = (found.row, found.at) != self._current
        self._current = (found.row, found.at)
        self._current_id = self._stage.feed.id_at(found.row) if found.row >= 0 else ""
        if is_other and found.row >= 0 and not self._is_still:
            self._go_to(found.row)
        else:
            self._mark_visible()

    def _go_to(self, row: int) -> None:
        """Brings the current match into the middle."""
        self._area.centre_on(row, 0)
        view = self._stage.view_at(row)
        if view is None:
            return
        self._mark_visible()
        self._area.centre_on(row, _y_of_match(view))
        self._finder.correct(row, view.words.matches(self._finder.words))


def _y_of_match(view: MessageView) -> int:
    rect = view.words.current_rect()
    return rect.center().y() if not rect.isNull() else 0
