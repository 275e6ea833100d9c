"""One turn over the real database and the scripted engine: order of events, saving, stopping, trouble."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from app.chat import session, summary
from app.chat.session import ChatSession, Failed, Finished, Prefilling, RoomMade, Started, Summarising
from app.chat.store import ChatStore
from app.chat.tree import Cut
from app.engine.client import Engine, Stop
from app.engine.fake import FakeEngine, Script
from app.errors import DiskFull, EngineDied, EngineFault, ModelFault
from app.storage.cipher import Connection
from app.storage.database import Database
from tests.chat.talk import Log, ask, chat, finished, go_on, talk, wished


def test_a_turn_streams_and_ends_with_the_stored_answer(store: ChatStore) -> None:
    log = ask(store, FakeEngine(Script(answers=("Because it **is** so. 🦙",))))
    assert isinstance(log.events[0], Started)
    assert isinstance(log.last, Finished)
    assert log.last.answer.text == log.text == "Because it **is** so. 🦙"
    assert log.last.answer.status == "done"
    assert store.tree(log.home).path()[-1] == log.last.answer
    assert store.conversations()[0].title == "Why"


def test_the_question_is_committed_before_the_engine_is_asked_for(store: ChatStore) -> None:
    seen: list[str] = []

    def acquire(_progress: Callable[[float], None], _stop: Stop, *, path: Path | None) -> Engine:
        (conversation,) = store.conversations()
        seen.extend(m.text for m in store.tree(conversation.id).path())
        raise ModelFault("The model is gone.", "Choose another one.")

    log = Log()
    ChatSession(store, acquire, wished).send(None, "Why?", parent_id=None, on_event=log, stop=Stop())
    assert seen == ["Why?", ""]
    assert isinstance(log.last, Failed)
    assert log.last.answer is not None
    assert log.last.answer.status == "failed"
    assert log.last.answer.note == "The model is gone.\nChoose another one."


def test_stop_keeps_what_was_said(store: ChatStore) -> None:
    stop = Stop()
    log = Log(on_delta=lambda text: stop.set() if len(text) > 20 else None)
    engine = FakeEngine(Script(answers=("word " * 500,)))
    chat(store, engine).send(None, "Why?", parent_id=None, on_event=log, stop=stop)
    assert isinstance(log.last, Finished)
    assert log.last.answer.status == "stopped"
    assert 20 < len(log.last.answer.text) < 500
    assert log.last.answer.text == log.text


def test_a_dead_engine_leaves_the_words_and_the_next_try_answers(store: ChatStore) -> None:
    log = ask(store, FakeEngine(Script(answers=("one two three four five six",), dies_after_tokens=3)))
    assert isinstance(log.last, Failed)
    assert isinstance(log.last.error, EngineDied)
    assert log.last.answer is not None
    assert log.last.answer.text == log.text != ""
    again = Log()
    chat(store, FakeEngine(Script(answers=("fine",)))).regenerate(
        log.last.answer.id, conversation_id=log.home, on_event=again, stop=Stop()
    )
    tree = store.tree(log.home)
    assert tree.path()[-1].text == "fine"
    assert len(tree.versions(tree.path()[-1].id)) == 2


def test_edit_asks_beside_the_old_question_and_keeps_the_old_branch(store: ChatStore) -> None:
    engine = FakeEngine(Script(answers=("first", "second")))
    log = ask(store, engine)
    old = store.tree(log.home).path()[0]
    again = Log()
    chat(store, engine).edit(old.id, "Why not?", conversation_id=log.home, on_event=again, stop=Stop())
    tree = store.tree(log.home)
    assert [m.text for m in tree.path()] == ["Why not?", "second"]
    assert [m.text for m in tree.path(tree.newest_leaf(old.id))] == ["Why?", "first"]


def test_the_words_are_saved_while_they_stream(store: ChatStore) -> None:
    """The engine holds the answer back after its first words until those are in the database."""
    saved = threading.Event()
    stop = Stop()
    failures: list[str] = []

    def watch(text: str) -> None:
        if saved.is_set() or len(text) < 10:
            return
        for _try in range(500):
            (conversation,) = store.conversations()
            stored = store.tree(conversation.id).path()[-1]
            if stored.text and text.startswith(stored.text):
                saved.set()
                return
            threading.Event().wait(0.01)
        failures.append("five seconds went by and nothing was saved")
        stop.set()

    log = Log(on_delta=watch)
    engine = FakeEngine(Script(answers=("word " * 50,)))
    chat(store, engine).send(None, "Why?", parent_id=None, on_event=log, stop=stop)
    assert failures == []
    assert saved.is_set()


def test_a_full_disk_in_the_middle_of_an_answer_is_told_and_keeps_the_words_on_screen(
    database: Database, store: ChatStore
) -> None:
    pages: list[int] = []

    def fill_up(text: str) -> None:
        if not pages and len(text) > 20_000:
            pages.append(1)
            database.write(_allow_no_more_pages)

    log = Log(on_delta=fill_up)
    engine = FakeEngine(Script(answers=("a somewhat longer word " * 4000,)))
    chat(store, engine).send(None, "Why?", parent_id=None, on_event=log, stop=Stop())
    assert isinstance(log.last, Failed)
    assert isinstance(log.last.error, DiskFull)
    assert log.last.answer is not None
    assert log.last.answer.text == log.text
    assert len(log.text) > 40_000, "the answer went on"
    database.write(lambda c: c.execute("PRAGMA max_page_count = 1000000"))
    again = Log()
    chat(store, FakeEngine(Script(answers=("fine",)))).send(None, "Now?", parent_id=None, on_event=again, stop=Stop())
    assert isinstance(again.last, Finished)


def _allow_no_more_pages(connection: Connection) -> None:
    (pages,) = connection.execute("PRAGMA page_count").fetchone() or (0,)
    connection.execute(f"PRAGMA max_page_count = {pages}")


def test_a_fault_of_ours_reaches_the_person_as_a_sentence(store: ChatStore) -> None:
    def acquire(_progress: Callable[[float], None], _stop: Stop, *, path: Path | None) -> Engine:
        raise KeyError("secret words")

    log = Log()
    ChatSession(store, acquire, wished).send(None, "Why?", parent_id=None, on_event=log, stop=Stop())
    assert isinstance(log.last, Failed)
    assert "secret" not in str(log.last.error)
    assert log.last.error.next_step


def test_a_question_longer_than_the_context_is_refused_and_kept(store: ChatStore) -> None:
    log = ask(store, FakeEngine(Script(answers=("no",), context_tokens=64)), "word " * 500)
    assert isinstance(log.last, Failed)
    assert isinstance(log.last.error, EngineFault)
    assert store.tree(log.home).path()[0].text == "word " * 500


@pytest.mark.parametrize("broken", [0, 1])
def test_an_answer_without_words_does_not_come_back_as_history(store: ChatStore, broken: int) -> None:
    engine = FakeEngine(Script(answers=("", "fine") if broken == 0 else ("one", "fine")))
    log = ask(store, engine)
    again = Log()
    tip = store.tree(log.home).tip_id
    chat(store, engine).send(log.home, "And?", parent_id=tip, on_event=again, stop=Stop())
    assert isinstance(again.last, Finished)
    assert again.text == "fine"


def test_what_no_longer_fits_is_left_out_in_one_step_and_said_at_that_answer(store: ChatStore) -> None:
    logs = talk(store, FakeEngine(Script(answers=("word " * 30,), context_tokens=256)), turns=7)
    home = logs[0].home
    rooms = [[event for event in log.events if isinstance(event, RoomMade)] for log in logs]
    cutting = next(number for number, made in enumerate(rooms) if made)
    (made,) = rooms[cutting]
    path = store.tree(home).path()
    assert store.cuts(home)[made.cut.message_id] == Cut(made.cut.message_id)
    assert path[made.left_out].id == made.cut.message_id
    assert finished(logs[cutting]).note.endswith("were left out.")
    assert rooms[cutting + 1] == [], "half of the room was free again"
    assert finished(logs[cutting + 1]).note == "", "it was said once, and a line in the chat goes on saying it"
    left_out = [event.left_out for event in logs[cutting + 1].events if isinstance(event, Prefilling)]
    assert set(left_out) == {made.left_out}
    assert len(path) == 14, "nothing is forgotten, only left out of the prompt"


def test_after_room_was_made_the_next_turn_reads_only_what_is_new(store: ChatStore) -> None:
    logs = talk(store, FakeEngine(Script(answers=("word " * 30,), context_tokens=256)), turns=7)
    cutting = next(n for n, log in enumerate(logs) if any(isinstance(event, RoomMade) for event in log.events))
    stats = finished(logs[cutting + 1]).stats
    assert stats is not None
    assert stats.prompt_tokens - stats.reused_tokens < 15, "the question and the headers around it"


def test_who_chose_a_summary_gets_the_next_one_too(store: ChatStore) -> None:
    engine = FakeEngine(
        Script(answers=("word " * 30,), replies={summary.INSTRUCTION: "They talk."}, context_tokens=256)
    )
    (*_logs, last) = talk(store, engine, turns=3)
    home = last.home
    chat(store, engine).summarise(home, on_event=Log(), stop=Stop())
    logs = [go_on(store, engine, home) for _turn in range(5)]
    made = [event for log in logs for event in log.events if isinstance(event, RoomMade)]
    assert made
    assert all(event.cut.summary == "They talk." for event in made)
    cutting = next(log for log in logs if any(isinstance(event, RoomMade) for event in log.events))
    kinds = [type(event) for event in cutting.events]
    assert kinds.index(Summarising) < kinds.index(RoomMade) < kinds.index(Prefilling)
    assert "sees a summary" in finished(cutting).note


def test_an_answer_is_not_lost_because_its_summary_would_leave_it_no_room(store: ChatStore) -> None:
    replies = {summary.INSTRUCTION: "sum " * 31}
    engine = FakeEngine(Script(answers=("word " * 20,), replies=replies, context_tokens=256))
    (*_logs, last) = talk(store, engine, turns=3)
    home = last.home
    chat(store, engine).summarise(home, on_event=Log(), stop=Stop())
    log = go_on(store, engine, home, "long " * 170)
    assert finished(log).status == "done"
    (made,) = [event for event in log.events if isinstance(event, RoomMade)]
    assert made.cut.summary == ""
    assert store.cuts(home)[made.cut.message_id].summary == ""


def test_a_stop_while_the_summary_is_written_stops_the_answer(store: ChatStore) -> None:
    stop = Stop()
    engine = FakeEngine(
        Script(answers=("word " * 30,), replies={summary.INSTRUCTION: "They talk."}, context_tokens=256)
    )
    (*_logs, last) = talk(store, engine, turns=3)
    chat(store, engine).summarise(last.home, on_event=Log(), stop=Stop())
    for _turn in range(5):
        log = go_on(store, engine, last.home, stop=stop, on_event=lambda event: _stop_at_summary(event, stop))
        if stop.is_set:
            break
    assert finished(log).status == "stopped"
    assert not any(isinstance(event, RoomMade) for event in log.events)


def _stop_at_summary(event: session.Event, stop: Stop) -> None:
    if isinstance(event, Summarising):
        stop.set()


def test_an_engine_that_had_to_be_ended_for_a_stop_leaves_a_stopped_answer(store: ChatStore) -> None:
    stop = Stop()
    log = Log(on_delta=lambda text: stop.set() if "two" in text else None)
    engine = FakeEngine(Script(answers=("one two three four",), hangs_after_tokens=2, is_deaf=True))
    chat(store, engine).send(None, "Why?", parent_id=None, on_event=log, stop=stop)
    assert finished(log).status == "stopped"
    assert finished(log).note == ""
    assert not engine.is_alive


def test_what_was_read_ahead_need_not_be_read_again(store: ChatStore) -> None:
    engine = FakeEngine(Script(answers=("fine",)))
    home = ask(store, engine).home
    tip = store.tree(home).tip_id
    said = "one two three four five six seven eight nine ten"
    assert chat(store, engine).read_ahead(engine, home, said, parent_id=tip, stop=Stop())
    stats = finished(go_on(store, engine, home, f"{said} eleven")).stats
    assert stats is not None
    assert stats.prompt_tokens - stats.reused_tokens <= 7


def test_reading_ahead_of_what_does_not_fit_is_silent(store: ChatStore) -> None:
    engine = FakeEngine(Script(context_tokens=64))
    assert not chat(store, engine).read_ahead(engine, None, "word " * 100, parent_id=None, stop=Stop())
    assert not chat(store, engine).read_ahead(engine, None, "word", parent_id=None, stop=_set())


def _set() -> Stop:
    stop = Stop()
    stop.set()
    return stop


def test_an_edit_on_a_closed_profile_is_told_and_nothing_else_happens(database: Database, store: ChatStore) -> None:
    log = ask(store, FakeEngine(Script(answers=("first",))))
    question = store.tree(log.home).path()[0]
    database.close()
    again = Log()
    chat(store, FakeEngine()).edit(question.id, "Why not?", conversation_id=log.home, on_event=again, stop=Stop())
    assert [type(event) for event in again.events] == [Failed]


def test_a_stop_is_obeyed_while_another_chat_is_being_answered(store: ChatStore) -> None:
    engine = FakeEngine(Script(answers=("word " * 5000,), tokens_per_s=50))
    talking = threading.Event()
    first_stop, first = Stop(), Log(on_delta=lambda _text: talking.set())

    def answer_first() -> None:
        chat(store, engine).send(None, "Why?", parent_id=None, on_event=first, stop=first_stop)

    worker = threading.Thread(target=answer_first)
    worker.start()
    try:
        assert talking.wait(10)
        stop, second = Stop(), Log()
        threading.Timer(0.1, stop.set).start()
        chat(store, engine).send(None, "And now?", parent_id=None, on_event=second, stop=stop)
        assert isinstance(second.last, Finished)
        assert second.last.answer.status == "stopped"
        assert worker.is_alive(), "the other chat goes on"
    finally:
        first_stop.set()
        worker.join(10)
