"""A second lock on the door: an audit hook that refuses Internet sockets made by Python code in this process.

It cannot see native code (the children have seccomp for that); it is here so that a library which one day wants
to phone home fails loudly in the tests and silently sends nothing at a person's desk.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from app.errors import NetworkRefused
from app.net.policy import Policy
from app.text import _

_NETWORK_EVENTS = frozenset(
    {
        "socket.connect",
        "socket.bind",
        "socket.sendto",
        "socket.sendmsg",
        "socket.getaddrinfo",
        "socket.gethostbyname",
        "socket.gethostbyaddr",
        "socket.getnameinfo",
    }
)
_LOOK_UPS = frozenset(event for event in _NETWORK_EVENTS if event.startswith("socket.get"))


def arm(policy: Policy, on_refusal: Callable[[str], None] = lambda event: None) -> None:
    """Install the hook for the life of this process (an audit hook cannot be removed).

    Local sockets (AF_UNIX paths, which are str or bytes addresses) stay allowed: the keyring, the accessibility
    bus and the profile's own door use them. Raises NetworkRefused inside the offending call.
    """

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event not in _NETWORK_EVENTS or not policy.is_offline:
            return
        if event not in _LOOK_UPS and not (len(arguments) > 1 and isinstance(arguments[1], tuple)):
            return
        on_refusal(event)
        raise NetworkRefused(_("Paddock is offline."), _("Nothing was sent."), detail=event)

    sys.addaudithook(hook)
