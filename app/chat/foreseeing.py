"""What is known of a question before it is asked: how long its documents take, and what the model can read already."""

from __future__ import annotations

from collections.abc import Sequence

from app.chat.grounding import Grounding, Pace
from app.chat.prompt import View, content_of
from app.chat.store import ChatStore
from app.chat.tree import Attachment, Message
from app.chat.viewer import Viewer
from app.documents.answering.strategy import Plan
from app.documents.grounds import Grounds, Strategy
from app.documents.records import NO_DOCUMENTS, Scope
from app.engine.client import Engine, Stop
from app.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Prospect:
    """A question that is not asked yet, below `parent_id`; or with `answer_id`, another answer to one that was.

    `scope` is of a conversation that does not exist yet. `wanted` says how much of the documents is to be read.
    """

    text: str
    conversation_id: str | None = None
    parent_id: str | None = None
    answer_id: str = ""
    scope: Scope = NO_DOCUMENTS
    wanted: Strategy | None = None


class Foreseeing:
    """Over one store. Without `grounding` no documents are asked."""

    def __init__(self, store: ChatStore, viewer: Viewer, grounding: Grounding | None) -> None:
        self._store = store
        self._viewer = viewer
        self._grounding = grounding

    def plan(self, prospect: Prospect, pace: Pace) -> Plan | None:
        """How it would be answered from documents; None where nothing is read for it. Asks no engine."""
        scope = self._scope(prospect.conversation_id, prospect.scope)
        if self._grounding is None or not scope:
            return None
        text, parent_id = prospect.text, prospect.parent_id
        if prospect.answer_id:
            answer, question = self._asked(prospect.answer_id)
            if question is None or (prospect.wanted is None and kept_grounds(answer) is not None):
                return None
            text, parent_id = question.text, question.parent_id
        before = self._viewer.before(prospect.conversation_id, parent_id, "")
        wanted = prospect.wanted
        return self._grounding.foresee(text, scope, before.view, earlier=before.earlier, pace=pace, wanted=wanted)

    def ahead(
        self,
        engine: Engine,
        conversation_id: str | None,
        text: str,
        *,
        parent_id: str | None,
        system_prompt: str,
        attachments: Sequence[Attachment],
        scope: Scope,
        stop: Stop,
    ) -> tuple[View, str, bool]:
        """What is certain of a question that is being typed: what stands before it, its beginning, and whether that
        has all of the text. Behind passages that have yet to be found, nothing of it is.

        Raises Cancelled and what the engine and the store raise.
        """
        before = self._viewer.before(conversation_id, parent_id, system_prompt)
        asked, grounds = self._scope(conversation_id, scope), ""
        if self._grounding is not None and asked:
            found = self._grounding.certain(engine, asked, before.view, earlier=before.earlier, stop=stop)
            if found is None:
                return before.view, content_of("", attachments), False
            grounds = found
        return before.view, content_of(text, attachments, grounds), True

    def _scope(self, conversation_id: str | None, given: Scope) -> Scope:
        if conversation_id is None or self._grounding is None:
            return given
        return self._grounding.scope_of(conversation_id)

    def _asked(self, answer_id: str) -> tuple[Message | None, Message | None]:
        """An answer and its question, as far as they are still there."""
        answer = next(iter(self._store.messages((answer_id,))), None)
        if answer is None or answer.parent_id is None:
            return answer, None
        return answer, next(iter(self._store.messages((answer.parent_id,))), None)


def kept_grounds(answer: Message | None) -> Grounds | None:
    """What another answer to the same question is given from, too; None where its documents are looked at anew."""
    grounds = None if answer is None else answer.grounds
    return grounds if grounds is not None and grounds.text and grounds.strategy != "nothing" else None
