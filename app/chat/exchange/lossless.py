"""Our own JSON, which loses no word of a chat: docs/chat-format.md describes it; old versions stay readable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import get_args

from app.chat.carried import Carried
from app.chat.exchange import checked, grounded, untrusted
from app.chat.exchange.untrusted import Fields, fields, items, words
from app.chat.manner import Manner
from app.chat.tree import Attachment, Conversation, Cut, Message, Role, Stats, Status, TitleSource
from app.errors import PaddockError
from app.text import _

FORMAT = "paddock-chats"
VERSION = 1
_STATS = ("prompt_tokens", "reused_tokens", "answer_tokens", "first_token_s", "decode_s")


def to_json(carried: Carried) -> dict[str, object]:
    """One conversation, its keys as documented."""
    conversation = carried.conversation
    return {
        "id": conversation.id,
        "title": conversation.title,
        "title_source": conversation.title_source,
        "created_at": conversation.created_at,
        "changed_at": conversation.changed_at,
        "folder": carried.folder_name or None,
        "is_pinned": conversation.is_pinned,
        "is_archived": conversation.is_archived,
        "manner": {**asdict(conversation.manner), "sampling": dict(conversation.manner.sampling)},
        "tip_id": conversation.tip_id,
        "cuts": [asdict(cut) for cut in carried.cuts],
        "scope": asdict(carried.scope) if carried.scope else None,
        "messages": [_message_json(message) for message in carried.messages],
    }


def _message_json(message: Message) -> dict[str, object]:
    made = asdict(message)
    del made["conversation_id"], made["number"]  # the order in the list says as much
    if message.grounds is None:
        made["cited"] = None
    return made


def require_known(head: Fields) -> None:
    """Raises PaddockError where a later Paddock wrote the file."""
    version = head.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise PaddockError(_("The file does not say in which version of the format it is."))
    if version > VERSION:
        raise PaddockError(
            _("This file was written by a later version of Paddock."), _("Update Paddock, then bring it in again.")
        )


def read(value: Fields) -> Carried:
    """One conversation. Raises PaddockError, which names what is wrong."""
    id_ = checked.id_of(value.get("id"), _("its id"))
    messages: list[Message] = []
    seen: set[str] = set()
    characters = 0
    for number, one in enumerate(checked.listed(value.get("messages"), _("its messages")), start=1):
        if number > untrusted.MOST_MESSAGES:
            raise untrusted.broken(_("It has more messages than Paddock takes in."))
        message = _message(fields(one), id_, number)
        if message.id in seen or (message.parent_id is not None and message.parent_id not in seen):
            raise untrusted.broken(_("One of its messages hangs on one that does not come before it."))
        characters += len(message.text) + grounded.characters(message.grounds)
        if characters > untrusted.MOST_CHARACTERS:
            raise untrusted.broken(_("It is too large to be a chat."))
        seen.add(message.id)
        messages.append(message)
    tip_id = value.get("tip_id")
    conversation = Conversation(
        id=id_,
        title=checked.text(value.get("title"), _("its title")),
        title_source=checked.one_of(value.get("title_source"), get_args(TitleSource), _("its title_source")),
        tip_id=tip_id if isinstance(tip_id, str) and tip_id in seen else messages[-1].id if messages else None,
        created_at=checked.time(value.get("created_at")),
        changed_at=checked.time(value.get("changed_at")),
        is_pinned=value.get("is_pinned") is True,
        is_archived=value.get("is_archived") is True,
        manner=_manner(fields(value.get("manner"))),
    )
    cuts = (_cut(fields(cut)) for cut in items(value.get("cuts")))
    known = tuple(cut for cut in cuts if cut.message_id in seen)
    folder = value.get("folder")
    folder_name = "" if folder is None else checked.text(folder, _("its folder"))
    return Carried(conversation, tuple(messages), known, folder_name, grounded.read_scope(value.get("scope")))


def _message(value: Fields, conversation_id: str, number: int) -> Message:
    status: Status = checked.one_of(value.get("status", "done"), get_args(Status), _("a message's status"))
    parent_id = value.get("parent_id")
    stats = value.get("stats")
    text, grounds = checked.text(value.get("text"), _("a message's text")), grounded.read(value.get("grounds"))
    return Message(
        number=number,
        id=checked.id_of(value.get("id"), _("a message's id")),
        conversation_id=conversation_id,
        parent_id=None if parent_id is None else checked.id_of(parent_id, _("a message's parent_id")),
        role=_role(value.get("role")),
        text=text,
        status="interrupted" if status == "streaming" else status,  # nobody writes on it any more
        created_at=checked.time(value.get("created_at")),
        model=checked.text(value.get("model", ""), _("a message's model")),
        note=checked.text(value.get("note", ""), _("a message's note")),
        stats=_stats(fields(stats)) if isinstance(stats, dict) else None,
        attachments=tuple(_attachment(fields(one)) for one in items(value.get("attachments"))),
        grounds=grounds,
        cited=grounded.read_cited(value.get("cited"), text, grounds),
    )


def _role(value: object) -> Role:
    return checked.one_of(value, get_args(Role), _("a message's role"))


def _attachment(value: Fields) -> Attachment:
    what = _("an attachment")
    return Attachment(checked.text(value.get("name"), what), checked.text(value.get("text"), what))


def _stats(value: Fields) -> Stats:
    found = [value.get(name) for name in _STATS]
    if not all(isinstance(one, int | float) and not isinstance(one, bool) and 0 <= one < 1e12 for one in found):
        raise checked.wrong(_("a message's stats"))
    prompt, reused, answer = (untrusted.count(one) for one in found[:3])
    first, decode = (float(one) for one in found[3:] if isinstance(one, int | float))
    return Stats(prompt, reused, answer, first, decode)


def _cut(value: Fields) -> Cut:
    what = _("one of its cuts")
    return Cut(checked.text(value.get("message_id"), what), checked.text(value.get("summary", ""), what))


def _manner(value: Fields) -> Manner:
    system_prompt, persona_id, model = (value.get(name) for name in ("system_prompt", "persona_id", "model"))
    sampling = value.get("sampling")
    return Manner(
        None if system_prompt is None else checked.text(system_prompt, _("its system prompt")),
        None if persona_id is None else checked.text(persona_id, _("its persona")),
        tuple(_sampling(fields(sampling))),
        None if model is None else checked.text(model, _("its model")),
    )


def _sampling(value: Mapping[str, object]) -> list[tuple[str, float]]:
    pairs = []
    for name, number in value.items():
        if not isinstance(number, int | float) or isinstance(number, bool) or not -1e18 < number < 1e18:
            raise checked.wrong(_("its sampling"))
        pairs.append((words(name), float(number)))
    return pairs
