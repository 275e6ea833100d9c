"""ChatGPT's export: versions, hidden nodes, tools, thoughts, images that are missing, citations, times."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from .asking import as_file, branch, only, versions
from .samples import chatgpt, chatgpt_message, chatgpt_node


def test_a_conversation_keeps_its_title_times_model_and_both_answers(tmp_path: Path) -> None:
    carried = only(as_file(tmp_path, [chatgpt()]))
    about = carried.conversation
    assert (about.title, about.title_source, about.created_at, about.changed_at) == (
        "The sky",
        "person",
        1_700_000_000.25,
        1_700_000_100.0,
    )
    assert branch(carried) == [("user", "Why is the sky blue?"), ("assistant", "Rayleigh.")]
    assert versions(carried, "Rayleigh.") == ["Rayleigh.", "No idea."]
    assert carried.messages[1].model == "gpt-x"


def test_an_archive_is_read_by_its_content_and_other_files_in_it_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "download.bin"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("chat.html", "<script>alert(1)</script>")
        archive.writestr("user.json", '{"id": "user-1", "email": "me@example.org"}')
        archive.writestr("message_feedback.json", "[]")
        archive.writestr("conversations.json", json.dumps([chatgpt()]))
    assert only(path).conversation.title == "The sky"


def test_steps_of_one_answer_become_one_message_with_its_thoughts_first(tmp_path: Path) -> None:
    thoughts = {"content_type": "thoughts", "thoughts": [{"summary": "Sums", "content": "Add them."}]}
    nodes = (
        chatgpt_node("q", None, ["t"], chatgpt_message("user", "1+1?")),
        chatgpt_node("t", "q", ["c"], chatgpt_message("assistant", content=thoughts)),
        chatgpt_node(
            "c",
            "t",
            ["r"],
            chatgpt_message("assistant", content={"content_type": "code", "language": "python", "text": "1+1"}),
        ),
        chatgpt_node(
            "r", "c", ["h"], chatgpt_message("tool", content={"content_type": "execution_output", "text": "2"})
        ),
        chatgpt_node(
            "h", "r", ["a"], chatgpt_message("tool", "unseen", metadata={"is_visually_hidden_from_conversation": True})
        ),
        chatgpt_node("a", "h", [], chatgpt_message("assistant", "It is 2.")),
    )
    carried = only(as_file(tmp_path, [chatgpt(*nodes, current="a")]))
    answer = "<think>\n**Sums**\n\nAdd them.\n</think>\n\n```python\n1+1\n```\n\n```text\n2\n```\n\nIt is 2."
    assert branch(carried) == [("user", "1+1?"), ("assistant", answer)]


def test_an_answer_that_forks_between_its_steps_is_two_versions_with_the_same_beginning(tmp_path: Path) -> None:
    nodes = (
        chatgpt_node("q", None, ["s"], chatgpt_message("user", "Go on")),
        chatgpt_node("s", "q", ["x", "y"], chatgpt_message("assistant", "First,")),
        chatgpt_node("x", "s", [], chatgpt_message("assistant", "this.")),
        chatgpt_node("y", "s", [], chatgpt_message("assistant", "that.")),
    )
    carried = only(as_file(tmp_path, [chatgpt(*nodes, current="y")]))
    assert versions(carried, "First,\n\nthat.") == ["First,\n\nthis.", "First,\n\nthat."]


def test_pictures_and_files_that_are_not_in_the_export_are_named(tmp_path: Path) -> None:
    picture = {
        "content_type": "image_asset_pointer",
        "asset_pointer": "file-service://x",
        "metadata": {"title": "A cat"},
    }
    spoken = {"content_type": "audio_transcription", "text": "Look at this."}
    message = chatgpt_message(
        "user",
        picture,
        {"content_type": "audio_asset_pointer"},
        spoken,
        kind="multimodal_text",
        metadata={"attachments": [{"name": "plan.pdf"}]},
    )
    carried = only(as_file(tmp_path, [chatgpt(chatgpt_node("q", None, [], message), current="q")]))
    assert branch(carried) == [("user", "[Image: A cat]\nLook at this.\n\n[Attachment: plan.pdf]")]


def test_citation_marks_become_links_and_none_is_left(tmp_path: Path) -> None:
    mark, lost = "\ue200cite\ue202turn0search1\ue201", "\ue200navlist\ue202x\ue201"
    references = [{"matched_text": mark, "items": [{"title": "On [light]", "url": "https://example.org/a"}]}]
    message = chatgpt_message("assistant", f"Blue{mark}.{lost}", metadata={"content_references": references})
    nodes = (
        chatgpt_node("q", None, ["a"], chatgpt_message("user", "Why?")),
        chatgpt_node("a", "q", [], message),
    )
    carried = only(as_file(tmp_path, [chatgpt(*nodes, current="a")]))
    assert branch(carried)[1] == ("assistant", "Blue ([On (light)](<https://example.org/a>)).")


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "https://x/> <b>"])
def test_a_citation_that_is_no_web_address_makes_no_link(tmp_path: Path, url: str) -> None:
    references = [{"matched_text": "【1】", "items": [{"title": "t", "url": url}]}]
    nodes = (
        chatgpt_node("q", None, ["a"], chatgpt_message("user", "Why?")),
        chatgpt_node(
            "a", "q", [], chatgpt_message("assistant", "So【1】", metadata={"content_references": references})
        ),
    )
    assert branch(only(as_file(tmp_path, [chatgpt(*nodes, current="a")])))[1] == ("assistant", "So")


def test_custom_instructions_become_the_chats_system_prompt(tmp_path: Path) -> None:
    told = {
        "is_user_system_message": True,
        "user_context_message_data": {"about_user_message": "I am a baker.", "about_model_message": "Be short."},
    }
    nodes = (
        chatgpt_node("s", None, ["q"], chatgpt_message("system", "", metadata=told)),
        chatgpt_node("q", "s", [], chatgpt_message("user", "Hello")),
    )
    carried = only(as_file(tmp_path, [chatgpt(*nodes, current="q")]))
    assert carried.conversation.manner.system_prompt == "I am a baker.\n\nBe short."


def test_nodes_in_a_ring_and_parents_that_are_missing_lose_no_words(tmp_path: Path) -> None:
    nodes = (
        chatgpt_node("a", "b", ["b"], chatgpt_message("user", "One")),
        chatgpt_node("b", "a", ["a"], chatgpt_message("assistant", "Two")),
        chatgpt_node("c", "gone", [], chatgpt_message("user", "Three")),
    )
    carried = only(as_file(tmp_path, [chatgpt(*nodes, current="c")]))
    assert sorted(message.text for message in carried.messages) == ["One", "Three", "Two"]
