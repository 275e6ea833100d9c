"""Search over everything for the sidebar: one reading at a time, of the words that stand in the field last."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.chat import moments
from app.chat.store import Hit
from app.core import Core
from app.errors import PaddockError
from app.ui.bridge import Bridge
from app.ui.chat.sidebar.asks import SearchRequested
from app.ui.chat.sidebar.rows import HitEntry
from app.ui.chat.sidebar.sidebar import Sidebar

PAGE = 50


class Finding(QObject):
    """Answers `asks.search`, page by page."""

    failed = Signal(object)  # PaddockError

    def __init__(self, core: Core, bridge: Bridge, sidebar: Sidebar) -> None:
        super().__init__(sidebar)
        self._core = core
        self._bridge = bridge
        self._sidebar = sidebar
        self._wanted: SearchRequested | None = None
        self._asked: SearchRequested | None = None  # on its way
        sidebar.asks.search.connect(self._on_search)

    @Slot(object)
    def _on_search(self, request: SearchRequested) -> None:
        if request != self._asked:
            self._wanted = request
            self._go_on()

    def _go_on(self) -> None:
        asked = self._wanted
        if asked is None or self._asked is not None:
            return
        self._asked, self._wanted = asked, None
        self._bridge.run(
            lambda: self._core.lasting_search(asked.words, PAGE, asked.before), self._found, self._on_failed
        )

    def _found(self, hits: tuple[Hit, ...]) -> None:
        asked, self._asked = self._asked, None
        if asked is None:
            return
        before = self._sidebar.list.items.hits if asked.before is not None else ()
        # Chats that were found by their names are listed already, at once and all of them.
        found = [_entry(hit) for hit in hits if hit.message_id]
        self._sidebar.show_hits(asked.words, (*before, *found), has_more=len(hits) >= PAGE and bool(found))
        self._go_on()

    def _on_failed(self, error: PaddockError) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            self._sidebar.show_hits(asked.words, self._sidebar.list.items.hits)
        self.failed.emit(error)
        self._go_on()


def _entry(hit: Hit) -> HitEntry:
    at = moments.local(hit.created_at)
    is_question = hit.role == "user"
    return HitEntry(hit.conversation_id, hit.message_id, hit.title, hit.snippet, hit.marks, at, hit.number, is_question)
