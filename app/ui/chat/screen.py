"""Wires the chat page's widgets to the open conversation and the model: what is asked for goes down, what
happens comes up. The only place that knows both sides.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.chat.events import Loading
from app.chat.tree import Attachment, Draft
from app.errors import EngineDied, EngineSilent
from app.text import _
from app.ui import accessible, clipboard
from app.ui.chat.aloud import Aloud
from app.ui.chat.asking import Asked, Asking
from app.ui.chat.changes import Changes
from app.ui.chat.context.room_screen import RoomScreen
from app.ui.chat.conversation import Conversation
from app.ui.chat.editing import EditGivenUp, EditSaved, EditTyped
from app.ui.chat.events import AnswerEnded, Shown
from app.ui.chat.items import (
    AttachmentItem,
    AttachmentRequested,
    BranchRequested,
    ContinueRequested,
    CopyRequested,
    MessageDeleteRequested,
    MessageItem,
    RegenerateRequested,
    RetryRequested,
    RowsWanted,
    SendRequested,
    SilenceAnswered,
    VersionRequested,
)
from app.ui.chat.page import ChatPage
from app.ui.chat.sources import with_scope
from app.ui.models.keeper import ModelKeeper, ModelState

WELL_ENDED = ("done", "length")


class ChatScreen(QObject):
    """Controller of one ChatPage; parented to it."""

    failed = Signal(object)  # PaddockError

    def __init__(
        self,
        page: ChatPage,
        conversation: Conversation,
        keeper: ModelKeeper,
        changes: Changes,
        aloud: Aloud,
        asking: Asking,
    ) -> None:
        super().__init__(page)
        self._page = page
        self._conversation = conversation
        self._keeper = keeper
        self._changes = changes
        self._is_draft_of_person = True
        self._is_engine_here = False
        self.has_begun = False  # a chat is on screen
        self.room = RoomScreen(page, conversation, keeper)
        self.asking = asking
        asking.agreed.connect(self._on_agreed)
        self._connect_conversation()
        self._connect_composer()
        self._connect_transcript(aloud)
        keeper.changed.connect(self._on_model_changed)
        keeper.loaded.connect(conversation.read_anew)
        self._on_model_changed(keeper.state)

    def _connect_conversation(self) -> None:
        conversation = self._conversation
        conversation.shown.connect(self._on_shown)
        conversation.rows_changed.connect(self._page.transcript.rows_changed)
        conversation.item_changed.connect(self._on_item_changed)
        conversation.committed.connect(self._on_committed)
        conversation.returned.connect(self._on_returned)
        conversation.busy_changed.connect(self._on_busy_changed)
        conversation.loading.connect(self._on_loading)
        conversation.answering.connect(self._keeper.engine_answers)
        conversation.ended.connect(self._on_ended)
        conversation.read_ahead_changed.connect(self._on_read_ahead_changed)

    def _connect_composer(self) -> None:
        composer = self._page.composer
        composer.send_requested.connect(self.asking.ask)
        composer.stop_requested.connect(self._conversation.stop)
        composer.edit_last_requested.connect(self._on_edit_last)
        composer.draft_changed.connect(self._on_typed)
        composer.failed.connect(self.failed)
        composer.attachment_requested.connect(self._on_attachment)

    def _connect_transcript(self, aloud: Aloud) -> None:
        transcript = self._page.transcript
        transcript.rows_wanted.connect(self._on_rows_wanted)
        transcript.copy_requested.connect(self._on_copy)
        transcript.edit_typed.connect(self._on_edit_typed)
        transcript.edit_given_up.connect(self._on_edit_given_up)
        transcript.edit_saved.connect(self._on_edit_saved)
        transcript.regenerate_requested.connect(self._on_regenerate)
        transcript.continue_requested.connect(self._on_continue)
        transcript.branch_requested.connect(self._on_branch)
        transcript.delete_requested.connect(self._on_delete)
        transcript.retry_requested.connect(self._on_retry)
        transcript.silence_answered.connect(self._on_silence_answered)
        transcript.version_requested.connect(self._on_version)
        transcript.attachment_requested.connect(self._on_attachment)
        transcript.focus_left.connect(self._page.composer.setFocus)
        transcript.set_can_read(aloud.is_available)
        transcript.read_aloud_requested.connect(aloud.read)
        aloud.changed.connect(transcript.set_reading)

    @Slot(object)
    def _on_shown(self, shown: Shown) -> None:
        self._page.transcript.set_rows(shown.rows, shown.boundary, shown.edits)
        self._page.header.set_temporary(shown.is_temporary)
        if len(shown.rows):
            self._page.show_transcript()
            if shown.at is not None and shown.at.message_id:
                self._page.transcript.reveal(shown.at.message_id, shown.at.words)
            elif self._conversation.is_busy:
                self._page.transcript.jump_to_end()
        else:
            self._page.show_greeting(is_temporary=shown.is_temporary)
        self._show_draft(shown.draft)
        self._on_busy_changed()

    def _show_draft(self, stored: Draft) -> None:
        typed = self._page.composer.draft
        is_early = bool(typed) and not self.has_begun
        self.has_begun = True
        whole = joined(stored, typed) if is_early else stored
        if whole != typed:
            self._put(whole)
        if is_early:
            self._conversation.draft_changed(whole)

    def _put(self, draft: Draft) -> None:
        """Into the composer, and not back as if it had been typed."""
        self._is_draft_of_person = False
        self._page.composer.set_draft(draft)
        self._is_draft_of_person = True

    @Slot(object)
    def _on_item_changed(self, item: MessageItem) -> None:
        self._page.transcript.update_item(item)

    @Slot(object)
    def _on_rows_wanted(self, wanted: RowsWanted) -> None:
        self._conversation.want(wanted.first, wanted.last)

    @Slot(object)
    def _on_committed(self, sent: Draft) -> None:
        """What was typed after Enter, while the question was being stored, stays."""
        items = tuple(AttachmentItem(one.name, one.text) for one in sent.attachments)
        self._page.composer.remove_sent(SendRequested(sent.text, items))

    @Slot(object)
    def _on_returned(self, draft: Draft) -> None:
        for queued in reversed(draft.queued):
            self._page.composer.put_back(queued)

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
        if ended.error is None and ended.answer.status in WELL_ENDED:
            self._send_next(ended.conversation_id)

    def _send_next(self, conversation_id: str) -> None:
        """What was written while the answer was under way."""
        if conversation_id != self._conversation.conversation_id:
            self._conversation.send_queued(conversation_id)
            return
        queued = self._page.composer.take_next_queued()
        if queued is not None:
            items = tuple(AttachmentItem(one.name, one.text) for one in queued.attachments)
            self.asking.ask(SendRequested(queued.text, items, is_queued=True))

    @Slot(object)
    def _on_model_changed(self, state: ModelState) -> None:
        self._page.header.set_model(state.title, words=state.words, state=state.state)
        is_here = self._keeper.facts is not None
        if self._is_engine_here and not is_here:
            self._conversation.read_anew()
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
    def _on_agreed(self, request: Asked) -> None:
        conversation = self._conversation
        if isinstance(request, EditSaved):
            conversation.edit(request.edit, request.wanted)
        elif isinstance(request, RegenerateRequested):
            conversation.regenerate(request.id, request.wanted)
        else:
            attached = tuple(Attachment(one.name, one.text) for one in request.attachments)
            conversation.send(request.text, attached, is_queued=request.is_queued, wanted=request.wanted)

    @Slot()
    def _on_edit_last(self) -> None:
        question = self._conversation.last_question()
        if question is not None and not self._conversation.is_busy:
            self._page.transcript.start_edit(question.id)

    @Slot()
    def _on_typed(self) -> None:
        if self._is_draft_of_person and self.has_begun:
            self._conversation.draft_changed(self._page.composer.draft)

    @Slot(object)
    def _on_copy(self, request: CopyRequested) -> None:
        clipboard.put(request.text, html=request.html)

    @Slot(object)
    def _on_attachment(self, request: AttachmentRequested) -> None:
        self._page.show_attachment(request.attachment)

    @Slot(object)
    def _on_edit_typed(self, typed: EditTyped) -> None:
        self._conversation.edits.typed(typed.edit)

    @Slot(object)
    def _on_edit_given_up(self, given_up: EditGivenUp) -> None:
        self._conversation.edits.given_up(given_up.id)

    @Slot(object)
    def _on_edit_saved(self, saved: EditSaved) -> None:
        self._page.composer.setFocus()
        self.asking.ask(saved)

    @Slot(object)
    def _on_regenerate(self, request: RegenerateRequested) -> None:
        self._page.composer.setFocus()  # the button that was pressed goes with the old answer
        self.asking.ask(request)

    @Slot(object)
    def _on_continue(self, request: ContinueRequested) -> None:
        self._page.composer.setFocus()
        self._conversation.go_on(request.id)

    @Slot(object)
    def _on_branch(self, request: BranchRequested) -> None:
        self._page.composer.setFocus()
        self._changes.branch_off(request.id)

    @Slot(object)
    def _on_delete(self, request: MessageDeleteRequested) -> None:
        self._page.composer.setFocus()
        self._changes.delete(request.id)

    @Slot(object)
    def _on_retry(self, request: RetryRequested) -> None:
        self._page.composer.setFocus()
        self.asking.ask(RegenerateRequested(request.id))

    @Slot(object)
    def _on_version(self, request: VersionRequested) -> None:
        self._conversation.show_version(request.id, request.step)


def joined(stored: Draft, typed: Draft) -> Draft:
    """What was typed before the stored words could be shown stands after them, as if they had been there."""
    return Draft(
        stored.text + typed.text,
        (*stored.attachments, *typed.attachments),
        (*stored.queued, *typed.queued),
        with_scope(stored.scope, typed.scope),
    )
