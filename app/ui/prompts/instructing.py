"""Behind the dialog of instructions: reads, on a worker, what a place says and inherits, and keeps what is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.chat.manner import OPEN, Manner, Persona, built_in
from app.chat.store import ChatStore
from app.core import Core
from app.errors import PaddockError
from app.settings import PERSONA, SYSTEM_PROMPT
from app.text import _
from app.ui.bridge import Bridge
from app.ui.chat.conversation import Conversation
from app.ui.chat.events import Beginning
from app.ui.in_turn import InTurn
from app.ui.prompts.instructions_dialog import InstructionsDialog
from app.ui.prompts.shown import InstructionsShown, Stock, UndoOffer, Wider
from app.ui.theme import Theme

Keep: TypeAlias = Callable[[Manner], None]
"""Called on the main thread."""


class Instructing(QObject):
    """One dialog at a time. Parented to the window."""

    failed = Signal(object)
    """PaddockError"""
    changed = Signal()
    undo_offered = Signal(object)
    """UndoOffer"""

    def __init__(self, core: Core, bridge: Bridge, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._core = core
        self._theme = theme
        self._turns = InTurn(bridge)
        self._is_opening = False
        self._shown: InstructionsShown | None = None
        self._keep: Keep = self._keep_everything
        self.dialog: InstructionsDialog | None = None

    def show_chat(self, conversation: Conversation) -> None:
        """Of the chat on screen, or of the new one that begins there."""
        home, beginning = conversation.conversation_id, conversation.beginning
        look = partial(_of_chat, self._core, conversation.room.chats, home, beginning)
        self._look(look, partial(self._keep_chat, conversation, home))

    def show_folder(self, folder_id: str) -> None:
        self._look(partial(_of_folder, self._core, folder_id), partial(self._keep_folder, folder_id))

    def show_everything(self) -> None:
        self._look(partial(_of_everything, self._core), self._keep_everything)

    def use(self, conversation: Conversation, persona: Persona) -> None:
        """From now on the chat on screen is answered by this persona; words of its own would stand before it."""
        home, beginning = conversation.conversation_id, conversation.beginning
        chats, keep = conversation.room.chats, partial(self._keep_chat, conversation, home)

        def done(before: Manner) -> None:
            keep(replace(before, persona_id=persona.id, system_prompt=None))
            words = _("This chat is answered by the persona {persona} now.").format(persona=persona.name)
            self.undo_offered.emit(UndoOffer(words, partial(keep, before)))

        self._turns.run(partial(_manner_of_chat, chats, home, beginning), done, self.failed.emit)

    def _look(self, look: Callable[[], InstructionsShown], keep: Keep) -> None:
        if self.dialog is None and not self._is_opening:
            self._is_opening = True
            self._turns.run(look, partial(self._open, keep), self._not_opened)

    def _not_opened(self, error: PaddockError) -> None:
        self._is_opening = False
        self.failed.emit(error)

    def _open(self, keep: Keep, shown: InstructionsShown) -> None:
        self._is_opening = False
        self._keep, self._shown = keep, shown
        self.dialog = InstructionsDialog(self._theme, shown, parent=self._window)
        self.dialog.decided.connect(self._on_decided)
        self.dialog.discarded.connect(self._on_discarded)
        self.dialog.finished.connect(self._on_finished)
        self.dialog.open()

    @Slot(object)
    def _on_decided(self, manner: Manner) -> None:
        self._keep(manner)

    @Slot(object)
    def _on_discarded(self, manner: Manner) -> None:
        shown = self._shown
        if shown is not None:
            begun = shown.manner if shown.begun is None else shown.begun
            again = partial(self._reopen, self._keep, replace(shown, manner=manner, begun=begun))
            self.undo_offered.emit(UndoOffer(_("Your changes to the instructions were not saved."), again))

    def _reopen(self, keep: Keep, shown: InstructionsShown) -> None:
        if self.dialog is None and not self._is_opening:
            self._open(keep, shown)

    @Slot()
    def _on_finished(self) -> None:
        self.dialog = None

    def _keep_chat(self, conversation: Conversation, home: str | None, manner: Manner) -> None:
        """A chat that is new has no row to keep it in before its first question; it may have been asked by now."""
        home = conversation.conversation_id if home is None else home
        if home is None:
            conversation.begin_with(replace(conversation.beginning, manner=manner))
            self.changed.emit()
        else:
            chats = self._core.room(home).chats
            self._turns.run(partial(chats.set_manner, home, manner), self._kept, self.failed.emit)

    def _keep_folder(self, folder_id: str, manner: Manner) -> None:
        self._turns.run(partial(_save_folder, self._core, folder_id, manner), self._kept, self.failed.emit)

    def _keep_everything(self, manner: Manner) -> None:
        self._turns.run(partial(_save_everything, self._core, manner), self._kept, self.failed.emit)

    def _kept(self, _nothing: None) -> None:
        self.changed.emit()


# On a worker.


def stock(core: Core) -> Stock:
    return Stock((*built_in(), *core.chats.personas()), core.desk.known())


def _of_chat(core: Core, chats: ChatStore, home: str | None, beginning: Beginning) -> InstructionsShown:
    chat = None if home is None else chats.conversation(home)
    folder_id = beginning.folder_id if chat is None else chat.folder_id
    wider = [Wider(folder.name, folder.manner) for folder in core.chats.folders() if folder.id == folder_id]
    name = "" if chat is None else chat.title
    manner = beginning.manner if chat is None else chat.manner
    return InstructionsShown("chat", name, manner, (*wider, Wider("", _everything(core))), stock(core))


def _of_folder(core: Core, folder_id: str) -> InstructionsShown:
    for folder in core.chats.folders():
        if folder.id == folder_id:
            wider = (Wider("", _everything(core)),)
            return InstructionsShown("folder", folder.name, folder.manner, wider, stock(core))
    raise _folder_gone()


def _of_everything(core: Core) -> InstructionsShown:
    return InstructionsShown("everything", "", _everything(core), (), stock(core))


def _everything(core: Core) -> Manner:
    return Manner(core.settings.get(SYSTEM_PROMPT) or None, core.settings.get(PERSONA) or None)


def _manner_of_chat(chats: ChatStore, home: str | None, beginning: Beginning) -> Manner:
    if home is None:
        return beginning.manner
    chat = chats.conversation(home)
    return OPEN if chat is None else chat.manner


def _save_folder(core: Core, folder_id: str, manner: Manner) -> None:
    """Its name may have been changed meanwhile."""
    for folder in core.chats.folders():
        if folder.id == folder_id:
            core.chats.save_folder(replace(folder, manner=manner))
            return
    raise _folder_gone()


def _save_everything(core: Core, manner: Manner) -> None:
    core.settings.set(SYSTEM_PROMPT, manner.system_prompt or "")
    core.settings.set(PERSONA, manner.persona_id or "")


def _folder_gone() -> PaddockError:
    return PaddockError(_("This folder is not there any more."), _("Choose another one in the list of chats."))
