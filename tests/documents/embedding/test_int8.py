"""A byte per number: what rounding may cost, and what it must not."""

from __future__ import annotations

import numpy as np

from app.documents.embedding.int8 import (
    BLOCK_ROWS,
    Floats,
    Vectors,
    joined,
    normalised,
    quantise,
    similarities,
    widened,
)


def random(rows: int, dimensions: int = 384, seed: int = 0) -> Floats:
    made: Floats = np.random.default_rng(seed).standard_normal((rows, dimensions), dtype=np.float32)
    return normalised(made)


def test_no_number_is_further_off_than_half_a_step() -> None:
    vectors = random(200)
    kept = quantise(vectors)
    assert (np.abs(widened(kept) - vectors) <= kept.scales[:, None] * 0.5001).all()


def test_similarities_are_those_of_the_exact_vectors_to_a_hundredth() -> None:
    vectors, query = random(BLOCK_ROWS + 100), random(1, seed=1)[0]
    assert np.abs(similarities(quantise(vectors), query) - vectors @ query).max() < 0.01


def test_the_nearest_are_the_same() -> None:
    """As a model's vectors are: some near the question, most far from it."""
    query = random(1, seed=1)[0]
    vectors = normalised(random(2000) + np.linspace(0, 1, 2000, dtype=np.float32)[:, None] * query)
    exact, kept = vectors @ query, similarities(quantise(vectors), query)
    assert len({*np.argsort(-exact)[:100]} & {*np.argsort(-kept)[:100]}) >= 97


def test_every_block_is_compared() -> None:
    vectors = random(2 * BLOCK_ROWS + 1, dimensions=8)
    found = similarities(quantise(vectors), vectors[-1])
    assert len(found) == 2 * BLOCK_ROWS + 1
    assert int(np.argmax(found)) == 2 * BLOCK_ROWS


def test_a_row_of_zeros_stays_one() -> None:
    kept = quantise(normalised(np.zeros((2, 8), np.float32)))
    assert not kept.data.any()
    assert not kept.scales.any()
    assert not similarities(kept, np.ones(8, np.float32)).any()


def test_a_row_whose_numbers_are_tiny_keeps_its_direction() -> None:
    vectors = random(3) * np.float32(1e-20)
    kept = normalised(widened(quantise(vectors)) * np.float32(1e20))
    assert (kept * random(3)).sum(axis=1).min() > 0.999


def test_results_stay_in_32_bits() -> None:
    """A product with 64-bit numbers takes nine times as long."""
    kept = quantise(random(3))
    assert kept.data.dtype == np.int8
    assert kept.scales.dtype == np.float32
    assert similarities(kept, random(1)[0]).dtype == np.float32
    assert normalised(random(3)).dtype == np.float32


def test_rows_can_be_taken_apart_and_joined() -> None:
    kept = quantise(random(10))
    again = joined([kept[:3], kept[3:], kept[:0]])
    assert (again.data == kept.data).all()
    assert (again.scales == kept.scales).all()
    assert len(kept[[1, 5]]) == 2


def test_no_rows_are_no_similarities() -> None:
    assert len(similarities(Vectors(np.empty((0, 8), np.int8), np.empty(0, np.float32)), np.ones(8, np.float32))) == 0
    assert len(quantise(np.empty((0, 8), np.float32))) == 0
    assert isinstance(quantise(np.empty((0, 8), np.float32)), Vectors)
