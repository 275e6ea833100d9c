"""Models of every family through the real child: their marks, their pooling, their prefixes, in small.

What is expected is pooled by hand from the vectors of the tokens, which a program computes that knows nothing of ours.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from gguf import PoolingType

from app.documents.embedding import models
from app.documents.embedding.embedder import EngineEmbedder
from app.documents.embedding.int8 import Floats, normalised, widened
from app.engine.stop import Stop
from app.errors import ModelFault
from app.models.header import read_header, require_chat_model
from app.models.shelf.shelf import kind_of
from tests.documents.embedding.tiny import EMBEDDING, MARKS, Kind, tiny

pytestmark = pytest.mark.model

BARE = Path(__file__).parent / "token_vectors.py"
BARE_S = 60
TEXTS = ["which way to the ferry?", "Kirche am Fluss", "a"]
_ASKING = "Represent this sentence for searching relevant passages: "
_QWEN = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"


@dataclass(frozen=True, slots=True)
class Family:
    kind: Kind
    name: str
    pooling: PoolingType
    query_prefix: str
    passage_prefix: str


FAMILIES = [
    Family("wordpiece", "bge-small-en-v1.5", PoolingType.CLS, _ASKING, ""),
    Family("wordpiece", "snowflake-arctic-embed-s", PoolingType.CLS, _ASKING, ""),
    Family("unigram", "multilingual-e5-small", PoolingType.MEAN, "query: ", "passage: "),
    Family("nomic", "nomic-embed-text-v1.5", PoolingType.MEAN, "search_query: ", "search_document: "),
    Family("qwen3", "Qwen3-Embedding-0.6B", PoolingType.LAST, _QWEN, ""),
]
POOLED: dict[PoolingType, Callable[[Floats], Floats]] = {
    PoolingType.MEAN: lambda vectors: vectors.mean(axis=0),
    PoolingType.CLS: lambda vectors: vectors[0],
    PoolingType.LAST: lambda vectors: vectors[-1],
}


@dataclass(frozen=True, slots=True)
class Bare:
    tokens: list[int]
    vectors: Floats

    def pooled(self, pooling: PoolingType) -> Floats:
        made: Floats = normalised(POOLED[pooling](self.vectors)[None])[0]
        return made


def bare(path: Path, texts: list[str]) -> dict[str, Bare]:
    done = subprocess.run(
        [sys.executable, BARE, path],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        timeout=BARE_S,
        check=True,
    )
    found = [Bare(one["tokens"], np.array(one["vectors"], np.float32)) for one in json.loads(done.stdout)]
    return dict(zip(texts, found, strict=True))


@pytest.fixture(scope="module", params=FAMILIES, ids=lambda family: family.name)
def family(request: pytest.FixtureRequest) -> Family:
    found: Family = request.param
    return found


@pytest.fixture(scope="module")
def file(family: Family, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny(tmp_path_factory.mktemp("tiny") / "model.gguf", family.kind, family.name, family.pooling)


@pytest.fixture(scope="module")
def expected(family: Family, file: Path) -> dict[str, Bare]:
    """Of the texts alone, and behind each prefix."""
    prefixes = dict.fromkeys(("", family.passage_prefix, family.query_prefix))
    return bare(file, [prefix + text for prefix in prefixes for text in TEXTS])


@pytest.fixture(scope="module")
def embedder(file: Path) -> Iterator[EngineEmbedder]:
    """Its child is here before any test."""
    made = EngineEmbedder(models.of_file(file), file, threads=1)
    made.query("a", stop=Stop())
    yield made
    made.close()


def test_a_file_is_recognised_by_the_name_in_it_and_never_taken_for_a_chat_model(file: Path, family: Family) -> None:
    found = models.of_file(file)
    assert (found.query_prefix, found.passage_prefix) == (family.query_prefix, family.passage_prefix)
    assert (found.title, found.dims, found.max_tokens) == (family.name, EMBEDDING, 256)
    assert kind_of(read_header(file)) == "embedding"
    with pytest.raises(ModelFault, match="made for searching"):
        require_chat_model(read_header(file))


def test_the_marks_of_the_family_stand_around_a_text(expected: dict[str, Bare], family: Family) -> None:
    marks = MARKS[family.kind]
    for one in expected.values():
        assert one.tokens[-1] == marks.end
        assert (one.tokens[0] == marks.begin) is (marks.begin >= 0)
        assert marks.end not in one.tokens[:-1]


def test_passages_are_pooled_as_the_file_says_behind_their_prefix(
    embedder: EngineEmbedder, expected: dict[str, Bare], family: Family
) -> None:
    made = widened(embedder.passages(TEXTS, stop=Stop()))
    assert np.abs(np.linalg.norm(made, axis=1) - 1).max() < 0.01
    for row, text in zip(made, TEXTS, strict=True):
        one = expected[family.passage_prefix + text]
        assert float(row @ one.pooled(family.pooling)) > 0.998  # a byte per number
        for other in POOLED.keys() - {family.pooling}:
            assert float(row @ one.pooled(other)) < 0.99


def test_a_question_stands_behind_another_prefix(
    embedder: EngineEmbedder, expected: dict[str, Bare], family: Family
) -> None:
    made = embedder.query(TEXTS[0], stop=Stop())
    assert float(made @ expected[family.query_prefix + TEXTS[0]].pooled(family.pooling)) > 0.9999
    assert float(made @ expected[TEXTS[0]].pooled(family.pooling)) < 0.999
    assert abs(float(np.linalg.norm(made)) - 1) < 1e-5


def test_a_file_that_does_not_say_is_pooled_as_its_family_is(
    expected: dict[str, Bare], family: Family, tmp_path: Path
) -> None:
    """As those of early converters. Its weights are the same."""
    path = tiny(tmp_path / "model.gguf", family.kind, family.name, None)
    made = EngineEmbedder(models.of_file(path), path, threads=1)
    found = widened(made.passages(TEXTS[:1], stop=Stop()))[0]
    made.close()
    assert float(found @ expected[family.passage_prefix + TEXTS[0]].pooled(family.pooling)) > 0.998


def test_a_multilingual_model_whose_tokeniser_was_lost_is_refused(tmp_path: Path) -> None:
    """Copies of E5 that cut text into WordPieces load without a word, and find anything but the right passage."""
    path = tiny(tmp_path / "model.gguf", "wordpiece", "multilingual-e5-small", PoolingType.MEAN)
    with pytest.raises(ModelFault, match="another way") as caught:
        models.of_file(path)
    assert caught.value.next_step
    english = tiny(tmp_path / "english.gguf", "wordpiece", "e5-small-v2", PoolingType.MEAN)
    assert models.of_file(english).query_prefix == "query: "
