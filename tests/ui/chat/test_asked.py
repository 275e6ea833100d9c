"""Chips of documents that cannot be asked as they are: locked, scanned, away. Real profile and reader."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from app.documents import reader
from app.documents.records import Document, Scope
from app.engine.fake import Script
from app.settings import READ_SCANS
from app.ui.chat.asked import Found, asked_items
from app.ui.chat.items import AskedItem
from app.ui.chat.scans_dialog import ScansDialog
from app.ui.documents.unlock_dialog import UnlockDialog
from app.ui.theme import Theme
from app.ui.window import MainWindow
from tests.documents.pdfs import Sheet, page_of, pdf
from tests.documents.scans import bound, scan_of
from tests.ui.documents.page import samples

D = TypeVar("D", bound=QDialog)
OpenWindow = Callable[..., MainWindow]
HORSE = "The horse stands in the kitchen."
WORD = "four keys"


def item(document: Document, *, can_recognise: bool = False, recognises: bool = False) -> AskedItem:
    found = Found(Scope((document.id,)), (document,), (), None, can_recognise, recognises)
    (made,) = asked_items(found)
    return made


def of(window: MainWindow, name: str) -> AskedItem | None:
    return next((one for one in window.page.composer.card.sources.asked if one.name == name), None)


def attach(qtbot: QtBot, window: MainWindow, path: Path) -> AskedItem:
    """And wait until it was looked at."""
    window.page.composer.attach([path])

    def has_been_read() -> bool:
        made = of(window, path.name)
        return made is not None and made.state in ("read", "failed")

    qtbot.waitUntil(has_been_read, timeout=30_000)
    made = of(window, path.name)
    assert made is not None
    return made


def press(window: MainWindow, kind: type[D]) -> D:
    """The chip, by the keyboard; the dialog that it opens."""
    QTest.keyClick(window.page.composer.card.sources.chips[0], Qt.Key.Key_Return)
    return next(one for one in QApplication.topLevelWidgets() if isinstance(one, kind) and one.isVisible())


def test_a_locked_file_is_unlocked_from_its_chip(qtbot: QtBot, window: OpenWindow, tmp_path: Path) -> None:
    path = tmp_path / "locked.pdf"
    path.write_bytes(pdf([Sheet().text(70, 700, HORSE)], password=WORD))
    opened = window(Script(answers=("It does.",)))
    made = attach(qtbot, opened, path)
    assert (made.words, made.deed) == ("Unlock…", "unlock")
    chip = opened.page.composer.card.sources.chips[0]
    assert chip.accessibleName() == "Document: locked.pdf, Unlock…"
    assert chip.accessibleDescription() == "This file is locked with a password. Press to unlock it."
    dialog = press(opened, UnlockDialog)
    dialog.secret.setText("another")
    dialog.accept_button.click()
    qtbot.waitUntil(dialog.fault.isVisible, timeout=30_000)
    dialog.secret.setText(WORD)
    dialog.accept_button.click()
    qtbot.waitUntil(lambda: made_read(opened, "locked.pdf"), timeout=30_000)
    assert opened.parts._core.documents.search("horse")


def made_read(window: MainWindow, name: str) -> bool:
    made = of(window, name)
    return made is not None and made.state == "read" and not made.deed


def test_a_scan_says_so_and_its_reading_is_offered_where_that_is_installed(
    qtbot: QtBot, window: OpenWindow, tmp_path: Path
) -> None:
    path = tmp_path / "scan.pdf"
    path.write_bytes(bound([scan_of(pdf([page_of(HORSE)]))]))
    opened = window(Script(answers=("It does.",)))
    made = attach(qtbot, opened, path)
    assert (made.words, made.deed) == ("1 page is a picture", "scans")
    core = opened.parts._core
    dialog = press(opened, ScansDialog)
    assert "1 page is a scan" in dialog.accessibleDescription()
    if not reader.ocr_languages():
        assert "tesserocr" in dialog.accessibleDescription()
        dialog.accept_button.click()
        assert not core.settings.get(READ_SCANS)
        return
    dialog.accept_button.click()
    qtbot.waitUntil(lambda: made_read(opened, "scan.pdf"), timeout=60_000)
    assert core.settings.get(READ_SCANS)
    assert core.documents.search("kitchen")


def test_without_text_recognition_the_dialog_says_what_to_do_and_changes_nothing(qtbot: QtBot, theme: Theme) -> None:
    dialog = ScansDialog(theme, samples.document(2, "scan.pdf", scans=3), can_recognise=False, parent=None)
    qtbot.addWidget(dialog)
    asked: list[object] = []
    dialog.read_requested.connect(asked.append)
    dialog.show()
    assert "install tesserocr" in dialog.accessibleDescription()
    dialog.accept_button.click()
    assert not asked


def test_the_document_can_be_looked_at_from_there(qtbot: QtBot, theme: Theme) -> None:
    shown = samples.document(2, "scan.pdf", scans=3)
    dialog = ScansDialog(theme, shown, can_recognise=True, parent=None)
    qtbot.addWidget(dialog)
    dialog.show()
    with qtbot.waitSignal(dialog.document_requested) as told:
        dialog.look.click()
    assert told.args == [shown.id]
    assert dialog.isHidden()


@pytest.mark.parametrize(
    ("can_recognise", "recognises", "deed"),
    [(False, False, "scans"), (True, False, "scans"), (False, True, "scans"), (True, True, "")],
)
def test_scans_are_spoken_of_unless_they_are_read_anyway(*, can_recognise: bool, recognises: bool, deed: str) -> None:
    made = item(samples.document(2, "scan.pdf", scans=3), can_recognise=can_recognise, recognises=recognises)
    assert made.deed == deed


def test_a_document_that_is_away_says_so_and_that_it_can_still_be_asked() -> None:
    made = item(replace(samples.document(3, "lease.pdf"), status="away"))
    assert made.words == "not connected"
    assert "can still be asked" in made.fault


def test_a_file_of_a_kind_that_cannot_be_unlocked_offers_no_password() -> None:
    locked = replace(samples.document(4, "old.doc"), status="failed", fault="It is locked.", fault_name="locked")
    assert (item(locked).words, item(locked).deed) == ("cannot be read", "")


def test_a_new_chat_asks_no_document_that_is_gone(qtbot: QtBot, window: OpenWindow, tmp_path: Path) -> None:
    path = tmp_path / "note.pdf"
    path.write_bytes(pdf([page_of(HORSE)]))
    opened = window(Script(answers=("Hello.",)))
    attach(qtbot, opened, path)
    (gone,) = opened.parts.sources.scope.document_ids
    opened.parts._core.remove_documents([gone], with_answers=False)
    qtbot.waitUntil(lambda: not opened.page.composer.draft.scope, timeout=10_000)
    opened.page.composer.set_text("Hello?")
    QTest.keyClick(opened.page.composer.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [one.status for one in opened.page.transcript.items] == ["done", "done"], timeout=10_000)
