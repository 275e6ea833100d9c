from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.ui.theme import Theme
from app.ui.toast import Toast


def make(theme: Theme, qtbot: QtBot) -> Toast:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 600)
    window.show()
    return Toast(theme, parent=window)


def test_the_action_is_asked_for_once_and_the_toast_goes(theme: Theme, qtbot: QtBot) -> None:
    toast = make(theme, qtbot)
    toast.show_message("Deleted.", "Undo")
    with qtbot.waitSignal(toast.action_requested), qtbot.assertNotEmitted(toast.gone):
        toast.action_button.click()
    assert toast.isHidden()


def test_dismissing_says_that_it_is_gone(theme: Theme, qtbot: QtBot) -> None:
    toast = make(theme, qtbot)
    toast.show_message("Deleted.", "Undo")
    with qtbot.waitSignal(toast.gone):
        toast.dismiss()


def test_a_newer_message_lets_the_older_one_go(theme: Theme, qtbot: QtBot) -> None:
    toast = make(theme, qtbot)
    toast.show_message("One.", "Undo")
    with qtbot.waitSignal(toast.gone):
        toast.show_message("Two.")
    assert toast.text == "Two."
    assert toast.action_button.isHidden()


def test_it_waits_while_the_mouse_is_on_it(theme: Theme, qtbot: QtBot) -> None:
    toast = make(theme, qtbot)
    toast.show_message("Deleted.", "Undo")
    seen = [toast.is_paused]
    point = QPointF(5, 5)
    QApplication.sendEvent(toast, QEnterEvent(point, point, point))
    seen.append(toast.is_paused)
    QApplication.sendEvent(toast, QEvent(QEvent.Type.Leave))
    assert [*seen, toast.is_paused] == [False, True, False]


def test_the_keyboard_reaches_its_action(theme: Theme, qtbot: QtBot) -> None:
    toast = make(theme, qtbot)
    toast.show_message("Deleted.", "Undo")
    assert toast.action_button.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert toast.accessibleName() == "Deleted."


def test_it_stays_inside_a_window_made_small(theme: Theme, qtbot: QtBot) -> None:
    toast = make(theme, qtbot)
    toast.show_message("A very long sentence about something that was deleted just now. " * 3, "Undo")
    toast.window().resize(300, 300)
    qtbot.waitUntil(lambda: toast.width() <= 300)
    assert toast.window().rect().contains(toast.geometry())
