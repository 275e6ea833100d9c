"""Whether passages that came from elsewhere stand in the documents of that name that are here."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable

from app.documents.parts import Part
from app.documents.records import Passage
from app.documents.store.rows import GIVEN, MOST, key, listed, part_of
from app.storage.cipher import Connection

_KEPT_PARTS = 64  # most passages stand near to the one before

_Texts = Callable[[int, int], tuple[str, str] | None]
"""Of a part, by its document's number and its own: what is written in it, and what a person sees of it."""


def belied(c: Connection, passages: Iterable[Passage]) -> frozenset[str]:
    """The ids of documents that are here, and in which one of their passages does not stand at its place.

    White space may differ, and what a person would not see there may be left out.
    """
    given = tuple(passages)
    sql = f"SELECT id, number FROM documents WHERE is_going = 0 AND id IN {GIVEN}"
    here: dict[str, int] = dict(c.execute(sql, (listed({one.document_id for one in given}),)).fetchall())
    texts = _reader(c)
    return frozenset(
        one.document_id for one in given if one.document_id in here and not _stands(one, here[one.document_id], texts)
    )


def _reader(c: Connection) -> _Texts:
    @functools.lru_cache(maxsize=_KEPT_PARTS)
    def texts(number: int, place: int) -> tuple[str, str] | None:
        sql = "SELECT key, label, is_scan, hidden, text, places FROM parts WHERE key = ?"
        row = c.execute(sql, (key(number, place),)).fetchone() if place < MOST else None
        if row is None:
            return None
        part = part_of(row)
        return part.text, _seen(part)

    return texts


def _stands(passage: Passage, number: int, texts: _Texts) -> bool:
    span, written, seen, length = passage.span, list[str](), list[str](), 0
    for place in range(span.first, span.last + 1):
        found = texts(number, place)
        if found is None or length > len(passage.text):  # a file may claim parts without end
            return False
        start, end = span.start if place == span.first else 0, span.end if place == span.last else len(found[0])
        written.append(found[0][start:end])
        seen.append(found[1][start:end])
        length += len(written[-1]) + 1
    words = passage.text.split()
    return length - 1 <= len(passage.text) and words in ("\n".join(written).split(), "\n".join(seen).split())


def _seen(part: Part) -> str:
    """As long as it is, with spaces in place of what a person would not see."""
    text = part.text
    for one in part.hidden:
        text = f"{text[: one.start]}{' ' * (one.end - one.start)}{text[one.end :]}"
    return text
