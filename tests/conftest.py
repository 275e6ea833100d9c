"""What every test is held to: no network, no stray threads, no stray children."""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.net import tripwire

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROOT = Path(__file__).resolve().parents[1]
SETTLE_S = 5.0

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class _LoopbackDoor(tripwire.Door):
    """In tests even an open door leads no further than this machine, and only where a test uses `loopback`."""

    is_loopback_allowed = False

    def lets(self, event: str, arguments: tuple[object, ...]) -> bool:
        address = arguments[1] if event in ("socket.connect", "socket.bind") else arguments[:1]
        return self.is_loopback_allowed and isinstance(address, tuple) and address[0] in _LOOPBACK


_refused: list[str] = []
_door = _LoopbackDoor()
tripwire.arm(_door, _refused.append)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What SECURITY.md names as proof is marked `trust`, so that `-m trust` runs all of it. The longest go first."""
    proofs = tuple(ROOT / name for name in re.findall(r"`(tests/[\w./]+)`", (ROOT / "SECURITY.md").read_text("utf-8")))
    proving = {path for path in {item.path for item in items} if any(path.is_relative_to(proof) for proof in proofs)}
    for item in items:
        if item.path in proving:
            item.add_marker(pytest.mark.trust)
    usual_s = float(config.getini("timeout"))
    items.sort(key=lambda item: _turn(item, usual_s))


def _turn(item: pytest.Item, usual_s: float) -> int:
    """What may take minutes begins first, so that no core is left alone with it at the end. Then what needs a model:
    neighbours stay neighbours, so that not every process loads each of them."""
    limit = item.get_closest_marker("timeout")
    if limit is not None and limit.args[0] > usual_s:
        return 0
    return 1 if item.get_closest_marker("model") else 2


def pytest_unconfigure() -> None:
    # WORKAROUND(llama_cpp/_utils.py, 0.3.36): it opens /dev/null twice as it is imported and closes neither, so that a
    # run under `error` ends with two warnings; remove when it opens them where it needs them.
    module = sys.modules.get("llama_cpp._utils")
    for name in ("outnull_file", "errnull_file"):
        if module is not None and hasattr(module, name):
            getattr(module, name).close()


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    """A test that reaches for the Internet fails, even when the code under test swallowed the refusal."""
    _refused.clear()
    yield
    attempts = list(_refused)
    _refused.clear()
    assert attempts == [], f"network attempts: {attempts}"


@pytest.fixture
def loopback(no_network: None) -> Iterator[tripwire.Door]:
    """Servers on 127.0.0.1 and connections to them, for this test; the Internet stays refused. The door of clients."""
    _door.is_loopback_allowed = True
    yield _door
    _door.is_loopback_allowed = False


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """Threads and children of ours that were started by a test have ended when it ends."""
    threads_before = set(threading.enumerate())
    children_before = {child.pid for child in _descendants()}
    yield
    left: list[str] = []
    deadline = time.monotonic() + SETTLE_S
    while time.monotonic() < deadline:
        left = [
            thread.name
            for thread in threading.enumerate()
            if thread not in threads_before and thread.name.startswith("paddock")
        ]
        left += [
            f"child {child.pid}"
            for child in _descendants()
            if child.pid not in children_before and child.status() != psutil.STATUS_ZOMBIE
        ]
        if not left:
            return
        time.sleep(0.02)
    pytest.fail(f"left behind: {left}")


def _descendants() -> list[psutil.Process]:
    """Children and theirs. The kernel says at once that there are none; psutil reads every process's state for it."""
    if hasattr(os, "waitid"):
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return []
    return psutil.Process().children(recursive=True)


@pytest.fixture(scope="session")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model for searching documents, converted once (0.7 s) for all profiles that are given it."""
    from app.models import embedder  # only its users pay

    return embedder.embedder(tmp_path_factory.mktemp("search"))


@pytest.fixture(scope="session")
def llama31_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model file with chance weights and the vocabulary of Llama 3.1."""
    from tests import assets  # 0.4 s that only its users pay

    return assets.tiny_llama31(tmp_path_factory.mktemp("llama31"))
