"""A question from another program of the same person, and its answer's way back."""

from __future__ import annotations

import json

import pytest

from app.chat import forwarded
from app.chat.forwarded import Ask, Refused, Said
from app.chat.session import ChatSession, Wishes
from app.chat.store import ChatStore
from app.engine.fake import FakeEngine, Script
from app.engine.protocol import Sampling
from app.errors import UsageError

WISHES = Wishes(Sampling(), None, "fake")
ODD_LENGTHS = [b'{"ask": "x", "max_tokens": %s}' % length for length in (b"0", b"-1", b"1.5", b"1e99", b'"3"')]


def served(store: ChatStore, script: Script, request: bytes) -> list[Said | Refused]:
    engine = FakeEngine(script)
    chat = ChatSession(store, lambda _progress, _stop, *, path: engine, lambda *_where: WISHES)
    return [forwarded.decode(frame) for frame in forwarded.serve(chat, request)]


def test_the_answer_comes_back_in_pieces_and_is_kept(store: ChatStore) -> None:
    frames = served(store, Script(answers=("four little words here",)), Ask("Why?", None).encode())
    assert "".join(frame.text for frame in frames if isinstance(frame, Said)) == "four little words here"
    assert len(store.conversations()) == 1


def test_trouble_comes_back_as_a_sentence_with_its_exit_code(store: ChatStore) -> None:
    frames = served(store, Script(answers=("one two three four",), dies_after_tokens=1), Ask("Why?", None).encode())
    assert isinstance(frames[-1], Refused)
    assert frames[-1].exit_code == 5
    assert frames[-1].sentence


@pytest.mark.parametrize(
    "request_bytes", [b"", b"null", b"[]", b"{}", b'{"ask": 3, "max_tokens": null}', b"\xff", *ODD_LENGTHS]
)
def test_a_request_of_another_kind_is_refused(store: ChatStore, request_bytes: bytes) -> None:
    (frame,) = served(store, Script(answers=("never",)), request_bytes)
    assert isinstance(frame, Refused)
    assert store.conversations() == ()


def test_an_asker_who_hangs_up_stops_the_answer(store: ChatStore) -> None:
    engine = FakeEngine(Script(answers=("word " * 5000,), tokens_per_s=200))
    chat = ChatSession(store, lambda _progress, _stop, *, path: engine, lambda *_where: WISHES)
    frames = forwarded.serve(chat, Ask("Why?", None).encode())
    assert next(frames)
    frames.close()
    (conversation,) = store.conversations()
    last = store.tree(conversation.id).path()[-1]
    assert last.status == "stopped"


@pytest.mark.parametrize("frame", [b"", b"3", b'{"sentence": "x"}', json.dumps({"exit_code": "y"}).encode()])
def test_a_frame_of_another_version_is_a_sentence(frame: bytes) -> None:
    with pytest.raises(UsageError, match="does not know"):
        forwarded.decode(frame)


def test_a_second_start_is_told_apart_from_a_question() -> None:
    assert forwarded.is_raise(forwarded.RAISE)
    assert not forwarded.is_raise(Ask('{"raise": true}', None).encode())
