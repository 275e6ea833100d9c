"""Keeps the chosen model loaded, so that Enter finds it ready, and says in words how it is doing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal, Slot

from app.chat.tree import Stats
from app.core import Core
from app.engine.client import Stop
from app.engine.protocol import ModelFacts
from app.errors import Cancelled, PaddockError
from app.models import library
from app.models.gguf import ModelFile
from app.text import _
from app.ui.bridge import Bridge, nothing

State = Literal["ready", "busy", "off", "fault"]


@dataclass(frozen=True, slots=True)
class ModelState:
    """What the header shows. `fraction` is of a load under way, else None; tokens are of the context, 0 unknown."""

    title: str
    words: str
    state: State
    fraction: float | None = None
    context_tokens: int = 0


@dataclass(frozen=True, slots=True)
class _Loading:
    fraction: float


@dataclass(frozen=True, slots=True)
class _Ready:
    facts: ModelFacts


@dataclass(frozen=True, slots=True)
class _Failed:
    error: PaddockError


class ModelKeeper(QObject):
    """One per window."""

    changed = Signal(object)  # ModelState
    loaded = Signal()
    failed = Signal(object)  # PaddockError

    def __init__(self, core: Core, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self._stop: Stop | None = None
        self._facts: ModelFacts | None = None
        self._speed = 0.0
        self.state = ModelState(_("No model"), _("Choose one to begin"), "off")

    @property
    def facts(self) -> ModelFacts | None:
        """Of the loaded model; None while there is none."""
        return self._facts

    def choose(self, path: Path, chosen: Callable[[ModelFile], None], refused: Callable[[PaddockError], None]) -> None:
        """Look at a file, make it the model that answers, and load it."""

        def done(found: ModelFile) -> None:
            chosen(found)
            self.preload()

        self._bridge.run(lambda: self._core.choose_model(path), done, refused)

    def preload(self) -> None:
        """Load the chosen model now, in the background; another load under way is given up."""
        self.cancel()
        stop = self._stop = Stop()
        self._facts = None
        self._speed = 0.0

        def work(put: Callable[[_Loading | _Ready | _Failed], None]) -> None:
            try:
                engine = self._core.acquire_engine(lambda fraction: put(_Loading(fraction)), stop)
                put(_Ready(engine.facts))
            except PaddockError as error:
                put(_Failed(error))

        def on_events(events: tuple[_Loading | _Ready | _Failed, ...]) -> None:
            if stop is self._stop:
                self._take(events[-1])

        self._say(_("Loading…"), "busy", fraction=0.0)
        self._bridge.stream(work, on_events, nothing)

    @Slot()
    def cancel(self) -> None:
        """Give up a load under way."""
        if self._stop is not None:
            self._stop.set()
            self._stop = None
            if self.state.fraction is not None:
                self._say(_("Not loaded"), "off")

    def engine_loads(self, fraction: float) -> None:
        """A question waits for the engine, which is loading because it was lost or never there."""
        if self.state.fraction is None:
            self._facts = None
            self._say(_("Loading… {percent} %").format(percent=int(100 * fraction)), "busy")

    @Slot()
    def engine_answers(self) -> None:
        """The engine has begun with a question, so whatever was wrong with it is over."""
        engine = self._core.host.current
        if engine is not None and self.state.state != "ready":
            self._facts = engine.facts
            self._ready()

    def answer_ended(self, stats: Stats | None) -> None:
        """An answer tells how fast this model really is here."""
        engine = self._core.host.current
        if engine is None:
            self._facts = None
            self._say(_("Not loaded"), "off")
            return
        self._facts = engine.facts
        if stats is not None and stats.decode_s > 0 and stats.answer_tokens > 1:
            self._speed = stats.answer_tokens / stats.decode_s
        self._ready()

    def engine_lost(self, error: PaddockError) -> None:
        """The engine child is gone; the next question starts a new one."""
        self._facts = None
        self._say(error.message, "fault")

    def _take(self, event: _Loading | _Ready | _Failed) -> None:
        if isinstance(event, _Loading):
            self._say(
                _("Loading… {percent} %").format(percent=int(100 * event.fraction)), "busy", fraction=event.fraction
            )
        elif isinstance(event, _Ready):
            self._facts = event.facts
            self._ready()
            self.loaded.emit()
        elif isinstance(event.error, Cancelled):
            self._say(_("Not loaded"), "off")
        else:
            self._say(event.error.message, "fault")
            self.failed.emit(event.error)

    def _ready(self) -> None:
        facts = self._facts
        if facts is None:
            return
        has_gpu = any(not name.upper().startswith("CPU") for name in facts.devices)
        place = _("On your GPU") if has_gpu else _("On this processor")
        speed = _("{speed:.0f} tokens/s").format(speed=self._speed) if self._speed else ""
        self._say(" · ".join(part for part in (place, speed) if part), "ready", context_tokens=facts.context_tokens)

    def _say(self, words: str, state: State, *, fraction: float | None = None, context_tokens: int = 0) -> None:
        path = self._core.model_path()
        title = library.title_of(path) if path is not None else _("No model")
        self.state = ModelState(title, words, state, fraction, context_tokens)
        self.changed.emit(self.state)
