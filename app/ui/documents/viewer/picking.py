"""The hand on the pages: dragging over words selects them, Shift and the arrows go on from there.

A drag that leaves the view scrolls it, for as long as the button is held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPointF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QMouseEvent

from app.documents.parts import Rectangle, Span
from app.ui.documents.viewer.selecting import Selection, Spot, Way, hit, moved, nearest

if TYPE_CHECKING:
    from app.ui.documents.viewer.page_view import PageView

_SCROLL_MS, _SCROLL_PX = 30, 14
_WAYS: Final[dict[int, Way]] = {
    Qt.Key.Key_Right.value: "on",
    Qt.Key.Key_Left.value: "back",
    Qt.Key.Key_Up.value: "up",
    Qt.Key.Key_Down.value: "down",
}


class Picking(QObject):
    """Of the view that it is parented to, which hands on its events; `boxes` says what to draw."""

    changed = Signal()

    def __init__(self, view: PageView) -> None:
        super().__init__(view)
        self._view = view
        self._selection: Selection | None = None
        self._begun: Spot | None = None  # where the button went down
        self._from = QPointF()
        self._at = QPointF()
        self._is_dragging = False
        self._scroll = QTimer(self)
        self._scroll.setInterval(_SCROLL_MS)
        self._scroll.timeout.connect(self._on_scroll)

    @property
    def span(self) -> Span | None:
        """What is selected."""
        return None if self._selection is None else self._selection.span

    def boxes(self, page: int) -> tuple[Rectangle, ...]:
        """Where it stands on a page."""
        return () if self._selection is None else self._selection.boxes(page, self._view.pictures.words(page))

    def clear(self) -> None:
        self.release()
        self._select(None)

    def select_page(self, page: int) -> None:
        words = self._view.pictures.words(page)
        if words:
            first, last = words[0], words[-1]
            self._select(Selection(Spot(page, first.start, first.end), Spot(page, last.start, last.end)))

    # The mouse.

    def press(self, event: QMouseEvent) -> None:
        """With Shift what is selected goes on to here; else it begins anew with the first move."""
        self._from = self._at = event.position()
        self._begun = self._nearest(self._from)
        self._is_dragging = False
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self._selection is not None and self._begun:
            self._begun = self._selection.anchor
            self._is_dragging = True
            self._go_on()
        else:
            self._select(None)

    def move(self, event: QMouseEvent) -> None:
        self._at = event.position()
        if not event.buttons() & Qt.MouseButton.LeftButton:
            self.release()
            self._show_cursor()
            return
        way = (self._at - self._from).manhattanLength()
        if self._begun is None or not (self._is_dragging or way >= QGuiApplication.styleHints().startDragDistance()):
            return
        self._is_dragging = True
        self._go_on()
        if self._view.viewport().rect().contains(self._at.toPoint()):
            self._scroll.stop()
        elif not self._scroll.isActive():
            self._scroll.start()

    def release(self) -> None:
        self._scroll.stop()
        self._begun = None
        self._is_dragging = False

    def pick(self, event: QMouseEvent) -> None:
        """The word that was pressed twice, and those that it is dragged over from there."""
        self._from = self._at = event.position()
        spot = self._hit(self._at)
        self._select(None if spot is None else Selection(spot, spot))
        self._begun, self._is_dragging = spot, spot is not None

    def _go_on(self) -> None:
        spot = self._nearest(self._at)
        if self._begun is not None and spot is not None:
            self._select(Selection(self._begun, spot))

    @Slot()
    def _on_scroll(self) -> None:
        room, bar = self._view.viewport().rect(), self._view.verticalScrollBar()
        above, below = room.top() - self._at.y(), self._at.y() - room.bottom()
        step = _SCROLL_PX if below > 0 else -_SCROLL_PX if above > 0 else 0
        bar.setValue(bar.value() + step)
        self._go_on()

    def _show_cursor(self) -> None:
        is_text = self._hit(self._at) is not None
        self._view.viewport().setCursor(Qt.CursorShape.IBeamCursor if is_text else Qt.CursorShape.ArrowCursor)

    def _hit(self, point: QPointF) -> Spot | None:
        page = self._view.page_under(point.y())
        return hit(page, self._view.pictures.words(page), self._view.place_of(page), point)

    def _nearest(self, point: QPointF) -> Spot | None:
        page = self._view.page_under(point.y())
        return nearest(page, self._view.pictures.words(page), self._view.place_of(page), point)

    # The keys.

    def press_key(self, event: QKeyEvent) -> bool:
        """Whether it was one of ours."""
        way = _WAYS.get(event.key())
        if event.key() == Qt.Key.Key_Escape and self._selection is not None:
            self.clear()
            return True
        if event.key() == Qt.Key.Key_A and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self.select_page(self._view.page)
            return True
        if way is None or not event.modifiers() & Qt.KeyboardModifier.ShiftModifier or self._selection is None:
            return False
        anchor, head = self._selection.anchor, self._selection.head
        self._select(Selection(anchor, moved(head, way, self._view.pictures.words)))
        self._view.bring(self._selection.head)
        return True

    def _select(self, selection: Selection | None) -> None:
        if selection != self._selection:
            self._selection = selection
            self.changed.emit()
