from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, QSize

from app.ui.placing import SMALLEST, Place, fitted, read, written

MAIN, SECOND = QRect(0, 0, 1920, 1040), QRect(1920, 0, 3840, 2120)
USUAL = QSize(1180, 820)


@pytest.mark.parametrize(
    "place",
    [Place(USUAL), Place(USUAL, QPoint(-40, 12)), Place(QSize(800, 600), QPoint(2000, 5), is_maximised=True)],
)
def test_what_is_written_is_read_again(place: Place) -> None:
    assert read(*written(place), default=QSize(1, 1)) == place


@pytest.mark.parametrize("text", ["", "maximised", "12", "a,b", "1,2,3", "9999999999,0", "0x0,1"])
def test_what_makes_no_sense_is_the_default(text: str) -> None:
    assert read(text, text, default=USUAL) == Place(USUAL)


def test_a_window_comes_back_to_where_it_was_on_any_screen() -> None:
    place = Place(USUAL, QPoint(2500, 300), is_maximised=True)
    assert fitted(place, [MAIN, SECOND]) == place


@pytest.mark.parametrize(
    "corner", [QPoint(2500, 300), QPoint(0, 1030), QPoint(-1150, 100), QPoint(1900, 10), QPoint(100, -200)]
)
def test_a_window_whose_screen_is_gone_is_placed_by_the_system(corner: QPoint) -> None:
    assert fitted(Place(USUAL, corner), [MAIN]).corner is None


def test_a_window_is_never_larger_than_its_screen_nor_smaller_than_it_works() -> None:
    assert fitted(Place(QSize(5000, 3000), QPoint(0, 0)), [MAIN]).size == MAIN.size()
    assert fitted(Place(QSize(5000, 3000), QPoint(2000, 0)), [MAIN, SECOND]).size == SECOND.size()
    assert fitted(Place(QSize(10, 10)), [MAIN]).size == SMALLEST


def test_without_any_screen_nothing_is_changed() -> None:
    place = Place(USUAL, QPoint(5, 5))
    assert fitted(place, []) == place
