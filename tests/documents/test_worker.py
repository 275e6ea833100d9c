"""The work behind documents: pausing, going on after a restart, and what is done first."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from app.documents.answering.asked import is_readable
from app.documents.embedding.fake import FakeEmbedder
from app.documents.embedding.int8 import Vectors
from app.documents.ingest import embedding, filling, walking, worker
from app.documents.ingest.pace import Pace
from app.documents.ingest.worker import PauseReason
from app.documents.store.rows import key
from app.documents.store.store import DocumentStore
from app.engine.stop import Stop
from app.errors import StorageFault
from tests.documents import plainly
from tests.documents.plainly import Shelf

LONG = "\n\n".join(f"Sentence number{n} stands alone." for n in range(500))


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    yield from plainly.shelf(tmp_path)


class OneBatch(FakeEmbedder):
    """Asks for a pause after its first batch."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__()
        self._shelf = shelf

    def passages(self, texts: Sequence[str], *, stop: Stop) -> Vectors:
        made = super().passages(texts, stop=stop)
        self._shelf.library.pause("person")
        return made


class Endless(FakeEmbedder):
    """Embeds until it is stopped, the first time."""

    def __init__(self) -> None:
        super().__init__()
        self.is_at_work = threading.Event()
        self.rests: list[float] = []

    def passages(self, texts: Sequence[str], *, stop: Stop) -> Vectors:
        if not self.is_at_work.is_set():
            self.is_at_work.set()
            stopped = threading.Event()
            stop.on_set(stopped.set)
            stopped.wait(plainly.IDLE_S)
        return super().passages(texts, stop=stop)

    def rest(self, *, idle_s: float = 0.0) -> None:
        self.rests.append(idle_s)


def count_rows(shelf: Shelf, table: str) -> int:
    sql = f"SELECT count(*) FROM {table}"
    return int((shelf.database.read(lambda c: c.execute(sql).fetchone()) or (0,))[0])


def numbers(shelf: Shelf) -> list[int]:
    return [row[0] for row in shelf.database.read(lambda c: c.execute("SELECT number FROM documents").fetchall())]


def test_nothing_is_done_while_paused(shelf: Shelf) -> None:
    shelf.library.pause("battery")
    shelf.library.add_files([shelf.write("a.txt", "The ferry.")])
    shelf.work()
    progress = shelf.library.progress()
    assert (progress.documents_left, progress.is_paused, progress.pause_reason) == (1, True, "battery")
    shelf.library.resume("battery")
    shelf.work()
    assert shelf.names("ferry") == ["a.txt"]
    assert not shelf.library.progress().is_paused


def test_reasons_to_pause_add_up(shelf: Shelf) -> None:
    reasons: tuple[PauseReason, ...] = ("answer", "battery", "person")
    for reason in reasons:
        shelf.library.pause(reason)
        assert shelf.library.progress().pause_reason == reason, "the strongest one"
    for reason in reversed(reasons):
        assert shelf.library.progress().is_paused
        shelf.library.resume(reason)
    assert not shelf.library.progress().is_paused


def test_a_pause_breaks_the_reading_off_and_it_begins_anew(shelf: Shelf) -> None:
    shelf.library.add_files([shelf.write("a.txt", f"The ferry.\fHOLD\f{LONG}")])
    shelf.library.start()
    assert shelf.reader.is_holding.wait(plainly.IDLE_S)
    assert shelf.library.progress().current == "a.txt"
    shelf.library.pause("person")
    assert shelf.library.wait_until_idle(plainly.IDLE_S)
    assert shelf.library.documents()[0].status == "waiting"
    shelf.reader.gate.set()
    shelf.library.resume("person")
    shelf.work()
    (document,) = shelf.library.documents()
    assert (document.status, document.chunks) == ("read", 502)
    assert shelf.reader.read_names == ["a.txt", "a.txt"]


