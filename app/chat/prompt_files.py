"""Personas and templates as files, to keep and to pass on. docs/prompts-format.md describes them.

What is read comes from anywhere: entries that are no such thing are left out and counted. The model of a persona is
a path on this computer and does not go into the file.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app import __version__
from app.chat.exchange.untrusted import Fields, fields, items, words
from app.chat.manner import Manner, Persona
from app.chat.templates import MOST_CHARACTERS, MOST_NAME_CHARACTERS, Template, free_name, tidy
from app.errors import DiskFull, PaddockError, StorageFault
from app.models.shelf.names import one_line
from app.settings import SAMPLING
from app.storage import files
from app.text import _, grouped

FORMAT = "paddock-prompts"
VERSION = 1
MOST_BYTES = 16 * 2**20
MOST_ENTRIES = 1_000
_BY_KEY = {setting.key: setting for setting in SAMPLING}


@dataclass(frozen=True, slots=True)
class Prompts:
    """What a file holds. Ids are empty: whoever keeps them gives new ones. `left_out`: entries that were none."""

    personas: tuple[Persona, ...] = ()
    templates: tuple[Template, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class New:
    """What of a file is not here yet, under names that are free, and how many were here already."""

    personas: tuple[Persona, ...]
    templates: tuple[Template, ...]
    known: int
    left_out: int


def write(path: Path, personas: Iterable[Persona], templates: Iterable[Template]) -> int:
    """How many went into the file, which stands there whole or not at all. Raises StorageFault."""
    content = {
        "format": FORMAT,
        "version": VERSION,
        "written_by": f"Paddock {__version__}",
        "written_at": round(time.time()),
        "personas": [_packed(persona) for persona in personas],
        "templates": [{"name": template.name, "text": template.text} for template in templates],
    }
    text = json.dumps(content, ensure_ascii=False, indent=2).encode("utf-8", "replace")
    try:
        files.replace_content(path, text)
    except DiskFull:
        raise
    except StorageFault as error:
        raise StorageFault(
            _("The file could not be written there."),
            _("Check that the folder is there and that you may write to it, or choose another."),
            detail=error.detail,
        ) from error
    return len(content["personas"]) + len(content["templates"])  # type: ignore[arg-type] # both are lists


def read(path: Path) -> Prompts:
    """What a file holds. Raises PaddockError with a sentence for one that is none of ours."""
    try:
        with path.open("rb") as file:
            untrusted_bytes = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise PaddockError(
            _("This file could not be read."),
            _("Check that it is still there and that you may read it."),
            detail=type(error).__name__,
        ) from error
    if len(untrusted_bytes) > MOST_BYTES:
        raise PaddockError(_("This file is too large to hold personas and templates."), _("Choose another file."))
    try:
        untrusted = fields(json.loads(untrusted_bytes.decode("utf-8-sig")))
    except (ValueError, RecursionError):
        untrusted = fields(None)
    return _prompts(untrusted)


def new(found: Prompts, personas: Sequence[Persona], templates: Sequence[Template], new_id: Callable[[], str]) -> New:
    """What of `found` is not among those that are here, built-in ones included."""
    taken = [persona.name for persona in personas]
    here = {(persona.name, _told(persona.manner)) for persona in personas}
    fresh: list[Persona] = []
    for persona in found.personas:
        if (persona.name, _told(persona.manner)) not in here:
            fresh.append(Persona(new_id(), free_name(persona.name, taken), persona.manner))
            here.add((persona.name, _told(persona.manner)))
            taken.append(fresh[-1].name)
    taken = [template.name for template in templates]
    texts = {(template.name, template.text) for template in templates}
    unseen: list[Template] = []
    for template in found.templates:
        if (template.name, template.text) not in texts:
            unseen.append(Template(new_id(), free_name(template.name, taken), template.text))
            texts.add((template.name, template.text))
            taken.append(unseen[-1].name)
    known = len(found.personas) + len(found.templates) - len(fresh) - len(unseen)
    return New(tuple(fresh), tuple(unseen), known, found.left_out)


def _told(manner: Manner) -> Manner:
    """What of a manner goes into a file."""
    return replace(manner, persona_id=None, model=None, sampling=tuple(sorted(manner.sampling)))


def _packed(persona: Persona) -> dict[str, object]:
    return {
        "name": persona.name,
        "system_prompt": persona.manner.system_prompt,
        "sampling": dict(persona.manner.sampling),
    }


def _prompts(untrusted: Fields) -> Prompts:
    if untrusted.get("format") != FORMAT:
        raise PaddockError(
            _("This file holds no personas or templates of Paddock."),
            _("Choose a JSON file that was saved from the personas or the templates."),
        )
    version = untrusted.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise PaddockError(_("This file does not say which version of the format it has."), _("Choose another file."))
    if version > VERSION:
        raise PaddockError(_("This file was written by a later Paddock."), _("Update Paddock, then bring it in again."))
    untrusted_personas, untrusted_templates = items(untrusted.get("personas")), items(untrusted.get("templates"))
    if len(untrusted_personas) + len(untrusted_templates) > MOST_ENTRIES:
        raise PaddockError(
            _("This file holds more than {most} entries.").format(most=grouped(MOST_ENTRIES)),
            _("Bring them in as several smaller files."),
        )
    personas = tuple(filter(None, map(_persona, untrusted_personas)))
    templates = tuple(filter(None, map(_template, untrusted_templates)))
    left_out = len(untrusted_personas) + len(untrusted_templates) - len(personas) - len(templates)
    return Prompts(personas, templates, left_out)


def _persona(untrusted: object) -> Persona | None:
    entry = fields(untrusted)
    name, said = _name(entry), entry.get("system_prompt")
    if not name or not (said is None or isinstance(said, str)):
        return None
    if isinstance(said, str) and len(said) > MOST_CHARACTERS:
        return None
    read_sampling = ((key, _number(key, value)) for key, value in fields(entry.get("sampling")).items())
    sampling = tuple((key, number) for key, number in read_sampling if number is not None)
    if said is None and not sampling:
        return None
    return Persona("", name, Manner(None if said is None else words(said), sampling=tuple(sorted(sampling))))


def _template(untrusted: object) -> Template | None:
    entry = fields(untrusted)
    name, text = _name(entry), entry.get("text")
    if not name or not isinstance(text, str) or not text.strip() or len(text) > MOST_CHARACTERS:
        return None
    return Template("", name, words(text))


def _name(entry: Fields) -> str:
    name = entry.get("name")
    return tidy(one_line(name, MOST_NAME_CHARACTERS)) if isinstance(name, str) else ""


def _number(key: str, value: object) -> float | None:
    """The number for a setting of sampling; None where there is no such setting, or it does not take this."""
    setting = _BY_KEY.get(key)
    if setting is None or isinstance(value, bool) or not isinstance(value, int | float) or not setting.accepts(value):
        return None
    is_whole = isinstance(setting.default, int)
    return None if is_whole and not float(value).is_integer() else float(value)
