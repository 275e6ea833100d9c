"""Puts together what a question about documents is answered from: how much is read, what of it, how it is fenced."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.documents.answering import each_part, fencing, rewriting, strategy
from app.documents.answering.asked import Asked, documents_of, is_readable
from app.documents.answering.events import OnGroundEvent, Searching
from app.documents.answering.found import is_found, similarity_of
from app.documents.answering.intent import Intent, intent
from app.documents.answering.strategy import Plan, Size, Speed, estimated_tokens
from app.documents.grounds import Grounds, Strategy
from app.documents.parts import Part, PartName, Span
from app.documents.records import Document, Passage, Scope
from app.engine.client import Engine, Stop
from app.engine.protocol import Message
from app.errors import Cancelled
from app.text import _, plural

MOST_PASSAGES = 12
NEAR_PASSAGES = 3
BEGINNING_CHARACTERS = 900
"""Of each document, that are read for a question about all of it where its parts are not."""
MOST_BEGINNINGS = 6
NOTHING_FOUND = (
    "The person's documents were searched for the question that follows, and nothing in them answers it. Say plainly "
    "that it is not in their documents, in the language of the question. Do not answer from memory."
)
NOTHING_READ = (
    "None of the person's documents is read yet, or none could be read, so they could not be searched for the question "
    "that follows. Say plainly that their documents could not be searched yet, in the language of the question. Do not "
    "say what is in them or what is not, and do not answer from memory."
)


@dataclass(frozen=True, slots=True)
class _Case:
    """One question and what it is asked of."""

    question: str
    query: str
    intent: Intent
    documents: tuple[Document, ...]
    unread: int
    scope: Scope
    size: Size
    engine: Engine
    room_tokens: int
    on_event: OnGroundEvent
    stop: Stop

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(document.id for document in self.documents)

    @property
    def part_name(self) -> PartName | None:
        names = {document.part_name for document in self.documents}
        return names.pop() if len(names) == 1 else None


class Answerer:
    """Calls read the store; those with an engine also ask that, on the caller's thread."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked

    def plan(
        self,
        question: str,
        scope: Scope,
        speed: Speed,
        *,
        room_tokens: int,
        has_history: bool = False,
        wanted: Strategy | None = None,
    ) -> Plan:
        """What `ground` would do and how long that takes: asks no engine, so it can be called before a turn begins.

        Where it `needs_asking`, `wanted` says what the person chose: "passages" to narrow, or the plan's own.
        """
        kind = intent(question, has_history)
        return strategy.choose(kind, self._size(scope), speed, room_tokens=room_tokens, wanted=wanted)

    def ground(
        self,
        question: str,
        scope: Scope,
        engine: Engine,
        *,
        history: Sequence[Message] = (),
        room_tokens: int,
        speed: Speed | None = None,
        on_event: OnGroundEvent = lambda _event: None,
        stop: Stop,
        wanted: Strategy | None = None,
    ) -> Grounds:
        """What goes before the question, and what it was taken from. `history` is what was said before, oldest first.

        `room_tokens` is what the context has left for documents. Where each part would take longer than ASK_ABOVE_S
        and was not `wanted`, the best passages are read instead, and the note says so.
        Raises Cancelled and what the engine and the store raise.
        """
        plan = self.plan(
            question,
            scope,
            speed or Speed(engine.prefill_tokens_per_s),
            room_tokens=room_tokens,
            has_history=bool(history),
            wanted=wanted,
        )
        documents = documents_of(self._asked, scope)
        readable = tuple(document for document in documents if is_readable(document))
        case = _Case(
            question,
            question,
            intent(question, bool(history)),
            readable,
            len(documents) - len(readable),
            scope,
            self._size(scope),
            engine,
            room_tokens,
            on_event,
            stop,
        )
        if not readable:
            return self._nothing(case)
        if plan.strategy == "whole" and (whole := self._whole(case)) is not None:
            return whole
        if plan.strategy == "every_part" and not plan.needs_asking:
            return self._every_part(case)
        query = rewriting.rewrite(engine, question, history, stop=stop)
        return self._passages(replace(case, query=query), _note(plan) if plan.needs_asking else "")

    def _size(self, scope: Scope) -> Size:
        size = self._asked.size_of(scope)
        return Size(size.documents, size.parts, size.tokens)

    def _whole(self, case: _Case) -> Grounds | None:
        """None where it turns out longer than was estimated."""
        seen = list(self._each(case))
        passages, hidden = [passage for passage, _count in seen], sum(count for _passage, count in seen)
        text = fencing.fence(passages)
        if case.engine.count((Message("user", text),), stop=case.stop) > case.room_tokens:
            return None
        return self._grounds(case, "whole", passages, text, parts_read=case.size.parts, hidden=hidden)

    def _every_part(self, case: _Case) -> Grounds:
        most_tokens = strategy.stretch_tokens(case.engine.facts.context_tokens)
        read: set[tuple[str, int]] = set()

        def stretches() -> Iterator[each_part.Stretch]:  # gone through twice, so that never all of it is in memory
            return each_part.stretches((passage for passage, _hidden in self._each(case, read)), most_tokens)

        total = sum(1 for _stretch in stretches())
        hidden = sum(count for _passage, count in self._each(case))
        read.clear()
        notes = each_part.notes_on(
            case.engine, case.question, stretches(), total, on_event=case.on_event, stop=case.stop
        )
        parts_read, note = min(len(read), case.size.parts), _changed(self._count_changed(case))
        if not notes:
            return self._nothing(case, parts_read=parts_read, note=note)
        room_tokens = case.room_tokens - estimated_tokens(each_part.BEFORE_NOTES + each_part.AFTER_NOTES)
        kept = each_part.condensed(case.engine, case.question, notes, room_tokens=room_tokens, stop=case.stop)
        borne = tuple(passage for note in notes for passage in note.borne)
        text = each_part.prompt(kept)
        return self._grounds(case, "every_part", borne, text, parts_read=parts_read, hidden=hidden, note=note)

    def _count_changed(self, case: _Case) -> int:
        """Of the documents, those that are not any more what they were when the question was asked."""
        now = {document.id: (document.sha256, document.parts) for document in documents_of(self._asked, case.scope)}
        return sum((document.sha256, document.parts) != now.get(document.id) for document in case.documents)

    def _passages(self, case: _Case, note: str) -> Grounds:
        case.on_event(Searching(case.query))
        found = self._asked.search(case.query, case.scope, limit=MOST_PASSAGES)
        if case.stop.is_set:
            raise Cancelled(_("Reading the documents was stopped."))
        if case.intent == "overview":
            found = (*self._beginnings(case), *found)
        elif not is_found(case.query, found, similarity_of(found)):
            return self._nothing(case, near=found[:NEAR_PASSAGES])
        shown = [seen for passage in found for seen in self._visible(passage)]
        kept = _fitting([passage for passage, _hidden in shown], strategy.passages_tokens(case.room_tokens))
        text = fencing.fence(kept)
        while len(kept) > 1 and case.engine.count((Message("user", text),), stop=case.stop) > case.room_tokens:
            kept = kept[: len(kept) - max(1, len(kept) // 4)]
            text = fencing.fence(kept)
        read = {(passage.document_id, number) for passage in kept for number in _numbers(passage)}
        hidden = sum(count for _passage, count in shown[: len(kept)])
        return self._grounds(case, "passages", kept, text, parts_read=len(read), hidden=hidden, note=note)

    def _nothing(self, case: _Case, *, near: tuple[Passage, ...] = (), parts_read: int = 0, note: str = "") -> Grounds:
        text = NOTHING_FOUND if case.documents else NOTHING_READ
        grounds = self._grounds(case, "nothing", (), text, parts_read=parts_read, note=note)
        return replace(grounds, near=near)

    def _grounds(
        self,
        case: _Case,
        name: Strategy,
        passages: Sequence[Passage],
        text: str,
        *,
        parts_read: int,
        hidden: int = 0,
        note: str = "",
    ) -> Grounds:
        return Grounds(
            strategy=name,
            query=case.query,
            passages=tuple(passages),
            text=text,
            parts_read=parts_read,
            parts=case.size.parts,
            documents=case.ids,
            hashes=tuple(document.sha256 for document in case.documents),
            note=f"{note} {_unread(case.unread)}".strip(),
            part_name=case.part_name,
            hidden=hidden,
        )

    def _each(self, case: _Case, read: set[tuple[str, int]] | None = None) -> Iterator[tuple[Passage, int]]:
        """Every part as a passage, without what a person would not see; and how many stretches that is.

        Into `read` goes which parts there were: a document can change while it is read.
        """
        for document in case.documents:
            for part in self._asked.parts_of(document.id):
                if case.stop.is_set:
                    raise Cancelled(_("Reading the documents was stopped."))
                if read is not None:
                    read.add((document.id, part.number))
                passage, hidden = fencing.visible(_passage(document, part), {part.number: part})
                if passage.text.strip():
                    yield passage, hidden

    def _beginnings(self, case: _Case) -> Iterator[Passage]:
        for document in case.documents[:MOST_BEGINNINGS]:
            part = next(iter(self._asked.parts_of(document.id)), None)
            if part is not None and part.text.strip():
                passage = _passage(document, part)
                end = min(len(passage.text), BEGINNING_CHARACTERS)
                yield replace(passage, span=replace(passage.span, end=end), text=passage.text[:end])

    def _visible(self, passage: Passage) -> list[tuple[Passage, int]]:
        """What a person would see of it; one that covers more than two parts is taken apart at these."""
        parts = {number: self._asked.part(passage.document_id, number) for number in _numbers(passage)}
        pieces = [passage] if len(parts) <= 2 else [_of_part(passage, part) for part in parts.values()]
        return [
            fencing.visible(piece, {number: parts[number] for number in _numbers(piece)})
            for piece in pieces
            if piece.text.strip()
        ]


def _passage(document: Document, part: Part) -> Passage:
    span = Span(part.number, 0, part.number, len(part.text))
    return Passage(document.id, document.name, document.part_name, part.label, span, "", part.text)


def _of_part(passage: Passage, part: Part) -> Passage:
    span = passage.span
    start = span.start if part.number == span.first else 0
    end = span.end if part.number == span.last else len(part.text)
    piece = Span(part.number, start, part.number, end)
    return replace(passage, part_label=part.label, span=piece, text=part.text[start:end])


def _numbers(passage: Passage) -> range:
    return range(passage.span.first, passage.span.last + 1)


def _fitting(passages: Sequence[Passage], most_tokens: int) -> list[Passage]:
    """The first ones that fit; at least one."""
    kept: list[Passage] = []
    tokens = 0
    for passage in passages:
        tokens += estimated_tokens(passage.text) + estimated_tokens(fencing.where(passage)) + 8
        if kept and tokens > most_tokens:
            break
        kept.append(passage)
    return kept


def _note(plan: Plan) -> str:
    minutes = max(1, math.ceil(plan.forecast_s / 60))
    time = plural("about {count} minute", "about {count} minutes", minutes)
    return _(
        "Reading every part would take {time}, so only the passages that fit best were read. Something may be missing."
    ).format(time=time)


def _changed(count: int) -> str:
    if not count:
        return ""
    return plural(
        "{count} document changed while it was read. Ask again to have it read as it is now.",
        "{count} documents changed while they were read. Ask again to have them read as they are now.",
        count,
    )


def _unread(count: int) -> str:
    if not count:
        return ""
    return plural(
        "{count} document is not read yet, or could not be read.",
        "{count} documents are not read yet, or could not be read.",
        count,
    )
