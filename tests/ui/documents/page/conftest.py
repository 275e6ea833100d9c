from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app.ui.documents.page.page import DocumentsPage
from app.ui.theme import Theme
from tests.ui.documents.page.samples import SHELF
from tests.ui.every_page import settle


@pytest.fixture
def empty_page(theme: Theme, qtbot: QtBot) -> Iterator[DocumentsPage]:
    """Before anything was set."""
    made = DocumentsPage(theme)
    qtbot.addWidget(made)
    made.resize(1000, 800)
    made.show()
    made.activateWindow()
    yield made
    made.close()


@pytest.fixture
def page(empty_page: DocumentsPage) -> DocumentsPage:
    """With the samples, the first collection open."""
    empty_page.set_shelf(SHELF)
    empty_page.cards["c1"].head.set_open(True)
    settle()
    return empty_page


@pytest.fixture
def told(empty_page: DocumentsPage) -> list[object]:
    """All that the page told with a value, in order."""
    heard: list[object] = []
    for signal in (
        empty_page.search_requested,
        empty_page.paths_offered,
        empty_page.passage_requested,
        empty_page.ask_requested,
        empty_page.collection_act,
        empty_page.document_act,
    ):
        signal.connect(heard.append)
    return heard
