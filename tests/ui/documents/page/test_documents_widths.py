"""The page and its dialogs at the largest text, in the narrowest window, in longer words, and read from the right."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QDialog, QLineEdit, QWidget

from app import text
from app.documents.records import Receipt
from app.ui.documents.adding_dialog import AddDialog, RenameDialog, add_title
from app.ui.documents.page.page import DocumentsPage
from app.ui.documents.removal_dialogs import ReceiptDialog, RemovalDialog, RemovalShown
from app.ui.theme import Theme
from tests.ui.documents.page import samples
from tests.ui.every_page import misfits, settle

NARROW, WIDE = QSize(360, 640), QSize(1280, 900)
LONG_TITLE = "A rather long title of a chat that somebody wrote and that goes on and on"


def shelf(theme: Theme, host: QWidget) -> QWidget:
    page = _page(theme, host)
    page.set_shelf(samples.SHELF)
    page.cards["c1"].head.set_open(True)
    return page


def hits(theme: Theme, host: QWidget) -> QWidget:
    page = _page(theme, host)
    page.set_shelf(samples.SHELF)
    page.search.setText(samples.HITS.words)
    page.set_hits(samples.HITS)
    return page


def empty(theme: Theme, host: QWidget) -> QWidget:
    page = _page(theme, host)
    page.set_shelf(samples.EMPTY)
    return page


def adding(theme: Theme, host: QWidget) -> QWidget:
    return AddDialog(theme, add_title(1, 0, samples.LONG_NAME), "House purchase", folders=1, parent=host)


def renaming(theme: Theme, host: QWidget) -> QWidget:
    return RenameDialog(theme, "House purchase", parent=host)


def removing(theme: Theme, host: QWidget) -> QWidget:
    chats = tuple(f"{LONG_TITLE} {number}" for number in range(9))
    shown = RemovalShown(
        "Remove the collection “House purchase”?", 8, chats, 12, is_folder_kept_in_step=True, kept_inside=2
    )
    return RemovalDialog(theme, shown, parent=host)


def receipt(theme: Theme, host: QWidget) -> QWidget:
    names = tuple(document.name for document in samples.HOUSE)
    return ReceiptDialog(theme, Receipt(names, 247, 1_200, 1_200, 3_000_000, ("m",)), with_answers=False, parent=host)


PAGES: dict[str, Callable[[Theme, QWidget], QWidget]] = {
    make.__name__: make for make in (shelf, hits, empty, adding, renaming, removing, receipt)
}


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


@pytest.fixture(params=PAGES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def faults(theme: Theme, name: str, size: QSize) -> list[str]:
    made, host = _opened(theme, name, size)
    found = misfits(made)
    if isinstance(made, QDialog) and (made.width() > size.width() or made.height() > size.height()):
        found.append(f"{made.size().toTuple()} is larger than its window")
    _close(made, host)
    return found


def test_nothing_is_cut_at_the_largest_text_in_the_narrowest_window(theme: Theme, name: str) -> None:
    theme.set_text_percent(200)
    assert faults(theme, name, NARROW) == []


def test_nothing_is_cut_in_the_narrowest_window(theme: Theme, name: str) -> None:
    assert faults(theme, name, NARROW) == []


@pytest.mark.usefixtures("pseudo")
def test_longer_words_are_not_cut(theme: Theme, name: str) -> None:
    theme.set_text_percent(200)
    assert faults(theme, name, WIDE) == []


@pytest.mark.usefixtures("mirrored")
def test_nothing_is_cut_where_lines_begin_at_the_right(theme: Theme, name: str) -> None:
    theme.set_contrast("high")
    assert faults(theme, name, NARROW) == []


def test_every_control_has_a_name_and_can_be_tabbed_to(theme: Theme, name: str) -> None:
    made, host = _opened(theme, name, WIDE)
    controls = [
        part
        for part in made.findChildren(QWidget)
        if isinstance(part, QAbstractButton | QLineEdit | QAbstractItemView) and part.isVisible()
    ]
    assert [type(part).__name__ for part in controls if not part.accessibleName()] == []
    assert [part.accessibleName() for part in controls if not part.focusPolicy() & Qt.FocusPolicy.TabFocus] == []
    _close(made, host)


def _page(theme: Theme, host: QWidget) -> DocumentsPage:
    page = DocumentsPage(theme, parent=host)
    page.resize(host.size())
    page.show()
    settle()
    return page


def _opened(theme: Theme, name: str, size: QSize) -> tuple[QWidget, QWidget]:
    host = QWidget()
    host.resize(size)
    host.show()
    made = PAGES[name](theme, host)
    made.show()
    settle()
    return made, host


def _close(made: QWidget, host: QWidget) -> None:
    made.close()
    host.close()
    host.deleteLater()
    settle()
