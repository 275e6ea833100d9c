"""Whether text recognition is installed, and where its trained data is: by looking, without loading anything of it."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_ENDING: Final = ".traineddata"
_NO_LANGUAGES: Final = frozenset({"osd", "equ"})  # page orientation and equations
_OWN: Final = {"en": "eng", "de": "deu", "es": "spa", "fr": "fra"}  # what trained data calls the languages of the app
_MOST: Final = 4  # each makes every page slower


def folders() -> tuple[Path, ...]:
    """Folders with trained data: the first that there is."""
    if importlib.util.find_spec("tesserocr") is None:
        return ()
    named = os.environ.get("TESSDATA_PREFIX", "")
    places = [Path(named)] if named else []
    places += [Path(sys.prefix, "share", "tessdata"), *sorted(Path("/usr/share/tesseract-ocr").glob("*/tessdata"))]
    places += [Path("/usr/share/tessdata"), Path("/opt/homebrew/share/tessdata")]
    return next(((place,) for place in places if any(place.glob(f"*{_ENDING}"))), ())


def languages() -> tuple[str, ...]:
    """Their codes ("eng", "deu"), sorted; empty where tesserocr or its data is missing."""
    return languages_in(folders())


def languages_in(places: Sequence[Path]) -> tuple[str, ...]:
    found = {path.name.removesuffix(_ENDING) for place in places for path in place.glob(f"*{_ENDING}")}
    return tuple(sorted(found - _NO_LANGUAGES))


def chosen(installed: Sequence[str], spoken: str) -> tuple[str, ...]:
    """Those that pages are read in: the app's own language, English, and of the others as many as there is time for."""
    wished = (_OWN.get(spoken, ""), "eng")
    return tuple(sorted(installed, key=lambda code: wished.index(code) if code in wished else len(wished))[:_MOST])
