"""The list of chats on screen: a list view that paints its own rows and keeps the person's place and rename
while the titles below it change."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.text import _
from app.ui import accessible
from app.ui.chat.items import ChatEntry, ChatRequested
from app.ui.chat.sidebar.chat_items import ChatItems, Heading
from app.ui.controls import paint_card, paint_ring
from app.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_ROW_PX = 34
_HEADING_PX = 32
_MENU_PX = 34
# A Mac's delete key is Qt's Backspace.
_DELETE_KEYS = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) if sys.platform == "darwin" else (Qt.Key.Key_Delete,)
_TITLE_CHARS_MAX = 200


class ChatList(QListView):
    open_requested = Signal(object)
    delete_requested = Signal(object)
    rename_requested = Signal(object)

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._pending: tuple[tuple[ChatEntry, ...], date] | None = None
        self._current_id = ""
        self._has_keyboard = False
        self.items = ChatItems(self)
        self.items.rename_requested.connect(self.rename_requested)
        self.setModel(self.items)
        self._delegate = _RowDelegate(theme, self)
        self.setItemDelegate(self._delegate)
        self._delegate.closeEditor.connect(self._on_editor_closed)
        self.setProperty("place", "list")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformItemSizes(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.viewport().setAutoFillBackground(False)
        accessible.name(self, _("Chats"))
        self.clicked.connect(self._on_clicked)
        theme.changed.connect(self.viewport().update)

    @property
    def has_keyboard(self) -> bool:
        return self._has_keyboard and self.hasFocus()

    @property
    def current_id(self) -> str:
        """The open chat, drawn as selected."""
        return self._current_id

    def set_chats(self, entries: Sequence[ChatEntry], today: date) -> None:
        """New contents; they wait while a title is being edited."""
        if self.state() == QAbstractItemView.State.EditingState:
            self._pending = (tuple(entries), today)
            return
        self.items.set_chats(entries, today)
        self._reselect()

    def set_filter(self, words: str) -> None:
        self.items.set_filter(words)
        self._reselect()

    def set_current(self, id_: str) -> None:
        self._current_id = id_
        self._reselect()

    def focused_entry(self) -> ChatEntry | None:
        return self.items.entry_at(self.currentIndex())

    @Slot()
    def rename_focused(self) -> None:
        if self.focused_entry() is not None:
            self.edit(self.currentIndex())

    @Slot()
    def delete_focused(self) -> None:
        entry = self.focused_entry()
        if entry is not None:
            self.delete_requested.emit(ChatRequested(entry.id))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._has_keyboard = True
        entry = self.focused_entry()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and entry is not None:
            self.open_requested.emit(ChatRequested(entry.id))
        elif event.key() == Qt.Key.Key_F2:
            self.rename_focused()
        elif event.key() in _DELETE_KEYS:
            self.delete_focused()
        else:
            super().keyPressEvent(event)
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._has_keyboard = event.reason() != Qt.FocusReason.MouseFocusReason
        super().focusInEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._has_keyboard = False
        index = self.indexAt(event.position().toPoint())
        entry = self.items.entry_at(index)
        is_on_dots = self.visualRect(index).right() - event.position().x() < _MENU_PX
        if entry is not None and is_on_dots and event.button() == Qt.MouseButton.LeftButton:
            self.setCurrentIndex(index)
            self.show_menu(index, event.globalPosition().toPoint())
            return
        super().mousePressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.viewport().update()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
        if self.items.entry_at(index) is not None:
            self.setCurrentIndex(index)
            self.show_menu(index, event.globalPos())

    def show_menu(self, index: QModelIndex, where: QPoint) -> QMenu:
        """Pops the menu of a row up, without waiting for it."""
        icon = self._theme.icons.icon
        color = self._theme.color("muted")
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        rename = menu.addAction(icon("pencil-simple", color), _("Rename"))
        rename.triggered.connect(self.rename_focused)
        delete = menu.addAction(icon("trash", color), _("Delete"))
        delete.triggered.connect(self.delete_focused)
        menu.popup(where)
        return menu

    def _reselect(self) -> None:
        index = self.items.index_of(self._current_id)
        if index.isValid() and not self.hasFocus():
            self.setCurrentIndex(index)
        self.viewport().update()

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        entry = self.items.entry_at(index)
        if entry is not None:
            self.open_requested.emit(ChatRequested(entry.id))

    @Slot()
    def _on_editor_closed(self) -> None:
        if self._pending is not None:
            pending, self._pending = self._pending, None
            self.items.set_chats(*pending)
            self._reselect()


class _RowDelegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: ChatList) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        is_heading = isinstance(index.data(ChatItems.ROW_ROLE), Heading)
        return QSize(100, _HEADING_PX if is_heading else _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(ChatItems.ROW_ROLE)
        rect = QRectF(_rect(option))
        painter.save()
        if isinstance(row, Heading):
            painter.setFont(self._theme.fonts.small_strong)
            painter.setPen(self._theme.color("hint"))
            painter.drawText(rect.adjusted(10, 8, 0, 0), Qt.AlignmentFlag.AlignVCenter, row.text)
        elif isinstance(row, ChatEntry):
            self._paint_chat(painter, rect, row, option)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setMaxLength(_TITLE_CHARS_MAX)
        editor.setFont(self._theme.fonts.ui)
        accessible.name(editor, _("New name of the chat"))
        return editor

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        editor.setGeometry(_rect(option).adjusted(0, 1, -1, -1))

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, QLineEdit):
            model.setData(_plain(index), editor.text())

    def _paint_chat(self, painter: QPainter, rect: QRectF, row: ChatEntry, option: QStyleOptionViewItem) -> None:
        states = option.state
        is_hot = bool(states & QStyle.StateFlag.State_MouseOver)
        is_open = row.id == self._view.current_id
        has_focus = bool(states & QStyle.StateFlag.State_Selected) and self._view.has_keyboard
        body = rect.adjusted(0, 1, 0, -1)
        if is_open or is_hot:
            ground = self._theme.color("selected" if is_open else "hover")
            paint_card(painter, body, ground=ground, line=None, radius=8)
        if has_focus:
            paint_ring(painter, body, self._theme, 7)
        right = _MENU_PX if is_hot or is_open else (24 if row.is_busy else 10)
        room = rect.adjusted(10, 0, -right, 0)
        painter.setFont(self._theme.fonts.ui)
        painter.setPen(self._theme.color("text"))
        title = " ".join(row.title.split())[:_TITLE_CHARS_MAX]
        shown = QFontMetricsF(painter.font()).elidedText(title, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
        if is_hot or is_open:
            dots = QRectF(rect.right() - 27, rect.center().y() - 9, 18, 18)
            self._theme.icons.paint(painter, "dots-three-bold", dots, self._theme.color("muted"))
        elif row.is_busy:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("accent"))
            painter.drawEllipse(QRectF(rect.right() - 18, rect.center().y() - 3.5, 7, 7))


def _rect(option: QStyleOptionViewItem) -> QRect:
    rect: QRect = option.rect
    return rect


def _plain(index: Index) -> QModelIndex:
    return index.model().index(index.row(), index.column()) if isinstance(index, QPersistentModelIndex) else index
