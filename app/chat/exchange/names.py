"""File names from titles: readable, and right on Windows, macOS and Linux at once."""

from __future__ import annotations

import re
import unicodedata

from app.models.shelf.names import BIDI, FORBIDDEN, RESERVED, UNSEEN
from app.text import _

MOST_BYTES = 120  # UTF-8, without the ending; leaves room for a number and a long path
_ZERO_WIDTH = re.compile("[\u200b-\u200d\u2060\ufeff]")


def file_name(title: str, ending: str, taken: set[str]) -> str:
    """A name that is not in `taken`, and then is. `ending` is without its dot."""
    stem = _stem(title)
    name, number = f"{stem}.{ending}", 1
    while _same(name) in taken:
        number += 1
        name = f"{stem} ({number}).{ending}"
    taken.add(_same(name))
    return name


def _same(name: str) -> str:
    """What two names share that a file system without case, or with other accents, takes for one."""
    return unicodedata.normalize("NFC", name).casefold()


def _stem(title: str) -> str:
    seen = UNSEEN.sub("", _ZERO_WIDTH.sub("", unicodedata.normalize("NFC", title[: 4 * MOST_BYTES])))
    letters = (
        letter if letter.isprintable() and letter not in FORBIDDEN and letter not in BIDI else " " for letter in seen
    )
    stem = " ".join("".join(letters).split()).lstrip("-. ")
    stem = stem.encode("utf-8", "ignore")[:MOST_BYTES].decode("utf-8", "ignore").rstrip(". ")
    if not stem:
        return _("Chat")
    return f"{stem}_" if RESERVED.fullmatch(stem) else stem
