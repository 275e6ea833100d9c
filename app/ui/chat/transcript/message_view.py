"""One message on screen: bubble or Markdown, what became of it, and what can be done with it. While its words are
still being read it is a few grey bars."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QEnterEvent, QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.chat.tree import Attachment, Edit
from app.ui import accessible
from app.ui.chat.editing import EditGivenUp, EditSaved, EditTyped
from app.ui.chat.items import CopyRequested, EditRequested, MessageItem
from app.ui.chat.rendering.markdown import Parser
from app.ui.chat.rendering.message_body import MessageBody
from app.ui.chat.transcript import hearing
from app.ui.chat.transcript.bars import paint_bars
from app.ui.chat.transcript.deeds import Deed, can_edit, offered, request
from app.ui.chat.transcript.details import Details
from app.ui.chat.transcript.message_actions import MessageActions
from app.ui.chat.transcript.message_editor import MessageEditor
from app.ui.chat.transcript.message_menu import MessageMenu
from app.ui.chat.transcript.message_words import MessageWords
from app.ui.chat.transcript.source_line import OUTDENT_PX, SourceLine
from app.ui.chat.transcript.state import TranscriptState
from app.ui.chat.transcript.status_line import StatusLine, says_something
from app.ui.controls import paint_ring
from app.ui.theme import Theme
from app.ui.tokens import MESSAGE_MARGIN_PX

_TOP_PX = 6
"""Above the words, for the focus ring."""
_ABOVE_STATUS_PX = 10
_ABOVE_SOURCES_PX = 12
_BESIDE_PX = 6
"""Between a bubble and the actions beside it, and how far they stand above its lower edge."""
_BELOW_BUBBLE_PX = 14
_MENU_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Menu)


class MessageView(QWidget):
    """Made for one item's role; `set_item` keeps it up to date, `arrange(width, guess)` says how high it is."""

    requested = Signal(object)
    """One of the requests of items.py or editing.py."""
    height_changed = Signal(object)
    """The item's id, a str."""
    edit_left = Signal()
    """An edit that began elsewhere was given up; the focus wants to go back there."""
    moved_on = Signal(object)
    """+1 or -1: the focus wants to go to the next or previous message."""
    left = Signal()
    """Esc: the focus wants to go back to the composer."""

    def __init__(
        self, theme: Theme, parser: Parser, item: MessageItem, state: TranscriptState, *, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._item = item
        self._state = state
        self._has_ring = False
        self._had_focus = False
        self._editor: MessageEditor | None = None
        self._words = MessageWords(theme, parser, item.role, parent=self)
        self._words.requested.connect(self.requested)
        self._words.height_changed.connect(self._on_height_changed)
        self._status: StatusLine | None = None
        self._sources: SourceLine | None = None
        self._actions = MessageActions(theme, parent=self)
        self._actions.deed_chosen.connect(self._on_deed)
        self._actions.more_requested.connect(self._on_more)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_item(item)

    @property
    def item(self) -> MessageItem:
        return self._item

    @property
    def body(self) -> MessageBody | None:
        return self._words.body

    @property
    def words(self) -> MessageWords:
        return self._words

    @property
    def editor(self) -> MessageEditor | None:
        return self._editor

    @property
    def status_line(self) -> StatusLine:
        """Made when there is something to say the first time: most messages simply ended."""
        if self._status is None:
            self._status = StatusLine(self._theme, parent=self)
            self._status.requested.connect(self.requested)
            self._status.set_state(self._item)
        return self._status

    @property
    def action_row(self) -> MessageActions:
        return self._actions

    def tab_stops(self) -> list[QWidget]:
        """Everything the Tab key visits in this message, in order."""
        editor = self._editor.tab_stops() if self._editor is not None else []
        status = self._status.tab_stops() if self._status is not None else []
        sources = self._sources.tab_stops() if self._sources is not None else []
        return [self, *self._words.tab_stops(), *editor, *sources, *status, *self._actions.all]

    def set_state(self, state: TranscriptState) -> None:
        """What holds for all messages has changed."""
        if state != self._state:
            self._state = state
            self._refresh_actions()
            if self._editor is not None:
                self._editor.set_idle(state.is_idle)

    def set_item(self, item: MessageItem) -> None:
        self._item = item
        if item.is_here:
            self._words.set_item(item)
        self._show_sources()
        if self._status is not None or says_something(item):
            self.status_line.set_state(item)
            self.status_line.setVisible(self.status_line.has_something and self._editor is None)
        self._refresh_actions()
        accessible.name(self, hearing.name_of(item), item.note)
        self.update()

    def arrange(self, width: int, guess: int) -> int:
        """The height at column `width`, which is `guess` while the words are not here. The widget itself is wider by
        MESSAGE_MARGIN_PX on both sides, for the focus ring."""
        if self._editor is not None:
            height = self._editor.arrange(width)
            self._editor.setGeometry(MESSAGE_MARGIN_PX, _TOP_PX, width, height)
            return height + _TOP_PX + 12
        if not self._item.is_here:
            return guess
        words = self._words.arrange(width)
        self._words.setGeometry(MESSAGE_MARGIN_PX, _TOP_PX, width, words)
        self._words.setVisible(words > 0)
        y = _TOP_PX + words
        if self._sources is not None and not self._sources.isHidden():
            y += _ABOVE_SOURCES_PX if words else 0
            height = self._sources.arrange(width)
            outdent = 0 if self.isRightToLeft() else OUTDENT_PX
            self._sources.setGeometry(MESSAGE_MARGIN_PX - outdent, y, width + OUTDENT_PX, height)
            y += height
        status = self._status.arrange(width) if self._status is not None else 0
        if self._status is not None and status:
            y += _ABOVE_STATUS_PX if words else 0
            self._status.setGeometry(MESSAGE_MARGIN_PX, y, width, status)
            y += status
        elif self._arrange_beside(width):
            return y + _BELOW_BUBBLE_PX
        return self._arrange_actions(y + 4, width)

    @Slot()
    def start_edit(self) -> None:
        if self._editor is not None or not self._state.is_idle or not can_edit(self._item):
            return
        self._had_focus = self._is_focus_within()
        self._open_editor(self._as_stored()).edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.requested.emit(EditRequested(self._item.id))

    def resume_edit(self, edit: Edit) -> None:
        """What was typed here before stands in the place of the message again; the focus stays where it is.

        Words that went meanwhile, with a document that they quoted, go from there.
        """
        if self._editor is not None and (self._editor.text, self._editor.attachments) != (edit.text, edit.attachments):
            self._close_editor()
        if self._editor is None and can_edit(self._item):
            self._had_focus = False
            self._open_editor(edit)

    def make_menu(self, place: QPoint | None = None) -> MessageMenu:
        """What can be done with this message, and at that `place` in it; deletes itself when closed."""
        menu = MessageMenu(self._theme, self._item, self._state, self._on_deed, parent=self)
        if not menu.isEmpty():
            menu.offer_place(place, self._copy)
        return menu

    def enterEvent(self, event: QEnterEvent) -> None:
        self._reveal()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._reveal()
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._has_ring = True
        super().focusInEvent(event)
        self.refresh_reveal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._has_ring = False
        super().focusOutEvent(event)
        self.refresh_reveal()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self._open_menu_below()
        elif self._editor is None and self._item.is_here:
            self._open_menu(event.globalPos(), event.pos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, modifiers = event.key(), event.modifiers()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self.hasFocus():
            self.moved_on.emit(1 if key == Qt.Key.Key_Down else -1)
        elif (key in _MENU_KEYS and self.hasFocus()) or (key == Qt.Key.Key_F10 and _is_shift(modifiers)):
            self._open_menu_below()
        elif key == Qt.Key.Key_F2:
            self.start_edit()
        elif key == Qt.Key.Key_C and modifiers == Qt.KeyboardModifier.ControlModifier:
            self._on_deed(Deed.COPY)
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if not self._item.is_here:
            place = QRectF(self.rect()).adjusted(MESSAGE_MARGIN_PX, 0, -MESSAGE_MARGIN_PX, 0)
            paint_bars(painter, place, self._theme, self._item.role, self.layoutDirection())
        if self._has_ring:
            paint_ring(painter, QRectF(self.rect()).adjusted(0, 0, 0, -2), self._theme, 10)

    def refresh_reveal(self) -> None:
        """Called when the focus moved somewhere; shows or hides the actions."""
        self._reveal()
        self.update()

    def _arrange_beside(self, width: int) -> bool:
        """A question's actions stand beside its bubble where there is room, so that nothing unseen parts it from its
        answer."""
        bubble = self._words.bubble
        ground = bubble.ground if bubble is not None else QRect()
        room = width - ground.width() - _BESIDE_PX
        if ground.isEmpty() or not self._actions.fits_beside(room):
            return False
        row = self._actions.arrange(room, is_beside=True)
        left = width - room if self.layoutDirection() == Qt.LayoutDirection.RightToLeft else 0
        top = _TOP_PX + ground.y() + ground.height() - row - _BESIDE_PX
        self._actions.setGeometry(MESSAGE_MARGIN_PX + left, top, room, row)
        return True

    def _arrange_actions(self, y: int, width: int) -> int:
        # The first icon stands under the text, so its button begins a little before.
        is_answer = self._item.role == "assistant"
        outdent = 6 if is_answer else 0
        row = self._actions.arrange(width + outdent)
        is_rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        self._actions.setGeometry(MESSAGE_MARGIN_PX - (0 if is_rtl else outdent), y, width + outdent, row)
        return y + row + (12 if is_answer else 4)

    def _show_sources(self) -> None:
        """Below an answer from documents, once it is written."""
        sourced = self._item.sourced if self._item.is_here and self._item.status != "streaming" else None
        if sourced is not None and self._sources is None:
            self._sources = SourceLine(self._theme, parent=self)
            self._sources.requested.connect(self.requested)
            self._sources.height_changed.connect(self._on_height_changed)
        if self._sources is not None:
            if sourced is not None:
                self._sources.set_sourced(self._item.id, sourced)
            self._sources.setVisible(sourced is not None and self._editor is None)

    def _offered(self) -> tuple[Deed, ...]:
        return offered(self._item, self._state)

    def _refresh_actions(self) -> None:
        self._actions.set_item(self._item, self._offered())
        self._actions.setVisible(self._editor is None and self._item.is_here)
        self._reveal()

    def _reveal(self) -> None:
        self._actions.reveal(self.underMouse() or self._is_focus_within())

    def _is_focus_within(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and (focus is self or self.isAncestorOf(focus))

    def _open_menu(self, on_screen: QPoint, place: QPoint | None = None) -> None:
        # Some systems make a context menu event of the key that was already heard.
        if QApplication.activePopupWidget() is None:
            self.make_menu(place).popup(on_screen)

    def _open_menu_below(self) -> None:
        if self._editor is None and self._item.is_here:
            self._open_menu(self.mapToGlobal(self._actions.geometry().bottomLeft()))

    def _as_stored(self) -> Edit:
        """The message itself, as an edit that has changed nothing."""
        attached = tuple(Attachment(one.name, one.text) for one in self._item.attachments)
        return Edit(self._item.id, self._item.text, attached)

    def _open_editor(self, edit: Edit) -> MessageEditor:
        is_question = self._item.role == "user"
        editor = MessageEditor(self._theme, edit.text, edit.attachments, is_question=is_question, parent=self)
        editor.set_idle(self._state.is_idle)
        editor.submitted.connect(self._on_submitted)
        editor.cancelled.connect(self._on_cancelled)
        editor.changed.connect(self._on_edited)
        editor.height_changed.connect(self._on_height_changed)
        editor.opened.connect(self.requested)
        self._editor = editor
        self._show_editor(True)
        editor.show()
        return editor

    def _close_editor(self) -> None:
        if self._editor is not None:
            self._editor.hide()
            self._editor.deleteLater()
            self._editor = None
            self._show_editor(False)
            self.setFocus(Qt.FocusReason.OtherFocusReason)
            if not self._had_focus:
                self.edit_left.emit()

    def _copy(self, text: str) -> None:
        self.requested.emit(CopyRequested(text))

    def _show_editor(self, is_shown: bool) -> None:
        self._words.setVisible(not is_shown)
        if self._status is not None:
            self._status.setVisible(not is_shown and self._status.has_something)
        self._show_sources()
        self._refresh_actions()
        self._on_height_changed()

    @Slot(object)
    def _on_deed(self, deed: Deed) -> None:
        wish = request(deed, self._item)
        if wish is not None:
            self.requested.emit(wish)
        if deed in (Deed.COPY, Deed.COPY_MARKDOWN):
            self._actions.show_copied()
        elif deed is Deed.EDIT:
            self.start_edit()
        elif deed is Deed.DETAILS:
            Details(self._theme, self._item, parent=self).open_at(self.mapToGlobal(self._actions.geometry().topLeft()))

    @Slot()
    def _on_more(self) -> None:
        self._open_menu(self._actions.more.mapToGlobal(self._actions.more.rect().bottomLeft()))

    @Slot()
    def _on_edited(self) -> None:
        if self._editor is not None:
            edit = Edit(self._item.id, self._editor.text, self._editor.attachments)
            is_same = edit == self._as_stored()
            self.requested.emit(EditGivenUp(self._item.id) if is_same else EditTyped(edit))

    @Slot()
    def _on_cancelled(self) -> None:
        self._close_editor()
        self.requested.emit(EditGivenUp(self._item.id))

    @Slot()
    def _on_submitted(self) -> None:
        if self._editor is not None:
            edit = Edit(self._item.id, self._editor.text.strip(), self._editor.attachments)
            self._close_editor()
            self.requested.emit(EditSaved(edit))

    @Slot()
    def _on_height_changed(self) -> None:
        self.height_changed.emit(self._item.id)


def _is_shift(modifiers: Qt.KeyboardModifier) -> bool:
    return modifiers == Qt.KeyboardModifier.ShiftModifier
