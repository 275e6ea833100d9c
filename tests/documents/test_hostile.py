"""Files that mean harm, or are broken: each ends with a sentence, within limits, the window's memory flat."""

from __future__ import annotations

import io
import os
import sys
import zipfile
from pathlib import Path

import psutil
import pytest

from app.documents import faults
from app.documents.faults import FAULT_NAMES, DocumentFault, Unreadable
from app.documents.kinds import kind_of
from app.documents.parts import Picture, Rectangle, Span, Word
from app.documents.reader import BytesSource, FileSource, Pages, ReadWish, read
from app.documents.reading.archives import check_zip
from app.documents.reading.blocks import RawPart
from app.documents.reading.limits import Limits
from app.documents.reading.wire import (
    Incoming,
    Nonsense,
    PageWords,
    RawChunk,
    encode_batch,
    encode_picture,
    encode_words,
)
from app.engine.stop import Stop
from app.errors import Cancelled
from app.process import Child
from tests.documents.pdfs import Sheet, bomb, page_of, pdf
from tests.documents.reading_files import read_bytes, read_file

MB = 10**6
unix = pytest.mark.skipif(sys.platform == "win32", reason="named pipes, limits of the system")


def packed(entries: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


def fault_of(name: str, data: bytes) -> DocumentFault:
    this = psutil.Process()
    before = this.memory_info().rss
    with pytest.raises(DocumentFault) as raised:
        read_bytes(name, data)
    assert this.memory_info().rss - before < 30 * MB
    assert raised.value.message
    assert raised.value.next_step
    return raised.value


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("a.pdf", b"", "empty"),
        ("a.txt", b"", "empty"),
        ("a.pdf", b"This is a text.", "another_kind"),
        ("a.docx", b"This is a text.", "another_kind"),
        ("a.txt", b"\x7fELF" + bytes(4_000), "another_kind"),
        ("a.exe", b"MZ" + bytes(4_000), "unknown_kind"),
        ("a.pdf", b"%PDF-1.7\n" + b"nothing that follows " * 50, "damaged"),
        ("a.pdf", pdf([page_of("Cut.")])[:300], "damaged"),
        ("a.docx", b"PK\x03\x04" + b"\0" * 500, "damaged"),
        ("a.docx", packed({f"word/{number}.xml": b"x" for number in range(2_001)}), "bomb"),
        ("a.docx", packed({"word/document.xml": b"<a/>" * 600_000}), "bomb"),
        ("a.xlsx", packed({"xl/workbook.xml": b" " * 201_000_000}), "bomb"),
        ("a.epub", packed({"mimetype": b"application/epub+zip", "a.xhtml": bytes(5_000_000)}), "bomb"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(name: str, data: bytes, fault: str) -> None:
    assert fault_of(name, data).name == fault


@unix
def test_a_page_that_unpacks_to_gigabytes_ends_at_the_limit_of_memory() -> None:
    data = bomb(4 * 10**9)
    assert len(data) < 100_000
    assert fault_of("a.pdf", data).name == "memory"


def test_a_claim_of_small_size_does_not_get_past_the_look() -> None:
    data = bytearray(packed({"word/document.xml": bytes(5_000_000)}))
    at = data.rindex(b"PK\x01\x02") + 24
    data[at : at + 4] = (1_000).to_bytes(4, "little")
    check_zip(io.BytesIO(bytes(data)), "docx")  # passes, and zipfile then reads no further than the claim
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive, pytest.raises(zipfile.BadZipFile):
        archive.read("word/document.xml")


def test_a_locked_archive_is_said_to_be_locked() -> None:
    data = bytearray(packed({"word/document.xml": b"x" * 100}))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(Unreadable) as raised:
        check_zip(io.BytesIO(bytes(data)), "docx")
    assert raised.value.name == "locked"


def test_two_thousand_pages_are_read() -> None:
    done = read_bytes("a.pdf", pdf([Sheet().text(60, 700, f"Page number {number}.") for number in range(2_000)]))
    assert done.about.parts == 2_000
    assert done.parts[1_999].text == "Page number 1999."
    assert [chunk.number for chunk in done.chunks] == list(range(2_000))
    assert sorted(done.fractions) == list(done.fractions)
    assert done.fractions[-1] == 1.0


def children() -> set[int]:
    """Those of other tests beside ours: an engine that several of them share."""
    return {child.pid for child in psutil.Process().children()}


def test_a_stop_ends_the_reading_and_the_child() -> None:
    before = children()
    data = pdf([page_of("Words of many pages. " * 100) for _ in range(1_500)])
    stop = Stop()
    with pytest.raises(Cancelled):
        read(
            BytesSource("a.pdf", data),
            ReadWish(),
            on_parts=lambda _parts, _chunks: stop.set(),
            on_progress=lambda _fraction: None,
            stop=stop,
        )
    assert children() <= before


def test_a_fault_of_the_caller_comes_back_out_and_ends_the_child() -> None:
    before = children()

    def fail(_parts: object, _chunks: object) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="disk"):
        read(BytesSource("a.txt", b"words"), ReadWish(), on_parts=fail, on_progress=lambda _fraction: None, stop=Stop())
    assert children() <= before


@unix
def test_a_child_that_dies_or_hangs_becomes_a_sentence() -> None:
    others = children()
    with Pages(BytesSource("a.pdf", pdf([page_of("One.")])), limits=Limits(silence_s=0.3)) as pages:
        child = psutil.Process((children() - others).pop())
        child.suspend()
        with pytest.raises(DocumentFault) as raised:
            pages.picture(0, width_px=100)
        assert raised.value.name == "too_slow"
        child.resume()
    others = children()
    with Pages(BytesSource("a.pdf", pdf([page_of("One.")]))) as pages:
        child = psutil.Process((children() - others).pop())
        child.send_signal(11)
        child.wait(10)
        with pytest.raises(DocumentFault) as raised:
            pages.picture(0, width_px=100)
        assert raised.value.name == "crashed"


@unix
def test_only_ordinary_files_are_opened(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe.txt"
    os.mkfifo(fifo)
    for path, fault in ((fifo, "not_a_file"), (tmp_path, "not_a_file"), (tmp_path / "none.txt", "gone")):
        with pytest.raises(DocumentFault) as raised:
            FileSource(path)
        assert raised.value.name == fault
    file = tmp_path / "a.txt"
    file.write_text("words")
    source = FileSource(file)
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(DocumentFault):
        list(source.pieces())


def test_a_file_that_changes_meanwhile_is_said_to_have_changed(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("words")
    source = FileSource(file)
    file.write_text("other words")
    with pytest.raises(DocumentFault) as raised:
        list(source.pieces())
    assert raised.value.name == "changed"
    assert read_file(file).text == "other words"


PART = encode_batch([RawPart("1", "Some words.", ())], [])


@pytest.mark.parametrize(
    "untrusted",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b'["batch"]',
        b'["batch",[["1","a",[],0,""]],[]]',
        b'["batch",[["1","abc",[[0,9,"white"]],false,""]],[]]',
        b'["batch",[["1","abc",[[2,1,"white"]],false,""]],[]]',
        b'["batch",[["1","abc",[[0,1,"other"]],false,""]],[]]',
        b'["batch",[["1","abc",[],false,"!"]],[]]',
        b'["batch",[["1","abc",[],false,"AAAA"]],[]]',
        b'["batch",[["1","abc",[],false,"AAAEAAAAAAAAAAAA"]],[]]',
        b'["batch",[],[[0,0,0,99,"",1]]]',
        b'["batch",[],[[0,5,0,5,"",1]]]',
        b'["batch",[],[[0,-1,0,5,"",1]]]',
        b'["batch",[],[[0,0,7,5,"",1]]]',
        b'["batch",[],[[0,0,0,5,"",1e9]]]',
        b'["batch",[],[[0,0,0,5,"",true]]]',
        b'["title","too late"]',
        b'["progress",NaN]',
        b'["progress",2]',
        b'["ended","planet","",[]]',
        b'["surprise"]',
        b"\1short",
        encode_picture(Picture(2, 2, bytes(11), ())),
        encode_picture(Picture(1, 1, bytes(3), (Rectangle(0.5, 0, 0.2, 1),))),
        encode_picture(Picture(1, 1, bytes(3), (Rectangle(float("nan"), 0, 1, 1),))),
        b"\1" + b"\xff" * 12,
        b"\2short",
        encode_words(PageWords((Word(3, 3, Rectangle(0, 0, 1, 1)),))),
        encode_words(PageWords((Word(3, 5, Rectangle(0, 0, 1, 1)), Word(4, 6, Rectangle(0, 0, 1, 1))))),
        encode_words(PageWords((Word(3, 5, Rectangle(0, 0, 2, 1)),))),
    ],
)
def test_a_child_that_lies_is_not_believed(untrusted: bytes) -> None:
    incoming = Incoming()
    incoming.decode(PART)
    with pytest.raises(Nonsense):
        incoming.decode(untrusted)


def test_chunks_are_cut_by_the_parent_and_controls_are_taken_out() -> None:
    incoming = Incoming()
    batch = incoming.decode(
        encode_batch([RawPart("1\n2", "a\x00b\x1b\ud800c", ())], [RawChunk(Span(0, 0, 0, 3), "H\x07 e", 4)])
    )
    assert batch.parts[0].text in ("a b ?c", "a b  c")  # type: ignore[union-attr]  # a batch
    assert batch.parts[0].label == "1 2"  # type: ignore[union-attr]  # a batch
    assert (batch.chunks[0].text, batch.chunks[0].heading) == ("a b", "H e")  # type: ignore[union-attr]  # a batch


def test_the_child_reads_no_file_and_names_no_sentence() -> None:
    child = Child("parser")
    try:
        hello = Incoming().decode(child.receive(30.0) or b"")
        assert getattr(hello, "is_walled", None) is True
    finally:
        child.stop()


def test_every_fault_has_a_sentence_and_a_next_step() -> None:
    for name in FAULT_NAMES:
        fault = faults.of(name)  # type: ignore[arg-type]  # one of them
        assert fault.message.endswith(".")
        assert fault.next_step.endswith(".")


def test_notes_are_names_out_of_the_table_alone() -> None:
    assert faults.note("attachments:3") == "3 attachments were not read."
    assert faults.note("attachments") == "An attachment was not read."
    for untrusted in ("Call this number!", "attachments:", "attachments:-1", "attachments:9999999999", ""):
        assert faults.note(untrusted) is None


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("a.txt", b"%PDF-1.4", "pdf"),
        ("a.bin", b"junk\n%PDF-1.4", "pdf"),
        ("a.pdf", b"text", None),
        ("a.zip", b"PK\x03\x04....xl/workbook.xml", "sheet"),
        ("a.zip", b"PK\x03\x04nothing", None),
        ("a", b"PK\x03\x04" + b"\0" * 26 + b"mimetypeapplication/epub+zip", "epub"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "sheet"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None),
        ("a.txt", b"{\\rtf1", "rtf"),
        ("a.txt", b"<!DOCTYPE html><html>", "html"),
        ("Makefile", b"all:\n", "code"),
        ("a.eml", b"From: a@b\n", "mail"),
        ("letter", b"Dear llama", "text"),
        ("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", None),
    ],
)
def test_the_kind_is_told_by_the_first_bytes_then_by_the_name(name: str, head: bytes, kind: str | None) -> None:
    assert kind_of(name, head) == kind
