"""From other programs' messages, in whatever tree they come, to a conversation of ours.

Theirs have more kinds than questions and answers: hidden ones, tools, steps of one answer. What has no words drops
out and its children move up; what the same side says twice in a row becomes one message. Where such a row forks, each
fork becomes a version with the beginning in it, so nothing is lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.chat.carried import Carried
from app.chat.exchange import untrusted
from app.chat.exchange.forms import Origin
from app.chat.manner import OPEN, Manner
from app.chat.tree import Attachment, Conversation, Message, Role, Stats, Status, title_from
from app.text import _

_MOST_IN_A_ROW = 200  # steps that become one message


@dataclass(frozen=True, slots=True)
class Grown:
    """A message of theirs. `parent` may name one that is not there; no `role`: not a part of what was said."""

    key: str
    parent: str | None
    role: Role | None
    text: str = ""
    created_at: float | None = None
    model: str = ""
    status: Status = "done"
    note: str = ""
    stats: Stats | None = None
    attachments: tuple[Attachment, ...] = ()

    @property
    def is_said(self) -> bool:
        return self.role is not None and bool(self.text.strip() or self.attachments or self.note)


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a conversation beside its messages. Without an `id`, its content says which one it is."""

    origin: Origin
    id: str
    title: str = ""
    created_at: float | None = None
    changed_at: float | None = None
    is_archived: bool = False
    is_pinned: bool = False
    folder_name: str = ""
    system_prompt: str = ""
    tip: str | None = None


@dataclass(slots=True, eq=False)
class _Turn:
    """A message of ours in the making: the pieces said in a row, the last one here, those before in `before`."""

    piece: Grown
    parent: _Turn | None
    before: _Turn | None = None
    longer: _Turn | None = None
    length: int = 1
    is_answered: bool = False
    id: str = ""

    @property
    def is_kept(self) -> bool:
        return self.is_answered or self.longer is None

    def pieces(self) -> list[Grown]:
        found: list[Grown] = []
        at: _Turn | None = self
        while at is not None:
            found.append(at.piece)
            at = at.before
        return found[::-1]


def grow(about: About, messages: Sequence[Grown]) -> Carried:
    """Raises PaddockError where nothing was said, or more than a chat can hold."""
    if len(messages) > untrusted.MOST_MESSAGES:
        raise untrusted.broken(_("It has more messages than Paddock takes in."))
    turns, by_key = _turns(messages)
    kept = [turn for turn in turns if turn.is_kept]
    if not kept:
        raise untrusted.broken(_("It has no messages."))
    first = next((turn.piece.text for turn in kept if turn.piece.role == "user"), "")
    times = [turn.piece.created_at for turn in turns if turn.piece.created_at is not None]
    created_at = about.created_at if about.created_at is not None else min(times, default=0.0)
    original = about.id or untrusted.same_id(about.title, str(created_at), kept[0].piece.text)
    id_ = untrusted.same_id(about.origin, original)
    made = _messages(id_, kept, created_at)
    tip = by_key.get(about.tip or "", None)
    while tip is not None and not tip.is_kept:
        tip = tip.longer
    conversation = Conversation(
        id=id_,
        title=about.title or title_from(first) or _("Chat without a title"),
        title_source="person",
        tip_id=(tip or kept[-1]).id,
        created_at=created_at,
        changed_at=about.changed_at if about.changed_at is not None else max(times, default=created_at),
        is_pinned=about.is_pinned,
        is_archived=about.is_archived,
        manner=Manner(system_prompt=about.system_prompt) if about.system_prompt else OPEN,
    )
    return Carried(conversation, made, folder_name=about.folder_name)


def in_a_row(messages: Iterable[Grown]) -> list[Grown]:
    """Of a list without links: each hangs on the one before."""
    linked: list[Grown] = []
    for number, message in enumerate(messages):
        linked.append(replace(message, key=str(number), parent=str(number - 1) if number else None))
    return linked


def _turns(messages: Sequence[Grown]) -> tuple[list[_Turn], dict[str, _Turn]]:
    """All turns, parents before children and versions in their order; and which of them a key ended up in."""
    by_key = {message.key: message for message in messages}
    children: dict[str | None, list[Grown]] = {}
    for message in by_key.values():
        parent = message.parent if message.parent in by_key and message.parent != message.key else None
        children.setdefault(parent, []).append(message)
    turns: list[_Turn] = []
    found: dict[str, _Turn] = {}
    seen: set[str] = set()

    def walk(roots: Sequence[Grown]) -> None:
        waiting: list[tuple[Grown, _Turn | None]] = [(root, None) for root in reversed(roots)]
        while waiting:
            message, above = waiting.pop()
            if message.key in seen:
                continue
            seen.add(message.key)
            turn = _turn(message, above, turns)
            if turn is not None:
                found[message.key] = turn
            waiting += [(child, turn) for child in reversed(children.get(message.key, ()))]

    walk(children.get(None, []))
    for message in by_key.values():  # of a ring, which no file should have and a hostile one has
        if message.key not in seen:
            walk([message])
    return turns, found


def _turn(message: Grown, above: _Turn | None, turns: list[_Turn]) -> _Turn | None:
    if not message.is_said:
        return above
    if above is not None and above.piece.role == message.role and above.length < _MOST_IN_A_ROW:
        turn = _Turn(message, above.parent, before=above, length=above.length + 1)
        above.longer = turn
    else:
        turn = _Turn(message, above)
        if above is not None:
            above.is_answered = True
    turns.append(turn)
    return turn


def _messages(conversation_id: str, kept: Sequence[_Turn], created_at: float) -> tuple[Message, ...]:
    made: list[Message] = []
    characters = 0
    for number, turn in enumerate(kept, start=1):
        pieces = turn.pieces()
        role = turn.piece.role
        if role is None:
            raise RuntimeError("only what was said becomes a turn")
        characters += sum(len(piece.text) for piece in pieces)
        if characters > untrusted.MOST_CHARACTERS:
            raise untrusted.broken(_("It is too large to be a chat."))
        turn.id = untrusted.same_id(conversation_id, turn.piece.key)
        times = (piece.created_at for piece in pieces if piece.created_at is not None)
        made.append(
            Message(
                number=number,
                id=turn.id,
                conversation_id=conversation_id,
                parent_id=turn.parent.id if turn.parent is not None else None,
                role=role,
                text=untrusted.answer("\n\n".join(text for piece in pieces if (text := piece.text.strip("\n")))),
                status=pieces[-1].status,
                created_at=next(times, created_at),
                model=next((piece.model for piece in reversed(pieces) if piece.model), ""),
                note="\n".join(piece.note for piece in pieces if piece.note),
                stats=pieces[-1].stats,
                attachments=tuple(attachment for piece in pieces for attachment in piece.attachments),
            )
        )
    return tuple(made)
