"""Changing how an original is kept, of a document that was read: a copy is made inside, or let go of.

Never the only one: a copy goes only while its file is there with the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.documents.faults import DocumentFault
from app.documents.ingest.filling import copy
from app.documents.reader import FileSource, HashedSource
from app.documents.records import Document, Keeping
from app.documents.store.store import DocumentStore
from app.text import _

Stopped = Callable[[], bool]
OnBytes = Callable[[int], None]


def change_keeping(store: DocumentStore, number: int, document: Document, *, stop: Stopped, on_bytes: OnBytes) -> None:
    """As it is wanted of this document; `on_bytes` gets how many are done. Raises StorageFault.

    Where the file is another one by now, it waits to be read. Where it is not there, that is said of the document,
    which stays as it is. Stopped, it begins anew the next time.
    """
    try:
        if document.wanted == document.keeping == "inside":
            _clear_spare(store, number, "inside", stop)
        elif document.wanted == "inside":
            _bring_in(store, number, document, stop, on_bytes)
        elif document.keeping == "inside":
            _let_go(store, number, document, stop, on_bytes)
        else:
            _clear_spare(store, number, "reference", stop)
    except DocumentFault as fault:
        store.clear_spare(number, stop=stop)
        if not stop():
            store.leave_kept(number, fault.name, fault.message, fault.next_step)


def _bring_in(store: DocumentStore, number: int, document: Document, stop: Stopped, on_bytes: OnBytes) -> None:
    source = FileSource(Path(document.path))
    store.clear_spare(number, stop=stop)  # of what was broken off
    copied = copy(store, number, source, stop=stop, on_copied=on_bytes)
    if stop():
        return
    if copied.sha256 == document.sha256:
        store.keep(number, "inside", is_done=True)  # else its pieces are cleared in the next turn
    else:
        store.clear_spare(number, stop=stop)
        store.keep_anew(number, "inside")


def _let_go(store: DocumentStore, number: int, document: Document, stop: Stopped, on_bytes: OnBytes) -> None:
    source = HashedSource(FileSource(Path(document.path)))
    done = 0
    for piece in source.pieces():
        if stop():
            return
        done += len(piece)
        on_bytes(done)
    if source.sha256 != document.sha256:
        raise DocumentFault(
            "changed",
            _("The file has changed since it was read, so the copy of it was kept."),
            _("Read it again first."),
        )
    if store.keep(number, "reference", is_done=False):
        _clear_spare(store, number, "reference", stop)


def _clear_spare(store: DocumentStore, number: int, keeping: Keeping, stop: Stopped) -> None:
    """Of what is kept as it is wanted already, but for pieces that are still there."""
    store.clear_spare(number, stop=stop)
    if not stop():
        store.keep(number, keeping, is_done=True)
