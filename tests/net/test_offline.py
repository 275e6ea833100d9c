"""The tripwire: whatever does not come through the door is refused, wherever in this process it comes from."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.net.tripwire import Door
from tests.net.conftest import Answer, Server

pytestmark = pytest.mark.trust

ATTEMPTS = {
    "connect": "socket.socket().connect(('127.0.0.1', 9))",
    "connect v6": "socket.socket(socket.AF_INET6).connect(('::1', 9))",
    "datagram": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
    "message": "socket.socket(type=socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('127.0.0.1', 9))",
    "name look-up": "socket.getaddrinfo('example.com', 80)",
    "older look-up": "socket.gethostbyname('example.com')",
    "listen": "socket.socket().bind(('127.0.0.1', 0))",
    "urllib": "__import__('urllib.request').request.urlopen('http://127.0.0.1:9')",
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_python_code_that_reaches_for_the_network_is_refused(attempt: str) -> None:
    program = f"""
import socket
from app.net import tripwire
tripwire.arm(tripwire.Door())
{attempt}
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "NetworkRefused: Paddock is offline." in run.stderr


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no local sockets on this system")
def test_local_sockets_stay_possible() -> None:
    left, right = socket.socketpair()
    with left, right:
        left.sendall(b"x")
        assert right.recv(1) == b"x"


LOOK_UP = ("socket.getaddrinfo", ("huggingface.co", 443, 0, 1, 0))
CONNECT = ("socket.connect", (None, ("192.0.2.1", 443)))


def test_a_door_is_shut_before_and_after_a_request() -> None:
    door = Door()
    assert not door.lets(*LOOK_UP)
    with contextlib.suppress(KeyError), door.opened_for("huggingface.co", 443):
        assert door.lets(*LOOK_UP)
        assert door.lets(*CONNECT)
        raise KeyError
    assert not door.lets(*LOOK_UP)
    assert not door.lets(*CONNECT)


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("socket.getaddrinfo", ("example.com", 443, 0, 1, 0)),
        ("socket.getaddrinfo", ("huggingface.co", 80, 0, 1, 0)),
        ("socket.gethostbyname", ("huggingface.co",)),
        ("socket.connect", (None, ("192.0.2.1", 53))),
        ("socket.bind", (None, ("0.0.0.0", 443))),
        ("socket.sendto", (None, ("192.0.2.1", 443))),
    ],
)
def test_an_open_door_leads_to_one_place_only(event: str, arguments: tuple[object, ...]) -> None:
    door = Door()
    with door.opened_for("huggingface.co", 443):
        assert not door.lets(event, arguments)


def test_a_door_is_open_for_its_own_thread_only() -> None:
    door = Door()
    found: list[bool] = []
    with door.opened_for("huggingface.co", 443):
        thread = threading.Thread(target=lambda: found.append(door.lets(*CONNECT)))
        thread.start()
        thread.join()
    assert found == [False]


THROUGH_THE_DOOR = """
import os, sys, urllib.request
from pathlib import Path
from app.errors import NetworkRefused
from app.net import tripwire
from app.net.client import NetClient
from app.net.gate import Errand, Gate
from app.net.policy import SEARCH, AdminPolicy, Endpoint
from app.net.store import Ledger
from app.storage.database import Database
from app.core import MIGRATIONS

refused = []
door = tripwire.Door()
tripwire.arm(door, refused.append)
url, folder = sys.argv[1:]
database = Database.open(Path(folder) / "paddock.db", os.urandom(32), migrations=MIGRATIONS)
endpoint = Endpoint(url, is_loopback=True)
client = NetClient(Gate(AdminPolicy(), lambda: "models"), Ledger(database), endpoint=endpoint, door=door)
with client.errand(Errand(SEARCH, "")) as http:
    print(http.get(url + "/a").text, refused)
    try:
        urllib.request.urlopen(url + "/beside")
    except NetworkRefused as error:
        print(refused)
client.close()
database.close()
"""


def test_with_the_wire_armed_the_client_goes_through_and_others_beside_it_do_not(
    server: Server, tmp_path: Path
) -> None:
    """As at a person's desk: the real wire and the real door, in a process of their own."""
    server.answers["/a"] = Answer(b"through")
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    run = subprocess.run(
        [sys.executable, "-c", THROUGH_THE_DOOR, server.url, str(tmp_path / "profile")],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.stdout.splitlines() == ["through []", "['socket.getaddrinfo']"], run.stderr
    assert server.lines == ["GET /a"]
