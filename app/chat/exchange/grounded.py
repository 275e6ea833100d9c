"""What answers were given from, in our own JSON: what was read, and which sentence stands where.

A file says what stood in documents, and nobody can check that. So it vouches for no document here: their hashes are not
taken in, what the model reads of the passages is fenced anew, and whether a quotation is literal is looked up in them.
"""

from __future__ import annotations

import functools
import re
from typing import get_args

from app.chat.exchange import checked, untrusted
from app.chat.exchange.untrusted import Fields, fields
from app.documents.answering import each_part, fencing
from app.documents.answering.answerer import NOTHING_FOUND, NOTHING_READ
from app.documents.citing.normalising import normalised
from app.documents.citing.quotes import find_in
from app.documents.grounds import NOT_CITED, NOWHERE, Citation, Cited, Grounds, Strategy
from app.documents.parts import PartName, Span
from app.documents.records import NO_DOCUMENTS, Passage, Scope
from app.text import _

MOST_PASSAGES = 20_000
MOST_DOCUMENTS = 100_000
MOST_CITATIONS = 20_000
_MOST_IN_NAME = 1_000
_BLOCK_MARKS = r"(?m)^[ \t]*(?:>[ \t]?)+"  # Markdown's, of a quotation of several lines


def read(value: object) -> Grounds | None:
    """Of a message that has some. Raises PaddockError, which names what is wrong."""
    if value is None:
        return None
    given, what = _object(value, _("what an answer was given from")), _("what an answer was given from")
    strategy: Strategy = checked.one_of(given.get("strategy"), get_args(Strategy), what)
    passages = _passages(given.get("passages"))
    part_name = given.get("part_name")
    return Grounds(
        strategy=strategy,
        query=checked.text(given.get("query"), what),
        passages=passages,
        text=_as_read(strategy, passages, checked.text(given.get("text"), what)),
        parts_read=checked.whole(given.get("parts_read"), what),
        parts=checked.whole(given.get("parts"), what),
        documents=_ids(given.get("documents"), what),
        near=_passages(given.get("near", [])),
        note=checked.text(given.get("note", ""), what),
        part_name=None if part_name is None else checked.one_of(part_name, get_args(PartName), what),
        hidden=checked.whole(given.get("hidden", 0), what),
    )


def read_cited(value: object, text: str, grounds: Grounds | None) -> Cited:
    """Of an answer with this text. None without grounds. Raises as `read` does."""
    if value is None or grounds is None:
        return NOT_CITED
    given, what = _object(value, _("an answer's citations")), _("an answer's citations")
    found = checked.listed(given.get("citations"), what, most=MOST_CITATIONS)
    places = tuple(
        _marker(one, len(text)) for one in checked.listed(given.get("markers", []), what, most=MOST_CITATIONS)
    )
    quotes = _Quotes(_shown(text, places), grounds.passages)
    return Cited(tuple(_citation(_object(one, what), len(text), grounds.passages, quotes) for one in found), places)


class _Quotes:
    """Quotations in an answer, looked for in the passages that they name."""

    def __init__(self, shown: str, passages: tuple[Passage, ...]) -> None:
        self._shown = shown
        self._passages = passages
        self._normal = functools.cache(lambda passage: normalised(passages[passage].text))
        self._done = 0

    def is_literal(self, start: int, end: int, passage: int) -> bool | None:
        """None where there is nothing to look in, and for one that overlaps the one before: no answer has these, and
        a file could have the same words looked for without end."""
        if start < self._done or (passage != NOWHERE and not self._passages[passage].text):
            return None
        self._done = end
        if passage == NOWHERE:
            return False
        quoted = re.sub(_BLOCK_MARKS, "", self._shown[start:end])
        return find_in(quoted, self._normal(passage), self._passages[passage].text) is not None


def read_scope(value: object) -> Scope:
    """Which documents a chat asks. Raises as `read` does."""
    if value is None:
        return NO_DOCUMENTS
    what = _("the documents that it asks")
    given = _object(value, what)
    return Scope(_ids(given.get("document_ids"), what), _ids(given.get("collection_ids"), what))


def characters(grounds: Grounds | None) -> int:
    """Of all its texts: they count for how large a chat is."""
    if grounds is None:
        return 0
    return len(grounds.text) + sum(len(one.text) for one in (*grounds.passages, *grounds.near))


