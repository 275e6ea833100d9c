"""How well citations are found: `.venv/bin/python tests/bench/citing.py`.

200 true and 200 falsified quotations out of texts that lie in installed packages (licences, descriptions), set as a PDF
would have them: lines broken and hyphenated, ligatures, typographic marks. And sentences in other words, from the same
texts and from others, to be matched with passages. Everything is drawn by a fixed seed. And the sentences of `claims/`.
"""

from __future__ import annotations

import functools
import random
import re
import sys
import sysconfig
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from app.documents.citing.matching import cite
from app.documents.citing.quotes import find_quote
from app.documents.grounds import Grounds
from app.documents.parts import Span
from app.documents.records import Passage
from tests.bench.claims import SETS, Claim, claims
from tests.bench.measure import Row

SEED = 20261122
QUOTATIONS = 200
SENTENCES = 300
PASSAGES = 10
LINE = 68
_PROSE = re.compile(r"[^\W\d_]")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"(])")
_BROKEN = ("-\n", "-\n", "\ufffe\n", "\u00ad\n", "\u2010\n")
_SYNONYMS = {
    "use": "utilise",
    "copy": "duplicate",
    "copies": "duplicates",
    "work": "creation",
    "provide": "supply",
    "must": "should",
    "shall": "must",
    "may": "can",
    "modify": "alter",
    "distribute": "share",
    "software": "program",
    "notice": "remark",
    "without": "lacking",
    "including": "containing",
    "create": "make",
    "created": "made",
    "support": "help",
    "returns": "yields",
    "required": "needed",
    "allow": "permit",
    "allows": "permits",
    "available": "obtainable",
    "build": "compile",
    "install": "set up",
    "run": "execute",
    "file": "document",
    "files": "documents",
    "default": "standard",
    "new": "fresh",
    "change": "alter",
}
_NAMES = ("Alvarez", "Brandt", "Lisbon", "Contoso", "Meyer")


@dataclass(frozen=True)
class Text:
    """A paragraph of a package's text, in one line."""

    source: str
    plain: str


@functools.cache
def texts() -> tuple[Text, ...]:
    """Paragraphs of prose out of all installed packages, each once."""
    found: dict[str, Text] = {}
    for package in sorted(Path(sysconfig.get_path("purelib")).glob("*.dist-info")):
        name = package.name.partition("-")[0]
        licences = (path for path in sorted(package.rglob("*")) if path.is_file() and "licenses" in path.parts)
        pieces = [(package / "METADATA").read_text("utf-8").partition("\n\n")[2]]
        pieces += [path.read_text("utf-8", "replace") for path in licences if path.suffix in ("", ".txt", ".md")]
        for paragraph in re.split(r"\n[ \t]*\n", "\n\n".join(pieces)):
            plain = " ".join(paragraph.split())
            words = plain.split()
            letters = len(_PROSE.findall(plain))
            is_prose = (
                len(words) >= 25
                and letters > 0.75 * len(plain)
                and not re.search(r"[`|{}<>=\\*_#\[\]\ufffd]|--", plain)
            )
            if is_prose and plain[0].isupper():
                found.setdefault(plain[:60], Text(name, plain))
    return tuple(found.values())


def typeset(plain: str, chance: random.Random) -> str:
    """As it comes out of a PDF."""
    plain = re.sub(r'"([^"]*)"', r"“\1”", plain).replace("'", "’")
    if chance.random() < 0.7:
        plain = plain.replace("ffi", "ﬃ").replace("fi", "ﬁ").replace("fl", "ﬂ")
    if chance.random() < 0.3:
        plain = unicodedata.normalize("NFD", plain)
    if chance.random() < 0.5:
        plain = plain.replace(" - ", " – ")
    lines, line = [""], 0
    for word in plain.split(" "):
        line += len(word) + 1
        if line > LINE:
            cut = len(word) // 2
            can_break = len(word) > 7 and word[cut - 2 : cut + 2].isalpha()
            if can_break and chance.random() < 0.6:
                lines[-1] += f" {word[:cut]}{chance.choice(_BROKEN)}{word[cut:]}"
            else:
                lines.append(word)
            line = 0
        else:
            lines[-1] += f"{chance.choice((' ', ' ', ' ', '  ', chr(0xA0)))}{word}" if lines[-1] else word
    return chance.choice(("\n", "\r\n", " \n")).join(lines)


