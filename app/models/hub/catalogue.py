"""The catalogue: models that Paddock knows by name before it has asked anyone, read from resources/catalogue.json.

A snapshot of facts that keep: shapes, licences, repositories. It holds no size and no hash, because those are the
hub's to say at the time of a download. `packaging/catalogue.py` compares it with the hub. An entry that is wrong is
left out and named in `problems`, which a test keeps empty; the rest is shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast, get_args

from app import paths
from app.models.hub import licences
from app.models.reference import QUANTISATIONS, Shape

VERSION = 1
PLACEHOLDER = "{quantisation}"
MOST_WORDS = 140  # characters of the sentence on a card
PARAMETERS_TOLERANCE = 0.01  # between what a card says and what the shape amounts to

Kind = Literal["chat", "embedding", "guard"]
Pooling = Literal["mean", "cls", "last"]
_POOLINGS: Mapping[Pooling, int] = MappingProxyType({"mean": 1, "cls": 2, "last": 3})  # llama.h, llama_pooling_type
_PREFIX = r"(\S(.|\n)*[ :])?"
_REPOSITORY = r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*"


@dataclass(frozen=True, slots=True)
class Source:
    """A repository with GGUF files of a model. `file` is a file's name without ending and part number."""

    repository: str  # "owner/name"
    file: str  # "Meta-Llama-3.1-8B-Instruct-{quantisation}"
    quantisations: tuple[str, ...]

    def variant(self, quantisation: str) -> str:
        """The name of that variant, as `remote.Variant` has it but for upper and lower case."""
        return self.file.replace(PLACEHOLDER, quantisation)


@dataclass(frozen=True, slots=True)
class Embedding:
    """How texts become vectors. Prefixes end in the blank that belongs to them, if one does."""

    query_prefix: str
    document_prefix: str
    pooling: Pooling
    dimensions: int
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One model. `base` is where its author keeps it with LICENSE and use policy; `is_gated` says whether that asks for
    a token. GGUF repositories come in the order of preference."""

    key: str
    title: str
    words: str  # a sentence: what it is good for
    kind: Kind
    author: str
    released: str  # ISO month
    licence: str  # the hub's identifier
    is_gated: bool
    base: str  # "owner/name"
    former_names: tuple[str, ...]  # of `base`; cards still name them
    parameters: int
    shape: Shape
    sources: tuple[Source, ...]
    embedding: Embedding | None

    @property
    def context_tokens(self) -> int:
        return self.shape.trained_context

    @property
    def quantisations(self) -> tuple[str, ...]:
        """What any source offers."""
        return tuple(dict.fromkeys(name for source in self.sources for name in source.quantisations))

    def sources_of(self, quantisation: str) -> tuple[Source, ...]:
        return tuple(source for source in self.sources if quantisation in source.quantisations)


@dataclass(frozen=True, slots=True)
class Catalogue:
    as_of: str  # ISO month
    models: tuple[Entry, ...]
    problems: tuple[str, ...] = ()  # for developers: what was left out, and why

    def entry(self, key: str) -> Entry | None:
        return next((entry for entry in self.models if entry.key == key), None)

    def of_repository(self, name: str) -> Entry | None:
        """The model that a repository is, or holds, or that a card names as its base; case does not matter."""
        wanted = name.lower()
        for entry in self.models:
            names = (entry.base, *entry.former_names, *(source.repository for source in entry.sources))
            if wanted and wanted in (known.lower() for known in names):
                return entry
        return None


class CatalogueError(ValueError):
    """The snapshot is wrong: our own mistake, in words for developers."""


def file() -> Path:
    """Where the snapshot lies, in the source tree and in a bundle."""
    return paths.resource("catalogue.json")


def read(path: Path | None = None) -> Catalogue:
    """The snapshot that came with Paddock. CatalogueError where the file as a whole cannot be read."""
    try:
        return parse((path or file()).read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{type(error).__name__} while reading") from error


def parse(text: str) -> Catalogue:
    """Entry by entry; see `read`."""
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CatalogueError(f"no JSON: {error}") from error
    fields = _Fields(content, "catalogue")
    if fields.count("version") != VERSION:
        raise CatalogueError(f"version {content['version']} instead of {VERSION}")
    as_of, listed = fields.text("as_of", r"\d{4}-\d\d"), fields.items("models")
    fields.finish()
    found: dict[str, Entry] = {}
    problems = []
    for number, each in enumerate(listed):
        try:
            entry = _entry(_Fields(each, f"models[{number}]"))
            if entry.key in found:
                raise CatalogueError(f"models[{number}].key: {entry.key} is there twice")
            found[entry.key] = entry
        except CatalogueError as error:
            problems.append(str(error))
    return Catalogue(as_of, tuple(found.values()), tuple(problems))


def as_text(content: Mapping[str, object]) -> str:
    """The file's own layout, so that a refresh shows up as the lines that changed."""
    made = json.dumps(content, indent=1, ensure_ascii=False)
    flat = re.sub(r"\[\s+([^][{}]*?)\s+\]", lambda found: "[" + re.sub(r",\s+", ", ", found[1]) + "]", made)
    return flat + "\n"


