"""Tokens that are guessed ahead change how fast an answer comes, and nothing else about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.child.answering import MakeGuesser
from app.engine.child.guessing import (
    FIRST_PAUSE_TOKENS,
    LONGEST_PAUSE_TOKENS,
    MOST_DRAFTED,
    MOST_GUESSES,
    NGRAM_TOKENS,
    TRIAL_ROUNDS,
    DraftModel,
    Guesser,
    PromptLookup,
    Stakes,
)
from app.engine.child.llama.context import Context
from app.engine.child.llama.model import Model
from app.engine.protocol import NO_PREAMBLE, Message, Sampling, Shape, Timings
from tests import assets
from tests.engine.child import raw
from tests.engine.child.raw import GREEDY, LOAD, Insides, user

NEXT = st.integers(0, 3)


@given(st.lists(st.lists(NEXT, min_size=1, max_size=9), min_size=1, max_size=12), st.integers(1, MOST_GUESSES))
def test_lookup_proposes_what_followed_the_last_time(pieces: list[list[int]], most: int) -> None:
    lookup = PromptLookup()
    tokens: list[int] = []
    for piece in pieces:
        tokens += piece
        guesses = lookup.guess(tokens, most)
        ends = [end for end in range(NGRAM_TOKENS, len(tokens)) if tokens[end - NGRAM_TOKENS : end] == tokens[-3:]]
        assert guesses == (tokens[ends[-1] : ends[-1] + most] if ends else [])


def test_lookup_does_not_find_the_end_itself() -> None:
    assert PromptLookup().guess([1, 2, 3], 8) == []
    assert PromptLookup().guess([9, 1, 2, 3], 8) == []


@pytest.mark.parametrize("tokens", [[], [1], [1, 1], [1, 1, 1]])
def test_lookup_has_no_idea_about_what_is_too_short(tokens: list[int]) -> None:
    assert PromptLookup().guess(tokens, 8) == []


def test_lookup_never_proposes_more_than_is_asked_nor_than_there_is() -> None:
    tokens = [1, 2, 3, 4, 5, 6, 1, 2, 3]
    assert PromptLookup().guess(tokens, 2) == [4, 5]
    assert PromptLookup().guess(tokens, 50) == [4, 5, 6, 1, 2, 3]


def test_nothing_is_guessed_before_there_is_something_to_compare_with() -> None:
    stakes = Stakes()
    assert not stakes.wants_guess()
    stakes.plain(0.1)
    assert stakes.wants_guess()


def test_guessing_that_pays_goes_on() -> None:
    stakes = Stakes()
    for _round in range(100):
        stakes.plain(0.1)
        assert stakes.wants_guess()
        stakes.played(0.15, 3)


def pause(stakes: Stakes, round_s: float = 0.3, tokens: int = 1) -> int:
    """Plays until guessing pauses; how many plain tokens the pause lasts."""
    for _round in range(TRIAL_ROUNDS):
        assert stakes.wants_guess()
        stakes.played(round_s, tokens)
    waited = 0
    while not stakes.wants_guess():
        stakes.plain(0.1)
        waited += 1
    return waited


def test_guessing_that_does_not_pay_pauses_longer_and_longer_and_is_tried_again() -> None:
    stakes = Stakes()
    stakes.plain(0.1)
    pauses = [pause(stakes) for _time in range(8)]
    assert pauses[:3] == [FIRST_PAUSE_TOKENS, 2 * FIRST_PAUSE_TOKENS, 4 * FIRST_PAUSE_TOKENS]
    assert pauses[-2:] == [LONGEST_PAUSE_TOKENS, LONGEST_PAUSE_TOKENS]


def test_guessing_that_pays_after_all_pauses_shortly_the_next_time() -> None:
    stakes = Stakes()
    stakes.plain(0.1)
    pause(stakes)
    pause(stakes)
    for _round in range(TRIAL_ROUNDS):
        assert stakes.wants_guess()
        stakes.played(0.1, 5)
    while stakes.wants_guess():
        stakes.played(10.0, 1)
    waited = 1
    while not stakes.wants_guess():
        waited += 1
    assert waited == FIRST_PAUSE_TOKENS


def test_as_many_tokens_in_as_much_time_do_not_pay() -> None:
    stakes = Stakes()
    stakes.plain(0.1)
    assert pause(stakes, 0.3, 3) > 0


class AlwaysOn(Stakes):
    """Guesses whether it pays or not."""

    def wants_guess(self) -> bool:
        return True


TEXT = (
    "The quick brown fox jumps over the lazy dog while seventeen llamas watch from the hill. Nobody knows why the gate "
    "was open that morning."
)
CODE = "def area(width, height):\n    return width * height\n\n\nprint(area(2, 3))\n"
PROMPTS = [
    f"Repeat this text exactly: {TEXT}",
    f"Repeat this text twice: {TEXT}",
    f"Copy this code and change nothing:\n{CODE}",
    "Write the numbers from 1 to 40, separated by commas.",
    f"Which animals are in this text? {TEXT}",
    "Write a poem about the sea in which every line begins with 'The sea'.",
    "Explain what a loop is, with an example in Python.",
]
LENGTH_TOKENS = 48


@pytest.fixture(scope="module")
def plain(starter: Path) -> Iterator[Insides]:
    with raw.insides(starter) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def texts(plain: Insides) -> list[str]:
    """What the model says without any guesses."""
    return [plain.ask([user(prompt)], max_tokens=LENGTH_TOKENS).text for prompt in PROMPTS]


def guess_always(engine: Insides) -> None:
    engine.answering._guessers = [(make, AlwaysOn()) for make, _stakes in engine.answering._guessers]


def lookup(_model: Model) -> Sequence[MakeGuesser]:
    return [PromptLookup]


def drafting(path: Path) -> Callable[[Model], Sequence[MakeGuesser]]:
    """A guesser that asks the model in this file."""

    def make(model: Model) -> Sequence[MakeGuesser]:
        drafts = Model(raw.library(), path, on_progress=lambda _fraction: None)
        assert drafts.has_same_vocabulary(model)
        context = Context(drafts, raw.library(), replace(LOAD, sequences=1), context_tokens=LOAD.context_tokens)
        guesser: Guesser = DraftModel(drafts, context)
        return [lambda: guesser]

    return make


def total(timings: Sequence[Timings]) -> tuple[int, int]:
    return sum(one.drafted_tokens for one in timings), sum(one.accepted_tokens for one in timings)


@pytest.mark.model
def test_greedy_answers_are_the_same_with_what_stood_there_before(starter: Path, texts: list[str]) -> None:
    with raw.insides(starter, make_guessers=lookup) as engine:
        guess_always(engine)
        answers = [engine.ask([user(prompt)], max_tokens=LENGTH_TOKENS) for prompt in PROMPTS]
    assert [said.text for said in answers] == texts
    drafted, accepted = total([said.finished.timings for said in answers])
    assert 20 < accepted < drafted


@pytest.mark.model
def test_a_model_that_guesses_for_itself_is_always_right(starter: Path, texts: list[str]) -> None:
    with raw.insides(starter, make_guessers=drafting(starter)) as engine:
        guess_always(engine)
        answers = [engine.ask([user(prompt)], max_tokens=LENGTH_TOKENS) for prompt in PROMPTS[:3]]
    assert [said.text for said in answers] == texts[:3]
    drafted, accepted = total([said.finished.timings for said in answers])
    said_tokens = sum(said.finished.timings.answer_tokens for said in answers)
    assert accepted > 0.9 * drafted
    assert accepted > 0.7 * said_tokens


@pytest.mark.model
def test_a_model_that_knows_nothing_guesses_wrong_and_does_no_harm(
    starter: Path, texts: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    unlearned = assets.tiny_like(tmp_path_factory.mktemp("unlearned"), starter)
    with raw.insides(starter, make_guessers=drafting(unlearned)) as engine:
        guess_always(engine)
        answers = [engine.ask([user(prompt)], max_tokens=32) for prompt in PROMPTS[:2]]
    for said, text in zip(answers, texts, strict=False):
        assert text.startswith(said.text)
    drafted, accepted = total([said.finished.timings for said in answers])
    assert drafted > 60
    assert accepted < 0.1 * drafted


@pytest.mark.model
def test_drawn_answers_are_the_same_with_the_same_seed(starter: Path) -> None:
    """Each token is drawn from the model's own logits, in the same order, by the same chain of samplers."""
    question = [user(PROMPTS[1])]
    wishes = [Sampling(temperature=0.8, seed=seed) for seed in range(3)]
    with raw.insides(starter) as engine:
        expected = [engine.ask(question, sampling=wish, max_tokens=48).text for wish in wishes]
    assert len(set(expected)) > 1
    with raw.insides(starter, make_guessers=lookup) as engine:
        guess_always(engine)
        answers = [engine.ask(question, sampling=wish, max_tokens=48) for wish in wishes]
    assert [said.text for said in answers] == expected
    assert total([said.finished.timings for said in answers])[0] > 0


