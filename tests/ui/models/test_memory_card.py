"""Bars of memory: in proportion, within their width, and with figures that people can read."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui.models.memory_card import Legend, MemoryBar, size_words
from app.ui.models.shown import BarShown, PartShown
from app.ui.theme import Theme

GB = 10**9
WIDTH = 240
HALF_FULL = BarShown(
    "A card",
    (
        PartShown("weights", 12 * GB),
        PartShown("kv", 3 * GB),
        PartShown("working", 40_000_000),
        PartShown("other", 2 * GB),
    ),
    free_bytes=7 * GB,
    total_bytes=24 * GB,
)
TOO_MUCH = BarShown(
    "A card", (PartShown("weights", 60 * GB), PartShown("other", GB)), free_bytes=0, total_bytes=24 * GB
)


def drawn(theme: Theme, qtbot: QtBot, shown: BarShown) -> list[QColor]:
    """The colours along the bar, one for each of its pixels."""
    host = QWidget()
    qtbot.addWidget(host)
    bar = MemoryBar(theme, shown, parent=host)
    bar.resize(WIDTH, 12)
    picture = bar.grab().toImage()
    return [picture.pixelColor(x * picture.width() // WIDTH, picture.height() // 2) for x in range(WIDTH)]


def test_a_bar_shows_the_parts_in_proportion(theme: Theme, qtbot: QtBot) -> None:
    colors = drawn(theme, qtbot, HALF_FULL)
    accent, free = theme.color("accent"), theme.color("pressed")
    assert colors[5] == colors[115] == accent
    assert accent not in colors[120:]
    assert colors[178] == colors[235] == free
    assert len({color.name() for color in (colors[5], colors[130], colors[151], colors[165], free)}) == 5


def test_more_than_a_device_has_still_fits_into_its_bar(theme: Theme, qtbot: QtBot) -> None:
    colors = drawn(theme, qtbot, TOO_MUCH)
    assert colors[WIDTH // 2] == theme.color("accent")
    assert colors[WIDTH - 4] != theme.color("accent")


def test_a_legend_leaves_out_what_is_not_there_and_goes_on_below(theme: Theme, qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    assert Legend(theme, TOO_MUCH, parent=host).words == "Weights 60.0 GB, Other programs 1.0 GB"
    legend = Legend(theme, HALF_FULL, parent=host)
    assert legend.heightForWidth(200) > legend.heightForWidth(1_000)


@pytest.mark.parametrize(
    ("size_bytes", "words"),
    [(0, "0 MB"), (400_000, "1 MB"), (98_000_000, "98 MB"), (808_000_000, "808 MB"), (960_000_000, "1.0 GB")],
)
def test_sizes_are_said_in_the_unit_that_fits(size_bytes: int, words: str) -> None:
    assert size_words(size_bytes) == words
