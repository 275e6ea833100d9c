"""Says in the header what the model is told before the chat on screen, wherever that comes from."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot

from app.chat.manner import Effective, built_in
from app.core import Core
from app.text import _
from app.ui.bridge import Bridge
from app.ui.chat.conversation import Conversation
from app.ui.chat.header import Header

MOST_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class _Found:
    """What holds for the chat on screen; `persona` is the name of the one that says so."""

    persona: str
    said: Effective


class MannerShown(QObject):
    failed = Signal(object)  # PaddockError

    def __init__(self, core: Core, bridge: Bridge, header: Header, conversation: Conversation) -> None:
        super().__init__(header)
        self._core = core
        self._bridge = bridge
        self._header = header
        self._conversation = conversation
        self._shown: object = None
        conversation.shown.connect(self._on_shown)

    @Slot(object)
    def _on_shown(self, _shown: object) -> None:
        place = (self._conversation.conversation_id, self._conversation.beginning)
        if place != self._shown:  # not with every answer
            self._shown = place
            self.look()

    @Slot()
    def look(self) -> None:
        """Something that was said has changed, or another chat is on screen."""
        home, beginning = self._conversation.conversation_id, self._conversation.beginning

        def read() -> _Found:
            said = self._core.effective(home, beginning.folder_id, beginning.manner)
            names = {one.manner.system_prompt: one.name for one in (*built_in(), *self._core.chats.personas())}
            return _Found(names.get(said.system_prompt, "") if said.system_prompt else "", said)

        def show(found: _Found) -> None:
            if (home, beginning) == (self._conversation.conversation_id, self._conversation.beginning):
                self._show(found)

        self._bridge.run(read, show, self.failed.emit)

    def _show(self, found: _Found) -> None:
        prompt = found.said.system_prompt
        if not (prompt or found.said.sampling or found.said.model):
            self._header.set_manner("", "")
            return
        shown = prompt[:MOST_CHARACTERS] + ("…" if len(prompt) > MOST_CHARACTERS else "")
        words = _("The model is told: {words}").format(words=shown) if prompt else _("Answered in a way of its own.")
        self._header.set_manner(found.persona or _("Instructions"), words)
