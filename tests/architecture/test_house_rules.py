"""The rules of the house that no type checker knows; ARCHITECTURE.md and CONTRIBUTING.md state them in words."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

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


def inside(path: Path) -> str:
    return path.relative_to(ROOT / "app").as_posix()


@dataclass
class Written:
    """What one module of the app holds, as far as a rule asks for it."""

    docstring: str
    imports: set[str] = field(default_factory=set)
    strings: list[str] = field(default_factory=list)
    functions_called: set[str] = field(default_factory=set)
    methods_called: set[str] = field(default_factory=set)
    keywords: set[str] = field(default_factory=set)

    @property
    def packages(self) -> set[str]:
        return {name.partition(".")[0] for name in self.imports}

    def add(self, node: ast.AST) -> None:
        match node:
            case ast.Import():
                self.imports |= {alias.name for alias in node.names}
            case ast.ImportFrom(module=str(module), level=0):
                self.imports.add(module)
            case ast.Constant(value=str(text)):
                self.strings.append(text)
            case ast.Call(func=ast.Name(id=name)):
                self.functions_called.add(name)
            case ast.Call(func=ast.Attribute(attr=name)):
                self.methods_called.add(name)
            case ast.keyword(arg=str(name)):
                self.keywords.add(name)


@pytest.fixture(scope="module")
def modules() -> dict[str, Written]:
    """Every module by its path inside the app. All are read once, and each rule's test names all who break it."""
    found = {}
    for path in SOURCES:
        tree = ast.parse(path.read_text("utf-8"))
        found[inside(path)] = written = Written(ast.get_docstring(tree) or "")
        for node in ast.walk(tree):
            written.add(node)
    assert {"__main__.py", "core.py", "ui/window.py", "net/gate.py", "storage/database.py"} <= set(found)
    return found


def test_every_module_opens_by_saying_what_it_is_for(modules: dict[str, Written]) -> None:
    assert [name for name, written in modules.items() if not written.docstring] == []
    lines = {name: len(written.docstring.splitlines()) for name, written in modules.items()}
    too_long = [name for name, count in lines.items() if count > MAX_DOCSTRING_LINES]
    assert [name for name in too_long if Path(name).name != ERROR_TREE] == []


def test_only_the_window_knows_qt(modules: dict[str, Written]) -> None:
    qt = {"PySide6", "shiboken6", "qtawesome"}
    knowing = [name for name, written in modules.items() if written.packages & qt]
    assert [name for name in knowing if not name.startswith("ui/")] == []
    assert [name for name, written in modules.items() if written.packages & {"PyQt6", "PyQt5"}] == []
    assert [name for name, written in modules.items() if "PySide6.QtNetwork" in written.imports] == []


def test_only_the_engines_one_room_imports_llama_cpp(modules: dict[str, Written]) -> None:
    knowing = [name for name, written in modules.items() if "llama_cpp" in written.packages]
    assert [name for name in knowing if not name.startswith("engine/child/llama/")] == []


def test_only_net_imports_an_http_client(modules: dict[str, Written]) -> None:
    knowing = [name for name, written in modules.items() if (written.imports | written.packages) & HTTP_CLIENTS]
    assert [name for name in knowing if not name.startswith("net/")] == []


def test_sql_stands_in_storage_and_in_stores_only(modules: dict[str, Written]) -> None:
    knowing = [name for name, written in modules.items() if any(SQL.search(text) for text in written.strings)]
    elsewhere = [
        path for path in map(PurePosixPath, knowing) if path.name != "store.py" and path.parent.name != "store"
    ]
    assert [path for path in elsewhere if path.parts[0] != "storage"] == []


def test_no_pickle_no_eval_no_shell(modules: dict[str, Written]) -> None:
    unpacking, running = {"pickle", "marshal", "shelve", "dill"}, {"eval", "exec", "compile"}
    assert [name for name, written in modules.items() if written.packages & unpacking] == []
    assert [name for name, written in modules.items() if written.functions_called & running] == []
    assert [name for name, written in modules.items() if "shell" in written.keywords] == []


def test_the_window_never_runs_a_loop_of_its_own_and_never_sleeps(modules: dict[str, Written]) -> None:
    in_window = {name: written for name, written in modules.items() if name.startswith("ui/")}
    assert [name for name, written in in_window.items() if written.methods_called & {"processEvents", "sleep"}] == []


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
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9A-Za-z.]*( ; .+)?", line) for line in wanted)


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
