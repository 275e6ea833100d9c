"""What `dev.py test` adds up at its end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import bootstrap
import checks
import pytest

REPORT = """<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10">
<testcase/></testsuite></testsuites>"""


def test_errors_count_as_failures(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert checks.read_report(report) == checks.Count(passed=4, failed=3, skipped=3)


def test_a_group_without_a_report_counts_as_failed(tmp_path: Path) -> None:
    assert checks.read_report(tmp_path / "absent.xml").failed == 1


def test_the_closing_line_has_the_form_that_ci_reads() -> None:
    total = checks.Count(1, 0, 2).plus(checks.Count(3, 1, 0))
    assert checks.closing_line(total) == "4 passed, 1 failed, 2 skipped"


def test_every_test_belongs_to_exactly_one_group() -> None:
    for marker in ("model", "trust", "window", "packaging"):
        markers = {"window": marker == "window", "packaging": marker == "packaging", "bench": False, "gpu": False}
        chosen = [group.name for group in checks.GROUPS if eval(group.markers, {}, markers)]
        assert len(chosen) == 1, marker


def test_only_test_files_name_what_a_group_looks_for() -> None:
    """Else tests that are marked from elsewhere would be in no group."""
    root = Path(__file__).resolve().parents[2]
    others = [path for path in (root / "tests").rglob("*.py") if not path.name.startswith("test_")]
    words = [group.word for group in checks.GROUPS if group.word]
    assert len(words) == 2
    assert [path.name for path in others if any(word in path.read_text("utf-8") for word in words)] == []
    for group in checks.GROUPS:
        assert bool(checks.files_of(bootstrap.Workplace(root), group)) == bool(group.word)


ONE_WAITS_FOR_THE_OTHER = """
import time
from pathlib import Path
import pytest

def meet(mine, other):
    Path(mine).touch()
    deadline = time.monotonic() + 30
    while not Path(other).exists():
        assert time.monotonic() < deadline, "nobody came"
        time.sleep(0.01)

@pytest.mark.one
def test_one():
    meet("one", "two")

@pytest.mark.two
def test_two():
    meet("two", "one")

@pytest.mark.two
def test_that_fails():
    raise AssertionError("told afterwards")
"""


def test_groups_of_a_stage_run_beside_each_other_and_each_is_counted_and_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "test_meeting.py").write_text(ONE_WAITS_FOR_THE_OTHER)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    one\n    two\n")
    stage = [checks.Group(name, name, is_parallel=False, needs_screen=False) for name in ("one", "two")]
    results = checks.run_stage(bootstrap.Workplace(tmp_path), stage, [], environment=dict(os.environ))
    assert results == [(checks.Count(1, 0, 0), 0), (checks.Count(1, 1, 0), 1)]
    told = capfd.readouterr().out
    assert told.index("== one tests") < told.index("1 passed") < told.index("== two tests")
    assert "told afterwards" in told


def test_every_python_of_the_tests_keeps_its_bytecode(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert "PYTHONDONTWRITEBYTECODE" not in checks.test_environment(bootstrap.Workplace(tmp_path))


def test_unplugged_commands_reach_loopback_and_nothing_else() -> None:
    prefix = checks.unplugged()
    if not prefix:
        pytest.skip("this system does not let us unplug a process")
    listing = subprocess.run(
        [*prefix, sys.executable, "-c", "import socket; print(*[name for _index, name in socket.if_nameindex()])"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "lo" in listing.stdout.split()
    assert not [name for name in listing.stdout.split() if name.startswith(("eth", "en", "wl"))]
