from __future__ import annotations

import threading
from collections.abc import Iterator

import psutil
import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.chat.formulas.frames import UNDRAWN, Wanted
from app.ui.chat.rendering.formulas import ASKED_MAX, Formulas
from app.ui.chat.rendering.markdown import Parser
from app.ui.chat.rendering.message_body import RUN_MAX_FORMULAS, MessageBody
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


@pytest.fixture
def formulas(theme: Theme) -> Iterator[Formulas]:
    """Without a window that its child would go with."""
    made = Formulas.of(theme)
    yield made
    made.rest()


def settle(theme: Theme, qtbot: QtBot, body: MessageBody) -> None:
    qtbot.waitUntil(lambda: Formulas.of(theme).is_idle and body.is_whole, timeout=20_000)
    body.arrange(700)


def child_of(theme: Theme) -> int | None:
    return Formulas.of(theme).draughtsman.pid


def view(body: MessageBody) -> ProseView:
    found = body.parts[0]
    assert isinstance(found, ProseView)
    return found


def test_a_formula_is_drawn_elsewhere_and_found_afterwards(formulas: Formulas, qtbot: QtBot) -> None:
    wanted = Wanted(r"\frac{a}{b}", 16.0, is_display=False)
    assert formulas.find(wanted) is None
    qtbot.waitUntil(lambda: formulas.find(wanted) is not None, timeout=20_000)
    found = formulas.find(wanted)
    assert found is not None
    assert found.is_drawn
    assert found.ascent > 0
    assert found.descent > 0  # the lower half of a fraction stands below the line


def test_what_is_no_tex_is_not_drawn(formulas: Formulas, qtbot: QtBot) -> None:
    wanted = Wanted(r"\frac{a", 16.0, is_display=False)
    qtbot.waitUntil(lambda: formulas.find(wanted) == UNDRAWN, timeout=20_000)


def test_more_formulas_than_can_be_drawn_soon_stay_tex(formulas: Formulas, qtbot: QtBot) -> None:
    found = [formulas.find(Wanted("x" * number, 16.0, is_display=False)) for number in range(1, ASKED_MAX + 40)]
    assert found[:ASKED_MAX] == [None] * ASKED_MAX
    assert found[ASKED_MAX:] == [UNDRAWN] * 39
    with qtbot.waitSignal(formulas.made):  # one that was asked for already is not too many
        assert formulas.find(Wanted("x" * ASKED_MAX, 16.0, is_display=False)) is None


def test_the_child_that_draws_comes_with_the_first_formula_and_goes_with_the_window(
    theme: Theme, qtbot: QtBot, host: QWidget, body: MessageBody
) -> None:
    host.show()
    body.set_source("No formula.", is_live=False)
    body.arrange(700)
    assert child_of(theme) is None
    body.set_source("One: $x$.", is_live=False)
    settle(theme, qtbot, body)
    pid = child_of(theme)
    assert pid is not None
    host.close()
    assert not psutil.pid_exists(pid)
    body.set_source("One: $x$. Two: $y$.", is_live=False)
    body.arrange(700)
    assert child_of(theme) is None
    host.show()
    settle(theme, qtbot, body)
    assert not view(body).is_awaiting


def test_a_formula_keeps_its_place_when_it_comes(theme: Theme, qtbot: QtBot, body: MessageBody) -> None:
    rows = r"$$\begin{aligned}a&=b\\c&=d\end{aligned}$$"
    for text in ("So $x_1$ and $x^2$ are.", r"$$\frac{a}{b}$$", r"$$\sum_{i=0}^n x_i$$", rows):
        body.set_source(text, is_live=False)
        before = body.arrange(700)
        settle(theme, qtbot, body)
        assert abs(body.arrange(700) - before) <= 6


def test_what_was_drawn_is_not_drawn_again_for_a_growing_text(theme: Theme, qtbot: QtBot, body: MessageBody) -> None:
    body.set_source("One $x$, ", is_live=True)
    settle(theme, qtbot, body)
    for words in ("One $x$, and", "One $x$, and so", "One $x$, and so on.\n\nMore $x$."):
        body.set_source(words, is_live=True)
        body.arrange(700)
        assert Formulas.of(theme).is_idle
    assert not any(part.is_awaiting for part in body.parts if isinstance(part, ProseView))


def test_a_text_full_of_formulas_is_written_in_slices_and_short_runs(
    theme: Theme, qtbot: QtBot, body: MessageBody
) -> None:
    body.set_source("$$x$$\n\n" * 300, is_live=False)
    assert not body.is_whole
    settle(theme, qtbot, body)
    runs = [part for part in body.parts if isinstance(part, ProseView)]
    assert [len(run.decorations.formulas) for run in runs[:-1]] == [RUN_MAX_FORMULAS] * (len(runs) - 1)
    assert sum(len(run.decorations.formulas) for run in runs) == 300


def test_text_that_is_no_tex_is_written_anew_once_when_all_others_are_drawn(
    theme: Theme, qtbot: QtBot, body: MessageBody
) -> None:
    body.set_source("$\\frac{a$ $\\frac{b$\n\n" + "$x$ $y$ $z$\n\n" * 3, is_live=False)
    first = view(body)
    settle(theme, qtbot, body)
    qtbot.waitUntil(lambda: "\\frac{a" in view(body).toPlainText())
    assert view(body) is not first
    again = view(body)
    settle(theme, qtbot, body)
    assert view(body) is again


def test_a_formula_has_the_colour_it_is_painted_in(formulas: Formulas, qtbot: QtBot) -> None:
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
