from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from app.chat.attaching import TEXT_BYTES_MAX, IsDocument, read_files
from app.chat.tree import Attachment
from app.errors import PaddockError


def file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_text_files_are_read_in_order_with_their_names(tmp_path: Path) -> None:
    paths = [file(tmp_path, "b.md", b"# Title\n"), file(tmp_path, "a.py", b"x = 1\n")]
    assert read_files(paths) == (Attachment("b.md", "# Title\n"), Attachment("a.py", "x = 1\n"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"], ids=lambda name: str(name))
def test_other_encodings_than_ours_are_read_too(tmp_path: Path, encoding: str) -> None:
    text = "Größe, Maß und Übung: ein längerer Satz über die Straße und das Gebäude für alle.\n" * 20
    assert read_files([file(tmp_path, "a.txt", text.encode(encoding))])[0].text == text


def test_line_ends_of_other_systems_become_ours(tmp_path: Path) -> None:
    assert read_files([file(tmp_path, "a.txt", b"one\r\ntwo\rthree\n")])[0].text == "one\ntwo\nthree\n"


def test_an_empty_file_is_a_text(tmp_path: Path) -> None:
    assert read_files([file(tmp_path, "a.txt", b"")]) == (Attachment("a.txt", ""),)


def test_a_log_with_colours_in_it_is_still_a_text(tmp_path: Path) -> None:
    log = b"\x1b[31merror\x1b[0m: no such file\n" * 50
    assert read_files([file(tmp_path, "a.log", log)])[0].text == log.decode()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an office document"),
        ("a.pdf", b"Not a PDF at all.", "not what its name says"),
        ("a.PNG", b"\x89PNG", "a picture"),
        ("a.bin", b"\0\1\2\3" * 100, "not a text"),
        ("noise.txt", bytes(range(1, 9)) * 400, "not a text"),
    ],
)
def test_what_is_no_text_is_refused_with_a_next_step(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(PaddockError) as refused:
        read_files([file(tmp_path, name, content)])
    assert said in refused.value.message
    assert name in refused.value.message
    assert refused.value.next_step


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"%PDF-1.7 text"),
        ("no ending", b"%PDF-1.7 text"),
        ("a.docx", b"PK\x03\x04"),
        ("a.rtf", b"{\\rtf1 words}"),
        ("a.eml", b"From: a@example.org\nSubject: words\n\nHello\n"),
    ],
)
def test_what_can_be_asked_as_a_document_is_told_apart(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(IsDocument) as told:
        read_files([file(tmp_path, name, content)])
    assert name in told.value.message
    assert told.value.next_step


def test_a_text_above_the_limit_is_a_document_and_one_at_the_limit_is_read(tmp_path: Path) -> None:
    assert len(read_files([file(tmp_path, "fits.txt", b"x" * TEXT_BYTES_MAX)])[0].text) == TEXT_BYTES_MAX
    with pytest.raises(IsDocument):
        read_files([file(tmp_path, "large.txt", b"x" * (TEXT_BYTES_MAX + 1))])
    with pytest.raises(PaddockError, match="not a text") as refused:
        read_files([file(tmp_path, "large.bin", b"\0\1" * TEXT_BYTES_MAX)])
    assert not isinstance(refused.value, IsDocument)


def test_folders_and_what_is_gone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PaddockError, match="is a folder"):
        read_files([tmp_path])
    with pytest.raises(PaddockError, match="not a file"):
        read_files([tmp_path / "gone.txt"])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_pipe_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(PaddockError, match="not a file"):
        read_files([tmp_path / "pipe.txt"])
