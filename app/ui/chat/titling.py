"""Has the model name new chats while nothing else is to be done: some seconds after an answer, and never in its way."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.core import Core
from app.engine.stop import Stop
from app.errors import PaddockError
from app.ui.bridge import Bridge
from app.ui.chat.conversation import Conversation
from app.ui.chat.events import AnswerEnded

IDLE_MS = 2_500


class Titling(QObject):
    """Whether a chat gets a title at all (the person's wish, their own title, the battery) is the core's to decide."""

    titled = Signal()  # the list of chats is out of date

    def __init__(self, core: Core, bridge: Bridge, conversation: Conversation) -> None:
        super().__init__(conversation)
        self._core = core
        self._bridge = bridge
        self._conversation = conversation
        self._waiting: list[str] = []
        self._stop: Stop | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(IDLE_MS)
        self._timer.timeout.connect(self._on_idle)
        conversation.ended.connect(self._on_ended)
        conversation.busy_changed.connect(self._on_busy_changed)

    @Slot(object)
    def _on_ended(self, ended: AnswerEnded) -> None:
        home = ended.conversation_id
        if ended.error is None and ended.answer.text and home not in self._waiting:
            self._waiting.append(home)
        self._timer.start()

    @Slot()
    def _on_busy_changed(self) -> None:
        """A question goes before any title."""
        if self._conversation.busy_ids or self._conversation.is_busy:
            self.stop()
        elif self._waiting:
            self._timer.start()

    def stop(self) -> None:
        """Give up what is being written; it is tried again after the next answer."""
        self._timer.stop()
        if self._stop is not None:
            self._stop.set()

    @Slot()
    def _on_idle(self) -> None:
        if self._stop is not None or not self._waiting or self._conversation.busy_ids:
            return
        home = self._waiting.pop(0)
        stop = self._stop = Stop()

        def done(title: str) -> None:
            self._stop = None
            if title:
                self.titled.emit()
            elif stop.is_set and home not in self._waiting:
                self._waiting.append(home)
            if self._waiting and not stop.is_set:
                self._timer.start()

        def failed(_error: PaddockError) -> None:
            """A title is worth no word about what went wrong."""
            self._stop = None

        self._bridge.run(lambda: self._core.write_title(home, stop), done, failed)
