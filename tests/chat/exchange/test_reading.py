"""Files that lie, break off, or never end: a sentence each, and never more than that."""

from __future__ import annotations

import io
import json
import struct
import tempfile
import threading
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.chat.carried import Carried
from app.chat.exchange import json_stream, reading
from app.chat.exchange.forms import Problem
from app.errors import Cancelled

from .asking import as_file, chats, problems
from .samples import (
    chatgpt,
    chatgpt_message,
    chatgpt_node,
    claude,
    jan_message,
    jan_thread,
    lmstudio,
    openwebui,
    openwebui_message,
)

ASSISTANT = chatgpt_message("assistant", "y")

SAMPLES = {
    "chatgpt": [chatgpt()],
    "claude": [claude()],
    "lmstudio": lmstudio(),
    "openwebui": [openwebui()],
}


@pytest.mark.parametrize("kind", SAMPLES)
def test_what_a_file_is_its_content_says(tmp_path: Path, kind: str) -> None:
    (found,) = reading.look([as_file(tmp_path, SAMPLES[kind], "holiday.jpg")])
    assert (found.kind, found.conversations, found.problems) == (kind, 1, ())


def test_the_same_chat_has_the_same_id_each_time_and_others_have_others(tmp_path: Path) -> None:
    first = as_file(tmp_path, [chatgpt()], "1.json")
    again = as_file(tmp_path, [chatgpt(title="Renamed"), chatgpt(conversation_id="c-9")], "2.json")
    one, two = reading.look([first, again])
    assert one.ids[0] == two.ids[0]
    assert len(two.ids) == 2


def test_one_broken_chat_does_not_stop_the_others(tmp_path: Path) -> None:
    path = as_file(tmp_path, [chatgpt(), {"mapping": {}, "title": "Nothing"}, None, chatgpt(conversation_id="c-9")])
    (found,) = reading.look([path])
    assert found.conversations == 2
    assert [(one.title, one.sentence) for one in found.problems] == [
        ("Nothing", "It has no messages. It was left out."),
        ("", "One of the entries is not a chat. It was left out."),
    ]


def test_a_file_that_is_cut_short_gives_what_came_before(tmp_path: Path) -> None:
    whole = json.dumps([chatgpt(), chatgpt(conversation_id="c-9")])
    path = tmp_path / "cut.json"
    path.write_text(whole[:-40], "utf-8")
    (found,) = reading.look([path])
    assert (found.conversations, [one.sentence for one in found.problems]) == (1, ["The file is damaged or cut short."])


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00" * 100, b"\xff\xd8\xff\xe0 a picture", b"{}", b"[]", b"[1, 2]", b'"x"', b"nonsense", b"[" * 100_000],
)
def test_what_is_no_chat_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    assert len(problems(path)) == 1
    assert chats_of(path) == 0


def chats_of(path: Path) -> int:
    return sum(isinstance(one, Carried) for one in reading.read([path]))


def test_a_damaged_file_in_a_folder_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{broken", "utf-8")
    as_file(tmp_path, [chatgpt()], "b.json")
    (found,) = reading.look([tmp_path])
    assert (found.kind, found.conversations) == ("chatgpt", 1)
    assert [(one.name, one.sentence) for one in found.problems] == [("a.json", "The file is damaged or cut short.")]


@pytest.mark.parametrize("parts", ["[],", "{},", "0.5,"])
def test_a_small_file_that_would_fill_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: str
) -> None:
    """With the real bounds it has some hundred kilobytes packed, and would have gigabytes as objects."""
    monkeypatch.setattr(json_stream, "FEW_CHARACTERS", 2**18)
    monkeypatch.setattr(json_stream, "MOST_CONTAINERS", 50_000)
    monkeypatch.setattr(json_stream, "MOST_ITEMS", 100_000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", '[{"mapping":[' + parts * 1_000_000)
    assert problems(tmp_path / "bomb.zip") == ["It has more parts than a chat can have."]


def test_a_file_that_is_gone_is_a_problem_and_the_next_one_is_read(tmp_path: Path) -> None:
    read = list(reading.read([tmp_path / "gone.json", as_file(tmp_path, [chatgpt()])]))
    assert [type(one) for one in read] == [Problem, Carried]


def test_an_archive_with_a_password_or_a_broken_one_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("conversations.json", "[]")
    data = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flag that says: encrypted
        at = data.index(mark) + place
        data[at : at + 2] = struct.pack("<H", 1)
    path.write_bytes(data)
    assert problems(path) == ["The archive has a password."]
    path.write_bytes(bytes(data[:50]))
    assert problems(path) == ["It could not be read to its end."]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_byte_of_an_archive_does_more_than_refuse(data: st.DataObject) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", json.dumps([chatgpt()]))
    broken = bytearray(whole.getvalue())
    for place in data.draw(st.lists(st.integers(4, len(broken) - 1), min_size=1, max_size=4)):
        broken[place] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.zip"
        path.write_bytes(broken)
        for one in reading.read([path]):
            assert isinstance(one, Carried) or one.sentence


def test_many_small_traps_take_no_time_that_grows_with_their_square(tmp_path: Path) -> None:
    traps = '<details type="reasoning"' * 40_000 + "`" * 400_000 + "\ue200" * 400_000
    nodes = [chatgpt_node("q", None, ["0"], chatgpt_message("user", traps))]
    for number in range(20_000):
        children = [f"{number + 1}", f"u{number}"]
        nodes.append(chatgpt_node(str(number), str(number - 1) if number else "q", children, ASSISTANT))
        nodes.append(chatgpt_node(f"u{number}", str(number), [], chatgpt_message("user", "x")))
    web = openwebui(openwebui_message("q", None, "user", traps), current="q")
    (long, other) = chats(as_file(tmp_path, [chatgpt(*nodes, current="q"), web]))
    assert len(long.messages) > 40_000
    assert other.messages[0].role == "user"


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 2**20)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("conversations.json", "[" + " " * 2**22 + "]")
    assert problems(path) == ["It unpacks to more than Paddock takes in (8 GB)."]


