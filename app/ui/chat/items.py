"""What the chat screen is given, and what it asks for: frozen values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Role = Literal["user", "assistant"]
Status = Literal["done", "streaming", "stopped", "interrupted", "failed", "length", "context"]


@dataclass(frozen=True, slots=True)
class MessageItem:
    """One message of the branch on screen.

    `note`: while streaming, what happens before words come ("Reading… 42 %"); when failed, the sentence and, on
    a second line, the next step. `version` counts from 1. `stats` is the quiet line shown on hover. `is_asking`:
    the note says how long the model has been silent, and the person is asked whether to go on waiting.
    """

    id: str
    role: Role
    text: str
    status: Status = "done"
    version: int = 1
    versions: int = 1
    note: str = ""
    stats: str = ""
    is_asking: bool = False


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where the model's view of the branch begins: at `message_id`, with `left_out` messages of the branch above it.

    Of those it sees `summary`; empty: nothing.
    """

    message_id: str
    left_out: int
    summary: str = ""


@dataclass(frozen=True, slots=True)
class CopyRequested:
    text: str


@dataclass(frozen=True, slots=True)
class EditRequested:
    """Editing begins in place; nothing needs to be done."""

    id: str


@dataclass(frozen=True, slots=True)
class EditSubmitted:
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class RegenerateRequested:
    id: str


@dataclass(frozen=True, slots=True)
class RetryRequested:
    id: str


@dataclass(frozen=True, slots=True)
class SilenceAnswered:
    """Of the answer `id`, which has said nothing for long: go on waiting, or stop it."""

    id: str
    goes_on: bool


@dataclass(frozen=True, slots=True)
class VersionRequested:
    id: str
    step: int
    """+1 or -1."""


@dataclass(frozen=True, slots=True)
class LinkRequested:
    url: str


@dataclass(frozen=True, slots=True)
class SendRequested:
    text: str


@dataclass(frozen=True, slots=True)
class ChatEntry:
    """One row of the list of chats. `changed` is in local time."""

    id: str
    title: str
    changed: datetime
    is_busy: bool = False


@dataclass(frozen=True, slots=True)
class ChatRequested:
    """Open or delete this chat."""

    id: str


@dataclass(frozen=True, slots=True)
class RenameRequested:
    id: str
    title: str
