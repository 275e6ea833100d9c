"""What is attached to the question being written: one chip per file or large paste, in at most two rows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QStyle, QWidget

from app.chat.tree import Attachment
from app.text import _, decimal, grouped, plural
from app.ui import accessible
from app.ui.chat.composer.strip import Strip
from app.ui.chat.items import AttachmentItem, AttachmentRequested
from app.ui.controls import IconButton, TextButton, paint_card, paint_ring
from app.ui.theme import Theme

_CHIP_PX = 50
_LEAST_PX = 132
_MOST_PX = 300
_TILE_PX = 30
_WORDS_LEFT_PX = 48
_CLOSE_PX = 26
_ROWS_SHOWN = 2.5  # half a row says that there is more


class AttachmentChip(TextButton):
    """A press shows what is attached. `attachment` is None while the file is being read."""

    removed = Signal(object)
    """The chip itself."""
    opened = Signal(object)
    """An AttachmentRequested."""

    def __init__(self, theme: Theme, name: str, attachment: Attachment | None, *, parent: QWidget) -> None:
        super().__init__(theme, name or _("Pasted text"), parent=parent)
        self.attachment = attachment
        self._title = self.text()
        self._close = IconButton(theme, "x", "", parent=self, size=_CLOSE_PX)
        self._close.icon_px = 14
        self._close.clicked.connect(self._on_close)
        self.clicked.connect(self._on_pressed)
        self.fill(attachment)

    def fill(self, attachment: Attachment | None) -> None:
        """The file has been read."""
        self.attachment = attachment
        self._size = _("Reading…") if attachment is None else size_words(attachment)
        words = {"name": self._title, "size": self._size}
        accessible.name(self, _("Attached: {name}, {size}").format(**words), _("Press to look at it."))
        accessible.name(self._close, _("Attached: {name}, {size}, remove").format(**words))
        self._close.setToolTip(accessible.plain_tooltip(_("Remove")))
        self.setToolTip(accessible.plain_tooltip(self._title))
        self.updateGeometry()
        self.update()

    @property
    def close_button(self) -> IconButton:
        return self._close

    def sizeHint(self) -> QSize:
        theme = self._theme
        title = QFontMetricsF(theme.fonts.small_strong).horizontalAdvance(self._title)
        size = QFontMetricsF(theme.fonts.small).horizontalAdvance(self._size)
        width = min(max(title, size) + theme.px(_WORDS_LEFT_PX + _CLOSE_PX) + 18, theme.px(_MOST_PX))
        return QSize(max(round(width), theme.px(_LEAST_PX)), theme.px(_CHIP_PX))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(self)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        side = self._theme.px(_CLOSE_PX)
        place = QRect(self.width() - side - 8, (self.height() - side) // 2, side, side)
        self._close.setGeometry(QStyle.visualRect(self.layoutDirection(), self.rect(), place))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = self._theme.color
        rect = QRectF(self.rect())
        is_hot = self.underMouse() and not self._close.underMouse()
        paint_card(painter, rect, ground=color("hover" if is_hot else "card"), line=color("line"), radius=10)
        px = self._theme.px
        side, inset = px(_TILE_PX), px(6)
        tile = QRect(px(9), (self.height() - side) // 2, side, side)
        tile = QStyle.visualRect(self.layoutDirection(), self.rect(), tile)
        paint_card(painter, QRectF(tile), ground=color("accent_ground"), line=None, radius=7)
        icon = "file-text" if self.attachment is None or self.attachment.name else "clipboard-text"
        self._theme.icons.paint(painter, icon, QRectF(tile).adjusted(inset, inset, -inset, -inset), color("accent"))
        left = px(_WORDS_LEFT_PX)
        words = QRect(left, 0, self.width() - left - px(_CLOSE_PX) - 12, self.height())
        self._paint_words(painter, QStyle.visualRect(self.layoutDirection(), self.rect(), words))
        if self._has_ring:
            paint_ring(painter, rect, self._theme, 9)

    def _paint_words(self, painter: QPainter, rect: QRect) -> None:
        """Two lines, together in the middle."""
        fonts = self._theme.fonts
        strong, small = QFontMetricsF(fonts.small_strong), QFontMetricsF(fonts.small)
        top = rect.top() + (rect.height() - strong.height() - small.height()) / 2
        painter.setFont(fonts.small_strong)
        painter.setPen(self._theme.color("text"))
        title = strong.elidedText(self._title, Qt.TextElideMode.ElideMiddle, rect.width())
        painter.drawText(QRectF(rect.left(), top, rect.width() + 1, strong.height()), _side(self), title)
        painter.setFont(fonts.small)
        painter.setPen(self._theme.color("muted"))
        size = small.elidedText(self._size, Qt.TextElideMode.ElideRight, rect.width())
        place = QRectF(rect.left(), top + strong.height(), rect.width() + 1, small.height())
        painter.drawText(place, _side(self), size)

    @Slot()
    def _on_close(self) -> None:
        self.removed.emit(self)

    @Slot()
    def _on_pressed(self) -> None:
        if self.attachment is not None:
            self.opened.emit(AttachmentRequested(AttachmentItem(self.attachment.name, self.attachment.text)))


class ChipStrip(Strip):
    """The chips in the order in which they came."""

    changed = Signal()
    opened = Signal(object)
    """An AttachmentRequested."""
    left = Signal()
    """The chip that had the focus is gone."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, _("Attached"), chip_px=_CHIP_PX, rows_shown=_ROWS_SHOWN, parent=parent)
        self._chips: list[AttachmentChip] = []

    def shown(self) -> Sequence[QWidget]:
        return self._chips

    @property
    def chips(self) -> tuple[AttachmentChip, ...]:
        return tuple(self._chips)

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        return tuple(chip.attachment for chip in self._chips if chip.attachment is not None)

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """What the keyboard reaches, in order."""
        return tuple(stop for chip in self._chips for stop in (chip, chip.close_button))

    @property
    def is_reading(self) -> bool:
        return any(chip.attachment is None for chip in self._chips)

    def add(self, name: str, attachment: Attachment | None) -> AttachmentChip:
        chip = AttachmentChip(self._theme, name, attachment, parent=self.content)
        chip.removed.connect(self._on_removed)
        chip.opened.connect(self.opened)
        self._chips.append(chip)
        chip.show()
        self.changed.emit()
        return chip

    def fill(self, chip: AttachmentChip, attachment: Attachment) -> None:
        """Its file has been read, unless it was removed meanwhile."""
        if chip in self._chips:
            chip.fill(attachment)
            self.changed.emit()

    def remove(self, chip: AttachmentChip) -> None:
        if chip in self._chips:
            self._drop(chip)
            self.changed.emit()

    def replace(self, attachments: tuple[Attachment, ...], *, keeps_reading: bool = False) -> None:
        """These instead of what there is, or beside the files that are still being read."""
        for chip in self.chips:
            if chip.attachment is not None or not keeps_reading:
                self._drop(chip)
        for attachment in attachments:
            self.add(attachment.name, attachment)
        self.changed.emit()

    @Slot(object)
    def _on_removed(self, chip: AttachmentChip) -> None:
        has_focus = chip.hasFocus() or chip.close_button.hasFocus()
        self.remove(chip)
        if has_focus:
            self.left.emit()

    def _drop(self, chip: AttachmentChip) -> None:
        self._chips.remove(chip)
        chip.hide()
        chip.deleteLater()


def size_words(attachment: Attachment) -> str:
    """How much it is, in the unit that tells most: bytes of a file, characters and lines of a paste."""
    text = attachment.text
    if not attachment.name:
        lines = text.count("\n") + 1
        return _("{count} characters · {lines} lines").format(count=grouped(len(text)), lines=grouped(lines))
    size = len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
    if size < 1000:
        return plural("{count} byte", "{count} bytes", size)
    if size < 999_500:
        return _("{size} KB").format(size=round(size / 1000))
    return _("{size} MB").format(size=decimal(size / 1_000_000))


def _side(widget: QWidget) -> Qt.AlignmentFlag:
    is_mirrored = widget.layoutDirection() == Qt.LayoutDirection.RightToLeft
    side = Qt.AlignmentFlag.AlignRight if is_mirrored else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
