"""The narrowest window with the largest text: nothing is cut off at a side, in any of the dialogs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from app.chat.manner import Manner, built_in
from app.chat.templates import Template
from app.ui.controls import TextButton
from app.ui.prompts.editors import PersonaEditor, PersonaShown, TemplateEditor, TemplateShown
from app.ui.prompts.instructions_dialog import InstructionsDialog
from app.ui.prompts.kept_dialog import KeptDialog, KeptWords
from app.ui.prompts.kept_list import KeptEntry
from app.ui.prompts.shown import InstructionsShown, Stock, Wider
from app.ui.theme import Appearance, Theme
from tests.ui.prompts.conftest import NURSE

STOCK = Stock((*built_in(), NURSE))
WIDER = (Wider("Contracts with a long name", Manner("Speak as a lawyer.", model="/a/Very-Long-Model-Name.gguf")),)


def instructions(theme: Theme, owner: QWidget) -> QDialog:
    shown = InstructionsShown("chat", "Chat", Manner("Be brief.", "nurse"), WIDER, STOCK)
    dialog = InstructionsDialog(theme, shown, parent=owner)
    dialog.sampling.more.click()
    return dialog


def personas(theme: Theme, owner: QWidget) -> QDialog:
    words = KeptWords("Personas", "Ways of answering.", "Search personas", "Personas", "Use for this chat")
    return KeptDialog(theme, words, [KeptEntry("1", "Nurse", "Speak as a nurse.", False)], parent=owner)


def persona(theme: Theme, owner: QWidget) -> QDialog:
    return PersonaEditor(theme, PersonaShown(NURSE, (), STOCK, is_new=False), parent=owner)


def template(theme: Theme, owner: QWidget) -> QDialog:
    return TemplateEditor(theme, TemplateShown(Template("1", "Letter", "To {name}"), (), is_new=False), parent=owner)


@pytest.fixture
def owner(theme: Theme, qtbot: QtBot) -> Iterator[QWidget]:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(360, 700)
    made.show()
    yield made
    made.close()


@pytest.mark.parametrize("percent", [100, 200])
@pytest.mark.parametrize("make", [instructions, personas, persona, template])
def test_nothing_is_cut_off_at_a_side(
    theme: Theme, owner: QWidget, qtbot: QtBot, make: Callable[[Theme, QWidget], QDialog], percent: int
) -> None:
    theme.apply(Appearance("light", text_percent=percent))
    dialog = make(theme, owner)
    dialog.show()
    QApplication.processEvents()
    assert dialog.width() <= owner.width()
    for part in dialog.findChildren(QWidget):
        if part.isVisible():
            left = part.mapTo(dialog, QPoint()).x()
            assert left >= 0, type(part).__name__
            assert left + part.width() <= dialog.width(), type(part).__name__
    for button in dialog.findChildren(TextButton):
        assert button.accessibleName() or not button.isVisible(), "also where there is room for its icon only"
    dialog.close()
