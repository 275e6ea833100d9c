"""What is attached to a question: a chip for each, with its name and size, that shows it when clicked."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.text import _, grouped, plural
from app.ui import accessible
from app.ui.chat.items import AttachmentItem, AttachmentRequested
from app.ui.controls import TextButton, paint_card, paint_ring
from app.ui.theme import Theme

_GAP_PX = 8
_CHIP_PX = 44
_LEAST_PX, _MOST_PX = 130, 260


class AttachmentChip(TextButton):
    """A button; its words are drawn in two lines."""

    def __init__(self, theme: Theme, attachment: AttachmentItem, *, parent: QWidget) -> None:
        name = attachment.name or _("Pasted text")
        super().__init__(theme, name, parent=parent)
        self.height_px = _CHIP_PX
        count = len(attachment.text)
        self._size = plural("{count} character", "{count} characters", count).replace(str(count), grouped(count))
        accessible.name(self, _("Attached: {name}").format(name=name), self._size)
        self.setToolTip(accessible.plain_tooltip(name))

    def sizeHint(self) -> QSize:
        words = QFontMetricsF(self._theme.fonts.small_strong).horizontalAdvance(self.text())
        size = QFontMetricsF(self._theme.fonts.small).horizontalAdvance(self._size)
        px = self._theme.px
        return QSize(max(px(_LEAST_PX), min(px(_MOST_PX), round(max(words, size)) + px(58))), px(_CHIP_PX))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color, px = self._theme.color, self._theme.px
        ground = color("hover") if self.underMouse() else color("card")
        paint_card(painter, QRectF(self.rect()), ground=ground, line=color("line"), radius=10)
        is_rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        tile = px(28)
        left = self.width() - px(8) - tile if is_rtl else px(8)
        paint_card(painter, QRectF(left, px(8), tile, tile), ground=color("accent_ground"), line=None, radius=7)
        icon = QRectF(left + px(6), px(14), px(16), px(16))
        self._theme.icons.paint(painter, "file-text", icon, color("accent"))
        room = self.width() - tile - px(8) - px(9) - px(12)
        x = px(12) if is_rtl else px(8) + tile + px(9)
        side = Qt.AlignmentFlag.AlignRight if is_rtl else Qt.AlignmentFlag.AlignLeft
        for y, font, shade, words in (
            (px(6), self._theme.fonts.small_strong, "text", self.text()),
            (px(22), self._theme.fonts.small, "muted", self._size),
        ):
            painter.setFont(font)
            painter.setPen(color(shade))
            shown = QFontMetricsF(font).elidedText(words, Qt.TextElideMode.ElideMiddle, room)
            painter.drawText(QRectF(x, y, room, px(17)), side | Qt.AlignmentFlag.AlignVCenter, shown)
        if self._has_ring:
            paint_ring(painter, QRectF(self.rect()), self._theme, 9)


class AttachmentChips(QWidget):
    """`arrange(width)` says how high they are; they stand at the end of the line, as the question does."""

    attachment_requested = Signal(object)

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._attachments: tuple[AttachmentItem, ...] = ()
        self._chips: list[AttachmentChip] = []

    @property
    def chips(self) -> list[AttachmentChip]:
        return list(self._chips)

    def set_attachments(self, attachments: tuple[AttachmentItem, ...]) -> None:
        if attachments == self._attachments:
            return
        for chip in self._chips:
            chip.deleteLater()
        self._attachments = attachments
        self._chips = [AttachmentChip(self._theme, one, parent=self) for one in attachments]
        for chip, attachment in zip(self._chips, attachments, strict=True):
            chip.clicked.connect(partial(self._ask, attachment))
            chip.show()

    def arrange(self, width: int) -> int:
        if not self._chips:
            return 0
        rows: list[list[AttachmentChip]] = [[]]
        room = width
        for chip in self._chips:
            needed = min(width, chip.sizeHint().width()) + _GAP_PX
            if needed - _GAP_PX > room:
                rows.append([])
                room = width
            rows[-1].append(chip)
            room -= needed
        height = self._theme.px(_CHIP_PX)
        for number, row in enumerate(rows):
            self._place(row, width, number * (height + _GAP_PX), height)
        return len(rows) * (height + _GAP_PX) - _GAP_PX

    def _place(self, row: list[AttachmentChip], width: int, y: int, height: int) -> None:
        sizes = [min(width, chip.sizeHint().width()) for chip in row]
        x = width - sum(sizes) - _GAP_PX * (len(row) - 1)
        is_rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        for chip, size in zip(row, sizes, strict=True):
            chip.setGeometry(width - x - size if is_rtl else x, y, size, height)
            x += size + _GAP_PX

    def _ask(self, attachment: AttachmentItem, _is_checked: bool = False) -> None:
        self.attachment_requested.emit(AttachmentRequested(attachment))
