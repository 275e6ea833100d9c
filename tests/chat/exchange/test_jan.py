"""Jan's threads: a folder each, and a line per message."""

from __future__ import annotations

import json
from pathlib import Path

from .asking import branch, chats, only
from .samples import jan_message, jan_thread


def thread(folder: Path, *messages: object, name: str = "thread-1", **more: object) -> Path:
    home = folder / "threads" / name
    home.mkdir(parents=True)
    (home / "thread.json").write_text(json.dumps(jan_thread(id=name, **more), indent=2), "utf-8")
    (home / "messages.jsonl").write_text("".join(json.dumps(message) + "\n" for message in messages), "utf-8")
    return home


QUESTION, ANSWER = jan_message("1", "user", "Name one."), jan_message("2", "assistant", "The Elbe.")


def test_a_folder_of_threads_keeps_titles_instructions_models_and_times(tmp_path: Path) -> None:
    thread(tmp_path, QUESTION, ANSWER)
    carried = only(tmp_path)
    about = carried.conversation
    assert branch(carried) == [("user", "Name one."), ("assistant", "The Elbe.")]
    assert (about.title, about.manner.system_prompt, about.created_at) == ("Rivers", "Be kind.", 1_720_000_000.0)
    assert (carried.messages[1].model, carried.messages[1].created_at) == ("tiny", 1_720_000_001.0)


def test_each_thread_gets_the_messages_of_its_own_folder(tmp_path: Path) -> None:
    thread(tmp_path, QUESTION, name="a")
    thread(tmp_path, jan_message("1", "user", "Another."), name="b")
    assert sorted(branch(carried)[0][1] for carried in chats(tmp_path)) == ["Another.", "Name one."]


def test_a_thread_that_is_given_alone_finds_the_messages_beside_it(tmp_path: Path) -> None:
    home = thread(tmp_path, QUESTION, ANSWER)
    assert only(home / "thread.json").conversation.title == "Rivers"
    assert branch(only(home / "messages.jsonl"))[0] == ("user", "Name one.")


def test_reasoning_pictures_tools_and_a_stop_are_kept(tmp_path: Path) -> None:
    parts = [
        {"type": "reasoning", "text": {"value": "Hm."}},
        {"type": "text", "text": {"value": "So."}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,xx"}},
        {"type": "tool_call", "tool_name": "search", "input": {"q": "x"}},
    ]
    thread(tmp_path, QUESTION, jan_message("2", "assistant", "", content=parts, status="stopped"))
    answer = only(tmp_path).messages[1]
    assert answer.text.startswith("<think>\nHm.\n</think>\n\nSo.\n\n[Image]\n\n**search**\n\n```json")
    assert answer.status == "stopped"


def test_a_message_that_was_written_again_counts_once(tmp_path: Path) -> None:
    thread(tmp_path, QUESTION, ANSWER, jan_message("2", "assistant", "The Oder."))
    assert branch(only(tmp_path)) == [("user", "Name one."), ("assistant", "The Oder.")]
