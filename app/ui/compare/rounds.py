"""One question for both sides, from the look at what its documents would take to its answers. All on a worker."""

from __future__ import annotations

from dataclasses import dataclass

from app.chat.compare import OnSide, Side
from app.chat.foreseeing import Prospect, kept_grounds
from app.chat.tree import Message
from app.core import Core
from app.documents.answering.strategy import Plan
from app.documents.grounds import Strategy
from app.documents.records import NO_DOCUMENTS, Scope
from app.engine.client import Stop
from app.ui.chat.asking import foreseen
from app.ui.compare.opening import Chat


@dataclass(frozen=True, slots=True)
class Round:
    """`question` is the one that is there already: with the same words it is asked again. `scope` are the documents of
    a chat that does not exist yet.
    """

    chat: Chat
    text: str
    sides: tuple[Side, Side]
    question: Message | None = None
    scope: Scope = NO_DOCUMENTS

    @property
    def again(self) -> Message | None:
        return self.question if self.question is not None and self.text == self.question.text else None

    @property
    def asks_documents(self) -> bool:
        return self.chat.asks_documents or bool(self.scope)


def plan(core: Core, asked: Round) -> Plan | None:
    """How it would be answered from documents; None where nothing is read for it."""
    return foreseen(core, asked.chat.room, _prospect(asked))


def ask(core: Core, asked: Round, wanted: Strategy | None, *, on_event: OnSide, stop: Stop) -> None:
    """Blocks until both sides are over."""
    chat, comparison = asked.chat, core.comparison(asked.chat.room)
    if asked.again is not None:
        comparison.again(asked.again, sides=asked.sides, on_event=on_event, stop=stop, wanted=wanted)
        return
    comparison.run(
        chat.home,
        asked.text,
        parent_id=chat.parent_id,
        sides=asked.sides,
        on_event=on_event,
        stop=stop,
        folder_id=chat.beginning.folder_id,
        manner=chat.beginning.manner,
        scope=asked.scope,
        wanted=wanted,
    )


def _prospect(asked: Round) -> Prospect:
    chat, again = asked.chat, asked.again
    if again is None:
        return Prospect(asked.text, chat.home, chat.parent_id, scope=asked.scope)
    answers = chat.room.chats.messages(chat.room.chats.tree(again.conversation_id).children(again.id))
    kept = next((one for one in reversed(answers) if kept_grounds(one) is not None), None)
    if kept is not None:  # it serves again, and nothing is read
        return Prospect("", chat.home, answer_id=kept.id)
    return Prospect(again.text, chat.home, again.parent_id)
