"""The build scripts are no package: they run as plain files, with their own folder on the module path."""

from __future__ import annotations

import sys
from pathlib import Path

SCRIPTS = str(Path(__file__).resolve().parents[2] / "packaging")
if SCRIPTS not in sys.path:
    sys.path.append(SCRIPTS)
