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


def test_longer_texts_are_guessed_higher_and_narrow_columns_and_large_letters_too() -> None:
    usual = estimate(1_000, 700, 15)
    assert usual > estimate(100, 700, 15)
    assert usual < estimate(1_000, 300, 15)
    assert usual < estimate(1_000, 700, 30)


def test_a_change_far_up_in_a_long_list_moves_everything_below_it() -> None:
    extents = Extents()
    extents.reset([10] * 1_000)
    extents.set_exact(130, 25)
    assert [extents.top(row) for row in (0, 130, 131, 999)] == [0, 1_300, 1_325, 10_005]
    assert [extents.row_at(y) for y in (1_299, 1_300, 1_324, 1_325, 10_014)] == [129, 130, 130, 131, 999]
    assert extents.total == 10_015


def test_rows_are_found_where_they_were_stacked_one_by_one() -> None:
    extents = Extents()
    for height in range(1, 400):
        extents.append(height)
    assert [extents.row_at(extents.top(row)) for row in range(399)] == list(range(399))
    assert extents.total == sum(range(1, 400))


def test_another_guess_is_no_measure() -> None:
    extents = made()
    extents.set_exact(1, 50)
    extents.set_guess(1, 70)
    assert not extents.is_exact(1)
    assert extents.total == 110
