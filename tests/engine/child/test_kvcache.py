"""What need not be read again."""

from __future__ import annotations

import array
import json
import random
import struct
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.engine.child.kvcache import (
    AllBusy,
    AnswerMemory,
    Branch,
    KvCache,
    Parked,
    common_beginning,
    pack,
    shown_tokens,
    unpack,
)

VOCABULARY = 50_000


@pytest.mark.parametrize(
    ("first", "second", "length"),
    [
        ([], [], 0),
        ([1], [], 0),
        ([1, 2, 3], [1, 2, 3], 3),
        ([1, 2, 3], [1, 2, 3, 4], 3),
        ([1, 2, 9, 4], [1, 2, 3, 4], 2),
        ([9, 2], [1, 2], 0),
        ([1, 9], [1, 2], 1),
    ],
)
def test_common_beginning(first: list[int], second: list[int], length: int) -> None:
    assert common_beginning(first, second) == length


def test_common_beginning_of_long_lists_is_found_anywhere() -> None:
    chance = random.Random(1)
    whole = [chance.randrange(50_000) for _ in range(5000)]
    for at in [0, 1, 2499, 2500, 4998, 4999, *(chance.randrange(5000) for _ in range(50))]:
        other = whole.copy()
        other[at] = -1
        assert common_beginning(whole, other) == at


def test_an_answer_is_known_by_its_text_and_by_its_trimmed_text() -> None:
    memory = AnswerMemory()
    memory.remember("Hello \n", [1, 2, 3])
    assert memory.tokens("Hello \n") == (1, 2, 3)
    assert memory.tokens("Hello") == (1, 2, 3)
    assert memory.tokens("Hell") is None


def test_only_the_last_answers_are_remembered() -> None:
    memory = AnswerMemory(capacity=2)
    for number in range(3):
        memory.remember(f"answer {number}", [number])
    assert memory.tokens("answer 0") is None
    assert memory.tokens("answer 2") == (2,)


def test_a_forgotten_conversations_answers_are_gone_and_others_stay() -> None:
    memory = AnswerMemory()
    memory.remember("mine \n", [1], "a")
    memory.remember("theirs", [2], "b")
    memory.forget("a")
    assert memory.tokens("mine") is None
    assert memory.tokens("mine \n") is None
    assert memory.tokens("theirs") == (2,)


def test_tokens_of_the_text_before_a_stop_string() -> None:
    assert shown_tokens([7, 8, 9], [2, 3, 4], 5) == [7, 8]
    assert shown_tokens([7, 8, 9], [2, 3, 4], 9) == [7, 8, 9]
    assert shown_tokens([7, 8, 9], [2, 3, 4], 6) is None
    assert shown_tokens([7], [2], 0) == []


class FakeCells:
    """Token lists over numbered cells: forks share cells, as in a unified cache. A state is 8 bytes per token."""

    def __init__(self, sequences: int = 4, limit_tokens: int = 100, *, can_cut: bool = True) -> None:
        """Without `can_cut` a sequence can only be forgotten as a whole, like that of a recurrent model."""
        self.tokens: tuple[list[int], ...] = tuple([] for _ in range(sequences))
        self.limit_tokens = limit_tokens
        self.can_cut = can_cut
        self.takes_states = True
        self._cells: tuple[list[int], ...] = tuple([] for _ in range(sequences))
        self._next_cell = 0

    @property
    def used(self) -> int:
        return len({cell for cells in self._cells for cell in cells})

    def read(self, sequence: int, tokens: Sequence[int]) -> bool:
        """False where the cells do not suffice."""
        if self.used + len(tokens) > self.limit_tokens:
            return False
        self.tokens[sequence].extend(tokens)
        self._cells[sequence].extend(range(self._next_cell, self._next_cell + len(tokens)))
        self._next_cell += len(tokens)
        return True

    def trim(self, sequence: int, length: int) -> None:
        if length < len(self.tokens[sequence]):
            kept = length if self.can_cut else 0
            del self.tokens[sequence][kept:]
            del self._cells[sequence][kept:]

    def fork(self, source: int, target: int, length: int) -> None:
        assert self.tokens[target] == []
        if self.can_cut or length == len(self.tokens[source]):
            self.tokens[target].extend(self.tokens[source][:length])
            self._cells[target].extend(self._cells[source][:length])

    def state(self, sequence: int) -> bytearray:
        return state_of(self.tokens[sequence])

    def put_state(self, sequence: int, tokens: Sequence[int], data: bytearray | memoryview) -> bool:
        assert self.tokens[sequence] == []
        return self.takes_states and bytes(data) == state_of(tokens) and self.read(sequence, tokens)


