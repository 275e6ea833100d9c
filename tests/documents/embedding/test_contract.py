"""What every embedder promises, with a model and without."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from app.documents.embedding.embedder import Embedder
from app.documents.embedding.int8 import similarities, widened
from app.engine.stop import Stop
from app.errors import Cancelled, EngineFault
from tests.documents.embedding.conftest import MakeOne

TEXTS = ["The cat sits outside", "A man is playing guitar", "The cat sits in the garden", "Stocks fell on Monday"]
NOTHING = ["", "   \n\t ", "...", "-- !? --"]


def test_a_row_for_each_text_in_order(shared: Embedder) -> None:
    vectors = shared.passages(TEXTS, stop=Stop())
    assert vectors.data.shape == (4, shared.model.dims)
    assert vectors.data.dtype == np.int8
    assert vectors.scales.dtype == np.float32
    backwards = shared.passages(TEXTS[::-1], stop=Stop())
    assert (np.einsum("ij,ij->i", widened(vectors), widened(backwards)[::-1]) > 0.98).all()


def test_every_row_has_length_one(shared: Embedder) -> None:
    lengths = np.linalg.norm(widened(shared.passages(TEXTS, stop=Stop())), axis=1)
    assert np.abs(lengths - 1).max() < 0.01
    assert abs(float(np.linalg.norm(shared.query("a cat", stop=Stop()))) - 1) < 1e-5


def test_a_question_is_nearest_to_the_passage_that_answers_it(shared: Embedder) -> None:
    query = shared.query("where does the cat sit?", stop=Stop())
    assert query.shape == (shared.model.dims,)
    assert query.dtype == np.float32
    found = similarities(shared.passages(TEXTS, stop=Stop()), query)
    assert set(np.argsort(-found)[:2]) == {0, 2}


def test_texts_without_words_are_zeros_and_disturb_nobody(shared: Embedder) -> None:
    vectors = shared.passages([NOTHING[0], TEXTS[0], *NOTHING[1:]], stop=Stop())
    assert not vectors.data[[0, 2, 3, 4]].any()
    alone = shared.passages(TEXTS[:1], stop=Stop())
    assert float(widened(alone)[0] @ widened(vectors)[1]) > 0.98
    for text in NOTHING:
        assert not shared.query(text, stop=Stop()).any()


def test_no_texts_are_no_rows(shared: Embedder) -> None:
    assert shared.passages([], stop=Stop()).data.shape == (0, shared.model.dims)


@pytest.mark.parametrize("text", ["word " * 2000, "w" * 10_000, "日本語" * 3000, "\ud800 half a character", "a\0b"])
def test_any_text_gives_a_row(shared: Embedder, text: str) -> None:
    assert shared.passages([text], stop=Stop()).data.any()
    assert shared.query(text, stop=Stop()).any()


def test_the_same_text_gives_the_same_row(shared: Embedder) -> None:
    vectors = shared.passages([TEXTS[0], TEXTS[1], TEXTS[0]], stop=Stop())
    assert float(widened(vectors)[0] @ widened(vectors)[2]) > 0.98


def test_a_stop_is_obeyed(shared: Embedder) -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(Cancelled):
        shared.passages(TEXTS, stop=stop)
    with pytest.raises(Cancelled):
        shared.query(TEXTS[0], stop=stop)
    assert len(shared.passages(TEXTS, stop=Stop())) == 4


def test_several_threads_may_ask_at_once(shared: Embedder) -> None:
    expected = shared.query(TEXTS[0], stop=Stop())
    found = []

    def ask() -> None:
        found.append(shared.query(TEXTS[0], stop=Stop()))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    shared.passages(TEXTS * 10, stop=Stop())
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert all(float(expected @ one) > 0.999 for one in found)


def test_after_a_rest_it_goes_on(own: Embedder) -> None:
    before = own.query(TEXTS[0], stop=Stop())
    own.rest()
    own.rest()
    assert float(before @ own.query(TEXTS[0], stop=Stop())) > 0.98


def test_a_closed_one_says_so(own: Embedder) -> None:
    own.query(TEXTS[0], stop=Stop())
    own.close()
    own.close()
    with pytest.raises(EngineFault):
        own.query(TEXTS[0], stop=Stop())


def test_one_that_was_never_used_closes(make_one: MakeOne) -> None:
    make_one().close()
