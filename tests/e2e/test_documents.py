"""Documents as a person uses them, in a real window: real files, parser child, search and page pictures. The model is
the scripted one, so that it is known what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTextBrowser
from pytestqt.qtbot import QtBot

from app.engine.fake import Script
from app.ui.documents.read_dialog import ReadDialog
from app.ui.documents.viewer.viewer import Viewer
from tests.documents.pdfs import page_of, pdf

from .conftest import Open
from .hands import CTRL, SHIFT, Person, again, new_user

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("on_screen"), pytest.mark.timeout(120)]

RENT = "The monthly rent is 930 euros and is due on the third day of each month."
KEYS = "The tenant receives four keys and returns all of them at the end."
INVENTED = "“The tenant may keep a horse in the kitchen.”"


@pytest.fixture
def lease(tmp_path: Path) -> Path:
    path = tmp_path / "lease.pdf"
    path.write_bytes(pdf([page_of("Lease of a flat."), page_of(RENT), page_of(KEYS)]))
    return path


def drop(person: Person, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    wish, button, nothing = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    composer = person.window.page.composer
    QApplication.sendEvent(composer, QDragEnterEvent(QPoint(60, 30), wish, data, button, nothing))
    QApplication.sendEvent(composer, QDropEvent(QPointF(60, 30), wish, data, button, nothing))


def read(person: Person, name: str) -> None:
    """Wait until the chip of this document says so."""
    sources = person.window.page.composer.card.sources
    person.until(lambda: [(one.name, one.state) for one in sources.asked] == [(name, "read")], 60)


def chips(person: Person) -> list[tuple[QTextBrowser, QPoint]]:
    """Where the chips of the newest answer can be pressed."""
    found: dict[str, tuple[QTextBrowser, QPoint]] = {}
    body = person.message(-1).body
    assert body is not None
    for browser in body.findChildren(QTextBrowser):
        for x in range(0, browser.viewport().width(), 3):
            for y in range(0, browser.viewport().height(), 3):
                anchor = browser.anchorAt(QPoint(x, y))
                if anchor.startswith("chip:"):
                    found.setdefault(anchor, (browser, QPoint(x + 2, y + 2)))
    return [found[anchor] for anchor in sorted(found)]


def test_a_pdf_is_dropped_asked_and_the_chip_opens_the_page_with_the_words_marked(
    qtbot: QtBot, open_shell: Open, lease: Path
) -> None:
    person = new_user(qtbot, open_shell, Script(answers=(f"{RENT} It also says: {INVENTED}",)))
    drop(person, lease)
    read(person, "lease.pdf")
    person.ask("How high is the rent?")
    answer = person.answered()
    assert answer.sourced is not None
    assert answer.sourced.said == "Read all of it: 3 pages."
    assert [one.is_literal for one in answer.sourced.chips] == [None, False]

    (browser, place), _invented = chips(person)
    QTest.mouseClick(browser.viewport(), Qt.MouseButton.LeftButton, pos=place)
    viewer = person.dialog(Viewer)
    view = viewer.pane.pages
    person.until(lambda: bool(view.marked_places()))
    (mark,) = view.marked_places()
    picture = view.viewport().grab().toImage()
    scale = picture.devicePixelRatio()
    pixels = [
        QColor(picture.pixel(round(x * scale), round(mark.center().y() * scale)))
        for x in range(round(mark.left()) + 1, round(mark.right()) - 1, 2)
    ]
    assert any(pixel.blue() < 190 < pixel.red() for pixel in pixels), "the words stand on yellow"
    person.press(Qt.Key.Key_Escape)
    person.until(lambda: not viewer.isVisible())


def test_what_was_read_can_be_looked_at_and_is_there_after_a_restart(
    qtbot: QtBot, open_shell: Open, lease: Path
) -> None:
    person = new_user(qtbot, open_shell, Script(answers=(RENT,)))
    drop(person, lease)
    read(person, "lease.pdf")
    person.ask("How high is the rent?")
    person.answered()
    person.shell.close()

    person = again(qtbot, open_shell, Script(answers=(RENT,)))
    person.click_row(person.window.sidebar.list, person.row(object, "How high"))
    person.until(lambda: len(person.items) == 2 and person.items[-1].sourced is not None)
    read(person, "lease.pdf")
    person.do(-1, "What was read")
    dialog = person.dialog(ReadDialog)
    assert dialog.strategy.text() == "Read all of it: 3 pages."
    person.press(Qt.Key.Key_Escape)
    person.until(lambda: not dialog.isVisible())


def test_the_documents_page_is_reached_by_keys_and_finds_a_passage(qtbot: QtBot, open_shell: Open, lease: Path) -> None:
    person = new_user(qtbot, open_shell)
    drop(person, lease)
    read(person, "lease.pdf")
    person.press(Qt.Key.Key_D, CTRL | SHIFT)
    page = person.window.parts.later.documents_page
    person.until(page.isVisible)
    person.until(page.search.hasFocus)
    person.write("four keys")
    person.press(Qt.Key.Key_Return)
    person.until(lambda: page.hits.isVisible() and page.hits.model().rowCount() > 0)
    person.press(Qt.Key.Key_Escape)
    person.press(Qt.Key.Key_Escape)
    person.until(lambda: not page.isVisible())
