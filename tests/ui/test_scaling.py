"""Every page and dialog at the largest text, in the narrowest window, and in a language whose words are longer: nothing
is cut and nothing stands outside of what it is in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from app import text
from app.ui.controls import TextButton
from app.ui.folding import FoldingRow
from app.ui.theme import Theme
from tests.ui.every_page import PAGES, misfits, opened, settle

NARROW, WIDE = QSize(360, 640), QSize(1280, 900)


@pytest.fixture
def pseudo() -> Iterator[None]:
    before = text.language()
    text.use([text.PSEUDO])
    yield
    text.use([before])


@pytest.fixture
def mirrored(qapp: QApplication) -> Iterator[None]:
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def faults(theme: Theme, name: str, size: QSize) -> list[str]:
    made, host = opened(theme, name, size)
    found = misfits(made)
    if isinstance(made, QDialog) and (made.width() > size.width() or made.height() > size.height()):
        found.append(f"{made.size().toTuple()} is larger than its window")
    made.close()
    host.close()
    host.deleteLater()
    settle()
    return found


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_at_the_largest_text_in_the_narrowest_window(theme: Theme, name: str) -> None:
    theme.set_text_percent(200)
    assert faults(theme, name, NARROW) == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_in_the_narrowest_window(theme: Theme, name: str) -> None:
    assert faults(theme, name, NARROW) == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_at_the_largest_text_in_a_usual_window(theme: Theme, name: str) -> None:
    theme.set_text_percent(200)
    assert faults(theme, name, WIDE) == []


@pytest.mark.usefixtures("pseudo")
@pytest.mark.parametrize("name", PAGES)
def test_longer_words_are_not_cut_in_a_narrow_window(theme: Theme, name: str) -> None:
    assert faults(theme, name, NARROW) == []


@pytest.mark.usefixtures("pseudo")
@pytest.mark.parametrize("name", PAGES)
def test_longer_words_are_not_cut_at_the_largest_text(theme: Theme, name: str) -> None:
    """Not in the narrowest window: the dots of the pseudo language are one word, as long as a third of a sentence."""
    theme.set_text_percent(200)
    assert faults(theme, name, WIDE) == []


@pytest.mark.usefixtures("mirrored")
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_where_lines_begin_at_the_right(theme: Theme, name: str) -> None:
    theme.set_contrast("high")
    assert faults(theme, name, NARROW) == []


def test_a_row_becomes_a_column_where_its_parts_do_not_fit(theme: Theme) -> None:
    holder = QWidget()
    row = FoldingRow(holder)
    buttons = [TextButton(theme, words, parent=holder) for words in ("Cancel", "Choose another model")]
    for button in buttons:
        row.addWidget(button)
    holder.resize(600, 60)
    holder.show()
    settle()
    assert buttons[0].y() == buttons[1].y()
    holder.resize(150, 200)
    settle()
    assert buttons[0].geometry().bottom() < buttons[1].y()
    assert buttons[1].height() >= buttons[1].height_for(buttons[1].width()) > buttons[0].height()
    holder.close()


def test_a_new_text_size_reaches_a_page_that_is_open(theme: Theme) -> None:
    made, host = opened(theme, "chat", WIDE)
    before = misfits(made)
    theme.apply(replace(theme.appearance, text_percent=200))
    settle()
    assert (before, misfits(made)) == ([], [])
    host.close()
    host.deleteLater()
