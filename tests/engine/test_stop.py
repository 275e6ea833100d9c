"""A stop is told once to everybody who waits for it, also to who comes late."""

from __future__ import annotations

from app.engine.stop import Stop


def test_stop_calls_back_once_and_at_once_when_late() -> None:
    stop = Stop()
    calls: list[str] = []
    stop.on_set(lambda: calls.append("before"))
    was_set = stop.is_set
    stop.set()
    stop.set()
    stop.on_set(lambda: calls.append("after"))
    assert calls == ["before", "after"]
    assert stop.is_set
    assert not was_set


def test_stop_forgets_what_is_taken_back() -> None:
    stop, inner = Stop(), Stop()
    stop.on_set(inner.set)
    stop.forget(inner.set)
    stop.set()
    assert not inner.is_set


def test_a_callback_may_ask_the_stop_itself() -> None:
    stop = Stop()
    ages: list[float] = []
    assert stop.age_s == 0
    stop.on_set(lambda: ages.append(stop.age_s))
    stop.set()
    assert ages[0] >= 0
