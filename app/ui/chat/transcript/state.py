"""What holds for all messages of the transcript at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TranscriptState:
    """`is_idle`: nothing is being answered, so that messages may change. `can_read`: this system has a voice.
    `read_id`: the message that it is reading."""

    is_idle: bool = True
    can_read: bool = False
    read_id: str = ""
