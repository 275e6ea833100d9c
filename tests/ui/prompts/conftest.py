"""A real profile behind the dialogs, without a window around them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app import paths
from app.chat.manner import Manner, Persona
from app.chat.templates import Template
from app.chat.tree import Folder
from app.core import Core
from app.engine.fake import Script, fake_load
from app.errors import PaddockError
from app.home import Home
from app.models import library
from app.settings import MODEL_PATH
from app.storage.secrets import MemorySecrets
from app.ui.bridge import Bridge
from app.ui.chat.conversation import Conversation
from app.ui.prompts.prompts import Prompts, UndoOffer
from app.ui.theme import Theme

NURSE = Persona("nurse", "Nurse", Manner("Speak as a nurse.", sampling=(("answer.temperature", 0.2),)))
LETTER = Template("letter", "Letter", "Write a letter to {name}:\n")
CONTRACTS = Folder("contracts", "Contracts", 0, Manner("Speak as a lawyer."))


@dataclass
class Desk:
    """What a window would hold, and what it was told."""

    core: Core
    bridge: Bridge
    window: QWidget
    conversation: Conversation
    prompts: Prompts
    offers: list[UndoOffer] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    failures: list[PaddockError] = field(default_factory=list)
    templates: list[tuple[Template, ...]] = field(default_factory=list)


@pytest.fixture
def core(tmp_path: Path) -> Iterator[Core]:
    home = Home(paths.places(tmp_path / "profile"), MemorySecrets(), load=fake_load(Script()))
    made = home.create().core
    made.settings.set(MODEL_PATH, str(library.starter()))
    made.chats.save_persona(NURSE)
    made.chats.save_template(LETTER)
    made.chats.save_folder(CONTRACTS)
    yield made
    made.close()
    home.close()


@pytest.fixture
def desk(core: Core, qtbot: QtBot, theme: Theme) -> Iterator[Desk]:
    window = QWidget()
    window.resize(900, 700)
    qtbot.addWidget(window)
    bridge = Bridge(window)
    conversation = Conversation(core, bridge, window)
    prompts = Prompts(core, bridge, theme, conversation=conversation, parent=window)
    made = Desk(core, bridge, window, conversation, prompts)
    prompts.undo_offered.connect(made.offers.append)
    prompts.told.connect(made.told.append)
    prompts.failed.connect(made.failures.append)
    prompts.templates_changed.connect(made.templates.append)
    window.show()
    yield made
    conversation.save_draft()
    bridge.close(5.0)
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert made.failures == []
