"""Removing documents for good, with what chats and the engine kept of them.

What quotes them goes first and they themselves last: ended in between, they are still there to be removed once more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from app.chat.store import ChatStore
from app.chat.temporary import UNNAMED
from app.documents.records import Receipt
from app.engine import names

OF_NO_CHAT = (UNNAMED, "")
"""What the engine may have read of documents besides: for a chat that has not begun, and to take notes."""


def erase(
    document_ids: Sequence[str],
    remove: Callable[[], Receipt],
    *,
    with_answers: bool,
    stores: Sequence[ChatStore],
    forget: Callable[[str], object],
) -> Receipt:
    """Their passages leave the answers that were given from them; `with_answers` these answers go as well, hidden ones
    included, and nothing of that can be undone.

    `remove` removes the documents, `forget` what the engine read of a conversation. The receipt names the answers that
    quoted them, in all `stores`. Blocks until all of it is gone.
    """
    quoting = [one.message_id for chats in stores for one in chats.quoting(document_ids)]
    _leave_chats(document_ids, stores, forget, with_answers=with_answers)
    receipt = remove()
    # Once more: an answer may have been under way that had read them already.
    _leave_chats(document_ids, stores, forget, with_answers=with_answers)
    return replace(receipt, quoting=tuple(quoting))


def _leave_chats(
    document_ids: Sequence[str],
    stores: Sequence[ChatStore],
    forget: Callable[[str], object],
    *,
    with_answers: bool,
) -> None:
    homes: list[str] = []
    for chats in stores:
        homes += chats.asking(document_ids)
        homes += [
            chat.id for chat in chats.conversations() if names.is_temporary(chat.id)
        ]  # nothing says what they ask
        homes += chats.remove_answers(document_ids) if with_answers else ()
        homes += chats.forget_documents(document_ids)
    for home in dict.fromkeys((*homes, *OF_NO_CHAT)):
        forget(home)
