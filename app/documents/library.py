"""Documents' own API: collections and files, which chats ask which, finding passages, and the work behind it.

Everything a window or a command does with documents goes through here. Calls may come from any thread but the
window's; what takes long (reading, embedding, watching folders) happens on the library's own thread after `start`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.documents import faults, reader
from app.documents.index.search import Search
from app.documents.ingest.filling import Read, source_of
from app.documents.ingest.walking import files_of
from app.documents.ingest.worker import SCAN_EVERY_S, PauseReason, Worker
from app.documents.parts import Part
from app.documents.reader import ReadWish, Source
from app.documents.records import Collection, Document, Keeping, Passage, Progress, Receipt, Scope
from app.documents.store.shelves import Size
from app.documents.store.store import DocumentStore
from app.engine import names
from app.errors import PaddockError
from app.storage.database import Database

if TYPE_CHECKING:  # numpy, which only searching by meaning needs
    from app.documents.embedding.embedder import Embedder

_log = logging.getLogger(__name__)


class Library:
    """All documents of a profile. `embedder` gives the model in use, None where there is none (then words alone).

    `older_embedder` gives the one that vectors were made by (its `model.id`) while those of a newer one are made;
    `wish` says how files are read, asked anew for each.
    """

    def __init__(
        self,
        database: Database,
        *,
        embedder: Callable[[], Embedder | None],
        older_embedder: Callable[[str], Embedder | None] = lambda _model_id: None,
        wish: Callable[[], ReadWish] = ReadWish,
        read: Read = reader.read,
        now: Callable[[], float] = time.time,
        scan_every_s: float = SCAN_EVERY_S,
    ) -> None:
        self._store = DocumentStore(database, now=now)
        self._embedder = embedder
        self._search = Search(database, embedder, older_embedder)
        self._worker = Worker(self._store, embedder, read=read, wish=wish, tell=self._tell, scan_every_s=scan_every_s)
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []
        self._unwritten: dict[str, Scope] = {}  # of temporary chats
        self._opened_at = now()

    # Collections.

    def collections(self) -> tuple[Collection, ...]:
        """By name."""
        return self._store.collections()

    def collection(self, collection_id: str) -> Collection:
        """Raises StorageFault without one."""
        return self._store.collection(collection_id)

    def add_collection(self, name: str, folder: Path | None = None, keeping: Keeping = "reference") -> Collection:
        """With a folder, what it holds is read, and kept in step with it from now on. Raises DocumentFault.

        Where there is one of this folder already, it is that one, as it is.
        """
        if folder is not None and not folder.is_dir():
            raise faults.of("unreadable")
        where = "" if folder is None else str(folder.absolute())
        made = self._store.collection(self._store.add_collection(name, where, keeping))
        self._changed(is_scan_due=folder is not None)
        return made

    def rename_collection(self, collection_id: str, name: str) -> None:
        self._store.rename_collection(collection_id, name)
        self._changed()

    def remove_collection(self, collection_id: str) -> Receipt:
        """With all that was read of it; the folder and its files stay. Blocks until it is gone."""
        receipt = self._store.remove_collection(collection_id)
        self._forget_removed()
        return receipt

    # Documents.

    def documents(self, collection_id: str | None = None, *, ids: Sequence[str] | None = None) -> tuple[Document, ...]:
        """All, those of a collection ("" for those in none), or these; by name."""
        return self._store.documents(collection_id, ids=ids, model=self._model())

    def add_files(
        self, paths: Sequence[Path], *, collection_id: str = "", keeping: Keeping = "reference"
    ) -> tuple[Document, ...]:
        """Files, and what is in folders among them; they are read soon. One per path, in order.

        A file that is here already and has not changed is not added twice. What is no file is left out.
        """
        ids = self._store.add(tuple(files_of(paths)), collection_id=collection_id, keeping=keeping)
        self._changed()
        added = {document.id: document for document in self.documents(ids=ids)}
        return tuple(added[one] for one in dict.fromkeys(ids) if one in added)

    def read_again(self, ids: Sequence[str]) -> None:
        """From the beginning, also those that failed. What was read before serves until then."""
        self._store.wait_again(ids)
        self._changed()

    def remove(self, document_ids: Sequence[str]) -> Receipt:
        """Text, chunks, words, vectors and originals kept inside; the files themselves stay. Blocks until gone."""
        receipt = self._store.remove(document_ids)
        self._forget_removed()
        return receipt

    # Chats.

    def attach(self, conversation_id: str, scope: Scope) -> None:
        """Let a chat ask these as well. Of a temporary chat it is remembered in memory alone."""
        if not names.is_temporary(conversation_id):
            self._store.attach(conversation_id, scope)
        else:
            before = self.scope_of(conversation_id)
            self._remember(
                conversation_id,
                Scope(
                    tuple(dict.fromkeys((*before.document_ids, *scope.document_ids))),
                    tuple(dict.fromkeys((*before.collection_ids, *scope.collection_ids))),
                ),
            )
        self._tell()

    def detach(self, conversation_id: str, scope: Scope) -> None:
        if not names.is_temporary(conversation_id):
            self._store.detach(conversation_id, scope)
        else:
            before = self.scope_of(conversation_id)
            self._remember(
                conversation_id,
                Scope(
                    tuple(one for one in before.document_ids if one not in scope.document_ids),
                    tuple(one for one in before.collection_ids if one not in scope.collection_ids),
                ),
            )
        self._tell()

    def scope_of(self, conversation_id: str) -> Scope:
        if not names.is_temporary(conversation_id):
            return self._store.scope_of(conversation_id)
        with self._lock:
            return self._unwritten.get(conversation_id, Scope())

    def forget_conversation(self, conversation_id: str | None = None) -> None:
        """What a temporary chat asked (None: each of them), and the files that were added for it alone.

        Those stay that another chat asks, or that are in a collection. Blocks until they are gone.
        """
        if self._forget_unwritten(conversation_id):
            self._forget_removed()

    def _forget_unwritten(self, conversation_id: str | None) -> bool:
        """Whether documents went with it."""
        with self._lock:
            ended = [one for one in self._unwritten if conversation_id in (None, one)]
            asked = {own for one in ended for own in self._unwritten.pop(one).document_ids}
            asked -= {own for scope in self._unwritten.values() for own in scope.document_ids}
        lonely = self._store.lonely(sorted(asked), since=self._opened_at) if asked else ()
        if lonely:
            self._store.remove(lonely)
        return bool(lonely)

    def _remember(self, conversation_id: str, scope: Scope) -> None:
        with self._lock:
            if scope:
                self._unwritten[conversation_id] = scope
            else:
                self._unwritten.pop(conversation_id, None)

    # Looking.

    def search(self, query: str, scope: Scope | None = None, *, limit: int = 10) -> tuple[Passage, ...]:
        """The nearest passages of one ranking over all documents in the scope (None: of all), the best first.

        By words and by meaning; by words alone while there are no vectors, or where no model makes one of the query.
        """
        return self._search.search(query, scope, limit)

    def part(self, document_id: str, number: int) -> Part:
        """Raises DocumentFault where there is none, StorageFault where the document is gone."""
        part = self._store.part(document_id, number)
        if part is None:
            raise faults.of("no_such_part")
        return part

    def parts_of(self, document_id: str) -> Iterator[Part]:
        """In order, read from the profile as they are asked for. Raises StorageFault where the document is gone."""
        return self._store.parts_of(document_id)

    def source(self, document_id: str) -> Source:
        """The original: its file, or the copy kept inside. Raises DocumentFault where the file is gone or changed."""
        found = self._store.documents(ids=[document_id])
        if not found:
            raise faults.of("gone")
        return source_of(self._store, found[0])

    def size_of(self, scope: Scope) -> Size:
        return self._store.size_of(scope)

    # Work.

    def start(self) -> None:
        """Read what waits, embed what lacks vectors, watch the folders: on a thread of its own, until `close`."""
        self._worker.start()

    def pause(self, reason: PauseReason) -> None:
        """Until `resume` with the same reason; reasons add up."""
        self._worker.pause(reason)

    def resume(self, reason: PauseReason) -> None:
        self._worker.resume(reason)

    def progress(self) -> Progress:
        return self._worker.progress()

    def look_now(self) -> None:
        """At the folders, without waiting for the next regular look; also after the model in use has changed."""
        self._worker.wake(is_scan_due=True)

    def wait_until_idle(self, timeout_s: float) -> bool:
        """Whether within this time nothing waited any more that can be done now. For commands and tests."""
        return self._worker.wait_until_idle(timeout_s)

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Calls back, on whatever thread, when documents or progress have changed; the answer ends that."""
        with self._lock:
            self._callbacks.append(callback)

        def end() -> None:
            with self._lock:
                self._callbacks = [kept for kept in self._callbacks if kept is not callback]

        return end

    def close(self) -> None:
        """Ends the work within seconds; what was under way goes on at the next start. Idempotent.

        Temporary chats have ended by then, and what was added for them alone goes, too.
        """
        self._worker.close()
        try:
            self._forget_unwritten(None)
        except PaddockError as fault:
            _log.warning("files of temporary chats are still there: %s", type(fault).__name__)

    def _model(self) -> str:
        embedder = self._embedder()
        return "" if embedder is None else embedder.model.id

    def _forget_removed(self) -> None:
        self._search.forget()
        self._changed()

    def _changed(self, *, is_scan_due: bool = False) -> None:
        self._worker.wake(is_scan_due=is_scan_due)
        self._tell()

    def _tell(self) -> None:
        with self._lock:
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback()
