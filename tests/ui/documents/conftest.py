from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from app.ui.controls import Ground
from app.ui.theme import Theme


@pytest.fixture
def host(theme: Theme, qtbot: QtBot) -> Ground:
    """A window for dialogs to open in."""
    made = Ground(theme, "window", parent=None)
    qtbot.addWidget(made)
    made.resize(700, 600)
    made.show()
    return made
