"""The list of chats as a Qt item model: groups, or what a search found. Which folders are open is kept here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from app.text import _, plural
from app.ui.accessible import plain_tooltip
from app.ui.chat.items import ChatEntry, FolderEntry, RenameRequested
from app.ui.chat.sidebar import rows as arranging
from app.ui.chat.sidebar.asks import Asks
from app.ui.chat.sidebar.rows import ARCHIVE, NAMES_PAGE, ArchiveRow, FolderRow, Heading, HitEntry, MoreRow, Row

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class ChatItems(QAbstractListModel):
    """Read-only but for names, whose change is a request, not a change.

    `repainted`: the same rows in the same places have other contents.
    """

    repainted = Signal()
    ROW_ROLE = int(Qt.ItemDataRole.UserRole) + 1

    def __init__(self, asks: Asks, parent: QObject) -> None:
        super().__init__(parent)
        self._asks = asks
        self._entries: tuple[ChatEntry, ...] = ()
        self._folders: tuple[FolderEntry, ...] = ()
        self._folded: list[str] | None = None  # the titles in lower case, once somebody searches
        self._today = date.min
        self._opened: set[str] = set()
        self._words = ""
        self._names_shown = NAMES_PAGE
        self._hits: tuple[HitEntry, ...] = ()
        self._has_more_hits = False
        self._is_waiting = False
        self._rows: list[Row] = []
        self._places: dict[str, int] = {}

    def set_chats(self, entries: Sequence[ChatEntry], today: date, folders: Sequence[FolderEntry] = ()) -> None:
        self._entries = tuple(sorted(entries, key=lambda entry: entry.changed, reverse=True))
        self._folders = tuple(folders)
        self._folded = None
        self._today = today
        self._rebuild()

    def set_filter(self, words: str) -> None:
        """Chats with all of `words` in their names, at once; `show_hits` adds the messages."""
        words = " ".join(words.split())
        if words == self._words:
            return
        self._words = words
        self._names_shown = NAMES_PAGE
        self._is_waiting = bool(words)
        if not words:
            self._hits, self._has_more_hits = (), False
        self._rebuild()

    def show_hits(self, words: str, hits: Sequence[HitEntry], *, has_more: bool) -> None:
        """All messages found so far; nothing happens when other words stand in the field meanwhile."""
        if words != self._words:
            return
        self._hits = tuple(hits)
        self._has_more_hits = has_more
        self._is_waiting = False
        self._rebuild()

    def show_more_names(self) -> None:
        self._names_shown += NAMES_PAGE
        self._rebuild()

    def set_open(self, id_: str, is_open: bool) -> None:
        """A folder, or ARCHIVE."""
        if is_open != (id_ in self._opened):
            (self._opened.add if is_open else self._opened.discard)(id_)
            self._rebuild()

    @property
    def words(self) -> str:
        """What is searched for, with single spaces."""
        return self._words

    @property
    def is_filtered(self) -> bool:
        return bool(self._words)

    @property
    def is_waiting(self) -> bool:
        """Messages are still being searched."""
        return self._is_waiting

    @property
    def hits(self) -> tuple[HitEntry, ...]:
        return self._hits

    @property
    def rows(self) -> list[Row]:
        return list(self._rows)

    @property
    def entries(self) -> tuple[ChatEntry, ...]:
        """All chats, newest first, in sight or not."""
        return self._entries

    @property
    def folders(self) -> tuple[FolderEntry, ...]:
        return self._folders

    @property
    def today(self) -> date:
        return self._today

    def entry(self, id_: str) -> ChatEntry | None:
        """A chat, whether it is in sight or not."""
        return next((entry for entry in self._entries if entry.id == id_), None)

    def group_of(self, id_: str) -> str:
        """Which folder, or ARCHIVE, hides this chat while it is closed; empty for none."""
        entry = self.entry(id_)
        if entry is None or self._words:
            return ""
        if entry.is_archived:
            return ARCHIVE
        return "" if entry.is_pinned or not self._has_folder(entry.folder_id) else entry.folder_id

    def is_inside(self, entry: ChatEntry) -> bool:
        """Whether it stands below its folder, and is moved in."""
        is_loose = entry.is_pinned or entry.is_archived or bool(self._words)
        return not is_loose and self._has_folder(entry.folder_id)

    def index_of(self, id_: str) -> QModelIndex:
        """Of a chat, or of any row by its id."""
        place = self._places.get(id_)
        return QModelIndex() if place is None else self.index(place)

    def row_at(self, index: Index) -> Row | None:
        return self._rows[index.row()] if index.isValid() and index.row() < len(self._rows) else None

    def entry_at(self, index: Index) -> ChatEntry | None:
        row = self.row_at(index)
        return row if isinstance(row, ChatEntry) else None

    def rowCount(self, parent: Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.row_at(index)
        if row is None:
            return None
        if role == self.ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _spoken(row, self._today)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return _title(row)
        if role == Qt.ItemDataRole.ToolTipRole and not isinstance(row, Heading | MoreRow | ArchiveRow):
            return plain_tooltip(_title(row))
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.row_at(index)
        title = " ".join(str(value).split())
        if role != Qt.ItemDataRole.EditRole or not title or row is None or title == _title(row):
            return False
        if isinstance(row, ChatEntry):
            self._asks.rename.emit(RenameRequested(row.id, title))
        elif isinstance(row, FolderRow):
            self._asks.rename_folder.emit(RenameRequested(row.folder.id, title))
        return isinstance(row, ChatEntry | FolderRow)

    def flags(self, index: Index) -> Qt.ItemFlag:
        row = self.row_at(index)
        flag = Qt.ItemFlag
        if row is None or isinstance(row, Heading):
            return flag.NoItemFlags
        if isinstance(row, ChatEntry):
            return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsEditable | flag.ItemIsDragEnabled
        return flag.ItemIsEnabled | flag.ItemIsEditable if isinstance(row, FolderRow) else flag.ItemIsEnabled

    def _has_folder(self, id_: str) -> bool:
        return any(folder.id == id_ for folder in self._folders)

    def _arranged(self) -> list[Row]:
        if not self._words:
            return arranging.arrange(self._entries, self._folders, self._today, self._opened)
        if self._folded is None:
            self._folded = [entry.title.casefold() for entry in self._entries]
        words = self._words.casefold().split()
        pairs = zip(self._entries, self._folded, strict=True)
        names = [entry for entry, title in pairs if all(word in title for word in words)]
        return arranging.results(names, self._hits, names_shown=self._names_shown, has_more_hits=self._has_more_hits)

    def _rebuild(self) -> None:
        rows = self._arranged()
        places = {row.id: number for number, row in enumerate(rows)}
        if list(places) == list(self._places) and len(rows) == len(self._rows):
            self._rows = rows
            self.repainted.emit()  # dataChanged would have Qt lay all rows out anew
            return
        self.beginResetModel()
        self._rows = rows
        self._places = places
        self.endResetModel()


def _title(row: Row) -> str:
    if isinstance(row, ChatEntry | HitEntry):
        return row.title
    if isinstance(row, FolderRow):
        return row.folder.name
    if isinstance(row, ArchiveRow):
        return _("Archived ({count})").format(count=row.count)
    return row.text if isinstance(row, Heading) else _("More")


def _spoken(row: Row, today: date) -> str:
    """As a screen reader says it, with what is only drawn."""
    if isinstance(row, ChatEntry):
        parts = [row.title]
        parts += [_("pinned")] if row.is_pinned else []
        parts += [_("archived")] if row.is_archived else []
        parts += [_("being answered")] if row.is_busy else []
        return ", ".join(parts)
    if isinstance(row, FolderRow | ArchiveRow):
        name = _("{name}, folder").format(name=row.folder.name) if isinstance(row, FolderRow) else _("Archived")
        chats = plural("{count} chat", "{count} chats", row.count)
        return ", ".join((name, chats, _("open") if row.is_open else _("closed")))
    if isinstance(row, HitEntry):
        speaker = _("You") if row.is_question else _("Paddock")
        return f"{row.title}. {speaker}: {row.snippet}. {arranging.when(row.when, today)}"
    if isinstance(row, MoreRow):
        return _("More chats") if row.of == "names" else _("More messages")
    return row.text
