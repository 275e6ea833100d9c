"""Citations for an answer: quotations checked, sentences matched with the stretch that bears them out.

Matching is the app's own: terms that the sentence and the stretch share, weighed by how rare they are among the
passages. So every model's answers get citations; what a model marks itself is only a hint where to look first.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from app.documents.citing import markers
from app.documents.citing.agreeing import agrees, contradicts
from app.documents.citing.clauses import clauses
from app.documents.citing.markers import Marker
from app.documents.citing.normalising import CJK, Normal, normalised
from app.documents.citing.quotes import find_in
from app.documents.citing.sentences import Quotation, Stretch, blocks, cells, halves, is_end, quotations, sentences
from app.documents.citing.terms import Term, is_negated, terms
from app.documents.grounds import NOWHERE, Citation, Cited, Grounds
from app.documents.parts import Span
from app.documents.records import Passage

# Tuned by tests/bench/citing.py: of its answers' sentences, those with a source find it, the others find none.
LEAST_SHARE = 0.5
LEAST_HINTED_SHARE = 0.3
LEAST_NEAR_SHARE = 0.4  # of a quotation that is not literal, to say what is nearest
LEAST_HEADING_SHARE = 0.75
LEAST_HEADING_TERMS = 5
"""A heading names what follows; one that is as long as this says it."""
LEAST_TERMS = 2
LEAST_CJK_TERMS = 3
MOST_WINDOW_SENTENCES = 3
WIDER_COSTS = 0.2  # share that another sentence must bring
HINT_GAIN = 0.1
_CERTAIN_SHARE = 0.8  # of a sentence that one place bears out alone
_MOST_HALVES = 4  # ways to part a sentence that are tried
_LOOKED_AT = 6  # passages, the best by all of their terms
PROPER_FACTOR = 1.4  # names and numbers decide whom a sentence is about
_UNKNOWN_FACTORS = {"plain": 0.6, "proper": 1.0, "number": 1.5}
"""What a term that no passage has weighs, against one that a single sentence has."""

# Patterns stand here as text: `re` compiles each when it is first used and keeps it, so that no start pays for them.
_SOURCE_END = rf"[.!?][\"'”’»)\]]*(?=\s)|[。！？](?=.)|\n[ \t]*\n|\n(?=[ \t]*[-*•|])|(?<=\|)\n|(?<=[{CJK}])\n\n"
_LONG_SENTENCE_CHARACTERS = 500
_MOST_SENTENCE_CHARACTERS = 2_000  # of an answer's; what is longer is none
_REFUSAL = (
    r"(?i)\b(?:do|does|did|is|are|was|were|could|can|has|have)(?: not|n['’]t|not)\s+(?:\w+\s+){0,2}"
    r"(?:mention|contain|say|state|specif|provide|include|find|found|address|discuss|cover)"
    r"|\bno (?:information|mention)\b|\bnot found\b"
    r"|\bnicht (?:erwähnt|enthalten|angegeben|gefunden|genannt)|\bkeine (?:angaben?|informationen|hinweise)\b"
    r"|\bne (?:mentionne|contien|précise|donne)\w*|\baucune (?:information|mention)\b"
    r"|\bno (?:se )?(?:menciona|contiene|especifica|indica|encuentra)\w*|\bninguna (?:información|mención)\b"
)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence of a passage, or of an answer, as its terms."""

    start: int
    end: int
    terms: frozenset[str]
    numbers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Found:
    passage: int
    start: int
    end: int
    score: float


def cite(answer: str, grounds: Grounds) -> Cited:
    """What of the answer stands where in the passages. Citations do not overlap, and are in the answer's order."""
    if not grounds.passages:
        return Cited()
    marked = markers.find_markers(answer, len(grounds.passages))
    hints = () if grounds.strategy == "every_part" else marked  # there the model read notes, which have no numbers
    citing = _Citing(markers.blanked(answer, marked), hints, grounds.passages)
    citations = [citation for block in blocks(citing.answer) for citation in citing.of_block(block)]
    return Cited(_numbered(citations), markers.hidden(answer, marked))


