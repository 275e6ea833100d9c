"""Getting past a gated repository: the dialog that explains it, and the token on its way to the keyring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.core import Core
from app.errors import PaddockError
from app.net.policy import HUB
from app.text import _
from app.ui.bridge import Bridge
from app.ui.models.access_dialog import AccessDialog, AccessShown, TokenGiven
from app.ui.theme import Theme


@dataclass(slots=True)
class _Visit:
    """One dialog, from its opening to its end. It is deleted when it closes, and touched no more from then on."""

    dialog: AccessDialog
    again: Callable[[], None]
    is_over: bool = False


class Access(QObject):
    """One per window."""

    failed = Signal(object)  # PaddockError
    link_requested = Signal(object)  # LinkRequested

    def __init__(self, core: Core, bridge: Bridge, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._core = core
        self._bridge = bridge
        self._theme = theme

    def ask(self, repository: str, again: Callable[[], None], *, reason: str = "") -> None:
        """Explain, take a token, and do `again` what was refused. The person may leave it.

        `reason` is the hub's word as a sentence, where it is known.
        """
        self._bridge.run(partial(self._shown, repository, reason), partial(self._open, again), self.failed.emit)

    def _shown(self, repository: str, reason: str) -> AccessShown:
        """On a worker thread, as the keyring may have to be asked. Raises ProfileLocked."""
        token = self._core.token
        return AccessShown(
            repository,
            reason,
            has_token=token() is not None,
            keyring=_("your system's keyring") if token.has_keyring else "",
            page=f"{HUB.url}/{repository}",
            token_page=f"{HUB.url}/settings/tokens",
        )

    def _open(self, again: Callable[[], None], shown: AccessShown) -> None:
        dialog = AccessDialog(self._theme, shown, parent=self._window)
        visit = _Visit(dialog, again)
        dialog.token_given.connect(partial(self._on_token, visit))
        dialog.retry_requested.connect(partial(self._go_on, visit))
        dialog.forget_requested.connect(partial(self._on_forget, visit))
        dialog.rejected.connect(partial(self._on_left, visit))
        dialog.link_requested.connect(self.link_requested)
        dialog.open()

    def _on_token(self, visit: _Visit, told: TokenGiven) -> None:
        visit.dialog.set_busy(True)
        self._bridge.run(
            partial(self._core.token.give, told.token), partial(self._go_on, visit), partial(self._refused, visit)
        )

    def _on_forget(self, visit: _Visit) -> None:
        visit.dialog.set_busy(True)
        self._bridge.run(self._core.token.forget, partial(self._forgotten, visit), partial(self._refused, visit))

    def _go_on(self, visit: _Visit, _result: object = None) -> None:
        if not visit.is_over:
            visit.is_over = True
            visit.dialog.accept()
            visit.again()

    def _forgotten(self, visit: _Visit, _result: object) -> None:
        if not visit.is_over:
            visit.dialog.reject()

    def _refused(self, visit: _Visit, error: PaddockError) -> None:
        if visit.is_over:
            self.failed.emit(error)
            return
        visit.dialog.set_busy(False)
        visit.dialog.show_fault(str(error))

    def _on_left(self, visit: _Visit) -> None:
        visit.is_over = True
