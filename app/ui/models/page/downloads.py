"""Downloads that are on their way: one row each, whatever it has come to. Figures change without anything moving."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.text import _
from app.ui import accessible
from app.ui.controls import Card, IconButton, Text
from app.ui.models.entries import scaled
from app.ui.models.page import wording
from app.ui.models.page.shown import DownloadAct, DownloadActName, DownloadShown
from app.ui.pages.parts import PAD_PX, Bar, KeyedColumn, MiddleElided, Row, Ticker, make_button
from app.ui.theme import Theme

_STACKED_PX = 480  # of the page's column, below which the buttons of a failed one stand under its words
_STARTABLE = ("paused", "failed")


class DownloadsStrip(QWidget):
    """One card; it takes no room while there is nothing in it."""

    download_act = Signal(object)  # DownloadAct
    rows_changed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._card = Card(theme, parent=self)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 16)
        around.addWidget(self._card)
        column = QVBoxLayout(self._card)
        column.setContentsMargins(0, 2, 0, 2)
        column.setSpacing(0)
        self._column: KeyedColumn[str, DownloadRow] = KeyedColumn(column)
        accessible.name(self, _("Downloads"))
        self.hide()

    @property
    def rows(self) -> dict[str, DownloadRow]:
        """By id."""
        return self._column.rows

    def show_downloads(self, downloads: tuple[DownloadShown, ...]) -> None:
        by_id = {shown.id: shown for shown in downloads}
        is_new = self._column.sync(by_id, self._make)
        for id_, shown in by_id.items():
            self.rows[id_].show_download(shown)
        self.setVisible(bool(by_id))
        if is_new:
            self.rows_changed.emit()

    def _make(self, id_: str) -> DownloadRow:
        row = DownloadRow(self._theme, id_, parent=self._card)
        row.download_act.connect(self.download_act)
        return row


class DownloadRow(Row):
    download_act = Signal(object)  # DownloadAct

    def __init__(self, theme: Theme, id_: str, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self._id = id_
        self._shown: DownloadShown | None = None
        self.title = MiddleElided(theme, "", parent=self, font=theme.fonts.ui_strong)
        self.hold = IconButton(theme, "pause-fill", _("Pause"), parent=self, size=28)
        self.cancel = IconButton(theme, "x", _("Cancel"), parent=self, size=28)
        self.cancel.icon_px = 15
        self.hold.icon_px = 15
        self.bar = Bar(theme, "", parent=self)
        self.line = Ticker(theme, parent=self, font=theme.fonts.small)
        self.note = Text(theme, "", parent=self, font=theme.fonts.small, color="muted").wrapped()
        self.access = make_button(theme, _("Get access…"), parent=self)
        self._fault = QWidget(self)
        self.message = Text(theme, "", parent=self._fault, font=theme.fonts.small, color="danger").wrapped()
        self.next_step = Text(theme, "", parent=self._fault, font=theme.fonts.small, color="muted").wrapped()
        self.retry = make_button(theme, _("Try again"), parent=self._fault)
        self.dismiss = make_button(theme, _("Dismiss"), parent=self._fault, kind="quiet")
        self._lay_out()
        self.hold.clicked.connect(self._on_hold)
        self.cancel.clicked.connect(self._on_cancel)
        self.access.clicked.connect(self._on_retry)
        self.retry.clicked.connect(self._on_retry)
        self.dismiss.clicked.connect(self._on_dismiss)

    def show_download(self, shown: DownloadShown) -> None:
        before, self._shown = self._shown, shown
        self.bar.set_share(shown.done_bytes / shown.total_bytes if shown.total_bytes > 0 else 0.0)
        self.line.set_text(wording.download(shown))
        if before is None or _seldom(before) != _seldom(shown):
            self._show_state(shown)

    def arrange(self, column_px: int) -> None:
        is_stacked = column_px < scaled(self._theme, _STACKED_PX)
        ways = QBoxLayout.Direction
        self._sides.setDirection(ways.TopToBottom if is_stacked else ways.LeftToRight)

    def _show_state(self, shown: DownloadShown) -> None:
        """What changes seldom."""
        is_failed = shown.state == "failed"
        if shown.title != self.title.accessibleName():
            self.title.set_text(shown.title)
        is_held = shown.state == "paused"
        self.hold.set_icon("play-fill" if is_held else "pause-fill")
        hold = _("Resume the download of {title}") if is_held else _("Pause the download of {title}")
        self.hold.set_label(hold.format(title=shown.title))
        self.cancel.set_label(_("Cancel the download of {title}").format(title=shown.title))
        accessible.name(self.dismiss, _("Dismiss the failed download of {title}").format(title=shown.title))
        for part in (self.cancel, self.bar):
            part.setVisible(not is_failed)
        self.line.setVisible(not is_failed and bool(self.line.text))
        self.note.setText(shown.note)
        self.note.setVisible(not is_failed and bool(shown.note))
        self.hold.setVisible(not is_failed and not _is_shut_out(shown))
        self.access.setVisible(_is_shut_out(shown))
        accessible.name(self.access, _("{what}: {title}").format(what=self.access.text(), title=shown.title))
        self._fault.setVisible(is_failed)
        if is_failed:
            problem = shown.problem
            self.retry.set_text(_("Get access…") if problem is not None and problem.is_access else _("Try again"))
            self.message.setText(problem.message if problem is not None else wording.download(shown))
            self.next_step.setText(problem.next_step if problem is not None else "")
            self.next_step.setVisible(bool(self.next_step.text()))
            accessible.name(self.retry, _("{what}: {title}").format(what=self.retry.text(), title=shown.title))
            accessible.announce(self, f"{shown.title}: {self.message.text()}")

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(PAD_PX, 10, PAD_PX, 12)
        column.setSpacing(5)
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.title, 1)
        head.addWidget(self.hold)
        head.addWidget(self.cancel)
        column.addLayout(head)
        column.addWidget(self.bar)
        column.addWidget(self.line)
        column.addWidget(self.note)
        column.addWidget(self.access, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._fault)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.message)
        words.addWidget(self.next_step)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.retry)
        buttons.addWidget(self.dismiss)
        buttons.addStretch(1)
        self._sides = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._fault)
        self._sides.setContentsMargins(0, 0, 0, 0)
        self._sides.setSpacing(8)
        self._sides.addLayout(words, 1)
        self._sides.addLayout(buttons)

    def _tell(self, act: DownloadActName) -> None:
        self.download_act.emit(DownloadAct(self._id, act))

    @Slot()
    def _on_hold(self) -> None:
        is_held = self._shown is not None and self._shown.state in _STARTABLE
        self._tell("resume" if is_held else "pause")

    @Slot()
    def _on_cancel(self) -> None:
        self._tell("cancel")

    @Slot()
    def _on_retry(self) -> None:
        self._tell("retry")

    @Slot()
    def _on_dismiss(self) -> None:
        self._tell("dismiss")


def _seldom(shown: DownloadShown) -> tuple[object, ...]:
    """What the row is laid out for; the figures are not part of it."""
    return shown.title, shown.state, shown.problem, shown.note, shown.needs_access, shown.total_bytes > 0


def _is_shut_out(shown: DownloadShown) -> bool:
    """Going on would be refused again: a token is needed first."""
    return shown.state == "paused" and shown.needs_access
