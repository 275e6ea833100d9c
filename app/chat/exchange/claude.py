"""Claude's export: lists of messages made of blocks; newer ones say on which message each one hangs.

Fields as in the types of stored public importers (chat_messages, content, attachments.extracted_content,
parent_message_uuid, current_leaf_message_uuid), checked against several of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from app.chat.carried import Carried
from app.chat.exchange import untrusted
from app.chat.exchange.growing import About, Grown, grow
from app.chat.exchange.untrusted import Fields, fields, items, missing, seconds, words
from app.chat.tree import Attachment, Role
from app.text import _

_ROLES: dict[str, Role] = {"human": "user", "user": "user", "assistant": "assistant"}
_ROOT = "00000000-0000-4000-8000-000000000000"


def recognises(value: Fields) -> bool:
    return isinstance(value.get("chat_messages"), list)


def read(value: Fields) -> Carried:
    """One conversation. Raises PaddockError."""
    about = About(
        "claude",
        id=words(value.get("uuid")),
        title=untrusted.title(value.get("name")),
        created_at=seconds(value.get("created_at")),
        changed_at=seconds(value.get("updated_at")),
        is_pinned=value.get("is_starred") is True,
        folder_name=untrusted.title(fields(value.get("project")).get("name")),
        tip=untrusted.key(value.get("current_leaf_message_uuid")),
    )
    model = untrusted.title(value.get("model"))
    messages: list[Grown] = []
    before: str | None = None
    for number, untrusted_message in enumerate(items(value.get("chat_messages"))):
        message = fields(untrusted_message)
        key = untrusted.key(message.get("uuid")) or f"#{number}"
        parent = untrusted.key(message.get("parent_message_uuid"))
        messages.append(_grown(message, key, None if parent == _ROOT else parent or before, model))
        before = key
    return grow(about, messages)


def _grown(message: Fields, key: str, parent: str | None, model: str) -> Grown:
    role = _ROLES.get(words(message.get("sender")))
    attachments = tuple(_attachments(message))
    blocks = "\n\n".join(filter(None, map(_block, items(message.get("content")))))
    named = {attachment.name for attachment in attachments}
    files = (words(fields(file).get("file_name")) for file in items(message.get("files")))
    return Grown(
        key,
        parent,
        role,
        text="\n\n".join(
            filter(
                None,
                (
                    blocks or words(message.get("text")),
                    *(missing(_("File"), name) for name in files if name and name not in named),
                ),
            )
        ),
        created_at=seconds(message.get("created_at")),
        model=model if role == "assistant" else "",
        status="length" if message.get("stop_reason") == "max_tokens" else "done",
        attachments=attachments,
    )


def _attachments(message: Fields) -> Iterator[Attachment]:
    for attachment in map(fields, items(message.get("attachments"))):
        text = words(attachment.get("extracted_content"))
        if text.strip():
            yield Attachment(untrusted.title(attachment.get("file_name")), text)


def _block(value: object) -> str:
    block = fields(value)
    kind = words(block.get("type"))
    if kind in ("text", "voice_note"):
        return words(block.get("text"))
    if kind == "thinking":
        thought = words(block.get("thinking"))
        return untrusted.thinking(thought) if thought.strip() else ""
    if kind == "tool_use":
        return _tool(words(block.get("name")), fields(block.get("input")))
    if kind == "tool_result":
        result = block.get("content")
        inside = [words(fields(part).get("text")) for part in items(result)]
        said = words(result) or "\n".join(filter(None, inside))
        return untrusted.fenced(said, "text") if said.strip() else ""
    if kind in ("image", "document", "file"):
        return missing(_("File"), words(block.get("file_name")))
    return ""


def _tool(name: str, given: Fields) -> str:
    """What the model wrote for a tool: the text of an artifact, else all that it gave."""
    text = words(given.get("content")) or words(given.get("file_text")) or words(given.get("code"))
    heading = untrusted.title(given.get("title") or given.get("path")) or untrusted.title(name)
    if text.strip():
        kind = words(given.get("language")) or words(given.get("type")).rpartition("/")[2]
        body = text if kind == "markdown" else untrusted.fenced(text, kind)
    elif given:
        body = untrusted.fenced(json.dumps(given, ensure_ascii=False, indent=2), "json")
    else:
        return ""
    return f"**{heading}**\n\n{body}" if heading else body
