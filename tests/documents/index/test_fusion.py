"""Two rankings as one, and texts that say the same."""

from __future__ import annotations

import pytest

from app.documents.index.fusion import RRF_K, Repetitions, fuse


def test_what_is_in_both_rankings_comes_first() -> None:
    best = fuse([1, 2, 3], [(4, 0.9), (3, 0.8)], 10)
    assert [(one.key, one.ranks, one.similarity) for one in best] == [
        (3, (3, 2), 0.8),
        (1, (1, 0), None),
        (4, (0, 1), 0.9),
        (2, (2, 0), None),
    ]
    assert best[0].score == pytest.approx(1 / (RRF_K + 3) + 1 / (RRF_K + 2))
    assert best[1].score == pytest.approx(1 / (RRF_K + 1))


def test_no_more_than_are_wanted_and_those_the_best() -> None:
    words, meaning = list(range(100)), [(number, 1.0 - number / 100) for number in range(99, -1, -1)]
    assert fuse(words, meaning, 7) == fuse(words, meaning, 200)[:7]


@pytest.mark.parametrize(
    ("one", "other", "is_repeated"),
    [
        ("The ferry leaves at nine on Sundays.", "THE FERRY leaves, at nine, on Sundays", True),
        ("The ferry leaves at nine on Sundays.", "The ferry leaves at ten on Mondays.", False),
        (" ".join(map(str, range(100))), " ".join(map(str, range(98))), True),
        (" ".join(map(str, range(100))), " ".join(map(str, range(80))), False),
        ("Yes, sure.", "yes sure", True),
        ("Yes, sure.", "yes", False),
        ("…", "…", True),
        ("…", "—", False),
    ],
)
def test_a_text_repeats_another_that_has_nearly_the_same_runs_of_words(one: str, other: str, is_repeated: bool) -> None:
    repetitions = Repetitions()
    assert not repetitions.has(one)
    assert repetitions.has(other) is is_repeated
