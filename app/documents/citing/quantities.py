"""Numbers, amounts, spans of time and dates in a text, each in one form however it is written: "two weeks", "14 days".

English, German, French and Spanish. A number whose unit is not known here has none, and agrees with any.
"""

from __future__ import annotations

import datetime
import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

# Patterns stand here as text: `re` compiles each when it is first used and keeps it, so that no start pays for them.
_NUMBER = r"\d+(?:[.,'’]\d+|[\u202f\u00a0]\d{3}(?!\d))*"
_THOUSANDS = r"\d{1,3}(?:[.,'’\u202f\u00a0]\d{3})+"
_TOKEN = rf"{_NUMBER}|[^\W\d_]+|[%€$£°]"
_ISO = r"\b(?P<iy>\d{4})-(?P<im>\d{2})-(?P<id>\d{2})\b"
_DOTS = r"\b(?P<dd>\d{1,2})(?P<sep>[./-])(?P<dm>\d{1,2})(?P=sep)(?P<dy>\d{4})\b"
_MONTHS = """
    january januar janvier enero jan; february februar fevrier febrero feb; march marz mars marzo mar;
    april avril abril apr; may mai mayo; june juni juin junio jun; july juli juillet julio jul;
    august aout agosto aug; september septembre septiembre sep sept; october oktober octobre octubre oct okt;
    november novembre noviembre nov; december dezember decembre diciembre dec dez
"""
_UNITS = """
    s 1 second seconds sekunde sekunden seconde secondes segundo segundos;
    s 60 minute minutes minuten minuto minutos min;
    s 3600 hour hours stunde stunden heure heures hora horas;
    s 86400 day days tag tage tagen tages jour jours dia dias;
    s 604800 week weeks woche wochen semaine semaines semana semanas;
    mo 1 month months monat monate monaten monats mois mes meses;
    mo 12 year years jahr jahre jahren jahres an ans annee annees ano anos;
    pc 1 % percent prozent;
    eur 1 € euro euros eur; usd 1 $ dollar dollars usd; gbp 1 £ pound pounds pfund livre livres libra libras gbp;
    chf 1 chf franken;
    mg 0.001 μg µg ug mcg microgram micrograms;
    mg 1 mg milligram milligrams milligramm milligramme milligrammes miligramo
    miligramos; mg 1000 g gram grams gramm gramme grammes gramo gramos; mg 1000000 kg kilo kilos kilogram kilograms
    kilogramm kilogramme kilogrammes kilogramo kilogramos;
    mm 1 mm millimetre millimetres millimeter millimeters; mm 10 cm centimetre centimetres centimeter zentimeter;
    mm 1000 m metre metres meter meters metern metro metros; mm 1000000 km kilometre kilometres kilometer kilometers
    kilometern kilometro kilometros;
    ml 1 ml millilitre millilitres milliliter;
    ml 0.001 μl µl ul microlitre microlitres; ml 1000 l litre litres liter litern litro litros;
    deg 1 ° degree degrees grad degre degres grado grados;
    x 1 times mal fois vez veces
"""
_SMALL = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen",
    "de": "null eins zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn "
    "siebzehn achtzehn neunzehn",
    "fr": "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept "
    "dix-huit dix-neuf",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis "
    "diecisiete dieciocho diecinueve veinte veintiuno veintidos veintitres veinticuatro veinticinco veintiseis "
    "veintisiete veintiocho veintinueve",
}
_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "de": "zwanzig dreissig vierzig funfzig sechzig siebzig achtzig neunzig",
    "fr": "vingt trente quarante cinquante soixante soixante-dix quatre-vingt quatre-vingt-dix",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
}
_MORE = """
    hundred:100 hundert:100 cent:100 cents:100 cien:100 cientos:100 ciento:100
    thousand:1000 tausend:1000 mille:1000 mil:1000
"""
_LARGE = """
    million:1e6 millions:1e6 millionen:1e6 millon:1e6 millones:1e6 mio:1e6 billion:1e9 billions:1e9 milliarde:1e9
    milliarden:1e9 milliard:1e9 milliards:1e9 mrd:1e9
"""
_TIMES = "once:1 twice:2 thrice:3 einmal:1 zweimal:2 dreimal:3 viermal:4 funfmal:5"
_ONE = frozenset({"one", "1", "a", "an", "ein", "eine", "einen", "einem", "einer", "eines", "un", "une", "una", "uno"})
"""Words that are the number only before a unit."""
_BEFORE_ONE = frozenset({"within", "for", "after", "in", "of", "than", "least", "most", "about", "only", "before"})
"""What stands before "a month" that means one month, and not every month."""
_PER_CENT = r"(?i)\b(?:per\s+cent|pour\s+cent|por\s+ciento)\b"


