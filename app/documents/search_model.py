"""The model for searching documents by meaning: the one that came with Paddock, or another that a person chose.

Vectors of one model are worth nothing to another, so those that were chosen before are remembered: one of them answers
for its vectors until the new ones are made.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.documents.ingest.worker import EMBEDDER_RESTS_S
from app.errors import PaddockError
from app.models import embedder, gguf
from app.settings import MOST_SEARCH_MODELS, SEARCH_MODEL, SEARCH_MODELS_BEFORE, Settings
from app.text import _

if TYPE_CHECKING:  # numpy, which only searching by meaning needs
    from app.documents.embedding.embedder import Embedder

_log = logging.getLogger(__name__)


class SearchModel:
    """Made when it is first asked for. Any thread may ask; `folder` is where the one of Paddock is made ready.

    `require_unchanged` raises ModelFault for a file that is not as it was when it was checked.
    """

    def __init__(
        self, settings: Settings, folder: Path, *, require_unchanged: Callable[[Path], None] = lambda _path: None
    ) -> None:
        self._settings = settings
        self._folder = folder
        self._require_unchanged = require_unchanged
        self._lock = threading.Lock()
        self._made: dict[Path | None, Embedder] = {}  # None: the one that came with Paddock
        self._path: Path | None = None  # of the one in use
        self._current: list[Embedder | None] = []  # empty until it is asked for
        self._note = ""
        self._is_closed = False

    def __call__(self) -> Embedder | None:
        """The one in use; None where this install has none."""
        with self._lock:
            if not self._current:
                self._current.append(self._chosen())
            return self._current[0]

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
        """Of the one in use; None for the one that came with Paddock, which also steps in for one that is gone."""
        if not self._settings.get(SEARCH_MODEL):
            return None
        self()
        with self._lock:
            return self._path

    def note(self) -> str:
        """A sentence where the one in use is not the one that was chosen; else empty."""
        self()
        with self._lock:
            return self._note

    def use(self, path: Path | None) -> None:
        """Search with this one from now on, None for the one that came with Paddock. Raises ModelFault.

        The library must then be told to `look_now`.
        """
        from app.documents.embedding import models  # late: only where another than Paddock's is used

        text = ""
        if path is not None:
            file = gguf.check(path).path
            self._require_unchanged(file)
            models.of_file(file)
            text = str(file)
        self._write(text, (self._settings.get(SEARCH_MODEL), *self._settings.get(SEARCH_MODELS_BEFORE)))

    def follow(self, path: Path, moved: Path | None) -> None:
        """A file is somewhere else now, or gone (None)."""
        old, new = str(path), "" if moved is None else str(moved)
        chosen, before = self._settings.get(SEARCH_MODEL), self._settings.get(SEARCH_MODELS_BEFORE)
        if old in (chosen, *before):
            named = [new if text == old else text for text in (chosen, *before)]
            self._write(named[0], tuple(named[1:]))

    def put_down(self, path: Path) -> None:
        """Nothing of this file is in use when this returns; it may be again when it is next needed."""
        with self._lock:
            made = self._made.pop(path, None)
            if made is not None and made in self._current:
                self._current.clear()
        if made is not None:
            made.close()

    def rest_older(self) -> None:
        """Those that were not asked for a while give their memory back."""
        with self._lock:
            idle = [made for made in self._made.values() if made not in self._current]
        for made in idle:
            made.rest(idle_s=EMBEDDER_RESTS_S)

    def close(self) -> None:
        """For good. Idempotent."""
        with self._lock:
            self._is_closed = True
            self._current = [None]
            made = list(self._made.values())
            self._made.clear()
        for one in made:
            one.close()

    def _write(self, chosen: str, before: tuple[str, ...]) -> None:
        """What is in use is found anew from then on."""
        kept = [text for text in dict.fromkeys(before) if text not in ("", chosen)]
        self._settings.set(SEARCH_MODELS_BEFORE, tuple(kept[:MOST_SEARCH_MODELS]))
        self._settings.set(SEARCH_MODEL, chosen)
        with self._lock:
            if not self._is_closed:
                self._current.clear()

    def _chosen(self) -> Embedder | None:
        """The one that was chosen, else the one of Paddock."""
        said = self._settings.get(SEARCH_MODEL)
        self._path, self._note = Path(said) if said else None, ""
        found = self._of(self._path)
        if found is None and self._path is not None:
            _log.warning("the model chosen for searching cannot be used, so the one of Paddock is")
            self._note = _(
                "The model chosen for searching has changed or is not there any more, so the one of Paddock is used."
            )
            self._path, found = None, self._of(None)
        return found

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
                _log.warning("no model for searching by meaning: %s", type(fault).__name__)
                return None
            self._made[path] = made
        return self._made[path]
