"""When the work on documents rests: while an answer is being written, on battery, and as long as the person says so."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.core import Core
from app.declared import AnySetting
from app.engine.planning import hardware
from app.settings import DOCUMENTS_ON_BATTERY, DOCUMENTS_PAUSED
from app.ui.bridge import Bridge, nothing
from app.ui.chat.conversation import Conversation
from app.ui.in_turn import InTurn

LOOK_EVERY_MS = 60_000


class Working(QObject):
    """`begin` once the window stands. It ends with the core."""

    failed = Signal(object)  # PaddockError

    def __init__(self, core: Core, bridge: Bridge, conversation: Conversation, *, parent: QObject) -> None:
        super().__init__(parent)
        self._core = core
        self._turns = InTurn(bridge)
        self._conversation = conversation
        self._is_answering = False
        self._is_battery_ignored = False  # until it is plugged in again
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)
        conversation.answering.connect(self._on_answering)
        conversation.ended.connect(self._on_ended)
        conversation.busy_changed.connect(self._on_busy_changed)

    def begin(self) -> None:
        """Go on where the last run of Paddock ended."""
        core, is_ignored = self._core, self._is_battery_ignored

        def work() -> None:
            if core.settings.get(DOCUMENTS_PAUSED):
                core.documents.pause("person")
            _look_at_battery(core, is_ignored=is_ignored)
            core.documents.start()

        self._turns.run(work, nothing, self.failed.emit)
        self._timer.start()

    @Slot()
    def look(self) -> None:
        """Whether the computer is plugged in."""
        is_ignored = self._is_battery_ignored
        self._turns.run(lambda: _look_at_battery(self._core, is_ignored=is_ignored), self._looked, self.failed.emit)

    def pause(self) -> None:
        """The person wants it, also after the next start."""
        self._keep(is_paused=True)

    def go_on(self) -> None:
        """The person wants it, on battery too for this time."""
        self._is_battery_ignored = True
        self._keep(is_paused=False)

    def setting_stored(self, setting: AnySetting) -> None:
        if setting is DOCUMENTS_ON_BATTERY:
            self._is_battery_ignored = False
            self.look()

    def _keep(self, *, is_paused: bool) -> None:
        core = self._core

        def work() -> None:
            core.settings.set(DOCUMENTS_PAUSED, is_paused)
            if is_paused:
                core.documents.pause("person")
            else:
                core.documents.resume("battery")
                core.documents.resume("person")

        self._turns.run(work, nothing, self.failed.emit)

    def _looked(self, is_on_battery: bool) -> None:
        if not is_on_battery:
            self._is_battery_ignored = False

    # An answer goes before: beside the reading, all that the engine does is slower.

    @Slot()
    def _on_answering(self) -> None:
        self._rest(is_answering=True)

    @Slot()
    def _on_ended(self) -> None:
        """Another turn says so itself when it is answered; and until then it may wait for documents to be read."""
        self._rest(is_answering=False)

    @Slot()
    def _on_busy_changed(self) -> None:
        if not self._conversation.is_busy and not self._conversation.busy_ids:
            self._rest(is_answering=False)

    def _rest(self, *, is_answering: bool) -> None:
        if is_answering == self._is_answering:
            return
        self._is_answering = is_answering
        documents = self._core.documents
        change = documents.pause if is_answering else documents.resume
        self._turns.run(lambda: change("answer"), nothing, self.failed.emit)


def _look_at_battery(core: Core, *, is_ignored: bool) -> bool:
    """On a worker: rest while it is to be spared. Whether there is no other power."""
    is_on_battery = hardware.is_on_battery()
    if is_on_battery and not is_ignored and not core.settings.get(DOCUMENTS_ON_BATTERY):
        core.documents.pause("battery")
    else:
        core.documents.resume("battery")
    return is_on_battery
