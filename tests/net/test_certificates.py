"""A server is believed only with a certificate that this system trusts, whatever the environment says."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from app.errors import Untrustworthy
from app.net.client import NetClient
from app.net.faults import translate
from app.net.gate import Errand
from app.net.policy import DOWNLOAD
from app.net.proxy import Proxies, Way
from app.net.store import Ledger
from app.net.tripwire import Door
from tests.net.conftest import gate

pytestmark = pytest.mark.trust


@dataclass(frozen=True)
class Impostor:
    """A server with a certificate of its own making, for the right name. `received` is what it could read."""

    url: httpx2.URL
    certificate: Path
    received: list[bytes]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and its certificate for 127.0.0.1, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "own.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def impostor(loopback: Door, certificate: Path) -> Iterator[Impostor]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    received: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _address = listening.accept()
        try:
            with context.wrap_socket(connection, server_side=True) as secured:
                received.append(secured.recv(4096))
        except OSError:
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield Impostor(httpx2.URL(f"https://127.0.0.1:{listening.getsockname()[1]}/"), certificate, received)
    thread.join(10.0)
    listening.close()


@pytest.mark.parametrize("is_vouched_for", [False, True], ids=["unknown", "vouched for by the environment"])
def test_an_impostor_gets_no_request(impostor: Impostor, monkeypatch: pytest.MonkeyPatch, is_vouched_for: bool) -> None:
    if is_vouched_for:
        monkeypatch.setenv("SSL_CERT_FILE", str(impostor.certificate))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(impostor.certificate))
    ways = Proxies(is_direct=True, limits=httpx2.Limits())
    request = httpx2.Request("GET", impostor.url, extensions={"timeout": {"connect": 10.0, "read": 10.0}})
    with pytest.raises(httpx2.ConnectError) as raised:
        ways.to(impostor.url).transport.handle_request(request)
    ways.close()
    assert impostor.received in ([], [b""])
    assert isinstance(translate(raised.value), Untrustworthy)
    assert "could not be proven" in translate(raised.value).message


@dataclass
class Believing(httpx2.BaseTransport):
    """The way to a server on this machine that has the hub's part, with a certificate that is trusted."""

    port: int
    certificate: Path

    def __post_init__(self) -> None:
        trusting = ssl.create_default_context(cafile=str(self.certificate))
        self.inner = httpx2.HTTPTransport(verify=trusting, trust_env=False)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.url = request.url.copy_with(host="127.0.0.1", port=self.port)
        return self.inner.handle_request(request)


def test_a_download_that_is_broken_off_yields_no_byte_that_is_still_encrypted(
    loopback: Door, certificate: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    has_sent = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with context.wrap_socket(listening.accept()[0], server_side=True) as secured:
            secured.recv(4096)
            secured.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n" + b"x" * 100_000)
            has_sent.set()
            secured.recv(1)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    way = Believing(listening.getsockname()[1], certificate)
    monkeypatch.setattr(Proxies, "to", lambda self, url: Way(way, host="127.0.0.1", port=way.port))
    client = NetClient(gate("models"), ledger, door=loopback)
    errand = Errand(DOWNLOAD, "owner/name")
    received: list[bytes] = []
    with client.errand(errand) as http, http.stream("GET", "https://huggingface.co/a") as response:
        assert has_sent.wait(10.0)
        client.cut(errand)
        with pytest.raises(httpx2.HTTPError):
            received.extend(response.iter_raw())
    client.close()
    way.inner.close()
    thread.join(10.0)
    listening.close()
    assert received
    assert set(b"".join(received)) == set(b"x")
    assert ledger.rows()[0].received_bytes == len(b"".join(received))
