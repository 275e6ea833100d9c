"""What went wrong on the network, as sentences: the one place that turns an HTTP client's errors into our tree."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator

import httpx2

from app.errors import (
    AccessNeeded,
    Bug,
    HubBusy,
    HubFault,
    NotOnHub,
    PaddockError,
    Unreachable,
    Untrustworthy,
)
from app.net.policy import HUB
from app.text import _

TOO_MANY_REQUESTS = 429
_CLOSED_TO_US = (401, 403)
_NOT_THERE = (404, 410)


def translate(error: Exception) -> PaddockError:
    """The fault that an exception of a request amounts to; a PaddockError is returned as it is.

    Unreachable and HubBusy may pass when it is tried again; the others will not.
    """
    if isinstance(error, PaddockError):
        return error
    response = getattr(error, "response", None)  # of httpx2.HTTPStatusError, and of huggingface_hub's own errors
    if isinstance(response, httpx2.Response):
        return fault_of_status(response.status_code, response.url.host)
    host = _host(error)
    found = _certificate_fault(error, host) or _connection_fault(error, host) or _protocol_fault(error, host)
    return found or Bug(
        _("Something went wrong inside Paddock while it talked to {host}.").format(host=host),
        _("Try again; the log of this profile says where it happened."),
        detail=type(error).__name__,
    )


@contextlib.contextmanager
def translated() -> Iterator[None]:
    """Inside, whatever an HTTP client raises becomes a PaddockError."""
    try:
        yield
    except Exception as error:  # sorted by `translate`: a client's own classes are known to this room only
        raise translate(error) from error


def fault_of_status(status: int, host: str) -> HubFault:
    """The fault that an answer with an error status (400 and up) amounts to."""
    detail = f"status {status}"
    if status in _CLOSED_TO_US:
        return AccessNeeded(
            _("{host} shows this only to people with access.").format(host=host),
            _("Ask for access on the model's page there, then enter your token in Paddock."),
            detail=detail,
        )
    if status in _NOT_THERE:
        return NotOnHub(
            _("{host} has nothing under this name.").format(host=host),
            _("It may have been renamed or taken down; search for it again."),
            detail=detail,
        )
    if status == TOO_MANY_REQUESTS:
        return HubBusy(
            _("{host} asks to be left alone for a while.").format(host=host),
            _("Try again in a few minutes."),
            detail=detail,
        )
    if status >= 500:
        return HubBusy(_("{host} has trouble of its own.").format(host=host), _("Try again later."), detail=detail)
    return Untrustworthy(
        _("{host} did not accept the request.").format(host=host),
        _("Try again; if it stays so, an update of Paddock may be needed."),
        detail=detail,
    )


def _certificate_fault(error: Exception, host: str) -> PaddockError | None:
    if not any(isinstance(cause, ssl.SSLError) for cause in _chain(error)):
        return None
    return Untrustworthy(
        _("The connection to {host} could not be proven to be genuine, so it was not used.").format(host=host),
        _(
            "A proxy of your company or a virus scanner may be reading along: ask its keeper to add their certificate"
            " to this system. A wrong date of this computer has the same effect."
        ),
        detail=type(error).__name__,
    )


def _connection_fault(error: Exception, host: str) -> PaddockError | None:
    detail = type(error).__name__
    again = _("Check the connection to the Internet, then try again.")
    if isinstance(error, httpx2.ProxyError):
        return Unreachable(
            _("The proxy that this system uses did not let the request to {host} through.").format(host=host),
            _("Check the proxy in the system's settings, or ask whoever runs it."),
            detail=detail,
        )
    if isinstance(error, httpx2.PoolTimeout):
        return HubBusy(
            _("Too many requests to {host} are under way.").format(host=host),
            _("Try again when a download has ended."),
            detail=detail,
        )
    if isinstance(error, httpx2.ConnectError):
        return Unreachable(_("{host} could not be reached.").format(host=host), again, detail=detail)
    if isinstance(error, httpx2.TimeoutException):
        return Unreachable(_("{host} did not answer in time.").format(host=host), again, detail=detail)
    if isinstance(error, (httpx2.NetworkError, httpx2.RemoteProtocolError, httpx2.StreamError, OSError)):
        return Unreachable(_("The connection to {host} broke off.").format(host=host), again, detail=detail)
    return None


def _protocol_fault(error: Exception, host: str) -> PaddockError | None:
    detail = type(error).__name__
    if isinstance(error, httpx2.TooManyRedirects):
        return Untrustworthy(
            _("{host} passed the request on too often.").format(host=host), _("Try again later."), detail=detail
        )
    if isinstance(error, (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError)):  # the last of a Location in odd letters
        return Untrustworthy(
            _("The answer of {host} could not be understood.").format(host=host),
            _("Nothing of it was used. Try again later."),
            detail=detail,
        )
    return None


def _host(error: Exception) -> str:
    request: httpx2.Request | None = getattr(error, "_request", None)  # the property raises where there is none
    return HUB.host if request is None else request.url.host


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
