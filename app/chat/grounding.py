"""What a question is answered from, where its chat asks documents: found before the answer, cited after it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Protocol

from app.chat.events import DocumentsAwaited, OnEvent
from app.chat.prompt import RESERVED_FOR_ANSWER, View
from app.documents.answering import asked as answering
from app.documents.answering.answerer import Answerer
from app.documents.answering.asked import documents_of, is_readable
from app.documents.answering.strategy import Speed
from app.documents.citing.matching import cite
from app.documents.grounds import NOT_CITED, Cited, Grounds, Strategy
from app.documents.records import Collection, Progress, Scope
from app.engine.client import Engine, Stop
from app.engine.protocol import Message
from app.errors import Cancelled
from app.text import _

LEAST_SHARE = 3
"""The documents get at least one part of so many of the context, however long the conversation is."""
_LOOK_EVERY_S = 0.2
_UNREAD = ("waiting", "reading")
_log = logging.getLogger(__name__)


class Asked(answering.Asked, Protocol):
    """Of the library of documents: which a chat asks, and how far they are read."""

    def attach(self, conversation_id: str, scope: Scope) -> None: ...

    def scope_of(self, conversation_id: str) -> Scope: ...

    def collections(self) -> Sequence[Collection]: ...

    def progress(self) -> Progress: ...


class Grounding:
    """Any thread may use it; what it asks of the engine, it asks on the caller's."""

    def __init__(self, asked: Asked, answerer: Answerer) -> None:
        self._asked = asked
        self._answerer = answerer

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
        on_event: OnEvent,
        stop: Stop,
        wanted: Strategy | None = None,
        asking: str = "",
    ) -> Grounds | None:
        """None for a chat that asks no documents. `view` is what stands before the question, and `earlier` what the
        answers in it were given from. `asking` is the question with what is attached to it. Blocks while documents
        that were just added are read.

        Raises Cancelled and what the engine and the store raise.
        """
        scope = self._asked.scope_of(conversation_id)
        if not scope:
            return None
        self._await(scope, on_event, stop)
        whole = next((one for one in reversed(earlier) if one.strategy == "whole" and one.text), None)
        if whole is not None and wanted is None and "" not in whole.hashes and set(whole.hashes) == self._hashes(scope):
            return _again(whole, question)
        limit = engine.facts.context_tokens
        taken = engine.count((*view.messages, Message("user", asking or question)), stop=stop)
        return self._answerer.ground(
            question,
            scope,
            engine,
            history=view.messages,
            room_tokens=max(limit - taken - min(RESERVED_FOR_ANSWER, limit // 4) - limit // 16, limit // LEAST_SHARE),
            speed=Speed(engine.prefill_tokens_per_s),
            on_event=on_event,
            stop=stop,
            wanted=wanted,
        )

    def _await(self, scope: Scope, on_event: OnEvent, stop: Stop) -> None:
        """Until the files among them were read, or failed. Collections are asked as far as they are."""
        told = None
        woken = threading.Event()
        stop.on_set(woken.set)
        while any(document.status in _UNREAD for document in self._asked.documents(ids=scope.document_ids)):
            if stop.is_set:
                raise Cancelled(_("Reading the documents was stopped."))
            progress = self._asked.progress()
            if progress.is_paused and progress.pause_reason != "answer":
                return  # what is read already has to do; the grounds say what is not
            at = DocumentsAwaited(progress.current, progress.fraction)
            if at != told:
                on_event(at)
                told = at
            woken.wait(_LOOK_EVERY_S)

    def _hashes(self, scope: Scope) -> set[str]:
        """Of what can be read now: a file that has changed since is another one."""
        return {document.sha256 for document in documents_of(self._asked, scope) if is_readable(document)}


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
