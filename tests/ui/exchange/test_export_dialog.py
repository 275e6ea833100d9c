"""Saving chats: what is asked for is what was chosen, by mouse and by keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QScrollArea
from pytestqt.qtbot import QtBot

from app import text
from app.chat.exchange.forms import Form
from app.ui.exchange.export_dialog import ExportDialog, ExportShown, ExportWanted
from app.ui.theme import Theme


def opened(theme: Theme, qtbot: QtBot, shown: ExportShown) -> ExportDialog:
    dialog = ExportDialog(theme, shown, None)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def press(dialog: ExportDialog, words: str) -> None:
    (button,) = [one for one in dialog.findChildren(QAbstractButton) if one.accessibleName() == words]
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)


def test_one_chat_asks_for_its_form_and_its_versions(theme: Theme, qtbot: QtBot) -> None:
    dialog = opened(theme, qtbot, ExportShown(1, "Bread"))
    assert dialog.form == Form("md")
    press(dialog, "PDF")
    press(dialog, "With all versions, also those that are not on screen")
    assert dialog.form == Form("pdf", "file", has_all_versions=True)
    press(dialog, "JSON")
    assert not dialog.versions.isVisible()
    assert dialog.form == Form("json")


@pytest.mark.parametrize(
    ("words", "place"), [("One each, in a folder", "folder"), ("One each, in a ZIP", "zip"), ("One for all", "file")]
)
def test_several_chats_ask_for_how_many_files(theme: Theme, qtbot: QtBot, words: str, place: str) -> None:
    dialog = opened(theme, qtbot, ExportShown(3))
    press(dialog, words)
    assert dialog.form.place == place


def test_the_place_is_asked_for_and_then_it_is_told(theme: Theme, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(theme, qtbot, ExportShown(1, "A/B: bread?"))
    dialog.accept_button.click()
    (asking,) = dialog.findChildren(QFileDialog)
    assert [Path(name).name for name in asking.selectedFiles()] == ["A B bread.md"]
    told: list[ExportWanted] = []
    dialog.export_requested.connect(told.append)
    target = str(tmp_path / "x.md")
    asking.fileSelected.emit(target)
    asking.close()
    assert told == [ExportWanted(Form("md"), Path(target))]
    assert not dialog.isVisible()


@pytest.mark.parametrize("language", ["en", "de", "es", "fr"])
def test_all_of_it_is_seen_whatever_the_language_and_the_form(theme: Theme, qtbot: QtBot, language: str) -> None:
    text.use([language])
    try:
        dialog = opened(theme, qtbot, ExportShown(1, "Bread"))
        bar = dialog.findChildren(QScrollArea)[0].verticalScrollBar()
        for button in dialog.kinds.buttons():
            button.click()
            QTest.qWait(20)
            assert bar.maximum() == 0, button.text()
    finally:
        text.use(["en"])
