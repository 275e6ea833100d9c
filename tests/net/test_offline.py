"""The door to the network is shut by default, for declared purposes and for anything that does not ask."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from app.errors import NetworkRefused
from app.net.policy import PURPOSES, Policy, Purpose

pytestmark = pytest.mark.trust


def test_the_default_policy_is_offline_and_lets_nothing_out() -> None:
    with pytest.raises(NetworkRefused, match="did not contact"):
        Policy().require(Purpose("look for models", "models.example"))


def test_no_request_is_declared_in_this_version() -> None:
    assert PURPOSES == ()


ATTEMPTS = {
    "connect": "socket.socket().connect(('127.0.0.1', 9))",
    "connect v6": "socket.socket(socket.AF_INET6).connect(('::1', 9))",
    "datagram": "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
    "name look-up": "socket.getaddrinfo('example.com', 80)",
    "listen": "socket.socket().bind(('127.0.0.1', 0))",
    "urllib": "__import__('urllib.request').request.urlopen('http://127.0.0.1:9')",
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_python_code_that_reaches_for_the_network_is_refused(attempt: str) -> None:
    program = f"""
import socket
from app.net import tripwire
from app.net.policy import Policy
tripwire.arm(Policy())
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
