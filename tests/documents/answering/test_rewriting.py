"""Follow-ups that stand alone when they are searched."""

from __future__ import annotations

import threading

import pytest

from app.documents.answering import rewriting
from app.documents.answering.rewriting import MOST_CHARACTERS, needs_rewriting, rewrite
from app.engine.client import Engine, Stop
from app.engine.fake import FakeEngine, Script
from app.engine.protocol import Message
from app.errors import Cancelled
from tests.chat.talk import Listening

HISTORY = (
    Message("user", "How long is the warranty of the Brandt pump?"),
    Message("assistant", "The warranty lasts two years from delivery."),
)
FOLLOW_UP = "And who pays for its repair?"
FALLBACK = f"{FOLLOW_UP} {HISTORY[0].text}"


@pytest.mark.parametrize(
    ("question", "needs"),
    [
        ("And who pays for its repair?", True),
        ("Why?", True),
        ("What about 2023?", True),
        ("Wer bezahlt sie?", True),
        ("Combien ça coûte ?", True),
        ("¿Y quién lo paga?", True),
        ("Who pays for repairs of the Brandt pump under warranty?", False),
        ("Wer trägt die Kosten der Reparatur einer Brandt-Pumpe?", False),
        ("What does this contract say about delivery of spare parts to Lisbon?", False),
    ],
)
def test_only_what_does_not_stand_alone_is_rewritten(question: str, needs: bool) -> None:
    assert needs_rewriting(question, HISTORY) is needs
    assert needs_rewriting(question, ()) is False, "a first question goes on from nothing"


def test_a_question_that_stands_alone_costs_no_job() -> None:
    engine = Listening(Script(answers=("never",)))
    question = "Who pays for repairs of the Brandt pump under warranty?"
    assert rewrite(engine, question, HISTORY, stop=Stop()) == question
    assert engine.heard == []


def test_the_models_question_is_used_where_it_is_about_the_same() -> None:
    engine = Listening(Script(answers=('Who pays for repair of the Brandt pump under warranty?" I hope this helps',)))
    assert rewrite(engine, FOLLOW_UP, HISTORY, stop=Stop()) == "Who pays for repair of the Brandt pump under warranty?"
    assert "Brandt" in engine.heard[0][-2].text
    assert engine.heard[0][-1] == Message("assistant", rewriting.BEGUN)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "   \n",
        "I'm sorry, I can't do that",
        "What is the capital of Portugal?",
        "Who pays for the repair of the Contoso rocket in Lisbon by Maria Alvarez before Christmas dinner?",
        "The warranty lasts two years.",
        "word " * MOST_CHARACTERS,
    ],
)
def test_nonsense_falls_back_on_the_last_question(written: str) -> None:
    assert rewrite(FakeEngine(Script(answers=(written,))), FOLLOW_UP, HISTORY, stop=Stop()) == FALLBACK


def test_a_number_that_gets_lost_is_not_accepted() -> None:
    engine = FakeEngine(Script(answers=("How long is the warranty of the Brandt pump?",)))
    assert "2023" in rewrite(engine, "And in 2023?", HISTORY, stop=Stop())


def test_trouble_with_the_engine_is_silent() -> None:
    assert rewrite(FakeEngine(Script(dies_after_tokens=0)), FOLLOW_UP, HISTORY, stop=Stop()) == FALLBACK
    tiny = FakeEngine(Script(context_tokens=16))
    assert rewrite(tiny, FOLLOW_UP, HISTORY, stop=Stop()) == FALLBACK


def test_stop_ends_it() -> None:
    stop, failed = Stop(), list[Cancelled]()

    def write() -> None:
        try:
            rewrite(FakeEngine(Script(hangs_after_tokens=1)), FOLLOW_UP, HISTORY, stop=stop)
        except Cancelled as cancelled:
            failed.append(cancelled)

    worker = threading.Thread(target=write)
    worker.start()
    stop.set()
    worker.join(10)
    assert len(failed) == 1


@pytest.mark.model
def test_a_real_model_gives_a_question_with_what_it_goes_on_from(real: Engine) -> None:
    made = rewrite(real, FOLLOW_UP, HISTORY, stop=Stop())
    assert "repair" in made
    assert {"warranty", "pump"} & set(made.lower().rstrip("?").split())
