"""A PDF's text into chunks through the app / the same pages read with bare pypdfium2, both with their process's start.

The pages are generated, 2,000 of them, unless a file is named: `.venv/bin/python tests/bench/reading.py [FILE]`.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.documents.reader import FileSource, ReadWish, read
from app.engine.stop import Stop
from tests.bench.measure import Row, Spread
from tests.documents.pdfs import page_of, pdf

PAGES = 2_000
ROUNDS = 5
BAR = 1.4  # of the 2.0 that reading and storing have together
_BARE = """
import sys, pypdfium2
document = pypdfium2.PdfDocument(sys.argv[1])
for page in document:
    text = page.get_textpage()
    text.get_text_range()
    text.close()
    page.close()
"""
_SYLLABLES = (
    "an",
    "ba",
    "co",
    "de",
    "fi",
    "go",
    "in",
    "jo",
    "ka",
    "lu",
    "me",
    "no",
    "or",
    "pa",
    "re",
    "so",
    "tu",
    "wi",
)


def reading() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "pages.pdf")
        path.write_bytes(generated(PAGES))
        yield Row(
            f"text of a PDF of {PAGES} pages into chunks, time / bare pypdfium2's, starts included",
            f"<= {BAR}",
            str(compared(path, rounds=ROUNDS)),
        )


def compared(path: Path, *, rounds: int) -> Spread:
    """Our time / theirs; each round is ours, theirs, theirs, ours, so that a drift disturbs both alike."""
    _ours(path), _theirs(path)  # the file, the libraries and their bytecode are in the system's cache
    found = []
    for _ in range(rounds):
        first, second, third, fourth = _ours(path), _theirs(path), _theirs(path), _ours(path)
        found.append((first + fourth) / (second + third))
    return Spread(tuple(found))


def generated(pages: int, *, seed: int = 6) -> bytes:
    """Pages of 3,000 characters in words of no language, 40 lines each."""
    chance = random.Random(seed)
    return pdf([page_of(words_of(chance, 3_000), size=9) for _ in range(pages)])


def words_of(chance: random.Random, characters: int) -> str:
    words: list[str] = []
    length = 0
    while length < characters:
        word = "".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4)))
        is_end = chance.random() < 0.06
        words.append(f"{word.capitalize() if not words or words[-1].endswith('.') else word}{'.' if is_end else ''}")
        length += len(words[-1]) + 1
    return " ".join(words)


def _ours(path: Path) -> float:
    begun = time.perf_counter()
    read(
        FileSource(path), ReadWish(), on_parts=lambda _parts, _chunks: None, on_progress=lambda _part: None, stop=Stop()
    )
    return time.perf_counter() - begun


def _theirs(path: Path) -> float:
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", _BARE, str(path)], check=True)
    return time.perf_counter() - begun


if __name__ == "__main__":
    if sys.argv[1:]:
        print(compared(Path(sys.argv[1]), rounds=3))
    else:
        for row in reading():
            print(f"| {row.what} | {row.bar} | {row.measured} |")
