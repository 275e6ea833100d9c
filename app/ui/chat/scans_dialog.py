"""A document of a chat whose pages are pictures: reading them is offered, or it is said what to do without that."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from app.documents.records import Document
from app.text import _
from app.ui.controls import TextButton
from app.ui.dialogs import SentenceDialog
from app.ui.documents.page import wording
from app.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class DocumentScans:
    """The scanned pages of this document."""

    document_id: str


class ScansDialog(SentenceDialog):
    """With `can_recognise` text recognition is installed, and the main button has the pages read."""

    read_requested = Signal(object)  # DocumentScans
    document_requested = Signal(object)  # str, its id: to look at it as it is

    def __init__(self, theme: Theme, document: Document, *, can_recognise: bool, parent: QWidget | None) -> None:
        more = _("From then on, scanned pages of other documents that you add are read as well.")
        super().__init__(
            theme,
            document.name,
            wording.scans(document.scans, can_recognise=can_recognise),
            parent=parent,
            next_step=more if can_recognise else "",
            accept=_("Read the scans") if can_recognise else "",
            reject=_("Not now") if can_recognise else "",
        )
        self._document_id = document.id
        self.look = TextButton(theme, _("Open the document"), parent=self, kind="quiet")
        self.look.clicked.connect(self._on_look)
        self.look.setAutoDefault(False)
        self.buttons.insertWidget(0, self.look)
        QWidget.setTabOrder(self.look, self.reject_button if can_recognise else self.accept_button)
        if can_recognise:
            self.accepted.connect(self._on_accepted)

    @Slot()
    def _on_accepted(self) -> None:
        self.read_requested.emit(DocumentScans(self._document_id))

    @Slot()
    def _on_look(self) -> None:
        self.document_requested.emit(self._document_id)
        self.reject()
