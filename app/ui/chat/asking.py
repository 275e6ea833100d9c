"""Between what is asked and the open chat: a question whose documents would take long to read is asked about first.

Whichever way it comes: typed, waiting in the queue, changed in its place, or answered once more. Until the person has
chosen, it stands where it stood.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.chat.foreseeing import Prospect
from app.chat.grounding import Pace
from app.chat.temporary import Room
from app.chat.tree import Attachment, Queued
from app.core import Core
from app.documents.answering.strategy import Plan, Speed
from app.documents.records import NO_DOCUMENTS
from app.errors import PaddockError
from app.ui.bridge import Bridge
from app.ui.chat.conversation import Conversation
from app.ui.chat.editing import EditSaved
from app.ui.chat.items import RegenerateRequested, SendRequested
from app.ui.chat.page import ChatPage
from app.ui.chat.sources import ChatSources

if TYPE_CHECKING:
    from app.ui.chat.composer.long_work import LongWorkBar

Asked = SendRequested | EditSaved | RegenerateRequested


class Asking(QObject):
    """Controller; parented to the page."""

    agreed = Signal(object)
    """What was Asked, with how much is to be read for it."""

    def __init__(
        self, core: Core, bridge: Bridge, page: ChatPage, conversation: Conversation, sources: ChatSources
    ) -> None:
        super().__init__(page)
        self._core = core
        self._bridge = bridge
        self._page = page
        self._conversation = conversation
        self._sources = sources
        self._planned: Asked | None = None
        self._waiting: Asked | None = None
        self._held: Asked | None = None  # until its documents are attached
        self._scope = NO_DOCUMENTS  # of what is planned
        self._home: str | None = None  # and its chat
        sources.settled.connect(self._on_settled)
        conversation.shown.connect(self._on_shown)
        page.composer.draft_changed.connect(self._on_draft_changed)

    @Slot(object)
    def ask(self, request: Asked) -> None:
        """Do it, or ask before that."""
        if self._planned == request:
            return  # on its way already
        if self._waiting == request:
            self._bar.set_plan(self._bar.plan)  # it has the focus again
            return
        self._give_up()
        is_free = self._conversation.is_busy or not self._needs_look(request)
        if not is_free and isinstance(request, SendRequested) and request.is_queued:
            self._page.composer.put_back(_queued(request))  # where it is safe meanwhile
        if self._sources.is_changing and not is_free:
            self._held = request
        elif is_free:
            self.agreed.emit(request)
        else:
            self._planned, self._scope = request, self._sources.scope
            self._home = self._conversation.conversation_id
            prospect, room = self._prospect(request), self._conversation.room
            work = partial(foreseen, self._core, room, prospect)
            self._bridge.run(work, partial(self._on_plan, request), partial(self._on_failed, request))

    def _needs_look(self, request: Asked) -> bool:
        """Whether documents may be read for it that nobody has spoken of yet."""
        if isinstance(request, EditSaved) and self._role(request.edit.message_id) != "user":
            return False
        if isinstance(request, RegenerateRequested) and request.wanted == "passages":
            return False
        return bool(self._sources.scope) or self._sources.is_changing

    def _role(self, message_id: str) -> str:
        tree = self._conversation.tree
        return tree.message(message_id).role if message_id in tree else ""

    def _prospect(self, request: Asked) -> Prospect:
        talk = self._conversation
        home, tip, wanted = talk.conversation_id, talk.tree.tip_id, request.wanted
        if isinstance(request, RegenerateRequested):
            return Prospect("", home, answer_id=request.id, wanted=wanted)
        if isinstance(request, EditSaved):
            above = talk.tree.message(request.edit.message_id).parent_id
            return Prospect(request.edit.text, home, above, wanted=wanted)
        return Prospect(request.text, home, tip, scope=self._sources.scope, wanted=wanted)

    def _on_plan(self, request: Asked, plan: Plan | None) -> None:
        if self._planned != request:
            return  # it was changed meanwhile, or another chat is on screen
        if plan is None or not plan.is_long:
            self._agree(request)
            return
        if isinstance(request, EditSaved):
            self._conversation.return_edit(self._conversation.conversation_id, request.edit)
        self._planned, self._waiting = None, request
        self._bar.set_plan(plan)

    @cached_property
    def _bar(self) -> LongWorkBar:
        """Made with the first question that takes long."""
        bar = self._page.long_work
        bar.all_chosen.connect(self._on_all)
        bar.search_chosen.connect(self._on_search)
        bar.cancelled.connect(self._on_cancel)
        return bar

    def _on_failed(self, request: Asked, _error: PaddockError) -> None:
        """Told with the answer, if it is still true then."""
        if self._planned == request:
            self._agree(request)

    def _agree(self, request: Asked) -> None:
        """Unless it waited in the queue, and was taken away from there."""
        self._give_up()
        take = self._page.composer.take_queued
        if not isinstance(request, SendRequested) or not request.is_queued or take(_queued(request)):
            self.agreed.emit(request)

    @Slot()
    def _on_all(self) -> None:
        self._chosen(is_all=True)

    @Slot()
    def _on_search(self) -> None:
        self._chosen(is_all=False)

    def _chosen(self, *, is_all: bool) -> None:
        request, plan = self._waiting, self._bar.plan
        if request is not None and plan is not None:
            self._page.composer.setFocus()
            self._agree(replace(request, wanted=plan.strategy if is_all else "passages"))

    @Slot()
    def _on_cancel(self) -> None:
        self._give_up()
        self._page.composer.setFocus()

    @Slot(object)
    def _on_shown(self, _shown: object) -> None:
        is_here = self._conversation.conversation_id == self._home
        if not (is_here and isinstance(self._planned, EditSaved)):  # else its place is shown again, before it is asked
            self._give_up()

    @Slot()
    def _on_settled(self) -> None:
        self._look_again()

    @Slot()
    def _on_draft_changed(self) -> None:
        """A question that is another one now is not waiting any more."""
        request = self._request
        if isinstance(request, SendRequested) and not self._stands(request):
            self._give_up()
        elif request is not None and self._held is None:
            self._look_again()

    def _look_again(self) -> None:
        """The documents that are asked are others now, fewer perhaps."""
        request = self._request
        if request is not None and (self._held is not None or self._sources.scope != self._scope):
            self._give_up()
            self.ask(request)

    @property
    def _request(self) -> Asked | None:
        """What has yet to be agreed on."""
        return self._held or self._planned or self._waiting

    def _stands(self, request: SendRequested) -> bool:
        """Whether it is still there, in the composer's field or its queue."""
        draft = self._page.composer.draft
        asked = _queued(request)
        return asked in draft.queued if request.is_queued else asked == Queued(draft.text.strip(), draft.attachments)

    def _give_up(self) -> None:
        """The question is another one now, or is on its way."""
        self._planned = self._held = None
        if self._waiting is not None:
            self._waiting = None
            self._bar.set_plan(None)


def foreseen(core: Core, room: Room, prospect: Prospect) -> Plan | None:
    """By the speed of the model that is loaded, or else by what is expected of the one that will be."""
    engine = core.host.current
    if engine is not None:
        return room.session.foresee(prospect, Pace(engine.facts.context_tokens, Speed(engine.prefill_tokens_per_s)))
    outlook = core.desk.outlook(core.desk.path())
    speed = Speed(outlook.forecast.prefill_tokens_per_s, outlook.forecast.decode_tokens_per_s)
    return room.session.foresee(prospect, Pace(outlook.plan.context_tokens, speed))


def _queued(request: SendRequested) -> Queued:
    return Queued(request.text, tuple(Attachment(one.name, one.text) for one in request.attachments))
