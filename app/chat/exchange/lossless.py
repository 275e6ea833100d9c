"""Our own JSON, which loses no word of a chat: docs/chat-format.md describes it; old versions stay readable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import TypeVar, get_args

from app.chat.carried import Carried
from app.chat.exchange import untrusted
from app.chat.exchange.untrusted import Fields, fields, items, seconds, words
from app.chat.manner import Manner
from app.chat.tree import Attachment, Conversation, Cut, Message, Role, Stats, Status, TitleSource
from app.errors import PaddockError
from app.text import _

FORMAT = "paddock-chats"
VERSION = 1
_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_STATS = ("prompt_tokens", "reused_tokens", "answer_tokens", "first_token_s", "decode_s")

C = TypeVar("C", bound=str)


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
        "messages": [_message_json(message) for message in carried.messages],
    }


def _message_json(message: Message) -> dict[str, object]:
    made = asdict(message)
    del made["conversation_id"], made["number"]  # the order in the list says as much
    del made["grounds"], made["cited"]  # passages of documents stay in the profile
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
    id_ = _id(value.get("id"), _("its id"))
    messages: list[Message] = []
    seen: set[str] = set()
    characters = 0
    for number, one in enumerate(_list(value.get("messages"), _("its messages")), start=1):
        if number > untrusted.MOST_MESSAGES:
            raise untrusted.broken(_("It has more messages than Paddock takes in."))
        message = _message(fields(one), id_, number)
        if message.id in seen or (message.parent_id is not None and message.parent_id not in seen):
            raise untrusted.broken(_("One of its messages hangs on one that does not come before it."))
        characters += len(message.text)
        if characters > untrusted.MOST_CHARACTERS:
            raise untrusted.broken(_("It is too large to be a chat."))
        seen.add(message.id)
        messages.append(message)
    tip_id = value.get("tip_id")
    conversation = Conversation(
        id=id_,
        title=_text(value.get("title"), _("its title")),
        title_source=_one_of(value.get("title_source"), get_args(TitleSource), _("its title_source")),
        tip_id=tip_id if isinstance(tip_id, str) and tip_id in seen else messages[-1].id if messages else None,
        created_at=_time(value.get("created_at")),
        changed_at=_time(value.get("changed_at")),
        is_pinned=value.get("is_pinned") is True,
        is_archived=value.get("is_archived") is True,
        manner=_manner(fields(value.get("manner"))),
    )
    cuts = (_cut(fields(cut)) for cut in items(value.get("cuts")))
    known = tuple(cut for cut in cuts if cut.message_id in seen)
    folder = value.get("folder")
    return Carried(conversation, tuple(messages), known, "" if folder is None else _text(folder, _("its folder")))


def _message(value: Fields, conversation_id: str, number: int) -> Message:
    status: Status = _one_of(value.get("status", "done"), get_args(Status), _("a message's status"))
    parent_id = value.get("parent_id")
    stats = value.get("stats")
    return Message(
        number=number,
        id=_id(value.get("id"), _("a message's id")),
        conversation_id=conversation_id,
        parent_id=None if parent_id is None else _id(parent_id, _("a message's parent_id")),
        role=_role(value.get("role")),
        text=_text(value.get("text"), _("a message's text")),
        status="interrupted" if status == "streaming" else status,  # nobody writes on it any more
        created_at=_time(value.get("created_at")),
        model=_text(value.get("model", ""), _("a message's model")),
        note=_text(value.get("note", ""), _("a message's note")),
        stats=_stats(fields(stats)) if isinstance(stats, dict) else None,
        attachments=tuple(_attachment(fields(one)) for one in items(value.get("attachments"))),
    )


def _role(value: object) -> Role:
    return _one_of(value, get_args(Role), _("a message's role"))


def _attachment(value: Fields) -> Attachment:
    what = _("an attachment")
    return Attachment(_text(value.get("name"), what), _text(value.get("text"), what))


def _stats(value: Fields) -> Stats:
    found = [value.get(name) for name in _STATS]
    if not all(isinstance(one, int | float) and not isinstance(one, bool) and 0 <= one < 1e12 for one in found):
        raise _wrong(_("a message's stats"))
    prompt, reused, answer = (untrusted.count(one) for one in found[:3])
    first, decode = (float(one) for one in found[3:] if isinstance(one, int | float))
    return Stats(prompt, reused, answer, first, decode)


def _cut(value: Fields) -> Cut:
    what = _("one of its cuts")
    return Cut(_text(value.get("message_id"), what), _text(value.get("summary", ""), what))


def _manner(value: Fields) -> Manner:
    system_prompt, persona_id, model = (value.get(name) for name in ("system_prompt", "persona_id", "model"))
    sampling = value.get("sampling")
    return Manner(
        None if system_prompt is None else _text(system_prompt, _("its system prompt")),
        None if persona_id is None else _text(persona_id, _("its persona")),
        tuple(_sampling(fields(sampling))),
        None if model is None else _text(model, _("its model")),
    )


def _sampling(value: Mapping[str, object]) -> list[tuple[str, float]]:
    pairs = []
    for name, number in value.items():
        if not isinstance(number, int | float) or isinstance(number, bool) or not -1e18 < number < 1e18:
            raise _wrong(_("its sampling"))
        pairs.append((words(name), float(number)))
    return pairs


def _id(value: object, what: str) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise _wrong(what)
    return value


def _text(value: object, what: str) -> str:
    """As it is, but for lone surrogates, which nothing of ours can have written."""
    if not isinstance(value, str):
        raise _wrong(what)
    if len(value) > untrusted.MOST_CHARACTERS:
        raise untrusted.broken(_("One of its messages is too large to be a chat."))
    return value.encode("utf-8", "replace").decode("utf-8")


def _time(value: object) -> float:
    found = seconds(value) if isinstance(value, int | float) else None
    if found is None:
        raise _wrong(_("one of its times"))
    return found


def _list(value: object, what: str) -> list[object]:
    if not isinstance(value, list):
        raise _wrong(what)
    return value


def _one_of(value: object, known: tuple[C, ...], what: str) -> C:
    for one in known:
        if value == one:
            return one
    raise _wrong(what)


def _wrong(what: str) -> PaddockError:
    return untrusted.broken(_("This is missing or not what it should be: {what}.").format(what=what))
