"""Search over 100,000 messages, and opening a conversation of 10,000: ours, and as a ratio to bare SQLite.

Bare SQLite is a plain file with the same texts under the same kind of index, read by the sqlite3 of Python. Words are
drawn as they are in languages: the second most frequent half as often as the first. `tests/bench/searching.py [COUNT]`
runs it alone.
"""

from __future__ import annotations

import itertools
import os
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from app.chat.carried import Carried
from app.chat.store import ChatStore, new_id
from app.chat.tree import Conversation, Message, Role
from app.core import MIGRATIONS
from app.storage.database import Database
from tests.bench.measure import Row

MESSAGES = 100_000
PER_CONVERSATION = 50
LONG, SHORT = 10_000, 100
VOCABULARY = 60_000
PAGE = 50
ROUNDS = 15
BAR_MS = 50
_SYLLABLES = ("ba", "ren", "tal", "mi", "sor", "ken", "du", "vel", "an", "pri", "to", "ges", "lu", "chi", "ter", "on")


def searching(count: int = MESSAGES) -> Iterator[Row]:
    texts = _texts(count)
    with tempfile.TemporaryDirectory() as folder:
        key = os.urandom(32)
        path = Path(folder) / "profile" / "paddock.db"
        database = Database.open(path, key, migrations=MIGRATIONS)
        begun = time.perf_counter()
        ChatStore(database).bring_in(_conversations(texts))
        brought_s = time.perf_counter() - begun
        begun = time.perf_counter()
        ChatStore(database).index_missing(stop=lambda: False)
        indexed_s = time.perf_counter() - begun
        database.close()
        yield Row(f"{count} messages brought in; indexed", "", f"{brought_s:.0f} s; {indexed_s:.0f} s")
        characters = sum(map(len, texts))
        yield Row(
            "size of the profile / its texts", "", f"{path.stat().st_size / characters:.2f} of {characters} characters"
        )
        bare = _bare(Path(folder) / "bare.db", texts)
        yield Row(
            "size of the bare file / its texts", "", f"{(Path(folder) / 'bare.db').stat().st_size / characters:.2f}"
        )
        for what, query, match in _queries():
            yield _compared(what, query, match, path, key, bare)
        bare.close()


def opening() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(Path(folder) / "profile" / "paddock.db", os.urandom(32), migrations=MIGRATIONS)
        store = ChatStore(database)
        texts = _texts(LONG + SHORT)
        (long,) = store.bring_in([_conversation(texts[:LONG])])
        (short,) = store.bring_in([_conversation(texts[LONG:])])
        taken = {home: _best_ms(lambda home=home: store.opened(home)) for home in (long, short)}  # type: ignore[misc]  # a default binds it
        yield Row(
            f"open {LONG} messages / {SHORT} messages, in the store",
            "<= 2 on screen",
            f"{taken[long] / taken[short]:.1f} ({taken[long]:.1f} ms, {taken[short]:.1f} ms)",
        )
        branch_ms = _best_ms(lambda: store.branch(long, None, {}))
        cut_id = store.opened(long, tail=30).messages[0].id
        seen_ms = _best_ms(lambda: store.branch(long, None, {cut_id}))
        yield Row(
            f"branch of {LONG} messages; with a cut 30 before its end", "", f"{branch_ms:.1f} ms; {seen_ms:.1f} ms"
        )
        database.close()


def _queries() -> tuple[tuple[str, str, str], ...]:
    """What it is called, as a person types it, and as bare SQLite is asked. Ranks are of the vocabulary below."""
    words = _vocabulary()
    rare, medium, common, second = words[50_000], words[800], words[0], words[1]
    return (
        ("rare word", f"{rare} ", f'"{rare}" *'),
        ("medium word", medium, f'"{medium}" *'),
        ("very common word", common, f'"{common}" *'),
        ("two very common words", f"{common} {second}", f'"{common}" AND "{second}" *'),
        ("phrase of common words", f'"{common} {second}"', f'"{common} {second}"'),
        ("common and rare word", f"{common} {rare}", f'"{common}" AND "{rare}" *'),
        ("beginning, two letters", "ba", '"ba" *'),
        ("beginning, three letters", "ren", '"ren" *'),
        ("beginning, five letters", "rental"[:5], f'"{"rental"[:5]}" *'),
        ("no such word", "zzzyx", '"zzzyx" *'),
    )


