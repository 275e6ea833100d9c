"""A model file's own chat template, to read."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.text import _
from app.ui.reading_dialog import ReadingDialog
from app.ui.theme import Theme


class TemplateDialog(ReadingDialog):
    def __init__(self, theme: Theme, untrusted_template: str, *, parent: QWidget) -> None:
        words = _("How this file says that a chat is written for its model. Paddock only reads it and never runs it.")
        title, label = _("Chat template"), _("The file's chat template")
        super().__init__(theme, title, words, untrusted_template, label=label, parent=parent)