def state_of(tokens: Sequence[int]) -> bytearray:
    return bytearray(array.array("q", tokens).tobytes())


def parked(conversation: str, tokens: Sequence[int]) -> Parked:
    return Parked(conversation, list(tokens), (), state_of(tokens))


class Table:
    """A cache over fake cells, and what was told about it."""

    def __init__(
        self, cells: FakeCells | None = None, *, parked_bytes: int = 10_000, resting_tokens: int = 1000
    ) -> None:
        self.cells = cells or FakeCells()
        self.dropped: list[str] = []
        self.cache = KvCache(
            self.cells, parked_bytes=parked_bytes, resting_tokens=resting_tokens, dropped=self.dropped.append
        )

    def held(self, branch: Branch) -> list[int]:
        return self.cells.tokens[branch.number]

    def turn(self, conversation: str, prompt: Sequence[int]) -> int:
        """A whole job; returns how many tokens it found in the cache."""
        prompt = list(prompt)
        branch = self.cache.claim(conversation, prompt)
        reused = len(self.held(branch))
        self.read(branch, prompt)
        self.cache.release(branch)
        return reused

    def read(self, branch: Branch, prompt: Sequence[int]) -> None:
        while not self.cells.read(branch.number, list(prompt)[len(self.held(branch)) :]):
            assert self.cache.make_room(branch)


def test_a_conversation_goes_on_in_its_branch() -> None:
    table = Table()
    table.turn("a", range(10))
    assert table.turn("a", range(20)) == 10
    assert table.cells.used == 20


def test_the_last_token_is_always_left_to_read() -> None:
    table = Table()
    table.turn("a", range(10))
    assert table.turn("a", range(10)) == 9


def test_what_another_conversation_holds_is_shared_and_not_taken_away() -> None:
    table = Table()
    table.turn("a", range(10))
    assert table.turn("", range(30)) == 10  # a title: the whole conversation, and a request
    found = table.cache.find("a")
    assert found is not None
    assert found.tokens == list(range(10))
    assert table.dropped == []


def test_an_old_branch_stays_beside_the_new_one() -> None:
    table = Table()
    table.turn("a", range(40))
    assert table.turn("a", [*range(10), 99]) == 10
    assert table.turn("a", range(50)) == 40


def test_a_short_tail_is_cut_off_instead() -> None:
    table = Table()
    table.turn("a", range(20))
    table.turn("a", [*range(10), 99])
    assert table.turn("a", range(20)) == 10


def test_a_conversation_that_nobody_looks_at_is_parked_and_comes_back() -> None:
    table = Table(resting_tokens=0)
    table.turn("a", range(80))
    table.turn("b", range(100, 180))
    assert sum(map(len, table.cells.tokens)) == 80
    assert table.turn("a", range(90)) == 80
    assert table.turn("b", range(100, 190)) == 80
    assert table.dropped == []


def test_a_parked_state_comes_back_even_where_the_cache_is_full_of_others() -> None:
    table = Table(resting_tokens=1000)
    table.turn("a", range(80))
    table.turn("b", range(100, 180))
    assert table.turn("a", range(90)) == 80


def test_the_beginning_of_a_parked_state_serves_others_while_it_stays_parked() -> None:
    table = Table(resting_tokens=0)
    table.turn("a", range(80))
    table.turn("b", range(100, 180))
    assert table.turn("c", [*range(45), 999]) == 45
    assert table.turn("a", range(90)) == 80


def test_an_old_branch_that_is_parked_stays_when_a_new_one_begins_like_it() -> None:
    table = Table(resting_tokens=0)
    table.turn("a", range(80))
    table.turn("b", range(100, 180))
    assert table.turn("a", [*range(45), 999]) == 45
    assert table.turn("a", range(90)) == 80


