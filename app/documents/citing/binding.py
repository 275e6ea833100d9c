"""Whether what a sentence says together is said together by its source: each of its clauses within one clause there.

A sentence whose words all stand in the source may still pair them as the source does not: what one party did with
the name of another, the number of one thing with the next. So a clause offers its own words and what it takes over
from its neighbours (a subject, a verb left out, what a pronoun stands for), and a claim must find all of its in one.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.documents.citing.clauses import Amount, Clause
from app.documents.citing.quantities import agree

_ALIKE = 4  # letters with which forms of one word begin
_HANGING = ("when", "condition", "cause")
_BEGUN = 2  # words of a clause that stand for those of the one before
_LAST_GROUP = 3  # words before "who" that it may stand for


@dataclass(frozen=True, slots=True)
class Offer:
    """A clause, the words and amounts that can be said with it, and in which group of clauses it stands."""

    clause: Clause
    terms: frozenset[str]
    amounts: tuple[Amount, ...]
    bound: tuple[tuple[str, str], ...]
    steady: frozenset[str]
    group: int


def groups(said: Sequence[Clause]) -> Iterator[list[Clause]]:
    """Clauses with those that hang on them: "when", "if", "because"."""
    made: list[Clause] = []
    for clause in said:
        if made and clause.link not in _HANGING and not (clause.link == "," and made[-1].link in _HANGING):
            yield made
            made = []
        made.append(clause)
    if made:
        yield made


def offers(known: Sequence[Clause]) -> list[Offer]:
    made: list[Offer] = []
    group = 0
    for clause in known:
        group += clause.link in ("", "and", "but")
        before = None if _is_denial(clause) else _before(made, clause)
        made.append(_offer(clause, before, group))
    return made


def _offer(clause: Clause, before: Offer | None, group: int) -> Offer:
    own = Offer(clause, frozenset(clause.order), clause.amounts, clause.bound, clause.steady, group)
    if before is None:
        return own
    terms, amounts = _taken_over(clause, before)
    if clause.link == "who":
        return replace(own, terms=own.terms | terms, amounts=own.amounts + amounts)
    kinds = {amount.quantity.kind for amount in own.amounts}
    is_placed = clause.is_elliptic or clause.is_gapped or not clause.has_pronoun  # not where a pronoun stands for it
    known = terms if is_placed else frozenset[str]()
    return replace(
        own,
        terms=own.terms | terms,
        amounts=own.amounts + tuple(one for one in amounts if one.quantity.kind not in kinds),
        bound=(*(one for one in before.bound if one[0] in known), *own.bound),
        steady=own.steady | before.steady if known else own.steady,
    )


def _before(made: Sequence[Offer], clause: Clause) -> Offer | None:
    """The clause that one goes on with: after "and" or "but" not one that only hangs on another."""
    found = [one for one in reversed(made) if not _is_denial(one.clause)]
    mains = [one for one in found if one.clause.link not in _HANGING] if clause.link in ("and", "but") else found
    return next(iter(mains or found), None)


def _is_denial(clause: Clause) -> bool:
    """ "..., not the parents, ..." """
    return clause.is_negated and clause.is_elliptic and clause.link == "," and len(clause.order) < _LAST_GROUP


def _taken_over(clause: Clause, before: Offer) -> tuple[frozenset[str], tuple[Amount, ...]]:
    if clause.link == "who":
        return frozenset(before.clause.order[-_LAST_GROUP:]), before.clause.amounts[-1:]
    is_new = clause.is_bare or not before.terms & set(clause.order)
    if clause.is_gapped or (clause.is_elliptic and is_new) or clause.is_pronominal:
        return before.terms, before.amounts
    if clause.has_pronoun:
        return before.terms - set(before.clause.order[:1]) - before.clause.subject, ()
    if clause.has_no_subject:
        return before.clause.subject or before.terms, ()
    return frozenset(), ()


def bearing(said: Clause, known: Sequence[Offer], named: frozenset[str]) -> list[Offer]:
    """Those clauses of the source that offer all that a clause of the claim takes from there."""
    wanted = frozenset(said.order) & named
    amounts = [amount for amount in said.amounts if not amount.quantity.is_weak]
    return [
        offer
        for offer in known
        if wanted <= offer.terms
        and (wanted <= set(offer.clause.order) or _is_mostly_said(wanted, offer))
        and all(_is_counted(amount, offer, named) for amount in amounts)
    ]


def _is_counted(amount: Amount, offer: Offer, named: frozenset[str]) -> bool:
    """It is said of the same things: not "12 doctors" where that is the number of the nurses, nor of 12 litres."""
    same = [one for one in offer.amounts if agree(amount.quantity, one.quantity)]
    counted = [one for one in offer.amounts if amount.noun and one.noun == amount.noun]
    if counted or amount.noun in named:
        return any(one in (counted or same) for one in same)
    return any(not (one.quantity.unit and amount.noun) and not (amount.quantity.unit and one.noun) for one in same)


def _is_mostly_said(wanted: frozenset[str], offer: Offer) -> bool:
    """What a clause takes over from another goes with what it says itself, not in its place."""
    own = frozenset(offer.clause.order)
    unsaid = {governor for term, governor in offer.clause.bound if term in offer.clause.steady - wanted}
    taken = {governor for term, governor in offer.bound if term in (offer.steady & wanted) - own}
    if unsaid & taken:
        return False
    is_begun = set(offer.clause.order[:_BEGUN]) <= wanted
    return (2 * len(wanted & own) > len(own) and is_begun) or offer.clause.is_pronominal


def is_reordered(said: Clause, offer: Offer) -> bool:
    """Two words have changed places: "from A to B", "more A than B", and who did it to whom."""
    ours, theirs = _once(said.bound), _once(offer.bound)
    shared = [term for term in ours if term in theirs]
    places = {term: place for place, (term, _governor) in enumerate(offer.bound)}
    steady = said.steady & offer.steady
    is_same_voice = said.is_passive == offer.clause.is_passive
    for first, second in itertools.combinations(range(len(shared)), 2):
        one, other = shared[first], shared[second]
        here, there = (ours[one], ours[other]), (theirs[one], theirs[other])
        is_steady = one in steady and other in steady
        if here[0] != here[1] and here == there[::-1]:
            if is_steady and ("than" in here or (is_same_voice and "of" not in here)):
                return True
        elif is_same_voice and places[one] > places[other] and _is_alike(*here) and _is_alike(*there):
            between = (places[other] < places[term] < places[one] for term in shared[first + 1 : second])
            if is_steady or (not said.is_german and any(between)):
                return True
    return _is_number_order_other(said, offer.clause)


def _is_alike(governor: str, other: str) -> bool:
    return governor.replace("object", "") == other.replace("object", "")


def _once(bound: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Those terms that stand there once: of others it is not known which is which."""
    counts = Counter(term for term, _governor in bound)
    return {term: governor for term, governor in bound if counts[term] == 1}


def is_substituted(said: Clause, offer: Offer, named: frozenset[str]) -> bool:
    """What stands after a preposition is another than in the source: "in the cellar", "in the kitchen"."""
    for term, governor in said.bound:
        if term in named or governor in ("", "of", "than"):
            continue
        theirs = {one for one, its in offer.clause.bound if its == governor and one in offer.clause.steady}
        ours = {one for one, its in said.bound if its == governor and one in said.steady}
        if theirs and not theirs & ours and not any(one[:_ALIKE] == term[:_ALIKE] for one in theirs):
            return True
    return False


def _is_number_order_other(said: Clause, known: Clause) -> bool:
    """ "Seven votes to two" and "two votes to seven": two numbers of a kind that stand the other way round."""
    ours = [amount.quantity for amount in said.amounts]
    for number, one in enumerate(ours):
        for other in ours[number + 1 :]:
            if one.kind != other.kind or agree(one, other):
                continue
            first = [place for place, amount in enumerate(known.amounts) if agree(one, amount.quantity)]
            second = [place for place, amount in enumerate(known.amounts) if agree(other, amount.quantity)]
            if first and second and min(first) > max(second):
                return True
    return False
