"""What the chat screen shows and does: the open conversation, the turns under way, drafts.

It stands between the session below and the widgets above and draws nothing. Turns go on while another chat is on
screen; each keeps its words here until its last event, so that coming back to it shows all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QObject, Signal, Slot

from app.chat import session
from app.chat.session import Event, OnEvent
from app.chat.tree import Message, Tree
from app.core import Core
from app.engine.client import Stop
from app.errors import PaddockError
from app.text import _
from app.ui.bridge import Bridge, nothing
from app.ui.chat.drafts import Drafts
from app.ui.chat.items import MessageItem


@dataclass(frozen=True, slots=True)
class Shown:
    """The branch on screen changed as a whole; `draft` is what was typed there and not sent."""

    conversation_id: str | None
    items: tuple[MessageItem, ...]
    draft: str


@dataclass(frozen=True, slots=True)
class AnswerEnded:
    """A turn is over. `error` is set when it failed."""

    conversation_id: str
    answer: Message
    error: PaddockError | None


@dataclass(slots=True)
class _Turn:
    """One answer under way. `home` is None until a new conversation's first commit; `page` is where it began."""

    page: int
    stop: Stop = field(default_factory=Stop)
    home: str | None = None
    answer: Message | None = None
    text: str = ""
    note: str = ""
    origin: str | None = None
    """The chat whose composer `sent` came from."""
    sent: str = ""
    """What the composer holds until it is committed; empty for an edit or another answer."""
    is_answering: bool = False
    """Whether the engine has begun with it."""


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

    def __init__(self, core: Core, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self._turns: list[_Turn] = []
        self._page = 0
        self._home: str | None = None
        self._tree = Tree((), None)
        self._drafts = Drafts(core.chats, self)

    @property
    def conversation_id(self) -> str | None:
        """The chat on screen; None while it is new and nothing was sent."""
        return self._home

    @property
    def is_busy(self) -> bool:
        """Whether the chat on screen is being answered."""
        return self._turn_here() is not None

    @property
    def busy_ids(self) -> frozenset[str]:
        """All conversations with an answer under way."""
        return frozenset(turn.home for turn in self._turns if turn.home is not None)

    def open(self, conversation_id: str | None) -> None:
        """Show a conversation, or the empty page of a new chat."""
        is_sending = any(turn.sent and turn.answer is None and turn.page == self._page for turn in self._turns)
        if not is_sending:  # else what stands in the composer is a question on its way, not a draft
            self._drafts.save()
        store = self._core.chats
        draft = self._drafts.reader(conversation_id)
        self._page += 1
        page = self._page

        def read() -> tuple[Tree, str]:
            tree = store.tree(conversation_id) if conversation_id is not None else Tree((), None)
            return tree, draft()

        def show(found: tuple[Tree, str]) -> None:
            if page != self._page:
                return  # another chat was opened meanwhile
            self._home = conversation_id
            self._tree, text = found
            self._drafts.show(text)
            self._show()

        self._bridge.run(read, show, self.failed.emit)

    def send(self, text: str) -> None:
        """Ask `text` at the end of the branch on screen."""
        if self.is_busy or not text.strip():
            return
        home, parent_id = self._home, self._tree.tip_id
        turn = _Turn(self._page, home=home, origin=home, sent=text)

        def work(put: OnEvent) -> None:
            self._core.session.send(home, text, parent_id=parent_id, on_event=put, stop=turn.stop)

        self._begin(turn, work)

    def edit(self, message_id: str, text: str) -> None:
        """Ask a question of the branch again with other words."""
        home = self._home
        if self.is_busy or home is None or not text.strip():
            return
        turn = _Turn(self._page, home=home)

        def work(put: OnEvent) -> None:
            self._core.session.edit(message_id, text, conversation_id=home, on_event=put, stop=turn.stop)

        self._begin(turn, work)

    def regenerate(self, answer_id: str) -> None:
        """Have a question of the branch answered again."""
        home = self._home
        if self.is_busy or home is None:
            return
        turn = _Turn(self._page, home=home)

        def work(put: OnEvent) -> None:
            self._core.session.regenerate(answer_id, conversation_id=home, on_event=put, stop=turn.stop)

        self._begin(turn, work)

    def show_version(self, message_id: str, step: int) -> None:
        """Go to the version before (-1) or after (+1) of a message, at its newest leaf."""
        home = self._home
        versions = self._tree.versions(message_id)
        at = versions.index(message_id) + step
        if self.is_busy or home is None or not 0 <= at < len(versions):
            return
        leaf = self._tree.newest_leaf(versions[at])
        self._tree = self._tree.with_tip(leaf)
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
        turn = self._turn_here()
        if turn is None or turn.stop.is_set:
            return
        turn.note = _("Stopping…")
        turn.stop.set()
        self._draw(turn)

    def stop_all(self) -> None:
        """Stop every answer; their last words are saved by their workers."""
        for turn in self._turns:
            turn.stop.set()

    def stop_in(self, conversation_id: str) -> None:
        """Stop the answer in this conversation, if there is one."""
        for turn in self._turns:
            if turn.home == conversation_id:
                turn.stop.set()

    def draft_changed(self, text: str) -> None:
        """What stands in the composer now; kept a moment after the last key."""
        self._drafts.typed(self._home, text)

    def save_draft(self) -> None:
        """Keep what stands in the composer now, if that is not kept yet."""
        self._drafts.save()

    def _begin(self, turn: _Turn, work: Callable[[OnEvent], None]) -> None:
        self._turns.append(turn)
        self.busy_changed.emit()

        def on_events(events: tuple[Event, ...]) -> None:
            self._on_events(turn, events)

        def done() -> None:
            if turn in self._turns:
                self._turns.remove(turn)
                self.busy_changed.emit()

        self._bridge.stream(work, on_events, done)

    def _on_events(self, turn: _Turn, events: tuple[Event, ...]) -> None:
        for event in events:
            if isinstance(event, session.Prefilling | session.Delta) and not turn.is_answering:
                turn.is_answering = True
                self.answering.emit()
            if isinstance(event, session.Delta):
                turn.text += event.text
                turn.note = _("Stopping…") if turn.stop.is_set else ""
            elif isinstance(event, session.Started):
                self._started(turn, event)
            elif isinstance(event, session.Loading):
                turn.note = _("Loading the model… {percent} %").format(percent=int(100 * event.fraction))
                self.loading.emit(event)
            elif isinstance(event, session.Prefilling):
                turn.note = _reading(event, is_stopping=turn.stop.is_set)
            else:
                self._over(turn, event)
                return
        self._draw(turn)

    def _started(self, turn: _Turn, event: session.Started) -> None:
        is_here = self._is_here(turn)
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
            self.committed.emit(turn.sent)
        self._show()

    def _over(self, turn: _Turn, event: session.Finished | session.Failed) -> None:
        if turn in self._turns:
            self._turns.remove(turn)
        self.busy_changed.emit()
        error = event.error if isinstance(event, session.Failed) else None
        answer = event.answer
        if answer is None:
            if turn.sent and turn.page != self._page:
                self._drafts.keep(turn.origin, turn.sent)  # it was never committed, and is not in the composer any more
            if error is not None:
                self.failed.emit(error)
            return
        if answer.conversation_id == self._home:
            self._tree = self._tree.with_message(answer)
            self._show()
        self.listed.emit()
        self.ended.emit(AnswerEnded(answer.conversation_id, answer, error))

    def _turn_here(self) -> _Turn | None:
        return next((turn for turn in self._turns if self._is_here(turn)), None)

    def _is_here(self, turn: _Turn) -> bool:
        return turn.page == self._page if turn.home is None else turn.home == self._home

    def _draw(self, turn: _Turn) -> None:
        if turn.answer is not None and turn.home == self._home:
            self.item_changed.emit(self._item(turn.answer))

    def _show(self) -> None:
        items = tuple(self._item(message) for message in self._tree.path())
        self.shown.emit(Shown(self._home, items, self._drafts.text))

    def _item(self, message: Message) -> MessageItem:
        versions = self._tree.versions(message.id)
        item = MessageItem(
            id=message.id,
            role=message.role,
            text=message.text,
            status=message.status,
            version=versions.index(message.id) + 1,
            versions=len(versions),
            note=message.note,
            stats=_stats(message),
        )
        turn = next((t for t in self._turns if t.answer is not None and t.answer.id == message.id), None)
        return item if turn is None else replace(item, text=turn.text, note=turn.note, status="streaming")


def _reading(event: session.Prefilling, *, is_stopping: bool) -> str:
    if is_stopping:
        return _("Stopping…")
    if event.done >= event.total:
        return _("Thinking…")
    return _("Reading… {percent} %").format(percent=100 * event.done // max(1, event.total))


def _stats(message: Message) -> str:
    stats = message.stats
    if stats is None:
        return message.model
    speed = stats.answer_tokens / stats.decode_s if stats.decode_s > 0 else 0.0
    parts = [
        message.model,
        _("{tokens} tokens").format(tokens=stats.answer_tokens),
        _("{speed:.1f} tokens/s").format(speed=speed),
        _("first word after {seconds:.1f} s").format(seconds=stats.first_token_s),
    ]
    return " · ".join(part for part in parts if part)
