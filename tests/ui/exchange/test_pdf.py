"""Chats on paper: pages, an end to a stop, and no thread that Qt complains about."""

from __future__ import annotations

import re
import threading

import pytest
from pytestqt.qtbot import QtBot

from app.chat.carried import Carried
from app.chat.tree import Conversation, Message
from app.errors import Cancelled
from app.ui.exchange import pdf
from app.ui.theme import Theme

ANSWER = "# Heading\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nx = 1\n```\n\n" + "Words and words. " * 400


def chat(turns: int, title: str = "On <b>bread</b>") -> Carried:
    messages: list[Message] = []
    for number in range(turns):
        parent = messages[-1].id if messages else None
        messages.append(Message(2 * number + 1, f"q{number}", "c", parent, "user", "Why?\n  So?", "done", 1.7e9))
        messages.append(Message(2 * number + 2, f"a{number}", "c", f"q{number}", "assistant", ANSWER, "done", 1.7e9))
    return Carried(Conversation("c", title, "person", messages[-1].id, 1.7e9, 1.7e9), tuple(messages))


def pages(data: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", data))


def test_a_chat_fills_pages_and_the_next_one_begins_on_a_new_one(qtbot: QtBot) -> None:
    going = threading.Event()
    one = pdf.render([chat(4)], has_all_versions=False, stop=going)
    two = pdf.render([chat(4), chat(4, "Another")], has_all_versions=False, stop=going)
    assert one.startswith(b"%PDF-")
    assert pages(one) > 1
    assert pages(two) == 2 * pages(one)


def test_text_on_paper_is_of_its_own_size_whatever_the_windows_is(qtbot: QtBot, theme: Theme) -> None:
    going = threading.Event()
    usual = pages(pdf.render([chat(4)], has_all_versions=False, stop=going))
    theme.set_text_percent(200)
    assert pages(pdf.render([chat(4)], has_all_versions=False, stop=going)) == usual
    assert 4 <= usual <= 12


def test_a_worker_thread_may_print_and_a_stop_ends_it(qtbot: QtBot) -> None:
    stop, ends = threading.Event(), list[object]()

    def chats() -> object:
        yield chat(2)
        stop.set()
        yield chat(2)

    def work() -> None:
        try:
            ends.append(pdf.render(chats(), has_all_versions=True, stop=stop))  # type: ignore[arg-type] # a generator
        except Cancelled as end:
            ends.append(end)

    thread = threading.Thread(target=work)
    thread.start()
    qtbot.waitUntil(lambda: not thread.is_alive(), timeout=20_000)
    thread.join()
    assert [type(end) for end in ends] == [Cancelled]


@pytest.mark.parametrize("text", ["", "![x](file:///etc/passwd) <img src='file:///etc/passwd'>", "x" * 20_000])
def test_any_text_can_be_printed(qtbot: QtBot, text: str) -> None:
    message = Message(1, "q", "c", None, "assistant", text, "done", 0.0)
    carried = Carried(Conversation("c", "", "person", "q", 0.0, 0.0), (message,))
    assert pages(pdf.render([carried], has_all_versions=False, stop=threading.Event())) >= 1
