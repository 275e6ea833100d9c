"""What `dev.py test` adds up at its end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
