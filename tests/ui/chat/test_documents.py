"""Documents in the open chat: attached, asked, cited, removed. Real profile, reader and search; scripted engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.chat.exchange import bringing, sending
from app.chat.exchange.forms import Form
from app.engine.fake import FakeEngine, Script
from app.ui.chat.items import FilesChosen, MessageItem, ReadRequested, RegenerateRequested
from app.ui.documents.read_dialog import ReadDialog
from app.ui.reading_dialog import ReadingDialog
from app.ui.window import MainWindow
from tests.documents.pdfs import page_of, pdf, wrapped

OpenWindow = Callable[..., MainWindow]
RENT = "The monthly rent is 930 euros and is due on the third day of each month."
KEYS = "The tenant receives four keys and returns all of them at the end."
ANSWER = f"{RENT} It also says: “the tenant may keep a horse in the kitchen”."
FILLING = "Nothing of this page matters much to anybody who reads it, and so it goes on for a while. " * 14


@pytest.fixture
def lease(tmp_path: Path) -> Path:
    path = tmp_path / "lease.pdf"
    path.write_bytes(pdf([page_of(RENT), page_of(KEYS)]))
    return path


@pytest.fixture
def thick(tmp_path: Path) -> Path:
    """More than any context holds."""
    path = tmp_path / "thick.pdf"
    words = "\n".join(wrapped(FILLING))
    path.write_bytes(pdf([page_of(f"{RENT}\n{words}") for _number in range(40)]))
    return path


def attach(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    """And wait until it is read."""
    window.page.composer.attach([path])
    qtbot.waitUntil(lambda: states(window) == [(path.name, "read")], timeout=30_000)


def states(window: MainWindow) -> list[tuple[str, str]]:
    return [(one.name, one.state) for one in window.page.composer.card.sources.asked]


def send(window: MainWindow, text: str) -> None:
    window.page.composer.set_text(text)
    QTest.keyClick(window.page.composer.edit, Qt.Key.Key_Return)


def answered(qtbot: QtBot, window: MainWindow, count: int = 2) -> MessageItem:
    def is_done() -> bool:
        items = window.page.transcript.items
        return len(items) == count and items[-1].status == "done" and not window.conversation.is_busy

    qtbot.waitUntil(is_done, timeout=30_000)
    return window.page.transcript.items[-1]


def test_an_attached_pdf_is_asked_and_the_answer_shows_where_it_comes_from(
    qtbot: QtBot, window: OpenWindow, lease: Path
) -> None:
    opened = window(Script(answers=(ANSWER,)))
    attach(qtbot, opened, lease)
    assert opened.page.composer.card.sources.asked[0].words == "2 pages"
    assert opened.page.composer.draft.scope, "a new chat keeps it with its draft"
    send(opened, "How high is the rent?")
    made = answered(qtbot, opened).sourced
    assert made is not None
    assert made.said == "Read all of it: 2 pages."
    assert [one.words for one in made.sources] == ["lease.pdf, page 1"]
    assert [one.is_literal for one in made.chips] == [None, False]
    qtbot.waitUntil(lambda: states(opened) == [("lease.pdf", "read")])
    assert not opened.page.composer.draft.scope, "now the chat itself asks it"
    home = opened.conversation.conversation_id
    opened.conversation.open(None)
    qtbot.waitUntil(lambda: opened.page.is_greeting and states(opened) == [])
    opened.conversation.open(home)
    qtbot.waitUntil(lambda: states(opened) == [("lease.pdf", "read")])


def test_a_chip_opens_the_page_and_the_line_below_opens_what_was_read(
    qtbot: QtBot, window: OpenWindow, lease: Path
) -> None:
    opened = window(Script(answers=(ANSWER,)))
    attach(qtbot, opened, lease)
    send(opened, "How high is the rent?")
    item = answered(qtbot, opened)
    body = opened.page.transcript.live_views[item.id].body
    assert body is not None
    body.chip_pressed.emit(0)
    viewer = opened.parts.later.viewer
    qtbot.waitUntil(lambda: viewer.isVisible() and bool(viewer.document_id))
    viewer.close()
    opened.page.transcript.read_requested.emit(ReadRequested(item.id))
    dialog = next(one for one in QApplication.topLevelWidgets() if isinstance(one, ReadDialog) and one.isVisible())
    assert dialog.strategy.text() == "Read all of it: 2 pages."
    dialog.close()


def test_a_chat_from_another_profile_shows_the_words_of_a_document_that_is_not_here(
    qtbot: QtBot, window: OpenWindow, lease: Path, tmp_path: Path
) -> None:
    opened = window(Script(answers=(ANSWER,)))
    attach(qtbot, opened, lease)
    send(opened, "How high is the rent?")
    answered(qtbot, opened)
    core, home = opened.parts._core, opened.conversation.conversation_id
    assert home is not None
    saved = tmp_path / "chat.json"
    sending.send(core.chats, (home,), saved, Form("json"))
    made = saved.read_text("utf-8").replace(core.chats.carried(home).scope.document_ids[0], "elsewhere")
    saved.write_text(made, "utf-8")
    (copy,) = bringing.bring(core.chats, (saved,), with_known=True).ids
    opened.conversation.open(copy)
    qtbot.waitUntil(lambda: opened.conversation.conversation_id == copy)
    item = answered(qtbot, opened)
    assert item.sourced is not None
    assert item.sourced.said == "Read all of it: 2 pages."
    assert [one.words for one in item.sourced.sources] == ["lease.pdf, page 1"]
    body = opened.page.transcript.live_views[item.id].body
    assert body is not None
    body.chip_pressed.emit(0)
    qtbot.waitUntil(lambda: any(isinstance(one, ReadingDialog) for one in QApplication.topLevelWidgets()))
    dialog = next(one for one in QApplication.topLevelWidgets() if isinstance(one, ReadingDialog))
    assert RENT in " ".join(dialog.text.toPlainText().split())
    assert states(opened) == [], "it asks no document that is not here"
    dialog.close()


def test_a_short_document_is_read_ahead_as_soon_as_it_is_here(qtbot: QtBot, window: OpenWindow, lease: Path) -> None:
    opened = window(Script(answers=(ANSWER,)))
    opened.keeper.preload()
    qtbot.waitUntil(lambda: opened.keeper.facts is not None)
    engine = opened.parts._core.host.current
    assert isinstance(engine, FakeEngine)
    attach(qtbot, opened, lease)
    qtbot.waitUntil(lambda: "euros" in " ".join(engine._memory.get("", ())), timeout=10_000)
    send(opened, "How high is the rent?")
    made = opened.conversation.message(answered(qtbot, opened).id)
    assert made is not None
    assert made.stats is not None
    assert made.stats.reused_tokens > 100, "the document, with what is said around it"
    assert made.stats.prompt_tokens - made.stats.reused_tokens < 12


def test_a_question_waits_until_its_document_is_read(qtbot: QtBot, window: OpenWindow, lease: Path) -> None:
    opened = window(Script(answers=(ANSWER,)))
    opened.page.composer.attach([lease])
    qtbot.waitUntil(lambda: bool(states(opened)), timeout=10_000)
    send(opened, "How high is the rent?")
    made = answered(qtbot, opened).sourced
    assert made is not None
    assert made.strategy == "whole"


def test_what_a_chat_asks_is_removed_and_brought_back(qtbot: QtBot, window: OpenWindow, lease: Path) -> None:
    opened = window(Script(answers=(ANSWER,)))
    attach(qtbot, opened, lease)
    send(opened, "How high is the rent?")
    answered(qtbot, opened)
    library = opened.parts.sources
    qtbot.waitUntil(lambda: states(opened) == [("lease.pdf", "read")])
    QTest.mouseClick(opened.page.composer.card.sources.chips[0].close_button, Qt.MouseButton.LeftButton)
    assert states(opened) == []
    assert opened.parts.toast.text == "This chat does not ask lease.pdf any more."
    qtbot.waitUntil(lambda: not library.scope)
    QTest.mouseClick(opened.parts.toast.action_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: states(opened) == [("lease.pdf", "read")])


def test_the_documents_of_a_new_chat_stay_with_its_draft(qtbot: QtBot, window: OpenWindow, lease: Path) -> None:
    opened = window(Script(answers=("Hello.",)))
    send(opened, "Hello?")
    answered(qtbot, opened)
    home = opened.conversation.conversation_id
    opened.conversation.open(None)
    qtbot.waitUntil(lambda: opened.page.is_greeting)
    attach(qtbot, opened, lease)
    QTest.keyClicks(opened.page.composer.edit, "to be asked later")
    opened.conversation.open(home)
    qtbot.waitUntil(lambda: not opened.page.is_greeting and states(opened) == [])
    opened.conversation.open(None)
    qtbot.waitUntil(lambda: states(opened) == [("lease.pdf", "read")])
    assert opened.page.composer.text == "to be asked later"
    first = opened.page.composer.card.sources.chips[0]
    QTest.keyClick(first, Qt.Key.Key_Delete)
    assert not opened.page.composer.draft.scope


def test_before_long_work_the_person_chooses_and_the_question_stays_in_the_composer(
    qtbot: QtBot, window: OpenWindow, thick: Path
) -> None:
    opened = window(Script(answers=(ANSWER,), prefill_tokens_per_s=20_000))
    opened.keeper.preload()
    qtbot.waitUntil(lambda: opened.keeper.facts is not None)
    attach(qtbot, opened, thick)
    engine = opened.parts._core.host.current
    assert engine is not None
    engine.prefill_tokens_per_s = 40.0  # type: ignore[misc] # what a slow machine would have measured
    send(opened, "Summarise this document.")
    qtbot.waitUntil(lambda: opened.page.long_work.plan is not None)
    assert opened.page.composer.text == "Summarise this document."
    QTest.keyClick(opened.page.long_work, Qt.Key.Key_Escape)
    assert opened.page.long_work.isHidden()
    assert opened.conversation.conversation_id is None, "nothing was sent"
    QTest.keyClick(opened.page.composer.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: opened.page.long_work.plan is not None)
    QTest.keyClick(opened.page.long_work.search, Qt.Key.Key_Return)
    made = answered(qtbot, opened).sourced
    assert made is not None
    assert made.strategy == "passages"
    assert opened.page.long_work.isHidden()


def test_another_question_withdraws_the_choice(qtbot: QtBot, window: OpenWindow, thick: Path) -> None:
    opened = window(Script(answers=(ANSWER,), prefill_tokens_per_s=20_000))
    opened.keeper.preload()
    qtbot.waitUntil(lambda: opened.keeper.facts is not None)
    attach(qtbot, opened, thick)
    engine = opened.parts._core.host.current
    assert engine is not None
    engine.prefill_tokens_per_s = 40.0  # type: ignore[misc]  # as above
    send(opened, "Summarise this document.")
    qtbot.waitUntil(lambda: opened.page.long_work.plan is not None)
    opened.page.composer.setFocus()
    QTest.keyClicks(opened.page.composer.edit, " Please.")
    assert opened.page.long_work.isHidden()
    assert opened.page.composer.text == "Summarise this document. Please."


def test_an_answer_is_given_again_from_a_search(qtbot: QtBot, window: OpenWindow, lease: Path) -> None:
    opened = window(Script(answers=(ANSWER,)))
    attach(qtbot, opened, lease)
    send(opened, "How high is the monthly rent?")
    item = answered(qtbot, opened)
    opened.page.transcript.regenerate_requested.emit(RegenerateRequested(item.id, "passages"))
    qtbot.waitUntil(lambda: opened.page.transcript.items[-1].versions == 2)
    made = answered(qtbot, opened).sourced
    assert made is not None
    assert made.strategy == "passages"


def test_a_file_that_cannot_be_read_says_why_and_the_chat_goes_on(
    qtbot: QtBot, window: OpenWindow, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7\n" + b"nothing that belongs into one " * 20)
    opened = window(Script(answers=("Hello.",)))
    opened.page.composer.attach([broken])
    qtbot.waitUntil(lambda: states(opened) == [("broken.pdf", "failed")], timeout=30_000)
    chip = opened.page.composer.card.sources.chips[0]
    QTest.keyClick(chip, Qt.Key.Key_Return)
    assert opened.parts.toast.text == chip.asked.fault
    send(opened, "Hello?")
    assert answered(qtbot, opened).text == "Hello."


def test_without_documents_nothing_stands_between_a_question_and_its_answer(qtbot: QtBot, window: OpenWindow) -> None:
    opened = window(Script(answers=("Hello.",)))
    send(opened, "Hello?")
    assert answered(qtbot, opened).sourced is None
    assert "long_work" not in opened.page.__dict__
    assert opened.page.composer.card.documents.isVisible()


def test_a_question_sent_right_after_its_file_was_dropped_goes_to_that_file(
    qtbot: QtBot, window: OpenWindow, lease: Path
) -> None:
    opened = window(Script(answers=("Hello.", ANSWER)))
    send(opened, "Hello?")
    answered(qtbot, opened)
    composer = opened.page.composer
    opened.page.composer.set_text("How high is the rent?")
    composer.documents_found.emit(FilesChosen((lease,)))
    QTest.keyClick(composer.edit, Qt.Key.Key_Return)
    assert opened.parts.sources.is_changing
    made = answered(qtbot, opened, 4).sourced
    assert made is not None
    assert made.strategy == "whole"
