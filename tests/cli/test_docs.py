"""`docs` on real profiles: the real parser child, the real search model, and a scripted engine for the answers."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any  # JSON of the command line

import pytest

from app.cli import docs, docs_shown, profiled
from app.cli.arguments import parse
from app.core import Outside
from app.documents.records import Receipt
from app.engine.fake import Script, fake_load
from app.home import Home
from app.net.policy import AdminPolicy
from app.paths import Places
from app.storage.secrets import MemorySecrets, Secrets
from tests.documents.pdfs import Sheet, pdf

OUTSIDE = Outside(admin=AdminPolicy(), find_elsewhere=tuple)
SAID = "The tenant may end the lease with three months of notice."


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Terminal:
    """A person at the command line: `paddock --profile … docs …`."""

    profile: Path
    capsys: pytest.CaptureFixture[str]
    secrets: MemorySecrets

    def __call__(self, *words: str) -> Done:
        arguments = parse(["--profile", str(self.profile), "docs", *words])
        self.capsys.readouterr()
        code = docs.run(arguments, self.secrets, OUTSIDE)
        said = self.capsys.readouterr()
        assert "\x1b" not in said.out + said.err
        return Done(code, said.out, said.err)


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    def home(places: Places, secrets: Secrets, *, outside: Outside) -> Home:
        return Home(places, secrets, load=fake_load(Script(answers=(SAID,))), outside=outside)

    monkeypatch.setattr(profiled, "Home", home)
    return Terminal(tmp_path / "profile", capsys, MemorySecrets())


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    pages = [Sheet().text(60, 700, "Cover."), Sheet().text(60, 700, f"{SAID} It is given in writing.")]
    (folder / "lease.pdf").write_bytes(pdf(pages))
    (folder / "bread.md").write_text("# Bread\n\nBake it for forty minutes at 230 degrees.\n", "utf-8")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nno more than this")
    return folder


def test_a_new_profile_has_no_documents(terminal: Terminal) -> None:
    assert terminal().out == "There are no documents here yet.\n"
    assert terminal("list", "--json").json == {"collections": [], "documents": []}
    done = terminal("ask", "What?")
    assert (done.code, done.out) == (2, "")
    assert "There are no documents here yet." in done.err


@pytest.mark.model
def test_a_folder_is_read_searched_asked_and_removed(terminal: Terminal, files: Path) -> None:
    done = terminal("add", str(files), "--collection", "Papers")
    assert done.code == 0
    assert "broken.pdf:" in done.out, "why it failed"
    listed = {one["name"]: one for one in terminal("list", "--json").json["documents"]}
    assert listed["lease.pdf"]["parts"] == 2
    assert listed["lease.pdf"]["embedded"] == listed["lease.pdf"]["chunks"] > 0
    assert listed["broken.pdf"]["status"] == "failed"

    first = terminal("search", "when may I leave my flat", "--json").json["passages"][0]
    assert (first["document_name"], first["part_label"]) == ("lease.pdf", "2")
    assert "Bake it" in terminal("search", "oven", "--in", "papers").out

    answered = terminal("ask", "How long is the notice?", "--document", "lease.pdf")
    assert answered.code == 0
    assert answered.out.startswith(SAID)
    assert "Read all of it: 2 pages." in answered.out
    assert "[1]  lease.pdf, page 2" in answered.out

    refused = terminal("remove", "Papers")
    assert (refused.code, refused.out) == (2, "")
    assert terminal("remove", "Papers", "--yes").code == 0
    assert terminal("list", "--json").json == {"collections": [], "documents": []}
    assert (files / "lease.pdf").exists(), "the files themselves stay"


def test_a_name_that_several_have_is_asked_back(terminal: Terminal, files: Path) -> None:
    for folder in ("old", "new"):
        (files / folder / "Papers").mkdir(parents=True)
        (files / folder / "Papers" / f"{folder}.md").write_text(f"The {folder} one.\n", "utf-8")
        assert terminal("add", "--watch", str(files / folder / "Papers")).code == 0
    assert terminal("add", "--watch", str(files / "new" / "Papers"), "--collection", "Once more").code == 0
    collections = terminal("list", "--json").json["collections"]
    assert [one["name"] for one in collections] == ["Papers", "Papers"], "no folder is there twice"
    for words in (("search", "x", "--in", "papers"), ("remove", "papers", "--yes")):
        done = terminal(*words)
        assert (done.code, done.out) == (2, "")
        assert "Several collections here are called “papers”" in done.err
        assert all(one["id"] in done.err for one in collections)
    assert terminal("remove", collections[0]["id"], "--yes").code == 0
    assert len(terminal("list", "--json").json["collections"]) == 1


def test_a_collection_and_a_document_of_one_name_are_told_apart(terminal: Terminal, files: Path) -> None:
    assert terminal("add", str(files / "bread.md"), "--collection", "Bread.md").code == 0
    done = terminal("remove", "bread.md", "--yes")
    assert (done.code, done.out) == (2, "")
    assert "A collection and a document here are both called “bread.md”." in done.err
    listed = terminal("list", "--json").json
    assert terminal("remove", listed["documents"][0]["id"], "--yes").code == 0
    assert [one["name"] for one in terminal("list", "--json").json["collections"]] == ["Bread.md"]
    assert terminal("remove", listed["collections"][0]["id"], "--yes").code == 0
    assert terminal("list", "--json").json["collections"] == []


def test_a_removal_names_a_few_files_and_counts_the_rest_and_the_answers() -> None:
    names = tuple(f"n{number}.txt" for number in range(8))
    done = Receipt(names, 8, 8, 0, 0, quoting=("a", "b"))
    shown = docs_shown.receipt(done)
    assert shown.text.startswith("Removed: n0.txt, n1.txt, n2.txt, n3.txt, n4.txt and 3 more. Gone are 8 parts")
    assert shown.text.endswith("2 answers quoted them; they stay, without the passages.")
    assert shown.data == asdict(done), "all of them"
    assert docs_shown.receipt(Receipt(names[:5], 8, 8, 0, 0)).text.endswith("0 bytes of copies.")


def test_what_cannot_be_meant_is_said(terminal: Terminal, files: Path) -> None:
    assert terminal("add", str(files / "nothing.pdf")).code == 2
    assert terminal("add", "--watch", str(files / "bread.md")).code == 2
    assert "no document here called" in terminal("search", "x", "--document", "nobody").err
    assert "no collection here called" in terminal("search", "x", "--in", "nothing").err
