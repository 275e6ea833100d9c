"""Keeps the chosen model loaded, so that Enter finds it ready, and says in words how it is doing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Signal, Slot

from app.chat.tree import Stats
from app.core import Core
from app.engine.stop import Stop
from app.errors import Cancelled, EngineFault, PaddockError
from app.text import _
from app.ui.bridge import Bridge, nothing

if TYPE_CHECKING:
    from app.desk import Outlook
    from app.engine.planning.planner import Place
    from app.engine.protocol import ModelFacts
    from app.models.gguf import ModelFile

LEAST_PATIENCE_S = 60.0
PATIENCE_TIMES = 10  # the forecast time to the first word
MOST_LOSSES, LOSSES_WITHIN_S = 3, 300.0

State = Literal["ready", "busy", "off", "fault"]


@dataclass(frozen=True, slots=True)
class ModelState:
    """What the header shows. `fraction` is of a load under way, else None; tokens are of the context, 0 unknown."""

    title: str
    words: str
    state: State
    fraction: float | None = None
    context_tokens: int = 0


_PLACES: dict[Place, Callable[[], str]] = {
    "gpu": lambda: _("On your GPU"),
    "split": lambda: _("On your GPU and this processor"),
    "cpu": lambda: _("On this processor"),
    "disk": lambda: _("Read from the disk while it answers"),
}


@dataclass(frozen=True, slots=True)
class _Loading:
    """How far a load is, 0 to 1."""

    fraction: float


@dataclass(frozen=True, slots=True)
class _Ready:
    """The model is loaded."""

    facts: ModelFacts


@dataclass(frozen=True, slots=True)
class _Failed:
    """It could not be loaded."""

    error: PaddockError


def place_words(place: Place) -> str:
    return _PLACES[place]()


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
        self._losses: list[float] = []
        self.patience_s = LEAST_PATIENCE_S
        """How long an answer may be silent before the person is asked."""
        self.state = ModelState(_("No model"), _("Choose one to begin"), "off")
        self._is_listening = False

    @property
    def facts(self) -> ModelFacts | None:
        """Of the loaded model; None while there is none."""
        return self._facts

    def choose(self, path: Path, chosen: Callable[[ModelFile], None], refused: Callable[[PaddockError], None]) -> None:
        """Look at a file, make it the model that answers, and load it."""

        def done(found: ModelFile) -> None:
            chosen(found)
            self.preload()

        self._bridge.run(lambda: self._core.desk.choose(path), done, refused)

    def preload(self) -> None:
        """Load the chosen model now, in the background; another load under way is given up."""
        self._listen()
        self.cancel()
        stop = self._stop = Stop()
        self._facts = None
        self._speed = 0.0

        def work(put: Callable[[_Loading | _Ready | _Failed], None]) -> None:
            try:
                engine = self._core.desk.acquire(lambda fraction: put(_Loading(fraction)), stop)
                put(_Ready(engine.facts))
            except PaddockError as error:
                put(_Failed(error))

        def on_events(events: tuple[_Loading | _Ready | _Failed, ...]) -> None:
            if stop is self._stop:
                self._take(events[-1])

        self._say(_("Loading…"), "busy", fraction=0.0)
        self._bridge.stream(work, on_events, nothing)

    def _listen(self) -> None:
        """To the host, from the first load on: before, there is no engine to hear of."""
        if not self._is_listening:
            self._is_listening = True
            self._core.host.on_lost(self._on_engine_lost)
            self._core.host.on_unloaded(self._on_engine_unloaded)

    @Slot()
    def release(self) -> None:
        """Give all memory back now; the next question loads the model again."""
        self.cancel()
        self._facts = None
        self._bridge.run(self._core.host.release, self._released, nothing)

    def _released(self, _result: object) -> None:
        self._say(_("Not loaded · its memory is free"), "off")

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

    # Called on threads of the engine's.

    def _on_engine_lost(self, error: EngineFault) -> None:
        self._bridge.post(partial(self._lost, error))

    def _on_engine_unloaded(self) -> None:
        self._bridge.post(partial(self._released, None))

    def _lost(self, error: EngineFault) -> None:
        """It ended by itself, perhaps while nobody asked anything: said, and loaded again in the background."""
        if self._core.host.current is None and self.state.fraction is None:
            self.engine_lost(error)
            if not self._is_given_up():
                self.preload()

    def _is_given_up(self) -> bool:
        """A model that was lost again and again is not loaded again by itself."""
        now = time.monotonic()
        self._losses = [at for at in self._losses if now - at < LOSSES_WITHIN_S] + [now]
        return len(self._losses) >= MOST_LOSSES

    def _take(self, event: _Loading | _Ready | _Failed) -> None:
        if isinstance(event, _Loading):
            self._say(
                _("Loading… {percent} %").format(percent=int(100 * event.fraction)), "busy", fraction=event.fraction
            )
        elif isinstance(event, _Ready):
            self._facts = event.facts
            self._ready()
            self._foretell()
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
        engine = self._core.host.current
        words = [] if engine is None else [place_words(engine.plan.place)]
        if self._speed:
            words.append(_("{speed:.0f} tokens/s").format(speed=self._speed))
        elif engine is not None and engine.plan.refusal:
            words.append(_("took less memory than planned"))  # until the first answer; the whole is in its settings
        self._say(" · ".join(words), "ready", context_tokens=facts.context_tokens)

    def _foretell(self) -> None:
        """How long may this model be silent?"""

        def told(outlook: Outlook) -> None:
            self.patience_s = max(LEAST_PATIENCE_S, PATIENCE_TIMES * outlook.forecast.first_word_s)

        path = self._core.desk.chosen()
        if path is not None:
            self._bridge.run(partial(self._core.desk.outlook, path), told, nothing)

    def _say(self, words: str, state: State, *, fraction: float | None = None, context_tokens: int = 0) -> None:
        path = self._core.desk.chosen()
        title = self._core.desk.titles.of(path) if path is not None else _("No model")
        self.state = ModelState(title, words, state, fraction, context_tokens)
        self.changed.emit(self.state)
