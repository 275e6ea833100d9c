"""One message on screen: bubble or Markdown, what became of it, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.text import _
from app.ui import accessible
from app.ui.chat.items import (
    CopyRequested,
    EditRequested,
    EditSubmitted,
    MessageItem,
    RegenerateRequested,
    RetryRequested,
    SilenceAnswered,
    VersionRequested,
)
from app.ui.chat.rendering.markdown import Parser
from app.ui.chat.rendering.message_body import MessageBody
from app.ui.chat.rendering.prose import ProseView
from app.ui.chat.transcript.bubble import Bubble
from app.ui.chat.transcript.message_actions import MessageActions, can_edit
from app.ui.chat.transcript.message_editor import MessageEditor
from app.ui.chat.transcript.status_line import StatusLine
from app.ui.controls import paint_ring
from app.ui.theme import Theme

MARGIN_PX = 8


class MessageView(QWidget):
    """Made for one item's role; `set_item` keeps it up to date, `arrange(width)` says how high it is."""

    copy_requested = Signal(object)
    edit_requested = Signal(object)
    edit_submitted = Signal(object)
    regenerate_requested = Signal(object)
    version_requested = Signal(object)
    retry_requested = Signal(object)
    silence_answered = Signal(object)
    link_requested = Signal(object)
    height_changed = Signal(object)
    """The item's id, a str."""
    edit_left = Signal()
    """An edit that began elsewhere was given up; the focus wants to go back there."""
    moved_on = Signal(object)
    """+1 or -1: the focus wants to go to the next or previous message."""

    def __init__(self, theme: Theme, parser: Parser, item: MessageItem, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._item = item
        self._is_busy = False
        self._has_ring = False
        self._had_focus = False
        self._editor: MessageEditor | None = None
        self._body: MessageBody | None = None
        self._bubble: Bubble | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if item.role == "assistant":
            self._body = MessageBody(theme, parser, parent=self)
            self._body.copy_requested.connect(self.copy_requested)
            self._body.link_requested.connect(self.link_requested)
            self._body.height_changed.connect(self._on_height_changed)
        else:
            self._bubble = Bubble(theme, parent=self)
            self._bubble.height_changed.connect(self._on_height_changed)
        self._status = StatusLine(theme, parent=self)
        self._status.retry.clicked.connect(self._on_retry)
        self._status.wait.clicked.connect(self._on_wait)
        self._status.stop.clicked.connect(self._on_stop)
        self._actions = MessageActions(theme, parent=self)
        self._actions.copy.clicked.connect(self._on_copy)
        self._actions.edit.clicked.connect(self.start_edit)
        self._actions.again.clicked.connect(self._on_again)
        self._actions.older.clicked.connect(self._on_older)
        self._actions.newer.clicked.connect(self._on_newer)
        self.set_item(item)

    @property
    def item(self) -> MessageItem:
        return self._item

    @property
    def body(self) -> MessageBody | None:
        return self._body

    @property
    def editor(self) -> MessageEditor | None:
        return self._editor

    @property
    def status_line(self) -> StatusLine:
        return self._status

    @property
    def action_row(self) -> MessageActions:
        return self._actions

    def tab_stops(self) -> list[QWidget]:
        """Everything the Tab key visits in this message, in order."""
        stops: list[QWidget] = [self]
        if self._body is not None:
            for part in self._body.parts:
                stops.append(part.copy_button if not isinstance(part, ProseView) else part)
        if self._bubble is not None:
            stops += self._bubble.tab_stops()
        if self._editor is not None:
            stops += [self._editor.edit, self._editor.cancel, self._editor.save]
        return [*stops, *self._status.tab_stops(), *self._actions.all]

    def set_busy(self, is_busy: bool) -> None:
        """While an answer is under way nothing can be edited, repeated or switched."""
        if is_busy != self._is_busy:
            self._is_busy = is_busy
            self._refresh_actions()

    def set_item(self, item: MessageItem) -> None:
        self._item = item
        if self._body is not None:
            self._body.set_source(item.text, is_live=item.status == "streaming")
        if self._bubble is not None:
            self._bubble.set_text(item.text)
        self._status.set_state(item)
        self._refresh_actions()
        who = _("You") if item.role == "user" else _("Answer")
        accessible.name(self, f"{who}: {item.text[:300]}", item.note)

    def arrange(self, width: int) -> int:
        """The height at column `width`. The widget itself is wider by MARGIN_PX on both sides, for the focus ring."""
        if self._editor is not None:
            return self._editor_height(width)
        y = self._arrange_words(width)
        status = self._status.arrange(width)
        if status:
            y += 10 if y else 0
            self._status.setGeometry(MARGIN_PX, y, width, status)
            y += status
        # The first icon stands under the text, so its button begins a little before.
        outdent = 6 if self._body is not None else 0
        row = self._actions.arrange(width + outdent)
        self._actions.setGeometry(MARGIN_PX - outdent, y + 4, width + outdent, row)
        return y + 4 + row + (2 if self._body is None else 18)

    def start_edit(self) -> None:
        if self._editor is not None or self._is_busy or not can_edit(self._item):
            return
        self._had_focus = self._is_focus_within()
        self._editor = MessageEditor(self._theme, self._item.text, parent=self)
        self._editor.submitted.connect(self._on_submitted)
        self._editor.cancelled.connect(self._on_cancelled)
        self._editor.height_changed.connect(self._on_height_changed)
        self._show_editor(True)
        self._editor.show()
        self._editor.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.edit_requested.emit(EditRequested(self._item.id))

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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self.hasFocus():
            self.moved_on.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        elif event.key() == Qt.Key.Key_F2 and self._item.role == "user":
            self.start_edit()
        elif event.key() == Qt.Key.Key_C and event.modifiers() == Qt.KeyboardModifier.ControlModifier:
            self._on_copy()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._has_ring:
            paint_ring(QPainter(self), QRectF(self.rect()).adjusted(0, 0, 0, -6), self._theme, 10)

    def refresh_reveal(self) -> None:
        """Called when the focus moved somewhere; shows or hides the actions."""
        self._reveal()
        self.update()

    def _refresh_actions(self) -> None:
        self._actions.set_item(self._item, is_idle=not self._is_busy)
        self._actions.setVisible(self._editor is None)
        self._reveal()

    def _reveal(self) -> None:
        self._actions.reveal(self.underMouse() or self._is_focus_within())

    def _is_focus_within(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and (focus is self or self.isAncestorOf(focus))

    def _arrange_words(self, width: int) -> int:
        words = self._body or self._bubble
        assert words is not None  # noqa: S101  # for mypy: a message has the one or the other
        height = words.arrange(width)
        words.setGeometry(MARGIN_PX, 0, width, height)
        words.setVisible(height > 0)
        return height

    def _editor_height(self, width: int) -> int:
        assert self._editor is not None  # noqa: S101  # for mypy: only called while editing
        height = self._editor.arrange(width)
        self._editor.setGeometry(MARGIN_PX, 0, width, height)
        return height + 16

    def _show_editor(self, is_shown: bool) -> None:
        if self._bubble is not None:
            self._bubble.setVisible(not is_shown)
        self._status.setVisible(not is_shown and self._status.has_something)
        self._refresh_actions()
        self._on_height_changed()

    @Slot()
    def _on_cancelled(self) -> None:
        if self._editor is not None:
            self._editor.hide()
            self._editor.deleteLater()
            self._editor = None
            self._show_editor(False)
            self.setFocus(Qt.FocusReason.OtherFocusReason)
            if not self._had_focus:
                self.edit_left.emit()

    @Slot(object)
    def _on_submitted(self, text: str) -> None:
        self._on_cancelled()
        self.edit_submitted.emit(EditSubmitted(self._item.id, text))

    @Slot()
    def _on_height_changed(self) -> None:
        self.height_changed.emit(self._item.id)

    @Slot()
    def _on_copy(self) -> None:
        self.copy_requested.emit(CopyRequested(self._item.text))
        self._actions.show_copied()

    @Slot()
    def _on_again(self) -> None:
        self.regenerate_requested.emit(RegenerateRequested(self._item.id))

    @Slot()
    def _on_retry(self) -> None:
        self.retry_requested.emit(RetryRequested(self._item.id))

    @Slot()
    def _on_wait(self) -> None:
        self.silence_answered.emit(SilenceAnswered(self._item.id, goes_on=True))

    @Slot()
    def _on_stop(self) -> None:
        self.silence_answered.emit(SilenceAnswered(self._item.id, goes_on=False))

    @Slot()
    def _on_older(self) -> None:
        self.version_requested.emit(VersionRequested(self._item.id, -1))

    @Slot()
    def _on_newer(self) -> None:
        self.version_requested.emit(VersionRequested(self._item.id, 1))
