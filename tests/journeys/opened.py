"""A real profile whose network ends at the fake hub, and a person who is asked before anything leaves it.

For tests that say `from tests.journeys.opened import Open, profile, secrets` and have a `fake_hub`.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest

from app import paths
from app.core import Core, Outside
from app.engine.client import LoadEngine
from app.engine.fake import fake_load
from app.home import Home
from app.journeys.shop import Arrival, Shop
from app.models.fetch.downloads import Download
from app.models.shelf.elsewhere import Elsewhere
from app.net.gate import ConsentNeeded
from app.net.policy import AdminPolicy
from app.net.tripwire import Door
from app.storage.secrets import MemorySecrets
from tests.fakehub import HUB_HOST, FakeHub
from tests.models import stocked

SETTLE_S = 30.0
MOST_QUESTIONS = 5

T = TypeVar("T")


@dataclass
class Person:
    """Says "allow once" to every question, and remembers what was asked."""

    core: Core
    asked: list[str] = field(default_factory=list)

    def lets(self, work: Callable[[], T]) -> T:
        """Do the work as the window does it: what the gate asks is answered, then it is tried again."""
        for _question in range(MOST_QUESTIONS):
            try:
                return work()
            except ConsentNeeded as question:
                errand = question.errand
                self.asked.append(f"{errand.purpose.key} {errand.subject}")
                self.core.gate.allow_once(errand)
        raise AssertionError(f"asked too often: {self.asked}")


@dataclass
class Opened:
    """One open profile; `hub` is all the Internet there is."""

    core: Core
    hub: FakeHub
    person: Person
    arrivals: list[Arrival] = field(default_factory=list)

    @property
    def shop(self) -> Shop:
        return self.core.shop

    def written(self) -> list[str]:
        """The ledger, oldest first, in the words of `FakeHub.lines`."""
        rows = reversed(self.core.ledger.rows())
        return [f"{row.method} {'hub' if row.host == HUB_HOST else 'cdn'} {row.path}" for row in rows]

    def download(self, id_: str) -> Download:
        return next(download for download in self.shop.downloads.snapshot() if download.id == id_)

    def until_still(self) -> None:
        """Until no download waits or runs."""
        self.until(lambda: all(each.state not in ("waiting", "running") for each in self.shop.downloads.snapshot()))
        self.until(lambda: all(thread.name != "paddock-downloads" for thread in threading.enumerate()))

    def until(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + SETTLE_S
        while not is_so():
            assert time.monotonic() < deadline, repr(self.shop.downloads.snapshot())
            time.sleep(0.005)

    def fetched(self, repository: str, quantisation: str, variant: str = "") -> Download:
        """From the wish to the end of the download, whatever that is."""
        terms = self.person.lets(lambda: self.shop.terms(repository, quantisation, variant))
        id_ = self.shop.order(terms)
        self.until_still()
        return self.download(id_)


Open = Callable[..., contextlib.AbstractContextManager[Opened]]


@contextlib.contextmanager
def opened(
    hub: FakeHub,
    root: Path,
    door: Door,
    secrets: MemorySecrets,
    *,
    admin: AdminPolicy | None = None,
    elsewhere: tuple[Elsewhere, ...] = (),
    load: LoadEngine | None = None,
    converted: Path | None = None,
) -> Iterator[Opened]:
    """The profile at `root`; opened again with the same secrets, it is the same one."""
    outside = Outside(admin=admin or AdminPolicy(), endpoint=hub.endpoint, door=door, find_elsewhere=lambda: elsewhere)
    home = Home(paths.places(root), secrets, load=load or fake_load(), outside=outside)
    if converted is not None:
        stocked.give_search_model(home.places, converted)
    core = home.create().core if home.entry() == "new" else home.open_by_keyring().core
    made = Opened(core, hub, Person(core))
    try:
        core.shop.listen(lambda: None, made.arrivals.append)
        yield made
    finally:
        core.close()
        home.close()


@pytest.fixture
def secrets() -> MemorySecrets:
    return MemorySecrets()


@pytest.fixture
def profile(tmp_path: Path, fake_hub: FakeHub, loopback: Door, secrets: MemorySecrets, converted: Path) -> Open:
    """Opens this test's profile; a second time, it is a second start."""
    return partial(opened, fake_hub, tmp_path / "profile", loopback, secrets, converted=converted)
