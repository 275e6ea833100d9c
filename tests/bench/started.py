"""Paddock as `python -m app` starts it, until the field to write in is drawn and has the focus.

Imports nothing that a start does not import itself: this file is a part of what `starting.py` measures.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app import __main__ as started


def watch(secrets: Path) -> None:
    """Say that the window can be used, and end it. All is as a person starts it, but for this and the keyring."""
    from PySide6.QtCore import QEvent, QObject, QTimer, Slot
    from PySide6.QtWidgets import QWidget

    from app.ui import app as program
    from app.ui.shell import Shell
    from app.ui.window import MainWindow
    from tests.children.secret_file import FileSecrets

    class Watched(Shell):
        def _show(self, page: QWidget) -> None:
            super()._show(page)
            if isinstance(page, MainWindow):
                page.page.composer.edit.viewport().installEventFilter(self)

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            """As in the empty window: the turn of the event loop after that in which it was drawn."""
            if event.type() == QEvent.Type.Paint:
                watched.removeEventFilter(self)
                QTimer.singleShot(0, self._is_drawn)
            return False

        @Slot()
        def _is_drawn(self) -> None:
            chat = self.window_of_chat
            if chat is not None and chat.page.composer.edit.hasFocus():
                os.write(1, b"usable")
            self.quit()

    program.Shell = Watched  # type: ignore[attr-defined] # not exported: put in its place, as the next one
    program.KeyringSecrets = lambda: FileSecrets(secrets)  # type: ignore[misc,assignment,attr-defined]  # as above


if __name__ == "__main__":
    gc.disable()  # as it does itself, but what is put in its place is imported before
    watch(Path(sys.argv.pop()))
    sys.exit(started.main())
