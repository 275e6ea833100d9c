"""Everything that the engine does for this window's chats just now, whichever of them is on screen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from app.chat.events import Event, Failed, Finished, OnEvent
from app.chat.store import ChatStore
from app.chat.tree import Draft, Edit
from app.ui.bridge import Bridge
from app.ui.chat.silence import Silence
from app.ui.chat.turn import Turn
from app.ui.models.keeper import LEAST_PATIENCE_S

LOOK_EVERY_MS = 1_000


@dataclass(frozen=True, slots=True)
class Happened:
    """`turn` has already taken `event` in; after Finished or Failed it is none of those under way any more."""

    turn: Turn
    event: Event


class Turns(QObject):
    """Begins turns, hands on what happens in them, and notices when one is silent for long."""

    changed = Signal()  # one began or ended
    happened = Signal(object)  # Happened
    drawn = Signal(object)  # Turn: there is something new to show of it
    ended = Signal(object)  # Turn: it is none of these any more

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._turns: list[Turn] = []
        self._watch = QTimer(self)
        self._watch.setInterval(LOOK_EVERY_MS)
        self._watch.timeout.connect(self._on_watch)
        self.patience_s = LEAST_PATIENCE_S
        """How long the model may say nothing before the person is asked."""

    def __iter__(self) -> Iterator[Turn]:
        return iter(tuple(self._turns))

    @property
    def homes(self) -> frozenset[str]:
        """The conversations that are being worked on."""
        return frozenset(turn.home for turn in self._turns if turn.home is not None)

    @property
    def is_idle(self) -> bool:
        return not self._turns

    def on(self, page: int, home: str | None) -> Turn | None:
        """The one on this page: of its chat, or begun there before its chat existed."""
        return next((turn for turn in self._turns if turn.is_on(page, home)), None)

    def begin(
        self,
        work: Callable[[Turn, OnEvent], None],
        *,
        chats: ChatStore,
        page: int,
        home: str | None,
        sent: Draft = Draft(),  # noqa: B008 - frozen
        edit: Edit | None = None,
        is_summary: bool = False,
    ) -> None:
        """Do `work` off the main thread. `sent` stands in the composer of that chat until it is committed, and `edit`
        is kept until then."""
        silence = Silence(time.monotonic())
        turn = Turn(page, chats, silence, home=home, origin=home, sent=sent, edit=edit, is_summary=is_summary)
        self._turns.append(turn)
        self._watch.start()
        self.changed.emit()

        def run(put: OnEvent) -> None:
            work(turn, put)

        def on_events(events: tuple[Event, ...]) -> None:
            self._on_events(turn, events)

        def done() -> None:
            self._end(turn)

        self._bridge.stream(run, on_events, done)

    def stop(self, home: str | None = None) -> None:
        """Those of one conversation, or all; their last words are saved by their workers."""
        for turn in self._turns:
            if home is None or turn.home == home:
                turn.stop.set()

    def keep_waiting(self, answer_id: str) -> None:
        """The person would rather wait for a model that says nothing."""
        for turn in self:
            if turn.answer is not None and turn.answer.id == answer_id:
                turn.keep_waiting(time.monotonic())
                self.drawn.emit(turn)

    def _end(self, turn: Turn) -> None:
        if turn in self._turns:
            self._turns.remove(turn)
            if not self._turns:
                self._watch.stop()
            self.changed.emit()
            self.ended.emit(turn)

    def _on_events(self, turn: Turn, events: tuple[Event, ...]) -> None:
        for event in events:
            if isinstance(event, Finished | Failed):
                self._end(turn)
                self.happened.emit(Happened(turn, event))
                return
            turn.take(event, time.monotonic())
            self.happened.emit(Happened(turn, event))
        self.drawn.emit(turn)

    @Slot()
    def _on_watch(self) -> None:
        """Who waits for another chat's answer is not silent."""
        now = time.monotonic()
        for turn in self:
            if any(other.is_answering for other in self._turns if other is not turn):
                turn.silence.heard(now)
            elif turn.look(now, self.patience_s):
                self.drawn.emit(turn)
