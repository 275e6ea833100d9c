"""A text from outside, to read and to copy. It stays text, whatever it says."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.text import _, grouped
from app.ui import accessible, clipboard
from app.ui.controls import Card, Text, TextButton
from app.ui.scrolling import room_height, room_width
from app.ui.theme import Theme

MOST_SHOWN_CHARACTERS = 300_000
"""More takes Qt seconds to lay out; Copy takes all of it."""
_WIDTH_PX, _HEIGHT_PX = 640, 520


class ReadingDialog(QDialog):
    """`words` say what it is; `label` names the text for a screen reader."""

    def __init__(
        self, theme: Theme, title: str, words: str, untrusted_text: str, *, label: str, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._untrusted_text = untrusted_text
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.resize(room_width(self, theme.px(_WIDTH_PX)), min(theme.px(_HEIGHT_PX), room_height(self)))
        self.text = self._reader(theme, label)
        self.copy = TextButton(theme, _("Copy"), parent=self, icon="copy")
        self.copy.clicked.connect(self._on_copy)
        done = TextButton(theme, _("Done"), parent=self, kind="strong")
        done.setDefault(True)
        done.clicked.connect(self.accept)
        card = Card(theme, parent=self, ground="code_ground")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(14, 12, 8, 12)
        inside.addWidget(self.text)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 22, 24, 20)
        column.setSpacing(10)
        column.addWidget(Text(theme, title, parent=self, font=theme.fonts.heading).wrapped())
        column.addWidget(Text(theme, words, parent=self, color="muted").wrapped())
        column.addWidget(card, 1)
        row = QHBoxLayout()
        row.addWidget(self.copy)
        row.addStretch(1)
        row.addWidget(done)
        column.addLayout(row)
        self.text.setFocus()

    def _reader(self, theme: Theme, label: str) -> QPlainTextEdit:
        made = QPlainTextEdit(self)
        made.setPlainText(self._shown())
        made.setReadOnly(True)
        made.setTabChangesFocus(True)
        made.setFrameShape(QFrame.Shape.NoFrame)
        made.setFont(theme.fonts.mono)
        made.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        made.document().setDocumentMargin(0)
        made.viewport().setAutoFillBackground(False)
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        accessible.name(made, label)
        return made

    def _shown(self) -> str:
        if len(self._untrusted_text) <= MOST_SHOWN_CHARACTERS:
            return self._untrusted_text
        rest = _("… and {count} more characters, which Copy takes as well.")
        count = grouped(len(self._untrusted_text) - MOST_SHOWN_CHARACTERS)
        return f"{self._untrusted_text[:MOST_SHOWN_CHARACTERS]}\n\n{rest.format(count=count)}"

    @Slot()
    def _on_copy(self) -> None:
        clipboard.put(self._untrusted_text)
        self.copy.set_text(_("Copied"), icon="check")
        accessible.announce(self.copy, _("Copied"))
