"""What is known of an embedding model: the prefixes of its family, and a name that is only its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.documents.embedding import models
from app.errors import ModelFault
from app.models import library
from app.models.hub import catalogue


def family_of(name: str) -> tuple[str, str]:
    found = models.family_of(name)
    return found.query_prefix, found.passage_prefix


@pytest.mark.parametrize(
    ("name", "query", "passage"),
    [
        ("nomic-embed-text-v1.5.Q8_0", "search_query: ", "search_document: "),
        ("multilingual-e5-small-Q8_0", "query: ", "passage: "),
        ("Multilingual E5 Small", "query: ", "passage: "),
        ("bge-small-en-v1.5_f16", "Represent this sentence for searching relevant passages: ", ""),
        ("snowflake-arctic-embed-s-f16", "Represent this sentence for searching relevant passages: ", ""),
        ("snowflake-arctic-embed-m-v2.0", "query: ", ""),
        ("bge-m3-Q8_0", "", ""),
        ("e5-small-v2.Q8_0", "query: ", "passage: "),
        ("all-MiniLM-L6-v2.F16", "", ""),
    ],
)
def test_prefixes_are_those_of_the_card(name: str, query: str, passage: str) -> None:
    assert family_of(name) == (query, passage)


def test_qwen3s_question_says_what_is_asked_for() -> None:
    query, passage = family_of("Qwen3-Embedding-0.6B-Q8_0")
    assert query.startswith("Instruct: ")
    assert query.endswith("\nQuery:")
    assert passage == ""
    assert family_of("multilingual-e5-large-instruct-q8_0") == (f"{query} ", "")


def test_families_are_as_the_catalogue_has_them() -> None:
    known = [entry for entry in catalogue.read().models if entry.embedding is not None]
    assert known
    for entry in known:
        assert entry.embedding is not None
        found = models.family_of(entry.title)
        facts = entry.embedding
        assert (found.query_prefix, found.passage_prefix) == (facts.query_prefix, facts.document_prefix)
        assert (found.pooling, found.max_tokens) == (entry.shape.pooling, facts.max_tokens)


@pytest.mark.model
def test_the_starters_file_says_of_itself_what_is_known_of_it(minilm: Path) -> None:
    starter, read = models.starter(), models.of_file(minilm)
    assert (read.title, read.dims, read.max_tokens) == (starter.title, starter.dims, starter.max_tokens)
    assert (read.query_prefix, read.passage_prefix) == ("", "")
    assert read.id.startswith("all-minilm-l6-v2-")


@pytest.mark.model
def test_another_file_has_another_name(minilm: Path, tmp_path: Path) -> None:
    data = bytearray(minilm.read_bytes())
    data[-1] ^= 1
    (tmp_path / minilm.name).write_bytes(data)
    assert models.of_file(tmp_path / minilm.name).id != models.of_file(minilm).id


@pytest.mark.model
def test_a_model_that_answers_is_refused_with_a_sentence() -> None:
    with pytest.raises(ModelFault) as caught:
        models.of_file(library.starter())
    assert caught.value.next_step
