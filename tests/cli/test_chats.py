"""`chats` on real profiles: what it lists, finds, saves and brings in, and what it refuses."""

from __future__ import annotations

import json
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from app.cli import chats
from tests.chat.exchange.samples import chatgpt, claude
from tests.cli.terminal import Terminal


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return Terminal("chats", chats.run, tmp_path / "profile", capsys, monkeypatch)


@pytest.fixture
def filled(terminal: Terminal, tmp_path: Path) -> Terminal:
    path = tmp_path / "export.json"
    path.write_text(json.dumps([chatgpt(title="The \x1b[31msky"), claude()]), "utf-8")
    assert terminal("import", str(path)).out.startswith("2 chats were brought in.")
    return terminal


def test_a_new_profile_has_no_chats(terminal: Terminal) -> None:
    assert terminal().out == "There are no chats here yet.\n"
    assert terminal("list", "--json").json == {"chats": []}


def test_what_was_brought_in_is_listed_and_found(filled: Terminal) -> None:
    listed = filled("list", "--json").json["chats"]
    assert {chat["title"] for chat in listed} == {"The [31msky", "Bread"}
    assert set(listed[0]) == {"id", "title", "folder", "created_at", "changed_at", "is_pinned", "is_archived"}
    (hit,) = filled("search", "rayleigh", "--json").json["hits"]
    assert (hit["title"], hit["role"], hit["snippet"]) == ("The [31msky", "assistant", "Rayleigh.")
    assert filled("search", "nowhere").out == "Nothing was found.\n"


@pytest.mark.parametrize("form", ["md", "html", "txt", "json"])
def test_one_chat_becomes_one_file_in_the_form_of_its_name(filled: Terminal, tmp_path: Path, form: str) -> None:
    target = tmp_path / f"bread.{form}"
    assert filled("export", "bread", str(target)).code == 0
    assert "With heat." in target.read_text("utf-8")


def test_all_chats_become_a_folder_an_archive_or_one_file(filled: Terminal, tmp_path: Path) -> None:
    done = filled("export", "--all", str(tmp_path / "out"), "--json")
    assert (done.json["chats"], done.json["files"]) == (2, 2)
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".md"}
    filled("export", "--all", "--form", "html", str(tmp_path / "out.zip"))
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert len(archive.namelist()) == 2
    assert filled("export", "--all", str(tmp_path / "all.json"), "--json").json["files"] == 1


def test_the_json_that_is_saved_comes_in_again_and_is_recognised(filled: Terminal, tmp_path: Path) -> None:
    target = str(tmp_path / "all.json")
    filled("export", "--all", target)
    assert filled("import", target, "--json").json == {"ids": [], "known": 2, "is_whole": True, "problems": []}
    assert len(filled("import", "--again", "--folder", "Old", target, "--json").json["ids"]) == 2
    assert [chat["folder"] for chat in filled("list", "--json").json["chats"]].count("Old") == 2


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("export", "nobody", "x.md"), "There is no chat here called “nobody”."),
        (("export", "e", "x.md"), "Several chats here are called “e”"),
        (("export", "x.md"), "Name one chat, or say --all."),
        (("export", "--all", "bread", "x.md"), "Name one chat, or say --all."),
        (("export", "bread", "x.pdf"), "PDF files are made in Paddock's window."),
        (("export", "bread", "here.md"), "There is a file of that name already."),
    ],
)
def test_what_cannot_be_saved_says_why(
    filled: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.md").write_text("mine", "utf-8")
    done = filled(*words)
    assert (done.code, done.out) == (2, "")
    assert sentence in done.err
    assert [path.name for path in tmp_path.glob("*.md")] == ["here.md"]


def test_what_cannot_be_read_is_listed_and_the_rest_comes_in(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("nonsense", "utf-8")
    (tmp_path / "good.json").write_text(json.dumps([claude()]), "utf-8")
    done = terminal("import", str(tmp_path / "bad.json"), str(tmp_path / "good.json"))
    assert done.code == 0
    assert "1 chat was brought in.\n1 entry could not be read:\nbad.json:" in done.out
    assert terminal("import", str(tmp_path / "bad.json")).code == 1


def test_while_the_window_has_the_profile_the_command_says_so(filled: Terminal) -> None:
    with closing(filled.home()):
        done = filled("list")
    assert (done.code, done.out) == (6, "")
    assert done.err.strip()