def test_an_answer_only_holds_the_reading_up(shelf: Shelf) -> None:
    shelf.library.add_files([shelf.write("a.txt", "The ferry.\fHOLD\fThe bus.")])
    shelf.library.start()
    assert shelf.reader.is_holding.wait(plainly.IDLE_S)
    shelf.library.pause("answer")
    shelf.reader.gate.set()
    assert not shelf.library.wait_until_idle(0.2)
    assert shelf.library.documents()[0].status == "reading"
    shelf.library.resume("answer")
    shelf.work()
    assert shelf.library.documents()[0].status == "read"
    assert shelf.reader.read_names == ["a.txt"]


def test_an_answer_breaks_the_embedding_off_which_goes_on_after_it(shelf: Shelf) -> None:
    shelf.embedder = endless = Endless()
    shelf.library.add_files([shelf.write("a.txt", "The ferry.")])
    shelf.library.start()
    assert endless.is_at_work.wait(plainly.IDLE_S)
    shelf.library.pause("answer")
    shelf.work()
    assert shelf.library.documents()[0].embedded == 0
    shelf.library.resume("answer")
    shelf.work()
    assert shelf.library.documents()[0].embedded == 1
    assert endless.rests, "nothing is left to embed: it may rest when no question comes"
    assert 0.0 not in endless.rests, "not while it is in use"


def test_a_document_removed_while_it_is_read_leaves_nothing(shelf: Shelf) -> None:
    (added,) = shelf.library.add_files([shelf.write("a.txt", f"{LONG * 9}\fHOLD\fThe bus. {LONG}")])
    shelf.library.start()
    assert shelf.reader.is_holding.wait(plainly.IDLE_S)
    shelf.library.remove([added.id])
    shelf.reader.gate.set()
    shelf.work()
    assert shelf.library.documents() == ()
    for table in ("documents", "parts", "chunks", "chunk_words", "vectors", "originals"):
        assert count_rows(shelf, table) == 0, table


def test_embedding_goes_on_after_a_restart_exactly_where_it_stopped(shelf: Shelf) -> None:
    shelf.embedder = OneBatch(shelf)
    (own,) = shelf.add(a=LONG)
    done = shelf.library.documents()[0].embedded
    assert done == embedding.AT_ONCE
    assert shelf.library.progress().chunks_left == 500 - done
    shelf.close()
    shelf.open()
    later = shelf.embedder = FakeEmbedder()
    shelf.work()
    assert shelf.library.documents()[0].embedded == 500
    assert sum(later.calls) == 500 - done, "no chunk twice"
    assert shelf.reader.read_names == ["a.txt"], "nothing was read again"
    assert own == shelf.library.documents()[0].id


def test_what_was_being_read_when_paddock_ended_is_read_anew(shelf: Shelf) -> None:
    shelf.library.add_files([shelf.write("a.txt", f"{LONG}\fHOLD\fThe bus.")])
    shelf.library.start()
    assert shelf.reader.is_holding.wait(plainly.IDLE_S)
    shelf.close()
    shelf.reader.gate.set()
    shelf.open()
    shelf.work()
    (document,) = shelf.library.documents()
    assert (document.status, document.chunks) == ("read", 502)


def test_a_removal_that_was_cut_short_is_finished_at_the_next_start(shelf: Shelf) -> None:
    shelf.add(a="The ferry.", b="The bus.")
    shelf.database.write(lambda c: c.execute("UPDATE documents SET is_going = 1 WHERE name = 'a.txt'").rowcount)
    assert shelf.names("ferry") == []
    shelf.close()
    shelf.open()
    shelf.work()
    assert [document.name for document in shelf.library.documents()] == ["b.txt"]
    assert count_rows(shelf, "chunks") == 1


