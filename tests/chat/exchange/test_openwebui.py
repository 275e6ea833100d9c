"""Open WebUI's export: the tree, the older list, folders, reasoning, files, faults."""

from __future__ import annotations

from pathlib import Path

from app.chat.tree import Attachment

from .asking import as_file, branch, only, versions
from .samples import openwebui, openwebui_message


def test_the_tree_keeps_versions_in_their_parents_order_and_the_branch_on_screen(tmp_path: Path) -> None:
    carried = only(as_file(tmp_path, [openwebui(folder={"name": "School"})]))
    about = carried.conversation
    assert branch(carried) == [("user", "Name a river."), ("assistant", "The Rhine.")]
    assert versions(carried, "The Rhine.") == ["The Nile.", "The Rhine."]
    assert (about.is_pinned, about.manner.system_prompt, carried.folder_name) == (True, "Be short.", "School")
    assert (about.created_at, about.changed_at) == (1_710_000_000.0, 1_710_000_900.0)


def test_an_older_chat_with_a_list_only_is_read_in_its_order(tmp_path: Path) -> None:
    chat = openwebui()
    chat["chat"] = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]}
    assert branch(only(as_file(tmp_path, [chat]))) == [("user", "Hi"), ("assistant", "Hello")]


def test_reasoning_becomes_a_thought(tmp_path: Path) -> None:
    heading = '<details type="reasoning" done="true" duration="2">\n<summary>Thought</summary>'
    folded = f"{heading}\n> 1 &lt; 2\n> so\n</details>\nYes."
    messages = (
        openwebui_message("q", None, "user", "Less?", ["a"]),
        openwebui_message("a", "q", "assistant", folded),
    )
    answer = branch(only(as_file(tmp_path, [openwebui(*messages, current="a")])))[1][1]
    assert answer == "<think>\n1 < 2\nso\n</think>\n\nYes."


def test_files_with_text_are_attached_and_others_are_named(tmp_path: Path) -> None:
    files = [
        {"type": "file", "name": "a.txt", "file": {"data": {"content": "Text"}}},
        {"type": "file", "name": "b.pdf"},
        {"type": "image", "url": "data:image/png;base64,xx"},
    ]
    (question,) = only(
        as_file(tmp_path, [openwebui(openwebui_message("q", None, "user", "See", files=files), current="q")])
    ).messages
    assert question.attachments == (Attachment("a.txt", "Text"),)
    assert question.text == "See\n\n[File: b.pdf]\n\n[Image]"


def test_an_answer_that_failed_keeps_why(tmp_path: Path) -> None:
    messages = (
        openwebui_message("q", None, "user", "Hi", ["a"]),
        openwebui_message("a", "q", "assistant", "", error={"content": "No model."}),
    )
    answer = only(as_file(tmp_path, [openwebui(*messages, current="a")])).messages[1]
    assert (answer.status, answer.note) == ("failed", "No model.")
