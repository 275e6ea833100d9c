"""Puts together what a question about documents is answered from: how much is read, what of it, how it is fenced."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from app.documents.answering import each_part, fencing, fitting, rewriting, strategy
from app.documents.answering.asked import Asked, documents_of, is_readable
from app.documents.answering.events import OnGroundEvent, Searching
from app.documents.answering.found import is_found, similarity_of
from app.documents.answering.intent import Intent, intent
from app.documents.answering.strategy import Plan, Speed, estimated_tokens
from app.documents.grounds import Grounds, Strategy
from app.documents.parts import Part, PartName, Span
from app.documents.records import Document, Passage, Scope, Size
from app.engine.client import Engine, Stop
from app.engine.protocol import Message
from app.errors import Cancelled, ContextFull
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

    def fits(self, text: str) -> bool:
        """Whether there is room for this before the question."""
        return self.engine.count((Message("user", text),), stop=self.stop) <= self.room_tokens

    def require_going(self) -> None:
        if self.stop.is_set:
            raise Cancelled(_("Reading the documents was stopped."))


@dataclass(slots=True)
class _Seen:
    """What was come across while documents were read: they can change meanwhile."""

    parts: set[tuple[str, int]] = field(default_factory=set)
    hidden: int = 0


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
        kind, size = intent(question, has_history), self._asked.size_of(scope)
        return strategy.choose(kind, size, speed, room_tokens=room_tokens, wanted=wanted)

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
        Raises Cancelled, ContextFull where there is no room for anything, and what the engine and the store raise.
        """
        documents = documents_of(self._asked, scope)
        readable = tuple(document for document in documents if is_readable(document))
        unread, size, kind = len(documents) - len(readable), self._asked.size_of(scope), intent(question, bool(history))
        speed = speed or Speed(engine.prefill_tokens_per_s)
        plan = strategy.choose(kind, size, speed, room_tokens=room_tokens, wanted=wanted)
        case = _Case(question, question, kind, readable, unread, scope, size, engine, room_tokens, on_event, stop)
        if not readable:
            return self._nothing(case)
        if plan.strategy == "whole" and (whole := self._whole(case)) is not None:
            return whole
        if plan.strategy == "every_part" and not plan.needs_asking:
            return self._every_part(case)
        query = rewriting.rewrite(engine, question, history, stop=stop)
        return self._passages(replace(case, query=query), _note(plan) if plan.needs_asking else "")

    def certain(self, scope: Scope, engine: Engine, *, room_tokens: int, speed: Speed, stop: Stop) -> str:
        """What goes before the next question whatever it asks: all of the documents, where they are read whole.

        Empty where that is not certain. Raises Cancelled and what the engine and the store raise.
        """
        documents, size = documents_of(self._asked, scope), self._asked.size_of(scope)
        plan = strategy.choose("lookup", size, speed, room_tokens=room_tokens)
        if plan.strategy != "whole" or not documents or not all(map(is_readable, documents)):
            return ""
        case = _Case("", "", "lookup", documents, 0, scope, size, engine, room_tokens, lambda _event: None, stop)
        whole = self._whole(case)
        return "" if whole is None else whole.text

    def _whole(self, case: _Case) -> Grounds | None:
        """None where it turns out longer than was estimated."""
        seen = _Seen()
        passages = list(self._each(case, seen))
        text = fencing.fence(passages)
        if not case.fits(text):
            return None
        return self._grounds(case, "whole", passages, text, parts_read=case.size.parts, hidden=seen.hidden)

    def _every_part(self, case: _Case) -> Grounds:
        seen = _Seen()
        most_tokens = strategy.stretch_tokens(case.engine.facts.context_tokens)
        read = each_part.stretches(self._each(case, seen), most_tokens)  # as it is gone through, never all of it
        notes = each_part.notes_on(
            case.engine,
            case.question,
            read,
            characters=case.size.characters,
            on_event=case.on_event,
            stop=case.stop,
        )
        parts_read, note = min(len(seen.parts), case.size.parts), _changed(self._count_changed(case))
        if not notes:
            return self._nothing(case, parts_read=parts_read, note=note)
        room_tokens = case.room_tokens - estimated_tokens(each_part.BEFORE_NOTES + each_part.AFTER_NOTES)
        kept = each_part.condensed(case.engine, case.question, notes, room_tokens=room_tokens, stop=case.stop)
        borne = tuple(passage for note in notes for passage in note.borne)
        text = each_part.prompt(kept)
        return self._grounds(case, "every_part", borne, text, parts_read=parts_read, hidden=seen.hidden, note=note)

    def _count_changed(self, case: _Case) -> int:
        """Of the documents, those that are not any more what they were when the question was asked."""
        now = {document.id: (document.sha256, document.parts) for document in documents_of(self._asked, case.scope)}
        return sum((document.sha256, document.parts) != now.get(document.id) for document in case.documents)

    def _passages(self, case: _Case, note: str) -> Grounds:
        case.on_event(Searching(case.query))
        found = self._asked.search(case.query, case.scope, limit=MOST_PASSAGES)
        case.require_going()
        if case.intent == "overview":
            found = (*self._beginnings(case), *found)
        elif not is_found(case.query, found, similarity_of(found)):
            return self._nothing(case, near=found[:NEAR_PASSAGES])
        shown = [seen for passage in found for seen in self._visible(passage)]
        kept = fitting.first_ones([passage for passage, _hidden in shown], strategy.passages_tokens(case.room_tokens))
        text = fencing.fence(kept)
        while len(kept) > 1 and not case.fits(text):
            kept = kept[: len(kept) - max(1, len(kept) // 4)]
            text = fencing.fence(kept)
        if not kept:
            return self._nothing(case)
        if len(kept) == 1 and not case.fits(text):
            return self._sentences(case, found, note)
        read = {(passage.document_id, number) for passage in kept for number in _numbers(passage)}
        hidden = sum(count for _passage, count in shown[: len(kept)])
        return self._grounds(case, "passages", kept, text, parts_read=len(read), hidden=hidden, note=note)

    def _sentences(self, case: _Case, found: Sequence[Passage], note: str) -> Grounds:
        """As many as there is room for, of the first passage that has a short one. Raises ContextFull."""
        pieces = (seen for passage in found for seen in self._visible(passage, most_parts=1))
        for piece, hidden in pieces:
            kept = fitting.cut_to_fit(piece, case.query, lambda passages: case.fits(fencing.fence(passages)))
            if kept is not None:
                said = f"{note} {_cut()}".strip()
                text = fencing.fence([kept])
                return self._grounds(case, "passages", [kept], text, parts_read=1, hidden=hidden, note=said)
        raise _too_small(case.engine.facts.context_tokens)

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

    def _each(self, case: _Case, seen: _Seen) -> Iterator[Passage]:
        """Every part as a passage, without what a person would not see."""
        for document in case.documents:
            for part in self._asked.parts_of(document.id):
                case.require_going()
                passage, hidden = fencing.visible(_passage(document, part), {part.number: part})
                seen.parts.add((document.id, part.number))
                if passage.text.strip():
                    seen.hidden += hidden
                    yield passage

    def _beginnings(self, case: _Case) -> Iterator[Passage]:
        for document in case.documents[:MOST_BEGINNINGS]:
            part = next(iter(self._asked.parts_of(document.id)), None)
            if part is not None and part.text.strip():
                passage = _passage(document, part)
                end = min(len(passage.text), BEGINNING_CHARACTERS)
                yield replace(passage, span=replace(passage.span, end=end), text=passage.text[:end])

    def _visible(self, passage: Passage, *, most_parts: int = 2) -> list[tuple[Passage, int]]:
        """What a person would see of it, and how many stretches not; one that covers more parts is taken apart."""
        parts = {number: self._asked.part(passage.document_id, number) for number in _numbers(passage)}
        pieces = [passage] if len(parts) <= most_parts else [_of_part(passage, part) for part in parts.values()]
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


def _note(plan: Plan) -> str:
    minutes = max(1, math.ceil(plan.forecast_s / 60))
    time = plural("about {count} minute", "about {count} minutes", minutes)
    return _(
        "Reading every part would take {time}, so only the passages that fit best were read. Something may be missing."
    ).format(time=time)


def _cut() -> str:
    return _("The model's context has no room for more, so only sentences of the best passage were read.")


def _too_small(context_tokens: int) -> ContextFull:
    return ContextFull(
        _("The question leaves no room for even a sentence of your documents ({tokens} tokens in all).").format(
            tokens=context_tokens
        ),
        _("Give the model a larger context in its settings, or shorten the question."),
    )


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
