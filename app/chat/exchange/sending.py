"""Chats out of a profile, one at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.chat.carried import Carried
from app.chat.exchange import writing
from app.chat.exchange.forms import Form, OnProgress, Printer, Written
from app.chat.store import ChatStore


def everything(chats: ChatStore) -> tuple[str, ...]:
    """All that is not in the bin, archived chats included, the last changed first."""
    return tuple(conversation.id for conversation in chats.conversations())


def send(
    chats: ChatStore,
    ids: Sequence[str],
    target: Path,
    form: Form,
    *,
    printer: Printer | None = None,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
) -> Written:
    """Export these chats; ids of chats that are gone are passed over. Raises what `writing.write` raises."""
    return writing.write(
        _carried(chats, ids), target, form, total=len(ids), printer=printer, on_progress=on_progress, stop=stop
    )


def _carried(chats: ChatStore, ids: Sequence[str]) -> Iterator[Carried]:
    for id_ in ids:
        if chats.conversation(id_) is not None:
            yield chats.carried(id_)
