"""Which tokens need not be read again: sequences in the KV cache, states parked in memory, answers token by token.

A conversation goes on in one sequence. Where it takes another turn (an edited question, another answer), the old
branch stays as a sequence that shares the beginning. A conversation that nobody looks at is parked: its state moves
into ordinary memory, because cells of others slow down every token that is decoded beside them.
"""

from __future__ import annotations

import array
import contextlib
import itertools
import json
import struct
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

REMEMBERED_ANSWERS = 256
SHORT_TAIL_TOKENS = 16  # cheaper to read again than to keep a branch for
UNPARK_GAIN_TOKENS = 32  # what a parked state must spare to be worth its way back
UNPARK_SHARE = 8  # and it must not be longer than this many times what it spares: copying is not for nothing
LEAST_BRANCH_TOKENS = 256  # of old branches may always rest beside the one in use

Span: TypeAlias = tuple[int, int]
"""Where an answer's tokens stand in its sequence."""


def common_beginning(first: Sequence[int], second: Sequence[int]) -> int:
    """How many tokens both begin with."""
    length = min(len(first), len(second))
    if first[:length] == second[:length]:
        return length
    low, high = 0, length  # first[:low] is equal, first[:high] is not
    while high - low > 1:
        middle = (low + high) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle
    return low


class AllBusy(Exception):
    """Every sequence belongs to a running job."""


class Cells(Protocol):
    """What the cache of a Context offers."""

    @property
    def tokens(self) -> Sequence[list[int]]: ...

    @property
    def limit_tokens(self) -> int: ...

    @property
    def can_cut(self) -> bool:
        """Whether the end of a sequence can be forgotten. Recurrent models only forget all of it."""
        ...

    def trim(self, sequence: int, length: int) -> None: ...

    def fork(self, source: int, target: int, length: int) -> None: ...

    def state(self, sequence: int) -> bytearray: ...

    def put_state(self, sequence: int, tokens: Sequence[int], data: bytearray | memoryview) -> bool: ...


@dataclass(slots=True)
class Branch:
    """A sequence in the cache. `answers` are where sampled answers stand in it."""

    number: int
    conversation: str = ""
    answers: tuple[Span, ...] = ()
    used_at: int = 0
    is_busy: bool = False
    is_doomed: bool = False  # its conversation was deleted while a job used it
    is_lent: bool = False  # nothing of it stays


@dataclass(slots=True)
class Parked:
    """A conversation's state outside of the cache."""

    conversation: str
    tokens: list[int]
    answers: tuple[Span, ...]
    data: bytearray | memoryview = field(repr=False)


_HEADER_LENGTH = struct.Struct("<I")


def pack(parked: Parked) -> Iterator[bytes | bytearray | memoryview]:
    """The pieces of a state as it leaves the child: header length, header, tokens, llama.cpp's bytes."""
    header = json.dumps({"tokens": len(parked.tokens), "answers": parked.answers}).encode()
    yield _HEADER_LENGTH.pack(len(header)) + header
    yield array.array("i", parked.tokens).tobytes()
    yield parked.data


def unpack(conversation: str, blob: bytearray, *, vocabulary_tokens: int) -> Parked:
    """What `pack` made of tokens of this vocabulary. Raises ValueError for anything else."""
    try:
        (length,) = _HEADER_LENGTH.unpack_from(blob)
        header = json.loads(blob[4 : 4 + length])
        count = int(header["tokens"])
        answers = tuple((int(start), int(end)) for start, end in header["answers"])
    except (struct.error, KeyError, TypeError, OverflowError, RecursionError) as fault:
        raise ValueError("not a state") from fault
    at = 4 + length
    tokens = array.array("i")
    tokens.frombytes(blob[at : at + 4 * count])
    if count <= 0 or len(tokens) != count or any(not 0 <= start <= end <= count for start, end in answers):
        raise ValueError("not a state")
    if min(tokens) < 0 or max(tokens) >= vocabulary_tokens:
        raise ValueError("a state of another vocabulary")
    return Parked(conversation, tokens.tolist(), answers, memoryview(blob)[at + 4 * count :])


