"""All of a profile's conversations behind one name; its parts have one reason to change each, and a file each."""

from __future__ import annotations

from app.chat.store.copies import Copies
from app.chat.store.drafts import Drafts
from app.chat.store.erasing import Erasing
from app.chat.store.grounding import Grounding
from app.chat.store.lists import Lists
from app.chat.store.prompts import Prompts
from app.chat.store.search import Search
from app.chat.store.turns import Turns


class ChatStore(Lists, Turns, Erasing, Copies, Search, Drafts, Prompts, Grounding):
    """Conversations in the profile's database. Every call waits for its transaction unless it says otherwise."""