def stretch(plain: str, chance: random.Random) -> str:
    """Some words of it that stand together."""
    words = plain.split()
    length = chance.randint(6, min(28, len(words) - 2))
    start = chance.randint(0, len(words) - length)
    return " ".join(words[start : start + length]).strip("“\"'(),;:")


def varied(quote: str, chance: random.Random) -> str:
    """As a model would quote it: everything that may differ, differs now and then."""
    words = quote.split()
    middle = len(words) // 2
    is_denying = re.search(r"\b(?:not|no|without|except|nor|unless|never)\b", " ".join(words[middle - 1 : middle + 1]))
    if chance.random() < 0.2 and len(words) >= 14 and not is_denying:
        quote = (
            " ".join(words[: middle - 1]) + chance.choice((" ... ", " [...] ", " … ")) + " ".join(words[middle + 1 :])
        )
    if chance.random() < 0.3:
        quote = quote[0].swapcase() + quote[1:]
    if chance.random() < 0.3:
        quote = quote.rstrip(".,;:") + chance.choice((".", ",", "..."))
    return quote


Falsify = Callable[[str, random.Random], str]


def _replaced(quote: str, chance: random.Random, which: Callable[[str], bool], other: Callable[[str], str]) -> str:
    words = quote.split()
    places = [number for number, word in enumerate(words) if which(word)]
    if not places:
        return ""
    place = chance.choice(places)
    words[place] = other(words[place])
    return " ".join(words)


def _word(quote: str, chance: random.Random) -> str:
    return _replaced(quote, chance, lambda word: word.isalpha() and len(word) > 3, lambda _word: "marmalade")


def _number(quote: str, chance: random.Random) -> str:
    return _replaced(
        quote,
        chance,
        lambda word: bool(re.search(r"\d", word)),
        lambda word: re.sub(r"\d", lambda match: str((int(match[0]) + 1) % 10), word, count=1),
    )


def _denied(quote: str, chance: random.Random) -> str:
    auxiliary = ("is", "are", "may", "shall", "must", "can", "will", "should", "does", "was")
    return _replaced(quote, chance, lambda word: word in auxiliary, lambda word: f"{word} not")


def _affirmed(quote: str, _chance: random.Random) -> str:
    return (
        re.sub(r"\b(?:not|no|without) ", "", quote, count=1) if re.search(r"\w \b(?:not|no|without) \w", quote) else ""
    )


def _skipped_denial(quote: str, _chance: random.Random) -> str:
    found = re.search(r"\w{3,} (?:is|are|do|does|may|shall|can|will|must|to|but) (not|no) \w{3,}", quote)
    return quote[: found.start(1)] + "... " + quote[found.end(1) + 1 :] if found else ""


def _name(quote: str, chance: random.Random) -> str:
    return _replaced(
        quote,
        chance,
        lambda word: word[:1].isupper() and word.isalpha() and len(word) > 2,
        lambda _w: chance.choice(_NAMES),
    )


def _swapped(quote: str, chance: random.Random) -> str:
    words = quote.split()
    place = chance.randint(1, len(words) - 3)
    words[place], words[place + 1] = words[place + 1], words[place]
    return " ".join(words)


def _left_out(quote: str, chance: random.Random) -> str:
    words = quote.split()
    del words[chance.randint(1, len(words) - 2)]
    return " ".join(words)


def _added(quote: str, chance: random.Random) -> str:
    words = quote.split()
    words.insert(chance.randint(1, len(words) - 1), chance.choice(("usually", "never", "only", "also")))
    return " ".join(words)


def _paraphrased(quote: str, chance: random.Random) -> str:
    return _replaced(quote, chance, lambda word: word in _SYNONYMS, lambda word: _SYNONYMS[word])


def _plural(quote: str, chance: random.Random) -> str:
    def other(word: str) -> str:
        return word[:-1] if word.endswith("s") else f"{word}s"

    return _replaced(quote, chance, lambda word: word.isalpha() and len(word) > 4, other)


def _turned(quote: str, _chance: random.Random) -> str:
    """Its two halves in the other order, with a gap."""
    words = quote.split()
    middle = len(words) // 2
    first, second = " ".join(words[:middle]), " ".join(words[middle:])
    return f"{second} ... {first}"


