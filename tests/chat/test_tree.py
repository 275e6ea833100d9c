"""The tree of messages: branches, versions, and titles from questions."""

from __future__ import annotations

import pytest

from app.chat.tree import TITLE_CHARACTERS, Message, Node, Tree, title_from


def message(number: int, parent: int | None, role: str = "user") -> Message:
    return Message(
        number,
        f"m{number}",
        "c",
        None if parent is None else f"m{parent}",
        "user" if role == "user" else "assistant",
        f"text {number}",
        "done",
        0.0,
    )


@pytest.fixture
def branched() -> Tree[Message]:
    """Question 1, answers 2 and 3 to it; question 4 below answer 2, answer 5; question 6 beside question 1."""
    rows = [
        message(1, None),
        message(2, 1, "assistant"),
        message(3, 1, "assistant"),
        message(4, 2),
        message(5, 4, "assistant"),
        message(6, None),
    ]
    return Tree(reversed(rows), "m5")


def test_the_path_leads_from_the_first_message_to_the_tip(branched: Tree[Message]) -> None:
    assert [m.id for m in branched.path()] == ["m1", "m2", "m4", "m5"]
    assert [m.id for m in branched.path("m3")] == ["m1", "m3"]


def test_versions_are_siblings_in_the_order_of_writing(branched: Tree[Message]) -> None:
    assert branched.versions("m3") == ("m2", "m3")
    assert branched.versions("m1") == ("m1", "m6")
    assert branched.versions("m5") == ("m5",)


def test_another_version_opens_at_its_newest_leaf(branched: Tree[Message]) -> None:
    assert branched.newest_leaf("m1") == "m3"
    assert branched.newest_leaf("m2") == "m5"
    assert branched.newest_leaf("m6") == "m6"


def test_an_unknown_tip_is_an_empty_path() -> None:
    assert Tree([message(1, None)], "gone").path() == ()


def test_what_hangs_on_a_message_comes_parents_first(branched: Tree[Message]) -> None:
    assert branched.below("m1") == ("m1", "m2", "m3", "m4", "m5")
    assert branched.below("m6") == ("m6",)
    assert branched.children("m1") == ("m2", "m3")
    assert branched.children(None) == ("m1", "m6")
    assert branched.children("m5") == ()


def test_a_tree_with_another_message_leaves_the_first_as_it_was(branched: Tree[Message]) -> None:
    grown = branched.with_message(message(7, 1, "assistant")).with_tip("m7")
    assert grown.versions("m2") == ("m2", "m3", "m7")
    assert [m.id for m in grown.path()] == ["m1", "m7"]
    assert "m7" not in branched
    assert branched.versions("m2") == ("m2", "m3")
    assert [m.id for m in branched.path()] == ["m1", "m2", "m4", "m5"]


def test_nodes_make_the_same_tree_without_words() -> None:
    tree = Tree([Node(2, "b", "a", "assistant", 7), Node(1, "a", None, "user", 3)], "b")
    assert [(node.id, node.size) for node in tree.path()] == [("a", 3), ("b", 7)]


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("What is a llama?", "What is a llama"),
        ("\n\n  ## Plan for *May*\nmore", "Plan for *May"),
        ("???", "???"),
        ("", ""),
        ("a" * 80, "a" * TITLE_CHARACTERS + "…"),
        (
            "Please summarise the attached contract between the two parties",
            "Please summarise the attached contract between…",
        ),
    ],
)
def test_titles_come_from_the_first_line_of_the_question(question: str, title: str) -> None:
    assert title_from(question) == title
