"""Wires the chat page's widgets to the open conversation and the model: what is asked for goes down, what
happens comes up. The only place that knows both sides.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from app.chat.session import Loading
from app.errors import EngineDied, EngineSilent
from app.text import _
from app.ui import accessible, clipboard
from app.ui.chat.context.room_screen import RoomScreen
from app.ui.chat.conversation import AnswerEnded, Conversation, Shown
from app.ui.chat.items import (
    CopyRequested,
    EditSubmitted,
    MessageItem,
    RegenerateRequested,
    RetryRequested,
    SendRequested,
    SilenceAnswered,
    VersionRequested,
)
from app.ui.chat.page import ChatPage
from app.ui.models.keeper import ModelKeeper, ModelState


class ChatScreen(QObject):
    """Controller of one ChatPage; parented to it."""

    def __init__(self, page: ChatPage, conversation: Conversation, keeper: ModelKeeper) -> None:
        super().__init__(page)
        self._page = page
        self._conversation = conversation
        self._keeper = keeper
        self._is_draft_of_person = True
        self._is_engine_here = False
        self.room = RoomScreen(page, conversation, keeper)
        transcript, composer = page.transcript, page.composer
        conversation.shown.connect(self._on_shown)
        conversation.item_changed.connect(self._on_item_changed)
        conversation.committed.connect(self._on_committed)
        conversation.busy_changed.connect(self._on_busy_changed)
        conversation.loading.connect(self._on_loading)
        conversation.answering.connect(keeper.engine_answers)
        conversation.ended.connect(self._on_ended)
        conversation.read_ahead_changed.connect(self._on_read_ahead_changed)
        keeper.changed.connect(self._on_model_changed)
        keeper.loaded.connect(conversation.engine_changed)
        composer.send_requested.connect(self._on_send)
        composer.stop_requested.connect(conversation.stop)
        composer.edit_last_requested.connect(self._on_edit_last)
        composer.text_changed.connect(self._on_typed)
        transcript.copy_requested.connect(self._on_copy)
        transcript.edit_submitted.connect(self._on_edit)
        transcript.regenerate_requested.connect(self._on_regenerate)
        transcript.retry_requested.connect(self._on_retry)
        transcript.silence_answered.connect(self._on_silence_answered)
        transcript.version_requested.connect(self._on_version)
        transcript.focus_left.connect(composer.setFocus)
        self._on_model_changed(keeper.state)

    @Slot(object)
    def _on_shown(self, shown: Shown) -> None:
        self._page.transcript.set_items(shown.items, shown.boundary)
        if shown.items:
            self._page.show_transcript()
            if self._conversation.is_busy:
                self._page.transcript.jump_to_end()
        else:
            self._page.show_greeting()
        if shown.draft != self._page.composer.text:
            self._is_draft_of_person = False
            self._page.composer.set_text(shown.draft)
            self._is_draft_of_person = True
        self._on_busy_changed()

    @Slot(object)
    def _on_item_changed(self, item: MessageItem) -> None:
        self._page.transcript.update_item(item)

    @Slot(object)
    def _on_committed(self, sent: str) -> None:
        """What was typed after Enter, while the question was being stored, stays."""
        composer = self._page.composer
        before, _sent, rest = composer.text.partition(sent)
        self._is_draft_of_person = False
        composer.clear()
        self._is_draft_of_person = True
        if before.strip() or rest.strip():
            composer.set_text((before + rest).strip())

    @Slot()
    def _on_busy_changed(self) -> None:
        is_busy = self._conversation.is_busy
        self._conversation.set_patience(self._keeper.patience_s)
        self._page.composer.set_busy(is_busy)
        self._page.transcript.set_busy(is_busy)

    @Slot(object)
    def _on_loading(self, event: Loading) -> None:
        self._keeper.engine_loads(event.fraction)

    @Slot(object)
    def _on_ended(self, ended: AnswerEnded) -> None:
        if isinstance(ended.error, EngineDied | EngineSilent):
            state = self._keeper.state
            if state.state != "ready" and state.fraction is None:  # else the keeper knows, and loads it again already
                self._keeper.engine_lost(ended.error)
            accessible.announce(self._page, str(ended.error), is_urgent=True)
        else:
            self._keeper.answer_ended(ended.answer.stats)
            accessible.announce(self._page, _("The answer is complete."))

    @Slot(object)
    def _on_model_changed(self, state: ModelState) -> None:
        self._page.header.set_model(state.title, words=state.words, state=state.state)
        is_here = self._keeper.facts is not None
        if self._is_engine_here and not is_here:
            self._conversation.engine_changed()
        self._is_engine_here = is_here

    @Slot()
    def _on_read_ahead_changed(self) -> None:
        self._page.composer.set_read_ahead(self._conversation.is_read_ahead)

    @Slot(object)
    def _on_silence_answered(self, answered: SilenceAnswered) -> None:
        self._page.composer.setFocus()  # the buttons of the question go with it
        if answered.goes_on:
            self._conversation.keep_waiting(answered.id)
        else:
            self._conversation.stop()

    @Slot(object)
    def _on_send(self, request: SendRequested) -> None:
        self._conversation.send(request.text)

    @Slot()
    def _on_edit_last(self) -> None:
        question = self._conversation.last_question()
        if question is not None and not self._conversation.is_busy:
            self._page.transcript.start_edit(question.id)

    @Slot()
    def _on_typed(self) -> None:
        if self._is_draft_of_person:
            self._conversation.draft_changed(self._page.composer.text)

    @Slot(object)
    def _on_copy(self, request: CopyRequested) -> None:
        clipboard.put(request.text)

    @Slot(object)
    def _on_edit(self, request: EditSubmitted) -> None:
        self._page.composer.setFocus()
        self._conversation.edit(request.id, request.text)

    @Slot(object)
    def _on_regenerate(self, request: RegenerateRequested) -> None:
        self._page.composer.setFocus()  # the button that was pressed goes with the old answer
        self._conversation.regenerate(request.id)

    @Slot(object)
    def _on_retry(self, request: RetryRequested) -> None:
        self._page.composer.setFocus()
        self._conversation.regenerate(request.id)

    @Slot(object)
    def _on_version(self, request: VersionRequested) -> None:
        self._conversation.show_version(request.id, request.step)
