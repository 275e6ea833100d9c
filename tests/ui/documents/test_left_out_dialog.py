from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.documents.records import Ignored
from app.ui.controls import Ground
from app.ui.documents.left_out_dialog import LeftOutDialog, TakenIn
from app.ui.theme import Theme

FILES = tuple(Ignored(f"/home/kim/papers/{name}", name, 0.0) for name in ("a.pdf", "b.pdf", "c.pdf"))


@pytest.fixture
def dialog(theme: Theme, host: Ground) -> LeftOutDialog:
    made = LeftOutDialog(theme, "House purchase", FILES, parent=host)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    made.open()
    return made


@pytest.fixture
def wished(dialog: LeftOutDialog) -> list[object]:
    heard: list[object] = []
    dialog.take_in_requested.connect(heard.append)
    return heard


def test_enter_takes_in_what_is_selected(dialog: LeftOutDialog, wished: list[object]) -> None:
    QTest.keyClick(dialog.list, Qt.Key.Key_Down)
    QTest.keyClick(dialog.list, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(dialog.list, Qt.Key.Key_Return)
    assert wished == [TakenIn((FILES[1].path, FILES[2].path))]


def test_all_are_taken_in_at_once(dialog: LeftOutDialog, wished: list[object]) -> None:
    assert dialog.take_all.text() == "Take in all (3)"
    dialog.take_all.click()
    assert wished == [TakenIn(tuple(file.path for file in FILES))]


def test_the_place_in_the_list_stays_and_without_any_left_it_closes(dialog: LeftOutDialog) -> None:
    dialog.list.setCurrentIndex(dialog.items.index(2))
    dialog.show_files(FILES[:2])
    assert dialog.list.currentIndex().row() == 1
    dialog.show_files(())
    assert not dialog.isVisible()


def test_a_row_is_said_with_its_folder(dialog: LeftOutDialog) -> None:
    assert dialog.items.index(0).data(Qt.ItemDataRole.AccessibleTextRole) == "a.pdf. /home/kim/papers/a.pdf"
