"""A sentence as its clauses: what each one says, of whom, how much, and whether it denies it.

How a clause hangs together with its neighbours is only marked here; binding.py makes use of it.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from app.documents.citing import cues
from app.documents.citing.normalising import BROKEN, CJK
from app.documents.citing.quantities import Quantity, folded_alike, quantities
from app.documents.citing.terms import stem

Role = Literal["agent", "patient", "to", "of", "than"]
_ROLES: dict[str, Role] = {"of": "of", "to": "to", "than": "than", "": "patient", "object": "patient"}
"""By what stands before the words."""
_WORD = rf"[^\W_{CJK}]+"  # of scripts without spaces there are none to compare
_BROKEN_WORD = rf"(?<=[^\W\d_])(?:[-‐\u00ad][ \t]*\r?\n\s*|\u00ad|[{BROKEN}]\s*)(?=[^\W\d_])"
_GROUPED = r"(?<=\d)[\u202f\u00a0](?=\d{3}(?!\d))"
_BEFORE_NUMBER = 40  # characters in which "at least" stands before its number
_AFTER_NUMBER = 24
_CLAUSE = 60  # characters in which the verb or the number of one stands
_LEAST_CLAUSE = 4  # words
_MOST_BEGUN = 200  # characters of one that are looked at
_MOST_GAPPED = 9  # words
_MOST_ADJOINED = 14


@dataclass(frozen=True, slots=True)
class Amount:
    quantity: Quantity
    limit: str  # "least", "most", "within"; empty for none
    noun: str  # the term after a number without a unit: "12 nurses"
    way: str  # "from" or "to", of a date "since" or "until"; empty for neither


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence that says one thing. `sides`: of each set of opposites, those that it names.

    One that `is_exempt` says that something need not be done. `parties` are those of cues.py: (set, side).
    """

    terms: frozenset[str]  # stems, without parties and numbers, and with what it takes over from the clause before
    amounts: tuple[Amount, ...]
    is_negated: bool
    is_exempt: bool
    modals: frozenset[str]
    sides: dict[int, frozenset[int]]
    parties: frozenset[tuple[int, int]]
    roles: dict[str, Role]  # of its words, by their stems
    agents: frozenset[tuple[int, int]]  # those parties that do it
    is_aside: bool  # "within a year", or a label: as true of a denial
    has_no_subject: bool  # it goes on with that of the clause before
    is_gapped: bool  # "and the frame for ten years": the verb is that of the clause before
    subject: frozenset[str]
    is_passive: bool
    words: frozenset[str]
    order: tuple[str, ...]  # its terms
    own: frozenset[str]  # those that it does not share with the clause before, which is not said again
    bound: tuple[tuple[str, str], ...]  # its terms in their order, each with the preposition that governs it
    steady: frozenset[str]  # those of them whose order says who did it to whom
    link: str  # how it hangs on what is before: "" for the first, "and", "cause", "condition", "who", "," ...
    is_adjunct: bool  # "on admission", "in summer": said with a clause beside it
    is_elliptic: bool  # a verb or a subject may be that of the clause before
    is_bare: bool  # and begins with its verb, or with "not"
    is_german: bool
    is_pronominal: bool  # begins with a pronoun
    has_pronoun: bool
    tense: str  # "future", "done"; empty where neither is said


@dataclass(slots=True)
class _Parsing:
    """Who does it to whom in one clause, found word by word."""

    is_passive: bool
    roles: dict[str, Role] = field(default_factory=dict)
    agents: set[tuple[int, int]] = field(default_factory=set)
    subject: frozenset[str] = frozenset()
    _governed: str = ""
    _has_article: bool = False
    _group: list[str] = field(default_factory=list)
    _had_subject: bool = False
    had_auxiliary: bool = False

    @property
    def has_predicate(self) -> bool:
        return self._had_subject or self.had_auxiliary

    @property
    def goes_on(self) -> bool:
        return self.had_auxiliary and not self._had_subject

    def take(self, words: Sequence[tuple[str, str]]) -> None:
        """Words folded, and as they stand."""
        for number, (word, written) in enumerate(words):
            following = words[number + 1][0] if number + 1 < len(words) else ""
            kind = cues.prepositions().get(word)
            is_name = number + 1 < len(words) and words[number + 1][1][:1].isupper()
            if word == "a" and (following in cues.determiners() or is_name):
                kind = "to"
            is_had = word == "a" and number + 1 < len(words) and words[number + 1][1].endswith(("é", "ée", "és", "ées"))
            if word in cues.auxiliaries() or is_had:
                self._close(is_subject=True)
                self._governed, self._has_article, self.had_auxiliary = "verb", False, True
            elif kind is not None:
                before = self._governed if not self._group and self._governed not in ("", "verb") else ""
                self._close()
                self._governed, self._has_article = kind if kind == "than" else before or kind, True
            elif word in cues.determiners():
                is_genitive = word == "der" and bool(self._group) and self._group[-1][:1].isupper()
                if self._group or self._governed == "verb":
                    self._close()
                    self._governed = "of" if is_genitive else ""
                self._has_article = True
            elif word == "s" and written == "s" and self._group:
                self._governed = "of"
                self._close()
                self._has_article = True
            elif stem(written):
                is_first = not self._governed and not self._had_subject
                if is_first and len(self._group) > 1 and written[:1].isupper():
                    self._close()  # a name without an article, after the verb
                self._group.append(written)
        self._close()

    def _close(self, *, is_subject: bool = False) -> None:
        group, governed = self._group, self._governed
        self._group, self._governed = [], ""
        if not group or governed == "verb":
            return
        if not governed and not self._had_subject:
            is_verb = len(group) == 1 and not self._has_article and not is_subject
            if is_verb:
                return
            self._had_subject = True
            self.subject = frozenset(map(stem, group))
            role: Role | None = "patient" if self.is_passive else "agent"
        else:
            role = self._role(governed)
        if role is None:
            return
        for written in group:
            self.roles.setdefault(stem(written), role)
            if role == "agent":
                self.agents.update(cues.party(folded_alike(written)))

    def _role(self, governed: str) -> Role | None:
        if governed == "by":
            return "agent" if self.is_passive else None
        return _ROLES.get(governed)