@dataclass(frozen=True, slots=True)
class Quantity:
    """`value` in the base of its `unit` ("s" seconds, "mo" months, "eur"; "" unknown), or for "date" as yyyymmdd.

    `number` is as written. A date without a day ends in 00. It stands at `start` to `end`, with its unit. One that
    `is_weak` is "500 a month": each one.
    """

    value: float
    unit: str
    number: float
    start: int
    end: int
    is_weak: bool = False

    @property
    def kind(self) -> str:
        """Of units that measure the same; seconds and months have no fixed ratio."""
        return "time" if self.unit in ("s", "mo") else self.unit


def quantities(text: str) -> tuple[Quantity, ...]:
    """In their order."""
    plain = re.sub(_PER_CENT, lambda match: "%".rjust(len(match[0])), text)
    dates = dates_in(plain)
    for date in dates:
        plain = plain[: date.start] + " " * (date.end - date.start) + plain[date.end :]
    return tuple(sorted((*dates, *_amounts(plain)), key=lambda one: one.start))


def dates_in(text: str) -> tuple[Quantity, ...]:
    """Whatever way they are written; at least a month and something more."""
    return tuple(_dates(text)) if re.search(r"\d", text) else ()


def agree(one: Quantity, other: Quantity) -> bool:
    """Whether both can be the same; what is not said of a date or a unit does not differ."""
    if "date" in (one.unit, other.unit):
        return _is_same_date(one, other)
    if not (one.unit and other.unit):
        return one.number == other.number
    return one.unit == other.unit and abs(one.value - other.value) <= 1e-9 * abs(one.value)


