"""The model's child dies: what was asked is asked once more of a new one, and a second death is a sentence."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from app.documents.embedding.embedder import EngineEmbedder
from app.documents.embedding.int8 import widened
from app.engine.stop import Stop
from app.errors import Cancelled, EngineFault

pytestmark = pytest.mark.model

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
MANY = ["word " * (300 + place % 100) for place in range(400)]  # half a minute and more
FEW = ["The cat sits outside", "A man is playing guitar"]


def killing(embedder: EngineEmbedder, times: int) -> threading.Thread:
    """Ends so many children of the embedder, each as soon as it is there and has begun."""

    def kill() -> None:
        ended: set[int] = set()
        while len(ended) < times:
            pid = embedder.pid
            if pid is not None and pid not in ended:
                time.sleep(0.3)  # in the middle of something
                os.kill(pid, KILL)
                ended.add(pid)
            time.sleep(0.01)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def test_one_that_is_dead_when_it_is_asked_is_started_again(real: EngineEmbedder) -> None:
    before = real.passages(FEW, stop=Stop())
    pid = real.pid
    assert pid is not None
    os.kill(pid, KILL)
    after = real.passages(FEW, stop=Stop())
    assert real.pid != pid
    assert (widened(before) * widened(after)).sum(axis=1).min() > 0.98


def test_a_death_in_the_middle_costs_no_vector(real: EngineEmbedder) -> None:
    texts = MANY[:24]
    killer = killing(real, 1)
    vectors = real.passages(texts, stop=Stop())
    killer.join()
    assert vectors.data.any(axis=1).all()
    assert len(vectors) == len(texts)


def test_two_deaths_are_a_fault_and_the_next_call_works(real: EngineEmbedder) -> None:
    killer = killing(real, 2)
    with pytest.raises(EngineFault) as caught:
        real.passages(MANY, stop=Stop())
    killer.join()
    assert caught.value.next_step
    assert len(real.passages(FEW, stop=Stop())) == 2


def test_a_stop_in_the_middle_leaves_the_child_to_the_next(real: EngineEmbedder) -> None:
    real.passages(FEW, stop=Stop())
    pid, stop = real.pid, Stop()
    threading.Timer(0.3, stop.set).start()
    with pytest.raises(Cancelled):
        real.passages(MANY, stop=stop)
    real.passages(FEW, stop=Stop())
    assert real.pid == pid


def test_a_rest_ends_the_child_unless_it_was_used_lately(real: EngineEmbedder) -> None:
    real.query(FEW[0], stop=Stop())
    pid = real.pid
    real.rest(idle_s=3600)
    assert real.pid == pid
    real.rest()
    assert real.pid is None
