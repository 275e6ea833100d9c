"""A model is right or absent: the process that fetches it is killed at random moments, and started again.

After each kill the model's folder is not there, or every byte in it is right; the kills are counted.
"""

from __future__ import annotations

import json
import os
import queue
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.models.fetch import orders
from app.models.fetch.orders import Order
from app.models.shelf import manifest
from app.net.tripwire import Door
from tests.fakehub import FakeHub
from tests.models.fetched import REPOSITORY, files_in, noise, order

pytestmark = [
    pytest.mark.trust,
    pytest.mark.skipif(os.name != "posix", reason="SIGKILL"),
    pytest.mark.timeout(240),
]

CHILD = Path(__file__).resolve().parents[1] / "children" / "download.py"
KILLS = int(os.environ.get("PADDOCK_KILLS", "22"))
KILLS_RESUMED = 20
MOST_KILLS = 90
KILLS_AT_THE_END = 8
PARTS = {
    f"tiny-{number:05}-of-00004.gguf": noise(size, number)
    for number, size in ((1, 900_001), (2, 40_000), (3, 1_500_000), (4, 560_003))
}
TOTAL_BYTES = sum(map(len, PARTS.values()))
COMMIT = "c" * 40


@dataclass
class Fetching:
    """A child that fetches, and what it said last."""

    process: subprocess.Popen[bytes]
    lines: queue.SimpleQueue[list[str | int] | None]

    def wait_for(self, is_it: Callable[[list[str | int]], bool]) -> bool:
        """Until a line is as wanted. False when the child ended before."""
        while (line := self.lines.get(timeout=60)) is not None:
            if is_it(line):
                return True
        return False


@dataclass
class Place:
    """Where the child fetches to."""

    hub: FakeHub
    root: Path
    wanted: Order

    @property
    def home(self) -> Path:
        return manifest.home_of(self.root / "models", REPOSITORY, self.wanted.variant.name, COMMIT)

    @contextmanager
    def fetching(self) -> Iterator[Fetching]:
        (self.root / "order.json").write_text(orders.pack(self.wanted, self.home))
        arguments = [str(self.root / name) for name in ("profile", "models")]
        process = subprocess.Popen(
            [sys.executable, str(CHILD), *arguments, self.hub.url, str(self.root / "order.json")],
            stdout=subprocess.PIPE,
        )
        made = Fetching(process, queue.SimpleQueue())
        reader = threading.Thread(target=_read, args=(process, made.lines), name="paddock-test-reader")
        reader.start()
        try:
            yield made
        finally:
            process.kill()
            process.wait()
            reader.join()
            if process.stdout is not None:
                process.stdout.close()

    def is_right(self) -> bool:
        """False where the model is absent. Fails where it is there and wrong."""
        if not self.home.exists():
            return False
        found = files_in(self.home)
        assert set(found) == {*PARTS, "LICENSE", "NOTICE", manifest.NAME}
        assert {name: found[name] for name in PARTS} == PARTS
        assert manifest.read(self.home).files == orders.manifest_of(self.wanted).files
        return True


def _read(process: subprocess.Popen[bytes], lines: queue.SimpleQueue[list[str | int] | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.endswith(b"\n"):  # else it was cut off by the kill
            lines.put(json.loads(line))
    lines.put(None)


@pytest.fixture
def place(loopback: Door, tmp_path: Path) -> Iterator[Place]:
    with FakeHub() as hub:
        hub.add(REPOSITORY, PARTS, commit=COMMIT)
        yield Place(hub, tmp_path, order(COMMIT, PARTS, name="tiny"))


def test_a_download_that_is_killed_again_and_again_ends_right(place: Place) -> None:
    place.hub.trouble.slow_bytes_per_s = 900_000
    chance = random.Random(20)
    kills = appeared = 0
    while kills < KILLS or (_resumed(place) < KILLS_RESUMED and kills < MOST_KILLS):
        with place.fetching() as child:
            assert child.wait_for(lambda line: line[0] == "running")
            threading.Event().wait(chance.uniform(0.0, 0.9))
            if child.process.poll() is not None:
                assert child.process.returncode == 0
            else:
                child.process.send_signal(signal.SIGKILL)
                child.process.wait()
                kills += 1
        if place.is_right():
            appeared += 1
            place.home.rename(place.root / f"appeared{appeared}")  # and it begins again
    place.hub.trouble.slow_bytes_per_s = 0
    with place.fetching() as child:
        child.wait_for(lambda line: line[0] == "done")
        assert child.process.wait(60) == 0
    assert place.is_right()
    assert kills >= KILLS >= 20
    assert {path.name for path in place.home.parent.iterdir()} == {place.home.name}, "nothing is left beside it"
    assert _resumed(place) >= KILLS_RESUMED, "what had arrived was gone on with"


def _resumed(place: Place) -> int:
    """How often a file was gone on with from where a kill had left it."""
    return sum("range" in call.headers for call in place.hub.calls)


def test_a_kill_around_the_moment_of_appearing_leaves_it_right_or_absent(place: Place) -> None:
    chance = random.Random(8)
    kills = absent = 0
    for round_ in range(KILLS_AT_THE_END):
        with place.fetching() as child:
            assert child.wait_for(lambda line: line[2] == TOTAL_BYTES)
            threading.Event().wait(chance.uniform(0.0, 0.02))
            child.process.send_signal(signal.SIGKILL)
            child.process.wait()
            kills += 1
        if place.is_right():
            place.home.rename(place.root / f"appeared{round_}")
        else:
            absent += 1
    assert kills == KILLS_AT_THE_END
    with place.fetching() as child:
        child.wait_for(lambda line: line[0] == "done")
        assert child.process.wait(60) == 0
    assert place.is_right()
