"""What need not be read again."""

from __future__ import annotations

import random

import pytest

from app.engine.kvcache import AnswerMemory, common_beginning, shown_tokens


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


def test_tokens_of_the_text_before_a_stop_string() -> None:
    assert shown_tokens([7, 8, 9], [2, 3, 4], 5) == [7, 8]
    assert shown_tokens([7, 8, 9], [2, 3, 4], 9) == [7, 8, 9]
    assert shown_tokens([7, 8, 9], [2, 3, 4], 6) is None
    assert shown_tokens([7], [2], 0) == []
