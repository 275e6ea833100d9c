"""The nearest vectors, compared with what a plain product of all of them gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from app.documents.embedding.int8 import Vectors, joined, quantise, similarities
from app.documents.index import dense
from app.documents.index.dense import Dense
from app.documents.store.rows import key
from app.documents.store.words import ALL, Among
from app.storage.cipher import Connection
from app.storage.database import Database
from tests.documents import plainly
from tests.documents.index.overheard import overheard

DIMS, MODEL = 16, "model"
ROWS = (3_000, 3_000, 700, 3_000)  # of documents 1 to 4: more than two blocks
LIMIT = 50


def write(database: Database, number: int, vectors: Vectors) -> None:
    def insert(c: Connection) -> None:
        c.execute(
            "INSERT OR IGNORE INTO documents (number, id, name, path, size_bytes, modified_ns, keeping, added_at)"
            " VALUES (?1, ?2, '', '', 0, 0, 'reference', 0)",
            (number, str(number)),
        )
        c.execute(
            "INSERT INTO vectors (document, model, first, rows, scales, data) VALUES (?, ?, 0, ?, ?, ?)",
            (number, MODEL, len(vectors), vectors.scales.tobytes(), vectors.data.tobytes()),
        )

    database.write(insert)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = plainly.open_database(tmp_path / "paddock.db")
    yield opened
    opened.close()


@pytest.fixture
def vectors(database: Database) -> dict[int, Vectors]:
    random = np.random.default_rng(1)
    made = {
        number: quantise(random.standard_normal((rows, DIMS)).astype(np.float32)) for number, rows in enumerate(ROWS, 1)
    }
    for number, own in made.items():
        write(database, number, own)
    return made


QUERY = np.random.default_rng(2).standard_normal(DIMS).astype(np.float32)


def expected(vectors: dict[int, Vectors], documents: tuple[int, ...]) -> list[tuple[int, float]]:
    keys = [key(number, place) for number in documents for place in range(len(vectors[number]))]
    scores = similarities(joined([vectors[number] for number in documents]), QUERY).tolist()
    return sorted(zip(keys, scores, strict=True), key=lambda pair: -pair[1])[:LIMIT]


@pytest.mark.parametrize("documents", [(1, 2, 3, 4), (1,), (3,), (2, 3), (1, 3), (1, 2, 4)])
def test_the_nearest_of_these_documents_are_found_in_order(
    database: Database, vectors: dict[int, Vectors], documents: tuple[int, ...]
) -> None:
    found = database.read(lambda c: Dense(MODEL, DIMS).find(c, QUERY, Among(documents, is_all=False), LIMIT))
    best = expected(vectors, documents)
    assert [near.key for near in found] == [own for own, _score in best]
    assert [near.similarity for near in found] == pytest.approx([score for _key, score in best])


def test_all_means_every_document(database: Database, vectors: dict[int, Vectors]) -> None:
    found = database.read(lambda c: Dense(MODEL, DIMS).find(c, QUERY, ALL, LIMIT))
    assert [near.key for near in found] == [own for own, _score in expected(vectors, (1, 2, 3, 4))]


def test_fewer_vectors_than_are_wanted_are_all_found(database: Database, vectors: dict[int, Vectors]) -> None:
    found = database.read(lambda c: Dense(MODEL, DIMS).find(c, QUERY, Among((3,), is_all=False), 9_999))
    assert sorted(near.key for near in found) == [key(3, place) for place in range(700)]


def test_vectors_that_are_too_many_to_be_kept_are_found_too(
    database: Database, vectors: dict[int, Vectors], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Dense(MODEL, DIMS)
    database.read(kept.catch_up)
    monkeypatch.setattr(dense, "MOST_BYTES", 1_000)
    write(database, 5, vectors[3])
    found = database.read(lambda c: kept.find(c, QUERY, ALL, LIMIT))
    own = expected({**vectors, 5: vectors[3]}, (1, 2, 3, 4, 5))
    assert [near.similarity for near in found] == pytest.approx([score for _key, score in own])


def test_what_was_caught_up_with_is_not_read_again(database: Database, vectors: dict[int, Vectors]) -> None:
    kept = Dense(MODEL, DIMS)
    _nothing, asked = overheard(database, kept.catch_up)
    assert any("data" in sql for sql in asked)
    found, asked = overheard(database, lambda c: kept.find(c, QUERY, ALL, LIMIT))
    assert not any("data" in sql for sql in asked)
    assert [near.key for near in found] == [own for own, _score in expected(vectors, (1, 2, 3, 4))]
    kept.forget()
    _found, asked = overheard(database, lambda c: kept.find(c, QUERY, ALL, LIMIT))
    assert any("data" in sql for sql in asked), "the memory was given back"


def test_what_was_deleted_or_written_since_counts_at_once(database: Database, vectors: dict[int, Vectors]) -> None:
    kept = Dense(MODEL, DIMS)
    database.read(kept.catch_up)
    database.write(lambda c: c.execute("DELETE FROM vectors WHERE document = 2").rowcount)
    found = database.read(lambda c: kept.find(c, QUERY, ALL, LIMIT))
    assert [near.key for near in found] == [own for own, _score in expected(vectors, (1, 3, 4))]
    write(database, 2, vectors[1])
    found = database.read(lambda c: kept.find(c, QUERY, Among((2,), is_all=False), LIMIT))
    assert [near.key for near in found] == [own for own, _score in expected({2: vectors[1]}, (2,))]
