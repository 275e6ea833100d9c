"""LM Studio's conversations: one JSON file each, a row of messages with versions, answers made of steps.

Fields as read by YorkieDev/lm-studio-conversation-converter, script.js (versions, currentlySelected, steps, genInfo).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.chat.carried import Carried
from app.chat.exchange import untrusted
from app.chat.exchange.growing import About, Grown, grow
from app.chat.exchange.untrusted import Fields, count, fields, items, missing, seconds, words
from app.chat.tree import Role, Stats, Status
from app.text import _

_ROLES: dict[str, Role] = {"user": "user", "assistant": "assistant", "tool": "assistant"}
_STATUS: dict[str, Status] = {
    "userStopped": "stopped",
    "maxPredictedTokensReached": "length",
    "contextLengthReached": "context",
    "failed": "failed",
}
_PROMPT_FIELD = "llm.prediction.systemPrompt"


def recognises(value: Fields) -> bool:
    messages = items(value.get("messages"))
    has_versions = any("versions" in fields(message) for message in messages[:8])
    return has_versions or (not messages and isinstance(messages, list) and "perChatPredictionConfig" in value)


def read(value: Fields) -> Carried:
    """One conversation. Raises PaddockError."""
    created = value.get("createdAt")
    created_at = seconds(created)
    about = About(
        "lmstudio",
        id=str(created) if created_at else "",  # the file has no other id, and milliseconds are one
        title=untrusted.title(value.get("name")),
        created_at=created_at,
        changed_at=seconds(value.get("userLastMessagedAt")) or seconds(value.get("assistantLastMessagedAt")),
        is_pinned=value.get("pinned") is True,
        system_prompt=_system_prompt(value).strip(),
    )
    model = untrusted.title(fields(value.get("lastUsedModel")).get("identifier"))
    messages: list[Grown] = []
    parent: str | None = None
    for row, message in enumerate(map(fields, items(value.get("messages")))):
        versions = items(message.get("versions")) or ((message,) if "content" in message else ())
        chosen = message.get("currentlySelected")
        for number, version in enumerate(versions):
            messages.append(_grown(fields(version), f"{row}/{number}", parent, model))
        if versions:
            is_there = isinstance(chosen, int) and 0 <= chosen < len(versions)
            parent = f"{row}/{chosen if is_there else len(versions) - 1}"
    return grow(replace(about, tip=parent), messages)


def _system_prompt(value: Fields) -> str:
    for field in items(fields(value.get("perChatPredictionConfig")).get("fields")):
        if fields(field).get("key") == _PROMPT_FIELD and words(fields(field).get("value")):
            return words(fields(field).get("value"))
    return words(value.get("systemPrompt"))


def _grown(version: Fields, key: str, parent: str | None, model: str) -> Grown:
    role = _ROLES.get(words(version.get("role")))
    steps = [fields(step) for step in items(version.get("steps"))]
    information = next((found for step in reversed(steps) if (found := fields(step.get("genInfo")))), untrusted.NOTHING)
    stats = fields(information.get("stats"))
    text = words(version.get("content")) or "\n".join(filter(None, _texts(version.get("content"))))
    said = (
        untrusted.title(information.get("identifier"))
        or untrusted.title(fields(version.get("senderInfo")).get("senderName"))
        or model
    )
    return Grown(
        key,
        parent,
        role,
        text="\n\n".join(filter(None, (text, *map(_step, steps)))),
        model=said if role == "assistant" else "",
        status=_STATUS.get(words(stats.get("stopReason")), "done"),
        stats=_stats(stats),
    )


def _step(step: Fields) -> str:
    if step.get("type") != "contentBlock":
        return ""
    text = "".join(_texts(step.get("content")))
    if fields(step.get("style")).get("type") == "thinking" and text.strip():
        return untrusted.thinking(text)
    return untrusted.fenced(text, "text") if step.get("role") == "tool" and text.strip() else text


def _texts(content: object) -> Iterator[str]:
    for part in map(fields, items(content)):
        kind = words(part.get("type"))
        if kind == "text":
            yield words(part.get("text"))
        elif kind == "file":
            yield missing(_("File"), words(part.get("name")) or words(part.get("fileIdentifier")))
        elif kind == "toolCallResult":
            yield words(part.get("content"))


def _stats(stats: Fields) -> Stats | None:
    """None where there are no figures. The time of decoding is what its own rate makes of its tokens."""
    answer = count(stats.get("predictedTokensCount"))
    if not answer:
        return None
    rate, first = stats.get("tokensPerSecond"), stats.get("timeToFirstTokenSec")
    is_rate = isinstance(rate, int | float) and 0 < rate < 1e6
    return Stats(
        prompt_tokens=count(stats.get("promptTokensCount")),
        reused_tokens=0,
        answer_tokens=answer,
        first_token_s=float(first) if isinstance(first, int | float) and 0 <= first < 1e6 else 0.0,
        decode_s=answer / float(rate) if is_rate and isinstance(rate, int | float) else 0.0,
    )
