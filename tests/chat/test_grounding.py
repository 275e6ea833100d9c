"""Turns in chats that ask documents: the real store, library and database, and the scripted engine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.chat import grounding
from app.chat.grounding import Grounding
from app.chat.session import ChatSession, DocumentsAwaited, Failed, Finished, Grounded
from app.chat.store import ChatStore
from app.documents.answering.answerer import NOTHING_READ, Answerer
from app.documents.answering.events import EachPart
from app.documents.records import Scope
from app.engine import client
from app.engine.client import Engine, Stop
from app.engine.fake import Script
from app.engine.protocol import LoadWish
from app.models import library as starters
from tests.chat.talk import Listening, Log, finished, wished
from tests.documents import plainly
from tests.documents.plainly import Shelf, shelf

LEASE = """# Notice

The tenant may end the lease with three months of notice, given in writing.

# Rent

The rent of 1200 euro is due on the third working day of each month."""
ANSWER = "The tenant may end the lease with three months of notice. The moon is made of cheese."


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Shelf]:
    yield from shelf(tmp_path)


def converse(library: Shelf, engine: Engine) -> ChatSession:
    store = ChatStore(library.database)
    asked = Grounding(library.library, Answerer(library.library))
    return ChatSession(store, lambda _progress, _stop, *, path: engine, wished, grounding=asked, unnamed="unnamed")


def ask(library: Shelf, engine: Engine, text: str, scope: Scope) -> Log:
    log = Log()
    converse(library, engine).send(None, text, parent_id=None, on_event=log, stop=Stop(), scope=scope)
    return log


def test_an_answer_is_given_from_the_documents_and_says_which_sentence_stands_where(library: Shelf) -> None:
    (lease,) = library.add(lease=LEASE)
    engine = Listening(Script(answers=(ANSWER,)))
    answer = finished(ask(library, engine, "How does the tenant end it?", Scope((lease,))))
    assert answer.grounds is not None
    assert answer.grounds.strategy == "whole"
    assert "three months of notice, given in writing" in engine.heard[-1][-1].text
    assert engine.heard[-1][-1].text.endswith("How does the tenant end it?")
    (citation,) = answer.cited.citations
    assert ANSWER[citation.start : citation.end].startswith("The tenant may end the lease")
    passage = answer.grounds.passages[citation.passage]
    assert passage.document_id == lease
    cited = library.library.part(lease, citation.span.first).text[citation.span.start : citation.span.end]
    assert "three months of notice" in cited


def test_what_an_answer_was_given_from_is_there_after_a_restart(library: Shelf) -> None:
    (lease,) = library.add(lease=LEASE)
    answer = finished(ask(library, Listening(Script(answers=(ANSWER,))), "How?", Scope((lease,))))
    library.close()
    library.open()
    (again,) = ChatStore(library.database).messages((answer.id,))
    assert again == answer
    assert library.library.scope_of(answer.conversation_id) == Scope((lease,))


def test_a_document_that_is_in_view_is_not_read_a_second_time(library: Shelf) -> None:
    (lease,) = library.add(lease=LEASE)
    engine = Listening(Script(answers=(ANSWER,)))
    log = ask(library, engine, "How does the tenant end it?", Scope((lease,)))
    again = Log()
    converse(library, engine).send(log.home, "And the rent?", parent_id=finished(log).id, on_event=again, stop=Stop())
    said = "\n".join(message.text for message in engine.heard[-1])
    assert said.count("third working day") == 1
    assert engine.heard[-1][: len(engine.heard[0])] == engine.heard[0], "the KV cache goes on from there"
    grounds = finished(again).grounds
    assert grounds is not None
    assert (grounds.strategy, grounds.text) == ("whole", "")
    assert grounds.passages, "so that it can be cited all the same"


TERMS = "The usual terms hold here as well, and nobody ever asks for them. " * 12


def test_a_tiny_context_answers_from_the_sentences_that_fit_and_says_so(library: Shelf) -> None:
    (lease,) = library.add(lease=f"{TERMS}The rent of 1200 euro is due on the third working day. {TERMS}")
    engine = Listening(Script(answers=("On the third working day.",), context_tokens=512))
    answer = finished(ask(library, engine, "When is the rent of 1200 euro due?", Scope((lease,))))
    assert answer.status == "done"
    assert answer.grounds is not None
    assert "The rent of 1200 euro is due on the third working day." in answer.grounds.passages[0].text


def test_a_question_that_leaves_no_room_for_documents_says_what_to_do(library: Shelf) -> None:
    (lease,) = library.add(lease=f"{LEASE} {TERMS}")
    engine = Listening(Script(context_tokens=512))
    log = ask(library, engine, f"When is the rent due? {'And so on. ' * 110}", Scope((lease,)))
    assert isinstance(log.last, Failed)
    assert "no room for even a sentence" in log.last.error.message
    assert "larger context" in log.last.error.next_step
    assert engine.heard == []


@pytest.mark.model
def test_a_real_model_in_a_tiny_context_answers_from_the_sentences_that_fit(library: Shelf) -> None:
    (lease,) = library.add(lease=f"{TERMS}The rent of 1200 euro is due on the third working day. {TERMS}")
    engine = client.load(LoadWish(starters.starter(), 512), on_progress=lambda _fraction: None, stop=Stop())
    try:
        answer = finished(ask(library, engine, "When is the rent of 1200 euro due?", Scope((lease,))))
        grounds = answer.grounds
        assert grounds is not None
        assert "third working day" in grounds.passages[0].text
        assert "only sentences of the best passage were read" in grounds.note
        assert answer.stats is not None
        assert answer.stats.prompt_tokens <= 512 - 128
        second = Log()
        converse(library, engine).send(
            answer.conversation_id, "And how much is it?", parent_id=answer.id, on_event=second, stop=Stop()
        )
        assert finished(second).grounds is not None
    finally:
        engine.close()


@pytest.mark.model
def test_a_real_model_has_read_a_document_before_enter_and_reads_it_once(library: Shelf) -> None:
    (lease,) = library.add(lease=f"{LEASE}\n\n{TERMS}")
    engine = client.load(LoadWish(starters.starter(), 2048), on_progress=lambda _fraction: None, stop=Stop())
    try:
        typed = "When exactly is the rent due, and how much of it has to be paid on that day"
        session = converse(library, engine)
        assert session.read_ahead(engine, None, typed, parent_id=None, stop=Stop(), scope=Scope((lease,)))
        first = finished(ask(library, engine, f"{typed} by the tenant?", Scope((lease,))))
        assert first.grounds is not None
        assert first.grounds.strategy == "whole"
        assert first.stats is not None
        assert first.stats.prompt_tokens - first.stats.reused_tokens < 16 < first.stats.prompt_tokens / 10
        second = Log()
        session.send(first.conversation_id, "And the notice?", parent_id=first.id, on_event=second, stop=Stop())
        stats = finished(second).stats
        assert stats is not None
        assert stats.reused_tokens >= first.stats.prompt_tokens, "what was read and said before is read once"
    finally:
        engine.close()


def test_another_answer_is_given_from_the_same_passages(library: Shelf) -> None:
    (lease,) = library.add(lease=LEASE)
    engine = Listening(Script(answers=(ANSWER, "It ends in writing.")))
    first = finished(ask(library, engine, "How does the tenant end it?", Scope((lease,))))
    log = Log()
    converse(library, engine).regenerate(first.id, conversation_id=first.conversation_id, on_event=log, stop=Stop())
    assert engine.heard[-1] == engine.heard[-2]
    assert finished(log).grounds == first.grounds


def test_a_chat_without_documents_has_no_grounds(library: Shelf) -> None:
    library.add(lease=LEASE)
    answer = finished(ask(library, Listening(), "How?", Scope()))
    assert answer.grounds is None
    assert not answer.cited.citations


def test_a_chat_that_branches_off_keeps_what_was_read(library: Shelf) -> None:
    (lease,) = library.add(lease=LEASE)
    first = finished(ask(library, Listening(Script(answers=(ANSWER,))), "How?", Scope((lease,))))
    store = ChatStore(library.database)
    branched = store.branch_off(first.conversation_id, first.id, title="A branch")
    copied = store.tree(branched).path()[-1]
    assert copied.grounds == first.grounds
    assert copied.cited == first.cited


def test_a_question_waits_for_a_file_that_is_still_being_read(library: Shelf) -> None:
    path = library.write("slow.txt", "HOLD The password of the archive is swordfish.")
    (slow,) = library.library.add_files([path])
    library.library.start()
    assert library.reader.is_holding.wait(10)
    engine = Listening(Script(answers=("It is swordfish.",)))
    awaited = threading.Event()

    class Waiting(Log):
        def __call__(self, event: object) -> None:
            super().__call__(event)  # type: ignore[arg-type]  # events only
            if isinstance(event, DocumentsAwaited):
                awaited.set()

    log = Waiting()
    thread = threading.Thread(
        target=lambda: converse(library, engine).send(
            None, "What is it?", parent_id=None, on_event=log, stop=Stop(), scope=Scope((slow.id,))
        )
    )
    thread.start()
    assert awaited.wait(10)
    assert not engine.heard
    library.reader.gate.set()
    thread.join(20)
    assert isinstance(log.last, Finished)
    assert "swordfish" in engine.heard[-1][-1].text


def test_stop_ends_the_wait_for_a_file(library: Shelf) -> None:
    path = library.write("slow.txt", "HOLD Nothing.")
    (slow,) = library.library.add_files([path])
    library.library.start()
    assert library.reader.is_holding.wait(10)
    stop = Stop()

    class Stopping(Log):
        def __call__(self, event: object) -> None:
            super().__call__(event)  # type: ignore[arg-type]  # events only
            if isinstance(event, DocumentsAwaited):
                stop.set()

    log = Stopping()
    converse(library, Listening()).send(
        None, "What is it?", parent_id=None, on_event=log, stop=stop, scope=Scope((slow.id,))
    )
    answer = finished(log)
    assert (answer.status, answer.text) == ("stopped", "")


def test_a_fault_in_citing_does_not_cost_the_answer(
    library: Shelf, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_text: str, _grounds: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(grounding, "cite", fail)
    (lease,) = library.add(lease=LEASE)
    answer = finished(ask(library, Listening(Script(answers=(ANSWER,))), "How?", Scope((lease,))))
    assert (answer.status, answer.text) == ("done", ANSWER)
    assert "could not be cited" in caplog.text
    caplog.clear()


def test_a_document_that_goes_leaves_no_word_in_what_answers_were_given_from(library: Shelf) -> None:
    (lease,) = library.add(lease=LEASE)
    first = finished(ask(library, Listening(Script(answers=(ANSWER,))), "How?", Scope((lease,))))
    store = ChatStore(library.database)
    assert [one.message_id for one in store.quoting((lease,))] == [first.id]
    library.library.remove((lease,))
    assert store.forget_documents((lease,)) == (first.conversation_id,)
    (left,) = store.messages((first.id,))
    assert left.text == ANSWER
    assert left.grounds is not None
    assert "writing" not in repr(left.grounds)
    assert store.quoting((lease,)) == ()


def test_what_will_be_read_is_told_before_the_model_reads_it(library: Shelf) -> None:
    (lease,) = library.add(lease=LEASE)
    log = ask(library, Listening(Script(answers=(ANSWER,))), "How?", Scope((lease,)))
    (grounded,) = [event for event in log.events if isinstance(event, Grounded)]
    assert grounded.grounds == finished(log).grounds


def test_what_was_read_before_answers_while_reading_it_again_is_paused(library: Shelf) -> None:
    (lease,) = library.add(lease=LEASE)
    library.library.pause("person")
    library.library.read_again([lease])
    engine = Listening(Script(answers=(ANSWER,)))
    grounds = finished(ask(library, engine, "How does the tenant end it?", Scope((lease,)))).grounds
    assert grounds is not None
    assert (grounds.strategy, grounds.note) == ("whole", "")
    assert "three months of notice, given in writing" in engine.heard[-1][-1].text


def test_an_answer_does_not_wait_for_a_disk_that_is_full(library: Shelf) -> None:
    lease = plainly.stuck_while_reading(library, "lease.txt", LEASE)
    engine = Listening(Script(answers=("I could not look yet.",)))
    grounds = finished(ask(library, engine, "How does it end?", Scope((lease,)))).grounds
    assert grounds is not None
    assert grounds.note == "1 document is not read yet, or could not be read."


def test_where_nothing_is_read_yet_the_model_is_not_told_that_nothing_was_found(library: Shelf) -> None:
    library.library.start()
    library.library.pause("person")
    collection = library.library.add_collection("Papers")
    library.library.add_files([library.write("lease.txt", LEASE)], collection_id=collection.id)
    engine = Listening(Script(answers=("I could not look yet.",)))
    grounds = finished(ask(library, engine, "How does it end?", Scope((), (collection.id,)))).grounds
    assert grounds is not None
    assert (grounds.strategy, grounds.text) == ("nothing", NOTHING_READ)
    assert grounds.note == "1 document is not read yet, or could not be read."
    assert NOTHING_READ in engine.heard[-1][-1].text


def test_a_document_read_again_while_every_part_is_asked_is_noted(library: Shelf) -> None:
    (book,) = library.add(book="\f".join(f"Chapter {n} tells of the tenant {n}. " * 60 for n in range(12)))

    class Changing(Log):
        def __call__(self, event: object) -> None:
            super().__call__(event)  # type: ignore[arg-type]  # events only
            if isinstance(event, EachPart) and event.done == 2:
                library.add(book="Short now.")

    log = Changing()
    engine = Listening(Script(answers=("It tells of the tenant.",), context_tokens=2048))
    converse(library, engine).send(
        None, "Summarise it", parent_id=None, on_event=log, stop=Stop(), scope=Scope((book,)), wanted="every_part"
    )
    grounds = finished(log).grounds
    assert grounds is not None
    assert grounds.parts_read < grounds.parts == 12
    assert "1 document changed while it was read." in grounds.note
