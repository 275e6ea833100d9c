"""Figures of documents: reading PDF into the index, searching 100,000 chunks, and what indexing takes of the window's
memory. `.venv/bin/python tests/bench/figures.py documents` prints them, or this file by itself.
"""

from __future__ import annotations

import itertools
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np

from app.core import MIGRATIONS as CORE_MIGRATIONS
from app.documents.embedding.fake import FakeEmbedder
from app.documents.embedding.int8 import Floats, Vectors, quantise, similarities
from app.documents.embedding.models import EmbeddingModel
from app.documents.index import keyword
from app.documents.index.counts import Counts
from app.documents.index.fusion import CANDIDATES
from app.documents.library import Library
from app.documents.parts import About, Chunk, Part, Span
from app.documents.records import Scope
from app.documents.store.following import FileSeen
from app.documents.store.schema import MIGRATIONS
from app.documents.store.store import DocumentStore
from app.documents.store.words import ALL, best_matches
from app.engine.stop import Stop
from app.storage.database import Database
from tests.bench.measure import Row, pss_bytes, ratio

CHUNKS = 100_000
CHUNKS_PER_DOCUMENT = 500
WORDS_PER_CHUNK = 150
VOCABULARY = 60_000
DIMENSIONS = 384
QUERIES = 200
SCOPED_QUERIES = 60
PAGES = 2_000
WORDS_PER_PAGE, WORDS_PER_LINE = 480, 11
ROUNDS = 3
KEY = bytes(range(32))


_BARE = """
import sys, pypdfium2
document = pypdfium2.PdfDocument(sys.argv[1])
for page in document:
    text = page.get_textpage()
    text.get_text_range()
    text.close()
    page.close()
"""


class RandomEmbedder(FakeEmbedder):
    """Vectors without meaning, at no cost: what is measured is the search."""

    def __init__(self) -> None:
        super().__init__(EmbeddingModel("random-000000000000", "Random", DIMENSIONS, 512))
        self._random = np.random.default_rng(1)

    def query(self, text: str, *, stop: Stop) -> Floats:
        return self._random.standard_normal(DIMENSIONS).astype(np.float32)

    def vectors(self, count: int) -> Vectors:
        return quantise(self._random.standard_normal((count, DIMENSIONS)).astype(np.float32))


def opened(folder: Path) -> Database:
    migrations = {migration.number: migration for migration in (*CORE_MIGRATIONS, *MIGRATIONS)}
    return Database.open(folder / "paddock.db", KEY, migrations=tuple(migrations.values()))


def vocabulary() -> list[str]:
    """Invented words, the commonest first and shortest."""
    dice = random.Random(1)
    made: dict[str, None] = {}
    while len(made) < VOCABULARY:
        syllables = [dice.choice("bdfgklmnprstvz") + dice.choice("aeiou") for _syllable in range(dice.randint(2, 4))]
        made["".join(syllables)] = None
    return list(made)


class Zipf:
    """Draws words as language does: the n-th commonest one in n."""

    def __init__(self, words: list[str]) -> None:
        self._words = np.array(words)
        shares = 1.0 / np.arange(1, len(words) + 1)
        self._shares = shares / shares.sum()
        self._random = np.random.default_rng(2)

    def text(self, count: int) -> str:
        return " ".join(self._words[self._random.choice(len(self._words), count, p=self._shares)])

    def texts(self, number: int, count: int) -> list[str]:
        drawn = self._random.choice(len(self._words), (number, count), p=self._shares)
        return [" ".join(self._words[row]) for row in drawn]


