"""A document's pages below each other, as pictures that come when they are in sight, with the passage that is marked
and the words that are selected.

The place that is looked at is kept as a page and a share of its height, so that it stays in sight when the width
changes, or when a page turns out to be higher than it was taken for.
"""

from __future__ import annotations

from PySide6.QtCore import QEasingCurve, QEvent, QPoint, QPointF, QRectF, QSize, Qt, QVariantAnimation, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from app.documents.library import Library
from app.documents.parts import Span
from app.frozen import dataclass
from app.ui.bridge import Bridge
from app.ui.controls import paint_ring
from app.ui.documents.viewer.column import Column
from app.ui.documents.viewer.paper import INK, mark_rect, paint_marks, paint_selection, paint_sheet
from app.ui.documents.viewer.picking import Picking
from app.ui.documents.viewer.pictures import Opener, PageFailed, PagePainted, PagePictures, PageWish
from app.ui.documents.viewer.selecting import Spot
from app.ui.theme import Theme

ZOOMS = (0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0)
_MOST_WIDTH_PX = 1100  # of a page at 100 %: wider lines are not read more easily
_MOST_PICTURE_PX = 2800  # in the screen's own pixels: 44 MB of an A4 page
_MARGIN_PX, _NARROW_MARGIN_PX, _NARROW_PX = 28, 10, 520
_GAP_PX = 18
_STEP_PX = 40
_MOVE_MS = 220
_MARK_AT = 0.3  # of the height: where the marked words come to stand
_EDGE = 0.12  # of the height: what is nearer to an edge is not comfortably in sight
_UNNOTICED = (
    Qt.FocusReason.MouseFocusReason,
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
    Qt.FocusReason.OtherFocusReason,
)
_WRAPPED = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)


@dataclass(frozen=True, slots=True)
class PageShown:
    """The page that most of the view is filled by; counts from 0."""

    page: int


