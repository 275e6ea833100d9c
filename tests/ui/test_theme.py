from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCompleter, QLineEdit
from pytestqt.qtbot import QtBot

from app.ui.theme import Theme, make_palette, make_qss
from app.ui.tokens import DARK, LIGHT, Tokens

GROUNDS = {
    "text": (
        "window",
        "sidebar",
        "card",
        "field",
        "hover",
        "selected",
        "bubble",
        "code_ground",
        "code_inline",
        "selection",
    ),
    "muted": ("window", "sidebar", "card", "hover", "danger_ground", "code_ground"),
    "hint": ("window", "sidebar", "card", "field"),
    "accent": ("window", "card", "accent_ground"),
    "on_strong": ("strong",),
    "danger": ("window", "card", "danger_ground"),
    "code_keyword": ("code_ground",),
    "code_string": ("code_ground",),
    "code_comment": ("code_ground",),
    "code_name": ("code_ground",),
    "code_number": ("code_ground",),
}


def luminance(name: str) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.03928 else float(((part + 0.055) / 1.055) ** 2.4)

    color = QColor(name)
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF())


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_colour_can_be_read_on_its_grounds(tokens: Tokens) -> None:
    poor = [
        f"{ink} on {ground}: {contrast(getattr(tokens, ink), getattr(tokens, ground)):.1f}"
        for ink, grounds in GROUNDS.items()
        for ground in grounds
        if contrast(getattr(tokens, ink), getattr(tokens, ground)) < 4.5
    ]
    assert poor == []


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_the_focus_ring_stands_out(tokens: Tokens) -> None:
    assert all(contrast(tokens.accent, ground) >= 3 for ground in (tokens.window, tokens.sidebar, tokens.card))


def test_palette_and_style_sheet_come_from_the_tokens() -> None:
    assert make_palette(DARK).color(QPalette.ColorRole.Window) == QColor(DARK.window)
    assert DARK.line in make_qss(DARK)
    assert "{" not in make_qss(DARK).replace("{ ", "")


def test_a_choice_changes_everything_live(theme: Theme, qapp: QApplication, qtbot: QtBot) -> None:
    with qtbot.waitSignal(theme.changed) as told:
        theme.choose("dark")
    assert told.args == [DARK]
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(DARK.window)
    theme.choose("light")
    assert theme.tokens is LIGHT


def test_choosing_what_is_already_there_tells_nobody(theme: Theme, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(theme.changed):
        theme.choose("light")


def test_the_system_decides_unless_the_person_does(theme: Theme, qapp: QApplication) -> None:
    theme.choose("system")
    is_dark = qapp.styleHints().colorScheme() == Qt.ColorScheme.Dark
    assert theme.tokens is (DARK if is_dark else LIGHT)


def test_the_logo_is_drawn_in_the_accent_colour(theme: Theme) -> None:
    image = QImage(64, 64, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    theme.paint_logo(painter, QRectF(0, 0, 64, 64))
    painter.end()
    colors = {
        image.pixelColor(x, y).name() for x in range(64) for y in range(64) if image.pixelColor(x, y).alpha() == 255
    }
    assert LIGHT.accent in colors


def test_the_list_that_completes_a_file_name_has_a_ground(theme: Theme, qtbot: QtBot) -> None:
    """A popup is a window of its own: what is transparent there comes out black."""
    field = QLineEdit()
    qtbot.addWidget(field)
    completer = QCompleter(["garbage.gguf"], field)
    field.setCompleter(completer)
    field.show()
    field.setFocus()
    QTest.keyClicks(field, "g")
    popup = completer.popup()
    assert popup is not None
    qtbot.waitUntil(popup.isVisible)
    picture = popup.viewport().grab().toImage()
    assert picture.pixelColor(picture.width() - 3, picture.height() - 3).lightness() > 200
    popup.close()
    field.close()
