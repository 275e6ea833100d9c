"""Claude's export: blocks, attachments with their text, branches, and the older form with text only."""

from __future__ import annotations

from pathlib import Path

from app.chat.tree import Attachment

from .asking import as_file, branch, only, versions
from .samples import claude, claude_message

ROOT = "00000000-0000-4000-8000-000000000000"


def text(words: str) -> dict[str, object]:
    return {"type": "text", "text": words}


def test_messages_without_links_follow_each_other(tmp_path: Path) -> None:
    carried = only(as_file(tmp_path, [claude()]))
    assert branch(carried) == [("user", "How do I bake?"), ("assistant", "With heat.")]
    assert carried.conversation.created_at == 1_714_557_600.0
    assert carried.messages[0].created_at == 1_714_557_600.25


def test_branches_follow_the_links_and_the_leaf_that_was_on_screen(tmp_path: Path) -> None:
    messages = (
        claude_message("q", "human", text("Hi"), parent=ROOT),
        claude_message("a1", "assistant", text("One"), parent="q"),
        claude_message("a2", "assistant", text("Two"), parent="q"),
    )
    carried = only(as_file(tmp_path, [claude(*messages, current_leaf_message_uuid="a1")]))
    assert branch(carried)[-1] == ("assistant", "One")
    assert versions(carried, "One") == ["One", "Two"]


def test_attachments_keep_their_text_and_files_their_name(tmp_path: Path) -> None:
    message = claude_message(
        "q",
        "human",
        text("Read this"),
        attachments=[{"file_name": "notes.txt", "extracted_content": "Flour, water."}],
        files=[{"file_name": "oven.png"}, {"file_name": "notes.txt"}],
    )
    (question,) = only(as_file(tmp_path, [claude(message)])).messages
    assert question.attachments == (Attachment("notes.txt", "Flour, water."),)
    assert question.text == "Read this\n\n[File: oven.png]"


def test_thinking_tools_and_artifacts_are_kept_in_one_answer(tmp_path: Path) -> None:
    blocks = (
        {"type": "thinking", "thinking": "Hm."},
        text("Here:"),
        {
            "type": "tool_use",
            "name": "artifacts",
            "input": {"title": "Page", "type": "text/html", "content": "<b>x</b>"},
        },
        {"type": "tool_result", "content": [{"type": "text", "text": "OK"}]},
        {"type": "thinking", "thinking": "Good."},
        {"type": "token_budget"},
    )
    messages = (claude_message("q", "human", text("Make it")), claude_message("a", "assistant", *blocks))
    answer = branch(only(as_file(tmp_path, [claude(*messages)])))[1][1]
    assert answer == (
        "<think>\nHm.\n\nGood.\n</think>\n\nHere:\n\n**Page**\n\n```html\n<b>x</b>\n```\n\n```text\nOK\n```"
    )


def test_an_older_message_has_its_text_only(tmp_path: Path) -> None:
    carried = only(as_file(tmp_path, [claude(claude_message("q", "human", text="Plain"))]))
    assert branch(carried) == [("user", "Plain")]


def test_a_project_becomes_a_folder(tmp_path: Path) -> None:
    assert only(as_file(tmp_path, [claude(project={"uuid": "p", "name": "Kitchen"})])).folder_name == "Kitchen"
