"""Which kinds of files can be read, and what kind a file is: by its first bytes where those tell, else by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Final

from app.documents.parts import Kind

HEAD_BYTES: Final = 8192
"""How much of a file's beginning `kind_of` wants to see."""

_CODE: Final = (
    "py pyi pyx c h cc cpp cxx hpp hh cs java kt kts scala go rs swift m mm js mjs cjs jsx ts tsx vue svelte php rb pl",
    "pm lua r jl hs ml mli clj cljs ex exs erl hrl dart zig nim v sv vhd vhdl sql sh bash zsh fish ps1 bat cmd asm s f",
    "f90 f95 pas d groovy gradle cmake mk toml yaml yml ini cfg conf css scss less xsl xslt proto thrift graphql tf",
    "dockerfile makefile diff patch",
)
SUFFIXES: Final[Mapping[str, Kind]] = {
    ".pdf": "pdf",
    ".docx": "docx",
    ".docm": "docx",
    ".dotx": "docx",
    ".pptx": "pptx",
    ".pptm": "pptx",
    ".ppsx": "pptx",
    ".xlsx": "sheet",
    ".xlsm": "sheet",
    ".xlsb": "sheet",
    ".xls": "sheet",
    ".ods": "sheet",
    ".odt": "odt",
    ".ott": "odt",
    ".epub": "epub",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".text": "text",
    ".log": "text",
    ".rst": "text",
    ".tex": "text",
    ".org": "text",
    ".adoc": "text",
    ".srt": "text",
    ".vtt": "text",
    ".xml": "code",
    ".rtf": "rtf",
    ".csv": "csv",
    ".tsv": "csv",
    ".eml": "mail",
    ".mbox": "mbox",
    ".mbx": "mbox",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".ipynb": "json",
    **{f".{suffix}": "code" for line in _CODE for suffix in line.split()},
}
"""Endings by which a folder's files are chosen, and those of the file dialog."""

_ZIPPED: Final[Mapping[bytes, Kind]] = {b"word/": "docx", b"ppt/": "pptx", b"xl/": "sheet"}
_MIME: Final[Mapping[bytes, Kind]] = {
    b"application/epub+zip": "epub",
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "sheet",
}
_PACKED: Final[frozenset[Kind]] = frozenset({"docx", "pptx", "sheet", "odt", "epub"})
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of Office before 2007, and of locked files since
_BOMS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_HTML: Final = re.compile(rb"\s*(<!--.*?-->\s*)*<(!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_CONTROLS_MAX: Final = 0.02  # of the bytes; a log with some colour codes in it is still text


def suffix_of(name: str) -> str:
    """The ending in small letters; of a file that is called by its kind alone ("Makefile") that, with a point."""
    path = PurePath(name)
    return path.suffix.lower() or f".{path.name.lower()}"


def is_known(name: str) -> bool:
    """Whether files of such a name are read at all, as far as the name tells."""
    return suffix_of(name) in SUFFIXES


def can_show(kind: Kind) -> bool:
    """Whether its pages can be shown as pictures (`reader.Pages`)."""
    return kind == "pdf"


def kind_of(name: str, untrusted_head: bytes) -> Kind | None:
    """What a file is, from its name and its first bytes (`HEAD_BYTES` of them); None where it cannot be read.

    First bytes that tell go before the name. A name that promises a PDF or an office file over bytes that are none
    gives None, and so do bytes that are no text under a name that promises one.
    """
    named = SUFFIXES.get(suffix_of(name))
    head = untrusted_head[:HEAD_BYTES]
    if b"%PDF-" in head[:1024]:  # PDFium looks that far, too
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return _packed(named, head)
    if head.startswith(_OLE):
        return named if named in _PACKED else None
    if head.lstrip().startswith(b"{\\rtf"):
        return "rtf"
    if named == "pdf" or named in _PACKED or named == "rtf" or not _is_text(head):
        return None
    if named is None or named == "text":
        return "html" if _HTML.match(head) else "text"
    return named


def _packed(named: Kind | None, head: bytes) -> Kind | None:
    """A ZIP archive: EPUB and OpenDocument say what they are in their first member, Office by the names of others."""
    for mime, kind in _MIME.items():
        if mime in head[:120]:
            return kind
    if named in _PACKED:
        return named
    return next((kind for folder, kind in _ZIPPED.items() if folder in head), None)


def _is_text(head: bytes) -> bool:
    if head.startswith(_BOMS):
        return True
    return len(_CONTROLS.findall(head)) <= max(4, len(head) * _CONTROLS_MAX) and b"\0" not in head
