"""A conversation on its way in or out of the profile: everything that is known of it, and nothing of where it was."""

from __future__ import annotations

from app.chat.tree import Conversation, Cut, Message
from app.documents.records import NO_DOCUMENTS, Scope
from app.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Carried:
    """All messages of all versions, parents before children. `folder_name` is empty outside of folders."""

    conversation: Conversation
    messages: tuple[Message, ...]
    cuts: tuple[Cut, ...] = ()
    folder_name: str = ""
    scope: Scope = NO_DOCUMENTS
    """Documents that it asks. Elsewhere than in the profile that it comes from, nobody knows them."""
