"""What models are called: as they were fetched or found under, where the file's own name says less.

Kept under "title/<path>". The starter and files that were only ever opened need no entry.
"""

from __future__ import annotations

import threading
from pathlib import Path

from app.declared import Backend
from app.models import library

_TITLE = "title/"
MOST_CHARACTERS = 200


class Titles:
    """One per open profile; thread-safe. Reading is a look into memory, so the window may ask on its own thread."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._lock = threading.Lock()
        stored = backend.all()
        self._titles = {key.removeprefix(_TITLE): text for key, text in stored.items() if key.startswith(_TITLE)}

    def of(self, path: Path) -> str:
        with self._lock:
            return self._titles.get(str(path)) or library.title_of(path)

    def keep(self, path: Path, title: str) -> None:
        title = title[:MOST_CHARACTERS]
        if title == library.title_of(path):
            self.forget(path)
            return
        with self._lock:
            self._titles[str(path)] = title
        self._backend.set(_TITLE + str(path), title)

    def forget(self, path: Path) -> None:
        with self._lock:
            was_kept = self._titles.pop(str(path), None) is not None
        if was_kept:
            self._backend.remove(_TITLE + str(path))
