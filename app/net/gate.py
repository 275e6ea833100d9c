"""Where each request is weighed: the administrator's word, then the person's, then leave for this one errand.

It decides from what it was told and touches nothing, so that a refusal comes before any name is looked up.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

from app.errors import NetworkRefused
from app.frozen import dataclass
from app.net.policy import DETAILS, DOWNLOAD, HUB, PURPOSES, TERMS, AdminPolicy, Consent, Endpoint, Purpose
from app.text import _


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing that the person wants from the hub. `subject`: a repository "owner/name", or the words searched for."""

    purpose: Purpose
    subject: str


class ConsentNeeded(NetworkRefused):
    """The person has to be asked first; with `Gate.allow_once` the same call goes through."""

    def __init__(self, errand: Errand, host: str) -> None:
        super().__init__(
            _("Paddock would like to ask {host} {purpose}.").format(host=host, purpose=_(errand.purpose.sentence)),
            _("Nothing was sent. Allow it and try again, or stay offline."),
        )
        self.errand = errand
        self.host = host


class Gate:
    """Says yes or no to errands. Any thread may ask."""

    def __init__(self, admin: AdminPolicy, consent: Callable[[], Consent], *, endpoint: Endpoint = HUB) -> None:
        self._admin = admin
        self._consent = consent
        self._endpoint = endpoint
        self._allowed: Counter[Errand] = Counter()
        self._lock = threading.Lock()

    @property
    def is_fixed_by_admin(self) -> bool:
        return self._admin.is_never

    @property
    def consent(self) -> Consent:
        """What counts now; a word that is not known counts as never."""
        if self._admin.is_never:
            return "never"
        wish = self._consent()
        return wish if wish in ("ask", "models") else "never"

    def require(self, errand: Errand) -> None:
        """Raises NetworkRefused where the answer is never, and ConsentNeeded where the person is still to be asked."""
        consent = self.require_online()
        host = self._endpoint.host
        if errand.purpose not in PURPOSES:
            raise _offline(host, _("Nothing was sent."))
        if consent == "ask" and not self._is_allowed(errand):
            raise ConsentNeeded(errand, host)

    def require_online(self) -> Consent:
        """What counts now. Raises NetworkRefused where it is never, which ends what is still coming in as well."""
        consent = self.consent
        if consent == "never":
            raise _offline(self._endpoint.host, self._why_never())
        return consent

    def allow_once(self, errand: Errand) -> None:
        """Let `errand` through until it is withdrawn, which whoever runs it does when it is done."""
        with self._lock:
            self._allowed[errand] += 1

    def withdraw(self, errand: Errand) -> None:
        """Take one `allow_once` back; without one, nothing happens."""
        with self._lock:
            self._allowed[errand] -= 1
            self._allowed = +self._allowed

    def _is_allowed(self, errand: Errand) -> bool:
        """A download that was allowed needs the list of the repository's files and its terms as well."""
        download = Errand(DOWNLOAD, errand.subject)
        with self._lock:
            is_part_of_one = errand.purpose in (DETAILS, TERMS) and self._allowed[download] > 0
            return is_part_of_one or self._allowed[errand] > 0

    def _why_never(self) -> str:
        if self._admin.problem:
            return self._admin.problem
        if self._admin.is_never:
            return _("Nothing was sent. The administrator of this computer keeps Paddock offline.")
        return _("Nothing was sent. You can allow it in the settings, under Network.")


def _offline(host: str, next_step: str) -> NetworkRefused:
    return NetworkRefused(_("Paddock is offline and did not contact {host}.").format(host=host), next_step)
