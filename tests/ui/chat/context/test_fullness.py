"""How full the context is said to be, and when the person hears of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.chat.tree import Message, Stats
from app.ui.chat.context.fullness import Fullness, fullness
from app.ui.chat.context.room import RoomNews
from app.ui.chat.context.room_screen import news
from app.ui.chat.events import SummaryShown
from app.ui.chat.items import Boundary

CONTEXT = 8192
FULL = Fullness(7000, CONTEXT, 20)
HALF = Fullness(4000, CONTEXT, 20)


def branch(exchanges: int) -> list[Message]:
    """Each message has 400 characters and 100 tokens, and counted what stands before it."""
    found = []
    for number in range(2 * exchanges):
        question = Message(number, f"m{number}", "c", None, "user", "word" * 100, "done", 0.0)
        stats = Stats(100 * number, 0, 100, 0.1, 1.0)
        found.append(replace(question, role="assistant", stats=stats) if number % 2 else question)
    return found


def test_what_the_last_answer_counted_is_what_is_in_use() -> None:
    full = fullness(branch(10), branch(10), None, CONTEXT)
    assert (full.used_tokens, full.left_tokens, full.messages) == (2000, 6192, 20)
    asked = [*branch(10), Message(20, "m20", "c", None, "user", "word" * 100, "done", 0.0)]
    assert fullness(asked, asked, None, CONTEXT).used_tokens == 2000, "and stays so while the next one is written"


def test_an_empty_chat_uses_nothing() -> None:
    assert fullness([], [], None, CONTEXT) == Fullness(0, CONTEXT, 0)
    assert fullness([], [], None, 0).share == 0.0


def test_a_view_that_begins_later_now_is_not_taken_for_as_full_as_it_was() -> None:
    path = branch(10)
    full = fullness(path, path, Boundary("m16", 16, "sum " * 50), CONTEXT)
    real = 4 * 100 + 50
    assert real * 0.8 <= full.used_tokens <= real * 1.4
    assert full.messages == 4


def test_about_so_many_messages_more() -> None:
    assert Fullness(2000, CONTEXT, 20).messages_left == (CONTEXT - 512 - 2000) // 100
    assert Fullness(8000, CONTEXT, 20).messages_left == 0
    assert Fullness(0, CONTEXT, 0).messages_left == 0


@pytest.mark.parametrize(
    ("used", "total", "messages", "nearly"),
    [
        (6553, 8192, 20, False),
        (6554, 8192, 20, True),
        (1600, 2048, 6, True),  # before four fifths: what is kept free for an answer takes a quarter here
        (8000, 8192, 1, False),  # a first question alone: there is nothing older to leave out
        (0, 0, 0, False),
    ],
)
def test_nearly_full_is_four_fifths_or_the_last_turn_before_something_goes(
    used: int, total: int, messages: int, nearly: bool
) -> None:
    assert Fullness(used, total, messages).is_nearly_full is nearly


def test_there_is_news_only_where_there_is_something_to_do() -> None:
    cut = Boundary("m4", 4)
    assert news(HALF, None, None, was_made=False) is None
    assert news(FULL, None, None, was_made=False) == RoomNews("filling")
    assert news(HALF, cut, None, was_made=True) == RoomNews("cut", 4)
    assert news(HALF, cut, None, was_made=False) is None, "told in another session; the line in the chat stays"
    assert news(HALF, Boundary("m4", 4, "Sum."), None, was_made=True) == RoomNews("summarised", 4)
    assert news(FULL, cut, None, was_made=False) == RoomNews("filling")
    assert news(Fullness(7000, 0, 20), cut, None, was_made=True) is None, "no model is loaded"


def test_while_a_summary_is_written_nothing_else_is_said() -> None:
    writing = SummaryShown("They talk", is_stopping=False)
    assert news(FULL, None, writing, was_made=True) == RoomNews("summarising", text="They talk")
    assert news(Fullness(0, 0, 0), None, writing, was_made=False) is not None
