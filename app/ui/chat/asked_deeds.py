"""What a press on a chip of the composer does: it opens what is asked, or helps where that cannot be read."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.core import Core
from app.documents.records import NO_DOCUMENTS, Document
from app.settings import READ_SCANS
from app.ui.bridge import Bridge, nothing
from app.ui.chat.asked import Found
from app.ui.chat.items import AskedRequested
from app.ui.chat.page import ChatPage
from app.ui.theme import Theme
from app.ui.toast import Toast

if TYPE_CHECKING:
    from app.ui.chat.scans_dialog import DocumentScans
    from app.ui.documents.unlocking import Unlocking


class AskedDeeds(QObject):
    """Controller; parented to the page. `found` is what the chips show."""

    failed = Signal(object)  # PaddockError
    manage_requested = Signal()
    document_requested = Signal(object)  # str: the id of the document to be shown

    def __init__(self, core: Core, bridge: Bridge, page: ChatPage, theme: Theme, toast: Toast) -> None:
        super().__init__(page)
        self._core = core
        self._bridge = bridge
        self._page = page
        self._theme = theme
        self._toast = toast
        self.found = Found(NO_DOCUMENTS, (), ())

    @Slot(object)
    def open(self, request: AskedRequested) -> None:
        asked = request.asked
        if asked.is_collection:
            self.manage_requested.emit()
            return
        document = next((one for one in self.found.documents if one.id == asked.scope.document_ids[0]), None)
        if document is not None and asked.deed == "unlock":
            self._unlocking.ask(document)
        elif document is not None and asked.deed == "scans":
            self._ask_scans(document)
        elif asked.fault:
            self._toast.show_message(asked.fault)
        else:
            self.document_requested.emit(asked.scope.document_ids[0])

    @cached_property
    def _unlocking(self) -> Unlocking:
        from app.ui.documents.unlocking import Unlocking  # late: few files are locked

        made = Unlocking(self._core, self._bridge, self._theme, self._page.window(), parent=self)
        made.failed.connect(self.failed)
        return made

    def _ask_scans(self, document: Document) -> None:
        from app.ui.chat.scans_dialog import ScansDialog  # late: few documents are scans

        dialog = ScansDialog(self._theme, document, can_recognise=self.found.can_recognise, parent=self._page.window())
        dialog.read_requested.connect(self._on_read_scans)
        dialog.document_requested.connect(self.document_requested)
        dialog.open()

    @Slot(object)
    def _on_read_scans(self, scans: DocumentScans) -> None:
        """From now on, as on the page of documents; and those of this document at once."""
        core = self._core

        def work() -> None:
            core.settings.set(READ_SCANS, True)
            core.documents.read_again([scans.document_id])
            core.documents.start()

        self._bridge.run(work, nothing, self.failed.emit)