@pytest.mark.model
def test_guesses_never_reach_beyond_the_limit_the_context_or_the_end(starter: Path) -> None:
    repeat = [user(PROMPTS[0])]
    with raw.insides(starter, replace(LOAD, context_tokens=256), make_guessers=lookup) as engine:
        guess_always(engine)
        for most in (1, 2, 3, 10):
            timings = engine.ask(repeat, max_tokens=most).finished.timings
            assert timings.answer_tokens == most
        endless = replace(GREEDY, ignores_end=True)
        said = engine.ask(repeat, sampling=endless, max_tokens=None)
        timings = said.finished.timings
        assert said.finished.stop_reason == "context"
        assert timings.prompt_tokens + timings.answer_tokens == 257  # the last one is not read


@pytest.mark.model
def test_a_follow_up_reuses_an_answer_that_was_guessed(starter: Path) -> None:
    with raw.insides(starter, make_guessers=lookup) as engine:
        guess_always(engine)
        question = user(PROMPTS[0])
        said = engine.ask([question], "a", max_tokens=40)
        assert said.finished.timings.accepted_tokens > 0
        held = list(engine.context.tokens[0])
        follow_up: list[Message] = [question, raw.assistant(said.text), user("Thanks.")]
        assert engine.answering.prompt(follow_up, NO_PREAMBLE).tokens[: len(held)] == held
        assert engine.ask(follow_up, "a", max_tokens=1).reused == len(held)


