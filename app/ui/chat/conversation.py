"""What the chat screen shows and does: the open conversation, the turns under way, drafts.

It stands between the session below and the widgets above and draws nothing. Turns go on while another chat is on
screen; each keeps its words here until its last event, so that coming back to it shows all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from app.chat import events
from app.chat.events import OnEvent
from app.chat.store import Opened
from app.chat.temporary import Room
from app.chat.tree import Attachment, Cut, Draft, Edit, Message, Node, Queued, Tree
from app.core import Core
from app.documents.records import NO_DOCUMENTS, Scope
from app.engine.stop import Stop
from app.errors import Cancelled, PaddockError
from app.ui.bridge import Bridge, nothing
from app.ui.chat import ahead, branch, opening
from app.ui.chat.ahead import ReadAhead
from app.ui.chat.branch import Branch
from app.ui.chat.drafts import EMPTY, Drafts, Edits, as_one, take_in_lost
from app.ui.chat.events import AnswerEnded, Beginning, RoomMade, Shown, SummaryShown
from app.ui.chat.items import Boundary, ChatAt, Wanted
from app.ui.chat.queued import first_of, wait_again
from app.ui.chat.seldom import Seldom
from app.ui.chat.turn import Turn
from app.ui.chat.turns import Happened, Turns
from app.ui.chat.words import Words


class Conversation(QObject):
    """Signals carry one frozen dataclass (or nothing)."""

    shown = Signal(object)  # Shown
    rows_changed = Signal(object)  # tuple[str, ...]: the words of these messages have come
    item_changed = Signal(object)  # MessageItem: the streaming one, once per frame
    committed = Signal(object)  # Draft: this much of the composer is safe and may go from it
    returned = Signal(object)  # Draft: what was queued could not be stored, and waits again
    listed = Signal()  # the list of chats is out of date
    busy_changed = Signal()
    loading = Signal(object)  # events.Loading: a turn waits for the engine
    answering = Signal()  # the engine has begun with a turn
    ended = Signal(object)  # AnswerEnded
    failed = Signal(object)  # PaddockError without a message to show it at
    room_made = Signal(object)  # RoomMade
    summary_changed = Signal()
    read_ahead_changed = Signal()
    left_temporary = Signal(object)  # str: the id of a temporary chat that is not on screen any more

    def __init__(self, core: Core, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self._turns = Turns(bridge, self)
        self._turns.changed.connect(self.busy_changed)
        self._turns.happened.connect(self._on_happened)
        self._turns.drawn.connect(self._on_drawn)
        self._turns.ended.connect(self._on_turn_ended)
        self._page = 0
        self._home: str | None = None
        self._room: Room = core.room(None)
        self._tree: Tree[Node] = Tree((), None)
        self._cuts: dict[str, Cut] = {}
        self._words = Words(bridge, self)
        self._words.arrived.connect(self.rows_changed)
        self._words.failed.connect(self.failed)
        self._rows = Branch(self._tree, self._words.here, lambda: self._turns)
        self._drafts = Drafts(self)
        self.edits = Edits(self)
        self._beginning = Beginning()
        self._seldom = Seldom(self)
        self._seldom.due.connect(self._on_due)
        self._ahead = ReadAhead(self._read_ahead, bridge, self)
        self._ahead.changed.connect(self.read_ahead_changed)

    @property
    def conversation_id(self) -> str | None:
        """The chat on screen; None while it is new and nothing was sent."""
        return self._home

    @property
    def room(self) -> Room:
        """Where the chat on screen is kept: the profile, or memory only."""
        return self._room

    @property
    def is_temporary(self) -> bool:
        return self._room.is_temporary

    @property
    def beginning(self) -> Beginning:
        """Of the new chat on screen."""
        return self._beginning

    @property
    def scope(self) -> Scope:
        """The documents that the new chat on screen will ask; one that exists has them in the library."""
        return self._drafts.draft.scope if self._home is None else NO_DOCUMENTS

    @property
    def tree(self) -> Tree[Node]:
        return self._tree

    @property
    def is_busy(self) -> bool:
        """Whether the chat on screen is being answered or summarised."""
        return self._turns.on(self._page, self._home) is not None

    @property
    def busy_ids(self) -> frozenset[str]:
        """All conversations with an answer under way."""
        return self._turns.homes

    @property
    def summary(self) -> SummaryShown | None:
        """The summary of the chat on screen that is being written."""
        turn = self._turns.on(self._page, self._home)
        return SummaryShown(turn.text, turn.stop.is_set) if turn is not None and turn.is_summary else None

    @property
    def boundary(self) -> Boundary | None:
        """Where the model's view of the branch on screen begins; None while it sees all that fits."""
        return branch.boundary(self._rows.nodes, self._cuts)

    @property
    def is_read_ahead(self) -> bool:
        """Whether the model has read what stands in the composer."""
        return self._ahead.is_read

    def open(
        self, conversation_id: str | None, *, at: ChatAt | None = None, is_temporary: bool = False, folder_id: str = ""
    ) -> None:
        """Show a conversation (at a message, where one is named), or the empty page of a new chat."""
        self._open(conversation_id, at, is_temporary, Beginning(folder_id or None))

    def _open(self, conversation_id: str | None, at: ChatAt | None, is_temporary: bool, beginning: Beginning) -> None:
        self._ahead.left()
        self._save_typed()
        written = (self._drafts.written(), self.edits.written())
        self._page += 1
        page = self._page

        def read() -> tuple[Room, Opened]:
            room = self._core.room(conversation_id, is_temporary=is_temporary)
            for ready in written:
                ready()
            return room, opening.opened(room, conversation_id, at)

        def show(found: tuple[Room, Opened]) -> None:
            if page == self._page:  # else another chat was opened meanwhile
                self._beginning = beginning
                self._take(conversation_id, *found, at)

        self._bridge.run(read, show, self.failed.emit)

    def _take(self, home: str | None, room: Room, opened: Opened, at: ChatAt | None) -> None:
        if self.is_temporary and self._home is not None and self._home != home:
            self.left_temporary.emit(self._home)
        is_here = home == self._home and room is self._room
        if self._page > 1 and not is_here:
            self._save_typed()  # while the other chat was being read
        self._home, self._room = home, room
        self._tree, self._cuts = opened.tree, opened.cuts
        path = self._tree.path()
        self._words.begin(room.chats, opened.messages, [node.id for node in reversed(path)])
        if self._page == 1 or not (is_here and self._drafts.is_waiting):  # else newer words than those stand here
            self._drafts.show(opened.draft)
        self.edits.show(room.chats, home or "", opened.edits)
        take_in_lost(self._drafts, self.edits, room.chats, home, self._tree)
        self._ahead.opened(home, self._tree.tip_id, as_one(self._drafts.draft))
        self._show(at)

    def send(
        self, text: str, attachments: Sequence[Attachment] = (), *, is_queued: bool = False, wanted: Wanted = None
    ) -> None:
        """Ask `text` at the end of the branch on screen. `is_queued`: it waited, and did not stand in the field.

        `wanted` says how much of its documents is to be read.
        """
        attached = tuple(attachments)
        scope = self.scope
        sent = Draft(queued=(Queued(text, attached),)) if is_queued else Draft(text, attached, scope=scope)
        if self.is_busy or not (text.strip() or attachments):
            if is_queued:
                self.returned.emit(sent)
            return
        ask = partial(
            self._room.session.send,
            self._home,
            text,
            parent_id=self._tree.tip_id,
            attachments=attached,
            folder_id=self._beginning.folder_id,
            manner=self._beginning.manner,
            scope=scope,
            wanted=wanted,
        )
        self._begin(ask, sent=sent)

    def edit(self, edit: Edit, wanted: Wanted = None) -> None:
        """Ask a question of the branch again like this; or put the person's own words beside an answer."""
        home, room = self._home, self._room
        if self.is_busy or home is None or not (edit.text.strip() or edit.attachments):
            self._show()  # it stands where it was typed
            return
        self.edits.sent(edit)
        if self._tree.message(edit.message_id).role == "assistant":
            add = partial(room.chats.add_version, edit.message_id, edit.text, now=time.time())
            self._bridge.run(add, partial(self._version_added, room, edit), partial(self._version_failed, home, edit))
        else:
            ask = partial(room.session.edit, text=edit.text, attachments=edit.attachments, wanted=wanted)
            self._work_on(edit.message_id, ask, edit)

    def _version_added(self, room: Room, edit: Edit, _made: Message) -> None:
        self.edits.forget(room.chats, edit.message_id)
        self.reload()

    def _version_failed(self, home: str, edit: Edit, error: PaddockError) -> None:
        self.return_edit(home, edit)
        self.failed.emit(error)

    def return_edit(self, home: str | None, edit: Edit) -> None:
        """It stands in the place of its message again."""
        self.edits.returned(home, edit)
        self._show()

    def regenerate(self, answer_id: str, wanted: Wanted = None) -> None:
        """Have a question of the branch answered again; with `wanted` its documents are looked at anew."""
        self._work_on(answer_id, partial(self._room.session.regenerate, wanted=wanted))

    def go_on(self, answer_id: str) -> None:
        """Have the model go on with an answer where it stops."""
        self._work_on(answer_id, self._room.session.continue_answer)

    def _work_on(self, message_id: str, ask: Callable[..., None], edit: Edit | None = None) -> None:
        if not self.is_busy and self._home is not None:
            self._begin(partial(ask, message_id, conversation_id=self._home), edit=edit)

    @Slot()
    def summarise(self) -> None:
        """Have the model write a summary of the oldest part of the branch, and see that instead."""
        if not self.is_busy and self._home is not None:
            self._begin(partial(self._room.session.summarise, self._home), is_summary=True)
            self.summary_changed.emit()

    def send_queued(self, home: str) -> None:
        """Send the first message that waits in a chat that is not on screen; that on screen sends its own."""
        room = self._core.room(home)

        def found(draft: Draft) -> None:
            if draft.queued and home != self._home and home not in self.busy_ids:
                self._ahead.hold()
                self._turns.begin(first_of(room, home), chats=room.chats, page=self._page, home=home)

        self._bridge.run(lambda: room.chats.draft(home), found, self.failed.emit)

    def reload(self, at: ChatAt | None = None) -> None:
        """Read the chat on screen again, when something else than a turn has changed it."""
        if self._home is not None:
            self.open(self._home, at=at)

    @Slot()
    def read_erased(self) -> None:
        """Documents went with the answers that quoted them: what was typed here is what is left of it, or it would
        bring their words back."""
        if self._home is not None or not self.is_busy:  # else a new chat is about to take its words along
            self._drafts.drop()
            self.edits.drop()
            self._open(self._home, None, self.is_temporary, self._beginning)

    def show_version(self, message_id: str, step: int) -> None:
        """Go to the version before (-1) or after (+1) of a message, at its newest leaf."""
        home, room = self._home, self._room
        versions = self._tree.versions(message_id)
        at = versions.index(message_id) + step
        if self.is_busy or home is None or not 0 <= at < len(versions):
            return
        leaf = self._tree.newest_leaf(versions[at])
        self._tree = self._tree.with_tip(leaf)
        self._words.want([node.id for node in self._tree.path()])
        self._ahead.opened(home, leaf, as_one(self._drafts.draft))
        self._show()
        self._bridge.run(lambda: room.chats.move_tip(home, leaf), nothing, self.failed.emit)

    def want(self, first: int, last: int) -> None:
        """The words of these rows are about to be seen."""
        self._words.want(self._rows.missing(first, last))

    def begin_with(self, beginning: Beginning) -> None:
        """How the new chat on screen will begin."""
        self._beginning = beginning

    def nodes(self) -> tuple[Node, ...]:
        """The branch on screen, oldest first."""
        return self._rows.nodes

    def newest(self) -> tuple[Message, ...]:
        """The last messages of the branch on screen, oldest first, as far as their words are here without a gap."""
        return self._rows.newest()

    def message(self, message_id: str) -> Message | None:
        """As it is stored; None where its words are not here."""
        return self._words.here.get(message_id)

    def last_answer(self) -> Message | None:
        """The newest answer of the branch on screen, unless it is still being written."""
        newest = self.newest()
        return newest[-1] if newest and newest[-1].role == "assistant" and not self.is_busy else None

    def last_question(self) -> Message | None:
        """The newest question of the branch on screen."""
        return next((m for m in reversed(self.newest()) if m.role == "user"), None)

    @Slot()
    def stop(self) -> None:
        """Stop the answer on screen; its item says so at once."""
        turn = self._turns.on(self._page, self._home)
        if turn is None or turn.stop.is_set:
            return
        turn.ask_to_stop()
        self._draw(turn)

    def stop_all(self) -> None:
        """Stop every answer; their last words are saved by their workers."""
        self._ahead.hold()
        self._turns.stop()

    def stop_in(self, conversation_id: str) -> None:
        """Stop the answer in this conversation, if there is one."""
        self._turns.stop(conversation_id)

    def draft_changed(self, draft: Draft) -> None:
        """What stands in the composer now; kept a moment after the last key."""
        self._drafts.typed(self._room.chats, self._home, draft)
        self._ahead.typed(as_one(draft), has_documents=bool(draft.scope))

    def scope_taken(self) -> None:
        """The documents of the new chat on screen are those of one that was begun elsewhere."""
        if self.scope:
            self.draft_changed(replace(self._drafts.draft, scope=NO_DOCUMENTS))
            self._drafts.save()
            self._show()

    def _save_typed(self) -> None:
        """Unless what stands in the composer is a question on its way: that is no draft."""
        if not any(turn.is_typed and turn.answer is None and turn.page == self._page for turn in self._turns):
            self._drafts.save()
        self.edits.save()

    def save_draft(self) -> None:
        """Keep what stands in the composer and in messages now, if that is not kept yet."""
        self._drafts.save()
        self.edits.save()

    def keep_waiting(self, answer_id: str) -> None:
        """The person would rather wait for a model that says nothing."""
        self._turns.keep_waiting(answer_id)
        self._seldom.now()

    def set_patience(self, seconds: float) -> None:
        """How long the model that answers may say nothing before the person is asked."""
        self._turns.patience_s = seconds

    @Slot()
    def read_anew(self) -> None:
        """Another engine, or other documents: what was read ahead is void."""
        self._ahead.forget()

    def _read_ahead(self, home: str | None, _text: str, parent_id: str | None, stop: Stop) -> bool:
        read = partial(ahead.read, self._core, self._drafts.draft, self._beginning, is_temporary=self.is_temporary)
        return read(home=home, parent_id=parent_id, stop=stop)

    def _begin(
        self, ask: Callable[..., None], *, sent: Draft = EMPTY, edit: Edit | None = None, is_summary: bool = False
    ) -> None:
        def work(turn: Turn, put: OnEvent) -> None:
            ask(on_event=put, stop=turn.stop)

        self._ahead.hold()
        chats, page, home = self._room.chats, self._page, self._home
        self._turns.begin(work, chats=chats, page=page, home=home, sent=sent, edit=edit, is_summary=is_summary)

    @Slot(object)
    def _on_turn_ended(self, turn: Turn) -> None:
        if self._turns.is_idle:
            self._ahead.go_on()
        if turn.is_summary:
            self.summary_changed.emit()

    @Slot(object)
    def _on_happened(self, happened: Happened) -> None:
        turn, event = happened.turn, happened.event
        is_at_work = isinstance(event, events.Prefilling | events.Summarising | events.Delta)
        if is_at_work and not turn.is_answering:
            turn.is_answering = True
            self.answering.emit()
        if isinstance(event, events.Started):
            self._started(turn, event)
        elif isinstance(event, events.Loading):
            self.loading.emit(event)
        elif isinstance(event, events.RoomMade):
            self._room_made(turn, event)
        elif isinstance(event, events.Finished | events.Failed):
            self._over(turn, event)

    def _room_made(self, turn: Turn, event: events.RoomMade) -> None:
        if turn.home is None:
            return
        if turn.home == self._home:
            self._cuts[event.cut.message_id] = event.cut
            if turn.is_summary:
                self._ahead.opened(self._home, self._tree.tip_id, as_one(self._drafts.draft))
            self._show()
        self.room_made.emit(RoomMade(turn.home, bool(event.cut.summary)))

    def _started(self, turn: Turn, event: events.Started) -> None:
        is_here = turn.is_on(self._page, self._home)
        turn.home = event.answer.conversation_id
        turn.answer = event.answer
        self.listed.emit()
        if turn.edit is not None:
            self.edits.forget(turn.chats, turn.edit.message_id)
        if turn.is_typed:
            self._drafts.sent(turn.chats, turn.origin, turn.home, is_on_screen=turn.page == self._page)
        elif turn.sent:
            self._drafts.save()  # it waits no longer
        if not is_here:
            return
        self._home = turn.home
        self.edits.begun(turn.chats, turn.home)
        for message in (event.question, event.answer):
            self._put(message)
        self._tree = self._tree.with_tip(event.answer.id)
        if turn.is_typed:
            self._ahead.typed("")
            self.committed.emit(turn.sent)
        self._show()

    def _over(self, turn: Turn, event: events.Finished | events.Failed) -> None:
        error = event.error if isinstance(event, events.Failed) else None
        answer = event.answer
        if answer is None:
            self._give_back(turn)
            if error is not None and not isinstance(error, Cancelled) and not turn.stop.is_set:
                self.failed.emit(error)
            return
        if answer.conversation_id == self._home:
            self._put(answer)
            self._ahead.moved(self._home, self._tree.tip_id, as_one(self._drafts.draft))
            self._show()
        self.listed.emit()
        self.ended.emit(AnswerEnded(answer.conversation_id, answer, error))

    def _give_back(self, turn: Turn) -> None:
        """It was never committed: where it is not in the composer any more, it goes back there, or to its message."""
        if turn.edit is not None:
            self.return_edit(turn.origin, turn.edit)
        if turn.is_typed and turn.page != self._page:
            self._drafts.keep(turn.chats, turn.origin, turn.sent)
        elif turn.sent.queued and turn.is_on(self._page, self._home):
            self.returned.emit(turn.sent)
        elif turn.sent.queued:
            again = partial(wait_again, turn.chats, turn.origin, turn.sent.queued)
            self._bridge.run(again, nothing, self.failed.emit)

    def _put(self, message: Message) -> None:
        self._words.put(message)
        self._tree = self._tree.with_message(branch.node_of(message))

    @Slot(object)
    def _on_drawn(self, turn: Turn) -> None:
        if self._seldom.is_time():
            self._draw(turn)

    @Slot()
    def _on_due(self) -> None:
        turn = self._turns.on(self._page, self._home)
        if turn is not None:
            self._draw(turn)

    def _draw(self, turn: Turn) -> None:
        if turn.is_summary:
            self.summary_changed.emit()
        elif turn.answer is not None and turn.home == self._home and self._rows.row_of(turn.answer.id) >= 0:
            self.item_changed.emit(self._rows.item(turn.answer))

    def _show(self, at: ChatAt | None = None) -> None:
        self._rows = Branch(self._tree, self._words.here, lambda: self._turns)
        draft, edits = self._drafts.draft, self.edits.here
        self.shown.emit(Shown(self._home, self._rows, draft, self.boundary, at, self.is_temporary, edits))
