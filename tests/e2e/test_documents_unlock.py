"""A locked PDF as a person meets it, in a real window: dropped, opened with its password, and asked for its words."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.engine.fake import Script
from app.ui.documents.adding_dialog import AddDialog
from app.ui.documents.page.page import DocumentsPage
from app.ui.documents.unlock_dialog import UnlockDialog
from tests.documents.pdfs import page_of, pdf

from .conftest import Open
from .hands import CTRL, SHIFT, Person, new_user

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("on_screen"), pytest.mark.timeout(120)]

PASSWORD = "four keys"
HORSE = "The tenant may keep a horse in the kitchen."


def drop(page: DocumentsPage, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    wish, button, nothing = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(page, QDragEnterEvent(QPoint(60, 90), wish, data, button, nothing))
    QApplication.sendEvent(page, QDropEvent(QPointF(60, 90), wish, data, button, nothing))


def status(page: DocumentsPage) -> list[str]:
    return [] if page._shelf is None else [document.status for document in page._shelf.documents]


def open_documents(person: Person) -> DocumentsPage:
    person.press(Qt.Key.Key_D, CTRL | SHIFT)
    page = person.window.parts.later.documents_page
    person.until(lambda: page.isVisible() and page._shelf is not None)
    return page


def test_a_locked_pdf_is_dropped_unlocked_by_keys_and_found_by_its_words(
    qtbot: QtBot, open_shell: Open, tmp_path: Path
) -> None:
    path = tmp_path / "secret.pdf"
    path.write_bytes(pdf([page_of("Lease of a flat."), page_of(HORSE)], password=PASSWORD))
    person = new_user(qtbot, open_shell, Script(answers=(HORSE,)))
    page = open_documents(person)
    drop(page, path)
    person.dialog(AddDialog)
    person.press(Qt.Key.Key_Return)
    person.until(lambda: status(page) == ["failed"], 60)

    (card,) = page.cards.values()
    person.until(lambda: card.list is not None and card.list.isVisible())
    assert card.list is not None
    person.turn_to(person.shell)
    card.list.setFocus(Qt.FocusReason.TabFocusReason)
    person.press(Qt.Key.Key_Return)
    dialog = person.dialog(UnlockDialog)
    person.until(dialog.secret.hasFocus)
    person.write("three keys")
    person.press(Qt.Key.Key_Return)
    person.until(dialog.fault.isVisible, 60)
    person.write(PASSWORD)
    person.press(Qt.Key.Key_Return)
    person.until(lambda: status(page) == ["read"], 60)

    person.turn_to(person.shell)
    page.search.setFocus(Qt.FocusReason.TabFocusReason)
    person.write("horse kitchen")
    person.press(Qt.Key.Key_Return)
    person.until(lambda: page.hits.isVisible() and page.hits.items.rowCount() > 0, 60)
    assert HORSE in page.hits.passage(0).text
