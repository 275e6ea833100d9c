"""Whatever Paddock can do is reached in more than one way: from the palette, and from a menu or the settings."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from app.engine.fake import Script
from app.settings import MODELS_FOLDER, THEME
from app.ui.actions import Act, specs
from app.ui.exchange.import_dialog import ImportDialog
from app.ui.prompts.instructions_dialog import InstructionsDialog
from app.ui.prompts.kept_dialog import KeptDialog
from app.ui.settings.dialog import ROWS, SettingsDialog
from app.ui.window import MainWindow
from tests.ui.chat.test_message_deeds import ask

OpenWindow = Callable[..., MainWindow]


def shown(qtbot: QtBot, window: MainWindow, kind: type[QDialog]) -> QDialog:
    """Wait until the only dialog in view is one of this kind."""

    def visible() -> list[QDialog]:
        return [one for one in window.findChildren(QDialog) if one.isVisible()]

    qtbot.waitUntil(lambda: [type(one) for one in visible()] == [kind], timeout=10_000)
    return visible()[0]


def titles(window: MainWindow) -> list[str]:
    """Of all chats that are listed, also of archived ones."""
    return [entry.title for entry in window.sidebar.list.items._entries]


def test_the_palette_has_every_action_and_every_setting(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window()
    opened.actions_of_window[Act.PALETTE].trigger()
    palette = opened.later.palette
    qtbot.waitUntil(palette.isVisible, timeout=10_000)
    found = {prepared.command.id for prepared in palette._commands}
    acts = {f"act:{spec.act.value}" for spec in specs() if not spec.is_of_list}
    assert acts - found == {"act:palette", "act:stop"}, "it is open, and nothing is answered"
    assert {f"setting:{one.key}" for one in (THEME, *ROWS, MODELS_FOLDER)} <= found


@pytest.mark.parametrize(
    ("act", "kind"),
    [(Act.GENERAL, InstructionsDialog), (Act.PERSONAS, KeptDialog), (Act.IMPORT, ImportDialog)],
)
def test_what_chats_are_given_is_found_in_the_settings(
    qtbot: QtBot, window: OpenWindow, act: Act, kind: type[QDialog]
) -> None:
    opened = window()
    opened.actions_of_window[Act.SETTINGS].trigger()
    settings = shown(qtbot, opened, SettingsDialog)
    assert isinstance(settings, SettingsDialog)
    settings.doors[act].click()
    shown(qtbot, opened, kind).close()


def test_a_persona_of_the_list_can_answer_the_chat_on_screen(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window()
    opened.actions_of_window[Act.PERSONAS].trigger()
    personas = shown(qtbot, opened, KeptDialog)
    assert isinstance(personas, KeptDialog)
    assert personas.use.isVisible()
    personas.use.click()
    qtbot.waitUntil(lambda: opened.conversation.beginning.manner.persona_id is not None, timeout=10_000)


def test_the_chat_on_screen_is_duplicated_archived_and_deleted_by_its_actions(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("one",)))
    acts = opened.actions_of_window
    for act in (Act.DUPLICATE, Act.ARCHIVE, Act.RENAME_OPEN, Act.DELETE_OPEN, Act.COPY_CHAT):
        acts[act].trigger()  # of a new chat there is nothing yet
    ask(qtbot, opened, "A")
    qtbot.waitUntil(lambda: titles(opened) == ["A"])
    acts[Act.DUPLICATE].trigger()
    qtbot.waitUntil(lambda: sorted(titles(opened)) == ["A", "A (copy)"])
    copy_id = opened.conversation.conversation_id or ""
    acts[Act.ARCHIVE].trigger()
    qtbot.waitUntil(lambda: (entry := opened.library.entry(copy_id)) is not None and entry.is_archived)
    acts[Act.DELETE_OPEN].trigger()
    qtbot.waitUntil(lambda: titles(opened) == ["A"])
    opened.toast.action_button.click()
    qtbot.waitUntil(lambda: sorted(titles(opened)) == ["A", "A (copy)"])
