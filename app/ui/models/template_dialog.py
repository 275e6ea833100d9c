"""A model file's own chat template, to read. It is text from outside and stays text."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QDialog, QFrame, QPlainTextEdit, QVBoxLayout, QWidget

from app.text import _
from app.ui import accessible
from app.ui.controls import Card, Text, TextButton
from app.ui.theme import Theme

_WIDTH_PX, _HEIGHT_PX = 640, 520


class TemplateDialog(QDialog):
    def __init__(self, theme: Theme, untrusted_template: str, *, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Chat template"))
        self.resize(_WIDTH_PX, _HEIGHT_PX)
        self.text = QPlainTextEdit(untrusted_template, self)
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setFont(theme.fonts.mono)
        self.text.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.text.document().setDocumentMargin(0)
        self.text.viewport().setAutoFillBackground(False)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        accessible.name(self.text, _("The file's chat template"))
        words = _("How this file says that a chat is written for its model. Paddock only reads it and never runs it.")
        card = Card(theme, parent=self, ground="code_ground")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(14, 12, 8, 12)
        inside.addWidget(self.text)
        done = TextButton(theme, _("Done"), parent=self, kind="strong")
        done.setDefault(True)
        done.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 22, 24, 20)
        column.setSpacing(10)
        column.addWidget(Text(theme, _("Chat template"), parent=self, font=theme.fonts.heading))
        column.addWidget(Text(theme, words, parent=self, color="muted").wrapped())
        column.addWidget(card, 1)
        column.addWidget(done, 0, Qt.AlignmentFlag.AlignRight)
        self.text.setFocus()
