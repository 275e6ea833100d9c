"""The ctypes layer itself, in this process: the pinned build, tokens and their bytes, sequences, adapters."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from app.engine.child.answering import Answering
from app.engine.child.llama import library
from app.engine.child.llama.context import CacheFull, Context, DecodeError
from app.engine.child.llama.library import LoadError
from app.engine.child.llama.model import Model
from app.engine.child.llama.sampler import Sampler
from app.engine.protocol import NO_PREAMBLE, Adapter, Load, LoadFault, Message
from tests import assets
from tests.engine.child import raw
from tests.engine.child.raw import GREEDY, LOAD

pytestmark = pytest.mark.model

IM_START, IM_END = 1, 2  # of the starter model's vocabulary


@pytest.fixture(scope="module")
def insides(starter: Path) -> Iterator[raw.Insides]:
    with raw.insides(starter, replace(LOAD, context_tokens=256)) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def model(insides: raw.Insides) -> Model:
    return insides.model


@pytest.fixture(scope="module")
def answering(insides: raw.Insides) -> Answering:
    return insides.answering


@pytest.fixture(scope="module")
def tiny(llama31_file: Path) -> Iterator[Model]:
    loaded = Model(raw.library(), llama31_file, on_progress=lambda _fraction: None)
    yield loaded
    loaded.free()


@pytest.fixture
def context(tiny: Model) -> Iterator[Context]:
    loaded = new_context(tiny)
    yield loaded
    loaded.free()


def new_context(model: Model, load: Load = LOAD) -> Context:
    return Context(model, raw.library(), load, context_tokens=256)


def test_the_installed_library_is_the_pinned_one() -> None:
    assert library.mismatches() == ()


def test_another_layout_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(ctypes.Structure):
        _fields_ = (("logits", ctypes.c_int8),)

    monkeypatch.setattr("app.engine.child.llama.library.lib.llama_batch", Other)
    assert len(library.mismatches()) == 2


def test_another_version_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "_installed_version", lambda: "0.3.37")
    assert library.mismatches() == ("llama-cpp-python is 0.3.37, not 0.3.36",)


def test_devices_end_with_the_processor() -> None:
    devices = raw.library().devices()
    assert devices[-1].kind == "cpu"
    assert devices[-1].total_bytes > 0
    assert devices[-1].description


@pytest.mark.parametrize("typed", ["<|im_end|>", "<|im_start|>", "a<|im_end|>b", "<|eot_id|>"])
def test_typed_control_text_never_becomes_control_tokens(answering: Answering, model: Model, typed: str) -> None:
    def control(tokens: list[int]) -> list[int]:
        return [token for token in tokens if token in (IM_START, IM_END)]

    roles: tuple[Literal["user", "assistant", "system"], ...] = ("user", "assistant", "system")
    for role in roles:
        harmless = answering.prompt((Message(role, "llama"),), NO_PREAMBLE).tokens
        hostile = answering.prompt((Message(role, typed),), NO_PREAMBLE).tokens
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
    tokens = answering.prompt((Message("user", "a"),), NO_PREAMBLE).tokens
    whole = (
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
        "<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n"
    )
    assert tokens == model.tokenize(whole, is_control=True, is_fresh=True)


def test_header_values_are_read_and_missing_ones_are_empty(model: Model) -> None:
    assert model.meta("general.architecture") == "llama"
    assert model.meta("no.such.key") == ""
    assert len(model.meta("tokenizer.chat_template")) <= 1000


def test_vocabularies_are_told_apart(model: Model, tiny: Model) -> None:
    assert model.has_same_vocabulary(model)
    assert not model.has_same_vocabulary(tiny)


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
    assert library.load_fault(errors) == fault


def test_a_device_that_is_not_there_any_more_is_named(llama31_file: Path) -> None:
    with pytest.raises(LoadError) as caught:
        Model(raw.library(), llama31_file, on_progress=lambda _fraction: None, devices=("CUDA7",))
    assert (caught.value.fault, caught.value.detail) == ("device", "CUDA7")


PROMPT = list(range(1000, 1060))


def following(context: Context, sequence: int, count: int = 8) -> list[int]:
    """The likeliest tokens after a sequence, which must have been read just now."""
    model = context._model
    sampler = Sampler(model, context, GREEDY)
    drawn = [sampler.next()]
    while len(drawn) < count:
        assert context.read_one(sequence, drawn[-1])
        drawn.append(sampler.next())
    sampler.free()
    return drawn


def afresh(model: Model, tokens: Sequence[int], load: Load = LOAD) -> list[int]:
    context = new_context(model, load)
    assert context.read(0, tokens)
    found = following(context, 0)
    context.free()
    return found


def test_reading_in_pieces_or_one_by_one_is_reading_the_whole(context: Context, tiny: Model) -> None:
    context.read(0, PROMPT[:30], rows=0)
    for token in PROMPT[30:]:
        assert context.read_one(0, token)
    assert context.tokens[0] == PROMPT
    assert following(context, 0) == afresh(tiny, PROMPT)


def test_a_fork_goes_on_by_itself_and_leaves_the_first_as_it_was(context: Context, tiny: Model) -> None:
    context.read(0, PROMPT)
    context.fork(0, 1, 40)
    assert context.tokens[1] == PROMPT[:40]
    context.read(1, [7, 8, 9])
    assert following(context, 1) == afresh(tiny, [*PROMPT[:40], 7, 8, 9])
    context.trim(0, 59)
    context.read(0, PROMPT[59:])
    assert following(context, 0) == afresh(tiny, PROMPT)


def test_what_was_trimmed_is_forgotten(context: Context, tiny: Model) -> None:
    context.read(0, [*PROMPT[:50], *range(500, 510)])
    context.trim(0, 50)
    assert context.tokens[0] == PROMPT[:50]
    context.read(0, PROMPT[50:])
    assert following(context, 0) == afresh(tiny, PROMPT)


def test_a_state_goes_into_another_context_and_on_from_there(context: Context, tiny: Model) -> None:
    context.read(0, PROMPT[:-1])
    context.fork(0, 2, 50)  # shares cells, and is none of the state's business
    state = context.state(0)
    other = new_context(tiny)
    other.read(0, [1, 2, 3])
    assert other.put_state(1, PROMPT[:-1], state)
    other.read(1, PROMPT[-1:])
    assert following(other, 1) == afresh(tiny, PROMPT)
    other.free()


@pytest.mark.parametrize("data", [b"", b"\0", bytes(100), b"\xff" * 1000])
def test_what_is_no_state_is_refused_and_the_sequence_stays_empty(context: Context, data: bytes) -> None:
    context.read(0, PROMPT)
    assert not context.put_state(1, PROMPT, bytearray(data))
    assert context.tokens[1] == []
    context.trim(0, 59)
    context.read(0, PROMPT[59:])
    assert following(context, 0) == afresh(context._model, PROMPT)


def test_a_state_cut_short_is_refused(context: Context) -> None:
    context.read(0, PROMPT)
    state = context.state(0)
    for size in (len(state) - 1, len(state) // 2, 20):
        assert not context.put_state(1, PROMPT, state[:size])
    assert not context.put_state(1, PROMPT[:-1], state)  # of other tokens than it says
    assert context.put_state(1, PROMPT, state)


def test_a_state_of_another_kv_type_is_refused(context: Context, tiny: Model) -> None:
    other = new_context(tiny, replace(LOAD, kv_type="q8_0"))
    other.read(0, PROMPT)
    assert not context.put_state(0, PROMPT, other.state(0))
    assert other.put_state(1, PROMPT, other.state(0))
    other.free()


def test_a_full_cache_is_told_and_nothing_was_read(context: Context) -> None:
    for sequence in range(4):
        context.read(sequence, PROMPT)
    with pytest.raises(CacheFull):
        context.read(0, PROMPT)
    assert context.tokens[0] == PROMPT
    context.trim(3, 0)
    assert context.read(0, PROMPT)
    context.read(1, PROMPT[: context.limit_tokens - sum(map(len, context.tokens))])
    assert sum(map(len, context.tokens)) == context.limit_tokens
    with pytest.raises(CacheFull):
        context.read_one(0, 5)


def test_an_aborted_read_leaves_what_was_there(context: Context, tiny: Model) -> None:
    context.read(0, PROMPT[:40])
    context.abort.set()
    assert not context.read(0, PROMPT[40:])
    assert not context.read_one(0, 40)
    assert context.tokens[0] == PROMPT[:40]
    context.abort.clear()
    assert context.read(0, PROMPT[40:])
    assert following(context, 0) == afresh(tiny, PROMPT)


def test_a_token_that_does_not_exist_is_a_fault_and_nothing_was_read(context: Context) -> None:
    context.read(0, PROMPT)
    with pytest.raises(DecodeError):
        context.read(0, [2**30])
    assert context.tokens[0] == PROMPT
    assert context.read(0, [1])


@pytest.fixture(scope="module")
def adapter(starter: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(assets.lora(tmp_path_factory.mktemp("lora"), starter))


def mixed(model: Model, *adapters: Adapter) -> list[int]:
    """What follows the prompt with these adapters."""
    context = new_context(model)
    context.mix_in(adapters)
    context.read(0, PROMPT)
    found = following(context, 0)
    context.free()
    return found


def test_an_adapter_counts_as_strongly_as_it_is_mixed_in(model: Model, adapter: str) -> None:
    without, half, whole = mixed(model), mixed(model, Adapter(adapter, 0.5)), mixed(model, Adapter(adapter, 1.0))
    assert mixed(model, Adapter(adapter, 0.0)) == without
    assert len({tuple(found) for found in (without, half, whole)}) == 3
    assert mixed(model, Adapter(adapter, 0.5), Adapter(adapter, 0.0)) == half
    assert mixed(model, Adapter(adapter, 0.5), Adapter(adapter, 1.0)) not in (half, whole)


def test_an_adapter_of_another_model_is_refused(tiny: Model, adapter: str) -> None:
    context = new_context(tiny)
    with pytest.raises(LoadError) as caught:
        context.mix_in([Adapter(adapter, 1.0)])
    assert caught.value.fault == "adapter"
    assert caught.value.detail == Path(adapter).name
    context.free()


def test_a_file_that_is_no_adapter_is_refused(tiny: Model, llama31_file: Path, tmp_path: Path) -> None:
    junk = tmp_path / "junk.gguf"
    junk.write_bytes(b"GGUF" + bytes(100))
    for path in (junk, llama31_file, tmp_path / "missing.gguf"):
        context = new_context(tiny)
        with pytest.raises(LoadError) as caught:
            context.mix_in([Adapter(str(path), 1.0)])
        assert caught.value.fault == "adapter"
        context.free()


def test_llama_cpp_may_speak_when_whoever_listened_is_gone(tiny: Model) -> None:
    listener = library.Library()
    del listener
    gc.collect()
    context = new_context(tiny)  # it logs a great deal
    assert context.read(0, PROMPT)
    context.free()
