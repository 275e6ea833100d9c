"""What `dev.py test` runs: formatters, types and import rules, then the tests in three groups.

The groups exist because they need different surroundings: several processes at once, or a virtual screen with a
session bus. The last line printed adds them up.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import bootstrap
import system

IMPORT_RULES = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
STATIC: Sequence[tuple[str, Sequence[str]]] = (
    ("ruff check", ("-m", "ruff", "check", ".")),
    ("ruff format", ("-m", "ruff", "format", "--check", ".")),
    ("types", ("-m", "mypy", "--strict", "app", "tests", "packaging")),
    ("import rules", ("-c", IMPORT_RULES)),
)
NO_TESTS = 5  # pytest's exit status when nothing was selected


class Group(NamedTuple):
    """Tests that run in one pytest process, by marker expression."""

    name: str
    markers: str
    is_parallel: bool
    needs_screen: bool
    word: str = ""  # only files that hold it are looked at: importing the tests of all the others takes 6 s


CORE = Group("core", "not window and not packaging and not bench and not gpu", is_parallel=True, needs_screen=False)
WINDOW = Group(
    "window",
    "window and not packaging and not bench and not gpu",
    is_parallel=False,
    needs_screen=True,
    word="pytest.mark.window",
)
PACKAGING = Group("packaging", "packaging", is_parallel=False, needs_screen=True, word="pytest.mark.packaging")
STAGES = ((CORE,), (WINDOW, PACKAGING))  # groups of one stage run beside each other: these two keep one core each busy
GROUPS = tuple(group for stage in STAGES for group in stage)
MOST_PROCESSES = 4


# Brings the loopback interface up in a network of its own, then becomes the command that follows.
ONLY_LOOPBACK = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
    fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14s", b"lo", 1, b""))  # SIOCSIFFLAGS, IFF_UP
os.execvp(sys.argv[1], sys.argv[1:])
"""


class Count(NamedTuple):
    passed: int
    failed: int
    skipped: int

    def plus(self, other: Count) -> Count:
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)


def run_all(workplace: bootstrap.Workplace, arguments: list[str]) -> int:
    """All checks; with arguments, pytest alone with exactly those. Returns the exit status."""
    started = time.monotonic()
    environment = test_environment(workplace)
    missing = system.missing_qt_libraries(workplace.site_packages() / "PySide6", {})
    if missing:
        raise bootstrap.Stopped(system.qt_sentence(system.here(), missing))
    screen, reason = screen_command()
    if arguments:
        command = [*screen, str(workplace.python), "-m", "pytest", *arguments]
        return subprocess.call(command, cwd=str(workplace.root), env=environment)
    failures = [name for name, step in STATIC if not static_step(workplace, name, step, environment=environment)]
    total = Count(0, 0, 0)
    for stage in STAGES:
        if reason and any(group.needs_screen for group in stage):
            results = [skipped_group(workplace, group, reason, environment=environment) for group in stage]
        else:
            results = run_stage(workplace, stage, screen, environment=environment)
        for group, (count, code) in zip(stage, results):
            total = total.plus(count)
            if code:
                failures.append(group.name + " tests")
    minutes, seconds = divmod(int(time.monotonic() - started), 60)
    print(
        "\n{} after {} min {:02d} s".format(
            "Failed: " + ", ".join(failures) if failures else "All good", minutes, seconds
        )
    )
    print(closing_line(total), flush=True)
    return 1 if failures or total.passed == 0 else 0


def closing_line(count: Count) -> str:
    return "{} passed, {} failed, {} skipped".format(*count)


def test_environment(workplace: bootstrap.Workplace) -> dict[str, str]:
    """The person's environment without what would change the outcome: their session, keyring and profile.

    Nor without bytecode: the tests start hundreds of Pythons, and each would compile all that it imports.
    """
    kept = bootstrap.clean_environment(os.environ, workplace)
    for name in (
        *("PADDOCK_PASSPHRASE", "PADDOCK_PROFILE", "QT_QPA_PLATFORM", "QT_SCALE_FACTOR", "QT_STYLE_OVERRIDE"),
        "PYTHONDONTWRITEBYTECODE",
    ):
        kept.pop(name, None)
    return kept


def screen_command() -> tuple[list[str], str]:
    """What to put before a command that opens windows, and why there can be no screen ("" when there is one)."""
    if not sys.platform.startswith("linux"):
        return [], ""
    tools = ("xvfb-run", "dbus-run-session")
    absent = [tool for tool in tools if shutil.which(tool) is None]
    if absent:
        otherwise = "Install {}.".format(" and ".join(absent))
        step = system.install_sentence(system.here(), system.DISPLAY_TOOLS, otherwise)
        return [], "there is no virtual screen here ({} not found). {}".format(", ".join(absent), step)
    return ["dbus-run-session", "--", "xvfb-run", "-a", "-s", "-screen 0 1600x1000x24 -dpi 96"], ""


