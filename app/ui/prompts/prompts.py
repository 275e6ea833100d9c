"""Instructions, personas and templates, as the window knows them: what to show, and what has changed."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.chat.manner import Persona
from app.chat.templates import Template
from app.core import Core
from app.ui.bridge import Bridge
from app.ui.chat.conversation import Conversation
from app.ui.in_turn import InTurn
from app.ui.prompts.instructing import Instructing
from app.ui.prompts.keeping import Everything, PersonaKeeper, TemplateKeeper, all_templates
from app.ui.prompts.shown import UndoOffer
from app.ui.theme import Theme

__all__ = ["Prompts", "UndoOffer"]


class Prompts(QObject):
    """Parented to the window. `conversation` is what "Use for this chat" means; without one that is not offered."""

    failed = Signal(object)
    """PaddockError"""
    changed = Signal()
    """Some manner or persona is another than before."""
    templates_changed = Signal(object)
    """tuple[Template, ...]: built-in ones and the person's own."""
    told = Signal(object)  # str
    undo_offered = Signal(object)
    """UndoOffer"""

    def __init__(
        self, core: Core, bridge: Bridge, theme: Theme, *, conversation: Conversation | None = None, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._core = core
        self._conversation = conversation
        self._turns = InTurn(bridge)
        self.instructing = Instructing(core, bridge, theme, parent=parent)
        self.personas = PersonaKeeper(core, bridge, theme, can_use=conversation is not None, parent=parent)
        self.templates = TemplateKeeper(core, bridge, theme, parent=parent)
        self.instructing.changed.connect(self.changed)
        self.personas.used.connect(self._on_used)
        for keeper in (self.personas, self.templates):
            keeper.kept.connect(self._on_kept)
            keeper.told.connect(self.told)
        for part in (self.instructing, self.personas, self.templates):
            part.failed.connect(self.failed)
            part.undo_offered.connect(self.undo_offered)

    def show_chat(self, conversation: Conversation) -> None:
        """The instructions of the chat on screen."""
        self.instructing.show_chat(conversation)

    @Slot(object)
    def show_folder(self, folder_id: str) -> None:
        self.instructing.show_folder(folder_id)

    @Slot()
    def show_general(self) -> None:
        """The instructions for every chat."""
        self.instructing.show_everything()

    @Slot()
    def show_personas(self) -> None:
        self.personas.show()

    @Slot()
    def show_templates(self) -> None:
        self.templates.show()

    @Slot()
    def look(self) -> None:
        """Read the templates; `templates_changed` brings them."""
        chats = self._core.chats
        self._turns.run(lambda: all_templates(chats.templates()), self._looked, self.failed.emit)

    def _looked(self, templates: tuple[Template, ...]) -> None:
        self.templates_changed.emit(templates)

    @Slot(object)
    def _on_kept(self, everything: Everything) -> None:
        self.templates_changed.emit(everything.templates)
        self.changed.emit()

    @Slot(object)
    def _on_used(self, persona: Persona) -> None:
        if self._conversation is not None:
            self.instructing.use(self._conversation, persona)
