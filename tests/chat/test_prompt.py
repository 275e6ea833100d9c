"""What goes to the model when not everything fits."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.chat.prompt import assemble, fit
from app.chat.tree import Message as Stored
from app.engine.protocol import Message
from app.errors import ContextFull


def words(messages: Sequence[Message]) -> int:
    return sum(len(m.text.split()) for m in messages)


def talk(exchanges: int) -> list[Message]:
    found: list[Message] = []
    for n in range(exchanges):
        found += [Message("user", f"q{n} " * 50), Message("assistant", f"a{n} " * 50)]
    return [*found, Message("user", "last question")]


def test_everything_is_sent_when_it_fits() -> None:
    fitted = fit(talk(3), words, 8192)
    assert fitted.left_out == 0
    assert len(fitted.messages) == 7


def test_the_oldest_exchanges_go_first_and_are_counted() -> None:
    fitted = fit(talk(12), words, 1024)
    assert words(fitted.messages) <= 1024 - 256
    assert fitted.left_out == 25 - len(fitted.messages)
    assert fitted.left_out % 2 == 0
    assert fitted.messages[0].role == "user"
    assert words([*talk(12)[fitted.left_out - 2 :]]) > 1024 - 256, "one exchange more would have fitted"


def test_a_question_that_cannot_fit_is_refused_with_a_sentence() -> None:
    with pytest.raises(ContextFull, match="longer than"):
        fit([Message("user", "word " * 5000)], words, 1024)


def test_answers_without_a_word_take_their_question_along() -> None:
    def stored(number: int, role: str, text: str) -> Stored:
        return Stored(number, str(number), "c", None, "user" if role == "user" else "assistant", text, "done", 0.0)

    path = [stored(1, "user", "one"), stored(2, "assistant", ""), stored(3, "user", "two")]
    assert [m.text for m in assemble(path)] == ["two"]