def _as_read(strategy: Strategy, passages: tuple[Passage, ...], given: str) -> str:
    """What stands before the question for the model: ours, whatever the file says. Empty where nothing does."""
    if not given:
        return ""
    if strategy == "nothing":
        return given if given in (NOTHING_FOUND, NOTHING_READ) else NOTHING_FOUND
    are_notes = given.startswith(each_part.BEFORE_NOTES) and given.endswith(each_part.AFTER_NOTES)
    return given if strategy == "every_part" and are_notes else fencing.fence(passages)


def _passages(value: object) -> tuple[Passage, ...]:
    what = _("a passage that was read")
    return tuple(_passage(_object(one, what), what) for one in checked.listed(value, what, most=MOST_PASSAGES))


def _passage(given: Fields, what: str) -> Passage:
    ranks = checked.listed(given.get("ranks", [0, 0]), what, most=2)
    if len(ranks) != 2:
        raise checked.wrong(what)
    similarity = given.get("similarity")
    return Passage(
        document_id=checked.id_of(given.get("document_id"), what),
        document_name=_short(given.get("document_name"), what),
        part_name=checked.one_of(given.get("part_name"), get_args(PartName), what),
        part_label=_short(given.get("part_label", ""), what),
        span=_span(given.get("span"), what),
        heading=_short(given.get("heading", ""), what),
        text=checked.text(given.get("text"), what),
        score=checked.real(given.get("score", 0.0), what),
        ranks=(checked.whole(ranks[0], what), checked.whole(ranks[1], what)),
        similarity=None if similarity is None else checked.real(similarity, what, most=1.01),
    )


def _citation(given: Fields, length: int, passages: tuple[Passage, ...], quotes: _Quotes) -> Citation:
    what = _("an answer's citations")
    start = checked.whole(given.get("start"), what, most=length)
    end = checked.whole(given.get("end"), what, least=start, most=length)
    passage = checked.whole(given.get("passage"), what, least=NOWHERE, most=len(passages) - 1)
    is_literal = given.get("is_literal")
    if is_literal is not None and not isinstance(is_literal, bool):
        raise checked.wrong(what)
    span = _span(given.get("span"), what)
    if passage != NOWHERE and not _is_within(span, passages[passage].span):
        span = passages[passage].span  # the place that it can be, all of it
    return Citation(
        start,
        end,
        checked.whole(given.get("number"), what, most=MOST_PASSAGES),
        passage,
        span,
        quotes.is_literal(start, end, passage) if is_literal else is_literal,
        checked.real(given.get("score", 0.0), what),
    )


def _shown(text: str, markers: tuple[tuple[int, int], ...]) -> str:
    """With spaces in place of the references that are not shown: everything else stays where it is."""
    pieces, done = [], 0
    for start, end in sorted(markers):
        if end > done:
            start = max(start, done)
            pieces += [text[done:start], " " * (end - start)]
            done = end
    return "".join((*pieces, text[done:]))


def _marker(value: object, length: int) -> tuple[int, int]:
    what = _("an answer's citations")
    place = checked.listed(value, what, most=2)
    if len(place) != 2:
        raise checked.wrong(what)
    start = checked.whole(place[0], what, most=length)
    return start, checked.whole(place[1], what, least=start, most=length)


def _span(value: object, what: str) -> Span:
    given = _object(value, what)
    span = Span(*(checked.whole(given.get(name), what) for name in ("first", "start", "last", "end")))
    if (span.first, span.start) > (span.last, span.end):
        raise checked.wrong(what)
    return span


def _is_within(span: Span, whole: Span) -> bool:
    is_after = (whole.first, whole.start) <= (span.first, span.start)
    return is_after and (span.last, span.end) <= (whole.last, whole.end)


def _ids(value: object, what: str) -> tuple[str, ...]:
    return tuple(checked.id_of(one, what) for one in checked.listed(value, what, most=MOST_DOCUMENTS))


def _short(value: object, what: str) -> str:
    return untrusted.words(checked.text(value, what))[:_MOST_IN_NAME]


def _object(value: object, what: str) -> Fields:
    if not isinstance(value, dict):
        raise checked.wrong(what)
    return fields(value)
