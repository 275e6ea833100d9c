"""The round button of the composer, and the small word beside it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QStyle, QWidget

from app.text import _
from app.ui import accessible
from app.ui.controls import IconButton, paint_card, paint_ring
from app.ui.theme import Theme

BUTTON_PX = 36
_CHECK_PX = 13


class SendButton(IconButton):
    """Send, or stop while an answer is under way."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, "arrow-up", _("Send"), parent=parent, size=BUTTON_PX)
        self._is_stop = False

    @property
    def is_stop(self) -> bool:
        return self._is_stop

    def set_stop(self, is_stop: bool, *, send_keys: str) -> None:
        self._is_stop = is_stop
        self.set_label(_("Stop the answer") if is_stop else _("Send"), keys=_("Esc") if is_stop else send_keys)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = self._theme.color
        disc = QRectF(self.rect())
        ground = color("strong") if self.isEnabled() else color("hover")
        if self.isEnabled() and (self.underMouse() or self.isDown()):
            ground.setAlphaF(0.85)
        paint_card(painter, disc, ground=ground, line=None, radius=disc.height() / 2)
        ink = color("on_strong") if self.isEnabled() else color("hint")
        if self._is_stop:
            middle, half = disc.center(), QPointF(5.5, 5.5) * self._theme.scale
            paint_card(painter, QRectF(middle - half, middle + half), ground=ink, line=None, radius=2.5)
        else:
            self._theme.icons.paint(painter, "arrow-up-bold", _inside(disc), ink)
        if self._has_ring:
            paint_ring(painter, disc, self._theme, disc.height() / 2)


class ReadMark(QWidget):
    """A small check: the model has read what was typed so far."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = _("Read ahead")
        long = _("The model has already read what you wrote, so the answer begins at once.")
        accessible.name(self, self._words, long)
        self.setToolTip(accessible.plain_tooltip(long))
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._theme.fonts.small)
        check = self._theme.px(_CHECK_PX)
        return QSize(round(metrics.horizontalAdvance(self._words)) + check + 7, round(metrics.height()) + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = self._theme.color("hint")
        side = self._theme.px(_CHECK_PX)
        check = QRect(0, (self.height() - side) // 2, side, side)
        words = QRect(side + 4, 0, self.width() - side - 4, self.height())
        check, words = (QStyle.visualRect(self.layoutDirection(), self.rect(), part) for part in (check, words))
        self._theme.icons.paint(painter, "check", QRectF(check), color)
        painter.setFont(self._theme.fonts.small)
        painter.setPen(color)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self._words)


def _inside(disc: QRectF) -> QRectF:
    """The place of an icon in it."""
    edge = disc.width() / 4
    return disc.adjusted(edge, edge, -edge, -edge)
