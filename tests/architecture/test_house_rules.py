"""The rules of the house that no type checker knows; ARCHITECTURE.md and CONTRIBUTING.md state them in words."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "app").rglob("*.py"))
SQL = re.compile(r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+TABLE|PRAGMA\s)", re.S)
HTTP_CLIENTS = {
    "http",
    "urllib.request",
    "httpx",
    "httpx2",
    "requests",
    "aiohttp",
    "huggingface_hub",
    "ssl",
    "ftplib",
    "smtplib",
}
MAX_DOCSTRING_LINES = 9
ERROR_TREE = "errors.py"  # its docstring is the drawing of the tree


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


def inside(path: Path) -> str:
    return path.relative_to(ROOT / "app").as_posix()


@pytest.mark.parametrize("path", SOURCES, ids=inside)
def test_every_module_opens_by_saying_what_it_is_for(path: Path) -> None:
    text = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert text, "no docstring"
    assert path.name == ERROR_TREE or len(text.splitlines()) <= MAX_DOCSTRING_LINES


@pytest.mark.parametrize("path", SOURCES, ids=inside)
def test_only_the_window_knows_qt(path: Path) -> None:
    names = {name.partition(".")[0] for name in imported(path)}
    if not inside(path).startswith("ui/"):
        assert not names & {"PySide6", "shiboken6", "qtawesome"}
    assert not names & {"PySide6.QtNetwork", "PyQt6", "PyQt5"}
    assert "PySide6.QtNetwork" not in imported(path)


@pytest.mark.parametrize("path", SOURCES, ids=inside)
def test_only_the_engines_one_room_imports_llama_cpp(path: Path) -> None:
    if not inside(path).startswith("engine/child/llama/"):
        assert not {name for name in imported(path) if name.partition(".")[0] == "llama_cpp"}


@pytest.mark.parametrize("path", SOURCES, ids=inside)
def test_only_net_imports_an_http_client(path: Path) -> None:
    if not inside(path).startswith("net/"):
        assert not {name for name in imported(path) if {name, name.partition(".")[0]} & HTTP_CLIENTS}


@pytest.mark.parametrize("path", SOURCES, ids=inside)
def test_sql_stands_in_storage_and_in_stores_only(path: Path) -> None:
    if inside(path).startswith("storage/") or path.name == "store.py" or path.parent.name == "store":
        return
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not SQL.search(node.value), node.value[:60]


@pytest.mark.parametrize("path", SOURCES, ids=inside)
def test_no_pickle_no_eval_no_shell(path: Path) -> None:
    names = {name.partition(".")[0] for name in imported(path)}
    assert not names & {"pickle", "marshal", "shelve", "dill"}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"eval", "exec", "compile"}
        if isinstance(node, ast.keyword) and node.arg == "shell":
            pytest.fail("shell=")


@pytest.mark.parametrize("path", [p for p in SOURCES if inside(p).startswith("ui/")], ids=inside)
def test_the_window_never_runs_a_loop_of_its_own_and_never_sleeps(path: Path) -> None:
    called = {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert "processEvents" not in called
    assert "sleep" not in called


def test_imports_point_down() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    if not program.exists():
        program = program.with_suffix(".exe")
    run = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_every_directory_named_in_architecture_exists_and_every_room_is_named() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    for room in sorted(p for p in (ROOT / "app").iterdir() if p.is_dir() and p.name != "__pycache__"):
        assert f"{room.name}/" in text, f"{room.name} is not in ARCHITECTURE.md"


def test_every_file_that_the_documents_name_as_keeper_or_proof_exists() -> None:
    for page in (
        "SECURITY.md",
        "ARCHITECTURE.md",
        "README.md",
        "CONTRIBUTING.md",
        "docs/command-line.md",
        "docs/figures.md",
    ):
        named = re.findall(r"\b((?:app|tests|docs|packaging)/[\w./-]*\w)", (ROOT / page).read_text("utf-8"))
        missing = [name for name in named if not (ROOT / name).exists()]
        assert missing == [], f"{page} names what is not there"


def test_direct_dependencies_are_pinned_exactly() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9A-Za-z.]*", line) for line in wanted)


def test_nothing_in_the_tree_names_a_package_registry_or_a_machines_path() -> None:
    if shutil.which("git") is None:
        pytest.skip("no git here")
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    hosts = ("files.python" + "hosted.org", "py" + "pi.org/simple", "/root/" + ".", "/work/" + "main")
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file():
            assert path.stat().st_size <= 2 * 2**20, f"{name} is over 2 MB"
            text = path.read_text("utf-8", errors="ignore")
            assert not any(host in text for host in hosts), name
