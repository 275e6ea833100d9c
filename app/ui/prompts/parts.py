"""What the dialogs of this room are made of: their frame, a field for words, a row with something to choose."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QPainter, QPaintEvent, QShortcut, QTextCursor
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from app.chat.templates import MOST_CHARACTERS, MOST_NAME_CHARACTERS
from app.text import _, grouped
from app.ui import accessible
from app.ui.controls import Card, Ground, Text, TextButton, paint_card
from app.ui.models.entries import Chooser
from app.ui.scrolling import MARGIN_PX, ScrollingDialog
from app.ui.theme import Theme
from app.ui.tokens import RADIUS_CONTROL

PAD_PX = 14
FIELD_PX = 34
_WIDTH_PX = 600
_LEAST_WIDTH_PX = 300
_NARROW_PX = 460  # below, what is chosen stands under its name
_NARROW_MARGIN_PX = 12
_EDGE_PX = 12
_LINES_LEAST, _LINES_MOST = 5, 11
_CHOOSER_PX = 230


class PromptsDialog(ScrollingDialog):
    """Scrolls, fits the narrowest window, and Ctrl+Enter is its main button. Add rows, then call `finish`."""

    def __init__(self, theme: Theme, title: str, *, main: str, parent: QWidget) -> None:
        width = max(_LEAST_WIDTH_PX, min(theme.px(_WIDTH_PX), parent.window().width() - 2 * _EDGE_PX))
        self.is_narrow = width < theme.px(_NARROW_PX)
        self._margin_px = _NARROW_MARGIN_PX if self.is_narrow else MARGIN_PX
        super().__init__(theme, title, width_px=width, parent=parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        accessible.name(self, title)
        self.buttons.setContentsMargins(self._margin_px, 12, self._margin_px, 14)
        self._area.verticalScrollBar().rangeChanged.connect(self._fit)
        self._fit()
        self.fault = Text(theme, "", parent=self._foot, font=theme.fonts.small, color="danger").wrapped()
        self.cancel_button = TextButton(theme, _("Cancel"), parent=self._foot)
        self.save_button = TextButton(theme, main, parent=self._foot, kind="strong")
        self.save_button.setToolTip(accessible.plain_tooltip(f"{main}  (Ctrl+Enter)"))
        self.buttons.addWidget(self.fault, 1)
        self.buttons.addWidget(self.cancel_button)
        self.buttons.addWidget(self.save_button)
        self.cancel_button.clicked.connect(self.reject)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.save_button.click)

    def say_fault(self, words: str, *, is_missing: bool = False) -> None:
        """Why it cannot be saved as it stands, or what is only missing yet; empty when it can."""
        if words and words != self.fault.text() and not is_missing:
            accessible.announce(self, words)
        self.fault.setText(words)
        self.fault.set_color("hint" if is_missing else "danger")
        self.save_button.setEnabled(not words)

    def heading(self, words: str) -> Text:
        self.column.addSpacing(6)
        text = Text(self._theme, words, parent=self.page, font=self._theme.fonts.small_strong, color="muted").wrapped()
        self.column.addWidget(text)
        return text

    @Slot()
    def _fit(self) -> None:
        """The same width whether there is a scroll bar or not, and on whichever side it is."""
        beside = self._margin_px - (self._bar_px if self._area.verticalScrollBar().maximum() else 0)
        left, right = (beside, self._margin_px) if self.isRightToLeft() else (self._margin_px, beside)
        self.column.setContentsMargins(left, 14, right, 18)

    def _make_head(self, title: str) -> Ground:
        head = Ground(self._theme, "window", parent=self, edge="bottom")
        row = QHBoxLayout(head)
        row.setContentsMargins(self._margin_px, 18, self._margin_px, 12)
        row.addWidget(Text(self._theme, title, parent=head, font=self._theme.fonts.heading).wrapped())
        return head


class WordsField(Card):
    """Several lines of plain text. More than `MOST_CHARACTERS` are a fault, and a paste of more is not taken."""

    changed = Signal()
    refused = Signal()

    def __init__(self, theme: Theme, label: str, hint: str, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self.edit = _WordsEdit(theme, label, parent=self)
        self.edit.setPlaceholderText(hint)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 9, 6, 9)
        column.addWidget(self.edit)
        self.edit.textChanged.connect(self.changed)
        self.edit.refused.connect(self.refused)
        self.edit.focus_changed.connect(self.update)
        self.setFocusProxy(self.edit)

    @property
    def text(self) -> str:
        return self.edit.toPlainText()

    def show_text(self, text: str) -> None:
        if text != self.text:
            self.edit.setPlainText(text)
            self.edit.moveCursor(QTextCursor.MoveOperation.End)

    @property
    def is_too_long(self) -> bool:
        return self.edit.document().characterCount() - 1 > MOST_CHARACTERS

    def paintEvent(self, event: QPaintEvent) -> None:
        has_focus = self.edit.hasFocus()
        line = self._theme.color("accent" if has_focus else "line")
        width = 2.0 if has_focus and self._theme.tokens.is_high_contrast else 1.0
        ground = self._theme.color("card")
        paint_card(QPainter(self), QRectF(self.rect()), ground=ground, line=line, radius=RADIUS_CONTROL, width=width)


class _WordsEdit(QPlainTextEdit):
    focus_changed = Signal()
    refused = Signal()

    def __init__(self, theme: Theme, label: str, *, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(theme.fonts.ui)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(0)
        self.viewport().setAutoFillBackground(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().blockCountChanged.connect(self.updateGeometry)
        policy = self.sizePolicy()
        policy.setVerticalPolicy(policy.Policy.Fixed)
        self.setSizePolicy(policy)
        accessible.name(self, label)

    def sizeHint(self) -> QSize:
        """By its line breaks, and not by how lines wrap, which would lay out all of a long text."""
        lines = min(_LINES_MOST, max(_LINES_LEAST, self.document().blockCount() + 1))
        return QSize(200, lines * self.fontMetrics().lineSpacing() + 4)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.sizeHint().height())

    def focusInEvent(self, event: object) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type] # a QFocusEvent
        self.focus_changed.emit()

    def focusOutEvent(self, event: object) -> None:
        super().focusOutEvent(event)  # type: ignore[arg-type] # a QFocusEvent
        self.focus_changed.emit()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Laying out megabytes would make the window stand still."""
        room = MOST_CHARACTERS - self.document().characterCount() + 1 + len(self.textCursor().selectedText())
        if len(source.text()) > room:
            self.refused.emit()
        else:
            super().insertFromMimeData(source)