def unplugged() -> list[str]:
    """What to put before a command so that it has no network but loopback; empty where that takes a right we lack."""
    if not sys.platform.startswith("linux") or shutil.which("unshare") is None:
        return []
    prefix = ["unshare", "--net", "--", sys.executable, "-c", ONLY_LOOPBACK]
    tried = subprocess.call([*prefix, "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return prefix if tried == 0 else []


def static_step(workplace: bootstrap.Workplace, name: str, step: Sequence[str], *, environment: dict[str, str]) -> bool:
    """Run one check quietly; its output is shown only when it fails."""
    started = time.monotonic()
    done = subprocess.run(
        [str(workplace.python), *step],
        cwd=str(workplace.root), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    verdict = "ok" if done.returncode == 0 else "FAILED"
    print(f"== {name:<13} {verdict:<7} {time.monotonic() - started:5.1f} s", flush=True)
    if done.returncode != 0:
        print(done.stdout.decode("utf-8", "replace"), flush=True)
    return done.returncode == 0


def run_stage(
    workplace: bootstrap.Workplace, stage: Sequence[Group], screen: Sequence[str], *, environment: dict[str, str]
) -> list[tuple[Count, int]]:
    """Run the groups of one stage beside each other. The first tells as it goes, the others when all have ended."""
    first, *others = stage
    logs = [workplace.log.parent / f"tests-{group.name}.log" for group in others]
    with ThreadPoolExecutor(max(1, len(others))) as pool:
        beside = [
            pool.submit(run_group, workplace, group, screen, log, environment=environment)
            for group, log in zip(others, logs)
        ]
        results = [run_group(workplace, first, screen, environment=environment)]
        results += [other.result() for other in beside]
    for log in logs:
        print(log.read_text("utf-8", "replace"), flush=True)
    return results


def run_group(
    workplace: bootstrap.Workplace,
    group: Group,
    screen: Sequence[str],
    log: Path | None = None,
    *,
    environment: dict[str, str],
) -> tuple[Count, int]:
    """Run one group with pytest's own output, shown or kept in `log`.

    Returns what it counted and its exit status (0 if it had no tests).
    """
    report = workplace.log.parent / f"tests-{group.name}.xml"
    report.parent.mkdir(exist_ok=True)
    if report.exists():
        report.unlink()
    offline = unplugged()
    title = f"== {group.name} tests{', with the network unplugged' if offline else ''}"
    command = [
        *offline,
        *(screen if group.needs_screen else []),
        str(workplace.python),
        "-m",
        "pytest",
        "-q",
        "-m",
        group.markers,
        "--junit-xml",
        str(report),
        *files_of(workplace, group),
    ]
    if group.is_parallel:  # one more than there are cores: many tests wait, for a child, a server or a moment
        command += ["-n", str(min((os.cpu_count() or 1) + 1, MOST_PROCESSES)), "--dist", "worksteal"]
    if screen and group.needs_screen:
        environment = {**environment, "QT_QPA_PLATFORM": "xcb"}  # else tests draw offscreen
    call = partial(subprocess.call, command, cwd=str(workplace.root), env=environment, stdin=subprocess.DEVNULL)
    if log is None:
        print(title, flush=True)
        code = call()
    else:
        with log.open("wb") as kept:
            kept.write((title + "\n").encode())
            kept.flush()
            code = call(stdout=kept, stderr=subprocess.STDOUT)
    return read_report(report), 0 if code == NO_TESTS else code


def files_of(workplace: bootstrap.Workplace, group: Group) -> list[str]:
    """Where the group's tests are; empty when that is everywhere."""
    files = sorted((workplace.root / "tests").rglob("test_*.py")) if group.word else []
    return [str(path) for path in files if group.word in path.read_text("utf-8")]


def read_report(report: Path) -> Count:
    """The counts of a JUnit report; a missing one (pytest did not get that far) counts as one failure."""
    try:
        suites = list(ElementTree.parse(str(report)).getroot().iter("testsuite"))
    except (OSError, ElementTree.ParseError):
        return Count(0, 1, 0)

    def total(name: str) -> int:
        return sum(int(suite.get(name, "0")) for suite in suites)

    failed = total("failures") + total("errors")
    return Count(total("tests") - failed - total("skipped"), failed, total("skipped"))


def skipped_group(
    workplace: bootstrap.Workplace, group: Group, reason: str, *, environment: dict[str, str]
) -> tuple[Count, int]:
    """Say why a group is left out and count it as skipped. On CI, where nobody reads that, it is a failure."""
    print(f"== {group.name} tests skipped: {reason}", flush=True)
    listing = subprocess.run(
        [str(workplace.python), "-m", "pytest", "-q", "-m", group.markers, "--collect-only"],
        cwd=str(workplace.root), env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    found = re.search(r"^(\d+)(?:/\d+)? tests? collected", listing.stdout.decode("utf-8", "replace"), re.MULTILINE)
    skipped = int(found.group(1)) if found else 0
    return Count(0, 0, skipped), 1 if os.environ.get("CI") and skipped else 0
