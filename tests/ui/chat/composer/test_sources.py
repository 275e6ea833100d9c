"""What the chat asks, in its composer: chips with their state, the menu, and the question before long work."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.chat.tree import Draft
from app.documents.answering.strategy import Plan
from app.documents.records import Collection, Scope
from app.ui.chat.composer.composer import Composer
from app.ui.chat.composer.long_work import LongWorkBar
from app.ui.chat.composer.sources_menu import CollectionTicked, SourcesMenu
from app.ui.chat.items import AskedItem, AskedRequested, FilesChosen
from app.ui.theme import Theme

POLICY = AskedItem(Scope(("d1",)), "policy.pdf", "193 pages")
READING = AskedItem(Scope(("d2",)), "manual.odt", "40 %", "reading", 0.4)
FAILED = AskedItem(Scope(("d3",)), "locked.pdf", "cannot be read", "failed", fault="It is protected.")
CONTRACTS = AskedItem(Scope((), ("c1",)), "Contracts", "12 documents")
ALL = (CONTRACTS, POLICY, READING, FAILED)


def test_each_document_and_collection_has_a_chip_that_says_how_far_it_is(composer: Composer) -> None:
    assert composer.card.sources.isHidden()
    composer.set_asked(ALL)
    assert composer.card.sources.isVisible()
    assert [chip.accessibleName() for chip in composer.card.sources.chips] == [
        "Collection: Contracts, 12 documents",
        "Document: policy.pdf, 193 pages",
        "Document: manual.odt, 40 %",
        "Document: locked.pdf, cannot be read",
    ]
    assert composer.card.sources.chips[3].accessibleDescription() == "It is protected."
    composer.set_asked(())
    assert composer.card.sources.isHidden()


def test_a_chip_stays_while_its_document_is_read_further(composer: Composer) -> None:
    composer.set_asked(ALL)
    chip = composer.card.sources.chips[2]
    chip.setFocus()
    composer.set_asked((CONTRACTS, POLICY, AskedItem(READING.scope, "manual.odt", "90 pages"), FAILED))
    assert composer.card.sources.chips[2] is chip
    assert chip.hasFocus()
    assert chip.accessibleName() == "Document: manual.odt, 90 pages"


def test_chips_are_opened_and_removed_with_mouse_and_keyboard(composer: Composer) -> None:
    composer.set_asked(ALL)
    opened: list[object] = []
    removed: list[object] = []
    composer.card.sources.opened.connect(opened.append)
    composer.card.sources.removed.connect(removed.append)
    first, second = composer.card.sources.chips[:2]
    QTest.keyClick(first, Qt.Key.Key_Return)
    QTest.keyClick(first, Qt.Key.Key_Delete)
    QTest.mouseClick(second.close_button, Qt.MouseButton.LeftButton)
    assert opened == [AskedRequested(CONTRACTS)]
    assert removed == [AskedRequested(CONTRACTS), AskedRequested(POLICY)]


def test_the_focus_goes_to_the_field_when_its_chip_is_gone(composer: Composer) -> None:
    composer.set_asked(ALL)
    composer.card.sources.chips[0].close_button.setFocus()
    composer.set_asked(ALL[1:])
    assert composer.hasFocus()


def test_what_a_new_chat_asks_is_part_of_its_draft(composer: Composer, qtbot: QtBot) -> None:
    with qtbot.waitSignal(composer.draft_changed):
        composer.set_scope(POLICY.scope)
    composer.set_text("What does it say?")
    assert composer.draft == Draft("What does it say?", scope=POLICY.scope)
    composer.set_draft(Draft("Another chat."))
    assert not composer.draft.scope


def test_a_file_that_is_no_text_is_offered_as_a_document(composer: Composer, tmp_path: Path, qtbot: QtBot) -> None:
    pdf, text = tmp_path / "policy.pdf", tmp_path / "notes.txt"
    pdf.write_bytes(b"%PDF-1.7 ")
    text.write_text("Some words.")
    refused: list[object] = []
    composer.files_refused.connect(refused.append)
    with qtbot.waitSignal(composer.documents_found) as found:
        composer.attach([pdf, text])
    assert found.args == [FilesChosen((pdf,))]
    assert [one.name for one in composer.draft.attachments] == ["notes.txt"]
    assert refused == []


# The menu.


@pytest.fixture
def host(theme: Theme, qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


def menu_of(theme: Theme, host: QWidget) -> SourcesMenu:
    collections = (
        Collection("c1", "Contracts", "", "reference", 0.0, 12),
        Collection("c2", "R&D", "", "inside", 0.0, 1),
    )
    return SourcesMenu(theme, collections, Scope((), ("c2",)), parent=host)


def test_collections_are_ticked_and_the_menu_stays_open(theme: Theme, host: QWidget) -> None:
    host.show()
    menu = menu_of(theme, host)
    ticked: list[object] = []
    menu.ticked.connect(ticked.append)
    menu.popup(host.mapToGlobal(host.rect().center()))
    contracts, research = (action for action in menu.actions() if action.isCheckable())
    assert (contracts.isChecked(), research.isChecked()) == (False, True)
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(contracts).center())
    menu.setActiveAction(research)
    QTest.keyClick(menu, Qt.Key.Key_Space)
    assert ticked == [CollectionTicked("c1", True), CollectionTicked("c2", False)]
    assert menu.isVisible()
    menu.close()
    host.close()


def test_the_menu_leads_to_more_files_and_to_where_they_are_kept(theme: Theme, host: QWidget, qtbot: QtBot) -> None:
    menu = menu_of(theme, host)
    words = {action.text(): action for action in menu.actions()}
    with qtbot.waitSignals([menu.add_requested, menu.manage_requested]):
        words["Add files…"].trigger()
        words["Manage documents…"].trigger()
    menu.deleteLater()


# Long work.

LONG = Plan("every_part", 14 * 60.0, 312, 900_000, needs_asking=True)


def test_long_work_is_asked_about_with_its_time(theme: Theme, host: QWidget, qtbot: QtBot) -> None:
    bar = LongWorkBar(theme, parent=host)
    host.resize(700, 200)
    host.show()
    bar.resize(700, 120)
    bar.set_plan(LONG)
    assert bar.sentence == "Reading all of it, 312 parts, takes about 14 minutes."
    assert bar.all.text() == "Read all, about 14 minutes"
    assert bar.isVisible()
    for button, signal in ((bar.all, bar.all_chosen), (bar.search, bar.search_chosen), (bar.cancel, bar.cancelled)):
        with qtbot.waitSignal(signal):
            QTest.keyClick(button, Qt.Key.Key_Return)
    with qtbot.waitSignal(bar.cancelled):
        QTest.keyClick(bar.search, Qt.Key.Key_Escape)
    bar.set_plan(None)
    assert bar.isHidden()
    host.close()


def test_nothing_of_the_question_is_cut_off_in_a_narrow_window(theme: Theme, host: QWidget) -> None:
    bar = LongWorkBar(theme, parent=host)
    host.show()
    for width in (320, 1400):
        bar.resize(width, 10)
        bar.set_plan(LONG)
        for part in (bar.all, bar.search, bar.cancel):
            assert bar.rect().contains(part.geometry())
    assert QApplication.focusWidget() is not bar.all, "the quiet choice is the default"
    host.close()
