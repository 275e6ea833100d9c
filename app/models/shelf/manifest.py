"""`paddock-model.json`: what a model is, where it came from and what its bytes must be. It lies beside the model.

It travels with the model to other machines, so reading one means reading what a stranger wrote.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import stat
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from app.errors import DiskFull, ModelFault, PaddockError, StorageFault, Untrustworthy
from app.models.hub.remote import VariantKind
from app.models.shelf.names import safe_name, safe_path
from app.storage import files
from app.text import _

NAME = "paddock-model.json"
STAGING_ENDING = ".part"
ENDING = ".gguf"
VERSION = 1
MAX_BYTES = 2**20
MAX_FILES = 999
MAX_TEXTS = 32
MAX_FILE_BYTES = 2**44  # 16 TiB: more than the largest model by far, and far from what overflows a sum
MAX_WORDS = 200  # characters of a title, a licence, a base model
KINDS: Final[tuple[VariantKind, ...]] = ("model", "adapter", "projector")
SHA256 = re.compile(r"[0-9a-f]{64}")
COMMIT = re.compile(r"[0-9a-f]{40}")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TEXT = re.compile(r"(?:licen[cs]e|copying|notice|use[-_ ]?policy|acceptable[-_ ]use)[\w .-]*", re.IGNORECASE)
_TEXT_ENDINGS = ("", "txt", "md", "rst")
# Models that were opened from anywhere get a home too, when they are imported: under these two names.
NO_REPOSITORY = "own/models"


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """`sha256` has 64 hex digits."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`files` are the model's parts in their order, `texts` the names of licence and notice beside them."""

    title: str
    files: tuple[ManifestFile, ...]
    repository: str = ""  # "owner/name"; empty: not known
    commit: str = ""  # 40 hex digits; empty: not known
    licence: str = ""  # the hub's identifier, such as "llama3.1"
    licence_title: str = ""
    base_model: str = ""
    quantisation: str = ""
    kind: VariantKind = "model"
    architecture: str = ""
    texts: tuple[str, ...] = ()
    template_sha256: str = ""  # of the chat template's text as the file has it; empty: it has none
    added: str = ""  # ISO date

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


def home_of(models_folder: Path, repository: str, variant_name: str, commit: str) -> Path:
    """Where a variant belongs: one folder per repository, variant and commit. Raises Untrustworthy for other names."""
    owner_and_name = safe_path(repository or NO_REPOSITORY)
    is_hidden = any(name.startswith(".") for name in (*owner_and_name.parts, variant_name))
    if len(owner_and_name.parts) != 2 or is_hidden or not re.fullmatch("[0-9a-f]{8,64}", commit):
        raise _untrusted("a repository, variant or commit that is none")
    return models_folder / owner_and_name / f"{safe_name(variant_name)}-{commit[:8]}"


def staging_of(home: Path) -> Path:
    """Where a model is put together. It becomes `home` by one rename, so that a model is right or absent."""
    return home.with_name(home.name + STAGING_ENDING)


def template_digest(chat_template: str) -> str:
    """What `template_sha256` says of a file's chat template; empty where it has none."""
    return hashlib.sha256(chat_template.encode("utf-8", "replace")).hexdigest() if chat_template else ""


def owns(folder: Path, manifest: Manifest) -> bool:
    """Whether the folder's name is one that `home_of` gives this model: others are a person's own, manifest or not."""
    is_known = manifest.repository and manifest.commit
    return folder.name.endswith(f"-{(manifest.commit if is_known else manifest.files[0].sha256)[:8]}")


