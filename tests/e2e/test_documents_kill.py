"""Promise 2 for documents: the process is killed at random moments of reading and embedding, again and again, and in
the end every document is there once, with every chunk, and every chunk has its one vector.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from app.documents.embedding.fake import FakeEmbedder
from app.documents.library import Library
from app.documents.records import Keeping
from app.storage.database import Database
from tests.documents.plainly import open_database

pytestmark = [
    pytest.mark.trust,
    pytest.mark.skipif(os.name != "posix", reason="SIGKILL"),
    pytest.mark.timeout(600),
]

CHILD = Path(__file__).resolve().parents[1] / "children" / "busy_documents.py"
KILLS = max(2, int(os.environ.get("PADDOCK_KILLS", "16")) // 4)
MOST_S = 1.2  # from a process's first word to its end
FILES = 12
WHAT_IS_KEPT = {
    "documents": "SELECT name, status, parts, characters, chunks, title FROM documents ORDER BY name",
    "parts": "SELECT d.name, p.key & 1048575, p.label, p.text FROM parts p JOIN documents d ON d.number = p.key >> 20"
    " ORDER BY 1, 2",
    "chunks": "SELECT d.name, k.key & 1048575, k.first, k.start, k.last, k.end, k.heading FROM chunks k"
    " JOIN documents d ON d.number = k.key >> 20 ORDER BY 1, 2",
    "words": "SELECT d.name, w.rowid & 1048575 FROM chunk_words w JOIN documents d ON d.number = w.rowid >> 20"
    " ORDER BY 1, 2",
    "strays": "SELECT (SELECT count(*) FROM parts), (SELECT count(*) FROM chunks), (SELECT count(*) FROM chunk_words),"
    " (SELECT sum(rows) FROM vectors), (SELECT count(*) FROM originals)",
}


def make_files(folder: Path) -> list[Path]:
    """Small and large ones, of several kinds."""
    folder.mkdir(parents=True)
    made = []
    for number in range(FILES):
        ending = ("txt", "md", "csv")[number % 3]
        lines = [
            f"Document{number} has line{line}, which is about ferries and harbours." for line in range(30 + 90 * number)
        ]
        path = folder / f"d{number}.{ending}"
        path.write_text(("\n" if ending == "csv" else "\n\n").join(lines), "utf-8")
        made.append(path)
    return made


def kept(database: Database) -> dict[str, list[object]]:
    found = database.read(lambda c: {name: c.execute(sql).fetchall() for name, sql in WHAT_IS_KEPT.items()})
    return {name: [tuple(row) for row in rows] for name, rows in found.items()}


def finished(folder: Path) -> dict[str, list[object]]:
    """What is there when all is done, as a later start finds it."""
    embedder = FakeEmbedder()
    with closing(open_database(folder / "profile" / "paddock.db")) as database:
        with closing(Library(database, embedder=lambda: embedder)) as library:
            library.start()
            assert library.wait_until_idle(300)
            assert library.progress().documents_left == library.progress().chunks_left == 0
        require_one_vector_each(database)
        return kept(database)


def require_one_vector_each(database: Database) -> None:
    columns = "v.document, v.first, v.rows, d.chunks"
    sql = f"SELECT {columns} FROM vectors v JOIN documents d ON d.number = v.document ORDER BY 1, 2"
    reached: dict[int, tuple[int, int]] = {}
    for document, first, rows, chunks in database.read(lambda c: c.execute(sql).fetchall()):
        assert reached.get(document, (0, 0))[0] == first, "each goes on where the one before ends"
        reached[document] = (first + rows, chunks)
    assert len(reached) == FILES
    assert all(end == chunks for end, chunks in reached.values())


def killed(folder: Path, dice: random.Random) -> bool:
    """Whether there was something left to be killed at."""
    pipe = subprocess.PIPE
    command = [sys.executable, str(CHILD), str(folder)]
    child = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
    said: list[bytes] = []
    first = threading.Event()

    def read() -> None:
        assert child.stdout is not None
        for line in child.stdout:
            said.append(line.strip())
            first.set()

    reader = threading.Thread(target=read, name="paddock-test-reader")
    reader.start()
    try:
        assert first.wait(60), "nothing was done within 60 s"
        threading.Event().wait(dice.uniform(0.0, MOST_S))
        parsers = psutil.Process(child.pid).children(recursive=True)
        child.send_signal(signal.SIGKILL)
    finally:
        child.kill()
        child.wait()
        reader.join()
        for end in (child.stdin, child.stdout):
            if end is not None:
                end.close()
    _gone, alive = psutil.wait_procs(parsers, timeout=10)
    assert alive == [], "a parser outlived its parent"
    return b"idle" not in said


@pytest.mark.parametrize("keeping", ["reference", "inside"])
def test_no_document_is_lost_or_indexed_twice_however_often_it_is_killed(tmp_path: Path, keeping: Keeping) -> None:
    paths = make_files(tmp_path / "files")
    for folder in (tmp_path / "killed", tmp_path / "undisturbed"):
        database = open_database(folder / "profile" / "paddock.db")
        with closing(database), closing(Library(database, embedder=lambda: None)) as library:
            library.add_files(paths, keeping=keeping)
    expected = finished(tmp_path / "undisturbed")
    dice = random.Random(keeping)
    kills = sum(killed(tmp_path / "killed", dice) for _kill in range(KILLS))
    assert kills, "a kill must have met some work"
    assert finished(tmp_path / "killed") == expected
