"""The menu of the field: for a misspelt word what may be meant comes first, then the usual, then what is checked."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QLocale, QPoint
from PySide6.QtGui import QAction, QContextMenuEvent, QFont
from PySide6.QtWidgets import QMenu
from shiboken6 import isValid

from app.spelling.speller import SpellingState
from app.text import _
from app.ui.chat.composer.edit import ComposerEdit
from app.ui.chat.composer.spelling import Misspelt, SpellingMarks


def field_menu(edit: ComposerEdit, marks: SpellingMarks | None, event: QContextMenuEvent) -> tuple[QMenu, QPoint]:
    """The menu, which deletes itself when closed, and where on the screen to open it."""
    menu = edit.createStandardContextMenu(event.pos())
    menu.aboutToHide.connect(menu.deleteLater)
    place = event.globalPos()
    at = edit.cursorForPosition(event.pos()).position()
    if event.reason() == QContextMenuEvent.Reason.Keyboard:
        place = edit.viewport().mapToGlobal(edit.cursorRect().bottomLeft())
        at = edit.textCursor().position()
    if marks is not None:
        found = marks.at(at)
        if found is not None:
            _add_suggestions(menu, edit, marks, found)
        if marks.state is not None:
            _add_choices(menu, marks, marks.state)
    return menu, place


def _add_suggestions(menu: QMenu, edit: ComposerEdit, marks: SpellingMarks, found: Misspelt) -> None:
    first = menu.actions()[0] if menu.actions() else None
    waiting = QAction(_("Looking for words…"), menu)
    waiting.setEnabled(False)
    learn = QAction(_("Learn “{word}”").format(word=found.word.replace("&", "&&")), menu)
    learn.triggered.connect(partial(_learn, marks, found.word))
    for action in (waiting, learn):
        menu.insertAction(first, action) if first is not None else menu.addAction(action)
    if first is not None:
        menu.insertSeparator(first)
    marks.suggest(found.word, partial(_show_suggestions, menu, waiting, edit, found))


def _show_suggestions(
    menu: QMenu, waiting: QAction, edit: ComposerEdit, found: Misspelt, words: tuple[str, ...]
) -> None:
    if not isValid(menu):
        return  # closed before the words were found
    if not words:
        waiting.setText(_("No suggestion"))
        return
    strong = QFont(menu.font())
    strong.setBold(True)
    for word in words:
        action = QAction(word.replace("&", "&&"), menu)
        action.setFont(strong)
        action.triggered.connect(partial(_replace, edit, found, word))
        menu.insertAction(waiting, action)
    menu.removeAction(waiting)
    menu.setActiveAction(menu.actions()[0])


def _add_choices(menu: QMenu, marks: SpellingMarks, state: SpellingState) -> None:
    menu.addSeparator()
    check = QAction(_("Check spelling"), menu)
    check.setCheckable(True)
    check.setChecked(state.is_on)
    check.triggered.connect(partial(_turn, marks, not state.is_on))
    menu.addAction(check)
    if not state.languages:
        none = QAction(_("This computer has no dictionaries"), menu)
        none.setEnabled(False)
        menu.addAction(none)
        return
    languages = QMenu(_("Languages of the spelling check"), menu)
    for language in state.languages:
        action = QAction(language_name(language), languages)
        action.setCheckable(True)
        action.setChecked(language in state.chosen)
        others = tuple(other for other in state.chosen if other != language)
        chosen = others if language in state.chosen else (*others, language)
        action.triggered.connect(partial(_choose, marks, chosen))
        languages.addAction(action)
    languages.setEnabled(state.is_on)
    menu.addMenu(languages)


def language_name(code: str) -> str:
    """ "Deutsch (Österreich)", as its speakers write it."""
    locale = QLocale(code)
    name = locale.nativeLanguageName() if locale.language() != QLocale.Language.C else code
    territory = locale.nativeTerritoryName() if "_" in code else ""
    name = name[:1].upper() + name[1:]
    return f"{name} ({territory})" if territory and territory not in name else name


def _learn(marks: SpellingMarks, word: str, _is_checked: bool = False) -> None:
    marks.learn(word)


def _turn(marks: SpellingMarks, is_on: bool, _is_checked: bool = False) -> None:
    marks.turn(is_on)


def _choose(marks: SpellingMarks, languages: tuple[str, ...], _is_checked: bool = False) -> None:
    marks.choose(languages)


def _replace(edit: ComposerEdit, found: Misspelt, word: str, _is_checked: bool = False) -> None:
    if edit.text_between(found.start, found.end) == found.word:  # else it was changed meanwhile
        edit.replace(found.start, found.end, word)
