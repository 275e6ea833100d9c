"""What documents must know of an embedding model: its prefixes, and a name that no other model's vectors share.

A prefix that is missing costs quality without a word, so families that want one are listed here, as their cards say.
How the tokens' vectors become one (pooling) is in each file, and llama.cpp does it; the family's counts where an early
converter left it out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from app.errors import ModelFault
from app.models import embedder, gguf, header
from app.text import _

ID_DIGITS = 12
_ASKING = "Represent this sentence for searching relevant passages: "
_TASK = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"


@dataclass(frozen=True, slots=True)
class EmbeddingModel:
    """`id` names the very file: vectors of another are worth nothing beside its own. Prefixes end in their blank."""

    id: str  # "all-minilm-l6-v2-8e86266af3e6"
    title: str
    dims: int
    max_tokens: int  # of one text, its special tokens included; what is longer is cut
    query_prefix: str = ""
    passage_prefix: str = ""
    pooling: int = 0  # of a file that does not say; 0 where nothing is known of its family, either


@dataclass(frozen=True, slots=True)
class Family:
    """`names` is searched in a model's or file's name. Source: the cards on the hub."""

    names: re.Pattern[str]
    query_prefix: str
    passage_prefix: str
    pooling: int = 0
    max_tokens: int = 512  # more make no better vectors of a passage, and take memory by the square
    tokeniser: str = ""  # as in `Header`, where there are copies with another: they find anything but the right passage


_MEAN, _FIRST, _LAST = 1, 2, 3  # enum llama_pooling_type
_FAMILIES = (
    Family(re.compile(r"nomic-embed-text-v"), "search_query: ", "search_document: ", _MEAN, 2048),
    Family(re.compile(r"multilingual-e5-large-instruct"), f"{_TASK} ", "", _MEAN, tokeniser="t5"),
    Family(re.compile(r"multilingual-e5-(?:small|base|large)"), "query: ", "passage: ", _MEAN, tokeniser="t5"),
    Family(re.compile(r"\be5-(?:small|base|large)"), "query: ", "passage: ", _MEAN),
    Family(re.compile(r"arctic-embed-\w+-v2"), "query: ", "", _FIRST, 2048),
    Family(re.compile(r"arctic-embed"), _ASKING, "", _FIRST),
    Family(re.compile(r"bge-(?:small|base|large)-en"), _ASKING, "", _FIRST),
    Family(re.compile(r"bge-m3"), "", "", _FIRST, 2048),
    Family(re.compile(r"qwen3-embedding"), _TASK, "", _LAST, 2048),
    Family(re.compile(r"embedding-?gemma"), "task: search result | query: ", "title: none | text: ", _MEAN, 2048),
)
_OTHERS = Family(re.compile(""), "", "")


def starter() -> EmbeddingModel:
    """The one that came with Paddock."""
    key = embedder.EMBEDDER_TITLE.lower()
    return EmbeddingModel(f"{key}-{embedder.EMBEDDER_SHA256[:ID_DIGITS]}", embedder.EMBEDDER_TITLE, 384, 512)


def family_of(name: str) -> Family:
    """By a model's title, its name in its file, or the name of the file itself."""
    plain = re.sub(r"[\s_]+", "-", name.lower())
    return next((family for family in _FAMILIES if family.names.search(plain)), _OTHERS)


def of_file(path: Path, *, title: str = "") -> EmbeddingModel:
    """Any model file that turns text into vectors. Takes some milliseconds. Raises ModelFault."""
    read = header.read_header(path)
    family = family_of(f"{title} {read.name} {path.stem}")
    if family is _OTHERS and not read.is_embedding_model:
        raise ModelFault(
            _("This model is not made for searching: it does not turn text into numbers."),
            _("Choose a model for searching, such as the one that came with Paddock."),
        )
    if family.tokeniser and read.tokeniser and family.tokeniser != read.tokeniser:
        raise ModelFault(
            _("This copy of the model cuts text in another way than the model was trained for: it would find little."),
            _("Look for another copy of it."),
        )
    title = title or read.name or path.stem
    key = re.sub(r"[^a-z0-9.]+", "-", title.lower()).strip("-")
    return EmbeddingModel(
        f"{key}-{gguf.fingerprint(path)[:ID_DIGITS]}",
        title,
        read.embedding,
        min(family.max_tokens, read.trained_context or family.max_tokens),
        family.query_prefix,
        family.passage_prefix,
        family.pooling,
    )
