"""Keys of the whole screen, pressed by another program while a window of none of ours has the focus."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from app.ui.quick.global_key import GlobalKey
from app.ui.quick.keys import parse


@pytest.mark.parametrize(
    ("keys", "modifiers", "keysym", "virtual_key"),
    [
        ("Ctrl+Alt+Space", 12, 0x20, 0x20),
        ("Meta+K", 64, ord("k"), ord("K")),
        ("Shift+F13", 1, 0xFFCA, 0x7C),
        ("Ctrl++", 4, ord("+"), 0),
        ("Ctrl+Ö", 4, ord("ö"), 0),
        ("Ctrl+Alt+Ж", 12, 0x01000436, 0),
    ],
)
def test_combinations_are_known_to_x11_and_windows(keys: str, modifiers: int, keysym: int, virtual_key: int) -> None:
    found = parse(keys)
    assert found is not None
    assert (found.x_modifiers, found.keysym, found.virtual_key) == (modifiers, keysym, virtual_key)


@pytest.mark.parametrize("keys", ["", "Ctrl+K, Ctrl+S", "Ctrl+Media Play", "Hyper+K"])
def test_what_is_no_single_combination_is_refused(keys: str) -> None:
    assert parse(keys) is None


@pytest.mark.window
@pytest.mark.skipif(shutil.which("xdotool") is None, reason="xdotool presses the keys")
def test_keys_pressed_anywhere_are_heard_until_they_are_given_back(qtbot: QtBot) -> None:
    keys = made()
    assert keys.set_keys("Ctrl+Alt+Space") == ""
    with qtbot.waitSignal(keys.pressed):
        press("ctrl+alt+space")
    keys.set_keys("")
    with qtbot.assertNotEmitted(keys.pressed, wait=200):
        press("ctrl+alt+space")


@pytest.mark.window
@pytest.mark.skipif(shutil.which("xdotool") is None, reason="xdotool presses the keys")
def test_num_lock_does_not_matter(qtbot: QtBot) -> None:
    keys = made()
    assert keys.set_keys("Ctrl+F9") == ""
    press("Num_Lock")
    try:
        with qtbot.waitSignal(keys.pressed):
            press("ctrl+F9")
    finally:
        press("Num_Lock")
        keys.close()


@pytest.mark.window
def test_keys_of_another_program_are_refused_with_a_sentence(qapp: QGuiApplication) -> None:
    first, second = made(), made()
    assert first.set_keys("Ctrl+Alt+Q") == ""
    assert "Another program" in second.set_keys("Ctrl+Alt+Q")
    first.close()
    assert second.set_keys("Ctrl+Alt+Q") == ""
    second.close()


def test_where_the_system_has_no_such_keys_a_sentence_says_what_to_do(qapp: QGuiApplication) -> None:
    if QGuiApplication.platformName() == "xcb":
        pytest.skip("this system has them")
    assert "paddock quick" in made().set_keys("Ctrl+Alt+Space")
    assert made().set_keys("") == ""


def made() -> GlobalKey:
    return GlobalKey(QObject(QGuiApplication.instance()))


def press(keys: str) -> None:
    subprocess.run(["xdotool", "key", keys], check=True, timeout=10)
