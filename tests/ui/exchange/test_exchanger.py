"""Saving and bringing in, through the dialogs, on a real profile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app import paths
from app.chat.exchange import bringing
from app.chat.exchange.forms import Brought, Found, Problem
from app.core import Core
from app.engine.fake import Script, fake_load
from app.errors import PaddockError
from app.home import Home
from app.storage.secrets import MemorySecrets
from app.ui.bridge import Bridge
from app.ui.exchange.exchanger import Exchanger, Imported
from app.ui.exchange.export_dialog import ExportDialog
from app.ui.exchange.import_dialog import FoundShown, ImportDialog, found_words, result_words
from app.ui.theme import Theme
from tests.chat.exchange.samples import chatgpt, claude


class Desk:
    """An exchanger over a profile, and what it told."""

    def __init__(self, core: Core, bridge: Bridge, theme: Theme, window: QWidget, qtbot: QtBot) -> None:
        self.core = core
        self.qtbot = qtbot
        self.exchanger = Exchanger(core, bridge, theme, window)
        self.told: list[str] = []
        self.failed: list[PaddockError] = []
        self.imported: list[Imported] = []
        self.exchanger.told.connect(self.told.append)
        self.exchanger.failed.connect(self.failed.append)
        self.exchanger.imported.connect(self.imported.append)

    def export_dialog(self) -> ExportDialog:
        self.qtbot.waitUntil(lambda: self.exchanger.export_dialog is not None)
        assert self.exchanger.export_dialog is not None
        return self.exchanger.export_dialog

    def import_dialog(self) -> ImportDialog:
        self.qtbot.waitUntil(lambda: self.exchanger.import_dialog is not None)
        assert self.exchanger.import_dialog is not None
        return self.exchanger.import_dialog


@pytest.fixture
def desk(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[Desk]:
    home = Home(paths.places(tmp_path / "profile"), MemorySecrets(), load=fake_load(Script()))
    core = home.create().core
    window, bridge = QWidget(), Bridge()
    window.resize(900, 700)
    qtbot.addWidget(window)
    window.show()
    yield Desk(core, bridge, theme, window, qtbot)
    bridge.close(5.0)
    window.close()
    core.close()
    home.close()


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "export.json"
    path.write_text(json.dumps([chatgpt(), claude(), {"mapping": {}}]), "utf-8")
    return path


@pytest.mark.parametrize("kind", ["Markdown", "HTML", "PDF", "Plain text", "JSON"])
def test_all_chats_are_saved_in_every_form(desk: Desk, export: Path, tmp_path: Path, kind: str) -> None:
    bringing.bring(desk.core.chats, [export])
    desk.exchanger.export(None)
    dialog = desk.export_dialog()
    (button,) = [one for one in dialog.kinds.buttons() if one.text() == kind]
    button.click()
    dialog.choose(str(tmp_path / "out"))
    desk.qtbot.waitUntil(lambda: bool(desk.told), timeout=10_000)
    assert desk.told == ["2 chats were saved in “out”."]
    assert {path.stem for path in (tmp_path / "out").iterdir()} == {"The sky", "Bread"}
    assert desk.failed == []


def test_one_chat_names_its_title(desk: Desk, export: Path) -> None:
    (sky, _bread) = bringing.bring(desk.core.chats, [export]).ids
    desk.exchanger.export((sky,))
    dialog = desk.export_dialog()
    assert (dialog.windowTitle(), dialog.accessibleDescription()) == ("Save this chat as a file", "The sky")
    dialog.reject()


def test_an_empty_profile_has_nothing_to_save(desk: Desk) -> None:
    desk.exchanger.export(None)
    desk.qtbot.waitUntil(lambda: bool(desk.told))
    assert desk.told == ["There are no chats to save."]


def test_dropped_files_are_looked_at_brought_in_and_opened(desk: Desk, export: Path) -> None:
    desk.exchanger.show_import()
    dialog = desk.import_dialog()
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(export))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    dialog.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, buttons, keys))
    desk.qtbot.waitUntil(dialog.bring_button.isVisible)
    assert dialog.bring_button.text() == "Bring in 2 chats"
    assert "It has no messages." in dialog.problems.toPlainText()
    dialog.bring_button.click()
    desk.qtbot.waitUntil(dialog.open_button.isVisible)
    assert dialog.outcome.text() == "2 chats were brought in."
    dialog.open_button.click()
    ids = desk.imported[0].ids
    assert desk.imported == [Imported(ids), Imported(ids, ids[0])]
    assert {chat.id for chat in desk.core.chats.conversations()} == set(ids)
    desk.qtbot.waitUntil(lambda: desk.exchanger.import_dialog is None)


def test_a_second_import_says_what_is_here_already(desk: Desk, export: Path) -> None:
    bringing.bring(desk.core.chats, [export])
    desk.exchanger.show_import([export])
    dialog = desk.import_dialog()
    desk.qtbot.waitUntil(dialog.bring_button.isVisible)
    assert (dialog.bring_button.text(), dialog.bring_button.isEnabled()) == ("Nothing new to bring in", False)
    dialog.again.click()
    assert dialog.bring_button.text() == "Bring in 2 chats"
    dialog.reject()


def test_a_file_that_is_no_chat_is_said_to_be_none(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "holiday.jpg"
    path.write_bytes(b"\xff\xd8\xff")
    desk.exchanger.show_import([path])
    dialog = desk.import_dialog()
    desk.qtbot.waitUntil(dialog.close_button.isVisible)
    desk.qtbot.waitUntil(lambda: not dialog.stop_button.isVisible())
    assert not dialog.bring_button.isVisible()
    assert desk.failed == []
    dialog.reject()


def test_what_was_found_is_told_in_words() -> None:
    problem = Problem("a.json", "It has no messages.")
    found = Found(Path("a.zip"), "chatgpt", tuple(map(str, range(312))), (problem,))
    assert found_words(FoundShown(found, 4)) == "ChatGPT: 312 chats, 4 already here, 1 unreadable"
    assert found_words(FoundShown(Found(Path("a"), None, (), (problem,)), 0)) == "It has no messages."
    assert result_words(Brought(("a",), 2)) == "1 chat was brought in. 2 were here already."
    assert result_words(Brought(("a",), is_whole=False)) == "Stopped after 1 chat, which is here."
