"""A message being changed in place: Enter sends or saves, Shift+Enter is a new line, Esc gives up."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QStyle, QWidget

from app.chat.tree import Attachment
from app.text import _
from app.ui import accessible
from app.ui.chat.composer.chips import ChipStrip
from app.ui.controls import TextButton, paint_card
from app.ui.theme import Theme

_PAD = 14
_GAP_PX = 8
_BELOW_CHIPS_PX = 10
_LINES_MAX = 12


class PlainEdit(QPlainTextEdit):
    """Plain text, Enter reported instead of written, input methods left alone while they compose."""

    enter_pressed = Signal()
    escape_pressed = Signal()
    wrapped = Signal()
    """Its lines are those of its width now, which is known only once it is shown."""

    def __init__(self, theme: Theme, label: str, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._is_composing = False
        self.has_escape = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(theme.fonts.body)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(0)
        self.viewport().setAutoFillBackground(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        accessible.name(self, label)

    def text_height(self, lines_max: int) -> int:
        """For the text as wrapped now, at least one line and at most `lines_max`, as they are laid out: those with
        other scripts or emoji are higher than the font says."""
        heights: list[float] = []
        block = self.document().firstBlock()
        while block.isValid() and len(heights) < lines_max:
            self.blockBoundingRect(block)  # lays it out
            layout = block.layout()
            heights += [layout.lineAt(line).height() for line in range(layout.lineCount())]
            block = block.next()
        return math.ceil(sum(heights[:lines_max]) or self.fontMetrics().lineSpacing()) + 2

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.wrapped.emit()

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        self._is_composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def event(self, event: QEvent) -> bool:
        # Claims Esc before a window-wide shortcut (stop) takes it.
        is_claim = event.type() == QEvent.Type.ShortcutOverride and self.has_escape
        if is_claim and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and not self._is_composing and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.enter_pressed.emit()
        elif event.key() == Qt.Key.Key_Escape and self.has_escape:
            self.escape_pressed.emit()
        elif is_enter:
            self.textCursor().insertText("\n")
            self.ensureCursorVisible()
        else:
            super().keyPressEvent(event)


class MessageEditor(QWidget):
    """What is attached to a question stands above its words, to be looked at and removed, as in the composer."""

    submitted = Signal()
    cancelled = Signal()
    changed = Signal()
    """The text, or what is attached."""
    height_changed = Signal()
    opened = Signal(object)
    """An AttachmentRequested: a chip was pressed."""

    def __init__(
        self,
        theme: Theme,
        text: str,
        attachments: tuple[Attachment, ...] = (),
        *,
        is_question: bool,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._height = 0
        self._is_idle = True
        label = _("Change your question") if is_question else _("Change this answer")
        self.edit = PlainEdit(theme, label, parent=self)
        self.edit.has_escape = True
        self.edit.setPlainText(text)
        self.edit.moveCursor(QTextCursor.MoveOperation.End)
        self.chips = ChipStrip(theme, parent=self)
        self.chips.replace(attachments)
        self.cancel = TextButton(theme, _("Cancel"), parent=self)
        self.save = TextButton(theme, _("Save & send") if is_question else _("Save"), parent=self, kind="strong")
        self.edit.enter_pressed.connect(self._on_submit)
        self.edit.escape_pressed.connect(self.cancelled)
        self.edit.textChanged.connect(self._on_changed)
        self.edit.wrapped.connect(self._on_wrapped)
        self.chips.changed.connect(self._on_changed)
        self.chips.opened.connect(self.opened)
        self.chips.left.connect(self._on_chip_gone)
        self.cancel.clicked.connect(self.cancelled)
        self.save.clicked.connect(self._on_submit)
        self._refresh()

    @property
    def text(self) -> str:
        return self.edit.toPlainText()

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        return self.chips.attachments

    def set_idle(self, is_idle: bool) -> None:
        """While an answer is under way it can be written, and not be saved."""
        self._is_idle = is_idle
        self._refresh()

    def tab_stops(self) -> list[QWidget]:
        return [*self.chips.stops, self.edit, self.cancel, self.save]

    def arrange(self, width: int) -> int:
        inner = width - 2 * _PAD
        chips = self.chips.height_for(inner)
        self.chips.setVisible(chips > 0)
        self.chips.setGeometry(_PAD, _PAD, inner, chips)
        top = _PAD + (chips + _BELOW_CHIPS_PX if chips else 0)
        self.edit.resize(inner, max(20, self.edit.height()))
        height = self.edit.text_height(_LINES_MAX)
        self.edit.setGeometry(_PAD, top, inner, height)
        y = top + height + 12
        x = width - _PAD
        for button in (self.save, self.cancel):
            hint = button.sizeHint()
            if x < width - _PAD and x - hint.width() < _PAD:  # no room beside the other
                x, y = width - _PAD, y + hint.height() + _GAP_PX
            place = QRect(x - hint.width(), y, hint.width(), hint.height())
            button.setGeometry(QStyle.visualRect(self.layoutDirection(), QRect(0, 0, width, 0), place))
            x -= hint.width() + _GAP_PX
        self._height = y + self.save.sizeHint().height() + 12
        return self._height

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_card(
            painter,
            QRectF(self.rect()),
            ground=self._theme.color("bubble"),
            line=self._theme.color("accent") if self.edit.hasFocus() else self._theme.color("line"),
            radius=16,
        )

    def _refresh(self) -> None:
        self.save.setEnabled(self._is_idle and self._has_something)
        waits = "" if self._is_idle else _("Wait until the answer is complete.")
        self.save.setToolTip(accessible.plain_tooltip(waits) if waits else "")
        self.save.setAccessibleDescription(waits)

    @property
    def _has_something(self) -> bool:
        return bool(self.text.strip() or self.attachments)

    @Slot()
    def _on_changed(self) -> None:
        self._refresh()
        self.changed.emit()
        self.height_changed.emit()

    @Slot()
    def _on_chip_gone(self) -> None:
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_wrapped(self) -> None:
        if self.edit.height() != self.edit.text_height(_LINES_MAX):
            self.height_changed.emit()

    @Slot()
    def _on_submit(self) -> None:
        if not self._is_idle:
            accessible.announce(self, _("Wait until the answer is complete."))
        elif self._has_something:
            self.submitted.emit()
