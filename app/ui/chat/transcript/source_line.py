"""Below an answer from documents: how much was read, and the places that its chips lead to."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QStyle, QWidget

from app.text import _, plural
from app.ui import accessible
from app.ui.chat.items import CitationRequested, ReadRequested, Sourced, SourceItem
from app.ui.chat.rendering.decor import Chip, chip_size, paint_chip
from app.ui.controls import Text, TextButton, paint_card, paint_ring
from app.ui.theme import Theme

_CHIP_PX = 28
_GAP_PX = 6
_MOST_PX = 260
_PAD_PX = 7
OUTDENT_PX = 8
"""The icon of the first line stands under the text, so the whole begins before it."""
_ROWS = 2
"""Of places; more are in what opens."""


class SourceButton(TextButton):
    """One place: its number as in the answer, the document and the page, elided in the middle."""

    def __init__(self, theme: Theme, source: SourceItem, *, parent: QWidget) -> None:
        super().__init__(theme, source.words, parent=parent, kind="quiet")
        self.source = source
        self.height_px = _CHIP_PX
        self.setFont(theme.fonts.small)
        words = {"number": source.number, "place": source.words}
        name = _("source {number}: {place}") if source.number else _("Near: {place}")
        accessible.name(self, name.format(**words), _("Press to see it in the document."))
        self.setToolTip(accessible.plain_tooltip(source.words))

    def sizeHint(self) -> QSize:
        px = self._theme.px
        words = QFontMetricsF(self.font()).horizontalAdvance(self.source.words)
        return QSize(min(px(_MOST_PX), round(words + self._before_px + 2 * px(_PAD_PX)) + 3), px(_CHIP_PX))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(_CHIP_PX), self._theme.px(_CHIP_PX))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme, pad = self._theme, self._theme.px(_PAD_PX)
        ground = theme.color("hover" if self.underMouse() else "card")
        paint_card(painter, QRectF(self.rect()), ground=ground, line=theme.color("line"), radius=8)
        if self.source.number:
            chip = Chip(0, self.source.number, is_proven=True, tip="")
            size = chip_size(theme, chip.label)
            place = QRectF(pad, (self.height() - size.height()) / 2, size.width(), size.height())
            paint_chip(painter, self._seen(place), chip, theme)
        room = self._seen(QRectF(pad + self._before_px, 0, self.width() - 2 * pad - self._before_px + 1, self.height()))
        painter.setFont(self.font())
        painter.setPen(theme.color("muted"))
        shown = QFontMetricsF(self.font()).elidedText(self.source.words, Qt.TextElideMode.ElideMiddle, room.width())
        side = Qt.AlignmentFlag.AlignRight if self.isRightToLeft() else Qt.AlignmentFlag.AlignLeft
        painter.drawText(room, side | Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignVCenter, shown)
        if self._has_ring:
            paint_ring(painter, QRectF(self.rect()), theme, 7)

    @property
    def _before_px(self) -> float:
        return chip_size(self._theme, str(self.source.number)).width() + 6 if self.source.number else 0.0

    def _seen(self, place: QRectF) -> QRectF:
        """Where text runs from right to left it stands the other way round."""
        if self.isRightToLeft():
            return QRectF(self.width() - place.right(), place.top(), place.width(), place.height())
        return place


class SourceLine(QWidget):
    """`set_sourced`, then `arrange(width)` says how high it is; it is wider than that by OUTDENT_PX."""

    requested = Signal(object)
    """One of the requests of items.py."""
    height_changed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._id = ""
        self._sourced: Sourced | None = None
        self.read = TextButton(theme, "", parent=self, kind="quiet", icon="file-search")
        self.read.setFont(theme.fonts.small)
        self.read.height_px = _CHIP_PX
        self.read.align_left = True
        self.read.clicked.connect(self._on_read)
        self.note = Text(theme, "", parent=self, font=theme.fonts.small, color="muted").wrapped()
        self._near = Text(theme, _("The nearest passages:"), parent=self, font=theme.fonts.small, color="muted")
        self.buttons: list[SourceButton] = []
        self.more = TextButton(theme, "", parent=self, kind="quiet")
        self.more.setFont(theme.fonts.small)
        self.more.height_px = _CHIP_PX
        self.more.clicked.connect(self._on_read)

    def tab_stops(self) -> list[QWidget]:
        return [self.read, *self.buttons, self.more]

    def set_sourced(self, id_: str, sourced: Sourced) -> None:
        if (id_, sourced) == (self._id, self._sourced):
            return
        self._id, self._sourced = id_, sourced
        self.read.set_text(sourced.said.rstrip("."))
        accessible.name(self.read, sourced.said, _("Press to see what was read."))
        self.read.setToolTip(accessible.plain_tooltip(_("See what was read")))
        self.note.setText(sourced.note)
        self.note.setVisible(bool(sourced.note))
        self._near.setVisible(bool(sourced.near))
        for button in self.buttons:
            button.hide()
            button.deleteLater()
        self.buttons = [self._button(source) for source in sourced.sources or sourced.near]
        self.height_changed.emit()

    def arrange(self, width: int) -> int:
        """The height at `width`; places the parts."""
        y = self.read.height_for(width)
        self._place(self.read, QRect(-OUTDENT_PX, 0, min(width + OUTDENT_PX, self.read.sizeHint().width()), y), width)
        if not self.note.isHidden():
            height = self.note.heightForWidth(width)
            self._place(self.note, QRect(0, y + 2, width, height), width)
            y += height + 4
        if not self._near.isHidden():
            height = self._near.sizeHint().height()
            self._place(self._near, QRect(0, y + 2, width, height), width)
            y += height + 4
        return self._arrange_buttons(y + 4, width) if self.buttons else y

    def _arrange_buttons(self, y: int, width: int) -> int:
        """In two rows at most; the last place of them says how many more there are."""
        height = self._theme.px(_CHIP_PX)
        self.more.set_text(plural("{count} more", "{count} more", len(self.buttons)))
        more = self.more.sizeHint().width()
        x, row, shown = 0, 0, 0
        for number, button in enumerate(self.buttons):
            wanted = min(button.sizeHint().width(), width)
            is_last = number == len(self.buttons) - 1
            if x and x + wanted > width:
                if row == _ROWS - 1:
                    break
                x, row = 0, row + 1
            if row == _ROWS - 1 and not is_last and x and x + wanted + _GAP_PX + more > width:
                break
            self._place(button, QRect(x, y + row * (height + _GAP_PX), wanted, height), width)
            x += wanted + _GAP_PX
            shown += 1
        for number, button in enumerate(self.buttons):
            button.setVisible(number < shown)
        left = len(self.buttons) - shown
        self.more.setVisible(left > 0)
        if left:
            self.more.set_text(plural("{count} more", "{count} more", left))
            self._place(self.more, QRect(x, y + row * (height + _GAP_PX), more, height), width)
        return y + (row + 1) * (height + _GAP_PX) - _GAP_PX

    def _button(self, source: SourceItem) -> SourceButton:
        made = SourceButton(self._theme, source, parent=self)
        made.clicked.connect(partial(self._ask, source))
        made.show()
        return made

    def _place(self, part: QWidget, place: QRect, width: int) -> None:
        whole = QRect(0, 0, width + OUTDENT_PX, 0)
        part.setGeometry(QStyle.visualRect(self.layoutDirection(), whole, place.translated(OUTDENT_PX, 0)))

    def _ask(self, source: SourceItem, _is_checked: bool = False) -> None:
        self.requested.emit(CitationRequested(self._id, source.number, source.document_id, source.span))

    @Slot()
    def _on_read(self) -> None:
        self.requested.emit(ReadRequested(self._id))
