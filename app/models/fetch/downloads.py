"""The queue of downloads: one at a time, in order, on one thread that is there only while there is work.

What the person asked for outlives a restart: every order is a row, with what became of it. One that was cut short by
an end of Paddock waits for the person, because going on would be a request that nobody asked for now.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import get_args

from app.errors import Bug, Cancelled, PaddockError, StorageFault
from app.models.fetch.assembly import Assembly, Line, Sources
from app.models.fetch.fetching import Patience, Progress
from app.models.fetch.orders import Download, Order, State, Trouble, refuse_unfit, trouble_of, unpack, unpack_trouble
from app.models.fetch.queued import Item, require_room
from app.models.shelf.manifest import home_of
from app.models.store import DownloadRow, DownloadRows, VerifiedFiles
from app.net.client import NetClient
from app.net.gate import Errand
from app.net.policy import DOWNLOAD
from app.text import _

__all__ = ["Download", "Downloads", "Order"]

CLOSE_TIMEOUT_S = 2.0
_UNFINISHED: tuple[State, ...] = ("waiting", "running", "paused")
_log = logging.getLogger(__name__)


class Downloads:
    """One per open profile. Any thread may call it; the callbacks come on the thread of whoever changed something.

    `goes_on_by_itself` says whether leave to fetch models is standing, so that `start` may take up what was cut short.
    """

    def __init__(
        self,
        rows: DownloadRows,
        verified: VerifiedFiles,
        client: NetClient,
        *,
        address: Callable[[str, str, str], str],
        token: Callable[[], str | None],
        folder: Callable[[], Path],
        on_change: Callable[[], None],
        on_done: Callable[[Download, Path], None],
        withdraw: Callable[[Errand], None] = lambda errand: None,
        goes_on_by_itself: Callable[[], bool] = lambda: False,
        patience: Patience | None = None,
    ) -> None:
        self._rows = rows
        self._verified = verified
        self._sources = Sources(client, address, token)
        self._folder = folder
        self._on_change = on_change
        self._on_done = on_done
        self._withdraw = withdraw
        self._goes_on_by_itself = goes_on_by_itself
        self._patience = patience or Patience()
        self._lock = threading.Lock()
        self._saving = threading.Lock()  # held while a row is written, so that the last state is the one that stays
        self._worker: threading.Thread | None = None
        self._is_closed = False
        self._owed: Counter[str] = Counter()  # leaves to be given back, by repository
        self._items = {item.id: item for row in rows.all() if (item := self._loaded(row)) is not None}

    def start(self) -> None:
        """Go on with what was cut short, where leave is standing. Called once, when all is put together.

        A model that had appeared just before is only checked, for which nobody's leave is needed.
        """
        has_leave = self._goes_on_by_itself()
        with self._lock:
            for item in self._items.values():
                if item.was_interrupted and (has_leave or item.home.is_dir()):
                    item.state, item.trouble, item.was_interrupted = "waiting", Trouble(), False
        self._wake()

    def snapshot(self) -> tuple[Download, ...]:
        """All that are in the queue, in their order."""
        with self._lock:
            return tuple(item.shown() for item in self._items.values() if not item.is_cancelled)

    def staging_folders(self) -> tuple[Path, ...]:
        """Where what is in the queue is put together: nothing to be tidied away."""
        with self._lock:
            return tuple(item.staging.folder for item in self._items.values())

    def add(self, order: Order) -> str:
        """Queue it and return its id; for a model that is in the queue already, of that one, which then goes on.

        Raises Untrustworthy for what cannot be put away safely, DiskFull where there is too little room for it.
        """
        refuse_unfit(order)
        home = home_of(self._folder(), order.repository, order.variant.name, order.commit)
        with self._lock:
            known = next((item for item in self._items.values() if item.home == home and not item.is_cancelled), None)
        if known is not None and not (known.state == "done" and not home.is_dir()):
            self.resume(known.id)
            return known.id
        item = Item(secrets.token_hex(16), order, home, time.time())
        self._require_room(item)
        item.done_bytes = item.arrived_bytes()
        with self._lock:
            if known is not None:
                self._items.pop(known.id, None)
            self._items[item.id] = item
        if known is not None:
            self._save(known)
        self._save(item)
        self._wake()
        self._on_change()
        return item.id

    def pause(self, download_id: str) -> None:
        """Stop it for now; what has arrived is kept."""
        with self._lock:
            item = self._items.get(download_id)
            if item is None or item.state not in ("waiting", "running") or item.is_appearing:
                return
            item.state = "paused"
            line = item.line
        self._stopped(item, line)

    def resume(self, download_id: str) -> None:
        """Go on, or try again."""
        with self._lock:
            item = self._items.get(download_id)
            if item is None or item.state not in ("paused", "failed"):
                return
            item.state, item.trouble = "waiting", Trouble()
            item.was_interrupted = item.is_withdrawn = False
        self._save(item)
        self._wake()
        self._on_change()

    def cancel(self, download_id: str) -> None:
        """Give it up, and keep nothing of it. A model that is appearing right now stays."""
        with self._lock:
            item = self._items.get(download_id)
            if item is None or item.is_appearing:
                return
            item.is_cancelled = True
            line = item.line
            if line is None:
                del self._items[download_id]
        if line is None:
            self._clear(item)
        self._stopped(item, line)

    def dismiss(self, download_id: str) -> None:
        """Take one that is over out of the list; of one that failed nothing is kept."""
        with self._lock:
            item = self._items.get(download_id)
            if item is None or item.state not in ("failed", "done"):
                return
            is_done = item.state == "done"
            if is_done:
                del self._items[download_id]
        if is_done:
            self._save(item)
            self._on_change()
        else:
            self.cancel(download_id)

    def close(self) -> None:
        """Stop within two seconds; what has arrived is kept, and the rows say what was going on."""
        with self._lock:
            self._is_closed = True
            worker = self._worker
            lines = [item.line for item in self._items.values() if item.line is not None]
        for line in lines:
            line.cut()
        if worker is not None:
            worker.join(CLOSE_TIMEOUT_S)
            if worker.is_alive():
                _log.warning("a download did not stop in time; it writes nothing any more")

    def _loaded(self, row: DownloadRow) -> Item | None:
        found = unpack(row.described)
        if found is None or row.state not in get_args(State):
            _log.warning("a stored download could not be read and was passed over")
            return None
        if row.state == "done":
            self._rows.remove(row.id)
            return None
        order, home = found
        item = Item(row.id, order, home, row.added, trouble=unpack_trouble(row.fault))
        item.done_bytes = item.arrived_bytes()
        item.state = "failed" if row.state == "failed" else "paused"
        if row.state in ("waiting", "running"):
            item.was_interrupted = True
            item.trouble = Trouble(
                _("This download was interrupted when Paddock ended."),
                _("Go on when you like. What has arrived is kept."),
            )
        return item

    def _require_room(self, item: Item) -> None:
        with self._lock:
            others = [other for other in self._items.values() if other.state in ("waiting", "running")]
        require_room(item, [other for other in others if other is not item])

    def _wake(self) -> None:
        with self._lock:
            has_work = any(item.state == "waiting" for item in self._items.values())
            if self._is_closed or self._worker is not None or not has_work:
                return
            self._worker = threading.Thread(target=self._work, name="paddock-downloads", daemon=True)
            self._worker.start()

    def _work(self) -> None:
        while (item := self._next()) is not None:
            fault: PaddockError | None = None
            try:
                self._save(item)
                self._on_change()
                self._run(item)
            except PaddockError as error:
                fault = error
            except Exception:  # the thread would die, and the queue with it
                _log.exception("a download failed")
                fault = Bug(
                    _("Something went wrong inside Paddock while a model was fetched."),
                    _("Try again; the log of this profile says where it happened."),
                )
            try:
                self._settle(item, fault)
            except Exception:  # as above: the profile may be closed, or whoever listens has a fault
                _log.exception("the end of a download could not be told")

    def _next(self) -> Item | None:
        """The next one to run; without one the thread is over."""
        with self._lock:
            waiting = [item for item in self._items.values() if item.state == "waiting" and not item.is_cancelled]
            if self._is_closed or not waiting:
                self._worker = None
                return None
            item = waiting[0]
            item.state, item.phase, item.line, item.is_appearing = "running", "fetching", Line(), False
            item.speed.forget()
            return item

    def _run(self, item: Item) -> None:
        line = item.line
        if line is None:
            raise RuntimeError("an item without a line is not to be run")
        if not item.home.parents[2].is_dir():  # the folder for models, which was there when this was ordered
            raise StorageFault(
                _("The folder for models is not there. It may be on a drive that is not connected."),
                _("Connect the drive, then go on."),
            )
        if item.arrived_bytes() == 0:
            self._require_room(item)
        Assembly(
            item.order,
            item.home,
            self._sources,
            self._verified,
            line,
            lambda progress: self._note(item, progress),
            lambda: self._may_appear(item),
            self._patience,
        ).run()

    def _note(self, item: Item, progress: Progress) -> None:
        with self._lock:
            if progress.phase != item.phase or progress.starts_over:
                item.speed.forget()
            item.phase = progress.phase
            item.done_bytes = min(progress.done_bytes, item.order.size_bytes)
            if progress.phase == "fetching":
                item.speed.note(item.done_bytes)
            if progress.starts_over and item.state == "running":
                item.trouble = Trouble(_("The hub sent the file from its beginning again."))
        self._on_change()

    def _may_appear(self, item: Item) -> bool:
        with self._lock:
            item.is_appearing = item.state == "running" and not item.is_cancelled and not self._is_closed
            return item.is_appearing

    def _settle(self, item: Item, fault: PaddockError | None) -> None:
        with self._lock:
            was_stopped = item.line is None or item.line.stop.is_set()
            item.line, item.is_appearing = None, False
            is_closed, is_cancelled = self._is_closed, item.is_cancelled
            if is_cancelled:
                self._items.pop(item.id, None)
            elif fault is None:
                item.state, item.trouble, item.done_bytes = "done", Trouble(), item.order.size_bytes
            elif not was_stopped and not isinstance(fault, Cancelled):
                item.state, item.trouble = trouble_of(fault)
            shown = item.shown()
        if is_closed and fault is not None:
            return  # the row says that it was running, which is what the next start has to know
        if is_cancelled:
            self._clear(item)
        else:
            self._save(item)
        if shown.state in ("done", "failed"):
            self._give_leave_back(item)
        if fault is None and not is_cancelled:
            self._on_done(shown, item.home)
        self._on_change()

    def _stopped(self, item: Item, line: Line | None) -> None:
        if line is not None:
            line.cut()
        self._save(item)
        self._on_change()

    def _clear(self, item: Item) -> None:
        try:
            item.staging.remove()
        except PaddockError:
            _log.warning("what had arrived of a download could not be removed")
        self._save(item)
        self._give_leave_back(item)

    def _give_leave_back(self, item: Item) -> None:
        """What was allowed once is over, when nothing else of the same repository is still to be fetched."""
        repository = item.order.repository
        with self._lock:
            if item.is_withdrawn:
                return
            item.is_withdrawn = True
            self._owed[repository] += 1
            if any(each.order.repository == repository and each.state in _UNFINISHED for each in self._items.values()):
                return
            count = self._owed.pop(repository)
        for _time in range(count):
            self._withdraw(Errand(DOWNLOAD, repository))

    def _save(self, item: Item) -> None:
        with self._saving:
            with self._lock:
                row = item.row() if item.id in self._items else None
            if row is None:
                self._rows.remove(item.id)
            else:
                self._rows.put(row)
