"""Where the person writes. The text stays until the window says it is stored (`remove_sent`), so nothing typed is
lost; what is written while an answer is under way waits in a queue."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, QRect, Qt, Signal, Slot
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFontMetrics,
    QHideEvent,
    QMoveEvent,
    QResizeEvent,
    QTextCursor,
)
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.chat import attaching
from app.chat.templates import Template
from app.chat.tree import Attachment, Draft, Queued
from app.documents.records import NO_DOCUMENTS, Scope
from app.spelling.speller import Speller
from app.text import _
from app.ui import accessible
from app.ui.actions import Act, keys_text
from app.ui.bridge import Bridge
from app.ui.chat.composer.attachments import Attachments, ReadFiles
from app.ui.chat.composer.card import ComposerCard
from app.ui.chat.composer.edit import ComposerEdit
from app.ui.chat.composer.pasted import is_large
from app.ui.chat.composer.queue_panel import QueuedPicked
from app.ui.chat.composer.send_button import ReadMark
from app.ui.chat.composer.spelling import SpellingMarks
from app.ui.chat.composer.spelling_menu import field_menu
from app.ui.chat.composer.templating import Templating
from app.ui.chat.items import AskedItem, AttachmentItem, SendRequested
from app.ui.controls import IconButton, Text
from app.ui.theme import Theme

if TYPE_CHECKING:
    from app.ui.chat.composer.slash_popup import SlashPopup

_SIDE_PX = 16
_LEAST_HINT_PX = 328  # in the narrowest window; before the first layout it is no width at all


class Composer(QWidget):
    """A card of at most the transcript's column, with a hint line below it.

    Without `bridge` nothing is read from files and no spelling is checked, as in pictures and small tests.
    """

    send_requested = Signal(object)
    stop_requested = Signal()
    edit_last_requested = Signal()
    """Arrow up in an empty field."""
    draft_changed = Signal()
    """The text, what is attached, or the queue."""
    text_changed = Signal()
    """As draft_changed."""
    files_refused = Signal(object)
    """A FilesRefused: of all that were attached at once."""
    documents_found = Signal(object)
    """A FilesChosen: those that were attached and can be asked as documents."""
    documents_requested = Signal()
    """What the chat asks is to be chosen, at `card.documents`."""
    attachment_requested = Signal(object)
    """An AttachmentRequested: a chip was pressed."""
    failed = Signal(object)
    """A PaddockError: something that was chosen here could not be kept."""

    def __init__(
        self,
        theme: Theme,
        *,
        bridge: Bridge | None = None,
        read_files: ReadFiles = attaching.read_files,
        spelling: Speller | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._hint_text = _("Answers can be wrong. Check what matters.")
        self._reason = ""
        self._is_busy = self._is_low = False
        self._is_settled = True
        self._scope = NO_DOCUMENTS
        self._card = ComposerCard(theme, parent=self)
        self._hint = Text(theme, self._hint_text, parent=self, font=theme.fonts.small, color="hint")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setWordWrap(True)
        self._hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # and no height for a width
        self._templating = Templating(theme, self._card, self)
        self._attachments = Attachments(self._card, bridge, read_files, self)
        self._lay_out()
        self._connect()
        self.marks = SpellingMarks(self.edit, theme, bridge, spelling) if bridge and spelling else None
        if self.marks is not None:
            self.marks.failed.connect(self.failed)
        self._refresh()

    @property
    def edit(self) -> ComposerEdit:
        return self._card.edit

    @property
    def button(self) -> IconButton:
        """Send, or stop while an answer is under way."""
        return self._card.button

    @property
    def read_mark(self) -> ReadMark:
        return self._card.read_mark

    @property
    def hint(self) -> str:
        """The line below the card."""
        return self._hint.text()

    @property
    def card(self) -> ComposerCard:
        return self._card

    @property
    def popup(self) -> SlashPopup | None:
        """The list of templates, once it was open."""
        return self._templating.popup

    @property
    def draft(self) -> Draft:
        """What stands here now. What is attached goes before the text: so it can be read ahead meanwhile."""
        return Draft(self.edit.toPlainText(), self._card.chips.attachments, self._card.queue.messages, self._scope)

    def set_draft(self, draft: Draft) -> None:
        """Another chat is on screen: with this in its composer, and nothing to undo."""
        self._is_settled = False
        self._templating.close_form()
        self._card.chips.replace(draft.attachments)
        self._card.queue.set_messages(draft.queued)
        self._scope = draft.scope
        self._put_text(draft.text)
        self._is_settled = True
        self._on_changed()

    def set_scope(self, scope: Scope) -> None:
        """The documents that a chat is to ask which does not exist yet: they are part of its draft."""
        if scope != self._scope:
            self._scope = scope
            self._on_changed()

    def set_asked(self, asked: Sequence[AskedItem]) -> None:
        """What the chat asks, as chips."""
        self._card.sources.set_asked(asked)

    @property
    def text(self) -> str:
        """All of it as one: what is attached, and below it what is typed."""
        parts = (*(attachment.text for attachment in self._card.chips.attachments), self.edit.toPlainText())
        return "\n\n".join(part for part in parts if part)

    def set_text(self, text: str) -> None:
        """This instead of the text and what is attached; what is queued stays."""
        self.set_draft(Draft(text, queued=self._card.queue.messages, scope=self._scope))

    def clear(self) -> None:
        """No text and nothing attached; what is queued stays."""
        self.set_text("")

    def remove_sent(self, request: SendRequested) -> None:
        """The window has stored it; what was typed after it stays."""
        sent = {(item.name, item.text) for item in request.attachments}
        left = tuple(one for one in self._card.chips.attachments if (one.name, one.text) not in sent)
        typed = self.edit.toPlainText()
        if request.text:
            before, _sent, after = typed.partition(request.text)
            typed = (before + after).strip()
        self.set_draft(Draft(typed, left, self._card.queue.messages))

    def set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        self._refresh()

    def set_enabled_reason(self, reason: str) -> None:
        """Why nothing can be sent just now ("The model is loading…"), or nothing. Typing goes on meanwhile."""
        self._reason = reason
        self._refresh()

    def set_enter_sends(self, enter_sends: bool) -> None:
        """Otherwise Enter begins a line. Ctrl+Enter sends in both cases, and Shift+Enter begins a line."""
        self.edit.enter_sends = enter_sends
        self._refresh()

    def set_read_ahead(self, is_read: bool) -> None:
        """Whether the model has read all of a long question, so that Enter is answered at once."""
        self.read_mark.setVisible(is_read)

    def set_hint(self, hint: str) -> None:
        self._hint_text = hint
        self._refresh()

    def set_low(self, is_low: bool) -> None:
        """A low page has no room for a line below the card that says nothing new."""
        if is_low != self._is_low:
            self._is_low = is_low
            self._refresh()

    def set_placeholder(self, text: str) -> None:
        self.edit.setPlaceholderText(text)

    def set_templates(self, templates: Sequence[Template]) -> None:
        """What "/" offers."""
        self._templating.set_templates(templates)

    @Slot()
    def open_templates(self) -> None:
        """As if a slash were typed at the beginning of a line."""
        self._templating.open()

    @Slot()
    def choose_files(self) -> None:
        """Ask for files to attach."""
        self._attachments.choose()

    def attach(self, paths: Sequence[Path]) -> None:
        """Read these and show them as chips; what is not text is refused by `files_refused`."""
        self._attachments.attach(paths)

    def setFocus(self, reason: object = None) -> None:
        """To the field; whatever else a signal brings is no reason.

        No focus proxy: Tab would go to the field first, and then past what stands above it.
        """
        known = reason if isinstance(reason, Qt.FocusReason) else Qt.FocusReason.OtherFocusReason
        self.edit.setFocus(known)

    def hasFocus(self) -> bool:
        return self.edit.hasFocus()

    def take_next_queued(self) -> Queued | None:
        """An answer ended well: the message to be sent next, which does not wait here any longer."""
        messages = self._card.queue.messages
        if not messages:
            return None
        self._card.queue.set_messages(messages[1:])
        return messages[0]

    def take_queued(self, queued: Queued) -> bool:
        """It is sent now, and does not wait here any longer; False where it did not."""
        messages = list(self._card.queue.messages)
        if queued not in messages:
            return False
        messages.remove(queued)
        self._card.queue.set_messages(tuple(messages))
        return True

    def put_back(self, queued: Queued) -> None:
        """A queued message could not be sent: it waits again, first of all."""
        self._card.queue.set_messages((queued, *self._card.queue.messages))

    def can_take(self, untrusted_data: QMimeData) -> bool:
        """Whether it may be dropped here: files that are no model, and texts."""
        return self._attachments.can_take(untrusted_data)

    def take(self, untrusted_data: QMimeData) -> None:
        """What was dropped, here or elsewhere in the window."""
        self.show_drop(False)
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.edit.insertFromMimeData(untrusted_data)

    def show_drop(self, is_shown: bool) -> None:
        """Files are being held above this, or above the window."""
        self._card.drop.setVisible(is_shown)
        self._card.drop.raise_()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.can_take(event.mimeData()):
            event.acceptProposedAction()
            self.show_drop(bool(self._attachments.files(event.mimeData())))
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.show_drop(False)

    def dropEvent(self, event: QDropEvent) -> None:
        if not self._attachments.files(event.mimeData()):
            at = self.edit.viewport().mapFrom(self, event.position().toPoint())
            self.edit.setTextCursor(self.edit.cursorForPosition(at))
        self.take(event.mimeData())
        event.acceptProposedAction()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_hint()
        self._templating.place()

    def moveEvent(self, event: QMoveEvent) -> None:
        super().moveEvent(event)
        self._templating.place()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._templating.hide()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._card.arrange()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(_SIDE_PX, 0, _SIDE_PX, 12)
        column.setSpacing(0)
        column.addWidget(self._card, 0)
        column.addWidget(self._hint, 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAcceptDrops(True)
        self._card.attach.set_label(_("Attach files"), keys=keys_text(Act.ATTACH))
        self._card.templates.set_label(_("Prompt templates"), keys="/")
        self._card.set_has_templates(False)

    def _connect(self) -> None:
        card, edit = self._card, self._card.edit
        self._attachments.refused.connect(self.files_refused)
        self._attachments.documents_found.connect(self.documents_found)
        card.documents.clicked.connect(self.documents_requested)
        card.sources.changed.connect(self._on_sources_changed)
        card.sources.left.connect(self._on_left)
        edit.enter_pressed.connect(self._on_send)
        edit.up_on_empty.connect(self._on_up)
        edit.textChanged.connect(self._on_changed)
        edit.menu_requested.connect(self._on_menu)
        card.chips.changed.connect(self._on_changed)
        card.chips.opened.connect(self.attachment_requested)
        card.chips.left.connect(self._on_left)
        card.queue.changed.connect(self._on_changed)
        card.queue.edit_requested.connect(self._on_edit_queued)
        card.queue.send_requested.connect(self._on_send_queued)
        card.queue.left.connect(self._on_left)
        card.button.clicked.connect(self._on_button)

    @Slot()
    def _on_changed(self) -> None:
        if not self._is_settled:
            return
        self._refresh()
        self._card.arrange()
        self._card.order_tabs()
        self.draft_changed.emit()
        self.text_changed.emit()

    @Slot()
    def _on_sources_changed(self) -> None:
        self._card.arrange()
        self._card.order_tabs()

    def _refresh(self) -> None:
        chips = self._card.chips
        has_text = bool(chips.attachments) or bool(self.edit.toPlainText().strip())
        can_send = not self._reason and has_text and not chips.is_reading
        keys = _("Enter") if self.edit.enter_sends else _("Ctrl+Enter")
        self._card.button.set_stop(self._is_busy, send_keys=keys)
        self._card.button.setEnabled(self._is_busy or can_send)
        self._card.queue.set_waiting(not self._is_busy)
        self._hint.setText(self._reason or self._hint_text)
        self._hint.setVisible(not self._is_low or bool(self._reason))
        self._fit_hint()

    def _fit_hint(self) -> None:
        """As many lines as it takes here: the composer is as high as its parts, not as the layout would like."""
        width = max(_LEAST_HINT_PX, self.width() - 2 * _SIDE_PX)
        wrapped = QFontMetrics(self._hint.font()).boundingRect(
            QRect(0, 0, width, 1000), Qt.TextFlag.TextWordWrap, self._hint.text()
        )
        height = wrapped.height() + 2
        if height != self._hint.height():
            self._hint.setFixedHeight(height)

    def _put_text(self, text: str) -> None:
        if is_large(text):
            self.edit.clear()
            self._card.chips.add("", Attachment("", text))
        else:
            self.edit.setPlainText(text)
            self.edit.moveCursor(QTextCursor.MoveOperation.End)

    @Slot()
    def _on_button(self) -> None:
        if self._is_busy:
            self.stop_requested.emit()
        else:
            self._on_send()

    @Slot()
    def _on_send(self) -> None:
        text, attachments = self.edit.toPlainText().strip(), self._card.chips.attachments
        if not (text or attachments) or self._reason or self._card.chips.is_reading:
            return
        if self._is_busy:
            self._queue(Queued(text, attachments))
        else:
            self.send_requested.emit(SendRequested(text, _items(attachments)))

    def _queue(self, queued: Queued) -> None:
        self._is_settled = False
        self.edit.clear()
        self._card.chips.replace(())
        self._is_settled = True
        self._card.queue.set_messages((*self._card.queue.messages, queued))
        accessible.announce(self, _("Your message waits for the answer."))

    @Slot()
    def _on_up(self) -> None:
        """What waits last is what was asked last."""
        queued = self._card.queue.messages
        if queued:
            self._on_edit_queued(QueuedPicked(len(queued) - 1))
        else:
            self.edit_last_requested.emit()

    @Slot(object)
    def _on_edit_queued(self, picked: QueuedPicked) -> None:
        """Back into the field; what stands there takes its place."""
        messages = list(self._card.queue.messages)
        taken = messages.pop(picked.place)
        typed = Queued(self.edit.toPlainText().strip(), self._card.chips.attachments)
        if typed.text or typed.attachments:
            messages.insert(picked.place, typed)
        self._is_settled = False
        self._card.queue.set_messages(tuple(messages))
        self._card.chips.replace(taken.attachments, keeps_reading=True)
        self._put_text(taken.text)
        self._is_settled = True
        self._on_changed()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_send_queued(self, picked: QueuedPicked) -> None:
        if self._is_busy or self._reason:
            return
        messages = self._card.queue.messages
        queued = messages[picked.place]
        self._card.queue.set_messages(messages[: picked.place] + messages[picked.place + 1 :])
        self.send_requested.emit(SendRequested(queued.text, _items(queued.attachments), is_queued=True))

    @Slot()
    def _on_left(self) -> None:
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_menu(self, event: QContextMenuEvent) -> None:
        menu, place = field_menu(self.edit, self.marks, event)
        menu.popup(place)


def _items(attachments: Sequence[Attachment]) -> tuple[AttachmentItem, ...]:
    return tuple(AttachmentItem(one.name, one.text) for one in attachments)
