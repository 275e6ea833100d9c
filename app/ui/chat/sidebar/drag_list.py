"""The dragging part of the list of chats: into folders, and out of them to everywhere below."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QWidget

from app.ui.chat.items import ChatEntry, ChatsMoved
from app.ui.chat.sidebar import dragging
from app.ui.chat.sidebar.asks import Asks
from app.ui.chat.sidebar.chat_items import ChatItems
from app.ui.chat.sidebar.rows import FolderRow
from app.ui.controls import paint_card
from app.ui.row_list import RowList
from app.ui.theme import Theme


class DragList(RowList):
    """Asks for a move where chats are let go, and shows before where that would be. Set `items` as its model."""

    def __init__(self, theme: Theme, label: str, asks: Asks, *, parent: QWidget) -> None:
        super().__init__(theme, label, parent=parent)
        self.asks = asks
        self.items = ChatItems(asks, self)
        self._target: str | None = None  # where dragged chats would go
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDropIndicatorShown(False)

    def dragged(self) -> tuple[ChatEntry, ...]:
        """The chats that a drag that begins now takes along."""
        raise NotImplementedError  # the list knows what is selected

    def startDrag(self, supported: Qt.DropAction) -> None:
        chats = self.dragged()
        if chats and self.items.folders:
            dragging.drag(self._theme, chats, self).exec(Qt.DropAction.MoveAction)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(dragging.FORMAT):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        super().dragMoveEvent(event)  # scrolls near the ends
        ids = dragging.carried(event.mimeData())
        place = dragging.target(self.items, self.indexAt(event.position().toPoint()))
        self._aim(place if place is not None and dragging.moved(self.items, ids, place) else None)
        if self._target is None:
            event.ignore()
        else:
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self._aim(None)

    def dropEvent(self, event: QDropEvent) -> None:
        place = dragging.target(self.items, self.indexAt(event.position().toPoint()))
        ids = dragging.moved(self.items, dragging.carried(event.mimeData()), place) if place is not None else ()
        self._aim(None)
        self.stopAutoScroll()
        self.setState(QAbstractItemView.State.NoState)
        if place is None or not ids:
            event.ignore()
            return
        event.acceptProposedAction()
        self.asks.move.emit(ChatsMoved(ids, place))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._target is not None:
            painter = QPainter(self.viewport())
            ground, line = self._theme.color("accent", alpha=0.10), self._theme.color("accent")
            paint_card(painter, QRectF(self._target_rect()), ground=ground, line=line, radius=8, width=1.5)

    def _aim(self, place: str | None) -> None:
        if place != self._target:
            self._target = place
            self.viewport().update()

    def _target_rect(self) -> QRect:
        """A folder with what is open of it, or all below the folders."""
        rows = self.items.rows
        inside = [
            number
            for number, row in enumerate(rows)
            if (isinstance(row, FolderRow) and self._target in ("", row.folder.id))
            or (isinstance(row, ChatEntry) and self.items.is_inside(row) and self._target in ("", row.folder_id))
        ]
        first, last = (self.visualRect(self.items.index(number)) for number in (inside[0], inside[-1]))
        if self._target:
            return first.united(last).adjusted(0, 1, -1, -1)
        whole = self.viewport().rect()
        return QRect(first.left(), last.bottom() + 4, first.width() - 1, whole.bottom() - last.bottom() - 5)
