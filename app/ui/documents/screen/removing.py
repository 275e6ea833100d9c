"""Removing documents: what would go is counted first, then it is asked, then it goes and a receipt says what did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.chat.store.grounding import Quoting
from app.core import Core
from app.documents.records import Document, Receipt
from app.errors import PaddockError
from app.text import _, plural
from app.ui.bridge import Bridge
from app.ui.documents.page import wording
from app.ui.documents.page.shown import CollectionShown
from app.ui.documents.removal_dialogs import ReceiptDialog, RemovalDialog, RemovalShown
from app.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class _Wish:
    """`remove` is called on a worker, with whether answers go as well."""

    title: str
    documents: tuple[Document, ...]
    is_watched: bool
    remove: Callable[[bool], Receipt]


class Removing(QObject):
    """Parented to the page."""

    removed = Signal()
    answers_removed = Signal()
    working = Signal(object)  # a sentence, str: it takes a moment
    failed = Signal(object)  # PaddockError

    def __init__(self, core: Core, bridge: Bridge, theme: Theme, window: QWidget, *, parent: QObject) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self._theme = theme
        self._window = window

    def ask_collection(self, shown: CollectionShown) -> None:
        core, ids = self._core, tuple(document.id for document in shown.documents)
        if shown.collection is None:
            title = _("Remove all files of chats?")
            self._ask(_Wish(title, shown.documents, False, partial(_remove, core, ids)))
        else:
            title = _("Remove the collection “{name}”?").format(name=wording.title(shown))
            remove = partial(_remove_collection, core, shown.collection.id)
            self._ask(_Wish(title, shown.documents, False, remove))

    def ask_documents(self, documents: Sequence[Document], *, is_watched: bool) -> None:
        """`is_watched`: their folder is kept in step, so that they come back while they are in it."""
        ids = tuple(document.id for document in documents)
        title = plural("Remove {count} document?", "Remove {count} documents?", len(ids))
        if len(documents) == 1:
            title = _("Remove “{name}”?").format(name=documents[0].name)
        self._ask(_Wish(title, tuple(documents), is_watched, partial(_remove, self._core, ids)))

    def _ask(self, wish: _Wish) -> None:
        ids = [document.id for document in wish.documents]
        self._bridge.run(lambda: self._core.chats.quoting(ids), partial(self._open, wish), self.failed.emit)

    def _open(self, wish: _Wish, quoting: tuple[Quoting, ...]) -> None:
        chats = {one.conversation_id: one.title for one in quoting}
        shown = RemovalShown(
            title=wish.title,
            documents=len(wish.documents),
            chats=tuple(chats.values()),
            answers=len({one.message_id for one in quoting}),
            is_folder_kept_in_step=wish.is_watched,
            kept_inside=sum(document.keeping == "inside" for document in wish.documents),
        )
        dialog = RemovalDialog(self._theme, shown, parent=self._window)
        dialog.confirmed.connect(partial(self._remove, wish))
        dialog.open()

    def _remove(self, wish: _Wish, with_answers: bool) -> None:
        self.working.emit(_("Removing…"))
        self._bridge.run(partial(wish.remove, with_answers), partial(self._removed, with_answers), self._not_removed)

    def _removed(self, with_answers: bool, receipt: Receipt) -> None:
        self.removed.emit()
        if with_answers and receipt.quoting:
            self.answers_removed.emit()
        ReceiptDialog(self._theme, receipt, with_answers=with_answers, parent=self._window).open()

    def _not_removed(self, error: PaddockError) -> None:
        self.removed.emit()  # part of it may be gone
        self.failed.emit(error)


def _remove(core: Core, ids: tuple[str, ...], with_answers: bool) -> Receipt:
    return core.remove_documents(ids, with_answers=with_answers)


def _remove_collection(core: Core, collection_id: str, with_answers: bool) -> Receipt:
    return core.remove_collection(collection_id, with_answers=with_answers)