def test_a_parked_state_that_was_of_use_stays_longer_than_others() -> None:
    table = Table(parked_bytes=8 * 150, resting_tokens=0)
    table.turn("a", range(80))
    table.turn("b", range(100, 160))
    table.turn("c", range(200, 260))
    table.turn("d", [*range(45), 999])  # begins like "a"; "b" is older now, and "c" is parked as well
    assert table.dropped == ["b"]
    assert table.turn("a", range(90)) == 80


def test_a_long_state_is_not_brought_back_for_the_sake_of_a_few_tokens() -> None:
    table = Table(FakeCells(limit_tokens=1000), resting_tokens=0)
    table.turn("a", range(800))
    table.turn("b", range(1000, 1080))
    assert table.turn("c", [*range(50), 9999]) == 0


def test_without_memory_for_parking_what_is_moved_out_is_told() -> None:
    table = Table(parked_bytes=0, resting_tokens=0)
    table.turn("a", range(80))
    table.turn("b", range(100, 180))
    assert table.dropped == ["a"]
    assert table.turn("a", range(90)) == 0


def test_the_state_that_was_parked_first_makes_room_and_is_told() -> None:
    table = Table(parked_bytes=8 * 100, resting_tokens=0)
    for number, conversation in enumerate("abcd"):
        table.turn(conversation, range(1000 * number, 1000 * number + 45))
    assert table.dropped == ["a"]
    assert [table.cache.holds(conversation) for conversation in "abcd"] == [False, True, True, True]


def test_a_parked_state_that_will_not_go_back_is_read_again() -> None:
    table = Table(resting_tokens=0)
    table.turn("a", range(60))
    table.turn("b", [*range(20), *range(100, 120)])
    table.cells.takes_states = False
    assert table.turn("a", range(70)) == 20
    assert table.dropped == ["a"]
    assert table.cache.holds("a")


def test_where_sequences_cannot_be_cut_only_a_whole_one_is_of_use() -> None:
    table = Table(FakeCells(can_cut=False))
    table.turn("a", range(30))
    assert table.turn("a", range(40)) == 30
    assert table.turn("a", [*range(35), 99]) == 0
    assert table.turn("a", range(50)) == 40, "the whole one was left alone"


def test_a_lone_sequence_is_parked_before_another_conversation_cuts_it() -> None:
    table = Table(FakeCells(sequences=1))
    table.turn("a", range(50))
    assert table.turn("b", [*range(10), 99]) == 10
    assert table.turn("a", range(60)) == 50
    assert table.dropped == []


def test_a_job_that_waits_gives_its_cells_to_the_one_that_runs() -> None:
    table = Table(FakeCells(limit_tokens=100))
    waiting = table.cache.claim("a", range(60))
    table.read(waiting, range(60))
    table.turn("b", range(100, 180))
    assert table.held(waiting) == []
    assert table.dropped == ["a"]
    table.read(waiting, range(60))
    table.cache.release(waiting)
    assert table.turn("a", range(61)) == 60


def test_the_job_that_runs_never_makes_room_at_its_own_cost() -> None:
    table = Table(FakeCells(limit_tokens=100))
    running = table.cache.claim("a", range(120))
    table.cells.read(running.number, range(100))
    assert not table.cache.make_room(running)
    assert table.held(running) == list(range(100))


def test_when_every_sequence_is_busy_nobody_gets_one() -> None:
    table = Table(FakeCells(sequences=2))
    for conversation in "ab":
        table.cache.claim(conversation, range(5))
    with pytest.raises(AllBusy):
        table.cache.claim("c", range(5))


def test_what_nobody_waits_for_gets_a_branch_of_which_nothing_stays() -> None:
    table = Table(resting_tokens=0, parked_bytes=0)
    table.turn("a", range(50))
    lent = table.cache.lend()
    table.read(lent, range(200, 230))
    table.cache.release(lent)
    assert table.held(lent) == []
    assert table.turn("a", range(60)) == 50
    assert table.dropped == []


