"""Scrolling through messages of which only those in view are widgets.

Heights are guessed until a message is shown, then measured and kept per width. The place is held as (message,
offset), so that guesses turning exact never move what is being read. A growing answer is followed only from its end.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QFrame, QWidget

from app.ui.chat.transcript.gliding import Glide
from app.ui.chat.transcript.stage import Stage, is_within
from app.ui.theme import Theme
from app.ui.tokens import COLUMN_PX

_TOP_PX = 20
_BOTTOM_PX = 30
_SIDE_PX, _NARROW_SIDE_PX = 28, 20
_NARROW_PX = 480
_LEAST_COLUMN_PX = 200
_AHEAD_PX = 240
_PASSES_MAX = 6
_AT_END_PX = 6
_STEP_PX = 24
_EDGE_PX = 12
_LINE_PX = 16  # from the middle of a line to what must not cover it
_PAGE_SHARE = 0.9
_NOTCH = 120  # what a wheel tells for one step of its turn
_WIDTH_FACTOR_LEAST = 0.3


class MessageArea(QAbstractScrollArea):
    placed = Signal()
    """Messages moved: by scrolling, growing, or another size."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._width = 0
        self._text_px = theme.fonts.body.pixelSize()
        self._is_following = True
        self._is_placing = False
        self._anchor = (0, 0)
        self._covered_px = 0
        self._ahead_px = _AHEAD_PX
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self._stage = Stage(theme, self.viewport())
        self._stage.height_changed.connect(self._on_height_changed)
        self._stage.boundary_line.height_changed.connect(self._on_boundary_changed)
        bar = self.verticalScrollBar()
        bar.setSingleStep(_STEP_PX)
        bar.valueChanged.connect(self._on_scrolled)
        self._glide = Glide(theme, bar)
        bar.sliderPressed.connect(self._glide.stop)
        theme.changed.connect(self._on_theme_changed)

    @property
    def is_following(self) -> bool:
        return self._is_following

    @property
    def is_gliding(self) -> bool:
        """Whether it is on its way somewhere."""
        return self._glide.is_moving

    @property
    def top_row(self) -> int:
        """The message at the upper edge."""
        return self._anchor[0]

    @Slot()
    def jump_to_end(self) -> None:
        self._glide.stop()
        self._is_following = True
        self.place()

    def scroll_page(self, step: int) -> None:
        """One page down (+1) or up (-1)."""
        self._glide.by(step * self.viewport().height() * _PAGE_SHARE)

    def show_row(self, row: int) -> None:
        """Scrolls just enough to see the row's beginning."""
        self._go_to(row)
        bar = self.verticalScrollBar()
        top = self._stage.extents.top(row) + self._above_px
        bottom = top + self._stage.extents.height(row)
        if top < bar.value() + self._covered_px:
            bar.setValue(top - self._covered_px - _EDGE_PX)
        elif bottom > bar.value() + self.viewport().height():
            bar.setValue(min(top - _EDGE_PX, bottom - self.viewport().height() + _EDGE_PX))
        self.place()

    def set_covered(self, covered_px: int) -> None:
        """So much of the upper edge lies under something: the first message can be scrolled out from below it, and
        what is being read stays where it is."""
        grown = covered_px - self._covered_px
        if grown:
            self._covered_px = covered_px
            self._anchor = (self._anchor[0], self._anchor[1] + grown)
            self.place()

    def centre_on(self, row: int, y: int) -> None:
        """Scrolls so that the line `y` px below the top of `row` is in the middle, unless it is well in view."""
        self._go_to(row)
        line = self._stage.extents.top(row) + self._above_px + y
        bar, height = self.verticalScrollBar(), self.viewport().height()
        upper = max(height // 8, self._covered_px + _LINE_PX)
        if not bar.value() + upper <= line <= bar.value() + height * 7 // 8:
            self._is_following = False
            bar.setValue(line - height // 2)
        self.place()

    def place(self) -> None:
        """Makes, measures and moves the widgets of the rows in view."""
        if self._is_placing:
            return
        self._is_placing = True
        try:
            for _pass in range(_PASSES_MAX):
                self._scroll_to_anchor()
                if not self._measure():
                    break
            self._scroll_to_anchor()
            self._stage.move(
                (self.width() - self._stage.column) // 2, self.verticalScrollBar().value() - self._above_px
            )
        finally:
            self._is_placing = False
        self.placed.emit()

    def rows_in_view(self) -> range:
        """With those a little above and below it."""
        if not len(self._stage.feed):
            return range(0)
        y = self.verticalScrollBar().value() - self._above_px
        first = self._stage.extents.row_at(y - self._ahead_px)
        last = self._stage.extents.row_at(y + self.viewport().height() + self._ahead_px)
        return range(first, last + 1)

    @property
    def _above_px(self) -> int:
        """Above the first message."""
        return _TOP_PX + self._covered_px

    def _measure(self) -> bool:
        rows = self.rows_in_view()
        if not rows:
            return self._stage.measure(rows, span_px=0, is_from_end=False)
        extents, y = self._stage.extents, self.verticalScrollBar().value() - self._above_px
        upper, lower = y - self._ahead_px, y + self.viewport().height() + self._ahead_px
        if self._is_following:
            span = extents.top(rows[-1]) + extents.height(rows[-1]) - upper
        else:
            span = lower - extents.top(rows[0])
        return self._stage.measure(rows, span_px=span, is_from_end=self._is_following)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_column()
        self.place()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A wheel's notches glide; what a touchpad tells is followed as it is."""
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier or not event.angleDelta().y():
            super().wheelEvent(event)
            return
        bar = self.verticalScrollBar()
        if not event.pixelDelta().isNull():
            self._glide.stop()
            bar.setValue(bar.value() - event.pixelDelta().y())
        else:
            self._glide.by(-event.angleDelta().y() / _NOTCH * QApplication.wheelScrollLines() * bar.singleStep())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        is_up = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.scroll_page(1 if key == Qt.Key.Key_PageDown else -1)
        elif key == Qt.Key.Key_Space:
            self.scroll_page(-1 if is_up else 1)
        else:
            event.ignore()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Rows are placed by `place`; Qt must not move them."""

    def _fit_column(self) -> None:
        # Of the whole area and not of the viewport: the text must not move when the scroll bar comes.
        side = _SIDE_PX if self.width() >= _NARROW_PX else _NARROW_SIDE_PX
        before, now = self._width, max(_LEAST_COLUMN_PX, min(self._theme.px(COLUMN_PX), self.width() - 2 * side))
        self._width = self._stage.column = now
        if now != before:
            # What was measured before the first layout was measured for a width that nobody saw.
            self._stage.extents.rescale(max(_WIDTH_FACTOR_LEAST, before / now) if before else 1.0)

    def _go_to(self, row: int) -> None:
        """Near enough that the row is a widget and measured."""
        self._glide.stop()
        self._is_following = False
        rows = self.rows_in_view()
        if row not in rows or self._stage.view_at(row) is None:
            self._anchor = (row, -_EDGE_PX)
        self.place()

    def _scroll_to_anchor(self) -> None:
        bar, extents = self.verticalScrollBar(), self._stage.extents
        count = len(extents)
        content = extents.total + self._above_px + _BOTTOM_PX
        bar.setPageStep(self.viewport().height())
        bar.setRange(0, max(0, content - self.viewport().height()) if count else 0)
        if self._is_following:
            bar.setValue(bar.maximum())
        elif count:
            bar.setValue(extents.top(min(self._anchor[0], count - 1)) + self._anchor[1])
        self._note_anchor()

    def _note_anchor(self) -> None:
        if len(self._stage.extents):
            y = self.verticalScrollBar().value()
            row = self._stage.extents.row_at(y)
            self._anchor = (row, y - self._stage.extents.top(row))

    @Slot(int)
    def _on_scrolled(self, value: int) -> None:
        if not self._is_placing:
            self._is_following = value >= self.verticalScrollBar().maximum() - _AT_END_PX
            top = self._stage.extents.top(min(self._anchor[0], len(self._stage.extents) - 1))
            is_far = abs(value - top - self._anchor[1]) > self.viewport().height()
            self._note_anchor()
            # After a jump only what is seen is made: the scroll bar is dragged through hundreds of messages a second.
            self._ahead_px = 0 if is_far else _AHEAD_PX
            self.place()

    @Slot(object)
    def _on_height_changed(self, id_: str) -> None:
        row = self._stage.feed.row_of(id_)
        if row >= 0:
            self._stage.extents.forget(row)
            view = self._stage.view_at(row)
            # What a person opens stays where it is; what grows by itself (a formula was drawn) is followed.
            is_by_person = view is not None and (view.underMouse() or is_within(view))
            if is_by_person and row < len(self._stage.feed) - 1:
                self._is_following = False
            self.place()
            self._stage.order_tab_stops()

    @Slot()
    def _on_boundary_changed(self) -> None:
        """Opened or closed: what stands below moves, what is above and the line itself stay."""
        row = self._stage.boundary_row
        if row >= 0:
            self._is_following = False
            self._stage.extents.forget(row)
            self.place()
            self._stage.order_tab_stops()

    @Slot()
    def _on_theme_changed(self) -> None:
        self._stage.clear()
        before, self._text_px = self._text_px, self._theme.fonts.body.pixelSize()
        self._stage.extents.rescale(self._text_px / before)
        self._fit_column()
        self.place()
