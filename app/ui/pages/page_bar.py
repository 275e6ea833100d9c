"""The bar above a page: the way back to the chat, the page's name, and what the page adds at the other end."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.text import _
from app.ui.controls import ElidedText, Ground, IconButton, TextButton
from app.ui.models.entries import scaled
from app.ui.theme import Theme

_BAR_PX = 52


class PageBar(Ground):
    """From `with_words_px` on its buttons say in words what they do. `row` is for more of them: call `_fit` then."""

    back_requested = Signal()

    def __init__(self, theme: Theme, title: str, *, with_words_px: int, parent: QWidget) -> None:
        super().__init__(theme, "window", parent=parent, edge="bottom")
        self._with_words_px = with_words_px
        theme.fix(self, height=_BAR_PX)
        theme.resized.connect(self._fit)
        self.back = TextButton(theme, _("Back to chat"), parent=self, kind="quiet", icon="arrow-left")
        self.back_short = IconButton(theme, "arrow-left", _("Back to chat"), parent=self)
        self.title = ElidedText(theme, title, parent=self, font=theme.fonts.brand)
        self.worded: list[QWidget] = [self.back]
        self.short: list[QWidget] = [self.back_short]
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(12, 0, 16, 0)
        self.row.setSpacing(8)
        for part in (self.back, self.back_short):
            part.clicked.connect(self.back_requested)
            self.row.addWidget(part)
        self.row.addSpacing(4)
        self.row.addWidget(self.title, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        is_roomy = self.width() >= scaled(self._theme, self._with_words_px)
        for worded in self.worded:
            worded.setVisible(is_roomy)
        for short in self.short:
            short.setVisible(not is_roomy)
