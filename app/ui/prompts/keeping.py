"""Behind the lists of personas and of templates: reading, writing, undoing, files. One operation at a time.

Both know everything that is kept, because a file may hold both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.chat import prompt_files, templates
from app.chat.manner import OPEN, Persona, built_in
from app.chat.prompt_files import New
from app.chat.store import ChatStore, new_id
from app.chat.templates import BUILT_IN, Template, free_name
from app.core import Core
from app.text import _, plural
from app.ui.bridge import Bridge
from app.ui.in_turn import InTurn
from app.ui.prompts.editors import PersonaEditor, PersonaShown, TemplateEditor, TemplateShown
from app.ui.prompts.kept_dialog import FileWanted, KeptDialog, KeptWords
from app.ui.prompts.kept_list import KeptEntry
from app.ui.prompts.shown import Stock, UndoOffer, cut, description
from app.ui.theme import Theme

_LINE_CHARACTERS = 240


@dataclass(frozen=True, slots=True)
class Everything:
    """All personas and templates, built-in ones first."""

    stock: Stock
    templates: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class _Change:
    """What to do on a worker; then which entry to choose, and what can be undone or is to be told."""

    work: Callable[[], None]
    choose: str = ""
    offer: UndoOffer | None = None


class Keeper(QObject):
    """What both lists share. `kept` comes after each change, with Everything."""

    failed = Signal(object)
    """PaddockError"""
    kept = Signal(object)
    told = Signal(object)  # str
    undo_offered = Signal(object)
    """UndoOffer"""

    def __init__(self, core: Core, bridge: Bridge, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._theme = theme
        self._core = core
        self._turns = InTurn(bridge)
        self._is_opening = False
        self._everything = Everything(Stock(()), ())
        self.dialog: KeptDialog | None = None
        self.editor: PersonaEditor | TemplateEditor | None = None

    @Slot()
    def show(self) -> None:
        if self.dialog is None and not self._is_opening:
            self._is_opening = True
            self._turns.run(partial(read, self._core), self._open, self._not_opened)

    def _words(self) -> KeptWords:
        raise NotImplementedError  # each list has its own

    def _entries(self) -> tuple[KeptEntry, ...]:
        raise NotImplementedError  # each list has its own

    def _edit(self, entry_id: str, *, is_copy: bool = False) -> None:
        """Open the editor; an empty id is a new one."""
        raise NotImplementedError  # each list has its own

    def _deletion(self, chats: ChatStore, entry_id: str) -> _Change | None:
        raise NotImplementedError  # each list has its own

    def _write(self, path: Path) -> int:
        """On a worker: how many own ones went into the file."""
        raise NotImplementedError  # each list has its own

    def _open(self, everything: Everything) -> None:
        self._is_opening = False
        self._everything = everything
        dialog = self.dialog = KeptDialog(self._theme, self._words(), self._entries(), parent=self._window)
        dialog.new_requested.connect(self._on_new)
        dialog.edit_requested.connect(self._on_edit)
        dialog.copy_requested.connect(self._on_copy)
        dialog.delete_requested.connect(self._on_delete)
        dialog.import_requested.connect(self._on_import)
        dialog.export_requested.connect(self._on_export)
        dialog.finished.connect(self._on_finished)
        dialog.open()

    def _not_opened(self, error: object) -> None:
        self._is_opening = False
        self.failed.emit(error)

    def _change(self, change: _Change) -> None:
        core = self._core

        def work() -> Everything:
            change.work()
            return read(core)

        self._turns.run(work, partial(self._changed, change), self.failed.emit)

    def _changed(self, change: _Change, everything: Everything) -> None:
        self._everything = everything
        if self.dialog is not None:
            self.dialog.set_entries(self._entries(), choose=change.choose)
        if change.offer is not None:
            self._offer(change.offer)
        self.kept.emit(everything)

    def _offer(self, offer: UndoOffer) -> None:
        """In the dialog while it is open, because the window behind it takes no clicks."""
        if self.dialog is not None:
            self.dialog.show_undo(offer)
        else:
            self.undo_offered.emit(offer)

    def _tell(self, words: str) -> None:
        if self.dialog is not None:
            self.dialog.show_message(words)
        else:
            self.told.emit(words)

    def _show_editor(self, editor: PersonaEditor | TemplateEditor) -> None:
        self.editor = editor
        editor.finished.connect(self._on_editor_finished)
        editor.open()

    def _parent(self) -> QWidget:
        return self._window if self.dialog is None else self.dialog

    def _may_edit(self) -> bool:
        return self.editor is None

    @Slot()
    def _on_new(self) -> None:
        self._edit("")

    @Slot(object)
    def _on_edit(self, entry_id: str) -> None:
        self._edit(entry_id)

    @Slot(object)
    def _on_copy(self, entry_id: str) -> None:
        self._edit(entry_id, is_copy=True)

    @Slot(object)
    def _on_delete(self, entry_id: str) -> None:
        change = self._deletion(self._core.chats, entry_id)
        if change is not None:
            self._change(change)

    @Slot(object)
    def _on_import(self, wanted: FileWanted) -> None:
        core = self._core

        def work() -> tuple[New, Everything]:
            return _bring_in(core, wanted.path), read(core)

        self._turns.run(work, self._brought, self.failed.emit)

    def _brought(self, found: tuple[New, Everything]) -> None:
        brought, everything = found
        ids = [persona.id for persona in brought.personas] + [template.id for template in brought.templates]
        if not ids:
            self._tell(brought_words(brought))
            return
        offer = UndoOffer(brought_words(brought), partial(self._take_back, brought))
        self._changed(_Change(_nothing, ids[0], offer), everything)

    def _take_back(self, brought: New) -> None:
        self._change(_Change(partial(_remove, self._core.chats, brought)))

    @Slot(object)
    def _on_export(self, wanted: FileWanted) -> None:
        def done(count: int) -> None:
            words = plural("{count} was saved in “{{name}}”.", "{count} were saved in “{{name}}”.", count)
            self._tell(words.format(name=wanted.path.name))

        self._turns.run(partial(self._write, wanted.path), done, self.failed.emit)

    @Slot()
    def _on_editor_finished(self) -> None:
        self.editor = None

    @Slot()
    def _on_finished(self) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None and dialog.offer is not None:
            self.undo_offered.emit(dialog.offer)


class PersonaKeeper(Keeper):
    used = Signal(object)
    """Persona: the chat on screen shall be answered by it."""

    def __init__(self, core: Core, bridge: Bridge, theme: Theme, *, can_use: bool, parent: QWidget) -> None:
        super().__init__(core, bridge, theme, parent=parent)
        self._can_use = can_use

    def _open(self, everything: Everything) -> None:
        super()._open(everything)
        if self.dialog is not None:
            self.dialog.use_requested.connect(self._on_use)

    def _words(self) -> KeptWords:
        return KeptWords(
            _("Personas"),
            _("Ways of answering to use again, in a chat, a folder or everywhere."),
            _("Search personas"),
            _("Personas"),
            _("Use for this chat") if self._can_use else "",
        )

    def _entries(self) -> tuple[KeptEntry, ...]:
        return tuple(
            KeptEntry(one.id, one.name, cut(description(one), _LINE_CHARACTERS), one.id.startswith(BUILT_IN))
            for one in self._everything.stock.personas
        )

    def _edit(self, entry_id: str, *, is_copy: bool = False) -> None:
        found = self._everything.stock.by_id.get(entry_id, Persona(new_id(), "", OPEN))
        names = self._names(besides="" if is_copy else found.id)
        if is_copy:
            found = replace(found, id=new_id(), name=free_name(found.name, names))
        self._edit_persona(PersonaShown(found, names, self._everything.stock, is_new=is_copy or not entry_id))

    def _edit_persona(self, shown: PersonaShown) -> None:
        if self._may_edit():
            editor = PersonaEditor(self._theme, shown, parent=self._parent())
            editor.saved.connect(self._on_saved)
            editor.discarded.connect(partial(self._on_discarded, shown))
            self._show_editor(editor)

    def _names(self, *, besides: str) -> tuple[str, ...]:
        return tuple(one.name for one in self._everything.stock.personas if one.id != besides)

    def _deletion(self, chats: ChatStore, entry_id: str) -> _Change | None:
        found = self._everything.stock.by_id.get(entry_id)
        if found is None or entry_id.startswith(BUILT_IN):
            return None
        again = partial(self._change, _Change(partial(chats.save_persona, found), choose=found.id))
        offer = UndoOffer(_("The persona {name} was deleted.").format(name=found.name), again)
        return _Change(partial(chats.delete_persona, entry_id), offer=offer)

    def _write(self, path: Path) -> int:
        return prompt_files.write(path, self._core.chats.personas(), ())

    @Slot(object)
    def _on_saved(self, persona: Persona) -> None:
        self._change(_Change(partial(self._core.chats.save_persona, persona), choose=persona.id))

    def _on_discarded(self, shown: PersonaShown, persona: Persona) -> None:
        begun = shown.begun or shown.persona
        again = partial(self._edit_persona, replace(shown, persona=persona, begun=begun))
        self._offer(UndoOffer(_("Your changes to this persona were not saved."), again))

    @Slot(object)
    def _on_use(self, entry_id: str) -> None:
        found = self._everything.stock.by_id.get(entry_id)
        if found is not None and self.dialog is not None:
            self.dialog.accept()
            self.used.emit(found)


class TemplateKeeper(Keeper):
    def _words(self) -> KeptWords:
        return KeptWords(
            _("Prompt templates"),
            _("Type / at the beginning of a line of your message to use one."),
            _("Search templates"),
            _("Templates"),
        )

    def _entries(self) -> tuple[KeptEntry, ...]:
        return tuple(
            KeptEntry(one.id, one.name, cut(one.text, _LINE_CHARACTERS), one.is_built_in)
            for one in self._everything.templates
        )

    def _edit(self, entry_id: str, *, is_copy: bool = False) -> None:
        by_id = {one.id: one for one in self._everything.templates}
        found = by_id.get(entry_id, Template(new_id(), "", ""))
        names = tuple(one.name for one in by_id.values() if is_copy or one.id != found.id)
        if is_copy:
            found = replace(found, id=new_id(), name=free_name(found.name, names))
        self._edit_template(TemplateShown(found, names, is_new=is_copy or not entry_id))

    def _edit_template(self, shown: TemplateShown) -> None:
        if self._may_edit():
            editor = TemplateEditor(self._theme, shown, parent=self._parent())
            editor.saved.connect(self._on_saved)
            editor.discarded.connect(partial(self._on_discarded, shown))
            self._show_editor(editor)

    def _deletion(self, chats: ChatStore, entry_id: str) -> _Change | None:
        found = next((one for one in self._everything.templates if one.id == entry_id), None)
        if found is None or found.is_built_in:
            return None
        again = partial(self._change, _Change(partial(chats.save_template, found), choose=found.id))
        offer = UndoOffer(_("The template {name} was deleted.").format(name=found.name), again)
        return _Change(partial(chats.delete_template, entry_id), offer=offer)

    def _write(self, path: Path) -> int:
        return prompt_files.write(path, (), self._core.chats.templates())

    @Slot(object)
    def _on_saved(self, template: Template) -> None:
        self._change(_Change(partial(self._core.chats.save_template, template), choose=template.id))

    def _on_discarded(self, shown: TemplateShown, template: Template) -> None:
        begun = shown.begun or shown.template
        again = partial(self._edit_template, replace(shown, template=template, begun=begun))
        self._offer(UndoOffer(_("Your changes to this template were not saved."), again))


def brought_words(brought: New) -> str:
    """What became of a file."""
    count = len(brought.personas) + len(brought.templates)
    found: list[str] = []
    if count or not (brought.known or brought.left_out):
        found.append(plural("{count} was brought in.", "{count} were brought in.", count))
    if brought.known:
        found.append(plural("{count} was here already.", "{count} were here already.", brought.known))
    if brought.left_out:
        words = plural("{count} could not be read.", "{count} could not be read.", brought.left_out)
        found.append(words)
    return " ".join(found)


# On a worker.


def read(core: Core) -> Everything:
    personas = (*built_in(), *core.chats.personas())
    return Everything(Stock(personas, core.desk.known()), all_templates(core.chats.templates()))


def all_templates(own: Iterable[Template]) -> tuple[Template, ...]:
    return (*templates.built_in(), *own)


def _bring_in(core: Core, path: Path) -> New:
    chats = core.chats
    personas, known = (*built_in(), *chats.personas()), all_templates(chats.templates())
    found = prompt_files.new(prompt_files.read(path), personas, known, new_id)
    for persona in found.personas:
        chats.save_persona(persona)
    for template in found.templates:
        chats.save_template(template)
    return found


def _remove(chats: ChatStore, brought: New) -> None:
    for persona in brought.personas:
        chats.delete_persona(persona.id)
    for template in brought.templates:
        chats.delete_template(template.id)


def _nothing() -> None:
    """A change that was made already."""
