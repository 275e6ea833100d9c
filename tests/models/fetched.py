"""Shared by the tests of downloads: a profile with its door to a fake hub, orders, and a patient eye on the queue."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import pytest

from app.core import MIGRATIONS
from app.models.fetch.downloads import Downloads
from app.models.fetch.fetching import Patience
from app.models.fetch.orders import Download, Order
from app.models.hub.remote import RemoteFile, Variant
from app.models.store import DownloadRows, VerifiedFiles
from app.net.client import NetClient
from app.net.gate import Gate
from app.net.policy import AdminPolicy, Consent
from app.net.store import Ledger
from app.net.tripwire import Door
from app.storage.database import Database
from tests.fakehub import FakeHub
from tests.models.hasty import AT_ONCE, KEY

REPOSITORY = "acme/tiny-gguf"
FILE = "tiny.Q4_K_M.gguf"
TOKEN = "hf_secretOfTheTests"
SETTLE_S = 30.0


def noise(size_bytes: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size_bytes)


def remote(path: str, content: bytes) -> RemoteFile:
    return RemoteFile(path, len(content), hashlib.sha256(content).hexdigest())


def order(commit: str, files: dict[str, bytes], *, repository: str = REPOSITORY, name: str = "tiny.Q4_K_M") -> Order:
    return Order(
        title="Tiny",
        repository=repository,
        commit=commit,
        licence="llama3.1",
        licence_title="Llama 3.1 Community License",
        base_model="acme/tiny",
        variant=Variant(name, "Q4_K_M", tuple(remote(path, content) for path, content in files.items())),
        quantisation="Q4_K_M",
        texts=(("LICENSE", "Do as you like. 🦙\n"), ("NOTICE", "Llama 3.1 is licensed.\n")),
    )


@dataclass
class Bench:
    """One open profile, its network, and its queue of downloads."""

    hub: FakeHub
    folder: Path
    database: Database
    gate: Gate
    client: NetClient
    downloads: Downloads
    token: str | None = None
    changes: list[tuple[Download, ...]] = field(default_factory=list)
    done: list[tuple[Download, Path]] = field(default_factory=list)

    @property
    def verified(self) -> VerifiedFiles:
        return VerifiedFiles(self.database)

    def only(self) -> Download:
        (download,) = self.downloads.snapshot()
        return download

    def until(self, is_so: Callable[[], bool]) -> None:
        until(is_so, lambda: repr(self.downloads.snapshot()))

    def until_still(self) -> None:
        """Until nothing is waited for or running."""
        self.until(lambda: all(each.state not in ("waiting", "running") for each in self.downloads.snapshot()))
        self.until_no_thread()

    def until_no_thread(self) -> None:
        self.until(lambda: all(thread.name != "paddock-downloads" for thread in threading.enumerate()))

    def fetched(self, wanted: Order) -> Download:
        """Add it, wait, and return what became of it."""
        download_id = self.downloads.add(wanted)
        self.until_still()
        return next(each for each in self.downloads.snapshot() if each.id == download_id)

    def asked_ranges(self) -> list[str]:
        """What was asked of the file server, in order: the Range, or nothing."""
        return [call.headers.get("range", "") for call in self.hub.calls if call.path.startswith("/cdn/")]


def until(is_so: Callable[[], bool], told: Callable[[], str] = str) -> None:
    deadline = time.monotonic() + SETTLE_S
    while not is_so():
        assert time.monotonic() < deadline, told()
        time.sleep(0.005)


@contextlib.contextmanager
def bench(
    hub: FakeHub,
    root: Path,
    door: Door,
    *,
    folder: Path | None = None,
    consent: Consent = "models",
    token: str | None = None,
    goes_on: bool = False,
    timeout_s: float = 10.0,
    patience: Patience = AT_ONCE,
) -> Iterator[Bench]:
    """A profile at `root`; opened again, it is the same one."""
    database = Database.open(root / "paddock.db", KEY, migrations=MIGRATIONS)
    gate = Gate(AdminPolicy(), lambda: consent, endpoint=hub.endpoint)
    client = NetClient(gate, Ledger(database), endpoint=hub.endpoint, timeout_s=timeout_s, door=door)
    models = folder or root / "models"
    models.mkdir(exist_ok=True)
    changes: list[tuple[Download, ...]] = []
    done: list[tuple[Download, Path]] = []
    downloads = Downloads(
        DownloadRows(database),
        VerifiedFiles(database),
        client,
        address=lambda name, commit, path: f"{hub.url}/{name}/resolve/{commit}/{quote(path)}",
        token=lambda: made.token,
        folder=lambda: models,
        on_change=lambda: changes.append(downloads.snapshot()),
        on_done=lambda download, home: done.append((download, home)),
        withdraw=lambda errand: gate.withdraw(errand),
        goes_on_by_itself=lambda: goes_on,
        patience=patience,
    )
    made = Bench(hub, models, database, gate, client, downloads, token, changes, done)
    try:
        yield made
    finally:
        downloads.close()
        client.close()
        database.close()


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file below, by its path from there."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


@contextlib.contextmanager
def small_disk(folder: Path, size_bytes: int) -> Iterator[Path]:
    """A disk of its own at `folder`; the test is skipped where none may be mounted."""
    folder.mkdir()
    options = f"size={size_bytes},mode=0700"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if os.name != "posix" or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("no disk may be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
