"""The embedders that the contract is tested on: the one without a model, and MiniLM in its child."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.documents.embedding import models
from app.documents.embedding.embedder import Embedder, EngineEmbedder
from app.documents.embedding.fake import FakeEmbedder
from app.engine.stop import Stop

KINDS = ["fake", pytest.param("real", marks=pytest.mark.model)]
MakeOne = Callable[[], Embedder]


@pytest.fixture(scope="session")
def minilm(converted: Path) -> Path:
    return converted


@pytest.fixture(scope="session", params=KINDS)
def make_one(request: pytest.FixtureRequest) -> MakeOne:
    if request.param == "fake":
        return FakeEmbedder
    file: Path = request.getfixturevalue("minilm")
    return lambda: EngineEmbedder(models.starter(), file)


@pytest.fixture(scope="session")
def shared(make_one: MakeOne) -> Iterator[Embedder]:
    """Leave it open. Its child is here before any test."""
    made = make_one()
    made.query("Hello", stop=Stop())
    yield made
    made.close()


@pytest.fixture
def own(make_one: MakeOne) -> Iterator[Embedder]:
    """One to close."""
    made = make_one()
    yield made
    made.close()


@pytest.fixture
def real(minilm: Path) -> Iterator[EngineEmbedder]:
    """One to kill."""
    made = EngineEmbedder(models.starter(), minilm)
    yield made
    made.close()
