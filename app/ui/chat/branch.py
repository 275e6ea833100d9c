"""The branch on screen as the transcript asks for it, row by row: stored messages, and those being written.

Of a long conversation only the shape is known at once (`Node`); words come as they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from app.chat.tree import Cut, Message, Node, Tree
from app.documents.citing.markers import growing
from app.ui.chat import wording
from app.ui.chat.items import AttachmentItem, Boundary, MessageItem
from app.ui.chat.opening import NEWEST
from app.ui.chat.sourced import sourced
from app.ui.chat.turn import Turn

GOES_ON = ("stopped", "interrupted", "length", "context", "done")


class Branch:
    """Rows of one path of a tree (see items.Rows). `words` and `turns` are asked anew for each row."""

    def __init__(self, tree: Tree[Node], words: Mapping[str, Message], turns: Callable[[], Iterable[Turn]]) -> None:
        self._tree = tree
        self._words = words
        self._turns = turns
        self.nodes = tree.path()
        self._rows = {node.id: row for row, node in enumerate(self.nodes)}

    def __len__(self) -> int:
        return len(self.nodes)

    def __getitem__(self, row: int) -> MessageItem:
        node = self.nodes[row]
        message = self._words.get(node.id)
        if message is None:
            return MessageItem(node.id, node.role, "", number=row + 1, of=len(self.nodes), is_here=False)
        return self.item(message)

    def id_at(self, row: int) -> str:
        return self.nodes[row].id

    def row_of(self, id_: str) -> int:
        return self._rows.get(id_, -1)

    def size_at(self, row: int) -> int:
        return self.nodes[row].size

    def sizes(self) -> list[int]:
        return [node.size for node in self.nodes]

    def item(self, message: Message) -> MessageItem:
        """One message of the branch; the words of one being written are those of its turn."""
        versions = self._tree.versions(message.id)
        row = self._rows[message.id]
        stored = MessageItem(
            id=message.id,
            role=message.role,
            text=message.text,
            status=message.status,
            version=versions.index(message.id) + 1,
            versions=len(versions),
            note=message.note,
            stats=wording.cost(message),
            attachments=tuple(AttachmentItem(one.name, one.text) for one in message.attachments),
            number=row + 1,
            of=len(self.nodes),
            can_continue=row == len(self.nodes) - 1 and _goes_on(message),
            sourced=sourced(message),
        )
        turn = next((turn for turn in self._turns() if turn.answer is not None and turn.answer.id == message.id), None)
        if turn is None:
            return stored
        return replace(
            stored,
            text=growing(turn.text, turn.passages),
            note=turn.note,
            status="streaming",
            is_asking=turn.is_asking,
            can_continue=False,
            sourced=None,
        )

    def newest(self) -> tuple[Message, ...]:
        """The last messages, oldest first, as far as their words are here without a gap."""
        found: list[Message] = []
        for node in reversed(self.nodes[-NEWEST:]):
            message = self._words.get(node.id)
            if message is None:
                break
            found.append(message)
        return tuple(reversed(found))

    def missing(self, first: int, last: int) -> tuple[str, ...]:
        """The ids of the rows from `first` to `last` whose words are not here."""
        rows = range(max(0, first), min(len(self.nodes), last + 1))
        return tuple(self.nodes[row].id for row in rows if self.nodes[row].id not in self._words)


def node_of(message: Message) -> Node:
    return Node(message.number, message.id, message.parent_id, message.role, message.size)


def boundary(path: Sequence[Node], cuts: Mapping[str, Cut]) -> Boundary | None:
    """Where the model's view of a branch begins; None while it sees all of it."""
    if not cuts:
        return None
    at = max((number for number, message in enumerate(path) if message.id in cuts), default=0)
    return Boundary(path[at].id, at, cuts[path[at].id].summary) if at else None


def _goes_on(message: Message) -> bool:
    return message.role == "assistant" and bool(message.text) and message.status in GOES_ON
