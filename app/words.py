"""Which words a text is found by, for every full-text index of a profile.

Index and search see a text alike: lower case, without accents (of any alphabet), and every character of a script that
writes without spaces as a word of its own, so that it is found inside a run. Folding keeps every character in its
place, so positions in the folded text are positions in the text itself.
"""

from __future__ import annotations

import re
import unicodedata

ACCENT = "\u0300"
"""What every combining accent is folded to; it stands for nothing."""

# Han, kana, bopomofo, Hangul; Thai, Lao, Myanmar, Khmer.
UNSPACED = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u312f\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\ua960-\ua97c\uac00-\ud7fb\uf900-\ufaff\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
    "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff"
)
LETTER = rf"[^\W_{UNSPACED}]"
# As text: `re` compiles each when it is first used and keeps it. At import they would cost each start 10 ms.
TOKENS = rf"[{UNSPACED}]|{LETTER}+"
_UNSPACED_ONE = rf"([{UNSPACED}])"
_GAPS = rf"[^\w{UNSPACED}]+"


class _Folded(dict[int, str]):
    """Each character in its plainest form, always exactly one; a table for str.translate that fills itself."""

    def __missing__(self, code: int) -> str:
        made = self[code] = _folded(chr(code))
        return made


def _folded(character: str) -> str:
    if "\u0300" <= character <= "\u036f":
        return ACCENT
    parts = unicodedata.normalize("NFKD", character)
    if len(parts) > 1 and all("\u0300" <= part <= "\u036f" for part in parts[1:]):
        character = parts[0]
    elif len(parts) == 1:
        character = parts
    lower = character.casefold()
    return lower if len(lower) == 1 else character.lower()[0]


_FOLDED = _Folded()


def folded(text: str) -> str:
    """As index and search see it, and exactly as long."""
    return text.lower() if text.isascii() else text.translate(_FOLDED)


def words_of(text: str) -> str:
    """What an index is given of a text: only letters and spaces, so that its tokeniser has no mind of its own."""
    if text.isascii():
        return text.replace("\0", " ")
    plain = re.sub(_GAPS, " ", folded(text).replace(ACCENT, ""))
    return re.sub(_UNSPACED_ONE, r" \1 ", plain)


def tokens_of(text: str) -> list[str]:
    """The words that an index makes of a text, before any stemming of its own."""
    return re.findall(TOKENS, folded(text).replace(ACCENT, ""))