class NameField(QLineEdit):
    def __init__(self, theme: Theme, label: str, *, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFont(theme.fonts.ui)
        self.setMaxLength(MOST_NAME_CHARACTERS)
        theme.fix(self, height=FIELD_PX)
        self.setMinimumWidth(60)
        accessible.name(self, label)


class ChoiceLine(QWidget):
    """A name, a line of help, and a menu to choose from: side by side, or below each other where it is narrow."""

    chosen = Signal()

    def __init__(self, theme: Theme, label: str, help_text: str, *, is_narrow: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.label = Text(theme, label, parent=self).wrapped()
        self.help = Text(theme, help_text, parent=self, font=theme.fonts.small, color="muted").wrapped()
        self.chooser = Chooser(theme, label, help_text, parent=self)
        self.chooser.setMinimumWidth(60)
        self.chooser.setMaximumWidth(16_777_215 if is_narrow else theme.px(_CHOOSER_PX))
        if not is_narrow:
            self.chooser.setMinimumWidth(theme.px(_CHOOSER_PX))
        self.chooser.chosen.connect(self.chosen)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        grid.addWidget(self.label, 0, 0)
        grid.addWidget(self.help, 1, 0)
        if is_narrow:
            grid.setRowMinimumHeight(2, 4)
            grid.addWidget(self.chooser, 3, 0)
        else:
            grid.addWidget(self.chooser, 0, 1, 2, 1, Qt.AlignmentFlag.AlignVCenter)


def too_long_words() -> str:
    return _("At most {most} characters.").format(most=grouped(MOST_CHARACTERS))
