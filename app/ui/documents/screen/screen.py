"""The Documents page with all that is behind it, as the window has it: shown, left, searched and asked."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from app.core import Core
from app.documents import reader
from app.documents.records import Document, Passage, Progress, Scope
from app.settings import READ_SCANS
from app.text import _, plural
from app.ui.bridge import Bridge, nothing
from app.ui.dialogs import SentenceDialog
from app.ui.documents.adding_dialog import RenameDialog
from app.ui.documents.page.page import DocumentsPage
from app.ui.documents.page.shown import (
    OF_CHATS,
    CollectionAct,
    CollectionShown,
    DocumentAct,
    HitsShown,
    SearchRequested,
    ShelfShown,
)
from app.ui.documents.screen.adding import Adding
from app.ui.documents.screen.leaving_out import LeavingOut
from app.ui.documents.screen.removing import Removing
from app.ui.documents.screen.working import Working
from app.ui.documents.unlocking import Unlocking
from app.ui.models.screen.latest import Latest
from app.ui.theme import Theme
from app.ui.toast import Toast

MOST_HITS = 30
LEAST_PAUSE_MS = 600
"""Between two readings of all documents, while many are being read."""
_PAUSE_SHARE = 10  # times as long as the last reading took, so that it costs a tenth of a core at most


class DocumentsScreen(QObject):
    """Controller of one DocumentsPage; parented to the window."""

    failed = Signal(object)  # PaddockError
    left = Signal()  # back to the chat
    passage_requested = Signal(object)  # PassageRequested
    document_requested = Signal(object)  # str: its id
    ask_requested = Signal(object)  # Scope
    answers_removed = Signal()
    models_requested = Signal()  # where the one for searching is chosen
    _library_changed = Signal()  # told on the library's threads

    def __init__(
        self,
        core: Core,
        bridge: Bridge,
        theme: Theme,
        page: DocumentsPage,
        toast: Toast,
        *,
        working: Working,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._window = parent
        self._core = core
        self._bridge = bridge
        self._theme = theme
        self._toast = toast
        self._working = working
        self._shelf: ShelfShown | None = None
        self.page = page
        self.adding = Adding(core, bridge, theme, parent, parent=self)
        self.removing = Removing(core, bridge, theme, parent, parent=self)
        self.left_out = LeavingOut(core, bridge, theme, parent, parent=self)
        self.unlocking = Unlocking(core, bridge, theme, parent, parent=self)
        self._shelves: Latest[tuple[ShelfShown, float]] = Latest(bridge, self._read, self._have_read, self.failed.emit)
        self._progress: Latest[Progress] = Latest(
            bridge, lambda: core.documents.progress(), page.set_progress, self.failed.emit
        )
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(LEAST_PAUSE_MS)
        self._pause.timeout.connect(self._on_paused)
        self._connect()
        self._library_changed.connect(self._on_library_changed, Qt.ConnectionType.QueuedConnection)
        self._end_watch = core.documents.on_change(self._library_changed.emit)

    def _connect(self) -> None:
        page = self.page
        page.back_requested.connect(self.left)
        page.passage_requested.connect(self.passage_requested)
        page.ask_requested.connect(self.ask_requested)
        page.folder_requested.connect(self.adding.choose_folder)
        page.files_requested.connect(self.adding.choose_files)
        page.paths_offered.connect(self.adding.offer)
        page.pause_requested.connect(self._working.pause)
        page.resume_requested.connect(self._working.go_on)
        page.scans_requested.connect(self._on_scans)
        page.check_requested.connect(self._on_check)
        page.models_requested.connect(self.models_requested)
        page.starter_requested.connect(self._on_starter)
        page.search_requested.connect(self._on_search)
        page.collection_act.connect(self._on_collection_act)
        page.document_act.connect(self._on_document_act)
        self.adding.told.connect(self._on_told)
        self.adding.added.connect(self.look)
        self.unlocking.unlocked.connect(self._on_unlocked)
        self.removing.removed.connect(self._on_removed)
        self.removing.answers_removed.connect(self.answers_removed)
        for faulty in (self.adding, self.removing, self.unlocking, self.left_out):
            faulty.failed.connect(self.failed)

    @Slot()
    def look(self) -> None:
        """The page comes into view: say how things are now."""
        self._shelves.look()

    def stop(self) -> None:
        """The window closes."""
        self._end_watch()
        self._pause.stop()

    # What is here.

    def _read(self) -> tuple[ShelfShown, float]:
        """On a worker. And how long it took, in seconds."""
        begun = time.monotonic()
        shelf = read_shelf(self._core, self._shelf)
        return shelf, time.monotonic() - begun

    def _have_read(self, read: tuple[ShelfShown, float]) -> None:
        self._shelf, took_s = read
        self._pause.setInterval(max(LEAST_PAUSE_MS, round(1_000 * _PAUSE_SHARE * took_s)))
        self.page.set_shelf(self._shelf)

    @Slot()
    def _on_library_changed(self) -> None:
        if self.page.isVisible():
            self._progress.look()
            if not self._pause.isActive():
                self._pause.start()

    @Slot()
    def _on_paused(self) -> None:
        if self.page.isVisible():
            self._shelves.look()

    @Slot()
    def _on_removed(self) -> None:
        if self.page.search.words:
            self._on_search(SearchRequested(self.page.search.words))
        self.look()

    # Searching.

    @Slot(object)
    def _on_search(self, request: SearchRequested) -> None:
        library = self._core.documents
        search = partial(library.search, request.words, limit=MOST_HITS)
        self._bridge.run(search, partial(self._have_found, request.words), self.failed.emit)

    def _have_found(self, words: str, passages: tuple[Passage, ...]) -> None:
        if words == self.page.search.words:  # else another search is under way, or none is wished any more
            self.page.set_hits(HitsShown(words, passages))

    # What is wished.

    @Slot(object)
    def _on_collection_act(self, act: CollectionAct) -> None:
        shown = self._collection(act.id)
        if shown is None:
            return
        if act.act == "add_files":
            self.adding.choose_files_for(act.id)
        elif act.act == "rename":
            self._ask_name(shown)
        elif act.act == "open_folder" and shown.collection is not None:
            _open_folder(Path(shown.collection.folder))
        elif act.act == "left_out" and shown.collection is not None:
            self.left_out.open(shown.collection)
        elif act.act == "keep":
            self._keep(shown.documents)
        elif act.act == "check":
            self._on_check()
        elif act.act == "read_again":
            self._read_again(shown.documents)
        elif act.act == "remove":
            self.removing.ask_collection(shown)

    @Slot(object)
    def _on_document_act(self, act: DocumentAct) -> None:
        documents = self._documents(act.ids)
        if not documents:
            return
        first = documents[0]
        acts: dict[str, Callable[[], None]] = {
            "show": partial(self.document_requested.emit, first.id),
            "ask": partial(self.ask_requested.emit, Scope(tuple(one.id for one in documents))),
            "unlock": partial(self.unlocking.ask, first),
            "why": partial(self._show_fault, first),
            "read_again": partial(self._read_again, documents),
            "keep": partial(self._keep, documents),
            "open_folder": partial(_open_folder, Path(first.path).parent),
            "remove": partial(self._remove, documents),
        }
        acts[act.act]()

    def _remove(self, documents: tuple[Document, ...]) -> None:
        found = {shown.id: shown.collection for shown in (self._shelf.collections if self._shelf else ())}
        homes = [found.get(document.collection_id) for document in documents]
        is_watched = any(home is not None and bool(home.folder) for home in homes)
        self.removing.ask_documents(documents, is_watched=is_watched)

    def _read_again(self, documents: tuple[Document, ...]) -> None:
        ids = [document.id for document in documents]
        self._bridge.run(lambda: self._core.documents.read_again(ids), nothing, self.failed.emit)

    def _keep(self, documents: tuple[Document, ...]) -> None:
        ids = [document.id for document in documents if document.keeping != "inside"]
        words = plural(
            "A copy of {count} document is being made inside the profile.",
            "Copies of {count} documents are being made inside the profile.",
            len(ids),
        )
        keep = partial(self._core.documents.keep_inside, ids)
        self._bridge.run(keep, lambda _result: self._on_told(words), self.failed.emit)

    @Slot()
    def _on_check(self) -> None:
        """One that has another content with the same size and time is only found so."""
        check = partial(self._core.documents.look_again, is_thorough=True)
        self._bridge.run(check, nothing, self.failed.emit)

    @Slot(object)
    def _on_unlocked(self, document: Document) -> None:
        self._on_told(_("“{name}” is open, and is being read.").format(name=document.name))
        self.look()

    @Slot()
    def _on_starter(self) -> None:
        use = partial(self._core.use_search_model, None)
        self._bridge.run(use, lambda _result: self.look(), self.failed.emit)

    def _show_fault(self, document: Document) -> None:
        dialog = SentenceDialog(
            self._theme,
            document.name,
            document.fault,
            parent=self._window,
            next_step=document.next_step,
            accept=_("Read again"),
            reject=_("Close"),
        )
        dialog.accepted.connect(partial(self._read_again, (document,)))
        dialog.open()

    def _ask_name(self, shown: CollectionShown) -> None:
        if shown.collection is None:
            return
        dialog = RenameDialog(self._theme, shown.collection.name, parent=self._window)
        dialog.renamed.connect(partial(self._rename, shown.collection.id))
        dialog.open()

    def _rename(self, collection_id: str, name: str) -> None:
        rename = partial(self._core.documents.rename_collection, collection_id, name)
        self._bridge.run(rename, nothing, self.failed.emit)

    @Slot()
    def _on_scans(self) -> None:
        """From now on; and those that are here already, at once."""
        core = self._core
        ids = [document.id for document in (self._shelf.documents if self._shelf else ()) if document.scans]

        def work() -> None:
            core.settings.set(READ_SCANS, True)
            core.documents.read_again(ids)

        self._bridge.run(work, nothing, self.failed.emit)

    @Slot(object)
    def _on_told(self, sentence: str) -> None:
        self._toast.show_message(sentence)

    def _collection(self, id_: str) -> CollectionShown | None:
        return next((one for one in (self._shelf.collections if self._shelf else ()) if one.id == id_), None)

    def _documents(self, ids: tuple[str, ...]) -> tuple[Document, ...]:
        wanted = frozenset(ids)
        return tuple(one for one in (self._shelf.documents if self._shelf else ()) if one.id in wanted)


def read_shelf(core: Core, before: ShelfShown | None = None) -> ShelfShown:
    """On a worker. What has not changed since `before` is the same object, so that the window compares it quickly."""
    library = core.documents
    known = {document.id: document for document in (before.documents if before else ())}
    by_collection: dict[str, list[Document]] = defaultdict(list)
    for document in library.documents():
        was = known.get(document.id)
        by_collection[document.collection_id].append(was if was is not None and was == document else document)
    shown = [
        CollectionShown(one, tuple(by_collection[one.id]), len(library.ignored(one.id)) if one.folder else 0)
        for one in library.collections()
    ]
    if by_collection[OF_CHATS]:
        shown.append(CollectionShown(None, tuple(by_collection[OF_CHATS])))
    return ShelfShown(
        tuple(shown),
        library.progress(),
        can_recognise=bool(reader.ocr_languages()),
        recognises=core.settings.get(READ_SCANS),
        note=core.search_note(),
    )


def _open_folder(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
