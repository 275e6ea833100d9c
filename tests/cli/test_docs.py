"""`docs` on real profiles: the real parser child, the real search model, and a scripted engine for the answers."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from app.cli import docs, docs_shown, profiled
from app.core import Outside
from app.documents import reader
from app.documents.records import Receipt
from app.engine.fake import Script, fake_load
from app.errors import EXIT_INTERRUPTED
from app.home import Home
from app.models import embedder, library
from app.paths import Places
from app.storage.secrets import Secrets
from tests.cli.terminal import Screen, Terminal
from tests.documents.pdfs import Sheet, pdf
from tests.documents.scans import bound, scan_of

PASSWORD = "under the mat"
SAID = "The tenant may end the lease with three months of notice."


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    def home(places: Places, secrets: Secrets, *, outside: Outside) -> Home:
        return Home(places, secrets, load=fake_load(Script(answers=(SAID,))), outside=outside)

    monkeypatch.setattr(profiled, "Home", home)
    return Terminal("docs", docs.run, tmp_path / "profile", capsys, monkeypatch)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    pages = [Sheet().text(60, 700, "Cover."), Sheet().text(60, 700, f"{SAID} It is given in writing.")]
    (folder / "lease.pdf").write_bytes(pdf(pages))
    (folder / "bread.md").write_text("# Bread\n\nBake it for forty minutes at 230 degrees.\n", "utf-8")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nno more than this")
    return folder


@pytest.fixture
def locked(files: Path) -> Path:
    path = files / "locked.pdf"
    path.write_bytes(pdf([Sheet().text(60, 700, "The rent is due in May.")], password=PASSWORD))
    return path


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
    done = terminal("remove", "Papers", "--yes")
    assert done.code == 0
    assert "so they stay: lease.pdf." in done.out, "the chat that was answered from it has it"
    assert terminal("remove", "lease.pdf", "--yes").code == 0
    assert terminal("list", "--json").json == {"collections": [], "documents": []}
    assert (files / "lease.pdf").exists(), "the files themselves stay"


def test_a_name_that_several_have_is_asked_back(terminal: Terminal, files: Path) -> None:
    for folder in ("old", "new"):
        (files / folder / "Papers").mkdir(parents=True)
        (files / folder / "Papers" / f"{folder}.md").write_text(f"The {folder} one.\n", "utf-8")
        assert terminal("add", "--watch", str(files / folder / "Papers")).code == 0
    assert terminal("add", "--watch", str(files / "new" / "Papers"), "--collection", "Once more").code == 0
    assert terminal("add", "--watch", str(files / "old" / ".." / "new" / "Papers")).code == 0
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
    stopped = docs_shown.receipt(Receipt(names[:5], 8, 8, 0, 0, left=3))
    assert stopped.text.endswith("It was stopped: 3 documents are still there.")
    assert stopped.exit_code == EXIT_INTERRUPTED


def test_what_cannot_be_meant_is_said(terminal: Terminal, files: Path) -> None:
    assert terminal("add", str(files / "nothing.pdf")).code == 2
    done = terminal("add", str(files / ("long" * 100)))
    assert done.code == 2
    assert "cannot be opened. Check" in done.err
    assert terminal("add", "--watch", str(files / "bread.md")).code == 2
    assert "no document here called" in terminal("search", "x", "--document", "nobody").err
    assert "no collection here called" in terminal("search", "x", "--in", "nothing").err


@pytest.mark.model
def test_another_model_searches_and_the_one_of_paddock_again(terminal: Terminal, files: Path, tmp_path: Path) -> None:
    assert terminal("model").out == "all-MiniLM-L6-v2  came with Paddock\n"
    assert terminal("add", str(files / "bread.md")).code == 0
    other = tmp_path / "other.gguf"
    other.write_bytes(embedder.embedder(tmp_path / "search").read_bytes().replace(b"MiniLM", b"Other1", 1))
    said = terminal("model", str(other), "--json").json
    assert (said["path"], said["is_missing"], said["chunks_left"]) == (str(other), False, 0)
    assert [one["embedded"] for one in terminal("list", "--json").json["documents"]] == [1], "by the other one"
    assert terminal("search", "oven", "--json").json["passages"][0]["ranks"][1] == 1

    other.rename(tmp_path / "away.gguf")
    done = terminal("model")
    assert done.code == 0
    assert "is not there" in done.out
    assert done.out.endswith("instead: docs model -\n")
    assert terminal("search", "bread", "--json").json["passages"][0]["ranks"] == [1, 0], "by words"
    (tmp_path / "away.gguf").rename(other)
    assert terminal("model").out == f"other  {other}\n"
    assert terminal("model", "-").out == "all-MiniLM-L6-v2  came with Paddock\n"


@pytest.mark.model
def test_what_cannot_search_is_not_chosen(terminal: Terminal, files: Path) -> None:
    done = terminal("model", str(library.starter()))
    assert (done.code, done.out) == (4, "")
    assert "not made for searching" in done.err
    done = terminal("model", "no such model")
    assert done.code == 4
    assert "no model for searching here called “no such model”" in done.err
    assert terminal("model", "all-minilm-l6-v2", "--json").json["chunks_left"] == 0, "by its title"


def test_copies_are_kept_inside_and_what_could_not_be_is_said(terminal: Terminal, files: Path) -> None:
    assert terminal("add", str(files / "bread.md"), str(files / "lease.pdf")).code == 0
    done = terminal("keep", "bread.md", "--json")
    assert done.code == 0
    assert [one["keeping"] for one in done.json["documents"]] == ["inside"]
    (files / "lease.pdf").unlink()
    assert "lease.pdf" in terminal("keep", "lease.pdf").out
    assert terminal("keep", "lease.pdf").code == 1
    assert terminal("keep", "nobody.pdf").code == 2


def test_a_locked_file_is_read_with_its_password_which_is_repeated_nowhere(terminal: Terminal, locked: Path) -> None:
    assert terminal("add", str(locked)).code == 1
    wrong = terminal("unlock", "locked.pdf", "-", stdin=b"not this one\n")
    assert wrong.code == 1
    assert "not this one" not in wrong.out + wrong.err
    nothing = terminal("unlock", "locked.pdf")
    assert (nothing.code, nothing.out) == (2, "")
    assert "docs unlock NAME -" in nothing.err
    right = terminal("unlock", "locked.pdf", "-", "--json", stdin=f"{PASSWORD}\n".encode())
    assert right.code == 0
    assert [one["status"] for one in right.json["documents"]] == ["read"]
    assert PASSWORD not in right.out + right.err
    assert terminal("unlock", "locked.pdf").code == 2, "it is open"


def test_on_a_terminal_the_password_is_typed_unseen(
    terminal: Terminal, locked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def typed(prompt: str) -> str:
        assert "locked.pdf" in prompt
        return PASSWORD

    assert terminal("add", str(locked)).code == 1
    monkeypatch.setattr(docs, "getpass", typed)
    monkeypatch.setattr("sys.stdin", Screen())
    assert docs.run(terminal.parsed("unlock", "locked.pdf"), terminal.secrets, terminal.outside) == 0


@pytest.fixture
def scanned(files: Path) -> Path:
    path = files / "scanned.pdf"
    sheet = (
        Sheet().text(60, 700, "The heating bill is due in May.").text(60, 660, "It is paid by the tenant of the flat.")
    )
    path.write_bytes(bound([scan_of(pdf([sheet]))]))
    return path


def test_scans_that_cannot_be_read_say_what_is_missing(
    terminal: Terminal, scanned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "ocr_languages", lambda: ())
    assert "To have scans read, install tesserocr with its language data." in terminal("add", str(scanned)).out
    done = terminal("add", str(scanned), "--read-scans")
    assert (done.code, done.out) == (2, "")
    assert "Install tesserocr with its language data, and try again." in done.err


@pytest.mark.skipif("eng" not in reader.ocr_languages(), reason="tesserocr or its English data is not installed")
def test_scans_are_read_once_that_is_asked_for(terminal: Terminal, scanned: Path) -> None:
    assert "Scans can be read, with some mistakes: docs add --read-scans FILE" in terminal("add", str(scanned)).out
    assert terminal("search", "heating").out == "Nothing was found.\n"
    done = terminal("add", str(scanned), "--read-scans")
    assert (done.code, "--read-scans" in done.out) == (0, False)
    assert "The heating bill is due in May" in terminal("search", "heating").out
