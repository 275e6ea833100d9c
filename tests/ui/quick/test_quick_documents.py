"""A quick question about documents: chips that lead to the place in the main window. Real profile and search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app import paths
from app.core import Core
from app.documents.parts import Span
from app.documents.records import Collection, Document, Scope
from app.engine.fake import Script, fake_load
from app.home import Home
from app.models import library
from app.settings import MODEL_PATH
from app.storage.secrets import MemorySecrets
from app.ui.bridge import Bridge
from app.ui.chat.composer.sources_menu import CollectionTicked
from app.ui.chat.items import ReadRequested
from app.ui.documents.items import PassageRequested
from app.ui.documents.read_dialog import ReadDialog
from app.ui.quick.controller import QuickAsk, QuickKept
from app.ui.shell import Shell
from app.ui.theme import Theme
from app.ui.window import MainWindow

RENT = "The monthly rent is 930 euros and is due on the third day of each month."
ANSWER = f"{RENT[:-1]} [1]. It also says “the tenant may keep a horse in the kitchen” [1]."


@pytest.fixture
def core(tmp_path: Path) -> Iterator[Core]:
    home = Home(paths.places(tmp_path / "profile"), MemorySecrets(), load=fake_load(Script(answers=(ANSWER,))))
    made = home.create().core
    made.settings.set(MODEL_PATH, str(library.starter()))
    yield made
    made.close()
    home.close()


@pytest.fixture
def collection(qtbot: QtBot, core: Core, tmp_path: Path) -> Collection:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "lease.txt").write_text(f"{RENT}\n\nThe tenant receives four keys.\n", "utf-8")
    made = core.documents.add_collection("Papers", folder)
    core.documents.start()
    qtbot.waitUntil(lambda: [one.status for one in core.documents.documents()] == ["read"], timeout=30_000)
    return made


@pytest.fixture
def collection_of(qtbot: QtBot, tmp_path: Path) -> Callable[[Core], Document]:
    """A document that is read, in the profile of a window."""

    def add(core: Core) -> Document:
        path = tmp_path / "lease.txt"
        path.write_text(f"{RENT}\n", "utf-8")
        (made,) = core.documents.add_files([path])
        core.documents.start()
        qtbot.waitUntil(lambda: [one.status for one in core.documents.documents()] == ["read"], timeout=30_000)
        return made

    return add


@pytest.fixture
def quick(core: Core, theme: Theme, qtbot: QtBot) -> Iterator[QuickAsk]:
    host = QWidget()
    qtbot.addWidget(host)
    bridge = Bridge(host)
    made = QuickAsk(core, bridge, theme, host)
    yield made
    made.close()
    bridge.close(5.0)
    made.window.deleteLater()


def ask(qtbot: QtBot, quick: QuickAsk, collection: Collection) -> None:
    quick.show()
    quick._on_ticked(CollectionTicked(collection.id, True))
    quick.window.field.setText("How high is the rent?")
    QTest.keyClick(quick.window.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not quick.is_busy and quick.window.keep.isVisible(), timeout=30_000)


def test_a_chip_leads_to_the_place_and_what_was_read_can_be_seen(
    qtbot: QtBot, quick: QuickAsk, collection: Collection
) -> None:
    ask(qtbot, quick, collection)
    shown = quick.window.answer.shown
    assert shown.sources is not None
    assert shown.sources.isVisible()
    assert [button.source.words.split(",")[0] for button in shown.sources.buttons] == ["lease.txt"]
    with qtbot.waitSignal(quick.passage_requested) as told:
        shown.body.chip_pressed.emit(0)
    (wanted,) = told.args or (None,)
    assert isinstance(wanted, PassageRequested)
    assert wanted.span.end - wanted.span.start == len(RENT)
    shown.body.chip_pressed.emit(1)  # it stands nowhere: all that was read
    dialog = next(one for one in QApplication.topLevelWidgets() if isinstance(one, ReadDialog) and one.isVisible())
    dialog.close()
    quick._on_source(ReadRequested(""))
    for one in QApplication.topLevelWidgets():
        if isinstance(one, ReadDialog):
            one.close()


def test_chips_are_reached_by_tab_and_named(qtbot: QtBot, quick: QuickAsk, collection: Collection) -> None:
    ask(qtbot, quick, collection)
    (words,) = quick.window.answer.shown.body.tab_stops()
    assert words.accessibleDescription().startswith("source 1: lease.txt")
    quick.window.documents.setFocus()
    for _stop in range(3):
        if QApplication.focusWidget() is not words:
            QTest.keyClick(QApplication.focusWidget() or quick.window, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is words
    with qtbot.waitSignal(quick.passage_requested):
        if not words.textCursor().hasSelection():  # type: ignore[attr-defined] # a text view
            QTest.keyClick(words, Qt.Key.Key_Tab)
        QTest.keyClick(words, Qt.Key.Key_Return)


def test_the_models_own_references_are_neither_shown_nor_copied(
    qtbot: QtBot, quick: QuickAsk, collection: Collection
) -> None:
    ask(qtbot, quick, collection)
    quick.window.copy_answer_requested.emit()
    assert "[1]" not in QApplication.clipboard().text()
    assert "[1]" in quick._answer


def test_opened_in_paddock_it_asks_the_same_documents(qtbot: QtBot, quick: QuickAsk, collection: Collection) -> None:
    ask(qtbot, quick, collection)
    with qtbot.waitSignal(quick.open_requested) as told:
        quick.window.keep.click()
    assert told.args == [QuickKept("How high is the rent?", quick_answer(told.args), Scope((), (collection.id,)))]


def quick_answer(args: list[object] | None) -> str:
    (kept,) = args or [None]
    assert isinstance(kept, QuickKept)
    return kept.answer


def test_put_away_it_forgets_what_it_asked(qtbot: QtBot, quick: QuickAsk, core: Core, collection: Collection) -> None:
    ask(qtbot, quick, collection)
    home = quick._home
    assert home is not None
    assert core.documents.scope_of(home)
    quick.window.close()
    qtbot.waitUntil(lambda: not core.documents.scope_of(home))
    assert [one.status for one in core.documents.documents()] == ["read"], "the documents stay"


def test_the_menu_ticks_collections_and_the_button_says_how_many(
    qtbot: QtBot, quick: QuickAsk, collection: Collection
) -> None:
    quick.show()
    menu = quick.window.offer((collection,), Scope())
    names = [action.text().split("\t")[0] for action in menu.actions() if action.isCheckable()]
    assert names == ["Papers"]
    menu.close()
    quick._on_ticked(CollectionTicked(collection.id, True))
    assert quick.window.documents.accessibleDescription() == "1 collection is asked"
    quick._on_ticked(CollectionTicked(collection.id, False))
    assert quick.window.documents.accessibleDescription() == ""


@pytest.mark.window
def test_a_place_is_shown_in_the_main_window(
    qtbot: QtBot, window: Callable[..., MainWindow], collection_of: Callable[[Core], Document]
) -> None:
    opened = window(Script(answers=(ANSWER,)))
    document = collection_of(opened.parts._core)
    shell = opened.window()
    assert isinstance(shell, Shell)
    assert shell.extras is not None
    shell.extras.quick.show()
    shell.extras.quick.passage_requested.emit(PassageRequested(document.id, Span(0, 0, 0, len(RENT)), ""))
    viewer = opened.later.viewer
    qtbot.waitUntil(lambda: viewer.isVisible() and viewer.document_id == document.id, timeout=10_000)
    viewer.close()
    shell.extras.quick.close()
