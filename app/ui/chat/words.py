"""The words of the chat on screen, read in pieces: the newest come with the chat, the others after it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.chat.store import ChatStore
from app.chat.tree import Message
from app.errors import PaddockError
from app.ui.bridge import Bridge, nothing

PIECE = 100
LATER_MS = 200
"""The rest waits until what is on screen is drawn."""

Piece = tuple[Message, ...]


class Words(QObject):
    """Messages by id in `here`, as far as they are. One chat's at a time: `begin` forgets those of the last one."""

    arrived = Signal(object)  # tuple[str, ...]: of these messages
    failed = Signal(object)  # PaddockError

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._store: ChatStore | None = None
        self._here: dict[str, Message] = {}
        self._page = 0
        self._rest: list[str] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(LATER_MS)
        self._timer.timeout.connect(self._read_rest)

    @property
    def here(self) -> Mapping[str, Message]:
        return self._here

    def begin(self, store: ChatStore, messages: Iterable[Message], rest: Sequence[str]) -> None:
        """Another chat is on screen, of which `messages` are here; `rest` is read now, in this order."""
        self._page += 1
        self._timer.stop()
        self._store = store
        self._here = {message.id: message for message in messages}
        missing = [message_id for message_id in rest if message_id not in self._here]
        if not missing:
            return
        self._rest = missing
        self._timer.start()

    @Slot()
    def _read_rest(self) -> None:
        store, missing, page = self._store, self._rest, self._page
        if store is None:
            return

        def work(put: Callable[[Piece | PaddockError], None]) -> None:
            try:
                for start in range(0, len(missing), PIECE):
                    if page != self._page or self._bridge.stopping.is_set():
                        return
                    put(store.messages(missing[start : start + PIECE]))
            except PaddockError as error:
                put(error)

        def on_events(events: tuple[Piece | PaddockError, ...]) -> None:
            pieces = [event for event in events if not isinstance(event, PaddockError)]
            self._take([message for piece in pieces for message in piece], page)
            for error in (event for event in events if isinstance(event, PaddockError)):
                self.failed.emit(error)

        self._bridge.stream(work, on_events, nothing)

    def want(self, ids: Sequence[str]) -> None:
        """Read these now: they are about to be seen."""
        store, page = self._store, self._page
        missing = [message_id for message_id in ids if message_id not in self._here]
        if store is None or not missing:
            return
        self._bridge.run(lambda: store.messages(missing), lambda found: self._take(found, page), self.failed.emit)

    def put(self, message: Message) -> None:
        """A newer state of a message, or a new one."""
        self._here[message.id] = message

    def _take(self, found: Sequence[Message], page: int) -> None:
        if page != self._page:
            return
        new = [message for message in found if message.id not in self._here]  # what a turn wrote meanwhile is newer
        self._here.update((message.id, message) for message in new)
        if new:
            self.arrived.emit(tuple(message.id for message in new))
