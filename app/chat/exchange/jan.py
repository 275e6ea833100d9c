"""Jan's threads: a folder each, with thread.json (what it is) and messages.jsonl (what was said, a line each).

Fields as in janhq/jan, core/src/types/thread/threadEntity.ts and message/messageEntity.ts; 0.6 and later keep them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from app.chat.carried import Carried
from app.chat.exchange import untrusted
from app.chat.exchange.growing import About, Grown, grow, in_a_row
from app.chat.exchange.untrusted import Fields, count, fields, items, missing, seconds, words
from app.chat.tree import Role, Stats, Status
from app.text import _

_ROLES: dict[str, Role] = {"user": "user", "assistant": "assistant", "tool": "assistant"}
_STATUS: dict[str, Status] = {"stopped": "stopped", "error": "failed", "pending": "interrupted"}


def recognises_thread(value: Fields) -> bool:
    return value.get("object") == "thread" or ("assistants" in value and "id" in value and "messages" not in value)


def recognises_message(value: Fields) -> bool:
    return value.get("object") == "thread.message" or ("thread_id" in value and "role" in value)


def read(thread: Fields, messages: Iterable[Fields]) -> Carried:
    """`thread` may be empty where only its messages were given. Raises PaddockError."""
    said = [message for message in messages if recognises_message(message)]
    assistant = fields(next(iter(items(thread.get("assistants"))), None))
    metadata = fields(thread.get("metadata"))
    system = [_text(message) for message in said if message.get("role") == "system"]
    instructions = [words(assistant.get("instructions")), *system]
    about = About(
        "jan",
        id=words(thread.get("id")) or words(said[0].get("thread_id") if said else ""),
        title=untrusted.title(thread.get("title") or metadata.get("title")),
        created_at=seconds(thread.get("created")),
        changed_at=seconds(thread.get("updated")),
        is_pinned=metadata.get("is_favorite") is True,
        folder_name=untrusted.title(fields(metadata.get("project")).get("name")),
        system_prompt="\n\n".join(text.strip() for text in instructions if text.strip()),
    )
    model = untrusted.title(fields(assistant.get("model")).get("id") or fields(thread.get("model")).get("id"))
    return grow(about, in_a_row(_grown(message, model) for message in _in_order(said)))


def _in_order(messages: Sequence[Fields]) -> Sequence[Fields]:
    """Lines are in the order of writing; a message that was changed later may stand at the end once more."""
    latest = {words(message.get("id")) or str(number): message for number, message in enumerate(messages)}
    return list(latest.values())


def _grown(message: Fields, model: str) -> Grown:
    role = _ROLES.get(words(message.get("role")))
    metadata = fields(message.get("metadata"))
    text = _text(message)
    if message.get("role") == "tool" and text.strip():
        text = untrusted.fenced(text, "text")
    return Grown(
        "",
        None,
        role,
        text=text,
        created_at=seconds(message.get("created_at")) or seconds(message.get("created")),
        model=(untrusted.title(metadata.get("modelId")) or model) if role == "assistant" else "",
        status=_STATUS.get(words(message.get("status")), "done"),
        stats=_stats(fields(metadata.get("tokenSpeed"))) if role == "assistant" else None,
    )


def _text(message: Fields) -> str:
    content = message.get("content")
    return words(content) or "\n\n".join(filter(None, map(_part, items(content))))


def _part(value: object) -> str:
    part = fields(value)
    kind = words(part.get("type"))
    text = words(part.get("text")) or words(fields(part.get("text")).get("value"))
    if kind == "reasoning":
        return untrusted.thinking(text) if text.strip() else ""
    if kind == "image_url":
        return missing(_("Image"))
    if kind == "tool_call":
        given = json.dumps(
            {name: part[name] for name in ("input", "output") if part.get(name) is not None},
            ensure_ascii=False,
            indent=2,
        )
        return f"**{untrusted.title(part.get('tool_name'))}**\n\n{untrusted.fenced(given, 'json')}"
    return text


def _stats(speed: Fields) -> Stats | None:
    tokens = count(speed.get("tokenCount"))
    if not tokens:
        return None
    return Stats(0, 0, tokens, 0.0, count(speed.get("durationMs")) / 1000)
