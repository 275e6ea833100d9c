"""What floats above the transcript's lower edge: its fade into the ground, and the way back to the latest words."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.text import _
from app.ui.controls import IconButton, paint_card, paint_ring, paint_shadow
from app.ui.theme import Theme

_DOT_PX = 5.5


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
    """A disc with an arrow, and a dot while there are words below that were not in view yet."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, "arrow-down", _("Jump to the latest words"), parent=parent, size=46)
        self._is_unread = False

    @property
    def is_unread(self) -> bool:
        return self._is_unread

    def set_unread(self, is_unread: bool) -> None:
        if is_unread != self._is_unread:
            self._is_unread = is_unread
            self.setAccessibleDescription(_("There are new words below.") if is_unread else "")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        disc = QRectF(self.rect()).adjusted(6, 4, -6, -8)
        color = self._theme.color
        paint_shadow(painter, disc, disc.height() / 2, color("shadow"), depth=6)
        ground = color("hover") if self.underMouse() else color("card")
        paint_card(painter, disc, ground=ground, line=color("line"), radius=disc.height() / 2)
        edge = disc.width() / 4
        self._theme.icons.paint(painter, "arrow-down", disc.adjusted(edge, edge, -edge, -edge), color("text"))
        if self._is_unread:
            painter.setPen(QPen(color("window"), 2))
            painter.setBrush(color("accent"))
            painter.drawEllipse(QPointF(disc.right() - 5, disc.top() + 5), _DOT_PX, _DOT_PX)
        if self._has_ring:
            paint_ring(painter, disc, self._theme, disc.height() / 2)
