"""What a model file says about itself, against what llama.cpp, model cards and the starter model say."""

from __future__ import annotations

import dataclasses
import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import ModelFault
from app.models import header, library
from app.models.header import Header, read_header, require_chat_model
from tests.models import forge
from tests.models.conftest import refusal
from tests.models.forge import Raw, Shape, Tensor

CHILD = Path(__file__).with_name("loaded.py")
ROOT = Path(__file__).resolve().parents[2]
ROPE_FACTORS = 64  # rope_freqs.weight of Llama 3.1, which model cards do not count


def refused_as(path: Path) -> str:
    """What `require_chat_model` says of a file that reads."""
    read = read_header(path)
    with pytest.raises(ModelFault) as caught:
        require_chat_model(read)
    assert caught.value.next_step
    return caught.value.message


def test_the_starter_model() -> None:
    """SmolLM2-135M: 30 layers of 576, 9 heads sharing 3, 49,152 tokens, 8,192 of context (its model card)."""
    read = read_header(library.starter())
    require_chat_model(read)
    assert (read.architecture, read.quantisation, read.parameters) == ("llama", "Q4_1", 134_515_008)
    assert (read.layers, read.embedding, read.feed_forward, read.heads, read.kv_heads) == (30, 576, 1536, 9, 3)
    assert (read.head_dim_k, read.head_dim_v, read.kv_widths) == (64, 64, (384,) * 30)
    assert (read.vocabulary, read.trained_context, read.rope_base) == (49152, 8192, 100_000.0)
    assert (read.experts, read.experts_used, read.sliding_window, read.rope_scaling) == (0, 0, 0, "")
    assert "<|im_start|>" in read.chat_template
    assert read.is_output_tied
    assert read.output_type == "Q8_0"
    assert not read.is_adapter
    assert not read.is_vocabulary_only
    assert read.facts["general.license"] == "apache-2.0"
    assert read.total_bytes == sum(read.layer_bytes) + read.output_bytes == read.active_bytes
    assert read.total_bytes == pytest.approx(library.starter().stat().st_size, rel=0.05)


@pytest.mark.model
def test_llama_cpp_says_the_same(tmp_path: Path) -> None:
    """Of the starter and of forged models: which proves the forge too."""
    files = [
        library.starter(),
        forge.llama(tmp_path / "tiny.gguf"),
        forge.llama(tmp_path / "tied.gguf", layers=5, tied=True, quantisation="Q8_0", parts=3),
        forge.llama(tmp_path / "experts.gguf", experts=4, experts_used=2),
        forge.llama(tmp_path / "8b.gguf", "8b", quantisation="F16"),
        forge.llama(tmp_path / "70b.gguf", "70b"),
        forge.llama(tmp_path / "405b.gguf", "405b", parts=6),
    ]
    run = subprocess.run(
        [sys.executable, CHILD, *files], capture_output=True, text=True, check=True, timeout=100, cwd=ROOT
    )
    for file, said in zip(files, json.loads(run.stdout), strict=True):
        read = read_header(file)
        assert said == {name: getattr(read, name) for name in said}, file.name


@pytest.mark.parametrize(
    ("shape", "parameters", "kv_bytes_per_token"),
    [("8b", 8_030_261_248, 131_072), ("70b", 70_553_706_496, 327_680), ("405b", 405_853_388_800, 516_096)],
)
def test_llama_3_1_has_the_size_of_its_model_card(
    tmp_path: Path, shape: str, parameters: int, kv_bytes_per_token: int
) -> None:
    read = read_header(forge.llama(tmp_path / "m.gguf", shape))
    assert read.parameters == parameters + ROPE_FACTORS
    assert 2 * sum(read.kv_widths) == kv_bytes_per_token  # in 16 bits
    assert read.quantisation == "Q4_K_M"
    assert 4.7 < 8 * read.total_bytes / read.parameters < 4.95  # bits per weight of this mix
    assert read.total_bytes == sum(read.layer_bytes) + read.input_bytes + read.output_bytes + read.other_bytes
    assert read.active_bytes == sum(read.layer_bytes) + read.output_bytes
    assert read.other_bytes == 4 * ROPE_FACTORS


