"""What may leave this machine. The default, and so far the only policy, is nothing.

Every future request is declared as a `Purpose` here, so that this file lists all that Paddock could ever send.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.errors import NetworkRefused
from app.text import _


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why a request would be made, as the person reads it, and to which host."""

    sentence: str
    host: str


PURPOSES: tuple[Purpose, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """`is_offline` is the default and means: no request, no name look-up, no connection."""

    is_offline: bool = True

    def require(self, purpose: Purpose) -> None:
        """Raises NetworkRefused unless `purpose` is declared and the policy lets it out."""
        if self.is_offline or purpose not in PURPOSES:
            raise NetworkRefused(
                _("Paddock is offline and did not contact {host}.").format(host=purpose.host),
                _("Nothing was sent."),
            )
