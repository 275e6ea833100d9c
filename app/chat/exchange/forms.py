"""What is asked of an export and an import, and what came of it: values only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from app.chat.carried import Carried
from app.errors import Cancelled
from app.text import _

Kind = Literal["md", "html", "pdf", "txt", "json"]
Place = Literal["file", "folder", "zip"]
Origin = Literal["paddock", "chatgpt", "claude", "lmstudio", "jan", "gpt4all", "openwebui"]

OnProgress = Callable[[int, int], None]
"""How far it is: done, of how many."""

Printer = Callable[[Iterable[Carried]], bytes]
"""Makes one PDF of these chats. It needs Qt, so the window brings it along."""

KINDS: tuple[Kind, ...] = ("md", "html", "pdf", "txt", "json")

NAMES: MappingProxyType[Origin, str] = MappingProxyType(
    {
        "paddock": "Paddock",
        "chatgpt": "ChatGPT",
        "claude": "Claude",
        "lmstudio": "LM Studio",
        "jan": "Jan",
        "gpt4all": "GPT4All",
        "openwebui": "Open WebUI",
    }
)


@dataclass(frozen=True, slots=True)
class Form:
    """How chats are written. `place`: all into one file, or one file each into a folder or a ZIP.

    `has_all_versions`: of the forms to read, which else have the branch on screen. JSON always has everything.
    """

    kind: Kind
    place: Place = "file"
    has_all_versions: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """`path`: the file or the folder; `files`: how many were written, `chats`: how many are in them."""

    path: Path
    chats: int
    files: int


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read. `name` is the file's name, `title` the chat's where it is known."""

    name: str
    sentence: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a file or folder has. `ids` are those the chats would get here; the same chat always gets the same."""

    path: Path
    kind: Origin | None
    ids: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def conversations(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Brought:
    """What an import did. `known`: chats that were here already and were left alone."""

    ids: tuple[str, ...]
    known: int = 0
    problems: tuple[Problem, ...] = ()
    is_whole: bool = True
    """False where the person stopped it; `ids` are here all the same."""


def require_going(stop: threading.Event) -> None:
    """Raises Cancelled once the person stopped it."""
    if stop.is_set():
        raise Cancelled(_("This was stopped."))
