"""What the chat screen shows and does: the open conversation, the turns under way, drafts.

It stands between the session below and the widgets above and draws nothing. Turns go on while another chat is on
screen; each keeps its words here until its last event, so that coming back to it shows all of them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.chat import session
from app.chat.session import OnEvent
from app.chat.tree import Cut, Message, Tree
from app.core import Core
from app.engine.client import Stop
from app.errors import Cancelled, PaddockError
from app.ui.bridge import Bridge, nothing
from app.ui.chat import branch
from app.ui.chat.ahead import ReadAhead
from app.ui.chat.drafts import Drafts
from app.ui.chat.items import Boundary, MessageItem
from app.ui.chat.turn import Turn
from app.ui.chat.turns import Happened, Turns

FEW_CORES = 2
DRAW_EVERY_MS = 120  # there


@dataclass(frozen=True, slots=True)
class Shown:
    """The branch on screen changed as a whole; `draft` is what was typed there and not sent."""

    conversation_id: str | None
    items: tuple[MessageItem, ...]
    draft: str
    boundary: Boundary | None = None


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    """A turn is over. `error` is set when it failed."""

    conversation_id: str
    answer: Message
    error: PaddockError | None


@dataclass(frozen=True, slots=True)
class SummaryShown:
    """A summary of the chat on screen is being written; `text` is what there is of it."""

    text: str
    is_stopping: bool


@dataclass(frozen=True, slots=True)
class RoomMade:
    """A chat had outgrown the model's context, or was summarised."""

    conversation_id: str
    is_summarised: bool


