"""Which dictionaries this computer has: pairs of .aff and .dic files, in the folders where each system, office
programs and browsers keep them. Last resort for American English: the list that comes with the package spylls, which
is SCOWL's (free to use and to pass on with its notice); its Swedish and Russian ones have other terms and stay unused.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from app.frozen import dataclass

MOST_LANGUAGES = 2
_FILES_MAX = 2_000  # looked at in one folder
_SIZE_MAX = 64_000_000
_NAME = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?(?:[-_.].*)?")


@dataclass(frozen=True, slots=True)
class Dictionary:
    """`language` as in "de_DE"; `stem` is the path of its two files without their suffixes."""

    language: str
    stem: Path

    @property
    def aff(self) -> Path:
        return self.stem.with_name(f"{self.stem.name}.aff")

    @property
    def dic(self) -> Path:
        return self.stem.with_name(f"{self.stem.name}.dic")


def available() -> tuple[Dictionary, ...]:
    """All that are here, one per language, by language. Looks through folders, so not for the window's thread."""
    return found_in((*folders(sys.platform, Path.home(), os.environ), *_shipped_folder()))


def folders(platform: str, home: Path, environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Where to look, the person's own first. Office programs nest theirs; `found_in` goes one level down."""
    if platform == "darwin":
        return (
            home / "Library/Spelling",
            Path("/Library/Spelling"),
            Path("/Applications/LibreOffice.app/Contents/Resources/extensions"),
            Path("/opt/homebrew/share/hunspell"),
            Path("/usr/local/share/hunspell"),
        )
    if platform == "win32":
        return tuple(_of_windows(environment))
    data_home = Path(environment.get("XDG_DATA_HOME") or home / ".local/share")
    shared = (environment.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    kinds = ("hunspell", "myspell", "myspell/dicts")
    return (
        data_home / "hunspell",
        data_home / "myspell",
        *(Path(folder) / kind for folder in shared if folder for kind in kinds),
        Path("/usr/share/hunspell"),
        Path("/usr/share/myspell"),
        Path("/usr/share/myspell/dicts"),
        Path("/usr/lib/libreoffice/share/extensions"),
        Path("/usr/lib64/libreoffice/share/extensions"),
    )


def _of_windows(environment: Mapping[str, str]) -> Iterable[Path]:
    if own := environment.get("APPDATA"):
        yield Path(own) / "hunspell"
        yield Path(own) / "Microsoft/Spelling"
    for name in ("ProgramFiles", "ProgramW6432", "ProgramFiles(x86)"):
        if programs := environment.get(name):
            yield Path(programs) / "LibreOffice/share/extensions"
            yield Path(programs) / "Mozilla Firefox/dictionaries"
            yield Path(programs) / "Mozilla Thunderbird/dictionaries"


def found_in(places: Iterable[Path]) -> tuple[Dictionary, ...]:
    """The dictionaries in these folders and in the folders right below them; of two for a language, the first."""
    found: dict[str, Dictionary] = {}
    for place in places:
        for folder in (place, *_below(place)):
            for made in _in_folder(folder):
                found.setdefault(made.language, made)
    return tuple(found[language] for language in sorted(found))


def chosen(here: Sequence[Dictionary], wanted: Sequence[str], system: Sequence[str]) -> tuple[Dictionary, ...]:
    """Those for the languages that the person chose, else for the system's, at most two.

    Of a language without the exact country any other will do, except for English: its spellings differ, and half the
    words of a British letter must not be underlined by an American dictionary.
    """
    picked: list[Dictionary] = []
    for language in wanted or _without_repeats(system):
        best = _best(here, language, is_exact=bool(wanted))
        if best is not None and best not in picked:
            picked.append(best)
    return tuple(picked[:MOST_LANGUAGES])


def _without_repeats(system: Sequence[str]) -> list[str]:
    """Systems that speak "en_GB" say "en" next, which any English dictionary would answer to."""
    codes = [normal(language) for language in system]
    return [code for at, code in enumerate(codes) if not any(said.startswith(f"{code}_") for said in codes[:at])]


def _best(here: Sequence[Dictionary], language: str, *, is_exact: bool) -> Dictionary | None:
    code = normal(language)
    for dictionary in here:
        if dictionary.language == code:
            return dictionary
    base, has_country, _country = code.partition("_")
    if is_exact or (base == "en" and has_country):
        return None
    alike = [dictionary for dictionary in here if dictionary.language.partition("_")[0] == base]
    at_home = [dictionary for dictionary in alike if dictionary.language == f"{base}_{base.upper()}"]
    return next(iter(at_home or alike), None)


def normal(name: str) -> str:
    """ "de-DE", "de_DE_frami" and "de_DE.UTF-8" are all "de_DE"; empty for what names no language."""
    match = _NAME.fullmatch(name)
    if match is None:
        return ""
    language, script, country = match.groups()
    return "_".join(part for part in (language.lower(), script and script.title(), country and country.upper()) if part)


def _in_folder(folder: Path) -> Iterable[Dictionary]:
    for aff in _listed(folder):
        language = normal(aff.stem) if aff.suffix == ".aff" and not aff.name.startswith("hyph") else ""
        made = Dictionary(language, aff.with_suffix(""))
        if language and _is_usable(made.aff) and _is_usable(made.dic):
            yield made


def _below(place: Path) -> list[Path]:
    return [path for path in _listed(place) if not path.suffix and path.is_dir()]


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(path for _count, path in zip(range(_FILES_MAX), folder.iterdir(), strict=False))
    except OSError:
        return []  # most of these folders are on no computer


def _is_usable(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size <= _SIZE_MAX
    except OSError:
        return False


def _shipped_folder() -> tuple[Path, ...]:
    spec = importlib.util.find_spec("spylls")  # found, and not imported: that waits until somebody writes
    places = spec.submodule_search_locations if spec is not None else None
    return tuple(Path(place) / "hunspell/data/en" for place in (places or ())[:1])
