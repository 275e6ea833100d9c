"""The quantisations of one model below each other: what each is, how it would run, how large it is, the way to it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.text import _
from app.ui import accessible
from app.ui.controls import ElidedText, Text
from app.ui.models.entries import scaled
from app.ui.models.page import wording
from app.ui.models.page.fetching import FetchButton, Stock
from app.ui.models.page.parts import FIT_PX, WIDE_PX, FitLine
from app.ui.models.page.shown import Pick
from app.ui.pages.parts import PAD_PX, KeyedColumn, MiddleElided, Row, half, hold_width
from app.ui.theme import Theme

_SIZE_PX = 92

Key = tuple[str, str]  # quantisation, variant


class ChoiceList(QWidget):
    """`show_picks` as often as there is news; rows stay what they are."""

    fetch_requested = Signal(object)  # FetchRequested
    use_requested = Signal(object)  # UseRequested
    download_act = Signal(object)  # DownloadAct

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 6)
        layout.setSpacing(0)
        self._column: KeyedColumn[Key, ChoiceRow] = KeyedColumn(layout)

    @property
    def rows(self) -> tuple[ChoiceRow, ...]:
        return tuple(self._column.rows.values())

    def show_picks(self, picks: Sequence[Pick], title: str, stock: Stock, *, best: int = -1) -> bool:
        """`best` is the place of the one that suits here best. Whether rows came, went or moved."""
        by_key = {(pick.quantisation, pick.variant): pick for pick in picks}
        is_new = self._column.sync(by_key, self._make)
        for place, (key, pick) in enumerate(by_key.items()):
            self._column.rows[key].show_pick(pick, title, stock, is_best=place == best)
        return is_new

    def show_stock(self, stock: Stock) -> None:
        for row in self.rows:
            row.button.show_stock(stock)

    def _make(self, _key: Key) -> ChoiceRow:
        row = ChoiceRow(self._theme, parent=self)
        row.button.fetch_requested.connect(self.fetch_requested)
        row.button.use_requested.connect(self.use_requested)
        row.button.download_act.connect(self.download_act)
        return row


class ChoiceRow(Row):
    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        fonts = theme.fonts
        self.name = MiddleElided(theme, "", parent=self, font=fonts.ui_strong)
        self.words = Text(theme, "", parent=self, font=fonts.small, color="muted").wrapped()
        self.fit = FitLine(theme, parent=self)
        self.speed = Text(theme, "", parent=self, font=fonts.small, color="muted").wrapped()
        self.speed.setContentsMargins(self.fit.contentsMargins())
        self.size_line = ElidedText(theme, "", parent=self)
        self.button = FetchButton(theme, parent=self)
        self._about = half(self, self.name, self.words)
        self._runs = half(self, self.fit, self.speed)
        self._is_wide: bool | None = None
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(PAD_PX, 11, PAD_PX, 11)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(6)
        self._lay_out(is_wide=True)

    def show_pick(self, pick: Pick, title: str, stock: Stock, *, is_best: bool) -> None:
        name = wording.choice(pick)
        self.name.set_text(name)
        size = wording.size(pick.size_bytes, is_estimate=pick.is_size_estimated)
        self.size_line.set_text(size)
        self.size_line.setToolTip(wording.download_time(pick.size_bytes, stock.bytes_per_s))
        words = wording.joined((_("suits this computer best") if is_best else "", pick.words))
        self.words.setText(words)
        self.words.set_color("accent" if is_best else "muted")
        self.words.setVisible(bool(words))
        self.fit.show_fit(pick.fit)
        runs = (wording.rate(pick.fit), wording.first_word(pick.fit)) if pick.fit is not None else ("", "")
        self.speed.setText(wording.joined(runs))
        self.speed.setVisible(bool(self.speed.text()))
        self._runs.setVisible(pick.fit is not None)
        self.button.show_pick(pick, title, stock)
        told = (name, words, size, self.size_line.toolTip(), self.fit.text(), *runs)
        accessible.name(self, f"{title}: " + ", ".join(part for part in told if part))

    def arrange(self, column_px: int) -> None:
        self._lay_out(is_wide=column_px >= scaled(self._theme, WIDE_PX))

    def _lay_out(self, *, is_wide: bool) -> None:
        """Side by side, or how it runs below what it is."""
        if is_wide == self._is_wide:
            return
        self._is_wide = is_wide
        for part in (self._about, self._runs, self.size_line, self.button):
            self._grid.removeWidget(part)
        middle = Qt.AlignmentFlag.AlignVCenter
        hold_width(self._runs, scaled(self._theme, FIT_PX) if is_wide else None)
        hold_width(self.size_line, scaled(self._theme, _SIZE_PX) if is_wide else None)
        self._grid.addWidget(self._about, 0, 0, middle)
        if is_wide:
            self._grid.addWidget(self._runs, 0, 1, middle)
            self._grid.addWidget(self.size_line, 0, 2, middle)
            self._grid.addWidget(self.button, 0, 3, middle)
        else:
            self._grid.addWidget(self._runs, 1, 0)
            self._grid.addWidget(self.button, 0, 1, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
            self._grid.addWidget(self.size_line, 1, 1, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        self._grid.setColumnStretch(0, 1)
