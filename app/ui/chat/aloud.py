"""Reading an answer aloud with the voice that the system has; asked for again while it is read, it stops."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.errors import PaddockError, UsageError
from app.speech.voice import Voice
from app.text import _
from app.ui.bridge import Bridge
from app.ui.chat.items import ReadAloudRequested


class Aloud(QObject):
    changed = Signal(object)  # str: the id of the message that is being read; empty for none
    failed = Signal(object)  # PaddockError

    def __init__(self, voice: Voice, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._voice = voice
        self._bridge = bridge
        self._reading = ""
        voice.on_done(self._done_on_any_thread)

    @property
    def is_available(self) -> bool:
        return self._voice.is_available

    @Slot(object)
    def read(self, request: ReadAloudRequested) -> None:
        if request.id == self._reading:
            self.stop()
            return
        if not self._voice.is_available:
            self.failed.emit(
                UsageError(
                    _("This system has no voice that Paddock can use."),
                    _("On Linux, install speech-dispatcher or espeak-ng; then try again."),
                )
            )
            return
        self.stop()
        self._tell(request.id)
        self._bridge.run(lambda: self._voice.read(request.text), lambda _result: None, self._on_failed)

    @Slot()
    def stop(self) -> None:
        if self._reading:
            self._voice.stop()
            self._tell("")

    def close(self) -> None:
        """The window closes: whatever speaks is ended."""
        self._voice.close()

    def _on_failed(self, error: PaddockError) -> None:
        self._tell("")
        self.failed.emit(error)

    def _done_on_any_thread(self) -> None:
        self._bridge.post(self._on_done)

    def _on_done(self) -> None:
        if not self._voice.is_reading:
            self._tell("")

    def _tell(self, message_id: str) -> None:
        if message_id != self._reading:
            self._reading = message_id
            self.changed.emit(message_id)
