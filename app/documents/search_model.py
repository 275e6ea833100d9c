"""The model for searching documents by meaning: the one that came with Paddock, or another that a person chose.

Vectors of one model are worth nothing to another, so those that were chosen before are remembered: one of them answers
for its vectors until the new ones are made. A chosen one that is not there (a drive that is not connected, a file that
was replaced) is waited for: hours of work were put into its vectors, and only the person gives them up.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.documents.ingest.worker import EMBEDDER_RESTS_S
from app.errors import PaddockError
from app.models import embedder, gguf
from app.settings import MOST_SEARCH_MODELS, SEARCH_MODEL, SEARCH_MODEL_ID, SEARCH_MODELS_BEFORE, Settings
from app.text import _

if TYPE_CHECKING:  # numpy, which only searching by meaning needs
    from app.documents.embedding.embedder import Embedder

LOOK_EVERY_S: Final = 2.0
"""At most so often it is seen whether the chosen file is there, and as it was."""
_Stamp = tuple[int, int]  # size in bytes, time of the last change in ns

_log = logging.getLogger(__name__)


class SearchModel:
    """Made when it is first asked for. Any thread may ask; `folder` is where the one of Paddock is made ready.

    `require_unchanged` raises ModelFault for a file that is not as it was when it was checked.
    """

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        *,
        require_unchanged: Callable[[Path], None] = lambda _path: None,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._require_unchanged = require_unchanged
        self._look_every_s = look_every_s
        self._lock = threading.Lock()
        self._made: dict[Path | None, Embedder] = {}  # None: the one that came with Paddock
        self._current: Embedder | None = None
        self._is_found = False  # whether `_current` says what is in use
        self._stamp: _Stamp | None = None  # of the chosen file, when it was last looked at
        self._look_at = 0.0
        self._is_closed = False

    def __call__(self) -> Embedder | None:
        """The one in use; None where this install has none, and while the one that was chosen is not there."""
        with self._lock:
            outdated = self._look()
            current = self._current
        if outdated is not None:
            outdated.close()
        return current

    def older(self, model_id: str) -> Embedder | None:
        """One that was in use before, while vectors of it are still there. None where it is gone."""
        before = [Path(text) for text in self._settings.get(SEARCH_MODELS_BEFORE)]
        with self._lock:
            for path in (*before, None):
                found = self._of(path)
                if found is not None and found.model.id == model_id:
                    return found
        return None

    def path(self) -> Path | None:
        """Of the one that was chosen, also while it is not there; None for the one that came with Paddock."""
        said = self._settings.get(SEARCH_MODEL)
        return Path(said) if said else None

    def is_missing(self) -> bool:
        """Whether one was chosen that cannot be used now: nothing is made searchable by meaning meanwhile."""
        return self() is None and self.path() is not None

    def note(self) -> str:
        """A sentence where the chosen one cannot be used; else empty."""
        if not self.is_missing():
            return ""
        with self._lock:
            is_there = self._stamp is not None
        if is_there:
            return _(
                "The model chosen for searching has changed and is not used. Until you choose it again, or another,"
                " documents are found by their words."
            )
        return _(
            "The model chosen for searching is not there. Until it is back, or you choose another, documents are found"
            " by their words."
        )

    def use(self, path: Path | None) -> None:
        """Search with this one from now on, None for the one that came with Paddock. Raises ModelFault.

        The library must then be told to `look_now`.
        """
        from app.documents.embedding import models  # late: only where another than Paddock's is used

        text = model_id = ""
        if path is not None:
            file = gguf.check(path).path
            self._require_unchanged(file)
            text, model_id = str(file), models.of_file(file).id
            self._put_down(file, but=model_id)
        self._write(text, model_id, (self._settings.get(SEARCH_MODEL), *self._settings.get(SEARCH_MODELS_BEFORE)))

    def follow(self, path: Path, moved: Path | None) -> None:
        """A file is somewhere else now, or was deleted by the person who was told what follows (None)."""
        old, new = str(path), "" if moved is None else str(moved)
        chosen, before = self._settings.get(SEARCH_MODEL), self._settings.get(SEARCH_MODELS_BEFORE)
        if old in (chosen, *before):
            named = [new if text == old else text for text in (chosen, *before)]
            self._write(named[0], self._settings.get(SEARCH_MODEL_ID) if named[0] else "", tuple(named[1:]))

    def put_down(self, path: Path) -> None:
        """Nothing of this file is in use when this returns; it may be again when it is next needed."""
        self._put_down(path)

    def rest_older(self) -> None:
        """Those that were not asked for a while give their memory back."""
        with self._lock:
            idle = [made for made in self._made.values() if made is not self._current]
        for made in idle:
            made.rest(idle_s=EMBEDDER_RESTS_S)

    def close(self) -> None:
        """For good. Idempotent."""
        with self._lock:
            self._is_closed = True
            self._current = None
            made = list(self._made.values())
            self._made.clear()
        for one in made:
            one.close()

    def _put_down(self, path: Path, *, but: str = "") -> None:
        """Unless it is the model of this id."""
        with self._lock:
            made = self._made.get(path)
            if made is None or made.model.id == but:
                return
            del self._made[path]
            self._is_found = self._is_found and made is not self._current
        made.close()

    def _write(self, chosen: str, model_id: str, before: tuple[str, ...]) -> None:
        """What is in use is found anew from then on."""
        kept = [text for text in dict.fromkeys(before) if text not in ("", chosen)]
        self._settings.set(SEARCH_MODELS_BEFORE, tuple(kept[:MOST_SEARCH_MODELS]))
        self._settings.set(SEARCH_MODEL_ID, model_id)
        self._settings.set(SEARCH_MODEL, chosen)
        with self._lock:
            self._is_found = False

    def _look(self) -> Embedder | None:
        """With the lock held: find the one in use, where that is not known or may have changed.

        Returns one whose file is gone or another now, to be closed.
        """
        now, path = time.monotonic(), self.path()
        if self._is_closed or (self._is_found and (path is None or now < self._look_at)):
            return None
        self._look_at = now + self._look_every_s
        stamp = None if path is None else _stamp(path)
        if self._is_found and stamp == self._stamp and (stamp is None or self._current is not None):
            return None
        outdated = None if path is None or stamp == self._stamp else self._made.pop(path, None)
        was_there = not self._is_found or self._current is not None
        self._stamp, self._is_found = stamp, True
        self._current = self._of(None) if path is None else self._chosen(path)
        if path is not None and self._current is None and was_there:
            _log.warning("the model chosen for searching cannot be used now")
        return outdated

    def _chosen(self, path: Path) -> Embedder | None:
        """With the lock held. None where another file has taken its place."""
        found = None if self._stamp is None else self._of(path)
        known = self._settings.get(SEARCH_MODEL_ID)  # empty where an earlier version chose
        return found if found is not None and known in ("", found.model.id) else None

    def _of(self, path: Path | None) -> Embedder | None:
        """With the lock held. None where there is no such model."""
        if self._is_closed:
            return None
        from app.documents.embedding import models  # late: numpy
        from app.documents.embedding.embedder import EngineEmbedder

        if path not in self._made:
            try:
                if path is None:
                    made = EngineEmbedder(models.starter(), embedder.embedder(self._folder))
                else:
                    self._require_unchanged(path)
                    made = EngineEmbedder(models.of_file(path), gguf.check(path).path)
            except PaddockError as fault:  # words find most of it
                if path is None:
                    _log.warning("no model for searching by meaning: %s", type(fault).__name__)
                return None
            self._made[path] = made
        return self._made[path]


def _stamp(path: Path) -> _Stamp | None:
    """Another one where the file has changed; None where it cannot be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
