"""The documents and collections that a chat asks, as its composer shows them: a name, and how far or how much it is."""

from __future__ import annotations

from app.core import Core
from app.documents.answering.said import parts_words
from app.documents.records import LOCKED, Collection, Document, Progress, Scope
from app.frozen import dataclass
from app.settings import READ_SCANS
from app.text import _, plural
from app.ui.chat.items import AskedItem


@dataclass(frozen=True, slots=True)
class Found:
    """What there is of a scope. `can_recognise`: scanned pages can be read here; `recognises`: the person wants it."""

    scope: Scope
    documents: tuple[Document, ...]
    collections: tuple[Collection, ...]
    progress: Progress | None = None
    can_recognise: bool = False
    recognises: bool = False


def find(core: Core, scope: Scope) -> Found:
    """On a worker. What is gone is not in its scope any more."""
    library = core.documents
    documents = library.documents(ids=scope.document_ids) if scope.document_ids else ()
    collections = tuple(one for one in library.collections() if one.id in scope.collection_ids)
    is_waiting = any(document.status in ("waiting", "reading") for document in documents)
    progress = library.progress() if is_waiting else None
    here = {document.id for document in documents} | {collection.id for collection in collections}
    left = scope.without({*scope.document_ids, *scope.collection_ids} - here)
    if not any(document.scans for document in documents):
        return Found(left, documents, collections, progress)
    from app.documents import reader  # late: few documents are scans

    return Found(left, documents, collections, progress, bool(reader.ocr_languages()), core.settings.get(READ_SCANS))


def asked_items(found: Found) -> tuple[AskedItem, ...]:
    """Collections first, then documents in the order in which they were added."""
    by_id = {document.id: document for document in found.documents}
    documents = [by_id[one] for one in found.scope.document_ids if one in by_id]
    collections = [_of_collection(collection) for collection in found.collections]
    return (*collections, *(_of_document(document, found) for document in documents))


def _of_collection(collection: Collection) -> AskedItem:
    words = plural("{count} document", "{count} documents", collection.documents)
    return AskedItem(Scope(collection_ids=(collection.id,)), collection.name, words)


def _of_document(document: Document, found: Found) -> AskedItem:
    scope = Scope(document_ids=(document.id,))
    name = document.name
    match document.status:
        case "failed" if document.fault_name in LOCKED:
            return AskedItem(scope, name, _("Unlock…"), "failed", fault=document.fault, deed="unlock")
        case "failed":
            fault = f"{document.fault} {document.next_step}".strip()
            return AskedItem(scope, name, _("cannot be read"), "failed", fault=fault)
        case "missing":
            fault = _("Its file is gone. What was read of it before can still be asked.")
            return AskedItem(scope, name, _("file is gone"), "failed", fault=fault)
        case "away":
            fault = _("The drive or folder that it is in is not there. What was read of it before can still be asked.")
            return AskedItem(scope, name, _("not connected"), "failed", fault=fault)
        case "waiting" | "reading":
            return _of_unread(document, scope, found.progress)
        case "read" if document.scans and not (found.can_recognise and found.recognises):
            words = plural("{count} page is a picture", "{count} pages are pictures", document.scans)
            fault = _("What stands on them cannot be found.")
            return AskedItem(scope, name, words, fault=fault, deed="scans")
        case "read":
            return AskedItem(scope, name, parts_words(document.parts, document.part_name))


def _of_unread(document: Document, scope: Scope, progress: Progress | None) -> AskedItem:
    if document.status == "reading" and progress is not None:
        percent = _("{percent} %").format(percent=int(100 * progress.fraction))
        return AskedItem(scope, document.name, percent, "reading", progress.fraction)
    is_paused = progress is not None and progress.is_paused and progress.pause_reason != "answer"
    return AskedItem(scope, document.name, _("paused") if is_paused else _("waits"), "waiting")
