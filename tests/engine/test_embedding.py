"""The embedding child: its vectors are llama.cpp's own, whatever shares a batch with them, and it dies alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import psutil
import pytest

from app.engine import embedding
from app.engine.embedding import EmbeddingChild, EmbeddingWish, Made
from app.engine.stop import Stop
from app.errors import Cancelled, EngineDied, EngineFault, ModelFault
from app.models import embedder, library

pytestmark = pytest.mark.model

BARE = Path(__file__).parents[1] / "models" / "embedding.py"
CHILD_S = 60
Array: TypeAlias = np.ndarray[Any, Any]  # Any: shapes
TEXTS = [
    "The cat sits outside",
    "A man is playing guitar",
    "word " * 300,
    "Naïve Ångström, 東京 déjà-vu! \U0001f999 isn't antidisestablishmentarianism; π ≈ 3.14",
    "  tabs\tand\nlines,   ÜBER-große STRAẞE (Ελλάδα) [MASK] ##ing ▁x 2^10 = $1,024.00 …",
    "",
    "The cat sits outside",
    "\U0001f642\U0001f999",
]
LONG = "Of the buyer's rights, " * 450  # 10,000 characters


@pytest.fixture(scope="module")
def minilm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return embedder.embedder(tmp_path_factory.mktemp("minilm"))


@pytest.fixture(scope="module")
def child(minilm: Path) -> Iterator[EmbeddingChild]:
    """Shared: leave it alive."""
    loaded = embedding.load(EmbeddingWish(minilm), stop=Stop())
    yield loaded
    loaded.close()


@pytest.fixture
def doomed(minilm: Path) -> Iterator[EmbeddingChild]:
    """One to be killed."""
    loaded = embedding.load(EmbeddingWish(minilm), stop=Stop())
    yield loaded
    loaded.close()


def rows(made: Made) -> Array:
    """Of length 1."""
    found = np.frombuffer(made.numbers, "<f4").reshape(-1, made.width)
    normalised: Array = found / np.linalg.norm(found, axis=1, keepdims=True)
    return normalised


def bare(minilm: Path, texts: list[str]) -> Array:
    """What llama.cpp makes of each text alone, in a program that knows nothing of ours."""
    done = subprocess.run(
        [sys.executable, BARE, minilm],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        timeout=CHILD_S,
        check=True,
    )
    made = np.array([one["vector"] for one in json.loads(done.stdout)["texts"]], np.float32)
    normalised: Array = made / np.linalg.norm(made, axis=1, keepdims=True)
    return normalised


def test_vectors_are_those_of_bare_llama_cpp_and_in_order(child: EmbeddingChild, minilm: Path) -> None:
    made = rows(child.embed(TEXTS, stop=Stop()))
    assert (made * bare(minilm, TEXTS)).sum(axis=1).min() > 0.9999


def test_a_text_has_the_same_vector_alone_and_among_many(child: EmbeddingChild) -> None:
    alone = rows(child.embed([TEXTS[0]], stop=Stop()))[0]
    among = rows(child.embed([*("x " * (place % 90) for place in range(130)), TEXTS[0]], stop=Stop()))[-1]
    assert float(alone @ among) > 0.9999


def test_a_text_longer_than_the_models_context_is_cut_and_said_to_be(child: EmbeddingChild) -> None:
    """What is beyond makes no difference; what is within does."""
    made = child.embed([LONG, LONG + "something else altogether", "short", "beginning " + LONG], stop=Stop())
    assert made.cuts == (True, True, False, True)
    vectors = rows(made)
    assert float(vectors[0] @ vectors[1]) > 0.99999
    assert float(vectors[0] @ vectors[3]) < 0.99999
    assert made.tokens < 4 * 512


def test_a_cut_text_still_ends_in_the_mark_that_the_model_knows(child: EmbeddingChild, minilm: Path) -> None:
    """510 words and two marks are as much as fits: the same with 600 words, of which 90 are left out."""
    whole, longer = "word " * 510, "word " * 600
    made = child.embed([whole, longer], stop=Stop())
    assert made.cuts == (False, True)
    assert float(rows(made)[0] @ rows(made)[1]) > 0.99999
    assert float(rows(made)[0] @ bare(minilm, [whole])[0]) > 0.9999


def test_megabytes_of_text_are_cut_before_they_travel(child: EmbeddingChild) -> None:
    made = child.embed(["word " * 2_000_000, "word"], stop=Stop())
    assert made.cuts == (True, False)


def test_it_works_at_low_priority_behind_the_engines_walls(child: EmbeddingChild) -> None:
    if sys.platform != "win32":
        assert psutil.Process(child.pid).nice() >= embedding.NICENESS
    if sys.platform == "linux":
        assert child.facts.guards.seccomp
        assert not child.facts.guards.failed


def test_stop_ends_the_request_and_the_child_goes_on(child: EmbeddingChild) -> None:
    stop = Stop()
    threading.Timer(0.3, stop.set).start()
    with pytest.raises(Cancelled):
        child.embed(["word " * 500] * 1000, stop=stop)
    assert len(child.embed(["word"], stop=Stop()).cuts) == 1


def test_a_stop_that_was_set_before_computes_nothing(child: EmbeddingChild) -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(Cancelled):
        child.embed(["word " * 500] * 1000, stop=stop)


def test_an_urgent_text_overtakes_long_ones_and_changes_none(child: EmbeddingChild) -> None:
    """The batch that it breaks off is computed again."""
    texts, made, order = ["word " * (300 + place) for place in range(14)], list[Made](), list[str]()

    def embed() -> None:
        made.append(child.embed(texts, stop=Stop()))
        order.append("many")

    thread = threading.Thread(target=embed)
    thread.start()
    while thread.is_alive() and "urgent" not in order:
        child.embed(["a question"], stop=Stop(), is_urgent=True)
        order.append("urgent")
    thread.join()
    assert order[0] == "urgent"
    assert (rows(made[0]) * rows(child.embed(texts, stop=Stop()))).sum(axis=1).min() > 0.9999


def test_a_killed_child_is_a_fault_for_who_waits(doomed: EmbeddingChild) -> None:
    threading.Timer(0.3, os.kill, (doomed.pid, getattr(signal, "SIGKILL", signal.SIGTERM))).start()
    with pytest.raises(EngineDied) as caught:
        doomed.embed(["word " * 500] * 1000, stop=Stop())
    assert caught.value.next_step
    assert not doomed.is_alive


def test_a_closed_child_says_so(doomed: EmbeddingChild) -> None:
    doomed.close()
    with pytest.raises(EngineFault):
        doomed.embed(["word"], stop=Stop())


def test_a_file_that_is_no_model_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "no.gguf").write_bytes(b"GGUF\x03\0\0\0" + bytes(100))
    with pytest.raises(ModelFault) as caught:
        embedding.load(EmbeddingWish(tmp_path / "no.gguf"), stop=Stop())
    assert caught.value.next_step


def test_a_model_that_looks_back_only_gives_vectors_too(tmp_path: Path) -> None:
    """As the newer embedding models do: their file says nothing of pooling, so it is the last token's."""
    loaded = embedding.load(EmbeddingWish(library.starter(), 64), stop=Stop())
    try:
        made = loaded.embed(["The cat sits outside", "A cat is outside", "x " * 500, "A cat is outside"], stop=Stop())
        vectors = rows(made)
        assert made.cuts == (False, False, True, False)
        assert float(vectors[1] @ vectors[3]) > 0.9999
        assert float(vectors[0] @ vectors[1]) > float(vectors[0] @ vectors[2])
    finally:
        loaded.close()
