from __future__ import annotations

import pytest

from app.ui.documents.viewer.column import USUAL_ASPECT, Column


def column(pages: int = 10, width: float = 100) -> Column:
    made = Column(pages)
    made.set_measures(width, margin=20, gap=10)
    return made


def test_pages_that_nobody_has_seen_are_taken_for_the_usual_size() -> None:
    made = column()
    assert made.height(7) == pytest.approx(100 * USUAL_ASPECT)
    assert made.top(0) == 20
    assert made.top(2) == pytest.approx(20 + 2 * (100 * USUAL_ASPECT + 10))


def test_the_first_page_that_is_seen_says_how_high_the_others_are() -> None:
    made = column()
    assert made.learn(4, 0.5)
    assert made.height(9) == 50
    assert made.top(9) == 20 + 9 * 60
    assert made.total == 20 + 10 * 60 - 10 + 20


def test_a_page_of_another_height_moves_only_what_comes_after_it() -> None:
    made = column()
    made.learn(4, 1.0)
    made.learn(2, 3.0)
    assert made.top(2) == 20 + 2 * 110
    assert made.top(3) == 20 + 3 * 110 + 200
    assert made.top(4) == 20 + 4 * 110 + 200
    assert made.height(3) == 100


def test_what_rounding_to_pixels_makes_is_no_news() -> None:
    made = column()
    made.learn(0, 1.0)
    assert not made.learn(0, 1.002)
    assert made.learn(0, 1.1)


@pytest.mark.parametrize("odd", [0, 3, 9])
def test_every_place_belongs_to_the_page_that_stands_there(odd: int) -> None:
    made = column()
    made.learn(5, 1.0)
    made.learn(odd, 2.5)
    for page in range(10):
        assert made.page_at(made.top(page)) == page
        assert made.page_at(made.top(page) + made.height(page) - 1) == page
        inside = made.visible(made.top(page) + 1, made.top(page) + 2)
        assert list(inside) == [page]
    assert (made.page_at(-50), made.page_at(10**6)) == (0, 9)


def test_a_gap_shows_the_pages_around_it_only_where_they_reach_into_view() -> None:
    made = column()
    made.learn(0, 1.0)
    assert list(made.visible(115, 135)) == [0, 1]
    assert list(made.visible(121, 129)) == [1] or list(made.visible(121, 129)) == []


def test_a_document_without_pages_has_nothing_to_show() -> None:
    assert list(column(0).visible(0, 100)) == []
    assert column(0).total == 40
