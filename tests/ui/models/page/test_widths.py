"""Nothing is cut and nothing overlaps, from 560 px on and with larger text; asked of the widgets, not of a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.ui.controls import TextButton
from app.ui.models.page.expanding import Head
from app.ui.models.page.head import NetworkBadge
from app.ui.models.page.page import ModelsPage
from app.ui.pages.scroll_page import COLUMN_PX
from app.ui.theme import Fonts, Theme
from tests.ui.every_page import settle
from tests.ui.models.page.conftest import shown
from tests.ui.models.page.samples import DENIED, DOWNLOADS, LISTING, OFFERS, RECOMMENDED, RESULTS, SHELF


def discover(page: ModelsPage) -> None:
    page.set_downloads(DOWNLOADS)
    for card in page.discover.cards.values():
        card.others.click()
    for row in page.discover.rows.values():
        row.head.set_open(True)


def results(page: ModelsPage) -> None:
    page.search.setText("llama 3.1 8b")
    page.set_results(RESULTS)
    for row in page.results.rows.values():
        row.head.set_open(True)
    page.set_listing(LISTING)
    page.set_listing(DENIED)


def shelf(page: ModelsPage) -> None:
    page.set_shelf(SHELF)
    page.set_network("fixed")
    page.show_shelf()


VIEWS: dict[str, Callable[[ModelsPage], None]] = {"discover": discover, "results": results, "shelf": shelf}


@pytest.fixture(params=[1.0, 1.25, 1.5], ids=lambda scale: f"x{scale}")
def scaled_page(theme: Theme, qtbot: QtBot, request: pytest.FixtureRequest) -> Iterator[ModelsPage]:
    theme.fonts = larger(theme.fonts, request.param)
    made = ModelsPage(theme)
    qtbot.addWidget(made)
    made.set_offers(RECOMMENDED, OFFERS)
    made.set_rate(11e6)
    yield made
    made.close()


def larger(fonts: Fonts, scale: float) -> Fonts:
    def enlarged(font: QFont) -> QFont:
        made = QFont(font)
        made.setPixelSize(round(font.pixelSize() * scale))
        return made

    return Fonts(**{field.name: enlarged(getattr(fonts, field.name)) for field in fields(Fonts)})


def cut(root: QWidget) -> list[str]:
    """What shows less than it says. A Head and the badge give way by themselves, as elided texts do."""
    found = []
    for widget in shown(root):
        if isinstance(widget, QLabel):
            needed = widget.heightForWidth(widget.width()) if widget.wordWrap() else widget.sizeHint().height()
            is_cut = widget.height() < needed or (not widget.wordWrap() and widget.width() < widget.sizeHint().width())
        elif isinstance(widget, Head | NetworkBadge) or not isinstance(widget, TextButton):
            continue
        else:
            is_cut = widget.width() < widget.sizeHint().width() or widget.height() < widget.sizeHint().height()
        if is_cut:
            found.append(f"{type(widget).__name__} {widget.text()!r} {widget.size()}")
    return found


def overlaps(root: QWidget) -> list[str]:
    """Pairs of texts and buttons of which one lies on the other."""
    drawn = [one for one in shown(root) if isinstance(one, QLabel | QAbstractButton) and not isinstance(one, Head)]
    places = [(one, QRect(one.mapTo(root, QPoint(0, 0)), one.size())) for one in drawn]
    return [
        f"{one.text()!r} on {other.text()!r}"
        for number, (one, place) in enumerate(places)
        for other, beside in places[number + 1 :]
        if place.intersects(beside)
    ]


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("width", [560, 700, 1000, 1400])
def test_nothing_is_cut_and_nothing_overlaps(scaled_page: ModelsPage, view: str, width: int) -> None:
    page = scaled_page
    page.resize(width, 900)
    page.show()
    VIEWS[view](page)
    settle()
    assert page.width() == width
    column = QRect(QPoint(0, 0), page._sheet.size())
    outside = [
        type(one).__name__
        for one in shown(page._sheet)
        if not column.contains(QRect(one.mapTo(page._sheet, QPoint(0, 0)), one.size()))
    ]
    assert outside == []
    assert cut(page) == []
    assert overlaps(page) == []


def test_the_column_stays_readable_in_a_wide_window(scaled_page: ModelsPage) -> None:
    scaled_page.resize(2400, 900)
    scaled_page.show()
    settle()
    column = scaled_page._column
    assert column.width() <= COLUMN_PX * 1.6
    left = column.mapTo(scaled_page, QPoint(0, 0)).x()
    right = scaled_page.width() - left - column.width()
    assert abs(left - right) <= 12  # the scroll bar's width
