"""What was typed and not sent, per chat: kept a moment after the last key, and never read before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait

from PySide6.QtCore import QObject, QTimer, Slot

from app.chat.store import ChatStore

DELAY_MS = 400


class Drafts(QObject):
    """`text` is what stands in the composer now. Writes do not wait; `reader` does, so it belongs on a worker."""

    def __init__(self, store: ChatStore, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._home: str | None = None
        self._last_write: Future[None] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._write)
        self.text = ""

    def typed(self, home: str | None, text: str) -> None:
        """What stands in the composer of the chat `home` (None: of a new one) changed."""
        self._home = home
        self.text = text
        self._timer.start()

    def show(self, text: str) -> None:
        """Another chat is on screen, with this in its composer."""
        self._timer.stop()
        self.text = text

    def save(self) -> None:
        """Keep what stands in the composer now, if that is not kept yet."""
        if self._timer.isActive():
            self._write()

    def keep(self, home: str | None, text: str) -> None:
        """Replace the draft of a chat; an empty text forgets it."""
        self._last_write = self._store.save_draft(home, text)

    def reader(self, home: str | None) -> Callable[[], str]:
        """Reads the draft of a chat once everything written so far is there."""
        written = self._last_write

        def read() -> str:
            if written is not None:
                wait([written])
            return self._store.draft(home)

        return read

    @Slot()
    def _write(self) -> None:
        self._timer.stop()
        self.keep(self._home, self.text)
