"""A second lock on the door: an audit hook that refuses Internet sockets made by Python code in this process.

It cannot see native code (the children have seccomp for that); it is here so that a library which one day wants
to phone home fails loudly in the tests and silently sends nothing at a person's desk. A request that passed the
gate opens the door for its own thread, to its own host, for as long as it is being sent.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator

from app.errors import NetworkRefused
from app.text import _

_CONNECT = "socket.connect"
_LOOK_UP = "socket.getaddrinfo"
_OTHER_LOOK_UPS = frozenset({"socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"})
_NETWORK_EVENTS = _OTHER_LOOK_UPS | {_CONNECT, _LOOK_UP, "socket.bind", "socket.sendto", "socket.sendmsg"}


class Door:
    """Shut, unless a thread is inside `opened_for`: then it may look up that one name and connect to that port."""

    def __init__(self) -> None:
        self._here = threading.local()

    @contextlib.contextmanager
    def opened_for(self, host: str, port: int) -> Iterator[None]:
        before = getattr(self._here, "way", None)
        self._here.way = (host.lower(), port)
        try:
            yield
        finally:
            self._here.way = before

    def lets(self, event: str, arguments: tuple[object, ...]) -> bool:
        """Whether this thread may do what an audit event announces."""
        way: tuple[str, int] | None = getattr(self._here, "way", None)
        if way is None:
            return False
        host, port = way
        if event == _LOOK_UP:
            return str(arguments[0]).lower() == host and arguments[1] == port
        if event == _CONNECT and isinstance(arguments[1], tuple):
            return bool(arguments[1][1] == port)
        return False


def arm(door: Door, on_refusal: Callable[[str], None] = lambda event: None) -> None:
    """Install the hook for the life of this process (an audit hook cannot be removed).

    Local sockets (AF_UNIX paths, which are str or bytes addresses) stay allowed: the keyring, the accessibility
    bus and the profile's own line use them. Raises NetworkRefused inside the offending call.
    """

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event not in _NETWORK_EVENTS:
            return
        is_look_up = event == _LOOK_UP or event in _OTHER_LOOK_UPS
        if not is_look_up and not (len(arguments) > 1 and isinstance(arguments[1], tuple)):
            return
        if door.lets(event, arguments):
            return
        on_refusal(event)
        raise NetworkRefused(_("Paddock is offline."), _("Nothing was sent."), detail=event)

    sys.addaudithook(hook)
