"""What the actions of menus, keys and the palette do with the chat on screen."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from app.chat.unhidden import without
from app.text import _, plural
from app.ui import clipboard
from app.ui.chat.aloud import Aloud
from app.ui.chat.composer.attachments import FilesRefused
from app.ui.chat.conversation import Conversation
from app.ui.chat.items import ReadAloudRequested, RegenerateRequested
from app.ui.chat.page import ChatPage
from app.ui.toast import Toast


class Deeds(QObject):
    """Parented to the page. Each does nothing where there is nothing to do it with."""

    def __init__(self, page: ChatPage, conversation: Conversation, aloud: Aloud, toast: Toast) -> None:
        super().__init__(page)
        self._page = page
        self._conversation = conversation
        self._aloud = aloud
        self._toast = toast
        page.composer.files_refused.connect(self._on_files_refused)

    @Slot()
    def copy_last(self) -> None:
        answer = self._conversation.last_answer()
        if answer is not None:
            clipboard.put(without(answer.text, answer.cited.markers))
            self._toast.show_message(_("The answer was copied."))

    @Slot()
    def copy_code(self) -> None:
        if self._page.transcript.copy_last_code():
            self._toast.show_message(_("The code was copied."))

    @Slot()
    def read_aloud(self) -> None:
        answer = self._conversation.last_answer()
        if answer is not None:
            from app.chat import markup  # late: a start needs no Markdown

            words = markup.plain_text(without(answer.text, answer.cited.markers))
            self._aloud.read(ReadAloudRequested(answer.id, words))

    @Slot()
    def regenerate(self) -> None:
        answer = self._conversation.last_answer()
        if answer is not None:
            self._page.transcript.regenerate_requested.emit(RegenerateRequested(answer.id))

    @Slot()
    def go_on(self) -> None:
        answer = self._conversation.last_answer()
        if answer is not None and answer.text:
            self._conversation.go_on(answer.id)

    @Slot()
    def find(self) -> None:
        if not self._page.is_greeting:
            self._page.transcript.open_find()

    @Slot()
    def find_next(self) -> None:
        self._page.transcript.find_next()

    @Slot()
    def find_previous(self) -> None:
        self._page.transcript.find_previous()

    @Slot()
    def previous_message(self) -> None:
        self._page.transcript.focus_message(-1)

    @Slot()
    def next_message(self) -> None:
        self._page.transcript.focus_message(1)

    @Slot(object)
    def _on_files_refused(self, refused: FilesRefused) -> None:
        """One sentence for all of them: how many, and what is wrong with the first."""
        first, count = refused.errors[0], len(refused.errors)
        words = [first.message, first.next_step]
        if count > 1:
            words[0] = plural("{count} file was not attached.", "{count} files were not attached.", count)
            words[1] = first.message
        self._toast.show_message(" ".join(part for part in words if part))
