"""What the Documents page says about files, amounts and what is being done: short, and never more exact than it is."""

from __future__ import annotations

from collections.abc import Sequence

from app.documents.answering.said import parts_words
from app.documents.records import Document, Progress
from app.text import _, decimal, grouped, plural
from app.ui.documents.page.shown import CollectionShown
from app.ui.models.page.wording import joined, span

UNREAD = ("waiting", "reading")
_STRETCHES = ("section", "rows")  # what a file without parts is divided into: not worth counting where it is one
_OCR_PAGE_S = 2.0  # of two cores, for a page of A4


def document(shown: Document) -> str:
    """The quiet line below its name."""
    match shown.status:
        case "waiting":
            return joined((_("Waits to be read"), size(shown.size_bytes)))
        case "reading":
            return _("Is being read…")
        case "failed":
            return shown.fault
        case "missing":
            return _("The file is not where it was. What was read of it can still be asked.")
        case "read":
            has_parts = shown.parts != 1 or shown.part_name not in _STRETCHES
            parts = parts_words(shown.parts, shown.part_name) if has_parts else ""
            return joined((parts, size(shown.size_bytes), _left_out(shown)))


def _left_out(shown: Document) -> str:
    """What a person has to know of a document that was read."""
    if shown.hidden:
        return plural("{count} hidden stretch of text", "{count} hidden stretches of text", shown.hidden)
    if shown.scans:
        return plural("{count} page is a picture", "{count} pages are pictures", shown.scans)
    return shown.notes[0] if shown.notes else ""


def size(size_bytes: int) -> str:
    """ "3 KB", "2.1 MB"."""
    if size_bytes < 950_000:
        return _("{size} KB").format(size=grouped(max(1, round(size_bytes / 1e3))))
    megabytes = size_bytes / 1e6
    return _("{size} MB").format(size=decimal(megabytes) if megabytes < 9.95 else grouped(round(megabytes)))


def spoken(shown: Document) -> str:
    """A document as a screen reader says it."""
    return ". ".join(part.rstrip(".") for part in (shown.name, document(shown), shown.next_step) if part) + "."


def about(shown: Document) -> str:
    """All that is known of it, for the tooltip."""
    lines = (shown.name, shown.path, shown.title, document(shown), shown.next_step, *shown.notes)
    return "\n".join(dict.fromkeys(line for line in lines if line))


def collection(shown: CollectionShown) -> str:
    """ "12 documents · 340 pages · 3 still to be read · 1 could not be read"."""
    documents = shown.documents
    if not documents:
        return _("Nothing in it yet")
    unread = sum(one.status in UNREAD for one in documents)
    failed = sum(one.status == "failed" for one in documents)
    return joined(
        (
            counted(len(documents)),
            parts(documents),
            _("{count} still to be read").format(count=grouped(unread)) if unread else "",
            plural("{count} could not be read", "{count} could not be read", failed) if failed else "",
        )
    )


def counted(count: int) -> str:
    """ "12,345 documents"."""
    return _apart(plural("{count} document", "{count} documents", count), count)


def parts(documents: Sequence[Document]) -> str:
    """ "340 pages", or parts where they are of several kinds; nothing where none was read."""
    names = {one.part_name for one in documents if one.parts}
    count = sum(one.parts for one in documents)
    if count <= len(documents) and names <= {*_STRETCHES, "mail"}:
        return ""
    return _apart(parts_words(count, next(iter(names)) if len(names) == 1 else None), count)


def title(shown: CollectionShown) -> str:
    return _("Files of chats") if shown.collection is None else shown.collection.name


def where(shown: CollectionShown) -> str:
    """The folder that it is kept in step with."""
    if shown.collection is None:
        return _("Added in a chat, and in no collection.")
    return shown.collection.folder


def work(progress: Progress) -> str:
    """What is being done just now; nothing when idle."""
    if not is_working(progress):
        return ""
    if progress.is_paused:
        return _paused(progress)
    if progress.current:
        return _("Reading {name}").format(name=progress.current)
    return _("Reading") if progress.documents_left else _("Making it searchable by meaning")


def rest(progress: Progress) -> str:
    """How far it is, and how long all of it takes: "40 % · 2 documents to go · about 2 min left"."""
    if not is_working(progress):
        return ""
    percent = _("{percent} %").format(percent=int(100 * progress.fraction)) if progress.current else ""
    is_known = progress.left_s and not progress.is_paused
    left = _("about {time} left").format(time=span(progress.left_s or 0.0)) if is_known else ""
    return joined((percent, _rest(progress), left))


def is_working(progress: Progress) -> bool:
    return bool(progress.current or progress.documents_left or progress.chunks_left)


def _paused(progress: Progress) -> str:
    if progress.pause_reason == "battery":
        return _("Waits until the computer is plugged in")
    if progress.pause_reason == "answer":
        return _("Waits while an answer is written")
    return _("Paused")


def _rest(progress: Progress) -> str:
    if progress.documents_left:
        return _("{documents} to go").format(documents=counted(progress.documents_left))
    passages = plural("{count} passage", "{count} passages", progress.chunks_left)
    return _("{passages} to go").format(passages=_apart(passages, progress.chunks_left))


def _apart(words: str, count: int) -> str:
    """The count in the words with its thousands apart."""
    return words.replace(str(count), grouped(count), 1)


def scans(count: int, *, can_recognise: bool) -> str:
    """On pages that are pictures."""
    found = plural(
        "{count} page is a scan: a picture, without text that could be found.",
        "{count} pages are scans: pictures, without text that could be found.",
        count,
    )
    if can_recognise:
        offer = _("They can be read here, which takes about {time} and makes some mistakes.")
        return f"{found} {offer.format(time=span(count * _OCR_PAGE_S))}"
    return f"{found} " + _("To have them read, install tesserocr with its language data, and start Paddock again.")
