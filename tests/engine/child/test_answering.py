"""One loaded model answering, in this process, step by step: what jobs in between may not change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.engine.child import answering as module
from app.engine.child.answering import PromptTooLong
from app.engine.child.template import Template
from app.engine.protocol import NO_PREAMBLE, Delta, Finished, Message, Preamble, Prefilling
from tests import assets
from tests.engine.child.raw import LOAD, Insides, Said, assistant, insides, user, words
from tests.engine.child.recurrent import tiny_mamba

pytestmark = pytest.mark.model

SIDE = [user(words(1, 150))]  # three micro-batches
TURN = [user(words(2, 100))]

TYPED = """Dear llama,

please look at this: 3 pounds, 12.50 in all — naïve, isn't it?! (I think so...)
"Déjà vu" 🦙 says   nothing new; 日本語 too.

    def add(a, b):
        return a + b  # 1234567


- first:  one
- second: two...
* हिन्दी।

What   do you\tthink of e-mails like me@example.org/x?y=1&z=[2]

Yours"""


@pytest.fixture(scope="module")
def chatml_file(starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return assets.tiny_like(tmp_path_factory.mktemp("chatml"), starter)


@pytest.fixture(scope="module")
def tiny(llama31_file: Path) -> Iterator[Insides]:
    with insides(llama31_file) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def narrow(llama31_file: Path) -> Iterator[Insides]:
    """Cells for one conversation only."""
    with insides(llama31_file, replace(LOAD, context_tokens=256)) as loaded:
        yield loaded


def forget_all(engine: Insides) -> None:
    for conversation in ("side", "turn"):
        engine.cache.forget(conversation)
        engine.answering.forget(conversation)
    assert not any(engine.context.tokens)


def interrupted(engine: Insides, steps: int) -> tuple[Said, Said]:
    """A side answer that a turn overtakes after some of its steps, and that turn."""
    forget_all(engine)
    said = Said()
    side = engine.steps(said, SIDE, "side")
    for _taken in range(steps):
        next(side, None)
    turn = engine.ask(TURN, "turn")
    for _step in side:
        pass
    return said, turn


def test_an_answer_is_the_same_wherever_another_one_goes_in_between(tiny: Insides) -> None:
    forget_all(tiny)
    steps = list(tiny.steps(undisturbed := Said(), SIDE, "side"))
    forget_all(tiny)
    turn = tiny.ask(TURN, "turn")
    assert len(steps) >= 17
    for number in range(1, len(steps)):
        side, other = interrupted(tiny, number)
        assert side.text == undisturbed.text, f"after {number} steps"
        assert other.text == turn.text, f"after {number} steps"


def test_an_answer_that_lost_its_cells_to_another_one_reads_again_and_goes_on(narrow: Insides) -> None:
    lost = 0
    for number in range(1, 17):  # later all is drawn
        narrow.dropped.clear()
        side, turn = interrupted(narrow, number)
        lost += "side" in narrow.dropped
        for said, messages, conversation in ((side, SIDE, "side"), (turn, TURN, "turn")):
            assert said.finished.stop_reason == "length"
            prompt = narrow.answering.prompt([*messages, assistant(said.text)], NO_PREAMBLE)
            ((_start, end),) = prompt.answers
            held = narrow.cache.find(conversation)
            assert held is not None
            assert held.tokens == prompt.tokens[: end - 1]  # the last one was not read
    assert lost > 12


def test_no_step_ends_between_reading_and_drawing(tiny: Insides) -> None:
    forget_all(tiny)
    said = Said()
    for _step in tiny.steps(said, SIDE, "side"):
        read = [event for event in said.events if isinstance(event, Prefilling)]
        if read[-1].done == read[-1].total:
            break
    held = tiny.context.tokens[0]
    assert len(held) > read[-1].total, "the first token was drawn and read in the same step"


def test_a_stop_is_obeyed_between_tokens_where_a_device_cannot_abort(tiny: Insides) -> None:
    said = Said()
    drawn = 0

    def is_cancelled() -> bool:
        return drawn >= 5

    for _step in tiny.steps(said, TURN, "turn", max_tokens=None, is_cancelled=is_cancelled):
        drawn += any(isinstance(event, Delta) for event in said.events)
    assert said.finished.stop_reason == "stopped"
    assert said.finished.timings.answer_tokens <= 7


def test_a_stop_before_the_first_step_reads_nothing(tiny: Insides) -> None:
    forget_all(tiny)
    said = tiny.ask(SIDE, "side", is_cancelled=lambda: True)
    assert said.finished.stop_reason == "stopped"
    assert said.text == ""
    assert not any(tiny.context.tokens)


def test_what_was_read_before_a_stop_need_not_be_read_again(tiny: Insides) -> None:
    forget_all(tiny)
    steps = 0

    def is_cancelled() -> bool:
        return steps >= 2

    for _step in tiny.steps(Said(), SIDE, "side", is_cancelled=is_cancelled):
        steps += 1
    assert tiny.ask(SIDE, "side").reused == 2 * LOAD.micro_batch_tokens


@pytest.mark.parametrize("most", [0, 1])
def test_an_answer_never_goes_beyond_its_limit(tiny: Insides, most: int) -> None:
    said = tiny.ask(TURN, "turn", max_tokens=most)
    assert said.finished.stop_reason == "length"
    assert said.finished.timings.answer_tokens == 1


def test_an_answer_ends_where_the_context_does(narrow: Insides) -> None:
    said = narrow.ask(TURN, "turn", max_tokens=None)
    timings = said.finished.timings
    assert said.finished.stop_reason == "context"
    assert timings.prompt_tokens + timings.answer_tokens == narrow.context.limit_tokens + 1  # the last is not read


def test_a_prompt_without_room_for_an_answer_is_too_long(narrow: Insides) -> None:
    with pytest.raises(PromptTooLong) as caught:
        narrow.ask([user(words(3, 400))])
    assert caught.value.limit == narrow.context.limit_tokens == 256
    assert caught.value.tokens > 256


def test_an_answer_of_a_conversation_that_was_forgotten_meanwhile_is_not_remembered(tiny: Insides) -> None:
    forget_all(tiny)
    steps = tiny.steps(said := Said(), TURN, "turn")
    next(steps)
    tiny.cache.forget("turn")
    tiny.answering.forget("turn")
    for _step in steps:
        pass
    assert said.text
    assert tiny.answering.prompt([*TURN, assistant(said.text)], NO_PREAMBLE).answers == ()
    assert not any(tiny.context.tokens)


def test_an_answer_goes_back_into_the_prompt_token_by_token(tiny: Insides) -> None:
    forget_all(tiny)
    said = tiny.ask(TURN, "turn")
    prompt = tiny.answering.prompt([*TURN, assistant(said.text), user("And then?")], NO_PREAMBLE)
    ((start, end),) = prompt.answers
    assert end - start == said.finished.timings.answer_tokens
    assert prompt.tokens[:end] == [*tiny.context.tokens[0], prompt.tokens[end - 1]]  # the last one was not read


def test_the_same_messages_are_tokenised_once_and_memory_for_that_is_bounded(
    tiny: Insides, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: list[str] = []
    tokenize = tiny.model.tokenize

    def counted(text: str, *, is_control: bool, is_fresh: bool = False) -> list[int]:
        texts.append(text)
        return tokenize(text, is_control=is_control, is_fresh=is_fresh)

    monkeypatch.setattr(tiny.model, "tokenize", counted)
    monkeypatch.setattr(module, "KNOWN_CHARS", 4000)
    first = tiny.answering.prompt([user("a" * 1000)], NO_PREAMBLE)
    texts.clear()
    assert tiny.answering.prompt([user("a" * 1000)], NO_PREAMBLE) == first
    assert texts == []
    for letter in "bcde":
        tiny.answering.prompt([user(letter * 1000)], NO_PREAMBLE)
    texts.clear()
    assert tiny.answering.prompt([user("a" * 1000)], NO_PREAMBLE) == first
    assert "a" * 1000 in texts


BEFORE = [Message("system", "Be brief."), user("Hello"), assistant("Hi there.")]
PREAMBLES = [NO_PREAMBLE, Preamble(date="22 Nov 2026")]


@pytest.fixture(scope="module", params=["chatml", "llama3", "llama31"])
def writer(request: pytest.FixtureRequest) -> Iterator[Insides]:
    """A model of each family, to read what is being typed."""
    family = request.param
    file: Path = request.getfixturevalue("chatml_file" if family == "chatml" else "llama31_file")
    with insides(file) as loaded:
        if family == "llama3":
            loaded.answering.template = Template("llama3")
        assert loaded.answering.template.family == family
        yield loaded


@pytest.mark.parametrize("before", [BEFORE, []], ids=["later", "first"])
def test_what_is_read_ahead_is_the_beginning_of_the_question(writer: Insides, before: list[Message]) -> None:
    whole = writer.answering.prompt([*before, user(TYPED)], NO_PREAMBLE).tokens
    for length in range(1, len(TYPED) + 1):
        typed = TYPED[:length]
        certain = writer.answering.beginning([*before, user(typed)], NO_PREAMBLE).tokens
        assert certain == whole[: len(certain)], repr(typed[-20:])


def test_the_last_word_is_never_read_ahead(writer: Insides) -> None:
    for typed in (
        "unfinished",
        "and unfinished",
        "and\nunfinished",
        "and unfinished  ",
        "  unfinished",
        "a. unfinished",
    ):
        certain = writer.answering.beginning([*BEFORE, user(typed)], NO_PREAMBLE).tokens
        text = b"".join(writer.model.piece(token) or b"" for token in certain).decode()
        assert "unfinished" not in text
        assert "Hi there." in text


def test_most_of_what_was_typed_is_read_ahead(writer: Insides) -> None:
    whole = writer.answering.prompt([*BEFORE, user(TYPED)], NO_PREAMBLE).tokens
    certain = writer.answering.beginning([*BEFORE, user(TYPED)], NO_PREAMBLE).tokens
    assert len(whole) - len(certain) < 30  # the last words, and the header of the answer


@pytest.mark.parametrize("preamble", PREAMBLES)
def test_before_a_word_is_complete_only_the_header_is_read_ahead(writer: Insides, preamble: Preamble) -> None:
    certain = writer.answering.beginning([*BEFORE, user("unfini")], preamble).tokens
    whole = writer.answering.prompt([*BEFORE, user("unfinished business")], preamble).tokens
    assert certain == whole[: len(certain)]
    assert certain == writer.answering.beginning([*BEFORE, user("")], preamble).tokens
    assert len(whole) - len(certain) <= 12


def test_a_huge_word_in_the_middle_does_not_hold_up_reading_ahead(writer: Insides) -> None:
    typed = "look: " + "x1" * 50_000 + " " * 50_000 + "\n...\n" * 1000 + "and then"
    certain = writer.answering.beginning([user(typed)], NO_PREAMBLE).tokens
    whole = writer.answering.prompt([user(typed)], NO_PREAMBLE).tokens
    assert certain == whole[: len(certain)]


def test_reading_ahead_spares_the_question_all_that_was_certain(tiny: Insides) -> None:
    forget_all(tiny)
    ahead = tiny.read_ahead([user("Tell me about " + words(4, 100))], "turn")
    assert ahead.finished == replace(ahead.finished, stop_reason="end")
    said = tiny.ask([user("Tell me about " + words(4, 100) + " and more")], "turn")
    assert said.reused == ahead.finished.timings.prompt_tokens


def test_reading_the_same_ahead_again_does_nothing(tiny: Insides) -> None:
    forget_all(tiny)
    for _time in range(2):
        said = tiny.read_ahead([user(words(5, 50) + " x")], "turn")
    assert said.reused == said.finished.timings.prompt_tokens
    assert said.events == [said.finished]
    assert isinstance(said.finished, Finished)


@pytest.fixture(scope="module")
def mamba(starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Insides]:
    with insides(tiny_mamba(tmp_path_factory.mktemp("mamba"), starter)) as loaded:
        yield loaded


def test_a_recurrent_model_goes_on_with_a_conversation(mamba: Insides) -> None:
    forget_all(mamba)
    assert not mamba.context.can_cut
    first = mamba.ask(SIDE, "side")
    held = list(mamba.context.tokens[0])
    assert mamba.ask([*SIDE, assistant(first.text), user("And then?")], "side").reused == len(held)
    assert mamba.ask(SIDE, "side").text == first.text, "another answer is read from the beginning"


def test_a_recurrent_model_is_itself_again_after_every_interruption(mamba: Insides) -> None:
    forget_all(mamba)
    steps = list(mamba.steps(undisturbed := Said(), SIDE, "side"))
    forget_all(mamba)
    turn = mamba.ask(TURN, "turn")
    for number in range(1, len(steps)):
        side, other = interrupted(mamba, number)
        assert (side.text, other.text) == (undisturbed.text, turn.text), f"after {number} steps"
        assert aborted(mamba, number).text == undisturbed.text, f"after {number} steps"


def aborted(engine: Insides, steps: int) -> Said:
    """A side answer one decode of which was aborted after some steps."""
    forget_all(engine)
    answering = engine.steps(said := Said(), SIDE, "side")
    for _taken in range(steps):
        next(answering)
    engine.context.abort.set()
    next(answering)
    engine.context.abort.clear()
    for _step in answering:
        pass
    return said


def test_an_answer_is_the_same_whichever_decode_was_aborted(tiny: Insides) -> None:
    forget_all(tiny)
    steps = list(tiny.steps(undisturbed := Said(), SIDE, "side"))
    for number in range(1, len(steps)):
        assert aborted(tiny, number).text == undisturbed.text, f"after {number} steps"
