"""What the Documents page says about files, amounts and what is being done: short, and never more exact than it is."""

from __future__ import annotations

from collections.abc import Sequence

from app.documents.answering.said import parts_words
from app.documents.records import Document, FileProgress, Progress, Step
from app.text import _, decimal, grouped, plural
from app.ui.documents.page.shown import CollectionShown
from app.ui.models.page.wording import joined, span

UNREAD = ("waiting", "reading")
_STRETCHES = ("section", "rows")  # what a file without parts is divided into: not worth counting where it is one
_OCR_PAGE_S = 2.0  # of two cores, for a page of A4


def document(shown: Document, at_work: FileProgress | None = None) -> str:
    """The quiet line below its name; `at_work` where something is being done with it just now."""
    if at_work is not None and _is_under_way(at_work):
        return step(at_work, shown)
    match shown.status:
        case "waiting":
            return joined((_("Waits to be read"), size(shown.size_bytes)))
        case "reading":
            return _("Is being read…")
        case "failed":
            return shown.fault
        case "missing":
            return _("The file is not where it was. What was read of it can still be asked.")
        case "away":
            return _("Its drive or folder is not here now. What was read of it can still be asked.")
        case "read":
            has_parts = shown.parts != 1 or shown.part_name not in _STRETCHES
            parts = parts_words(shown.parts, shown.part_name) if has_parts else ""
            return joined((parts, size(shown.size_bytes), _kept(shown), _left_out(shown)))


def step(at_work: FileProgress, shown: Document | None = None) -> str:
    """How far a document is, and how long it takes: "12 of 193 pages · about 40 s left"."""
    left = _("about {time} left").format(time=span(at_work.seconds_left)) if at_work.seconds_left is not None else ""
    return joined((_done(at_work, shown), left))


def _is_under_way(at_work: FileProgress) -> bool:
    """What only waits to be made searchable by meaning has been read, which says more."""
    return at_work.step in ("reading", "keeping") or (at_work.step == "embedding" and at_work.done > 0)


def _done(at_work: FileProgress, shown: Document | None) -> str:
    match at_work.step:
        case "waiting":
            return _("Waits to be read")
        case "keeping":
            return _("Is being copied into the profile, {percent} %").format(percent=int(100 * at_work.fraction))
        case "embedding":
            passages = plural("{count} passage", "{count} passages", at_work.of)
            words = _("{done} of {passages} searchable by meaning")
            return words.format(done=grouped(at_work.done), passages=_apart(passages, at_work.of))
        case "reading" if at_work.of:
            name = shown.part_name if shown is not None and shown.kind else None
            parts = _apart(parts_words(at_work.of, name), at_work.of)
            return _("{done} of {parts}").format(done=grouped(at_work.done), parts=parts)
        case "reading":
            return _("Is being read")


def is_locked(shown: Document) -> bool:
    """Whether a password would open it."""
    return shown.fault_name in ("encrypted", "password")


def _kept(shown: Document) -> str:
    """Where its original is, if not where it was found."""
    if shown.wanted == "inside":
        return _("a copy is being made")
    return _("kept inside") if shown.keeping == "inside" else ""


def _left_out(shown: Document) -> str:
    """What a person has to know of a document that was read."""
    if shown.fault:  # it was read, but its copy could not be made
        return shown.fault
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


def spoken(shown: Document, line: str) -> str:
    """A document as a screen reader says it; `line` is the one below its name."""
    return ". ".join(part.rstrip(".") for part in (shown.name, line, shown.next_step) if part) + "."


def about(shown: Document) -> str:
    """All that is known of it, for the tooltip."""
    lines = (shown.name, shown.path, shown.title, document(shown), shown.next_step, *shown.notes)
    return "\n".join(dict.fromkeys(line for line in lines if line))


def collection(shown: CollectionShown) -> str:
    """ "12 documents · 340 pages · 3 still to be read · 1 could not be read"."""
    documents = shown.documents
    if not documents and not shown.left_out:
        return _("Nothing in it yet")
    unread = sum(one.status in UNREAD for one in documents)
    failed = sum(one.status == "failed" for one in documents)
    away = sum(one.status == "away" for one in documents)
    return joined(
        (
            counted(len(documents)),
            parts(documents),
            _("{count} still to be read").format(count=grouped(unread)) if unread else "",
            plural("{count} could not be read", "{count} could not be read", failed) if failed else "",
            _("{count} away now").format(count=grouped(away)) if away else "",
            _("{count} left out").format(count=grouped(shown.left_out)) if shown.left_out else "",
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
        words = _("Copying {name} into the profile") if _is(progress, "keeping") else _("Reading {name}")
        return words.format(name=progress.current)
    if progress.documents_left:
        return _("Reading")
    if progress.chunks_left:
        return _("Making it searchable by meaning")
    return _("Checking every file")


def file(progress: Progress, shown: Document | None) -> str:
    """How far the document at work is: "12 of 193 pages · about 40 s left"."""
    if progress.is_paused or not progress.current:
        return ""
    if progress.files:
        return step(progress.files[0], shown)
    return _("{percent} %").format(percent=int(100 * progress.fraction))


def rest(progress: Progress) -> str:
    """How much there is in all, and how long it takes: "2 documents to go · about 2 min left"."""
    if not is_working(progress):
        return ""
    if not progress.documents_left and not progress.chunks_left:
        return "" if progress.checking is None else _("{percent} %").format(percent=int(100 * progress.checking))
    is_known = progress.left_s and not progress.is_paused
    left = _("about {time} left").format(time=span(progress.left_s or 0.0)) if is_known else ""
    return joined((_rest(progress), left))


def is_working(progress: Progress) -> bool:
    has_work = progress.current or progress.documents_left or progress.chunks_left
    return bool(has_work) or progress.checking is not None


def _is(progress: Progress, name: Step) -> bool:
    return bool(progress.files) and progress.files[0].step == name


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
