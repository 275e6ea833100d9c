"""What `docs` tells: lines for people, and the JSON whose keys docs/command-line.md keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from app.chat.tree import Message
from app.cli.models_shown import Shown, line, table
from app.documents import reader
from app.documents.answering.said import parts_words, said
from app.documents.grounds import NOWHERE, Grounds
from app.documents.places import passage_words
from app.documents.records import Collection, Document, Passage, Receipt, Status
from app.errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK
from app.text import _, grouped, plural

MOST_SHOWN_CHARACTERS = 300  # of a passage
MOST_NAMED = 5  # of what was removed


def listed(collections: Sequence[Collection], documents: Sequence[Document]) -> Shown:
    lines: list[str] = []
    for collection in collections:
        lines += [line(collection.name, collection.folder)]
        lines += table([_row(one) for one in documents if one.collection_id == collection.id])
    lines += table([_row(one) for one in documents if not one.collection_id])
    lines += _offered(documents)
    data = {
        "collections": [asdict(collection) for collection in collections],
        "documents": [asdict(document) for document in documents],
    }
    return Shown("\n".join(lines) or _("There are no documents here yet."), data)


def added(documents: Sequence[Document]) -> Shown:
    failed = [one for one in documents if one.status == "failed"]
    lines = table([_row(one) for one in documents])
    lines += [line(f"{one.name}:", one.fault, one.next_step) for one in documents if one.fault]
    lines += [line(f"{one.name}:", note) for one in documents for note in one.notes]
    lines += _offered(documents)
    is_failed = bool(failed) and len(failed) == len(documents)
    text = "\n".join(lines) or _("There was nothing in it that can be read.")
    data = {"documents": [asdict(one) for one in documents]}
    return Shown(text, data, EXIT_FAILED if is_failed or not documents else EXIT_OK)


def kept(documents: Sequence[Document]) -> Shown:
    """Which copies are in the profile now, and why others are not."""
    left_out = [one for one in documents if one.keeping != "inside"]
    lines = table([(one.id, one.name, _("a copy is kept inside")) for one in documents if one not in left_out])
    lines += [line(f"{one.name}:", one.fault or _("No copy could be kept."), one.next_step) for one in left_out]
    data = {"documents": [asdict(one) for one in documents]}
    return Shown("\n".join(lines), data, EXIT_FAILED if len(left_out) == len(documents) else EXIT_OK)


def model(title: str, path: str, note: str, chunks_left: int) -> Shown:
    """Which one searches. `path` is empty for the one that came with Paddock."""
    lines = [line(title, path or _("came with Paddock"))]
    if note:
        lines += [line(note), _("To search with the model that comes with Paddock instead: docs model -")]
    if chunks_left:
        lines.append(
            plural(
                "{count} passage is not searchable by it yet.",
                "{count} passages are not searchable by it yet.",
                chunks_left,
            )
        )
    data = {"title": title, "path": path, "is_missing": bool(note), "note": note, "chunks_left": chunks_left}
    return Shown("\n".join(lines), data)


def passages(found: Sequence[Passage]) -> Shown:
    lines: list[str] = []
    for number, passage in enumerate(found, start=1):
        lines += [line(f"{number}.", where(passage)), f"   {_shortened(passage.text)}"]
    data = {"passages": [asdict(passage) for passage in found]}
    return Shown("\n".join(lines) or _("Nothing was found."), data)


def answered(answer: Message, *, exit_code: int) -> Shown:
    """The answer itself stands there already; this is what it stands on."""
    data = {
        "conversation_id": answer.conversation_id,
        "answer": answer.text,
        "grounds": None if answer.grounds is None else asdict(answer.grounds),
        "citations": [asdict(citation) for citation in answer.cited.citations],
    }
    return Shown("" if answer.grounds is None else "\n".join(_borne(answer, answer.grounds)), data, exit_code)


def receipt(done: Receipt) -> Shown:
    words = _(
        "Removed: {names}. Gone are {parts} parts, {chunks} passages, {vectors} vectors and {size} bytes of copies."
    )
    text = words.format(
        names=_names(done.names),
        parts=grouped(done.parts),
        chunks=grouped(done.chunks),
        vectors=grouped(done.vectors),
        size=grouped(done.original_bytes),
    )
    if done.quoting:
        text += " " + plural(
            "{count} answer quoted them; it stays, without the passages.",
            "{count} answers quoted them; they stay, without the passages.",
            len(done.quoting),
        )
    if done.staying:
        text += " " + _("Chats, or you, still have these, so they stay: {names}.").format(names=_names(done.staying))
    if done.left:
        text += " " + plural(
            "It was stopped: {count} document is still there.",
            "It was stopped: {count} documents are still there.",
            done.left,
        )
    return Shown(line(text), asdict(done), EXIT_INTERRUPTED if done.left else EXIT_OK)


def _names(names: Sequence[str]) -> str:
    """The first few, and how many more there are."""
    shown, more = ", ".join(names[:MOST_NAMED]), len(names) - MOST_NAMED
    return f"{shown} " + plural("and {count} more", "and {count} more", more) if more > 0 else shown


def where(passage: Passage) -> str:
    """Such as "policy.pdf, page 21, Changelogs"."""
    return ", ".join(part for part in (passage_words(passage), passage.heading) if part)


def _borne(answer: Message, grounds: Grounds) -> list[str]:
    lines = ["", line(said(grounds), grounds.note)]
    told: set[int] = set()
    for citation in answer.cited.citations:
        if citation.is_literal is False:
            quoted = answer.text[citation.start : citation.end]
            lines.append(line("!", _("Not in the documents word for word:"), _shortened(quoted)))
        if citation.passage != NOWHERE and citation.number not in told:
            told.add(citation.number)
            lines.append(line(f"[{citation.number}]", where(grounds.passages[citation.passage])))
    if grounds.strategy == "nothing" and grounds.near:
        lines.append(_("The nearest passages:"))
        lines += [line("-", where(passage)) for passage in grounds.near]
    return lines


def _row(document: Document) -> tuple[str, ...]:
    state = _states()[document.status]
    if document.status == "read" and document.embedded < document.chunks:
        state = _("found by words so far")
    size = parts_words(document.parts, document.part_name) if document.parts else ""
    scans = plural("{count} scan without text", "{count} scans without text", document.scans) if document.scans else ""
    return (document.id, document.name, state, size, scans)


def _offered(documents: Sequence[Document]) -> list[str]:
    """What can be done about scans that were not read."""
    if not any(one.status == "read" and one.scans for one in documents):
        return []
    if reader.ocr_languages():
        return [_("Scans can be read, with some mistakes: docs add --read-scans FILE")]
    return [_("To have scans read, install tesserocr with its language data.")]


def _states() -> dict[Status, str]:
    return {
        "waiting": _("waiting"),
        "reading": _("being read"),
        "read": _("read"),
        "failed": _("could not be read"),
        "missing": _("its file is gone"),
        "away": _("its drive or folder is away"),
    }


def _shortened(text: str) -> str:
    words = line(" ".join(text.split()))
    return words if len(words) <= MOST_SHOWN_CHARACTERS else f"{words[:MOST_SHOWN_CHARACTERS]}…"
