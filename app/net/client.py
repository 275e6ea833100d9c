"""The client that every request goes through, whoever makes it: ours and huggingface_hub's.

Redirects are followed above this transport, so each hop is weighed like a first request: is there an errand, is the
host one of the hub's, does the gate agree; then its ledger row is committed, then it leaves. What is sent is the
little on `_SENT_HEADERS`, without a body.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import httpx2

from app import __version__
from app.errors import Bug, NetworkRefused, Untrustworthy
from app.net.gate import Errand, Gate
from app.net.policy import DOWNLOAD, HUB, Endpoint
from app.net.proxy import Proxies
from app.net.store import Ledger
from app.net.tripwire import Door
from app.text import _

Response = httpx2.Response  # for other rooms, which know no HTTP client
TIMEOUT_S = 30.0
MAX_REDIRECTS = 5
MAX_REQUESTS = 20
"""Of one errand that is no download: pages of a search, redirects. Some hub might always have one page more."""
MAX_ANSWER_BYTES = 32 * 2**20
"""Of anything but the bytes of a download: the longest list of files that the hub has is a few MB."""
MAX_ANSWER_S = 120.0
"""Of the same: a hub that sends a byte now and then would keep a person waiting for ever."""
WEIGH_EVERY_S = 0.1
"""So soon "never" ends an answer that is still coming in."""
NOTE_BYTES = 64 * 2**20
"""After so much of a download the ledger hears how far it is."""

_METHODS = ("GET", "HEAD")
_SENT_HEADERS = ("accept", "authorization", "connection", "range", "if-range", "if-match", "if-none-match")
_PLAIN = ("", "identity")
_LIMITS = httpx2.Limits(max_connections=8, max_keepalive_connections=4, keepalive_expiry=30.0)


class GatedTransport(httpx2.BaseTransport):
    """Lets requests of an errand's own thread through. Closing a client above it leaves it open; `shut` ends it."""

    def __init__(self, gate: Gate, ledger: Ledger, *, endpoint: Endpoint, timeout_s: float, door: Door) -> None:
        self._gate = gate
        self._ledger = ledger
        self._endpoint = endpoint
        self._timeout_s = timeout_s
        self._door = door
        self._here = threading.local()
        self._ways = Proxies(is_direct=endpoint.is_loopback, limits=_LIMITS)
        self._lock = threading.Lock()
        self._is_shut = False
        self._answers: set[_Answer] = set()

    @contextlib.contextmanager
    def errand(self, errand: Errand) -> Iterator[None]:
        """Requests that this thread makes inside belong to `errand`."""
        before, self._here.errand = getattr(self._here, "errand", None), errand
        made, self._here.made = getattr(self._here, "made", 0), 0
        try:
            yield
        finally:
            self._here.errand, self._here.made = before, made

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Raises NetworkRefused, ConsentNeeded, Untrustworthy, StorageFault before anything left; httpx2's errors."""
        errand = self.require_errand()
        self._gate.require(errand)
        self._refuse_foreign(request)
        self._refuse_endless(errand)
        self._trim(request)
        way = self._ways.to(request.url)
        number = self._ledger.begin(
            errand,
            request.method,
            _host(request.url),
            path=request.url.raw_path.decode("ascii"),
            sent_bytes=_sent_bytes(request),
        )
        try:
            with self._door.opened_for(way.host, way.port):
                response = way.transport.handle_request(request)
        except BaseException:
            self._ledger.end(number, 0, 0)
            raise
        return self._counted(response, number, errand)

    def require_errand(self) -> Errand:
        """The errand of this thread. Raises NetworkRefused where there is none, and once shut."""
        errand: Errand | None = getattr(self._here, "errand", None)
        if errand is None or self._is_shut:
            raise NetworkRefused(
                _("Paddock is offline and did not contact {host}.").format(host=self._endpoint.host),
                _("Nothing was sent. Unlock Paddock and try again.") if self._is_shut else _("Nothing was sent."),
                detail="shut" if self._is_shut else "no errand",
            )
        return errand

    def close(self) -> None:
        """Nothing: huggingface_hub closes its client whenever a connection fails, and ours goes on."""

    def shut(self) -> None:
        """End every connection, those in use as well, and refuse from now on. May be called again."""
        with self._lock:
            self._is_shut = True
        self.cut(None)
        self._ways.close()

    def cut(self, errand: Errand | None) -> None:
        """Break off the answers that are coming in for `errand`, or all."""
        with self._lock:
            answers = tuple(answer for answer in self._answers if errand in (None, answer.errand))
        for answer in answers:
            answer.cut()

    def _refuse_foreign(self, request: httpx2.Request) -> None:
        url = request.url
        if request.method not in _METHODS:
            raise Bug(_("Paddock only ever asks; it does not send."), detail=request.method)
        if url.userinfo or not self._endpoint.allows(url.scheme, _host(url), url.port):
            raise Untrustworthy(
                _("{host} is not an address of {hub}, so Paddock did not ask there.").format(
                    host=_host(url) or "?", hub=self._endpoint.host
                ),
                _("Nothing was sent to it. Try again later, or choose another model."),
                detail=f"{url.scheme}, port {url.port}",
            )

    def _refuse_endless(self, errand: Errand) -> None:
        self._here.made += 1
        if errand.purpose != DOWNLOAD and self._here.made > MAX_REQUESTS:
            raise Untrustworthy(
                _("{hub} wanted to be asked more often than such a question needs.").format(hub=self._endpoint.host),
                _("Paddock stopped asking. Try again later."),
            )

    def _trim(self, request: httpx2.Request) -> None:
        """Leave of a request what it needs: no cookies, no telling user agent, a token for its own host only."""
        url = request.url
        kept = {name: value for name, value in request.headers.items() if name in _SENT_HEADERS}
        if not self._endpoint.is_home(url.scheme, _host(url), url.port):
            kept.pop("authorization", None)
        request.headers = httpx2.Headers(
            {
                "Host": url.netloc.decode("ascii"),
                **kept,
                "Accept-Encoding": "identity",
                "User-Agent": f"Paddock/{__version__}",
            }
        )
        request.stream = httpx2.ByteStream(b"")
        wished = request.extensions.get("timeout", {})
        limits = {
            kind: min(wished.get(kind) or self._timeout_s, self._timeout_s)
            for kind in ("connect", "read", "write", "pool")
        }
        request.extensions = {"timeout": limits}

    def _counted(self, response: httpx2.Response, number: int, errand: Errand) -> httpx2.Response:
        is_download = errand.purpose == DOWNLOAD and response.is_success
        limit = None if is_download else MAX_ANSWER_BYTES
        answer = _Answer(response, number, self._ledger, self._gate, errand=errand, limit_bytes=limit)
        with self._lock:
            self._answers = {known for known in self._answers if not known.is_over} | {answer}
            is_late = self._is_shut
        if is_late:
            answer.close()
            self.require_errand()
        if response.headers.get("content-encoding", "").lower() not in _PLAIN:
            answer.close()
            raise _not_as_asked(response, "content encoding")
        headers = [(name, value) for name, value in response.headers.multi_items() if name != "set-cookie"]
        return httpx2.Response(response.status_code, headers=headers, stream=answer, extensions=response.extensions)


