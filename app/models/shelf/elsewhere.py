"""Models that other programs have on this computer, to be used where they lie: nothing is copied, changed or locked.

Each program's usual folders are looked through with bounds on depth and number. What is found there is no more trusted
than a file from a stranger: it is loaded in the guarded child, like any other.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.errors import ModelFault
from app.models import gguf, library
from app.models.shelf.copying import Source
from app.models.shelf.names import one_line

MOST_FILES = 5_000  # looked at, in each folder
MOST_DEPTH = 6
MOST_MANIFEST_BYTES = 1 << 20
MOST_SETTINGS_BYTES = 1 << 20
MOST_POINTER_BYTES = 4_096
_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")
_CACHED_REPOSITORY = re.compile(r"models--([^/]{1,96}?)--([^/]{1,96})")
_MODEL_LAYER = "application/vnd.ollama.image.model"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A model of another program, which `program` names for people."""

    path: Path  # of the first part
    title: str
    program: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class System:
    """What decides where programs keep their things. `platform` is as sys.platform says it."""

    home: Path
    environment: Mapping[str, str]
    platform: str

    @staticmethod
    def now() -> System:
        return System(Path.home(), dict(os.environ), sys.platform)

    def data(self) -> Path:
        """Where programs keep the data of this user."""
        if self.platform == "win32":
            return Path(self.environment.get("APPDATA") or self.home / "AppData" / "Roaming")
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support"
        return Path(self.environment.get("XDG_DATA_HOME") or self.home / ".local" / "share")

    def local_data(self) -> Path:
        """As `data`, but on Windows what does not follow the user to other machines."""
        if self.platform == "win32":
            return Path(self.environment.get("LOCALAPPDATA") or self.home / "AppData" / "Local")
        return self.data()

    def cache(self) -> Path:
        if self.platform == "win32":
            return self.local_data()
        if self.platform == "darwin":
            return self.home / "Library" / "Caches"
        return Path(self.environment.get("XDG_CACHE_HOME") or self.home / ".cache")


def find(system: System | None = None) -> tuple[Elsewhere, ...]:
    """Every model of the programs known here, each file once. Reads folders and the fronts of files; never raises."""
    system = system or System.now()
    found: dict[Path, Elsewhere] = {}
    for program, look in _PROGRAMS.items():
        for path, title in look(system):
            model = _checked(path, title, program)
            if model is not None:
                found.setdefault(Path(os.path.realpath(model.path)), model)
    return tuple(found.values())


def _checked(path: Path, title: str, program: str) -> Elsewhere | None:
    """None for what is no model file, or not all of it."""
    try:
        file = gguf.check(path)
    except ModelFault:
        return None
    return Elsewhere(file.path, one_line(title) or library.title_of(path), program, file.size_bytes)


_Look = Callable[[System], Iterator[tuple[Path, str]]]


def _lm_studio(system: System) -> Iterator[tuple[Path, str]]:
    homes = [system.home / ".lmstudio", system.home / ".cache" / "lm-studio"]
    pointer = _content(system.home / ".lmstudio-home-pointer", MOST_POINTER_BYTES)
    homes[:0] = _named_folder(pointer.decode("utf-8", "replace").strip())
    folders = [home / "models" for home in homes]
    for home in homes:
        folders += _named_folder(_json(home / "settings.json", MOST_SETTINGS_BYTES).get("downloadsFolder"))
    yield from _named_by_file(folders)


def _ollama(system: System) -> Iterator[tuple[Path, str]]:
    chosen = system.environment.get("OLLAMA_MODELS")
    roots = [Path(chosen)] if chosen else []
    roots.append(system.home / ".ollama" / "models")
    if system.platform.startswith("linux"):  # as its service keeps them
        roots += [Path("/usr/share/ollama/.ollama/models"), Path("/var/lib/ollama/.ollama/models")]
    for root in roots:
        for manifest in _files(root / "manifests"):
            blob = _model_blob(root, _json(manifest, MOST_MANIFEST_BYTES))
            if blob is not None:
                yield blob, _ollama_title(manifest.relative_to(root / "manifests").parts)


def _model_blob(root: Path, untrusted: Mapping[str, object]) -> Path | None:
    """The file with the weights that a manifest names."""
    layers = untrusted.get("layers")
    for layer in layers if isinstance(layers, list) else ():
        digest = layer.get("digest") if isinstance(layer, dict) and layer.get("mediaType") == _MODEL_LAYER else None
        name = _DIGEST.fullmatch(digest) if isinstance(digest, str) else None
        if name:
            return root / "blobs" / f"sha256-{name[1]}"
    return None


