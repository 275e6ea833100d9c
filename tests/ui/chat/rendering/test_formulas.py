from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.ui.chat.rendering.formulas import ASKED_MAX, UNDRAWN, Formulas, Wanted
from app.ui.chat.rendering.markdown import Parser
from app.ui.chat.rendering.message_body import MessageBody
from app.ui.chat.rendering.prose import ProseView
from app.ui.chat.rendering.workshop import Workshop
from app.ui.theme import Theme


@pytest.fixture
def host(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def body(theme: Theme, host: QWidget) -> MessageBody:
    return MessageBody(theme, Parser(), parent=host)


def settle(theme: Theme, qtbot: QtBot, body: MessageBody) -> None:
    qtbot.waitUntil(lambda: Workshop.of(theme).is_idle, timeout=20_000)
    body.arrange(700)


def view(body: MessageBody) -> ProseView:
    found = body.parts[0]
    assert isinstance(found, ProseView)
    return found


def test_a_formula_is_drawn_off_the_main_thread_and_found_afterwards(theme: Theme, qtbot: QtBot) -> None:
    formulas = Formulas.of(theme)
    wanted = Wanted(r"\frac{a}{b}", 16.0, is_display=False)
    assert formulas.find(wanted) is None
    qtbot.waitUntil(lambda: formulas.find(wanted) is not None, timeout=20_000)
    found = formulas.find(wanted)
    assert found is not None
    assert found.is_drawn
    assert found.ascent > 0
    assert found.descent > 0  # the lower half of a fraction stands below the line


def test_what_is_no_tex_is_not_drawn(theme: Theme, qtbot: QtBot) -> None:
    formulas = Formulas.of(theme)
    wanted = Wanted(r"\frac{a", 16.0, is_display=False)
    qtbot.waitUntil(lambda: formulas.find(wanted) == UNDRAWN, timeout=20_000)


def test_more_formulas_than_can_be_drawn_soon_stay_tex(theme: Theme, qtbot: QtBot) -> None:
    formulas = Formulas.of(theme)
    found = [formulas.find(Wanted("x" * number, 16.0, is_display=False)) for number in range(1, ASKED_MAX + 40)]
    assert found[-1] == UNDRAWN
    assert found[0] is None
    qtbot.waitUntil(lambda: Workshop.of(theme).is_idle, timeout=60_000)


def test_a_formula_has_the_colour_it_is_painted_in(theme: Theme, qtbot: QtBot) -> None:
    formulas = Formulas.of(theme)
    wanted = Wanted("x", 40.0, is_display=True)
    qtbot.waitUntil(lambda: formulas.find(wanted) is not None, timeout=20_000)
    found = formulas.find(wanted)
    assert found is not None
    image = QImage(60, 60, QImage.Format.Format_ARGB32)
    image.fill(QColor("black"))
    painter = QPainter(image)
    formulas.paint(painter, image.rect().toRectF(), found, QColor("#ff0000"))
    painter.end()
    colours = {image.pixelColor(x, y).name() for x in range(60) for y in range(60)}
    assert "#ff0000" in colours
    assert all(colour.endswith("0000") for colour in colours)


def test_formulas_stand_in_the_text_and_load_nothing(theme: Theme, qtbot: QtBot, body: MessageBody) -> None:
    body.set_source("Before $x^2$ after.\n\n$$\\frac{1}{2}$$", is_live=False)
    settle(theme, qtbot, body)
    body.grab()
    assert [drawn.wanted.tex for drawn in view(body).decorations.formulas] == ["x^2", "\\frac{1}{2}"]
    assert view(body).refused_loads == 0
    assert "x^2" in view(body).accessibleDescription()


def test_a_copied_formula_is_its_tex(theme: Theme, qtbot: QtBot, body: MessageBody) -> None:
    body.set_source("Before `code` $x^2$ after.", is_live=False)
    settle(theme, qtbot, body)
    view(body).selectAll()
    assert view(body).createMimeDataFromSelection().text() == "Before code $x^2$ after."


def test_bad_tex_is_shown_as_it_stands(theme: Theme, qtbot: QtBot, body: MessageBody) -> None:
    body.set_source("See $\\frac{a$ here.", is_live=False)
    settle(theme, qtbot, body)
    qtbot.waitUntil(lambda: "\\frac{a" in view(body).toPlainText())
    assert view(body).decorations.formulas == []


def test_a_wide_formula_is_made_to_fit(theme: Theme, qtbot: QtBot, body: MessageBody) -> None:
    body.set_source("$$" + " + ".join(f"x_{{{number}}}" for number in range(20)) + "$$", is_live=False)
    settle(theme, qtbot, body)
    body.arrange(300)
    assert view(body).document().idealWidth() <= 300


def test_an_unfinished_formula_is_text(body: MessageBody) -> None:
    body.set_source("So $x + ", is_live=True)
    assert view(body).toPlainText() == "So $x +"


def test_the_workshop_ends_with_its_owner_and_forgets_what_was_waiting(qapp: QApplication, qtbot: QtBot) -> None:
    owner = QObject()
    go = threading.Event()
    done: list[int] = []
    workshop = Workshop.of(owner)
    workshop.do(owner, lambda: go.wait(5), lambda _result: done.append(1))
    workshop.do(owner, lambda: done.append(2), lambda _result: None)
    owner.deleteLater()
    with qtbot.waitSignal(owner.destroyed):
        pass
    go.set()
    threads = [thread for thread in threading.enumerate() if thread.name == "paddock-drawing"]
    for thread in threads:
        thread.join(5)
    assert done == []
