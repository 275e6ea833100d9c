"""Small dictionaries in the format that real ones have, so that no test needs one of the system's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from app.spelling.dictionaries import Dictionary

MakeDictionary = Callable[..., Dictionary]


@pytest.fixture
def dictionary(tmp_path: Path) -> MakeDictionary:
    """Make one of these words; those that end in "/S" take an s."""

    def make(language: str, words: Sequence[str], *, folder: Path | None = None) -> Dictionary:
        place = folder or tmp_path / language
        place.mkdir(parents=True, exist_ok=True)
        rules = "SET UTF-8\nTRY esianrtolcdugmphbyfvkwzäöüß\nSFX S Y 1\nSFX S 0 s .\n"
        (place / f"{language}.aff").write_text(rules, "utf-8")
        (place / f"{language}.dic").write_text("\n".join([str(len(words)), *words]) + "\n", "utf-8")
        return Dictionary(language, place / language)

    return make