def test_what_nobody_waits_for_takes_the_least_used_branch_and_never_the_last_one() -> None:
    table = Table(FakeCells(sequences=2, limit_tokens=300), resting_tokens=1000)
    table.turn("a", range(50))
    table.turn("b", range(100, 150))
    table.cache.release(table.cache.lend())
    assert table.turn("b", range(100, 155)) == 50
    assert table.turn("a", range(60)) == 50, "it was parked"
    alone = Table(FakeCells(sequences=1))
    alone.turn("a", range(30))
    with pytest.raises(AllBusy):
        alone.cache.lend()


def test_what_nobody_waits_for_makes_no_room_in_a_full_cache() -> None:
    table = Table(FakeCells(limit_tokens=100))
    table.turn("a", range(80))
    lent = table.cache.lend()
    assert not table.cells.read(lent.number, range(200, 230))
    assert not table.cache.make_room(lent)
    assert table.turn("a", range(85)) == 80


def test_forgetting_leaves_nothing_in_the_cache_nor_parked() -> None:
    table = Table(resting_tokens=0)
    table.turn("a", range(80))
    table.turn("b", range(100, 180))
    table.cache.forget("a")
    table.cache.forget("b")
    assert table.cells.used == 0
    assert table.cache.find("a") is None
    assert table.turn("a", range(80)) == 0


def test_what_a_running_job_holds_of_a_forgotten_conversation_goes_with_its_end() -> None:
    table = Table()
    branch = table.cache.claim("a", range(10))
    table.read(branch, range(10))
    table.cache.forget("a")
    assert not table.cache.holds("a")
    assert table.cache.find("a") is None
    table.cache.release(branch)
    assert table.cells.used == 0


def test_a_state_from_outside_is_tried_at_once() -> None:
    table = Table()
    assert table.cache.put(parked("a", range(50)))
    assert table.turn("a", range(60)) == 50


def test_a_state_that_does_not_fit_here_is_refused_and_costs_nothing() -> None:
    table = Table()
    table.turn("b", range(100, 150))
    assert not table.cache.put(Parked("a", list(range(50)), (), bytearray(7)))
    assert not table.cache.holds("a")
    assert table.turn("b", range(100, 160)) == 50


def test_a_state_from_outside_makes_room_for_itself() -> None:
    table = Table()
    table.turn("b", range(100, 180))
    assert table.cache.put(parked("a", range(50)))
    assert table.turn("a", range(60)) == 50
    assert table.turn("b", range(100, 190)) == 80


def test_spans_of_answers_that_were_not_read_are_not_saved() -> None:
    table = Table()
    branch = table.cache.claim("a", range(50))
    branch.answers = ((5, 10), (30, 40))
    table.read(branch, range(20))  # and then it was stopped
    table.cache.release(branch)
    found = table.cache.find("a")
    assert found is not None
    assert found.answers == ((5, 10),)


def blob_of(state: Parked) -> bytearray:
    return bytearray(b"".join(pack(state)))


@given(st.lists(st.integers(0, VOCABULARY - 1), min_size=1, max_size=50), st.binary(max_size=50), st.data())
def test_a_state_comes_back_from_its_pieces(tokens: list[int], data: bytes, draw: st.DataObject) -> None:
    ends = st.integers(0, len(tokens))
    spans = draw.draw(st.lists(st.tuples(ends, ends).map(lambda span: (min(span), max(span))), max_size=4))
    state = Parked("a", tokens, tuple(spans), bytearray(data))
    back = unpack("a", blob_of(state), vocabulary_tokens=VOCABULARY)
    assert (back.conversation, back.tokens, back.answers, bytes(back.data)) == ("a", tokens, tuple(spans), data)


def headed(header: object, rest: bytes = b"") -> bytearray:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return bytearray(struct.pack("<I", len(text)) + text + rest)


ONE = array.array("i", [1]).tobytes()


