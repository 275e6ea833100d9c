"""Shared by the tests of the door: a server on this machine that keeps every request, a ledger, a client."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.core import MIGRATIONS
from app.net.client import NetClient
from app.net.gate import Gate
from app.net.policy import HUB, AdminPolicy, Consent, Endpoint
from app.net.store import Ledger
from app.net.tripwire import Door
from app.storage.database import Database


@dataclass(frozen=True)
class Answer:
    """What the server says. With `cut`, it announces `body` and ends the connection after so many bytes."""

    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    size_bytes: int


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that breaks off is what some tests are about."""


class Server:
    """Answers by path (without the query), and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer | Callable[[Seen], Answer]] = {}
        self.seen: list[Seen] = []
        self._http = _Quiet(("127.0.0.1", 0), self._handler())
        self.port = self._http.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def lines(self) -> list[str]:
        return [f"{seen.method} {seen.path}" for seen in self.seen]

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                size = len(self.requestline) + 2 + sum(len(f"{k}: {v}\r\n") for k, v in self.headers.items()) + 2
                headers = {name.lower(): value for name, value in self.headers.items()}
                seen = Seen(self.command, self.path, headers, size)
                server.seen.append(seen)
                found = server.answers.get(self.path.partition("?")[0], Answer(b"not there", 404))
                said = found if isinstance(found, Answer) else found(seen)
                self.send_response_only(said.status)
                for name, value in {"Content-Length": str(len(said.body)), **said.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(said.body[: said.cut])
                self.close_connection = said.cut is not None

            def do_GET(self) -> None:
                self.answer()

            def do_HEAD(self) -> None:
                self.answer()

            def log_message(self, *arguments: object) -> None:
                pass

        return Handler


_heard: list[str] = []


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if event.startswith("socket."):
        _heard.append(event)


sys.addaudithook(_hear)


@pytest.fixture
def socket_events() -> list[str]:
    """What this process did with sockets since the test began: making, looking up, connecting."""
    _heard.clear()
    return _heard


@pytest.fixture
def server(loopback: Door) -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
def cdn(loopback: Door) -> Iterator[Server]:
    """A second server: the host of the bytes, which is not the hub's own."""
    made = Server()
    yield made
    made.close()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(tmp_path / "profile" / "paddock.db", os.urandom(32), migrations=MIGRATIONS)
    yield opened
    opened.close()


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


def gate(consent: Consent, *, endpoint: Endpoint = HUB, is_never: bool = False) -> Gate:
    return Gate(AdminPolicy(is_never=is_never), lambda: consent, endpoint=endpoint)


@pytest.fixture
def client(server: Server, ledger: Ledger, loopback: Door) -> Iterator[NetClient]:
    """One that may ask the server for models."""
    endpoint = Endpoint(server.url, is_loopback=True)
    made = NetClient(gate("models", endpoint=endpoint), ledger, endpoint=endpoint, timeout_s=10.0, door=loopback)
    yield made
    made.close()
