"""Text, Markdown, code, CSV and JSON through the real parser child: nothing is cut, and the window's memory is flat."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence

import psutil
import pytest

from app.documents.faults import DocumentFault
from app.documents.parts import Chunk, Part
from app.documents.reader import HashedSource, ReadWish, read
from app.engine.stop import Stop
from tests.documents.reading_files import read_bytes

MB = 10**6
GERMAN = "Der Käufer öffnet das Tor und geht nach Hause. "
large = pytest.mark.skipif("PADDOCK_LARGE" not in os.environ, reason="two minutes: PADDOCK_LARGE=1")


def test_text_is_kept_to_the_last_character() -> None:
    words = "\n\n".join(f"Paragraph {number} says a thing or two about llamas." for number in range(2_000))
    done = read_bytes("a.txt", words.encode())
    assert "".join(part.text for part in done.parts) == words
    assert done.about.kind == "text"
    assert done.parts[0].label.startswith("L1–L")
    assert done.parts[-1].label.endswith("L3999")
    assert all(len(part.text) <= 16_000 for part in done.parts)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Größe 大".encode(), "Größe 大"),
        ("Größe 大".encode("utf-16"), "Größe 大"),
        ("\ufeffGröße".encode(), "Größe"),
        (b"one\r\ntwo\rthree", "one\ntwo\nthree"),
        (
            "Der Käufer öffnet das Tor und geht nach Hause. ".encode("cp1252") * 9,
            "Der Käufer öffnet das Tor und geht nach Hause. " * 9,
        ),
        (b"a" * 70_000 + "é".encode("cp1252"), "a" * 70_000 + "é"),
        (b"bell\x07 and \x1b[31mred", "bell  and  [31mred"),
    ],
)
def test_encodings_and_line_ends_are_made_out(data: bytes, text: str) -> None:
    done = read_bytes("a.txt", data)
    assert "".join(part.text for part in done.parts) == text


def test_markdown_has_headings_tables_and_listings() -> None:
    words = "# Title\n\nIntro.\n\n## Part\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    words += "```python\n# no heading\n\nx = 1\n```\n\nEnd."
    done = read_bytes("a.md", words.encode(), ReadWish(chunk_tokens=16))
    assert done.about.title == "Title"
    assert {chunk.heading for chunk in done.chunks} <= {"Title", "Title › Part"}
    assert any("| 1 | 2 |" in chunk.text and "| a | b |" in chunk.text for chunk in done.chunks)
    assert any("# no heading" in chunk.text and "x = 1" in chunk.text for chunk in done.chunks)


def test_code_is_cut_where_a_blank_line_is() -> None:
    code = "\n\n".join(f"def function_{number}(a, b):\n    return a + b * {number}" for number in range(400))
    done = read_bytes("a.py", code.encode())
    assert done.about.kind == "code"
    assert "".join(part.text for part in done.parts) == code
    assert all(chunk.text.startswith("def ") for chunk in done.chunks)


@pytest.mark.parametrize(("name", "mark"), [("a.csv", ","), ("a.csv", ";"), ("a.tsv", "\t")])
def test_each_part_of_a_table_begins_with_its_columns_names(name: str, mark: str) -> None:
    rows = [f'{number}{mark}"llama {number}"{mark}{number * 2}' for number in range(1_000)]
    done = read_bytes(name, "\n".join([mark.join(("id", "name", "twice")), *rows]).encode())
    assert (done.about.kind, done.about.part_name) == ("csv", "rows")
    assert all(part.text.startswith("id | name | twice\n") for part in done.parts)
    assert done.parts[0].label == "1–200"
    assert sum(part.text.count("llama") for part in done.parts) == 1_000
    assert "999 | llama 999 | 1998" in done.parts[-1].text


def test_json_is_laid_out_and_its_escapes_are_words() -> None:
    done = read_bytes("a.json", json.dumps({"city": "Zürich", "llamas": list(range(5))}).encode())
    assert '"city": "Zürich"' in done.text
    assert read_bytes("a.jsonl", b'{"a": 1}\n{"a": 2}\n').text == '{"a": 1}\n{"a": 2}\n'
    assert read_bytes("a.json", b"{broken").text == "{broken"


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(DocumentFault) as raised:
        read_bytes("a.txt", bytes(range(256)) * 100)
    assert raised.value.name == "another_kind"


class _Endless:
    """A text of any length that is nowhere as a whole."""

    name = "long.txt"

    def __init__(self, size_bytes: int) -> None:
        self._line = b"The llama walks over the mountains and carries salt. It rests at night.\n\n"
        self._count = size_bytes // (1_000 * len(self._line))
        self.size_bytes = self._count * 1_000 * len(self._line)

    def pieces(self) -> Iterator[bytes]:
        for _ in range(self._count):
            yield self._line * 1_000


@pytest.mark.parametrize("size_mb", [4, pytest.param(300, marks=large)])
def test_a_text_of_any_length_passes_and_the_windows_memory_stays_flat(size_mb: int) -> None:
    source = HashedSource(_Endless(size_mb * MB))
    this = psutil.Process()
    before, others = this.memory_info().rss, set(this.children())
    highest = child_highest = characters = 0

    def take(parts: Sequence[Part], _chunks: Sequence[Chunk]) -> None:
        nonlocal highest, child_highest, characters
        characters += sum(len(part.text) for part in parts)
        highest = max(highest, this.memory_info().rss)
        child_highest = max(child_highest, *(child.memory_info().rss for child in set(this.children()) - others), 0)

    about = read(source, ReadWish(), on_parts=take, on_progress=lambda _fraction: None, stop=Stop())
    print(f"{size_mb} MB: window +{(highest - before) / MB:.0f} MB, child {child_highest / MB:.0f} MB")
    assert characters == about.characters == source.size_bytes
    assert source.sha256 == hashlib.sha256(b"".join(_Endless(size_mb * MB).pieces())).hexdigest()
    assert highest - before < 60 * MB
    assert child_highest < 200 * MB