def _compared(what: str, query: str, match: str, path: Path, key: bytes, bare: sqlite3.Connection) -> Row:
    database = Database.open(path, key, migrations=MIGRATIONS)
    store = ChatStore(database)
    begun = time.perf_counter()
    hits = len(store.search(query, limit=PAGE))
    first_ms = 1000 * (time.perf_counter() - begun)
    ours_ms = _best_ms(lambda: store.search(query, limit=PAGE))
    database.close()
    sql = "SELECT m.number, text FROM w CROSS JOIN m ON number = w.rowid WHERE w MATCH ? ORDER BY w.rowid DESC LIMIT ?"
    theirs_ms = _best_ms(lambda: bare.execute(sql, (match, PAGE)).fetchall())
    ratio = ours_ms / max(theirs_ms, 1e-3)
    measured = (
        f"first {first_ms:.1f} ms, warm {ours_ms:.1f} ms, bare {theirs_ms:.2f} ms, ratio {ratio:.1f} ({hits} hits)"
    )
    return Row(f"search: {what}", f"<= {BAR_MS} ms", measured)


def _best_ms(work: Callable[[], object]) -> float:
    """The median of some rounds, in milliseconds."""
    taken = []
    for _round in range(ROUNDS):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return 1000 * sorted(taken)[ROUNDS // 2]


def _vocabulary() -> list[str]:
    """Words of one to five syllables, the frequent ones short; no two alike."""
    each = (itertools.product(_SYLLABLES, repeat=length) for length in range(1, 6))
    return ["".join(word) for word in itertools.islice(itertools.chain(*each), VOCABULARY)]


def _texts(count: int) -> list[str]:
    """Questions of some 20 words and answers of some 200, in turn."""
    dice = random.Random(4711)
    words = _vocabulary()
    weights = list(itertools.accumulate(1 / rank for rank in range(1, len(words) + 1)))
    lengths = (dice.randint(5, 40) if place % 2 == 0 else dice.randint(40, 360) for place in range(count))
    return [" ".join(dice.choices(words, cum_weights=weights, k=length)).capitalize() + "." for length in lengths]


def _conversations(texts: Sequence[str]) -> Iterator[Carried]:
    for start in range(0, len(texts), PER_CONVERSATION):
        yield _conversation(texts[start : start + PER_CONVERSATION])


def _conversation(texts: Sequence[str]) -> Carried:
    home, ids = new_id(), [new_id() for _text in texts]
    messages = []
    for place, text in enumerate(texts):
        role: Role = "user" if place % 2 == 0 else "assistant"
        parent_id = ids[place - 1] if place else None
        messages.append(Message(0, ids[place], home, parent_id, role, text, "done", 0.0))
    return Carried(Conversation(home, texts[0][:40], "question", ids[-1], 0.0, 0.0), tuple(messages))


def _bare(path: Path, texts: Sequence[str]) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE m (number INTEGER PRIMARY KEY, text TEXT NOT NULL)")
    connection.execute(
        "CREATE VIRTUAL TABLE w USING fts5"
        " (s, content = '', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3')"
    )
    rows = list(enumerate(texts, 1))
    with connection:
        connection.executemany("INSERT INTO m VALUES (?, ?)", rows)
        connection.executemany("INSERT INTO w (rowid, s) VALUES (?, ?)", rows)
    return connection


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES
    print("| figure | bar | measured |\n|---|---|---|", flush=True)
    for row in itertools.chain(opening(), searching(count)):
        print(f"| {row.what} | {row.bar} | {row.measured} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
