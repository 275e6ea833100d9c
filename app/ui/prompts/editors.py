"""One persona, or one template, being written. `saved` carries it; `discarded` what was changed and not kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from app.chat.manner import Manner, Persona
from app.chat.templates import Template, is_name_free, tidy, variables
from app.text import _
from app.ui.controls import Text
from app.ui.models.fields import limits_words
from app.ui.prompts.choices import ModelCard
from app.ui.prompts.parts import NameField, PromptsDialog, WordsField, too_long_words
from app.ui.prompts.sampling_card import SamplingCard
from app.ui.prompts.shown import Stock, closed
from app.ui.theme import Theme

_DATE = "date"  # filled by itself, as in the composer's `filling`


@dataclass(frozen=True, slots=True)
class PersonaShown:
    """`names`: those of all others. `is_new`: it is not kept yet. `begun`: as it was before changes that are shown."""

    persona: Persona
    names: Sequence[str]
    stock: Stock
    is_new: bool
    begun: Persona | None = None


@dataclass(frozen=True, slots=True)
class TemplateShown:
    """As PersonaShown."""

    template: Template
    names: Sequence[str]
    is_new: bool
    begun: Template | None = None


class PersonaEditor(PromptsDialog):
    saved = Signal(object)
    """Persona"""
    discarded = Signal(object)
    """Persona"""

    def __init__(self, theme: Theme, shown: PersonaShown, *, parent: QWidget) -> None:
        title = _("New persona") if shown.is_new else _("Change this persona")
        super().__init__(theme, title, main=_("Save"), parent=parent)
        self._shown = shown
        self._is_decided = False
        manner = shown.persona.manner
        self.heading(_("Name"))
        self.name = NameField(theme, _("Name of the persona"), parent=self.page)
        self.column.addWidget(self.name)
        self.heading(_("Instructions"))
        hint = _("What the model is told first, in every chat with this persona.")
        self.words = WordsField(theme, _("Instructions"), hint, parent=self.page)
        self.column.addWidget(self.words)
        self.heading(_("How it answers"))
        self.sampling = SamplingCard(theme, is_narrow=self.is_narrow, parent=self.page)
        self.model = ModelCard(theme, shown.stock, is_narrow=self.is_narrow, parent=self.page)
        self.column.addWidget(self.sampling)
        self.column.addWidget(self.model)
        self.name.setText(shown.persona.name)
        self.words.show_text(manner.system_prompt or "")
        self.sampling.show_sampling(manner.sampling)
        self.model.show_model(manner.model)
        self._begun = shown.begun or self.persona
        for part in (self.words, self.sampling, self.model):
            part.changed.connect(self._look_over)
        self.words.refused.connect(self._on_refused)
        self.name.textChanged.connect(self._look_over)
        self.save_button.clicked.connect(self._on_save)
        self.finish()
        self._look_over()
        self.name.setFocus()
        self.name.selectAll()

    @property
    def persona(self) -> Persona:
        """As it stands now."""
        text, begun = self.words.text, self._shown.persona.manner.system_prompt
        prompt = text if text.strip() else begun if not begun else None  # an empty one says: none at all
        manner = Manner(prompt, None, self.sampling.sampling, self.model.model)
        return replace(self._shown.persona, name=tidy(self.name.text()), manner=closed(manner))

    def done(self, result: int) -> None:
        self.sampling.settle()
        if not self._is_decided and self.persona != self._begun:
            self.discarded.emit(self.persona)
        self._is_decided = True
        super().done(result)

    @Slot()
    def _look_over(self) -> None:
        missing = _missing(self.name.text(), is_empty=self.persona.manner.is_open)
        self.say_fault(self._fault() or missing, is_missing=not self._fault())

    def _fault(self) -> str:
        if not is_name_free(self.name.text(), self._shown.names):
            return _("Another one has that name.")
        if self.words.is_too_long:
            return too_long_words()
        if self.sampling.has_fault:
            row = next(row for row in self.sampling.rows.values() if row.has_fault)
            limits = limits_words(row.setting.accepts, is_whole=isinstance(row.setting.default, int))
            return f"{_(row.setting.label)}: {limits}"
        return ""

    @Slot()
    def _on_refused(self) -> None:
        self.fault.setText(_("That text is too long.") + " " + too_long_words())

    @Slot()
    def _on_save(self) -> None:
        self.sampling.settle()
        self._look_over()
        if self.save_button.isEnabled():
            self._is_decided = True
            self.saved.emit(self.persona)
            self.accept()


class TemplateEditor(PromptsDialog):
    saved = Signal(object)
    """Template"""
    discarded = Signal(object)
    """Template"""

    def __init__(self, theme: Theme, shown: TemplateShown, *, parent: QWidget) -> None:
        title = _("New template") if shown.is_new else _("Change this template")
        super().__init__(theme, title, main=_("Save"), parent=parent)
        self._shown = shown
        self._is_decided = False
        self.heading(_("Name, as it is typed after /"))
        self.name = NameField(theme, _("Name of the template"), parent=self.page)
        self.column.addWidget(self.name)
        self.heading(_("Text"))
        hint = _("For example: Translate this into {language}:")
        self.words = WordsField(theme, _("Text of the template"), hint, parent=self.page)
        self.column.addWidget(self.words)
        self.asked = Text(theme, "", parent=self.page, font=theme.fonts.small, color="muted").wrapped()
        self.column.addWidget(self.asked)
        self.name.setText(shown.template.name)
        self.words.show_text(shown.template.text)
        self._begun = shown.begun or self.template
        self.words.changed.connect(self._look_over)
        self.words.refused.connect(self._on_refused)
        self.name.textChanged.connect(self._look_over)
        self.save_button.clicked.connect(self._on_save)
        self.finish()
        self._look_over()
        self.name.setFocus()
        self.name.selectAll()

    @property
    def template(self) -> Template:
        """As it stands now."""
        return replace(self._shown.template, name=tidy(self.name.text()), text=self.words.text)

    def done(self, result: int) -> None:
        if not self._is_decided and self.template != self._begun:
            self.discarded.emit(self.template)
        self._is_decided = True
        super().done(result)

    @Slot()
    def _look_over(self) -> None:
        missing = _missing(self.name.text(), is_empty=not self.words.text.strip())
        fault = too_long_words() if self.words.is_too_long else ""
        if not is_name_free(self.name.text(), self._shown.names):
            fault = _("Another one has that name.")
        self.asked.setText(asked_words(self.words.text))
        self.say_fault(fault or missing, is_missing=not fault)

    @Slot()
    def _on_refused(self) -> None:
        self.fault.setText(_("That text is too long.") + " " + too_long_words())

    @Slot()
    def _on_save(self) -> None:
        if self.save_button.isEnabled():
            self._is_decided = True
            self.saved.emit(self.template)
            self.accept()


def asked_words(text: str) -> str:
    """What is asked for when a template with this text is used."""
    names = variables(text)
    asked = ", ".join(name.replace("_", " ") for name in names if name != _DATE)
    found = []
    if asked:
        found.append(_("Asked for when it is used: {names}.").format(names=asked))
    if _DATE in names:
        found.append(_("The date of today goes in by itself."))
    return " ".join(found) or _("A name in braces, such as {language}, is asked for when the template is used.")


def _missing(name: str, *, is_empty: bool) -> str:
    """What is still to be written before it can be kept."""
    if not tidy(name):
        return _("It needs a name.")
    return _("It says nothing yet.") if is_empty else ""
