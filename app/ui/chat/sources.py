"""Which documents the chat on screen asks: shown in its composer, added, and asked no more.

A chat keeps them in the library; of one that does not exist yet they are part of its draft.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QObject, QPoint, Qt, QTimer, Signal, Slot
from shiboken6 import isValid

from app.core import Core
from app.documents.records import NO_DOCUMENTS, Collection, Scope
from app.errors import PaddockError
from app.text import _
from app.ui.bridge import Bridge, nothing
from app.ui.chat.asked import Found, asked_items, find
from app.ui.chat.asked_deeds import AskedDeeds
from app.ui.chat.composer.sources_menu import CollectionTicked, SourcesMenu
from app.ui.chat.conversation import Conversation
from app.ui.chat.events import Shown
from app.ui.chat.items import AskedRequested, FilesChosen
from app.ui.chat.page import ChatPage
from app.ui.theme import Theme
from app.ui.toast import Toast

T = TypeVar("T")
LOOK_EVERY_MS = 250


class ChatSources(QObject):
    """Controller; parented to the page. `stop` it before the core closes."""

    failed = Signal(object)  # PaddockError
    manage_requested = Signal()
    document_requested = Signal(object)  # str: the id of the document to be shown
    settled = Signal()  # what was changed is kept: `is_changing` no more
    _news = Signal()  # from the library's thread

    def __init__(
        self, core: Core, bridge: Bridge, page: ChatPage, conversation: Conversation, theme: Theme, toast: Toast
    ) -> None:
        super().__init__(page)
        self._core = core
        self._bridge = bridge
        self._page = page
        self._conversation = conversation
        self._theme = theme
        self._toast = toast
        self._home: str | None = None
        self._scope = NO_DOCUMENTS
        self._look_number = 0
        self._read: tuple[Scope, tuple[str, ...]] | None = None  # what was found read, with the files' hashes
        self._changes = 0  # on their way
        self._stop_listening: Callable[[], None] | None = None
        self._is_listening = False
        self._is_stopped = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(LOOK_EVERY_MS)
        self._soon.timeout.connect(self.look)
        self._news.connect(self._on_news, Qt.ConnectionType.QueuedConnection)
        self._deeds = AskedDeeds(core, bridge, page, theme, toast)
        self._deeds.failed.connect(self.failed)
        self._deeds.manage_requested.connect(self.manage_requested)
        self._deeds.document_requested.connect(self.document_requested)
        conversation.shown.connect(self._on_shown)
        composer = page.composer
        composer.card.set_has_documents(True)
        composer.documents_found.connect(self._on_files)
        composer.documents_requested.connect(self._on_menu_wanted)
        composer.card.sources.removed.connect(self._on_removed)
        composer.card.sources.opened.connect(self._deeds.open)

    @property
    def scope(self) -> Scope:
        """Of the chat on screen, as far as it is known."""
        return self._scope

    @property
    def is_changing(self) -> bool:
        """Something is being added or removed: a question had better wait for it."""
        return self._changes > 0

    def ask(self, scope: Scope) -> None:
        """Let the chat on screen ask these as well."""
        self._change(scope, is_more=True)

    def stop(self) -> None:
        """The window closes."""
        self._is_stopped = True
        self._soon.stop()
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None

    # What is shown.

    @Slot(object)
    def _on_shown(self, shown: Shown) -> None:
        home = shown.conversation_id
        is_new = home is None
        if is_new and (home, shown.draft.scope) != (self._home, self._scope):
            self._home, self._scope = None, shown.draft.scope
            self.look()
        elif not is_new and home != self._home:
            has_begun = self._home is None and self._conversation.is_busy  # and takes along what its draft had
            self._home = home
            self._scope = self._scope if has_begun else NO_DOCUMENTS
            self.look()

    @Slot()
    def look(self) -> None:
        """What the chat asks, and how far it is read."""
        home, scope = self._home, self._scope
        self._look_number += 1
        number = self._look_number
        if self._is_stopped or (home is None and not scope):
            self._page.composer.set_asked(())
            return

        is_first, self._is_listening = not self._is_listening, True

        def read() -> Found:
            library = self._core.documents
            if is_first:
                self._stop_listening = library.on_change(self._tell)
            return find(self._core, library.scope_of(home) if home is not None else scope)

        def show(found: Found) -> None:
            if number == self._look_number:
                self._show(home, found)
                self._tell_read(found)

        self._bridge.run(read, show, self.failed.emit)

    def _show(self, home: str | None, found: Found) -> None:
        self._scope = found.scope
        self._deeds.found = found
        if home is None:
            self._page.composer.set_scope(found.scope)  # without documents that are gone
        self._page.composer.set_asked(asked_items(found))

    def _tell_read(self, found: Found) -> None:
        """Once all of them are read, the model can read them ahead."""
        is_read = bool(found.documents) and all(one.status == "read" for one in found.documents)
        read = (found.scope, tuple(one.sha256 for one in found.documents)) if is_read else None
        if read is not None and read != self._read:
            self._conversation.read_anew()
        self._read = read

    def _tell(self) -> None:
        if isValid(self):
            self._news.emit()

    @Slot()
    def _on_news(self) -> None:
        if self._scope and not self._soon.isActive() and not self._is_stopped:
            self._soon.start()

    # What is changed.

    @Slot(object)
    def _on_files(self, chosen: FilesChosen) -> None:
        place = self._place

        def add() -> Scope:
            library = self._core.documents
            added = library.add_files(chosen.paths, is_for_chat=True)
            library.start()
            return Scope(document_ids=tuple(document.id for document in added))

        def done(scope: Scope) -> None:
            if place == self._place or (place is None and self._conversation.is_busy):
                self.ask(scope)
            elif place is not None:
                self._bridge.run(lambda: self._core.documents.attach(place, scope), nothing, self.failed.emit)

        self._keep(add, done)

    def _keep(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        self._changes += 1

        def is_done(result: T) -> None:
            done(result)
            self._one_less()

        def has_failed(error: PaddockError) -> None:
            self._one_less()
            self.failed.emit(error)

        self._bridge.run(work, is_done, has_failed)

    def _one_less(self) -> None:
        self._changes -= 1
        if not self._changes:
            self.settled.emit()

    @property
    def _place(self) -> str | None:
        return self._conversation.conversation_id

    def _change(self, scope: Scope, *, is_more: bool) -> None:
        home = self._place
        self._scope = with_scope(self._scope, scope) if is_more else without_scope(self._scope, scope)
        if home is None:
            self._page.composer.set_scope(self._scope)
            self.look()
            return

        def work() -> None:
            library = self._core.documents
            (library.attach if is_more else library.detach)(home, scope)

        def done(_nothing: None) -> None:
            self.look()

        self._keep(work, done)

    @Slot(object)
    def _on_removed(self, request: AskedRequested) -> None:
        asked, home = request.asked, self._place
        self._change(asked.scope, is_more=False)
        shown = tuple(one for one in self._page.composer.card.sources.asked if one != asked)
        self._page.composer.set_asked(shown)  # at once
        words = _("This chat does not ask {name} any more.").format(name=asked.name)
        self._toast.show_undo(words, partial(self._on_undone, home, asked.scope))

    def _on_undone(self, home: str | None, scope: Scope) -> None:
        if home == self._place:
            self._change(scope, is_more=True)
        elif home is not None:
            self._bridge.run(lambda: self._core.documents.attach(home, scope), nothing, self.failed.emit)

    # The menu.

    @Slot()
    def _on_menu_wanted(self) -> None:
        def show(collections: tuple[Collection, ...]) -> None:
            button = self._page.composer.card.documents
            menu = SourcesMenu(self._theme, collections, self._scope, parent=button)
            menu.ticked.connect(self._on_ticked)
            menu.add_requested.connect(self._page.composer.choose_files)
            menu.manage_requested.connect(self.manage_requested)
            height = menu.sizeHint().height()
            corner = button.width() - menu.sizeHint().width() if button.isRightToLeft() else 0
            menu.popup(button.mapToGlobal(QPoint(corner, -height - 4)))

        self._bridge.run(lambda: self._core.documents.collections(), show, self.failed.emit)

    @Slot(object)
    def _on_ticked(self, ticked: CollectionTicked) -> None:
        self._change(Scope(collection_ids=(ticked.collection_id,)), is_more=ticked.is_asked)


def with_scope(one: Scope, other: Scope) -> Scope:
    """All that is in either, in order."""
    return Scope(_joined(one.document_ids, other.document_ids), _joined(one.collection_ids, other.collection_ids))


def without_scope(one: Scope, other: Scope) -> Scope:
    return Scope(
        tuple(id_ for id_ in one.document_ids if id_ not in other.document_ids),
        tuple(id_ for id_ in one.collection_ids if id_ not in other.collection_ids),
    )


def _joined(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))
