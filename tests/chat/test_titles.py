"""Titles by the model: what counts as one, who goes first, and that no conversation pays for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from app.chat import titles
from app.chat.store import ChatStore
from app.chat.titles import TitleWriter
from app.engine import client
from app.engine.client import Engine, Stop
from app.engine.fake import FakeEngine, Script
from app.engine.protocol import LoadWish
from app.models import library
from tests.chat.talk import Listening, Log, ask, chat, finished, go_on


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Two days in Rome", "Two days in Rome"),
        ('"Two days in Rome."', "Two days in Rome"),
        ("**Title: Two days\tin Rome**\nI hope you like it!", "Two days in Rome"),
        ("\n\n# Why the sky is blue?\n", "Why the sky is blue?"),
        ("„Zwei Tage in Rom“", "Zwei Tage in Rom"),
        ("タイトル:ローマの二日間", "ローマの二日間"),
        ("Learning C#", "Learning C#"),
        ("", ""),
        ("...", ""),
        ("I'm sorry, I cannot do that", ""),
        ("Here is a title for you", ""),
        ("a title with a lot more words than anybody wants to read", ""),
        ("Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen", ""),
        ("\u202eemoR ni syad owT", "emoR ni syad owT"),
    ],
)
def test_what_the_model_writes_is_cleaned_or_refused(written: str, title: str) -> None:
    assert titles.cleaned(written) == title


def first_turn(store: ChatStore, engine: Engine, question: str = "What can I see in Rome?") -> str:
    return ask(store, engine, question).home


def test_a_chat_gets_its_title_once_and_a_persons_own_is_never_replaced(store: ChatStore) -> None:
    engine = Listening(Script(answers=("The Forum.", "Two days in Rome", "The Forum.", "Something else")))
    home = first_turn(store, engine)
    writer = TitleWriter(store)
    assert writer.write(engine, home, Stop()) == "Two days in Rome"
    conversation = store.conversation(home)
    assert conversation is not None
    assert (conversation.title, conversation.title_source) == ("Two days in Rome", "model")
    assert "What can I see in Rome?" in engine.heard[1][-2].text
    assert writer.write(engine, home, Stop()) == "", "it has one"
    own = first_turn(store, engine)
    store.rename(own, "Mine")
    assert writer.write(engine, own, Stop()) == ""
    assert store.conversations()[0].title == "Mine"


def test_nonsense_and_an_answer_said_again_leave_the_title_as_it_is(store: ChatStore) -> None:
    for nonsense in ("", "I'm sorry, I can't", "The Forum", "word " * 40, "Boiling eggs"):
        engine = FakeEngine(Script(answers=("The Forum.", nonsense)))
        home = first_turn(store, engine)
        assert TitleWriter(store).write(engine, home, Stop()) == ""
        assert store.conversations()[0].title_source == "question"


def test_a_chat_without_an_answer_gets_no_title(store: ChatStore) -> None:
    engine = Listening(Script(answers=("", "Two days in Rome")))
    home = first_turn(store, engine)
    assert TitleWriter(store).write(engine, home, Stop()) == ""
    assert TitleWriter(store).write(engine, "never", Stop()) == ""
    assert len(engine.heard) == 1


def test_an_engine_that_dies_costs_nothing_but_the_title(store: ChatStore) -> None:
    home = first_turn(store, FakeEngine())
    assert TitleWriter(store).write(FakeEngine(Script(dies_after_tokens=0)), home, Stop()) == ""


@pytest.mark.parametrize("who", ["a turn", "the caller"])
def test_it_is_broken_off_at_once(store: ChatStore, who: str) -> None:
    home = first_turn(store, FakeEngine())
    writing = threading.Event()

    class Slow(FakeEngine):
        def _reply(self, messages: object) -> str:
            writing.set()
            return "Two days in Rome"

    writer, stop, written = TitleWriter(store), Stop(), list[str]()
    engine = Slow(Script(hangs_after_tokens=1))
    worker = threading.Thread(target=lambda: written.append(writer.write(engine, home, stop)))
    worker.start()
    assert writing.wait(10)
    assert writer.write(engine, home, Stop()) == "", "one at a time"
    if who == "a turn":
        writer.break_off()
    else:
        stop.set()
    worker.join(10)
    assert written == [""]
    assert store.conversations()[0].title_source == "question"


@pytest.fixture(scope="module")
def real() -> Iterator[Engine]:
    loaded = client.load(LoadWish(library.starter(), 1024), on_progress=lambda _fraction: None, stop=Stop())
    yield loaded
    loaded.close()


@pytest.mark.model
def test_a_real_model_writes_one_and_the_chat_goes_on_without_reading_again(store: ChatStore, real: Engine) -> None:
    log = Log()
    question = "How do I sort a list of dictionaries by a key in Python?"
    chat(store, real).send(None, question, parent_id=None, on_event=log, stop=Stop(), max_tokens=60)
    spoken = finished(log).stats
    title = TitleWriter(store).write(real, log.home, Stop())
    assert len(title.split()) <= titles.MOST_WORDS
    assert title in ("", store.conversations()[0].title)
    after = finished(go_on(store, real, log.home, "And backwards?")).stats
    assert spoken is not None
    assert after is not None
    assert after.reused_tokens >= spoken.prompt_tokens + spoken.answer_tokens - 1
