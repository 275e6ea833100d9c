"""Every request that Paddock ever made, so that the promise can be checked: why, of whom, how much, what came of it.

The list draws only what is in sight and asks for older rows when its end comes near.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QStackedLayout, QVBoxLayout, QWidget

from app.net.policy import HUB
from app.net.store import LedgerRow
from app.text import _, plural
from app.ui import accessible
from app.ui.controls import Card, Text, TextButton
from app.ui.filter_field import FilterField
from app.ui.folding import FoldingRow
from app.ui.models.entries import scaled
from app.ui.network import ledger_words
from app.ui.network.ledger_list import LedgerList
from app.ui.scrolling import room_height, room_width
from app.ui.theme import Theme

_WIDTH_PX = 860
_HEIGHT_PX = 640
_EMPTY_WIDTH_PX = 560
_LEAST_WIDTH_PX = 480
_LEAST_HEIGHT_PX = 320
_MARGIN_PX = 24


@dataclass(frozen=True, slots=True)
class LedgerShown:
    """Totals over everything, and the latest rows. `has_more`: there are older ones than the last of `rows`."""

    requests: int
    sent_bytes: int
    received_bytes: int
    rows: tuple[LedgerRow, ...]
    has_more: bool
    host: str = HUB.host


@dataclass(frozen=True, slots=True)
class MoreRequested:
    """Rows older than the one with this number."""

    before_id: int


@dataclass(frozen=True, slots=True)
class LedgerText:
    """Requests as CSV, for the clipboard."""

    text: str


class LedgerDialog(QDialog):
    """Read only. Answer `more_requested` with `add_older`; `put_latest` while requests are made beside it."""

    more_requested = Signal(object)  # MoreRequested
    copy_requested = Signal(object)  # LedgerText
    save_requested = Signal()  # all of them, as CSV, to a file that the person chooses

    def __init__(self, theme: Theme, shown: LedgerShown, *, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._has_more = False
        self._asked: int | None = None  # for rows older than this one
        self._requests = 0
        title = _("Every request Paddock ever made")
        self.setWindowTitle(title)
        self.totals = Text(theme, "", parent=self, font=theme.fonts.ui_strong).wrapped()
        self.hosts = Text(theme, "", parent=self, color="muted").wrapped()
        self.filter = FilterField(theme, _("Filter by model, address or day"), parent=self)
        self.filter.textChanged.connect(self._on_filter)
        self.list = LedgerList(theme, parent=self)
        self.list.scrolled.connect(self._ask_for_more)
        self.list.copy_requested.connect(self._on_copy)
        self.filter.list_requested.connect(self.list.enter)
        self.empty = Text(theme, "", parent=self, color="muted").wrapped()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setContentsMargins(_MARGIN_PX, _MARGIN_PX, _MARGIN_PX, _MARGIN_PX)
        self.count = Text(theme, "", parent=self, font=theme.fonts.small, color="hint")
        self._lay_out(title)
        least = room_width(self, scaled(theme, _LEAST_WIDTH_PX))
        self.setMinimumSize(least, min(_LEAST_HEIGHT_PX, room_height(self)))
        self.put_latest(shown)
        self._size()
        (self.list if shown.rows else self.done_button).setFocus(Qt.FocusReason.ActiveWindowFocusReason)

    def add_older(self, rows: tuple[LedgerRow, ...], *, has_more: bool) -> None:
        """The answer to `more_requested`. One that no longer continues the list is asked for again."""
        is_next = self._asked == self.list.items.last_id
        self._asked = None
        if is_next:
            self._has_more = has_more
            self.list.items.add_older(rows)
        self._refresh()

    def put_latest(self, shown: LedgerShown) -> None:
        """What holds now, after requests were made; older rows that are here stay, and so does the place."""
        was_empty = not self._requests
        self._say_totals(shown)
        if not self.list.items.put_latest(shown.rows):
            self._has_more = shown.has_more
        if was_empty and self._requests:
            self._size()
        self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ask_for_more()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._ask_for_more()

    def _lay_out(self, title: str) -> None:
        theme = self._theme
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN_PX, 22, _MARGIN_PX, 20)
        column.setSpacing(4)
        column.addWidget(Text(theme, title, parent=self, font=theme.fonts.heading).wrapped())
        column.addSpacing(6)
        column.addWidget(self.totals)
        column.addWidget(self.hosts)
        column.addSpacing(10)
        column.addWidget(self.filter)
        column.addSpacing(6)
        card = Card(theme, parent=self)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.empty)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(1, 6, 1, 6)
        inside.addLayout(self._stack)
        column.addWidget(card, 1)
        column.addSpacing(10)
        column.addLayout(self._make_foot())

    def _make_foot(self) -> FoldingRow:
        theme = self._theme
        self.copy_button = TextButton(theme, _("Copy"), parent=self, icon="copy")
        accessible.name(self.copy_button, _("Copy"), _("The selected requests, or all that are listed."))
        self.copy_button.clicked.connect(self._on_copy)
        self.save_button = TextButton(theme, _("Save as CSV…"), parent=self, icon="download-simple")
        accessible.name(self.save_button, _("Save as CSV…"), _("All requests, in a file for a spreadsheet."))
        self.save_button.clicked.connect(self.save_requested)
        self.done_button = TextButton(theme, _("Done"), parent=self, kind="strong")
        self.done_button.clicked.connect(self.accept)
        row = FoldingRow()
        row.setSpacing(8)
        row.addWidget(self.count, 1)
        for button in (self.copy_button, self.save_button, self.done_button):
            button.setAutoDefault(False)  # Enter in the filter must not close the dialog
            row.addWidget(button)
        return row

    def _size(self) -> None:
        is_empty = not self._requests
        width = scaled(self._theme, _EMPTY_WIDTH_PX if is_empty else _WIDTH_PX)
        height = scaled(self._theme, _LEAST_HEIGHT_PX if is_empty else _HEIGHT_PX)
        self.resize(room_width(self, width), min(height, room_height(self)))

    def _say_totals(self, shown: LedgerShown) -> None:
        self._requests = shown.requests
        self.totals.setText(ledger_words.totals(shown.requests, shown.sent_bytes, shown.received_bytes))
        self.hosts.setText(_("All to {host} and its file servers; nothing else is let out.").format(host=shown.host))
        for widget in (self.totals, self.hosts, self.filter, self.copy_button, self.save_button):
            widget.setVisible(shown.requests > 0)

    def _refresh(self) -> None:
        """What stands in place of an empty list, how much is listed, and whether more is wanted."""
        shown = self.list.items.rowCount()
        self._stack.setCurrentWidget(self.list if shown else self.empty)
        self._ask_for_more()
        is_filtered = bool(self.filter.text().split())
        if not self._requests:
            made = _("Paddock has not made a single request.")
            words = f"{made}\n{_('Every one would be listed here, before it leaves.')}"
        else:
            words = _("Looking further back…") if self._has_more else _("No request fits the filter.")
        self.empty.setText(words)
        accessible.name(self.empty, words)
        found = plural("{count} found", "{count} found", shown)
        if self._has_more:
            found = _("{found}, looking further back…").format(found=found)
        self.count.setText(found if is_filtered and shown else "")
        self.copy_button.setEnabled(shown > 0)

    @Slot()
    def _ask_for_more(self) -> None:
        last = self.list.items.last_id
        if not self.isVisible() or not self._has_more or self._asked is not None:
            return  # nobody may listen yet, or somebody is on the way
        if last is not None and self.list.is_end_near():
            self._asked = last
            self.more_requested.emit(MoreRequested(last))

    @Slot(str)
    def _on_filter(self, words: str) -> None:
        self.list.items.set_filter(words)
        self._refresh()
        accessible.announce(self, self.count.text() or self.empty.text())

    @Slot()
    def _on_copy(self) -> None:
        rows = self.list.selected() or self.list.items.rows
        if rows:
            self.copy_requested.emit(LedgerText("".join(ledger_words.csv_lines(rows))))
