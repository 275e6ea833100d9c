"""GPT4All's binary chats, in every version of their layout; and no byte of them is trusted."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.chat.exchange import gpt4all
from app.chat.tree import Attachment
from app.errors import PaddockError

from .asking import branch, only, problems
from .samples import Gpt4All


def usual(version: int, *, has_state: bool = False) -> bytes:
    made = Gpt4All(version)
    items = [made.item("Prompt: ", "Which star? 🌟"), made.item("Response: ", "The sun.")]
    return made.chat(items, has_state=has_state)


@pytest.mark.parametrize("version", range(1, gpt4all.NEWEST + 1))
@pytest.mark.parametrize("has_state", [False, True])
def test_every_version_is_read(tmp_path: Path, version: int, has_state: bool) -> None:
    path = tmp_path / "whatever"
    path.write_bytes(usual(version, has_state=has_state))
    carried = only(path)
    assert branch(carried) == [("user", "Which star? 🌟"), ("assistant", "The sun.")]
    assert (carried.conversation.title, carried.conversation.created_at) == ("Stars", 1_715_000_000.0)
    assert carried.messages[1].model == "tiny.gguf"


def test_parts_of_an_answer_tools_and_attachments_are_kept() -> None:
    made = Gpt4All(12)
    inner = [
        made.part("Think: ", "<think>Hm.</think>\n", more=struct.pack(">i", 900)),
        made.part("ToolCall: ", "```js\n1 + 1\n```", more=made.tool("2")),
        made.part("Text: ", "It is 2."),
    ]
    items = [
        made.item("System: ", "Be exact."),
        made.item("Prompt: ", "1 + 1?", attachments=[("file:///home/me/my%20notes.txt", b"Sums.")]),
        made.item("Response: ", "", parts=[made.part("Response: ", "", parts=inner)]),
    ]
    carried = gpt4all.read(made.chat(items))
    assert carried.conversation.manner.system_prompt == "Be exact."
    assert carried.messages[0].attachments == (Attachment("my notes.txt", "Sums."),)
    assert carried.messages[1].text == "<think>Hm.</think>\n```js\n1 + 1\n```\n\n```text\n2\n```\n\nIt is 2."


def test_a_later_version_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "new.chat"
    path.write_bytes(usual(12)[:4] + struct.pack(">i", 13) + usual(12)[8:])
    assert problems(path) == [
        "This GPT4All chat is of version 13, which Paddock does not know. Versions 1 to 12 can be brought in."
    ]


@given(st.integers(1, 12), st.data())
def test_no_byte_that_is_cut_or_changed_does_more_than_refuse(version: int, data: st.DataObject) -> None:
    whole = bytearray(usual(version))
    for place in data.draw(st.lists(st.integers(8, len(whole) - 1), max_size=6)):
        whole[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(8, len(whole)))
    with suppress(PaddockError):  # and nothing else
        gpt4all.read(bytes(whole[:cut]))
