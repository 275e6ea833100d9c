"""Sentences for people, translatable: stdlib gettext, below Qt and above nothing.

Catalogues live in resources/locale; without one for the person's language the English message id is shown.
"""

from __future__ import annotations

import functools
import gettext as _gettext
import sys
from pathlib import Path


@functools.cache
def _catalogue() -> _gettext.NullTranslations:
    root = Path(getattr(sys, "_MEIPASS", Path(__file__).resolve().parent.parent))
    return _gettext.translation("paddock", root / "resources" / "locale", fallback=True)


def _(message: str) -> str:
    """The message in the person's language. Fill it in afterwards: `_("{n} files").format(n=3)`."""
    return _catalogue().gettext(message)


def plural(one: str, many: str, count: int) -> str:
    """The form for `count`, with `{count}` filled in."""
    return _catalogue().ngettext(one, many, count).format(count=count)
