"""The list of requests on screen: three lines for each, drawn for the rows in sight and for no others."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.net.store import LedgerRow
from app.text import _
from app.ui.models.entries import scaled
from app.ui.network import ledger_words
from app.ui.network.ledger_items import LedgerItems
from app.ui.row_list import RowList
from app.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
Line = tuple[str, str]  # words and the name of their colour
_PAD_PX = 14
_GAP_PX = 16
_LINES_PAD_PX = 9  # above and below the lines
_LEAD_PX = 2  # between them
_WHEN_PX = 88
_AMOUNT_PX = 128
_RESULT_PX = 108
_WIDE_PX = 640  # from which on what came of it has a column of its own
_PAGES_AHEAD = 2


class LedgerList(RowList):
    """`scrolled`: look at `is_end_near`."""

    scrolled = Signal()
    copy_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, _("Requests, the latest first"), parent=parent)
        self.items = LedgerItems(self)
        self.setModel(self.items)
        self.setItemDelegate(_RowDelegate(theme, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.verticalScrollBar().valueChanged.connect(self.scrolled)

    def is_end_near(self) -> bool:
        """Whether there are fewer rows below those in sight than would fill some more pages."""
        rows = self.items.rowCount()
        end_px = rows * max(1, self.sizeHintForRow(0)) if rows else 0
        return end_px < self.verticalScrollBar().value() + (1 + _PAGES_AHEAD) * max(1, self.viewport().height())

    def selected(self) -> list[LedgerRow]:
        """As they stand in the list."""
        found = [self.items.row_at(index) for index in sorted(self.selectedIndexes(), key=QModelIndex.row)]
        return [row for row in found if row is not None]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            if not self.selectedIndexes():
                self.setCurrentIndex(self.currentIndex())  # selects the one that has the ring
            self.copy_requested.emit()
        else:
            super().keyPressEvent(event)


class _RowDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: LedgerList) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        fonts = self._theme.fonts
        lines = QFontMetricsF(fonts.ui).height() + 2 * (QFontMetricsF(fonts.small).height() + _LEAD_PX)
        return QSize(100, round(lines + 2 * _LINES_PAD_PX))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(LedgerItems.ROW_ROLE)
        if not isinstance(row, LedgerRow):
            return
        painter.save()
        self._view.paint_ground(painter, option, is_current=index == self._view.currentIndex())
        # The hint's colour would be too faint on the ground of a selected row.
        quiet = "muted" if option.state & QStyle.StateFlag.State_Selected else "hint"
        inner = QRectF(option.rect).adjusted(_PAD_PX, _LINES_PAD_PX, -_PAD_PX, -_LINES_PAD_PX)
        result = (ledger_words.result(row), _result_color(row, quiet))
        received = _("{size} received").format(size=ledger_words.amount(row.received_bytes))
        sent = (_("{size} sent").format(size=ledger_words.amount(row.sent_bytes)), quiet)
        if inner.width() >= scaled(self._theme, _WIDE_PX):
            status = _("status {code}").format(code=row.status) if row.status else ""
            self._paint(painter, self._cut(inner, _RESULT_PX, is_right=True), result, (status, quiet))
            self._paint(painter, self._cut(inner, _AMOUNT_PX, is_right=True), (received, "text"), sent)
        else:
            self._paint(painter, self._cut(inner, _AMOUNT_PX, is_right=True), result, (received, quiet), sent)
        day, time = ledger_words.local_time(row)
        self._paint(painter, self._cut(inner, _WHEN_PX, is_right=False), (day, "text"), (time, quiet))
        address = (ledger_words.where(row), quiet)
        self._paint(painter, inner, (ledger_words.why(row), "text"), (row.subject, "muted"), address)
        painter.restore()

    def _cut(self, inner: QRectF, width_px: int, *, is_right: bool) -> QRectF:
        """A column of that width off one side of `inner`, which shrinks by it."""
        width = scaled(self._theme, width_px)
        left = inner.right() - width if is_right else inner.left()
        column = QRectF(left, inner.top(), width, inner.height())
        inner.adjust(0 if is_right else width + _GAP_PX, 0, -(width + _GAP_PX) if is_right else 0, 0)
        return column

    def _paint(self, painter: QPainter, rect: QRectF, *lines: Line) -> None:
        """The lines of a column, the first larger. Names and addresses say more at their ends than in the middle."""
        fonts = self._theme.fonts
        for number, line in enumerate(lines):
            cut = Qt.TextElideMode.ElideMiddle if number else Qt.TextElideMode.ElideRight
            font = fonts.small if number else fonts.ui
            rect.setTop(self._view.paint_line(painter, rect, line, font=font, cut=cut) + _LEAD_PX)


def _result_color(row: LedgerRow, quiet: str) -> str:
    if ledger_words.is_failed(row):
        return "danger"
    return "text" if row.is_over else quiet
