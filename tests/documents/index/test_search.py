"""What a search asks whom, in which order, and what it leaves behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from app.documents.embedding.embedder import Embedder
from app.documents.embedding.fake import FAKE_MODEL, FakeEmbedder
from app.documents.embedding.int8 import Floats
from app.documents.index import keyword
from app.documents.index.counts import Counts
from app.documents.index.search import Search
from app.documents.records import Scope
from app.documents.store.vectors import vector_models
from app.documents.store.words import Among
from app.engine.stop import Stop
from app.errors import StorageFault
from app.storage.cipher import Connection
from app.storage.database import Database
from tests.documents import plainly
from tests.documents.plainly import Shelf

WAIT_S = 30.0
T = TypeVar("T")


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    yield from plainly.shelf(tmp_path)


class Waiting(FakeEmbedder):
    """Gives the vector of a question only once what is asked, its words and all vectors were read: three reads."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(FAKE_MODEL)
        self._reads = threading.Semaphore(0)
        self._read = database.read
        monkeypatch.setattr(database, "read", self._counted)
        self.was_waited_for = True

    def _counted(self, work: Callable[[Connection], T]) -> T:
        found = self._read(work)
        self._reads.release()
        return found

    def query(self, text: str, *, stop: Stop) -> Floats:
        self.was_waited_for = not all(self._reads.acquire(timeout=WAIT_S) for _read in range(3))
        return super().query(text, stop=stop)


def test_words_are_searched_and_vectors_read_while_the_model_is_waited_for(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.embedder = FakeEmbedder()
    shelf.add(ferry="The ferry leaves at nine.")
    shelf.library.pause("person")
    waiting = shelf.embedder = Waiting(shelf.database, monkeypatch)
    passage = shelf.library.search("ferry leaves")[0]
    assert passage.ranks == (1, 1)
    assert not waiting.was_waited_for


def test_nobody_is_asked_for_a_vector_while_there_are_none(shelf: Shelf) -> None:
    shelf.add(ferry="The ferry leaves at nine.")

    def embedder() -> Embedder:
        raise AssertionError("it would load numpy for nothing")

    search = Search(shelf.database, embedder, lambda _model: embedder())
    assert [passage.document_name for passage in search.search("ferry", None, 10)] == ["ferry.txt"]
    search.close()


def test_many_questions_at_once_are_answered_alike(shelf: Shelf) -> None:
    shelf.embedder = FakeEmbedder()
    shelf.add(**{f"d{number}": f"The ferry {number} leaves at nine." for number in range(20)})
    alone = shelf.names("ferry 7")
    found: list[list[str]] = []
    threads = [threading.Thread(target=lambda: found.append(shelf.names("ferry 7"))) for _thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert found == [alone] * 8


def test_a_closed_profile_is_said_to_be_closed(shelf: Shelf) -> None:
    shelf.embedder = FakeEmbedder()
    shelf.add(ferry="The ferry leaves at nine.")
    shelf.library.search("ferry")
    shelf.library.close()
    with pytest.raises(StorageFault):
        shelf.library.search("ferry")


@pytest.mark.parametrize("chosen", [(1,), (2, 3), (1, 3), (1, 2, 4), (4,)])
def test_words_are_found_in_the_asked_documents_alone(shelf: Shelf, chosen: tuple[int, ...]) -> None:
    ids = shelf.add(**{f"d{number}": f"The ferry {number} leaves." for number in range(1, 5)})
    names = sorted(f"d{number}.txt" for number in chosen)
    assert sorted(shelf.names("ferry", scope=Scope(tuple(ids[number - 1] for number in chosen)))) == names


def test_a_gap_is_where_others_may_stand_between() -> None:
    assert [Among(numbers, is_all=False).has_gaps for numbers in ((3,), (3, 4, 5), (3, 5), (1, 2, 4))] == [
        False,
        False,
        True,
        True,
    ]


def test_terms_are_chosen_alike_whether_or_not_they_were_counted_before(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.documents.index.counts._WORTH", 1)
    monkeypatch.setattr(keyword, "MOST_MATCHES", 3)
    shelf.add(**{f"d{number}": f"The harbour has ship{number}." for number in range(9)})
    terms, counts, some = keyword.terms_of("harbour ship4 lamp"), Counts(), Among((2, 3, 5, 7), is_all=False)
    first = shelf.database.read(lambda c: keyword.choose(c, terms, some, counts))
    assert [term.tokens for term in first] == [("ship4",)]
    assert shelf.database.read(lambda c: keyword.choose(c, terms, some, counts)) == first


def test_models_are_counted_only_where_there_are_several(shelf: Shelf) -> None:
    assert shelf.database.read(vector_models) == {}
    shelf.embedder = FakeEmbedder()
    shelf.add(a="One ferry.\n\nTwo ferries.", b="Three ferries.")
    assert shelf.database.read(vector_models) == {FAKE_MODEL.id: 1}
    shelf.database.write(
        lambda c: (
            c.execute(
                "INSERT INTO vectors (document, model, first, rows, scales, data) VALUES (1, 'other', 0, 2, x'', x'')"
            ).rowcount
        )
    )
    assert shelf.database.read(vector_models) == {FAKE_MODEL.id: 3, "other": 2}
