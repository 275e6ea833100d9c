"""A box to tick, with words that wrap beside it. A real QCheckBox, so screen readers and the space bar know it."""

from __future__ import annotations

import math

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QWidget

from app.ui import accessible
from app.ui.controls import paint_card, paint_ring
from app.ui.theme import Theme

_BOX_PX = 18
_GAP_PX = 10
_PAD_PX = 4  # around everything, for the focus ring
_FLAGS = int(Qt.TextFlag.TextWordWrap)
_KEYBOARD = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.OtherFocusReason)


class Tick(QCheckBox):
    def __init__(self, theme: Theme, words: str, *, parent: QWidget) -> None:
        super().__init__(words.replace("&", "&&"), parent)
        self._theme = theme
        self._words = words
        self._has_ring = False
        self.setFont(theme.fonts.ui)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        accessible.name(self, words)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        width_px = math.ceil(QFontMetricsF(self.font()).horizontalAdvance(self._words)) + self._left_px + _PAD_PX
        return QSize(width_px, self.heightForWidth(width_px))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, _BOX_PX + 2 * _PAD_PX)

    def heightForWidth(self, width_px: int) -> int:
        return max(_BOX_PX, math.ceil(self._words_rect(width_px).height())) + 2 * _PAD_PX

    def hitButton(self, where: QPoint) -> bool:
        return self.rect().contains(where)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._has_ring = event.reason() in _KEYBOARD
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._has_ring = False
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        color = self._theme.color
        painter = QPainter(self)
        words = self._words_rect(self.width())
        line_px = QFontMetricsF(self.font()).height()
        words.moveTop(_PAD_PX + max(0.0, (_BOX_PX - line_px) / 2))
        box = QRectF(_PAD_PX, _PAD_PX + max(0.0, (line_px - _BOX_PX) / 2), _BOX_PX, _BOX_PX)
        if self.isChecked():
            paint_card(painter, box, ground=color("accent"), line=None, radius=5)
            self._theme.icons.paint(painter, "check-bold", box.adjusted(3, 3, -3, -3), color("on_accent"))
        else:
            ground = color("hover") if self.underMouse() else color("card")
            paint_card(painter, box, ground=ground, line=color("line_strong"), radius=5, width=1.5)
        painter.setFont(self.font())
        painter.setPen(color("text"))
        painter.drawText(words, _FLAGS, self._words)
        if self._has_ring:
            paint_ring(painter, box.adjusted(-_PAD_PX, -_PAD_PX, _PAD_PX, _PAD_PX), self._theme, 7)

    @property
    def _left_px(self) -> int:
        return _PAD_PX + _BOX_PX + _GAP_PX

    def _words_rect(self, width_px: int) -> QRectF:
        room = QRectF(self._left_px, 0, max(60, width_px - self._left_px - _PAD_PX), 10_000)
        return QFontMetricsF(self.font()).boundingRect(room, _FLAGS, self._words)
