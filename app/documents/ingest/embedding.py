"""Vectors for the chunks that have none of the model in use, some dozens at a time, exactly where it stopped."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Final

from app.documents.store.store import DocumentStore
from app.documents.store.vectors import ToEmbed
from app.engine.stop import Stop

if TYPE_CHECKING:
    from app.documents.embedding.embedder import Embedder
    from app.documents.embedding.int8 import Vectors

AT_ONCE: Final = 48
"""Chunks: about three seconds on two cores, after which an answer or a pause is heard."""


def embed_some(store: DocumentStore, embedder: Embedder, stop: Stop) -> int:
    """How many chunks got a vector; 0 when all have one. Raises what the embedder raises."""
    chunks = store.to_embed(embedder.model.id, AT_ONCE)
    if chunks:
        vectors = embedder.passages([text_of(chunk) for chunk in chunks], stop=stop)
        store.add_vectors(embedder.model.id, list(_rows(chunks, vectors)))
    return len(chunks)


def text_of(chunk: ToEmbed) -> str:
    """What is embedded: a chunk tells more with the title and the headings above it."""
    return "\n".join(part for part in (chunk.title, chunk.heading, chunk.text) if part)


def _rows(chunks: tuple[ToEmbed, ...], vectors: Vectors) -> Iterator[tuple[int, int, int, bytes, bytes]]:
    """Those of a document together."""
    for document, places in groupby(range(len(chunks)), lambda place: chunks[place].document):
        run = list(places)
        some = vectors[run[0] : run[-1] + 1]
        yield document, chunks[run[0]].place, len(run), some.scales.astype("<f4").tobytes(), some.data.tobytes()
