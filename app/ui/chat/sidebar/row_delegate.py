"""How the rows of the list of chats look and how their names are edited. Everything is painted: no row is a widget.

Places are computed from left to right and mirrored for languages that are read the other way.
"""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QLineEdit, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.text import _
from app.ui import accessible
from app.ui.chat.items import ChatEntry
from app.ui.chat.sidebar.chat_items import ChatItems
from app.ui.chat.sidebar.rows import (
    ARCHIVE,
    ArchiveRow,
    FolderRow,
    Heading,
    HitEntry,
    MoreRow,
    Row,
    around_mark,
    when,
)
from app.ui.controls import paint_card, paint_ring
from app.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
MENU_PX = 34
"""At the end of a row: where the three dots are."""
TITLE_CHARACTERS_MAX = 200
_ROW_PX = 34
_PAD_PX = 10
_INDENT_PX = 18
_BOX_PX = 25
_HIT_LINES = 2
_HIT_PAD_PX = 8
_BEFORE_MARK = 20  # characters: the first mark is in the first line
_DOT_PX = 7.0
_DOTS_PX, _DOTS_END_PX = 18, 27  # and from the end of the row


class View(Protocol):
    """What the delegate has to know of the list."""

    @property
    def items(self) -> ChatItems: ...
    @property
    def current_id(self) -> str: ...
    @property
    def has_keyboard(self) -> bool: ...
    @property
    def is_selecting(self) -> bool: ...


class RowDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: View, parent: QListView) -> None:
        super().__init__(parent)
        self._theme = theme
        self._view = view
        self._list = parent

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row = index.data(ChatItems.ROW_ROLE)
        return QSize(100, self._hit_height() if isinstance(row, HitEntry) else self._theme.px(_ROW_PX))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: Row | None = index.data(ChatItems.ROW_ROLE)
        if row is None:
            return
        painter.save()
        _Row(self._theme, self._view, painter, option, index, is_mirrored=self._list.isRightToLeft()).paint(row)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setMaxLength(TITLE_CHARACTERS_MAX)
        editor.setFont(self._theme.fonts.ui)
        is_folder = isinstance(index.data(ChatItems.ROW_ROLE), FolderRow)
        accessible.name(editor, _("New name of the folder") if is_folder else _("New name of the chat"))
        return editor

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        editor.setGeometry(_rect(option).adjusted(0, 1, -1, -1))

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, QLineEdit):
            model.setData(_plain(index), editor.text())

    def _hit_height(self) -> int:
        fonts = self._theme.fonts
        lines = QFontMetricsF(fonts.ui).height() + _HIT_LINES * QFontMetricsF(fonts.small).height()
        return round(lines + 2 * _HIT_PAD_PX + 2)


