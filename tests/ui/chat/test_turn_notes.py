"""What is said while documents are read and searched for an answer, before its words come."""

from __future__ import annotations

import pytest

from app.chat.events import Delta, DocumentsAwaited, EachPart, Grounded, Searching, Started
from app.chat.store import ChatStore
from app.chat.tree import Message
from app.documents.grounds import Grounds
from app.ui.chat import wording
from app.ui.chat.silence import Silence
from app.ui.chat.turn import Turn

QUESTION = Message(1, "q", "c", None, "user", "Why?", "done", 0.0)
ANSWER = Message(2, "a", "c", "q", "assistant", "", "streaming", 0.0)
GROUNDS = Grounds("nothing", "Why?", (), "", 0, 3, ("d",))


@pytest.fixture
def turn() -> Turn:
    made = Turn(0, ChatStore.__new__(ChatStore), Silence(0.0))  # nothing is asked of the store here
    made.take(Started(QUESTION, ANSWER), 0.0)
    made.answer = ANSWER
    return made


def test_each_step_says_what_happens(turn: Turn) -> None:
    said = []
    for event in (
        DocumentsAwaited("", 0.0),
        DocumentsAwaited("policy.pdf", 0.4),
        Searching("Why?"),
        EachPart(11, 312, 170.0),
        EachPart(0, 312, None),
        Grounded(GROUNDS),
        Delta("Because"),
    ):
        turn.take(event, 1.0)
        said.append(turn.note)
    assert said == [
        "Reading your documents first…",
        "Reading policy.pdf first… 40 %",
        "Searching your documents…",
        "Reading part 12 of 312, about 3 minutes left",
        "Reading part 1 of 312…",
        "Thinking…",
        "",
    ]


def test_a_very_long_name_is_shortened_in_its_middle(turn: Turn) -> None:
    turn.take(DocumentsAwaited("handbook " * 20 + "final.pdf", 0.5), 1.0)
    assert turn.note.startswith("Reading handbook handbook")
    assert turn.note.endswith("final.pdf first… 50 %")
    assert len(turn.note) < 80


def test_while_documents_are_read_the_model_is_not_called_silent(turn: Turn) -> None:
    turn.take(DocumentsAwaited("policy.pdf", 0.4), 1.0)
    assert not turn.look(1_000.0, 60.0)
    turn.take(EachPart(1, 9, None), 1_000.0)
    assert not turn.look(2_000.0, 60.0)
    turn.take(Grounded(GROUNDS), 2_000.0)
    assert not turn.look(2_030.0, 60.0)
    assert turn.look(2_070.0, 60.0)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1.0, "about 5 seconds"),
        (33.0, "about 35 seconds"),
        (55.0, "about 1 minute"),
        (850.0, "about 14 minutes"),
        (9_000.0, "about 2 hours"),
    ],
)
def test_how_long_it_takes_is_said_as_exactly_as_it_is_known(seconds: float, said: str) -> None:
    assert wording.about(seconds) == said
