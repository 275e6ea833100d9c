"""How long a start takes until the window can be used, as a ratio to an empty window of PySide6: both are processes of
their own, measured in turns, the profile unlocked by a keyring that is a file."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STARTED = Path(__file__).with_name("started.py")
sys.path.insert(0, str(ROOT))

from tests.bench.measure import Row

ROUNDS = 5
BAR = 2.5
LIMIT_S = 120.0
_EMPTY = """
import os, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
class Window(QWidget):
    def paintEvent(self, event):
        QTimer.singleShot(0, done)
def done():
    os.write(1, b"usable")
    application.quit()
application = QApplication([])
window = Window()
window.resize(1180, 820)
window.show()
application.exec()
"""


def start() -> Iterator[Row]:
    """The middle of several rounds, the first of each left out: it reads the files from the disk."""
    with tempfile.TemporaryDirectory(prefix="paddock-bench-") as folder:
        variables = started_variables(Path(folder))
        prepare(Path(folder))
        paddock = [sys.executable, str(STARTED), str(Path(folder) / "secrets.json")]
        empty = [sys.executable, "-c", _EMPTY]
        times: dict[str, list[float]] = {"paddock": [], "empty": []}
        for _round in range(ROUNDS + 1):
            times["paddock"].append(usable_after_s(paddock, variables))
            times["empty"].append(usable_after_s(empty, variables))
        ours, theirs = (statistics.median(found[1:]) for found in times.values())
        measured = f"{ours / theirs:.2f} ({1000 * ours:.0f} ms to {1000 * theirs:.0f} ms)"
        yield Row("start to a usable window / an empty PySide6 window", f"<= {BAR}", measured)


def usable_after_s(command: list[str], variables: dict[str, str]) -> float:
    """From the start of the process until it says that its window can be used."""
    begun = time.perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        said = process.stdout.read(6)
        taken = time.perf_counter() - begun
        process.wait(LIMIT_S)
    if said != b"usable":
        raise RuntimeError(f"no window came: exit code {process.returncode}")
    return taken


def started_variables(data: Path) -> dict[str, str]:
    """The environment of both sides; the person's own profile is in `data`."""
    # Installed programs have their modules compiled; where Python may not keep that, each start would do it again.
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    variables.setdefault("QT_QPA_PLATFORM", "offscreen")
    return variables | {"XDG_DATA_HOME": str(data)}


def prepare(data: Path) -> None:
    """A profile with a model, as most starts find one."""
    from app import paths
    from app.home import Home
    from app.models import library
    from app.settings import MODEL_PATH
    from tests.children.secret_file import FileSecrets

    home = Home(paths.places(data / "Paddock"), FileSecrets(data / "secrets.json"))
    core = home.create().core
    core.settings.set(MODEL_PATH, str(library.starter()))
    core.close()
    home.close()


if __name__ == "__main__":
    for row in start():
        print(f"| {row.what} | {row.bar} | {row.measured} |")
