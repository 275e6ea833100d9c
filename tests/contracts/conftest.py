"""The engines that the contract is tested on: the scripted one and, with the starter model, the real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from app.engine import client
from app.engine.client import Engine, Stop
from app.engine.fake import Script, fake_load
from app.engine.protocol import LoadWish
from app.models import library

LoadOne = Callable[[], Engine]

MICRO_BATCH_TOKENS = 256  # so that a prompt of several need not be very long


def _load_real() -> Engine:
    # One thread: threads that wait for each other take twice as long where other tests run beside them.
    wish = LoadWish(library.starter(), 2048, threads=1, micro_batch_tokens=MICRO_BATCH_TOKENS)
    return client.load(wish, on_progress=lambda _fraction: None, stop=Stop())


def _load_fake() -> Engine:
    text = "The llama 🦙 said: naïve café, 日本語. " * 100
    script = Script(answers=(text,), context_tokens=2048, prefill_tokens_per_s=2000)
    return fake_load(script)(LoadWish(library.starter()), on_progress=lambda _fraction: None, stop=Stop())


LOADS: dict[str, LoadOne] = {"fake": _load_fake, "real": _load_real}
KINDS = ["fake", pytest.param("real", marks=pytest.mark.model)]


@pytest.fixture(scope="session", params=KINDS)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Shared by all tests; leave it alive."""
    loaded = LOADS[request.param]()
    yield loaded
    loaded.close()


@pytest.fixture(params=KINDS)
def own_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """One to close."""
    loaded = LOADS[request.param]()
    yield loaded
    loaded.close()
