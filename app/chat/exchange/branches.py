"""A conversation as something to read from top to bottom: the branch on screen, then what branched off, each once."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from app.chat import moments
from app.chat.carried import Carried
from app.chat.exchange.footnotes import not_found
from app.chat.tree import Message, Tree
from app.documents.answering.said import said
from app.text import _


@dataclass(frozen=True, slots=True)
class Section:
    """Messages that follow each other. The first section, the branch on screen, has no heading."""

    heading: str
    messages: tuple[Message, ...]


def sections(carried: Carried, *, has_all_versions: bool) -> tuple[Section, ...]:
    tree: Tree[Message] = Tree(carried.messages, carried.conversation.tip_id)
    path = tree.path() if tree.tip_id is not None else ()
    if not path and carried.messages:
        path = tree.path(tree.newest_leaf(carried.messages[0].id))
    found = [Section("", path)]
    if not has_all_versions:
        return tuple(found)
    waiting = deque((message, place) for place, message in enumerate(path, start=1))
    shown = {message.id for message in path}
    waiting.extend((message, 1) for message in carried.messages if message.parent_id is None)
    while waiting:
        message, place = waiting.popleft()
        versions = tree.versions(message.id)
        for number, id_ in enumerate(versions, start=1):
            if id_ in shown:
                continue
            branch = _branch(tree, id_)
            shown.update(each.id for each in branch)
            heading = _("Version {number} of {count} of message {place}").format(
                number=number, count=len(versions), place=place
            )
            found.append(Section(heading, branch))
            waiting.extend((each, place + offset) for offset, each in enumerate(branch))
    return tuple(found)


def _branch(tree: Tree[Message], id_: str) -> tuple[Message, ...]:
    """From this message to the newest one below it."""
    path = tree.path(tree.newest_leaf(id_))
    return path[next(place for place, message in enumerate(path) if message.id == id_) :]


def speaker(message: Message) -> str:
    if message.role == "user":
        return _("You")
    return message.model or _("Answer")


def moment(unix_s: float) -> str:
    """ "2026-11-22 07:43", in the time of this computer; empty where nobody knows."""
    return moments.local(unix_s).strftime("%Y-%m-%d %H:%M") if unix_s > 0 else ""


def remark(message: Message) -> str:
    """What is said below an answer: how it ended if not well, any note, and what of documents was read."""
    ends = {
        "stopped": _("Stopped."),
        "interrupted": _("Interrupted."),
        "failed": _("Failed."),
        "length": _("Ended at the length limit."),
        "context": _("Ended where the context was full."),
    }
    noted = " ".join(message.note.split())
    read = () if message.grounds is None else (said(message.grounds), message.grounds.note, not_found(message))
    return " ".join(filter(None, (ends.get(message.status, ""), noted, *read)))