class PageView(QAbstractScrollArea):
    """`pictures.open` says of what; then `show_pages`."""

    page_changed = Signal(object)  # PageShown
    zoom_changed = Signal()
    failed = Signal(object)  # PageFailed
    menu_wanted = Signal(object)  # QPoint on the screen

    def __init__(
        self, theme: Theme, bridge: Bridge, library: Library, *, parent: QWidget, opener: Opener | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.pictures = PagePictures(bridge, library, self, opener=opener)
        self.pictures.painted.connect(self._on_painted)
        self.pictures.failed.connect(self._on_failed)
        self.picking = Picking(self)
        self.picking.changed.connect(self.viewport().update)
        self.viewport().setMouseTracking(True)
        self._column = Column(0)
        self._zoom = 1.0
        self._page = -1
        self._anchor = (0, 0.0)  # a page, and the share of its height that is above the view's upper edge
        self._target: Span | None = None  # marked, and to be brought into sight as soon as its place is known
        self._is_placing = False
        self._has_ring = False
        self._move = QVariantAnimation(self)
        self._move.setDuration(_MOVE_MS)
        self._move.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._move.setStartValue(0.0)
        self._move.setEndValue(1.0)
        self._move.valueChanged.connect(self._on_moved)
        self._moved_from, self._moved_to = 0.0, (0, 0.0)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # Always, as one that comes later makes the pages narrower, and each of them would be drawn twice.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.verticalScrollBar().setSingleStep(_STEP_PX)
        self.horizontalScrollBar().setSingleStep(_STEP_PX)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.setAutoFillBackground(True)
        theme.changed.connect(self._dress)
        theme.resized.connect(self._arrange)
        self._dress()

    @Slot()
    def _dress(self) -> None:
        """What lies around the pages, and below the scroll bars."""
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, self._theme.color(_surround(self._theme)))
        self.setPalette(palette)
        self.viewport().update()

    # What is shown.

    def show_pages(self, pages: int, page: int, span: Span | None) -> None:
        """So many, from this one on; with the span, its first words come into sight."""
        self._column = Column(pages)
        self._page = -1
        self._anchor = (page, 0.0)
        self.picking.clear()
        self.go_to(page, span)

    def go_to(self, page: int, span: Span | None = None) -> None:
        """Another page of the same document, and what is marked from now on if anything else than before is."""
        self._move.stop()
        page = min(max(0, page), max(0, self._column.pages - 1))
        self._target = span
        if span is not None:
            self.pictures.set_span(span)
        if span is None or page not in self._in_sight():
            self._anchor = (page, 0.0)
        self._arrange()
        self._bring_target()

    @property
    def page(self) -> int:
        return max(0, self._page)

    @property
    def zoom(self) -> float:
        return self._zoom

    def set_zoom(self, zoom: float) -> None:
        """1: a page as wide as the view. What is marked, else what is in the middle, stays where it is."""
        if zoom == self._zoom:
            return
        self._end_move()
        middle = QPointF(self.viewport().rect().center())
        held = next((mark.topLeft() for mark in self.marked_places() if mark.bottom() > 0), middle)
        held = held if self.viewport().rect().contains(held.toPoint()) else middle
        vertical, horizontal = self.verticalScrollBar(), self.horizontalScrollBar()
        page = self._column.page_at(vertical.value() + held.y())
        place = self.place_of(page)
        across, down = (held.x() - place.left()) / place.width(), (held.y() - place.top()) / place.height()
        self._zoom = zoom
        self._arrange()
        place = self.place_of(page)
        vertical.setValue(vertical.value() + round(place.top() + down * place.height() - held.y()))
        aside = round(place.left() + across * place.width() - held.x())
        horizontal.setValue(horizontal.value() + (-aside if self.isRightToLeft() else aside))
        self.zoom_changed.emit()

    def step_zoom(self, step: int) -> None:
        """The next larger (+1) or smaller (-1)."""
        nearest = min(range(len(ZOOMS)), key=lambda at: abs(ZOOMS[at] - self._zoom))
        self.set_zoom(ZOOMS[min(max(0, nearest + step), len(ZOOMS) - 1)])

    def place_of(self, page: int) -> QRectF:
        """Where a page lies in the viewport."""
        width = self._column.width
        left = (self.viewport().width() - width) / 2
        if left < self._margin_px:
            bar = self.horizontalScrollBar()
            gone = bar.maximum() - bar.value() if self.isRightToLeft() else bar.value()
            left = self._margin_px - gone
        top = self._column.top(page) - self.verticalScrollBar().value()
        return QRectF(round(left), round(top), round(width), round(self._column.height(page)))

    def page_under(self, y: float) -> int:
        """The page at this height of the viewport, or the nearest one."""
        return self._column.page_at(self.verticalScrollBar().value() + y)

    def selected_places(self) -> tuple[QRectF, ...]:
        """Where selected words are in the viewport now."""
        return tuple(
            mark_rect(self.place_of(page), box) for page in self._in_sight() for box in self.picking.boxes(page)
        )

    def bring(self, spot: Spot) -> None:
        """A word into sight."""
        word = next((word for word in self.pictures.words(spot.page) if word.start == spot.start), None)
        if word is None:
            return
        box, bar, room = (
            mark_rect(self.place_of(spot.page), word.box),
            self.verticalScrollBar(),
            self.viewport().height(),
        )
        edge = min(_STEP_PX, room / 4)
        if box.top() < edge:
            bar.setValue(bar.value() + round(box.top() - edge))
        elif box.bottom() > room - edge:
            bar.setValue(bar.value() + round(box.bottom() - room + edge))

    def marked_places(self) -> tuple[QRectF, ...]:
        """Where marked words are in the viewport now, as far as that is known."""
        found = []
        for page in self._in_sight():
            place = self.place_of(page)
            found += [mark_rect(place, mark) for mark in self.pictures.marks(page) or ()]
        return tuple(found)

    # Layout.

    @property
    def _margin_px(self) -> int:
        return _NARROW_MARGIN_PX if self.viewport().width() < _NARROW_PX else _MARGIN_PX

    @Slot()
    def _arrange(self) -> None:
        room = self.viewport().size()
        fitting = min(room.width() - 2 * self._margin_px, self._theme.px(_MOST_WIDTH_PX))
        width = max(80, round(fitting * self._zoom))
        self._column.set_measures(width, margin=self._margin_px, gap=_GAP_PX)
        self._is_placing = True
        vertical, horizontal = self.verticalScrollBar(), self.horizontalScrollBar()
        vertical.setPageStep(max(1, round(room.height() * 0.9)))
        vertical.setRange(0, max(0, round(self._column.total) - room.height()))
        horizontal.setPageStep(room.width())
        horizontal.setRange(0, max(0, width + 2 * self._margin_px - room.width()))
        if self._move.state() != QVariantAnimation.State.Running:
            vertical.setValue(round(self._at(self._anchor)))
        self._is_placing = False
        self._look()

    def _at(self, place: tuple[int, float]) -> float:
        """How far the column is scrolled for this place to be at the upper edge."""
        page, share = place
        lead = min(self._margin_px, _GAP_PX) if share == 0.0 else 0
        return self._column.top(page) - lead + share * self._column.height(page)

    def _in_sight(self) -> range:
        top = self.verticalScrollBar().value()
        return self._column.visible(top, top + self.viewport().height())

    def _look(self) -> None:
        """Ask for what is in sight, and then for its neighbours; tell which page it is."""
        pages = self._in_sight()
        if not pages or not self.isVisible():
            return
        middle = self._column.page_at(self.verticalScrollBar().value() + self.viewport().height() * 0.4)
        ratio = self.devicePixelRatioF()
        order = sorted(pages, key=lambda page: abs(page - middle))
        if self._zoom <= 1:  # larger ones are made when they come into sight: a few of them fill the memory
            order += [page for page in (pages[-1] + 1, pages[0] - 1) if 0 <= page < self._column.pages]
        width_px = min(_MOST_PICTURE_PX, round(self._column.width * ratio))
        self.pictures.want([PageWish(page, width_px) for page in order])
        if middle != self._page:
            self._page = middle
            self.page_changed.emit(PageShown(middle))
        self.viewport().update()

    @Slot(int)
    def _on_scrolled(self, value: int) -> None:
        if self._is_placing:
            return
        page = self._column.page_at(value)
        height = self._column.height(page)
        self._anchor = (page, (value - self._column.top(page)) / height if height else 0.0)
        self._look()

    # Marked words.

    def _bring_target(self) -> None:
        """Scroll to the first marked words once it is known where they stand."""
        span = self._target
        if span is None:
            return
        marks = self.pictures.marks(span.first)
        if marks is None:
            return
        self._target = None
        if not marks or not self.isVisible():
            return
        first, last = min(marks, key=lambda mark: mark.top), max(marks, key=lambda mark: mark.bottom)
        room, place = self.viewport().height(), self.place_of(span.first)
        top, bottom = mark_rect(place, first).top(), mark_rect(place, last).bottom()
        if top >= room * _EDGE and min(bottom, top + room * 0.5) <= room * (1 - _EDGE):
            return
        height = self._column.height(span.first)
        self._scroll_to((span.first, first.top - _MARK_AT * room / height))

    def _scroll_to(self, place: tuple[int, float]) -> None:
        self._moved_from, self._moved_to = float(self.verticalScrollBar().value()), place
        if self._theme.is_motion_reduced:
            self._anchor = place
            self._arrange()
        else:
            self._move.start()

    def _end_move(self) -> None:
        """At once where it would have come to."""
        if self._move.state() == QVariantAnimation.State.Running:
            self._move.stop()
            self._anchor = self._moved_to
            self._arrange()

    @Slot(object)
    def _on_moved(self, share: float) -> None:
        end = self._at(self._moved_to)  # asked anew each time: pages on the way may turn out to be higher
        self.verticalScrollBar().setValue(round(self._moved_from + (end - self._moved_from) * share))

    @Slot(object)
    def _on_painted(self, painted: PagePainted) -> None:
        if self._column.learn(painted.page, painted.aspect):
            self._arrange()
        self._bring_target()
        self.viewport().update()

    @Slot(object)
    def _on_failed(self, failed: PageFailed) -> None:
        self.failed.emit(failed)
        self.viewport().update()

    # Events.

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show:
            self._arrange()
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._end_move()
        self._arrange()

    def hideEvent(self, event: QEvent) -> None:
        self._end_move()
        self.picking.release()
        super().hideEvent(event)  # type: ignore[arg-type]  # a QHideEvent

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._let_go()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.step_zoom(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            super().wheelEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._let_go()
        if event.button() == Qt.MouseButton.LeftButton:
            self.picking.press(event)
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.picking.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.picking.release()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.picking.pick(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """By the keyboard, where the selected words are."""
        place = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            places = self.selected_places() or self.marked_places() or (QRectF(self.viewport().rect()),)
            inside = QRectF(self.viewport().rect()).intersected(places[0])
            place = self.viewport().mapToGlobal(inside.center().toPoint())
        self.menu_wanted.emit(QPoint(place))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._let_go()
        if self.picking.press_key(event):
            return
        bar, key = self.verticalScrollBar(), event.key()
        is_back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            bar.setValue(bar.minimum() if key == Qt.Key.Key_Home else bar.maximum())
        elif key == Qt.Key.Key_Space:
            bar.setValue(bar.value() + (-bar.pageStep() if is_back else bar.pageStep()))
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and not self.horizontalScrollBar().maximum():
            is_forward = (key == Qt.Key.Key_Right) != self.isRightToLeft()
            self.go_to(self.page + (1 if is_forward else -1))
        else:
            super().keyPressEvent(event)

    def _let_go(self) -> None:
        """The person moves the view: nothing else does."""
        self._move.stop()
        self._target = None

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._has_ring = event.reason() not in _UNNOTICED
        self.viewport().update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._has_ring = False
        self.viewport().update()
        super().focusOutEvent(event)

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(400, 400)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), self._theme.color(_surround(self._theme)))
        ratio = self.devicePixelRatioF()
        for page in self._in_sight():
            place = self.place_of(page)
            fault = self.pictures.fault(page)
            paint_sheet(painter, self._theme, place, self.pictures.image(page), ratio)
            if fault is not None:
                painter.setPen(QColor(INK))
                painter.setFont(self._theme.fonts.ui)
                inset = place.adjusted(24, 0, -24, 0)
                painter.drawText(inset, _WRAPPED, f"{fault.message}\n{fault.next_step}")
            else:
                paint_marks(painter, self._theme, place, self.pictures.marks(page) or ())
                paint_selection(painter, self._theme, place, self.picking.boxes(page))
        if self._has_ring:
            paint_ring(painter, QRectF(self.viewport().rect()), self._theme, 4)


def _surround(theme: Theme) -> str:
    return "field" if theme.tokens.scheme == "light" else "sidebar"