def _cut_word(quote: str, _chance: random.Random) -> str:
    """Its first word without its beginning: "lawful" for "unlawful"."""
    first, *rest = quote.split()
    return " ".join([first[2:], *rest]) if len(first) > 5 and first.isalpha() else ""


def _unhyphened(quote: str, _chance: random.Random) -> str:
    return re.sub(r"(?<=[a-z])-(?=[a-z])", "", quote, count=1) if re.search(r"[a-z]-[a-z]", quote) else ""


FALSIFIERS: dict[str, Falsify] = {
    "word": _word,
    "number": _number,
    "denied": _denied,
    "affirmed": _affirmed,
    "denial skipped": _skipped_denial,
    "name": _name,
    "swapped": _swapped,
    "left out": _left_out,
    "added": _added,
    "paraphrased": _paraphrased,
    "plural": _plural,
    "turned": _turned,
    "cut word": _cut_word,
    "hyphen": _unhyphened,
}


@dataclass(frozen=True)
class Case:
    quote: str
    text: str
    how: str


def true_quotations(count: int = QUOTATIONS, seed: int = SEED) -> list[Case]:
    chance = random.Random(seed)
    drawn = chance.choices(texts(), k=count)
    return [Case(varied(stretch(text.plain, chance), chance), typeset(text.plain, chance), "true") for text in drawn]


def falsified_quotations(count: int = QUOTATIONS, seed: int = SEED) -> list[Case]:
    """Every kind as often as the others, as far as the texts have what it needs."""
    chance = random.Random(seed + 1)
    known = texts()
    cases: list[Case] = []
    kinds = list(FALSIFIERS.items())
    while len(cases) < count:
        how, falsify = kinds[len(cases) % len(kinds)]
        for _attempt in range(3000):
            text = chance.choice(known)
            quote = stretch(text.plain, chance)
            false = falsify(quote, chance)
            is_turned_back = how == "turned" and text.plain.count(false.split(" ... ")[1]) > 1
            if (
                false
                and not is_turned_back
                and not re.search(rf"(?<!\w){re.escape(false.strip('.,;: '))}(?!\w)", text.plain, re.IGNORECASE)
            ):
                cases.append(Case(false, typeset(text.plain, chance), how))
                break
        else:
            raise AssertionError(f"no text to falsify by: {how}")
    return cases


@dataclass(frozen=True)
class Spoken:
    """A sentence of an answer, the passages, and which of them it comes from (None: from none) between which places."""

    sentence: str
    passages: tuple[Passage, ...]
    source: int | None
    place: tuple[int, int] = (0, 0)


def spoken(count: int = SENTENCES, seed: int = SEED) -> list[Spoken]:
    """Half of them come from a passage, in other words; half from a text of another package."""
    chance = random.Random(seed + 2)
    known = [text for text in texts() if len(text.plain) < 1500]
    cases: list[Spoken] = []
    while len(cases) < count:
        drawn = chance.sample(known, PASSAGES + 1)
        if len({text.source for text in drawn}) < len(drawn):
            continue
        *sources, stranger = drawn
        passages = tuple(_passage(number, typeset(text.plain, chance)) for number, text in enumerate(sources))
        if len(cases) % 2:
            source = chance.randrange(PASSAGES)
            said = _sentence(sources[source].plain, chance)
            place = find_quote(said, passages[source].text)
            if place is None or sum(said in text.plain for text in known) > 1:
                continue
            cases.append(Spoken(reworded(said, chance), passages, source, place))
        else:
            cases.append(Spoken(_sentence(stranger.plain, chance), passages, None))
    return cases


def reworded(sentence: str, chance: random.Random) -> str:
    """Every seventh word gone, every fifth another, and where there is a comma, its clauses turned round."""
    words = sentence.rstrip(".!?").split()
    said = [
        "moreover" if chance.random() < 0.08 and word.islower() else _SYNONYMS.get(word, word)
        for word in words
        if not (word.islower() and chance.random() < 0.15)
    ]
    text = " ".join(said)
    if ", " in text and chance.random() < 0.5:
        first, rest = text.split(", ", 1)
        text = f"{rest[:1].upper()}{rest[1:]}, {first[:1].lower()}{first[1:]}"
    return f"{text}."


