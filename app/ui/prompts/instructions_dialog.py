"""Instructions of one place: a chat, a folder, or everything. Says what comes from where, and what holds in the end.

It shows what it is given and tells what was decided; keeping it is up to the one who listens.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QVBoxLayout, QWidget

from app.chat.manner import Manner
from app.text import _, grouped
from app.ui import accessible
from app.ui.controls import Card, Text
from app.ui.models.fields import limits_words
from app.ui.prompts.choices import ModelCard, PersonaCard
from app.ui.prompts.parts import PAD_PX, PromptsDialog, WordsField, too_long_words
from app.ui.prompts.sampling_card import SamplingCard
from app.ui.prompts.shown import Inherited, InstructionsShown, Level, closed, cut, inherited, told
from app.ui.settings.flow import Flow
from app.ui.settings.segment import Segment
from app.ui.theme import Theme

Source = Literal["leave", "own", "none"]
_SOURCES: tuple[Source, ...] = ("leave", "own", "none")
_INHERITED_CHARACTERS = 360
_PREVIEW_CHARACTERS = 420


class InstructionsDialog(PromptsDialog):
    """`decided` carries the manner to keep, `discarded` one that was changed and is not to be kept."""

    decided = Signal(object)
    """Manner"""
    discarded = Signal(object)
    """Manner"""

    def __init__(self, theme: Theme, shown: InstructionsShown, *, parent: QWidget) -> None:
        super().__init__(theme, _title(shown.level), main=_("Save"), parent=parent)
        self._shown = shown
        self._begun = closed(shown.manner if shown.begun is None else shown.begun)
        self._is_decided = False
        self._add_place()
        self.persona = PersonaCard(theme, shown.stock, _persona_help(shown), is_narrow=self.is_narrow, parent=self.page)
        self.heading(_("Who answers"))
        self.column.addWidget(self.persona)
        self.heading(_("Instructions"))
        self._add_words()
        self.sampling = SamplingCard(theme, is_narrow=self.is_narrow, parent=self.page)
        self.model = ModelCard(theme, shown.stock, is_narrow=self.is_narrow, parent=self.page)
        if shown.level == "everything":
            self.sampling.hide()
            self.model.hide()
        else:
            self.heading(_("How it answers"))
            self.column.addWidget(self.sampling)
            self.column.addWidget(self.model)
        self._add_preview()
        self._show(shown.manner)
        self._connect()
        self.finish()
        self._refresh()
        (self.words if self.source == "own" else self.persona.line.chooser).setFocus()

    @property
    def source(self) -> Source:
        """Where the words come from: from elsewhere, from here, or from nowhere."""
        return _SOURCES[self.sources.checkedId()]

    @property
    def manner(self) -> Manner:
        """As it stands now. Own words that are empty leave it to the wider places: `source` can say "none"."""
        text = self.words.text if self.source == "own" else ""
        prompt = "" if self.source == "none" else text if text.strip() else None
        return closed(Manner(prompt, self.persona.persona_id, self.sampling.sampling, self.model.model))

    @property
    def is_changed(self) -> bool:
        return self.manner != self._begun

    def done(self, result: int) -> None:
        """Whatever closes it: what was changed and is not kept can be had back."""
        self.sampling.settle()
        if not self._is_decided and self.is_changed:
            self.discarded.emit(self.manner)
        self._is_decided = True
        super().done(result)

    def _add_place(self) -> None:
        words = _place_words(self._shown)
        if words:
            self.column.addWidget(Text(self._theme, words, parent=self.page, color="muted").wrapped())

    def _add_words(self) -> None:
        is_only_field = self._shown.level == "everything"
        card = Card(
            self._theme,
            parent=self.page,
            ground="window" if is_only_field else "card",
            line=None if is_only_field else "line",
        )
        column = QVBoxLayout(card)
        column.setContentsMargins(*((0,) * 4 if is_only_field else (PAD_PX, 12, PAD_PX, 12)))
        column.setSpacing(8)
        self.sources = QButtonGroup(self)
        flow = Flow()
        for number, words in enumerate((_("As inherited"), _("Words of its own"), _("None at all"))):
            button = Segment(self._theme, words, parent=card)
            self.sources.addButton(button, number)
            flow.addWidget(button)
            button.setHidden(is_only_field)
        self.inherited = Text(self._theme, "", parent=card, font=self._theme.fonts.small, color="muted").wrapped()
        hint = _("For example: Answer briefly. I am a nurse and know the field.")
        self.words = WordsField(self._theme, _("Instructions"), hint, parent=card)
        self.note = Text(self._theme, "", parent=card, font=self._theme.fonts.small, color="muted").wrapped()
        column.addLayout(flow)
        column.addWidget(self.inherited)
        column.addWidget(self.words)
        column.addWidget(self.note)
        self.column.addWidget(card)

    def _add_preview(self) -> None:
        self.heading(_("What the model is told first"))
        card = Card(self._theme, parent=self.page, ground="code_ground")
        column = QVBoxLayout(card)
        column.setContentsMargins(PAD_PX, 12, PAD_PX, 12)
        self.preview = Text(self._theme, "", parent=card).wrapped()
        column.addWidget(self.preview)
        self.column.addWidget(card)

    def _show(self, manner: Manner) -> None:
        self.persona.show_persona(manner.persona_id)
        self.sampling.show_sampling(manner.sampling)
        self.model.show_model(manner.model)
        self.words.show_text(manner.system_prompt or "")
        source: Source = "leave" if manner.system_prompt is None else "own" if manner.system_prompt else "none"
        if self._shown.level == "everything":
            source = "own"
        self.sources.button(_SOURCES.index(source)).setChecked(True)

    def _connect(self) -> None:
        self.persona.changed.connect(self._refresh)
        self.sampling.changed.connect(self._refresh)
        self.model.changed.connect(self._refresh)
        self.words.changed.connect(self._on_words)
        self.words.refused.connect(self._on_refused)
        self.sources.idClicked.connect(self._on_source)
        self.save_button.clicked.connect(self._on_save)

    @Slot()
    def _refresh(self) -> None:
        """What holds, after anything has changed."""
        gets = inherited(self.persona.persona_id, self._shown.wider, self._shown.stock)
        leave = self.sources.button(_SOURCES.index("leave"))
        if isinstance(leave, Segment):
            leave.set_text(_("As the persona says") if self._is_of_persona() else _("As inherited"))
        self.inherited.setText(_inherited_words(gets))
        self.inherited.setVisible(self.source == "leave")
        self.words.setVisible(self.source == "own")
        self.note.setText(self._note())
        self.note.setVisible(bool(self.note.text()))
        self.sampling.show_inherited(gets.sampling)
        self.model.show_inherited(gets.model)
        self._look_over()

    def _look_over(self) -> None:
        words = told(self.manner, self._shown.wider, self._shown.stock)
        self.preview.setText(_preview_words(words))
        self.preview.set_color("text" if words.strip() else "hint")
        fault = too_long_words() if self.source == "own" and self.words.is_too_long else ""
        if self.sampling.has_fault:
            row = next(row for row in self.sampling.rows.values() if row.has_fault)
            limits = limits_words(row.setting.accepts, is_whole=isinstance(row.setting.default, int))
            fault = f"{_(row.setting.label)}: {limits}"
        self.say_fault(fault)

    def _is_of_persona(self) -> bool:
        persona = self._shown.stock.by_id.get(self.persona.persona_id or "")
        return persona is not None and persona.manner.system_prompt is not None

    def _note(self) -> str:
        if self.source == "own" and self._is_of_persona():
            return _("These words go instead of the persona's. What else it sets still holds.")
        if self.source == "none":
            return _("The model is told nothing, whatever the persona, the folder or the settings say.")
        return ""

    @Slot()
    def _on_words(self) -> None:
        self._look_over()

    @Slot()
    def _on_refused(self) -> None:
        self.note.setText(_("The text is too long to be instructions.") + " " + too_long_words())
        self.note.show()
        accessible.announce(self, self.note.text())

    @Slot()
    def _on_source(self) -> None:
        self._refresh()
        if self.source == "own":
            self.words.setFocus()

    @Slot()
    def _on_save(self) -> None:
        self.sampling.settle()
        self._look_over()
        if self.save_button.isEnabled():
            self._is_decided = True
            if self.is_changed or self._shown.begun is not None:
                self.decided.emit(self.manner)
            self.accept()


def _title(level: Level) -> str:
    return {
        "chat": _("Instructions for this chat"),
        "folder": _("Instructions for this folder"),
        "everything": _("Instructions for every chat"),
    }[level]


def _place_words(shown: InstructionsShown) -> str:
    if shown.level == "folder":
        return _("They hold for the chats in {folder}, unless a chat says otherwise.").format(folder=shown.name)
    if shown.level == "everything":
        return _("They hold wherever a chat or its folder says nothing else.")
    return ""


def _persona_help(shown: InstructionsShown) -> str:
    if shown.level == "everything":
        return _("A way of answering that you keep.")
    return _("A way of answering that you keep. None leaves it to what is inherited.")


def _inherited_words(gets: Inherited) -> str:
    said = gets.system_prompt
    if said is None:
        return _("Nothing is said anywhere, so the model answers in its own way.")
    if not said.value.strip():
        return _("{source}: none at all.").format(source=said.source)
    return _("{source}: {words}").format(source=said.source, words=cut(said.value, _INHERITED_CHARACTERS))


def _preview_words(words: str) -> str:
    if not words.strip():
        return _("Nothing. It answers in its own way.")
    shown = cut(words, _PREVIEW_CHARACTERS)
    if not shown.endswith("…"):
        return _("The model is told: {words}").format(words=shown)
    return _("The model is told: {words} ({count} characters in all)").format(words=shown, count=grouped(len(words)))
