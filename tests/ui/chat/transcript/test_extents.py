from __future__ import annotations

from app.ui.chat.transcript.extents import Extents, estimate


def made() -> Extents:
    extents = Extents()
    extents.reset([10, 20, 30])
    return extents


def test_rows_are_stacked() -> None:
    extents = made()
    assert [extents.top(row) for row in range(3)] == [0, 10, 30]
    assert extents.total == 60


def test_the_row_at_a_place_is_the_nearest_one() -> None:
    extents = made()
    assert [extents.row_at(y) for y in (-5, 0, 9, 10, 29, 30, 59, 500)] == [0, 0, 0, 1, 1, 2, 2, 2]


def test_a_measured_row_moves_those_below_it() -> None:
    extents = made()
    assert extents.set_exact(0, 15)
    assert extents.top(1) == 15
    assert extents.is_exact(0)
    assert not extents.set_exact(0, 15)


def test_the_last_row_may_grow_cheaply() -> None:
    extents = made()
    extents.set_exact(2, 100)
    assert extents.total == 130
    extents.append(5)
    assert extents.top(3) == 130
    assert len(extents) == 4


def test_a_new_width_makes_every_height_a_guess_again() -> None:
    extents = made()
    extents.set_exact(1, 20)
    extents.rescale(2.0)
    assert extents.total == 120
    assert extents.exact_count == 0


def test_longer_texts_are_guessed_higher_and_narrow_columns_too() -> None:
    assert estimate("x" * 1_000, 700) > estimate("x" * 100, 700)
    assert estimate("x" * 1_000, 300) > estimate("x" * 1_000, 700)
