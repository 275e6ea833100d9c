from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui.models.page.page import ModelsPage
from app.ui.theme import Theme
from tests.ui.every_page import settle
from tests.ui.models.page.samples import OFFERS, RECOMMENDED


@pytest.fixture
def empty_page(theme: Theme, qtbot: QtBot) -> Iterator[ModelsPage]:
    """Before anything was set."""
    made = ModelsPage(theme)
    qtbot.addWidget(made)
    made.resize(1000, 800)
    made.show()
    made.activateWindow()
    yield made
    made.close()


@pytest.fixture
def page(empty_page: ModelsPage) -> ModelsPage:
    """With its catalogue."""
    empty_page.set_offers(RECOMMENDED, OFFERS)
    settle()
    return empty_page


@pytest.fixture
def told(empty_page: ModelsPage) -> list[object]:
    """All that the page told, in order."""
    heard: list[object] = []
    for signal in (
        empty_page.search_requested,
        empty_page.listing_requested,
        empty_page.access_requested,
        empty_page.fetch_requested,
        empty_page.use_requested,
        empty_page.shelf_act,
        empty_page.download_act,
    ):
        signal.connect(heard.append)
    return heard


def shown(root: QWidget) -> list[QWidget]:
    return [widget for widget in root.findChildren(QWidget) if widget.isVisible()]
