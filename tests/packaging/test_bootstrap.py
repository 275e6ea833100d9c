"""Setting up from a bare Python: what counts as current, which uv and Python are taken, what is said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import bootstrap
import dev
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def workplace(tmp_path: Path) -> bootstrap.Workplace:
    """A project in a folder with spaces and letters beyond ASCII, with an environment that claims to be finished."""
    root = tmp_path / "my ünïcode paddock"
    root.mkdir()
    (root / "pyproject.toml").write_text("[project]\n")
    made = bootstrap.Workplace(root)
    made.python.parent.mkdir(parents=True)
    made.python.touch()
    bootstrap.write_stamp(made)
    return made


def test_a_finished_environment_is_current(workplace: bootstrap.Workplace) -> None:
    assert bootstrap.is_current(workplace)


def test_a_changed_project_file_makes_it_stale(workplace: bootstrap.Workplace) -> None:
    (workplace.root / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    assert not bootstrap.is_current(workplace)


def test_another_processor_makes_it_stale(workplace: bootstrap.Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "processor", lambda: "another one")
    assert not bootstrap.is_current(workplace)


def test_an_environment_whose_python_has_gone_is_stale(workplace: bootstrap.Workplace) -> None:
    workplace.python.unlink()
    assert not bootstrap.is_current(workplace)


def test_an_environment_from_another_folder_is_stale(workplace: bootstrap.Workplace, tmp_path: Path) -> None:
    moved = workplace.root.rename(tmp_path / "elsewhere")
    assert not bootstrap.is_current(bootstrap.Workplace(moved))


@pytest.mark.parametrize("content", ["", "{", "[]", '"text"', '{"root": 1}'])
def test_a_damaged_stamp_is_no_stamp(workplace: bootstrap.Workplace, content: str) -> None:
    workplace.stamp.write_text(content)
    assert not bootstrap.is_current(workplace)


@pytest.mark.parametrize(
    ("line", "usable"),
    [
        (f"uv {bootstrap.UV_VERSION} (x86_64-unknown-linux-gnu)", True),
        (bootstrap.UV_VERSION, False),
        ("uv 0.4.30", False),
        ("uv 99.0.0", False),
        ("", False),
    ],
)
def test_only_the_pinned_series_of_uv_is_taken(line: str, usable: bool) -> None:
    assert bootstrap.is_usable_uv(line) is usable


def test_the_range_of_pythons_is_the_projects() -> None:
    assert f'requires-python = "{bootstrap.PYTHON_RANGE}"' in (ROOT / "pyproject.toml").read_text("utf-8")
    assert [bootstrap.is_suitable((3, minor)) for minor in (10, 11, 14, 15)] == [False, True, True, False]


def test_settings_that_bend_the_project_are_dropped_and_addresses_kept(workplace: bootstrap.Workplace) -> None:
    kept = bootstrap.clean_environment(
        {
            "UV_PROJECT_ENVIRONMENT": "elsewhere",
            "UV_PYTHON": "3.9",
            "UV_FROZEN": "1",
            "UV_INDEX_HOUSE_PASSWORD": "x",
            "UV_CACHE_DIR": "c",
            "PYTHONPATH": "p",
            "VIRTUAL_ENV": "v",
            "PATH": "/bin",
        },
        workplace,
    )
    assert kept == {
        "UV_PROJECT_ENVIRONMENT": str(workplace.venv),
        "UV_INDEX_HOUSE_PASSWORD": "x",
        "UV_CACHE_DIR": "c",
        "PATH": "/bin",
    }


def test_progress_tells_time_and_step() -> None:
    progress = bootstrap.Progress(is_terminal=False, now=100.0)
    assert progress.line(107.0) == "  0:07  Finding packages"
    progress.read("Downloading numpy (16.1MiB)\n")
    assert progress.line(130.0) == "  0:30  Fetching packages"
    progress.read("DEBUG [57/144] /usr/bin/g++ -c ggml.cpp\n")
    assert progress.line(251.0) == "  2:31  Compiling llama.cpp: step 57 of 144"


def test_progress_is_seldom_outside_a_terminal() -> None:
    plain, terminal = (bootstrap.Progress(is_terminal=flag, now=0.0) for flag in (False, True))
    assert [plain.is_due(29.0), plain.is_due(30.0), terminal.is_due(0.5), terminal.is_due(1.0)] == [
        False,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("error: Failed to fetch: `simple/numpy/`\n", "internet connection"),
        ("error: No space left on device (os error 28)\n", "disk is full"),
        ("  × Failed to build `llama-cpp-python`\n", "tries again"),
    ],
)
def test_a_failure_ends_in_a_next_step(output: str, words: str) -> None:
    told = bootstrap.failure_sentence("DEBUG noise\n" * 50 + output, Path("build.log"))
    assert words in told
    assert output.strip() in told
    assert "noise" not in told
    assert "build.log" in told


def test_an_illegal_instruction_is_told_in_words() -> None:
    assert bootstrap.ending(-4) == bootstrap.ending(0xC000001D)
    assert "processor" in bootstrap.ending(-4)
    if os.name != "nt":
        assert "SIGKILL" in bootstrap.ending(-9)


def test_an_engine_that_does_not_run_here_is_compiled_anew_once(
    workplace: bootstrap.Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [(False, "ended by SIGILL"), (True, "")]
    syncs: list[str] = []
    monkeypatch.setattr(bootstrap, "engine_runs", lambda _: runs.pop(0))
    monkeypatch.setattr(bootstrap, "sync", lambda uv, *_, **__: syncs.append(uv))
    bootstrap.check_engine("true", workplace=workplace, environment={"PATH": os.defpath})
    assert (runs, syncs) == ([], ["true"])


def test_an_engine_that_never_runs_ends_in_a_sentence(
    workplace: bootstrap.Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "engine_runs", lambda _: (False, "It was ended by signal SIGSEGV."))
    monkeypatch.setattr(bootstrap, "sync", lambda *_, **__: None)
    with pytest.raises(bootstrap.Stopped, match="does not start on this machine"):
        bootstrap.check_engine("true", workplace=workplace, environment={"PATH": os.defpath})


@pytest.mark.parametrize(
    ("cached", "asked"),
    [
        ({"engine", "others"}, ["offline"]),
        ({"engine"}, ["offline", "online others", "offline"]),
        (set(), ["offline", "online others", "offline", "online"]),
    ],
)
def test_the_network_is_asked_only_for_what_uv_lacks_and_for_the_engine_last(
    workplace: bootstrap.Workplace, monkeypatch: pytest.MonkeyPatch, cached: set[str], asked: list[str]
) -> None:
    seen: list[str] = []
    here = set(cached)

    def sync(*_: str, environment: dict[str, str], options: tuple[str, ...] = (), **__: object) -> None:
        is_offline = "UV_OFFLINE" in environment
        seen.append(("offline" if is_offline else "online") + (" others" if options else ""))
        if is_offline and here != {"engine", "others"}:
            raise bootstrap.Stopped("not there")
        here.add("others")

    monkeypatch.setattr(bootstrap, "sync", sync)
    bootstrap.sync_sparingly("uv", "", workplace=workplace, environment={})
    assert seen == asked


@pytest.mark.parametrize(
    ("arguments", "opens"),
    [
        ([], True),
        (["--profile", "there"], True),
        (["--profile=there"], True),
        (["--version"], False),
        (["ask", "Hello"], False),
        (["--profile", "there", "doctor"], False),
    ],
)
def test_qt_is_only_asked_for_when_the_window_opens(arguments: list[str], opens: bool) -> None:
    assert dev.opens_window(arguments) is opens


def test_the_usage_is_shown_for_anything_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(["dance"]) == 2
    assert "dev.py run" in capsys.readouterr().out


@pytest.mark.skipif(not Path("/usr/bin/env").exists(), reason="needs a PATH of our own making")
def test_without_a_compiler_the_run_ends_in_one_sentence_and_no_traceback(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    (root / "packaging").mkdir(parents=True)
    for name in ("dev.py", "bootstrap.py", "system.py"):
        (root / "packaging" / name).write_bytes((ROOT / "packaging" / name).read_bytes())
    (root / "pyproject.toml").write_text("[project]\n")
    done = subprocess.run(
        [sys.executable, root / "packaging" / "dev.py", "run"],
        env={"PATH": str(tmp_path / "nothing")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "C++ compiler" in done.stderr or "command line tools" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (root / ".venv").exists()
