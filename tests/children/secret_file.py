"""A keyring for tests that start Paddock twice: secrets in one plain file. Never part of the app."""

from __future__ import annotations

import json
from pathlib import Path


class FileSecrets:
    """The protocol app.storage.secrets.Secrets."""

    backend = "test file"
    is_available = True

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, name: str) -> bytes | None:
        text = self._all().get(name)
        return None if text is None else bytes.fromhex(text)

    def set(self, name: str, secret: bytes) -> None:
        self._path.write_text(json.dumps(self._all() | {name: secret.hex()}))

    def delete(self, name: str) -> None:
        self._path.write_text(json.dumps({k: v for k, v in self._all().items() if k != name}))

    def _all(self) -> dict[str, str]:
        if not self._path.exists():
            return {}
        stored: dict[str, str] = json.loads(self._path.read_text())
        return stored
