"""Sentences for people, translatable: stdlib gettext, below Qt and above nothing.

Catalogues live in resources/locale; without one for the person's language the English message id is shown. Which
language is spoken is the one piece of state that a whole process shares, as gettext itself has it: chosen when the
program starts and when the person chooses another, always on the main thread.
"""

from __future__ import annotations

import gettext as _gettext
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

LANGUAGES: Final = {"en": "English", "de": "Deutsch", "es": "Español", "fr": "Français"}
"""Those shipped complete, each by its own name."""
PSEUDO: Final = "pseudo"
"""English with accents and a third longer, which shows what is not translatable and what does not fit."""

# Of the Unicode CLDR; French has a narrow space that no line breaks at.
_THOUSANDS: Final = {"de": ".", "es": ".", "fr": "\u202f"}
_POINT: Final = {"de": ",", "es": ",", "fr": ","}
_PLACEHOLDER = re.compile(r"(\{[^{}]*\}|<[^<>]*>|%[a-z])")
_ACCENTS = str.maketrans("aeiouyAEIOUYcnsz", "àéîöüýÀÉÎÖÜÝçñšž")


class _Pseudo(_gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        parts = _PLACEHOLDER.split(message)
        shown = "".join(part if number % 2 else part.translate(_ACCENTS) for number, part in enumerate(parts))
        return f"⟦{shown}{'·' * (len(message) // 3)}⟧" if message.strip() else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


class _Spoken:
    """The language of now."""

    def __init__(self) -> None:
        self.language = "en"
        self.catalogue: _gettext.NullTranslations = _gettext.NullTranslations()
        self.is_chosen = False


_spoken: Final = _Spoken()


def use(wished: Sequence[str]) -> str:
    """Speak the first of the wished languages ("de-AT", "fr_CA.UTF-8") that is shipped, else English; which it is."""
    language = next((code for code in map(_code, wished) if code in LANGUAGES or code == PSEUDO), "en")
    if language == PSEUDO:
        _spoken.catalogue = _Pseudo()
    else:
        _spoken.catalogue = _gettext.translation("paddock", _root(), [language], fallback=True)
    _spoken.language = language
    _spoken.is_chosen = True
    return language


def grouped(number: int) -> str:
    """A whole number with its thousands apart, as the language writes it: 12,345 or 12.345 or 12 345."""
    return f"{number:,}".replace(",", _THOUSANDS.get(language(), ","))


def decimal(number: float, digits: int = 1) -> str:
    """A number with so many digits behind the point, or the comma: 1,234.5 or 1.234,5."""
    whole, _dot, rest = f"{number:,.{digits}f}".partition(".")
    whole = whole.replace(",", _THOUSANDS.get(language(), ","))
    return f"{whole}{_POINT.get(language(), '.')}{rest}" if rest else whole


def language() -> str:
    """The code of the language that is spoken."""
    return _spoken.language


def _(message: str) -> str:
    """The message in the person's language. Fill it in afterwards: `_("{n} files").format(n=3)`."""
    return _catalogue().gettext(message)


def plural(one: str, many: str, count: int) -> str:
    """The form for `count`, with `{count}` filled in."""
    return _catalogue().ngettext(one, many, count).format(count=count)


def _catalogue() -> _gettext.NullTranslations:
    if not _spoken.is_chosen:  # a command: the terminal's language, as gettext finds it
        _spoken.is_chosen = True
        _spoken.catalogue = _gettext.translation("paddock", _root(), fallback=True)
        _spoken.language = _code(str(_spoken.catalogue.info().get("language", "en")))
    return _spoken.catalogue


def _root() -> Path:
    return Path(getattr(sys, "_MEIPASS", Path(__file__).resolve().parent.parent)) / "resources" / "locale"


def _code(wished: str) -> str:
    return re.split(r"[-_.@]", wished.strip().lower())[0]