def test_a_dead_engine_stops_no_reading_and_is_tried_again(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.documents.ingest.worker.RETRY_S", 0.01)
    shelf.embedder = FakeEmbedder(deaths=2)
    shelf.add(a="The ferry.")
    deadline = time.monotonic() + plainly.IDLE_S
    while not shelf.library.documents()[0].embedded and time.monotonic() < deadline:
        shelf.library.wait_until_idle(0.01)
    assert shelf.library.documents()[0].embedded == 1


def test_small_files_are_read_before_large_ones(shelf: Shelf) -> None:
    shelf.add(large=LONG, small="The ferry.")
    assert shelf.reader.read_names == ["small.txt", "large.txt"]


def test_listeners_hear_of_changes_until_they_take_it_back(shelf: Shelf) -> None:
    heard: list[int] = []
    end = shelf.library.on_change(lambda: heard.append(1))
    shelf.add(a="The ferry.")
    assert heard
    end()
    heard.clear()
    shelf.add(b="The bus.")
    assert heard == []


def test_the_time_left_is_unknown_until_something_was_measured() -> None:
    pace = Pace()
    assert pace.left_s(0, 0, is_embedding=True) == 0.0
    assert pace.left_s(1_000, 0, is_embedding=False) is None
    pace.learn_document(1_000, 10, 2.0)
    assert pace.left_s(1_000, 0, is_embedding=False) == 2.0
    assert pace.left_s(1_000, 5, is_embedding=True) is None
    pace.embedding.learn(10, 1.0)
    assert pace.left_s(1_000, 5, is_embedding=True) == 2.0 + 1.5


def test_closing_twice_and_before_starting_is_fine(shelf: Shelf) -> None:
    shelf.library.close()
    shelf.library.close()
    shelf.library.start()
    assert not shelf.library.wait_until_idle(0.0)


def test_a_file_whose_reading_a_full_disk_ended_is_read_once_there_is_room(shelf: Shelf) -> None:
    own = plainly.stuck_while_reading(shelf, "a.txt", "The ferry.")
    assert shelf.library.documents(ids=[own])[0].status == "reading"
    assert shelf.library.progress().is_resting
    shelf.look()
    assert shelf.library.documents(ids=[own])[0].status == "read"
    assert not shelf.library.progress().is_resting
    assert len(shelf.names("ferry")) == 1


def test_reading_leaves_the_rest_of_the_profile_its_room(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as full:
        full.setattr(filling, "RESERVE_BYTES", 2**62)  # more than is free on any disk
        (own,) = shelf.add(a="The ferry.")
    (document,) = shelf.library.documents()
    assert (document.status, document.fault_name) == ("failed", "no_room")
    shelf.library.read_again([own])
    shelf.work()
    assert shelf.names("ferry") == ["a.txt"]


def test_no_piece_of_a_document_is_kept_once_it_is_removed(shelf: Shelf) -> None:
    (own,) = shelf.library.add_files([shelf.write("a.txt", "The ferry.")], keeping="inside")
    store = DocumentStore(shelf.database)
    work = store.next_to_read()
    assert work is not None
    store.keep_piece(work.number, 0, b"The ferry.").result()
    assert shelf.library.remove([own.id]).original_bytes == len(b"The ferry.")
    with pytest.raises(StorageFault):
        store.keep_piece(work.number, 1, b"The ferry.").result()
    assert count_rows(shelf, "originals") == 0


def test_what_has_no_document_is_cleared_at_the_next_start(shelf: Shelf) -> None:
    """Such as pieces that were still being written when their document was removed, and Paddock was killed."""
    (own,) = shelf.add(a="The ferry.")
    number = numbers(shelf)[0]
    pieces = [(key(ownerless, place), b"The bus.") for ownerless in (number + 3, number + 9) for place in range(40)]
    shelf.database.write(lambda c: c.executemany("INSERT INTO originals VALUES (?, ?)", pieces))
    shelf.database.write(
        lambda c: c.execute("INSERT INTO parts VALUES (?, '1', 0, '', 'The bus.', x'')", (key(number + 5, 0),)).rowcount
    )
    shelf.close()
    shelf.open()
    shelf.work()
    assert count_rows(shelf, "originals") == 0
    assert count_rows(shelf, "parts") == 1
    assert shelf.library.part(own, 0).text == "The ferry."


def test_a_document_whose_reading_was_broken_off_has_nothing_that_counts(shelf: Shelf) -> None:
    (own,) = shelf.add(a="The ferry.\fThe bus.")
    shelf.write("a.txt", "The tram.\fHOLD\fThe train.")
    shelf.library.read_again([own])
    assert shelf.reader.is_holding.wait(plainly.IDLE_S)
    shelf.library.pause("person")
    shelf.work()
    (document,) = shelf.library.documents()
    assert (document.status, document.parts, document.chunks) == ("waiting", 0, 0)
    assert not is_readable(document), "what is there of it is not all of it"


def test_a_file_that_vanished_while_it_was_read_is_read_when_it_comes_back(shelf: Shelf) -> None:
    path = shelf.write("in/a.txt", "The ferry.")
    shelf.library.add_collection("In", shelf.files / "in")
    shelf.work()
    (own,) = [document.id for document in shelf.library.documents()]
    store = DocumentStore(shelf.database)
    store.wait_again([own])
    store.begin_reading(numbers(shelf)[0], walking.look(path))
    store.clear(numbers(shelf)[0], with_original=True)
    store.fail(numbers(shelf)[0], "Gone.", "", name="gone")
    shelf.look()
    (document,) = shelf.library.documents()
    assert (document.status, document.parts) == ("read", 1)
    assert shelf.names("ferry") == ["a.txt"]


def test_each_document_says_how_far_it_is(shelf: Shelf) -> None:
    shelf.embedder = FakeEmbedder()
    shelf.library.pause("person")
    held = "\f".join(f"Page {number} is here." for number in range(3)) + "\fHOLD it.\f" + "\f".join("End." * 2)
    first, second = shelf.library.add_files([shelf.write("a.txt", held), shelf.write("b.txt", "Later. " * 100)])
    assert [(one.name, one.step, one.of, one.seconds_left) for one in shelf.library.progress().files] == [
        ("a.txt", "waiting", 0, None),
        ("b.txt", "waiting", 0, None),
    ]
    shelf.library.start()
    shelf.library.resume("person")
    assert shelf.reader.is_holding.wait(plainly.IDLE_S)
    at_work, waits = shelf.library.progress().files
    assert (at_work.document_id, at_work.step, at_work.unit, at_work.done) == (first.id, "reading", "parts", 4)
    assert 0 < at_work.fraction < 1
    assert at_work.of == round(4 / at_work.fraction)
    assert (waits.document_id, waits.step) == (second.id, "waiting")
    shelf.reader.gate.set()
    shelf.work()
    assert shelf.library.progress().files == ()


def test_what_is_embedded_says_how_far_it_is_and_when_it_is_through(shelf: Shelf) -> None:
    shelf.embedder = OneBatch(shelf)
    first, second = shelf.library.add_files([shelf.write("a.txt", LONG), shelf.write("b.txt", LONG + "\n\nEnd.")])
    shelf.work()
    one, other = shelf.library.progress().files
    assert (one.document_id, one.step, one.unit, one.done, one.of) == (first.id, "embedding", "chunks", 48, 500)
    assert one.fraction == 48 / 500
    assert (other.document_id, other.done, other.of) == (second.id, 0, 501)
    assert one.seconds_left is not None
    assert other.seconds_left is not None
    assert 0 < one.seconds_left < other.seconds_left
    left_s = shelf.library.progress().left_s
    assert left_s == pytest.approx(other.seconds_left, rel=0.01)


def test_many_small_documents_are_told_of_ten_times_a_second_at_most(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "TELL_EVERY_S", 3600.0)
    shelf.work()
    told: list[int] = []
    shelf.library.on_change(lambda: told.append(1))
    shelf.add(**{f"n{number}": "A ferry." for number in range(50)})
    assert 0 < len(told) < 10, "once added, once at the end of reading, once at rest"


def test_a_title_that_is_known_at_the_end_finds_the_beginning_as_well(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.documents.ingest.filling.BATCH_CHARACTERS", 10)
    shelf.add(a="The ferry leaves.\fA bus comes.\f# Timetable\n\nThe end.")
    (document,) = shelf.library.documents()
    assert document.title == "Timetable"
    assert {one.span.first for one in shelf.library.search("timetable")} == {0, 1, 2}
