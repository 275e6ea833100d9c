"""Files that a watched collection leaves out, because the person removed them: listed, and taken in again."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.core import Core
from app.documents.records import Collection, Ignored
from app.ui.bridge import Bridge
from app.ui.documents.left_out_dialog import LeftOutDialog, TakenIn
from app.ui.theme import Theme


class LeavingOut(QObject):
    """Parented to the page."""

    failed = Signal(object)  # PaddockError

    def __init__(self, core: Core, bridge: Bridge, theme: Theme, window: QWidget, *, parent: QObject) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self._theme = theme
        self._window = window
        self._dialog: LeftOutDialog | None = None

    def open(self, collection: Collection) -> None:
        read = partial(self._core.documents.ignored, collection.id)
        self._bridge.run(read, partial(self._show, collection), self.failed.emit)

    def _show(self, collection: Collection, files: tuple[Ignored, ...]) -> None:
        if self._dialog is not None:
            self._dialog.show_files(files)
        elif files:
            self._dialog = LeftOutDialog(self._theme, collection.name, files, parent=self._window)
            self._dialog.take_in_requested.connect(partial(self._take_in, collection))
            self._dialog.finished.connect(self._closed)
            self._dialog.open()

    def _take_in(self, collection: Collection, taken: TakenIn) -> None:
        heed = partial(self._core.documents.heed, collection.id, taken.paths)
        self._bridge.run(heed, lambda _result: self.open(collection), self.failed.emit)

    def _closed(self, _how: int) -> None:
        self._dialog = None
