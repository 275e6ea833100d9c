"""Which way a request takes: straight, or through the proxy that the system is set to use.

TLS is always verified by the system's own certificates; no environment variable replaces or widens them.
"""

from __future__ import annotations

import threading
import urllib.request
from dataclasses import dataclass

import httpx2

from app.errors import NetworkRefused, Unreachable
from app.text import _

_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}


@dataclass(frozen=True, slots=True)
class Way:
    """A transport, and the one name and port that it connects to."""

    transport: httpx2.BaseTransport
    host: str
    port: int


class Proxies:
    """Makes ways when they are first needed (the certificates take 50 ms to read) and keeps them."""

    def __init__(self, *, is_direct: bool, limits: httpx2.Limits) -> None:
        self._is_direct = is_direct
        self._limits = limits
        self._lock = threading.Lock()
        self._transports: dict[str, httpx2.HTTPTransport] = {}
        self._is_closed = False

    def to(self, url: httpx2.URL) -> Way:
        """The way to `url`. Looks up nothing. Raises Unreachable for an unusable proxy, NetworkRefused once closed."""
        proxy = None if self._is_direct else system_proxy(url.host)
        target = url if proxy is None else proxy
        return Way(
            self._transport(proxy),
            host=target.raw_host.decode("ascii"),
            port=target.port or _PORTS[target.scheme],
        )

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            transports = tuple(self._transports.values())
            self._transports.clear()
        for transport in transports:
            transport.close()

    def _transport(self, proxy: httpx2.URL | None) -> httpx2.HTTPTransport:
        with self._lock:
            if self._is_closed:
                raise NetworkRefused(_("Paddock is offline."), _("Nothing was sent."), detail="closed")
            known = self._transports.get(str(proxy))
            if known is None:
                try:
                    known = httpx2.HTTPTransport(trust_env=False, limits=self._limits, proxy=proxy)
                except (ImportError, ValueError) as error:
                    raise _unusable(error) from error
                self._transports[str(proxy)] = known
            return known


def system_proxy(host: str) -> httpx2.URL | None:
    """The proxy of the environment, the registry or the system's settings; None for a straight way.

    Exceptions count where they are in the environment: those of Windows may ask for a look-up first.
    """
    proxies = urllib.request.getproxies()
    text = proxies.get("https") or proxies.get("all")
    if not text or _is_excepted(host, proxies.get("no", "")):
        return None
    try:
        proxy = httpx2.URL(text if "://" in text else f"http://{text}")
    except httpx2.InvalidURL as error:
        raise _unusable(error) from error
    if proxy.scheme not in _PORTS or not proxy.host:
        raise _unusable(None)
    return proxy


def _is_excepted(host: str, no_proxy: str) -> bool:
    """Whether NO_PROXY names `host`: itself, a domain above it, or everything."""
    names = [name.strip().lower().removeprefix("*.").lstrip(".") for name in no_proxy.split(",")]
    return any(name == "*" or (name and (host == name or host.endswith(f".{name}"))) for name in names)


def _unusable(error: Exception | None) -> Unreachable:
    return Unreachable(
        _("This system is set to use a proxy of a kind that Paddock does not know."),
        _("Set an HTTP proxy in the system's settings, or none."),
        detail=type(error).__name__,
    )
