"""Conversations over the composition root: whose manner holds, which model answers, and what goes for good."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app import paths
from app.chat import session
from app.chat.manner import Manner, Persona
from app.chat.tree import Folder, Message
from app.core import Core
from app.documents.records import Purged, Scope
from app.engine.client import Stop
from app.engine.fake import Script, fake_load
from app.engine.planning import hardware
from app.errors import ModelFault
from app.home import Home
from app.models import embedder, library
from app.settings import AUTO_TITLES, BIN_DAYS, PERSONA, SEARCH_MODEL, SYSTEM_PROMPT
from app.storage.secrets import MemorySecrets

pytestmark = pytest.mark.model

DAY_S = 24 * 3600.0


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setattr(hardware, "is_on_battery", lambda: False)
    script = Script(answers=("The Forum.", "Two days in Rome", "fine"))
    made = Home(paths.places(tmp_path / "profile"), MemorySecrets(), load=fake_load(script))
    yield made
    made.close()


@pytest.fixture
def core(home: Home) -> Iterator[Core]:
    opened = home.create().core
    yield opened
    opened.close()


def ask(core: Core, text: str = "What is there in Rome?", **where: Manner | str | None) -> Message:
    """The answer to a new chat's first question."""
    told: list[session.Event] = []
    folder_id, manner = where.get("folder_id"), where.get("manner")
    core.session.send(
        None,
        text,
        parent_id=None,
        on_event=told.append,
        stop=Stop(),
        folder_id=folder_id if isinstance(folder_id, str) else None,
        manner=manner if isinstance(manner, Manner) else Manner(),
    )
    last = told[-1]
    assert isinstance(last, session.Finished), last
    return last.answer


def test_the_narrowest_place_that_says_something_decides(core: Core) -> None:
    core.settings.set(SYSTEM_PROMPT, "Everywhere.")
    core.chats.save_folder(
        Folder("f", "Work", manner=Manner("In the folder.", sampling=(("answer.temperature", 0.1),)))
    )
    assert core.effective(None).system_prompt == "Everywhere."
    assert core.effective(None, "f").system_prompt == "In the folder."
    assert core.effective(None, "f", Manner("In the chat.")).system_prompt == "In the chat."
    answer = ask(core, folder_id="f", manner=Manner("In the chat."))
    said = core.effective(answer.conversation_id)
    assert (said.system_prompt, said.sampling) == ("In the chat.", {"answer.temperature": 0.1})
    assert core.effective(answer.conversation_id, manner=Manner("Only now.")).system_prompt == "Only now."
    core.chats.set_manner(answer.conversation_id, Manner(""))
    assert core.effective(answer.conversation_id).system_prompt == "", "none at all"
    core.chats.move((answer.conversation_id,), None)
    assert core.effective(answer.conversation_id).sampling == {}


def test_a_persona_is_found_whoever_made_it_and_one_that_is_gone_says_nothing(core: Core) -> None:
    core.settings.set(PERSONA, "built-in/plain")
    assert "plain" in core.effective(None).system_prompt
    core.chats.save_persona(Persona("mine", "Pirate", Manner("Arr.")))
    core.settings.set(PERSONA, "mine")
    assert core.effective(None).system_prompt == "Arr."
    core.settings.set(PERSONA, "gone")
    assert core.effective(None).system_prompt == ""


def test_a_temporary_chat_has_the_general_manner_and_its_own(core: Core) -> None:
    core.settings.set(SYSTEM_PROMPT, "Everywhere.")
    assert core.effective("temporary/any").system_prompt == "Everywhere."
    room = core.room(None, is_temporary=True)
    told: list[session.Event] = []
    room.session.send(None, "Hm?", parent_id=None, on_event=told.append, stop=Stop(), manner=Manner("Secret."))
    (conversation,) = room.chats.conversations()
    assert core.effective(conversation.id).system_prompt == "Secret."
    assert core.chats.conversations() == ()
    assert core.room(conversation.id) is room
    assert core.room("other").chats is core.chats


