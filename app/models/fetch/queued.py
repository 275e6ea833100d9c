"""One order in the queue of downloads: how far it is, how fast, and whether there is room for it."""

from __future__ import annotations

import shutil
import time
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from app.errors import DiskFull
from app.models.fetch.assembly import Line
from app.models.fetch.fetching import Phase
from app.models.fetch.orders import Download, Order, State, Trouble, name_of, pack, pack_trouble
from app.models.fetch.staging import Staging
from app.models.shelf import copying
from app.models.store import DownloadRow
from app.text import _, decimal

SPEED_WINDOW_S = 5.0
SPARE_SHARE = 0.05  # of what is still to come: room that stays for everything else on the disk


class Speed:
    """Bytes per second over the last few seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def note(self, done_bytes: int) -> None:
        now = time.monotonic()
        self._seen.append((now, done_bytes))
        while now - self._seen[0][0] > SPEED_WINDOW_S and len(self._seen) > 2:
            self._seen.popleft()

    def forget(self) -> None:
        self._seen.clear()

    def bytes_per_s(self) -> float:
        if len(self._seen) < 2:
            return 0.0
        (begin, first), (end, last) = self._seen[0], self._seen[-1]
        # What stalls slows down while nothing is noted, too.
        elapsed_s = max(end, time.monotonic() - 1.0) - begin
        return max(0.0, (last - first) / elapsed_s) if elapsed_s > 0 else 0.0


@dataclass(slots=True)
class Item:
    """One order, owned by the queue and changed under its lock only. `line` is there while a run uses it."""

    id: str
    order: Order
    home: Path
    added: float
    state: State = "waiting"
    phase: Phase = "fetching"
    done_bytes: int = 0
    trouble: Trouble = field(default_factory=Trouble)
    line: Line | None = None
    is_appearing: bool = False
    is_cancelled: bool = False
    was_interrupted: bool = False
    is_withdrawn: bool = False
    speed: Speed = field(default_factory=Speed)

    @property
    def staging(self) -> Staging:
        return Staging(self.home)

    def arrived_bytes(self) -> int:
        """By the looks of it: for what is shown before it runs, and for the room that is still needed."""
        if self.home.is_dir():
            return self.order.size_bytes
        return self.staging.arrived_bytes([(name_of(file), file) for file in self.order.variant.files])

    def shown(self) -> Download:
        is_checking = self.state == "running" and self.phase == "checking"
        speed = self.speed.bytes_per_s() if self.state == "running" and not is_checking else 0.0
        left_bytes = self.order.size_bytes - self.done_bytes
        return Download(
            id=self.id,
            order=self.order,
            state=self.state,
            phase=self.phase,
            done_bytes=self.done_bytes,
            total_bytes=self.order.size_bytes,
            bytes_per_s=speed,
            seconds_left=left_bytes / speed if speed > 0 else None,
            message=self.trouble.message or (_("What has arrived is checked first.") if is_checking else ""),
            next_step=self.trouble.next_step,
            need=self.trouble.need,
        )

    def row(self) -> DownloadRow:
        return DownloadRow(self.id, pack(self.order, self.home), self.state, self.added, pack_trouble(self.trouble))


def require_room(item: Item, others: Collection[Item]) -> None:
    """Raises DiskFull when this and the others do not fit, and StorageFault where so large a file does not."""
    if item.home.is_dir():
        return
    folder = next((parent for parent in item.home.parents if parent.is_dir()), item.home)
    try:
        free_bytes = shutil.disk_usage(folder).free
    except OSError:
        return  # the system does not say; a full disk is told when it is full
    coming_bytes = sum(each.order.size_bytes - each.arrived_bytes() for each in (*others, item))
    missing_bytes = round(coming_bytes * (1 + SPARE_SHARE)) - free_bytes
    if missing_bytes > 0:
        raise DiskFull(
            _("There is not enough room for this model: {amount} more are needed.").format(
                amount=_amount(missing_bytes)
            ),
            _("Free some space, choose a smaller quantisation, or another folder for models."),
        )
    largest_bytes = max(file.size_bytes for file in item.order.variant.files)
    if largest_bytes > copying.FAT_FILE_BYTES and copying.file_system_of(folder) in copying.FAT_KINDS:
        raise copying.fat_limit()


def _amount(size_bytes: int) -> str:
    if size_bytes >= 1e9:
        return _("{size} GB").format(size=decimal(size_bytes / 1e9))
    return _("{size} MB").format(size=-(-size_bytes // 1_000_000))
