"""Chips in an answer: they stand where its sentences end, and change nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from markdown_it.token import Token
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.chat.unhidden import without
from app.documents.parts import Span
from app.ui.chat.items import ChipItem, Sourced, SourceItem
from app.ui.chat.rendering.citing import CHIP, UNPROVEN, Placed, moved, placed
from app.ui.chat.rendering.markdown import Parser, Prose, Table
from app.ui.chat.rendering.message_body import MessageBody
from app.ui.chat.rendering.prose import ProseView
from app.ui.chat.rendering.table_card import TableCard
from app.ui.theme import Theme
from tests.ui.chat.rendering.test_message_body import SOURCES, child

NOWHERE = Span(0, 0, 0, 0)
POLICY = SourceItem(1, "d1", "policy.pdf, page 21", Span(20, 0, 20, 40))
MANUAL = SourceItem(2, "d2", "manual.odt, chapter 3", Span(2, 0, 2, 40))


def chip(text: str, words: str, number: int = 1, *, is_literal: bool | None = None) -> ChipItem:
    start = text.index(words)
    return ChipItem(start, start + len(words), number, number - 1, POLICY.span, is_literal)


def sourced(*chips: ChipItem, hidden: tuple[tuple[int, int], ...] = ()) -> Sourced:
    return Sourced("Read 2 passages.", "passages", sources=(POLICY, MANUAL), chips=chips, hidden=hidden)


def inlines(text: str, chips: tuple[Placed, ...]) -> list[Token]:
    """The inside of every paragraph and cell, chips as "[1]" and wrong quotations between "<" and ">"."""
    found: list[Token] = []
    for block in Parser().parse(text, is_whole=True, chips=chips):
        if isinstance(block, Prose):
            found += [child for token in block.tokens if token.type == "inline" for child in token.children or ()]
        elif isinstance(block, Table):
            found += [token for row in (block.head, *block.rows) for cell in row for token in cell.tokens]
    return found


def shown(text: str, made: Sourced) -> str:
    """The words with their chips as "[1]", and wrong quotations between "<" and ">"."""
    words, chips = placed(text, made)
    pieces = []
    for token in inlines(words, chips):
        if token.type == CHIP:
            pieces.append(f"[{token.meta[CHIP].number}]")
        else:
            pieces.append(f"<{token.content}>" if UNPROVEN in token.meta else token.content or token.markup)
    return "".join(pieces)


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("One. Two. Three.", "Two.", "One. Two.[1] Three."),
        ("**One.** Two.", "**One.**", "**One.**[1] Two."),
        ("**One.** Two.", "**One.", "**One.[1]** Two."),
        ("A *slanted* word. More.", "A *slanted* word.", "A *slanted* word.[1] More."),
        ("Uses `x.` here. More.", "Uses `x.` here.", "Uses x. here.[1] More."),
        ("Ends in `x.`", "Ends in `x.`", "Ends in x.[1]"),
        ("See [a. b](https://example.org/a.b). More.", "See [a. b](https://example.org/a.b).", "See a. b.[1] More."),
        ("A &amp; b \\* c. More.", "A &amp; b \\* c.", "A & b * c.[1] More."),
        ("One\nline. Two.", "One\nline.", "Oneline.[1] Two."),
        ("- One.\n- Two.", "One.", "One.[1]Two."),
        ("> One.\n> Two.", "> One.", "One.[1]Two."),
        ("|a|b|\n|-|-|\n|x. y|x.|", "|x. y|", "abx. y[1]x."),
        ("日本語です。次です。", "日本語です。", "日本語です。[1]次です。"),
        ("Is $x.$ so. Yes.", "Is $x.$ so.", "Is x. so.[1] Yes."),
    ],
)
def test_a_chip_stands_where_its_sentence_ends(text: str, words: str, expected: str) -> None:
    assert shown(text, sourced(chip(text, words))) == expected


def test_the_chip_of_a_quotation_stands_behind_the_full_stop_after_it() -> None:
    text = "He says “it is so”, and “it is not so”."
    made = sourced(chip(text, "“it is so”", is_literal=True), chip(text, "“it is not so”", 2, is_literal=False))
    assert shown(text, made) == "He says “it is so”,[1] and <“it is not so”>.[2]"


def test_references_of_the_models_own_are_not_shown_and_move_no_chip() -> None:
    text = "One.[1] Two.[2]\r\n\r\nThree.[1]"
    marks = tuple((at, at + 3) for at in range(len(text)) if text[at] == "[")
    made = sourced(chip(text, "One."), chip(text, "Two.", 2), chip(text, "Three."), hidden=marks)
    assert shown(text, made) == "One.[1] Two.[2]Three.[1]"
    assert without(text, marks) == "One. Two.\n\nThree."


@pytest.mark.parametrize("name", SOURCES)
def test_no_chip_changes_what_the_markdown_is(name: str) -> None:
    text = SOURCES[name]
    ends = range(1, len(text) + 1, max(1, len(text) // 60))
    chips = tuple(Placed(at, at, number + 1, True, number, "") for number, at in enumerate(ends))
    bare, with_chips = inlines(text, ()), inlines(text, chips)

    def words(tokens: list[Token]) -> list[tuple[str, str]]:
        """Neighbouring pieces of text as one."""
        made: list[tuple[str, str]] = []
        for token in tokens:
            if token.type == "text" and made and made[-1][0] == "text":
                made[-1] = ("text", made[-1][1] + token.content)
            elif token.type != CHIP:
                made.append((token.type, token.content))
        return made

    assert words(with_chips) == words(bare)
    if bare:
        numbers = [token.meta[CHIP].number for token in with_chips if token.type == CHIP]
        assert sorted(numbers) == [one.number for one in chips], "each is there once"


def test_moved_chips_keep_their_length() -> None:
    one = Placed(3, 9, 1, False, 0, "")
    assert moved((one,), 4) == (Placed(7, 13, 1, False, 0, ""),)


# In Qt's documents.

TEXT = (
    "The first sentence.[1] The **second one** is here. He says “nobody ever said so”.\n\n|a|b|\n|-|-|\n|x|the third|\n"
)
MADE = sourced(
    chip(TEXT, "The first sentence."),
    chip(TEXT, "The **second one** is here.", 2),
    chip(TEXT, "“nobody ever said so”", 2, is_literal=False),
    chip(TEXT, "the third|", 1, is_literal=True),
    hidden=((19, 22),),
)


@pytest.fixture
def body(theme: Theme, qtbot: QtBot) -> Iterator[MessageBody]:
    host = QWidget()
    qtbot.addWidget(host)
    host.resize(700, 500)
    made = MessageBody(theme, Parser(), parent=host)
    made.resize(700, 400)
    host.show()
    qtbot.waitExposed(host)
    yield made
    host.close()


def show(body: MessageBody, text: str = TEXT, made: Sourced | None = MADE, *, is_live: bool = False) -> None:
    body.set_source(text, is_live=is_live, sourced=made)
    body.arrange(600)


def test_chips_come_when_the_answer_is_whole(body: MessageBody) -> None:
    show(body, is_live=True)
    assert child(body, ProseView).decorations.chips == []
    assert "[1]" in child(body, ProseView).toPlainText()
    show(body)
    prose = next(part for part in body.parts if isinstance(part, ProseView))
    assert [one.label for one in prose.decorations.chips] == ["1", "2", "!"]
    assert [one.tip for one in prose.decorations.chips] == [
        "policy.pdf, page 21",
        "manual.odt, chapter 3",
        "These words are not in the document. The nearest place: manual.odt, chapter 3",
    ]
    assert "[1]" not in prose.toPlainText()


def test_without_chips_the_document_is_the_same_as_ever(body: MessageBody) -> None:
    show(body, made=None)
    plain = child(body, ProseView).toHtml()
    body.set_source("", is_live=False)
    show(body, made=sourced())
    assert next(part for part in body.parts if isinstance(part, ProseView)).toHtml() == plain


def test_a_chip_is_no_letter_of_what_is_copied_or_found(body: MessageBody) -> None:
    show(body)
    prose = next(part for part in body.parts if isinstance(part, ProseView))
    prose.selectAll()
    assert prose.selected_text() == ("The first sentence. The second one is here. He says “nobody ever said so”.")
    assert body.matches("sentence. The second") == 1
    table = child(body, TableCard).texts[0]
    table.selectAll()
    assert table.selected_text() == "a\tb\nx\tthe third"


def test_a_chip_is_pressed_with_the_mouse_and_with_the_keyboard(body: MessageBody, qtbot: QtBot) -> None:
    show(body)
    prose = next(part for part in body.parts if isinstance(part, ProseView))
    body.setGeometry(0, 0, 600, body.arrange(600))
    pressed: list[object] = []
    body.chip_pressed.connect(pressed.append)
    cursor = QTextCursor(prose.document())
    cursor.setPosition(prose.decorations.chips[1].position)
    place = prose.cursorRect(cursor).center()
    QTest.mouseClick(prose.viewport(), Qt.MouseButton.LeftButton, pos=place + place.__class__(8, 0))
    assert pressed == [1]
    assert prose.focusPolicy() & Qt.FocusPolicy.TabFocus
    prose.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(prose, Qt.Key.Key_Tab)
    QTest.keyClick(prose, Qt.Key.Key_Return)
    assert len(pressed) == 2


def test_a_screen_reader_hears_where_the_chips_lead(body: MessageBody) -> None:
    show(body)
    prose = next(part for part in body.parts if isinstance(part, ProseView))
    assert "source 1: policy.pdf, page 21" in prose.accessibleDescription()


def test_a_chip_makes_no_line_higher(body: MessageBody) -> None:
    text = "words " * 40 + "end."
    show(body, text, None)
    bare = body.arrange(600)
    show(body, text, sourced(chip(text, "end."), chip(text, text[:5], 2)))
    assert body.arrange(600) == bare


def test_a_very_long_answer_gets_its_chips_in_slices(body: MessageBody, qtbot: QtBot) -> None:
    text = "".join(f"Sentence number {number} says something.\n\n" for number in range(900))
    chips = tuple(chip(text, f"Sentence number {number} says something.") for number in range(0, 900, 100))
    show(body, text, sourced(*chips))
    qtbot.waitUntil(lambda: body.is_whole)
    proses = [part for part in body.parts if isinstance(part, ProseView)]
    assert sum(len(prose.decorations.chips) for prose in proses) == 9


def test_a_link_in_a_text_is_never_taken_for_a_chip(body: MessageBody) -> None:
    show(body, "A [link](chip:0) here.", None)
    assert 'href="chip' not in child(body, ProseView).toHtml()
