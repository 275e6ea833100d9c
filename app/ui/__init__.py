"""The window. Its folders mirror the rooms below; bridge.py is the only file that knows both threads and Qt."""

from __future__ import annotations

import PySide6.QtCore  # noqa: F401 - it brings shibokensupport
from shibokensupport import feature  # type: ignore[import-not-found] # made by PySide6 when it is imported

# WORKAROUND(https://bugreports.qt.io/browse/PYSIDE-2029): PySide6 reads the source of every module that is imported
# after it, to see whether it may say `from __feature__ import ...`: 0.1 s of each start. None of ours does. The answer
# is the one that a build without sources gets. Remove when PySide6 no longer reads them.
feature._mod_uses_pyside = lambda _module: False
