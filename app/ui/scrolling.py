"""A dialog whose middle scrolls where it is higher than the window or the screen; heading and buttons stay."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.ui.controls import Ground, Text
from app.ui.theme import Theme

MARGIN_PX = 24
_LEAST_HEIGHT_PX = 320
_HEADING_PX = 60  # above the first row of a card that is scrolled to


class ScrollingDialog(QDialog):
    """Put rows into `column` and buttons into `buttons`, then call `finish`."""

    def __init__(self, theme: Theme, title: str, *, width_px: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWindowTitle(title)
        self.setFixedWidth(width_px)
        self._head = self._make_head(title)
        self._area = QScrollArea(self)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._bar_px = self._area.verticalScrollBar().sizeHint().width()
        self.page = _Page(theme, "window", parent=None)
        self.column = QVBoxLayout(self.page)
        self.column.setContentsMargins(MARGIN_PX, 16, MARGIN_PX - self._bar_px, 20)
        self.column.setSpacing(8)
        self._area.setWidget(self.page)
        self._foot = Ground(theme, "window", parent=self)
        self.buttons = QHBoxLayout(self._foot)
        self.buttons.setContentsMargins(MARGIN_PX, 12, MARGIN_PX, 16)
        self.buttons.setSpacing(8)
        line = Ground(theme, "line", parent=self)
        line.setFixedHeight(1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self._head)
        rows.addWidget(self._area, 1)
        rows.addWidget(line)
        rows.addWidget(self._foot)

    def finish(self) -> None:
        self.column.addStretch(1)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # Enter in a field takes the number, and must not close the dialog

    def scroll_to(self, part: QWidget) -> None:
        """Once it is shown: `part` at the top, below the heading of its card."""
        top = part.mapTo(self.page, QPoint()).y() - _HEADING_PX
        self._area.verticalScrollBar().setValue(top)

    def showEvent(self, event: QShowEvent) -> None:
        """As high as the content, and no higher than the window or the screen."""
        ends = self._head.sizeHint().height() + self._foot.sizeHint().height() + 1
        wanted = ends + self.page.heightForWidth(self.width() - self._bar_px)
        room = self.screen().availableGeometry().height() - 2 * MARGIN_PX
        if (owner := self.parentWidget()) is not None:
            room = min(room, owner.window().height() - 2 * MARGIN_PX)
        self.setMinimumHeight(min(_LEAST_HEIGHT_PX, room))
        self.resize(self.width(), max(self.minimumHeight(), min(wanted, room)))
        super().showEvent(event)

    def _make_head(self, title: str) -> Ground:
        head = Ground(self._theme, "window", parent=self, edge="bottom")
        row = QHBoxLayout(head)
        row.setContentsMargins(MARGIN_PX, 20, MARGIN_PX, 14)
        row.addWidget(Text(self._theme, title, parent=head, font=self._theme.fonts.heading), 1)
        return head


class _Page(Ground):
    """What scrolls. Its height is that of its texts as they wrap, not that of the narrowest wrapping."""

    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST_HEIGHT_PX, 0)