def test_a_tied_output_counts_for_both_ends(tmp_path: Path) -> None:
    read = read_header(forge.llama(tmp_path / "m.gguf", tied=True, quantisation="Q8_0"))
    assert read.is_output_tied
    assert read.output_bytes == read.input_bytes + 256 * 4
    assert read.total_bytes == sum(read.layer_bytes) + read.output_bytes + read.other_bytes
    assert read.output_type == "Q8_0"


def test_of_many_experts_only_those_in_use_are_read(tmp_path: Path) -> None:
    dense = read_header(forge.llama(tmp_path / "dense.gguf", quantisation="F16"))
    read = read_header(forge.llama(tmp_path / "m.gguf", quantisation="F16", experts=8, experts_used=2))
    assert (read.experts, read.experts_used) == (8, 2)
    feed_forward_bytes = 2 * 3 * 256 * 512 * 2
    gate_bytes = 2 * 4 * 256 * 8
    assert read.active_bytes == dense.active_bytes + feed_forward_bytes + gate_bytes
    assert sum(read.layer_bytes) == sum(dense.layer_bytes) + 7 * feed_forward_bytes + gate_bytes


def test_experts_in_tensors_of_their_own_count_as_well(tmp_path: Path) -> None:
    keys: dict[str, forge.Value] = {
        "general.architecture": "llama",
        "llama.expert_count": 4,
        "llama.expert_used_count": 1,
    }
    tensors = [Tensor(f"blk.0.ffn_up.{expert}.weight", (32, 32)) for expert in range(4)]
    assert read_header(forge.write(tmp_path / "m.gguf", keys, tensors)).active_bytes == 32 * 32 * 4


@pytest.mark.parametrize(
    ("instruction_sets", "formats"),
    [((), ()), (("sse3",), ()), (("avx", "avx2"), ("Q4_K",)), (("asimd", "asimddp"), ("Q4_K", "Q6_K"))],
)
def test_what_a_cpu_repacks_depends_on_its_instructions(
    tmp_path: Path, instruction_sets: tuple[str, ...], formats: tuple[str, ...]
) -> None:
    read = read_header(forge.llama(tmp_path / "m.gguf", "8b"))
    in_blocks = sum(read.bytes_by_type[name] for name in formats)
    at_the_end = read.output_bytes if "Q6_K" in formats else 0
    assert header.repacked_bytes(read, instruction_sets) == in_blocks + at_the_end
    assert header.repacked_bytes(read, instruction_sets) <= read.repackable_bytes + 4 * 4096  # the output's norm


def test_only_matrices_of_the_right_height_are_repackable(tmp_path: Path) -> None:
    tensors = [
        Tensor("blk.0.attn_k.weight", (256, 8), "Q4_0"),
        Tensor("blk.0.attn_q.weight", (256, 7), "Q4_0"),
        Tensor("blk.0.attn_v.weight", (256, 8), "Q5_1"),
        Tensor("blk.0.attn_norm.weight", (256,), "Q4_0"),
        Tensor("token_types.weight", (256, 8), "Q4_0"),
    ]
    read = read_header(forge.write(tmp_path / "m.gguf", {"general.architecture": "llama"}, tensors))
    assert read.repackable_bytes == tensors[0].size_bytes
    assert read.bytes_by_type == {"Q4_0": sum(t.size_bytes for t in tensors[:2]), "Q5_1": tensors[2].size_bytes}


# Models that are not plain Llama


def other(path: Path, keys: dict[str, forge.Value], tensors: list[Tensor], layers: int) -> Header:
    """Of an architecture that nobody has heard of, which follows the common names."""
    common: dict[str, forge.Value] = {
        "general.architecture": "new",
        "new.block_count": layers,
        "new.embedding_length": 64,
        "new.attention.head_count": 4,
    }
    return read_header(forge.write(path, {**common, **keys}, tensors))


def test_an_unknown_architecture_is_read_by_the_common_names(tmp_path: Path) -> None:
    read = other(tmp_path / "m.gguf", {"new.attention.sliding_window": 1024, "new.rope.scaling.type": "yarn"}, [], 3)
    require = (read.architecture, read.layers, read.embedding, read.heads, read.sliding_window, read.rope_scaling)
    assert require == ("new", 3, 64, 4, 1024, "yarn")
    assert read.kv_heads == read.heads  # as llama.cpp has it where the key is not there
    assert read.kv_widths == (2 * 64,) * 3


