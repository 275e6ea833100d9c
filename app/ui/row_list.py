"""A list view whose rows are painted by us: made for many rows, with a focus ring for the keyboard only."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QFocusEvent, QFont, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyle, QStyleOptionViewItem, QWidget

from app.ui import accessible
from app.ui.controls import paint_card, paint_ring
from app.ui.theme import Theme

_UNNOTICED = (
    Qt.FocusReason.MouseFocusReason,
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
)


class RowList(QListView):
    """All rows are of one height. Set a model and a delegate that paints with `paint_ground` and `paint_line`."""

    def __init__(self, theme: Theme, label: str, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._has_keyboard = False
        self.setProperty("place", "list")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        accessible.name(self, label)
        theme.changed.connect(self.viewport().update)
        theme.resized.connect(self.scheduleDelayedItemsLayout)

    @property
    def has_keyboard(self) -> bool:
        return self._has_keyboard and self.hasFocus()

    @Slot()
    def enter(self) -> None:
        """The keyboard comes from elsewhere, as from a filter above; to the first row unless one is current."""
        if self.model().rowCount():
            self.setFocus(Qt.FocusReason.OtherFocusReason)
            current = self.currentIndex()
            self.setCurrentIndex(current if current.isValid() else self.model().index(0, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._has_keyboard = True
        super().keyPressEvent(event)
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        if event.reason() not in _UNNOTICED:
            self._has_keyboard = True
        super().focusInEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._has_keyboard = False
        super().mousePressEvent(event)

    def paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, *, is_current: bool) -> None:
        """What lies below a row that is selected or under the mouse, and the ring around the current one."""
        body = QRectF(option.rect).adjusted(5, 1, -5, -1)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if is_selected or option.state & QStyle.StateFlag.State_MouseOver:
            ground = self._theme.color("selected" if is_selected else "hover")
            has_line = is_selected and self._theme.tokens.is_high_contrast
            line = self._theme.color("line_strong") if has_line else None
            paint_card(painter, body, ground=ground, line=line, radius=8)
        if is_current and self.has_keyboard:
            paint_ring(painter, body, self._theme, 7)

    def paint_line(
        self,
        painter: QPainter,
        rect: QRectF,
        line: tuple[str, str],
        *,
        font: QFont,
        cut: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> float:
        """A line's words, in the colour that is named with them, from the top of `rect` on; where the next begins."""
        words, color = line
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(self._theme.color(color))
        place = QRectF(rect.left(), rect.top(), rect.width() + 1, metrics.height())
        shown = metrics.elidedText(" ".join(words.split()), cut, rect.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, shown)
        return place.bottom()
