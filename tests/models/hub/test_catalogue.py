"""The snapshot is right in every entry, and a wrong entry is named and left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any  # JSON, to be spoilt

import pytest

from app.models.gguf import PART_NAME
from app.models.hub import catalogue, licences
from app.models.hub.catalogue import Catalogue, CatalogueError, Entry
from app.models.hub.variants import quantisation_of
from app.models.reference import header_of

SHIPPED = catalogue.read()


@pytest.fixture
def content() -> dict[str, Any]:
    """Of the file that ships, to be changed."""
    loaded: dict[str, Any] = json.loads(catalogue.file().read_text("utf-8"))
    return loaded


def entry(key: str) -> Entry:
    found = SHIPPED.entry(key)
    assert found is not None
    return found


def test_the_catalogue_that_ships_has_no_problems() -> None:
    assert SHIPPED.problems == ()
    assert len(SHIPPED.models) >= 8


def test_every_model_that_was_promised_is_there() -> None:
    offered = {one.key: len(one.quantisations) for one in SHIPPED.models if one.kind == "chat"}
    assert set(offered) == {
        "llama-3.1-8b-instruct",
        "llama-3.1-70b-instruct",
        "llama-3.1-405b-instruct",
        "llama-3.2-1b-instruct",
        "llama-3.2-3b-instruct",
        "llama-3.3-70b-instruct",
    }
    assert min(offered.values()) >= 3
    assert {one.key for one in SHIPPED.models if one.kind == "embedding"} == {
        "bge-small-en-v1.5",
        "multilingual-e5-small",
        "nomic-embed-text-v1.5",
        "qwen3-embedding-0.6b",
        "snowflake-arctic-embed-s",
    }
    assert {one.kind for one in SHIPPED.models} == {"chat", "guard", "embedding"}


def test_the_file_is_in_its_own_layout(content: dict[str, Any]) -> None:
    assert catalogue.file().read_text("utf-8") == catalogue.as_text(content)


def test_no_size_and_no_hash_is_in_it(content: dict[str, Any]) -> None:
    def names(value: object) -> set[str]:
        if isinstance(value, dict):
            return set(value).union(*map(names, value.values()))
        return set().union(*map(names, value)) if isinstance(value, list) else set()

    assert not {
        name for name in names(content) if any(word in name for word in ("size", "bytes", "sha256", "hash", "oid"))
    }


@pytest.mark.parametrize("one", SHIPPED.models, ids=lambda one: one.key)
def test_every_quantisation_has_a_source_whose_file_tells_it(one: Entry) -> None:
    for quantisation in one.quantisations:
        for source in one.sources_of(quantisation):
            name = source.variant(quantisation)
            assert quantisation_of(name) == quantisation
            assert catalogue.PLACEHOLDER not in name
    assert one.sources_of("Q1_0") == ()


@pytest.mark.parametrize("one", SHIPPED.models, ids=lambda one: one.key)
def test_every_shape_makes_a_model_of_its_parameters(one: Entry) -> None:
    assert header_of(one.shape, "Q8_0").parameters == pytest.approx(one.parameters, rel=1e-3)
    assert header_of(one.shape, "Q8_0").architecture == one.shape.architecture
    assert one.context_tokens == one.shape.trained_context
    assert licences.of(one.licence).is_known


def test_parts_are_stripped_from_names_as_variants_strips_them() -> None:
    """One repository of the largest model names its parts in an old way."""
    source = entry("llama-3.1-405b-instruct").sources_of("Q2_K")[0]
    found = PART_NAME.fullmatch("Meta-Llama-3.1-405B-Instruct.Q2_K.gguf-00001-of-00009.gguf")
    assert found is not None
    assert source.variant("Q2_K") == found["stem"]


def test_models_for_searching_say_how_texts_become_vectors() -> None:
    """Pooling, dimensions, tokens: as the cards and the files' own keys have them."""
    facts = {one.key: one.embedding for one in SHIPPED.models if one.embedding is not None}
    assert {key: (one.pooling, one.dimensions, one.max_tokens) for key, one in facts.items()} == {
        "bge-small-en-v1.5": ("cls", 384, 512),
        "snowflake-arctic-embed-s": ("cls", 384, 512),
        "nomic-embed-text-v1.5": ("mean", 768, 2048),
        "multilingual-e5-small": ("mean", 384, 512),
        "qwen3-embedding-0.6b": ("last", 1024, 2048),
    }
    assert (facts["multilingual-e5-small"].query_prefix, facts["multilingual-e5-small"].document_prefix) == (
        "query: ",
        "passage: ",
    )
    assert all((one.kind == "embedding") == (one.embedding is not None) for one in SHIPPED.models)
    assert all(header_of(one.shape, "Q8_0").is_embedding_model for one in SHIPPED.models if one.embedding is not None)


