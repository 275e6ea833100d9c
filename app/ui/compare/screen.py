"""The page for comparing with what is behind it: opens for the chat on screen, asks both sides, keeps one answer.

Whoever leaves the page while answers are under way stops them; their words are kept, as versions of one answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from app.chat import compare
from app.chat.tree import Message
from app.core import Core
from app.documents.grounds import Strategy
from app.documents.records import NO_DOCUMENTS
from app.engine.client import Stop
from app.errors import EngineFault, PaddockError
from app.models import gguf
from app.text import _
from app.ui import clipboard
from app.ui.bridge import Bridge, nothing
from app.ui.chat.conversation import Conversation
from app.ui.chat.events import Shown
from app.ui.chat.items import CitationRequested, CopyRequested, ReadRequested
from app.ui.chat.reading import passage_of
from app.ui.chat.weighing import Weighing
from app.ui.compare import opening, rounds
from app.ui.compare.lane import Lane, Told
from app.ui.compare.opening import Chat, Found
from app.ui.compare.page import ComparePage
from app.ui.compare.rounds import Round
from app.ui.compare.shown import AskRequested, Choices, KeepRequested, Notice, SideWish, SideWished


class CompareScreen(QObject):
    """Controller of one ComparePage."""

    opened = Signal()  # the page has something to show
    left = Signal()  # back to the chat
    failed = Signal(object)  # PaddockError
    reload_requested = Signal()  # another model than the chosen one is loaded now
    link_requested = Signal(object)  # LinkRequested
    passage_requested = Signal(object)  # PassageRequested: a place in a document

    def __init__(
        self, core: Core, bridge: Bridge, page: ComparePage, conversation: Conversation, *, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self._page = page
        self._conversation = conversation
        self._weighing = Weighing(bridge, page.make_long_work, parent=self)
        self._choices = Choices()
        self._wishes: tuple[SideWish, SideWish] | None = None
        self._chat: Chat | None = None  # while the page is open, or answers for it are still being stopped
        self._question: Message | None = None
        self._lanes = (Lane(), Lane())
        self._stop: Stop | None = None  # of the answers under way
        self._is_open = False
        self._has_changed = False
        self._afterwards: Callable[[], None] | None = None  # once the answers under way have ended
        self._connect()

    @property
    def is_running(self) -> bool:
        return self._stop is not None

    @Slot()
    def open(self) -> None:
        """For the chat on screen, and with its last question."""
        if self._is_open:
            self.opened.emit()
        elif self._conversation.is_busy or self.is_running:
            self.failed.emit(_busy())
        else:
            self._read()

    @Slot()
    def stop(self) -> None:
        """Stop both answers; what they have is kept."""
        if self._stop is not None and not self._stop.is_set:
            self._stop.set()
            for number, lane in enumerate(self._lanes):
                lane.ask_to_stop()
                self._draw(number)

    def _connect(self) -> None:
        page = self._page
        page.back_requested.connect(self._on_back)
        page.stop_requested.connect(self.stop)
        page.ask_requested.connect(self._on_ask)
        page.question_changed.connect(self._weighing.give_up)
        self._weighing.left.connect(page.focus_question)
        page.wished.connect(self._on_wished)
        page.keep_requested.connect(self._on_keep)
        page.put_away.connect(self._on_put_away)
        page.copy_requested.connect(self._on_copy)
        page.link_requested.connect(self.link_requested)
        page.source_requested.connect(self._on_source)
        page.passage_requested.connect(self.passage_requested)
        self._conversation.shown.connect(self._on_shown)

    def _read(self) -> None:
        talk = self._conversation
        chat = Chat(talk.room, talk.conversation_id, talk.tree.tip_id, talk.beginning)
        question = talk.last_question()

        def show(found: Found) -> None:
            if self._conversation.conversation_id == chat.home and not self._is_open:
                self._show(question, found)

        self._bridge.run(partial(opening.find, self._core, chat), show, self.failed.emit)

    def _show(self, question: Message | None, found: Found) -> None:
        self._chat, self._question, self._choices = found.chat, question, found.choices
        self._is_open, self._has_changed, self._afterwards = True, False, None
        self._wishes = opening.first_wishes(found, self._wishes)
        self._lanes = (Lane(), Lane())
        page = self._page
        page.question.set_enter_sends(found.enter_sends)
        page.set_choices(self._wishes, self._choices)
        page.set_question("" if question is None else question.text)
        page.set_notice(Notice())
        page.set_running(False)
        for number in (0, 1):
            self._draw(number)
        self.opened.emit()
        page.focus_question()

    @Slot(object)
    def _on_wished(self, wished: SideWished) -> None:
        if self._wishes is not None and not self.is_running:
            self._weighing.give_up()
            first, second = self._wishes
            self._wishes = (wished.wish, second) if wished.number == 0 else (first, wished.wish)
            self._page.set_choices(self._wishes, self._choices)
            self._page.set_notice(Notice())

    @Slot(object)
    def _on_ask(self, request: AskRequested) -> None:
        if self._chat is None or self._wishes is None or self.is_running:
            return
        sides = opening.sides_of(self._wishes, by_chance=request.by_chance)
        try:
            compare.require_different(sides)
        except PaddockError as error:
            self._page.set_notice(Notice(f"{error.message} {error.next_step}", offers_chance=True))
            return
        self._page.set_notice(Notice())
        scope = self._conversation.scope if self._chat.home is None else NO_DOCUMENTS
        asked = Round(self._chat, request.text, sides, self._question, scope)
        if asked.asks_documents:
            self._weighing.ask(partial(rounds.plan, self._core, asked), partial(self._begin, asked))
        else:
            self._begin(asked, None)

    def _begin(self, asked: Round, wanted: Strategy | None) -> None:
        if self._conversation.is_busy:
            self.failed.emit(_busy())
            return
        stop = self._stop = Stop()
        core = self._core
        self._lanes = (Lane(), Lane())

        def work(put: Callable[[Told], None]) -> None:
            def told(number: int, event: compare.SideEvent) -> None:
                put(Told(number, event))

            rounds.ask(core, asked, wanted, on_event=told, stop=stop)

        self._page.set_running(True)
        for number, lane in enumerate(self._lanes):
            lane.begin()
            self._draw(number)
        self._bridge.stream(work, self._on_events, self._on_over)

    def _on_events(self, events: tuple[Told, ...]) -> None:
        for told in events:
            self._lanes[told.number].take(told.event)
            if isinstance(told.event, compare.Started):
                self._started(told.event)
        for number in {told.number for told in events}:
            self._draw(number)

    def _started(self, event: compare.Started) -> None:
        """It is committed; the chat exists from here on."""
        if self._chat is not None and self._chat.home is None:
            home, asks_documents = event.question.conversation_id, bool(self._conversation.scope)
            self._chat = replace(self._chat, home=home, is_begun=True, asks_documents=asks_documents)
            self._conversation.scope_taken()
        self._question, self._has_changed = event.question, True
        self._conversation.listed.emit()

    def _on_over(self) -> None:
        self._stop = None
        for number, lane in enumerate(self._lanes):
            lane.end()
            self._draw(number)
        self._page.set_running(False)
        if self._question is not None and self._has_changed:
            self._page.set_question(self._question.text)
        self._bridge.run(lambda: _is_another_loaded(self._core), self._looked, nothing)
        afterwards, self._afterwards = self._afterwards, None
        if afterwards is not None:
            afterwards()

    def _looked(self, is_another_loaded: bool) -> None:
        if is_another_loaded and not self.is_running:
            self.reload_requested.emit()

    @Slot(object)
    def _on_keep(self, request: KeepRequested) -> None:
        self._when_over(lambda: self._keep(request.number))

    def _keep(self, number: int) -> None:
        chat, answer = self._chat, self._lanes[number].answer
        if chat is None or chat.home is None or answer is None:
            return
        room, home = chat.room, chat.home
        self._bridge.run(lambda: room.chats.move_tip(home, answer.id), self._kept, self.failed.emit)

    def _kept(self, _result: object) -> None:
        self._leave()

    @Slot()
    def _on_back(self) -> None:
        self._when_over(self._leave)

    @Slot()
    def _on_put_away(self) -> None:
        """The person went somewhere else."""
        if self._is_open:
            self._is_open = False
            self._when_over(self._show_again)

    @Slot(object)
    def _on_shown(self, shown: Shown) -> None:
        """Another chat is opened behind the page, as where this one was deleted."""
        if self._is_open and self._chat is not None and not self._chat.is_shown_as(shown.conversation_id):
            self._on_put_away()
            self.left.emit()

    def _when_over(self, afterwards: Callable[[], None]) -> None:
        self._weighing.give_up()
        if self.is_running:
            self._afterwards = afterwards
            self.stop()
        else:
            afterwards()

    def _leave(self) -> None:
        chat, on_screen = self._chat, self._conversation.conversation_id
        self._is_open = False
        if chat is not None and chat.is_begun and on_screen is None:
            self._conversation.open(chat.home)
        else:
            self._show_again()
        self.left.emit()

    def _show_again(self) -> None:
        """What has changed in the chat on screen."""
        chat = self._chat
        if chat is not None and self._has_changed and self._conversation.conversation_id == chat.home:
            self._conversation.reload()
        self._has_changed = False

    def _draw(self, number: int) -> None:
        self._page.set_answer(number, self._lanes[number].shown())

    @Slot(object)
    def _on_source(self, wanted: CitationRequested | ReadRequested) -> None:
        if isinstance(wanted, CitationRequested):
            self.passage_requested.emit(passage_of(wanted))
            return
        answers = (lane.answer for lane in self._lanes)
        answer = next((one for one in answers if one is not None and one.id == wanted.id), None)
        if answer is not None and answer.grounds is not None and self._question is not None:
            self._page.show_read(answer.grounds, self._question.text)

    @Slot(object)
    def _on_copy(self, request: CopyRequested) -> None:
        clipboard.put(request.text, html=request.html)


def _is_another_loaded(core: Core) -> bool:
    """Than the one that answers in chats which say nothing else. Raises ModelFault."""
    engine = core.host.current
    return engine is not None and core.host.path_of(engine) != gguf.check(core.desk.path()).path


def _busy() -> EngineFault:
    return EngineFault(_("This chat is being answered just now."), _("Wait for the answer or stop it, then compare."))
