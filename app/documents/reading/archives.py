"""A look at a packed file before any library opens it: how many entries it has, and how large they say they are."""

from __future__ import annotations

import zipfile
from typing import BinaryIO, Final

from app.documents.faults import Unreadable
from app.documents.parts import Kind
from app.documents.reading.limits import MB

ZIP_ENTRIES: Final = 2_000
ZIP_SHEET_ENTRIES: Final = 10_000  # a workbook has several files for each sheet
ZIP_BYTES: Final = 200 * MB  # of everything, unpacked
ZIP_RATIO: Final = 100  # of an entry that is larger than ZIP_SMALL when unpacked; XML is seldom packed below 1 : 30
ZIP_SMALL: Final = 1 * MB


def check_zip(file: BinaryIO, kind: Kind) -> None:
    """Refuse an archive that would unpack to more than a document does. Raises Unreadable.

    The sizes are those that the archive claims; Python's zipfile reads no entry past its claim.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as fault:
        raise Unreadable("damaged") from fault
    if len(entries) > (ZIP_SHEET_ENTRIES if kind == "sheet" else ZIP_ENTRIES):
        raise Unreadable("bomb")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Unreadable("locked")
    if sum(entry.file_size for entry in entries) > ZIP_BYTES:
        raise Unreadable("bomb")
    for entry in entries:
        if entry.file_size > ZIP_SMALL and entry.file_size > ZIP_RATIO * max(1, entry.compress_size):
            raise Unreadable("bomb")
