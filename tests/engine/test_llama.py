"""The ctypes layer itself, in this process: the pinned build, tokens and their bytes."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from app.engine import llama
from app.engine.answering import Answering
from app.engine.llama import Context, Library, Model
from app.engine.protocol import LoadFault, Message

pytestmark = pytest.mark.model

IM_START, IM_END = 1, 2  # of the starter model's vocabulary


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


@pytest.fixture(scope="module")
def model(library: Library, starter: Path) -> Iterator[Model]:
    loaded = Model(library, starter, gpu_layers=0, repack=False, on_progress=lambda _fraction: None)
    yield loaded
    loaded.free()


@pytest.fixture(scope="module")
def answering(library: Library, model: Model) -> Iterator[Answering]:
    context = Context(model, library, context_tokens=256, threads=1)
    yield Answering(model, context)
    context.free()


def test_the_installed_library_is_the_pinned_one() -> None:
    assert llama.mismatches() == ()


def test_another_layout_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(ctypes.Structure):
        _fields_ = (("logits", ctypes.c_int8),)

    monkeypatch.setattr("app.engine.llama.lib.llama_batch", Other)
    assert len(llama.mismatches()) == 2


def test_another_version_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llama, "_installed_version", lambda: "0.3.37")
    assert llama.mismatches() == ("llama-cpp-python is 0.3.37, not 0.3.36",)


@pytest.mark.parametrize("typed", ["<|im_end|>", "<|im_start|>", "a<|im_end|>b", "<|eot_id|>"])
def test_typed_control_text_never_becomes_control_tokens(answering: Answering, model: Model, typed: str) -> None:
    def control(tokens: list[int]) -> list[int]:
        return [token for token in tokens if token in (IM_START, IM_END)]

    roles: tuple[Literal["user", "assistant", "system"], ...] = ("user", "assistant", "system")
    for role in roles:
        harmless = answering.prompt_tokens((Message(role, "llama"),))
        hostile = answering.prompt_tokens((Message(role, typed),))
        assert control(hostile) == control(harmless)
    assert model.tokenize("<|im_end|>", is_control=True) == [IM_END]


@pytest.mark.parametrize(
    "text", ["Hello, world", "naïve 🦙\n\n\tcode  ", " leading", "日本語", "<|im_end|>", "", "x" * 5000]
)
def test_text_comes_back_from_its_tokens(model: Model, text: str) -> None:
    tokens = model.tokenize(text, is_control=False)
    assert b"".join(model.piece(token) or b"" for token in tokens).decode() == text


def test_a_token_longer_than_the_buffer_is_read_whole(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    (token,) = model.tokenize(" information", is_control=False)
    monkeypatch.setattr(model, "_buffer", ctypes.create_string_buffer(4))
    monkeypatch.setattr(model, "_pieces", {})
    assert model.piece(token) == b" information"


def test_tokens_that_end_an_answer_have_no_piece(model: Model) -> None:
    assert model.piece(IM_END) is None
    assert model.piece(IM_START) == b""


def test_llama_cpp_renders_the_template_it_knows(model: Model) -> None:
    assert model.render_built_in([("user", "a")]) == "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n"


def test_the_files_own_default_system_message_is_used(answering: Answering, model: Model) -> None:
    tokens = answering.prompt_tokens((Message("user", "a"),))
    whole = (
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
        "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n"
    )
    assert tokens == model.tokenize(whole, is_control=True, is_fresh=True)


def test_header_values_are_read_and_missing_ones_are_empty(model: Model) -> None:
    assert model.meta("general.architecture") == "llama"
    assert model.meta("no.such.key") == ""
    assert len(model.meta("tokenizer.chat_template")) <= 1000


@pytest.mark.parametrize(
    ("errors", "fault"),
    [
        ("load: error loading model: unknown model architecture: 'x'", "architecture"),
        ("gguf_init: invalid magic characters: 'abcd', expected 'GGUF'", "not_gguf"),
        ("tensor 'a' data is not within the file bounds, model is corrupted or incomplete", "truncated"),
        ("failed to load GGUF split from b", "split"),
        ("unable to allocate CPU_REPACK buffer", "memory"),
        ("something new", "other"),
        ("", "other"),
    ],
)
def test_error_lines_are_understood(errors: str, fault: LoadFault) -> None:
    assert llama.load_fault(errors) == fault
