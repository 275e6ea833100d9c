"""How fast an answer comes while it is written."""

from __future__ import annotations

from app.ui.compare.lane import TELL_EVERY_S, Pace


def test_the_pace_is_told_of_what_came_after_the_first_words() -> None:
    pace = Pace()
    pace.take(500, 100.0)
    assert pace.tokens_per_s == 0.0
    for step in range(1, 101):
        pace.take(1, 100.0 + step / 50)
    assert abs(pace.tokens_per_s - 50.0) < 1.0


def test_the_pace_is_told_anew_only_now_and_then() -> None:
    pace, told = Pace(), []
    for step in range(100):
        pace.take(1 + step % 3, 10.0 + step * TELL_EVERY_S / 10)
        told.append(pace.tokens_per_s)
    assert 5 <= len(set(told)) <= 10