class KvCache:
    """Owner of all sequences and parked states. `dropped` hears of conversations of which nothing is left."""

    def __init__(
        self,
        cells: Cells,
        *,
        parked_bytes: int,
        resting_tokens: int,
        dropped: Callable[[str], None],
    ) -> None:
        self._cells = cells
        self._branches = [Branch(number) for number in range(len(cells.tokens))]
        self._parked: list[Parked] = []  # the least used first
        self._parked_limit = parked_bytes
        self._resting_limit = resting_tokens
        self._dropped = dropped
        self._clock = itertools.count(1)

    def claim(self, conversation: str, prompt: Sequence[int]) -> Branch:
        """A branch that holds as much of `prompt`'s beginning as there is anywhere, and nothing else.

        At least the last token is left to read, because only reading gives the logits that follow it. Raises AllBusy.
        """
        most = len(prompt) - 1
        branch, shared = self._best_branch(prompt, most)
        parked, parked_shared = self._best_parked(prompt, most)
        if parked is not None and _is_worth_unparking(parked, parked_shared, shared):
            unparked = self._unpark(parked, parked_shared, conversation)
            if unparked is None:
                return self.claim(conversation, prompt)  # without that one
            branch, shared = unparked, parked_shared
        branch = self._branch_off(branch, shared, conversation)
        branch.is_busy = True
        branch.conversation = conversation
        branch.used_at = next(self._clock)
        held = len(self._cells.tokens[branch.number])
        branch.answers = tuple(span for span in branch.answers if span[1] <= held)
        self._rest(branch)
        return branch

    def lend(self) -> Branch:
        """An empty branch for something that nobody waits for, of which nothing stays.

        No conversation makes room for it but the least used one of several. Raises AllBusy.
        """
        free = [b for b in self._branches if not b.is_busy and not self._cells.tokens[b.number]]
        if not free:
            free = self._resting()[:-1]
            if not free:
                raise AllBusy
            self._move_out(free[0])
        branch = free[0]
        branch.is_busy = branch.is_lent = True
        branch.used_at = next(self._clock)
        return branch

    def release(self, branch: Branch) -> None:
        """The job with it is over."""
        branch.is_busy = False
        branch.used_at = next(self._clock)
        if branch.is_doomed or branch.is_lent:
            conversation = branch.conversation
            self._empty(branch)
            self._tell_if_gone(conversation)

    def reusable(self, prompt: Sequence[int]) -> int:
        """How many tokens of `prompt` are held, in the cache or parked."""
        most = len(prompt)
        return max(self._best_branch(prompt, most)[1], self._best_parked(prompt, most)[1])

    def make_room(self, user: Branch) -> bool:
        """Take the least used resting branch out of the cache for `user`; False when there is nothing to take.

        Where none rests, a job that waits loses what it read, and reads it again: it is less urgent than the user.
        """
        if user.is_lent:
            return False
        resting = self._resting()
        if resting:
            self._move_out(resting[0])
            return True
        for branch in self._branches:
            if branch is not user and self._cells.tokens[branch.number]:
                self._cells.trim(branch.number, 0)
                self._tell_if_gone(branch.conversation)
                return True
        return False

    def find(self, conversation: str) -> Parked | None:
        """The newest state of a conversation, copied out of the cache where it is there. Raises MemoryError."""
        branches = self._branches_of(conversation)
        if branches:
            return self._copy(max(branches, key=lambda branch: branch.used_at))
        return next((parked for parked in reversed(self._parked) if parked.conversation == conversation), None)

    def put(self, parked: Parked) -> bool:
        """A state that was stored outside comes back; it replaces what is parked of its conversation.

        False where it does not fit here. It goes into the cache at once, because only that shows.
        """
        try:
            branch = self._vacant(None)
        except AllBusy:
            return False
        if not self._fill(branch, parked):
            return False
        self._parked = [kept for kept in self._parked if kept.conversation != parked.conversation]
        return True

    def forget(self, conversation: str) -> None:
        """Nothing of it remains, except what a running job holds until its end."""
        self._parked = [kept for kept in self._parked if kept.conversation != conversation]
        for branch in self._branches:
            if branch.conversation == conversation:
                branch.is_doomed = branch.is_busy
                if not branch.is_busy:
                    self._empty(branch)

    def holds(self, conversation: str) -> bool:
        is_parked = any(parked.conversation == conversation for parked in self._parked)
        return is_parked or bool(self._branches_of(conversation))

    def _branches_of(self, conversation: str) -> list[Branch]:
        """Those with something of it, which was not forgotten meanwhile."""
        branches = [b for b in self._branches if b.conversation == conversation and not b.is_doomed]
        return [branch for branch in branches if self._cells.tokens[branch.number]]

    def _best_branch(self, prompt: Sequence[int], most: int) -> tuple[Branch | None, int]:
        best, best_shared = None, 0
        for branch in sorted(self._branches, key=lambda branch: -branch.used_at):
            shared = 0 if branch.is_busy else self._shared(self._cells.tokens[branch.number], prompt, most)
            if shared > best_shared:
                best, best_shared = branch, shared
        return best, best_shared

    def _best_parked(self, prompt: Sequence[int], most: int) -> tuple[Parked | None, int]:
        best, best_shared = None, 0
        for parked in reversed(self._parked):
            shared = self._shared(parked.tokens, prompt, most)
            if shared > best_shared:
                best, best_shared = parked, shared
        return best, best_shared

    def _shared(self, held: Sequence[int], prompt: Sequence[int], most: int) -> int:
        """How many of the tokens held are of use for `prompt`."""
        shared = min(common_beginning(held, prompt), most)
        return shared if shared == len(held) or self._cells.can_cut else 0

    def _branch_off(self, branch: Branch | None, shared: int, conversation: str) -> Branch:
        """`branch` itself cut to `shared` tokens, or a fork of it where it is still of use to somebody."""
        if branch is None:
            return self._vacant(None)
        tail = len(self._cells.tokens[branch.number]) - shared
        is_own = branch.conversation == conversation
        if not branch.conversation or (is_own and tail <= SHORT_TAIL_TOKENS):
            self._cells.trim(branch.number, shared)
            return branch
        target = self._vacant(branch)
        if target is branch:  # everything else is busy
            self._take_over(branch, shared)
            return branch
        self._cells.fork(branch.number, target.number, shared)
        target.answers = branch.answers
        return target

    def _take_over(self, branch: Branch, shared: int) -> None:
        """Cut a branch that somebody else would still need, after its state was parked."""
        conversation = branch.conversation
        self._save(branch)
        self._cells.trim(branch.number, shared)
        branch.conversation = ""
        self._tell_if_gone(conversation)

    def _vacant(self, spared: Branch | None) -> Branch:
        """An empty branch, made by moving out the least used one if need be."""
        for branch in self._branches:
            if not branch.is_busy and not self._cells.tokens[branch.number]:
                return branch
        resting = self._resting()
        others = [branch for branch in resting if branch is not spared] or resting
        if not others:
            raise AllBusy
        branch = others[0]
        if branch is not spared:
            self._move_out(branch)
        return branch

    def _resting(self) -> list[Branch]:
        """Branches in the cache that no job uses, the least used first."""
        resting = [b for b in self._branches if not b.is_busy and self._cells.tokens[b.number]]
        return sorted(resting, key=lambda branch: branch.used_at)

    def _rest(self, busy: Branch) -> None:
        """Keep what rests beside `busy` small: others are parked, old branches of its own are dropped."""
        used = self._cells.tokens[busy.number]
        foreign, own = 0, 0
        for branch in reversed(self._resting()):
            tokens = self._cells.tokens[branch.number]
            extra = len(tokens) - common_beginning(tokens, used)
            if branch.conversation == busy.conversation:
                own += extra
                is_too_much = own > max(self._resting_limit, LEAST_BRANCH_TOKENS)
            else:
                foreign += extra
                is_too_much = foreign > self._resting_limit
            if is_too_much:
                self._move_out(branch, is_worth_parking=branch.conversation != busy.conversation)

    def _move_out(self, branch: Branch, *, is_worth_parking: bool = True) -> None:
        conversation = branch.conversation
        if is_worth_parking:
            self._save(branch)
        self._empty(branch)
        self._tell_if_gone(conversation)

    def _save(self, branch: Branch) -> None:
        """Park what the branch holds, if it is the newest of its conversation."""
        newest = max(self._branches_of(branch.conversation), key=lambda other: other.used_at, default=branch)
        if branch.conversation and branch is newest and self._parked_limit > 0:
            with contextlib.suppress(MemoryError):  # then it is read again
                self._park(self._copy(branch))

    def _tell_if_gone(self, conversation: str) -> None:
        if conversation and not self.holds(conversation):
            self._dropped(conversation)

    def _empty(self, branch: Branch) -> None:
        self._cells.trim(branch.number, 0)
        branch.conversation, branch.answers, branch.is_doomed, branch.is_lent = "", (), False, False

    def _copy(self, branch: Branch) -> Parked:
        tokens = list(self._cells.tokens[branch.number])
        answers = tuple(span for span in branch.answers if span[1] <= len(tokens))
        return Parked(branch.conversation, tokens, answers, self._cells.state(branch.number))

    def _park(self, parked: Parked) -> None:
        self._parked.append(parked)
        while self._parked and sum(len(kept.data) for kept in self._parked) > self._parked_limit:
            self._tell_if_gone(self._parked.pop(0).conversation)

    def _unpark(self, parked: Parked, shared: int, conversation: str) -> Branch | None:
        """A branch with the first `shared` tokens of a parked state; None, and it is dropped, where that fails.

        It stays parked as well where more of it than a short tail belongs to somebody or to an old branch.
        """
        self._parked.sort(key=lambda kept: kept is parked)  # it is in use, so others make room first
        branch = self._vacant(None)
        is_own = parked.conversation == conversation
        if is_own and len(parked.tokens) - shared <= SHORT_TAIL_TOKENS:
            self._drop(parked)
        if not self._fill(branch, parked):
            self._drop(parked)
            self._tell_if_gone(parked.conversation)
            return None
        self._cells.trim(branch.number, shared)
        branch.conversation = conversation
        return branch

    def _drop(self, parked: Parked) -> None:
        self._parked = [kept for kept in self._parked if kept is not parked]

    def _fill(self, branch: Branch, parked: Parked) -> bool:
        """Put a state into an empty branch, if need be in the place of what rests; False where it does not fit."""
        while not self._cells.put_state(branch.number, parked.tokens, parked.data):
            used = sum(len(tokens) for tokens in self._cells.tokens)
            is_short = used + len(parked.tokens) > self._cells.limit_tokens
            if not is_short or not self.make_room(branch):
                return False
        branch.conversation, branch.answers = parked.conversation, parked.answers
        branch.used_at = next(self._clock)
        return True


