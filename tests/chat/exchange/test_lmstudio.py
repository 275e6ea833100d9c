"""LM Studio's conversations: versions, the one that was chosen, steps, thoughts, figures, system prompt."""

from __future__ import annotations

from pathlib import Path

from app.chat.tree import Stats

from .asking import as_file, branch, only, versions
from .samples import lmstudio, lmstudio_answer, lmstudio_message, lmstudio_said


def test_the_chosen_version_is_on_screen_and_the_other_is_kept(tmp_path: Path) -> None:
    carried = only(as_file(tmp_path, lmstudio()))
    thought = "<think>\nIt is a sum.\n</think>\n\n4"
    assert branch(carried) == [("user", "2 + 2?"), ("assistant", thought)]
    assert versions(carried, thought) == ["5", thought]


def test_title_pin_system_prompt_model_and_figures_are_kept(tmp_path: Path) -> None:
    carried = only(as_file(tmp_path, lmstudio()))
    about, answer = carried.conversation, carried.messages[-1]
    assert (about.title, about.is_pinned, about.manner.system_prompt) == ("Numbers", True, "Be exact.")
    assert about.created_at == 1_727_000_000.123
    assert (answer.model, answer.stats) == ("tiny-7b-q4", Stats(12, 0, 40, 0.5, 2.0))


def test_what_follows_hangs_on_the_version_that_was_chosen(tmp_path: Path) -> None:
    messages = (
        lmstudio_message([lmstudio_said("user", "Hi")]),
        lmstudio_message([lmstudio_answer("A"), lmstudio_answer("B")], 0),
        lmstudio_message([lmstudio_said("user", "And?")]),
    )
    assert branch(only(as_file(tmp_path, lmstudio(*messages))))[1:] == [("assistant", "A"), ("user", "And?")]


def test_a_folder_of_conversations_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "Work").mkdir()
    as_file(tmp_path, lmstudio(), "1.conversation.json")
    as_file(tmp_path / "Work", lmstudio(createdAt=1_727_000_000_999), "2.conversation.json")
    from .asking import chats

    assert len({carried.conversation.id for carried in chats(tmp_path)}) == 2
