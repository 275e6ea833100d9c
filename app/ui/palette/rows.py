"""What the palette lists: headings and matches as one Qt list, and how a row is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.text import _
from app.ui.controls import paint_card
from app.ui.palette.matching import Match
from app.ui.theme import Theme

ROW_PX = 38
HEADING_PX = 30
MATCH_ROLE = Qt.ItemDataRole.UserRole
_MARGIN_PX = 12
_ICON_PX = 17
_KEY_PAD_PX = 6

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Heading:
    """Of the matches below it."""

    text: str


class PaletteItems(QAbstractListModel):
    """Rows are headings, which cannot be chosen, and matches."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rows: list[Heading | Match] = []

    @property
    def rows(self) -> Sequence[Heading | Match]:
        return self._rows

    def set_rows(self, rows: Sequence[Heading | Match]) -> None:
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def add_rows(self, rows: Sequence[Heading | Match]) -> None:
        """Below those that are there."""
        if rows:
            self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows) + len(rows) - 1)
            self._rows += rows
            self.endInsertRows()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - as Qt declares it
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == MATCH_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.text if isinstance(row, Heading) else row.command.label
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return row.text if isinstance(row, Heading) else spoken(row)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if index.isValid() and isinstance(self._rows[index.row()], Heading):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


def spoken(match: Match) -> str:
    """A match as a screen reader says it."""
    command = match.command
    return ", ".join(part for part in (command.label, command.detail, command.keys) if part)


class PaletteDelegate(QStyledItemDelegate):
    """Icon and name with what was typed in bold, the detail behind it, the keys at the end of the line."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        is_heading = isinstance(index.data(MATCH_ROLE), Heading)
        return QSize(0, self._theme.px(HEADING_PX if is_heading else ROW_PX))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(MATCH_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(row, Heading):
            self._paint_heading(painter, option, row)
        elif isinstance(row, Match):
            self._paint_match(painter, option, row)
        painter.restore()

    def _paint_heading(self, painter: QPainter, option: QStyleOptionViewItem, heading: Heading) -> None:
        painter.setFont(self._theme.fonts.small_strong)
        painter.setPen(self._theme.color("hint"))
        place = option.rect.adjusted(_MARGIN_PX, 0, -_MARGIN_PX, -3)
        start = QStyle.visualAlignment(option.direction, Qt.AlignmentFlag.AlignLeft)
        painter.drawText(QRectF(place), start | Qt.AlignmentFlag.AlignBottom, heading.text)

    def _paint_match(self, painter: QPainter, option: QStyleOptionViewItem, match: Match) -> None:
        theme, command = self._theme, match.command
        if option.state & QStyle.StateFlag.State_Selected:
            line = theme.color("line_strong") if theme.tokens.is_high_contrast else None
            paint_card(painter, QRectF(option.rect), ground=theme.color("selected"), line=line, radius=8)
        side = theme.px(_ICON_PX)
        place = option.rect.adjusted(_MARGIN_PX, 0, -_MARGIN_PX, 0)
        icon = QRect(place.left(), place.top() + (place.height() - side) // 2, side, side)
        if command.icon:
            visible = QStyle.visualRect(option.direction, option.rect, icon)
            theme.icons.paint(painter, command.icon, QRectF(visible), theme.color("muted"))
        place.setLeft(place.left() + side + 10)
        place.setRight(place.right() - self._paint_keys(painter, option, place, command.keys))
        used = self._paint_label(painter, option, place, match)
        if command.detail:
            place.setLeft(place.left() + round(used) + 12)
            self._paint_text(painter, option, place, command.detail, theme.fonts.small, "hint")

    def _paint_label(self, painter: QPainter, option: QStyleOptionViewItem, place: QRect, match: Match) -> float:
        """The width that it took."""
        label, marks = match.command.label, match.marks
        metrics = QFontMetricsF(self._theme.fonts.ui)
        is_plain = not marks or metrics.horizontalAdvance(label) > place.width() - 8 or not label.isascii()
        if is_plain or option.direction == Qt.LayoutDirection.RightToLeft:
            # Cut, shaped or mirrored text is drawn whole: pieces of it would not join.
            return self._paint_text(painter, option, place, label, self._theme.fonts.ui, "text")
        usual, strong = self._theme.fonts.ui, self._theme.fonts.ui_strong
        x = float(place.left())
        at = 0
        for start, end in (*marks, (len(label), len(label))):
            for piece, font in ((label[at:start], usual), (label[start:end], strong)):
                self._paint_piece(painter, QPointF(x, place.top()), place.height(), piece, font)
                x += QFontMetricsF(font).horizontalAdvance(piece)
            at = end
        return x - place.left()

    def _paint_piece(self, painter: QPainter, at: QPointF, height: int, piece: str, font: QFont) -> None:
        painter.setFont(font)
        painter.setPen(self._theme.color("text"))
        width = QFontMetricsF(font).horizontalAdvance(piece) + 4
        painter.drawText(QRectF(at.x(), at.y(), width, height), Qt.AlignmentFlag.AlignVCenter, piece)

    def _paint_text(
        self, painter: QPainter, option: QStyleOptionViewItem, place: QRect, text: str, font: QFont, color: str
    ) -> float:
        metrics = QFontMetricsF(font)
        shown = metrics.elidedText(" ".join(text.split()), Qt.TextElideMode.ElideRight, place.width())
        painter.setFont(font)
        painter.setPen(self._theme.color(color))
        visible = QStyle.visualRect(option.direction, option.rect, place)
        start = QStyle.visualAlignment(option.direction, Qt.AlignmentFlag.AlignLeft)
        painter.drawText(QRectF(visible), start | Qt.AlignmentFlag.AlignVCenter, shown)
        return metrics.horizontalAdvance(shown)

    def _paint_keys(self, painter: QPainter, option: QStyleOptionViewItem, place: QRect, keys: str) -> int:
        """At the end of the line; the width that they took."""
        theme = self._theme
        metrics = QFontMetricsF(theme.fonts.small)
        width = round(metrics.horizontalAdvance(keys)) + 2 * _KEY_PAD_PX if keys else 0
        if not keys or width > place.width() // 2:
            return 0
        height = round(metrics.height()) + 4
        cap = QRect(place.right() - width, place.top() + (place.height() - height) // 2, width, height)
        visible = QRectF(QStyle.visualRect(option.direction, option.rect, cap))
        paint_card(painter, visible, ground=theme.color("card"), line=theme.color("line"), radius=5)
        painter.setFont(theme.fonts.small)
        painter.setPen(theme.color("muted"))
        painter.drawText(visible, Qt.AlignmentFlag.AlignCenter, keys)
        return width + 10


def grouped(recent: Sequence[Match], matches: Sequence[Match]) -> list[Heading | Match]:
    """Rows with a heading for each group: first the recent ones, then groups in the order of their first match."""
    groups: dict[str, list[Match]] = {_("Recent"): list(recent)} if recent else {}
    for match in matches:
        groups.setdefault(match.command.group, []).append(match)
    rows: list[Heading | Match] = []
    for group, found in groups.items():
        rows += [Heading(group)] if group else []
        rows += found
    return rows
