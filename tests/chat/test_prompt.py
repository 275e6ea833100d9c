"""What goes to the model when not everything fits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest

from app.chat.prompt import SUMMARY_HEADING, assemble, fit, preamble, room_for_prompt
from app.chat.tree import Cut
from app.chat.tree import Message as Stored
from app.engine.protocol import Message
from app.errors import ContextFull


def words(messages: Sequence[Message]) -> int:
    return sum(len(m.text.split()) for m in messages)


def stored(number: int, text: str) -> Stored:
    role = "user" if number % 2 == 0 else "assistant"
    return Stored(number, f"m{number}", "c", None, "user" if role == "user" else "assistant", text, "done", 0.0)


def talk(exchanges: int) -> list[Stored]:
    """Of 100 words each, and a question of two words at the end."""
    found = [stored(number, f"w{number} " * 50) for number in range(2 * exchanges)]
    return [*found, stored(2 * exchanges, "last question")]


def test_everything_is_sent_when_it_fits() -> None:
    fitted = fit(talk(3), {}, words, 8192)
    assert (fitted.view.left_out, fitted.cut_id) == (0, "")
    assert len(fitted.view.messages) == 7


def test_room_is_made_in_one_step_so_that_half_of_it_is_free_again() -> None:
    path = talk(12)
    fitted = fit(path, {}, words, 1024)
    view = fitted.view
    assert words(view.messages) <= room_for_prompt(1024) // 2
    assert words(assemble(path).messages[view.left_out - 2 :]) > room_for_prompt(1024) // 2
    assert view.messages[0].role == "user"
    assert view.left_out == 25 - len(view.messages)
    assert fitted.cut_id == view.ids[0] == path[view.left_out].id


def test_the_view_keeps_its_beginning_until_the_room_is_used_up_again() -> None:
    path = talk(12)
    cut_id = fit(path, {}, words, 1024).cut_id
    cuts = {cut_id: Cut(cut_id)}
    beginnings = []
    for exchanges in range(13, 20):
        fitted = fit(talk(exchanges), cuts, words, 1024)
        if fitted.cut_id:
            break
        beginnings.append(fitted.view.ids[0])
    assert len(beginnings) >= 3, "turns whose beginning the engine has read already"
    assert set(beginnings) == {cut_id}


def test_a_long_last_exchange_may_take_more_than_half_of_the_room() -> None:
    path = [*talk(4)[:-1], stored(8, "long " * 500)]
    fitted = fit(path, {}, words, 1024)
    assert [m.text[:4] for m in fitted.view.messages if m.role == "user"][-1] == "long"
    assert room_for_prompt(1024) // 2 < words(fitted.view.messages) <= room_for_prompt(1024)


def test_a_question_that_cannot_fit_is_refused_with_a_sentence() -> None:
    with pytest.raises(ContextFull, match="longer than"):
        fit([stored(0, "word " * 5000)], {}, words, 1024)


def test_a_summary_stands_before_what_the_model_still_sees() -> None:
    view = assemble(talk(4), {"m4": Cut("m4", "They spoke of w0 to w3.")})
    assert view.ids == ("", "m4", "m5", "m6", "m7", "m8")
    assert view.left_out == 4
    assert view.messages[0] == Message("system", f"{SUMMARY_HEADING}\n\nThey spoke of w0 to w3.")


def test_the_last_of_several_cuts_counts_and_those_of_other_branches_do_not() -> None:
    cuts = {"m2": Cut("m2", "old"), "m6": Cut("m6"), "elsewhere": Cut("elsewhere", "other")}
    view = assemble(talk(4), cuts)
    assert view.ids == ("m6", "m7", "m8")


def test_a_summary_that_leaves_a_question_no_room_is_left_out_itself() -> None:
    path = [stored(0, "q"), stored(1, "a"), stored(2, "word " * 700)]
    fitted = fit(path, {"m2": Cut("m2", "much " * 200)}, words, 1024)
    assert fitted.view.ids == ("m2",)
    assert fitted.cut_id == "m2"


def test_answers_without_a_word_take_their_question_along() -> None:
    path = [stored(0, "one"), stored(1, ""), stored(2, "two")]
    assert [m.text for m in assemble(path).messages] == ["two"]
    assert [m.text for m in assemble(path, {"m0": Cut("m0", "sum")}).messages][1:] == ["two"]


def test_a_conversation_is_dated_by_the_day_it_began() -> None:
    began = datetime(2026, 11, 3, 23, 59).astimezone()
    assert preamble(began.timestamp()).date == "03 Nov 2026"
