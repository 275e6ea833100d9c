"""Whole characters only, and no part of a stop string."""

from __future__ import annotations

import random

import pytest

from app.engine.child.stream import TextStream

TEXTS = ["plain", "naïve café", "日本語テキスト", "🦙🇩🇪👩‍👩‍👧 emoji", "mixed 🦙 and \n\n newlines"]


def cut(data: bytes, seed: int) -> list[bytes]:
    chance = random.Random(seed)
    pieces = []
    while data:
        length = chance.randint(1, 4)
        pieces.append(data[:length])
        data = data[length:]
    return pieces


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("seed", range(5))
def test_characters_are_never_split_wherever_tokens_cut(text: str, seed: int) -> None:
    stream = TextStream()
    shown = [stream.feed(piece) for piece in cut(text.encode(), seed)]
    assert "".join(shown) + stream.finish() == text
    assert "\N{REPLACEMENT CHARACTER}" not in "".join(shown)


@pytest.mark.parametrize("seed", range(20))
def test_no_part_of_a_stop_string_is_shown_wherever_tokens_cut(seed: int) -> None:
    stream = TextStream(["\nUser:", "<|im_end|>"])
    shown = ""
    for piece in cut("Fine, thanks 🦙.\nUser: more".encode(), seed):
        shown += stream.feed(piece)
        assert "Fine, thanks 🦙.".startswith(shown)
    assert stream.is_stopped
    assert shown + stream.finish() == "Fine, thanks 🦙."


def test_text_that_only_began_like_a_stop_string_comes_after_all() -> None:
    stream = TextStream(["\nUser:"])
    assert stream.feed(b"a\nUs") == "a"
    assert stream.feed(b"ually") == "\nUsually"
    assert stream.feed(b" b\nUser") == " b"
    assert stream.finish() == "\nUser"


def test_the_earliest_of_several_stop_strings_counts() -> None:
    stream = TextStream(["late", "early"])
    assert stream.feed(b"x early then late") == "x "
    assert stream.is_stopped
    assert stream.feed(b"more") == ""


def test_a_repeating_beginning_is_recognised() -> None:
    stream = TextStream(["aab"])
    assert "".join(stream.feed(letter.encode()) for letter in "aaab") == "a"
    assert stream.is_stopped


def test_half_a_character_at_the_end_is_dropped() -> None:
    stream = TextStream()
    assert stream.feed("ok🦙".encode()[:4]) == "ok"
    assert stream.finish() == ""


def test_bytes_that_are_no_text_become_replacement_characters() -> None:
    stream = TextStream()
    assert stream.feed(b"a\xffb") == "a\N{REPLACEMENT CHARACTER}b"


def test_an_empty_stop_string_stops_nothing() -> None:
    stream = TextStream([""])
    assert stream.feed(b"all of it") == "all of it"
    assert not stream.is_stopped
