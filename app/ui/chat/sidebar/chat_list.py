"""The list of chats on screen: it keeps the person's place, selection and rename while the rows below them change.

Selecting is a state of its own: it begins with a second selected chat, or from a menu, and every chat has a box then.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Sequence
from datetime import date

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QModelIndex,
    QPoint,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QWidget

from app.text import _
from app.ui.chat.items import ChatAt, ChatEntry, ChatRequested, ChatsRequested, FolderEntry
from app.ui.chat.sidebar import menus
from app.ui.chat.sidebar.asks import Asks, FolderRequested, SearchRequested
from app.ui.chat.sidebar.drag_list import DragList
from app.ui.chat.sidebar.row_delegate import MENU_PX, RowDelegate
from app.ui.chat.sidebar.rows import ARCHIVE, ArchiveRow, FolderRow, Heading, HitEntry, MoreRow, Row
from app.ui.theme import Theme

_Chats = tuple[tuple[ChatEntry, ...], date, tuple[FolderEntry, ...]]
_Command = QItemSelectionModel.SelectionFlag
# A Mac's delete key is Qt's Backspace.
_DELETE_KEYS = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) if sys.platform == "darwin" else (Qt.Key.Key_Delete,)
_ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_STEPS = (Qt.Key.Key_Up, Qt.Key.Key_Down)
_SIDES = (Qt.Key.Key_Left, Qt.Key.Key_Right)


class ChatList(DragList):
    """`chosen`: a chat was opened with the mouse, to go on with it. What else is asked for goes to `asks`."""

    chosen = Signal()
    selection_changed = Signal()
    left = Signal()  # Esc while something is searched for
    top_left = Signal()  # up from the first row

    def __init__(self, theme: Theme, asks: Asks, *, parent: QWidget) -> None:
        super().__init__(theme, _("Chats"), asks, parent=parent)
        self._pending: _Chats | None = None
        self._current_id = ""
        self._is_selecting = False
        self._is_changing = False
        self.setModel(self.items)
        self.items.repainted.connect(self.viewport().update)
        self._delegate = RowDelegate(theme, self, self)
        self.setItemDelegate(self._delegate)
        self._delegate.closeEditor.connect(self._on_editor_closed)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.clicked.connect(self._on_clicked)
        self.doubleClicked.connect(self._on_double_clicked)
        theme.changed.connect(self.scheduleDelayedItemsLayout)

    @property
    def current_id(self) -> str:
        """The open chat, drawn as selected."""
        return self._current_id

    @property
    def is_selecting(self) -> bool:
        return self._is_selecting

    def set_chats(self, entries: Sequence[ChatEntry], today: date, folders: Sequence[FolderEntry] = ()) -> None:
        """New contents; they wait while a name is being edited."""
        if self.state() == QAbstractItemView.State.EditingState:
            self._pending = (tuple(entries), today, tuple(folders))
            return
        with self._kept():
            self.items.set_chats(entries, today, folders)

    def set_filter(self, words: str) -> None:
        was_filtered = self.items.is_filtered
        with self._kept(is_place_kept=False):
            self.items.set_filter(words)
            self.setUniformItemSizes(not self.items.is_filtered)  # what is not cheap for ten thousand rows
        if was_filtered and not self.items.is_filtered:
            self.reveal_current()

    def show_hits(self, words: str, hits: Sequence[HitEntry], *, has_more: bool) -> None:
        with self._kept():
            self.items.show_hits(words, hits, has_more=has_more)

    def set_current(self, id_: str) -> None:
        self._current_id = id_
        self.follow_current()

    def follow_current(self) -> None:
        """Put the keyboard's place at the open chat, unless the keyboard is at work here."""
        index = self.items.index_of(self._current_id)
        if index.isValid() and not self.hasFocus():
            self.selectionModel().setCurrentIndex(index, _Command.NoUpdate)
        self.viewport().update()

    def reveal_current(self) -> None:
        """Bring the open chat into sight where it is listed, without opening its folder."""
        index = self.items.index_of(self._current_id)
        if index.isValid():
            self.selectionModel().setCurrentIndex(index, _Command.NoUpdate)
            self.scrollTo(index)

    def reveal(self, id_: str) -> bool:
        """Open what hides a chat, and put the keyboard's place there; False where it is not listed."""
        group = self.items.group_of(id_)
        if group:
            self.set_open(group, is_open=True)
        index = self.items.index_of(id_)
        if index.isValid():
            self.selectionModel().setCurrentIndex(index, _Command.NoUpdate)
            self.scrollTo(index)
        return index.isValid()

    @Slot()
    def open_first(self) -> None:
        """Enter in the field above: the first chat or message that was found."""
        first = next((row for row in self.items.rows if isinstance(row, ChatEntry | HitEntry)), None)
        if first is not None and self.items.is_filtered:
            self._activate(first)

    @Slot()
    def enter(self) -> None:
        """The keyboard comes from the field above."""
        if self.items.rowCount():
            self.setFocus(Qt.FocusReason.OtherFocusReason)
            if not self.currentIndex().isValid() or self.items.is_filtered:
                self.selectionModel().setCurrentIndex(self.items.index(self._first()), _Command.NoUpdate)

    def set_open(self, id_: str, *, is_open: bool) -> None:
        """A folder, or ARCHIVE."""
        with self._kept():
            self.items.set_open(id_, is_open)

    def focused_entry(self) -> ChatEntry | None:
        return self.items.entry_at(self.currentIndex())

    def focused_row(self) -> Row | None:
        return self.items.row_at(self.currentIndex())

    def selected(self) -> tuple[ChatEntry, ...]:
        """The chats that are selected, in the order of the list."""
        rows, parts = self.items.rows, self.selectionModel().selection()
        ranges = [parts.at(place) for place in range(parts.size())]
        numbers = sorted(number for part in ranges for number in range(part.top(), part.bottom() + 1))
        return tuple(row for row in (rows[n] for n in numbers) if isinstance(row, ChatEntry))

    @Slot()
    def begin_selecting(self) -> None:
        """Give every chat a box. The chat in focus is the first one selected."""
        self._start_selecting()
        if self.focused_entry() is not None:
            self.selectionModel().select(self.currentIndex(), _Command.Select)
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.selection_changed.emit()
        self.viewport().update()

    @Slot()
    def end_selecting(self) -> None:
        self._is_selecting = False
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.clearSelection()
        self.selection_changed.emit()
        self.viewport().update()

    @Slot()
    def rename_focused(self) -> None:
        if isinstance(self.focused_row(), ChatEntry | FolderRow):
            self.edit(self.currentIndex())

    def rename(self, row_id: str) -> None:
        """Open the editor on a chat or, by the id of its row, on a folder."""
        if self.reveal(row_id):
            self.setFocus(Qt.FocusReason.OtherFocusReason)
            self.edit(self.currentIndex())

    @Slot()
    def delete_focused(self) -> None:
        """The selected chats, else the chat or folder in focus."""
        row = self.focused_row()
        chosen = self.selected() if self._is_selecting else ()
        if chosen:
            self.asks.delete.emit(ChatsRequested(tuple(entry.id for entry in chosen)))
        elif isinstance(row, ChatEntry):
            self.asks.delete.emit(ChatsRequested((row.id,)))
        elif isinstance(row, FolderRow):
            self.asks.delete_folder.emit(FolderRequested(row.folder.id))

    def event(self, event: QEvent) -> bool:
        """Esc is ours while there is something here to leave, before the window may stop an answer with it."""
        is_key = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        is_override = is_key and event.type() == QEvent.Type.ShortcutOverride
        if is_override and (self._is_selecting or self.items.is_filtered):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._has_keyboard = True
        is_editing = self.state() == QAbstractItemView.State.EditingState  # the editor passes Enter on to us
        if is_editing or not self._was_key_taken(event):
            super().keyPressEvent(event)
        self.viewport().update()

    def _was_key_taken(self, event: QKeyEvent) -> bool:
        key, row = event.key(), self.focused_row()
        if key in _ENTER_KEYS and row is not None:
            self._activate(row)
        elif key == Qt.Key.Key_F2:
            self.rename_focused()
        elif key in _DELETE_KEYS:
            self.delete_focused()
        elif key in _SIDES and row is not None:
            self._fold(row, is_open=(key == Qt.Key.Key_Right) != self.isRightToLeft())
        elif key == Qt.Key.Key_Escape and self._is_selecting:
            self.end_selecting()
        elif key == Qt.Key.Key_Escape and self.items.is_filtered:
            self.left.emit()
        elif key in _STEPS and self._is_selecting and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._stretch(1 if key == Qt.Key.Key_Down else -1)
        elif key == Qt.Key.Key_Up and self.currentIndex().row() <= self._first():
            self.top_left.emit()
        else:
            return False
        return True

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Home and Page Up reach the first chat too: above it is a heading, where Qt would give up."""
        index = super().moveCursor(action, modifiers)
        ways_up = (QAbstractItemView.CursorAction.MoveHome, QAbstractItemView.CursorAction.MovePageUp)
        is_stuck = not index.isValid() or index == self.currentIndex() or not index.flags() & Qt.ItemFlag.ItemIsEnabled
        return self.items.index(self._first()) if action in ways_up and is_stuck else index

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid():
            self.selectionModel().setCurrentIndex(self.items.index(self._first()), _Command.NoUpdate)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        is_left = event.button() == Qt.MouseButton.LeftButton
        if is_left and not self._is_selecting and self._is_on_dots(index, event.position().toPoint()):
            self._has_keyboard = False
            self.selectionModel().setCurrentIndex(index, _Command.NoUpdate)
            self.show_menu(index, event.globalPosition().toPoint())
            return
        if is_left and self._is_selecting and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._select_up_to(index)
            return
        super().mousePressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index, where = self.indexAt(event.pos()), event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
            where = self.viewport().mapToGlobal(self.visualRect(index).bottomLeft() + QPoint(24, 0))
        if isinstance(self.items.row_at(index), ChatEntry | FolderRow):
            if not self.selectionModel().isSelected(index):
                self.selectionModel().setCurrentIndex(index, _Command.NoUpdate)
            self.show_menu(index, where)

    def show_menu(self, index: QModelIndex, where: QPoint) -> menus.Menu:
        """Pops the menu of a row up, or that of all selected chats where it is one of them, without waiting for it."""
        row = self.items.row_at(index)
        menu = menus.Menu(self._theme, self.asks, self)
        chosen = self.selected() if self._is_selecting else ()
        if isinstance(row, FolderRow):
            menus.of_folder(menu, row.folder, rename=self.rename_focused)
        elif isinstance(row, ChatEntry) and row in chosen:
            menus.of_chats(menu, chosen, self.items.folders)
        elif isinstance(row, ChatEntry):
            rename, select = self.rename_focused, self.begin_selecting
            menus.of_chat(menu, row, self.items.folders, rename=rename, select=select)
        menu.popup(where)
        return menu

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        if self._is_changing:
            return
        count = len(self.selected())
        if count > 1:
            self._start_selecting()
        elif not count and self._is_selecting:
            self.end_selecting()
        self.selection_changed.emit()

    def dragged(self) -> tuple[ChatEntry, ...]:
        """All that are selected, where the one under the mouse is among them."""
        entry = self.focused_entry()
        chosen = self.selected() if self._is_selecting else ()
        return chosen if entry is None or entry in chosen else (entry,)

    def _start_selecting(self) -> None:
        if not self._is_selecting:
            self._is_selecting = True
            self.setSelectionMode(QAbstractItemView.SelectionMode.MultiSelection)
            self.viewport().update()

    def _stretch(self, step: int) -> None:
        """Shift and an arrow: the next chat is selected too, or on the way back the one that is left is not."""
        at = self.currentIndex()
        number = at.row() + step
        while 0 <= number < self.items.rowCount() and self.items.entry_at(self.items.index(number)) is None:
            number += step
        there = self.items.index(number)
        if not there.isValid():
            return
        model = self.selectionModel()
        is_back = model.isSelected(there)
        model.setCurrentIndex(there, _Command.NoUpdate)
        model.select(at if is_back else there, _Command.Deselect if is_back else _Command.Select)

    def _select_up_to(self, index: QModelIndex) -> None:
        """Shift and a click: all from the place of the keyboard to here."""
        if index.isValid():
            first, last = sorted((index.row(), max(0, self.currentIndex().row())))
            part = QItemSelection(self.items.index(first), self.items.index(last))
            self.selectionModel().select(part, _Command.Select)
            self.selectionModel().setCurrentIndex(index, _Command.NoUpdate)

    def _first(self) -> int:
        """The first row that the keyboard can be at."""
        return next((n for n, row in enumerate(self.items.rows) if not isinstance(row, Heading)), 0)

    def _is_on_dots(self, index: QModelIndex, where: QPoint) -> bool:
        if not isinstance(self.items.row_at(index), ChatEntry | FolderRow):
            return False
        rect = self.visualRect(index)
        from_end = where.x() - rect.left() if self.isRightToLeft() else rect.right() - where.x()
        return from_end < self._theme.px(MENU_PX)

    def _activate(self, row: Row) -> None:
        if isinstance(row, ChatEntry):
            self.asks.open_chat.emit(ChatRequested(row.id))
        elif isinstance(row, HitEntry):
            self.asks.open_at.emit(ChatAt(row.chat_id, row.message_id, self.items.words))
        elif isinstance(row, FolderRow):
            self.set_open(row.folder.id, is_open=not row.is_open)
        elif isinstance(row, ArchiveRow):
            self.set_open(ARCHIVE, is_open=not row.is_open)
        elif isinstance(row, MoreRow) and row.of == "names":
            with self._kept():
                self.items.show_more_names()
        elif isinstance(row, MoreRow) and self.items.hits:
            self.asks.search.emit(SearchRequested(self.items.words, self.items.hits[-1].number))

    def _fold(self, row: Row, *, is_open: bool) -> None:
        """Right opens a group; left closes it, from any chat in it."""
        if isinstance(row, FolderRow):
            self.set_open(row.folder.id, is_open=is_open)
        elif isinstance(row, ArchiveRow):
            self.set_open(ARCHIVE, is_open=is_open)
        elif isinstance(row, ChatEntry) and not is_open and (group := self.items.group_of(row.id)):
            self.set_open(group, is_open=False)
            heading = self.items.index_of("archive/" if group == ARCHIVE else f"folder/{group}")
            self.selectionModel().setCurrentIndex(heading, _Command.NoUpdate)

    @contextlib.contextmanager
    def _kept(self, *, is_place_kept: bool = True) -> Iterator[None]:
        """While the rows are made anew: the place of the keyboard, what is selected, and how far it is scrolled."""
        row = self.focused_row()
        chosen = [entry.id for entry in self.selected()] if self._is_selecting else []
        scrolled = self.verticalScrollBar().value()
        is_nested, self._is_changing = self._is_changing, True
        try:
            yield
        finally:
            model = self.selectionModel()
            if chosen and not model.hasSelection():
                model.select(self._selection(chosen), _Command.Select)
            if row is not None and not self.currentIndex().isValid():
                model.setCurrentIndex(self.items.index_of(row.id), _Command.NoUpdate)
            self._is_changing = is_nested
        if is_place_kept and scrolled:
            self.executeDelayedItemsLayout()
            self.verticalScrollBar().setValue(scrolled)
        elif not is_place_kept:
            self.scrollToTop()
        if self._is_selecting and chosen:
            self.selectionChanged(QItemSelection(), QItemSelection())
        self.follow_current()

    def _selection(self, ids: Sequence[str]) -> QItemSelection:
        """Those of the chats that are in sight, rows that follow each other as one range."""
        places = sorted(index.row() for index in map(self.items.index_of, ids) if index.isValid())
        made, start = QItemSelection(), 0
        for number in range(1, len(places) + 1):
            if number == len(places) or places[number] != places[number - 1] + 1:
                made.append(QItemSelectionRange(self.items.index(places[start]), self.items.index(places[number - 1])))
                start = number
        return made

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        row = self.items.row_at(index)
        keys = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
        is_chat = isinstance(row, ChatEntry)
        if row is None or (is_chat and (self._is_selecting or QGuiApplication.keyboardModifiers() & keys)):
            return
        self._activate(row)
        if isinstance(row, ChatEntry | HitEntry):
            self.chosen.emit()

    @Slot(QModelIndex)
    def _on_double_clicked(self, index: QModelIndex) -> None:
        if self.items.entry_at(index) is not None and not self._is_selecting:
            self.edit(index)

    @Slot()
    def _on_editor_closed(self) -> None:
        if self._pending is not None:
            pending, self._pending = self._pending, None
            self.set_chats(*pending)