def test_a_path_in_an_archive_is_never_opened(tmp_path: Path) -> None:
    secret = as_file(tmp_path, [chatgpt(title="Secret")], "secret.json")
    path = tmp_path / "in" / "x.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../secret.json", json.dumps([chatgpt(title="Inside")]))
        archive.writestr(str(secret), json.dumps([chatgpt(title="Also inside", conversation_id="c-9")]))
    assert sorted(carried.conversation.title for carried in chats(path)) == ["Also inside", "Inside"]
    assert sorted(each.name for each in tmp_path.rglob("*.json")) == ["secret.json"]


def test_a_chat_that_is_larger_than_what_is_read_at_once_is_read(tmp_path: Path) -> None:
    long = "word " * (json_stream.READ_BYTES // 4)
    conversation = claude()
    conversation["chat_messages"][0]["content"][0]["text"] = long
    (carried,) = chats(as_file(tmp_path, [conversation]))
    assert len(carried.messages[0].text) > json_stream.READ_BYTES


def test_a_stop_ends_reading_and_progress_reaches_its_end(tmp_path: Path) -> None:
    path = as_file(tmp_path, [chatgpt()])
    told: list[tuple[int, int]] = []
    reading.look([path], on_progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (path.stat().st_size, path.stat().st_size)
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        reading.look([path], stop=stop)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_value_of_any_type_in_any_place_is_taken_or_told_of(data: st.DataObject) -> None:
    kinds = {**SAMPLES, "jan": [jan_thread(), jan_message("1", "user", "Hi"), jan_message("2", "assistant", "Ho")]}
    made = json.loads(json.dumps(kinds[data.draw(st.sampled_from(sorted(kinds)))]))
    for _change in range(data.draw(st.integers(1, 4))):
        spoil(made, data)
    with tempfile.TemporaryDirectory() as folder:
        for one in reading.read([as_file(Path(folder), made)]):
            assert isinstance(one, Carried) or one.sentence


def spoil(made: object, data: st.DataObject) -> None:
    """Put junk in the place of something, somewhere inside."""
    at = made
    while isinstance(at, dict | list) and at:
        places: list[object] = sorted(at) if isinstance(at, dict) else list(range(len(at)))
        place = data.draw(st.sampled_from(places))
        if data.draw(st.booleans()) or not isinstance(at[place], dict | list):  # type: ignore[call-overload] # a place of its own
            at[place] = data.draw(JUNK)  # type: ignore[call-overload] # as above
            return
        at = at[place]  # type: ignore[call-overload] # as above


@given(st.lists(JUNK.filter(lambda value: value == value), max_size=6), st.integers(1, 7))
def test_streamed_values_are_those_that_the_library_reads(values: list[object], step: int) -> None:
    class Slow(io.BytesIO):
        def read(self, _size: int | None = -1) -> bytes:
            return super().read(step)

    text = json.dumps(values)
    assert json.dumps([value for _head, value in json_stream.values(Slow(text.encode()))]) == text
