"""Choosing a persona and a model: from what is here, or leaving it to a wider place."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.models import library
from app.text import _
from app.ui.controls import Card, Text
from app.ui.prompts.parts import PAD_PX, ChoiceLine
from app.ui.prompts.shown import Said, Stock, cut, description
from app.ui.theme import Theme

_DESCRIPTION_CHARACTERS = 240


class PersonaCard(Card):
    """`persona_id` None: none of its own."""

    changed = Signal()

    def __init__(self, theme: Theme, stock: Stock, help_text: str, *, is_narrow: bool, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self._stock = stock
        self.line = ChoiceLine(theme, _("Persona"), help_text, is_narrow=is_narrow, parent=self)
        self.description = Text(theme, "", parent=self, font=theme.fonts.small, color="muted").wrapped()
        column = QVBoxLayout(self)
        column.setContentsMargins(PAD_PX, 12, PAD_PX, 12)
        column.setSpacing(6)
        column.addWidget(self.line)
        column.addWidget(self.description)
        choices: list[tuple[object, str]] = [(None, _("None"))]
        choices += [(persona.id, persona.name) for persona in stock.personas]
        self.line.chooser.set_choices(choices)
        self.line.chosen.connect(self._describe)
        self.line.chosen.connect(self.changed)
        self.show_persona(None)

    @property
    def persona_id(self) -> str | None:
        value = self.line.chooser.value
        return None if value is None else str(value)

    def show_persona(self, persona_id: str | None) -> None:
        color = "hint" if persona_id is None else "text"
        self.line.chooser.show_value(persona_id, words=_("A deleted persona"), color=color)
        self._describe()

    def _describe(self) -> None:
        persona = self._stock.by_id.get(self.persona_id or "")
        words = "" if persona is None else cut(description(persona), _DESCRIPTION_CHARACTERS)
        if persona is None and self.persona_id is not None:
            words = _("It was deleted and says nothing any more.")
        self.description.setText(words)
        self.description.setVisible(bool(words))


class ModelCard(Card):
    """`model` None: left to a wider place; empty: the one chosen in the header, whatever a wider place says."""

    changed = Signal()

    def __init__(self, theme: Theme, stock: Stock, *, is_narrow: bool, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self._stock = stock
        help_text = _("Answers instead of the one in the header. It is loaded when the next question is asked.")
        self.line = ChoiceLine(theme, _("Model"), help_text, is_narrow=is_narrow, parent=self)
        column = QVBoxLayout(self)
        column.setContentsMargins(PAD_PX, 12, PAD_PX, 12)
        column.setSpacing(6)
        self.source = Text(theme, "", parent=self, font=theme.fonts.small, color="muted").wrapped()
        column.addWidget(self.line)
        column.addWidget(self.source)
        self.line.chosen.connect(self._describe)
        self.line.chosen.connect(self.changed)
        self._inherited = ""
        self.show_inherited(None)

    @property
    def model(self) -> str | None:
        value = self.line.chooser.value
        return None if value is None else str(value)

    def show_model(self, model: str | None) -> None:
        words = _("{model} (not here)").format(model=self._title(model)) if model else self._header_words()
        color = "hint" if model is None else "text"
        self.line.chooser.show_value(model, words=words, color=color)
        self._describe()

    def show_inherited(self, inherited: Said | None) -> None:
        """What holds where nothing is chosen here. Switching that off is offered only where there is something."""
        choices: list[tuple[object, str]] = [(None, self._header_words())]
        self._inherited = ""
        if inherited is not None and inherited.value:
            title = self._title(inherited.value)
            self._inherited = _("{source}: {words}").format(source=inherited.source, words=title)
            choices = [(None, title), ("", self._header_words())]
        choices += [(str(model.path), model.title) for model in self._stock.models if model.is_here]
        self.line.chooser.set_choices(choices)
        self.show_model(self.model)

    def _describe(self) -> None:
        self.source.setText(self._inherited if self.model is None else "")
        self.source.setVisible(bool(self.source.text()))

    def _header_words(self) -> str:
        return _("The one in the header")

    def _title(self, path: str | None) -> str:
        known = next((model.title for model in self._stock.models if str(model.path) == path), None)
        return known or library.title_of(Path(path or ""))
