"""Removing documents for good, with what chats and the engine kept of them.

What quotes them goes first and they themselves last: ended in between, they are still there to be removed once more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.chat.store import ChatStore
from app.documents.records import Receipt


def erase(
    document_ids: Sequence[str],
    remove: Callable[[], Receipt],
    *,
    with_answers: bool,
    stores: Sequence[ChatStore],
    forget: Callable[[str], object],
) -> Receipt:
    """Their passages leave the answers that were given from them; `with_answers` these answers go as well.

    `remove` removes the documents, `forget` what the engine read of a conversation. The receipt names the answers that
    quoted them, in all `stores`. Blocks until all of it is gone.
    """
    quoting: list[str] = []
    for chats in stores:
        quoted = tuple(one.message_id for one in chats.quoting(document_ids))
        quoting += quoted
        homes = chats.forget_documents(document_ids)
        if with_answers and quoted:
            homes += chats.purge_messages(chats.delete_messages(quoted))
        for home in dict.fromkeys(homes):
            forget(home)
    receipt = remove()
    for chats in stores:  # once more: an answer may have been under way that had read them already
        for home in chats.forget_documents(document_ids):
            forget(home)
    return replace(receipt, quoting=tuple(quoting))
