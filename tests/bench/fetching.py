"""What the gate, the ledger and the checking of every byte cost a download, and how long the models page thinks."""

from __future__ import annotations

import hashlib
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from app import paths
from app.core import Core, Outside
from app.home import Home
from app.journeys.shop import Terms
from app.net.policy import AdminPolicy
from app.settings import CONSENT
from app.storage.secrets import MemorySecrets
from tests.bench.measure import Row
from tests.fakehub import FakeHub

SIZE_BYTES = 512 * 2**20
ROUNDS = 5
REPOSITORY, FILE, QUANTISATION = "acme/large-gguf", "large.Q4_K_M.gguf", "Q4_K_M"


def fetching() -> Iterator[Row]:
    """The same file by our downloader and by a bare client that writes and hashes, taken in turns."""
    with tempfile.TemporaryDirectory() as folder, FakeHub() as hub:
        file = Path(folder) / FILE
        with file.open("wb") as stream:
            for _piece in range(SIZE_BYTES // 2**20):
                stream.write(os.urandom(2**20))
        hub.add(REPOSITORY, {FILE: file})
        ratios, rates = [], []
        for number in range(ROUNDS):
            with _core(Path(folder) / f"profile{number}", hub) as core:
                bare_s = _bare_s(hub, core.shop.terms(REPOSITORY, QUANTISATION), Path(folder) / "bare")
                ours_s = _ours_s(core)
            ratios.append(bare_s / ours_s)
            rates.append(SIZE_BYTES / ours_s / 1e6)
        yield Row(
            "verified download / a bare client that writes, syncs and hashes, 512 MB over loopback",
            "",
            f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}), "
            f"{statistics.median(rates):.0f} MB/s",
        )
        with _core(Path(folder) / "judging", hub) as core:
            times_s = [_timed(core.shop.offered) for _round in range(ROUNDS + 1)]
        first, again = times_s[0], statistics.median(times_s[1:])
        yield Row("catalogue judged for this computer", "", f"{first * 1e3:.0f} ms, again {again * 1e3:.0f} ms")


@contextmanager
def _core(profile: Path, hub: FakeHub) -> Iterator[Core]:
    outside = Outside(admin=AdminPolicy(), endpoint=hub.endpoint, find_elsewhere=tuple)
    home = Home(paths.places(profile), MemorySecrets(), outside=outside)
    core = home.create().core
    core.settings.set(CONSENT, "models")
    try:
        yield core
    finally:
        core.close()
        home.close()


def _ours_s(core: Core) -> float:
    """Until the model is in its place."""
    terms = core.shop.terms(REPOSITORY, QUANTISATION)
    begun = time.perf_counter()
    core.shop.order(terms)
    while core.shop.downloads.snapshot()[0].state != "done":
        time.sleep(0.005)
    return time.perf_counter() - begun


def _bare_s(hub: FakeHub, terms: Terms, target: Path) -> float:
    digest = hashlib.sha256()
    begun = time.perf_counter()
    url = f"{hub.url}/{REPOSITORY}/resolve/{terms.repository.commit}/{FILE}"
    with httpx2.Client(follow_redirects=True) as client, client.stream("GET", url) as answer, target.open("wb") as file:
        for piece in answer.iter_raw(2**20):
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return time.perf_counter() - begun


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
