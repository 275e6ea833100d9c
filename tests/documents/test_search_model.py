"""Another model for searching: chosen, gone, moved, and what serves until documents are made searchable by it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.documents.embedding.embedder import EngineEmbedder
from app.documents.library import Library
from app.documents.search_model import SearchModel
from app.documents.store.vectors import written
from app.engine.stop import Stop
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
    made = SearchModel(settings, minilm.parent, look_every_s=0.0)
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


def vectors_of(documents: Library, model_id: str) -> int:
    return documents._store._database.read(lambda c: written(c, model_id, up_to=None).vectors)


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


def test_a_model_that_is_not_there_is_waited_for_and_none_takes_its_place(
    settings: Settings, minilm: Path, other: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As on a drive that is not connected when Paddock starts."""
    drive, unplugged = tmp_path / "drive", tmp_path / "unplugged"
    drive.mkdir()
    copy = renamed(minilm, drive / "copy.gguf", b"Other2")
    first = SearchModel(settings, minilm.parent, look_every_s=0.0)
    first.use(copy)
    chosen = id_of(first)
    first.close()
    drive.rename(unplugged)
    later = SearchModel(settings, minilm.parent, look_every_s=0.0)
    assert later() is None
    assert (later.path(), later.is_missing()) == (copy, True)
    assert "is not there" in later.note()
    assert caplog.text.count("cannot be used") == 1
    caplog.clear()
    unplugged.rename(drive)
    assert id_of(later) == chosen
    assert (later.is_missing(), later.note()) == (False, "")
    drive.rename(unplugged)
    assert later() is None
    assert "cannot be used" in caplog.text
    later.use(None)
    assert id_of(later).startswith("all-minilm-l6-v2-8e86266af3e6")
    assert (later.path(), later.is_missing(), later.note()) == (None, False, "")
    caplog.clear()
    later.close()


def test_a_file_that_took_the_place_of_the_chosen_one_is_not_used_before_it_is_chosen(
    settings: Settings, minilm: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = renamed(minilm, tmp_path / "copy.gguf", b"Other2")
    made = SearchModel(settings, minilm.parent, look_every_s=0.0)
    made.use(path)
    chosen = id_of(made)
    os.utime(renamed(minilm, path, b"Other3"), ns=(0, 0))
    assert made() is None
    assert "has changed" in made.note()
    assert "cannot be used" in caplog.text
    caplog.clear()
    made.use(path)
    assert id_of(made) not in ("", chosen)
    assert made.note() == ""
    made.close()


def test_the_child_of_a_model_that_goes_is_ended(
    settings: Settings, minilm: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Its file is mapped: a drive could not be taken off, and a page that is gone would end the child anyway."""
    path = renamed(minilm, tmp_path / "copy.gguf", b"Other2")
    made = SearchModel(settings, minilm.parent, look_every_s=0.0)
    made.use(path)
    running = made()
    assert isinstance(running, EngineEmbedder)
    running.query("a question", stop=Stop())
    pid = running.pid
    assert pid is not None
    path.unlink()
    assert made() is None
    assert running.pid != pid, "the child is gone"
    assert "cannot be used" in caplog.text
    caplog.clear()
    made.close()


def test_a_file_that_is_not_as_it_was_checked_is_never_opened(
    settings: Settings, minilm: Path, other: Path, caplog: pytest.LogCaptureFixture
) -> None:
    changed = set[Path]()

    def require_unchanged(path: Path) -> None:
        if path in changed:
            raise ModelFault("This model has changed.")

    made = SearchModel(settings, minilm.parent, require_unchanged=require_unchanged, look_every_s=0.0)
    made.use(other)
    chosen = id_of(made)
    made.put_down(other)
    changed.add(other)
    assert made() is None
    assert "has changed" in made.note()
    assert "cannot be used" in caplog.text
    caplog.clear()
    with pytest.raises(ModelFault, match="has changed"):
        made.use(other)
    changed.clear()
    assert id_of(made) == chosen, "once it was checked again"
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


def test_without_the_chosen_model_words_find_and_its_vectors_stay(
    documents: Library, search: SearchModel, minilm: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copy, away = renamed(minilm, tmp_path / "copy.gguf", b"Other5"), tmp_path / "away.gguf"
    search.use(copy)
    chosen = id_of(search)
    documents.look_now()
    assert documents.wait_until_idle(IDLE_S)
    copy.rename(away)
    new = tmp_path / "tower.txt"
    new.write_text("The tower opens at ten.", "utf-8")
    documents.add_files([new])
    assert documents.wait_until_idle(IDLE_S)
    found = documents.search("ferry")[0]
    assert (found.document_name, found.ranks[1]) == ("ferry.txt", 0)
    assert vectors_of(documents, chosen) == 2
    assert "cannot be used" in caplog.text
    caplog.clear()
    away.rename(copy)
    documents.look_now()
    assert documents.wait_until_idle(IDLE_S)
    assert by_meaning(documents) == "ferry.txt"
    assert vectors_of(documents, chosen) == 3


def test_a_drive_that_goes_halfway_leaves_the_older_index_serving(
    documents: Library, search: SearchModel, minilm: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copy = renamed(minilm, tmp_path / "copy.gguf", b"Other6")
    documents.pause("person")
    search.use(copy)
    documents.look_now()
    copy.unlink()
    assert by_meaning(documents) == "ferry.txt", "from the vectors of the model before"
    documents.resume("person")
    assert documents.wait_until_idle(IDLE_S)
    assert by_meaning(documents) == "ferry.txt"
    assert "cannot be used" in caplog.text
    caplog.clear()


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
