"""Widgets one after the other, going on in the next line where the width ends, from whichever side lines begin."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QLayout, QLayoutItem, QStyle, QWidget

from app.ui.controls import TextButton

_LEAST_PX = 80


class Flow(QLayout):
    def __init__(self, parent: QWidget | None = None, *, gap_px: int = 4) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap_px = gap_px
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), is_trial=True)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, is_trial=False)

    def sizeHint(self) -> QSize:
        widths = [item.sizeHint().width() for item in self._items]
        height = max((item.sizeHint().height() for item in self._items), default=0)
        return QSize(sum(widths) + self._gap_px * max(0, len(widths) - 1), height)

    def minimumSize(self) -> QSize:
        width = max((_least_width(item) for item in self._items), default=0)
        height = max((item.minimumSize().height() for item in self._items), default=0)
        return QSize(width, height)

    def _arrange(self, rect: QRect, *, is_trial: bool) -> int:
        """The height that it takes."""
        owner = self.parentWidget()
        direction = owner.layoutDirection() if owner is not None else Qt.LayoutDirection.LeftToRight
        x, y, line_px = rect.left(), rect.top(), 0
        for item in self._items:
            if item.isEmpty():
                continue
            size = _size(item, rect.width())
            if x > rect.left() and x + size.width() > rect.right() + 1:
                x, y, line_px = rect.left(), y + line_px + self._gap_px, 0
            if not is_trial:
                place = QStyle.visualRect(direction, rect, QRect(x, y, size.width(), size.height()))
                button = item.widget()
                if isinstance(button, TextButton):
                    button.setGeometry(place)  # its size policy would keep it in one line
                else:
                    item.setGeometry(place)
            x += size.width() + self._gap_px
            line_px = max(line_px, size.height())
        return y + line_px - rect.top()


def _size(item: QLayoutItem, most_px: int) -> QSize:
    """Of one part, none of which is wider than a line: there the words of a button wrap."""
    size, button = item.sizeHint(), item.widget()
    if size.width() <= most_px:
        return size
    if isinstance(button, TextButton):
        return QSize(most_px, button.height_for(most_px))
    return QSize(most_px, item.heightForWidth(most_px) if item.hasHeightForWidth() else size.height())


def _least_width(item: QLayoutItem) -> int:
    least = item.minimumSize().width()
    return min(least, _LEAST_PX) if isinstance(item.widget(), TextButton) else least


def set_stacked(row: QBoxLayout, *, is_stacked: bool) -> None:
    """One below the other, or side by side."""
    directions = QBoxLayout.Direction
    row.setDirection(directions.TopToBottom if is_stacked else directions.LeftToRight)
