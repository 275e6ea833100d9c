"""What is at work and what comes next, document by document, with the time until each is through with its step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from app.documents.ingest.pace import Pace
from app.documents.records import FileProgress
from app.documents.store.contents import Queued
from app.documents.store.store import DocumentStore

SHOWN: Final = 100
"""More than a window shows at once."""
_LEAST_FRACTION: Final = 0.02
_LEAST_S: Final = 0.5
"""From both on a document's own speed tells how long it takes, better than that of the ones before."""


@dataclass(frozen=True, slots=True)
class AtWork:
    """The document that is being read or kept since `seconds`. `done` are parts or bytes."""

    document_id: str = ""
    name: str = ""
    size_bytes: int = 0
    is_keeping: bool = False
    fraction: float = 0.0
    done: int = 0
    seconds: float = 0.0


def files(store: DocumentStore, at_work: AtWork, pace: Pace, model: str) -> tuple[FileProgress, ...]:
    """At most SHOWN and the one at work, in the order of their turns. `model` is empty where nothing is embedded.

    All that is read comes before all that is kept otherwise, and that before all that is embedded: times add up.
    """
    queued = store.queue(model, SHOWN)
    next_ones = [_to_read(one, pace) for one in queued if not one.chunks]
    next_ones += [_to_keep(*one, pace) for one in store.to_keep(SHOWN)]
    next_ones += [_to_embed(one, pace) for one in queued if one.chunks]
    made = [_working(at_work, pace)] if at_work.document_id else []
    for one in next_ones[:SHOWN]:
        if one.document_id != at_work.document_id:
            before_s = made[-1].seconds_left if made else 0.0
            made.append(replace(one, seconds_left=_sum(before_s, one.seconds_left)))
    return tuple(made)


def _working(at: AtWork, pace: Pace) -> FileProgress:
    rate = pace.keeping if at.is_keeping else pace.reading
    left_s = rate.seconds(at.size_bytes * (1.0 - at.fraction))
    if at.fraction >= _LEAST_FRACTION and at.seconds >= _LEAST_S:
        left_s = at.seconds * (1.0 - at.fraction) / at.fraction
    if at.is_keeping:
        return FileProgress(at.document_id, at.name, "keeping", at.done, at.size_bytes, "bytes", at.fraction, left_s)
    of = max(at.done, round(at.done / at.fraction)) if at.fraction >= _LEAST_FRACTION else 0
    return FileProgress(at.document_id, at.name, "reading", at.done, of, "parts", at.fraction, left_s)


def _to_read(one: Queued, pace: Pace) -> FileProgress:
    return FileProgress(one.id, one.name, "waiting", 0, 0, "parts", 0.0, pace.reading.seconds(one.size_bytes))


def _to_keep(own: str, name: str, size_bytes: int, pace: Pace) -> FileProgress:
    return FileProgress(own, name, "keeping", 0, size_bytes, "bytes", 0.0, pace.keeping.seconds(size_bytes))


def _to_embed(one: Queued, pace: Pace) -> FileProgress:
    left_s = pace.embedding.seconds(one.chunks - one.embedded)
    share = one.embedded / one.chunks
    return FileProgress(one.id, one.name, "embedding", one.embedded, one.chunks, "chunks", share, left_s)


def _sum(before_s: float | None, own_s: float | None) -> float | None:
    return None if before_s is None or own_s is None else before_s + own_s
