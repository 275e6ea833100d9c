"""Sentences that say what a source says, or something else in nearly the same words, in four languages.

`*.txt` hold them, those with a name behind the language without slots: "@" how the slots are filled, one filling after
another between bars; "=" the source; "+" another way to say it; "- KIND:" what it does not say. A number `{n}` can be
written as `{n.w}` (a word) or `{n.sep}` (with separators), a date as `{d.long}`, `{d.iso}`, `{d.dots}` or `{d.us}`.
"""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.documents.parts import Span
from app.documents.records import Passage

LANGUAGES = ("en", "de", "fr", "es")
SETS = ("", "_free", "_blind", "_second", "_third", "_fourth", "_fifth")
"""Those with slots were there while the matcher was made, the free ones were added on the way. Each blind one was
written before anything was changed for what it showed; docs/retrieval.md has what was found at first contact. For the
fifth nothing was changed."""
_TOGETHER = 3  # facts in one passage
_SLOT = re.compile(r"\{(\w+)(?:\.(\w+))?\}")
_WORDS = {
    "en": "2 two 3 three 4 four 5 five 6 six 7 seven 8 eight 9 nine 10 ten 12 twelve 14 fourteen 16 sixteen "
    "18 eighteen 20 twenty 24 twenty-four 30 thirty 48 forty-eight 60 sixty",
    "de": "2 zwei 3 drei 4 vier 5 fünf 6 sechs 9 neun 12 zwölf 16 sechzehn 30 dreißig 60 sechzig",
    "fr": "2 deux 3 trois 4 quatre 5 cinq 6 six 9 neuf 12 douze 16 seize 30 trente 60 soixante",
    "es": "2 dos 3 tres 4 cuatro 5 cinco 6 seis 9 nueve 12 doce 16 dieciséis 30 treinta 60 sesenta",
}
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
_LONG = {
    "en": "{day} {month} {year}",
    "de": "{day}. {month} {year}",
    "fr": "{day} {month} {year}",
    "es": "{day} de {month} de {year}",
}
_SEPARATOR = {"en": ",", "de": ".", "fr": "\u202f", "es": "."}


@dataclass(frozen=True)
class Claim:
    """`kind` is "true", or how it differs from sentence `source` of passage 0; `of` is one of SETS."""

    language: str
    of: str
    kind: str
    said: str
    source: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class _Fact:
    source: str
    claims: tuple[tuple[str, str], ...]


@functools.cache
def claims() -> tuple[Claim, ...]:
    made = []
    for language in LANGUAGES:
        for of, filling in (("", 1), *((of, 0) for of in SETS)):
            facts = _facts(language, of, filling)
            groups = [facts[first : first + _TOGETHER] for first in range(0, len(facts), _TOGETHER)]
            for number, group in enumerate(groups):
                passages = _passages([group, *groups[:number], *groups[number + 1 :]])
                made += [
                    Claim(language, of, kind, said, fact.source, passages)
                    for fact in group
                    for kind, said in fact.claims
                ]
    return tuple(made)


def _passages(groups: Sequence[Sequence[_Fact]]) -> tuple[Passage, ...]:
    texts = [" ".join(fact.source for fact in group) for group in groups]
    return tuple(
        Passage(f"d{number}", f"d{number}.pdf", "page", "1", Span(0, 0, 0, len(text)), "", text)
        for number, text in enumerate(texts)
    )


def _facts(language: str, of: str, filling: int) -> list[_Fact]:
    facts: list[_Fact] = []
    kept = Path(__file__).parent / f"{language}{of}.txt"
    for written in kept.read_text("utf-8").strip().split("\n\n") if kept.exists() else ():
        head, source, *said = written.splitlines() if written[0] == "@" else ("", *written.splitlines())
        slots = dict(slot.split("=") for slot in re.split(r" (?=\w=)", head.removeprefix("@ ")) if slot)
        values = {name: given.split("|")[filling] for name, given in slots.items()}
        kinds = (("true", one[2:]) if one[0] == "+" else tuple(one[2:].split(": ", 1)) for one in said)
        facts.append(
            _Fact(
                _filled(source.removeprefix("= "), values, language),
                tuple((kind, _filled(words, values, language)) for kind, words in kinds),
            )
        )
    return facts


def _filled(words: str, values: dict[str, str], language: str) -> str:
    made = _SLOT.sub(lambda slot: _written(values[slot[1]], slot[2] or "", language), words)
    return made[0].upper() + made[1:]


def _written(value: str, how: str, language: str) -> str:
    if how == "w":
        listed = _WORDS[language].split()
        return dict(zip(listed[::2], listed[1::2], strict=True))[value]
    if how == "sep":
        return f"{int(value):,}".replace(",", _SEPARATOR[language])
    return value if not how else _date(datetime.date.fromisoformat(value), how, language)


def _date(day: datetime.date, how: str, language: str) -> str:
    month = _MONTHS[language].split()[day.month - 1]
    if how == "long":
        return _LONG[language].format(day=day.day, month=month, year=day.year)
    if how == "us":
        return f"{month} {day.day}, {day.year}"
    return day.isoformat() if how == "iso" else day.strftime("%d.%m.%Y")
