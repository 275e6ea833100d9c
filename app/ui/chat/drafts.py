"""What was typed and not sent, per chat: kept a moment after each key, and never read before it is kept."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, wait

from PySide6.QtCore import QObject, QTimer, Slot

from app.chat.store import ChatStore
from app.chat.tree import Draft

DELAY_MS = 400
EMPTY = Draft()


class Drafts(QObject):
    """`draft` is what stands in the composer now. Writes do not wait; `wait` does, so it belongs on a worker."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._store: ChatStore | None = None
        self._home: str | None = None
        self._last_write: Future[None] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self._write)
        self.draft = EMPTY

    @property
    def is_waiting(self) -> bool:
        """Whether something was typed that is not kept yet."""
        return self._timer.isActive()

    def typed(self, store: ChatStore, home: str | None, draft: Draft) -> None:
        """What stands in the composer of the chat `home` (None: of a new one) changed."""
        self._store, self._home = store, home
        self.draft = draft
        if not self._timer.isActive():  # who types without a pause is kept, too
            self._timer.start()

    def show(self, draft: Draft) -> None:
        """Another chat is on screen, with this in its composer."""
        self._timer.stop()
        self.draft = draft

    def save(self) -> None:
        """Keep what stands in the composer now, if that is not kept yet."""
        if self.is_waiting:
            self._write()

    def keep(self, store: ChatStore, home: str | None, draft: Draft) -> None:
        """Replace the draft of a chat; an empty one forgets it."""
        self._last_write = store.save_draft(home, draft)

    def written(self) -> Callable[[], None]:
        """Waits until everything that was kept so far is there to be read."""
        last = self._last_write

        def ready() -> None:
            if last is not None:
                wait([last])

        return ready

    @Slot()
    def _write(self) -> None:
        self._timer.stop()
        if self._store is not None:
            self.keep(self._store, self._home, self.draft)
