"""The words of a text as far as they say what it is about: stems, numbers as numbers, characters in pairs for CJK.

Stemming takes endings off that English, German, French and Spanish have in common cases. Both sides lose the same
ones, so it need not be right, only alike.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from app.documents.citing.normalising import BROKEN, CJK
from app.documents.citing.quantities import dates_in
from app.documents.citing.synonyms import same

# Patterns stand here as text: `re` compiles each when it is first used and keeps it, so that no start pays for them.
_TERM = (
    rf"(?P<cjk>[{CJK}]+)|(?P<number>\d+(?:[.,'’]\d+|[\u202f\u00a0]\d{{3}}(?!\d))*)"
    rf"|(?P<word>[^\W\d_{CJK}]+(?:(?:[-‐\u00ad]?\u00ad|[-‐\u00ad]\s*\n\s*|[{BROKEN}]\s*)[^\W\d_{CJK}]+)*)"
)
_JOINED = rf"[-‐\u00ad{BROKEN}\s]+"
_THOUSANDS = r"\d{1,3}(?:[.,'’\u202f\u00a0]\d{3})+"
_ENDINGS = """
    issements ations ements issait ation ungen heiten keiten ingly ement aient ungs ions ment ings ando iendo ción
    sion tion lich isch igen ung ies ied ing ers est ern ens era ent ant ait ais ées ble ed er en em es et ez ly
    os as is ar ir al s e n o a y
"""
_LEAST_STEM = 4
_CLITIC = r"(\w{3}[aei]r)(?:l[aeo]s?|se|nos)$"
"""What Spanish writes at the end of a verb: "rescindirlo"."""
_NUMBER_WORDS = """
    two:2 three:3 four:4 five:5 six:6 seven:7 eight:8 nine:9 ten:10 eleven:11 twelve:12 twenty:20 thirty:30
    fifty:50 zwei:2 drei:3 vier:4 funf:5 sechs:6 sieben:7 acht:8 neun:9 zehn:10 elf:11 zwolf:12 dreissig:30
    deux:2 trois:3 quatre:4 cinq:5 sept:7 huit:8 neuf:9 dix:10 onze:11 douze:12 trente:30
    dos:2 tres:3 cuatro:4 cinco:5 seis:6 siete:7 ocho:8 nueve:9 diez:10 once:11 doce:12 treinta:30
"""
_JOINING = """
    moreover furthermore additionally also however therefore thus hence accordingly namely indeed specifically
    overall ausserdem zudem ferner jedoch daher somit also demnach dabei namlich insgesamt ebenso auch ainsi donc
    cependant toutefois egalement aussi notamment outre ademas tambien embargo asimismo tanto
"""
"""What answers join their sentences with."""
_ENGLISH = """
    the a an and or of to in on at by for with from as is are was were be been being it its this that these
    those which who whom whose what when where how why there here their they them he she his her him we our you
    your i my me if then than so such can could may might must shall should will would do does did done has have
    had having also only into over under about between through during both each any all some more most other no
    not nor own same too very
"""
_OF_SOURCES = """
    document documents passage passages according text section states stated mentions mentioned says said
    describes described provided provides information following based summary example include includes including
"""
"""What answers say about where they have it from."""
_GERMAN = """
    der die das den dem des ein eine einen einem einer eines und oder aber von zu zum zur im am an auf aus bei
    mit nach fur vor uber unter durch um als wie ist sind war waren wird werden wurde wurden sein hat haben
    hatte kann konnen muss mussen soll sollen darf durfen nicht auch nur noch so es er sie wir ihr ich man sich
    dass wenn dann diese dieser dieses diesem diesen welche welcher laut dokument abschnitt
"""
_FRENCH = """
    le la les un une des du de et ou que qui dont ce cette ces cet il elle ils elles on nous vous je se sa son
    ses leur leurs est sont etait etaient etre a ont avait avoir par pour avec sans dans sur sous aux au en ne
    pas plus selon
"""
_SPANISH = """
    el los las una unos unas del y o al que quien cual este esta estos estas ese esa es son era eran ser fue ha
    han por para con sin sobre entre como se su sus lo le no mas segun documento
"""
_NEGATION = (
    r"(?i)\b(?:not|no|never|none|neither|nor|without|cannot|\w+n['’]t|nicht|kein\w*|nie|niemals|ohne"
    r"|ne|n['’]\w+|pas|jamais|sans|aucune?|nunca|sin|ningun\w*|ningún)\b|[不没沒無未]|ない|ません"
)


@dataclass(frozen=True, slots=True)
class Term:
    """`text` as it is compared; it stands at `start` to `end`. A `proper` one is a number or begins with a capital."""

    text: str
    start: int
    end: int
    is_number: bool = False
    is_proper: bool = False


def terms(text: str, start: int = 0, end: int | None = None) -> Iterator[Term]:
    """Without those that every text has."""
    last = len(text) if end is None else end
    dates = dates_in(text[start:last])
    for date in dates:
        at, stop = start + date.start, start + date.end
        text = f"{text[:at]}{' ' * (stop - at)}{text[stop:]}"
        yield Term(f"{date.value:.0f}", at, stop, True, True)
    for match in re.compile(_TERM).finditer(text, start, last):
        found, at = match.group(), match.start()
        if match.lastgroup == "cjk":
            for place in range(max(1, len(found) - 1)):
                yield Term(found[place : place + 2], at + place, min(at + place + 2, match.end()))
        elif match.lastgroup == "number":
            yield Term(_number(found), at, match.end(), True, True)
        else:
            word = stem(re.sub(_JOINED, "", found) if not found.isalpha() else found)
            if word:
                yield Term(word, at, match.end(), False, found[0].isupper())


@functools.cache
def _stop_words() -> frozenset[str]:
    return frozenset(" ".join((_JOINING, _ENGLISH, _OF_SOURCES, _GERMAN, _FRENCH, _SPANISH)).split())


@functools.cache
def _number_words() -> dict[str, str]:
    return dict(pair.split(":") for pair in _NUMBER_WORDS.split())


@functools.cache
def _endings() -> tuple[str, ...]:
    return tuple(_ENDINGS.split())


@functools.lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Lower case, without accents and endings; empty for a word that every text has."""
    plain = word.casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    if plain in _stop_words() or (len(plain) == 1 and plain.isascii()):
        return ""
    if plain in _number_words():
        return _number_words()[plain]
    short = _shortened(plain)
    return _same_stems().get(short, short)


def _shortened(plain: str) -> str:
    plain = re.sub(_CLITIC, r"\1", plain)
    for _round in range(2):
        for ending in _endings():
            if plain.endswith(ending) and len(plain) - len(ending) >= _LEAST_STEM:
                plain = plain[: -len(ending)]
                break
    return plain


@functools.cache
def _same_stems() -> dict[str, str]:
    return {_shortened(word): _shortened(other) for word, other in reversed(tuple(same().items()))}


def is_negated(text: str) -> bool:
    return re.search(_NEGATION, text) is not None


def _number(written: str) -> str:
    """One form for 1,000 and 1.000 and 1000, and for 5.50 and 5,5."""
    if re.fullmatch(_THOUSANDS, written):
        return re.sub(r"\D", "", written)
    plain = re.sub(r"[,'’]", ".", written)
    return plain.rstrip("0").rstrip(".") if plain.count(".") == 1 else plain
