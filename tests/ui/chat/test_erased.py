"""What was typed on screen and quoted a document goes with it, and does not write itself back. Real profile, reader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.chat.tree import Queued
from app.engine.fake import Script
from app.ui.chat.transcript.message_editor import MessageEditor
from app.ui.window import MainWindow
from tests.documents.pdfs import page_of, pdf

OpenWindow = Callable[..., MainWindow]
RENT = "The monthly rent is 930 euros and is due on the third day of each month."
OWN = "I shall ask the landlord about the horse."


@pytest.fixture
def quoted(qtbot: QtBot, window: OpenWindow, tmp_path: Path) -> MainWindow:
    """A chat with an answer that quotes its document."""
    path = tmp_path / "lease.pdf"
    path.write_bytes(pdf([page_of(RENT)]))
    opened = window(Script(answers=(RENT,)))
    opened.page.composer.attach([path])
    sources = opened.page.composer.card.sources
    qtbot.waitUntil(lambda: [one.state for one in sources.asked] == ["read"], timeout=30_000)
    opened.page.composer.set_text("How high is the rent?")
    QTest.keyClick(opened.page.composer.edit, Qt.Key.Key_Return)

    def is_done() -> bool:
        items = opened.page.transcript.items
        return len(items) == 2 and items[-1].status == "done" and not opened.conversation.is_busy

    qtbot.waitUntil(is_done, timeout=30_000)
    return opened


def kept(window: MainWindow) -> str:
    """All that is stored as typed and not sent, of the chat on screen."""
    chats, home = window.parts._core.chats, window.conversation.conversation_id
    draft = chats.draft(home)
    edits = () if home is None else chats.edits(home)
    return "\n".join([draft.text, *(one.text for one in draft.queued), *(one.text for one in edits)])


def is_kept(qtbot: QtBot, window: MainWindow, words: str) -> None:
    qtbot.waitUntil(lambda: words in kept(window), timeout=5_000)


def remove_with_answers(qtbot: QtBot, window: MainWindow) -> None:
    """As the page of documents does it."""
    core = window.parts._core
    core.remove_documents([one.id for one in core.documents.documents()], with_answers=True)
    with qtbot.waitSignal(window.conversation.shown):
        window.later.answers_removed.emit()


def editor(window: MainWindow, row: int) -> MessageEditor | None:
    return window.page.transcript.live_views[window.page.transcript.items[row].id].editor


def test_the_composer_of_the_chat_shows_what_is_left_and_keeps_no_more(qtbot: QtBot, quoted: MainWindow) -> None:
    composer = quoted.page.composer
    composer.put_back(Queued(f"{OWN} {RENT}"))
    composer.set_text(f"{RENT} {OWN}")
    is_kept(qtbot, quoted, "euros")
    remove_with_answers(qtbot, quoted)
    assert composer.text.strip() == OWN
    assert [one.text.strip() for one in composer.draft.queued] == [OWN]
    QTest.keyClicks(composer.edit, " Soon.")
    is_kept(qtbot, quoted, "Soon.")
    assert "euros" not in kept(quoted)


def test_the_composer_of_a_new_chat_does_so_too(qtbot: QtBot, quoted: MainWindow) -> None:
    composer = quoted.page.composer
    quoted.conversation.open(None)
    qtbot.waitUntil(lambda: quoted.page.is_greeting)
    composer.set_text(f"{RENT} {OWN}")
    is_kept(qtbot, quoted, "euros")
    remove_with_answers(qtbot, quoted)
    assert composer.text.strip() == OWN
    QTest.keyClicks(composer.edit, " Soon.")
    is_kept(qtbot, quoted, "Soon.")
    assert "euros" not in kept(quoted)


def test_words_typed_a_moment_before_are_not_stored_after_it(qtbot: QtBot, quoted: MainWindow) -> None:
    core = quoted.parts._core
    core.remove_documents([one.id for one in core.documents.documents()], with_answers=True)
    quoted.page.composer.set_text(RENT)
    quoted.later.answers_removed.emit()
    qtbot.waitUntil(lambda: not quoted.page.composer.text)
    quoted.conversation.save_draft()
    quoted.conversation._drafts.written()()
    assert "euros" not in kept(quoted)


def test_an_answer_being_changed_goes_and_does_not_come_back_in_the_composer(qtbot: QtBot, quoted: MainWindow) -> None:
    quoted.page.transcript.start_edit(quoted.page.transcript.items[1].id)
    made = editor(quoted, 1)
    assert made is not None
    made.edit.setPlainText(f"{RENT} So it is cheap.")
    is_kept(qtbot, quoted, "cheap")
    remove_with_answers(qtbot, quoted)
    assert len(quoted.page.transcript.items) == 1
    assert quoted.page.composer.text == ""
    assert kept(quoted) == ""


def test_a_question_being_changed_keeps_the_words_of_the_person(qtbot: QtBot, quoted: MainWindow) -> None:
    quoted.page.transcript.start_edit(quoted.page.transcript.items[0].id)
    made = editor(quoted, 0)
    assert made is not None
    made.edit.setPlainText(f"{RENT} {OWN}")
    is_kept(qtbot, quoted, "euros")
    remove_with_answers(qtbot, quoted)
    left = editor(quoted, 0)
    assert left is not None
    assert left.text.strip() == OWN
    QTest.keyClicks(left.edit, " Soon.")
    is_kept(qtbot, quoted, "Soon.")
    assert "euros" not in kept(quoted)
    QTest.keyClick(left.edit, Qt.Key.Key_Escape)