@pytest.mark.parametrize(
    "untrusted",
    [
        b"",
        b"\1",
        struct.pack("<I", 2**32 - 1) + b"{}",
        headed(b"\xff\xfe"),
        headed(b"[" * 100_000),
        headed(b"1" * 5000),
        headed([1, 2]),
        headed({}),
        headed({"tokens": 1}, ONE),
        headed({"tokens": 1, "answers": 7}, ONE),
        headed({"tokens": 1, "answers": [[0]]}, ONE),
        headed({"tokens": 1, "answers": [[0, 2]]}, ONE),
        headed({"tokens": 1, "answers": [[1, 0]]}, ONE),
        headed({"tokens": 1, "answers": [[-1, 1]]}, ONE),
        headed({"tokens": float("inf"), "answers": []}, ONE),
        headed({"tokens": 0, "answers": []}),
        headed({"tokens": -1, "answers": []}, ONE),
        headed({"tokens": 2, "answers": []}, ONE),
        headed({"tokens": 2**70, "answers": []}, ONE),
        headed({"tokens": 1, "answers": []}, b"\0\0\0"),
        headed({"tokens": 1, "answers": []}, array.array("i", [-1]).tobytes()),
        headed({"tokens": 1, "answers": []}, array.array("i", [VOCABULARY]).tobytes()),
    ],
    ids=repr,
)
def test_what_is_no_state_is_refused(untrusted: bytes) -> None:
    with pytest.raises(ValueError):
        unpack("a", bytearray(untrusted), vocabulary_tokens=VOCABULARY)


@given(st.binary(max_size=200), st.integers(0, 100), st.integers(0, 255))
def test_a_damaged_state_is_refused_or_stays_within_bounds(junk: bytes, at: int, byte: int) -> None:
    whole = blob_of(Parked("a", [1, 2, 3], ((0, 2),), bytearray(b"data")))
    whole[at % len(whole)] = byte
    for untrusted in (bytearray(junk), whole):
        try:
            back = unpack("a", untrusted, vocabulary_tokens=VOCABULARY)
        except ValueError:
            continue
        assert all(0 <= token < VOCABULARY for token in back.tokens)
        assert all(0 <= start <= end <= len(back.tokens) for start, end in back.answers)


# Prompts that begin alike in many ways: two talks that part late, and one of its own.
TALKS = (list(range(70)), [*range(45), *range(200, 225)], list(range(300, 370)))
PROMPTS = st.builds(
    lambda talk, length, end: [*talk[:length], *end],
    st.sampled_from(TALKS),
    st.integers(1, 70),
    st.lists(st.integers(900, 901), max_size=20),
)
CONVERSATIONS = st.sampled_from(["", "a", "b", "c"])


class Job:
    """A job of the machine below: what it has to read, and where."""

    def __init__(self, branch: Branch, prompt: list[int]) -> None:
        self.branch, self.prompt = branch, prompt


