"""Between the composer and the open chat: a question to documents that would take long to read is asked about first.

What stands in the composer stays there until the person has chosen.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from app.chat.grounding import LEAST_SHARE
from app.chat.prompt import RESERVED_FOR_ANSWER
from app.core import Core
from app.documents.answering.strategy import Plan, Speed
from app.errors import PaddockError
from app.ui.bridge import Bridge
from app.ui.chat.context.fullness import fullness
from app.ui.chat.conversation import Conversation
from app.ui.chat.items import SendRequested
from app.ui.chat.page import ChatPage
from app.ui.chat.sources import ChatSources
from app.ui.models.keeper import ModelKeeper

if TYPE_CHECKING:
    from app.ui.chat.composer.long_work import LongWorkBar


class Asking(QObject):
    """Controller; parented to the page."""

    agreed = Signal(object)
    """The SendRequested that is to be sent, with how much is to be read for it."""

    def __init__(
        self,
        core: Core,
        bridge: Bridge,
        page: ChatPage,
        conversation: Conversation,
        keeper: ModelKeeper,
        sources: ChatSources,
    ) -> None:
        super().__init__(page)
        self._core = core
        self._bridge = bridge
        self._page = page
        self._conversation = conversation
        self._keeper = keeper
        self._sources = sources
        self._planned: SendRequested | None = None
        self._waiting: SendRequested | None = None
        self._held: SendRequested | None = None  # until its documents are attached
        sources.settled.connect(self._on_settled)
        conversation.shown.connect(self._on_shown)
        page.composer.draft_changed.connect(self._on_draft_changed)

    @Slot(object)
    def ask(self, request: SendRequested) -> None:
        """Send it, or ask before that."""
        if self._sources.is_changing and not request.is_queued:
            self._held = request
            return
        facts, scope = self._keeper.facts, self._sources.scope
        is_free = request.is_queued or request.wanted is not None or not scope
        if is_free or facts is None or self._conversation.is_busy:
            self._agree(request)
            return
        if self._planned == request:
            return  # on its way already
        self._planned = request
        limit = facts.context_tokens
        conversation = self._conversation
        nodes = conversation.nodes()
        used = fullness(nodes, conversation.newest(), conversation.boundary, limit).used_tokens
        room = max(limit - used - min(RESERVED_FOR_ANSWER, limit // 4) - limit // 16, limit // LEAST_SHARE)

        def plan() -> Plan:
            engine = self._core.host.current
            speed = Speed(engine.prefill_tokens_per_s if engine is not None else 0.0)
            asked = self._core.answerer
            return asked.plan(request.text, scope, speed, room_tokens=room, has_history=bool(nodes))

        self._bridge.run(plan, partial(self._on_plan, request), partial(self._on_failed, request))

    def _on_plan(self, request: SendRequested, plan: Plan) -> None:
        if self._planned != request:
            return  # it was changed meanwhile, or another chat is on screen
        self._planned = None
        if plan.needs_asking:
            self._waiting = request
            self._bar.set_plan(plan)
        else:
            self._agree(request)

    @cached_property
    def _bar(self) -> LongWorkBar:
        """Made with the first question that takes long."""
        bar = self._page.long_work
        bar.all_chosen.connect(self._on_all)
        bar.search_chosen.connect(self._on_search)
        bar.cancelled.connect(self._on_cancel)
        return bar

    def _on_failed(self, request: SendRequested, _error: PaddockError) -> None:
        """Told with the answer, if it is still true then."""
        if self._planned == request:
            self._agree(request)

    def _agree(self, request: SendRequested) -> None:
        self._give_up()
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
        self._give_up()

    @Slot()
    def _on_settled(self) -> None:
        if self._held is not None:
            self.ask(self._held)

    @Slot()
    def _on_draft_changed(self) -> None:
        """Where only what is asked has changed, the question still waits for that."""
        held = self._held
        self._give_up()
        if held is not None and held.text == self._page.composer.edit.toPlainText().strip():
            self._held = held

    def _give_up(self) -> None:
        """The question is another one now, or is on its way."""
        self._planned = self._held = None
        if self._waiting is not None:
            self._waiting = None
            self._bar.set_plan(None)
