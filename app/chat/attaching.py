"""Files that go with a question, as text. A PDF, an office file or a long text is told apart: it can be asked as a
document instead. What is neither is refused with a sentence rather than sent as noise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from app.chat.tree import Attachment
from app.documents import kinds
from app.documents.parts import Kind
from app.errors import PaddockError, UsageError
from app.text import _

TEXT_BYTES_MAX = 1_000_000
"""A longer text fits no context: it is searched, as a document."""
_LOOK_BYTES = 65_536  # enough to tell text from anything else, and one encoding from another
_CONTROLS_MAX = 0.02  # of the characters; a log with some colour codes in it is still text

_DOCUMENTS: tuple[Kind, ...] = ("pdf", "docx", "pptx", "sheet", "odt", "epub", "rtf", "mail", "mbox")
_UNREAD_OFFICE = {".doc", ".ppt", ".odp", ".pages", ".numbers", ".key"}
_PICTURES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".avif", ".ico"}
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


class IsDocument(UsageError):
    """This file is no short text, and can be asked as a document."""


def read_files(paths: Sequence[Path]) -> tuple[Attachment, ...]:
    """The words of text files, in order; as slow as the disk. Raises IsDocument for the first one that can be asked as
    a document, and another PaddockError for one that cannot be read at all."""
    return tuple(_read_file(path) for path in paths)


def _read_file(path: Path) -> Attachment:
    _refuse_kind(path)
    try:
        if path.is_dir():
            raise UsageError(
                _("{name} is a folder.").format(name=path.name),
                _("Attach the files in it, or add it to your documents as a collection."),
            )
        if not path.is_file():
            raise UsageError(_("{name} is not a file that can be read.").format(name=path.name))
        with path.open("rb") as file:
            untrusted_bytes = file.read(TEXT_BYTES_MAX + 1)
    except OSError as error:
        raise UsageError(
            _("{name} cannot be read.").format(name=path.name),
            _("It may have been moved, or belong to somebody else."),
            detail=type(error).__name__,
        ) from error
    kind = kinds.kind_of(path.name, untrusted_bytes[: kinds.HEAD_BYTES])
    if kind in _DOCUMENTS or (len(untrusted_bytes) > TEXT_BYTES_MAX and kind is not None):
        raise IsDocument(
            _("{name} is read as a document.").format(name=path.name), _("Add it to your documents, and ask it there.")
        )
    if kind is None and kinds.SUFFIXES.get(kinds.suffix_of(path.name)) in _DOCUMENTS:
        raise UsageError(
            _("{name} is damaged, or not what its name says.").format(name=path.name),
            _("Open it with the program that made it, and save it again."),
        )
    if len(untrusted_bytes) > TEXT_BYTES_MAX:
        raise _not_text(path.name)
    return Attachment(path.name, _decoded(untrusted_bytes, path.name))


def _refuse_kind(path: Path) -> None:
    """The kinds that people try most, by a sentence of their own."""
    suffix = path.suffix.lower()
    if suffix in _UNREAD_OFFICE:
        raise UsageError(
            _("{name} is an office document of a kind that cannot be read.").format(name=path.name),
            _("Save it as a PDF, or in a newer format, and attach that."),
        )
    if suffix in _PICTURES:
        raise UsageError(
            _("{name} is a picture, and only texts and documents can be attached.").format(name=path.name),
            _("Describe what is on it, or attach it as a PDF: text on scanned pages can be read there."),
        )


def _decoded(untrusted_bytes: bytes, name: str) -> str:
    for mark, encoding in _BOMS:
        if untrusted_bytes.startswith(mark):
            return _as_lines(_with(encoding, untrusted_bytes, name))
    if b"\0" in untrusted_bytes[:_LOOK_BYTES]:
        raise _not_text(name)
    try:
        text = untrusted_bytes.decode("utf-8")
    except UnicodeDecodeError:
        text = _with(_guessed(untrusted_bytes, name), untrusted_bytes, name)
    if _is_noise(text[:_LOOK_BYTES]):
        raise _not_text(name)
    return _as_lines(text)


def _guessed(untrusted_bytes: bytes, name: str) -> str:
    """The encoding of a text that is not UTF-8, by a piece from its beginning."""
    import charset_normalizer  # late: 40 ms that few files need

    best = charset_normalizer.from_bytes(untrusted_bytes[:_LOOK_BYTES]).best()
    if best is None:
        raise _not_text(name)
    return best.encoding


def _with(encoding: str, untrusted_bytes: bytes, name: str) -> str:
    try:
        return untrusted_bytes.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        raise _not_text(name) from error


def _is_noise(text: str) -> bool:
    controls = sum(1 for character in text if ord(character) < 32 and character not in "\t\n\r\f\v\x1b")
    return controls > len(text) * _CONTROLS_MAX


def _as_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _not_text(name: str) -> PaddockError:
    return UsageError(
        _("{name} is not a text, and no document that can be read.").format(name=name),
        _("If there is text in it, copy it and paste it here."),
    )