@pytest.mark.parametrize(
    ("key", "quantisation", "file_bytes"),
    [
        ("bge-small-en-v1.5", "F16", 67_308_128),
        ("snowflake-arctic-embed-s", "Q8_0", 36_685_120),
        ("snowflake-arctic-embed-s", "Q4_K_M", 29_100_000),
        ("multilingual-e5-small", "Q8_0", 132_439_008),
        ("qwen3-embedding-0.6b", "Q8_0", 639_150_592),
    ],
)
def test_a_model_for_searching_is_as_large_as_the_published_file(key: str, quantisation: str, file_bytes: int) -> None:
    """But for its tokeniser: 0.7 MB of English words, 6 of many languages'. Sizes: the hub's lists of files."""
    made = header_of(entry(key).shape, quantisation).total_bytes
    tokeniser_bytes = 22 * entry(key).shape.vocabulary
    assert made + tokeniser_bytes == pytest.approx(file_bytes, rel=0.02)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("bartowski/Meta-Llama-3.1-8B-Instruct-GGUF", "llama-3.1-8b-instruct"),
        ("meta-llama/llama-3.1-8b-instruct", "llama-3.1-8b-instruct"),
        ("meta-llama/Meta-Llama-3.1-70B-Instruct", "llama-3.1-70b-instruct"),
        ("unsloth/Llama-3.3-70B-Instruct-GGUF", "llama-3.3-70b-instruct"),
    ],
)
def test_a_repository_is_recognised_by_any_of_its_names(name: str, key: str) -> None:
    assert SHIPPED.of_repository(name) == SHIPPED.entry(key)


@pytest.mark.parametrize("name", ["", "acme/Meta-Llama-3.1-8B-Instruct-GGUF", "Llama-3.1-8B-Instruct"])
def test_other_repositories_are_not_taken_for_one(name: str) -> None:
    assert SHIPPED.of_repository(name) is None


Spoil = Callable[[dict[str, Any]], object]
SPOILT: list[tuple[str, Spoil]] = [
    ("title: missing", lambda one: one.pop("title")),
    ("sha256: unknown", lambda one: one.update(sha256="0" * 64)),
    ("key: 'Llama 3'", lambda one: one.update(key="Llama 3")),
    ("words: ", lambda one: one.update(words="No full stop")),
    ("kind: 'toy'", lambda one: one.update(kind="toy")),
    ("released: '2024-13'", lambda one: one.update(released="2024-13")),
    ("licence: mystery", lambda one: one.update(licence="mystery")),
    ("is_gated: 1", lambda one: one.update(is_gated=1)),
    ("base: 'no-owner'", lambda one: one.update(base="no-owner")),
    ("base: 'a/b/c'", lambda one: one.update(base="a/b/c")),
    ("parameters: the shape has", lambda one: one.update(parameters=7_000_000_000)),
    ("parameters: True", lambda one: one.update(parameters=True)),
    ("shape.layers: 0", lambda one: one["shape"].update(layers=0)),
    ("shape.layers: missing", lambda one: one["shape"].pop("layers")),
    ("shape.experts: unknown", lambda one: one["shape"].update(experts=8)),
    ("shape: no object", lambda one: one.update(shape=[])),
    ("sources: none", lambda one: one.update(sources=[])),
    ("sources: no list", lambda one: one.update(sources={})),
    ("sources[0].repository", lambda one: one["sources"][0].update(repository="../..")),
    ("sources[0].file", lambda one: one["sources"][0].update(file="model.gguf")),
    ("sources[0].file", lambda one: one["sources"][0].update(file="../{quantisation}")),
    ("sources[0].quantisations: 'Q9_X'", lambda one: one["sources"][0].update(quantisations=["Q9_X"])),
    ("sources[0].quantisations: something", lambda one: one["sources"][0].update(quantisations=["Q8_0", "Q8_0"])),
    ("sources[0].quantisations: none", lambda one: one["sources"][0].update(quantisations=[])),
    ("sources[0].size_bytes: unknown", lambda one: one["sources"][0].update(size_bytes=1)),
    ("former_names: 7", lambda one: one.update(former_names=[7])),
    ("embedding: not for chat", lambda one: one.update(embedding={"pooling": "mean"})),
    ("embedding: no object", lambda one: one.update(kind="embedding")),
]


@pytest.mark.parametrize(("problem", "spoil"), SPOILT, ids=[problem for problem, _spoil in SPOILT])
def test_a_wrong_entry_is_named_and_the_others_are_shown(problem: str, spoil: Spoil, content: dict[str, Any]) -> None:
    spoil(content["models"][0])
    found = catalogue.parse(json.dumps(content))
    assert len(found.problems) == 1
    assert found.problems[0].startswith(f"models[0].{problem}")
    assert found.models == SHIPPED.models[1:]


def test_the_same_key_twice_is_a_problem_of_the_second(content: dict[str, Any]) -> None:
    content["models"][1]["key"] = content["models"][0]["key"]
    found = catalogue.parse(json.dumps(content))
    assert found.problems == ("models[1].key: llama-3.1-8b-instruct is there twice",)
    assert found.models[0] == SHIPPED.models[0]


@pytest.mark.parametrize(
    "text", ["", "[", "[]", "{}", '{"version": 2}', '{"version": 1, "as_of": "2026-11"}', "[" * 100_000]
)
def test_a_file_that_is_none_is_an_error(text: str) -> None:
    with pytest.raises(CatalogueError):
        catalogue.parse(text)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError):
        catalogue.read(tmp_path / "catalogue.json")


def test_an_empty_catalogue_is_one() -> None:
    assert catalogue.parse('{"version": 1, "as_of": "2026-11", "models": []}') == Catalogue("2026-11", ())
