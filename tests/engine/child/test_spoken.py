"""From tokens to text, also where an answer goes on from words that are there already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

from app.engine.child.llama.model import Model
from app.engine.child.spoken import Begun, Spoken
from app.engine.protocol import AnswerEvent, Delta


class Pieces:
    """A vocabulary in which a token is a number of a list of bytes."""

    call_marker = -1

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = pieces

    def piece(self, token: int) -> bytes | None:
        return self._pieces[token] if token < len(self._pieces) else None


def said(
    pieces: Sequence[bytes], begun: Begun, *, stop_strings: Sequence[str] = ()
) -> tuple[str, Sequence[int] | None]:
    """What is handed out of these tokens, and those that are kept."""
    told: list[AnswerEvent] = []
    spoken = Spoken(cast("Model", Pieces(pieces)), stop_strings, told.append, begun)  # cast: it has what is used of one
    spoken.say_all(range(len(pieces)), None)
    text, tokens = spoken.finish()
    assert "".join(event.text for event in told if isinstance(event, Delta)) == text
    return text, tokens


def test_an_answer_loses_the_space_that_it_begins_with_and_one_that_goes_on_does_not() -> None:
    assert said([b" Hello", b" you"], Begun(0)) == ("Hello you", [0, 1])
    assert said([b" Hello", b" you"], Begun(0, "Oh.")) == (" Hello you", [0, 1])


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_character_that_was_cut_in_two_is_whole_when_the_answer_goes_on(cut: int) -> None:
    llama = "🦙".encode()
    assert said([llama[cut:], b"!"], Begun(0, "A ", llama[:cut])) == ("🦙!", [0, 1])


def test_a_stop_string_after_such_a_character_keeps_the_right_tokens() -> None:
    llama = "🦙".encode()
    pieces = [llama[2:], b" yes", b"END", b" no"]
    assert said(pieces, Begun(0, "A ", llama[:2]), stop_strings=("END",)) == ("🦙 yes", [0, 1])


@pytest.mark.parametrize(
    ("owed", "pieces", "text"),
    [
        (" ", [b" ", b"word"], "word"),
        (" ", [b" word"], "word"),
        ("\n\n", [b"\n", b"\n", b"1."], "1."),
        ("\n\n", [b"\n\n\n1."], "\n1."),
        (" ", [b"\nword"], "\nword"),
        (" ", [b"word", b" more"], "word more"),
    ],
)
def test_white_space_that_stands_there_already_is_not_said_twice(owed: str, pieces: list[bytes], text: str) -> None:
    assert said(pieces, Begun(0, f"Old{owed}", owed=owed))[0] == text


def test_owed_white_space_counts_where_a_stop_string_cuts() -> None:
    assert said([b" a", b"b", b"END"], Begun(0, "Old ", owed=" "), stop_strings=("END",)) == ("ab", [0, 1])
