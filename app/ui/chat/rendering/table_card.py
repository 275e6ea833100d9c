"""A table as wide as its words need: it scrolls sideways by itself where the column is narrower, grows row by row while
it streams, and can be copied for a spreadsheet or as Markdown."""

from __future__ import annotations

import functools
import html
from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QTextBlockFormat,
    QTextLength,
    QTextOption,
    QTextTable,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QMenu, QScrollArea, QTextEdit, QWidget

from app.chat.markup import inline_text
from app.text import _
from app.ui import accessible
from app.ui.chat.items import CopyRequested
from app.ui.chat.rendering.decor import Lengths
from app.ui.chat.rendering.inline import InlineWriter
from app.ui.chat.rendering.markdown import Cell, Table
from app.ui.chat.rendering.rich_text import RichText
from app.ui.chat.rendering.tables import Columns, table_format, write_cell
from app.ui.controls import IconButton, paint_card, paint_ring
from app.ui.theme import Theme

CHUNK_ROWS = 30
_BAR_PX = 14
_BUTTON_PX = 28
_COPIED_MS = 1_600
_RIGHT_TO_LEFT = ("R", "AL")


class TableText(RichText):
    """A part of a table: the first with its head. Qt's tables take longer for each row the more they have."""

    def __init__(self, theme: Theme, columns: int, *, is_mirrored: bool, parent: QWidget) -> None:
        super().__init__(theme, _("Table"), parent=parent)
        self._inline = InlineWriter(self.document(), theme, self.decorations)
        self._is_mirrored = is_mirrored
        self._shown: list[tuple[Cell, ...]] = []
        self._lengths: list[Lengths] = []
        self._widths: list[float] = []
        self.document().setDocumentMargin(0)
        self.document().setUndoRedoEnabled(False)
        self.document().setDefaultFont(theme.fonts.body)
        self.setLineWrapMode(QTextEdit.LineWrapMode.FixedPixelWidth)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        cursor = self._inline.cursor
        self._table: QTextTable = cursor.insertTable(1, columns, table_format())
        cursor.movePosition(cursor.MoveOperation.End)
        thin = QTextBlockFormat()
        thin.setLineHeight(1, QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor.setBlockFormat(thin)

    def show_rows(self, rows: Sequence[tuple[Cell, ...]], aligns: Sequence[str], *, has_head: bool) -> None:
        """Writes only those that differ from what is shown."""
        same = 0
        while same < min(len(rows), len(self._shown)) and _is_same(rows[same], self._shown[same]):
            same += 1
        if same == len(rows) == len(self._shown):
            return
        self._inline.cursor.beginEditBlock()
        self._cut_to(same, len(rows))
        for number in range(same, len(rows)):
            self._lengths.append(self.decorations.lengths())
            for column, cell in enumerate(rows[number]):
                align = aligns[column] or ("right" if self._is_mirrored else "")
                place = (number, self._column(column))
                is_head = has_head and number == 0
                write_cell(self._inline, self._table, place, cell.tokens, align, self._theme, is_head=is_head)
        self._inline.cursor.endEditBlock()
        self._shown = list(rows)
        self.note_written()
        if self._inline.has_links:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def arrange(self, widths: Sequence[float]) -> int:
        """Lays out with columns of these widths and returns the height needed."""
        turned = list(widths[::-1] if self._is_mirrored else widths)
        if turned != self._widths:
            self._widths = turned
            made = self._table.format()
            made.setColumnWidthConstraints([QTextLength(QTextLength.Type.FixedLength, one) for one in turned])
            made.setWidth(QTextLength(QTextLength.Type.FixedLength, sum(turned)))
            self._table.setFormat(made)
            self.setLineWrapColumnOrWidth(round(sum(turned)))
        if self.decorations.formulas:
            self.fit_formulas(max(turned))
        return int(self.document().size().height() + 0.999)

    def selected_text(self) -> str:
        """Cells with tabs between them, rows with line ends."""
        first, last = self.textCursor().selectionStart(), self.textCursor().selectionEnd()
        lines = []
        for row in range(self._table.rows()):
            cells = []
            for column in range(self._table.columns()):
                cell = self._table.cellAt(row, self._column(column))
                start, end = max(first, cell.firstPosition()), min(last, cell.lastPosition())
                if start < end:
                    cells.append(self.text_between(start, end).replace("\u2028", " "))
            if cells:
                lines.append("\t".join(cells))
        return "\n".join(lines)

    def _column(self, column: int) -> int:
        """Where that column of the text stands: Qt's tables know no direction, so one from right to left is turned."""
        return self._table.columns() - 1 - column if self._is_mirrored else column

    def _cut_to(self, same: int, wanted: int) -> None:
        """Empties the rows from `same` on, and leaves `wanted` of them."""
        if same < len(self._lengths):
            self.decorations.cut(self._lengths[same])
            del self._lengths[same:]
        cursor = self._inline.cursor
        for row in range(same, min(wanted, len(self._shown))):
            for column in range(self._table.columns()):
                cell = self._table.cellAt(row, column)
                cursor.setPosition(cell.firstPosition())
                cursor.setPosition(cell.lastPosition(), cursor.MoveMode.KeepAnchor)
                cursor.removeSelectedText()
        if self._table.rows() < wanted:
            self._table.appendRows(wanted - self._table.rows())
        elif self._table.rows() > wanted:
            self._table.removeRows(wanted, self._table.rows() - wanted)


class _Sideways(QScrollArea):
    """Scrolls by the keys Left and Right, by a sideways wheel and by its bar; up and down belong to the transcript."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._has_ring = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if abs(event.angleDelta().x()) > abs(event.angleDelta().y()) and self.horizontalScrollBar().maximum():
            super().wheelEvent(event)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            super().keyPressEvent(event)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._has_ring = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._has_ring = False
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._has_ring:
            paint_ring(QPainter(self.viewport()), QRectF(self.viewport().rect()), self._theme, 6)


class TableCard(QWidget):
    """`set_table` may be called for every frame of a stream."""

    copy_requested = Signal(object)
    link_requested = Signal(object)
    chip_pressed = Signal(object)
    """Its place in `Sourced.chips`, an int."""
    height_changed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: Table | None = None
        self._columns = Columns(theme)
        self._measured = 0
        self._texts: list[TableText] = []
        self._area = _Sideways(theme, parent=self)
        self._sheet = QWidget()
        self._area.setWidget(self._sheet)
        self._sheet.setAutoFillBackground(False)  # which setWidget has turned on
        self._copy = _CornerButton(theme, "copy", _("Copy table"), parent=self, size=_BUTTON_PX)
        self._copy.icon_px = 16.0
        self._copy.set_revealed(False)
        self._copy.clicked.connect(self._on_copy)
        self._menu = QMenu(self)
        self._menu.addAction(_("Copy for a spreadsheet"), self._on_copy_cells)
        self._menu.addAction(_("Copy as Markdown"), self._on_copy_markdown)
        self._copied = QTimer(self)
        self._copied.setSingleShot(True)
        self._copied.setInterval(_COPIED_MS)
        self._copied.timeout.connect(self._on_copied_over)

    @property
    def copy_button(self) -> IconButton:
        return self._copy

    @property
    def copy_menu(self) -> QMenu:
        return self._menu

    @property
    def texts(self) -> list[TableText]:
        """The table in pieces of at most CHUNK_ROWS rows."""
        return list(self._texts)

    @property
    def scroller(self) -> QScrollArea:
        return self._area

    @property
    def has_undrawable(self) -> bool:
        return any(text.has_undrawable for text in self._texts)

    @property
    def is_awaiting(self) -> bool:
        return any(text.is_awaiting for text in self._texts)

    def tab_stops(self) -> list[QWidget]:
        return [self._area, *self._texts, self._copy]

    def set_table(self, table: Table) -> None:
        shown = self._shown
        if shown is not None and table.source == shown.source:
            return
        if shown is None or not _is_same(shown.head, table.head) or shown.aligns != table.aligns:
            self._begin()
        self._shown = table
        rows = (table.head, *table.rows)
        is_mirrored = _is_right_to_left(table)
        self._measure(rows)
        for number in range(0, len(rows), CHUNK_ROWS):
            if number // CHUNK_ROWS == len(self._texts):
                self._add_text(len(table.head), is_mirrored=is_mirrored)
            text = self._texts[number // CHUNK_ROWS]
            text.show_rows(rows[number : number + CHUNK_ROWS], table.aligns, has_head=number == 0)
        self._drop_texts(-(-len(rows) // CHUNK_ROWS))
        shape = _("Table, {rows} rows, {columns} columns")
        accessible.name(self._area, shape.format(rows=len(table.rows), columns=len(table.head)))

    def arrange(self, width: int) -> int:
        if self._shown is None:
            return 0
        widths = [float(round(one)) for one in self._columns.widths(width)]
        is_wide = sum(widths) > width + len(widths)
        y = 0
        for text in self._texts:
            height = text.arrange(widths)
            text.setGeometry(0, y, round(sum(widths)), height)
            y += height
        if self._sheet.size() != QSize(round(sum(widths)), y):
            self._sheet.resize(round(sum(widths)), y)
        policy = Qt.ScrollBarPolicy
        self._area.setHorizontalScrollBarPolicy(policy.ScrollBarAlwaysOn if is_wide else policy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.StrongFocus if is_wide else Qt.FocusPolicy.NoFocus)
        height = y + (_BAR_PX if is_wide else 0)
        is_new_width = self._area.width() != width
        self._area.setGeometry(0, 0, width, height)
        if is_new_width and _is_right_to_left(self._shown):  # such a table begins at its right edge
            self._area.horizontalScrollBar().setValue(self._area.horizontalScrollBar().maximum())
        is_mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        self._copy.setGeometry(0 if is_mirrored else width - _BUTTON_PX, 3, _BUTTON_PX, _BUTTON_PX)
        self._copy.raise_()
        return height

    def matches(self, words: str) -> int:
        return sum(text.matches(words) for text in self._texts)

    def mark_words(self, words: str, current: int | None) -> None:
        before = 0
        for text in self._texts:
            count = text.matches(words)
            is_here = current is not None and before <= current < before + count
            text.mark_words(words, current - before if is_here and current is not None else None)
            before += count

    def clear_marks(self) -> None:
        for text in self._texts:
            text.clear_marks()

    def current_rect(self) -> QRect | None:
        for text in self._texts:
            found = text.current_rect()
            if found is not None:
                place = found.translated(text.pos())
                self._area.ensureVisible(place.center().x(), place.center().y(), place.width(), 0)
                return place.translated(self._sheet.mapTo(self, QPoint(0, 0)))
        return None

    def _begin(self) -> None:
        self._drop_texts(0)
        self._columns = Columns(self._theme)
        self._measured = 0

    def _measure(self, rows: Sequence[tuple[Cell, ...]]) -> None:
        """Columns stay as wide as the widest cell they ever had: a table that shrinks while it grows would flicker.
        The last row may still grow, so it is measured again."""
        for number in range(max(0, self._measured - 1), len(rows)):
            self._columns.add(rows[number], is_head=number == 0)
        self._measured = len(rows)

    def _add_text(self, columns: int, *, is_mirrored: bool) -> None:
        made = TableText(self._theme, columns, is_mirrored=is_mirrored, parent=self._sheet)
        made.link_requested.connect(self.link_requested)
        made.chip_pressed.connect(self.chip_pressed)
        made.grown.connect(self.height_changed)
        made.show()
        self._texts.append(made)

    def _drop_texts(self, kept: int) -> None:
        for text in self._texts[kept:]:
            text.hide()
            text.deleteLater()
        del self._texts[kept:]

    def enterEvent(self, event: QEnterEvent) -> None:
        self._copy.set_revealed(True)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._copy.set_revealed(False)
        super().leaveEvent(event)

    @Slot()
    def _on_copy(self) -> None:
        self._menu.popup(self._copy.mapToGlobal(QPoint(0, _BUTTON_PX)))

    @Slot()
    def _on_copy_cells(self) -> None:
        self._ask_copy("cells")

    @Slot()
    def _on_copy_markdown(self) -> None:
        self._ask_copy("markdown")

    @Slot()
    def _on_copied_over(self) -> None:
        self._copy.set_icon("copy")

    def _ask_copy(self, form: Literal["cells", "markdown"]) -> None:
        if self._shown is None:
            return
        if form == "markdown":
            self.copy_requested.emit(CopyRequested(self._shown.source.strip("\n")))
        else:
            self.copy_requested.emit(CopyRequested(as_cells(self._shown), as_html(self._shown)))
        self._copy.set_icon("check")
        self._copied.start()
        accessible.announce(self, _("Copied"))


class _CornerButton(IconButton):
    """Lies over the table's corner, so it has a ground of its own."""

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.is_revealed or self.hasFocus():
            ground, line = self._theme.color("card"), self._theme.color("line")
            paint_card(QPainter(self), QRectF(self.rect()), ground=ground, line=line, radius=7)
        super().paintEvent(event)


def as_cells(table: Table) -> str:
    """Cells with tabs between them, as spreadsheets paste them."""
    return "\n".join("\t".join(_words(cell) for cell in row) for row in (table.head, *table.rows))


def as_html(table: Table) -> str:
    def row(cells: Sequence[Cell], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(_words(cell))}</{tag}>" for cell in cells) + "</tr>"

    return "<table>" + row(table.head, "th") + "".join(row(one, "td") for one in table.rows) + "</table>"


def _words(cell: Cell) -> str:
    return inline_text(cell.tokens).replace("\n", " ").replace("\t", " ")


def _is_same(one: Sequence[Cell], other: Sequence[Cell]) -> bool:
    return one is other or [cell.content for cell in one] == [cell.content for cell in other]


def _is_right_to_left(table: Table) -> bool:
    """Whether the first letter of the table that has a direction reads from right to left."""
    return _direction("".join(_words(cell) for row in (table.head, *table.rows[:1]) for cell in row)) == "right"


@functools.lru_cache(maxsize=256)
def _direction(text: str) -> str:
    import unicodedata

    for letter in text:
        kind = unicodedata.bidirectional(letter)
        if kind in _RIGHT_TO_LEFT:
            return "right"
        if kind == "L":
            return "left"
    return ""
