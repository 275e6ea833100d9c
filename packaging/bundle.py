"""Builds the bundle for the system that this runs on: `.venv/bin/python packaging/bundle.py [--out DIR]`.

The same sources give the same bytes (seen on one machine): hashes in a fixed order and one date for everything.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import bundled

ROOT = Path(__file__).resolve().parent.parent
FIXED_DATE = "1767225600"  # 2026-01-01, for a tree that is not a git checkout


def source_date(root: Path) -> str:
    """The date of the last commit, in seconds, as SOURCE_DATE_EPOCH wants it."""
    try:
        asked = subprocess.run(
            ["git", "log", "-1", "--format=%ct"], cwd=root, capture_output=True, text=True, check=False
        )
    except OSError:
        return FIXED_DATE
    return asked.stdout.strip() or FIXED_DATE


def build(out: Path, work: Path, *, quiet: bool) -> int:
    """Run PyInstaller; the bundle is then in `out`/paddock (or Paddock.app). Returns its exit status."""
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "0",
        "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH") or source_date(ROOT),
    }
    command = [
        *(sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN" if quiet else "INFO"),
        *("--distpath", str(out), "--workpath", str(work), str(ROOT / "build.spec")),
    ]
    code = subprocess.call(command, cwd=ROOT, env=environment)
    if code == 0 and sys.platform.startswith("linux"):
        add_desktop_files(out / "paddock" / "share")
    return code


def add_desktop_files(share: Path) -> None:
    """What a Linux desktop shows of a program, laid out as below /usr/share."""
    linux = ROOT / "packaging" / "linux"
    for source, place in (
        (linux / "paddock.desktop", "applications/paddock.desktop"),
        (linux / f"{bundled.APP_ID}.metainfo.xml", f"metainfo/{bundled.APP_ID}.metainfo.xml"),
        (ROOT / "resources" / "logo.svg", "icons/hicolor/scalable/apps/paddock.svg"),
    ):
        target = share / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where the bundle goes (default: dist)")
    parser.add_argument("--work", type=Path, default=ROOT / "build", help="for intermediate files (default: build)")
    parser.add_argument("--quiet", action="store_true", help="print only warnings")
    wishes = parser.parse_args()
    return build(wishes.out.resolve(), wishes.work.resolve(), quiet=wishes.quiet)


if __name__ == "__main__":
    sys.exit(main())
