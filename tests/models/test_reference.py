"""Headers without a file: as large as the files that others publish, and planned like a file's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from gguf import PoolingType

from app.engine.planning.planner import plan
from app.engine.protocol import LoadWish
from app.models.header import Header, read_header
from app.models.quantisation import FILE_TYPES
from app.models.reference import (
    LLAMA_8B,
    LLAMA_70B,
    LLAMA_405B,
    QUANTISATIONS,
    Shape,
    header_by_size,
    header_of,
    header_with_size,
    llama31,
)
from tests.documents.embedding.tiny import CONTEXT, EMBEDDING, FEED_FORWARD, HEADS, LAYERS, tiny
from tests.engine.planning.machines import MACHINES
from tests.models import forge

LLAMA_1B = Shape(16, 2048, 8192, 32, 8, 64, 128_256, 131_072, is_tied=True)
LLAMA_3B = Shape(28, 3072, 8192, 24, 8, 128, 128_256, 131_072, is_tied=True)
# GB, from the cards of bartowski's repositories of Llama 3.1 8B and 70B; the tokeniser (8 MB) counts there, not here.
PUBLISHED_8B = """
    F16:16.07 Q8_0:8.54 Q6_K:6.60 Q5_K_M:5.73 Q5_K_S:5.60 Q4_K_M:4.92 Q4_K_S:4.69 Q4_0:4.66 IQ4_XS:4.45 Q3_K_L:4.32
    Q3_K_M:4.02 IQ3_M:3.78 Q3_K_S:3.66 IQ3_XS:3.52 Q2_K:3.18 IQ2_M:2.95
"""
PUBLISHED_70B = """
    Q8_0:74.98 Q6_K:57.89 Q5_K_M:49.95 Q5_K_S:48.66 Q4_K_M:42.52 Q4_K_S:40.35 IQ4_XS:37.90 Q3_K_L:37.14 Q3_K_M:34.27
    IQ3_M:31.94 Q3_K_S:30.91 IQ3_XS:29.31 Q2_K:26.38 IQ2_M:24.12 IQ2_S:22.24 IQ2_XS:21.14 IQ2_XXS:19.10 IQ1_M:16.75
