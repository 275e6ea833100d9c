"""A list as high as all its rows, for a page that scrolls as a whole: ten thousand rows are one widget, of which only
those in view are painted."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QRect, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QSizePolicy, QStyledItemDelegate, QWidget

from app.ui.row_items import Index
from app.ui.row_list import RowList
from app.ui.theme import Theme

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class TallList(RowList):
    """Call `use` with its model and delegate. It never scrolls by itself: `sought` says what should be in view."""

    sought = Signal(object)  # QRect, in its own coordinates
    opened = Signal(object)  # int: the row that Enter or a double click means

    def __init__(self, theme: Theme, label: str, *, parent: QWidget) -> None:
        super().__init__(theme, label, parent=parent)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setAutoScroll(False)
        self.doubleClicked.connect(self._on_double_clicked)
        theme.resized.connect(self.fit)

    def use(self, items: QAbstractListModel, delegate: QStyledItemDelegate) -> None:
        self.setModel(items)
        self.setItemDelegate(delegate)
        items.modelReset.connect(self.fit)
        self.fit()

    @Slot()
    def fit(self) -> None:
        """All rows have one height."""
        count = self.model().rowCount()
        self.setFixedHeight(count * self.sizeHintForRow(0) if count else 0)

    def scrollTo(
        self,
        index: Index,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        self._seek(index)

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        if self.has_keyboard:
            self._seek(current)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex().row())
        elif event.key() == Qt.Key.Key_Escape:
            event.ignore()  # the page's
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the page scrolls

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.has_keyboard and self.model().rowCount() and not self.currentIndex().isValid():
            self.setCurrentIndex(self.model().index(0, 0))

    def _seek(self, index: Index) -> None:
        rect = self.visualRect(index) if index.isValid() else QRect()
        if rect.isValid():
            self.sought.emit(rect)

    @Slot(QModelIndex)
    def _on_double_clicked(self, index: QModelIndex) -> None:
        self.opened.emit(index.row())