@pytest.mark.model
def test_a_small_micro_batch_holds_fewer_guesses(starter: Path) -> None:
    with raw.insides(starter, replace(LOAD, micro_batch_tokens=4), make_guessers=lookup) as engine:
        guess_always(engine)
        timings = engine.ask([user(PROMPTS[0])], max_tokens=24).finished.timings
        assert timings.answer_tokens == 24
        assert timings.drafted_tokens > 0


@pytest.mark.model
def test_answers_bound_to_a_form_are_not_guessed(starter: Path) -> None:
    with raw.insides(starter, make_guessers=lookup) as engine:
        guess_always(engine)
        digits = Shape(grammar='root ::= "1,2,3,1,2,3,1,2,3,1,2,3"')
        assert engine.ask([user("Count.")], shape=digits, max_tokens=30).finished.timings.drafted_tokens == 0


@pytest.mark.model
def test_a_draft_never_proposes_more_than_is_asked(starter: Path, plain: Insides) -> None:
    (make,) = drafting(starter)(plain.model)
    guesser = make()
    tokens = plain.model.tokenize("One two three four five", is_control=False)
    assert len(guesser.guess(tokens, 50)) == MOST_DRAFTED
    for most in (1, 2, 3):
        guesses = guesser.guess(tokens, most)
        assert len(guesses) == most
        tokens += guesses
    assert guesser.guess(tokens[:3], 2) != []  # another answer, which begins alike


@pytest.mark.model
def test_a_draft_whose_context_is_full_proposes_nothing_and_recovers(starter: Path, plain: Insides) -> None:
    drafts = Model(raw.library(), starter, on_progress=lambda _fraction: None)
    context = Context(drafts, raw.library(), replace(LOAD, sequences=1), context_tokens=256)
    guesser = DraftModel(drafts, context)
    tokens = plain.model.tokenize("One two three four five. " * 60, is_control=False)
    assert guesser.guess(tokens, 3) == []
    assert len(guesser.guess(tokens[:50], 3)) == 3
    context.free()
    drafts.free()
