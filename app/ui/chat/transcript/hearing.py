"""What a screen reader is told of the messages.

Only what is in view is a widget, but all of a conversation can be found: `AllMessages` is a list beside the view,
never drawn and no tab stop, that has a row for each. A row costs nothing until a screen reader asks for it.
(Qt's own way, an accessible interface of ours, cannot be done safely from Python: Qt keeps and deletes what Python
made, at times when Python is gone.)
"""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QFrame, QListView, QWidget

from app.text import _, grouped
from app.ui import accessible
from app.ui.chat.items import MessageItem
from app.ui.chat.transcript.feed import Feed, Listed

_NAME_CHARS = 300

Index = QModelIndex | QPersistentModelIndex


def name_of(item: MessageItem) -> str:
    """Who says what, and where that stands in the conversation."""
    who = _("You") if item.role == "user" else _("Answer")
    words = spoken_words(item)[:_NAME_CHARS] if item.is_here else _("not read yet")
    spoken = f"{who}: {words}"
    if not item.number:
        return spoken
    place = _("Message {number} of {count}.").format(number=grouped(item.number), count=grouped(item.of))
    return f"{place} {spoken}"


def spoken_words(item: MessageItem) -> str:
    """What is read first: an answer without the thoughts before it, as long as there is one."""
    if item.role == "user":
        return item.text
    from app.chat import markup  # late: a start needs no Markdown

    whole = markup.parted(item.text)
    return whole.answer or whole.thought


class _MessageItems(QAbstractListModel):
    """Qt's view of the feed; nothing is kept here."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._feed = Feed(Listed())
        self._count = 0

    def show(self, feed: Feed) -> None:
        if len(feed) == self._count:
            self._feed = feed
            if self._count:
                self.dataChanged.emit(self.index(0), self.index(self._count - 1))
            return
        self.beginResetModel()
        self._feed, self._count = feed, len(feed)
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self._count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = index.row()
        if not 0 <= row < len(self._feed):
            return None
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.DisplayRole):
            return name_of(self._feed[row])
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return spoken_words(self._feed[row])[_NAME_CHARS:]
        return None


class AllMessages(QListView):
    """`chosen` is emitted when a screen reader wants to go to a message."""

    chosen = Signal(object)
    """The row, an int."""

    def __init__(self, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._items = _MessageItems(self)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.setModel(self._items)
        self.setGeometry(0, 0, 1, 1)
        accessible.name(self, _("All messages"))
        self.selectionModel().selectionChanged.connect(self._on_selected)

    def show_feed(self, feed: Feed) -> None:
        self._items.show(feed)

    def doItemsLayout(self) -> None:
        """Rows that nobody sees need no place; finding one for ten thousand takes Qt 30 ms."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """It is only there to be read."""

    @Slot()
    def _on_selected(self) -> None:
        rows = self.selectionModel().selectedRows()
        if rows:
            self.chosen.emit(rows[0].row())
            self.clearSelection()  # so that the same one can be chosen again
