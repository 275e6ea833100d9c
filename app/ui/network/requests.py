"""The list of requests over an open profile: reads it page by page, copies, saves it as CSV."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.errors import StorageFault
from app.net.store import Ledger, LedgerRow
from app.text import _
from app.ui import clipboard, files
from app.ui.bridge import Bridge, nothing
from app.ui.network import ledger_words
from app.ui.network.ledger_dialog import LedgerDialog, LedgerShown, LedgerText, MoreRequested
from app.ui.theme import Theme

PAGE_ROWS = 500
_FILE_NAME = "paddock-requests.csv"


class Requests(QObject):
    """Parented to the window. One dialog at a time."""

    failed = Signal(object)  # PaddockError

    def __init__(self, ledger: Ledger, bridge: Bridge, theme: Theme, *, host: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._ledger = ledger
        self._bridge = bridge
        self._theme = theme
        self._host = host
        self._dialog: LedgerDialog | None = None

    @property
    def dialog(self) -> LedgerDialog | None:
        return self._dialog

    @Slot()
    def show(self) -> None:
        self._bridge.run(self._read, self._open, self.failed.emit)

    @Slot()
    def refresh(self) -> None:
        """Requests may have been made or answered; the dialog shows it where it is open."""
        if self._dialog is not None:
            self._bridge.run(self._read, self._have_latest, self.failed.emit)

    def _read(self) -> LedgerShown:
        rows, has_more = page(self._ledger)
        return LedgerShown(*self._ledger.totals(), rows=rows, has_more=has_more, host=self._host)

    def _open(self, shown: LedgerShown) -> None:
        if self._dialog is not None:
            self._dialog.close()
        dialog = LedgerDialog(self._theme, shown, parent=self._window)
        dialog.more_requested.connect(self._on_more)
        dialog.copy_requested.connect(self._on_copy)
        dialog.save_requested.connect(self._on_save)
        dialog.finished.connect(self._on_finished)
        self._dialog = dialog
        dialog.open()

    def _have_latest(self, shown: LedgerShown) -> None:
        if self._dialog is not None:
            self._dialog.put_latest(shown)

    @Slot(object)
    def _on_more(self, request: MoreRequested) -> None:
        read = partial(page, self._ledger, request.before_id)
        self._bridge.run(read, partial(self._have_more, self._dialog), self.failed.emit)

    def _have_more(self, dialog: LedgerDialog | None, found: tuple[tuple[LedgerRow, ...], bool]) -> None:
        if dialog is not None and dialog is self._dialog:
            rows, has_more = found
            dialog.add_older(rows, has_more=has_more)

    @Slot(object)
    def _on_copy(self, copied: LedgerText) -> None:
        clipboard.put(copied.text)

    @Slot()
    def _on_save(self) -> None:
        chooser = files.save_dialog(self._dialog or self._window, _("Save every request"), _FILE_NAME)
        chooser.fileSelected.connect(self._on_file)
        chooser.open()

    @Slot(str)
    def _on_file(self, name: str) -> None:
        self._bridge.run(partial(save, self._ledger, Path(name)), nothing, self.failed.emit)

    @Slot()
    def _on_finished(self) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
            self._dialog = None


def page(ledger: Ledger, before_id: int | None = None) -> tuple[tuple[LedgerRow, ...], bool]:
    """The next rows, and whether there are more after them."""
    rows = ledger.rows(PAGE_ROWS + 1, before_id)
    return rows[:PAGE_ROWS], len(rows) > PAGE_ROWS


def every_row(ledger: Ledger) -> Iterator[LedgerRow]:
    """The latest first, a page at a time."""
    rows, has_more = page(ledger)
    yield from rows
    while has_more:
        rows, has_more = page(ledger, rows[-1].id)
        yield from rows


def save(ledger: Ledger, path: Path) -> None:
    """All requests as CSV, private to their owner from the first byte on. Raises StorageFault."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as stream:
            stream.writelines(ledger_words.csv_lines(every_row(ledger)))
    except OSError as error:
        raise StorageFault(_("The list could not be saved there."), _("Choose another folder.")) from error
