"""What tests ask of a reader: the whole tree in one glance."""

from __future__ import annotations

import json
from pathlib import Path

from app.chat.carried import Carried
from app.chat.exchange import reading
from app.chat.exchange.forms import Problem
from app.chat.tree import Tree

Seen = list[tuple[str, str, str]]


def as_file(folder: Path, value: object, name: str = "export.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(value), "utf-8")
    return path


def chats(*paths: Path) -> list[Carried]:
    """All chats; a problem fails the test."""
    read = list(reading.read(paths))
    assert [one for one in read if isinstance(one, Problem)] == []
    return [one for one in read if isinstance(one, Carried)]


def only(*paths: Path) -> Carried:
    (one,) = chats(*paths)
    return one


def problems(*paths: Path) -> list[str]:
    return [one.sentence for one in reading.read(paths) if isinstance(one, Problem)]


def branch(carried: Carried) -> list[tuple[str, str]]:
    """The branch on screen: who, and what."""
    tree = Tree(carried.messages, carried.conversation.tip_id)
    return [(message.role, message.text) for message in tree.path()]


def versions(carried: Carried, text: str) -> list[str]:
    """The texts of all versions of the message with this text, oldest first."""
    tree = Tree(carried.messages, carried.conversation.tip_id)
    (found,) = [message for message in carried.messages if message.text == text]
    return [tree.message(id_).text for id_ in tree.versions(found.id)]
