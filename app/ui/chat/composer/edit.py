"""The field itself: plain text, with the keys that a chat's field has. Large texts and files are handed on."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QPalette, QTextCursor
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.text import _
from app.ui.chat.composer.pasted import is_large
from app.ui.chat.transcript.message_editor import PlainEdit
from app.ui.theme import Theme


class ComposerEdit(PlainEdit):
    """`enter_sends` off: Enter begins a line, and only Ctrl+Enter reports `enter_pressed`."""

    up_on_empty = Signal()
    large_pasted = Signal(object)
    """A text (str) too large to be edited letter by letter."""
    files_pasted = Signal(object)
    """A tuple of Paths."""
    menu_requested = Signal(object)
    """The QContextMenuEvent: nobody keeps it."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, _("Message"), parent=parent)
        self._theme = theme
        self.enter_sends = True
        self.setPlaceholderText(_("Ask anything…"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAcceptDrops(False)  # the whole composer takes them
        self.viewport().setAcceptDrops(False)
        self.textChanged.connect(self._align)
        theme.changed.connect(self._dress)
        self._dress()
        self._align()

    @property
    def is_composing(self) -> bool:
        """Whether an input method is in the middle of a word."""
        return self._is_composing

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._align()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        is_sure = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() == Qt.Key.Key_Up and self.document().isEmpty() and not event.modifiers():
            self.up_on_empty.emit()
        elif is_enter and not self.enter_sends and not is_sure and not self._is_composing:
            self.insert("\n")
        else:
            super().keyPressEvent(event)

    def insert(self, text: str) -> None:
        """At the cursor, as one step that can be undone."""
        self.textCursor().insertText(text)
        self.ensureCursorVisible()

    def text_between(self, start: int, end: int) -> str:
        """Positions count as Qt does, which counts an emoji twice."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(min(start, self.document().characterCount() - 1))
        cursor.setPosition(min(end, self.document().characterCount() - 1), QTextCursor.MoveMode.KeepAnchor)
        return cursor.selectedText()

    def replace(self, start: int, end: int, text: str) -> None:
        """Between these positions of the document, as one step that can be undone."""
        cursor = self.textCursor()
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(text)
        self.setTextCursor(cursor)
        self.ensureCursorVisible()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() or bool(files_of(source))

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Plain text only: a rich paste would make Qt load what it names."""
        files = files_of(source)
        if files:
            self.files_pasted.emit(files)
            return
        text = source.text()  # once: five megabytes take a moment to become Python's
        if is_large(text):
            self.large_pasted.emit(text)
        elif text:
            self.insert(text)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_requested.emit(event)

    @Slot()
    def _align(self) -> None:
        """From the right for a text that is read from there: a QPlainTextEdit turns its words round, but stays left."""
        first = self.document().firstBlock()
        direction = first.textDirection() if first.text() else self.layoutDirection()
        is_mirrored = direction == Qt.LayoutDirection.RightToLeft
        side = Qt.AlignmentFlag.AlignRight if is_mirrored else Qt.AlignmentFlag.AlignLeft
        option = self.document().defaultTextOption()
        if option.alignment() != side:
            option.setAlignment(side)
            self.document().setDefaultTextOption(option)

    @Slot()
    def _dress(self) -> None:
        self.setFont(self._theme.fonts.body)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.PlaceholderText, self._theme.color("hint"))
        self.setPalette(palette)


def files_of(untrusted_data: QMimeData) -> tuple[Path, ...]:
    """The files on this computer that are being pasted or dropped."""
    return tuple(Path(url.toLocalFile()) for url in untrusted_data.urls() if url.isLocalFile())
