"""What is remembered of how many chunks have a term, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.chat.store import ChatStore
from app.documents.index import counts
from app.documents.index.counts import Counts
from app.documents.store.words import ALL, Among, index_state
from tests.documents import plainly
from tests.documents.index.overheard import overheard
from tests.documents.plainly import Shelf

MOST = 100


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shelf]:
    monkeypatch.setattr(counts, "_WORTH", 3)
    yield from plainly.shelf(tmp_path)


def counted(shelf: Shelf, known: Counts, word: str, among: Among = ALL, most: int = MOST) -> tuple[int, bool]:
    """How many, and whether they were counted just now."""
    count, asked = overheard(shelf.database, lambda c: known.counter(c, among, most)(word))
    return count, any("MATCH" in sql for sql in asked)


def ships(count: int, first: int = 0) -> dict[str, str]:
    return {f"d{number}": f"The harbour has ship{number}." for number in range(first, first + count)}


def test_a_common_word_is_counted_once(shelf: Shelf) -> None:
    known = Counts()
    shelf.add(**ships(4))
    assert counted(shelf, known, "harbour") == (4, True)
    assert counted(shelf, known, "harbour") == (4, False)


def test_a_rare_word_is_not_remembered(shelf: Shelf) -> None:
    known = Counts()
    shelf.add(**ships(4))
    assert counted(shelf, known, "ship2") == (1, True)
    assert counted(shelf, known, "ship2") == (1, True)


def test_what_is_added_and_removed_is_counted(shelf: Shelf) -> None:
    known = Counts()
    ids = shelf.add(**ships(4))
    counted(shelf, known, "harbour")
    shelf.add(**ships(1, first=4))
    assert counted(shelf, known, "harbour") == (5, True)
    shelf.library.remove(ids[:2])
    assert counted(shelf, known, "harbour") == (3, True)


def test_a_file_that_is_read_again_is_counted_as_it_is_now(shelf: Shelf) -> None:
    known = Counts()
    shelf.add(**ships(4))
    counted(shelf, known, "harbour")
    shelf.add(d1="The quay has a lamp.")
    assert counted(shelf, known, "harbour") == (3, True)


def test_too_common_stays_too_common_when_more_comes(shelf: Shelf) -> None:
    known = Counts()
    shelf.add(**ships(5))
    assert counted(shelf, known, "harbour", most=4) == (4, True)
    shelf.add(**ships(2, first=5))
    assert counted(shelf, known, "harbour", most=4) == (4, False)
    known.forget()
    assert counted(shelf, known, "harbour", most=4) == (4, True)


def test_a_count_that_another_thread_adds_meanwhile_disturbs_none(shelf: Shelf) -> None:
    known = Counts()
    shelf.add(**ships(4))
    counted(shelf, known, "harbour", most=4)
    here = known._kept[1][ALL]

    class AddsOne(int):
        """As it is compared, another search that is still in the older state remembers a count."""

        def __ge__(self, other: int) -> bool:
            here["quay"] = 4
            return int(self) >= other

    here["harbour"] = AddsOne(4)
    shelf.add(**ships(1, first=4))
    assert counted(shelf, known, "harbour", most=4) == (4, False)
    assert "quay" in here


def test_each_choice_of_documents_has_its_own_counts(shelf: Shelf) -> None:
    known = Counts()
    shelf.add(**ships(6))
    some = Among((1, 2, 4, 5), is_all=False)
    assert counted(shelf, known, "harbour") == (6, True)
    assert counted(shelf, known, "harbour", some) == (4, True)
    assert counted(shelf, known, "harbour", some) == (4, False)
    assert counted(shelf, known, "harbour") == (6, False)


def test_no_more_choices_than_a_few_are_remembered(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "_MOST_SCOPES", 2)
    known = Counts()
    shelf.add(**ships(6))
    some, others = Among((1, 2, 3), is_all=False), Among((4, 5, 6), is_all=False)
    for among in (ALL, some, others):
        counted(shelf, known, "harbour", among)
    assert counted(shelf, known, "harbour", others) == (3, False)
    assert counted(shelf, known, "harbour", some) == (3, True), "the older ones made room"


def test_the_state_of_the_index_changes_with_its_content_alone(shelf: Shelf) -> None:
    def state() -> tuple[bytes, ...]:
        return shelf.database.read(index_state)

    shelf.add(**ships(3))
    seen = [state()]
    ChatStore(shelf.database).begin_turn(None, "harbour", parent_id=None, model="", title="", now=1.0)
    assert state() == seen[0], "a chat is no document"
    shelf.add(d9="The quay has a lamp.")
    seen.append(state())
    shelf.add(d9="The lamp has a quay.")
    seen.append(state())
    shelf.library.remove([document.id for document in shelf.library.documents() if document.name == "d9.txt"])
    seen.append(state())
    assert len(set(seen)) == 4
