"""Open WebUI's export: an array of chats, each with a tree of messages by id, or in older ones only a list.

Layout as in open-webui/open-webui, src/lib/utils/index.ts (convertMessagesToHistory: messages, currentId, parentId).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from app.chat.carried import Carried
from app.chat.exchange import untrusted
from app.chat.exchange.growing import About, Grown, grow, in_a_row
from app.chat.exchange.untrusted import Fields, fields, items, missing, seconds, words
from app.chat.tree import Attachment, Role
from app.text import _

_ROLES: dict[str, Role] = {"user": "user", "assistant": "assistant", "tool": "assistant"}
# How it writes down thinking: a folded block whose lines are quoted.
_FOLDED = '<details type="reasoning"'
_HEADING = re.compile(r"[^>]{0,300}>\s{0,9}(?:<summary>[^<]{0,300}</summary>)?")


def recognises(value: Fields) -> bool:
    chat = fields(value.get("chat")) or value
    has_tree = isinstance(fields(chat.get("history")).get("messages"), dict)
    has_list = "chat" in value and isinstance(chat.get("messages"), list)
    return has_tree or has_list


def read(value: Fields) -> Carried:
    """One chat. Raises PaddockError."""
    chat = fields(value.get("chat")) or value
    history = fields(chat.get("history"))
    tree = fields(history.get("messages"))
    if tree:
        messages = [_grown(str(key), fields(message)) for key, message in _in_order(tree)]
    else:
        messages = in_a_row(_grown("", fields(message)) for message in items(chat.get("messages")))
    system = [words(fields(chat.get("params")).get("system")), words(chat.get("system"))]
    system += [words(fields(message).get("content")) for message in tree.values() if _is_system(message)]
    about = About(
        "openwebui",
        id=words(value.get("id")) or words(chat.get("id")),
        title=untrusted.title(value.get("title") or chat.get("title")),
        created_at=seconds(value.get("created_at")) or seconds(chat.get("timestamp")),
        changed_at=seconds(value.get("updated_at")),
        is_archived=value.get("archived") is True,
        is_pinned=value.get("pinned") is True,
        folder_name=untrusted.title(fields(value.get("folder")).get("name")),
        system_prompt=next((text.strip() for text in system if text.strip()), ""),
        tip=untrusted.key(history.get("currentId")) if tree else None,
    )
    return grow(about, messages)


def _is_system(message: object) -> bool:
    return fields(message).get("role") == "system"


def _in_order(tree: Fields) -> Iterator[tuple[str, object]]:
    """Siblings in the order in which their parent names them."""
    places = {
        child: place
        for message in tree.values()
        for place, child in enumerate(items(fields(message).get("childrenIds")))
        if isinstance(child, str)
    }
    yield from sorted(tree.items(), key=lambda pair: places.get(pair[0], 0))


def _grown(key: str, message: Fields) -> Grown:
    role = _ROLES.get(words(message.get("role")))
    error = fields(message.get("error")).get("content") or message.get("error")
    attachments = tuple(_attachments(message))
    named = {attachment.name for attachment in attachments}
    return Grown(
        key,
        untrusted.key(message.get("parentId")),
        role,
        text="\n\n".join(filter(None, (_text(message), *_missing(message, named)))),
        created_at=seconds(message.get("timestamp")),
        model=untrusted.title(message.get("model")) if role == "assistant" else "",
        status="failed" if words(error) else "interrupted" if message.get("done") is False else "done",
        note=words(error),
        attachments=attachments,
    )


def _text(message: Fields) -> str:
    content = message.get("content")
    if not isinstance(content, str):
        content = "\n\n".join(filter(None, (words(fields(part).get("text")) for part in items(content))))
    said, *folded = words(content).split(_FOLDED)
    return "".join((said, *map(_unfolded, folded))).strip()


def _unfolded(text: str) -> str:
    """What follows the beginning of a folded block: its lines as a thought, then what is said after it."""
    inside, _end, after = text.partition("</details>")
    heading = _HEADING.match(inside)
    quoted = html.unescape(inside[heading.end() :] if heading is not None else inside).strip()
    lines = (re.sub(r"^> ?", "", line) for line in quoted.splitlines())
    return untrusted.thinking("\n".join(lines)) + "\n" + after


def _attachments(message: Fields) -> Iterator[Attachment]:
    """Files whose text the export has."""
    for file in map(fields, items(message.get("files"))):
        text = words(fields(fields(file.get("file")).get("data")).get("content")) or words(file.get("content"))
        if text.strip():
            yield Attachment(untrusted.title(file.get("name")), text)


def _missing(message: Fields, named: set[str]) -> Iterator[str]:
    for file in map(fields, items(message.get("files"))):
        name = untrusted.title(file.get("name"))
        if file.get("type") == "image":
            yield missing(_("Image"), name)
        elif name and name not in named:
            yield missing(_("File"), name)