def is_text(name: str) -> bool:
    """Whether a file is a licence, a notice or a policy, by its name: the only files that come along with a model."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    return _TEXT.fullmatch(name) is not None and (ending in _TEXT_ENDINGS or ending.isdigit())


def write(folder: Path, manifest: Manifest) -> None:
    """Put the manifest into the folder, whole or not at all. Raises Untrustworthy, DiskFull or StorageFault."""
    content = json.dumps({"version": VERSION, **asdict(manifest)}, ensure_ascii=False, indent=1).encode()
    parse(content)  # what could not be read back is never written
    try:
        files.replace_content(folder / NAME, content)
    except DiskFull:
        raise
    except StorageFault as fault:
        raise StorageFault(
            _("The models folder cannot be written to."),
            _("Check that the disk is there and that you may write to the folder, or choose another one."),
            detail=fault.detail,
        ) from fault


def read(folder: Path) -> Manifest:
    """Raises ModelFault when none can be read there, Untrustworthy when it says what no manifest says."""
    try:
        return parse(_read_bounded(folder / NAME))
    except OSError as fault:
        is_missing = fault.errno in (errno.ENOENT, errno.ENOTDIR)
        raise ModelFault(
            _("There is no model of Paddock in this folder.")
            if is_missing
            else _("The manifest of this model cannot be read."),
            _("Choose a folder with a file called {name} in it.").format(name=NAME),
            detail=errno.errorcode.get(fault.errno or 0, type(fault).__name__),
        ) from None


def parse(untrusted: bytes) -> Manifest:
    """Raises Untrustworthy."""
    if len(untrusted) > MAX_BYTES:
        raise _untrusted("too long")
    try:
        untrusted_fields = json.loads(
            untrusted.decode("utf-8"), object_pairs_hook=_once_each, parse_constant=_no_such_number
        )
        return _manifest(_Fields(untrusted_fields))
    except (ValueError, RecursionError) as fault:  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise _untrusted(type(fault).__name__) from None


class _Fields:
    """Typed looks into an object of a manifest. Whatever has another type raises ValueError."""

    def __init__(self, untrusted: Any) -> None:  # Any: JSON can be anything
        if not isinstance(untrusted, dict):
            raise ValueError("not an object")
        self._untrusted = untrusted

    def words(self, key: str, pattern: re.Pattern[str] | None = None) -> str:
        """One line of text, empty where it is not given; what there is fits the pattern."""
        value = self._untrusted.get(key, "")
        if not isinstance(value, str) or len(value) > MAX_WORDS or not value.isprintable():
            raise ValueError(key)
        if value and pattern is not None and not pattern.fullmatch(value):
            raise ValueError(key)
        return value

    def count(self, key: str) -> int:
        value = self._untrusted.get(key)
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_FILE_BYTES:
            raise ValueError(key)
        return value

    def items(self, key: str, most: int) -> list[Any]:  # Any: as above
        value = self._untrusted.get(key, [])
        if not isinstance(value, list) or len(value) > most:
            raise ValueError(key)
        return value


def _manifest(fields: _Fields) -> Manifest:
    if fields.count("version") > VERSION:
        raise Untrustworthy(
            _("This model was put away by a newer Paddock, in a way that this one does not know."),
            _("Install the newer Paddock to use it."),
        )
    kind = next((kind for kind in KINDS if kind == fields.words("kind")), None)
    manifest = Manifest(
        title=fields.words("title"),
        files=tuple(_file(_Fields(item)) for item in fields.items("files", MAX_FILES)),
        repository=_repository(fields.words("repository")),
        commit=fields.words("commit", COMMIT),
        licence=fields.words("licence"),
        licence_title=fields.words("licence_title"),
        base_model=fields.words("base_model"),
        quantisation=fields.words("quantisation"),
        kind=kind or "model",
        architecture=fields.words("architecture"),
        texts=tuple(_text_name(item) for item in fields.items("texts", MAX_TEXTS)),
        template_sha256=fields.words("template_sha256", SHA256),
        added=fields.words("added", DATE),
    )
    if manifest.added:
        date.fromisoformat(manifest.added)
    if not manifest.title or not manifest.files or kind is None:
        raise ValueError("a manifest without a title, a kind or files")
    names = [name.casefold() for name in (*(file.name for file in manifest.files), *manifest.texts)]
    if len({*names, NAME}) != len(names) + 1:
        raise ValueError("a name twice")  # also where only the case differs: Windows and macOS take them for one
    return manifest


def _file(fields: _Fields) -> ManifestFile:
    sha256 = fields.words("sha256", SHA256)
    if not sha256:
        raise ValueError("sha256")
    name = _file_name(fields.words("name"))
    if not name.lower().endswith(ENDING):  # what a manifest names can be deleted with the model
        raise ValueError("a file that is no model")
    return ManifestFile(name, fields.count("size_bytes"), sha256)


def _text_name(untrusted: Any) -> str:  # Any: an item of a JSON array
    name = _file_name(untrusted)
    if not is_text(name):
        raise ValueError("a text of no such name")
    return name


def _file_name(untrusted: Any) -> str:  # Any: an item of a JSON array
    if not isinstance(untrusted, str):
        raise ValueError("a name that is no text")
    if untrusted.casefold().endswith(STAGING_ENDING):
        raise ValueError("a name that unfinished files have")
    return safe_name(untrusted)


def _repository(untrusted: str) -> str:
    if untrusted and len(safe_path(untrusted).parts) != 2:
        raise ValueError("repository")
    return untrusted


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:  # Any: as above
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key twice")
    return made


def _no_such_number(untrusted: str) -> float:
    raise ValueError(untrusted)


def _read_bounded(path: Path) -> bytes:
    """At most one byte more than is allowed, of an ordinary file that is not a link. Raises OSError."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    if path.is_symlink():  # Windows has no O_NOFOLLOW
        raise OSError(errno.ELOOP, "a link")
    with contextlib.closing(os.fdopen(os.open(path, flags), "rb")) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not an ordinary file")
        return file.read(MAX_BYTES + 1)


def _untrusted(detail: str) -> PaddockError:
    return Untrustworthy(
        _("The manifest of this model is damaged, or was not written by Paddock."),
        _("Nothing was changed. Get the model again from where it came from."),
        detail=detail,
    )
