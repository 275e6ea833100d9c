"""A row that opens: its head is one button, what is below is made when it is first opened."""

from __future__ import annotations

from PySide6.QtCore import QMargins, Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.journeys.offers import Fit
from app.text import _
from app.ui.controls import Text
from app.ui.models.entries import scaled
from app.ui.models.page.parts import FIT_PX, WIDE_PX, FitLine
from app.ui.pages.expanding import ExpandingHead
from app.ui.pages.parts import Row, half, hold_width
from app.ui.theme import Theme


class Head(ExpandingHead):
    """Title and quiet line, and at the right how it runs."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self._spoken = ""
        self.line = Text(theme, "", parent=self, font=theme.fonts.small, color="muted").wrapped()
        self.fit = FitLine(theme, parent=self)
        self.side = Text(theme, "", parent=self, font=theme.fonts.small, color="muted").wrapped()
        self.side.setContentsMargins(self.fit.contentsMargins())
        self._about = half(self, self.title, self.line)
        self._runs = half(self, self.fit, self.side)
        self._hold()
        self._is_wide: bool | None = None
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnStretch(0, 1)
        self.set_wide(True)

    def words_spoken(self) -> tuple[str, str, str]:
        return self._spoken, _("Open. Press Left to close it."), _("Closed. Press Enter to see its sizes.")

    def show_words(self, title: str, line: str, spoken: str) -> None:
        """`spoken` is a sentence on all of it."""
        self.title.set_text(title)
        self.line.setText(line)
        self._spoken = spoken
        self._speak()

    def show_fit(self, fit: Fit | None, side: str) -> None:
        """What stands at the right: how it runs, and a quiet line below."""
        self.fit.show_fit(fit)
        self.fit.setVisible(fit is not None)
        self.side.setText(side)
        self.side.setContentsMargins(self.fit.contentsMargins() if fit is not None else QMargins())
        self.side.setVisible(bool(side))
        self._runs.setVisible(fit is not None or bool(side))

    def set_wide(self, is_wide: bool) -> None:
        """How it runs stands at the right where there is room, else below."""
        if is_wide == self._is_wide:
            return
        self._is_wide = is_wide
        self._grid.removeWidget(self._about)
        self._grid.removeWidget(self._runs)
        hold_width(self._runs, scaled(self._theme, FIT_PX) if is_wide else None)
        self._grid.addWidget(self._about, 0, 0, Qt.AlignmentFlag.AlignVCenter)
        at = (0, 1) if is_wide else (1, 0)
        self._grid.addWidget(self._runs, *at, Qt.AlignmentFlag.AlignVCenter)


class ExpandingRow(Row):
    """A head, and below it `body` once it is open."""

    opened = Signal(object)  # bool

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self.head = Head(theme, parent=self)
        self.body: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.head)
        self.head.opened.connect(self._on_opened)

    @property
    def is_open(self) -> bool:
        return self.head.is_open

    def arrange(self, column_px: int) -> None:
        self.head.set_wide(column_px >= scaled(self._theme, WIDE_PX))

    def make_body(self) -> QWidget:
        """Called once, when it is first opened."""
        raise NotImplementedError  # each kind of row has its own

    def fill_body(self) -> None:
        """Called whenever it is opened."""

    @Slot(object)
    def _on_opened(self, is_open: bool) -> None:
        if self.body is None:
            self.body = self.make_body()
            self._column.addWidget(self.body)
        if is_open:
            self.fill_body()
        self.body.setVisible(is_open)
        self.opened.emit(is_open)
