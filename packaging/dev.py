"""The two commands of the README: `python3 packaging/dev.py run` opens Paddock, `... dev.py test` checks all of it.

Needs nothing but a Python from 3.8 on, of whatever origin; it sets everything else up inside the project's folder
(see bootstrap.py) and skips that in a few milliseconds when nothing has changed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import bootstrap
import system

ROOT = Path(__file__).resolve().parent.parent
USAGE = """usage: python3 packaging/dev.py run  [arguments of Paddock, such as: --profile DIR ask "Hello"]
       python3 packaging/dev.py test [arguments of pytest: only those tests, without the other checks]
       python3 packaging/dev.py setup"""


def main(arguments: Sequence[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        getattr(stream, "reconfigure", lambda **_: None)(errors="replace")
    command, rest = (arguments[0] if arguments else ""), list(arguments[1:])
    if command not in ("run", "test", "setup"):
        print(USAGE)
        return 0 if command in ("-h", "--help") else 2
    workplace = bootstrap.Workplace(ROOT)
    try:
        bootstrap.prepare(workplace)
        if command == "run":
            return run(workplace, rest)
        if command == "test":
            import checks  # only this command pays for it

            return checks.run_all(workplace, rest)
    except bootstrap.Stopped as stopped:
        print(stopped, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.", file=sys.stderr)
        return 130
    return 0


def run(workplace: bootstrap.Workplace, arguments: list[str]) -> int:
    """Become Paddock. The current folder stays, so that relative paths mean what the person meant."""
    if opens_window(arguments):
        missing = missing_for_qt(workplace)
        if missing:
            raise bootstrap.Stopped(system.qt_sentence(system.here(), missing))
    # -I: neither the current folder nor the person's site-packages can shadow one of our modules.
    command = [str(workplace.python), "-I", "-X", "utf8", str(ROOT / "app" / "__main__.py"), *arguments]
    if os.name != "nt":
        os.execv(command[0], command)
    return subprocess.call(command)


def opens_window(arguments: Sequence[str]) -> bool:
    """Whether these arguments open the window: then nothing but a profile is named."""
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--profile" and rest:
            rest.pop(0)
        elif not word.startswith("--profile="):
            return False
    return True


def missing_for_qt(workplace: bootstrap.Workplace) -> list[str]:
    """Qt's missing system libraries; remembered in .venv once there are none, for a quick start."""
    fine = workplace.venv / "paddock-qt-fine"
    plugin = system.window_plugin(os.environ)
    if os.environ.get("QT_QPA_PLATFORM") or (fine.exists() and fine.read_text() == plugin):
        return []
    missing = system.missing_qt_libraries(workplace.site_packages() / "PySide6", os.environ)
    if not missing:
        fine.write_text(plugin)
    return missing


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
