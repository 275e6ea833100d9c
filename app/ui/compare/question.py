"""The question below both sides, with what is to be said about it, and the button that asks or stops."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from app.text import _
from app.ui.chat.transcript.message_editor import PlainEdit
from app.ui.compare.shown import AskRequested, Notice
from app.ui.controls import Text, TextButton, paint_card
from app.ui.theme import Theme

_LINES_MAX = 6
_RADIUS = 18
_NARROW_PX = 520
_TINY_PX = 340


class QuestionCard(QWidget):
    """`original` is the question that is there already; unchanged, it is asked again."""

    ask_requested = Signal(object)  # AskRequested
    stop_requested = Signal()
    escape_pressed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._original = ""
        self._is_running = False
        self.notice = Text(theme, "", parent=self, font=theme.fonts.small, color="muted").wrapped()
        self.chance = TextButton(theme, _("Two tries of the same"), parent=self)
        self.edit = _Edit(theme, _("Question for both"), parent=self)
        self.edit.has_escape = True
        self.edit.setPlaceholderText(_("Ask both…"))
        self.button = TextButton(theme, "", parent=self, kind="strong")
        self._lay_out()
        self.edit.enter_pressed.connect(self._on_enter)
        self.edit.escape_pressed.connect(self.escape_pressed)
        self.edit.textChanged.connect(self._refresh)
        self.edit.wrapped.connect(self._refresh)
        self.button.clicked.connect(self._on_button)
        self.chance.clicked.connect(self._on_chance)
        theme.changed.connect(self._dress)
        theme.resized.connect(self._refresh)
        self._dress()
        self.set_notice(Notice())
        self._refresh()

    @property
    def text(self) -> str:
        return self.edit.toPlainText()

    def set_question(self, text: str) -> None:
        """The one that is there; empty for none."""
        self._original = text
        self.edit.setPlainText(text)
        self.edit.moveCursor(QTextCursor.MoveOperation.End)
        self._refresh()

    def set_enter_sends(self, enter_sends: bool) -> None:
        self.edit.enter_sends = enter_sends

    def set_running(self, is_running: bool) -> None:
        had_focus = self.button.hasFocus() or self.edit.hasFocus()
        self._is_running = is_running
        self.edit.setReadOnly(is_running)
        self._refresh()
        if had_focus:
            (self.button if is_running else self.edit).setFocus(Qt.FocusReason.OtherFocusReason)

    def set_notice(self, notice: Notice) -> None:
        self.notice.setText(notice.words)
        self.notice.setVisible(bool(notice.words))
        self.chance.setVisible(notice.offers_chance)
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        direction = QBoxLayout.Direction
        for row, least_px in ((self._said, _NARROW_PX), (self._row, _TINY_PX)):
            is_narrow = self.width() < self._theme.px(least_px)
            row.setDirection(direction.TopToBottom if is_narrow else direction.LeftToRight)
        self._refresh()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        is_active = self.edit.hasFocus() and not self._is_running
        line = self._theme.color("line_strong" if is_active else "line")
        paint_card(painter, QRectF(self.rect()), ground=self._theme.color("card"), line=line, radius=_RADIUS)

    def _lay_out(self) -> None:
        self._said = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._said.setSpacing(10)
        self._said.addWidget(self.notice, 1)
        self._said.addWidget(self.chance)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(10)
        self._row.addWidget(self.edit, 1)
        self._row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 12, 12, 12)
        column.setSpacing(8)
        column.addLayout(self._said)
        column.addLayout(self._row)

    @Slot()
    def _refresh(self) -> None:
        self.edit.setFixedHeight(max(self.edit.text_height(_LINES_MAX), self._theme.px(24)))
        has_words = bool(self.text.strip())
        if self._is_running:
            self.button.set_text(_("Stop"), icon="stop-fill")
        elif has_words and self.text == self._original:
            self.button.set_text(_("Ask this again"), icon="arrows-clockwise")
        else:
            self.button.set_text(_("Ask both"), icon="arrow-up")
        self.button.setEnabled(has_words or self._is_running)
        self.chance.setEnabled(has_words and not self._is_running)
        self.update()

    @Slot()
    def _dress(self) -> None:
        palette = self.edit.palette()
        palette.setColor(QPalette.ColorRole.PlaceholderText, self._theme.color("hint"))
        self.edit.setPalette(palette)

    @Slot()
    def _on_button(self) -> None:
        if self._is_running:
            self.stop_requested.emit()
        else:
            self._on_enter()

    @Slot()
    def _on_enter(self) -> None:
        if self.text.strip() and not self._is_running:
            self.ask_requested.emit(AskRequested(self.text))

    @Slot()
    def _on_chance(self) -> None:
        self.ask_requested.emit(AskRequested(self.text, by_chance=True))


class _Edit(PlainEdit):
    """As in the composer: with `enter_sends` off Enter begins a line, and Ctrl+Enter asks."""

    enter_sends = True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        is_sure = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if is_enter and self.isReadOnly():
            return
        if is_enter and not (self.enter_sends or is_sure or self._is_composing):
            self.textCursor().insertText("\n")
            self.ensureCursorVisible()
        else:
            super().keyPressEvent(event)