"""


def published(table: str) -> list[tuple[str, float]]:
    return [(name, float(size) * 1e9) for name, size in (entry.split(":") for entry in table.split())]


def is_whole(header: Header) -> bool:
    own_output = 4 * header.embedding if header.is_output_tied else header.output_bytes
    return header.total_bytes == sum(header.layer_bytes) + header.input_bytes + own_output + header.other_bytes


@pytest.mark.parametrize(
    ("number", "parameters", "file_bytes"),
    [(0, 8.03e9, 4.92e9), (1, 70.55e9, 42.5e9), (2, 405.85e9, 243.2e9)],
)
def test_a_reference_is_as_large_as_the_published_file(number: int, parameters: float, file_bytes: float) -> None:
    model = llama31()[number].model
    assert model.parameters == pytest.approx(parameters, rel=0.01)
    assert model.total_bytes == pytest.approx(file_bytes, rel=0.02)
    assert is_whole(model)
    assert sum(model.kv_widths) * 2 == {0: 131_072, 1: 327_680, 2: 516_096}[number]  # bytes per token in f16


@pytest.mark.parametrize(("quantisation", "file_bytes"), published(PUBLISHED_8B))
def test_every_quantisation_of_the_8b_has_its_published_size(quantisation: str, file_bytes: float) -> None:
    assert header_of(LLAMA_8B, quantisation).total_bytes == pytest.approx(file_bytes, rel=0.01)


@pytest.mark.parametrize(("quantisation", "file_bytes"), published(PUBLISHED_70B))
def test_every_quantisation_of_the_70b_has_its_published_size(quantisation: str, file_bytes: float) -> None:
    assert header_of(LLAMA_70B, quantisation).total_bytes == pytest.approx(file_bytes, rel=0.01)


def test_a_tied_table_is_in_the_file_once() -> None:
    model = header_of(LLAMA_3B, "Q4_K_M")
    assert model.total_bytes == pytest.approx(2_019_377_696, rel=0.01)  # the file of bartowski's repository
    assert header_of(replace(LLAMA_3B, is_tied=False), "Q4_K_M").total_bytes > 1.1 * model.total_bytes
    assert is_whole(model)


@pytest.mark.parametrize("quantisation", QUANTISATIONS)
@pytest.mark.parametrize("shape", [LLAMA_1B, LLAMA_3B, LLAMA_8B, LLAMA_70B, LLAMA_405B])
def test_every_quantisation_is_one_of_the_engines_and_adds_up(quantisation: str, shape: Shape) -> None:
    model = header_of(shape, quantisation)
    assert quantisation in FILE_TYPES.values()
    assert is_whole(model)
    assert sum(model.bytes_by_type.values()) == sum(model.layer_bytes) - shape.layers * 2 * 4 * shape.embedding


@pytest.mark.parametrize("quantisation", ["Q4_K_M", "Q8_0"])
@pytest.mark.parametrize("is_tied", [False, True])
def test_a_header_without_a_file_is_what_the_file_would_say(tmp_path: Path, quantisation: str, is_tied: bool) -> None:
    numbers = forge.Shape(16, 512, 1024, 8, 2, 1024)
    shape = Shape(16, 512, 1024, 8, 2, 64, 1024, numbers.context, is_tied)
    read = read_header(forge.llama(tmp_path / "m.gguf", numbers, quantisation=quantisation, tied=is_tied))
    made = header_of(shape, quantisation)
    rope_bytes = read.other_bytes  # factors of the rope, in Llama 3's files
    same = replace(made, name=read.name, facts=read.facts, tokeniser=read.tokeniser, other_bytes=rope_bytes)
    assert replace(same, total_bytes=made.total_bytes + rope_bytes, parameters=read.parameters) == read
    assert made.parameters == pytest.approx(read.parameters, rel=1e-4)


def test_a_model_for_searching_is_weighed_as_its_file_is(tmp_path: Path) -> None:
    """BERT has no gate, but biases, positions and kinds of tokens."""
    read = read_header(tiny(tmp_path / "m.gguf", "wordpiece", "Tiny", PoolingType.CLS))
    per_head = EMBEDDING // HEADS
    sizes = (LAYERS, EMBEDDING, FEED_FORWARD, HEADS, HEADS, per_head, read.vocabulary, CONTEXT)
    made = header_of(Shape(*sizes, is_tied=True, architecture="bert", pooling=read.pooling), "F32")
    assert (made.parameters, made.layer_bytes) == (read.parameters, read.layer_bytes)
    assert made.total_bytes == read.total_bytes
    assert made.is_embedding_model


def test_rows_that_blocks_do_not_divide_take_a_format_with_shorter_ones() -> None:
    shape = Shape(2, 384, 1536, 12, 12, 32, 1000, 512, True, "bert")
    assert set(header_of(shape, "Q4_K_M").bytes_by_type) == {"Q4_K", "Q5_0", "Q6_K", "Q8_0"}
    assert header_of(shape, "Q4_K_M").output_type == "Q8_0"
    assert set(header_of(shape, "Q8_0").bytes_by_type) == {"Q8_0"}


# Layers and width of models in other families, from their config.json, with a plain feed-forward part.
FAMILIES = [
    ("Llama 3.2 1B", 1.236e9, 16 * 2048),
    ("SmolLM2 1.7B", 1.711e9, 24 * 2048),
    ("Llama 3.2 3B", 3.213e9, 28 * 3072),
    ("Phi 3 mini", 3.821e9, 32 * 3072),
    ("Mistral 7B", 7.248e9, 32 * 4096),
    ("Llama 3.1 8B", 8.03e9, 32 * 4096),
    ("Qwen3 8B", 8.19e9, 36 * 4096),
    ("Gemma 2 9B", 9.241e9, 42 * 3584),
    ("Mistral Nemo", 12.25e9, 40 * 5120),
    ("Llama 2 13B", 13.02e9, 40 * 5120),
    ("Llama 3.1 70B", 70.55e9, 80 * 8192),
    ("Qwen2.5 72B", 72.71e9, 80 * 8192),
    ("Llama 3.1 405B", 405.9e9, 126 * 16384),
]


@pytest.mark.parametrize(("name", "parameters", "layers_by_width"), FAMILIES)
def test_a_guessed_shape_is_near_the_real_one(name: str, parameters: float, layers_by_width: int) -> None:
    guessed = header_by_size(int(parameters * 0.6), "Q4_K_M", parameters=int(parameters))
    assert guessed.layers * guessed.embedding == pytest.approx(layers_by_width, rel=0.1), name


@pytest.mark.parametrize(("name", "parameters", "_shape"), FAMILIES)
def test_the_size_tells_the_parameters_where_nobody_says_them(name: str, parameters: float, _shape: int) -> None:
    size_bytes = int(parameters * 4.89 / 8)
    assert header_by_size(size_bytes, "Q4_K_M").parameters == pytest.approx(parameters, rel=0.01), name


@pytest.mark.parametrize("quantisation", ["Q4_K_M", "UD-Q4_K_XL", "MXFP4", "IQ9_QUITE_NEW", ""])
@pytest.mark.parametrize("size_bytes", [1, 80_000_000, 4_920_000_000, 42_500_000_000, 3_000_000_000_000])
def test_a_guess_keeps_the_size_that_is_known_and_can_be_planned(size_bytes: int, quantisation: str) -> None:
    model = header_by_size(size_bytes, quantisation, context_tokens=32_768)
    assert model.total_bytes == size_bytes
    assert model.quantisation == (quantisation or "Q4_K_M")
    assert model.trained_context == 32_768
    found = plan(model, MACHINES["8 x 80 GB, 1 TB"], LoadWish(Path("m.gguf")), size_bytes=size_bytes)
    assert found is not None
    assert found.place == ("disk" if size_bytes > 2e12 else "gpu")


def test_a_guess_is_planned_like_the_model_itself() -> None:
    known = header_of(LLAMA_8B, "Q4_K_M")
    guessed = header_by_size(known.total_bytes, "Q4_K_M", parameters=known.parameters, context_tokens=131_072)
    for name, machine in MACHINES.items():
        plans = [plan(model, machine, LoadWish(Path("m")), size_bytes=known.total_bytes) for model in (known, guessed)]
        assert plans[0] is not None
        assert plans[1] is not None
        assert (plans[0].place, plans[0].gpu_layers) == (plans[1].place, plans[1].gpu_layers), name


def test_a_known_shape_takes_the_size_that_the_hub_says() -> None:
    model = header_with_size(LLAMA_8B, "UD-Q5_K_XL", 5_900_000_000)
    assert model.total_bytes == 5_900_000_000
    assert (model.layers, model.embedding, model.quantisation) == (32, 4096, "UD-Q5_K_XL")
    assert "Q5_K" in model.bytes_by_type
    assert model.active_bytes == sum(model.layer_bytes) + model.output_bytes
    assert 0 <= model.other_bytes <= model.layers + 2


def test_a_model_for_searching_has_no_cache() -> None:
    shape = replace(LLAMA_1B, architecture="nomic-bert")
    assert sum(header_of(shape, "Q8_0").kv_widths) == 0
    assert sum(header_by_size(10**9, "Q8_0", architecture="nomic-bert").kv_widths) == 0
