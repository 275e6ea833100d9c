"""Chats as files: what they say, where they lie, and that nothing is left behind where it did not work."""

from __future__ import annotations

import errno
import os
import re
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.chat.carried import Carried
from app.chat.exchange import writing
from app.chat.exchange.forms import Form, Kind, Place
from app.chat.manner import Manner
from app.chat.tree import Attachment, Conversation, Message
from app.errors import Cancelled, DiskFull, StorageFault, UsageError

KINDS: tuple[Kind, ...] = ("md", "html", "txt", "json")
PLACES: tuple[Place, ...] = ("file", "folder", "zip")


def chat(title: str = "On bread", *, answer: str = "Use **flour**.", question: str = "How?") -> Carried:
    """A question with two answers, the first of which is on screen."""
    messages = (
        Message(1, "q", "c", None, "user", question, "done", 1.7e9, attachments=(Attachment("a.txt", "Rye & wheat"),)),
        Message(2, "a", "c", "q", "assistant", f"<think>\nHm\n</think>\n\n{answer}", "stopped", 1.7e9, "Tiny"),
        Message(3, "b", "c", "q", "assistant", "Another answer.", "done", 1.7e9),
    )
    about = Conversation("c", title, "person", "a", 1.7e9, 1.7e9, manner=Manner("Be brief."))
    return Carried(about, messages)


def text_of(tmp_path: Path, kind: Kind, carried: Carried, *, has_all_versions: bool = False) -> str:
    path = tmp_path / f"out.{kind}"
    writing.write([carried], path, Form(kind, has_all_versions=has_all_versions))
    return path.read_text("utf-8")


@pytest.mark.parametrize("kind", ["md", "html", "txt"])
def test_the_branch_on_screen_is_written_and_other_versions_only_if_wished(tmp_path: Path, kind: Kind) -> None:
    usual, whole = (text_of(tmp_path, kind, chat(), has_all_versions=wished) for wished in (False, True))
    for words in ("On bread", "How?", "flour", "Hm", "Stopped.", "Tiny", "a.txt", "Be brief."):
        assert words in usual
    assert "Another answer." not in usual
    assert whole.count("Another answer.") == 1
    assert "Version 2 of 2 of message 2" in whole


def test_markdown_stands_as_it_was_written(tmp_path: Path) -> None:
    assert "Use **flour**.\n" in text_of(tmp_path, "md", chat())
    assert "Use flour.\n" in text_of(tmp_path, "txt", chat())


def test_a_page_runs_nothing_loads_nothing_and_knows_the_dark(tmp_path: Path) -> None:
    hostile = '<script>alert(1)</script> ![x](https://e.org/x.png) [l](javascript:alert) <img src="http://e.org/y">'
    page = text_of(tmp_path, "html", chat("<b>&", answer=hostile, question=hostile))
    assert "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page
    assert re.findall(r"<(script|img|iframe|link|object|embed|form)\b", page) == []
    assert re.findall(r"(?:href|src|url)\s*[=(]\s*[\"']?\s*javascript", page) == []
    assert "@import" not in page


@pytest.mark.parametrize("kind", KINDS)
def test_several_chats_are_a_file_each_in_a_folder_or_an_archive(tmp_path: Path, kind: Kind) -> None:
    made = [chat(), chat("ON BREAD"), chat("con"), chat("a/b:c?")]
    names = [f"On bread.{kind}", f"ON BREAD (2).{kind}", f"con_.{kind}", f"a b c.{kind}"]
    done = writing.write(made, tmp_path / "new", Form(kind, "folder"))
    assert (done.chats, done.files, sorted(os.listdir(tmp_path / "new"))) == (4, 4, sorted(names))  # noqa: PTH208 - hidden ones, too
    writing.write(made, tmp_path / "out.zip", Form(kind, "zip"))
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.testzip() is None
        assert archive.namelist() == names


def test_files_that_are_in_the_folder_already_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "On bread.md").write_text("mine", "utf-8")
    writing.write([chat()], tmp_path, Form("md", "folder"))
    assert (tmp_path / "On bread.md").read_text("utf-8") == "mine"
    assert (tmp_path / "On bread (2).md").is_file()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_what_is_written_is_for_this_user_only(tmp_path: Path) -> None:
    writing.write([chat()], tmp_path / "out.md", Form("md"))
    assert (tmp_path / "out.md").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("fault", ["stop", "full"])
def test_a_stop_or_a_full_disk_leaves_nothing_behind(tmp_path: Path, place: Place, fault: str) -> None:
    stop = threading.Event()

    def chats() -> Iterator[Carried]:
        yield chat()
        if fault == "full":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        stop.set()
        yield chat("Second")

    with pytest.raises(Cancelled if fault == "stop" else DiskFull):
        writing.write(chats(), tmp_path / "out", Form("md", place), stop=stop)
    assert list(tmp_path.iterdir()) == []


def test_an_older_file_stays_as_it_was_when_the_new_one_fails(tmp_path: Path) -> None:
    path = tmp_path / "out.md"
    path.write_text("old", "utf-8")
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        writing.write([chat()], path, Form("md"), stop=stop)
    assert (path.read_text("utf-8"), len(list(tmp_path.iterdir()))) == ("old", 1)


def test_a_place_that_cannot_be_written_to_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", "utf-8")
    with pytest.raises(StorageFault, match="could not be written there"):
        writing.write([chat()], tmp_path / "file" / "out.md", Form("md"))


def test_pdf_needs_the_window(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="made in Paddock's window"):
        writing.write([chat()], tmp_path / "out.pdf", Form("pdf"))


def test_progress_counts_chats(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    writing.write([chat(), chat()], tmp_path / "x.md", Form("md"), total=2, on_progress=lambda *each: told.append(each))
    assert told == [(1, 2), (2, 2)]
