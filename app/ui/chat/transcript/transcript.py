"""The conversation on screen: what it is given, and what it asks for.

Only visible messages are widgets (area.py, stage.py). Measured before it was built: 145 ms to open 1,000 messages,
against 2.5 s for one widget per message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, Qt, QTimer, Signal, SignalInstance, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.chat.tree import Edit
from app.text import _
from app.ui import accessible
from app.ui.chat.editing import EditGivenUp, EditSaved, EditTyped
from app.ui.chat.items import (
    AttachmentRequested,
    Boundary,
    BranchRequested,
    CitationRequested,
    ContinueRequested,
    CopyRequested,
    EditRequested,
    LinkRequested,
    MessageDeleteRequested,
    MessageItem,
    ReadAloudRequested,
    ReadRequested,
    RegenerateRequested,
    RetryRequested,
    Rows,
    SilenceAnswered,
    VersionRequested,
)
from app.ui.chat.transcript import codes
from app.ui.chat.transcript.area import MessageArea
from app.ui.chat.transcript.boundary import BoundaryLine
from app.ui.chat.transcript.feed import Feed, Listed
from app.ui.chat.transcript.find_bar import FindBar
from app.ui.chat.transcript.finding import Finding
from app.ui.chat.transcript.hearing import AllMessages
from app.ui.chat.transcript.overlays import Fade, JumpButton
from app.ui.chat.transcript.walking import Walk
from app.ui.chat.transcript.wants import Wants
from app.ui.theme import Theme

if TYPE_CHECKING:
    from app.ui.chat.transcript.message_view import MessageView

_FAR_PX = 90
_COSTLY_MS = 25
_REST_FACTOR = 3


class Transcript(MessageArea):
    """`set_rows`, `append`, `update_item`, `rows_changed` in; requests (frozen dataclasses of items.py and editing.py)
    out."""

    copy_requested = Signal(object)
    edit_requested = Signal(object)
    edit_typed = Signal(object)
    edit_given_up = Signal(object)
    edit_saved = Signal(object)
    regenerate_requested = Signal(object)
    continue_requested = Signal(object)
    branch_requested = Signal(object)
    delete_requested = Signal(object)
    read_aloud_requested = Signal(object)
    version_requested = Signal(object)
    retry_requested = Signal(object)
    silence_answered = Signal(object)
    link_requested = Signal(object)
    attachment_requested = Signal(object)
    citation_requested = Signal(object)
    read_requested = Signal(object)
    rows_wanted = Signal(object)
    """RowsWanted: those are in view, or searched. Answered by `rows_changed`."""
    focus_left = Signal()
    """The focus was in a message that is no longer there, in an edit that began elsewhere, or Esc was pressed."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent=parent)
        accessible.name(self, _("Conversation"))
        self._signals = self._by_request()
        self._stage.requested.connect(self._on_requested)
        self._walk = Walk(self, self._stage)
        self._walk.left.connect(self.focus_left)
        self._stage.moved_on.connect(self._walk.beside)
        self._stage.left.connect(self._on_left)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._on_rested)
        self._wants = Wants(self)
        self._wants.rows_wanted.connect(self.rows_wanted)
        # On the viewport: a scroll area tells a screen reader of nothing else.
        self._all = AllMessages(parent=self.viewport())
        self._all.lower()
        self._all.chosen.connect(self._walk.chosen)
        self._fade = Fade(theme, parent=self.viewport())
        self._jump = JumpButton(theme, parent=self.viewport())
        self._jump.hide()
        self._jump.clicked.connect(self.jump_to_end)
        self._finding = Finding(theme, self, self._stage)
        self._finding.rows_wanted.connect(self.rows_wanted)
        self._finding.left.connect(self.focus_left)
        self.placed.connect(self._on_placed)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus_changed)

    @property
    def live_views(self) -> dict[str, MessageView]:
        """The messages that are widgets just now, by id."""
        return self._stage.views

    @property
    def jump_button(self) -> JumpButton:
        return self._jump

    @property
    def boundary_line(self) -> BoundaryLine:
        """Above the first message that the model sees; hidden while it sees all."""
        return self._stage.boundary_line

    @property
    def find_bar(self) -> FindBar:
        return self._finding.bar

    @property
    def items(self) -> tuple[MessageItem, ...]:
        """Every row as it is now; of a long conversation that is a lot of work."""
        feed = self._stage.feed
        return tuple(feed[row] for row in range(len(feed)))

    def set_rows(
        self, rows: Rows, boundary: Boundary | None = None, edits: Mapping[str, Edit] = MappingProxyType({})
    ) -> None:
        """Shows these, and in the place of some what is being written there. The place is kept where they are of the
        same conversation, else it opens at its end, or where something was being written."""
        before, after = self._stage.feed, Feed(rows)
        row = self._kept(before, after)
        self._fit_column()
        self._wants.forget()
        self._stage.show(after, boundary)
        self._stage.set_edits(edits)
        self._all.show_feed(after)
        if row < 0:
            self._glide.stop()
            self._is_following = True
            self._jump.set_unread(False)
        self._anchor = (row if row >= 0 else max(0, len(after) - 1), self._anchor[1])
        self._finding.show(after, is_same=row >= 0)
        self.place()
        if row < 0 and self._stage.edited_row >= 0:
            self.show_row(self._stage.edited_row)

    def set_items(self, items: Sequence[MessageItem], boundary: Boundary | None = None) -> None:
        """The same for a list."""
        self.set_rows(Listed(items), boundary)

    def append(self, item: MessageItem) -> None:
        """One more at the end. A question of the person's own brings the end into view."""
        self._stage.append(item)
        self._all.show_feed(self._stage.feed)
        if item.role == "user":
            self._is_following = True
        self._finding.changed([len(self._stage.feed) - 1])
        self._note_unread()
        self.place()

    def update_item(self, item: MessageItem) -> None:
        """New state of a message; cheap for one that grows at its end."""
        feed = self._stage.feed
        view = self._stage.views.get(item.id)
        # What the rows say is no measure: they may know of it already.
        if feed.row_of(item.id) < 0 or (view is not None and view.item == item):
            return
        if item.status != "streaming":
            self._rest.stop()
        if self._rest.isActive():
            feed.tell(item)
        else:
            self._show_update(item)

    def rows_changed(self, ids: Iterable[str]) -> None:
        """The rows say something new about these messages: their words are here now."""
        ids = tuple(ids)
        self._stage.came(ids)
        found = (self._stage.feed.row_of(id_) for id_ in ids)
        self._finding.changed([row for row in found if row >= 0])
        self.place()

    def set_busy(self, is_busy: bool) -> None:
        """While an answer is under way nothing can be edited, repeated or switched."""
        self._stage.set_state(replace(self._stage.state, is_idle=not is_busy))

    def set_can_read(self, can_read: bool) -> None:
        """Whether this system has a voice, so that reading aloud is offered."""
        self._stage.set_state(replace(self._stage.state, can_read=can_read))

    def set_reading(self, id_: str) -> None:
        """This message is being read aloud; empty: none is."""
        self._stage.set_state(replace(self._stage.state, read_id=id_))

    def start_edit(self, id_: str) -> None:
        """Opens the message `id_` for editing in place, scrolling to it."""
        view = self._walk.reached(self._stage.feed.row_of(id_))
        if view is not None:
            view.start_edit()

    def show_boundary(self) -> None:
        """Scrolls to where the model's view begins, and opens its summary."""
        row = self._stage.boundary_row
        if row >= 0:
            self.boundary_line.open()
            self.show_row(row)
            self.boundary_line.setFocus(Qt.FocusReason.OtherFocusReason)

    def reveal(self, message_id: str, words: str = "") -> None:
        """Brings a message into view with the focus on it; where `words` stand in it they are marked."""
        row = self._stage.feed.row_of(message_id)
        if self._walk.to(row) and words:
            self._finding.mark(words, row)

    def focus_message(self, step: int) -> None:
        """To the message after (+1) or before (-1) the one with the focus; from elsewhere to the newest. Below the
        last one the focus goes back to where it is written."""
        self._walk.by(step)

    def copy_last_code(self) -> bool:
        """Asks for a copy of the last code in the newest answers; False where there is none."""
        code = codes.last(self._stage.feed)
        if code:
            self.copy_requested.emit(CopyRequested(code))
        return bool(code)

    def open_find(self, words: str = "") -> None:
        """Opens the bar that finds words in this chat."""
        self._finding.open(words)

    @Slot()
    def find_next(self) -> None:
        self._finding.step(1)

    @Slot()
    def find_previous(self) -> None:
        self._finding.step(-1)

    @Slot()
    def close_find(self) -> None:
        self._finding.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Home:
            self._walk.to_first()
        elif event.key() == Qt.Key.Key_End:
            self._walk.to_last()
        else:
            super().keyPressEvent(event)

    def _by_request(self) -> dict[type, SignalInstance]:
        return {
            CopyRequested: self.copy_requested,
            EditRequested: self.edit_requested,
            EditTyped: self.edit_typed,
            EditGivenUp: self.edit_given_up,
            EditSaved: self.edit_saved,
            RegenerateRequested: self.regenerate_requested,
            ContinueRequested: self.continue_requested,
            BranchRequested: self.branch_requested,
            MessageDeleteRequested: self.delete_requested,
            ReadAloudRequested: self.read_aloud_requested,
            VersionRequested: self.version_requested,
            RetryRequested: self.retry_requested,
            SilenceAnswered: self.silence_answered,
            LinkRequested: self.link_requested,
            AttachmentRequested: self.attachment_requested,
            CitationRequested: self.citation_requested,
            ReadRequested: self.read_requested,
        }

    def _kept(self, before: Feed, after: Feed) -> int:
        """The row whose place is kept: of the message at the upper edge, or of the nearest one above it that is still
        there; -1 where it is another conversation."""
        if not len(before) or not len(after):
            return -1
        at = min(self._anchor[0], len(before) - 1)
        return next((row for row in (after.row_of(before.id_at(one)) for one in range(at, -1, -1)) if row >= 0), -1)

    def _show_update(self, item: MessageItem) -> None:
        """Shows the new state, and rests longer after a costly one, so that a huge table never holds the window up."""
        clock = QElapsedTimer()
        clock.start()
        self._stage.tell(item)
        self._finding.changed([self._stage.feed.row_of(item.id)])
        self._note_unread()
        self.place()
        if item.status == "streaming" and clock.elapsed() > _COSTLY_MS:
            self._rest.start(clock.elapsed() * _REST_FACTOR)

    def _note_unread(self) -> None:
        if not self._is_following:
            self._jump.set_unread(True)

    @Slot()
    def _on_placed(self) -> None:
        area, bar = self.viewport().rect(), self.verticalScrollBar()
        self._fade.setGeometry(area.left(), area.bottom() - 21, area.width(), 22)
        self._fade.raise_()
        size = self._jump.sizeHint().width()
        self._jump.setGeometry(area.center().x() - size // 2, area.bottom() - size - 10, size, size)
        self._jump.setVisible(not self._is_following and bar.value() < bar.maximum() - _FAR_PX)
        self._jump.raise_()
        if self._is_following:
            self._jump.set_unread(False)
        self._finding.placed(area)
        rows = self.rows_in_view()
        self._wants.note(rows, self._stage.missing(rows))

    @Slot(object)
    def _on_requested(self, request: object) -> None:
        self._signals[type(request)].emit(request)

    @Slot()
    def _on_left(self) -> None:
        if self.find_bar.isHidden():
            self._finding.close()  # the marks of a hit of the search have served
        self.focus_left.emit()

    @Slot(object, object)
    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        for view in self._stage.views.values():
            for widget in (old, new):
                if widget is not None and (widget is view or view.isAncestorOf(widget)):
                    view.refresh_reveal()

    @Slot()
    def _on_rested(self) -> None:
        feed = self._stage.feed
        for row in range(max(0, len(feed) - 2), len(feed)):
            item, view = feed[row], self._stage.view_at(row)
            if item.status == "streaming" and (view is None or view.item != item):
                self._show_update(item)