class _Answer(httpx2.SyncByteStream):
    """The body of an answer, counted as it comes; its end, however it ends, closes the ledger's row."""

    def __init__(
        self,
        response: httpx2.Response,
        number: int,
        ledger: Ledger,
        gate: Gate,
        *,
        errand: Errand,
        limit_bytes: int | None,
    ) -> None:
        self.errand = errand
        self._response = response
        self._number = number
        self._ledger = ledger
        self._gate = gate
        self._limit_bytes = limit_bytes
        self._begun_s = self._weighed_s = time.monotonic()
        self._received_bytes = 0
        self._noted_bytes = 0
        self._lock = threading.Lock()
        self.is_over = False

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._response.iter_raw():
                self._count(len(chunk))
                yield chunk
        finally:
            self.close()

    def close(self) -> None:
        try:
            self._response.close()
        finally:
            with self._lock:
                was_over, self.is_over = self.is_over, True
            if not was_over:
                self._ledger.end(self._number, self._response.status_code, self._received_bytes)

    def cut(self) -> None:
        """Break the connection from another thread: whoever waits for its bytes gets an error at once."""
        stream = self._response.extensions.get("network_stream")
        found = None if self.is_over or stream is None else stream.get_extra_info("socket")
        if isinstance(found, socket.socket):
            break_off(found)

    def _count(self, size_bytes: int) -> None:
        self._received_bytes += size_bytes
        now_s = time.monotonic()
        if now_s - self._weighed_s > WEIGH_EVERY_S:
            self._weighed_s = now_s
            self._gate.require_online()
        if self._limit_bytes is not None:
            if self._received_bytes > self._limit_bytes:
                raise _not_as_asked(self._response, "too long")
            if now_s - self._begun_s > MAX_ANSWER_S:
                raise httpx2.ReadTimeout("too slow as a whole")
        if self._received_bytes - self._noted_bytes >= NOTE_BYTES:
            self._noted_bytes = self._received_bytes
            self._ledger.note(self._number, self._response.status_code, self._received_bytes)


