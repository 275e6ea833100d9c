"""About: what Paddock is, the words that licences ask for, and every licence by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app import __version__
from app.ui.about.dialog import AboutDialog
from app.ui.about.parts import Part, PartText
from app.ui.theme import Theme

PARTS = (
    Part("Paddock", "1.0", "Apache-2.0", texts=(PartText("LICENSE", "the first text"),)),
    Part("Qt and PySide6", "6", "LGPL-3.0-only", "A note.", (PartText("LGPL-3", "lesser"), PartText("GPL-3", "whole"))),
    Part("SQLite", "", "Public domain"),
)


@pytest.fixture
def dialog(qtbot: QtBot, theme: Theme) -> Iterator[AboutDialog]:
    owner = QWidget()
    qtbot.addWidget(owner)
    owner.resize(1_100, 800)
    made = AboutDialog(theme, parent=owner)
    made.show()
    yield made
    made.close()
    owner.close()


def said(dialog: QWidget) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())


def test_it_says_what_licences_and_people_ask_for(dialog: AboutDialog) -> None:
    for words in (
        f"Version {__version__}. Free software under the Apache License 2.0.",
        "Built with Llama",
        "Models you fetched keep their own licence, beside them.",
        "Reading the licences…",
    ):
        assert words in said(dialog)


def test_the_first_licence_is_shown_when_they_have_been_read(dialog: AboutDialog) -> None:
    dialog.show_parts(PARTS)
    assert dialog.part_title.text() == "Paddock"
    assert dialog.text.toPlainText() == "the first text"
    assert "Paddock and 2 others" in said(dialog)


def test_the_arrow_keys_go_through_the_licences(qtbot: QtBot, dialog: AboutDialog) -> None:
    dialog.show_parts(PARTS)
    dialog.list.enter()
    QTest.keyClick(dialog.list, Qt.Key.Key_Down)
    assert dialog.part_title.text() == "Qt and PySide6"
    assert dialog.part_note.text() == "6 · LGPL-3.0-only\nA note."
    assert dialog.text.toPlainText() == "LGPL-3\n\nlesser\n\n\nGPL-3\n\nwhole"
    QTest.keyClick(dialog.list, Qt.Key.Key_Down)
    assert dialog.text.toPlainText() == "Its package brings no text of the licence."


def test_a_filter_shows_the_first_that_fits_and_keeps_the_chosen_one(dialog: AboutDialog) -> None:
    dialog.show_parts(PARTS)
    dialog.filter.setText("lgpl")
    assert dialog.part_title.text() == "Qt and PySide6"
    dialog.filter.setText("")
    assert dialog.part_title.text() == "Qt and PySide6"
    assert dialog.list.currentIndex().row() == 1
    dialog.filter.setText("zebra")
    assert dialog.part_title.text() == "Nothing fits the filter."
    assert dialog.text.toPlainText() == ""


def test_a_licence_is_text_and_never_markup(dialog: AboutDialog) -> None:
    tricky = "<b>&amp;</b> <img src='http://127.0.0.1/x.png'>"
    dialog.show_parts((Part(tricky, "1", "MIT", tricky, (PartText("a", tricky),)),))
    assert dialog.text.toPlainText() == tricky
    assert dialog.part_title.textFormat() == dialog.part_note.textFormat() == Qt.TextFormat.PlainText


def test_enter_in_the_filter_goes_to_the_list_and_escape_closes(qtbot: QtBot, dialog: AboutDialog) -> None:
    dialog.show_parts(PARTS)
    QTest.keyClick(dialog.filter, Qt.Key.Key_Return)
    assert dialog.isVisible()
    QTest.keyClick(dialog.list, Qt.Key.Key_Return)
    assert dialog.isVisible()
    QTest.keyClick(dialog.list, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_every_control_has_a_name_and_a_tab_stop(dialog: AboutDialog) -> None:
    controls = [*dialog.findChildren(QAbstractButton), *dialog.findChildren(QLineEdit), dialog.list, dialog.text]
    for control in controls:
        assert control.accessibleName()
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_it_fits_into_a_small_window_with_the_badge_whole(qtbot: QtBot, theme: Theme) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    owner.resize(580, 500)
    small = AboutDialog(theme, parent=owner)
    small.show_parts((Part("a very long name " * 20, "1", "MIT OR " * 50, "note", PARTS[0].texts),))
    small.show()
    assert small.width() <= 580
    assert small.height() <= 500
    assert small.badge.width() >= small.badge.sizeHint().width()
    assert small.text.width() >= 200
    assert small.text.horizontalScrollBar().maximum() == 0
    small.close()
