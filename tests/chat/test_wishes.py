"""What goes into a turn beside the words: attachments, instructions, the model, and no more of a chat than is seen."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.chat.manner import Manner
from app.chat.session import ChatSession, Wishes
from app.chat.store import ChatStore
from app.chat.tree import Attachment, Message, Tree
from app.engine import protocol
from app.engine.client import Engine, Stop
from app.engine.fake import FakeEngine, Script
from app.storage.database import Database
from tests.chat.talk import WISHES, Listening, Log, ask, chat, finished


def test_what_is_attached_stands_before_the_question_and_is_attached_to_its_edit_too(store: ChatStore) -> None:
    engine = Listening(Script(answers=("first", "second")))
    notes = Attachment("notes.txt", "The llama is blue.")
    log = Log()
    chat(store, engine).send(None, "What colour?", parent_id=None, on_event=log, stop=Stop(), attachments=(notes,))
    question = store.tree(log.home).path()[0]
    assert question.attachments == (notes,)
    heard = engine.heard[0][-1].text
    assert heard.index("notes.txt") < heard.index("The llama is blue.") < heard.index("What colour?")
    chat(store, engine).edit(question.id, "Which?", conversation_id=log.home, on_event=Log(), stop=Stop())
    assert engine.heard[1][-1].text == heard.replace("What colour?", "Which?")
    assert store.tree(log.home).path()[0].attachments == (notes,)


def test_a_chat_that_begins_with_a_file_only_is_named_after_it(store: ChatStore) -> None:
    log = Log()
    attached = (Attachment("notes.txt", "words"),)
    chat(store, FakeEngine()).send(None, "", parent_id=None, on_event=log, stop=Stop(), attachments=attached)
    assert store.conversations()[0].title == "notes.txt"


def test_wishes_of_a_conversation_are_asked_for_and_met(store: ChatStore) -> None:
    asked: list[tuple[str | None, str | None, Manner]] = []
    paths: list[Path | None] = []
    engine = Listening()

    def wishes(home: str | None, folder_id: str | None, manner: Manner) -> Wishes:
        asked.append((home, folder_id, manner))
        return replace(WISHES, system_prompt="Be brief.", path=Path("its.gguf"), note="Another one answered.")

    def acquire(_progress: Callable[[float], None], _stop: Stop, *, path: Path | None) -> Engine:
        paths.append(path)
        return engine

    log, pirate = Log(), Manner("Arr.")
    talk = ChatSession(store, acquire, wishes)
    talk.send(None, "Why?", parent_id=None, on_event=log, stop=Stop(), manner=pirate)
    answer = finished(log)
    talk.regenerate(answer.id, conversation_id=log.home, on_event=Log(), stop=Stop(), manner=pirate)
    assert asked == [(None, None, pirate), (log.home, None, pirate)]
    assert paths == [Path("its.gguf")] * 2
    assert [messages[0] for messages in engine.heard] == [protocol.Message("system", "Be brief.")] * 2
    assert answer.note == "Another one answered."
    conversation = store.conversation(log.home)
    assert conversation is not None
    assert conversation.manner == pirate


def test_a_turn_reads_no_more_of_a_long_chat_than_the_model_sees(database: Database) -> None:
    read: list[int] = []

    class Watched(ChatStore):
        def tree(self, conversation_id: str) -> Tree[Message]:
            raise AssertionError("a turn reads its branch only")

        def branch(self, conversation_id: str, tip_id: str | None, cuts: Container[str]) -> Any:  # as the store's
            found = super().branch(conversation_id, tip_id, cuts)
            read.append(len(found[0]))
            return found

    store = Watched(database)
    engine = FakeEngine(Script(answers=("word " * 30,), context_tokens=256))
    home, tip = ask(store, engine).home, None
    for _turn in range(30):
        conversation = store.conversation(home)
        tip = None if conversation is None else conversation.tip_id
        chat(store, engine).send(home, "And then?", parent_id=tip, on_event=Log(), stop=Stop())
    assert max(read) < 15, "of 62 messages"