def _is_worth_unparking(parked: Parked, shared: int, shared_elsewhere: int) -> bool:
    gain = shared - shared_elsewhere
    return gain >= UNPARK_GAIN_TOKENS and gain * UNPARK_SHARE >= len(parked.tokens)


class AnswerMemory:
    """The sampled tokens of the last answers, by their text.

    A past answer is put back with exactly these. Tokenising its text again often gives other tokens for the same
    characters, and would throw away everything after the first difference.
    """

    def __init__(self, capacity: int = REMEMBERED_ANSWERS) -> None:
        self._capacity = capacity
        self._known: OrderedDict[str, tuple[str, tuple[int, ...]]] = OrderedDict()

    def remember(self, text: str, tokens: Sequence[int], conversation: str = "") -> None:
        """Also under the stripped text, because chat templates and people's apps trim."""
        for key in {text, text.strip()} - {""}:
            self._known[key] = (conversation, tuple(tokens))
            self._known.move_to_end(key)
        while len(self._known) > self._capacity:
            self._known.popitem(last=False)

    def tokens(self, text: str) -> tuple[int, ...] | None:
        known = self._known.get(text)
        return None if known is None else known[1]

    def forget(self, conversation: str) -> None:
        for text in [text for text, (owner, _tokens) in self._known.items() if owner == conversation]:
            del self._known[text]


def shown_tokens(tokens: Sequence[int], piece_lengths: Sequence[int], shown_bytes: int) -> Sequence[int] | None:
    """The tokens that make up exactly the first `shown_bytes` bytes, or None where a token straddles that border."""
    total = 0
    for count, length in enumerate(piece_lengths):
        if total == shown_bytes:
            return tokens[:count]
        total += length
    return tokens if total == shown_bytes else None
