"""What is and is not a model file, each with a sentence of its own, and without ever waiting."""

from __future__ import annotations

import os
import socket
import struct
import sys
from pathlib import Path

import pytest

from app.errors import ModelFault
from app.models import gguf

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
