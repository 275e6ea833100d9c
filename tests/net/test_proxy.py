"""The proxy of the system is used for the hub, never for this machine itself, and only it is looked up then."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest

from app.errors import NetworkRefused, Unreachable
from app.net.client import NetClient
from app.net.faults import translate
from app.net.gate import Errand
from app.net.policy import SEARCH
from app.net.proxy import Proxies, system_proxy
from app.net.store import Ledger
from app.net.tripwire import Door
from tests.net.conftest import Answer, Server, gate

pytestmark = pytest.mark.trust
HUB_URL = httpx2.URL("https://huggingface.co/api/models")


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def test_without_a_proxy_the_way_leads_to_the_host_itself() -> None:
    way = Proxies(is_direct=False, limits=httpx2.Limits()).to(HUB_URL)
    assert (way.host, way.port) == ("huggingface.co", 443)


@pytest.mark.parametrize(
    ("said", "host", "port"),
    [
        ("http://proxy.example:3128", "proxy.example", 3128),
        ("proxy.example", "proxy.example", 80),
        ("https://proxy.example", "proxy.example", 443),
        ("http://me:secret@proxy.example:8080/", "proxy.example", 8080),
        ("http://[::1]:3128", "::1", 3128),
    ],
)
def test_with_one_it_leads_to_the_proxy(monkeypatch: pytest.MonkeyPatch, said: str, host: str, port: int) -> None:
    monkeypatch.setenv("HTTPS_PROXY", said)
    way = Proxies(is_direct=False, limits=httpx2.Limits()).to(HUB_URL)
    assert (way.host, way.port) == (host, port)


def test_a_proxy_for_plain_connections_is_not_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example")
    assert system_proxy("huggingface.co") is None
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example")
    assert system_proxy("huggingface.co") == "http://proxy.example"


@pytest.mark.parametrize(
    ("exceptions", "is_excepted"),
    [
        ("huggingface.co", True),
        ("localhost, .huggingface.co", True),
        ("*.CO", True),
        ("*", True),
        ("face.co", False),
        ("cdn.huggingface.co", False),
        ("", False),
        (",", False),
    ],
)
def test_exceptions_go_straight(monkeypatch: pytest.MonkeyPatch, exceptions: str, is_excepted: bool) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    monkeypatch.setenv("NO_PROXY", exceptions)
    assert (system_proxy("huggingface.co") is None) is is_excepted


@pytest.mark.parametrize("said", ["gopher://proxy.example", "http://", "http://:80", "socks5://proxy.example:1"])
def test_a_proxy_that_cannot_be_used_is_told(monkeypatch: pytest.MonkeyPatch, ledger: Ledger, said: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", said)
    client = NetClient(gate("models"), ledger, door=Door())
    with client.errand(Errand(SEARCH, "")) as http, pytest.raises(Unreachable, match="proxy of a kind"):
        http.get(HUB_URL)
    client.close()
    assert ledger.rows() == ()


def test_after_the_end_there_is_no_way() -> None:
    ways = Proxies(is_direct=True, limits=httpx2.Limits())
    ways.close()
    with pytest.raises(NetworkRefused):
        ways.to(HUB_URL)


def test_a_server_on_this_machine_is_reached_without_it(
    client: NetClient, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server.answers["/a"] = Answer()
    with client.errand(Errand(SEARCH, "")) as http:
        assert http.get(f"{server.url}/a").status_code == 200


@pytest.fixture
def proxy(loopback: Door, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A proxy that lets nothing through; what it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            asked.append(f"{self.path} {self.headers.get('Proxy-Authorization')} {self.headers.get('Authorization')}")
            self.send_response_only(403)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:secret@127.0.0.1:{http.server_port}")
    yield asked
    http.shutdown()
    http.server_close()
    thread.join()


def test_the_hub_is_asked_for_through_the_proxy_and_its_name_looked_up_by_nobody_here(
    proxy: list[str], ledger: Ledger, loopback: Door
) -> None:
    """The tests' door refuses every name but this machine's, so a look-up of the hub's would fail this test."""
    client = NetClient(gate("models"), ledger, door=loopback)
    with client.errand(Errand(SEARCH, "")) as http, pytest.raises(httpx2.ProxyError) as raised:
        http.get(HUB_URL, headers={"Authorization": "Bearer hf_canary"})
    client.close()
    assert proxy == ["huggingface.co:443 Basic bWU6c2VjcmV0 None"]
    assert "did not let the request" in translate(raised.value).message
    assert [(row.host, row.status, row.is_over) for row in ledger.rows()] == [("huggingface.co", 0, True)]
