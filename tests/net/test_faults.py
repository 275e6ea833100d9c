"""Each error of a request becomes a sentence of ours, and of the kind that says whether trying again may help."""

from __future__ import annotations

import ssl

import httpx2
import pytest

from app.errors import (
    AccessNeeded,
    Bug,
    HubBusy,
    HubFault,
    NetworkRefused,
    NotOnHub,
    PaddockError,
    Unreachable,
    Untrustworthy,
)
from app.net.client import NetClient
from app.net.faults import fault_of_status, translate, translated
from app.net.gate import Errand
from app.net.policy import SEARCH
from tests.net.conftest import Answer, Server

REQUEST = httpx2.Request("GET", "https://cdn.hf.co/secret-name?sig=secret")

KINDS: dict[type[Exception], type[PaddockError]] = {
    httpx2.ConnectError: Unreachable,
    httpx2.ConnectTimeout: Unreachable,
    httpx2.ReadTimeout: Unreachable,
    httpx2.WriteTimeout: Unreachable,
    httpx2.ReadError: Unreachable,
    httpx2.WriteError: Unreachable,
    httpx2.CloseError: Unreachable,
    httpx2.RemoteProtocolError: Unreachable,
    httpx2.ProxyError: Unreachable,
    httpx2.PoolTimeout: HubBusy,
    httpx2.TooManyRedirects: Untrustworthy,
    httpx2.DecodingError: Untrustworthy,
    httpx2.LocalProtocolError: Untrustworthy,
    httpx2.UnsupportedProtocol: Untrustworthy,
    httpx2.SSEError: Untrustworthy,
}


@pytest.mark.parametrize(("error", "kind"), KINDS.items(), ids=[error.__name__ for error in KINDS])
def test_every_error_of_the_client_has_a_sentence(error: type[httpx2.RequestError], kind: type[PaddockError]) -> None:
    fault = translate(error("secret-name", request=REQUEST))
    assert type(fault) is kind
    assert fault.message.endswith(".")
    assert fault.next_step.endswith(".")
    assert "secret" not in f"{fault} {fault.detail}"


def test_no_error_of_the_client_was_forgotten() -> None:
    def below(kind: type[Exception]) -> set[type[Exception]]:
        return {kind}.union(*map(below, kind.__subclasses__()))

    ours = {
        kind
        for kind in below(httpx2.RequestError)
        if kind.__module__.startswith("httpx2") and not kind.__subclasses__()
    }
    assert ours <= KINDS.keys()


def test_errors_without_a_request_name_the_hub() -> None:
    assert "huggingface.co" in translate(httpx2.ReadError("gone")).message
    assert isinstance(translate(httpx2.InvalidURL("odd")), Untrustworthy)
    assert isinstance(translate(httpx2.StreamClosed()), Unreachable)
    assert isinstance(translate(ConnectionResetError()), Unreachable)


def test_a_certificate_that_is_not_trusted_hints_at_who_reads_along() -> None:
    error = httpx2.ConnectError("handshake", request=REQUEST)
    error.__cause__ = ssl.SSLCertVerificationError(1, "self-signed certificate in certificate chain")
    fault = translate(error)
    assert isinstance(fault, Untrustworthy)
    assert "cdn.hf.co" in fault.message
    assert "proxy of your company" in fault.next_step


STATUSES: dict[int, type[HubFault]] = {
    400: Untrustworthy,
    401: AccessNeeded,
    403: AccessNeeded,
    404: NotOnHub,
    410: NotOnHub,
    416: Untrustworthy,
    429: HubBusy,
    500: HubBusy,
    503: HubBusy,
}


@pytest.mark.parametrize(("status", "kind"), STATUSES.items())
def test_every_status_has_a_sentence(status: int, kind: type[HubFault]) -> None:
    assert type(fault_of_status(status, "huggingface.co")) is kind


def test_an_answer_that_was_raised_is_told_by_its_status(client: NetClient, server: Server) -> None:
    server.answers["/a"] = Answer(status=404)
    with client.errand(Errand(SEARCH, "")) as http, pytest.raises(httpx2.HTTPStatusError) as raised:
        http.get(f"{server.url}/a").raise_for_status()
    assert isinstance(translate(raised.value), NotOnHub)


def test_an_address_in_letters_that_no_header_has_is_the_servers_fault(client: NetClient, server: Server) -> None:
    server.answers["/a"] = Answer(status=302, headers={"Location": "https://hugg\xd1\x96ngface.co/"})
    with pytest.raises(Untrustworthy), translated(), client.errand(Errand(SEARCH, "")) as http:
        http.get(f"{server.url}/a")
    assert server.lines == ["GET /a"]


def test_our_own_faults_stay_what_they_are() -> None:
    refused = NetworkRefused("no")
    assert translate(refused) is refused


def test_what_is_none_of_the_networks_is_a_bug() -> None:
    fault = translate(KeyError("secret"))
    assert isinstance(fault, Bug)
    assert "secret" not in f"{fault} {fault.detail}"
