"""Chats into a profile. Each is a transaction of its own, so what was brought in stays, whatever comes after it."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from app.chat.exchange import reading
from app.chat.exchange.forms import Brought, Found, OnProgress, Problem
from app.chat.store import ChatStore
from app.errors import Cancelled


def known_ids(chats: ChatStore) -> frozenset[str]:
    """Of all chats that are here, those in the bin included."""
    return frozenset(conversation.id for conversation in (*chats.conversations(), *chats.binned()))


def already_here(found: Found, known: frozenset[str]) -> int:
    return sum(1 for id_ in found.ids if id_ in known)


def bring(
    chats: ChatStore,
    paths: Iterable[Path],
    *,
    folder_name: str | None = None,
    with_known: bool = False,
    on_progress: OnProgress | None = None,
    stop: threading.Event | None = None,
) -> Brought:
    """Bring in all chats of `paths`. `folder_name`: for all of them, empty for none; None: as their file has it.

    Chats that are here already are left alone, or come once more with `with_known`. Raises StorageFault.
    """
    here = set() if with_known else set(known_ids(chats))
    ids: list[str] = []
    problems: list[Problem] = []
    known = 0
    try:
        for one in reading.read(paths, on_progress=on_progress, stop=stop):
            if isinstance(one, Problem):
                problems += [one] if len(problems) < reading.MOST_PROBLEMS else []
            elif one.conversation.id in here:
                known += 1
            else:
                here.add(one.conversation.id)
                placed = one if folder_name is None else replace(one, folder_name=folder_name)
                ids += chats.bring_in([placed])
    except Cancelled:
        return Brought(tuple(ids), known, tuple(problems), is_whole=False)
    return Brought(tuple(ids), known, tuple(problems))