def _is_same_date(one: Quantity, other: Quantity) -> bool:
    if one.unit != other.unit:
        date, number = (one, other) if one.unit == "date" else (other, one)
        return not number.unit and number.number == date.value // 10_000
    for unit in (10_000, 100, 1):  # year, month, day; 0 is not said
        first, second = (int(date.value) // unit % (10_000 if unit == 10_000 else 100) for date in (one, other))
        if first and second and first != second:
            return False
    return True


def _dates(text: str) -> Iterator[Quantity]:
    for match in re.finditer(_date_pattern(), folded_alike(text)):
        found = match.groupdict()
        if found["iy"]:
            yield _date(match, int(found["iy"]), int(found["im"]), int(found["id"]))
        elif found["dy"]:
            day, month = int(found["dd"]), int(found["dm"])
            yield _date(match, int(found["dy"]), *((day, month) if month > 12 else (month, day)))
        elif found["day"] or found["after"] or found["year"]:
            day = int(found["day"] or found["after"] or 0)
            yield _date(match, int(found["year"] or 0), _months()[found["month"]], day)


def _date(match: re.Match[str], year: int, month: int, day: int) -> Quantity:
    try:
        datetime.date(year or 2000, month or 1, day or 1)
    except ValueError:
        return Quantity(-1.0, "date", -1.0, match.start(), match.end())  # of no calendar: agrees with nothing
    value = float(year * 10_000 + month * 100 + day)
    return Quantity(value, "date", value, match.start(), match.end())


def _amounts(text: str) -> Iterator[Quantity]:
    tokens = [(match[0], match.start(), match.end()) for match in re.finditer(_TOKEN, folded_alike(text))]
    at = 0
    while at < len(tokens):
        word, start, end = tokens[at]
        value, used = _value(tokens, at, text)
        if value is None:
            if word in _times():
                yield Quantity(_times()[word], "x", _times()[word], start, end)
            at += 1
            continue
        end = tokens[at + used - 1][2]
        behind = tokens[at + used][0] if at + used < len(tokens) else ""
        before = tokens[at - 1][0] if at else ""
        unit, factor = _units().get(behind, ("", 1.0))
        is_close = bool(unit) and not text[end : tokens[at + used][1]].strip(" \u00a0\u202f-\n\r")
        is_close = is_close and text[tokens[at + used][2] : tokens[at + used][2] + 1] not in ("'", "’")  # "à l'"
        if not is_close:
            unit, factor = _units()[before] if before in "€$£" and before else ("", 1.0)
        is_one = word in _ONE and not word.isdigit()
        if not is_one or is_close:
            is_weak = word in ("a", "an") and before not in _BEFORE_ONE
            stop = tokens[at + used][2] if is_close else end
            yield Quantity(value * factor, unit, value, start, stop, is_weak)
        at += used + is_close


def _value(tokens: list[tuple[str, int, int]], at: int, text: str) -> tuple[float | None, int]:
    """The number that begins there, and how many words it has."""
    word = tokens[at][0]
    value: float | None
    if word[0].isdigit():
        value, used = _digits(word), 1
    elif word in _ONE:
        value, used = 1.0, 1
    else:
        value, used = _spelled(tokens, at, text)
    if value is not None and at + used < len(tokens) and tokens[at + used][0] in _large():
        return value * _large()[tokens[at + used][0]], used + 1
    return value, used


def _spelled(tokens: list[tuple[str, int, int]], at: int, text: str) -> tuple[float | None, int]:
    """ "twenty-four", "three hundred": the longest that is known."""
    if tokens[at][0] not in _first_words():
        return None, 1
    for used in (3, 2, 1):
        if at + used > len(tokens):
            continue
        between = (text[tokens[n][2] : tokens[n + 1][1]] for n in range(at, at + used - 1))
        joined = "-".join(token[0] for token in tokens[at : at + used])
        if joined in _words() and all(gap in ("-", " ", "‐", "‑") for gap in between):
            return _words()[joined], used
    return None, 1


def _digits(written: str) -> float:
    """One form for 1,000 and 1.000 and 1000, and for 5.50 and 5,5."""
    if re.fullmatch(_THOUSANDS, written):
        return float(re.sub(r"\D", "", written))
    plain = re.sub(r"[,'’\u202f\u00a0]", ".", written)
    return float(plain) if plain.count(".") <= 1 else float(re.sub(r"\D", "", plain))


def folded_alike(text: str) -> str:
    """Lower case without accents, and every letter in its place; "ß" and ligatures stay."""
    return text.lower() if text.isascii() else "".join(map(_folded_letter, text))


@functools.lru_cache(maxsize=4096)
def _folded_letter(letter: str) -> str:
    if not letter.isalpha():
        return letter
    low = letter.casefold()
    plain = "".join(c for c in unicodedata.normalize("NFKD", low) if not unicodedata.combining(c))
    return plain if len(plain) == 1 else letter.lower() if len(letter.lower()) == 1 else letter


@functools.cache
def _date_pattern() -> str:
    months = "|".join(sorted(_months(), key=len, reverse=True))
    written = (
        rf"(?<!\d)(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|\.)?\s+(?:of\s+|de\s+)?)?\b(?P<month>{months})\b\.?"
        rf"(?:\s+(?P<after>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\.\d))?(?:,?\s+(?:de\s+|del\s+)?(?P<year>\d{{4}})\b)?"
    )
    return rf"{_ISO}|{_DOTS}|{written}"


@functools.cache
def _months() -> dict[str, int]:
    return {name: number for number, names in enumerate(_MONTHS.split(";"), 1) for name in names.split()}


@functools.cache
def _units() -> dict[str, tuple[str, float]]:
    listed = (entry.split() for entry in _UNITS.split(";"))
    return {name: (unit, float(factor)) for unit, factor, *names in listed for name in names}


@functools.cache
def _times() -> dict[str, float]:
    return {name: float(value) for name, value in (pair.split(":") for pair in _TIMES.split())}


@functools.cache
def _large() -> dict[str, float]:
    return {name: float(value) for name, value in (pair.split(":") for pair in _LARGE.split())}


@functools.cache
def _words() -> dict[str, float]:
    """Every number below a hundred that is written in letters, hundreds, and thousands up to nine of them."""
    made: dict[str, float] = {}
    for language, names in _SMALL.items():
        small = names.split()
        made |= {name: float(value) for value, name in enumerate(small) if value > 1}
        for tens, name in enumerate(_TENS[language].split(), 2):
            made.setdefault(name, 10.0 * tens)
            made |= {_compound(language, name, small[unit]): 10.0 * tens + unit for unit in range(1, 20)}
    made |= {"quatre-vingts": 80.0, "dreißig": 30.0}
    for pair in _MORE.split():
        name, value = pair.split(":")
        made[name] = float(value)
        for unit in range(2, 10):
            for small_names in _SMALL.values():
                word = small_names.split()[unit]
                made |= {f"{word}-{name}": unit * float(value), f"{word}{name}": unit * float(value)}
    return made


@functools.cache
def _first_words() -> frozenset[str]:
    return frozenset(word.partition("-")[0] for word in _words())


def _compound(language: str, tens: str, unit: str) -> str:
    if language == "de":
        return f"{unit.removesuffix('s') if unit == 'eins' else unit}und{tens}"
    if language == "es":
        return f"{tens}-y-{unit}"
    return f"{tens}-{unit}"
