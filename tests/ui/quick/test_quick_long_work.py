"""A quick question whose documents would take long to read is asked about first. Real profile, reader and search."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app import paths
from app.core import Core
from app.engine.fake import Script, fake_load
from app.home import Home
from app.models import library
from app.settings import MODEL_PATH
from app.storage.secrets import MemorySecrets
from app.ui.bridge import Bridge
from app.ui.chat.composer.long_work import LongWorkBar
from app.ui.chat.composer.sources_menu import CollectionTicked
from app.ui.quick.controller import QuickAsk
from app.ui.theme import Theme
from tests.documents.pdfs import page_of, pdf, wrapped

RENT = "The monthly rent is 930 euros."
FILLING = "Nothing of this page matters much to anybody who reads it, and so it goes on for a while. " * 14
ALL = "Summarise this document."


@pytest.fixture
def core(tmp_path: Path) -> Iterator[Core]:
    script = Script(answers=(RENT,), prefill_tokens_per_s=20_000)
    home = Home(paths.places(tmp_path / "profile"), MemorySecrets(), load=fake_load(script))
    made = home.create().core
    made.settings.set(MODEL_PATH, str(library.starter()))
    yield made
    made.close()
    home.close()


@pytest.fixture
def quick(core: Core, theme: Theme, qtbot: QtBot, tmp_path: Path) -> Iterator[QuickAsk]:
    """On a slow machine, over a thick document: one short question was answered."""
    folder = tmp_path / "papers"
    folder.mkdir()
    words = "\n".join(wrapped(FILLING))
    (folder / "thick.pdf").write_bytes(pdf([page_of(f"{RENT}\n{words}") for _number in range(40)]))
    collection = core.documents.add_collection("Papers", folder)
    core.documents.start()
    qtbot.waitUntil(lambda: [one.status for one in core.documents.documents()] == ["read"], timeout=30_000)
    host = QWidget()
    qtbot.addWidget(host)
    bridge = Bridge(host)
    made = QuickAsk(core, bridge, theme, host)
    made.show()
    made._on_ticked(CollectionTicked(collection.id, True))
    ask(made, "How high is the monthly rent?")
    answered(qtbot, made)
    engine = core.host.current
    assert engine is not None
    engine.prefill_tokens_per_s = 40.0  # type: ignore[misc] # what a slow machine would have measured
    yield made
    made.close()
    assert bridge.close(10.0)
    made.window.deleteLater()


def ask(quick: QuickAsk, text: str) -> None:
    quick.window.field.setText(text)
    quick.window.field.setFocus()
    QTest.keyClick(quick.window.field, Qt.Key.Key_Return)


def answered(qtbot: QtBot, quick: QuickAsk) -> str:
    """How its documents were read."""
    qtbot.waitUntil(lambda: not quick.is_busy and quick._last is not None, timeout=30_000)
    assert quick._last is not None
    assert quick._last.grounds is not None
    return quick._last.grounds.strategy


def choosing(qtbot: QtBot, quick: QuickAsk) -> LongWorkBar:
    window = quick.window
    qtbot.waitUntil(lambda: window._long_work is not None and window._long_work.plan is not None)
    bar = window._long_work
    assert bar is not None
    assert bar.isVisible()
    assert "takes about" in bar.accessibleName()
    assert window.rect().contains(bar.geometry()), "the window has grown by it"
    assert not quick.is_busy, "nothing has begun"
    return bar


def test_nothing_is_read_until_the_person_has_chosen_a_search(qtbot: QtBot, quick: QuickAsk) -> None:
    before = quick.window.height()
    ask(quick, ALL)
    bar = choosing(qtbot, quick)
    assert quick.window.height() > before
    QTest.keyClick(bar.search, Qt.Key.Key_Return)
    assert bar.isHidden()
    assert quick.is_busy
    assert answered(qtbot, quick) == "passages"
    assert quick.window.height() <= before + 2, "it has given its room back"


def test_all_of_it_is_read_where_the_person_says_so(qtbot: QtBot, quick: QuickAsk, core: Core) -> None:
    ask(quick, ALL)
    bar = choosing(qtbot, quick)
    engine = core.host.current
    assert engine is not None
    engine.prefill_tokens_per_s = 20_000.0  # type: ignore[misc] # as fast as the test would have it
    QTest.keyClick(bar.all, Qt.Key.Key_Return)
    assert answered(qtbot, quick) in ("every_part", "nothing")


def test_escape_puts_the_choice_away_and_only_then_the_window(qtbot: QtBot, quick: QuickAsk) -> None:
    before = quick.window.height()
    ask(quick, ALL)
    bar = choosing(qtbot, quick)
    QTest.keyClick(bar.search, Qt.Key.Key_Escape)
    assert bar.isHidden()
    assert quick.window.height() == before
    assert quick.is_shown
    assert quick.window.field.text() == ALL
    ask(quick, ALL)
    choosing(qtbot, quick)
    QTest.keyClick(quick.window.field, Qt.Key.Key_Escape)
    assert bar.isHidden()
    assert quick.is_shown
    QTest.keyClick(quick.window.field, Qt.Key.Key_Escape)
    assert not quick.is_shown


def test_another_question_or_other_documents_withdraw_the_choice(qtbot: QtBot, quick: QuickAsk) -> None:
    ask(quick, ALL)
    bar = choosing(qtbot, quick)
    quick.window.field.setText("Hello?")
    assert bar.isHidden()
    ask(quick, ALL)
    choosing(qtbot, quick)
    quick._on_ticked(CollectionTicked(quick._scope.collection_ids[0], False))
    assert bar.isHidden()
    assert not quick.is_busy


def test_a_window_that_is_put_away_asks_nothing_any_more(qtbot: QtBot, quick: QuickAsk) -> None:
    ask(quick, ALL)
    bar = choosing(qtbot, quick)
    quick.window.close()
    assert bar.plan is None
    assert not quick.is_busy


def test_the_choices_are_reached_by_tab_before_the_answer(qtbot: QtBot, quick: QuickAsk) -> None:
    ask(quick, ALL)
    bar = choosing(qtbot, quick)
    stops: list[QWidget] = []
    bar.all.setFocus()
    for _stop in range(4):
        focus = QApplication.focusWidget()
        assert focus is not None
        stops.append(focus)
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    assert stops[:3] == [bar.all, bar.search, bar.cancel]
    assert quick.window.answer.isAncestorOf(stops[3])
