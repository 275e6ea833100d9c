"""Whether a sentence in other words can be said to say what a source says: what word overlap cannot tell.

Two sentences of the same words may say the opposite. So numbers, negations, duties, limits, opposites and who does it
to whom are compared, clause by clause. Nothing here proves that they agree: it finds where they seem not to, and then
no citation is better than a wrong one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from app.documents.citing import cues
from app.documents.citing.binding import Offer, bearing, groups, is_reordered, is_substituted, offers
from app.documents.citing.clauses import Amount, Clause, Role
from app.documents.citing.quantities import agree

_ALIKE = 4  # letters with which forms of one word begin
_SHARED_PER_REPLACED = 8
_SAME_SHARE = 0.6  # of the words of a sentence, in one that is about the same
_INHERITED = 0.6  # of a word's weight, where it is said in the clause before only
_OTHER_WAYS = ({"from", "to"}, {"since", "until"})
_LEAST_TURNED = 4  # letters


def agrees(claimed: Sequence[Clause], known: Sequence[Clause]) -> bool:
    """Whether nothing was found in which what is claimed says something else than what is known."""
    everything = [amount for clause in known for amount in clause.amounts]
    if any(not _is_borne_out(amount, everything) for clause in claimed for amount in clause.amounts):
        return False
    if _is_turned(claimed, known) or not _is_borne(claimed, known):
        return False
    replaced, shared = _replaced(claimed, known)
    return replaced <= shared // _SHARED_PER_REPLACED


def _is_borne(said: Sequence[Clause], known: Sequence[Clause]) -> bool:
    """Clauses that hang together are said by such of the source, and each by one that it is not at odds with."""
    offered = offers(known)
    parties = frozenset[tuple[int, int]]().union(*(clause.parties for clause in known))
    named = frozenset(term for clause in known for term in clause.order)
    for group in groups(said):
        found = [_bearers(clause, offered, named, parties) for clause in group if not _is_idle(clause, named)]
        if found and not frozenset.intersection(*found):
            return False
    return True


def _is_idle(clause: Clause, named: frozenset[str]) -> bool:
    """ "Afterwards," or a label: it says nothing itself."""
    is_label = clause.is_aside and not named & set(clause.order)
    return not clause.amounts and (is_label or all(cues.is_moving(term) for term in clause.order))


def _bearers(
    clause: Clause, offered: Sequence[Offer], named: frozenset[str], parties: frozenset[tuple[int, int]]
) -> frozenset[int]:
    """The groups of the source that say it."""
    if not clause.amounts and not named & set(clause.order):
        return frozenset()
    return frozenset(
        offer.group
        for offer in bearing(clause, offered, named)
        if not _conflict(clause, offer.clause, parties)
        and not is_reordered(clause, offer)
        and not is_substituted(clause, offer, named)
    )


def contradicts(claimed: Sequence[Clause], known: Sequence[Clause]) -> bool:
    """Whether what is known is about most of the same, and opposes it: what it leaves open may stand elsewhere."""
    ours, theirs = (frozenset(term for clause in one for term in clause.order) for one in (claimed, known))
    is_about_it = len(ours & theirs) >= _SAME_SHARE * len(ours)
    return is_about_it and (_is_turned(claimed, known) or _is_opposed(claimed, known))


def _is_opposed(said: Sequence[Clause], known: Sequence[Clause]) -> bool:
    """A clause says something else than all those of the source that are nearest to it."""
    named = frozenset[tuple[int, int]]().union(*(clause.parties for clause in known))
    counts = Counter(term for clause in known for term in clause.terms)
    for clause in said:
        nearest = _nearest(clause, known, counts)
        if nearest and all(_conflict(clause, one, named) for one in nearest):
            return True
    return False


def _is_turned(said: Sequence[Clause], known: Sequence[Clause]) -> bool:
    """One has "lawful" where the other has "unlawful"."""
    ours, theirs = (frozenset[str]().union(*(clause.words for clause in one)) for one in (said, known))
    pairs = ((ours, theirs), (theirs, ours))
    return any(
        word.startswith(prefix) and word[len(prefix) :] in one - other and len(word) > len(prefix) + _LEAST_TURNED
        for one, other in pairs
        for word in other
        if word.startswith(cues.NEGATING)
        for prefix in cues.NEGATING
    )


def _replaced(said: Sequence[Clause], known: Sequence[Clause]) -> tuple[int, int]:
    """How many words stand beside the same word as another one does ("kidney disease", "liver disease"), and how many
    are shared."""
    ours, theirs = (frozenset(term for clause in one for term in clause.order) for one in (said, known))
    old = {(side, word) for clause in known for side, word, _other in _beside(clause.order, theirs - ours)}
    new = {
        other for clause in said for side, word, other in _beside(clause.order, ours - theirs) if (side, word) in old
    }
    begun = {word[:_ALIKE] for word in theirs - ours}
    return sum(word[:_ALIKE] not in begun for word in new), len(ours & theirs)


def _beside(order: Sequence[str], odd: frozenset[str]) -> Iterator[tuple[int, str, str]]:
    """The words before (-1) and after (1) those that are `odd`, if they are not."""
    for number, term in enumerate(order):
        if term in odd:
            if number and order[number - 1] not in odd:
                yield -1, order[number - 1], term
            if number + 1 < len(order) and order[number + 1] not in odd:
                yield 1, order[number + 1], term


def _is_borne_out(amount: Amount, known: Sequence[Amount]) -> bool:
    if amount.quantity.is_weak:
        return True
    return any(
        agree(amount.quantity, one.quantity)
        and _is_same_limit(amount, one)
        and {amount.way, one.way} not in _OTHER_WAYS
        for one in known
    )


def _is_same_limit(said: Amount, known: Amount) -> bool:
    limits = {said.limit, known.limit}
    if "within" in limits:
        return limits <= {"within", "most", ""}
    return len(limits) == 1


def _nearest(clause: Clause, known: Sequence[Clause], counts: Counter[str]) -> list[Clause]:
    """Those clauses of the source that share most with it, whoever it is about."""
    best, nearest = 0.0, list[Clause]()
    for one in known:
        shared: float = sum(2 if counts[term] == 1 else 1 for term in clause.terms & one.own)
        shared += _INHERITED * len(clause.terms & one.terms - one.own)
        shared += 2 * sum(any(agree(a.quantity, b.quantity) for b in one.amounts) for a in clause.amounts)
        if shared > best + 0.5:
            best, nearest = shared, [one]
        elif shared and shared > best - 0.5:
            nearest.append(one)
    return nearest


def _conflict(said: Clause, known: Clause, named: frozenset[tuple[int, int]]) -> bool:
    is_either_aside = said.is_aside or known.is_aside
    is_other_duty = not (is_either_aside or said.is_negated) and "may" in said.modals | known.modals
    is_other_duty = is_other_duty and bool(said.modals and known.modals) and not said.modals & known.modals
    return (
        (said.is_negated != known.is_negated and not is_either_aside)
        or (said.is_negated and known.is_negated and said.is_exempt != known.is_exempt)
        or is_other_duty
        or _is_other_link(said.link, known.link)
        or _is_other_mood(said, known)
        or any(known.sides.get(group) and not sides & known.sides[group] for group, sides in said.sides.items())
        or any(_is_other_number(amount, known) for amount in said.amounts)
        or _is_other_party(said, known, named)
        or _is_exchanged(said.roles, known.roles)
    )


def _is_other_mood(said: Clause, known: Clause) -> bool:
    """It will be, it has been, it may or must be."""
    if said.is_aside or known.is_aside:
        return False
    if said.tense == "future" != known.tense:
        return True
    moods = {said.tense or "".join(sorted(said.modals)), known.tense or "".join(sorted(known.modals))}
    return moods in ({"future", "done"}, {"future", "may"}, {"done", "may"}, {"done", "must"})


def _is_other_link(said: str, known: str) -> bool:
    """A reason or a condition is said to be none, or the other way round."""
    main = ("", "and", "but")
    if "condition" in (said, known):
        return said in main or known in main
    return said == "cause" and known != "cause"


def _is_other_number(amount: Amount, known: Clause) -> bool:
    """The clause has a number of the kind, and it is another one."""
    quantity = amount.quantity
    if quantity.is_weak or any(agree(quantity, one.quantity) for one in known.amounts):
        return False
    return any(one.quantity.kind == quantity.kind and not one.quantity.is_weak for one in known.amounts)


def _is_other_party(said: Clause, known: Clause, named: frozenset[tuple[int, int]]) -> bool:
    """It names the other side, or has it do what somebody else does."""
    if said.agents and known.agents and not said.agents & known.agents:
        return True
    groups = {group for group, _side in known.parties}
    return any(party not in named and party[0] in groups for party in said.parties)


def _is_exchanged(said: dict[str, Role], known: dict[str, Role]) -> bool:
    """One does to the other what the other does to it."""
    shared = [term for term in said if term in known and said[term] != known[term]]
    return any(
        said[one] == known[other] and said[other] == known[one] and "agent" in (said[one], known[one])
        for number, one in enumerate(shared)
        for other in shared[number + 1 :]
    )
