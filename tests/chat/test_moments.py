"""Times from files of somebody else's, as they are shown."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from app.chat import moments


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process cannot be set here")
@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/Los_Angeles"])
@pytest.mark.parametrize("unix_s", [-1e308, -2e11, -1.0, 0.0, 253_402_300_799.0, 1e12, 1e308, float("inf")])
def test_any_number_is_a_time_that_can_be_shown(monkeypatch: pytest.MonkeyPatch, zone: str, unix_s: float) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert moments.local(unix_s).strftime("%d").isdigit()
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_usual_time_is_itself() -> None:
    at = datetime(2026, 11, 22, 9, 5)  # noqa: DTZ001 - local
    assert moments.local(at.timestamp()) == at
