"""Our Llama 3.1 prompts, token for token: as the official template has them, by Meta's tokenizer and by llama.cpp's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from llama_models.datatypes import RawMessage, StopReason
from llama_models.llama3.chat_format import ChatFormat
from llama_models.llama3.tokenizer import Tokenizer

from app.engine import client
from app.engine.child.answering import Answering
from app.engine.child.kvcache import AnswerMemory, KvCache
from app.engine.child.llama.context import Context
from app.engine.child.llama.library import Library
from app.engine.child.llama.model import Model
from app.engine.child.template import Template, compare, render
from app.engine.protocol import NO_PREAMBLE, Load, LoadWish, Message, Preamble
from app.engine.stop import Stop
from tests import assets
from tests.engine.child import llama31
from tests.engine.child.llama31 import CONVERSATIONS, Conversation, fingerprint

FACTS: dict[str, str] = json.loads(llama31.FACTS.read_text("utf-8"))
FIRST_CONTROL_TOKEN = 128_000
LOAD = Load(
    path="", context_tokens=512, sequences=1, gpu_layers=0, devices=(), split=(), threads=1, batch_threads=1,
    batch_tokens=512, micro_batch_tokens=512, kv_type="f16", flash_attention="auto", repack=False, parked_bytes=0,
    resting_tokens=0, adapters=(), draft="", is_guessing=False,
)  # fmt: skip

every_conversation = pytest.mark.parametrize("name", CONVERSATIONS)


def is_plain(conversation: Conversation) -> bool:
    """Whether Meta's ChatFormat, which neither trims nor knows a date, is meant to give the same."""
    messages = conversation.messages
    return (
        messages[0].role == "system"
        and not conversation.preamble.tools
        and all(message.role != "tool" and message.call is None for message in messages)
    )


def our_tokens(messages: tuple[Message, ...], preamble: Preamble) -> list[int]:
    return llama31.tokens_of(render(Template("llama31"), messages, lambda _messages: None, preamble))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return assets.tiny_llama31(tmp_path_factory.mktemp("llama31"))


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


@pytest.fixture(scope="module")
def model(library: Library, file: Path) -> Iterator[Model]:
    loaded = Model(library, file, on_progress=lambda _fraction: None)
    yield loaded
    loaded.free()


@pytest.fixture(scope="module")
def answering(library: Library, model: Model) -> Iterator[Answering]:
    context = Context(model, library, LOAD, context_tokens=512)
    cache = KvCache(context, parked_bytes=0, resting_tokens=0, dropped=lambda _conversation: None)
    yield Answering(model, context, cache, guessers=[], memory=AnswerMemory())
    context.free()


def test_all_conversations_are_noted() -> None:
    assert FACTS.keys() == CONVERSATIONS.keys(), "run `.venv/bin/python -m tests.engine.child.llama31`"
    assert len(FACTS) >= 30


@every_conversation
def test_our_segments_have_the_official_tokens(name: str) -> None:
    conversation = CONVERSATIONS[name]
    assert fingerprint(our_tokens(conversation.messages, conversation.preamble)) == FACTS[name]


@pytest.mark.model
@every_conversation
def test_llama_cpp_reads_the_official_tokens(answering: Answering, name: str) -> None:
    conversation = CONVERSATIONS[name]
    assert fingerprint(answering.prompt(conversation.messages, conversation.preamble).tokens) == FACTS[name]


@every_conversation
def test_what_is_noted_is_what_the_official_template_gives(name: str) -> None:
    template = llama31.official_template()
    if template is None:
        pytest.skip("uv keeps no sources of llama-cpp-python here")
    text = llama31.official_text(template, CONVERSATIONS[name])
    tokens = llama31.official_tokens(text)
    assert fingerprint(tokens) == FACTS[name]
    if llama31.SHIELD not in text:
        assert tokens == Tokenizer.get_instance().encode(text, bos=False, eos=False, allowed_special="all")


@pytest.mark.parametrize("name", [name for name, conversation in CONVERSATIONS.items() if is_plain(conversation)])
def test_plain_dialogues_without_a_date_equal_metas_chat_format(name: str) -> None:
    messages = tuple(Message(message.role, message.text.strip()) for message in CONVERSATIONS[name].messages)
    dialogue = [
        RawMessage(role=message.role, content=message.text, stop_reason=StopReason.end_of_turn) for message in messages
    ]
    official = ChatFormat(Tokenizer.get_instance()).encode_dialog_prompt(dialogue)
    assert our_tokens(messages, NO_PREAMBLE) == official.tokens


@pytest.mark.model
@pytest.mark.parametrize("name", [name for name in CONVERSATIONS if name.startswith(("typed", "injected"))])
def test_what_is_typed_or_injected_never_becomes_a_control_token(answering: Answering, name: str) -> None:
    conversation = CONVERSATIONS[name]
    tokens = answering.prompt(conversation.messages, conversation.preamble).tokens
    has_system = conversation.messages[0].role == "system"
    turns = len(conversation.messages) + (0 if has_system else 1)  # the date needs one
    control = [token for token in tokens if token >= FIRST_CONTROL_TOKEN]
    begin, header, end_of_header, end = 128_000, 128_006, 128_007, 128_009
    assert control == [begin, *[header, end_of_header, end] * turns, header, end_of_header]


@pytest.mark.model
def test_the_tokens_that_end_an_answer_of_llama31(model: Model) -> None:
    ending = {"<|end_of_text|>", "<|eom_id|>", "<|eot_id|>"}
    special = Tokenizer.get_instance().special_tokens
    assert {word for word, token in special.items() if model.ends_answer(token)} == ending
    assert all(model.tokenize(word, is_control=True) == [token] for word, token in special.items())
    assert model.piece(special["<|python_tag|>"]) == b""


@pytest.mark.model
def test_every_token_has_the_bytes_that_meta_gives_it(model: Model) -> None:
    bytes_of = Tokenizer.get_instance().model.decode_single_token_bytes
    assert [token for token in range(FIRST_CONTROL_TOKEN) if model.piece(token) != bytes_of(token)] == []
    assert model.vocabulary_tokens == Tokenizer.get_instance().n_words
    assert model.adds_bos


@pytest.mark.model
def test_the_engine_talks_with_a_llama31(file: Path) -> None:
    engine = client.load(LoadWish(file, 512), on_progress=lambda _fraction: None, stop=Stop())
    try:
        assert engine.facts.template_family == "llama31"
    finally:
        engine.close()


@pytest.mark.model
def test_the_starter_models_template_is_the_published_one(library: Library, starter: Path) -> None:
    model = Model(library, starter, on_progress=lambda _fraction: None)
    template = model.chat_template()
    model.free()
    assert template is not None
    assert compare(template) == "known"
    assert compare(template.replace("SmolLM", "Smo1LM")) == "changed"


def test_a_template_that_only_has_the_marks_is_a_changed_one() -> None:
    assert compare(assets.LLAMA31_MARKS) == "changed"
