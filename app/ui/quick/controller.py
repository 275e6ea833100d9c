"""A quick question from beginning to end: asked in a temporary chat, answered in the small window, and forgotten.

What follows while the window is open goes on in the same chat. Putting the window away stops the answer and ends the
chat; "Open in Paddock" hands the question on instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.chat import events
from app.chat.foreseeing import Prospect
from app.chat.tree import Message
from app.chat.unhidden import without
from app.core import Core
from app.documents.answering.strategy import Plan
from app.documents.citing.markers import growing
from app.documents.grounds import Strategy
from app.documents.records import NO_DOCUMENTS, Collection, Scope
from app.engine.stop import Stop
from app.errors import Cancelled, PaddockError
from app.text import _
from app.ui import clipboard
from app.ui.bridge import Bridge, nothing
from app.ui.chat import wording
from app.ui.chat.asking import foreseen
from app.ui.chat.composer.sources_menu import CollectionTicked
from app.ui.chat.items import CitationRequested, CopyRequested, ReadRequested
from app.ui.chat.reading import open_read, passage_of
from app.ui.chat.sourced import sourced
from app.ui.chat.sources import with_scope, without_scope
from app.ui.chat.weighing import Weighing
from app.ui.quick.quick_window import QuickAsked, QuickWindow
from app.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class QuickKept:
    """To be asked in a chat that is kept; `answer` is what was said to it, in case that is of use. `scope` are the
    documents that were asked."""

    question: str
    answer: str
    scope: Scope = NO_DOCUMENTS


class QuickAsk(QObject):
    """Parented to the window that is to come forward on "Open in Paddock"."""

    open_requested = Signal(object)  # QuickKept
    link_requested = Signal(object)  # LinkRequested
    passage_requested = Signal(object)  # PassageRequested: a place in a document
    hidden = Signal()

    def __init__(self, core: Core, bridge: Bridge, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self._theme = theme
        self._home: str | None = None
        self._tip: str | None = None
        self._question = ""
        self._answer = ""
        self._scope = NO_DOCUMENTS
        self._passages = 0  # that the model reads, so that its own references to them are known
        self._last: Message | None = None  # the answer that is shown, once it is whole
        self._stop: Stop | None = None
        self._round = 0
        # Without a parent: a window below another comes and goes with it on some systems.
        self.window = QuickWindow(theme)
        parent.destroyed.connect(self.window.deleteLater)
        self._weighing = Weighing(bridge, self.window.make_long_work, parent=self)
        self._weighing.left.connect(self.window.focus_question)
        self.window.field.textChanged.connect(self._weighing.give_up)
        self.window.asked.connect(self._on_asked)
        self.window.stop_requested.connect(self.stop)
        self.window.hidden.connect(self._on_hidden)
        self.window.copy_requested.connect(self._on_copy)
        self.window.copy_answer_requested.connect(self._on_copy_answer)
        self.window.link_requested.connect(self.link_requested)
        self.window.open_requested.connect(self._on_open)
        self.window.source_requested.connect(self._on_source)
        self.window.documents_requested.connect(self._on_documents)

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
        if not self._scope:
            self._ask(asked.question, None)
            return
        core, prospect = self._core, Prospect(asked.question, self._home, self._tip, scope=self._scope)

        def look() -> Plan | None:
            return foreseen(core, core.room(prospect.conversation_id, is_temporary=True), prospect)

        self._weighing.ask(look, partial(self._ask, asked.question))

    def _ask(self, question: str, wanted: Strategy | None) -> None:
        self._question, self._answer = question, ""
        self._passages, self._last = 0, None
        stop = self._stop = Stop()
        self._round += 1
        this, core, home, tip, scope = self._round, self._core, self._home, self._tip, self._scope
        self.window.begin()

        def work(put: Callable[[events.Event], None]) -> None:
            session = core.room(home, is_temporary=True).session
            session.send(home, question, parent_id=tip, on_event=put, stop=stop, scope=scope, wanted=wanted)

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
            elif isinstance(event, events.Grounded):
                self._passages = len(event.grounds.passages)
        if self._answer != before:
            self.window.show_answer(growing(self._answer, self._passages))
        for event in happened:
            self._tell(event)

    def _tell(self, event: events.Event) -> None:
        if isinstance(event, events.Started):
            self._home, self._tip = event.question.conversation_id, event.answer.id
        elif isinstance(event, events.Loading):
            self.window.say(_("Loading the model… {percent} %").format(percent=round(event.fraction * 100)))
        elif isinstance(event, events.Prefilling) and not self._answer:
            self.window.say(wording.thinking())
        elif isinstance(event, events.DocumentsAwaited):
            self.window.say(wording.reading_documents(event))
        elif isinstance(event, events.Searching):
            self.window.say(wording.searching())
        elif isinstance(event, events.EachPart):
            self.window.say(wording.reading_parts(event))
        elif isinstance(event, events.Finished):
            self._end(event.answer, "")
        elif isinstance(event, events.Failed):
            self._end(event.answer, "" if isinstance(event.error, Cancelled) else str(event.error))

    def _end(self, answer: Message | None, words: str) -> None:
        self._stop, self._last = None, answer
        self.window.finish(self._answer, words, sourced=sourced(answer) if answer is not None else None)

    def _forget(self) -> None:
        """The chat goes with the window, from the memory where alone it was; one that is being answered, after that."""
        self._weighing.give_up()
        is_over = self._stop is None
        self.stop()
        self._stop = None
        self._round += 1
        self._question = self._answer = ""
        self._scope, self._last = NO_DOCUMENTS, None
        home, self._home, self._tip = self._home, None, None
        if is_over:
            self._purge(home)

    def _purge(self, home: str | None) -> None:
        if home is None:
            return
        self._bridge.run(lambda: self._core.end_temporary(home), nothing, _nothing_to_tell)

    @Slot()
    def _on_hidden(self) -> None:
        self._forget()
        self.window.clear()
        self.hidden.emit()

    @Slot()
    def _on_open(self) -> None:
        self.open_requested.emit(QuickKept(self._question, self._answer, self._scope))
        self.window.close()

    @Slot(object)
    def _on_source(self, wanted: CitationRequested | ReadRequested) -> None:
        if isinstance(wanted, CitationRequested):
            self.passage_requested.emit(passage_of(wanted))
        elif self._last is not None and self._last.grounds is not None:
            dialog = open_read(self._theme, self.window, self._last.grounds, self._question)
            dialog.passage_requested.connect(self.passage_requested)

    @Slot()
    def _on_documents(self) -> None:
        self._bridge.run(lambda: self._core.documents.collections(), self._offer, _nothing_to_tell)

    def _offer(self, collections: tuple[Collection, ...]) -> None:
        if self.is_shown:
            self.window.offer(collections, self._scope).ticked.connect(self._on_ticked)

    @Slot(object)
    def _on_ticked(self, ticked: CollectionTicked) -> None:
        self._weighing.give_up()
        one, home = Scope(collection_ids=(ticked.collection_id,)), self._home
        self._scope = (with_scope if ticked.is_asked else without_scope)(self._scope, one)
        self.window.set_asked(len(self._scope.collection_ids))
        if home is not None:
            library = self._core.documents
            change = library.attach if ticked.is_asked else library.detach
            self._bridge.run(lambda: change(home, one), nothing, _nothing_to_tell)

    @Slot(object)
    def _on_copy(self, request: CopyRequested) -> None:
        clipboard.put(request.text)

    @Slot()
    def _on_copy_answer(self) -> None:
        hidden = self._last.cited.markers if self._last is not None and self._last.grounds is not None else ()
        clipboard.put(without(self._answer, hidden))
        self.window.say(_("The answer was copied."))


def _nothing_to_tell(_error: PaddockError) -> None:
    """A chat that could not be forgotten early is forgotten when Paddock ends."""
