"""What can go wrong with a document, and what was left out of one, as sentences.

The parser child is not trusted: it says a short name out of these tables and at most a number, never a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal, get_args

from app.errors import PaddockError
from app.text import _, plural

FaultName = Literal[
    "empty",
    "unknown_kind",
    "another_kind",
    "encrypted",
    "password",
    "locked",
    "damaged",
    "too_large",
    "too_many_parts",
    "bomb",
    "binary",
    "memory",
    "too_slow",
    "crashed",
    "nonsense",
    "no_walls",
    "not_started",
    "gone",
    "changed",
    "not_a_file",
    "unreadable",
    "no_such_part",
    "no_ocr",
    "no_room",
    "not_locked",
]
FAULT_NAMES: Final[frozenset[str]] = frozenset(get_args(FaultName))


class Unreadable(Exception):
    """In the child: the file is not what it should be. Its name becomes a sentence on the parent's side."""

    def __init__(self, name: FaultName) -> None:
        super().__init__(name)
        self.name: FaultName = name


class DocumentFault(PaddockError):
    """A file that could not be read, as the person sees it."""

    def __init__(self, name: FaultName, message: str, next_step: str = "", *, detail: str = "") -> None:
        super().__init__(message, next_step, detail=detail)
        self.name: FaultName = name


def of(name: FaultName, *, detail: str = "") -> DocumentFault:
    """The error for a fault by its name."""
    message, next_step = _SENTENCES[name]()
    return DocumentFault(name, message, next_step, detail=detail)


_SENTENCES: Final[Mapping[FaultName, Callable[[], tuple[str, str]]]] = {
    "empty": lambda: (_("This file is empty."), _("Choose another one.")),
    "unknown_kind": lambda: (
        _("Paddock cannot read files of this kind."),
        _("If there is text in it, save it as PDF or as plain text and add that."),
    ),
    "another_kind": lambda: (
        _("This file is not what its name says."),
        _("It may have been cut short or renamed. Get it once more from where it came from."),
    ),
    "encrypted": lambda: (
        _("This file is locked with a password."),
        _("Unlock it with its password."),
    ),
    "password": lambda: (_("The password does not open this file."), _("Check it and unlock it again.")),
    "locked": lambda: (
        _("This file is locked with a password."),
        _("Open it in another program, save it without the password, and add it again."),
    ),
    "damaged": lambda: (
        _("This file is damaged, and its text cannot be read."),
        _("Get it once more from where it came from, or save it anew in another program."),
    ),
    "too_large": lambda: (
        _("This file is too large to be read at once."),
        _("Divide it into several files and add those."),
    ),
    "too_many_parts": lambda: (
        _("This file has too many parts to be read."),
        _("Divide it into several files and add those."),
    ),
    "bomb": lambda: (
        _("This file would grow to many times its size when it is unpacked, as no ordinary document does."),
        _("It was not opened. If you trust it, save it anew in another program and add that."),
    ),
    "binary": lambda: (
        _("There is no text in this file that can be read."),
        _("If it shows text in another program, save it from there as PDF or as plain text."),
    ),
    "memory": lambda: (
        _("Reading this file took more memory than a document may have."),
        _("Divide it into several files, or save it anew in another program."),
    ),
    "too_slow": lambda: (
        _("Reading this file took too long and was ended."),
        _("Divide it into several files, or save it anew in another program."),
    ),
    "crashed": lambda: (
        _("Reading this file failed. It may be damaged; nothing else was touched."),
        _("Save it anew in another program and add that."),
    ),
    "nonsense": lambda: (
        _("What was read from this file makes no sense, and was thrown away."),
        _("Save it anew in another program and add that."),
    ),
    "no_walls": lambda: (
        _("This computer cannot shut off the part of Paddock that reads files, so it reads none that may be unsafe."),
        _("Use a Linux kernel with seccomp."),
    ),
    "not_started": lambda: (
        _("The part of Paddock that reads files could not be started."),
        _("Close other programs and try again."),
    ),
    "gone": lambda: (_("The file is not there any more."), _("Put it back, or remove it from the documents.")),
    "changed": lambda: (_("The file changed while it was being read."), _("Try again.")),
    "not_a_file": lambda: (_("This is not an ordinary file."), _("Choose a file, or the folder that it is in.")),
    "unreadable": lambda: (
        _("The file cannot be opened."),
        _("Check that it is still there and may be read."),
    ),
    "no_such_part": lambda: (_("This page is not in the file."), _("The file may have changed. Read it again.")),
    "no_ocr": lambda: (
        _("Scanned pages cannot be read here: the component for it is not installed."),
        _("Add a version of the file that has text in it."),
    ),
    "no_room": lambda: (
        _("There is not enough room on the disk for this file."),
        _("Free some space and try again."),
    ),
    "not_locked": lambda: (_("This file is not locked with a password."), _("Read it again if something is missing.")),
}

_NOTES: Final[Mapping[str, Callable[[int], str]]] = {
    "attachments": lambda count: plural("An attachment was not read.", "{count} attachments were not read.", count),
    "comments": lambda count: plural("A comment was left out.", "{count} comments were left out.", count),
    "pictures": lambda count: plural("A picture was not read.", "{count} pictures were not read.", count),
    "embedded": lambda count: plural(
        "A file inside this one was not read.", "{count} files inside this one were not read.", count
    ),
    "broken_parts": lambda count: plural(
        "A part is damaged and was left out.", "{count} parts are damaged and were left out.", count
    ),
    "hidden_sheets": lambda count: plural("A sheet is hidden.", "{count} sheets are hidden.", count),
    "hidden_slides": lambda count: plural("A slide is hidden.", "{count} slides are hidden.", count),
    "cut_rows": lambda count: plural(
        "A sheet is longer than what is read, and its end was left out.",
        "{count} sheets are longer than what is read, and their ends were left out.",
        count,
    ),
    "cut": lambda _count: _("The file is longer than what is read, and its end was left out."),
    "deleted_text": lambda _count: _("Text that was deleted with changes tracked was left out."),
    "encoding": lambda _count: _("Some characters could not be made out."),
    "no_text": lambda _count: _("There is no text in this file."),
    "repaired": lambda _count: _("The file is damaged; what could be read was read."),
    "scans": lambda count: plural(
        "A page is a picture without text.", "{count} pages are pictures without text.", count
    ),
    "read_by_ocr": lambda count: plural(
        "A scanned page was read by text recognition, which makes mistakes.",
        "{count} scanned pages were read by text recognition, which makes mistakes.",
        count,
    ),
    "hidden": lambda count: plural(
        "A stretch of text cannot be seen by a person who looks at the file.",
        "{count} stretches of text cannot be seen by a person who looks at the file.",
        count,
    ),
}
NOTES: Final[frozenset[str]] = frozenset(_NOTES)
"""What a reader may say about what it left out: one of these names, alone or with a count: "attachments:3"."""


def note(untrusted: str) -> str | None:
    """The sentence for a reader's note, None where it is none."""
    name, colon, count = untrusted.partition(":")
    if name not in NOTES or (colon and not (count.isascii() and count.isdigit() and len(count) < 10)):
        return None
    return _NOTES[name](int(count) if colon else 1)
