from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from app.documents.grounds import Grounds
from app.documents.parts import Span
from app.documents.records import Passage
from app.ui.controls import Text
from app.ui.documents.items import PassageRequested
from app.ui.documents.read_dialog import ReadDialog, ranks_words
from app.ui.theme import Theme


def passage(number: int, **wishes: object) -> Passage:
    made = Passage(
        f"d{number}",
        "policy.pdf",
        "page",
        str(number + 21),
        Span(number, 3, number, 9),
        "Rights",
        "Short.",
        0.031,
        (3, 1),
    )
    return replace(made, **wishes)  # type: ignore[arg-type]  # fields of it


def grounds(**wishes: object) -> Grounds:
    made = Grounds("passages", "Who pays?", (passage(0), passage(1)), "FENCED", 2, 193, ("d0",), part_name="page")
    return replace(made, **wishes)  # type: ignore[arg-type]  # fields of it


@pytest.fixture
def dialog(theme: Theme, qtbot: QtBot) -> Iterator[ReadDialog]:
    made = ReadDialog(theme, None)
    qtbot.addWidget(made)
    yield made
    made.close()


def words(dialog: ReadDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(Text) if label.isVisible())


def test_it_says_how_much_was_read_and_lists_the_passages_in_order(dialog: ReadDialog) -> None:
    dialog.show_grounds(grounds(), "Who pays?")
    assert "Read 2 passages of 193 pages." in words(dialog)
    assert [card.where.accessibleName() for card in dialog.cards()] == [
        "1 policy.pdf, page 21",
        "2 policy.pdf, page 22",
    ]


def test_a_passage_is_shown_where_it_stands(dialog: ReadDialog, qtbot: QtBot) -> None:
    dialog.show_grounds(grounds(), "Who pays?")
    with qtbot.waitSignal(dialog.passage_requested) as asked:
        dialog.cards()[1].open_button.click()
    assert asked.args == [PassageRequested("d1", Span(1, 3, 1, 9))]
    assert dialog.isVisible()


def test_ranks_say_how_a_passage_was_found() -> None:
    assert ranks_words(passage(0)) == "place 3 by words · place 1 by meaning · score 0.031"
    assert ranks_words(passage(0, ranks=(0, 2), score=0.0)) == "place 2 by meaning"
    assert ranks_words(passage(0, ranks=(0, 0), score=0.0)) == ""


def test_the_question_that_was_searched_is_told_where_it_is_another(dialog: ReadDialog) -> None:
    dialog.show_grounds(grounds(query="Who pays for repairs?", note="One file waits.", hidden=2), "And who pays?")
    assert "Searched for: Who pays for repairs?" in words(dialog)
    assert "One file waits." in words(dialog)
    assert "2 stretches of text" in words(dialog)


def test_the_prompt_can_be_read_and_copied_as_the_model_got_it(dialog: ReadDialog) -> None:
    dialog.show_grounds(grounds(), "Who pays?")
    assert not dialog.copy.isVisible()
    dialog.as_prompt.click()
    assert dialog.prompt.isVisible()
    assert dialog.prompt.toPlainText() == "FENCED\n\nWho pays?"
    dialog.copy.click()
    assert QGuiApplication.clipboard().text() == "FENCED\n\nWho pays?"


def test_where_nothing_was_found_the_nearest_passages_are_shown(dialog: ReadDialog) -> None:
    dialog.show_grounds(grounds(strategy="nothing", passages=(), near=(passage(4),), text=""), "Who pays?")
    assert dialog.as_passages.text() == "Nearest passages"
    assert len(dialog.cards()) == 1


def test_where_nothing_is_near_either_it_says_so(dialog: ReadDialog) -> None:
    dialog.show_grounds(grounds(strategy="nothing", passages=(), text=""), "Who pays?")
    assert "Nothing was found that comes near" in words(dialog)


def test_a_long_passage_is_shortened_until_all_of_it_is_wanted(dialog: ReadDialog) -> None:
    text = "Repairs are paid by the tenant. " * 30
    dialog.show_grounds(grounds(passages=(passage(0, text=text),)), "Who pays?")
    card = dialog.cards()[0]
    assert card.words.text().endswith("…")
    card.all_button.click()
    assert card.words.text() == text.strip()
    card.all_button.click()
    assert len(card.words.text()) < 300


def test_a_whole_document_as_a_passage_is_shown_up_to_a_length(dialog: ReadDialog) -> None:
    dialog.show_grounds(grounds(strategy="whole", passages=(passage(0, text="words " * 200_000),)), "Who pays?")
    card = dialog.cards()[0]
    card.all_button.click()
    assert 7_000 < len(card.words.text()) < 9_000


def test_hundreds_of_passages_come_as_they_are_wanted(dialog: ReadDialog) -> None:
    dialog.show_grounds(grounds(passages=tuple(passage(n) for n in range(70))), "Who pays?")
    assert len(dialog.cards()) == 30
    dialog.more.click()
    dialog.more.click()
    assert [card.where.accessibleName().split()[0] for card in dialog.cards()] == [str(n + 1) for n in range(70)]
    assert not dialog.more.isVisible()


def test_another_answer_takes_the_place_of_the_first(dialog: ReadDialog) -> None:
    dialog.show_grounds(grounds(), "Who pays?")
    dialog.as_prompt.click()
    dialog.show_grounds(grounds(passages=(passage(5),)), "What then?")
    assert len(dialog.cards()) == 1
    assert not dialog.prompt.isVisible()


def test_every_button_has_a_name_of_its_own(dialog: ReadDialog) -> None:
    dialog.show_grounds(grounds(), "Who pays?")
    names = [button.accessibleName() for button in dialog.findChildren(QAbstractButton) if button.isVisible()]
    assert "Show policy.pdf, page 21" in names
    assert len(set(names)) == len(names)


def test_it_fits_a_narrow_window_with_text_twice_as_large(dialog: ReadDialog, theme: Theme) -> None:
    dialog.show_grounds(grounds(), "Who pays?")
    theme.set_text_percent(200)
    dialog.resize(340, 600)
    assert dialog.width() == 340
    assert dialog.cards()[0].open_button.mapTo(dialog, dialog.cards()[0].open_button.rect().topRight()).x() < 340
