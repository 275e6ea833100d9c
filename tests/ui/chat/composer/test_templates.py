from __future__ import annotations

import pytest
from PySide6.QtCore import QDate, QLocale, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.chat.templates import Template
from app.ui.chat.composer.composer import Composer
from app.ui.chat.composer.filling import filled, matching, variables
from app.ui.chat.composer.slash_popup import SlashPopup
from app.ui.chat.composer.variables_form import VariablesForm

EXPLAIN = Template("1", "Explain code", "Explain this {language} code to a {reader}, in {language}:\n")
SUMMARY = Template("2", "Summarise", "Summarise in three points:\n")
DATED = Template("3", "Diary", "Today is {date}.")
TEMPLATES = (EXPLAIN, SUMMARY, DATED)


@pytest.fixture
def slash(composer: Composer) -> Composer:
    composer.set_templates(TEMPLATES)
    return composer


def popup(composer: Composer) -> SlashPopup:
    found = composer.popup
    assert found is not None
    return found


def form(composer: Composer) -> VariablesForm:
    found = composer.card.form
    assert found is not None
    return found


def type_in(composer: Composer, text: str) -> None:
    QTest.keyClicks(composer.edit, text)


def press(composer: Composer, key: Qt.Key) -> None:
    QTest.keyClick(composer.edit, key)


def test_a_slash_offers_all_templates_and_letters_narrow_them_down(slash: Composer) -> None:
    type_in(slash, "/")
    assert popup(slash).isVisible()
    assert popup(slash).list.model().rowCount() == 3
    type_in(slash, "su")
    assert popup(slash).list.model().rowCount() == 1
    type_in(slash, "xq")
    assert popup(slash).isHidden(), "where nothing fits there is no list in the way"


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Tab])
def test_enter_and_tab_put_the_template_in_the_place_of_the_slash(slash: Composer, key: Qt.Key, qtbot: QtBot) -> None:
    type_in(slash, "/summ")
    with qtbot.assertNotEmitted(slash.send_requested):
        press(slash, key)
    assert slash.text == SUMMARY.text
    assert slash.edit.hasFocus()


def test_undo_brings_back_what_was_typed_before_a_template_was_chosen(slash: Composer) -> None:
    type_in(slash, "/summ")
    press(slash, Qt.Key.Key_Return)
    slash.edit.undo()
    assert slash.text == "/summ"


def test_arrows_choose_and_go_round(slash: Composer) -> None:
    type_in(slash, "/")
    names = []
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        names.append(popup(slash).list.currentIndex().data())
        press(slash, key)
    assert names == ["Diary", "Explain code", "Summarise", "Diary"]
    assert popup(slash).list.currentIndex().data() == "Summarise"


def test_escape_closes_the_list_until_another_slash(slash: Composer, qtbot: QtBot) -> None:
    type_in(slash, "/s")
    press(slash, Qt.Key.Key_Escape)
    assert popup(slash).isHidden()
    type_in(slash, "u")
    assert popup(slash).isHidden()
    with qtbot.waitSignal(slash.send_requested):
        press(slash, Qt.Key.Key_Return)
    slash.clear()
    type_in(slash, "/")
    assert popup(slash).isVisible()


def test_a_slash_inside_a_line_is_a_slash(slash: Composer) -> None:
    type_in(slash, "and/or")
    assert slash.popup is None
    QTest.keyClick(slash.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    type_in(slash, "/")
    assert popup(slash).isVisible(), "but at the beginning of a line it asks for a template"


def test_the_list_leaves_an_input_method_alone(slash: Composer) -> None:
    type_in(slash, "/")
    QApplication.sendEvent(slash.edit, QInputMethodEvent("に", []))
    press(slash, Qt.Key.Key_Return)
    assert "Diary" not in slash.text
    assert slash.card.form is None


def test_a_click_chooses(slash: Composer) -> None:
    type_in(slash, "/summ")
    rows = popup(slash).list
    place = rows.visualRect(rows.model().index(0, 0)).center()
    QTest.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert slash.text == SUMMARY.text


def test_the_list_goes_when_the_field_is_left(slash: Composer) -> None:
    type_in(slash, "/summ")
    slash.button.setFocus()
    assert popup(slash).isHidden()


def test_the_button_opens_the_list_as_a_slash_does(slash: Composer) -> None:
    slash.card.templates.click()
    assert popup(slash).isVisible()
    assert slash.text == "/"


def test_variables_are_asked_for_and_filled_in_everywhere(slash: Composer) -> None:
    type_in(slash, "/expl")
    press(slash, Qt.Key.Key_Return)
    fields = form(slash).fields
    assert list(fields) == ["language", "reader"]
    QTest.keyClicks(fields["language"], "Python")
    QTest.keyClick(fields["language"], Qt.Key.Key_Return)
    QTest.keyClicks(fields["reader"], "child")
    QTest.keyClick(fields["reader"], Qt.Key.Key_Return)
    assert slash.text == "Explain this Python code to a child, in Python:\n"
    assert slash.card.form is None
    assert slash.edit.isVisible()


def test_what_was_said_last_time_is_offered(slash: Composer) -> None:
    for _time in range(2):
        slash.clear()
        type_in(slash, "/expl")
        press(slash, Qt.Key.Key_Return)
        if form(slash).fields["language"].text() == "":
            QTest.keyClicks(form(slash).fields["language"], "Python")
        form(slash).insert_button.click()
    assert slash.text.startswith("Explain this Python code")


def test_escape_in_the_form_goes_back_to_the_slash(slash: Composer) -> None:
    type_in(slash, "/expl")
    press(slash, Qt.Key.Key_Return)
    QTest.keyClick(form(slash).fields["language"], Qt.Key.Key_Escape)
    assert slash.card.form is None
    assert slash.text == "/expl"
    assert slash.edit.hasFocus()


def test_another_chat_closes_the_form(slash: Composer) -> None:
    type_in(slash, "/expl")
    press(slash, Qt.Key.Key_Return)
    slash.set_text("another chat")
    assert slash.card.form is None
    assert slash.edit.isVisible()


def test_todays_date_is_not_asked_for(slash: Composer) -> None:
    type_in(slash, "/diary")
    press(slash, Qt.Key.Key_Return)
    today = QLocale().toString(QDate.currentDate(), QLocale.FormatType.LongFormat)
    assert slash.text == f"Today is {today}."


def test_without_templates_there_is_neither_list_nor_button(composer: Composer) -> None:
    type_in(composer, "/")
    assert composer.popup is None
    assert composer.card.templates.isHidden()


def test_the_closest_names_come_first() -> None:
    names = ["Explain code", "Code review", "Cut", "Decode", "Poem"]
    found = matching([Template(name, name, "") for name in names], "co")
    assert [template.name for template in found] == ["Code review", "Explain code", "Decode"]
    found = matching([Template(name, name, "") for name in names], "exc")
    assert [template.name for template in found] == ["Explain code"]


def test_only_names_in_braces_are_variables() -> None:
    text = "{a} {b_2} {} {1} {a b} {{x}} {größe} {a}"
    assert variables(text) == ("a", "b_2", "x", "größe")
    assert filled(text, {"a": "{b_2}"}) == "{b_2} {b_2} {} {1} {a b} {{x}} {größe} {b_2}"
