"""The list of chats and folders and what is done to its entries. What can be undone is done at once, with an Undo;
only what cannot is asked about before (see bin.py)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from PySide6.QtCore import QObject, Signal, Slot

from app.chat import moments
from app.chat.store import new_id
from app.chat.tree import Conversation as Row
from app.chat.tree import Folder
from app.core import Core
from app.text import _, plural
from app.ui.bridge import Bridge, nothing
from app.ui.chat.conversation import Conversation
from app.ui.chat.items import (
    ChatAt,
    ChatEntry,
    ChatRequested,
    ChatsMoved,
    ChatsRequested,
    FolderEntry,
    RenameRequested,
)
from app.ui.chat.sidebar.asks import Asks, ChatsMarked, FolderRequested
from app.ui.chat.sidebar.bin import Bin
from app.ui.chat.sidebar.finding import Finding
from app.ui.chat.sidebar.row_delegate import TITLE_CHARACTERS_MAX
from app.ui.chat.sidebar.sidebar import Sidebar
from app.ui.toast import Toast

_TITLE_SAID_MAX = 36


@dataclass(frozen=True, slots=True)
class _Listed:
    """What was read, ready to be shown; `number` counts the readings, so that an older one replaces no newer."""

    number: int
    rows: dict[str, Row]
    folders: tuple[Folder, ...]
    entries: tuple[ChatEntry, ...]


class ChatLibrary(QObject):
    """Controller of the sidebar. `opened`: a chat was opened from the list; the page with it should be in front."""

    failed = Signal(object)  # PaddockError
    opened = Signal()
    export_requested = Signal(object)  # ChatsRequested
    folder_settings_requested = Signal(object)  # str: the folder's id

    def __init__(self, core: Core, bridge: Bridge, sidebar: Sidebar, conversation: Conversation, toast: Toast) -> None:
        super().__init__(sidebar)
        self._core = core
        self._bridge = bridge
        self._sidebar = sidebar
        self._conversation = conversation
        self._toast = toast
        self._readings = 0
        self._listed = _Listed(0, {}, (), ())
        self._deleted: list[tuple[tuple[str, ...], str]] = []  # the chats, and which of them was open
        self._told: tuple[str, ...] = ()  # whose Undo is on screen
        self._new_folder_id = ""  # its name is asked for as soon as it is listed
        self._finding = Finding(core, bridge, sidebar)
        self._finding.failed.connect(self.failed)
        self.bin = Bin(core, bridge, sidebar)
        self.bin.failed.connect(self.failed)
        self.bin.changed.connect(self.refresh)
        self._connect()

    def _connect(self) -> None:
        asks = self._sidebar.asks
        asks.open_chat.connect(self._on_open)
        asks.open_at.connect(self._on_open_at)
        asks.rename.connect(self._on_rename)
        asks.duplicate.connect(self._on_duplicate)
        asks.delete.connect(self._on_delete)
        asks.pin.connect(self._on_pin)
        asks.archive.connect(self._on_archive)
        asks.move.connect(self._on_move)
        asks.move_to_new_folder.connect(self._on_move_to_new_folder)
        asks.export.connect(self._on_export)
        asks.new_folder.connect(self.new_folder)
        asks.show_bin.connect(self.bin.show)
        asks.chat_in_folder.connect(self._on_chat_in_folder)
        asks.rename_folder.connect(self._on_rename_folder)
        asks.folder_settings.connect(self._on_folder_settings)
        asks.delete_folder.connect(self._on_delete_folder)
        self._conversation.listed.connect(self.refresh)
        self._conversation.busy_changed.connect(self._draw)

    def title(self, conversation_id: str) -> str:
        """Of a listed conversation; empty for one that is not listed."""
        row = self._listed.rows.get(conversation_id)
        return row.title if row is not None else ""

    def entry(self, conversation_id: str) -> ChatEntry | None:
        """As it is listed."""
        return self._sidebar.list.items.entry(conversation_id)

    @property
    def asks(self) -> Asks:
        """What menus outside of the list ask for, too."""
        return self._sidebar.asks

    @property
    def folders(self) -> tuple[FolderEntry, ...]:
        return self._sidebar.list.items.folders

    @Slot()
    def refresh(self) -> None:
        """Read the list again."""
        self._readings += 1
        number, store = self._readings, self._core.chats

        def read() -> _Listed:
            rows = store.conversations()
            return _Listed(number, {row.id: row for row in rows}, store.folders(), tuple(map(_entry, rows)))

        self._bridge.run(read, self._take, self.failed.emit)

    def delete(self, *ids: str) -> None:
        """Put chats into the bin; the toast offers to bring them back."""
        open_id = self._conversation.conversation_id or ""
        was_open = open_id if open_id in ids else ""
        for id_ in ids:
            self._conversation.stop_in(id_)
        if was_open:
            self._conversation.open(None)
        words = self._said(_("“{title}” was deleted."), "{count} chat was deleted.", "{count} chats were deleted.", ids)

        def done(_result: None) -> None:
            self._deleted.append((ids, was_open))
            self._changed()
            self._toast.show_undo(words, self.undo_delete, self._on_undo_gone)
            self._told = ids  # after what an older toast let go

        self._bridge.run(lambda: self._core.chats.to_bin(ids, time.time()), done, self.failed.emit)

    @Slot()
    def undo_delete(self) -> None:
        """Bring back what was deleted last in this session, also when its Undo is gone already."""
        if not self._deleted:
            return
        ids, was_open = self._deleted.pop()
        if self._told == ids:
            self._told = ()
            self._toast.dismiss()

        def done(_result: None) -> None:
            self.refresh()
            if was_open:
                self._conversation.open(was_open)

        self._bridge.run(lambda: self._core.chats.bring_back(ids), done, self.failed.emit)

    @Slot()
    def begin_rename(self) -> None:
        """Open the inline editor on the chat that is on screen."""
        self._sidebar.show()
        self._sidebar.filter.clear()
        self._sidebar.list.rename(self._conversation.conversation_id or "")

    @Slot()
    def pin_open(self) -> None:
        """Pin or unpin the chat that is on screen."""
        entry = self.entry(self._conversation.conversation_id or "")
        if entry is not None:
            self._sidebar.asks.pin.emit(ChatsMarked((entry.id,), not entry.is_pinned))

    @Slot()
    def open_next(self) -> None:
        """The chat below the open one in the list; the first where none is open."""
        self._step(1)

    @Slot()
    def open_previous(self) -> None:
        self._step(-1)

    @Slot()
    def new_folder(self) -> None:
        """Make a folder and ask for its name in the list."""
        self._make_folder(())

    def _step(self, by: int) -> None:
        ids = [row.id for row in self._sidebar.list.items.rows if isinstance(row, ChatEntry)]
        at = self._conversation.conversation_id
        place = ids.index(at) + by if at in ids else 0
        if 0 <= place < len(ids):
            self._conversation.open(ids[place])

    def _make_folder(self, ids: tuple[str, ...]) -> None:
        """With these chats in it."""
        store = self._core.chats
        folder = Folder(new_id(), _("New folder"), 1 + max((one.position for one in self._listed.folders), default=0))

        def work() -> None:
            store.save_folder(folder)
            if ids:
                store.move(ids, folder.id)

        def done(_result: None) -> None:
            self._new_folder_id = folder.id
            self._sidebar.show()
            self._sidebar.filter.clear()
            self._changed()
            self._sidebar.list.set_open(folder.id, is_open=True)

        self._bridge.run(work, done, self.failed.emit)

    @Slot(object)
    def _on_open(self, request: ChatRequested) -> None:
        if request.id != self._conversation.conversation_id:
            self._conversation.open(request.id)
        self.opened.emit()

    @Slot(object)
    def _on_open_at(self, at: ChatAt) -> None:
        self._conversation.open(at.id, at=at)
        self.opened.emit()

    @Slot(object)
    def _on_rename(self, request: RenameRequested) -> None:
        title = _tidy(request.title)
        if title and title != self.title(request.id):
            self._do(lambda: self._core.chats.rename(request.id, title))

    @Slot(object)
    def _on_duplicate(self, request: ChatRequested) -> None:
        title = _("{title} (copy)").format(title=self.title(request.id))

        def done(made: str) -> None:
            self.refresh()
            self._conversation.open(made)
            self.opened.emit()
            self._toast.show_message(_("This is the copy. The other one stays as it is."))

        def work() -> str:
            made = self._core.chats.duplicate(request.id, title=title)
            self._core.documents.attach(made, self._core.documents.scope_of(request.id))
            return made

        self._bridge.run(work, done, self.failed.emit)

    @Slot(object)
    def _on_delete(self, request: ChatsRequested) -> None:
        self.delete(*request.ids)

    @Slot(object)
    def _on_pin(self, marked: ChatsMarked) -> None:
        self._do(lambda: self._core.chats.pin(marked.ids, marked.is_on))

    @Slot(object)
    def _on_archive(self, marked: ChatsMarked) -> None:
        store, ids = self._core.chats, marked.ids
        if marked.is_on:
            words = self._said(
                _("“{title}” was archived."), "{count} chat was archived.", "{count} chats were archived.", ids
            )
        else:
            words = self._said(
                _("“{title}” is back in the list."),
                "{count} chat is back in the list.",
                "{count} chats are back in the list.",
                ids,
            )
        self._do_and_tell(lambda: store.archive(ids, marked.is_on), words, lambda: store.archive(ids, not marked.is_on))

    @Slot(object)
    def _on_move(self, moved: ChatsMoved) -> None:
        store, before = self._core.chats, self._places(moved.ids)
        name = next((folder.name for folder in self._listed.folders if folder.id == moved.folder_id), "")
        if moved.folder_id:
            words = _("Moved to “{name}”.").format(name=_short(name))
        else:
            words = plural("Moved out of its folder.", "Moved out of their folders.", len(moved.ids))
        self._do_and_tell(lambda: store.move(moved.ids, moved.folder_id or None), words, lambda: self._put_back(before))

    @Slot(object)
    def _on_move_to_new_folder(self, request: ChatsRequested) -> None:
        self._make_folder(request.ids)

    @Slot(object)
    def _on_export(self, request: ChatsRequested) -> None:
        self._sidebar.list.end_selecting()
        self.export_requested.emit(request)

    @Slot(object)
    def _on_chat_in_folder(self, request: FolderRequested) -> None:
        self._sidebar.list.set_open(request.id, is_open=True)
        self._conversation.open(None, folder_id=request.id)
        self.opened.emit()
        self._sidebar.chosen.emit()

    @Slot(object)
    def _on_rename_folder(self, request: RenameRequested) -> None:
        folder = self._folder(request.id)
        name = _tidy(request.title)
        if folder is not None and name and name != folder.name:
            renamed = replace(folder, name=name)
            self._do(lambda: self._core.chats.save_folder(renamed))

    @Slot(object)
    def _on_folder_settings(self, request: FolderRequested) -> None:
        self.folder_settings_requested.emit(request.id)

    @Slot(object)
    def _on_delete_folder(self, request: FolderRequested) -> None:
        folder, store = self._folder(request.id), self._core.chats
        if folder is None:
            return
        inside = tuple(row.id for row in self._listed.rows.values() if row.folder_id == folder.id)
        words = (
            _("The folder “{name}” was deleted. Its chats are still here.")
            if inside
            else _("The folder “{name}” was deleted.")
        )

        def undo() -> None:
            store.save_folder(folder)
            store.move(inside, folder.id)

        self._do_and_tell(lambda: store.delete_folder(folder.id), words.format(name=_short(folder.name)), undo)

    @Slot()
    def _on_undo_gone(self) -> None:
        """Nobody takes it back for now: what the model had read of these chats need not be kept."""
        ids, self._told = self._told, ()

        def work() -> None:
            for id_ in ids:
                self._core.host.forget(id_)

        self._bridge.run(work, nothing, self.failed.emit)

    def _do(self, work: Callable[[], None]) -> None:
        self._bridge.run(work, self._done, self.failed.emit)

    def _do_and_tell(self, work: Callable[[], None], words: str, undo: Callable[[], None]) -> None:
        """`undo` is work too, done off the main thread."""

        def done(_result: None) -> None:
            self._changed()
            self._toast.show_undo(words, lambda: self._do(undo))

        self._bridge.run(work, done, self.failed.emit)

    def _done(self, _result: None) -> None:
        self._changed()

    def _changed(self) -> None:
        """What was selected had its turn."""
        if self._sidebar.list.is_selecting:
            self._sidebar.list.end_selecting()
        self.refresh()

    def _said(self, one: str, single: str, several: str, ids: Sequence[str]) -> str:
        if len(ids) == 1:
            return one.format(title=_short(self.title(ids[0]) or _("Untitled")))
        return plural(single, several, len(ids))

    def _folder(self, id_: str) -> Folder | None:
        return next((folder for folder in self._listed.folders if folder.id == id_), None)

    def _places(self, ids: Sequence[str]) -> dict[str | None, list[str]]:
        """Which of the chats are in which folder."""
        found: dict[str | None, list[str]] = {}
        for id_ in ids:
            if (row := self._listed.rows.get(id_)) is not None:
                found.setdefault(row.folder_id, []).append(id_)
        return found

    def _put_back(self, places: dict[str | None, list[str]]) -> None:
        for folder_id, ids in places.items():
            self._core.chats.move(ids, folder_id)

    def _take(self, listed: _Listed) -> None:
        if listed.number < self._listed.number:
            return
        self._listed = listed
        self._draw()
        if self._new_folder_id and self._folder(self._new_folder_id) is not None:
            made, self._new_folder_id = self._new_folder_id, ""
            self._sidebar.list.rename(f"folder/{made}")

    @Slot()
    def _draw(self) -> None:
        busy = self._conversation.busy_ids
        entries = [replace(entry, is_busy=True) if entry.id in busy else entry for entry in self._listed.entries]
        folders = [FolderEntry(one.id, one.name, not one.manner.is_open) for one in self._listed.folders]
        today = datetime.now().date()  # noqa: DTZ005 - days are the person's own
        self._sidebar.set_chats(entries, today, folders)
        home = self._conversation.conversation_id or ""
        self._sidebar.set_current(home, is_temporary=self._conversation.is_temporary)


def _entry(row: Row) -> ChatEntry:
    changed = moments.local(row.changed_at)
    title = row.title or _("Untitled")
    return ChatEntry(row.id, title, changed, False, row.folder_id or "", row.is_pinned, row.is_archived)


def _tidy(name: str) -> str:
    return " ".join(name.split())[:TITLE_CHARACTERS_MAX]


def _short(name: str) -> str:
    """For a sentence in a toast."""
    return name if len(name) <= _TITLE_SAID_MAX else f"{name[: _TITLE_SAID_MAX - 1].rstrip()}…"
