"""Names that came from outside, before they become paths: refused where any of our systems would read them otherwise.

A name is right on Linux, macOS and Windows at once, or it is refused: models travel on sticks between them.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

from app.errors import Untrustworthy
from app.text import _

MAX_NAME_BYTES = 200  # UTF-8; file systems end at 255, and we add at most 22 (".<16 hex digits>.part")
MAX_PARTS = 8
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file: with any ending, in any case, superscripts included.
RESERVED = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?:\..*)?", re.IGNORECASE | re.DOTALL
)
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
FORBIDDEN = frozenset('/\\:*?"<>|')
# Letters and marks that show nothing, by Unicode's Default_Ignorable_Code_Point: format characters (zero width, bidi)
# are told by str.isprintable already.
UNSEEN = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]")


def safe_name(untrusted: str) -> str:
    """The name of one file or folder, composed (NFC). Raises Untrustworthy with a sentence per cause."""
    name = unicodedata.normalize("NFC", untrusted) if len(untrusted) <= MAX_NAME_BYTES else untrusted
    if not name:
        raise _refused(_("A name is empty."))
    if len(name) > MAX_NAME_BYTES or len(name.encode("utf-8", "replace")) > MAX_NAME_BYTES:
        raise _refused(_("A name is too long."))
    if not name.isprintable() or UNSEEN.search(name):
        raise _refused(_("A name has characters that cannot be seen."))
    if not FORBIDDEN.isdisjoint(name):
        raise _refused(_("A name has characters that would make it a path or a command."))
    if name.startswith(("-", " ")) or name.endswith((".", " ")):
        raise _refused(_("A name begins or ends in a way that not every system keeps."))
    if RESERVED.fullmatch(name):
        raise _refused(_("A name is one that Windows keeps for devices."))
    return name


def safe_path(untrusted: str) -> PurePosixPath:
    """A path inside a folder, with "/" between safe names. Raises Untrustworthy with a sentence per cause."""
    parts = untrusted.split("/", MAX_PARTS)
    if len(parts) > MAX_PARTS:
        raise _refused(_("A path has too many folders."))
    return PurePosixPath(*map(safe_name, parts))


def one_line(untrusted: str, most: int = 200) -> str:
    """Words from outside as a screen or a manifest may show them: no line breaks, nothing unseen, `most` characters."""
    seen = UNSEEN.sub("", "".join(letter if letter.isprintable() else " " for letter in untrusted[: 4 * most]))
    return " ".join(seen.split())[:most].strip()


def readable(untrusted: str) -> str:
    """A text from outside: line feeds and tabs, but no other control character, and none that turns words around."""
    text = untrusted.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        letter for letter in text if letter in "\n\t" or (unicodedata.category(letter) != "Cc" and letter not in BIDI)
    )


def _refused(sentence: str) -> Untrustworthy:
    return Untrustworthy(
        _("{reason} Such names are refused, because they can lead to other places on the disk.").format(
            reason=sentence
        ),
        _("Nothing was written. Look for another copy of this model."),
    )