def test_heads_that_differ_from_layer_to_layer(tmp_path: Path) -> None:
    keys: dict[str, forge.Value] = {
        "new.attention.head_count": [4, 0, 2],
        "new.attention.head_count_kv": [2, 0, 1],
        "new.feed_forward_length": [100, 300, 200],
        "new.attention.key_length": 16,
        "new.attention.value_length": 8,
    }
    read = other(tmp_path / "m.gguf", keys, [], 3)
    assert (read.heads, read.kv_heads, read.feed_forward) == (4, 2, 300)
    assert read.kv_widths == (48, 0, 24)


def test_the_shapes_of_weights_know_layers_of_unlike_width(tmp_path: Path) -> None:
    tensors = [
        Tensor("blk.0.attn_k.weight", (64, 32)),
        Tensor("blk.0.attn_v.weight", (64, 16)),
        Tensor("blk.1.attn_k.weight", (64, 8)),  # V is K
        Tensor("blk.2.attn_qkv.weight", (64, 192)),
        Tensor("blk.3.ssm_in.weight", (64, 64)),
        Tensor("blk.4.ssm_in.weight", (64, 64)),
        Tensor("blk.4.attn_qkv.weight", (64, 192)),  # of linear attention
        Tensor("blk.5.ffn_up.weight", (64, 64)),
        Tensor("blk.6.attn_k.weight", (64, 8)),
    ]
    read = other(tmp_path / "m.gguf", {"new.attention.shared_kv_layers": 1}, tensors, 7)
    assert read.kv_widths == (48, 16, 128, 0, 0, 0, 0)


def test_latent_attention_keeps_no_values(tmp_path: Path) -> None:
    keys: dict[str, forge.Value] = {
        "new.attention.head_count_kv": 1,
        "new.attention.key_length": 576,
        "new.attention.value_length": 512,
        "new.attention.key_length_mla": 192,
    }
    assert other(tmp_path / "m.gguf", keys, [Tensor("blk.0.attn_kv_a_mqa.weight", (64, 576))], 1).kv_widths == (576,)


def test_an_empty_header_reads_as_nothing(tmp_path: Path) -> None:
    read = read_header(forge.write(tmp_path / "m.gguf"))
    numbers = [getattr(read, field.name) for field in dataclasses.fields(read) if field.type == "int"]
    assert set(numbers) == {0}
    assert read.is_vocabulary_only


@pytest.mark.parametrize("key", sorted(forge.llama_keys(Shape(), "Q4_0")))
def test_any_key_may_be_absent(tmp_path: Path, key: str) -> None:
    read = read_header(forge.llama(tmp_path / "m.gguf", quantisation="Q4_0", without=[key]))
    assert read.layers == 2
    assert read.quantisation == "Q4_0"
    assert read.vocabulary == 512


def test_without_heads_the_widths_come_from_the_weights(tmp_path: Path) -> None:
    path = forge.llama(tmp_path / "m.gguf", without=["llama.attention.head_count", "llama.attention.head_count_kv"])
    read = read_header(path)
    assert (read.heads, read.kv_heads, read.head_dim_k) == (0, 0, 0)
    assert read.kv_widths == (256, 256)


def test_the_name_of_an_unknown_mix_is_that_of_most_bytes(tmp_path: Path) -> None:
    path = forge.llama(tmp_path / "m.gguf", quantisation="Q6_K", keys={"general.file_type": 999})
    assert read_header(path).quantisation == "Q6_K"
    guessed = forge.llama(tmp_path / "g.gguf", quantisation="Q6_K", keys={"general.file_type": 1024 + 15})
    assert read_header(guessed).quantisation == "Q4_K_M"


def test_names_cannot_disturb_the_screen(tmp_path: Path) -> None:
    name = "\u202eevil\n\x07name" + "x" * 1000
    read = read_header(forge.llama(tmp_path / "m.gguf", keys={"general.name": name, "general.author": "a\u2066b"}))
    assert read.name.startswith("evil  name")
    assert read.name.isprintable()
    assert len(read.name) <= header.MAX_NAME
    assert read.facts["general.author"] == "a b"