def clauses(text: str) -> tuple[Clause, ...]:
    """Of a sentence, or of some, however they are set."""
    whole = re.sub(_GROUPED, "", re.sub(_BROKEN_WORD, "", text))
    text = unicodedata.normalize("NFKC", whole)
    folded = folded_alike(text)
    found = quantities(text)
    made: list[Clause] = []
    fronted: Clause | None = None
    is_german = sum(word in cues.german() for word in re.findall(_WORD, folded)) > 1
    for start, end, link in _bounds(folded, found):
        inside = tuple(one for one in found if start <= one.start < end)
        clause = _clause(text, folded, start, end, inside, link, is_german)
        if not (clause.order or clause.amounts):
            continue
        if clause.has_no_subject and made:
            agents = clause.agents if clause.is_passive else made[-1].agents
            subject = made[-1].subject
            clause = replace(clause, agents=agents, subject=subject, terms=clause.terms | subject)
        elif clause.is_gapped and made:
            clause = replace(clause, terms=clause.terms | made[-1].terms)
        if clause.is_adjunct and made and made[-1].is_adjunct is False and link in (",", "cause"):
            made[-1] = _joined(made[-1], clause)
        elif clause.is_adjunct and not made and fronted is None:
            fronted = clause
        else:
            if fronted is not None:
                clause = replace(_joined(clause, fronted), link="" if fronted.link == "cause" else fronted.link)
                fronted = None
            made.append(clause)
    return (fronted,) if fronted is not None else tuple(made)


def _joined(clause: Clause, adjunct: Clause) -> Clause:
    """With what is said beside it, as if it were within."""
    sides = {
        group: clause.sides.get(group, frozenset()) | adjunct.sides.get(group, frozenset())
        for group in clause.sides.keys() | adjunct.sides.keys()
    }
    return replace(
        clause,
        terms=clause.terms | adjunct.terms,
        amounts=clause.amounts + adjunct.amounts,
        sides=sides,
        parties=clause.parties | adjunct.parties,
        roles=adjunct.roles | clause.roles,
        words=clause.words | adjunct.words,
        order=clause.order + adjunct.order,
        own=clause.own | adjunct.own,
        bound=clause.bound + adjunct.bound,
        steady=clause.steady - set(adjunct.order),
    )


def _bounds(folded: str, found: Sequence[Quantity]) -> Iterator[tuple[int, int, str]]:
    """Where clauses begin and end, and what links each to the one before; a comma within a number is no end of one."""
    cuts = [match.span() for match in re.finditer(cues.BOUNDARY, folded)]
    cuts += [match.span() for match in re.finditer(cues.AND, folded) if _has_verb(folded, *match.span(), found)]
    start, link = 0, ""
    for first, last in sorted(cuts):
        if not any(one.start < first < one.end for one in found):
            if folded[start:first].strip():
                yield start, first, link
                link = ""
            link = _stronger(link, _link(folded[first:last]))
            start = last
    yield start, len(folded), link


def _link(cut: str) -> str:
    for name, pattern in cues.LINKS.items():
        if re.fullmatch(pattern, cut.strip()):
            return name
    return ","


def _stronger(one: str, other: str) -> str:
    return one if other == "," and one else other


