from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.settings import OWN_WORDS, SPELLING, SPELLING_LANGUAGES, Settings
from app.spelling.speller import Speller
from app.ui.bridge import Bridge
from app.ui.chat.composer.composer import Composer
from app.ui.chat.composer.spelling import SpellingMarks
from app.ui.chat.composer.spelling_menu import field_menu, language_name
from app.ui.theme import Theme


def marks(composer: Composer) -> SpellingMarks:
    found = composer.marks
    assert found is not None
    return found


def wrong(composer: Composer) -> list[str]:
    return [found.word for found in marks(composer).shown]


def menu_at(composer: Composer, position: int) -> QMenu:
    cursor = composer.edit.textCursor()
    cursor.setPosition(position)
    composer.edit.setTextCursor(cursor)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(1, 1), QPoint(1, 1))
    return field_menu(composer.edit, composer.marks, event)[0]


def labels(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions()]


def action(menu: QMenu, text: str) -> QAction:
    return next(one for one in menu.actions() if one.text() == text)


def test_unknown_words_are_underlined_a_moment_after_the_last_key(composer: Composer, qtbot: QtBot) -> None:
    with qtbot.waitSignal(marks(composer).marked):
        QTest.keyClicks(composer.edit, "the huose is gren and big ")
        steps = composer.edit.document().availableUndoSteps()
    assert wrong(composer) == ["huose", "gren"]
    assert len(composer.edit.extraSelections()) == 2
    assert composer.edit.document().availableUndoSteps() == steps, "underlining is nothing to be undone"


def test_a_word_that_is_still_being_typed_is_not_underlined(composer: Composer, qtbot: QtBot) -> None:
    with qtbot.waitSignal(marks(composer).marked):
        QTest.keyClicks(composer.edit, "the huos")
    assert wrong(composer) == []
    composer.edit.moveCursor(QTextCursor.MoveOperation.Start)
    assert wrong(composer) == ["huos"]


def test_a_word_that_is_corrected_loses_its_line_at_once(composer: Composer, qtbot: QtBot) -> None:
    with qtbot.waitSignal(marks(composer).marked):
        QTest.keyClicks(composer.edit, "huose is big ")
    composer.edit.replace(0, 5, "house")
    assert wrong(composer) == []


def test_marks_stand_right_behind_an_emoji(composer: Composer, qtbot: QtBot) -> None:
    with qtbot.waitSignal(marks(composer).marked):
        composer.set_text("👍 the huose 🏠 gren is")
    selected = [selection.cursor.selectedText() for selection in composer.edit.extraSelections()]
    assert selected == ["huose", "gren"]


def test_the_menu_offers_what_may_be_meant_first(composer: Composer, qtbot: QtBot) -> None:
    with qtbot.waitSignal(marks(composer).marked):
        composer.set_text("the huose is big")
    menu = menu_at(composer, 6)
    assert labels(menu)[:2] == ["Looking for words…", "Learn “huose”"]
    qtbot.waitUntil(lambda: labels(menu)[0] == "house")
    action(menu, "house").trigger()
    assert composer.text == "the house is big"
    composer.edit.undo()
    assert composer.text == "the huose is big"
    menu.deleteLater()


def test_a_menu_that_is_closed_before_words_are_found_is_left_alone(composer: Composer, qtbot: QtBot) -> None:
    with qtbot.waitSignal(marks(composer).marked):
        composer.set_text("the huose is big")
    menu = menu_at(composer, 6)
    menu.popup(composer.mapToGlobal(QPoint(0, 0)))
    menu.close()
    qtbot.waitUntil(lambda: not isValid(menu))
    with qtbot.waitSignal(marks(composer).marked):
        composer.set_text("the huose is big ")


def test_a_learnt_word_is_kept_and_right(composer: Composer, settings: Settings, qtbot: QtBot) -> None:
    with qtbot.waitSignal(marks(composer).marked):
        composer.set_text("the paddock is big")
    with qtbot.waitSignal(marks(composer).marked):
        action(menu_at(composer, 6), "Learn “paddock”").trigger()
    assert wrong(composer) == []
    assert settings.get(OWN_WORDS) == ("paddock",)


def test_checking_is_turned_off_and_on_in_the_menu(composer: Composer, settings: Settings, qtbot: QtBot) -> None:
    with qtbot.waitSignal(marks(composer).marked):
        composer.set_text("the huose is big")
    with qtbot.waitSignal(marks(composer).marked):
        action(menu_at(composer, 0), "Check spelling").trigger()
    assert wrong(composer) == []
    assert not settings.get(SPELLING)
    check = action(menu_at(composer, 0), "Check spelling")
    assert not check.isChecked()
    with qtbot.waitSignal(marks(composer).marked):
        check.trigger()
    assert wrong(composer) == ["huose"]


def test_the_languages_that_are_here_can_be_chosen(composer: Composer, settings: Settings, qtbot: QtBot) -> None:
    with qtbot.waitSignal(marks(composer).marked):
        composer.set_text("the huose is big")
    menu = menu_at(composer, 0)
    languages = action(menu, "Languages of the spelling check").menu()
    assert isinstance(languages, QMenu)
    assert [(one.text(), one.isChecked()) for one in languages.actions()] == [(language_name("en_US"), True)]
    with qtbot.waitSignal(marks(composer).marked):
        languages.actions()[0].trigger()
    assert settings.get(SPELLING_LANGUAGES) == ()


def test_languages_are_named_as_their_speakers_do() -> None:
    assert language_name("de_AT").startswith("Österreichisches Deutsch") or language_name("de_AT").startswith("Deutsch")
    assert language_name("fr") == "Français"


def test_no_dictionary_is_looked_for_before_somebody_writes(theme: Theme, bridge: Bridge, qtbot: QtBot) -> None:
    def find() -> list[object]:
        raise AssertionError("asked too early")

    speller = Speller(Settings({}), ["en_US"], find=find)  # type: ignore[arg-type] # never asked
    composer = Composer(theme, bridge=bridge, spelling=speller)
    qtbot.addWidget(composer)
    composer.show()
    composer.set_text("")
    qtbot.wait(10)
    assert marks(composer).state is None


def test_a_composer_that_goes_while_words_are_looked_up_takes_no_harm(
    theme: Theme, bridge: Bridge, speller: Speller, qtbot: QtBot
) -> None:
    composer = Composer(theme, bridge=bridge, spelling=speller)
    composer.set_text("the huose")
    found = marks(composer)
    found._ask()
    composer.deleteLater()
    qtbot.waitUntil(lambda: not isValid(found))
    done: list[bool] = []
    bridge.run(lambda: True, done.append, lambda _error: None)
    qtbot.waitUntil(lambda: bool(done))


def test_the_usual_entries_are_in_the_menu_without_spelling_too(theme: Theme, qtbot: QtBot) -> None:
    composer = Composer(theme)
    qtbot.addWidget(composer)
    menu = menu_at(composer, 0)
    assert any("Paste" in text for text in labels(menu))
    assert "Check spelling" not in labels(menu)
    menu.deleteLater()


def test_a_right_click_opens_it(composer: Composer, qtbot: QtBot) -> None:
    opened: list[object] = []
    composer.edit.menu_requested.connect(opened.append)
    composer.edit.menu_requested.disconnect(composer._on_menu)
    QTest.mouseClick(composer.edit.viewport(), Qt.MouseButton.RightButton)
    composer.edit.contextMenuEvent(QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(1, 1), QPoint(1, 1)))
    assert opened
