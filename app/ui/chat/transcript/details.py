"""What is known about one message, in a small card: how long it is, who gave it, how fast, why it stopped."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.text import _, grouped, plural
from app.ui import accessible
from app.ui.chat.items import MessageItem
from app.ui.controls import Text, paint_card
from app.ui.theme import Theme

_WIDTH_PX = 320
_RADIUS = 12


class Details(QWidget):
    """Closes on Esc and on a click outside, and deletes itself then."""

    def __init__(self, theme: Theme, item: MessageItem, *, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(theme.px(_WIDTH_PX))
        title = _("Details")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(18, 14, 18, 14)
        self._column.setSpacing(6)
        self._column.addWidget(Text(theme, title, parent=self, font=theme.fonts.ui_strong))
        lines = lines_of(item)
        for line in lines:
            self._column.addWidget(Text(theme, line, parent=self, color="muted").wrapped())
        accessible.name(self, title, " ".join(lines))

    def open_at(self, corner: QPoint) -> None:
        """With its upper left corner at `corner` of the screen, or as near as it fits."""
        self.setFixedHeight(self._column.totalHeightForWidth(self.width()))
        room = self.screen().availableGeometry().adjusted(0, 0, -self.width(), -self.height())
        x = max(room.left(), min(corner.x(), room.right()))
        self.move(x, max(room.top(), min(corner.y(), room.bottom())))
        self.show()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.close()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        # The corners in the page's colour: not every system lets a small window be see-through.
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("window"))
        card, line = self._theme.color("card"), self._theme.color("line_strong", alpha=0.6)
        paint_card(painter, QRectF(self.rect()), ground=card, line=line, radius=_RADIUS)


def lines_of(item: MessageItem) -> list[str]:
    """Sentences and figures, the most telling first."""
    place = _("Message {number} of {count}").format(number=grouped(item.number), count=grouped(item.of))
    words = len(item.text.split())
    length = plural("{count} word", "{count} words", words).replace(str(words), grouped(words))
    return [
        *([place] if item.number else []),
        *(part[:1].upper() + part[1:] for part in item.stats.split(" · ") if part),
        length,
        *([reason(item)] if item.role == "assistant" else []),
    ]


def reason(item: MessageItem) -> str:
    """Why the answer ends where it does."""
    return {
        "done": _("It ended where the model wanted to."),
        "stopped": _("It was stopped."),
        "interrupted": _("It was interrupted when Paddock was closed."),
        "failed": _("It failed."),
        "length": _("It reached the longest answer allowed."),
        "context": _("It filled all the model can remember."),
        "streaming": _("It is still being written."),
    }[item.status]