def fill(database: Database, zipf: Zipf) -> None:
    store, embedder = DocumentStore(database), RandomEmbedder()
    for place in range(CHUNKS // CHUNKS_PER_DOCUMENT):
        seen = FileSeen(f"/d/{place}", f"d{place}.txt", 1, 1)
        store.add([seen], collection_id="", keeping="reference")
        work = store.next_to_read()
        assert work is not None
        store.begin_reading(work.number, seen)
        parts, chunks = [], []
        for number, text in enumerate(zipf.texts(CHUNKS_PER_DOCUMENT, WORDS_PER_CHUNK)):
            parts.append(Part(number, str(number + 1), text))
            chunks.append(Chunk(number, Span(number, 0, number, len(text)), "", text, 200))
        store.add_batch(work.number, "", parts, chunks).result()
        about = About("text", "page", "", len(parts), 1, 0, 0)
        store.finish(work.number, about, size_bytes=1, sha256="00", tokens=1)
        vectors = embedder.vectors(CHUNKS_PER_DOCUMENT)
        row = (work.number, 0, CHUNKS_PER_DOCUMENT, vectors.scales.tobytes(), vectors.data.tobytes())
        store.add_vectors(embedder.model.id, [row])


def searching() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        yield from _searching(Path(folder))


def _searching(folder: Path) -> Iterator[Row]:
    zipf = Zipf(vocabulary())
    database = opened(folder)
    embedder = RandomEmbedder()
    library = Library(database, embedder=lambda: embedder)
    try:
        if not library.documents():
            fill(database, zipf)
        took = _in_turns(database, library, [zipf.text(random.Random(n).randint(3, 12)) for n in range(QUERIES)])
        scopes = _scoped(library, [zipf.text(8) for _query in range(SCOPED_QUERIES)])
    finally:
        library.close()
        database.close()
    whole, words, meaning = ([one[place] for one in took] for place in range(3))
    both = [one[1] + one[2] for one in took]
    middle, slow = statistics.median(whole), _percentile(whole)
    yield Row("hybrid search, 100,000 chunks, 95th percentile", "<= 100 ms", f"{slow:.0f} ms (median {middle:.0f})")
    alone = f"({statistics.median(words):.0f} + {statistics.median(meaning):.0f} ms)"
    ratio_of_middles = middle / statistics.median(both)
    yield Row("hybrid search / (FTS5 alone + numpy alone), medians", "<= 1.5", f"{ratio_of_middles:.2f} {alone}")
    yield Row("the same, 95th percentiles", "<= 1.5", f"{slow / _percentile(both):.2f}")
    for name, share in scopes.items():
        yield Row(f"the same search in {name} / in everything, medians", "<= 1", f"{share:.2f}")


def _in_turns(database: Database, library: Library, queries: list[str]) -> list[tuple[float, float, float]]:
    """Milliseconds of the hybrid search, of FTS5 alone and of numpy alone.

    Query by query and in each order as often, so that other work on the machine meets all three alike, and each finds
    pages of the query that another one has read. FTS5 ranks the terms that the search would choose, without choosing
    them; numpy finds the nearest of as many vectors in one array. The vector of a question costs nothing here: a search
    has to wait for the model's child besides (`embedding`), and looks for words meanwhile.
    """
    vectors, vector = RandomEmbedder().vectors(CHUNKS), RandomEmbedder().query("", stop=Stop())
    asked = [(query, match) for query in queries if (match := _match(database, query))]
    library.search(queries[0])
    orders = list(itertools.permutations(range(3)))
    took = []
    for number, (query, match) in enumerate(asked):
        ways: list[Callable[[], object]] = [
            partial(library.search, query),
            partial(database.read, partial(best_matches, match=match, among=ALL, limit=CANDIDATES)),
            partial(_nearest, vectors, vector),
        ]
        times = [0.0] * len(ways)
        for way in orders[number % len(orders)]:
            times[way] = _took_ms(ways[way])
        took.append((times[0], times[1], times[2]))
    return took


def _scoped(library: Library, queries: list[str]) -> dict[str, float]:
    """Of searches in some of the documents: their median as a share of that in all of them, in turns."""
    ids = [document.id for document in library.documents()]
    scopes = {
        "one document": Scope((ids[0],)),
        "every 20th document": Scope(tuple(ids[::20])),
        "every document but one": Scope(tuple(ids[1:])),
    }
    took: dict[str, list[float]] = {name: [] for name in ("", *scopes)}
    for query in queries:
        for name in took:
            took[name].append(_took_ms(partial(library.search, query, scopes.get(name))))
    return {name: statistics.median(took[name]) / statistics.median(took[""]) for name in scopes}


def indexing() -> Iterator[Row]:
    """Reading and indexing against bare extraction, and what it takes of this process's memory meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.pdf"
        path.write_bytes(pdf(Zipf(vocabulary()), PAGES))
        read = ratio(lambda: 1 / _index(path, Path(folder)), lambda: 1 / _extract(path), rounds=ROUNDS)
        yield Row(f"bare extraction's speed / ours, {PAGES:,} pages into the index", "<= 2.0", f"{1 / read.median:.2f}")
        yield Row(
            "memory of the window's process beyond idle while indexing them", "<= 60 MB", f"{_grown(path):.0f} MB"
        )


def _index(path: Path, folder: Path) -> float:
    """Seconds until all of it is found by its words, from a profile that is open."""
    with tempfile.TemporaryDirectory(dir=folder) as profile:
        database = opened(Path(profile))
        library = Library(database, embedder=lambda: None)
        try:
            begun = time.perf_counter()
            library.add_files([path])
            library.start()
            assert library.wait_until_idle(600)
            took_s = time.perf_counter() - begun
            (document,) = library.documents()
            assert (document.status, document.parts) == ("read", PAGES), document
            return took_s
        finally:
            library.close()
            database.close()


def _extract(path: Path) -> float:
    """Seconds of a process that only extracts."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", _BARE, str(path)], check=True)
    return time.perf_counter() - begun


def _grown(path: Path) -> float:
    """Megabytes that a process of its own has more at its largest while indexing than before, as the system counts."""
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.bench import documents as d; d.grow({str(path)!r})"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    return float(said.splitlines()[-1])


def grow(path: str) -> None:
    """For `_grown`: prints the megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        idle = pss_bytes(os.getpid())
        most, is_over = [idle], threading.Event()

        def look() -> None:
            while not is_over.wait(0.05):
                most.append(pss_bytes(os.getpid()))

        watcher = threading.Thread(target=look, name="watcher")
        watcher.start()
        _index(Path(path), Path(folder))
        is_over.set()
        watcher.join()
        print((max(most) - idle) / 1e6)


def pdf(zipf: Zipf, pages: int) -> bytes:
    """A plain PDF of so many pages of text, about 3,000 characters each."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for text in zipf.texts(pages, WORDS_PER_PAGE):
        words = text.split()
        lines = [" ".join(words[start : start + WORDS_PER_LINE]) for start in range(0, len(words), WORDS_PER_LINE)]
        drawn = "BT /F1 9 Tf 11 TL 40 800 Td " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
        kids.append(len(objects) + 2)
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn.encode("ascii")))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>"
            b" /Contents %d 0 R >>" % (len(objects))
        )
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, b" ".join(b"%d 0 R" % kid for kid in kids))
    made, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(made)


def _match(database: Database, query: str) -> str:
    chosen = database.read(lambda c: keyword.choose(c, keyword.terms_of(query), ALL, Counts()))
    return " OR ".join(term.match for term in chosen)


def _nearest(vectors: Vectors, query: Floats) -> object:
    return np.argpartition(similarities(vectors, query), -CANDIDATES)[-CANDIDATES:]


def _took_ms(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begun)


def _percentile(took: list[float]) -> float:
    return statistics.quantiles(took, n=20)[-1]


if __name__ == "__main__":
    for row in itertools.chain(indexing(), searching()):
        print(row.what, "|", row.bar, "|", row.measured)