def _ollama_title(parts: tuple[str, ...]) -> str:
    """host/library/name/tag -> name:tag; models of others keep their owner."""
    names = parts[2:] if len(parts) > 3 and parts[1] == "library" else parts[1:]
    return ":".join(("/".join(names[:-1]), names[-1])) if len(names) > 1 else "/".join(parts)


def _jan(system: System) -> Iterator[tuple[Path, str]]:
    config = system.environment.get("XDG_CONFIG_HOME") or system.home / ".config"
    bases = [system.data() / "Jan" / "data", Path(config) / "Jan" / "data", system.home / "jan"]
    for folder in [base / inner for base in bases for inner in (Path("llamacpp", "models"), Path("models"))]:
        for path in _models_in(folder):
            inside = path.relative_to(folder).parts[:-1]  # every file is called model.gguf there
            yield path, "/".join(inside) if inside and path.stem == "model" else library.title_of(path)


def _gpt4all(system: System) -> Iterator[tuple[Path, str]]:
    yield from _named_by_file([system.local_data() / "nomic.ai" / "GPT4All"])


def _hugging_face_cache(system: System) -> Iterator[tuple[Path, str]]:
    told = system.environment
    base = Path(told.get("HF_HOME") or Path(told.get("XDG_CACHE_HOME") or system.home / ".cache") / "huggingface")
    for repository in _folders(Path(told.get("HF_HUB_CACHE") or base / "hub")):
        name = _CACHED_REPOSITORY.fullmatch(repository.name)
        if name:
            for path in _models_in(repository / "snapshots"):
                yield path, library.title_of(path)


def _llama_cpp(system: System) -> Iterator[tuple[Path, str]]:
    chosen = system.environment.get("LLAMA_CACHE")
    yield from _named_by_file([Path(chosen) if chosen else system.cache() / "llama.cpp"])


_PROGRAMS: Mapping[str, _Look] = {
    "LM Studio": _lm_studio,
    "Ollama": _ollama,
    "Jan": _jan,
    "GPT4All": _gpt4all,
    "Hugging Face": _hugging_face_cache,
    "llama.cpp": _llama_cpp,
}


def _named_by_file(folders: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    for folder in folders:
        for path in _models_in(folder):
            yield path, library.title_of(path)


def _models_in(folder: Path) -> Iterator[Path]:
    """First parts of models; what only sees pictures is left out."""
    for path in _files(folder):
        part = gguf.PART_NAME.fullmatch(path.name)
        is_later_part = part is not None and int(part["number"]) != 1
        if path.suffix.lower() == ".gguf" and not is_later_part and not path.name.lower().startswith("mmproj"):
            yield path


def _files(folder: Path) -> Iterator[Path]:
    """In the folder and those below it, sorted. Linked folders are not followed: they could lead round and round."""
    looked = 0
    for place, folders, names in os.walk(folder):  # says nothing of folders that may not be read
        folders.sort()
        if len(Path(place).relative_to(folder).parts) >= MOST_DEPTH:
            folders.clear()
        for name in sorted(names):
            looked += 1
            if looked > MOST_FILES:
                return
            yield Path(place, name)


def _folders(folder: Path) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        yield from sorted(path for path in folder.iterdir() if path.is_dir())


def _json(path: Path, most_bytes: int) -> Mapping[str, object]:
    """Empty for what cannot be read."""
    try:
        untrusted = json.loads(_content(path, most_bytes))
    except (ValueError, RecursionError):
        return {}
    return untrusted if isinstance(untrusted, dict) else {}


def _content(path: Path, most_bytes: int) -> bytes:
    """Of an ordinary file, which alone does not keep a reader waiting; empty for any other, and for a longer one."""
    try:
        content = b"".join(Source(path, is_link_followed=True).pieces(most_bytes))
    except ModelFault:
        return b""
    return content if len(content) <= most_bytes else b""


def _named_folder(untrusted: object) -> tuple[Path, ...]:
    """The folder that another program's settings name, or none: only a whole path of letters that a name can have."""
    if not isinstance(untrusted, str) or "\0" in untrusted:
        return ()
    try:
        os.fsencode(untrusted)
    except UnicodeEncodeError:  # half a character
        return ()
    return (Path(untrusted),) if Path(untrusted).is_absolute() else ()
