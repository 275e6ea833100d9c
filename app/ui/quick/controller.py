"""A quick question from beginning to end: asked in a temporary chat, answered in the small window, and forgotten.

What follows while the window is open goes on in the same chat. Putting the window away stops the answer and ends the
chat; "Open in Paddock" hands the question on instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.chat import events
from app.core import Core
from app.engine.stop import Stop
from app.errors import Cancelled, PaddockError
from app.text import _
from app.ui import clipboard
from app.ui.bridge import Bridge, nothing
from app.ui.chat.items import CopyRequested
from app.ui.quick.quick_window import QuickAsked, QuickWindow
from app.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class QuickKept:
    """To be asked in a chat that is kept; `answer` is what was said to it, in case that is of use."""

    question: str
    answer: str


class QuickAsk(QObject):
    """Parented to the window that is to come forward on "Open in Paddock"."""

    open_requested = Signal(object)  # QuickKept
    link_requested = Signal(object)  # LinkRequested
    hidden = Signal()

    def __init__(self, core: Core, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self._home: str | None = None
        self._tip: str | None = None
        self._question = ""
        self._answer = ""
        self._stop: Stop | None = None
        self._round = 0
        # Without a parent: a window below another comes and goes with it on some systems.
        self.window = QuickWindow(theme)
        parent.destroyed.connect(self.window.deleteLater)
        self.window.asked.connect(self._on_asked)
        self.window.stop_requested.connect(self.stop)
        self.window.hidden.connect(self._on_hidden)
        self.window.copy_requested.connect(self._on_copy)
        self.window.copy_answer_requested.connect(self._on_copy_answer)
        self.window.link_requested.connect(self.link_requested)
        self.window.open_requested.connect(self._on_open)

    @property
    def is_shown(self) -> bool:
        return self.window.isVisible()

    @property
    def is_busy(self) -> bool:
        return self._stop is not None

    def show(self, words: str = "") -> None:
        """Brings the window; with `words`, they are asked at once."""
        if words:
            self._forget()
        self.window.open(words)
        if words:
            self._on_asked(QuickAsked(words))

    @Slot()
    def toggle(self) -> None:
        """For keys: they bring it, and put it away again while it is in front."""
        if self.window.isActiveWindow():
            self.window.close()
        else:
            self.show()

    def close(self) -> None:
        """Paddock ends."""
        self.window.close()

    @Slot()
    def stop(self) -> None:
        if self._stop is not None:
            self._stop.set()

    @Slot(object)
    def _on_asked(self, asked: QuickAsked) -> None:
        if self._stop is not None:
            return
        self._question, self._answer = asked.question, ""
        stop = self._stop = Stop()
        self._round += 1
        this, core, home, tip = self._round, self._core, self._home, self._tip
        self.window.begin()

        def work(put: Callable[[events.Event], None]) -> None:
            session = core.room(home, is_temporary=True).session
            session.send(home, asked.question, parent_id=tip, on_event=put, stop=stop)

        def on_events(happened: tuple[events.Event, ...]) -> None:
            nonlocal home
            for event in happened:
                home = event.question.conversation_id if isinstance(event, events.Started) else home
            if this == self._round:
                self._take(happened)

        def done() -> None:
            if this == self._round:
                self._stop = None
            else:
                self._purge(home)

        self._bridge.stream(work, on_events, done)

    def _take(self, happened: tuple[events.Event, ...]) -> None:
        """One frame's worth: drawn once."""
        before = self._answer
        for event in happened:
            if isinstance(event, events.Delta):
                self._answer += event.text
        if self._answer != before:
            self.window.show_answer(self._answer)
        for event in happened:
            self._tell(event)

    def _tell(self, event: events.Event) -> None:
        if isinstance(event, events.Started):
            self._home, self._tip = event.question.conversation_id, event.answer.id
        elif isinstance(event, events.Loading):
            self.window.say(_("Loading the model… {percent} %").format(percent=round(event.fraction * 100)))
        elif isinstance(event, events.Prefilling) and not self._answer:
            self.window.say(_("Thinking…"))
        elif isinstance(event, events.Finished):
            self._end("")
        elif isinstance(event, events.Failed):
            self._end("" if isinstance(event.error, Cancelled) else str(event.error))

    def _end(self, words: str) -> None:
        self._stop = None
        self.window.finish(self._answer, words)

    def _forget(self) -> None:
        """The chat goes with the window, from the memory where alone it was; one that is being answered, after that."""
        is_over = self._stop is None
        self.stop()
        self._stop = None
        self._round += 1
        self._question = self._answer = ""
        home, self._home, self._tip = self._home, None, None
        if is_over:
            self._purge(home)

    def _purge(self, home: str | None) -> None:
        if home is None:
            return
        chats = self._core.room(home, is_temporary=True).chats

        def work() -> None:
            chats.to_bin((home,), 0.0)
            chats.purge((home,))

        self._bridge.run(work, nothing, _nothing_to_tell)

    @Slot()
    def _on_hidden(self) -> None:
        self._forget()
        self.window.clear()
        self.hidden.emit()

    @Slot()
    def _on_open(self) -> None:
        self.open_requested.emit(QuickKept(self._question, self._answer))
        self.window.close()

    @Slot(object)
    def _on_copy(self, request: CopyRequested) -> None:
        clipboard.put(request.text)

    @Slot()
    def _on_copy_answer(self) -> None:
        clipboard.put(self._answer)
        self.window.say(_("The answer was copied."))


def _nothing_to_tell(_error: PaddockError) -> None:
    """A chat that could not be forgotten early is forgotten when Paddock ends."""