class NetClient:
    """The network of one open profile. `close` ends it; a locked profile has none."""

    def __init__(
        self,
        gate: Gate,
        ledger: Ledger,
        *,
        endpoint: Endpoint = HUB,
        timeout_s: float = TIMEOUT_S,
        door: Door,
    ) -> None:
        self.endpoint = endpoint
        self._timeout_s = timeout_s
        self._transport = GatedTransport(gate, ledger, endpoint=endpoint, timeout_s=timeout_s, door=door)
        self._client = self.client_beside()

    @contextlib.contextmanager
    def errand(self, errand: Errand) -> Iterator[httpx2.Client]:
        """Inside, requests of this thread belong to `errand`, through this client or huggingface_hub's.

        Raises NetworkRefused once closed; each request raises as GatedTransport.handle_request says.
        """
        with self._transport.errand(errand):
            self._transport.require_errand()
            yield self._client

    def client_beside(self, kind: type[httpx2.Client] = httpx2.Client) -> httpx2.Client:
        """Another client over the same door, for a library that wants to close its own."""
        return kind(
            transport=self._transport,
            trust_env=False,  # no way beside the door, whatever the environment says
            timeout=self._timeout_s,
            follow_redirects=True,
            max_redirects=MAX_REDIRECTS,
        )

    def cut(self, errand: Errand) -> None:
        """Break off what comes in for `errand`: whoever waits gets an httpx2.HTTPError, with no time-out first."""
        self._transport.cut(errand)

    def close(self) -> None:
        """End connections, running downloads too, and refuse from now on. May be called again."""
        self._transport.shut()


def _host(url: httpx2.URL) -> str:
    """As it will be looked up: `url.host` shows other alphabets decoded."""
    return url.raw_host.decode("ascii")


def break_off(connection: socket.socket) -> None:
    """End a connection that another thread reads from; that thread gets an error at once."""
    # Not connection.shutdown(): a TLS socket then forgets its keys, and the reader would take what is still encrypted
    # for bytes of the file.
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def _sent_bytes(request: httpx2.Request) -> int:
    """Request line and headers as HTTP/1.1 writes them; what TLS adds, some 100 bytes a request, is not counted."""
    line = len(request.method) + 1 + len(request.url.raw_path) + len(" HTTP/1.1\r\n")
    return line + sum(len(name) + len(value) + len(": \r\n") for name, value in request.headers.raw) + len("\r\n")


def _not_as_asked(response: httpx2.Response, detail: str) -> Untrustworthy:
    return Untrustworthy(
        _("The answer of the hub was not of the form that Paddock asked for."),
        _("Nothing of it was used. Try again later."),
        detail=f"{detail}, status {response.status_code}",
    )
