"""The Documents page put together. It draws what it is given and tells what is wished; it reads and deletes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from app.documents.records import Document, Progress
from app.text import _, plural
from app.ui import accessible, files
from app.ui.controls import Card, Text, paint_card
from app.ui.documents.page import wording
from app.ui.documents.page.collection_card import CollectionCard
from app.ui.documents.page.document_list import DocumentList
from app.ui.documents.page.head import SearchField, TopBar
from app.ui.documents.page.hit_list import HitList
from app.ui.documents.page.notes import EmptyCard, ScansCard, SearchModelCard, WorkCard
from app.ui.documents.page.shown import HitsShown, PathsOffered, SearchRequested, ShelfShown
from app.ui.models.page.wording import joined
from app.ui.pages.parts import KeyedColumn, tab_in_order
from app.ui.pages.scroll_page import ScrollPage
from app.ui.theme import Theme

MOST_NAMED = 50
"""Documents that are listed because of their names; who looks for more of them types another word."""
_GAP_PX = 12


class DocumentsPage(ScrollPage):
    """Setters in, requests out. Between them nothing is remembered but what is open and what is typed."""

    folder_requested = Signal()
    files_requested = Signal()
    pause_requested = Signal()
    resume_requested = Signal()
    scans_requested = Signal()  # pages that are pictures are to be read
    check_requested = Signal()  # every file, byte by byte
    models_requested = Signal()  # where the model for searching is chosen
    starter_requested = Signal()  # the one of Paddock is to search
    search_requested = Signal(object)  # SearchRequested
    paths_offered = Signal(object)  # PathsOffered
    passage_requested = Signal(object)  # PassageRequested
    ask_requested = Signal(object)  # Scope: a chat that asks these
    collection_act = Signal(object)  # CollectionAct
    document_act = Signal(object)  # DocumentAct

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent=parent)
        self._shelf: ShelfShown | None = None
        self._hits: HitsShown | None = None
        self._known: dict[str, Document] = {}
        self._chunks = 0
        self._is_working = False
        self.setAcceptDrops(True)
        self.bar = TopBar(theme, parent=self)
        self.search = SearchField(theme, parent=self._column)
        self.waiting = Text(theme, _("Looking at your documents…"), parent=self._column, color="muted")
        self.found = Text(theme, "", parent=self._column, font=theme.fonts.small, color="muted").wrapped()
        self._named_card = Card(theme, parent=self._column)
        self.named = DocumentList(theme, _("Documents found by their names"), parent=self._named_card)
        self._hits_card = Card(theme, parent=self._column)
        self.hits = HitList(theme, parent=self._hits_card)
        self.work = WorkCard(theme, parent=self._column)
        self.scans = ScansCard(theme, parent=self._column)
        self.note = SearchModelCard(theme, parent=self._column)
        self.empty = EmptyCard(theme, parent=self._column)
        self._cards = QWidget(self._column)
        cards = QVBoxLayout(self._cards)
        cards.setContentsMargins(0, 0, 0, 0)
        cards.setSpacing(_GAP_PX)
        self._collections: KeyedColumn[str, CollectionCard] = KeyedColumn(cards)
        self._veil = _DropVeil(theme, parent=self)
        for card, rows in ((self._named_card, self.named), (self._hits_card, self.hits)):
            inside = QVBoxLayout(card)
            inside.setContentsMargins(1, 6, 1, 6)
            inside.addWidget(rows)
        self.found.setContentsMargins(2, 0, 2, 0)
        found = (self.search, self.found, self._named_card, self._hits_card)
        others = (self.waiting, self.work, self.scans, self.note, self.empty, self._cards)
        self._lay_out(self.bar, (*found, *others), spacing_px=_GAP_PX)
        self._connect()
        self._show_view()
        tab_in_order(self)

    @property
    def cards(self) -> dict[str, CollectionCard]:
        """By the collection's id."""
        return self._collections.rows

    def set_shelf(self, shelf: ShelfShown) -> None:
        """All that is here now; what is open stays open."""
        is_first = not self.cards
        focus = self.window().focusWidget()
        is_in_empty = focus is not None and self.empty.isAncestorOf(focus)
        self._shelf = shelf
        self._known = {document.id: document for document in shelf.documents}
        self._chunks = sum(document.chunks for document in shelf.documents)
        by_id = {shown.id: shown for shown in shelf.collections}
        is_new = self._collections.sync(by_id, self._make_card)
        for id_, shown in by_id.items():
            self.cards[id_].show_collection(shown)
        self.set_progress(shelf.progress)
        self._show_view()
        if is_first and len(by_id) == 1:  # nothing else to look at
            next(iter(self.cards.values())).head.set_open(True)
        if (is_first and focus is self) or (is_in_empty and by_id):  # until now there was nothing to search
            self.focus_search()
        if is_new:
            self._on_rows()

    def set_progress(self, progress: Progress) -> None:
        """As often as there is news; nothing is built again for it."""
        files = {one.document_id: one for one in progress.files}
        current = self._known.get(progress.files[0].document_id) if progress.files else None
        self.work.show_progress(progress, chunks=self._chunks, current=current)
        self.named.show_progress(files)
        for card in self.cards.values():
            card.show_progress(files)
        self._is_working = wording.is_working(progress)
        self._show_empty()

    def set_hits(self, hits: HitsShown | None) -> None:
        """What a search came to; None goes back to the collections."""
        self._hits = hits
        if hits is not None:
            self.hits.show_hits(hits)
            named = named_like(self._shelf.documents if self._shelf is not None else (), hits.words)
            self.named.show_documents(named[:MOST_NAMED])
            self.found.setText(_found_words(hits, len(named)))
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

    def _connect(self) -> None:
        self.bar.back_requested.connect(self.back_requested)
        for source in (self.bar, self.empty):
            source.folder_requested.connect(self.folder_requested)
            source.files_requested.connect(self.files_requested)
        self.search.search_requested.connect(self._on_search)
        self.search.cleared.connect(self._on_cleared)
        self.search.list_requested.connect(self._on_list)
        self.named.document_act.connect(self.document_act)
        self.named.sought.connect(self._on_named_sought)
        self.hits.sought.connect(self._on_hit_sought)
        self.hits.passage_requested.connect(self.passage_requested)
        self.work.pause_requested.connect(self.pause_requested)
        self.work.resume_requested.connect(self.resume_requested)
        self.scans.read_requested.connect(self.scans_requested)
        self.note.starter_requested.connect(self.starter_requested)
        self.note.models_requested.connect(self.models_requested)
        self.bar.menu_requested.connect(self._on_menu)

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
        self._named_card.setVisible(is_searched and bool(self.named.items.values))
        self.waiting.setVisible(not is_read)
        self._cards.setVisible(not is_searched and not is_empty)
        self.note.show_note(self._shelf.note if self._shelf is not None and not is_empty else "")
        self.scans.setVisible(not is_searched and self._shelf is not None and self.scans.show_shelf(self._shelf))

        self._show_empty()

    def _show_empty(self) -> None:
        """Not while the first documents are on their way."""
        has_nothing = self._shelf is not None and not self._shelf.collections and self._hits is None
        self.empty.setVisible(has_nothing and not self._is_working)

    def _seek(self, inner: QWidget, rect: QRect) -> None:
        """Bring a row of a tall list into view."""
        top = inner.mapTo(self._sheet, QPoint(0, rect.top())).y()
        bar, room = self._area.verticalScrollBar(), self._area.viewport().height()
        if top < bar.value():
            bar.setValue(top - _GAP_PX)
        elif top + rect.height() > bar.value() + room:
            bar.setValue(top + rect.height() - room + _GAP_PX)

    @Slot()
    def _on_list(self) -> None:
        (self.named if self.named.items.values else self.hits).enter()

    @Slot(object)
    def _on_named_sought(self, rect: QRect) -> None:
        self._seek(self.named, rect)

    @Slot(object)
    def _on_hit_sought(self, rect: QRect) -> None:
        self._seek(self.hits, rect)

    @Slot(object)
    def _on_row_sought(self, rect: QRect) -> None:
        sender = self.sender()
        if isinstance(sender, CollectionCard) and sender.list is not None:
            self._seek(sender.list, rect)

    def make_menu(self) -> QMenu:
        """What concerns all documents; the menu destroys itself when it closes."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        icon, color = self._theme.icons.icon, self._theme.color("muted")
        check = menu.addAction(icon("magnifying-glass", color), _("Check every file"))
        check.triggered.connect(self.check_requested)
        check.setEnabled(bool(self._known))
        models = menu.addAction(icon("cube", color), _("Model for searching…"))
        models.triggered.connect(self.models_requested)
        return menu

    @Slot()
    def _on_menu(self) -> None:
        menu, button = self.make_menu(), self.bar.menu
        menu.popup(button.mapToGlobal(QPoint(button.width() - menu.sizeHint().width(), button.height() + 4)))

    @Slot()
    def _on_search(self) -> None:
        self.search_requested.emit(SearchRequested(self.search.words))

    @Slot()
    def _on_cleared(self) -> None:
        self.set_hits(None)


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


def named_like(documents: Sequence[Document], words: str) -> tuple[Document, ...]:
    """Those that have all of these words in their names, or in the titles that they give themselves."""
    wanted = words.casefold().split()
    texts = ((one, f"{one.name} {one.title}".casefold()) for one in documents)
    return tuple(one for one, text in texts if all(word in text for word in wanted))


def _found_words(hits: HitsShown, named: int) -> str:
    passages = len(hits.passages)
    if not passages and not named:
        return _("Nothing was found for “{words}”.").format(words=hits.words)
    by_name = _("{documents} by name").format(documents=wording.counted(named))
    by_words = plural("{count} passage, the nearest first", "{count} passages, the nearest first", passages)
    return joined((by_name if named else "", by_words if passages else ""))


def _paths(untrusted_data: QMimeData) -> tuple[Path, ...]:
    """Files and folders of this computer; none where it is a model."""
    if files.dropped_model(untrusted_data) is not None:
        return ()
    return tuple(Path(url.toLocalFile()) for url in untrusted_data.urls() if url.isLocalFile())
