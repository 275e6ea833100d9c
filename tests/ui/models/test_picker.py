"""The menu of models: how each would run fills in beside its name, and nothing moves when it does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from app.core import Core
from app.engine.fake import Script
from app.models import library
from app.settings import RECENT_MODELS
from app.ui.models.entries import scaled
from app.ui.models.picker import MENU_PX
from app.ui.window import MainWindow
from tests.models import forge
from tests.ui.conftest import OpenShell, page

OpenWindow = Callable[..., MainWindow]
LONG = "A-Model-With-A-Name-That-Says-Everything-About-It-And-More-And-More-Instruct-2407-Q4_K_M"


def menu_of(qtbot: QtBot, window: MainWindow) -> QMenu:
    window._on_model_menu()
    qtbot.waitUntil(lambda: bool(window.findChildren(QMenu)))
    (menu,) = window.findChildren(QMenu)
    return menu


def entry(menu: QMenu, word: str) -> QAction:
    return next(action for action in menu.actions() if word in action.text())


def test_how_a_model_would_run_is_said_beside_its_name(qtbot: QtBot, window: OpenWindow) -> None:
    menu = menu_of(qtbot, window())
    action = entry(menu, library.STARTER_TITLE)
    qtbot.waitUntil(lambda: action.text().startswith(f"{library.STARTER_TITLE}  ·  on the processor · about"))
    assert action.isChecked()
    menu.close()


@pytest.fixture
def many(qtbot: QtBot, open_shell: OpenShell, tmp_path: Path) -> MainWindow:
    """A window that knows the starter, a huge file with a long name, one with ampersands, and one that is gone."""
    names = [tmp_path / f"{name}.gguf" for name in (LONG, "Q&A", "gone")]
    for path in names[:2]:
        forge.llama(path, "405b", quantisation="F16")

    def prepare(core: Core) -> None:
        core.settings.set(RECENT_MODELS, tuple(map(str, names)))

    return page(qtbot, open_shell(Script(load_s=30.0), prepare=prepare), MainWindow)


def test_nothing_moves_while_it_fills_in_and_a_model_loads(qtbot: QtBot, many: MainWindow) -> None:
    menu = menu_of(qtbot, many)
    size, places = menu.size(), [menu.actionGeometry(action) for action in menu.actions()]
    for word in (library.STARTER_TITLE, "A-Mod", "Q&&A"):
        action = entry(menu, word)
        qtbot.waitUntil(lambda action=action: " · about " in action.text())  # type: ignore[misc] # a lambda's default
    assert many.keeper.state.fraction is not None
    assert menu.width() <= scaled(many._theme, MENU_PX)
    assert menu.size() == size == menu.sizeHint()
    assert [menu.actionGeometry(action) for action in menu.actions()] == places
    menu.close()


def test_a_long_name_gives_way_in_its_middle(qtbot: QtBot, many: MainWindow) -> None:
    menu = menu_of(qtbot, many)
    action = entry(menu, "A-Mod")
    qtbot.waitUntil(lambda: "  ·  larger than memory · about" in action.text())
    title = action.text().partition("  ·  ")[0]
    assert title.startswith("A-Mod")
    assert "…" in title
    assert title.endswith("Q4_K_M")
    menu.close()


def test_a_file_that_is_gone_says_so_and_cannot_be_chosen(qtbot: QtBot, many: MainWindow) -> None:
    menu = menu_of(qtbot, many)
    action = entry(menu, "gone")
    assert action.text() == "gone  ·  file not found"
    assert not action.isEnabled()
    menu.close()


def test_the_menu_asks_for_the_settings_of_the_model(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window()
    menu = menu_of(qtbot, opened)
    with qtbot.waitSignal(opened.picker.settings_requested):
        entry(menu, "Model settings…").trigger()
    menu.close()


def test_the_menu_frees_the_memory_of_a_loaded_model(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window()
    qtbot.waitUntil(lambda: opened.keeper.state.state == "ready")
    menu = menu_of(qtbot, opened)
    entry(menu, "Free the memory now").trigger()
    qtbot.waitUntil(lambda: opened.keeper.state.words == "Not loaded · its memory is free")
    menu.close()