def _sentence(plain: str, chance: random.Random) -> str:
    whole = [said for said in _SENTENCE.split(plain) if 7 <= len(said.split()) <= 45]
    return chance.choice(whole) if whole else stretch(plain, chance)


def _passage(number: int, text: str) -> Passage:
    return Passage(f"d{number}", f"d{number}.pdf", "page", "1", Span(0, 0, 0, len(text)), "", text)


def citing() -> Iterator[Row]:
    true, false = true_quotations(), falsified_quotations()
    found = sum(find_quote(case.quote, case.text) is not None for case in true)
    accepted = sum(find_quote(case.quote, case.text) is not None for case in false)
    yield Row(f"true quotations found, of {len(true)}", ">= 98 %", f"{found / len(true):.1%}")
    yield Row(f"falsified quotations accepted, of {len(false)}", "0", str(accepted))
    yield from _matching(spoken())
    yield from _claims()
    yield _speed()


def _matching(cases: Sequence[Spoken]) -> Iterator[Row]:
    right = wrong = silent = strangers = 0
    for case in cases:
        cited = cite(case.sentence, Grounds("passages", "", case.passages, "", 0, 0, ())).citations
        if case.source is None:
            strangers += bool(cited)
        elif not cited:
            silent += 1
        else:
            is_right = any(
                one.passage == case.source and one.span.start < case.place[1] and one.span.end > case.place[0]
                for one in cited
            )
            right, wrong = right + is_right, wrong + (not is_right)
    answered = sum(case.source is not None for case in cases)
    cited_at_all = right + wrong + strangers
    yield Row("reworded sentences with the right citation (recall)", "", f"{right / answered:.1%} of {answered}")
    yield Row("citations that are right (precision)", "", f"{right / max(1, cited_at_all):.1%} of {cited_at_all}")
    yield Row("sentences of another text that got one", "", f"{strangers} of {len(cases) - answered}")


def _claims() -> Iterator[Row]:
    """Those of `claims/`: what says the same in other words, and what says something else in nearly the same ones."""
    blind = (f"{which} blind" for which in ("first", "second", "third", "fourth", "fifth"))
    names = ("made with rules", "added on the way", *blind)
    for of, name in zip(SETS, names, strict=True):
        here = [claim for claim in claims() if claim.of == of]
        true = [is_cited(claim) for claim in here if claim.kind == "true"]
        false = [is_cited(claim) for claim in here if claim.kind != "true"]
        yield Row(f"paraphrases found, {name}, of {len(true)}", ">= 80 %", f"{sum(true) / len(true):.1%}")
        yield Row(
            f"false claims cited, {name}, of {len(false)}", "<= 3 %", f"{sum(false)}: {sum(false) / len(false):.1%}"
        )


def is_cited(claim: Claim) -> bool:
    """With any place; with the right one, if it is true."""
    cited = cite(claim.said, Grounds("passages", "", claim.passages, "", 0, 0, ())).citations
    start = claim.passages[0].text.index(claim.source)
    end = start + len(claim.source)
    return any(
        claim.kind != "true" or (one.passage == 0 and one.span.start < end and one.span.end > start) for one in cited
    )


def _speed() -> Row:
    chance = random.Random(SEED)
    known = [text.plain for text in texts()]
    passages = tuple(_passage(number, typeset(" ".join(chance.sample(known, 3)), chance)) for number in range(PASSAGES))
    answer = ""
    while len(answer) < 2000:
        answer += f"{reworded(_sentence(chance.choice(passages).text.replace(chr(10), ' '), chance), chance)}\n\n"
    grounds = Grounds("passages", "", passages, "", 0, 0, ())
    taken = []
    for _round in range(7):
        begun = time.process_time()
        cite(answer, grounds)
        taken.append((time.process_time() - begun) * 1000)
    size = sum(len(passage.text) for passage in passages)
    return Row(
        f"an answer of {len(answer)} characters, {PASSAGES} passages of {size}", "< 50 ms", f"{min(taken):.1f} ms"
    )


if __name__ == "__main__":
    for row in citing():
        print(f"| {row.what} | {row.bar} | {row.measured} |")
