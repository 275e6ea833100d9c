"""The one thread of documents: reads what waits, then embeds, and looks at the folders in between.

Words come first, so that everything is found by keyword within seconds. Each step is small: a pause is heard, and a
crash costs at most the document that was being read. An answer that is being written only holds the reading, and
breaks the embedding of some dozens of chunks off; a pause by the person or on battery breaks the reading of a document
off, too, which begins anew later.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal

from app.documents.faults import DocumentFault
from app.documents.ingest import filling, watching
from app.documents.ingest.embedding import embed_some
from app.documents.ingest.filling import Read
from app.documents.ingest.pace import Pace
from app.documents.reader import ReadWish
from app.documents.records import Progress
from app.documents.store.contents import Work
from app.documents.store.store import DocumentStore
from app.engine.stop import Stop
from app.errors import Cancelled, EngineFault, ModelFault, PaddockError, StorageFault
from app.text import _

if TYPE_CHECKING:
    from app.documents.embedding.embedder import Embedder

PauseReason = Literal["person", "battery", "answer"]
SCAN_EVERY_S: Final = 30.0
SCAN_SHARE: Final = 0.02
"""Of the time, at most, that looks at folders take."""
RETRY_S: Final = 60.0
"""After the engine, or the disk, had a fault."""
FORGET_EVERY_S: Final = 1800.0
"""At most so often the index is written anew for files that changed; what a person removes is forgotten at once."""
EMBEDDER_RESTS_S: Final = 60.0
"""After so long without a text the embedding model gives its memory back, 150 MB; it is there again in 0.3 s."""
TELL_EVERY_S: Final = 0.2
CLOSE_TIMEOUT_S: Final = 10.0
_ORDER: Final[tuple[PauseReason, ...]] = ("person", "battery", "answer")

_log = logging.getLogger(__name__)


class Worker:
    """Started once, ended once. `embedder` gives the model in use, None where there is none."""

    def __init__(
        self,
        store: DocumentStore,
        embedder: Callable[[], Embedder | None],
        *,
        read: Read,
        wish: Callable[[], ReadWish],
        tell: Callable[[], None],
        scan_every_s: float = SCAN_EVERY_S,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._read = read
        self._wish = wish
        self._tell_others = tell
        self._scan_every_s = scan_every_s
        self._state = threading.Condition()
        self._reasons: set[PauseReason] = set()
        self._is_closing = False
        self._is_woken = True
        self._is_idle = False
        self._scan_at = self._embed_at = self._forget_at = self._told_at = 0.0
        self._doing = Stop()
        self._embedding = Stop()
        self._current, self._fraction = "", 0.0
        self._pace = Pace()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Idempotent."""
        with self._state:
            if self._thread is not None or self._is_closing:
                return
            self._thread = threading.Thread(target=self._run, name="paddock-documents", daemon=True)
            self._thread.start()

    def close(self) -> None:
        with self._state:
            self._is_closing = True
            thread, self._thread = self._thread, None
            doing, embedding = self._doing, self._embedding
            self._state.notify_all()
        doing.set()
        embedding.set()
        if thread is not None:
            thread.join(CLOSE_TIMEOUT_S)
            if thread.is_alive():
                _log.error("the work on documents did not end in time")

    def wake(self, *, is_scan_due: bool = False) -> None:
        """There is something to do."""
        with self._state:
            self._is_woken = True
            self._is_idle = False
            if is_scan_due:
                self._scan_at = self._embed_at = 0.0
            self._state.notify_all()

    def pause(self, reason: PauseReason) -> None:
        with self._state:
            self._reasons.add(reason)
            doing = None if reason == "answer" else self._doing
            embedding = self._embedding  # its cores belong to the answer at once, not after the seconds it would take
        for stop in (doing, embedding):
            if stop is not None:
                stop.set()
        self._tell()

    def resume(self, reason: PauseReason) -> None:
        with self._state:
            self._reasons.discard(reason)
        self.wake()
        self._tell()

    def wait_until_idle(self, timeout_s: float) -> bool:
        with self._state:
            return self._state.wait_for(lambda: self._is_idle, timeout_s)

    def progress(self) -> Progress:
        embedder = self._embedder()
        documents_left, bytes_left = self._store.waiting()
        chunks_left = 0 if embedder is None else self._store.chunks_left(embedder.model.id)
        with self._state:
            current, fraction = self._current, self._fraction
            reasons = [one for one in _ORDER if one in self._reasons]
        left_s = self._pace.left_s(bytes_left, chunks_left, is_embedding=embedder is not None)
        return Progress(
            documents_left, chunks_left, current, fraction, left_s, bool(reasons), reasons[0] if reasons else ""
        )

    # The thread.

    def _run(self) -> None:
        try:
            self._store.put_off()
            self._store.finish_removal()
        except PaddockError as fault:
            _log.warning("documents could not be put in order: %s", type(fault).__name__)
        while not self._is_closing:
            with self._state:
                self._is_woken = False
            try:
                has_done = self._step()
            except StorageFault as fault:
                _log.warning("the work on documents rests: %s", type(fault).__name__)
                self._rest(RETRY_S)
                continue
            except Exception:  # the thread would die unseen, and nothing would be read any more
                _log.exception("the work on documents failed")
                self._rest(RETRY_S)
                continue
            if not has_done:
                self._let_embedder_rest()
                self._tell()
                self._rest(self._until_due())

    def _let_embedder_rest(self) -> None:
        embedder = self._embedder()
        if embedder is not None:
            embedder.rest(idle_s=EMBEDDER_RESTS_S)

    def _until_due(self) -> float:
        """Seconds until the next look at folders or the next try to embed; while paused, at the embedder alone."""
        with self._state:
            now = time.monotonic()
            due = [self._scan_at, self._embed_at] if self._embed_at > now else [self._scan_at]
            return EMBEDDER_RESTS_S if self._reasons else max(0.0, min(due) - now)

    def _rest(self, timeout_s: float) -> None:
        """Until there is something to do, or so long."""
        with self._state:
            if not self._is_woken and not self._is_closing:
                self._is_idle = True
                self._state.notify_all()
                self._state.wait_for(lambda: self._is_woken or self._is_closing, timeout_s)

    def _step(self) -> bool:
        """One thing that is to be done, the most urgent first; whether there was one."""
        with self._state:
            if self._reasons or self._is_closing:
                return False
            self._doing, self._embedding = Stop(), Stop()
        if time.monotonic() >= self._scan_at:
            self._scan()
        work = self._store.next_to_read()
        if work is not None:
            self._read_one(work)
            return True
        if self._embed():
            return True
        if time.monotonic() >= self._forget_at and self._store.forget(stop=self._is_stopped):
            self._forget_at = time.monotonic() + FORGET_EVERY_S
        return False

    def _scan(self) -> None:
        begun = time.monotonic()
        has_changed = False
        for collection in self._store.collections():
            if collection.folder and not self._is_stopped():
                try:
                    has_changed |= watching.keep_in_step(self._store, collection, stop=self._is_stopped)
                except Exception:  # one folder must not hold up what waits, or the others
                    _log.exception("a folder could not be kept in step")
        took_s = time.monotonic() - begun
        self._scan_at = time.monotonic() + max(self._scan_every_s, took_s / SCAN_SHARE)
        if has_changed:
            self._tell()

    def _read_one(self, work: Work) -> None:
        """Whatever goes wrong with one document, the others go on."""
        stop, begun = self._doing, time.monotonic()
        self._show(work.document.name, 0.0)
        try:
            filling.fill(
                self._store,
                work,
                self._read,
                self._wish(),
                hold=lambda: self._hold(stop),
                on_progress=lambda fraction: self._show(work.document.name, fraction),
                stop=stop,
            )
        except Cancelled:
            self._store.put_off(work.number)
        except DocumentFault as fault:
            self._give_up(work, fault.message, fault.next_step, is_missing=fault.name == "gone")
        except StorageFault:
            self._store.put_off(work.number)
            if self._store.is_here(work.number):  # else it was deleted meanwhile, and that is all
                raise
            self._store.clear(work.number, with_original=True)
        except Exception:  # a fault of ours must not hold up the other documents
            _log.exception("reading a document failed")
            self._give_up(work, _("Paddock made a mistake while reading this file."), _("Please report this."))
        else:
            self._pace.learn_document(
                work.document.size_bytes, self._store.chunks_of(work.number), time.monotonic() - begun
            )
        finally:
            self._show("", 0.0)

    def _give_up(self, work: Work, message: str, next_step: str, *, is_missing: bool = False) -> None:
        if not is_missing:
            self._store.clear(work.number, with_original=not work.document.sha256)
        self._store.fail(work.number, message, next_step, is_missing=is_missing)

    def _embed(self) -> bool:
        if time.monotonic() < self._embed_at:
            return False
        embedder = self._embedder()
        if embedder is None:
            return False
        begun = time.monotonic()
        try:
            done = embed_some(self._store, embedder, self._embedding)
        except Cancelled:
            return True
        except (EngineFault, ModelFault) as fault:
            _log.warning("embedding rests: %s", type(fault).__name__)
            self._embed_at = time.monotonic() + RETRY_S
            return False
        self._pace.embedding.learn(done, time.monotonic() - begun)
        if not done and self._store.drop_vectors_but(embedder.model.id):
            _log.info("vectors of an older model are gone")
        if done:
            self._tell()
        return done > 0

    def _hold(self, stop: Stop) -> None:
        """Wait while an answer is being written. Raises Cancelled where the work is to be broken off."""
        with self._state:
            self._state.wait_for(lambda: stop.is_set or not self._reasons)
        if stop.is_set:
            raise Cancelled(_("Stopped."))

    def _show(self, name: str, fraction: float) -> None:
        with self._state:
            self._current, self._fraction = name, fraction
        self._tell(is_throttled=bool(name))

    def _tell(self, *, is_throttled: bool = False) -> None:
        now = time.monotonic()
        if not is_throttled or now - self._told_at >= TELL_EVERY_S:
            self._told_at = now
            self._tell_others()

    def _is_stopped(self) -> bool:
        return self._doing.is_set
