"""The Documents page put together. It draws what it is given and tells what is wished; it reads and deletes nothing."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.documents.records import Progress
from app.text import _, plural
from app.ui import accessible, files
from app.ui.controls import Card, Ground, Text, paint_card
from app.ui.documents.page.collection_card import CollectionCard
from app.ui.documents.page.head import SearchField, TopBar
from app.ui.documents.page.hit_list import HitList
from app.ui.documents.page.notes import EmptyCard, ScansCard, WorkCard
from app.ui.documents.page.shown import HitsShown, PathsOffered, SearchRequested, ShelfShown
from app.ui.models.entries import scaled
from app.ui.models.page.parts import KeyedColumn, Row, tab_in_order
from app.ui.theme import Theme

COLUMN_PX = 860
_MARGIN_PX = 28
_NARROW_MARGIN_PX = 16
_NARROW_PX = 640
_GAP_PX = 12


class DocumentsPage(Ground):
    """Setters in, requests out. Between them nothing is remembered but what is open and what is typed."""

    back_requested = Signal()
    folder_requested = Signal()
    files_requested = Signal()
    pause_requested = Signal()
    resume_requested = Signal()
    scans_requested = Signal()  # pages that are pictures are to be read
    search_requested = Signal(object)  # SearchRequested
    paths_offered = Signal(object)  # PathsOffered
    passage_requested = Signal(object)  # PassageRequested
    ask_requested = Signal(object)  # Scope: a chat that asks these
    collection_act = Signal(object)  # CollectionAct
    document_act = Signal(object)  # DocumentAct

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, "window", parent=parent)
        self._shelf: ShelfShown | None = None
        self._hits: HitsShown | None = None
        self.setAcceptDrops(True)
        self.bar = TopBar(theme, parent=self)
        self._area = QScrollArea(self)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._sheet = _Sheet(theme, "window", parent=None)
        self._column = QWidget(self._sheet)
        self.search = SearchField(theme, parent=self._column)
        self.waiting = Text(theme, _("Looking at your documents…"), parent=self._column, color="muted")
        self.found = Text(theme, "", parent=self._column, font=theme.fonts.small, color="muted").wrapped()
        self._hits_card = Card(theme, parent=self._column)
        self.hits = HitList(theme, parent=self._hits_card)
        self.work = WorkCard(theme, parent=self._column)
        self.scans = ScansCard(theme, parent=self._column)
        self.note = Text(theme, "", parent=self._column, font=theme.fonts.small, color="muted").wrapped()
        self.note.setContentsMargins(2, 0, 2, 0)
        self.empty = EmptyCard(theme, parent=self._column)
        self._cards = QWidget(self._column)
        cards = QVBoxLayout(self._cards)
        cards.setContentsMargins(0, 0, 0, 0)
        cards.setSpacing(_GAP_PX)
        self._collections: KeyedColumn[str, CollectionCard] = KeyedColumn(cards)
        self._veil = _DropVeil(theme, parent=self)
        self._lay_out()
        self._connect()
        self._show_view()
        tab_in_order(self)
        theme.resized.connect(self._on_resized)

    @property
    def cards(self) -> dict[str, CollectionCard]:
        """By the collection's id."""
        return self._collections.rows

    def set_shelf(self, shelf: ShelfShown) -> None:
        """All that is here now; what is open stays open."""
        is_first = self._shelf is None
        focus = self.window().focusWidget()
        is_in_empty = focus is not None and self.empty.isAncestorOf(focus)
        self._shelf = shelf
        by_id = {shown.id: shown for shown in shelf.collections}
        is_new = self._collections.sync(by_id, self._make_card)
        for id_, shown in by_id.items():
            self.cards[id_].show_collection(shown)
        self.set_progress(shelf.progress)
        self._show_view()
        if is_first and len(by_id) == 1:
            next(iter(self.cards.values())).head.set_open(True)
        if (is_first and focus is self) or (is_in_empty and by_id):  # until now there was nothing to search
            self.focus_search()
        if is_new:
            self._on_rows()

    def set_progress(self, progress: Progress) -> None:
        """As often as there is news; nothing is built again for it."""
        documents = self._shelf.documents if self._shelf is not None else ()
        self.work.show_progress(progress, chunks=sum(document.chunks for document in documents))

    def set_hits(self, hits: HitsShown | None) -> None:
        """What a search came to; None goes back to the collections."""
        self._hits = hits
        if hits is not None:
            self.hits.show_hits(hits)
            self.found.setText(_found_words(hits))
            accessible.announce(self, self.found.text())
            self._area.verticalScrollBar().setValue(0)
        self._show_view()

    @Slot()
    def focus_search(self) -> None:
        self._area.verticalScrollBar().setValue(0)
        part = self.search if self.search.isVisible() else self.empty.folder if self.empty.isVisible() else self
        part.setFocus(Qt.FocusReason.ActiveWindowFocusReason)
        self.search.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leads back: from what was found to the collections, from there to the chat."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self._hits is not None:
            self.search.clear()
            self.focus_search()
        else:
            self.back_requested.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _paths(event.mimeData()):
            event.acceptProposedAction()
            self._veil.setGeometry(self.rect())
            self._veil.show()
            self._veil.raise_()
        else:
            event.ignore()  # a model is for the window

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self._veil.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._veil.hide()
        event.acceptProposedAction()
        self.paths_offered.emit(PathsOffered(_paths(event.mimeData())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._keep_margins()
        self._arrange()

    @property
    def _margin_px(self) -> int:
        return _MARGIN_PX if self.width() >= _NARROW_PX else _NARROW_MARGIN_PX

    def _keep_margins(self) -> None:
        """The column stands in the middle and is as wide as before when the scroll bar comes or goes."""
        bar, margin = self._area.verticalScrollBar(), self._margin_px
        taken_px = bar.sizeHint().width() if bar.maximum() > 0 else 0
        beside = max(0, margin - taken_px)
        left, right = (beside, margin) if self.isRightToLeft() else (margin, beside)
        self._around.setContentsMargins(left, 24, right, 32)

    def _arrange(self) -> None:
        column_px = min(self.width() - 2 * self._margin_px, self._column.maximumWidth())
        for row in self._column.findChildren(Row):
            row.arrange(column_px)

    def _lay_out(self) -> None:
        self._column.setMaximumWidth(scaled(self._theme, COLUMN_PX))
        hits = QVBoxLayout(self._hits_card)
        hits.setContentsMargins(1, 6, 1, 6)
        hits.addWidget(self.hits)
        self.found.setContentsMargins(2, 0, 2, 0)
        inside = QVBoxLayout(self._column)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(_GAP_PX)
        for part in (
            *(self.search, self.found, self._hits_card, self.waiting),
            *(self.work, self.scans, self.note, self.empty, self._cards),
        ):
            inside.addWidget(part)
        inside.addStretch(1)
        self._around = QHBoxLayout(self._sheet)
        self._around.addStretch(1)
        self._around.addWidget(self._column, 1_000)
        self._around.addStretch(1)
        self._area.setWidget(self._sheet)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.bar)
        whole.addWidget(self._area, 1)

    def _connect(self) -> None:
        self.bar.back_requested.connect(self.back_requested)
        for source in (self.bar, self.empty):
            source.folder_requested.connect(self.folder_requested)
            source.files_requested.connect(self.files_requested)
        self._area.verticalScrollBar().rangeChanged.connect(self._on_range)
        self.search.search_requested.connect(self._on_search)
        self.search.cleared.connect(self._on_cleared)
        self.search.list_requested.connect(self.hits.enter)
        self.hits.sought.connect(self._on_hit_sought)
        self.hits.passage_requested.connect(self.passage_requested)
        self.work.pause_requested.connect(self.pause_requested)
        self.work.resume_requested.connect(self.resume_requested)
        self.scans.read_requested.connect(self.scans_requested)

    def _make_card(self, _id: str) -> CollectionCard:
        card = CollectionCard(self._theme, parent=self._cards)
        card.collection_act.connect(self.collection_act)
        card.document_act.connect(self.document_act)
        card.ask_requested.connect(self.ask_requested)
        card.sought.connect(self._on_row_sought)
        card.rows_changed.connect(self._on_rows)
        return card

    def _show_view(self) -> None:
        is_searched, is_read = self._hits is not None, self._shelf is not None
        is_empty = self._shelf is not None and not self._shelf.collections
        self.search.setVisible(is_read and not is_empty)
        self.found.setVisible(is_searched)
        self._hits_card.setVisible(self._hits is not None and bool(self._hits.passages))
        self.waiting.setVisible(not is_read)
        self.empty.setVisible(is_empty and not is_searched)
        self._cards.setVisible(not is_searched and not is_empty)
        self.note.setText(self._shelf.note if self._shelf is not None else "")
        self.note.setVisible(bool(self.note.text()) and not is_empty)
        self.scans.setVisible(not is_searched and self._shelf is not None and self.scans.show_shelf(self._shelf))

    def _seek(self, inner: QWidget, rect: QRect) -> None:
        """Bring a row of a tall list into view."""
        top = inner.mapTo(self._sheet, QPoint(0, rect.top())).y()
        bar, room = self._area.verticalScrollBar(), self._area.viewport().height()
        if top < bar.value():
            bar.setValue(top - _GAP_PX)
        elif top + rect.height() > bar.value() + room:
            bar.setValue(top + rect.height() - room + _GAP_PX)

    @Slot(object)
    def _on_hit_sought(self, rect: QRect) -> None:
        self._seek(self.hits, rect)

    @Slot(object)
    def _on_row_sought(self, rect: QRect) -> None:
        sender = self.sender()
        if isinstance(sender, CollectionCard) and sender.list is not None:
            self._seek(sender.list, rect)

    @Slot()
    def _on_resized(self) -> None:
        self._column.setMaximumWidth(scaled(self._theme, COLUMN_PX))
        self._arrange()

    @Slot()
    def _on_range(self) -> None:
        self._keep_margins()

    @Slot()
    def _on_search(self) -> None:
        self.search_requested.emit(SearchRequested(self.search.words))

    @Slot()
    def _on_cleared(self) -> None:
        self.set_hits(None)

    @Slot()
    def _on_rows(self) -> None:
        self._arrange()
        tab_in_order(self)


class _Sheet(Ground):
    """What scrolls. Its height is that of its texts as they wrap, not that of the narrowest wrapping."""

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)


class _DropVeil(QWidget):
    """While something is dragged over the page."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("window", alpha=0.85))
        inner = QRectF(self.rect()).adjusted(16, 16, -16, -16)
        color = self._theme.color
        paint_card(painter, inner, ground=color("accent_ground", alpha=0.6), line=color("accent"), width=2)
        painter.setFont(self._theme.fonts.heading)
        painter.setPen(color("text"))
        words = _("Drop files or folders to add them")
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap), words)


def _found_words(hits: HitsShown) -> str:
    if not hits.passages:
        return _("Nothing was found for “{words}”.").format(words=hits.words)
    return plural("{count} passage, the nearest first", "{count} passages, the nearest first", len(hits.passages))


def _paths(untrusted_data: QMimeData) -> tuple[Path, ...]:
    """Files and folders of this computer; none where it is a model."""
    if files.dropped_model(untrusted_data) is not None:
        return ()
    return tuple(Path(url.toLocalFile()) for url in untrusted_data.urls() if url.isLocalFile())
