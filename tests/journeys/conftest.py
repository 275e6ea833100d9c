"""Fixtures for tests of journeys: the profile, and the hub that its network ends at."""

from __future__ import annotations

from tests.fakehub import fake_hub
from tests.journeys.opened import profile, secrets

__all__ = ["fake_hub", "profile", "secrets"]
