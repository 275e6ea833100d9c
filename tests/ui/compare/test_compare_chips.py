"""Comparing over documents: each side's answer has its chips, and they lead to the place."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.chat import session
from app.chat.tree import Message
from app.documents.citing.matching import cite
from app.documents.grounds import Grounds
from app.documents.parts import Span
from app.documents.records import Passage
from app.ui.chat.items import CitationRequested, ReadRequested
from app.ui.compare.lane import Lane
from app.ui.compare.page import ComparePage
from app.ui.compare.shown import Choices, ModelChoice, SideWish
from app.ui.documents.items import PassageRequested
from app.ui.documents.read_dialog import ReadDialog
from app.ui.theme import Theme

RENT = "The monthly rent is 930 euros and is due on the third day of each month."
ANSWER = f"{RENT[:-1]} [1]. It says “the tenant may keep a horse in the kitchen”."
GROUNDS = Grounds(
    "passages", "", (Passage("d", "lease.pdf", "page", "1", Span(1, 0, 1, len(RENT)), "", RENT),), "", 1, 1, ("d",)
)
BEGUN = Message(2, "a", "c", "q", "assistant", "", "streaming", 0.0)
DONE = Message(2, "a", "c", "q", "assistant", ANSWER, "done", 0.0, grounds=GROUNDS, cited=cite(ANSWER, GROUNDS))
QUESTION = Message(1, "q", "c", None, "user", "How high is the rent?", "done", 0.0)


@pytest.fixture
def lane() -> Lane:
    made = Lane()
    made.begin()
    for event in (session.Started(QUESTION, BEGUN), session.Grounded(GROUNDS), session.Delta(ANSWER[:75])):
        made.take(event)
    return made


@pytest.fixture
def page(qtbot: QtBot, theme: Theme, lane: Lane) -> ComparePage:
    made = ComparePage(theme)
    qtbot.addWidget(made)
    model = ModelChoice(Path("/m.gguf"), "Model")
    made.set_choices((SideWish(model), SideWish(model)), Choices((model,)))
    lane.take(session.Finished(DONE))
    made.set_answer(0, lane.shown())
    made.resize(1000, 640)
    made.show()
    return made


def test_while_it_is_written_the_models_own_references_are_not_seen(lane: Lane) -> None:
    assert ANSWER[:75].endswith(" [1]")
    assert lane.shown().text == RENT[:-1]
    assert lane.shown().sourced is None


def test_the_whole_answer_has_chips_and_what_was_read(page: ComparePage, lane: Lane) -> None:
    made = lane.shown().sourced
    assert made is not None
    assert [one.is_literal for one in made.chips] == [None, False]
    sources = page.panes[0].view.answer.sources
    assert sources is not None
    assert sources.isVisible()
    assert page.panes[1].view.answer.sources is None


def test_a_chip_asks_for_its_place_and_a_wrong_quotation_for_what_was_read(qtbot: QtBot, page: ComparePage) -> None:
    body = page.panes[0].view.answer.body
    with qtbot.waitSignal(page.source_requested) as told:
        body.chip_pressed.emit(0)
    assert told.args == [CitationRequested("a", 1, "d", Span(1, 0, 1, len(RENT)))]
    with qtbot.waitSignal(page.source_requested) as told:
        body.chip_pressed.emit(1)
    assert told.args == [ReadRequested("a")]


def test_what_was_read_opens_over_the_page_and_leads_on(qtbot: QtBot, page: ComparePage) -> None:
    page.show_read(GROUNDS, QUESTION.text)
    dialog = next(one for one in QApplication.topLevelWidgets() if isinstance(one, ReadDialog) and one.isVisible())
    with qtbot.waitSignal(page.passage_requested):
        dialog.passage_requested.emit(PassageRequested("d", Span(1, 0, 1, 9)))
    dialog.close()


def test_chips_are_reached_by_tab_before_the_button_that_keeps_the_answer(page: ComparePage) -> None:
    pane = page.panes[0]
    stops = pane.view.answer.tab_stops()
    assert stops[0].accessibleDescription().startswith("source 1: lease.pdf, page 1")
    order: list[QWidget] = []
    at = pane.view.nextInFocusChain()
    while at is not None and at is not pane.view:
        order += [at] if at in (*stops, pane.keep) else []
        at = at.nextInFocusChain()
    assert order[: len(stops) + 1] == [*stops, pane.keep]
