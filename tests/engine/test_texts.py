"""Texts and vectors as bytes: what comes back is what was sent, and nothing that is wrong gets through."""

from __future__ import annotations

import struct

import pytest

from app.engine.texts import MAX_TEXTS, Embedded, Texts, embedded_in, requests, texts_in
from app.engine.wire import ProtocolError

REPLY = Embedded((1, 0), (False, True), 3, struct.pack("<6f", 1, 2, 3, 4, 5, 6))


def test_a_request_comes_through() -> None:
    request = Texts(("", "naïve 東京 \U0001f999", "x" * 1000), True, 7)
    assert texts_in(request.pack()) == request


def test_half_a_character_becomes_a_question_mark() -> None:
    assert texts_in(Texts(("a\ud800b",), False, 0).pack()).texts == ("a?b",)


def test_a_reply_comes_through() -> None:
    assert embedded_in(REPLY.pack()) == REPLY


@pytest.mark.parametrize("missing", range(len(REPLY.pack())))
def test_a_reply_that_was_cut_short_is_refused(missing: int) -> None:
    with pytest.raises(ProtocolError):
        embedded_in(REPLY.pack()[:missing])


def test_a_reply_that_announces_too_much_is_refused() -> None:
    for count, width in ((0, 3), (MAX_TEXTS + 1, 3), (1, 0), (1, 2**31)):
        with pytest.raises(ProtocolError):
            embedded_in(struct.pack("<II", count, width) + bytes(64))


def test_a_request_of_another_length_is_refused() -> None:
    with pytest.raises(ProtocolError):
        texts_in(Texts(("one", "two"), False, 0).pack() + b"x")
    with pytest.raises(ProtocolError):
        texts_in(b"")


def test_many_texts_go_in_several_requests_none_too_large() -> None:
    texts = ["x" * 100] * 5000
    parts = requests(texts, limit_bytes=10_000)
    assert [place for part in parts for place in part] == list(range(5000))
    assert all(len(Texts(tuple(texts[place] for place in part), False, 0).pack()) <= 11_000 for part in parts)
    assert all(len(part) <= MAX_TEXTS for part in requests([""] * 5000))


def test_a_text_longer_than_the_limit_goes_alone() -> None:
    assert requests(["a", "x" * 100, "b"], limit_bytes=50) == [range(1), range(1, 2), range(2, 3)]
