"""Carrying models to computers without a network: out to a folder or a stick, and in again, with every byte checked.

What comes in was written by a stranger. Its manifest decides nothing but what must be there: whatever else lies in that
folder is not looked at, and a model appears under its name whole, or not at all.
"""

from __future__ import annotations

import contextlib
import stat
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from app.errors import ModelFault, Untrustworthy
from app.models import gguf, library
from app.models.header import Header, read_header
from app.models.hub.remote import VariantKind
from app.models.shelf import copying, manifest, shelves
from app.models.shelf.copying import OnProgress, Source, Work
from app.models.shelf.manifest import ENDING, Manifest, ManifestFile
from app.models.shelf.names import MAX_NAME_BYTES, one_line, safe_name
from app.models.shelf.shelf import Shelf, Shelved, kind_of
from app.text import _

Exported: TypeAlias = tuple[Manifest, Path]
"""A model that was carried here, and the folder that it lies in."""


def export(shelved: Shelved, to_folder: Path, *, on_progress: OnProgress, stop: threading.Event) -> Path:
    """Copy a model, its manifest and its licence into a new folder inside `to_folder`, which is returned.

    A model without a manifest gets one. Raises ModelFault, Untrustworthy (a file is damaged), DiskFull, StorageFault
    and Cancelled; no part of the copy is left then.
    """
    sources = _sources(shelved)
    sizes = tuple(size_bytes for _source, _name, size_bytes in sources)
    copying.require_folder(to_folder)
    copying.require_room(to_folder, sizes)
    work = Work(sum(sizes), on_progress, stop)
    with copying.staging(to_folder / _export_name(shelved)) as staging:
        if shelved.manifest is None:
            copied = tuple(copying.copy(source, staging / name, size, work) for source, name, size in sources)
            known = _made(shelved, copied)
        else:
            known = shelved.manifest
            for (source, _name, _size), wanted in zip(sources, known.files, strict=True):
                copying.copy_checked(source, staging, wanted, work)
            home = shelved.path.parent
            texts = tuple(name for name in known.texts if copying.copy_text(home, staging, name, work))
            known = replace(known, texts=texts)
        manifest.write(staging, known)
        with contextlib.suppress(OSError):
            (staging / manifest.NAME).chmod(0o644)  # for whoever imports it; FAT knows no modes
    return to_folder / _export_name(shelved)


def look(folder: Path) -> Exported:
    """The one exported model in the folder, or in a folder inside of it. Raises ModelFault when it is none or several,
    and Untrustworthy when its manifest is not right.
    """
    if (folder / manifest.NAME).exists():
        return manifest.read(folder), folder
    found = [path for path in shelves.folders_in(folder) if (path / manifest.NAME).exists()]
    if len(found) > 1:
        raise ModelFault(
            _("There are {count} models in this folder.").format(count=len(found)),
            _("Choose the folder of one of them."),
        )
    return manifest.read(found[0] if found else folder), found[0] if found else folder


def import_from(
    folder: Path, models_folder: Path, shelf: Shelf, *, on_progress: OnProgress, stop: threading.Event
) -> Path:
    """Bring in the model that `look` finds. Returns the path of its first part, which is then known as checked.

    Raises ModelFault, Untrustworthy, DiskFull, StorageFault and Cancelled; nothing of the model is there then.
    """
    known, from_folder = look(folder)
    _require_as_announced(from_folder, known)
    copying.require_folder(models_folder)
    copying.require_room(models_folder, tuple(file.size_bytes for file in known.files))
    work = Work(known.size_bytes, on_progress, stop)
    home = _home(models_folder, known)
    with copying.staging(home) as staging:
        for file in known.files:
            copying.copy_checked(Source(from_folder / file.name), staging, file, work)
        for name in known.texts:
            if not copying.copy_text(from_folder, staging, name, work):
                raise copying.not_as_announced("text")
        template_sha256 = _template_of(read_header(staging / known.files[0].name), known)
        manifest.write(staging, replace(known, template_sha256=template_sha256, added=_today()))
    shelf.remember(home, known)
    return home / known.files[0].name


def _sources(shelved: Shelved) -> list[tuple[Source, str, int]]:
    """What to copy, under which name, and how many bytes it has."""
    if shelved.manifest is not None:
        home = shelved.path.parent
        return [(Source(home / file.name), file.name, file.size_bytes) for file in shelved.manifest.files]
    parts = gguf.check(shelved.path).shards
    sources = [Source(part, is_link_followed=True) for part in parts]  # the person opened it by that link
    return [
        (source, _portable_name(part, shelved.title, len(parts)), part.stat().st_size)
        for source, part in zip(sources, parts, strict=True)
    ]


def _portable_name(path: Path, title: str, parts: int) -> str:
    """As it is called here, where every system takes that. The parts of a model are found by their names."""
    if parts > 1:
        return safe_name(path.name)
    stem = path.stem if path.suffix.lower() == ENDING else title
    with contextlib.suppress(Untrustworthy):
        return safe_name(stem + ENDING)
    kept = "".join(letter if letter.isalnum() or letter in " ._-" else "_" for letter in one_line(stem))
    return safe_name("model " + kept.encode()[: MAX_NAME_BYTES // 2].decode("utf-8", "ignore").strip(" .") + ENDING)


def _export_name(shelved: Shelved) -> str:
    if shelved.manifest is not None:
        return safe_name(shelved.path.parent.name)
    return safe_name(library.title_of(Path(_portable_name(shelved.path, shelved.title, 1))))


def _made(shelved: Shelved, copied: tuple[ManifestFile, ...]) -> Manifest:
    """For a model that was opened from anywhere: where it comes from is not known, and it says so."""
    header = read_header(shelved.path)
    kinds: dict[str, VariantKind] = {"adapter": "adapter", "projector": "projector"}
    return Manifest(
        title=one_line(shelved.title) or _("Model"),
        files=copied,
        licence=one_line(str(header.facts.get("general.license", ""))),
        quantisation=header.quantisation,
        kind=kinds.get(kind_of(header), "model"),
        architecture=header.architecture,
        template_sha256=manifest.template_digest(header.chat_template),
        added=_today(),
    )


def _home(models_folder: Path, known: Manifest) -> Path:
    name = known.files[0].name
    part = gguf.PART_NAME.fullmatch(name)
    variant = part["stem"] if part else name[: -len(ENDING)] if name.lower().endswith(ENDING) else name
    if known.repository and known.commit:
        return manifest.home_of(models_folder, known.repository, variant, known.commit)
    return manifest.home_of(models_folder, "", variant, known.files[0].sha256)


def _require_as_announced(folder: Path, known: Manifest) -> None:
    """Before a byte is copied. Raises Untrustworthy for files that are no files, not there, or of another size."""
    for file in known.files:
        try:
            status = (folder / file.name).lstat()
        except OSError:
            raise Untrustworthy(
                _("This copy of a model is not complete: a file that its manifest names is not there."),
                _("Export it once more, and copy the whole folder."),
            ) from None
        if not stat.S_ISREG(status.st_mode) or status.st_size != file.size_bytes:
            raise copying.not_as_announced("kind or size")


def _template_of(header: Header, known: Manifest) -> str:
    """What the manifest should say of the file's chat template. Raises Untrustworthy where it says something else."""
    found = manifest.template_digest(header.chat_template)
    if known.template_sha256 not in ("", found):
        raise copying.not_as_announced("chat template")
    return found


def _today() -> str:
    return datetime.now(UTC).astimezone().date().isoformat()
