"""Where a message will stand whose words are still being read: a few calm grey bars, of the height it may have."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter

from app.ui.chat.items import Role
from app.ui.theme import Theme
from app.ui.tokens import BUBBLE_SHARE

_BAR_PX, _STEP_PX = 11, 24
_BELOW_PX = 46
"""What the actions would take."""
_WIDTHS = (0.96, 0.88, 0.93, 0.62)
_LINES_MAX = 400


def paint_bars(painter: QPainter, rect: QRectF, theme: Theme, role: Role, direction: Qt.LayoutDirection) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("hover"))
    share = BUBBLE_SHARE if role == "user" else 1.0
    bar, step = theme.px(_BAR_PX), theme.px(_STEP_PX)
    lines = max(1, min(_LINES_MAX, int((rect.height() - theme.px(_BELOW_PX)) // step)))
    is_right = (role == "user") != (direction == Qt.LayoutDirection.RightToLeft)
    for line in range(lines):
        width = rect.width() * share * (_WIDTHS[-1] if line == lines - 1 else _WIDTHS[line % 3])
        x = rect.right() - width if is_right else rect.left()
        painter.drawRoundedRect(QRectF(x, rect.top() + 6 + line * step, width, bar), bar / 2, bar / 2)
