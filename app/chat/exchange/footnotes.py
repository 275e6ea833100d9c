"""Citations of an answer as footnotes: marks where its sentences end, and below it what stands in the documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from app.chat.tree import Message
from app.chat.unhidden import Unhidden
from app.documents.grounds import NOWHERE, Citation
from app.documents.parts import Span
from app.documents.places import passage_words
from app.documents.records import Passage
from app.frozen import dataclass
from app.text import _

MOST_QUOTED = 3
"""Stretches of one passage."""
MOST_CHARACTERS = 400
"""Of each."""
_OPEN, _CLOSE = "\ufdd2", "\ufdd3"  # no characters, by Unicode's own word: what is rendered leaves them alone
_MARK = f"{_OPEN}([0-9]+){_CLOSE}"


@dataclass(frozen=True, slots=True)
class Footnote:
    """`place` is "policy.pdf, page 21"; `quoted` what stands there. `remark` says that it is only near, or is empty."""

    number: int
    place: str
    quoted: tuple[str, ...]
    remark: str = ""

    @property
    def words(self) -> str:
        said = [f"{self.place}: {self._quotations}" if self.quoted else self.place, self.remark]
        return " ".join(filter(None, said))

    @property
    def _quotations(self) -> str:
        return " … ".join(_("“{words}”").format(words=words) for words in self.quoted)


def footnotes(message: Message) -> tuple[Footnote, ...]:
    """By their numbers. Of a document that was deleted only the number is left, and no footnote."""
    grounds = message.grounds
    if grounds is None:
        return ()
    found: dict[int, list[Citation]] = {}
    for one in message.cited.citations:
        if one.passage != NOWHERE and one.number and grounds.passages[one.passage].document_name:
            found.setdefault(one.number, []).append(one)
    return tuple(
        _footnote(number, grounds.passages[found[number][0].passage], found[number]) for number in sorted(found)
    )


def not_found(message: Message) -> str:
    """A sentence where a quotation stands in no document; else empty."""
    lost = [one for one in message.cited.citations if one.is_literal is False and one.passage == NOWHERE]
    if not lost:
        return ""
    words = " … ".join(" ".join(message.text[one.start : one.end].split()) for one in lost)
    return _("Not found in the documents: {words}").format(words=words)


def marked(message: Message) -> str:
    """Its words, without the references that the model wrote by itself, which lead nowhere; with marks for `drawn`."""
    text = message.text.replace(_OPEN, "\ufffd").replace(_CLOSE, "\ufffd")
    unhidden = Unhidden(text, message.cited.markers)
    shown = unhidden.text
    numbers = {one.number for one in footnotes(message)}
    places = [(unhidden.place(one.end), one.number) for one in message.cited.citations if one.number in numbers]
    for place, number in reversed(list(dict.fromkeys(places))):  # from the end, so that places before it stay
        at = _before_row_ends(shown, min(place, len(shown)))
        shown = f"{shown[:at]}{_OPEN}{number}{_CLOSE}{shown[at:]}"
    return shown


def drawn(rendered: str, draw: Callable[[int], str]) -> str:
    """What was rendered, with each mark as `draw` has it."""
    return re.sub(_MARK, lambda match: draw(int(match.group(1))), rendered)


def _before_row_ends(text: str, at: int) -> int:
    """A mark behind the last bar of a table's row would be a cell of its own."""
    line = text[text.rfind("\n", 0, at) + 1 : at].rstrip()
    return at - len(text[:at]) + len(text[:at].rstrip()) - 1 if line.endswith("|") and line.startswith("|") else at


def _footnote(number: int, passage: Passage, citations: list[Citation]) -> Footnote:
    quoted = dict.fromkeys(filter(None, (_quoted(passage, one.span) for one in citations)))
    is_near = any(one.is_literal is False for one in citations)
    remark = _("The answer quotes it in other words than these.") if is_near else ""
    return Footnote(number, passage_words(passage), tuple(_first(quoted)), remark)


def _first(quoted: dict[str, None]) -> Iterator[str]:
    for words, _number in zip(quoted, range(MOST_QUOTED), strict=False):
        yield words if len(words) <= MOST_CHARACTERS else f"{words[: MOST_CHARACTERS - 1].rstrip()}…"


def _quoted(passage: Passage, span: Span) -> str:
    start, end = (_place(passage, number, at) for number, at in ((span.first, span.start), (span.last, span.end)))
    return " ".join(passage.text[max(0, start) : max(0, end)].split())


def _place(passage: Passage, number: int, at: int) -> int:
    """Of a character of the document, in the passage's text."""
    whole = passage.span
    return at - whole.start if number == whole.first else len(passage.text) - whole.end + at
