"""Exports as other programs write them, made by code: of each, the parts that its reader has to get right."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any  # JSON of other programs

Json = dict[str, Any]


def chatgpt_node(
    key: str, parent: str | None, children: Sequence[str] = (), message: Json | None = None
) -> tuple[str, Json]:
    return key, {"id": key, "message": message, "parent": parent, "children": list(children)}


def chatgpt_message(role: str, *parts: object, kind: str = "text", **more: object) -> Json:
    return {
        "author": {"role": role},
        "content": {"content_type": kind, "parts": list(parts)},
        "create_time": 1_700_000_001.5,
        "metadata": {},
        **more,
    }


def chatgpt(*nodes: tuple[str, Json], current: str = "a1", **more: object) -> Json:
    """A question with two answers, of which the first is on screen, unless nodes are given."""
    usual = (
        chatgpt_node("root", None, ["sys"]),
        chatgpt_node("sys", "root", ["q"], chatgpt_message("system", "")),
        chatgpt_node("q", "sys", ["a1", "a2"], chatgpt_message("user", "Why is the sky blue?")),
        chatgpt_node("a2", "q", [], chatgpt_message("assistant", "No idea.")),
        chatgpt_node("a1", "q", [], chatgpt_message("assistant", "Rayleigh.", metadata={"model_slug": "gpt-x"})),
    )
    return {
        "title": "The sky",
        "create_time": 1_700_000_000.25,
        "update_time": 1_700_000_100.0,
        "conversation_id": "c-1",
        "current_node": current,
        "mapping": dict(nodes or usual),
        **more,
    }


def claude_message(uuid: str, sender: str, *blocks: Json, parent: str | None = None, **more: object) -> Json:
    linked = {} if parent is None else {"parent_message_uuid": parent}
    return {
        "uuid": uuid,
        "sender": sender,
        "text": "",
        "content": list(blocks),
        "created_at": "2024-05-01T10:00:00.250000Z",
        "attachments": [],
        "files": [],
        **linked,
        **more,
    }


def claude(*messages: Json, **more: object) -> Json:
    return {
        "uuid": "c-2",
        "name": "Bread",
        "created_at": "2024-05-01T10:00:00Z",
        "updated_at": "2024-05-01T11:00:00+00:00",
        "chat_messages": list(messages)
        or [
            claude_message("m1", "human", {"type": "text", "text": "How do I bake?"}),
            claude_message("m2", "assistant", {"type": "text", "text": "With heat."}),
        ],
        **more,
    }


def lmstudio(*messages: Json, **more: object) -> Json:
    return {
        "name": "Numbers",
        "pinned": True,
        "createdAt": 1_727_000_000_123,
        "systemPrompt": "",
        "messages": list(messages)
        or [
            lmstudio_message([lmstudio_said("user", "2 + 2?")]),
            lmstudio_message([lmstudio_answer("5"), lmstudio_answer("4", "It is a sum.")], 1),
        ],
        "lastUsedModel": {"identifier": "tiny-7b"},
        "perChatPredictionConfig": {"fields": [{"key": "llm.prediction.systemPrompt", "value": "Be exact."}]},
        **more,
    }


def lmstudio_message(versions: Sequence[Json], selected: int = 0) -> Json:
    return {"versions": list(versions), "currentlySelected": selected}


def lmstudio_said(role: str, text: str) -> Json:
    return {"type": "singleStep", "role": role, "content": [{"type": "text", "text": text}]}


def lmstudio_answer(text: str, thought: str = "") -> Json:
    thinking = {
        "type": "contentBlock",
        "content": [{"type": "text", "text": thought}],
        "style": {"type": "thinking", "ended": True},
    }
    said = {
        "type": "contentBlock",
        "content": [{"type": "text", "text": text}],
        "genInfo": {
            "identifier": "tiny-7b-q4",
            "stats": {
                "stopReason": "eosFound",
                "tokensPerSecond": 20.0,
                "timeToFirstTokenSec": 0.5,
                "promptTokensCount": 12,
                "predictedTokensCount": 40,
            },
        },
    }
    return {"type": "multiStep", "role": "assistant", "steps": [*([thinking] if thought else []), said]}


def jan_thread(**more: object) -> Json:
    return {
        "id": "thread-1",
        "object": "thread",
        "title": "Rivers",
        "created": 1_720_000_000,
        "updated": 1_720_000_500,
        "assistants": [
            {"assistant_id": "jan", "assistant_name": "Jan", "model": {"id": "tiny"}, "instructions": "Be kind."}
        ],
        **more,
    }


def jan_message(id_: str, role: str, text: str, **more: object) -> Json:
    return {
        "id": id_,
        "object": "thread.message",
        "thread_id": "thread-1",
        "role": role,
        "content": [{"type": "text", "text": {"value": text, "annotations": []}}],
        "status": "ready",
        "created_at": 1_720_000_001_000,
        **more,
    }


def openwebui(*messages: Json, current: str = "a2", **more: object) -> Json:
    listed = messages or (
        openwebui_message("q", None, "user", "Name a river.", ["a1", "a2"]),
        openwebui_message("a2", "q", "assistant", "The Rhine."),
        openwebui_message("a1", "q", "assistant", "The Nile."),
    )
    tree = {message["id"]: message for message in listed}
    return {
        "id": "w-1",
        "title": "A river",
        "created_at": 1_710_000_000,
        "updated_at": 1_710_000_900,
        "pinned": True,
        "archived": False,
        "chat": {
            "title": "A river",
            "params": {"system": "Be short."},
            "history": {"messages": tree, "currentId": current},
            "messages": [],
        },
        **more,
    }


def openwebui_message(
    id_: str, parent: str | None, role: str, content: str, children: Sequence[str] = (), **more: object
) -> Json:
    return {
        "id": id_,
        "parentId": parent,
        "childrenIds": list(children),
        "role": role,
        "content": content,
        "timestamp": 1_710_000_001,
        "model": "tiny:latest",
        **more,
    }


class Gpt4All:
    """Writes what GPT4All's reader reads, version by version."""

    def __init__(self, version: int) -> None:
        self.version = version

    def chat(self, items: Sequence[bytes], *, name: str = "Stars", has_state: bool = False) -> bytes:
        version = self.version
        head = b"\xf5\xd5\x53\xcc" + struct.pack(">i", version) + struct.pack(">q", 1_715_000_000)
        head += self.text("chat-id") + self.text(name) + self.text("") + self.text("tiny.gguf")
        if version >= 3:
            head += struct.pack(">I", 1) + self.text("My documents")
        if version < 11:
            head += self._state(has_state=has_state or version < 6)
        return head + struct.pack(">i", len(items)) + b"".join(items)

    def _state(self, *, has_state: bool) -> bytes:
        version = self.version
        made = struct.pack(">?", has_state) if version >= 6 else b""
        if version >= 2:
            made += struct.pack(">ii", 1, 0)
        made += self.text("") + self.text("") + struct.pack(">I", 7)
        if has_state:
            made += struct.pack(">I", 0) if version < 4 else b""
            made += struct.pack(">I", 3) + (struct.pack(">I", 2048) if version >= 7 else b"")
            if version < 9:
                made += struct.pack(">Q", 2) + struct.pack(">ff", 0.0, 0.0)
            made += struct.pack(">Q", 2) + struct.pack(">ii", 1, 2) + struct.pack(">I", 3) + b"abc"
        return made

    def item(
        self, name: str, value: str, *, parts: Sequence[bytes] = (), attachments: Sequence[tuple[str, bytes]] = ()
    ) -> bytes:
        version = self.version
        made = struct.pack(">i", 0) if version < 12 else b""
        made += self.text(name) + self.text(value) + (self.text("") if version < 10 else b"") + self.text("")
        made += struct.pack(">????", False, False, False, False)
        if version >= 11 and name == "Response: ":
            made += struct.pack(">?", False)
        if version >= 8:
            made += (
                struct.pack(">q", 1) + b"".join(self.text("x") for _field in range(7)) + struct.pack(">iii", 1, 2, 3)
            )
        elif version >= 3:
            made += self.text("") + struct.pack(">I", 0)
        if version >= 10:
            made += struct.pack(">q", len(attachments))
            made += b"".join(self.bytes_(url.encode()) + self.bytes_(content) for url, content in attachments)
        if version >= 12:
            made += struct.pack(">q", len(parts)) + b"".join(parts)
        return made

    def part(self, name: str, value: str, *, more: bytes = b"", parts: Sequence[bytes] = ()) -> bytes:
        return self.text(name) + self.text(value) + more + struct.pack(">q", len(parts)) + b"".join(parts)

    def tool(self, result: str) -> bytes:
        """What follows a tool call's text."""
        given = self.text("code") + struct.pack(">iI?", 0, 10, False) + self.text("1 + 1")
        return (
            self.text("javascript")
            + struct.pack(">q", 1)
            + given
            + self.text(result)
            + struct.pack(">i", 0)
            + self.text("")
        )

    def text(self, text: str) -> bytes:
        return self.bytes_(text.encode("utf-16-be"))

    def bytes_(self, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + content
