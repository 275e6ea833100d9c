"""The branch on screen as the transcript shows it: its messages, those being written, and where the view begins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from app.chat.tree import Cut, Message, Tree
from app.ui.chat import wording
from app.ui.chat.items import Boundary, MessageItem
from app.ui.chat.turn import Turn


def items(tree: Tree, turns: Iterable[Turn]) -> tuple[MessageItem, ...]:
    """Of the branch, oldest first."""
    under_way = list(turns)
    return tuple(item(tree, message, under_way) for message in tree.path())


def item(tree: Tree, message: Message, turns: Iterable[Turn]) -> MessageItem:
    """One message; the words of one being written are those of its turn."""
    versions = tree.versions(message.id)
    stored = MessageItem(
        id=message.id,
        role=message.role,
        text=message.text,
        status=message.status,
        version=versions.index(message.id) + 1,
        versions=len(versions),
        note=message.note,
        stats=wording.cost(message),
    )
    turn = next((turn for turn in turns if turn.answer is not None and turn.answer.id == message.id), None)
    if turn is None:
        return stored
    return replace(stored, text=turn.text, note=turn.note, status="streaming", is_asking=turn.is_asking)


def boundary(path: Sequence[Message], cuts: Mapping[str, Cut]) -> Boundary | None:
    """Where the model's view of a branch begins; None while it sees all of it."""
    at = max((number for number, message in enumerate(path) if message.id in cuts), default=0)
    return Boundary(path[at].id, at, cuts[path[at].id].summary) if at else None
