"""The bin's dialog with what is done in it. Deleting for good is the one thing here that is asked about before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.chat import moments
from app.chat.tree import Conversation
from app.core import Core
from app.settings import BIN_DAYS
from app.text import _, plural
from app.ui.bridge import Bridge
from app.ui.chat.items import ChatsRequested
from app.ui.chat.sidebar.sidebar import Sidebar
from app.ui.dialogs import SentenceDialog

if TYPE_CHECKING:
    from app.ui.chat.sidebar.bin_dialog import BinDialog, BinEntry


class Bin(QObject):
    """`changed`: chats came back."""

    failed = Signal(object)  # PaddockError
    changed = Signal()

    def __init__(self, core: Core, bridge: Bridge, sidebar: Sidebar) -> None:
        super().__init__(sidebar)
        self._core = core
        self._bridge = bridge
        self._sidebar = sidebar
        self._theme = sidebar.theme
        self._dialog: BinDialog | None = None
        self._doomed: tuple[str, ...] | None = None  # what is being asked about; None for all

    @property
    def dialog(self) -> BinDialog | None:
        """While it is open."""
        return self._dialog

    @Slot()
    def show(self) -> None:
        """Read the bin and open its dialog."""
        self._bridge.run(self._core.chats.binned, self._open, self.failed.emit)

    def _open(self, rows: tuple[Conversation, ...]) -> None:
        if self._dialog is not None:
            return
        from app.ui.chat.sidebar.bin_dialog import BinDialog  # late, for a light start

        today = datetime.now().date()  # noqa: DTZ005 - days are the person's own
        days = self._core.settings.get(BIN_DAYS)
        made = BinDialog(self._theme, _entries(rows), days=days, today=today, parent=self._sidebar.window())
        made.bring_back_requested.connect(self._on_bring_back)
        made.purge_requested.connect(self._on_purge)
        made.empty_requested.connect(self._on_empty)
        made.finished.connect(self._on_finished)
        self._dialog = made
        made.open()

    def _do(self, work: Callable[[], object]) -> None:
        """And show what is left."""

        def read() -> tuple[Conversation, ...]:
            work()
            return self._core.chats.binned()

        self._bridge.run(read, self._take, self.failed.emit)

    def _take(self, rows: tuple[Conversation, ...]) -> None:
        self.changed.emit()
        if self._dialog is not None:
            self._dialog.set_entries(_entries(rows))

    def _ask(self, ids: tuple[str, ...] | None, message: str) -> None:
        self._doomed = ids
        asking = SentenceDialog(
            self._theme,
            _("Delete for good?"),
            message,
            parent=self._dialog,
            next_step=_("This cannot be undone."),
            accept=_("Delete for good"),
            reject=_("Keep"),
            kind="danger",
        )
        asking.accept_button.setDefault(False)
        asking.accept_button.setAutoDefault(False)
        asking.reject_button.setDefault(True)
        asking.reject_button.setFocus()
        asking.accepted.connect(self._on_doomed)
        asking.open()

    @Slot(object)
    def _on_bring_back(self, request: ChatsRequested) -> None:
        self._do(lambda: self._core.chats.bring_back(request.ids))

    @Slot(object)
    def _on_purge(self, request: ChatsRequested) -> None:
        count = len(request.ids)
        words = plural(
            "{count} chat will be gone, with all its messages.",
            "{count} chats will be gone, with all their messages.",
            count,
        )
        self._ask(request.ids, words)

    @Slot()
    def _on_empty(self) -> None:
        self._ask(None, _("Every chat in the bin will be gone, with all its messages."))

    @Slot()
    def _on_doomed(self) -> None:
        doomed = self._doomed
        self._do(lambda: self._core.purge(doomed))

    @Slot()
    def _on_finished(self) -> None:
        self._dialog = None


def _entries(rows: tuple[Conversation, ...]) -> tuple[BinEntry, ...]:
    from app.ui.chat.sidebar.bin_dialog import BinEntry

    return tuple(BinEntry(row.id, row.title, moments.local(row.deleted_at or row.changed_at)) for row in rows)