class _Row:
    """One row while it is painted. What is taken off `_room` at its ends is no longer there for the words."""

    def __init__(
        self,
        theme: Theme,
        view: View,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: Index,
        *,
        is_mirrored: bool,
    ) -> None:
        self._theme = theme
        self._view = view
        self._painter = painter
        self._is_mirrored = is_mirrored
        self._whole = QRectF(_rect(option))
        self._room = self._whole.adjusted(_PAD_PX, 0, -_PAD_PX, 0)
        self._has_focus = view.has_keyboard and bool(option.state & QStyle.StateFlag.State_HasFocus)
        self._is_hot = bool(option.state & QStyle.StateFlag.State_MouseOver)
        self._is_selected = bool(option.state & QStyle.StateFlag.State_Selected)

    def paint(self, row: Row) -> None:
        if isinstance(row, Heading):
            self._room.setTop(self._whole.top() + self._whole.height() * 0.25)
            self._words(row.text, self._theme.fonts.small_strong, "hint")
        elif isinstance(row, ChatEntry):
            self._chat(row)
        elif isinstance(row, FolderRow | ArchiveRow):
            self._group(row)
        elif isinstance(row, HitEntry):
            self._hit(row)
        elif isinstance(row, MoreRow):
            self._ground(is_on=False)
            self._icon("caret-down", "muted", 15, gap=8)
            text = _("More chats") if row.of == "names" else _("More messages")
            self._words(text, self._theme.fonts.ui, "muted")

    def _chat(self, row: ChatEntry) -> None:
        is_open = row.id == self._view.current_id
        is_selecting = self._view.is_selecting
        self._ground(is_on=self._is_selected if is_selecting else is_open)
        items = self._view.items
        if items.is_inside(row) or (row.is_archived and not items.is_filtered):
            self._room.setLeft(self._room.left() + self._theme.px(_INDENT_PX))
        if is_selecting:
            name, color = ("check-square-fill", "accent") if self._is_selected else ("square", "line_strong")
            self._icon(name, color, _BOX_PX - 8, gap=8)
        elif self._is_hot or is_open:
            self._dots()
        if row.is_busy and not (self._is_hot and not is_selecting):
            self._busy_dot()
        elif row.is_pinned and not (is_open or self._is_hot) and not is_selecting:
            self._icon("push-pin", "hint", 14, is_end=True, gap=4)
        self._words(row.title, self._theme.fonts.ui, "text")

    def _group(self, row: FolderRow | ArchiveRow) -> None:
        id_ = row.folder.id if isinstance(row, FolderRow) else ARCHIVE
        hides_open = not row.is_open and bool(id_) and self._view.items.group_of(self._view.current_id) == id_
        self._ground(is_on=hides_open and not self._view.is_selecting)
        if isinstance(row, FolderRow):
            self._icon("folder-open" if row.is_open else "folder", "muted", 17, gap=8)
            if self._is_hot and not self._view.is_selecting:
                self._dots()
            else:
                self._caret(is_open=row.is_open)
                self._end_words(str(row.count))
            if row.is_busy and not row.is_open:
                self._busy_dot()
            if row.folder.has_manner:
                self._icon("user-gear", "hint", 14, is_end=True, gap=6)
            self._words(row.folder.name, self._theme.fonts.ui, "text")
            return
        self._icon("archive", "muted", 17, gap=8)
        self._caret(is_open=row.is_open)
        self._words(_("Archived ({count})").format(count=row.count), self._theme.fonts.ui, "muted")

    def _hit(self, row: HitEntry) -> None:
        self._ground(is_on=False)
        fonts, color = self._theme.fonts, self._theme.color
        top = self._whole.top() + _HIT_PAD_PX
        lines = QRectF(self._room)
        self._room = QRectF(lines.left(), top, lines.width(), QFontMetricsF(fonts.ui).height())
        self._end_words(when(row.when, self._view.items.today))
        self._words(row.title, fonts.ui, "text")
        snippet, marks = around_mark(row, _BEFORE_MARK)
        place = QRectF(lines.left(), self._room.bottom() + 2, lines.width(), 0)
        painted = _snippet(snippet, marks, fonts.small, width=place.width(), color=color("text"))
        self._painter.setPen(color("muted"))
        painted.draw(self._painter, place.topLeft())

    def _ground(self, *, is_on: bool) -> None:
        body = self._whole.adjusted(0, 1, -1, -1)
        if self._is_hot or is_on:
            ground = self._theme.color("selected" if is_on else "hover")
            has_line = is_on and self._theme.tokens.is_high_contrast
            line = self._theme.color("line_strong") if has_line else None
            paint_card(self._painter, body, ground=ground, line=line, radius=8)
        if self._has_focus:
            paint_ring(self._painter, body, self._theme, 7)

    def _dots(self) -> None:
        side = self._theme.px(_DOTS_PX)
        self._room.setRight(self._whole.right() - self._theme.px(MENU_PX))
        left = self._whole.right() - self._theme.px(_DOTS_END_PX)
        place = QRectF(left, self._whole.center().y() - side / 2, side, side)
        self._theme.icons.paint(self._painter, "dots-three-bold", self._placed(place), self._theme.color("muted"))

    def _caret(self, *, is_open: bool) -> None:
        self._icon("caret-down" if is_open else "caret-right", "hint", 13, is_end=True, gap=6)

    def _busy_dot(self) -> None:
        place = self._taken(_DOT_PX, gap=8, is_end=True)
        self._painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(self._theme.color("accent"))
        self._painter.drawEllipse(self._placed(place))

    def _icon(self, name: str, color: str, side: float, *, gap: float, is_end: bool = False) -> None:
        place = self._taken(side, gap=gap, is_end=is_end)
        self._theme.icons.paint(self._painter, name, self._placed(place), self._theme.color(color))

    def _taken(self, side: float, *, gap: float, is_end: bool) -> QRectF:
        """A square off one end of the room, in the middle of its height; its side is what it is at 100 %."""
        side = self._theme.px(side)
        left = self._room.right() - side if is_end else self._room.left()
        self._room.adjust(0 if is_end else side + gap, 0, -(side + gap) if is_end else 0, 0)
        return QRectF(left, self._room.center().y() - side / 2, side, side)

    def _end_words(self, words: str) -> None:
        font = self._theme.fonts.small
        width = QFontMetricsF(font).horizontalAdvance(words) + 1
        place = QRectF(self._room.right() - width, self._room.top(), width, self._room.height())
        self._painter.setFont(font)
        self._painter.setPen(self._theme.color("hint"))
        self._painter.drawText(self._placed(place), Qt.AlignmentFlag.AlignCenter, words)
        self._room.setRight(place.left() - 8)

    def _words(self, words: str, font: QFont, color: str) -> None:
        """One line at the beginning of the room, whichever way the words themselves are read."""
        line = " ".join(words.split())[:TITLE_CHARACTERS_MAX]
        shown = QFontMetricsF(font).elidedText(line, Qt.TextElideMode.ElideRight, self._room.width())
        side = Qt.AlignmentFlag.AlignRight if self._is_mirrored else Qt.AlignmentFlag.AlignLeft
        flags = side | Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
        self._painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        self._painter.setFont(font)
        self._painter.setPen(self._theme.color(color))
        self._painter.drawText(self._placed(self._room), flags, shown)

    def _placed(self, rect: QRectF) -> QRectF:
        if not self._is_mirrored:
            return rect
        left = self._whole.left() + self._whole.right() - rect.right()
        return QRectF(left, rect.top(), rect.width(), rect.height())


