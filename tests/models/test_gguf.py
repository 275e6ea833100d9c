"""What is and is not a model file, each with a sentence of its own, and without ever waiting."""

from __future__ import annotations

import os
import socket
import struct
import sys
from pathlib import Path

import pytest

from app.errors import ModelFault
from app.models import gguf, header
from tests.models import forge
from tests.models.conftest import Cost

GOOD = b"GGUF" + struct.pack("<I", 3) + b"\0" * 24


def fault(path: Path) -> str:
    with pytest.raises(ModelFault) as caught:
        gguf.check(path)
    assert caught.value.message
    assert caught.value.next_step
    return caught.value.message


def write(path: Path, data: bytes = GOOD) -> Path:
    path.write_bytes(data)
    return path


def test_a_model_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gguf")
    assert gguf.check(path) == gguf.ModelFile(path, len(GOOD), (path,))


def test_the_name_does_not_matter_and_links_are_followed(tmp_path: Path) -> None:
    write(tmp_path / "blob")
    link = tmp_path / "link.gguf"
    link.symlink_to("blob")
    assert gguf.check(link).path == link


def test_a_missing_file(tmp_path: Path) -> None:
    assert "not there" in fault(tmp_path / "none.gguf")
    (tmp_path / "dangling").symlink_to("nowhere")
    assert "not there" in fault(tmp_path / "dangling")


def test_a_folder(tmp_path: Path) -> None:
    assert "folder" in fault(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
@pytest.mark.timeout(5)
def test_pipes_sockets_and_devices_never_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "fifo.gguf")
    assert "not an ordinary file" in fault(tmp_path / "fifo.gguf")
    assert "not an ordinary file" in fault(Path("/dev/zero"))
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.gguf")
        assert "not an ordinary file" in fault(tmp_path / "s.gguf")


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="nothing is unreadable here")
def test_an_unreadable_file(tmp_path: Path) -> None:
    path = write(tmp_path / "secret.gguf")
    path.chmod(0)
    assert "may not be read" in fault(path)


def test_refused_permission_has_its_own_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For root, who may read everything."""
    path = write(tmp_path / "a.gguf")

    def refuse(*_arguments: object) -> int:
        raise PermissionError

    monkeypatch.setattr(os, "open", refuse)
    assert "may not be read" in fault(path)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (b"GG", "not in the GGUF format"),
        (b"PK\3\4 a zip file", "not in the GGUF format"),
        (b"GGUF", "cut short"),
        (b"GGUF" + struct.pack("<I", 1), "version 1"),
        (b"GGUF" + struct.pack("<I", 4), "version 4"),
        (b"GGUF" + struct.pack(">I", 3), "big-endian"),
    ],
)
def test_what_is_not_a_model_file(tmp_path: Path, data: bytes, sentence: str) -> None:
    assert sentence in fault(write(tmp_path / "a.gguf", data))


def test_any_part_of_a_split_model_stands_for_the_whole(tmp_path: Path) -> None:
    parts = tuple(write(tmp_path / f"m-{number:05d}-of-00003.gguf") for number in (1, 2, 3))
    for part in parts:
        assert gguf.check(part) == gguf.ModelFile(parts[0], 3 * len(GOOD), parts)


def test_missing_parts_are_counted_and_the_first_is_named(tmp_path: Path) -> None:
    write(tmp_path / "m-00002-of-00003.gguf")
    with pytest.raises(ModelFault) as caught:
        gguf.check(tmp_path / "m-00002-of-00003.gguf")
    assert "3 files, and 2 of them" in caught.value.message
    assert "m-00001-of-00003.gguf" in caught.value.next_step


def test_a_broken_part_breaks_the_whole(tmp_path: Path) -> None:
    write(tmp_path / "m-00001-of-00002.gguf")
    write(tmp_path / "m-00002-of-00002.gguf", b"")
    assert "empty" in fault(tmp_path / "m-00001-of-00002.gguf")


@pytest.mark.parametrize("name", ["m-00000-of-00002.gguf", "m-00003-of-00002.gguf", "m-1-of-2.gguf"])
def test_names_that_only_look_like_parts_are_single_files(tmp_path: Path, name: str) -> None:
    assert gguf.check(write(tmp_path / name)).shards == (tmp_path / name,)


def test_the_fingerprint_is_the_contents_and_not_the_places(tmp_path: Path) -> None:
    path = forge.llama(tmp_path / "m.gguf")
    print_here = gguf.fingerprint(path)
    assert len(print_here) == 64
    assert gguf.fingerprint(path.rename(tmp_path / "other.gguf")) == print_here


def test_each_part_of_a_split_model_has_the_fingerprint_of_the_whole(tmp_path: Path) -> None:
    forge.llama(tmp_path / "m.gguf", parts=3)
    parts = [forge.part_path(tmp_path / "m.gguf", number, 3) for number in (1, 2, 3)]
    assert len({gguf.fingerprint(part) for part in parts}) == 1
    before = gguf.fingerprint(parts[0])
    with parts[2].open("r+b") as file:
        file.seek(-100, os.SEEK_END)
        file.write(b"x")
    assert gguf.fingerprint(parts[0]) != before


@pytest.mark.parametrize("place", ["header", "first weights", "last weights", "size"])
def test_another_model_has_another_fingerprint(tmp_path: Path, place: str) -> None:
    path = forge.llama(tmp_path / "m.gguf", "8b")
    before = gguf.fingerprint(path)
    size_bytes = path.stat().st_size
    with path.open("r+b") as file:
        if place == "size":
            file.truncate(size_bytes + 1)
        else:
            file.seek({"header": 200, "first weights": 5_000_000, "last weights": size_bytes - 4000}[place])
            file.write(b"x")
    assert gguf.fingerprint(path) != before


def test_samples_are_taken_from_everywhere(tmp_path: Path) -> None:
    """Two models of one shape differ nearly everywhere. A sixtieth of the file that differs is noticed."""
    path = forge.write(tmp_path / "m.gguf", {}, [forge.Tensor("weights", (30 * 2**20,))])
    before = gguf.fingerprint(path)
    span = path.stat().st_size // 60
    for start in (20 * span, 40 * span, 55 * span):
        with path.open("r+b") as file:
            file.seek(start)
            file.write(b"x" * span)
        after = gguf.fingerprint(path)
        assert after != before
        before = after


def test_a_fingerprint_reads_little_of_a_huge_model(tmp_path: Path, cost: Cost) -> None:
    gguf.fingerprint(forge.llama(tmp_path / "m.gguf", "405b"))
    assert cost.bytes_read <= 9 * 2**20
    cost.bytes_read = 0
    gguf.fingerprint(forge.llama(tmp_path / "s.gguf", "405b", parts=40))
    assert cost.bytes_read <= 12 * 2**20


def test_what_is_no_model_has_no_fingerprint(tmp_path: Path) -> None:
    with pytest.raises(ModelFault):
        gguf.fingerprint(write(tmp_path / "a.gguf", b"GGUF"))


def test_a_system_that_reads_in_small_pieces_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = forge.llama(tmp_path / "m.gguf", keys=forge.vocabulary(500, 500))
    whole = gguf.fingerprint(path), header.read_header(path)
    read = os.read
    monkeypatch.setattr(os, "read", lambda descriptor, count: read(descriptor, min(count, 1009)))
    assert (gguf.fingerprint(path), header.read_header(path)) == whole
