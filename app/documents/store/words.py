"""The full-text index of chunks: what it is given of one, how many have a word, and which fit words best."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.documents.store.rows import GIVEN, KEY_BITS, keys_of, listed
from app.storage.cipher import Connection
from app.words import words_of

# A word that is parted at the end of a line: by a hyphen, by a soft one, or by what PDFium gives for either.
_PARTED: Final = (
    r"(?<=[^\W\d_])(?:[-\u2010\u00ad\x02\ufffe]\r?\n|[\u00ad\x02\ufffe])(?=[a-z\u00df-\u00f6\u00f8-\u00ff])"
)
_LIGATURES: Final = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st"}
)


@dataclass(frozen=True, slots=True)
class Among:
    """The documents whose chunks are searched, by number and in order; `is_all` where there are no others."""

    numbers: tuple[int, ...]
    is_all: bool

    @property
    def keys(self) -> tuple[int, int]:
        """The first and the last that their chunks can have. There must be a document."""
        return keys_of(self.numbers[0])[0], keys_of(self.numbers[-1])[1]

    @property
    def has_gaps(self) -> bool:
        """Whether others may have keys between theirs. What was added at once mostly has none."""
        return self.numbers[-1] - self.numbers[0] >= len(self.numbers)

    @property
    def condition(self) -> tuple[str, list[int | str]]:
        """On `rowid`: SQL and its parameters. The range is what the index leaps to; only gaps are looked up by row."""
        if self.is_all:
            return "", []
        where, given = " AND rowid BETWEEN ? AND ?", list[int | str](self.keys)
        if self.has_gaps:
            where, given = f"{where} AND rowid >> {KEY_BITS} IN {GIVEN}", [*given, listed(self.numbers)]
        return where, given


ALL: Final = Among((), is_all=True)


def index_chunks(c: Connection, title: str, chunks: Sequence[tuple[int, str, str]]) -> None:
    """Key, heading and text of each."""
    rows = [(key, indexed(title, heading, text)) for key, heading, text in chunks]
    c.executemany("INSERT INTO chunk_words (rowid, said) VALUES (?, ?)", rows)


def indexed(title: str, heading: str, text: str) -> str:
    """What a chunk is found by."""
    said = f"{title}\n{heading}\n{text}"
    if "-" in said or not said.isascii():
        said = re.sub(_PARTED, "", said).translate(_LIGATURES)
    return words_of(said)


def index_state(c: Connection) -> tuple[bytes, ...]:
    """Another one after each transaction that wrote to the index.

    Two records of FTS5's own: how many rows and words there are, and which segments (sqlite.org/fts5.html, "FTS5 Data
    Structures"). To write or to delete a chunk changes at least one of them.
    """
    return tuple(row[0] for row in c.execute("SELECT block FROM chunk_words_data WHERE id IN (1, 10) ORDER BY id"))


def count_matches(c: Connection, match: str, among: Among, most: int) -> int:
    """How many chunks match, counted up to `most`."""
    where, given = among.condition
    sql = f"SELECT count(*) FROM (SELECT 1 FROM chunk_words WHERE chunk_words MATCH ?{where} LIMIT ?)"
    return int((c.execute(sql, (match, *given, most)).fetchone() or (0,))[0])


def best_matches(c: Connection, match: str, among: Among, limit: int) -> list[int]:
    """The keys of the chunks that match best by BM25, the best first."""
    where, given = among.condition
    sql = f"SELECT rowid FROM chunk_words WHERE chunk_words MATCH ?{where} ORDER BY bm25(chunk_words), rowid LIMIT ?"
    return [row[0] for row in c.execute(sql, (match, *given, limit)).fetchall()]
