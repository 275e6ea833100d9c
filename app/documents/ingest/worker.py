"""The one thread of documents: reads what waits, then embeds, and looks at the folders in between.

Words come first, so that everything is found by keyword within seconds. Each step is small: a pause is heard, and a
crash costs at most the document that was being read. An answer that is being written only holds the reading, and
breaks the embedding of some dozens of chunks off; a pause by the person or on battery breaks the reading of a document
off, too, which begins anew later.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from app.documents.faults import DocumentFault, FaultName
from app.documents.ingest import filling, queue, watching
from app.documents.ingest.embedding import embed_some
from app.documents.ingest.filling import Read
from app.documents.ingest.keeping import change_keeping
from app.documents.ingest.pace import Pace
from app.documents.ingest.queue import AtWork
from app.documents.ingest.watching import Check
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
TELL_EVERY_S: Final = 0.1
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
        opened_at: float,
        scan_every_s: float = SCAN_EVERY_S,
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._read = read
        self._wish = wish
        self._tell_others = tell
        self._opened_at = opened_at
        self._scan_every_s = scan_every_s
        self._state = threading.Condition()
        self._reasons: set[PauseReason] = set()
        self._is_closing = False
        self._is_woken = True
        self._is_idle = False
        self._scan_at = self._embed_at = self._forget_at = self._told_at = 0.0
        self._doing = Stop()
        self._embedding = Stop()
        self._at_work = AtWork()
        self._begun_at = 0.0
        self._has_read = False
        self._has_broken_off = False
        self._check: Check | None = None
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

    def check_all(self) -> None:
        """Compare every file byte for byte, at the next look, which is now."""
        with self._state:
            self._check = self._check or Check()
        self.wake(is_scan_due=True)

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
        self._tell(is_throttled=False)

    def resume(self, reason: PauseReason) -> None:
        with self._state:
            self._reasons.discard(reason)
        self.wake()
        self._tell(is_throttled=False)

    def wait_until_idle(self, timeout_s: float) -> bool:
        with self._state:
            return self._state.wait_for(lambda: self._is_idle, timeout_s)

    def progress(self) -> Progress:
        embedder = self._embedder()
        model = "" if embedder is None else embedder.model.id
        documents_left, bytes_left = self._store.waiting()
        chunks_left = self._store.chunks_left(model) if model else 0
        with self._state:
            at, check = self._at_work, self._check
            at = replace(at, seconds=time.monotonic() - self._begun_at) if at.document_id else at
            reasons = [one for one in _ORDER if one in self._reasons]
        return Progress(
            documents_left,
            chunks_left,
            at.name,
            at.fraction,
            self._pace.left_s(bytes_left, chunks_left, is_embedding=bool(model)),
            bool(reasons),
            reasons[0] if reasons else "",
            queue.files(self._store, at, self._pace, model),
            None if check is None else check.fraction,
            self._has_broken_off,
        )

    # The thread.

    def _run(self) -> None:
        try:
            self._store.put_off()
            self._store.finish_removal()
            self._store.remove(self._store.lonely(before=self._opened_at))
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
                self._tell(is_throttled=False)
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
        if self._has_broken_off:
            self._store.put_off()
            self._has_broken_off = False
        if time.monotonic() >= self._scan_at:
            self._scan()
        work = self._store.next_to_read()
        if work is not None:
            try:
                self._read_one(work)
            except StorageFault:  # to note that it waits again may have failed as well
                self._has_broken_off = True
                raise
            return True
        if self._has_read:  # what follows takes seconds
            self._has_read = False
            self._tell(is_throttled=False)
        if self._keep() or self._embed():
            return True
        if time.monotonic() >= self._forget_at and self._store.forget(stop=self._is_stopped):
            self._forget_at = time.monotonic() + FORGET_EVERY_S
        return False

    def _scan(self) -> None:
        """Whoever wants a look while this one is under way gets another one after it."""
        with self._state:
            check, self._scan_at = self._check, math.inf
        begun, is_over = time.monotonic(), False
        try:
            has_changed = self._look_at_all(check)
            is_over = not self._is_stopped()
        finally:
            due_s = max(self._scan_every_s, (time.monotonic() - begun) / SCAN_SHARE) if is_over else 0.0
            with self._state:
                self._check = None if is_over and self._check is check else self._check
                self._scan_at = min(self._scan_at, time.monotonic() + due_s)
        if has_changed or check is not None:
            self._tell(is_throttled=False)

    def _look_at_all(self, check: Check | None) -> bool:
        """Whether anything was different."""
        if check is not None:
            check.begin(self._store.known_bytes())
            self._tell(is_throttled=False)
        on_checked = None if check is None else self._on_checked
        looks = [
            partial(watching.keep_in_step, self._store, collection, on_checked=on_checked)
            for collection in self._store.collections()
            if collection.folder
        ]
        if on_checked is not None:
            looks.append(partial(watching.check_others, self._store, on_checked=on_checked))
        has_changed = [self._look(look) for look in looks if not self._is_stopped()]
        return any(has_changed)

    def _look(self, look: Callable[..., bool]) -> bool:
        try:
            return look(stop=self._is_stopped)
        except Exception as fault:  # one folder must not hold up what waits, or the others; a traceback may name it
            _log.error("a folder could not be kept in step: %s", type(fault).__name__)
            return False

    def _on_checked(self, size_bytes: int) -> None:
        if self._check is not None:
            self._check.add(size_bytes)
        self._tell()

    def _read_one(self, work: Work) -> None:
        """Whatever goes wrong with one document, the others go on."""
        stop, document, begun = self._doing, work.document, time.monotonic()
        self._begin(AtWork(document.id, document.name, document.size_bytes))
        try:
            filling.fill(
                self._store,
                work,
                self._read,
                replace(self._wish(), password=self._store.password(document.id)),
                hold=lambda: self._hold(stop),
                on_progress=self._show,
                stop=stop,
            )
        except Cancelled:
            self._store.put_off(work.number)
        except DocumentFault as fault:
            self._give_up(work, fault.message, fault.next_step, fault.name)
        except StorageFault:
            self._store.put_off(work.number)
            if self._store.is_here(work.number):  # else it is being deleted, and whoever does that clears it
                raise
        except Exception:  # a fault of ours must not hold up the other documents
            _log.exception("reading a document failed")
            self._give_up(work, _("Paddock made a mistake while reading this file."), _("Please report this."))
        else:
            self._pace.learn_document(document.size_bytes, self._store.chunks_of(work.number), time.monotonic() - begun)
        finally:
            self._begin(AtWork())
            self._has_read = True

    def _give_up(self, work: Work, message: str, next_step: str, name: FaultName | Literal[""] = "") -> None:
        if name != "gone":
            self._store.clear(work.number, with_original=False)
            self._store.clear_spare(work.number)  # of a copy that is whole nothing goes
        if name == "password":  # it may be that of something else
            self._store.set_password(work.document.id, "")
        self._store.fail(work.number, message, next_step, name=name)

    def _keep(self) -> bool:
        """Bring one original in, or let one go; whether there was one."""
        found = self._store.next_to_keep()
        if found is None:
            return False
        number, document = found
        stop, begun, size_bytes = self._doing, time.monotonic(), max(1, document.size_bytes)
        self._begin(AtWork(document.id, document.name, document.size_bytes, is_keeping=True))
        try:
            change_keeping(
                self._store,
                number,
                document,
                stop=lambda: stop.is_set,
                on_bytes=lambda done: self._show(min(1.0, done / size_bytes), done),
            )
        except StorageFault:
            if self._store.is_here(number):
                raise
        except Exception:  # as above
            _log.exception("keeping a file otherwise failed")
            fault = _("Paddock made a mistake while changing how this file is kept.")
            self._store.leave_kept(number, "", fault, _("Please report this."))
        else:
            if not stop.is_set and document.keeping != document.wanted:
                self._pace.keeping.learn(document.size_bytes, time.monotonic() - begun)
        finally:
            self._begin(AtWork())
        return True

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

    def _begin(self, at_work: AtWork) -> None:
        with self._state:
            self._at_work, self._begun_at = at_work, time.monotonic()
        self._tell()

    def _show(self, fraction: float, done: int) -> None:
        with self._state:
            self._at_work = replace(self._at_work, fraction=fraction, done=done)
        self._tell()

    def _tell(self, *, is_throttled: bool = True) -> None:
        """What is not told now is told before the thread rests, at the latest."""
        now = time.monotonic()
        if not is_throttled or now - self._told_at >= TELL_EVERY_S:
            self._told_at = now
            self._tell_others()

    def _is_stopped(self) -> bool:
        return self._doing.is_set
