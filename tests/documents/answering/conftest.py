"""The starter model, loaded once for what only a real one shows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.engine import client
from app.engine.client import Engine, Stop
from app.engine.protocol import LoadWish
from app.models import library


@pytest.fixture(scope="session")
def real() -> Iterator[Engine]:
    """Shared; leave it alive."""
    loaded = client.load(LoadWish(library.starter(), 2048), on_progress=lambda _fraction: None, stop=Stop())
    yield loaded
    loaded.close()
