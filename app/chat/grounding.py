"""What a question is answered from, where its chat asks documents: found before the answer, cited after it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from app.chat.events import DocumentsAwaited, OnEvent
from app.chat.prompt import RESERVED_FOR_ANSWER, View, room_for_prompt
from app.documents.answering.answerer import Answerer
from app.documents.answering.asked import AskedByChats, documents_of, is_readable
from app.documents.answering.strategy import Plan, Speed, estimated_tokens
from app.documents.citing.matching import cite
from app.documents.grounds import NOT_CITED, Cited, Grounds, Strategy
from app.documents.records import Scope
from app.engine.client import Engine, Stop
from app.engine.protocol import Message
from app.errors import Cancelled
from app.frozen import dataclass
from app.text import _

LEAST_SHARE = 3
"""The documents get at least one part of so many of the context, however long the conversation is."""
LEAST_TOKENS = 300
"""So much at least: 150 of them are what is said to the model around passages."""
_JOINT_TOKENS = 8  # between documents and the question, which are counted apart
_LOOK_EVERY_S = 0.2
_UNREAD = ("waiting", "reading")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """Of the model that is to answer: its context, and how fast it is, as far as that is known."""

    context_tokens: int
    speed: Speed


class Grounding:
    """Any thread may use it; what it asks of the engine, it asks on the caller's."""

    def __init__(self, asked: AskedByChats, answerer: Answerer) -> None:
        self._asked = asked
        self._answerer = answerer

    def scope_of(self, conversation_id: str) -> Scope:
        """Which documents a conversation asks."""
        return self._asked.scope_of(conversation_id)

    def attach(self, conversation_id: str, scope: Scope) -> None:
        """Let a conversation that begins ask these, as far as they are still there."""
        documents = {document.id for document in self._asked.documents(ids=scope.document_ids)}
        collections = {collection.id for collection in self._asked.collections()}
        here = Scope(
            tuple(one for one in scope.document_ids if one in documents),
            tuple(one for one in scope.collection_ids if one in collections),
        )
        if here:
            self._asked.attach(conversation_id, here)

    def ground(
        self,
        engine: Engine,
        view: View,
        question: str,
        *,
        conversation_id: str,
        earlier: Sequence[Grounds],
        alone: Sequence[Message],
        on_event: OnEvent,
        stop: Stop,
        wanted: Strategy | None = None,
    ) -> Grounds | None:
        """None for a chat that asks no documents. `view` is what stands before the question, and `earlier` what the
        answers in it were given from. `alone` is the question with what is attached to it, and with what is sent
        even where all of `view` has to be left out. Blocks while documents that were just added are read.

        Raises Cancelled, ContextFull and what the engine and the store raise.
        """
        scope = self.scope_of(conversation_id)
        if not scope:
            return None
        self._await(scope, on_event, stop)
        whole = self._in_view(scope, earlier)
        if whole is not None and wanted is None:
            return _again(whole, question)
        limit = engine.facts.context_tokens
        taken = engine.count((*view.messages, alone[-1]), stop=stop)
        most_tokens = room_for_prompt(limit) - engine.count(alone, stop=stop) - _JOINT_TOKENS
        return self._answerer.ground(
            question,
            scope,
            engine,
            history=view.messages,
            room_tokens=min(most_tokens, _room_tokens(limit, taken)),
            speed=Speed(engine.prefill_tokens_per_s),
            on_event=on_event,
            stop=stop,
            wanted=wanted,
        )

    def foresee(
        self,
        question: str,
        scope: Scope,
        view: View,
        *,
        earlier: Sequence[Grounds],
        pace: Pace,
        wanted: Strategy | None,
    ) -> Plan | None:
        """What `ground` would do and how long it takes, by estimates: asks no engine. None where nothing is read."""
        if not scope or (wanted is None and self._in_view(scope, earlier) is not None):
            return None
        taken = estimated_tokens(question) + sum(estimated_tokens(message.text) for message in view.messages)
        room_tokens = _room_tokens(pace.context_tokens, taken)
        has_history = bool(view.messages)
        return self._answerer.plan(
            question, scope, pace.speed, room_tokens=room_tokens, has_history=has_history, wanted=wanted
        )

    def certain(
        self, engine: Engine, scope: Scope, view: View, *, earlier: Sequence[Grounds], stop: Stop
    ) -> str | None:
        """What will stand before the next question, whatever that is; None where it depends on the question.

        Raises what `ground` raises.
        """
        if not scope or self._in_view(scope, earlier) is not None:
            return ""
        limit = engine.facts.context_tokens
        room_tokens = _room_tokens(limit, engine.count(view.messages, stop=stop) if view.messages else 0)
        speed = Speed(engine.prefill_tokens_per_s)
        return self._answerer.certain(scope, engine, room_tokens=room_tokens, speed=speed, stop=stop) or None

    def _in_view(self, scope: Scope, earlier: Sequence[Grounds]) -> Grounds | None:
        """Those by which the model has all of the documents in view, as they are now."""
        whole = next((one for one in reversed(earlier) if one.strategy == "whole" and one.text), None)
        if whole is None or not whole.hashes or "" in whole.hashes:  # without: it came from elsewhere
            return None
        return whole if set(whole.hashes) == self._hashes(scope) else None

    def _await(self, scope: Scope, on_event: OnEvent, stop: Stop) -> None:
        """Until the files among them were read, or failed. Collections are asked as far as they are."""
        told = None
        woken = threading.Event()
        stop.on_set(woken.set)
        while any(document.status in _UNREAD for document in self._asked.documents(ids=scope.document_ids)):
            if stop.is_set:
                raise Cancelled(_("Reading the documents was stopped."))
            progress = self._asked.progress()
            if progress.is_resting or (progress.is_paused and progress.pause_reason != "answer"):
                return  # what is read already has to do; the grounds say what is not
            at = DocumentsAwaited(progress.current, progress.fraction)
            if at != told:
                on_event(at)
                told = at
            woken.wait(_LOOK_EVERY_S)

    def _hashes(self, scope: Scope) -> set[str]:
        """Of what can be read now: a file that has changed since is another one."""
        return {document.sha256 for document in documents_of(self._asked, scope) if is_readable(document)}


def _room_tokens(limit: int, taken: int) -> int:
    """For documents, of a context of `limit` tokens of which so many are taken: older messages make room for them."""
    left = limit - taken - min(RESERVED_FOR_ANSWER, limit // 4) - limit // 16
    return max(left, limit // LEAST_SHARE, LEAST_TOKENS)


def citations(text: str, grounds: Grounds) -> Cited:
    """Which sentences of an answer stand where. An answer is worth more than its citations: raises nothing."""
    try:
        return cite(text, grounds)
    except Exception:  # a bug in there must not cost the answer
        _log.exception("an answer could not be cited")
        return NOT_CITED


def _again(whole: Grounds, question: str) -> Grounds:
    """The model has the documents in view already: nothing stands before the question a second time."""
    return Grounds(
        strategy="whole",
        query=question,
        passages=whole.passages,
        text="",
        parts_read=whole.parts_read,
        parts=whole.parts,
        documents=whole.documents,
        hashes=whole.hashes,
        part_name=whole.part_name,
        hidden=whole.hidden,
    )
