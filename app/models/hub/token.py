"""The hub's access token: in the keyring of the operating system, or, where there is none, in memory until the end.

Nothing else ever holds it: no file, no database, no log. That one was given is remembered as a setting, so that the
keyring is not asked (which can show a prompt) by those who never had one.
"""

from __future__ import annotations

import re
import threading
from typing import Protocol

from app.errors import UsageError
from app.settings import HAS_TOKEN, Settings
from app.storage.secrets import Secrets
from app.text import _

SECRET = "hub-token"  # noqa: S105 - the name that it is kept under
_FORM = re.compile(r"[A-Za-z0-9_\-.]{8,256}")


class Token(Protocol):
    """The token of now, or None."""

    def __call__(self) -> str | None: ...


class HubToken:
    """One per open profile; thread-safe. Calls can wait for the keyring, so they belong on a worker thread."""

    def __init__(self, secrets: Secrets, settings: Settings) -> None:
        self._secrets = secrets
        self._settings = settings
        self._lock = threading.Lock()
        self._token: str | None = None

    def __call__(self) -> str | None:
        """Raises ProfileLocked where the keyring that has it stays shut."""
        with self._lock:
            if self._token is None and self._settings.get(HAS_TOKEN) and self._secrets.is_available:
                kept = self._secrets.get(SECRET)
                self._token = kept.decode("ascii", "ignore") if kept else None
            return self._token

    @property
    def is_kept(self) -> bool:
        """Whether it is there again after a restart."""
        return self._settings.get(HAS_TOKEN)

    @property
    def is_held(self) -> bool:
        """Whether requests to the hub carry one. Does not ask the keyring."""
        return self._token is not None or self._settings.get(HAS_TOKEN)

    @property
    def has_keyring(self) -> bool:
        return self._secrets.is_available

    def give(self, untrusted_text: str) -> None:
        """Keep it. Raises UsageError for what cannot be one, ProfileLocked where the keyring did not take it."""
        token = untrusted_text.strip()
        if not _FORM.fullmatch(token):
            raise UsageError(
                _("This does not look like an access token."),
                _("Copy it whole from the hub's page; it begins with hf_."),
            )
        with self._lock:
            if self._secrets.is_available:
                self._secrets.set(SECRET, token.encode("ascii"))
                self._settings.set(HAS_TOKEN, True)
            self._token = token

    def forget(self) -> None:
        """Raises ProfileLocked where the keyring stays shut; it is not used any more even then."""
        with self._lock:
            self._token = None
            was_kept = self._settings.get(HAS_TOKEN)
            self._settings.set(HAS_TOKEN, False)
            if was_kept and self._secrets.is_available:
                self._secrets.delete(SECRET)
