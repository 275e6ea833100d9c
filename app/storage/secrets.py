"""Secrets in the keyring of the operating system.

Only the backends that speak to the system's own keyring count. A null or plaintext backend is "no keyring", so
that nothing is ever protected less than the person believes. Every call runs in a helper thread with a time limit,
because a locked ring shows a prompt and waits; after each `set` the secret is read back and compared, because the
null backend accepts and forgets.
"""

from __future__ import annotations

import base64
import binascii
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

from app.errors import ProfileLocked
from app.text import _

PROMPT_TIMEOUT_S = 60.0
"""How long a person may take to answer the prompt of a locked keyring."""

_SYSTEM_BACKENDS = frozenset(
    {
        "keyring.backends.SecretService",
        "keyring.backends.Windows",
        "keyring.backends.kwallet",
        "keyring.backends.libsecret",
        "keyring.backends.macOS",
    }
)
T = TypeVar("T")


class Secrets(Protocol):
    """A place for small secrets. `backend` names it ("" when there is none)."""

    @property
    def backend(self) -> str: ...

    @property
    def is_available(self) -> bool: ...

    def get(self, name: str) -> bytes | None:
        """The secret, or None when there is none by that name. Raises ProfileLocked when the ring stays shut."""
        ...

    def set(self, name: str, secret: bytes) -> None:
        """Keep the secret. Raises ProfileLocked when it was not kept."""
        ...

    def delete(self, name: str) -> None:
        """Forget the secret, if it is there. Raises ProfileLocked when the ring stays shut."""
        ...


class Ring(Protocol):
    """What we use of a backend of the `keyring` library."""

    def get_password(self, service: str, username: str) -> str | None: ...
    def set_password(self, service: str, username: str, password: str) -> None: ...
    def delete_password(self, service: str, username: str) -> None: ...


class KeyringSecrets:
    """The system's keyring. Thread-safe; no call takes longer than `timeout_s`."""

    def __init__(
        self,
        service: str = "Paddock",
        *,
        timeout_s: float = PROMPT_TIMEOUT_S,
        find_ring: Callable[[], Ring | None] | None = None,
    ) -> None:
        self._service = service
        self._timeout_s = timeout_s
        self._find_ring = find_ring or system_ring
        self._ring: Ring | None = None

    @property
    def backend(self) -> str:
        ring = self._found()
        return "" if ring is None else f"{type(ring).__module__}.{type(ring).__qualname__}"

    @property
    def is_available(self) -> bool:
        return self._found() is not None

    def get(self, name: str) -> bytes | None:
        ring = self._needed()
        text = self._ask(lambda: ring.get_password(self._service, name))
        if text is None:
            return None
        try:
            return base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            return None

    def set(self, name: str, secret: bytes) -> None:
        ring = self._needed()
        text = base64.b64encode(secret).decode("ascii")
        self._ask(lambda: ring.set_password(self._service, name, text))
        if self.get(name) != secret:
            raise ProfileLocked(_("The keyring of this computer did not keep the key."), _("Use a passphrase instead."))

    def delete(self, name: str) -> None:
        ring = self._needed()
        if self._ask(lambda: ring.get_password(self._service, name)) is not None:
            self._ask(lambda: ring.delete_password(self._service, name))

    def _found(self) -> Ring | None:
        if self._ring is None:
            try:
                self._ring = within(self._timeout_s, self._find_ring)
            except Exception:  # whatever a keyring plug-in raises while it looks for its service: there is none
                return None
        return self._ring

    def _needed(self) -> Ring:
        ring = self._found()
        if ring is None:
            raise ProfileLocked(
                _("This computer offers no keyring."), _("Use your passphrase or your recovery key instead.")
            )
        return ring

    def _ask(self, call: Callable[[], T]) -> T:
        try:
            return within(self._timeout_s, call)
        except Exception as error:  # keyring lets through what its backend raises: D-Bus, Win32, ctypes errors
            raise ProfileLocked(
                _("The keyring of this computer is locked or does not answer."),
                _("Unlock it and try again, or use your passphrase or your recovery key."),
                detail=type(error).__name__,
            ) from error


class MemorySecrets:
    """Secrets for tests and for `--temporary`: they end with the process."""

    def __init__(self, *, is_available: bool = True) -> None:
        self.is_available = is_available
        self.kept: dict[str, bytes] = {}

    @property
    def backend(self) -> str:
        return "memory" if self.is_available else ""

    def get(self, name: str) -> bytes | None:
        return self.kept.get(name)

    def set(self, name: str, secret: bytes) -> None:
        self.kept[name] = secret

    def delete(self, name: str) -> None:
        self.kept.pop(name, None)


def system_ring() -> Ring | None:
    """The backend of the system's own keyring that `keyring` would use, or None."""
    # Imported late: it looks for plug-ins and talks to the session bus, which a passphrase-only start need not.
    import keyring
    from keyring.backends.chainer import ChainerBackend

    chosen = keyring.get_keyring()
    rings: list[Ring] = list(chosen.backends) if isinstance(chosen, ChainerBackend) else [chosen]
    return next((ring for ring in rings if type(ring).__module__ in _SYSTEM_BACKENDS), None)


def within(timeout_s: float, work: Callable[[], T]) -> T:
    """The result of `work`, run in a thread of its own. Raises TimeoutError; the thread then ends when it can."""
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # handed to the caller, who is waiting for it
            outcome.set_exception(error)

    threading.Thread(target=run, name="keyring", daemon=True).start()
    return outcome.result(timeout_s)