def test_a_chat_is_answered_by_its_own_model(core: Core, tmp_path: Path) -> None:
    own = Path(shutil.copy(library.starter(), tmp_path / "own.gguf"))
    core.desk.choose(library.starter())
    answer = ask(core, manner=Manner(model=str(own)))
    assert answer.model == core.desk.titles.of(own)
    assert answer.note == ""
    engine = core.host.current
    assert engine is not None
    assert core.host.path_of(engine) == own
    assert not core.read_ahead(None, "a few words are typed", parent_id=None, stop=Stop()), "the chosen one will answer"
    home = answer.conversation_id
    assert core.read_ahead(home, "a few words are typed", parent_id=answer.id, stop=Stop())


def test_where_a_chats_own_model_is_gone_the_chosen_one_answers_and_it_is_said(core: Core, tmp_path: Path) -> None:
    core.desk.choose(library.starter())
    answer = ask(core, manner=Manner(model=str(tmp_path / "gone.gguf")))
    assert answer.status == "done"
    assert answer.model == core.desk.titles.of(library.starter())
    assert "gone" in answer.note
    assert "no longer there" in answer.note


def test_what_is_purged_is_forgotten_by_the_engine_too(core: Core) -> None:
    gone, kept = (ask(core).conversation_id for _number in range(2))
    engine = core.host.current
    assert engine is not None
    core.chats.to_bin((gone,), time.time())
    assert engine.holds(gone)
    assert core.purge((kept,)) == Purged(()), "it is not in the bin"
    assert core.purge() == Purged((gone,))
    assert not engine.holds(gone)
    assert engine.holds(kept)
    batch = core.chats.delete_messages((ask(core).id,))
    (home,) = core.purge_messages(batch)
    assert not engine.holds(home)


def tidied(core: Core) -> Core:
    """Once what is done in the background after opening is done."""
    core.start_indexing()
    assert core._indexer is not None
    core._indexer.join(20)
    return core


def test_the_bin_is_emptied_of_what_is_old_when_the_profile_opens(home: Home) -> None:
    core = home.create().core
    old, new = (ask(core).conversation_id for _number in range(2))
    hidden = ask(core)
    core.chats.to_bin((old,), time.time() - 31 * DAY_S)
    core.chats.to_bin((new,), time.time() - 29 * DAY_S)
    core.chats.delete_messages((hidden.id,))
    core.close()
    core = tidied(home.open_by_keyring().core)
    assert [conversation.id for conversation in core.chats.binned()] == [new]
    assert core.chats.messages((hidden.id,)) == ()
    core.settings.set(BIN_DAYS, 0)
    core.chats.to_bin((hidden.conversation_id,), 1.0)
    core.close()
    core = tidied(home.open_by_keyring().core)
    assert len(core.chats.binned()) == 2, "they wait until they are deleted by hand"
    core.close()