class AnyOrder(RuleBasedStateMachine):
    """Whatever comes in whatever order. `heard` is what the parent believes to be held."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[Job] = []
        self.heard: set[str] = set()
        self.forgotten: set[str] = set()
        self.ever_forgotten: set[str] = set()
        self.stored: list[Parked] = []

    @initialize(
        sequences=st.integers(1, 4),
        parked_bytes=st.sampled_from([0, 8 * 40, 8 * 150, 8 * 1000]),
        resting_tokens=st.sampled_from([0, 30, 1000]),
        can_cut=st.booleans(),
    )
    def start(self, sequences: int, parked_bytes: int, resting_tokens: int, *, can_cut: bool) -> None:
        self.cells = FakeCells(sequences, 100, can_cut=can_cut)
        self.parked_bytes = parked_bytes
        self.cache = KvCache(
            self.cells, parked_bytes=parked_bytes, resting_tokens=resting_tokens, dropped=self.on_dropped
        )

    def on_dropped(self, conversation: str) -> None:
        assert conversation
        assert not self.cache.holds(conversation)
        assert conversation in self.heard | self.ever_forgotten, "told twice, or of nothing"
        self.heard.discard(conversation)

    def note(self, job: Job) -> None:
        """The parent hears how much was read."""
        if self.cells.tokens[job.branch.number] and job.branch.conversation and not job.branch.is_doomed:
            self.heard.add(job.branch.conversation)

    @precondition(lambda self: len(self.jobs) < len(self.cells.tokens))
    @rule(conversation=CONVERSATIONS, prompt=PROMPTS, others=st.lists(st.tuples(CONVERSATIONS, PROMPTS), max_size=4))
    def turns(self, conversation: str, prompt: list[int], others: list[tuple[str, list[int]]]) -> None:
        """Jobs from their beginning to their end, one after the other."""
        for who, what in ((conversation, prompt), *others, (conversation, [*prompt, 7])):
            self.claim(who, what)
            self.read(len(self.jobs) - 1, len(what))
            self.release(len(self.jobs) - 1)

    @precondition(lambda self: len(self.jobs) == len(self.cells.tokens))
    @rule(prompt=PROMPTS)
    def claim_too_much(self, prompt: list[int]) -> None:
        with pytest.raises(AllBusy):
            self.cache.claim("a", prompt)

    @precondition(lambda self: len(self.jobs) < len(self.cells.tokens))
    @rule(conversation=CONVERSATIONS, prompt=PROMPTS)
    def claim(self, conversation: str, prompt: list[int]) -> None:
        self.forgotten.discard(conversation)
        branch = self.cache.claim(conversation, prompt)
        assert branch.number not in {job.branch.number for job in self.jobs}
        held = self.cells.tokens[branch.number]
        assert held == prompt[: len(held)]
        assert len(held) < len(prompt)
        self.jobs.append(Job(branch, prompt))
        self.note(self.jobs[-1])

    @precondition(lambda self: self.jobs)
    @rule(number=st.integers(0, 3), count=st.integers(1, 70))
    def read(self, number: int, count: int) -> None:
        """Any job reads on; what others hold may have to make room."""
        job = self.jobs[number % len(self.jobs)]
        held = self.cells.tokens[job.branch.number]
        before = list(held)
        while not self.cells.read(job.branch.number, job.prompt[len(held) : len(held) + count]):
            assert self.cache.make_room(job.branch)
            assert held == before
        self.note(job)

    @precondition(lambda self: self.jobs)
    @rule(number=st.integers(0, 3))
    def release(self, number: int) -> None:
        job = self.jobs.pop(number % len(self.jobs))
        self.cache.release(job.branch)

    @rule(conversation=st.sampled_from("abc"))
    def forget(self, conversation: str) -> None:
        self.cache.forget(conversation)
        self.heard.discard(conversation)
        self.forgotten.add(conversation)
        self.ever_forgotten.add(conversation)
        self.stored = [state for state in self.stored if state.conversation != conversation]

    @rule(conversation=st.sampled_from("abc"))
    def save(self, conversation: str) -> None:
        found = self.cache.find(conversation)
        assert (found is not None) == self.cache.holds(conversation)
        if found is not None:
            assert bytes(found.data) == state_of(found.tokens)
            self.stored.append(found)

    @precondition(lambda self: self.stored)
    @rule(number=st.integers(0, 50), is_damaged=st.booleans())
    def restore(self, number: int, *, is_damaged: bool) -> None:
        state = self.stored[number % len(self.stored)]
        if is_damaged:
            assert not self.cache.put(replace(state, data=bytearray(3)))
        elif self.cache.put(state):
            self.heard.add(state.conversation)

    @invariant()
    def every_job_holds_a_beginning_of_its_prompt(self) -> None:
        assert len({job.branch.number for job in self.jobs}) == len(self.jobs)
        for job in self.jobs:
            held = self.cells.tokens[job.branch.number]
            assert held == job.prompt[: len(held)]

    @invariant()
    def parked_states_stay_within_their_limit(self) -> None:
        if hasattr(self, "cache"):
            assert sum(len(state.data) for state in self.cache._parked) <= self.parked_bytes

    @invariant()
    def what_is_held_is_known(self) -> None:
        if hasattr(self, "cache"):
            assert {conversation for conversation in "abc" if self.cache.holds(conversation)} == self.heard

    @invariant()
    def nothing_remains_of_what_was_forgotten_once_no_job_uses_it(self) -> None:
        for conversation in self.forgotten - {job.branch.conversation for job in self.jobs}:
            assert self.cache.find(conversation) is None


AnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyOrder = AnyOrder.TestCase
