from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from app.ui.theme import Theme
from app.ui.welcome.welcome import Problem, WelcomePage


def test_three_ways_to_begin_are_three_requests(theme: Theme, qtbot: QtBot) -> None:
    page = WelcomePage(theme)
    qtbot.addWidget(page)
    for button, signal in (
        (page.start_button, page.start_requested),
        (page.open_button, page.open_requested),
        (page.llama_button, page.llama_requested),
    ):
        with qtbot.waitSignal(signal):
            button.click()


def test_a_problem_is_said_beside_the_choices(theme: Theme, qtbot: QtBot) -> None:
    page = WelcomePage(theme)
    qtbot.addWidget(page)
    page.show_problem(Problem("This is not a model.", "Choose another."))
    assert page.problem_text == "This is not a model. Choose another."
    page.show_choices()
    assert page.problem_text == ""


def test_without_a_starter_it_cannot_be_started(theme: Theme, qtbot: QtBot) -> None:
    page = WelcomePage(theme, has_starter=False)
    qtbot.addWidget(page)
    assert not page.start_button.isEnabled()
    assert page.open_button.isEnabled()


def test_a_model_file_can_be_dropped_on_the_page(theme: Theme, qtbot: QtBot) -> None:
    page = WelcomePage(theme)
    qtbot.addWidget(page)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/models/llama.gguf")])
    drop = QDropEvent(
        QPointF(9, 9),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    with qtbot.waitSignal(page.dropped) as told:
        page.dropEvent(drop)
    assert told.args == [Path("/models/llama.gguf")]
    data.setUrls([QUrl.fromLocalFile("/models/notes.txt")])
    with qtbot.assertNotEmitted(page.dropped):
        page.dropEvent(drop)
