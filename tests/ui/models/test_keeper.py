"""The chosen model: loading with progress, stopping, changing it, and files that have trouble."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from app.chat.tree import Stats
from app.engine.fake import FakeEngine, Script
from app.models import library
from app.settings import MODEL_PATH
from app.ui.dialogs import SentenceDialog
from app.ui.window import MainWindow
from tests.models import forge
from tests.ui.conftest import OpenShell, page

OpenWindow = Callable[..., MainWindow]
SLOW = Script(load_s=30.0)


def menu_of(qtbot: QtBot, window: MainWindow) -> QMenu:
    window._on_model_menu()
    qtbot.waitUntil(lambda: bool(window.findChildren(QMenu)))
    (menu,) = window.findChildren(QMenu)
    return menu


def test_loading_shows_how_far_it_is_and_can_be_stopped(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(SLOW)
    qtbot.waitUntil(lambda: (opened.keeper.state.fraction or 0) > 0)
    assert "%" in opened.keeper.state.words
    menu = menu_of(qtbot, opened)
    (stop,) = [action for action in menu.actions() if action.text() == "Stop loading"]
    stop.trigger()
    assert opened.keeper.state.state == "off"
    menu.close()


def test_a_loaded_model_offers_nothing_to_stop(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window()
    qtbot.waitUntil(lambda: opened.keeper.state.state == "ready")
    menu = menu_of(qtbot, opened)
    assert "Stop loading" not in [action.text() for action in menu.actions()]
    assert any(action.isChecked() and library.STARTER_TITLE in action.text() for action in menu.actions())
    menu.close()


def test_a_plan_that_had_to_be_smaller_is_said_until_the_first_answer(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(plan=replace(FakeEngine().plan, refusal="The plan before needed more memory.")))
    qtbot.waitUntil(lambda: opened.keeper.state.state == "ready")
    assert opened.keeper.state.words == "On this processor · took less memory than planned"
    opened.keeper.answer_ended(Stats(10, 0, 30, 0.1, 1.0))
    assert opened.keeper.state.words == "On this processor · 30 tokens/s"


def test_memory_that_is_freed_is_said_and_the_next_wish_loads_again(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window()
    qtbot.waitUntil(lambda: opened.keeper.state.state == "ready")
    opened.keeper.release()
    qtbot.waitUntil(lambda: opened.keeper.state.words == "Not loaded · its memory is free")
    assert opened._core.host.current is None
    opened.keeper.preload()
    qtbot.waitUntil(lambda: opened.keeper.state.state == "ready")


def test_a_bad_file_changes_nothing_and_is_a_sentence(qtbot: QtBot, window: OpenWindow, tmp_path: Path) -> None:
    opened = window()
    qtbot.waitUntil(lambda: opened.keeper.state.state == "ready")
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"not a model")
    opened.picker.open(bad)
    qtbot.waitUntil(lambda: bool(opened.findChildren(SentenceDialog)))
    assert opened.keeper.state.state == "ready"
    assert opened.keeper.state.title == library.STARTER_TITLE
    opened.findChildren(SentenceDialog)[0].accept()


@pytest.mark.parametrize("answer", ["accept", "reject"])
def test_a_model_larger_than_the_memory_is_asked_about(
    qtbot: QtBot, window: OpenWindow, tmp_path: Path, answer: str
) -> None:
    opened = window()
    qtbot.waitUntil(lambda: opened.keeper.state.state == "ready")
    huge = forge.llama(tmp_path / "Huge-405B.gguf", "405b", quantisation="F16")
    opened.picker.open(huge)
    qtbot.waitUntil(lambda: bool(opened.findChildren(SentenceDialog)))
    (dialog,) = opened.findChildren(SentenceDialog)
    words = dialog.accessibleDescription()
    assert "is read from the disk for every word. Expect about" in words
    assert "for a short answer. A smaller model" in words
    getattr(dialog, answer)()
    title = "Huge-405B" if answer == "accept" else library.STARTER_TITLE
    qtbot.waitUntil(lambda: opened.keeper.state.title == title and opened.keeper.state.state == "ready")


def test_a_model_whose_file_has_gone_is_told_at_the_next_start(
    qtbot: QtBot, open_shell: OpenShell, tmp_path: Path
) -> None:
    gone = tmp_path / "gone.gguf"
    shell = open_shell(prepare=lambda core: core.settings.set(MODEL_PATH, str(gone)))
    opened = page(qtbot, shell, MainWindow)
    qtbot.waitUntil(lambda: opened.keeper.state.state == "fault")
    assert opened.keeper.state.title == "gone"
    qtbot.waitUntil(lambda: bool(opened.findChildren(SentenceDialog)))
