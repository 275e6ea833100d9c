from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
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


def test_two_rooms_use_one_toast_without_mixing_up(theme: Theme, qtbot: QtBot) -> None:
    toast = make(theme, qtbot)
    told: list[str] = []
    toast.show_undo("One.", lambda: told.append("undo one"), lambda: told.append("one is gone"))
    toast.show_undo("Two.", lambda: told.append("undo two"), lambda: told.append("two is gone"))
    with qtbot.assertNotEmitted(toast.action_requested), qtbot.assertNotEmitted(toast.gone):
        toast.action_button.click()
        toast.dismiss()
    assert told == ["one is gone", "undo two"]


def test_an_undo_that_nobody_used_is_gone_once(theme: Theme, qtbot: QtBot) -> None:
    toast = make(theme, qtbot)
    told: list[str] = []
    toast.show_undo("One.", lambda: told.append("undo"), lambda: told.append("gone"))
    toast.dismiss()
    toast.dismiss()
    assert told == ["gone"]


def test_what_is_gone_may_show_the_next_message_itself(theme: Theme, qtbot: QtBot) -> None:
    toast = make(theme, qtbot)
    toast.show_undo("One.", lambda: None, lambda: toast.show_message("It is gone."))
    toast.dismiss()
    assert toast.text == "It is gone."
    assert not toast.isHidden()


def test_it_stands_clear_of_what_is_below_it_however_high_that_grows(theme: Theme, qtbot: QtBot) -> None:
    toast = make(theme, qtbot)
    window = toast.window()
    composer = QWidget(window)
    composer.setGeometry(0, 500, 800, 100)
    composer.show()
    toast.stand_on(composer)
    toast.show_message("Copied.")
    first = toast.geometry().bottom()
    assert first < 500 - 30, "the last message's actions are there"
    composer.setGeometry(0, 400, 800, 200)
    assert toast.geometry().bottom() == first - 100


def test_two_toasts_of_one_window_stand_above_each_other(theme: Theme, qtbot: QtBot) -> None:
    toast = make(theme, qtbot)
    other = Toast(theme, parent=toast.window())
    toast.show_message("Deleted.", "Undo")
    other.show_message("Downloaded.")
    edge = 14  # the shadows may meet
    cards = [shown.geometry().adjusted(edge, edge, -edge, -edge) for shown in (toast, other)]
    assert not cards[0].intersects(cards[1])


def test_in_a_narrow_window_the_words_take_two_lines(theme: Theme, qtbot: QtBot) -> None:
    toast = make(theme, qtbot)
    toast.show_undo("“A title that is rather long” was moved to another folder just now.", lambda: None)
    wide = toast.height()
    toast.window().resize(320, 500)
    qtbot.waitUntil(lambda: toast.width() <= 320)
    assert toast.height() > wide
    lines = toast._lines(150)
    assert len(lines) == 2
    assert lines[1].endswith("…")


def test_the_focus_stays_where_it_was(theme: Theme, qtbot: QtBot) -> None:
    toast = make(theme, qtbot)
    field = QLineEdit(toast.window())
    field.show()
    field.setFocus()
    toast.show_undo("Deleted.", lambda: None)
    assert toast.window().focusWidget() is field
