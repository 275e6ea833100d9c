"""When the person is asked about a model that says nothing. Seconds of a clock that stands still."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.chat.session import Delta, Loading, Prefilling
from app.chat.store import ChatStore
from app.chat.tree import Message
from app.core import MIGRATIONS
from app.storage.database import Database
from app.ui.chat.silence import Silence
from app.ui.chat.turn import Turn

PATIENCE_S = 60.0
ANSWER = Message(2, "a", "c", "q", "assistant", "", "streaming", 0.0)


@pytest.fixture
def chats() -> Iterator[ChatStore]:
    database = Database.in_memory(MIGRATIONS)
    yield ChatStore(database)
    database.close()


@pytest.fixture
def turn(chats: ChatStore) -> Turn:
    return Turn(1, chats, Silence(0.0), home="c", answer=ANSWER)


def test_it_is_asked_once_the_patience_is_over_and_not_before() -> None:
    silence = Silence(0.0)
    assert not silence.look(59.9, PATIENCE_S)
    assert silence.look(60.0, PATIENCE_S)
    assert silence.is_asking


def test_a_word_takes_the_question_back() -> None:
    silence = Silence(0.0)
    assert silence.look(70.0, PATIENCE_S)
    silence.heard(71.0)
    assert not silence.is_asking
    assert not silence.look(130.0, PATIENCE_S)
    assert silence.look(131.0, PATIENCE_S)


def test_who_keeps_waiting_is_asked_again_after_twice_as_long() -> None:
    silence = Silence(0.0)
    assert silence.look(60.0, PATIENCE_S)
    silence.keep_waiting(65.0)
    assert not silence.look(184.9, PATIENCE_S)
    assert silence.look(185.0, PATIENCE_S)
    silence.keep_waiting(185.0)
    assert not silence.look(424.9, PATIENCE_S)
    assert silence.look(425.0, PATIENCE_S)
    assert silence.lasts_s(425.0) == 425.0


def test_a_turn_says_for_how_long_nothing_was_said(turn: Turn) -> None:
    silent = turn
    silent.take(Delta("Half a"), 5.0)
    assert not silent.look(64.0, PATIENCE_S)
    assert silent.look(66.0, PATIENCE_S)
    assert silent.note == "The model has said nothing for 1 minute."
    assert silent.look(190.0, PATIENCE_S)
    assert silent.note == "The model has said nothing for 3 minutes."
    silent.keep_waiting(190.0)
    assert (silent.note, silent.is_asking) == ("", False)


def test_progress_is_a_sign_of_life_and_progress_that_stands_still_is_none(turn: Turn) -> None:
    reading = turn
    reading.take(Loading(0.5), 50.0)
    reading.take(Prefilling(16, 100, 0), 100.0)
    assert not reading.look(150.0, PATIENCE_S)
    reading.take(Prefilling(16, 100, 0), 150.0)
    assert reading.look(160.0, PATIENCE_S)
    reading.take(Prefilling(16, 100, 0), 161.0)
    assert reading.is_asking, "the question is not flickered away by the same number again"
    reading.take(Prefilling(32, 100, 0), 162.0)
    assert (reading.note, reading.is_asking) == ("Reading… 32 %", False)


def test_nobody_is_asked_about_what_they_have_stopped(turn: Turn) -> None:
    stopped = turn
    stopped.ask_to_stop()
    assert not stopped.look(600.0, PATIENCE_S)
    stopped.take(Prefilling(16, 100, 0), 601.0)
    assert (stopped.note, stopped.is_asking) == ("Stopping…", False)


def test_a_stop_after_the_question_takes_it_back(turn: Turn) -> None:
    silent = turn
    assert silent.look(60.0, PATIENCE_S)
    silent.ask_to_stop()
    assert (silent.note, silent.is_asking) == ("Stopping…", False)