def _has_verb(folded: str, before: int, at: int, found: Sequence[Quantity]) -> bool:
    """Whether an "and" from `before` to `at` seems to join two clauses, and not two nouns."""
    auxiliary = cues.auxiliary()
    begun = re.split(cues.BOUNDARY, folded[max(0, before - _MOST_BEGUN) : before])[-1]
    is_clause = bool(re.search(auxiliary, begun)) or len(begun.split()) >= _LEAST_CLAUSE
    rest = folded[at : at + _CLAUSE]
    again = re.match(r"\W*(\w+)", rest)  # "in the chapel on Mondays and in the gym on Fridays"
    is_again = again is not None and again[1] in cues.prepositions() and again[1] in begun.split()
    is_verb = re.match(rf"\W*(?:\w+\W+){{0,4}}?{auxiliary}", rest) or re.match(cues.goes_on(), rest)
    is_range = any(0 <= before - one.end <= 1 for one in found) and any(0 <= one.start - at <= 1 for one in found)
    between = re.search(cues.BETWEEN, begun)
    is_range = is_range or (between is not None and not re.search(r"\d", between[0]))
    is_counted = any(at <= one.start < at + _CLAUSE for one in found)
    return is_clause and not is_range and (bool(is_verb) or is_again or is_counted)


def _clause(
    text: str, folded: str, start: int, end: int, found: Sequence[Quantity], link: str, is_german: bool
) -> Clause:
    own = folded[start:end]
    words = [(match[0], text[start + match.start() : start + match.end()]) for match in re.finditer(_WORD, own)]
    joined = {word.replace("-", "") for word in re.findall(r"\bnon-\w+", own)}
    bare = re.findall(_WORD, re.sub(cues.comparator(), lambda match: _unless_near(match, start, found), own))
    parsing = _Parsing(_is_passive(own))
    numbered = {match for one in found for match in re.findall(_WORD, folded[one.start : one.end])}
    parsing.take([(word, written) for word, written in words if word not in numbered])
    cued = {word for pattern in (cues.LEXICAL_NEGATION, *cues.MODALS.values()) for word in re.findall(pattern, own)}
    order = tuple(
        term
        for number, (word, written) in enumerate(words)
        if word not in numbered | cued | cues.pronouns() and (term := _term(written, number))
    )
    own_terms = frozenset(stem(written) for word, written in words if word not in numbered and not cues.party(word))
    own_terms -= {""}
    plain = [word for word, _written in words]
    link = "condition" if not link and plain[:1] == ["should"] else link
    return Clause(
        own_terms,
        tuple(Amount(one, _limit(folded, one), _noun(text, one), _way(folded, one)) for one in found),
        _is_negated(own, folded[:start]),
        re.search(cues.EXEMPTION, own) is not None,
        frozenset(name for name, pattern in cues.MODALS.items() if re.search(pattern, own)),
        _sides(bare),
        frozenset(party for word in bare for party in cues.party(word)),
        parsing.roles,
        frozenset(parsing.agents),
        is_aside=_is_aside(parsing, words) or (folded[end : end + 1] == ":" and not parsing.had_auxiliary),
        has_no_subject=parsing.goes_on,
        is_gapped=not parsing.had_auxiliary and bool(found) and len(words) <= _MOST_GAPPED,
        subject=parsing.subject,
        is_passive=parsing.is_passive,
        words=frozenset(word for word, _written in words if f"non{word}" not in joined) | joined,
        order=order,
        own=own_terms,
        bound=tuple(_bound(words, numbered, cued)),
        steady=frozenset(_named(words, is_german=is_german)),
        link=link,
        is_adjunct=not parsing.had_auxiliary and _is_adjunct(plain, link),
        is_elliptic=_is_elliptic(plain, link, has_auxiliary=parsing.had_auxiliary),
        is_bare=bool((cues.auxiliaries() | cues.NOT) & set(plain[:2])),
        is_german=is_german,
        is_pronominal=bool(cues.pronouns() & set(plain[:1])) or re.match(cues.OF_THEM, own) is not None,
        has_pronoun=bool(cues.pronouns() & set(plain)),
        tense=_tense(own),
    )


def _unless_near(match: re.Match[str], start: int, found: Sequence[Quantity]) -> str:
    """Nothing for the "more than" of a number, and "more" of things as it stands."""
    at = start + match.end()
    return " " if any(at <= one.start < at + _AFTER_NUMBER for one in found) else match[0]


def _sides(words: Sequence[str]) -> dict[int, frozenset[int]]:
    sides: dict[int, frozenset[int]] = {}
    for word in words:
        for group, side in cues.opposite(word):
            sides[group] = sides.get(group, frozenset()) | {side}
    return sides


def _is_adjunct(words: Sequence[str], link: str) -> bool:
    is_begun = words[:1] and (words[0] in cues.prepositions() or words[:2] == ["a", "mas"])
    return bool(is_begun) and link in ("", ",", "cause") and len(words) <= _MOST_ADJOINED


