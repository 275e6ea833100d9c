"""Which messages are widgets just now: made when they come into view, measured, placed, and let go again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRect, Qt, Signal
from PySide6.QtWidgets import QApplication, QWidget

from app.chat.tree import Edit
from app.ui.chat.items import Boundary, MessageItem, RowsWanted
from app.ui.chat.transcript.boundary import BoundaryLine
from app.ui.chat.transcript.extents import Extents, estimate, estimates
from app.ui.chat.transcript.feed import Feed, Listed
from app.ui.chat.transcript.state import TranscriptState
from app.ui.theme import Theme
from app.ui.tokens import MESSAGE_MARGIN_PX

if TYPE_CHECKING:
    from app.ui.chat.rendering.markdown import Parser
    from app.ui.chat.transcript.message_view import MessageView


class Stage(QObject):
    """`column` is the width of the messages in px; whoever changes it calls `measure` and `move` again."""

    requested = Signal(object)
    height_changed = Signal(object)
    moved_on = Signal(object)
    left = Signal()
    """A message gives the focus up; or it had it and is no longer there."""

    def __init__(self, theme: Theme, ground: QWidget) -> None:
        super().__init__(ground)
        self._theme = theme
        self._ground = ground
        self._live: dict[str, MessageView] = {}
        self._state = TranscriptState()
        self._edits: Mapping[str, Edit] = {}
        self._has_new = False
        self.feed = Feed(Listed())
        self.extents = Extents()
        self.column = 0
        self.boundary_line = BoundaryLine(theme, self._make_parser, parent=ground)
        self.boundary_line.copy_requested.connect(self.requested)
        self.boundary_line.link_requested.connect(self.requested)
        self.boundary_line.moved_on.connect(self.moved_on)

    @cached_property
    def _parser(self) -> Parser:
        """Made, and its room imported, with the first message: a start shows none."""
        from app.ui.chat.rendering.markdown import Parser

        return Parser()

    def _make_parser(self) -> Parser:
        return self._parser

    @property
    def views(self) -> dict[str, MessageView]:
        """The messages that are widgets just now, by id."""
        return dict(self._live)

    @property
    def state(self) -> TranscriptState:
        return self._state

    @property
    def boundary_row(self) -> int:
        """The row that the boundary stands above; -1 where there is none."""
        boundary = self.boundary_line.boundary
        return -1 if boundary is None else self.feed.row_of(boundary.message_id)

    def view_at(self, row: int) -> MessageView | None:
        return self._live.get(self.feed.id_at(row)) if 0 <= row < len(self.feed) else None

    def row_in_focus(self) -> int:
        """The message that has the focus or holds what has it; -1 where none does."""
        return next((self.feed.row_of(id_) for id_, view in self._live.items() if is_within(view)), -1)

    def set_state(self, state: TranscriptState) -> None:
        self._state = state
        for view in self._live.values():
            view.set_state(state)

    def show(self, feed: Feed, boundary: Boundary | None) -> None:
        """These rows from now on; widgets of messages that are among them stay."""
        self.feed = feed
        for id_ in [id_ for id_ in self._live if feed.row_of(id_) < 0]:
            self._drop(id_)
        self._refresh(list(self._live))
        has_place = boundary is not None and feed.row_of(boundary.message_id) >= 0
        self.boundary_line.set_boundary(boundary if has_place else None)
        self._has_new = True
        self.extents.reset(estimates(feed.sizes(), self.column, self._text_px))

    def set_edits(self, edits: Mapping[str, Edit]) -> None:
        """Messages that are being changed, by id; asked again whenever one comes into view."""
        self._edits = edits
        for view in self._live.values():
            self._resume_edit(view)

    @property
    def edited_row(self) -> int:
        """The last one that is being changed; -1 where none is."""
        return max((self.feed.row_of(id_) for id_ in self._edits), default=-1)

    def append(self, item: MessageItem) -> None:
        self.feed.append(item)
        self.extents.append(self._guess(len(self.feed) - 1))

    def tell(self, item: MessageItem) -> None:
        """The newer state of a message; cheap for one that grows at its end."""
        row = self.feed.row_of(item.id)
        self.feed.tell(item)
        view = self._live.get(item.id)
        if view is None:
            self.extents.set_guess(row, self._guess(row))
        else:
            view.set_item(item)
            self.extents.forget(row)
            self._has_new = self._has_new or item.status != "streaming"  # what it grew by is in Tab's way, too

    def came(self, ids: Iterable[str]) -> None:
        """The rows of these are known better than before. Their sizes were known: no guess changes."""
        for id_ in ids:
            self.feed.ask_again(id_)
        self._refresh([id_ for id_ in ids if id_ in self._live])

    def measure(self, rows: range, *, span_px: int, is_from_end: bool) -> bool:
        """Brings the widgets in line with the rows in view; says whether any height changed.

        Rows that were guessed too low are too many for the view, so widgets are only made until `span_px` is filled.
        """
        wanted = {self.feed.id_at(row) for row in rows}
        for id_ in [id_ for id_, view in self._live.items() if id_ not in wanted and not _must_stay(view)]:
            self._drop(id_)
        has_moved = False
        for row in reversed(rows) if is_from_end else rows:
            if span_px <= 0:
                break
            view = self._live.get(self.feed.id_at(row)) or self._make(self.feed[row])
            if not self.extents.is_exact(row):
                above = self.boundary_line.arrange(self.column) if row == self.boundary_row else 0
                height = view.arrange(self.column, self.extents.height(row) - above)
                has_moved = self.extents.set_exact(row, above + height) or has_moved
            span_px -= self.extents.height(row)
        return has_moved

    def move(self, left: int, scroll: int) -> None:
        """Puts every widget where its row is, with the row 0 at `-scroll`."""
        bounded = self.boundary_row
        above = self._move_boundary(bounded, left, scroll) if bounded >= 0 else 0
        for id_, view in self._live.items():
            row = self.feed.row_of(id_)
            lead = above if row == bounded else 0
            top = self.extents.top(row) + lead - scroll
            height = self.extents.height(row) - lead
            view.setGeometry(QRect(left - MESSAGE_MARGIN_PX, top, self.column + 2 * MESSAGE_MARGIN_PX, height))
            if view.isHidden():
                view.show()
        if self._has_new:
            self._has_new = False
            self.order_tab_stops()

    def missing(self, rows: range) -> RowsWanted | None:
        """The stretch of them that is not here."""
        lacking = [row for row in rows if not self._is_here(row)]
        return RowsWanted(lacking[0], lacking[-1]) if lacking else None

    def clear(self) -> None:
        """Lets every widget go that can be made again: what it looks like has changed."""
        for id_, view in list(self._live.items()):
            if view.editor is None:
                self._drop(id_)

    def order_tab_stops(self) -> None:
        stops: list[QWidget] = []
        for id_ in sorted(self._live, key=self.feed.row_of):
            stops += self.boundary_line.tab_stops() if self.feed.row_of(id_) == self.boundary_row else []
            stops += self._live[id_].tab_stops()
        # Qt joins nothing to a part that takes no focus just now (words without a link, a table that fits).
        for before, after in pairwise(stop for stop in stops if stop.focusPolicy() != Qt.FocusPolicy.NoFocus):
            QWidget.setTabOrder(before, after)

    @property
    def _text_px(self) -> int:
        return self._theme.fonts.body.pixelSize()

    def _guess(self, row: int) -> int:
        return estimate(self.feed.size_at(row), self.column, self._text_px)

    def _is_here(self, row: int) -> bool:
        view = self.view_at(row)
        return (view.item if view is not None else self.feed[row]).is_here

    def _refresh(self, ids: Iterable[str]) -> None:
        """Shows what the feed now says about these messages, which are widgets."""
        for id_ in ids:
            row = self.feed.row_of(id_)
            item, view = self.feed[row], self._live[id_]
            if item.role != view.item.role:
                self._drop(id_)
            elif item != view.item:
                self._has_new = self._has_new or item.is_here != view.item.is_here
                view.set_item(item)
                self._resume_edit(view)
                if row < len(self.extents):
                    self.extents.forget(row)

    def _make(self, item: MessageItem) -> MessageView:
        from app.ui.chat.transcript.message_view import MessageView  # late, as the parser is

        view = MessageView(self._theme, self._parser, item, self._state, parent=self._ground)
        view.requested.connect(self.requested)
        view.height_changed.connect(self.height_changed)
        view.moved_on.connect(self.moved_on)
        view.edit_left.connect(self.left)
        view.left.connect(self.left)
        self._live[item.id] = view
        self._has_new = True
        self._resume_edit(view)
        return view

    def _resume_edit(self, view: MessageView) -> None:
        edit = self._edits.get(view.item.id)
        if edit is not None:
            view.resume_edit(edit)

    def _drop(self, id_: str) -> None:
        view = self._live.pop(id_)
        if is_within(view):
            self.left.emit()
        view.hide()
        view.deleteLater()

    def _move_boundary(self, row: int, left: int, scroll: int) -> int:
        """Puts the boundary above its row, and says how much of the row's height is its own."""
        line = self.boundary_line
        height = line.arrange(self.column)
        line.setGeometry(left, self.extents.top(row) - scroll, self.column, height)
        # Like the messages: scrolled away, it is no tab stop any more, unless the focus is in it.
        line.setVisible(self.feed.id_at(row) in self._live or is_within(line))
        return height


def is_within(widget: QWidget) -> bool:
    """Whether the focus is on it or in it."""
    focus = QApplication.focusWidget()
    return focus is not None and (focus is widget or widget.isAncestorOf(focus))


def _must_stay(view: MessageView) -> bool:
    """A message being edited, or holding the keyboard focus, lives on while scrolled away."""
    return view.editor is not None or is_within(view)