class _Fields:
    """Typed looks into one object. Whatever is missing, of another kind or not asked for is a CatalogueError."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise CatalogueError(f"{where}: no object")
        self._values = cast(dict[str, object], value)  # JSON has no other keys
        self._where = where
        self._asked: set[str] = set()

    def get(self, name: str) -> object:
        self._asked.add(name)
        if name not in self._values:
            raise self.wrong(name, "missing")
        return self._values[name]

    def text(self, name: str, pattern: str = r".*\S.*") -> str:
        value = self.get(name)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self.wrong(name, f"{value!r} is not like {pattern}")
        return value

    def count(self, name: str) -> int:
        value = self.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            raise self.wrong(name, f"{value!r} is no count")
        return value

    def flag(self, name: str) -> bool:
        value = self.get(name)
        if not isinstance(value, bool):
            raise self.wrong(name, f"{value!r} is neither true nor false")
        return value

    def items(self, name: str) -> list[object]:
        value = self.get(name)
        if not isinstance(value, list):
            raise self.wrong(name, "no list")
        return value

    def texts(self, name: str, pattern: str) -> tuple[str, ...]:
        values = self.items(name)
        for value in values:
            if not isinstance(value, str) or not re.fullmatch(pattern, value):
                raise self.wrong(name, f"{value!r} is not like {pattern}")
        if len(set(map(str, values))) < len(values):
            raise self.wrong(name, "something is there twice")
        return tuple(map(str, values))

    def part(self, name: str) -> _Fields:
        return _Fields(self.get(name), f"{self._where}.{name}")

    def finish(self) -> None:
        unknown = sorted(self._values.keys() - self._asked)
        if unknown:
            raise self.wrong(unknown[0], "unknown")

    def at(self, name: str, number: int) -> str:
        return f"{self._where}.{name}[{number}]"

    def wrong(self, name: str, why: str) -> CatalogueError:
        return CatalogueError(f"{self._where}.{name}: {why}")


def _entry(fields: _Fields) -> Entry:
    kind = cast(Kind, fields.text("kind", "|".join(get_args(Kind))))  # the pattern allows nothing else
    sources = fields.items("sources")
    embedding = _embedding(fields.part("embedding")) if kind == "embedding" else None
    shape = _shape(fields.part("shape"))
    entry = Entry(
        key=fields.text("key", r"[a-z0-9][a-z0-9.-]*"),
        title=fields.text("title"),
        words=fields.text("words", rf".{{1,{MOST_WORDS - 1}}}\."),
        kind=kind,
        author=fields.text("author"),
        released=fields.text("released", r"\d{4}-(0[1-9]|1[0-2])"),
        licence=fields.text("licence"),
        is_gated=fields.flag("is_gated"),
        base=fields.text("base", _REPOSITORY),
        former_names=fields.texts("former_names", _REPOSITORY),
        parameters=fields.count("parameters"),
        shape=shape if embedding is None else replace(shape, pooling=_POOLINGS[embedding.pooling]),
        sources=tuple(_source(_Fields(each, fields.at("sources", number))) for number, each in enumerate(sources)),
        embedding=embedding,
    )
    if kind != "embedding" and fields.get("embedding") is not None:
        raise fields.wrong("embedding", f"not for {kind}")
    fields.finish()
    if not sources:
        raise fields.wrong("sources", "none")
    if not licences.of(entry.licence).is_known:
        raise fields.wrong("licence", f"{entry.licence} is not in licences.py")
    if abs(entry.shape.parameters / entry.parameters - 1) > PARAMETERS_TOLERANCE:
        raise fields.wrong("parameters", f"the shape has {entry.shape.parameters}")
    if entry.embedding is not None and entry.embedding.dimensions != entry.shape.embedding:
        raise fields.wrong("embedding", "other dimensions than the shape")
    return entry


def _shape(fields: _Fields) -> Shape:
    shape = Shape(
        layers=fields.count("layers"),
        embedding=fields.count("embedding"),
        feed_forward=fields.count("feed_forward"),
        heads=fields.count("heads"),
        kv_heads=fields.count("kv_heads"),
        head_dim=fields.count("head_dim"),
        vocabulary=fields.count("vocabulary"),
        trained_context=fields.count("trained_context"),
        is_tied=fields.flag("is_tied"),
        architecture=fields.text("architecture", r"[a-z0-9-]+"),
    )
    fields.finish()
    return shape


def _source(fields: _Fields) -> Source:
    source = Source(
        fields.text("repository", _REPOSITORY),
        fields.text("file", rf"[\w.-]*{re.escape(PLACEHOLDER)}[\w.-]*"),
        fields.texts("quantisations", "|".join(QUANTISATIONS)),
    )
    fields.finish()
    if not source.quantisations:
        raise fields.wrong("quantisations", "none")
    return source


def _embedding(fields: _Fields) -> Embedding:
    found = Embedding(
        fields.text("query_prefix", _PREFIX),
        fields.text("document_prefix", _PREFIX),
        cast(Pooling, fields.text("pooling", "|".join(get_args(Pooling)))),  # the pattern allows nothing else
        fields.count("dimensions"),
        fields.count("max_tokens"),
    )
    fields.finish()
    return found
