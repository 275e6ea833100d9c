"""Reading ahead: what is read, when, and when not. A reader that is held until the test lets it go."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.engine.client import Stop
from app.ui.bridge import Bridge
from app.ui.chat import ahead as module
from app.ui.chat.ahead import WORTH_CHARACTERS, ReadAhead, certain

LONG = "word " * 60


@dataclass
class Reader:
    """Notes what it is asked for, and goes on when `gate` is open or it is stopped."""

    asked: list[tuple[str | None, str, str | None]] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    reads: bool = True
    under_way: int = 0
    most_under_way: int = 0

    def __call__(self, home: str | None, text: str, tip: str | None, stop: Stop) -> bool:
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        self.asked.append((home, text, tip))
        self.stops.append(stop)
        woken = threading.Event()
        stop.on_set(woken.set)
        while not self.gate.wait(0.01) and not woken.is_set():
            pass
        self.under_way -= 1
        return self.reads and not stop.is_set


@pytest.fixture
def reader() -> Iterator[Reader]:
    made = Reader()
    yield made
    made.gate.set()


@pytest.fixture
def ahead(qtbot: QtBot, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> Iterator[ReadAhead]:
    monkeypatch.setattr(module, "OPENED_MS", 20)
    monkeypatch.setattr(module, "TYPED_MS", 10)
    owner = QObject()
    bridge = Bridge(owner)
    yield ReadAhead(reader, bridge, owner)
    reader.gate.set()
    assert bridge.close(10)


def wait_for(qtbot: QtBot, reader: Reader, readings: int) -> None:
    qtbot.waitUntil(lambda: len(reader.asked) == readings, timeout=5_000)


def is_read(ahead: ReadAhead) -> bool:
    return ahead.is_read


def read_all(qtbot: QtBot, ahead: ReadAhead, reader: Reader) -> None:
    reader.gate.set()
    qtbot.waitUntil(lambda: ahead.is_read, timeout=5_000)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("", ""),
        ("word", ""),
        ("  word", ""),
        ("one two", "one"),
        ("one two ", "one two"),
        ("\none\n\ntwo\n", "one\n\ntwo"),
        ("one\n\ntw", "one"),
    ],
)
def test_only_finished_words_are_certain(typed: str, kept: str) -> None:
    assert certain(typed) == kept


def test_a_chat_is_read_when_it_is_opened(qtbot: QtBot, ahead: ReadAhead, reader: Reader) -> None:
    ahead.opened("chat", "tip", "")
    wait_for(qtbot, reader, 1)
    assert reader.asked == [("chat", "", "tip")]
    assert not is_read(ahead), "there is nothing typed to say it of"


def test_a_new_chat_is_read_once_something_long_is_typed(qtbot: QtBot, ahead: ReadAhead, reader: Reader) -> None:
    ahead.opened(None, None, "")
    ahead.typed("a short question")
    qtbot.wait(100)
    assert reader.asked == []
    ahead.typed(LONG + "unfinis")
    wait_for(qtbot, reader, 1)
    assert reader.asked == [(None, LONG.strip(), None)]
    read_all(qtbot, ahead, reader)


def test_a_little_more_is_not_worth_a_reading_and_much_more_is(qtbot: QtBot, ahead: ReadAhead, reader: Reader) -> None:
    ahead.moved("chat", "tip", "")
    ahead.typed(LONG)
    wait_for(qtbot, reader, 1)
    read_all(qtbot, ahead, reader)
    ahead.typed(LONG + "and a little more ")
    assert is_read(ahead)
    qtbot.wait(100)
    assert len(reader.asked) == 1
    ahead.typed(LONG + "and much more " * 20)
    assert not is_read(ahead)
    wait_for(qtbot, reader, 2)
    qtbot.waitUntil(lambda: ahead.is_read, timeout=5_000)


def test_a_change_at_the_beginning_is_read_again(qtbot: QtBot, ahead: ReadAhead, reader: Reader) -> None:
    ahead.moved("chat", "tip", LONG)
    ahead.typed(LONG)
    wait_for(qtbot, reader, 1)
    read_all(qtbot, ahead, reader)
    ahead.typed("Please: " + LONG)
    assert not is_read(ahead)
    wait_for(qtbot, reader, 2)


def test_one_reading_at_a_time_and_the_rest_after_it(qtbot: QtBot, ahead: ReadAhead, reader: Reader) -> None:
    ahead.moved("chat", "tip", "")
    ahead.typed(LONG)
    wait_for(qtbot, reader, 1)
    ahead.typed(LONG * 2)
    ahead.typed(LONG * 3)
    qtbot.wait(100)
    assert len(reader.asked) == 1
    reader.gate.set()
    wait_for(qtbot, reader, 2)
    assert reader.asked[1][1] == (LONG * 3).strip()
    assert reader.most_under_way == 1


def test_an_answer_stops_it_and_nothing_begins_meanwhile(qtbot: QtBot, ahead: ReadAhead, reader: Reader) -> None:
    ahead.moved("chat", "tip", "")
    ahead.typed(LONG)
    wait_for(qtbot, reader, 1)
    ahead.hold()
    assert reader.stops[0].is_set
    ahead.typed(LONG * 2)
    qtbot.wait(100)
    assert len(reader.asked) == 1
    ahead.go_on()
    wait_for(qtbot, reader, 2)


def test_leaving_a_chat_stops_it_and_the_next_one_is_read(qtbot: QtBot, ahead: ReadAhead, reader: Reader) -> None:
    ahead.opened("one", "tip", LONG)
    wait_for(qtbot, reader, 1)
    ahead.left()
    assert reader.stops[0].is_set
    ahead.opened("two", "other", "")
    wait_for(qtbot, reader, 2)
    assert reader.asked[1] == ("two", "", "other")
    assert not is_read(ahead)


def test_what_could_not_be_read_is_tried_again_only_with_much_more(
    qtbot: QtBot, ahead: ReadAhead, reader: Reader
) -> None:
    reader.reads = False
    reader.gate.set()
    ahead.moved("chat", "tip", "")
    ahead.typed(LONG)
    wait_for(qtbot, reader, 1)
    ahead.typed(LONG + "a little ")
    qtbot.wait(100)
    assert len(reader.asked) == 1
    assert not is_read(ahead)
    ahead.typed(LONG + "word " * WORTH_CHARACTERS)
    wait_for(qtbot, reader, 2)


def test_another_engine_reads_it_anew(qtbot: QtBot, ahead: ReadAhead, reader: Reader) -> None:
    ahead.moved("chat", "tip", "")
    ahead.typed(LONG)
    wait_for(qtbot, reader, 1)
    read_all(qtbot, ahead, reader)
    ahead.forget()
    assert not is_read(ahead)
    wait_for(qtbot, reader, 2)
    assert reader.asked[1] == reader.asked[0]


def test_two_long_texts_that_differ_late_are_told_apart(qtbot: QtBot, ahead: ReadAhead, reader: Reader) -> None:
    reader.gate.set()
    ahead.moved("chat", "tip", "")
    ahead.typed("word " * 100_000)
    wait_for(qtbot, reader, 1)
    qtbot.waitUntil(lambda: ahead.is_read, timeout=5_000)
    ahead.typed("word " * 99_970 + "other " * 40)
    assert not is_read(ahead)
    ahead.typed("word " * 99_990 + "other " * 5)
    assert is_read(ahead)
