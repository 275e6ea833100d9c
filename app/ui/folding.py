"""A row that becomes a column where its parts do not fit beside each other, as with large text in a narrow window."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QHBoxLayout, QLayout, QLayoutItem

from app.ui.controls import TextButton

_LEAST_PX = 80


class FoldingRow(QHBoxLayout):
    """Filled as any row. As a column each part is as wide as there is room, in the order in which they were added."""

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if not self._is_folded(width):
            # Asked first, because Qt measures there and else answers from memory that nobody has written.
            wraps = super().hasHeightForWidth()
            return super().heightForWidth(width) if wraps else super().sizeHint().height()
        margins = self.contentsMargins()
        inner = width - margins.left() - margins.right()
        heights = [_height(part, inner) for part in self._parts()]
        return sum(heights) + self.spacing() * (len(heights) - 1) + margins.top() + margins.bottom()

    def minimumHeightForWidth(self, width: int) -> int:
        return self.heightForWidth(width)

    def minimumSize(self) -> QSize:
        """That of its widest part."""
        margins = self.contentsMargins()
        widest = max((_least_width(part) for part in self._parts()), default=0)
        return QSize(widest + margins.left() + margins.right(), super().minimumSize().height())

    def setGeometry(self, rect: QRect) -> None:
        if not self._is_folded(rect.width()):
            super().setGeometry(rect)
            return
        QLayout.setGeometry(self, rect)
        inner = rect.marginsRemoved(self.contentsMargins())
        y = inner.top()
        for part in self._parts():
            height = _height(part, inner.width())
            place, button = QRect(inner.left(), y, inner.width(), height), part.widget()
            if isinstance(button, TextButton):
                button.setGeometry(place)  # its size policy would keep it in one line
            else:
                part.setGeometry(place)
            y += height + self.spacing()

    def _is_folded(self, width: int) -> bool:
        margins = self.contentsMargins()
        parts = self._parts()
        needed = sum(_width(part) for part in parts) + self.spacing() * (len(parts) - 1)
        return needed > width - margins.left() - margins.right()

    def _parts(self) -> list[QLayoutItem]:
        """Without spaces, and without what is hidden."""
        found = (self.itemAt(number) for number in range(self.count()))
        return [part for part in found if part is not None and part.spacerItem() is None and not part.isEmpty()]


def _width(part: QLayoutItem) -> int:
    """What it needs beside others: words that wrap, less than all of them in one line."""
    return part.minimumSize().width() if part.hasHeightForWidth() else part.sizeHint().width()


def _least_width(part: QLayoutItem) -> int:
    """The words of a button wrap where they must."""
    least = part.minimumSize().width()
    return min(_LEAST_PX, least) if isinstance(part.widget(), TextButton) else least


def _height(part: QLayoutItem, width: int) -> int:
    button = part.widget()
    if isinstance(button, TextButton):
        return button.height_for(width)
    return part.heightForWidth(width) if part.hasHeightForWidth() else part.sizeHint().height()
