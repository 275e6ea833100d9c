"""The documents and collections that the chat asks: a chip for each, with how far it is read, above the field."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QStyle, QWidget

from app.text import _
from app.ui import accessible
from app.ui.chat.composer.strip import Strip
from app.ui.chat.items import AskedDeed, AskedItem, AskedRequested, AskedState
from app.ui.controls import IconButton, TextButton, paint_card, paint_ring
from app.ui.theme import Theme

_CHIP_PX = 34
_LEAST_PX, _MOST_PX = 110, 280
_ICON_PX = 18
_PAD_PX = 9
_CLOSE_PX = 24
_ROWS_SHOWN = 2.5
_RING_PX = 2.2
_ICONS: dict[AskedState | AskedDeed, str] = {"failed": "warning-circle", "unlock": "lock-key", "scans": "image"}
_SHADES: dict[AskedState | AskedDeed, str] = {"failed": "danger", "unlock": "accent", "scans": "accent"}
_GROUNDS: dict[AskedState | AskedDeed, tuple[str, str | None]] = {
    "failed": ("danger_ground", None),
    "unlock": ("accent_ground", None),
    "scans": ("accent_ground", None),
}


class SourceChip(TextButton):
    """A press opens it. Its name is drawn, and behind it in grey how far or how much it is."""

    removed = Signal(object)
    """The chip itself."""
    opened = Signal(object)
    """An AskedRequested."""

    def __init__(self, theme: Theme, asked: AskedItem, *, parent: QWidget) -> None:
        super().__init__(theme, "", parent=parent)
        self._close = IconButton(theme, "x", "", parent=self, size=_CLOSE_PX)
        self._close.icon_px = 13
        self._close.clicked.connect(self._on_close)
        self.clicked.connect(self._on_pressed)
        self.asked = asked
        self.fill(asked)

    def fill(self, asked: AskedItem) -> None:
        """It has been read further."""
        self.asked = asked
        words = {"name": asked.name, "state": asked.words}
        form = _("Collection: {name}, {state}") if asked.is_collection else _("Document: {name}, {state}")
        accessible.name(self, form.format(**words), f"{asked.fault} {_press(asked)}".strip())
        accessible.name(self._close, _("{name}: ask it no more").format(**words))
        self._close.setToolTip(accessible.plain_tooltip(_("Ask it no more")))
        self.setToolTip(accessible.plain_tooltip("\n".join(part for part in (asked.name, asked.fault) if part)))
        self.updateGeometry()
        self.update()

    @property
    def close_button(self) -> IconButton:
        return self._close

    def sizeHint(self) -> QSize:
        px, fonts = self._theme.px, self._theme.fonts
        name = QFontMetricsF(fonts.small_strong).horizontalAdvance(self.asked.name)
        words = QFontMetricsF(fonts.small).horizontalAdvance(self.asked.words)
        around = px(_PAD_PX + _ICON_PX) + 7 + (8 if self.asked.words else 0) + px(_CLOSE_PX) + 8
        return QSize(max(px(_LEAST_PX), min(px(_MOST_PX), round(name + words + around) + 2)), px(_CHIP_PX))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.removed.emit(self)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        side = self._theme.px(_CLOSE_PX)
        self._close.setGeometry(self._seen(QRect(self.width() - side - 4, (self.height() - side) // 2, side, side)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, rect = self._theme, QRectF(self.rect())
        is_hot = self.underMouse() and not self._close.underMouse()
        ground, line = _GROUNDS.get(_look(self.asked), ("hover" if is_hot else "card", "line"))
        edge = theme.color(line) if line is not None else None
        paint_card(painter, rect, ground=theme.color(ground), line=edge, radius=9)
        side, pad = theme.px(_ICON_PX), theme.px(_PAD_PX)
        self._paint_state(painter, QRectF(self._seen(QRect(pad, (self.height() - side) // 2, side, side))))
        left = pad + side + 7
        self._paint_words(painter, left, self.width() - left - theme.px(_CLOSE_PX) - 6)
        if self._has_ring:
            paint_ring(painter, rect, theme, 8)

    def _paint_state(self, painter: QPainter, place: QRectF) -> None:
        theme, asked = self._theme, self.asked
        if asked.state in ("read", "failed"):
            look = _look(asked)
            icon = "folder" if asked.is_collection else _ICONS.get(look, "file-text")
            theme.icons.paint(painter, icon, place, theme.color("danger" if look == "failed" else "accent"))
            return
        ring = place.adjusted(2, 2, -2, -2)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("line_strong"), _RING_PX))
        painter.drawEllipse(ring)
        painter.setPen(QPen(theme.color("accent"), _RING_PX, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawArc(ring, 90 * 16, -round(360 * 16 * asked.fraction))

    def _paint_words(self, painter: QPainter, left: int, room: int) -> None:
        """What is said about it stays whole; the name gives way, in its middle."""
        fonts, asked = self._theme.fonts, self.asked
        strong, small = QFontMetricsF(fonts.small_strong), QFontMetricsF(fonts.small)
        words = small.elidedText(asked.words, Qt.TextElideMode.ElideRight, room * 0.6)
        taken = small.horizontalAdvance(words) + 8 if words else 0.0
        name = strong.elidedText(asked.name, Qt.TextElideMode.ElideMiddle, room - taken)
        wide = strong.horizontalAdvance(name)
        parts = (
            (fonts.small_strong, "text", name, 0.0, wide),
            (fonts.small, _SHADES.get(_look(asked), "muted"), words, wide + 8, taken),
        )
        for font, shade, shown, x, width in parts:
            painter.setFont(font)
            painter.setPen(self._theme.color(shade))
            place = self._seen(QRect(round(left + x), 0, round(width) + 2, self.height()))
            side = Qt.AlignmentFlag.AlignRight if self.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
            painter.drawText(place, side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter, shown)

    def _seen(self, place: QRect) -> QRect:
        return QStyle.visualRect(self.layoutDirection(), self.rect(), place)

    @Slot()
    def _on_close(self) -> None:
        self.removed.emit(self)

    @Slot()
    def _on_pressed(self) -> None:
        self.opened.emit(AskedRequested(self.asked))


def _look(asked: AskedItem) -> AskedState | AskedDeed:
    """What can be done about it says more than that it could not be read."""
    return asked.deed or asked.state


def _press(asked: AskedItem) -> str:
    """What a press does, for a screen reader."""
    match asked.deed:
        case "unlock":
            return _("Press to unlock it.")
        case "scans":
            return _("Press to see what can be done.")
        case "":
            return "" if asked.fault else _("Press to open it.")


class SourceStrip(Strip):
    """`set_asked` says what is shown; what stays keeps its chip, and with it the focus."""

    changed = Signal()
    opened = Signal(object)
    removed = Signal(object)
    """An AskedRequested each."""
    left = Signal()
    """The chip that had the focus is gone."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        label = _("Documents that this chat asks")
        super().__init__(theme, label, chip_px=_CHIP_PX, rows_shown=_ROWS_SHOWN, parent=parent)
        self._chips: list[SourceChip] = []

    def shown(self) -> Sequence[QWidget]:
        return self._chips

    @property
    def chips(self) -> tuple[SourceChip, ...]:
        return tuple(self._chips)

    @property
    def asked(self) -> tuple[AskedItem, ...]:
        return tuple(chip.asked for chip in self._chips)

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """What the keyboard reaches, in order."""
        return tuple(stop for chip in self._chips for stop in (chip, chip.close_button))

    def set_asked(self, asked: Sequence[AskedItem]) -> None:
        if tuple(asked) == self.asked:
            return
        before = {chip.asked.scope: chip for chip in self._chips}
        self._chips = [self._filled(before.pop(one.scope, None), one) for one in asked]
        has_focus = any(chip.hasFocus() or chip.close_button.hasFocus() for chip in before.values())
        for chip in before.values():
            chip.hide()
            chip.deleteLater()
        self.changed.emit()
        self.arrange()
        if has_focus:
            self.left.emit()

    def _filled(self, chip: SourceChip | None, asked: AskedItem) -> SourceChip:
        if chip is None:
            chip = SourceChip(self._theme, asked, parent=self.content)
            chip.removed.connect(self._on_removed)
            chip.opened.connect(self.opened)
            chip.show()
        elif chip.asked != asked:
            chip.fill(asked)
        return chip

    @Slot(object)
    def _on_removed(self, chip: SourceChip) -> None:
        self.removed.emit(AskedRequested(chip.asked))
