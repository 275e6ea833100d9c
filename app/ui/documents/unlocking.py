"""Opening locked files with a password: asked for until it is right, or until the person lets it be."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.core import Core
from app.documents.faults import DocumentFault
from app.documents.records import Document
from app.errors import PaddockError
from app.ui.bridge import Bridge
from app.ui.documents.unlock_dialog import PasswordGiven, UnlockDialog
from app.ui.theme import Theme


class Unlocking(QObject):
    """For whatever shows a locked document; parented to that."""

    unlocked = Signal(object)  # Document
    failed = Signal(object)  # PaddockError

    def __init__(self, core: Core, bridge: Bridge, theme: Theme, window: QWidget, *, parent: QObject) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self._theme = theme
        self._window = window
        self._open: dict[str, UnlockDialog] = {}  # by the document's id

    def ask(self, document: Document) -> None:
        dialog = UnlockDialog(self._theme, document.name, parent=self._window)
        self._open[document.id] = dialog
        dialog.given.connect(partial(self._try, document))
        dialog.finished.connect(partial(self._closed, document.id))
        dialog.open()

    def _try(self, document: Document, given: PasswordGiven) -> None:
        self._open[document.id].set_busy(True)
        unlock = partial(self._core.documents.unlock, document.id, given.password)
        self._bridge.run(unlock, partial(self._unlocked, document), partial(self._not_unlocked, document))

    def _unlocked(self, document: Document, _result: object) -> None:
        if (dialog := self._open.get(document.id)) is not None:
            dialog.finish()
        self.unlocked.emit(document)

    def _not_unlocked(self, document: Document, error: PaddockError) -> None:
        dialog = self._open.get(document.id)
        if dialog is not None and isinstance(error, DocumentFault) and error.name == "password":
            dialog.show_fault(f"{error.message} {error.next_step}".strip())
            return
        if dialog is not None:
            dialog.reject()
        self.failed.emit(error)

    def _closed(self, document_id: str, _how: int) -> None:
        self._open.pop(document_id, None)
