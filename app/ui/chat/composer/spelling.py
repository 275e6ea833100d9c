"""Underlines what no dictionary knows. The looking-up happens on a worker of the bridge a moment after the last key;
here only the finished marks are drawn, as extra selections, which are no part of the text and of its undo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit
from shiboken6 import isValid

from app.errors import PaddockError
from app.frozen import dataclass
from app.spelling.speller import Speller, SpellingState
from app.spelling.words import TEXT_CHARACTERS_MAX
from app.ui.bridge import Bridge, nothing
from app.ui.chat.composer.edit import ComposerEdit
from app.ui.theme import Theme

REST_MS = 350
_MARKS_MAX = 300


@dataclass(frozen=True, slots=True)
class Misspelt:
    """Positions of the document, in UTF-16 units as Qt counts."""

    start: int
    end: int
    word: str


class SpellingMarks(QObject):
    """Of one field. `marked` says that the marks are those of the text as it stands."""

    marked = Signal()
    failed = Signal(object)
    """A PaddockError: what was learnt or chosen could not be kept."""

    def __init__(self, edit: ComposerEdit, theme: Theme, bridge: Bridge, speller: Speller) -> None:
        super().__init__(edit)
        self._edit = edit
        self._theme = theme
        self._bridge = bridge
        self._speller = speller
        self._state: SpellingState | None = None
        self._is_state_old = True
        self._wrong: tuple[tuple[QTextCursor, str], ...] = ()
        self._is_asking = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST_MS)
        self._timer.timeout.connect(self._ask)
        edit.textChanged.connect(self._on_text_changed)
        edit.cursorPositionChanged.connect(self._draw)
        theme.changed.connect(self._draw)

    @property
    def state(self) -> SpellingState | None:
        """None until somebody has written."""
        return self._state

    @property
    def shown(self) -> tuple[Misspelt, ...]:
        """What is underlined now."""
        return tuple(
            Misspelt(cursor.selectionStart(), cursor.selectionEnd(), word)
            for cursor, word in self._wrong
            if not self._is_being_typed(cursor)
        )

    def at(self, position: int) -> Misspelt | None:
        return next((found for found in self.shown if found.start <= position <= found.end), None)

    def suggest(self, word: str, done: Callable[[tuple[str, ...]], None]) -> None:
        """`done` is called on this thread, about half a second later at the latest."""
        self._bridge.run(partial(self._speller.suggest, word), done, nothing)

    def learn(self, word: str) -> None:
        self._change(partial(self._speller.learn, word))

    def turn(self, is_on: bool) -> None:
        self._change(partial(self._speller.turn, is_on))

    def choose(self, languages: Sequence[str]) -> None:
        self._change(partial(self._speller.choose, tuple(languages)))

    @Slot()
    def check_again(self) -> None:
        """The settings changed."""
        self._is_state_old = True
        self._timer.start()

    def _change(self, work: Callable[[], None]) -> None:
        self._bridge.run(partial(_changed, self._speller, work), self._on_changed, self._on_failed)

    def _on_changed(self, state: SpellingState) -> None:
        if isValid(self):
            self._state = state
            self._timer.start()

    def _on_failed(self, error: PaddockError) -> None:
        if isValid(self):
            self.failed.emit(error)

    @Slot()
    def _on_text_changed(self) -> None:
        self._draw()
        self._timer.start()

    @Slot()
    def _ask(self) -> None:
        text = self._edit.toPlainText()
        if self._is_asking:
            self._timer.start()
        elif not text.strip() or len(text) > TEXT_CHARACTERS_MAX:
            self._mark(self._edit.document().revision(), ())
        else:
            self._is_asking = True
            revision = self._edit.document().revision()
            work = partial(_looked_up, self._speller, text, wants_state=self._is_state_old)
            self._is_state_old = False
            self._bridge.run(work, partial(self._on_looked_up, revision), self._on_unknown)

    def _on_looked_up(self, revision: int, result: tuple[tuple[Misspelt, ...], SpellingState | None]) -> None:
        if not isValid(self):
            return
        self._is_asking = False
        found, state = result
        self._state = state or self._state
        self._mark(revision, found)

    def _on_unknown(self, _error: PaddockError) -> None:
        """The profile is being closed, or worse; whoever writes need not hear of it from here."""
        self._is_asking = False

    def _mark(self, revision: int, found: tuple[Misspelt, ...]) -> None:
        document = self._edit.document()
        if revision != document.revision():
            return  # typed on meanwhile, and so asked for again
        marks = []
        for misspelt in found[:_MARKS_MAX]:
            cursor = QTextCursor(document)
            cursor.setPosition(misspelt.start)
            cursor.setPosition(misspelt.end, QTextCursor.MoveMode.KeepAnchor)
            marks.append((cursor, misspelt.word))
        self._wrong = tuple(marks)
        self._draw()
        self.marked.emit()

    @Slot()
    def _draw(self) -> None:
        """A word that was changed since is not underlined any more, nor one that is still being typed."""
        self._wrong = tuple((cursor, word) for cursor, word in self._wrong if cursor.selectedText() == word)
        look = QTextCharFormat()
        look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SpellCheckUnderline)
        look.setUnderlineColor(self._theme.color("danger"))
        selections = []
        for cursor, _word in self._wrong:
            if not self._is_being_typed(cursor):
                selection = QTextEdit.ExtraSelection()
                selection.cursor, selection.format = cursor, look
                selections.append(selection)
        self._edit.setExtraSelections(selections)

    def _is_being_typed(self, cursor: QTextCursor) -> bool:
        """Whether the person's cursor stands right behind it, at the end of the text."""
        mine = self._edit.textCursor()
        is_behind = not mine.hasSelection() and mine.position() == cursor.selectionEnd()
        return is_behind and mine.atBlockEnd() and self._edit.hasFocus()


def _changed(speller: Speller, work: Callable[[], None]) -> SpellingState:
    """On a worker."""
    work()
    return speller.state()


def _looked_up(speller: Speller, text: str, *, wants_state: bool) -> tuple[tuple[Misspelt, ...], SpellingState | None]:
    """On a worker."""
    found = speller.wrong(text)
    return _positions(text, [(word.start, word.end) for word in found]), speller.state() if wants_state else None


def _positions(text: str, spans: Sequence[tuple[int, int]]) -> tuple[Misspelt, ...]:
    """Python counts an emoji once, Qt twice."""
    made = []
    counted, extra = 0, 0
    for start, end in spans:
        extra += sum(1 for character in text[counted:start] if ord(character) > 0xFFFF)
        wide = sum(1 for character in text[start:end] if ord(character) > 0xFFFF)
        made.append(Misspelt(start + extra, end + extra + wide, text[start:end]))
        counted, extra = end, extra + wide
    return tuple(made)
