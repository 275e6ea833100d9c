"""Documents' own API: collections and files, which chats ask which, finding passages, and the work behind it.

Everything a window or a command does with documents goes through here. Calls may come from any thread but the
window's; what takes long (reading, embedding, watching folders) happens on the library's own thread after `start`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.documents import faults, reader
from app.documents.faults import DocumentFault
from app.documents.index.search import Search
from app.documents.ingest.filling import Read, source_of
from app.documents.ingest.walking import files_of, is_folder, whole_path
from app.documents.ingest.worker import SCAN_EVERY_S, PauseReason, Worker
from app.documents.kinds import SUFFIXES, can_show, suffix_of
from app.documents.parts import Kind, Part
from app.documents.reader import FileSource, Pages, ReadWish, Source
from app.documents.reading.limits import Limits
from app.documents.records import (
    LOCKED,
    Collection,
    Document,
    Ignored,
    Keeping,
    Passage,
    Progress,
    Receipt,
    Scope,
    Size,
)
from app.documents.store.removal import OnRemoving, nobody
from app.documents.store.rows import gone
from app.documents.store.store import DocumentStore
from app.engine import names
from app.engine.stop import Stop
from app.errors import PaddockError
from app.storage.database import Database

if TYPE_CHECKING:  # numpy, which only searching by meaning needs
    from app.documents.embedding.embedder import Embedder

_USUAL = Limits()
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
        self._worker = Worker(
            self._store, embedder, read=read, wish=wish, tell=self._tell, opened_at=now(), scan_every_s=scan_every_s
        )
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []
        self._unwritten: dict[str, Scope] = {}  # of temporary chats
        self._had: dict[str, set[str]] = {}  # documents that they have, or had before

    # Collections.

    def collections(self) -> tuple[Collection, ...]:
        """By name."""
        return self._store.collections()

    def collection(self, collection_id: str) -> Collection:
        """Raises StorageFault without one."""
        return self._store.collection(collection_id)

    def add_collection(self, name: str, folder: Path | None = None, keeping: Keeping | None = None) -> Collection:
        """With a folder, what it holds is read, and kept in step with it from now on. Raises DocumentFault.

        Where there is one of this folder already, it is that one; a `keeping` that is said holds for it from now on,
        and for what is in it. A new one keeps references where nothing is said.
        """
        if folder is not None and not is_folder(folder):
            raise faults.of("unreadable")
        where = "" if folder is None else str(whole_path(folder))
        made = self._store.collection(self._store.add_collection(name, where, keeping))
        self._changed(is_scan_due=folder is not None)
        return made

    def rename_collection(self, collection_id: str, name: str) -> None:
        self._store.rename_collection(collection_id, name)
        self._changed()

    def remove_collection(
        self, collection_id: str, *, on_progress: OnRemoving = nobody, stop: Stop | None = None
    ) -> Receipt:
        """With all that was read of it; the folder and its files stay. Blocks until it is gone.

        Documents that a chat has as well, or the person by itself, stay without it. Stopped, the collection stays with
        the documents whose turn had not come; those that went are left out of its folder from now on.
        """
        ids = [document.id for document in self._store.documents(collection_id)]
        staying = self.belongs_elsewhere(ids)
        going = sorted(set(ids).difference(staying))
        receipt = self._remove(
            going, collection_id=collection_id, on_progress=on_progress, stop=stop, is_forgotten_now=False
        )
        if not receipt.left:
            names = self._store.take_out(staying, is_left_out=False)
            receipt = replace(receipt, staying=names)
            self._store.drop_collection(collection_id)
        self.finish_removing(on_progress, receipt)
        return receipt

    def ignored(self, collection_id: str) -> tuple[Ignored, ...]:
        """Files that were removed out of its folder's documents, and are not read again by themselves; by path."""
        return self._store.ignored(collection_id)

    def heed(self, collection_id: str, paths: Sequence[str]) -> None:
        """Let these be in it again, which a look at its folder sees to at once."""
        self._store.heed(collection_id, paths)
        self._changed(is_scan_due=True)

    # Documents.

    def documents(self, collection_id: str | None = None, *, ids: Sequence[str] | None = None) -> tuple[Document, ...]:
        """All, those of a collection ("" for those in none), or these; by name."""
        return self._store.documents(collection_id, ids=ids, model=self._model())

    def add_files(
        self,
        paths: Sequence[Path],
        *,
        collection_id: str = "",
        keeping: Keeping | None = None,
        is_for_chat: bool = False,
    ) -> tuple[Document, ...]:
        """Files, and what is in folders among them; they are read soon. One per path, in order.

        A file that is here already and has not changed is not added twice; a `keeping` that is said holds for it from
        now on. What is no file is left out. One that is added for a chat goes with the last chat that has it.
        """
        is_own = not collection_id and not is_for_chat
        files = tuple(files_of(paths))
        ids = self._store.add(files, collection_id=collection_id, keeping=keeping, is_own=is_own)
        self._changed()
        added = {document.id: document for document in self.documents(ids=ids)}
        return tuple(added[one] for one in dict.fromkeys(ids) if one in added)

    def keep_inside(self, document_ids: Sequence[str]) -> None:
        """Copy their originals into the profile, soon. Where that cannot be done, `Document.fault` says why."""
        self._store.want_keeping(document_ids, "inside")
        self._changed()

    def read_again(self, ids: Sequence[str]) -> None:
        """From the beginning, also those that failed. What was read before serves until then."""
        self._store.wait_again(ids)
        self._changed()

    def unlock(self, document_id: str, password: str) -> None:
        """Read a document that is locked with a password. It is kept in the profile, for whenever its file is opened.

        Blocks while it is tried. Raises DocumentFault where it does not open the file ("password"), the file is gone,
        or files of its kind cannot be unlocked; nothing is kept then. StorageFault where the document is gone.
        """
        document = self._document(document_id)
        if not password:
            raise faults.of("encrypted")
        kind = _kind_of(document)
        if kind is not None and not can_show(kind):
            raise faults.of("locked" if document.fault_name == "locked" else "not_locked")
        source = self._original(document)
        is_locked = document.fault_name in LOCKED or not _opens(source, "")
        try:
            _require_open(source, password)
        except DocumentFault as fault:
            if fault.name == "password" and document.fault_name in LOCKED:
                self._store.say_fault(document_id, fault.name, fault.message, fault.next_step)
                self._tell()
            raise
        self._store.set_password(document_id, password if is_locked else "")
        self.read_again([document_id])

    def can_unlock(self, document: Document) -> bool:
        """Whether it is locked, and a password can open files of its kind."""
        kind = _kind_of(document)
        return document.fault_name in LOCKED and kind is not None and can_show(kind)

    def pages(self, document_id: str, *, limits: Limits = _USUAL) -> Pages:
        """Its original to look at, opened with the password that was given for it. Close it.

        Raises DocumentFault where the file is gone or changed, or its pages cannot be shown; StorageFault where the
        document is gone.
        """
        source = self._original(self._document(document_id))
        return Pages(source, password=self._store.password(document_id), limits=limits)

    def remove(
        self, document_ids: Sequence[str], *, on_progress: OnRemoving = nobody, stop: Stop | None = None
    ) -> Receipt:
        """Text, chunks, words, vectors and originals kept inside; the files themselves stay. Blocks until gone.

        Wherever they are: in collections and chats. A folder that is watched does not bring them back (`ignored`).
        `on_progress` is called on this thread, at most ten times a second and at the end. Stopped, which is heard
        between documents, the rest is as before.
        """
        return self._remove(document_ids, on_progress=on_progress, stop=stop)

    def take_out(
        self, document_ids: Sequence[str], *, on_progress: OnRemoving = nobody, stop: Stop | None = None
    ) -> Receipt:
        """The same out of their collections alone: those that a chat has as well, or the person by itself, stay."""
        elsewhere = self.belongs_elsewhere(document_ids)
        alone = sorted(set(document_ids).difference(elsewhere))
        staying = self._store.take_out(elsewhere, is_left_out=True)
        return replace(self._remove(alone, on_progress=on_progress, stop=stop), staying=staying)

    def remove_some(self, document_ids: Sequence[str]) -> Receipt:
        """One step of a removal of many, to be ended with `finish_removing`; until then the index holds their words."""
        return self._remove(document_ids, is_forgotten_now=False)

    def finish_removing(self, on_progress: OnRemoving, receipt: Receipt) -> None:
        """Write the index anew without the words of all that was removed. `receipt` is that of all steps."""
        self._store.forget_told(on_progress, receipt)
        self._forget_removed()

    def belongs_elsewhere(self, document_ids: Sequence[str]) -> tuple[str, ...]:
        """Those that a chat has, or the person by itself, whatever collection they are in."""
        belonging = self._asked_unwritten().union(self._store.belonging(document_ids))
        return tuple(one for one in document_ids if one in belonging)

    def _remove(
        self,
        ids: Sequence[str],
        *,
        collection_id: str = "",
        on_progress: OnRemoving = nobody,
        stop: Stop | None = None,
        is_forgotten_now: bool = True,
    ) -> Receipt:
        receipt = self._store.remove(
            ids,
            is_left_out=True,
            collection_id=collection_id,
            is_forgotten_now=is_forgotten_now,
            on_progress=on_progress,
            stop=lambda: stop is not None and stop.is_set,
        )
        if is_forgotten_now:
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
            ended = [one for one in self._had if conversation_id in (None, one)]
            had = {own for one in ended for own in self._had.pop(one)}
            for one in ended:
                self._unwritten.pop(one, None)
        return bool(self._let_go(had).names)

    def let_go(self, document_ids: Sequence[str]) -> Receipt:
        """After chats that had these are gone: remove those that nothing has any more. Blocks until they are gone."""
        receipt = self._let_go(document_ids)
        if receipt.names:
            self._forget_removed()
        return receipt

    def _let_go(self, ids: Iterable[str]) -> Receipt:
        lonely = self._store.lonely(sorted(set(ids) - self._asked_unwritten()))
        return self._store.remove(lonely) if lonely else Receipt()

    def _asked_unwritten(self) -> set[str]:
        """Documents that temporary chats have."""
        with self._lock:
            return {own for scope in self._unwritten.values() for own in scope.document_ids}

    def _remember(self, conversation_id: str, scope: Scope) -> None:
        with self._lock:
            self._had.setdefault(conversation_id, set()).update(scope.document_ids)
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

    def _document(self, document_id: str) -> Document:
        """Raises StorageFault where it is gone."""
        found = self._store.documents(ids=[document_id])
        if not found:
            raise gone()
        return found[0]

    def _original(self, document: Document) -> Source:
        """Of one that was never read, its file as it is now. Raises DocumentFault."""
        return source_of(self._store, document) if document.sha256 else FileSource(Path(document.path))

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
        self.look_again()

    def look_again(self, *, is_thorough: bool = False) -> None:
        """The same; `is_thorough` compares every file byte for byte with what was read, also those in no folder.

        So a change is found that left size and times as they were. Takes as long as reading all files from the disk.
        """
        if is_thorough:
            self._worker.check_all()
        else:
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
        self._search.close()
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


def _kind_of(document: Document) -> Kind | None:
    """Of one that was not read, by its name."""
    return document.kind or SUFFIXES.get(suffix_of(document.name))


def _opens(source: Source, password: str) -> bool:
    try:
        _require_open(source, password)
    except DocumentFault as fault:
        if fault.name in LOCKED:
            return False
        raise
    return True


def _require_open(source: Source, password: str) -> None:
    """Raises DocumentFault where it cannot be looked at with this password, if it needs one."""
    try:
        Pages(source, password=password).close()
    except DocumentFault as fault:
        raise (faults.of("locked") if fault.name == "unknown_kind" else fault) from None
