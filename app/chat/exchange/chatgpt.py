"""ChatGPT's export: a tree of nodes per conversation, hidden ones and tools among them.

Layout as described in mitkury/chatgpt-export-parser, docs/chatgpt-data-export-format.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.chat.carried import Carried
from app.chat.exchange import untrusted
from app.chat.exchange.growing import About, Grown, grow
from app.chat.exchange.untrusted import Fields, fields, items, missing, seconds, words
from app.chat.tree import Role, Status
from app.text import _

_ROLES: dict[str, Role] = {"user": "user", "assistant": "assistant", "tool": "assistant"}
_UNSEEN = frozenset({"user_editable_context", "model_editable_context", "reasoning_recap", "tether_browsing_display"})
_STATUS: dict[str, Status] = {"max_tokens": "length", "interrupted": "stopped"}
_MOST_REFERENCES = 1_000  # of one message
_MARK = re.compile("\ue200[^\ue200\ue201]{0,2000}\ue201|[\ue200-\ue20f]")


def recognises(value: Fields) -> bool:
    return isinstance(value.get("mapping"), dict)


def read(value: Fields) -> Carried:
    """One conversation. Raises PaddockError."""
    nodes = [(str(key), fields(node)) for key, node in fields(value.get("mapping")).items()]
    about = About(
        "chatgpt",
        id=words(value.get("conversation_id")) or words(value.get("id")),
        title=untrusted.title(value.get("title")),
        created_at=seconds(value.get("create_time")),
        changed_at=seconds(value.get("update_time")),
        is_archived=value.get("is_archived") is True,
        is_pinned=value.get("is_starred") is True,
        system_prompt="\n\n".join(filter(None, (_instructions(fields(node.get("message"))) for _key, node in nodes))),
        tip=untrusted.key(value.get("current_node")),
    )
    return grow(about, [_grown(key, node) for key, node in _in_order(nodes)])


def _in_order(nodes: list[tuple[str, Fields]]) -> Iterator[tuple[str, Fields]]:
    """Siblings in the order in which their parent names them, which is that of writing."""
    places = {
        child: place
        for _key, node in nodes
        for place, child in enumerate(items(node.get("children")))
        if isinstance(child, str)
    }
    yield from sorted(nodes, key=lambda pair: places.get(pair[0], 0))


def _grown(key: str, node: Fields) -> Grown:
    message, parent = fields(node.get("message")), untrusted.key(node.get("parent"))
    metadata = fields(message.get("metadata"))
    role = _ROLES.get(words(fields(message.get("author")).get("role")))
    is_hidden = metadata.get("is_visually_hidden_from_conversation") is True or message.get("weight") == 0
    if role is None or is_hidden:
        return Grown(key, parent, None)
    finish = words(fields(metadata.get("finish_details")).get("type"))
    return Grown(
        key,
        parent,
        role,
        text="\n\n".join(filter(None, (_content(message), *_attached(metadata)))),
        created_at=seconds(message.get("create_time")),
        model=untrusted.title(metadata.get("model_slug")) if role == "assistant" else "",
        status=_STATUS.get(finish, "interrupted" if message.get("status") == "in_progress" else "done"),
    )


def _instructions(message: Fields) -> str:
    """What the person told it once and for all, and what a system message says openly."""
    metadata = fields(message.get("metadata"))
    told = fields(metadata.get("user_context_message_data"))
    if metadata.get("is_user_system_message") is True and told:
        parts = (words(told.get("about_user_message")), words(told.get("about_model_message")))
        return "\n\n".join(part.strip() for part in parts if part.strip())
    is_system = fields(message.get("author")).get("role") == "system"
    if is_system and metadata.get("is_visually_hidden_from_conversation") is not True:
        return _parts(fields(message.get("content"))).strip()
    return ""


def _content(message: Fields) -> str:
    content = fields(message.get("content"))
    kind = words(content.get("content_type"))
    text = words(content.get("text"))
    if kind in _UNSEEN:
        return ""
    if kind == "thoughts":
        thoughts = "\n\n".join(filter(None, map(_thought, items(content.get("thoughts")))))
        return untrusted.thinking(thoughts) if thoughts else ""
    if kind == "code":
        return untrusted.fenced(text, words(content.get("language"))) if text.strip() else ""
    if kind == "execution_output":
        return untrusted.fenced(text, "text") if text.strip() else ""
    if kind == "tether_quote":
        quoted = "\n".join(f"> {line}" for line in text.splitlines())
        return "\n".join(filter(None, (words(content.get("title")), words(content.get("url")), quoted)))
    said = _parts(content) or text or words(content.get("result"))
    if fields(message.get("author")).get("role") == "tool" and said.strip() and kind == "text":
        return untrusted.fenced(said, "text")
    return _cited(said, fields(message.get("metadata")))


def _thought(value: object) -> str:
    thought = fields(value)
    heading, content = words(thought.get("summary")), words(thought.get("content"))
    return "\n\n".join(filter(None, (f"**{heading}**" if heading else "", content)))


def _parts(content: Fields) -> str:
    return "\n".join(filter(None, map(_part, items(content.get("parts")))))


def _part(part: object) -> str:
    if isinstance(part, str):
        return words(part)
    kind = words(fields(part).get("content_type"))
    if "image" in kind:
        return missing(_("Image"), words(fields(fields(part).get("metadata")).get("title")))
    if kind == "audio_transcription":
        return words(fields(part).get("text"))
    if "audio" in kind or "video" in kind:
        return ""  # what was said in it comes as its transcription
    return words(fields(part).get("text")) or (missing(kind.replace("_", " ")) if kind else "")


def _attached(metadata: Fields) -> Iterator[str]:
    """Names of the files that went with a question; what is in them, the export does not have."""
    for attachment in items(metadata.get("attachments")):
        if name := words(fields(attachment).get("name")):
            yield missing(_("Attachment"), name)


def _cited(text: str, metadata: Fields) -> str:
    """With links in the place of the marks that only ChatGPT's own page turns into links."""
    for reference in items(metadata.get("content_references"))[:_MOST_REFERENCES]:
        mark = words(fields(reference).get("matched_text"))
        if mark.strip() and mark in text:
            text = _put(text, mark, _link(fields(reference)) or words(fields(reference).get("alt")))
    for citation in items(metadata.get("citations"))[:_MOST_REFERENCES]:
        about = fields(fields(citation).get("metadata"))
        mark = words(fields(about.get("extra")).get("cited_message_text")) or words(about.get("matched_text"))
        if mark.strip() and mark in text:
            text = _put(text, mark, _as_link(words(about.get("title")), words(about.get("url"))))
    return _MARK.sub("", text)


def _put(text: str, mark: str, link: str) -> str:
    """`link` in the place of `mark`, with a space before it where words stand there."""
    before, _mark, after = text.partition(mark)
    return before + (" " if link and before[-1:].strip() else "") + link + after


def _link(reference: Fields) -> str:
    links = []
    for item in items(reference.get("items")) or (reference,):
        if link := _as_link(words(fields(item).get("title")), words(fields(item).get("url"))):
            links.append(link)
    return f"({', '.join(links)})" if links else ""


def _as_link(title: str, url: str) -> str:
    if not url.startswith(("https://", "http://")) or re.search(r"[\s<>]", url):
        return ""
    shown = untrusted.title(title).replace("[", "(").replace("]", ")") or url
    return f"[{shown}](<{url}>)"
