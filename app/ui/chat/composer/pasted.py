"""A large paste as a chip above the text: laying a megabyte out at every keystroke would take Qt seconds."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from app.text import _
from app.ui import accessible
from app.ui.controls import IconButton, paint_card
from app.ui.theme import Theme

TEXT_CHARS_MAX = 20_000
LINE_CHARS_MAX = 10_000
CHIP_PX = 50


def is_large(text: str) -> bool:
    """Whether a text is better not edited letter by letter."""
    return len(text) > TEXT_CHARS_MAX or any(len(line) > LINE_CHARS_MAX for line in text.split("\n"))


class PastedChip(QWidget):
    removed = Signal(object)
    """The chip itself."""

    def __init__(self, theme: Theme, text: str, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.text = text
        lines = text.count("\n") + 1
        self._size = _("{count} characters · {lines} lines").format(count=f"{len(text):,}", lines=f"{lines:,}")
        self._close = IconButton(theme, "x", _("Remove the pasted text"), parent=self, size=26)
        self._close.icon_px = 14
        self._close.clicked.connect(self._on_close)
        accessible.name(self, _("Pasted text"), self._size)
        theme.changed.connect(self.update)

    @property
    def close_button(self) -> IconButton:
        return self._close

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self._theme.fonts.small)
        return QSize(round(metrics.horizontalAdvance(self._size)) + 92, CHIP_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._close.setGeometry(self.width() - 34, (self.height() - 26) // 2, 26, 26)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = self._theme.color
        paint_card(painter, QRectF(self.rect()), ground=color("card"), line=color("line"), radius=10)
        paint_card(painter, QRectF(8, 10, 30, 30), ground=color("accent_ground"), line=None, radius=7)
        self._theme.icons.paint(painter, "file-text", QRectF(14, 16, 18, 18), color("accent"))
        painter.setFont(self._theme.fonts.small_strong)
        painter.setPen(color("text"))
        painter.drawText(QRectF(47, 9, self.width() - 82, 16), _("Pasted text"))
        painter.setFont(self._theme.fonts.small)
        painter.setPen(color("muted"))
        painter.drawText(QRectF(47, 25, self.width() - 82, 17), self._size)

    @Slot()
    def _on_close(self) -> None:
        self.removed.emit(self)