def _snippet(
    words: str, marks: tuple[tuple[int, int], ...], font: QFont, *, width: float, color: QColor
) -> QTextLayout:
    """At most two lines, the second cut where there is more; marked words are bold and in `color`."""
    kept = words
    made = _laid_out(kept, marks, font, width, color)
    while made.lineCount() > _HIT_LINES:
        line = made.lineAt(_HIT_LINES - 1)
        end = line.textStart() + line.textLength()
        kept = words[: min(end, len(kept) - 1) - 1].rstrip(" …") + "…"
        if len(kept) < _HIT_LINES:
            break
        made = _laid_out(kept, tuple(mark for mark in marks if mark[1] < len(kept)), font, width, color)
    return made


def _laid_out(words: str, marks: tuple[tuple[int, int], ...], font: QFont, width: float, color: QColor) -> QTextLayout:
    layout = QTextLayout(words, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    bold = QTextCharFormat()
    bold.setFontWeight(QFont.Weight.Bold)
    bold.setForeground(color)
    ranges = []
    for left, right in marks:
        part = QTextLayout.FormatRange()
        part.start, part.length, part.format = left, right - left, bold
        ranges.append(part)
    layout.setFormats(ranges)
    y = 0.0
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        line.setPosition(QPointF(0, y))
        y += line.height()
    layout.endLayout()
    return layout


def _rect(option: QStyleOptionViewItem) -> QRect:
    rect: QRect = option.rect
    return rect


def _plain(index: Index) -> QModelIndex:
    return index.model().index(index.row(), index.column()) if isinstance(index, QPersistentModelIndex) else index
