"""Every request: weighed first, written down before it leaves, followed no further than the hub's own hosts."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import httpx2
import pytest

from app import __version__
from app.errors import Bug, NetworkRefused, PaddockError, StorageFault, Untrustworthy
from app.net import client as net_client
from app.net.client import NetClient
from app.net.gate import ConsentNeeded, Errand
from app.net.policy import DETAILS, DOWNLOAD, SEARCH, Consent, Endpoint
from app.net.store import Ledger, LedgerRow
from app.net.tripwire import Door
from app.storage.database import Database
from tests.net.conftest import Answer, Seen, Server, gate

pytestmark = pytest.mark.trust
SOME = Errand(SEARCH, "llama")
DOWNLOADING = Errand(DOWNLOAD, "owner/name")
TOKEN = {"Authorization": "Bearer hf_canary"}


def get(
    client: NetClient, url: str, *, errand: Errand = SOME, headers: dict[str, str] | None = None
) -> httpx2.Response:
    with client.errand(errand) as http:
        return http.get(url, headers=headers)


# Refused before anything happens


@pytest.fixture(params=["ask", "never", "administrator"])
def shut(request: pytest.FixtureRequest, ledger: Ledger) -> Iterator[NetClient]:
    """A client of the real hub whose gate refuses. Without `loopback`, so that any attempt fails the test."""
    consent: dict[str, Consent] = {"ask": "ask", "never": "never", "administrator": "models"}
    refusing = gate(consent[request.param], is_never=request.param == "administrator")
    made = NetClient(refusing, ledger, door=Door())
    yield made
    made.close()


def test_a_refused_request_looks_up_no_name_and_leaves_no_trace(
    shut: NetClient, ledger: Ledger, socket_events: list[str]
) -> None:
    for method in ("GET", "HEAD"):
        with shut.errand(SOME) as http, pytest.raises(NetworkRefused):
            http.request(method, "https://huggingface.co/api/models")
    assert socket_events == []
    assert ledger.rows() == ()


def test_the_person_is_asked_for_the_errand_itself(ledger: Ledger, socket_events: list[str]) -> None:
    client = NetClient(gate("ask"), ledger, door=Door())
    with pytest.raises(ConsentNeeded) as raised:
        get(client, "https://huggingface.co/api/models")
    assert raised.value.errand == SOME
    assert socket_events == []


def test_a_request_outside_of_an_errand_is_refused(client: NetClient, server: Server, ledger: Ledger) -> None:
    with client.errand(SOME) as http:
        pass
    with pytest.raises(NetworkRefused):
        http.get(server.url)
    assert (server.seen, ledger.rows()) == ([], ())


def test_an_errand_counts_for_its_own_thread_only(client: NetClient, server: Server) -> None:
    caught: list[Exception] = []

    def elsewhere(http: httpx2.Client) -> None:
        try:
            http.get(server.url)
        except NetworkRefused as error:
            caught.append(error)

    with client.errand(SOME) as http:
        thread = threading.Thread(target=elsewhere, args=(http,))
        thread.start()
        thread.join()
    assert len(caught) == 1
    assert server.seen == []


def test_an_errand_inside_another_hands_back_to_it(client: NetClient, server: Server, ledger: Ledger) -> None:
    server.answers["/a"] = Answer()
    with client.errand(SOME) as http:
        get(client, f"{server.url}/a", errand=Errand(DETAILS, "owner/name"))
        http.get(f"{server.url}/a")
    assert [row.purpose for row in ledger.rows()] == ["search", "details"]


FOREIGN = [
    "https://huggingface.co/",
    "http://127.0.0.2:1/",
    "http://user@127.0.0.1:1/",
    "http://user:secret@localhost:1/",
    "ftp://127.0.0.1/",
    "http://[::1]:1/",
    "http://localhost.:1/",
    "http://127.1/",
    "http://lócalhost:1/",
    "http://localhost%00.example:1/",
]


@pytest.mark.parametrize("url", FOREIGN)
def test_other_addresses_are_refused_before_anything_is_asked(
    client: NetClient, ledger: Ledger, socket_events: list[str], url: str
) -> None:
    socket_events.clear()
    with pytest.raises(Untrustworthy):
        get(client, url, headers=TOKEN)
    assert ledger.rows() == ()
    assert socket_events == []


def test_it_asks_and_never_sends(client: NetClient, server: Server, ledger: Ledger) -> None:
    with client.errand(SOME) as http:
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            with pytest.raises(Bug):
                http.request(method, server.url)
        server.answers["/a"] = Answer()
        http.request("GET", f"{server.url}/a", content=b"body")
    assert [seen.method for seen in server.seen] == ["GET"]
    assert "content-length" not in server.seen[0].headers


# Written down


def test_the_row_is_on_the_disk_before_the_request_arrives(
    client: NetClient, server: Server, database: Database
) -> None:
    found: list[tuple[LedgerRow, ...]] = []

    def look(seen: Seen) -> Answer:
        found.append(Ledger(database).rows())
        return Answer()

    server.answers["/api/models"] = look
    get(client, f"{server.url}/api/models?search=llama")
    ((row,),) = found
    assert (row.purpose, row.subject, row.path, row.is_over) == ("search", "llama", "/api/models", False)


def test_what_cannot_be_written_down_is_not_sent(
    client: NetClient, server: Server, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise StorageFault("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(database, "write", full)
        with pytest.raises(StorageFault):
            get(client, f"{server.url}/a")
    database.close()
    with pytest.raises(StorageFault):
        get(client, f"{server.url}/a")
    assert server.seen == []


def test_bytes_are_counted_as_they_were_on_the_wire(client: NetClient, server: Server, ledger: Ledger) -> None:
    server.answers["/a"] = Answer(b"x" * 70_000)
    assert get(client, f"{server.url}/a?b=c").content == b"x" * 70_000
    (row,) = ledger.rows()
    assert row.sent_bytes == server.seen[0].size_bytes
    assert (row.received_bytes, row.status, row.is_over) == (70_000, 200, True)


def test_an_answer_that_is_not_read_to_its_end_is_closed_with_what_came(
    client: NetClient, server: Server, ledger: Ledger
) -> None:
    server.answers["/a"] = Answer(b"x" * 4_000_000)
    with client.errand(DOWNLOADING) as http, http.stream("GET", f"{server.url}/a") as response:
        first = next(response.iter_raw())
    (row,) = ledger.rows()
    assert (row.received_bytes, row.is_over) == (len(first), True)


def test_an_answer_that_breaks_off_is_closed_with_what_came(client: NetClient, server: Server, ledger: Ledger) -> None:
    server.answers["/a"] = Answer(b"x" * 1_000, cut=400)
    with pytest.raises(httpx2.RemoteProtocolError):
        get(client, f"{server.url}/a")
    (row,) = ledger.rows()
    assert (row.received_bytes, row.status, row.is_over) == (400, 200, True)


def test_a_request_without_an_answer_has_status_0(client: NetClient, server: Server, ledger: Ledger) -> None:
    server.close()
    with pytest.raises(httpx2.ConnectError):
        get(client, f"{server.url}/a")
    (row,) = ledger.rows()
    assert (row.status, row.received_bytes, row.is_over) == (0, 0, True)


def test_a_long_download_is_noted_on_its_way(
    client: NetClient, server: Server, ledger: Ledger, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(net_client, "NOTE_BYTES", 100_000)
    server.answers["/a"] = Answer(b"x" * 1_000_000)
    with client.errand(DOWNLOADING) as http, http.stream("GET", f"{server.url}/a") as response:
        chunks = response.iter_raw(200_000)
        next(chunks)
        database.write(lambda connection: None)
        (row,) = ledger.rows()
        assert row.received_bytes >= 100_000
        assert not row.is_over


# What is sent


def test_only_the_few_headers_that_are_needed_leave(client: NetClient, server: Server) -> None:
    server.answers["/a"] = Answer()
    telling = {"User-Agent": "hf/1; torch/2", "X-Amzn-Trace-Id": "me", "Cookie": "a=b", "Accept-Encoding": "gzip, br"}
    get(client, f"{server.url}/a", headers={**telling, "Range": "bytes=5-", "If-Range": '"e"', "Host": "evil.example"})
    assert server.seen[0].headers == {
        "host": f"127.0.0.1:{server.port}",
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "keep-alive",
        "user-agent": f"Paddock/{__version__}",
        "range": "bytes=5-",
        "if-range": '"e"',
    }


def test_cookies_are_neither_kept_nor_sent(client: NetClient, server: Server) -> None:
    server.answers["/a"] = Answer(status=302, headers={"Location": "/b", "Set-Cookie": "id=me"})
    server.answers["/b"] = Answer(headers={"Set-Cookie": "id=me"})
    response = get(client, f"{server.url}/a")
    get(client, f"{server.url}/b")
    assert len(server.seen) == 3
    assert not any("cookie" in seen.headers for seen in server.seen)
    assert not response.cookies


def test_a_token_goes_to_the_endpoint_and_not_along_with_a_redirect(
    client: NetClient, server: Server, cdn: Server
) -> None:
    server.answers["/a"] = Answer(status=302, headers={"Location": f"{cdn.url}/bytes?sig=1"})
    cdn.answers["/bytes"] = Answer(b"weights")
    assert get(client, f"{server.url}/a", errand=DOWNLOADING, headers=TOKEN).content == b"weights"
    assert server.seen[0].headers["authorization"] == "Bearer hf_canary"
    assert "authorization" not in cdn.seen[0].headers


def test_a_token_that_a_library_puts_on_another_host_stays_here(client: NetClient, server: Server, cdn: Server) -> None:
    cdn.answers["/a"] = Answer()
    get(client, f"{cdn.url}/a", headers=TOKEN)
    get(client, f"http://localhost:{cdn.port}/a", headers=TOKEN)
    assert len(cdn.seen) == 2
    assert not any("authorization" in seen.headers for seen in cdn.seen)


# Redirects


def test_each_hop_is_weighed_and_written_down(client: NetClient, server: Server, cdn: Server, ledger: Ledger) -> None:
    server.answers["/a"] = Answer(status=302, headers={"Location": f"{cdn.url}/bytes?X-Amz-Signature=key"})
    cdn.answers["/bytes"] = Answer(b"12345")
    get(client, f"{server.url}/a", errand=DOWNLOADING)
    last, first = ledger.rows()
    assert [first.path, first.status, last.path, last.status] == ["/a", 302, "/bytes", 200]
    assert last.received_bytes == 5
    assert first.is_over


@pytest.mark.parametrize(
    "target", ["http://evil.example/", "https://127.0.0.1/", "//evil.example/x", "file:///etc/passwd"]
)
def test_a_redirect_to_elsewhere_is_not_followed(
    client: NetClient, server: Server, ledger: Ledger, target: str
) -> None:
    server.answers["/a"] = Answer(status=302, headers={"Location": target})
    with pytest.raises(Untrustworthy, match="did not ask there"):
        get(client, f"{server.url}/a", headers=TOKEN)
    assert len(ledger.rows()) == 1


def test_leave_that_is_withdrawn_counts_from_the_next_hop_on(server: Server, ledger: Ledger, loopback: Door) -> None:
    endpoint = Endpoint(server.url, is_loopback=True)
    asking = gate("ask", endpoint=endpoint)
    client = NetClient(asking, ledger, endpoint=endpoint, door=loopback)
    asking.allow_once(SOME)

    def withdraw(seen: Seen) -> Answer:
        asking.withdraw(SOME)
        return Answer(status=302, headers={"Location": "/b"})

    server.answers["/a"] = withdraw
    with pytest.raises(ConsentNeeded):
        get(client, f"{server.url}/a")
    client.close()
    assert server.lines == ["GET /a"]


def test_a_circle_of_redirects_ends_after_five(client: NetClient, server: Server) -> None:
    server.answers["/a"] = Answer(status=302, headers={"Location": "/a"})
    with pytest.raises(httpx2.TooManyRedirects):
        get(client, f"{server.url}/a")
    assert len(server.seen) == 6


# Answers


def test_an_answer_without_end_is_given_up(
    client: NetClient, server: Server, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(net_client, "MAX_ANSWER_BYTES", 100_000)
    long = Answer(b"x" * 200_000)
    server.answers |= {
        "/a": long,
        "/missing": Answer(long.body, 404),
        "/moved": Answer(long.body, 302, {"Location": "/a"}),
    }
    with pytest.raises(Untrustworthy):
        get(client, f"{server.url}/a")
    for path in ("/missing", "/moved"):
        with pytest.raises(Untrustworthy):
            get(client, server.url + path, errand=DOWNLOADING)
    assert get(client, f"{server.url}/a", errand=DOWNLOADING).content == long.body
    assert all(row.is_over for row in ledger.rows())


def test_an_answer_that_trickles_in_for_ever_is_given_up_unless_it_is_a_download(
    client: NetClient, server: Server, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(net_client, "MAX_ANSWER_S", -1.0)
    server.answers["/a"] = Answer(b"x")
    with pytest.raises(httpx2.ReadTimeout):
        get(client, f"{server.url}/a")
    assert ledger.rows()[0].is_over
    assert get(client, f"{server.url}/a", errand=DOWNLOADING).content == b"x"


def test_an_answer_that_would_have_to_be_unpacked_is_refused(client: NetClient, server: Server, ledger: Ledger) -> None:
    server.answers["/a"] = Answer(b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    with pytest.raises(Untrustworthy):
        get(client, f"{server.url}/a")
    assert ledger.rows()[0].is_over


def test_no_wait_is_longer_than_the_clients_own(client: NetClient, server: Server) -> None:
    limits: list[dict[str, float]] = []

    server.answers["/a"] = Answer()
    with client.errand(SOME) as http:
        for wished in (None, 3.0, 1_000.0):
            limits.append(http.get(f"{server.url}/a", timeout=wished).request.extensions["timeout"])
    assert [limit["read"] for limit in limits] == [10.0, 3.0, 10.0]


# The end


def test_after_close_every_request_is_refused(client: NetClient, server: Server, ledger: Ledger) -> None:
    with client.errand(SOME) as http:
        client.close()
        client.close()
        with pytest.raises(NetworkRefused):
            http.get(server.url)
    with pytest.raises(NetworkRefused), client.errand(SOME):
        pass
    assert (server.seen, ledger.rows()) == ([], ())


@pytest.mark.parametrize("end", [NetClient.close, lambda client: client.cut(DOWNLOADING)], ids=["close", "cut"])
def test_a_download_that_waits_for_bytes_is_broken_off_at_once(
    client: NetClient, loopback: Door, ledger: Ledger, end: Callable[[NetClient], None]
) -> None:
    faults: list[Exception] = []
    has_begun = threading.Event()

    def fetch(address: str) -> None:
        try:
            with client.errand(DOWNLOADING) as http, http.stream("GET", address) as response:
                for _chunk in response.iter_raw():
                    has_begun.set()
        except (httpx2.HTTPError, PaddockError) as error:
            faults.append(error)

    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listening:
        thread = threading.Thread(target=fetch, args=(f"http://127.0.0.1:{listening.getsockname()[1]}/a",))
        thread.start()
        connection, _address = listening.accept()
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome")
        assert has_begun.wait(10.0)
        client.cut(SOME)  # another errand's
        end(client)
        thread.join(5.0)  # the client's own limit is 10 s
        assert not thread.is_alive()
        connection.close()
    assert isinstance(faults[0], httpx2.HTTPError)
    assert ledger.rows()[0].received_bytes == 4


def test_what_belongs_to_another_errand_goes_on(client: NetClient, server: Server) -> None:
    server.answers["/a"] = Answer(b"x" * 4_000_000)
    with client.errand(DOWNLOADING) as http, http.stream("GET", f"{server.url}/a") as response:
        chunks = response.iter_raw()
        first = next(chunks)
        client.cut(SOME)
        assert len(first) + sum(map(len, chunks)) == 4_000_000


def test_an_answer_that_comes_after_close_is_not_handed_on(client: NetClient, server: Server, ledger: Ledger) -> None:
    def close(seen: Seen) -> Answer:
        client.close()
        return Answer(b"late")

    server.answers["/a"] = close
    with pytest.raises((NetworkRefused, httpx2.HTTPError)):
        get(client, f"{server.url}/a")
    assert ledger.rows()[0].is_over


def test_the_end_is_written_once(
    client: NetClient, server: Server, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[int] = []
    monkeypatch.setattr(ledger, "end", lambda number, status, received_bytes: ends.append(number))
    server.answers["/a"] = Answer(b"x")
    with client.errand(DOWNLOADING) as http, http.stream("GET", f"{server.url}/a") as response:
        response.read()
        response.close()
    assert len(ends) == 1


def test_closing_a_client_beside_leaves_the_door_open(client: NetClient, server: Server) -> None:
    server.answers["/a"] = Answer()
    client.client_beside().close()
    with client.client_beside():
        pass
    assert get(client, f"{server.url}/a").status_code == 200