def test_text_that_is_not_unicode_is_read_with_marks(tmp_path: Path) -> None:
    name = Raw(8, forge.text(b"Llama \xff\xfe"))
    assert read_header(forge.llama(tmp_path / "m.gguf", keys={"general.name": name})).name == "Llama \ufffd\ufffd"


def test_a_chat_template_is_whole_up_to_a_megabyte(tmp_path: Path) -> None:
    template = "{{ x }}\n" * 2**17
    path = forge.llama(tmp_path / "m.gguf", keys={"tokenizer.chat_template": template})
    assert read_header(path).chat_template == template
    longer = forge.llama(tmp_path / "l.gguf", keys={"tokenizer.chat_template": template + "x"})
    assert "chat template" in refusal(longer).message


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("llama.block_count", 0),
        ("llama.block_count", 513),
        ("llama.block_count", 2**32 - 1),
        ("llama.block_count", "2"),
        ("llama.block_count", 2.0),
        ("llama.block_count", True),
        ("llama.embedding_length", -1),
        ("llama.embedding_length", 2**40),
        ("llama.attention.head_count", [4]),
        ("llama.attention.head_count_kv", [2, -2]),
        ("llama.attention.head_count_kv", [2.0, 2.0]),
        ("llama.rope.freq_base", "big"),
        ("general.architecture", 1),
        ("general.name", 1),
        ("general.file_type", "Q4"),
        ("split.count", "1"),
    ],
)
def test_values_that_cannot_be(tmp_path: Path, key: str, value: forge.Value) -> None:
    assert "damaged" in refusal(forge.llama(tmp_path / "m.gguf", keys={key: value})).message


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_base_that_is_no_number_is_none(tmp_path: Path, value: float) -> None:
    data = Raw(6, struct.pack("<f", value))
    assert read_header(forge.llama(tmp_path / "m.gguf", keys={"llama.rope.freq_base": data})).rope_base == 0.0


# Files that are no model to chat with


def test_an_adapter_says_that_it_is_one(tmp_path: Path) -> None:
    keys: dict[str, forge.Value] = {
        "general.architecture": "llama",
        "general.type": "adapter",
        "adapter.type": "lora",
        "adapter.lora.alpha": 16.0,
    }
    names = ("lora_a", "lora_b")
    tensors = [Tensor(f"blk.{layer}.attn_q.weight.{name}", (64, 8)) for layer in (0, 5) for name in names]
    path = forge.write(tmp_path / "lora.gguf", keys, tensors)
    read = read_header(path)
    assert read.is_adapter
    assert (read.architecture, read.layers, read.facts["adapter.lora.alpha"]) == ("llama", 6, 16.0)
    assert "adapter (LoRA)" in refused_as(path)


def test_a_vocabulary_says_that_it_is_one(tmp_path: Path) -> None:
    keys = {**forge.llama_keys(Shape(), "F16"), **forge.vocabulary(100, 100)}
    path = forge.write(tmp_path / "vocabulary.gguf", keys)
    assert read_header(path).is_vocabulary_only
    assert "only a vocabulary" in refused_as(path)


@pytest.mark.parametrize(
    ("keys", "tensor", "sentence"),
    [
        ({"general.architecture": "clip", "clip.has_vision_encoder": True}, "v.blk.0.attn_q.weight", "sees pictures"),
        ({"general.architecture": "any", "general.type": "mmproj"}, "mm.0.weight", "sees pictures"),
        ({"general.type": "imatrix"}, "blk.0.attn_q.weight.in_sum2", "helps to make"),
        ({"general.architecture": "controlvector"}, "direction.1", "helps to make"),
        ({"general.architecture": "bert"}, "blk.0.attn_q.weight", "made for searching"),
        ({"general.architecture": "new"}, "something.else", "does not say what kind"),
        ({"some.key": 1}, "blk.0.attn_q.weight", "does not say what kind"),
    ],
    ids=str,
)
def test_other_files_say_what_they_are(
    tmp_path: Path, keys: dict[str, forge.Value], tensor: str, sentence: str
) -> None:
    assert sentence in refused_as(forge.write(tmp_path / "m.gguf", keys, [Tensor(tensor, (64, 8))]))


def test_a_header_can_be_compared_and_kept_in_sets(tmp_path: Path) -> None:
    path = forge.llama(tmp_path / "m.gguf")
    assert {read_header(path), read_header(path)} == {read_header(path)}
