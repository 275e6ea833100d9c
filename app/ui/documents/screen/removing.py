"""Removing documents: what would go is counted first, then it is asked, then it goes and a receipt says what did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.chat.store.grounding import Quoting
from app.core import Core
from app.documents.records import Document, Receipt
from app.documents.records import Removing as HowFar
from app.engine.stop import Stop
from app.errors import PaddockError
from app.text import _, plural
from app.ui.bridge import Bridge
from app.ui.documents.page import wording
from app.ui.documents.page.shown import CollectionShown
from app.ui.documents.removal_dialogs import (
    ReceiptDialog,
    RemovalConfirmed,
    RemovalDialog,
    RemovalProgress,
    RemovalShown,
)
from app.ui.theme import Theme

SHOWN_AFTER_MS = 400
"""What is gone sooner needs no dialog that says how far it is."""

_Remove = Callable[[RemovalConfirmed, Callable[[HowFar], None], Stop], Receipt]


@dataclass(frozen=True, slots=True)
class _Wish:
    """`remove` is called on a worker."""

    title: str
    documents: tuple[Document, ...]
    is_watched: bool
    remove: _Remove
    can_stay: bool = False  # where a chat has them as well: they then leave their collection alone


@dataclass(frozen=True, slots=True)
class _Facts:
    quoting: tuple[Quoting, ...]
    elsewhere: tuple[str, ...]  # ids of those that something else has


class Removing(QObject):
    """Parented to the page."""

    removed = Signal()
    answers_removed = Signal()
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
        """`is_watched`: their folder is kept in step, so that they are left out of it from then on."""
        ids = tuple(document.id for document in documents)
        title = plural("Remove {count} document?", "Remove {count} documents?", len(ids))
        if len(documents) == 1:
            title = _("Remove “{name}”?").format(name=documents[0].name)
        can_stay = any(document.collection_id for document in documents)
        self._ask(_Wish(title, tuple(documents), is_watched, partial(_remove, self._core, ids), can_stay))

    def _ask(self, wish: _Wish) -> None:
        ids = [document.id for document in wish.documents]
        self._bridge.run(partial(_facts, self._core, ids), partial(self._open, wish), self.failed.emit)

    def _open(self, wish: _Wish, facts: _Facts) -> None:
        chats = {one.conversation_id: one.title for one in facts.quoting}
        shown = RemovalShown(
            title=wish.title,
            documents=len(wish.documents),
            chats=tuple(chats.values()),
            answers=len({one.message_id for one in facts.quoting}),
            is_folder_kept_in_step=wish.is_watched,
            kept_inside=sum(document.keeping == "inside" for document in wish.documents),
            elsewhere=len(facts.elsewhere) if wish.can_stay else 0,
        )
        dialog = RemovalDialog(self._theme, shown, parent=self._window)
        dialog.confirmed.connect(partial(self._remove, wish))
        dialog.open()

    def _remove(self, wish: _Wish, confirmed: RemovalConfirmed) -> None:
        stop = Stop()
        progress = RemovalProgress(self._theme, len(wish.documents), parent=self._window)
        progress.stop_requested.connect(stop.set)
        delay = QTimer(progress)
        delay.setSingleShot(True)
        delay.timeout.connect(progress.open)
        delay.start(SHOWN_AFTER_MS)

        def on_progress(how_far: HowFar) -> None:
            if self._bridge.stopping.is_set():
                stop.set()
            self._bridge.post(partial(progress.show_how_far, how_far))

        def over() -> None:
            delay.stop()
            progress.finish()

        def done(receipt: Receipt) -> None:
            over()
            self._removed(confirmed, receipt)

        def failed(error: PaddockError) -> None:
            over()
            self.removed.emit()  # part of it may be gone
            if confirmed.with_answers:
                self.answers_removed.emit()
            self.failed.emit(error)

        self._bridge.run(partial(wish.remove, confirmed, on_progress, stop), done, failed)

    def _removed(self, confirmed: RemovalConfirmed, receipt: Receipt) -> None:
        self.removed.emit()
        if confirmed.with_answers and receipt.quoting:
            self.answers_removed.emit()
        ReceiptDialog(self._theme, receipt, with_answers=confirmed.with_answers, parent=self._window).open()


# On a worker thread.


def _facts(core: Core, ids: Sequence[str]) -> _Facts:
    return _Facts(core.chats.quoting(ids), core.documents.belongs_elsewhere(ids))


def _remove(
    core: Core, ids: tuple[str, ...], confirmed: RemovalConfirmed, on_progress: Callable[[HowFar], None], stop: Stop
) -> Receipt:
    remove = core.take_out if confirmed.is_out_of_collection_only else core.remove_documents
    return remove(ids, with_answers=confirmed.with_answers, on_progress=on_progress, stop=stop)


def _remove_collection(
    core: Core, collection_id: str, confirmed: RemovalConfirmed, on_progress: Callable[[HowFar], None], stop: Stop
) -> Receipt:
    return core.remove_collection(
        collection_id, with_answers=confirmed.with_answers, on_progress=on_progress, stop=stop
    )