class _Source:
    """A passage, prepared once for all sentences of an answer."""

    def __init__(self, passage: Passage) -> None:
        self.passage = passage
        self.text = passage.text
        self.pieces = list(_pieces(passage.text))
        self.terms = frozenset[str]().union(*(piece.terms for piece in self.pieces))

    @cached_property
    def normal(self) -> Normal:
        return normalised(self.text)

    @cached_property
    def windows(self) -> list[tuple[_Piece, int]]:
        """Neighbouring sentences taken together, and how many these are."""
        return list(self._windows())

    def _windows(self) -> Iterator[tuple[_Piece, int]]:
        for first, piece in enumerate(self.pieces):
            window = piece
            yield window, 1
            for count, following in enumerate(self.pieces[first + 1 : first + MOST_WINDOW_SENTENCES], 2):
                window = _Piece(
                    window.start,
                    following.end,
                    window.terms | following.terms,
                    window.numbers | following.numbers,
                )
                yield window, count


class _Citing:
    """One answer and its passages."""

    def __init__(self, answer: str, marked: tuple[Marker, ...], passages: Sequence[Passage]) -> None:
        self.answer = answer
        self._lead = ""  # what is said before a list, where that is a denial
        self._marked = marked
        self._clauses = functools.cache(clauses)  # kept no longer than this
        self._sources = [_Source(passage) for passage in passages]
        everywhere = [piece.terms for source in self._sources for piece in source.pieces]
        self._sentences = len(everywhere)
        self._counts = Counter(term for found in everywhere for term in found)

    def of_block(self, block: Stretch) -> Iterator[Citation]:
        quoted = quotations(self.answer, block)
        if block.kind == "quote":
            yield from self._of_quotation(quoted[0], self._hints(block.start, block.end))
            return
        stretches = sentences(self.answer, block, quoted)
        self._lead = self._lead if block.is_item else ""
        for number, stretch in enumerate(stretches):
            until = stretches[number + 1].start if number + 1 < len(stretches) else block.end
            hints = self._hints(stretch.start, until)
            inside = [quotation for quotation in quoted if stretch.start <= quotation.start < stretch.end]
            if inside:
                for quotation in inside:
                    yield from self._of_quotation(quotation, hints)
            elif block.kind == "row":
                yield from self._of_row(stretch, hints)
            else:
                yield from self._of_sentence(stretch, hints)
        self._note_lead(block, stretches)

    def _hints(self, start: int, end: int) -> frozenset[int]:
        """What the model marked there, up to the end of the line."""
        line_end = self.answer.find("\n", end)
        last = len(self.answer) if line_end < 0 else line_end
        is_last_in_line = not re.search(r"[^\W_]", self.answer[end:last])
        until = last if is_last_in_line else end
        line_start = self.answer.rfind("\n", 0, start) + 1
        return frozenset(
            passage
            for marker in self._marked
            if (start <= marker.start <= until) or (marker.is_leading and line_start <= marker.start < start)
            for passage in marker.passages
        )

    def _note_lead(self, block: Stretch, stretches: Sequence[Stretch]) -> None:
        """What stands before a list says whether its items are denied: "You must not:"."""
        if not block.is_item and stretches:
            last = self.answer[stretches[-1].start : stretches[-1].end]
            self._lead = last if last.rstrip("*_ ").endswith((":", "：")) and is_negated(last) else ""

    def _of_row(self, row: Stretch, hints: frozenset[int]) -> Iterator[Citation]:
        """One citation for all of it, or one for each cell that says something itself."""
        whole = list(self._of_sentence(row, hints))
        if whole:
            yield from whole
            return
        seen: set[tuple[int, Span]] = set()
        for cell in cells(self.answer, row):
            for stretch in sentences(self.answer, cell):
                for citation in self._of_sentence(stretch, hints):
                    if (citation.passage, citation.span) not in seen:
                        seen.add((citation.passage, citation.span))
                        yield citation

    def _of_sentence(self, stretch: Stretch, hints: frozenset[int]) -> Iterator[Citation]:
        said = self.answer[stretch.start : stretch.end]
        if len(said) > _MOST_SENTENCE_CHARACTERS:
            return
        if said.rstrip('*_ "”»)').endswith(("?", "？", ":", "：")) or re.search(_REFUSAL, said):
            return
        if stretch.kind == "heading":
            is_long = len({term.text for term in terms(said)}) >= LEAST_HEADING_TERMS
            found = self._best(said, frozenset(), LEAST_HEADING_SHARE) if is_long else None
        else:
            found = self._best(said, hints, LEAST_SHARE)
            both = self._of_two(stretch, hints, found.score if found is not None else 0.0)
            if both:
                yield from both
                return
        if found is not None:
            yield self._citation(stretch.start, stretch.end, found, None)

    def _of_two(self, sentence: Stretch, hints: frozenset[int], least: float) -> list[Citation]:
        """Where it joins facts of two passages, and each half is borne out better than the whole."""
        best: list[Citation] = []
        if least >= _CERTAIN_SHARE or len(self._sources) < 2:
            return best
        for parts in itertools.islice(halves(self.answer, sentence), _MOST_HALVES):
            found = [self._best(self.answer[one.start : one.end], hints, LEAST_SHARE) for one in parts]
            first, second = found
            if first is None or second is None or first.passage == second.passage:
                continue
            score = min(first.score, second.score)
            if score > least:
                least = score
                pairs = zip(parts, (first, second), strict=True)
                best = [self._citation(one.start, one.end, place, None) for one, place in pairs]
        return best

    def _of_quotation(self, quotation: Quotation, hints: frozenset[int]) -> Iterator[Citation]:
        start, end = quotation.inner
        found = self._literal(self.answer[start:end], hints)
        if found is None and quotation.is_block:
            parts = sentences(self.answer, Stretch(start, end))
            if len(parts) > 1:
                for part in parts:
                    inner = Quotation(part.start, part.end, (part.start, part.end))
                    yield from self._of_quotation(inner, hints)
                return
        if found is not None:
            yield self._citation(quotation.start, quotation.end, found, True)
            return
        near = self._best(self.answer[start:end], hints, LEAST_NEAR_SHARE, is_strict=False)
        if near is not None:
            yield self._citation(quotation.start, quotation.end, near, False)
        else:
            yield Citation(quotation.start, quotation.end, 0, NOWHERE, Span(0, 0, 0, 0), False)

    def _literal(self, quoted: str, hints: frozenset[int]) -> _Found | None:
        bare = re.sub(r"(?m)^[ \t]*(?:>[ \t]?)+", "", quoted)
        for passage in sorted(range(len(self._sources)), key=lambda number: (number not in hints, number)):
            source = self._sources[passage]
            place = find_in(bare, source.normal, source.text)
            if place is not None:
                return _Found(passage, *place, 1.0)
        return None

    def _best(self, said: str, hints: frozenset[int], least: float, *, is_strict: bool = True) -> _Found | None:
        """The stretch that shares most of a sentence's weight, if it shares enough. Not strict: numbers may differ."""
        spoken = list(terms(said))
        claim = f"{self._lead.rstrip('*_ :：')} {said}" if self._lead else said
        wanted = _piece(said, 0, len(said), spoken)
        weights = self._weights(spoken)
        total = sum(weights.values())
        least_terms = LEAST_CJK_TERMS if re.search(rf"[{CJK}]{{4}}", said) else LEAST_TERMS
        if len(wanted.terms) < least_terms or len(wanted.terms) + len(wanted.terms - wanted.numbers) < 2 * least_terms:
            return None  # too little to be told by: "Clause 2."
        best: _Found | None = None
        best_gain = 0.0
        for passage in self._likely(weights, hints):
            source = self._sources[passage]
            needed = LEAST_HINTED_SHARE if passage in hints else least
            refused: list[_Piece] = []
            for window, count in source.windows:
                shared = wanted.terms & window.terms
                share = sum(weights[term] for term in shared) / total
                gain = share - WIDER_COSTS * (count - 1) + (HINT_GAIN if passage in hints else 0.0)
                gain -= 1e-4 * len(window.terms)  # of two that say the same, the shorter one
                if len(shared) < least_terms or share < needed or gain <= best_gain:
                    continue
                if not is_strict or self._agrees(claim, source, window, refused):
                    best, best_gain = _Found(passage, window.start, window.end, share), gain
        return best

    def _agrees(self, said: str, source: _Source, window: _Piece, refused: list[_Piece]) -> bool:
        """What a sentence denies is not borne out by it together with the next one either."""
        if any(window.start <= one.start and one.end <= window.end for one in refused):
            return False
        within = [one for one in source.pieces if window.start <= one.start and one.end <= window.end]
        known = [self._clauses(source.text[one.start : one.end]) for one in within]
        claimed = self._clauses(said)
        for piece, its in zip(within, known, strict=True):
            if len(within) > 1 and contradicts(claimed, its):
                refused.append(piece)
                return False
        return agrees(claimed, tuple(itertools.chain.from_iterable(known)))

    def _likely(self, weights: dict[str, float], hints: frozenset[int]) -> list[int]:
        """Passages that can bear it out at all, the most likely ones."""
        shares = [
            (sum(weights[term] for term in source.terms & weights.keys()), -number)
            for number, source in enumerate(self._sources)
        ]
        best = [-number for share, number in sorted(shares, reverse=True)[:_LOOKED_AT] if share > 0]
        return [*sorted(hints), *(number for number in best if number not in hints)]

    def _weights(self, spoken: Iterable[Term]) -> dict[str, float]:
        """By rarity among the sentences of the passages; of what none has, by what kind of word it is."""
        rarest = math.log(1 + self._sentences)
        weights: dict[str, float] = {}
        is_first = True
        for term in spoken:
            count = self._counts.get(term.text, 0)
            if count:
                weights[term.text] = math.log(1 + self._sentences / count)
            else:
                kind = "number" if term.is_number else "proper" if term.is_proper and not is_first else "plain"
                weights[term.text] = max(weights.get(term.text, 0.0), rarest * _UNKNOWN_FACTORS[kind])
            if term.is_proper and not is_first:
                weights[term.text] *= PROPER_FACTOR
            is_first = False
        return weights

    def _citation(self, start: int, end: int, found: _Found, is_literal: bool | None) -> Citation:
        span = span_of(self._sources[found.passage].passage, found.start, found.end)
        return Citation(start, end, 0, found.passage, span, is_literal, round(found.score, 3))


