from __future__ import annotations

from dataclasses import fields, replace

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCompleter, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.ui.controls import IconButton, SecretField, Text, TextButton
from app.ui.theme import Appearance, Fonts, Theme, make_fonts, make_palette, make_qss
from app.ui.tokens import DARK, HIGH_DARK, HIGH_LIGHT, LIGHT, Tokens

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
        "mark",
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


ALL = [LIGHT, DARK, HIGH_LIGHT, HIGH_DARK]
IDS = ["light", "dark", "high contrast light", "high contrast dark"]


@pytest.mark.parametrize("tokens", ALL, ids=IDS)
def test_every_text_colour_can_be_read_on_its_grounds(tokens: Tokens) -> None:
    least = 7.0 if tokens.is_high_contrast else 4.5  # WCAG 2.2: 1.4.6 and 1.4.3
    poor = [
        f"{ink} on {ground}: {contrast(getattr(tokens, ink), getattr(tokens, ground)):.1f}"
        for ink, grounds in GROUNDS.items()
        for ground in grounds
        if contrast(getattr(tokens, ink), getattr(tokens, ground)) < least
    ]
    assert poor == []


@pytest.mark.parametrize("tokens", [HIGH_LIGHT, HIGH_DARK], ids=IDS[2:])
def test_lines_are_strong_in_high_contrast(tokens: Tokens) -> None:
    grounds = (tokens.window, tokens.sidebar, tokens.card, tokens.field, tokens.code_ground)
    assert all(contrast(tokens.line, ground) >= 4.5 for ground in grounds)
    assert all(contrast(tokens.line_strong, ground) >= 7 for ground in (*grounds, tokens.selected, tokens.hover))


@pytest.mark.parametrize("tokens", ALL, ids=IDS)
def test_black_ink_stays_black_below_a_mark_on_paper(tokens: Tokens) -> None:
    assert all(contrast("#000000", ground) >= 7 for ground in (tokens.paper_mark, tokens.paper_selection))
    assert contrast(LIGHT.window, tokens.paper_line) >= 4.5


@pytest.mark.parametrize("tokens", ALL, ids=IDS)
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


def test_high_contrast_is_worn_live_and_taken_off_again(theme: Theme, qapp: QApplication, qtbot: QtBot) -> None:
    with qtbot.waitSignal(theme.changed) as told:
        theme.set_contrast("high")
    assert told.args == [HIGH_LIGHT]
    theme.choose("dark")
    assert theme.tokens is HIGH_DARK
    assert qapp.palette().color(QPalette.ColorRole.WindowText) == QColor(HIGH_DARK.text)
    theme.set_contrast("normal")
    assert theme.tokens is DARK


def test_every_role_keeps_a_font_of_its_own_at_every_size() -> None:
    for percent in range(80, 201):
        keys = [getattr(make_fonts(percent / 100), role.name).key() for role in fields(Fonts)]
        assert len(set(keys)) == len(keys), percent


def test_text_grows_and_shrinks_in_widgets_that_are_there(theme: Theme, qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    column = QVBoxLayout(widget)
    text = Text(theme, "Words", parent=widget, font=theme.fonts.heading)
    button, icon = TextButton(theme, "Send", parent=widget), IconButton(theme, "copy", "Copy", parent=widget)
    secret, fixed = SecretField(theme, "Passphrase", parent=widget), QWidget(widget)
    theme.fix(fixed, width=40, height=20)
    for part in (text, button, icon, secret, fixed):
        column.addWidget(part)
    before = text.font().pixelSize(), button.sizeHint(), icon.sizeHint(), secret.minimumHeight(), fixed.size()
    with qtbot.waitSignals([theme.changed, theme.resized]):
        theme.set_text_percent(200)
    assert text.font() == theme.fonts.heading
    assert text.font().pixelSize() == 2 * before[0]
    assert button.sizeHint().height() >= QFontMetricsF(button.font()).height() + 8
    assert button.sizeHint().width() > before[1].width()
    assert icon.sizeHint() == before[2] * 2
    assert secret.minimumHeight() == 2 * before[3]
    assert fixed.size() == before[4] * 2
    for percent in (80, 137, 100):
        theme.set_text_percent(percent)
    after = text.font().pixelSize(), button.sizeHint(), icon.sizeHint(), secret.minimumHeight(), fixed.size()
    assert after == before, "nothing is lost on the way"


def test_a_font_of_somebody_else_is_left_alone(theme: Theme, qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    own = widget.font()
    own.setPixelSize(41)
    widget.setFont(own)
    theme.set_text_percent(150)
    assert widget.font().pixelSize() == 41


def is_still(theme: Theme) -> bool:
    return theme.is_motion_reduced


def test_movement_follows_the_system_unless_the_person_decides(theme: Theme, qtbot: QtBot) -> None:
    assert not is_still(theme)
    with qtbot.waitSignal(theme.motion_changed):
        theme.set_system_still(True)
    assert is_still(theme)
    theme.set_motion("full")
    assert not is_still(theme)
    theme.set_system_still(False)
    theme.set_motion("reduced")
    assert is_still(theme)


def test_all_of_it_is_applied_at_once(theme: Theme, qtbot: QtBot) -> None:
    told: list[object] = []
    theme.changed.connect(told.append)
    theme.apply(Appearance("dark", "high", 120, "reduced"))
    assert told == [HIGH_DARK]
    assert theme.px(100) == round(100 * theme.scale)
    theme.apply(replace(theme.appearance, choice="dark"))
    assert told == [HIGH_DARK], "nothing has changed"
