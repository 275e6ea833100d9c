"""What a conversation's name tells the engine; apart from what is done about it, which takes longer to import."""

from __future__ import annotations

TEMPORARY = "temporary/"  # what the name of a conversation begins with of which no state may be written


def is_temporary(conversation: str) -> bool:
    """Whether nothing of it may ever be written."""
    return conversation.startswith(TEMPORARY)
