"""Keeps what the window says about the network true: reads how things stand, and stores what the person decides."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.core import Core
from app.net.policy import Consent
from app.ui.bridge import Bridge
from app.ui.network.state import UNTIL_ASKED, NetworkState


class NetworkKeeper(QObject):
    """One per window."""

    changed = Signal(object)  # NetworkState
    failed = Signal(object)  # PaddockError

    def __init__(self, core: Core, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self.state = UNTIL_ASKED

    @Slot()
    def look(self) -> None:
        self._bridge.run(self.read, self._found, self.failed.emit)

    def choose(self, consent: Consent) -> None:
        def work() -> NetworkState:
            self._core.set_consent(consent)
            return self.read()

        self._bridge.run(work, self._found, self.failed.emit)

    def read(self) -> NetworkState:
        """How things stand. Reads the database, so not for the window's thread."""
        core = self._core
        requests, _sent_bytes, _received_bytes = core.ledger.totals()
        return NetworkState(
            consent=core.gate.consent,
            is_fixed_by_admin=core.gate.is_fixed_by_admin,
            requests=requests,
            is_token_kept=core.token.is_kept,
            problem=core.outside.admin.problem,
            host=core.outside.endpoint.host,
        )

    def _found(self, state: NetworkState) -> None:
        self.state = state
        self.changed.emit(state)