def _is_elliptic(words: Sequence[str], link: str, *, has_auxiliary: bool) -> bool:
    if link not in ("and", "but", ","):
        return False
    if has_auxiliary:
        return bool(cues.auxiliaries() & set(words[:2]))
    return len(words) <= _MOST_ADJOINED


def _bound(words: Sequence[tuple[str, str]], numbered: set[str], cued: set[str]) -> Iterator[tuple[str, str]]:
    """Each term with the preposition that it stands after; what is compared with stands after "than"."""
    governor, has_noun, is_than, is_compared = "", False, False, False
    before = ""
    for number, (word, written) in enumerate(words):
        kind = cues.prepositions().get(word)
        following = words[number + 1] if number + 1 < len(words) else ("", "")
        if word == "a" and (written in "Àà" or following[0] in cues.determiners() or following[1][:1].isupper()):
            kind = "to"
        is_compared = is_compared or word in cues.COMPARING
        if word in numbered:
            has_noun = True
            continue
        if len(written) == 1 and (term := _term(written, number)):
            yield term, "than" if is_than else governor
            continue
        if (kind == "than" or (word in ("que", "qu") and is_compared)) and following[0] not in numbered:
            governor, has_noun, is_than = "than", False, True
        elif kind is not None:
            if has_noun or not governor:
                governor = word if kind == "x" else kind
            has_noun = False
        elif word in cued or word in cues.auxiliaries() or word in cues.pronouns():
            governor, has_noun = "", False
        elif word in cues.determiners() or (has_noun and re.fullmatch(cues.AND, word)):
            if has_noun:
                governor = "of" if word == "der" and before[:1].isupper() else ""
            has_noun = False
        elif term := _term(written, number):
            yield term, "than" if is_than else governor
            has_noun = True
        before = written


@functools.cache
def _leading() -> frozenset[str]:
    return cues.determiners() | cues.prepositions().keys()


def _named(words: Sequence[tuple[str, str]], *, is_german: bool) -> Iterator[str]:
    """Nouns and names, as far as they can be told: with an article or a capital letter, and in German with that."""
    before = ""
    for number, (word, written) in enumerate(words):
        is_named = written[:1].isupper() or (before in _leading() and not is_german)
        if is_named and not (cues.is_moving(word) or cues.is_moving(before)) and (term := _term(written, number)):
            yield term
        before = word


def _term(written: str, place: int) -> str:
    """Its stem; of a letter that is a name ("enzyme A") itself."""
    return stem(written) or (written if place and len(written) == 1 and written in "ABCDEFGHJKLMNOPQRSTUVWXYZ" else "")


def _tense(own: str) -> str:
    return next((name for name, pattern in cues.TENSES.items() if re.search(pattern, own)), "")


def _is_aside(parsing: _Parsing, words: Sequence[tuple[str, str]]) -> bool:
    return not parsing.has_predicate and bool(words) and words[0][0] in cues.prepositions()


def _is_passive(folded: str) -> bool:
    return re.search(cues.PASSIVE, folded) is not None


def _is_negated(own: str, before: str) -> bool:
    """Two negations are none: "not prohibited", "unless it is not"."""
    bare = re.sub(cues.NO_NEGATION, " ", own)
    turns = (
        re.search(cues.NEGATION, bare) is not None,
        re.search(cues.LEXICAL_NEGATION, bare) is not None,
        re.search(cues.EXCEPTION, before) is not None,
    )
    return sum(turns) % 2 == 1


def _limit(folded: str, one: Quantity) -> str:
    """Which way it is meant: "at least" this much."""
    if one.unit == "date":
        return ""
    before, after = folded[max(0, one.start - _BEFORE_NUMBER) : one.start], folded[one.end : one.end + _AFTER_NUMBER]
    for limit, pattern in cues.COMPARATORS.items():
        if re.search(rf"\b(?:{pattern})\W*(?:\w{{1,4}}\W+)?$", before):
            return limit
    for limit, pattern in cues.AFTER_NUMBER.items():
        if re.match(rf"\W*(?:{pattern})\b", after):
            return limit
    return "within" if re.search(rf"\b(?:{cues.WITHIN})\W*$", before) else ""


def _noun(text: str, one: Quantity) -> str:
    following = re.match(rf"\s+({_WORD})", text[one.end : one.end + _AFTER_NUMBER]) if not one.unit else None
    return stem(following[1]) if following else ""


def _way(folded: str, one: Quantity) -> str:
    before = folded[max(0, one.start - _AFTER_NUMBER) : one.start]
    if one.unit == "date":
        return next((way for way, pattern in cues.WAYS.items() if re.search(pattern, before)), "")
    return "from" if re.search(cues.FROM, before) else "to" if re.search(cues.TO, before) else ""
