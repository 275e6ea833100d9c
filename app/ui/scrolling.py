"""A dialog whose middle scrolls where it is higher than the window or the screen; heading and buttons stay."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.ui.controls import Ground, Text
from app.ui.folding import FoldingRow
from app.ui.theme import Theme

MARGIN_PX = 24
EDGE_PX = 12  # of the window, to be seen at each side of a dialog
_NARROW_PX, _NARROW_MARGIN_PX = 420, 14
_LEAST_WIDTH_PX = 280
_LEAST_HEIGHT_PX = 320
_HEADING_PX = 60  # above the first row of a card that is scrolled to


class ScrollingDialog(QDialog):
    """Put rows into `column` and buttons into `buttons`, then call `finish`."""

    def __init__(self, theme: Theme, title: str, *, width_px: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWindowTitle(title)
        self.setFixedWidth(room_width(self, width_px))
        self._head = self._make_head(title)
        self._area = scroll_area(self)
        self._bar_px = self._area.verticalScrollBar().sizeHint().width()
        self.page = ScrolledPage(theme, "window", parent=None)
        self.column = QVBoxLayout(self.page)
        self.column.setContentsMargins(self.margin_px, 16, self.margin_px - self._bar_px, 20)
        self.column.setSpacing(8)
        self._area.setWidget(self.page)
        self._foot = Ground(theme, "window", parent=self)
        self.buttons = FoldingRow(self._foot)
        self.buttons.setContentsMargins(self.margin_px, 12, self.margin_px, 16)
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
        room = room_height(self)
        self.setMinimumHeight(min(_LEAST_HEIGHT_PX, room))
        self.resize(self.width(), max(self.minimumHeight(), min(self.wanted_height, room)))
        super().showEvent(event)

    def _make_head(self, title: str) -> Ground:
        head = Ground(self._theme, "window", parent=self, edge="bottom")
        row = QHBoxLayout(head)
        row.setContentsMargins(self.margin_px, 20, self.margin_px, 14)
        row.addWidget(Text(self._theme, title, parent=head, font=self._theme.fonts.heading).wrapped(), 1)
        return head

    @property
    def wanted_height(self) -> int:
        """Of all of it at its width."""
        ends = height_at(self._head, self.width()) + height_at(self._foot, self.width()) + 1
        return ends + self.page.heightForWidth(self.width() - self._bar_px)

    @property
    def margin_px(self) -> int:
        """Left and right of everything, when it was opened."""
        return MARGIN_PX if self.width() >= _NARROW_PX else _NARROW_MARGIN_PX


class ScrolledPage(Ground):
    """What scrolls. Its height is that of its texts as they wrap, not that of the narrowest wrapping."""

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)


def scroll_area(parent: QWidget) -> QScrollArea:
    """For what may be higher than there is room, and is never wider."""
    area = QScrollArea(parent)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area


def room_width(dialog: QDialog, wished_px: int) -> int:
    """As wide as wished, but inside the window that it belongs to, or on the screen."""
    owner = dialog.parentWidget()
    window = owner.window() if owner is not None else None
    is_known = window is not None and (window.isVisible() or window.testAttribute(Qt.WidgetAttribute.WA_Resized))
    width = window.width() if window is not None and is_known else dialog.screen().availableSize().width()
    return min(wished_px, max(_LEAST_WIDTH_PX, width - 2 * EDGE_PX))


def room_height(dialog: QDialog) -> int:
    """How high a dialog may be."""
    room = dialog.screen().availableGeometry().height() - 2 * MARGIN_PX
    owner = dialog.parentWidget()
    return room if owner is None else min(room, owner.window().height() - 2 * MARGIN_PX)


def height_at(part: QWidget, width: int) -> int:
    """That of a part whose texts wrap or whose buttons fold at this width."""
    return part.heightForWidth(width) if part.hasHeightForWidth() else part.sizeHint().height()