class Conversation(QObject):
    """Signals carry one frozen dataclass (or nothing)."""

    shown = Signal(object)  # Shown
    item_changed = Signal(object)  # MessageItem: the streaming one, once per frame
    committed = Signal(object)  # str: this text of the composer is safe and may go from it
    listed = Signal()  # the list of chats is out of date
    busy_changed = Signal()
    loading = Signal(object)  # session.Loading: a turn waits for the engine
    answering = Signal()  # the engine has begun with a turn
    ended = Signal(object)  # AnswerEnded
    failed = Signal(object)  # PaddockError without a message to show it at
    room_made = Signal(object)  # RoomMade
    summary_changed = Signal()
    read_ahead_changed = Signal()

    def __init__(self, core: Core, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self._turns = Turns(bridge, self)
        self._turns.changed.connect(self.busy_changed)
        self._turns.happened.connect(self._on_happened)
        self._turns.drawn.connect(self._draw_soon)
        self._turns.ended.connect(self._on_turn_ended)
        self._page = 0
        self._home: str | None = None
        self._tree = Tree((), None)
        self._cuts: dict[str, Cut] = {}
        self._drafts = Drafts(core.chats, self)
        self._is_undrawn = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(DRAW_EVERY_MS)
        self._pause.timeout.connect(self._draw_rest)
        self._ahead = ReadAhead(self._read_ahead, bridge, self)
        self._ahead.changed.connect(self.read_ahead_changed)

    @property
    def conversation_id(self) -> str | None:
        """The chat on screen; None while it is new and nothing was sent."""
        return self._home

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
        return branch.boundary(self._tree.path(), self._cuts)

    @property
    def is_read_ahead(self) -> bool:
        """Whether the model has read what stands in the composer."""
        return self._ahead.is_read

    def open(self, conversation_id: str | None) -> None:
        """Show a conversation, or the empty page of a new chat."""
        self._ahead.left()
        is_sending = any(turn.sent and turn.answer is None and turn.page == self._page for turn in self._turns)
        if not is_sending:  # else what stands in the composer is a question on its way, not a draft
            self._drafts.save()
        store = self._core.chats
        draft = self._drafts.reader(conversation_id)
        self._page += 1
        page = self._page

        def read() -> tuple[Tree, dict[str, Cut], str]:
            if conversation_id is None:
                return Tree((), None), {}, draft()
            return store.tree(conversation_id), store.cuts(conversation_id), draft()

        def show(found: tuple[Tree, dict[str, Cut], str]) -> None:
            if page != self._page:
                return  # another chat was opened meanwhile
            self._home = conversation_id
            self._tree, self._cuts, text = found
            self._drafts.show(text)
            self._ahead.opened(conversation_id, self._tree.tip_id, text)
            self._show()

        self._bridge.run(read, show, self.failed.emit)

    def send(self, text: str) -> None:
        """Ask `text` at the end of the branch on screen."""
        if self.is_busy or not text.strip():
            return
        home, parent_id = self._home, self._tree.tip_id

        def work(turn: Turn, put: OnEvent) -> None:
            self._core.session.send(home, text, parent_id=parent_id, on_event=put, stop=turn.stop)

        self._begin(work, sent=text)

    def edit(self, message_id: str, text: str) -> None:
        """Ask a question of the branch again with other words."""
        home = self._home
        if self.is_busy or home is None or not text.strip():
            return

        def work(turn: Turn, put: OnEvent) -> None:
            self._core.session.edit(message_id, text, conversation_id=home, on_event=put, stop=turn.stop)

        self._begin(work)

    def regenerate(self, answer_id: str) -> None:
        """Have a question of the branch answered again."""
        home = self._home
        if self.is_busy or home is None:
            return

        def work(turn: Turn, put: OnEvent) -> None:
            self._core.session.regenerate(answer_id, conversation_id=home, on_event=put, stop=turn.stop)

        self._begin(work)

    @Slot()
    def summarise(self) -> None:
        """Have the model write a summary of the oldest part of the branch, and see that instead."""
        home = self._home
        if self.is_busy or home is None:
            return

        def work(turn: Turn, put: OnEvent) -> None:
            self._core.session.summarise(home, on_event=put, stop=turn.stop)

        self._begin(work, is_summary=True)
        self.summary_changed.emit()

    def reload(self) -> None:
        """Read the chat on screen again, when something else than a turn has changed it."""
        self.open(self._home)

    def show_version(self, message_id: str, step: int) -> None:
        """Go to the version before (-1) or after (+1) of a message, at its newest leaf."""
        home = self._home
        versions = self._tree.versions(message_id)
        at = versions.index(message_id) + step
        if self.is_busy or home is None or not 0 <= at < len(versions):
            return
        leaf = self._tree.newest_leaf(versions[at])
        self._tree = self._tree.with_tip(leaf)
        self._ahead.opened(home, leaf, self._drafts.text)
        self._show()
        self._bridge.run(lambda: self._core.chats.move_tip(home, leaf), nothing, self.failed.emit)

    def branch(self) -> tuple[Message, ...]:
        """The messages on screen, oldest first."""
        return self._tree.path()

    def last_answer(self) -> Message | None:
        """The newest answer of the branch on screen, unless it is still being written."""
        path = self._tree.path()
        return path[-1] if path and path[-1].role == "assistant" and not self.is_busy else None

    def last_question(self) -> Message | None:
        """The newest question of the branch on screen."""
        return next((m for m in reversed(self._tree.path()) if m.role == "user"), None)

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

    def draft_changed(self, text: str) -> None:
        """What stands in the composer now; kept a moment after the last key."""
        self._drafts.typed(self._home, text)
        self._ahead.typed(text)

    def save_draft(self) -> None:
        """Keep what stands in the composer now, if that is not kept yet."""
        self._drafts.save()

    def keep_waiting(self, answer_id: str) -> None:
        """The person would rather wait for a model that says nothing."""
        self._turns.keep_waiting(answer_id)
        self._draw_rest()

    def set_patience(self, seconds: float) -> None:
        """How long the model that answers may say nothing before the person is asked."""
        self._turns.patience_s = seconds

    @Slot()
    def engine_changed(self) -> None:
        """Another engine: what the last one had read is gone with it."""
        self._ahead.forget()

    def _read_ahead(self, home: str | None, text: str, parent_id: str | None, stop: Stop) -> bool:
        return self._core.read_ahead(home, text, parent_id=parent_id, stop=stop)

    def _begin(self, work: Callable[[Turn, OnEvent], None], *, sent: str = "", is_summary: bool = False) -> None:
        self._ahead.hold()
        self._turns.begin(work, page=self._page, home=self._home, sent=sent, is_summary=is_summary)

    @Slot(object)
    def _on_turn_ended(self, turn: Turn) -> None:
        if self._turns.is_idle:
            self._ahead.go_on()
        if turn.is_summary:
            self.summary_changed.emit()

    @Slot(object)
    def _on_happened(self, happened: Happened) -> None:
        turn, event = happened.turn, happened.event
        is_at_work = isinstance(event, session.Prefilling | session.Summarising | session.Delta)
        if is_at_work and not turn.is_answering:
            turn.is_answering = True
            self.answering.emit()
        if isinstance(event, session.Started):
            self._started(turn, event)
        elif isinstance(event, session.Loading):
            self.loading.emit(event)
        elif isinstance(event, session.RoomMade):
            self._room_made(turn, event)
        elif isinstance(event, session.Finished | session.Failed):
            self._over(turn, event)

    def _room_made(self, turn: Turn, event: session.RoomMade) -> None:
        if turn.home is None:
            return
        if turn.home == self._home:
            self._cuts[event.cut.message_id] = event.cut
            if turn.is_summary:
                self._ahead.opened(self._home, self._tree.tip_id, self._drafts.text)
            self._show()
        self.room_made.emit(RoomMade(turn.home, bool(event.cut.summary)))

    def _started(self, turn: Turn, event: session.Started) -> None:
        is_here = turn.is_on(self._page, self._home)
        turn.home = event.answer.conversation_id
        turn.answer = event.answer
        self.listed.emit()
        if turn.sent:
            self._drafts.keep(turn.origin, "")
        if not is_here:
            return
        self._home = turn.home
        self._tree = self._tree.with_message(event.question).with_message(event.answer).with_tip(event.answer.id)
        if turn.sent:
            self._drafts.show("")
            self._ahead.typed("")
            self.committed.emit(turn.sent)
        self._show()

    def _over(self, turn: Turn, event: session.Finished | session.Failed) -> None:
        error = event.error if isinstance(event, session.Failed) else None
        answer = event.answer
        if answer is None:
            if turn.sent and turn.page != self._page:
                self._drafts.keep(turn.origin, turn.sent)  # it was never committed, and is not in the composer any more
            if error is not None and not isinstance(error, Cancelled):
                self.failed.emit(error)
            return
        if answer.conversation_id == self._home:
            self._tree = self._tree.with_message(answer)
            self._ahead.moved(self._home, self._tree.tip_id, self._drafts.text)
            self._show()
        self.listed.emit()
        self.ended.emit(AnswerEnded(answer.conversation_id, answer, error))

    @Slot(object)
    def _draw_soon(self, turn: Turn) -> None:
        """On few cores each drawing is paid for by the answer itself, so it happens less often there."""
        if (os.cpu_count() or 1) > FEW_CORES:
            self._draw(turn)
        elif not self._pause.isActive():
            self._draw(turn)
            self._pause.start()
        else:
            self._is_undrawn = True

    @Slot()
    def _draw_rest(self) -> None:
        turn = self._turns.on(self._page, self._home)
        if self._is_undrawn and turn is not None:
            self._draw(turn)
        self._is_undrawn = False

    @Slot(object)
    def _draw(self, turn: Turn) -> None:
        if turn.is_summary:
            self.summary_changed.emit()
        elif turn.answer is not None and turn.home == self._home:
            self.item_changed.emit(branch.item(self._tree, turn.answer, self._turns))

    def _show(self) -> None:
        items = branch.items(self._tree, self._turns)
        self.shown.emit(Shown(self._home, items, self._drafts.text, self.boundary))
