"""The promise, at the foot of the list of chats."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui import accessible
from app.ui.controls import TextButton, paint_card, paint_ring
from app.ui.network.state import UNTIL_ASKED, promise
from app.ui.theme import Theme

_PROMISE_PX = 46


class PrivacyCard(TextButton):
    """The promise, always in sight; a click shows how to check it."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, "", parent=parent)
        self._theme = theme
        self._lines = ("", "")
        self._is_good = True
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        told = promise(UNTIL_ASKED)
        self.set_state(told.title, told.line, is_good=told.is_good)

    def set_state(self, title: str, line: str, *, is_good: bool) -> None:
        self._lines = (title, line)
        self._is_good = is_good
        accessible.name(self, f"{title}. {line}.")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, _PROMISE_PX)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        """Larger text wraps: a promise is never cut."""
        title, line = self._rects(QRectF(0, 0, width, 0))
        return max(_PROMISE_PX, round(title.height() + line.height()) + 12)

    def _rects(self, rect: QRectF) -> tuple[QRectF, QRectF]:
        """Where title and line are, one below the other in the middle."""
        fonts, wraps = self._theme.fonts, int(Qt.TextFlag.TextWordWrap)
        left = self._theme.px(20) + 17
        room = QRectF(left, 0, rect.width() - left - 8, 1_000)
        title, line = (
            QFontMetricsF(font).boundingRect(room, wraps, words).height()
            for font, words in zip((fonts.small_strong, fonts.small), self._lines, strict=True)
        )
        top = (rect.height() - title - line) / 2
        return QRectF(left, top, room.width(), title), QRectF(left, top + title, room.width(), line)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = self._theme.color
        rect = QRectF(self.rect())
        ground = color("hover") if self.underMouse() else color("card")
        paint_card(painter, rect, ground=ground, line=color("line"), radius=10)
        icon, tint = ("shield-check", "good") if self._is_good else ("shield-warning", "danger")
        side = self._theme.px(20)
        place = self._placed(QRectF(10, (rect.height() - side) / 2, side, side))
        self._theme.icons.paint(painter, icon, place, color(tint))
        (title, line), (upper, lower) = self._lines, self._rects(rect)
        painter.setFont(self._theme.fonts.small_strong)
        painter.setPen(color("text"))
        painter.drawText(self._placed(upper), Qt.TextFlag.TextWordWrap, title)
        painter.setFont(self._theme.fonts.small)
        painter.setPen(color("muted"))
        painter.drawText(self._placed(lower), Qt.TextFlag.TextWordWrap, line)
        if self._has_ring:
            paint_ring(painter, rect, self._theme, 9)

    def _placed(self, rect: QRectF) -> QRectF:
        """Mirrored where lines begin at the right."""
        left = self.width() - rect.right() if self.isRightToLeft() else rect.left()
        return QRectF(left, rect.top(), rect.width(), rect.height())
