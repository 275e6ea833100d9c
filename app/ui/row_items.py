"""The rows of a list as plain values, and how most of them are drawn: a name, and a quiet line below it.

A list says how a value is put into words; the model, what a screen reader hears and the painting are here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.frozen import dataclass
from app.ui import accessible
from app.ui.row_list import RowList
from app.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
VALUE = int(Qt.ItemDataRole.UserRole) + 1
"""The role of the value itself."""
WORDS = VALUE + 1
"""The role of its `RowWords`."""
DOTS_ROOM_PX = 40
"""At the end of a row whose list has a menu for each."""
_PAD_PX, _GAP_PX, _ROW_PAD_PX = 14, 10, 8
_ICON_PX, _DOTS_PX = 20, 18

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class RowWords:
    """A row as it is drawn and said. `aside` stands at the end of the first line. Colours are names of tokens."""

    title: str
    line: str
    aside: str = ""
    tooltip: str = ""
    spoken: str = ""  # title, aside and line where it is empty
    icon: str = ""
    icon_color: str = "muted"
    line_color: str = "muted"
    is_name_of_file: bool = False  # its end says more than its middle


class RowItems(QAbstractListModel, Generic[V]):
    """Any number of values. Words are made of those alone that are asked for."""

    def __init__(self, words: Callable[[V], RowWords], parent: QObject) -> None:
        super().__init__(parent)
        self._words = words
        self._values: tuple[V, ...] = ()

    @property
    def values(self) -> tuple[V, ...]:
        return self._values

    def set_values(self, values: Sequence[V]) -> None:
        self.beginResetModel()
        self._values = tuple(values)
        self.endResetModel()

    def replace_values(self, values: Sequence[V]) -> None:
        """As many as before, each in its place: only those that changed are drawn again."""
        before, self._values = self._values, tuple(values)
        pairs = enumerate(zip(before, self._values, strict=True))
        changed = [row for row, (was, now) in pairs if was is not now and was != now]
        if changed:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], 0))

    def value(self, index: Index) -> V | None:
        return self._values[index.row()] if index.isValid() and index.row() < len(self._values) else None

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._values)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        value = self.value(index)
        if value is None or role == VALUE:
            return value
        if role == WORDS:
            return self._words(value)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(value).title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _spoken(self._words(value))
        if role == Qt.ItemDataRole.ToolTipRole:
            return accessible.plain_tooltip(self._words(value).tooltip)
        return None


class TwoLines(QStyledItemDelegate):
    """Draws a `RowWords`. `has_dots`: what is under the mouse or selected shows three dots at its end."""

    def __init__(self, theme: Theme, view: RowList, *, has_dots: bool = False) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view
        self._has_dots = has_dots

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        fonts = self._theme.fonts
        lines = QFontMetricsF(fonts.ui).height() + QFontMetricsF(fonts.small).height()
        return QSize(100, round(lines) + 2 * _ROW_PAD_PX + 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        words = index.data(WORDS)
        if not isinstance(words, RowWords):
            return
        painter.save()
        view, theme = self._view, self._theme
        view.paint_ground(painter, option, is_current=index == view.currentIndex())
        whole = QRectF(option.rect)
        lines = whole.adjusted(_PAD_PX, _ROW_PAD_PX, -_PAD_PX, 0)
        if words.icon:
            side = theme.px(_ICON_PX)
            place = QRectF(whole.left() + _PAD_PX + 2, whole.center().y() - side / 2, side, side)
            theme.icons.paint(painter, words.icon, self._placed(place, whole), theme.color(words.icon_color))
            lines.setLeft(place.right() + _GAP_PX)
        if self._has_dots:
            lines.setRight(whole.right() - theme.px(DOTS_ROOM_PX))
            self._paint_dots(painter, option)
        self._paint_lines(painter, lines, whole, words)
        painter.restore()

    def _paint_lines(self, painter: QPainter, lines: QRectF, whole: QRectF, words: RowWords) -> None:
        view, fonts = self._view, self._theme.fonts
        title = QRectF(lines)
        if words.aside:
            width = QFontMetricsF(fonts.small).horizontalAdvance(words.aside) + 2
            title.setWidth(lines.width() - width - _GAP_PX)
            aside = QRectF(lines.right() - width, lines.top(), width, lines.height())
            view.paint_line(painter, self._placed(aside, whole), (words.aside, "hint"), font=fonts.small)
        cut = Qt.TextElideMode.ElideMiddle if words.is_name_of_file else Qt.TextElideMode.ElideRight
        place = self._placed(title, whole)
        lines.setTop(view.paint_line(painter, place, (words.title, "text"), font=fonts.ui, cut=cut) + 2)
        view.paint_line(painter, self._placed(lines, whole), (words.line, words.line_color), font=fonts.small)

    def _paint_dots(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        if not option.state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_Selected):
            return
        theme, whole = self._theme, QRectF(option.rect)
        side = theme.px(_DOTS_PX)
        left = whole.right() - (theme.px(DOTS_ROOM_PX) + side) / 2 - 2
        place = self._placed(QRectF(left, whole.center().y() - side / 2, side, side), whole)
        theme.icons.paint(painter, "dots-three-bold", place, theme.color("muted"))

    def _placed(self, place: QRectF, whole: QRectF) -> QRectF:
        """Where that is when lines begin at the right."""
        if not self._view.isRightToLeft():
            return place
        left = whole.right() - (place.right() - whole.left())
        return QRectF(left, place.top(), place.width(), place.height())


def _spoken(words: RowWords) -> str:
    return words.spoken or ". ".join(part for part in (words.title, words.aside, words.line) if part)
