"""Another model for searching: chosen, gone, moved, and what serves until documents are made searchable by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.documents.library import Library
from app.documents.search_model import SearchModel
from app.errors import ModelFault
from app.models import embedder, library
from app.settings import SEARCH_MODEL, SEARCH_MODELS_BEFORE, Settings
from app.storage.values import Values
from tests.documents.plainly import IDLE_S, PlainReader, open_database

pytestmark = pytest.mark.model

NAME = b"MiniLM"
TEXTS = {"ferry": "The ferry leaves at nine.", "house": "The house has a blue door."}


@pytest.fixture(scope="session")
def minilm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return embedder.embedder(tmp_path_factory.mktemp("minilm"))


@pytest.fixture(scope="session")
def other(minilm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same weights under another name, which makes it another model."""
    return renamed(minilm, tmp_path_factory.mktemp("other") / "other.gguf", b"Other1")


def renamed(source: Path, target: Path, name: bytes) -> Path:
    data = source.read_bytes()
    assert NAME in data[:4096], "the file says what it is called"
    target.write_bytes(data.replace(NAME, name, 1))
    return target


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    database = open_database(tmp_path / "settings" / "paddock.db")
    yield Settings(Values(database))
    database.close()


@pytest.fixture
def search(settings: Settings, minilm: Path) -> Iterator[SearchModel]:
    made = SearchModel(settings, minilm.parent)
    yield made
    made.close()


@pytest.fixture
def documents(tmp_path: Path, search: SearchModel) -> Iterator[Library]:
    """Read, and embedded by the model that came with Paddock."""
    database = open_database(tmp_path / "profile" / "paddock.db")
    made = Library(database, embedder=search, older_embedder=search.older, read=PlainReader(), scan_every_s=3600.0)
    made.on_change(search.rest_older)
    paths = [tmp_path / f"{name}.txt" for name in TEXTS]
    for path in paths:
        path.write_text(TEXTS[path.stem], "utf-8")
    made.add_files(paths)
    made.start()
    assert made.wait_until_idle(IDLE_S)
    yield made
    made.close()
    database.close()


def id_of(search: SearchModel) -> str:
    made = search()
    return "" if made is None else made.model.id


def by_meaning(documents: Library) -> str:
    """The name of what is nearest in meaning; empty where words alone are searched."""
    best = documents.search("ferry departure time")[0]
    return best.document_name if best.ranks[1] else ""


def test_nobody_has_chosen_so_the_one_of_paddock_searches(search: SearchModel) -> None:
    assert id_of(search).startswith("all-minilm-l6-v2-8e86266af3e6")
    assert (search.path(), search.note()) == (None, "")


def test_another_is_chosen_and_the_one_of_paddock_again(search: SearchModel, other: Path, settings: Settings) -> None:
    first = id_of(search)
    search.use(other)
    chosen = id_of(search)
    assert chosen != first
    assert (search.path(), search.note()) == (other, "")
    search.use(None)
    assert (id_of(search), search.path()) == (first, None)
    assert settings.get(SEARCH_MODELS_BEFORE) == (str(other),)
    older = search.older(chosen)
    assert older is not None
    assert older.model.id == chosen


def test_a_choice_is_there_after_the_next_start(search: SearchModel, other: Path, settings: Settings) -> None:
    search.use(other)
    chosen = id_of(search)
    again = SearchModel(settings, search._folder)
    assert id_of(again) == chosen
    older = again.older(chosen[:-1])
    assert older is None, "only the very model"
    again.close()


@pytest.mark.parametrize("what", ["chat", "text", "nothing"])
def test_what_does_not_turn_text_into_vectors_is_refused(
    search: SearchModel, settings: Settings, tmp_path: Path, what: str
) -> None:
    path = library.starter() if what == "chat" else tmp_path / "a.gguf"
    if what == "text":
        path.write_text("no model")
    with pytest.raises(ModelFault):
        search.use(path)
    assert settings.get(SEARCH_MODEL) == ""


def test_the_one_of_paddock_steps_in_for_a_file_that_is_gone(
    settings: Settings, minilm: Path, other: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copy = renamed(minilm, tmp_path / "copy.gguf", b"Other2")
    first = SearchModel(settings, minilm.parent)
    first.use(copy)
    first.close()
    copy.unlink()
    later = SearchModel(settings, minilm.parent)
    assert id_of(later).startswith("all-minilm-l6-v2-8e86266af3e6")
    assert later.path() is None
    assert "not there any more" in later.note()
    assert "cannot be used" in caplog.text
    caplog.clear()
    later.use(other)
    assert (later.path(), later.note()) == (other, "")
    later.close()


def test_a_file_that_is_not_as_it_was_checked_is_never_opened(
    settings: Settings, minilm: Path, other: Path, caplog: pytest.LogCaptureFixture
) -> None:
    changed = set[Path]()

    def require_unchanged(path: Path) -> None:
        if path in changed:
            raise ModelFault("This model has changed.")

    made = SearchModel(settings, minilm.parent, require_unchanged=require_unchanged)
    made.use(other)
    chosen = id_of(made)
    made.put_down(other)
    changed.add(other)
    assert id_of(made) != chosen
    assert "has changed" in made.note()
    assert "cannot be used" in caplog.text
    with pytest.raises(ModelFault, match="has changed"):
        made.use(other)
    made.close()


def test_it_is_found_where_it_was_moved_and_let_go_when_it_is_deleted(
    search: SearchModel, settings: Settings, minilm: Path, tmp_path: Path
) -> None:
    copy = renamed(minilm, tmp_path / "copy.gguf", b"Other3")
    search.use(copy)
    chosen = id_of(search)
    search.put_down(copy)
    moved = copy.rename(tmp_path / "elsewhere.gguf")
    search.follow(copy, moved)
    assert (id_of(search), search.path()) == (chosen, moved)
    search.put_down(moved)
    moved.unlink()
    search.follow(moved, None)
    assert (settings.get(SEARCH_MODEL), settings.get(SEARCH_MODELS_BEFORE)) == ("", ())
    assert (search.path(), search.note()) == (None, "")


def test_the_old_index_serves_until_the_new_one_is_made(documents: Library, search: SearchModel, other: Path) -> None:
    assert by_meaning(documents) == "ferry.txt"
    documents.pause("person")
    search.use(other)
    documents.look_now()
    assert documents.progress().chunks_left == 2
    assert {document.embedded for document in documents.documents()} == {0}
    assert by_meaning(documents) == "ferry.txt", "from the vectors of the model before"
    documents.resume("person")
    assert documents.wait_until_idle(IDLE_S)
    assert documents.progress().chunks_left == 0
    assert {document.embedded for document in documents.documents()} == {1}
    assert by_meaning(documents) == "ferry.txt"


def test_a_second_change_before_the_first_is_done_loses_no_index(
    documents: Library, search: SearchModel, minilm: Path, other: Path, tmp_path: Path
) -> None:
    documents.pause("person")
    for path in (other, renamed(minilm, tmp_path / "third.gguf", b"Other4")):
        search.use(path)
        documents.look_now()
        assert by_meaning(documents) == "ferry.txt"
    documents.resume("person")
    assert documents.wait_until_idle(IDLE_S)
    assert documents.progress().chunks_left == 0


def test_after_closing_none_is_made_any_more(search: SearchModel, other: Path) -> None:
    search.close()
    search.use(other)
    assert search() is None
    assert search.older("anything") is None
