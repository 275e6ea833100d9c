"""The starter model, loaded once for all tests of the real engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.engine import client
from app.engine.client import ChildEngine, Limits, Stop
from app.engine.protocol import LoadWish
from app.models import library

CONTEXT_TOKENS = 2048
THREADS = 1  # threads that wait for each other take twice as long where other tests run beside them


@pytest.fixture(scope="session")
def starter() -> Path:
    return library.starter()


@pytest.fixture(scope="session")
def engine(starter: Path) -> Iterator[ChildEngine]:
    """Shared: tests may leave anything in its KV cache, and leave it alive."""
    loaded = client.load(
        LoadWish(starter, CONTEXT_TOKENS, threads=THREADS), on_progress=lambda _fraction: None, stop=Stop()
    )
    yield loaded
    loaded.close()


@pytest.fixture
def doomed(starter: Path) -> Iterator[ChildEngine]:
    """An engine of one's own, to be killed, with short limits."""
    limits = Limits(answering=1.5, cancelling=1.5, ping_every=0.2)
    loaded = client.load(
        LoadWish(starter, CONTEXT_TOKENS, threads=THREADS),
        on_progress=lambda _fraction: None,
        stop=Stop(),
        limits=limits,
    )
    yield loaded
    loaded.close()
