"""What floats above the transcript's lower edge: its fade into the ground, and the way back to the latest words."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.text import _
from app.ui.controls import IconButton, paint_card, paint_ring, paint_shadow
from app.ui.theme import Theme


class Fade(QWidget):
    """The last lines fade into the ground above the composer."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QPaintEvent) -> None:
        gradient = QLinearGradient(0, 0, 0, self.height())
        gradient.setColorAt(0, self._theme.color("window", alpha=0.0))
        gradient.setColorAt(1, QColor(self._theme.color("window")))
        QPainter(self).fillRect(self.rect(), gradient)


class JumpButton(IconButton):
    """A disc with an arrow."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, "arrow-down", _("Jump to the latest words"), parent=parent, size=46)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        disc = QRectF(self.rect()).adjusted(6, 4, -6, -8)
        color = self._theme.color
        paint_shadow(painter, disc, disc.height() / 2, color("shadow"), depth=6)
        ground = color("hover") if self.underMouse() else color("card")
        paint_card(painter, disc, ground=ground, line=color("line"), radius=disc.height() / 2)
        self._theme.icons.paint(painter, "arrow-down", disc.adjusted(9, 9, -9, -9), color("text"))
        if self._has_ring:
            paint_ring(painter, disc, self._theme, disc.height() / 2)
