"""A composer on screen, with a bridge and a small English dictionary."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.settings import Settings
from app.spelling.dictionaries import Dictionary
from app.spelling.speller import Speller
from app.ui.bridge import Bridge
from app.ui.chat.composer.composer import Composer
from app.ui.theme import Theme

W = TypeVar("W", bound=QWidget)
WORDS = ["the", "house/S", "is", "green", "and", "big", "I", "like", "it"]


class Kept(dict[str, str]):
    """Where settings of a test are kept."""

    def set(self, key: str, text: str) -> None:
        self[key] = text

    def remove(self, key: str) -> None:
        self.pop(key, None)

    def all(self) -> dict[str, str]:
        return dict(self)


@pytest.fixture
def settings() -> Settings:
    return Settings(Kept())


@pytest.fixture
def bridge(theme: Theme) -> Iterator[Bridge]:
    made = Bridge()
    yield made
    assert made.close(10.0)
    made.deleteLater()


@pytest.fixture
def speller(tmp_path: Path, settings: Settings) -> Speller:
    (tmp_path / "en_US.aff").write_text("SET UTF-8\nTRY esianrtolcdugmphbyfvkwz\nSFX S Y 1\nSFX S 0 s .\n", "utf-8")
    (tmp_path / "en_US.dic").write_text("\n".join([str(len(WORDS)), *WORDS]), "utf-8")
    return Speller(settings, ["en_US"], find=lambda: [Dictionary("en_US", tmp_path / "en_US")])


@pytest.fixture
def composer(theme: Theme, bridge: Bridge, speller: Speller, qtbot: QtBot) -> Iterator[Composer]:
    made = Composer(theme, bridge=bridge, spelling=speller)
    qtbot.addWidget(made)
    made.resize(800, made.sizeHint().height())
    made.show()
    made.activateWindow()
    qtbot.waitExposed(made)
    made.edit.setFocus()
    yield made
    made.close()


def paste(composer: Composer, text: str, html: str = "") -> None:
    data = QMimeData()
    data.setText(text)
    if html:
        data.setHtml(html)
    composer.edit.insertFromMimeData(data)


def child(parent: QWidget, kind: type[W]) -> W:
    """The first child of that kind; there is one."""
    return parent.findChildren(kind)[0]