def test_a_title_is_written_only_where_it_is_wanted_and_costs_no_load(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = ask(core)
    home = answer.conversation_id
    core.settings.set(AUTO_TITLES, False)
    assert core.write_title(home, Stop()) == ""
    core.settings.set(AUTO_TITLES, True)
    monkeypatch.setattr(hardware, "is_on_battery", lambda: True)
    assert core.write_title(home, Stop()) == ""
    monkeypatch.setattr(hardware, "is_on_battery", lambda: False)
    assert core.write_title(home, Stop()) == "Two days in Rome"
    assert core.chats.conversations()[0].title == "Two days in Rome"
    core.host.release()
    assert core.write_title(ask_without_engine(core), Stop()) == ""
    assert core.host.current is None


def ask_without_engine(core: Core) -> str:
    question, answer = core.chats.begin_turn(None, "Why?", parent_id=None, model="", title="Why", now=1.0)
    core.chats.finish(answer.id, "So.", "done", model="", note="", stats=None)
    return question.conversation_id


def test_a_turn_breaks_a_title_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine hangs in the title, and would hang the turn behind it, if that waited."""
    monkeypatch.setattr(hardware, "is_on_battery", lambda: False)
    script = Script(answers=("The Forum.", "Two days in Rome", "fine"), tokens_per_s=1)
    home = Home(paths.places(tmp_path / "slow"), MemorySecrets(), load=fake_load(script))
    core = home.create().core
    try:
        asked = ask_without_engine(core)
        core.desk.acquire(lambda _fraction: None, Stop())
        written: list[str] = []
        worker = threading.Thread(target=lambda: written.append(core.write_title(asked, Stop())))
        worker.start()
        engine = core.host.current
        assert engine is not None
        while engine.idle_s > 0 and worker.is_alive():
            worker.join(0.005)
        ask(core, "Now?")
        worker.join(10)
        assert written == [""]
        conversation = core.chats.conversation(asked)
        assert conversation is not None
        assert conversation.title_source == "question"
    finally:
        core.close()
        home.close()


def test_words_that_are_not_in_the_index_yet_are_found_after_indexing(home: Home) -> None:
    core = home.create().core
    carried = core.chats.carried(ask(core, "A very odd llamaword").conversation_id)
    core.purge()
    renamed = replace(carried, conversation=replace(carried.conversation, title="other"))
    core.chats.bring_in((renamed,))
    core.start_indexing()
    core.start_indexing()
    deadline = time.monotonic() + 10
    while len(core.lasting_search("llamaword")) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(core.lasting_search("llamaword")) >= 2
    core.close()
    assert "paddock-indexer" not in [thread.name for thread in threading.enumerate()]


def test_a_file_that_only_a_temporary_chat_asked_goes_with_it(core: Core, tmp_path: Path) -> None:
    paths = [tmp_path / "mine.txt", tmp_path / "kept.txt"]
    for path in paths:
        path.write_text("The archive opens at nine.", "utf-8")
    mine, kept = core.documents.add_files(paths, is_for_chat=True)
    core.documents.start()
    told: list[session.Event] = []
    core.room(None, is_temporary=True).session.send(
        None, "When does it open?", parent_id=None, on_event=told.append, stop=Stop(), scope=Scope((mine.id, kept.id))
    )
    assert isinstance(told[-1], session.Finished)
    core.documents.attach(ask(core).conversation_id, Scope((kept.id,)))
    core.end_temporary(told[-1].answer.conversation_id)
    assert [one.id for one in core.documents.documents()] == [kept.id]
    assert len(core.documents.search("archive")) == 1
    core.end_temporary()
    assert [one.id for one in core.documents.documents()] == [kept.id]


def test_files_that_only_a_purged_chat_had_go_with_it(core: Core, tmp_path: Path) -> None:
    paths = [tmp_path / "mine.txt", tmp_path / "shared.txt"]
    for path in paths:
        path.write_text("The archive opens at nine.", "utf-8")
    mine, shared = core.documents.add_files(paths, is_for_chat=True)
    gone, kept = (ask(core).conversation_id for _number in range(2))
    core.documents.attach(gone, Scope((mine.id, shared.id)))
    core.documents.attach(kept, Scope((shared.id,)))
    core.chats.to_bin((gone,), time.time())
    assert len(core.documents.documents()) == 2, "it can still be brought back"
    assert core.purge() == Purged((gone,), ("mine.txt",))
    assert [one.id for one in core.documents.documents()] == [shared.id]


def test_another_model_searches_documents_and_the_one_of_paddock_again(core: Core, home: Home, tmp_path: Path) -> None:
    own = embedder.embedder(home.places.search)
    other = tmp_path / "other.gguf"
    other.write_bytes(own.read_bytes().replace(b"MiniLM", b"Other1", 1))
    file = tmp_path / "a.txt"
    file.write_text("The archive opens at nine.")
    core.documents.add_files([file])
    core.documents.start()
    assert core.documents.wait_until_idle(60)
    with pytest.raises(ModelFault, match="not made for searching"):
        core.use_search_model(library.starter())
    core.use_search_model(other)
    assert (core.settings.get(SEARCH_MODEL), core.search_note()) == (str(other), "")
    assert core.documents.search("When can I visit?")[0].ranks[1] == 1, "by meaning, by whichever model"
    assert core.documents.wait_until_idle(60)
    assert core.documents.progress().chunks_left == 0
    assert core.documents.search("When can I visit?")[0].ranks[1] == 1
    core.use_search_model(None)
    assert core.settings.get(SEARCH_MODEL) == ""
    assert core.documents.wait_until_idle(60)
    assert [one.embedded for one in core.documents.documents()] == [1]
