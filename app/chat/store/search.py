"""Finding words in all chats, newest first, and keeping the index of them complete.

The index gives its matches in the order of writing, so the first page of a common word is as quick as that of a rare
one: nothing is counted, ranked or sorted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from app.chat.store.rows import Part, index
from app.chat.store.words import Finder, Term, beginning, match_of, terms_of
from app.chat.tree import Role
from app.frozen import dataclass
from app.storage.cipher import Connection

MAX_BATCH_CHARACTERS = 1_000_000
"""Of words that one transaction of `index_missing` takes, about half a second: a turn must not wait longer."""
_NEWEST = 2**62


@dataclass(frozen=True, slots=True)
class Hit:
    """Where the words of a search were found: in a message, or (with no `message_id`, number 0) in a title.

    `marks`: first and last-but-one positions in `snippet`, which has one line of at most about 160 characters.
    """

    conversation_id: str
    title: str
    message_id: str
    number: int
    role: Role | Literal[""]
    created_at: float
    snippet: str
    marks: tuple[tuple[int, int], ...]


class Search(Part):
    """Of what lies in the bin or is deleted nothing is found."""

    def search(self, words: str, *, limit: int = 50, before: int | None = None) -> tuple[Hit, ...]:
        """Newest first; with `before` (a hit's number) the next page. Titles come first, on the first page only.

        Every word must occur, the last one may be a beginning of two letters or more, "a phrase" counts as such.
        """
        terms = terms_of(words)
        if not terms or limit < 1:
            return ()
        finder = Finder(terms)

        def read(c: Connection) -> tuple[Hit, ...]:
            titles = _in_titles(c, finder, max(1, limit // 2)) if before is None else []
            return (
                *titles,
                *_in_messages(c, terms, finder, limit - len(titles), _NEWEST if before is None else before),
            )

        return self._database.read(read)

    def index_missing(self, *, stop: Callable[[], bool], batch: int = 200) -> int:
        """Put messages into the index that are not in it yet, newest first, in small transactions; how many.

        They come from imports, from before there was an index, from a crash, or were too long to be waited for.
        """
        done = 0
        while not stop():
            some = self._database.write(lambda c: _index_some(c, batch))
            if not some:
                break
            done += some
        return done


def _in_messages(c: Connection, terms: tuple[Term, ...], finder: Finder, limit: int, before: int) -> list[Hit]:
    # CROSS JOIN keeps the index outermost: what it gives is in order already, and LIMIT ends it.
    rows = c.execute(
        "SELECT m.conversation_id, c.title, m.id, m.number, m.role, m.created_at, m.text"
        " FROM words CROSS JOIN messages m ON m.number = words.rowid"
        " CROSS JOIN conversations c ON c.id = m.conversation_id"
        " WHERE words MATCH ? AND words.rowid < ? AND m.deleted_batch IS NULL AND c.deleted_at IS NULL"
        " ORDER BY words.rowid DESC LIMIT ?",
        (match_of(terms), before, limit),
    )
    found = []
    for home, title, message_id, number, role, created_at, text in rows:
        said = finder.snippet(text, is_message=True) or _in_attachments(c, finder, message_id)
        snippet, marks = said or (beginning(text), ())
        found.append(Hit(home, title, message_id, number, role, created_at, snippet, marks))
    return found


def _in_attachments(c: Connection, finder: Finder, message_id: str) -> tuple[str, tuple[tuple[int, int], ...]] | None:
    rows = c.execute("SELECT name, text FROM attachments WHERE message_id = ? ORDER BY place", (message_id,))
    return next((found for row in rows for part in row if (found := finder.snippet(part)) is not None), None)


def _in_titles(c: Connection, finder: Finder, limit: int) -> list[Hit]:
    rows = c.execute(
        "SELECT id, title, changed_at FROM conversations WHERE deleted_at IS NULL ORDER BY changed_at DESC"
    )
    found: list[Hit] = []
    for home, title, changed_at in rows:
        if finder.has_all(title):
            snippet, marks = finder.snippet(title) or (title, ())
            found.append(Hit(home, title, "", 0, "", changed_at, snippet, marks))
            if len(found) == limit:
                break
    return found


def _index_some(c: Connection, batch: int) -> int:
    """What is still being written has no final words yet; it waits."""
    rows = c.execute(
        "SELECT m.number, m.id, m.size FROM unindexed u CROSS JOIN messages m ON m.number = u.number"
        " WHERE m.status != 'streaming' ORDER BY u.number DESC LIMIT ?",
        (batch,),
    ).fetchall()
    done = characters = 0
    for number, message_id, size in rows:
        texts = c.execute(
            "SELECT text FROM messages WHERE number = ?1 UNION ALL"
            " SELECT name || char(10) || text FROM attachments WHERE message_id = ?2",
            (number, message_id),
        ).fetchall()
        index(c, number, "\n".join(text for (text,) in texts))
        done += 1
        characters += size
        if characters > MAX_BATCH_CHARACTERS:
            break
    return done
