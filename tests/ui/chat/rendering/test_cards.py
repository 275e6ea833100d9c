from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.ui.chat.items import CopyRequested
from app.ui.chat.rendering.code_block import CodeCard
from app.ui.chat.rendering.markdown import Parser
from app.ui.chat.rendering.message_body import RUN_MAX_CHARS, MessageBody
from app.ui.chat.rendering.prose import ProseView
from app.ui.chat.rendering.table_card import CHUNK_ROWS, TableCard
from app.ui.chat.rendering.think_card import ThinkCard
from app.ui.theme import Theme

WIDE = "| Donaudampfschifffahrtsgesellschaft | Kraftfahrzeughaftpflichtversicherung |\n|---|---|\n| a b c d | e |\n"


@pytest.fixture
def host(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    return made


@pytest.fixture
def body(theme: Theme, host: QWidget) -> MessageBody:
    return MessageBody(theme, Parser(), parent=host)


def table(body: MessageBody) -> TableCard:
    found = body.parts[0]
    assert isinstance(found, TableCard)
    return found


def thoughts(body: MessageBody) -> ThinkCard:
    found = body.parts[0]
    assert isinstance(found, ThinkCard)
    return found


def place(body: MessageBody, width: int) -> None:
    body.setGeometry(0, 0, width, body.arrange(width))
    body.show()


def test_a_table_never_breaks_a_word_and_scrolls_instead(body: MessageBody) -> None:
    body.set_source(WIDE, is_live=False)
    place(body, 300)
    document = table(body).texts[0].document()
    block = document.begin()
    while block.isValid():
        assert block.layout().lineCount() <= 1
        block = block.next()
    assert table(body).scroller.horizontalScrollBar().maximum() > 0
    assert table(body).scroller.focusPolicy() == Qt.FocusPolicy.StrongFocus


def test_a_table_that_fits_fills_the_column_and_does_not_scroll(body: MessageBody) -> None:
    body.set_source("|a|b|\n|-|-|\n|1|2|", is_live=False)
    place(body, 600)
    assert table(body).scroller.horizontalScrollBar().maximum() == 0
    assert abs(table(body).texts[0].width() - 600) <= 2


def test_a_table_from_right_to_left_begins_at_the_right(body: MessageBody) -> None:
    body.set_source("|الاسم|العمر|\n|-|-|\n|ليلى|30|", is_live=False)
    place(body, 600)
    text = table(body).texts[0]
    first, second = text.document().find("الاسم"), text.document().find("العمر")
    assert text.cursorRect(first).left() > text.cursorRect(second).left()
    text.selectAll()
    assert text.selected_text() == "الاسم\tالعمر\nليلى\t30"


def test_a_growing_table_keeps_the_parts_that_are_full(body: MessageBody) -> None:
    rows = "".join(f"|{number}|x|\n" for number in range(3 * CHUNK_ROWS))
    source = "|a|b|\n|-|-|\n" + rows
    body.set_source(source[: len(source) // 2], is_live=True)
    first = table(body).texts[0]
    body.set_source(source, is_live=True)
    assert table(body).texts[0] is first
    assert len(table(body).texts) == 4
    assert table(body).matches("x") == 3 * CHUNK_ROWS


def test_a_table_is_copied_for_spreadsheets_and_as_markdown(body: MessageBody, qtbot: QtBot) -> None:
    body.set_source("|a|b|\n|-|-|\n|**1**|`2 < 3`|", is_live=False)
    for_cells, as_markdown = table(body).copy_menu.actions()
    with qtbot.waitSignal(body.copy_requested) as told:
        for_cells.trigger()
    html = "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2 &lt; 3</td></tr></table>"
    assert told.args == [CopyRequested("a\tb\n1\t2 < 3", html)]
    with qtbot.waitSignal(body.copy_requested) as told:
        as_markdown.trigger()
    assert told.args == [CopyRequested("|a|b|\n|-|-|\n|**1**|`2 < 3`|")]


def test_thoughts_are_folded_until_somebody_opens_them(body: MessageBody, qtbot: QtBot) -> None:
    body.set_source("<think>\nSecret **thing**", is_live=True)
    card = thoughts(body)
    assert card.toggle.text() == "Thinking…"
    assert not card.is_open
    folded = body.arrange(500)
    body.set_source("<think>\nSecret **thing**\n</think>\n\nAnswer", is_live=False)
    assert thoughts(body) is card
    assert card.toggle.text() == "Thought for a moment"
    card.toggle.setFocus()
    with qtbot.waitSignal(body.height_changed):
        QTest.keyClick(card.toggle, Qt.Key.Key_Return)
    assert "Open" in card.toggle.accessibleDescription()
    assert body.arrange(500) > folded + 30
    QTest.keyClick(card.toggle, Qt.Key.Key_Space)
    assert not card.is_open


def test_a_tag_that_the_template_opened_folds_what_came_before_its_end(body: MessageBody) -> None:
    body.set_source("Let me think.\n\nWell", is_live=True)
    assert isinstance(body.parts[0], ProseView)
    body.set_source("Let me think.\n\nWell\n</think>\n\nYes.", is_live=True)
    assert isinstance(body.parts[0], ThinkCard)
    answer = body.parts[1]
    assert isinstance(answer, ProseView)
    assert answer.toPlainText() == "Yes."


def test_words_are_counted_and_marked_over_all_parts(body: MessageBody) -> None:
    body.set_source("Word one.\n\n```\nword two\n```\n\n|word|\n|-|\n|three|\n\nLast WORD 🙂 word", is_live=False)
    place(body, 500)
    assert body.matches("word") == 5
    assert body.matches("no such") == 0
    assert body.matches("last  word") == 1
    tops = []
    for number in range(5):
        body.mark_words("word", number)
        rect = body.current_rect()
        assert rect is not None
        assert body.rect().intersects(rect)
        tops.append((rect.bottom() // 12, rect.left()))
    assert tops == sorted(tops)
    body.clear_marks()
    assert body.current_rect() is None


def test_a_mark_inside_folded_thoughts_opens_them(body: MessageBody) -> None:
    body.set_source("<think>needle</think>\n\nhay", is_live=False)
    assert body.matches("needle") == 1
    body.mark_words("needle", None)
    assert not thoughts(body).is_open
    body.mark_words("needle", 0)
    assert thoughts(body).is_open


def test_long_lines_of_code_can_be_wrapped(body: MessageBody) -> None:
    body.set_source("```\n" + "words and " * 40 + "\n```", is_live=False)
    card = body.parts[0]
    assert isinstance(card, CodeCard)
    place(body, 400)
    flat = card.height()
    assert not card.wrap_button.isHidden()
    card.wrap_button.click()
    place(body, 400)
    assert card.height() > flat + 60


def test_a_long_answer_is_several_runs_of_text(body: MessageBody) -> None:
    body.set_source("Some words in a paragraph.\n\n" * (RUN_MAX_CHARS // 9), is_live=False)
    body.arrange(500)
    assert len(body.parts) > 1


def test_a_very_long_answer_is_written_in_slices(body: MessageBody, qtbot: QtBot) -> None:
    source = "".join(f"{number}. item\n" for number in range(1, 9_000))
    body.set_source(source, is_live=False)
    assert not body.is_whole
    qtbot.waitUntil(lambda: body.is_whole, timeout=20_000)
    last = body.parts[-1]
    assert isinstance(last, ProseView)
    assert last.decorations.markers[-1].label == "8999."


def test_everything_that_can_be_pressed_is_a_tab_stop(body: MessageBody) -> None:
    body.set_source("<think>a</think>\n\n[x](https://example.org)\n\n```\ny\n```\n\n" + WIDE, is_live=False)
    place(body, 300)
    stops = body.tab_stops()
    assert all(stop.accessibleName() for stop in stops)
    think, text, code, wide = body.parts
    assert isinstance(think, ThinkCard)
    assert isinstance(code, CodeCard)
    assert isinstance(wide, TableCard)
    for wanted in (think.toggle, text, code.copy_button, wide.scroller, wide.copy_button):
        assert wanted in stops