def span_of(passage: Passage, start: int, end: int) -> Span:
    """Characters `start` to `end` of a passage's text, in its document. A passage covers two parts at most."""
    whole = passage.span
    first_part = len(passage.text) - whole.end  # where the last part's text begins, if there are two
    if whole.first == whole.last:
        return Span(whole.first, whole.start + start, whole.last, whole.start + end)
    first, begin = (whole.last, start - first_part) if start >= first_part else (whole.first, whole.start + start)
    last, stop = (whole.last, end - first_part) if end > first_part else (whole.first, whole.start + end)
    return Span(first, begin, last, stop)


def _pieces(text: str) -> Iterator[_Piece]:
    """A passage's sentences, and rows; very long ones are cut at commas or spaces."""
    start = 0
    ends = [match.end() for match in re.finditer(_SOURCE_END, text) if is_end(text, match.start(), match.end())]
    for end in (*ends, len(text)):
        while end - start > _LONG_SENTENCE_CHARACTERS:
            cut = max(text.rfind("\n", start, start + _LONG_SENTENCE_CHARACTERS), start)
            cut = cut if cut > start else text.rfind(" ", start, start + _LONG_SENTENCE_CHARACTERS)
            if cut <= start:
                break
            yield from _stripped_piece(text, start, cut)
            start = cut
        yield from _stripped_piece(text, start, end)
        start = end


def _stripped_piece(text: str, start: int, end: int) -> Iterator[_Piece]:
    inner = text[start:end]
    begin, stop = start + len(inner) - len(inner.lstrip()), start + len(inner.rstrip())
    if begin < stop:
        yield _piece(text, begin, stop, terms(text, begin, stop))


def _piece(text: str, start: int, end: int, found: Iterable[Term]) -> _Piece:
    found = list(found)
    return _Piece(
        start,
        end,
        frozenset(term.text for term in found),
        frozenset(term.text for term in found if term.is_number),
    )


def _numbered(citations: Sequence[Citation]) -> tuple[Citation, ...]:
    """With the chips' numbers: by the first appearance of each passage."""
    numbers: dict[int, int] = {}
    for citation in citations:
        if citation.passage != NOWHERE:
            numbers.setdefault(citation.passage, len(numbers) + 1)
    return tuple(replace(citation, number=numbers.get(citation.passage, 0)) for citation in citations)
