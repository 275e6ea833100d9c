"""What is on this computer, wherever it came from, and what a person can do with it.

The starter, models that were fetched, the folders that an administrator shares, models of other programs (used where
they lie) and files that were opened: one list, each file once.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from app.desk import ModelDesk
from app.documents.search_model import SearchModel
from app.engine.host import EngineHost
from app.errors import ModelFault, StorageFault
from app.models import companions, gguf, library
from app.models.embedder import EMBEDDER_TITLE
from app.models.header import Header, read_header
from app.models.shelf import elsewhere, manifest, transfer
from app.models.shelf.copying import OnProgress
from app.models.shelf.elsewhere import Elsewhere
from app.models.shelf.folders import ModelFolders
from app.models.shelf.shelf import DiskUse, Kind, Shelf, Shelved, State, Verdict, kind_of, opened
from app.settings import ADAPTERS, DRAFT_MODEL, adapter_text, parse_adapter
from app.text import _

Origin = Literal["starter", "fetched", "own_file", "shared", "elsewhere", "opened"]
USUAL_STRENGTH = 1.0  # of an adapter: as it was trained


@dataclass(frozen=True, slots=True)
class Holding:
    """A model that is here. `words` is a sentence on its state, empty where there is nothing to say."""

    path: Path  # of the first part
    title: str
    origin: Origin
    program: str  # whose it is, of one from elsewhere
    kind: Kind
    size_bytes: int
    quantisation: str
    state: State
    words: str
    is_chosen: bool
    shelved: Shelved | None = None
    goes_with: tuple[str, ...] = ()  # of an adapter: titles of the models here that it can change
    is_searching: bool = False  # documents are searched with it

    def as_shelved(self) -> Shelved:
        """What the shelf's ways take, for a model from anywhere. Raises ModelFault when it cannot be read."""
        return self.shelved or opened(self.path, title=self.title, kind=self.kind)


class Holdings:
    """One per open profile. Calls read folders and files, so they belong on a worker thread."""

    def __init__(
        self,
        *,
        desk: ModelDesk,
        host: EngineHost,
        shelf: Shelf,
        folders: ModelFolders,
        embedder: Callable[[], Path],
        search_model: SearchModel,
        find_elsewhere: Callable[[], tuple[Elsewhere, ...]] = elsewhere.find,
    ) -> None:
        self._desk = desk
        self._host = host
        self._embedder = embedder
        self._search_model = search_model
        self._find_elsewhere = find_elsewhere
        self._headers: dict[tuple[Path, int, int], Header] = {}
        self._lock = threading.Lock()
        self._made_embedder: Path | None = None
        self._making = threading.Lock()  # held while it is made, which is for one caller at a time
        self.shelf = shelf
        self.folders = folders

    def all(self) -> tuple[Holding, ...]:
        """Each file once: the starter, the shelf, what was opened, and what other programs have."""
        found: dict[Path, Holding] = {}
        for holding in self._each():
            found.setdefault(Path(os.path.realpath(holding.path)), holding)
        listed = tuple(found.values())
        searching = self._search_model.path() or self._made_embedder
        return tuple(
            replace(self._with_bases(holding, listed), is_searching=holding.path == searching) for holding in listed
        )

    def use(self, path: Path, title: str = "") -> None:
        """Make it the model that answers. Raises ModelFault with a sentence."""
        file = self._desk.choose(path)
        if title:
            self._desk.titles.keep(file.path, title)

    def delete(self, shelved: Shelved) -> int:
        """Returns the bytes given back. Raises ModelFault for what is not ours to delete, and StorageFault."""
        if shelved.is_ours:
            self._put_down(shelved.path)
        freed_bytes = self.shelf.delete(shelved)
        self._desk.forget(shelved.path)
        self._follow(shelved.path, None)
        return freed_bytes

    def forget(self, path: Path) -> None:
        """Take a file that was opened off the list. The file stays where it is."""
        self._put_down(path)
        self._desk.forget(path)

    def move(self, shelved: Shelved, to_folder: Path, on_progress: OnProgress, stop: threading.Event) -> Path:
        """Take it to another folder, which is for models from then on. Returns its new path; raises as Shelf.move."""
        was_chosen, title = self._desk.chosen() == shelved.path, self._desk.titles.of(shelved.path)
        if shelved.is_ours:
            self._put_down(shelved.path)
        moved = self.shelf.move(shelved, to_folder, on_progress, stop)
        self.folders.remember(to_folder)
        self._desk.forget(shelved.path)
        self._desk.titles.keep(moved, title)
        self._follow(shelved.path, moved)
        if was_chosen:
            self._desk.choose(moved)
        return moved

    def verify(self, shelved: Shelved, on_progress: OnProgress, stop: threading.Event) -> Verdict:
        """Read every byte of it. Raises ModelFault for one without a manifest, and Cancelled."""
        return self.shelf.verify(shelved, on_progress, stop)

    def export(self, shelved: Shelved, to_folder: Path, on_progress: OnProgress, stop: threading.Event) -> Path:
        """Copy it with its manifest to a folder or a stick. Raises as transfer.export."""
        return transfer.export(shelved, to_folder, on_progress=on_progress, stop=stop)

    def bring(self, folder: Path, on_progress: OnProgress, stop: threading.Event) -> Path:
        """Copy an exported model here, every byte checked. Raises as transfer.import_from."""
        into = self.folders.ready()
        path = transfer.import_from(folder, into, shelf=self.shelf, on_progress=on_progress, stop=stop)
        self._desk.titles.keep(path, manifest.read(path.parent).title)
        return path

    def attach(self, adapter: Path) -> str:
        """Let an adapter change how the chosen model answers, from its next loading on; returns that model's title.

        Raises ModelFault where it cannot.
        """
        model = self._desk.path()
        companions.require_adapter(self._header(adapter), self._header(model))
        options = self._desk.options(model)
        others = tuple(text for text in options.get(ADAPTERS) if not text.endswith(f" {adapter}"))
        options.set(ADAPTERS, (*others, adapter_text(USUAL_STRENGTH, str(adapter))))
        return self._desk.titles.of(model)

    def clear_unfinished(self, in_use: Collection[Path]) -> int:
        """Delete what downloads and copies left behind; `in_use` is what some of them still need. Returns the bytes."""
        return sum(self.shelf.delete_unfinished(staging) for staging in self.shelf.unfinished(in_use))

    def disk_use(self) -> DiskUse:
        return self.shelf.disk_use()

    def _each(self) -> Iterator[Holding]:
        with contextlib.suppress(ModelFault):
            yield self._of_file(library.starter(), library.STARTER_TITLE, "starter")
        for shelved in self.shelf.all():
            yield self._of_shelf(shelved)
        with contextlib.suppress(ModelFault, StorageFault):
            yield self._of_file(self._embedder_path(), EMBEDDER_TITLE, "starter")
        for other in self._find_elsewhere():
            yield self._of_file(other.path, other.title, "elsewhere", other.program)
        for model in self._desk.known():
            if not model.is_starter:
                yield self._of_file(model.path, model.title, "opened")

    def _embedder_path(self) -> Path:
        """Made, or found right, once: that takes up to a second. Raises ModelFault or StorageFault."""
        with self._making:
            if self._made_embedder is None:
                self._made_embedder = self._embedder()
            return self._made_embedder

    def _of_shelf(self, shelved: Shelved) -> Holding:
        origin: Origin = "shared" if shelved.is_shared else "fetched" if shelved.is_ours else "own_file"
        quantisation = shelved.manifest.quantisation if shelved.manifest else self._quantisation(shelved.path)
        return Holding(
            shelved.path,
            shelved.title,
            origin,
            "",
            shelved.kind,
            shelved.size_bytes,
            quantisation,
            shelved.state,
            shelved.words,
            self._desk.chosen() == shelved.path,
            shelved,
        )

    def _of_file(self, path: Path, title: str, origin: Origin, program: str = "") -> Holding:
        is_chosen = self._desk.chosen() == path
        try:
            size_bytes, header = gguf.check(path).size_bytes, self._header(path)
        except ModelFault as fault:
            state: State = "changed" if path.exists() else "missing"
            return Holding(path, title, origin, program, "other", 0, "", state, fault.message, is_chosen)
        kind = kind_of(header)
        return Holding(path, title, origin, program, kind, size_bytes, header.quantisation, "ready", "", is_chosen)

    def _with_bases(self, holding: Holding, listed: Iterable[Holding]) -> Holding:
        if holding.kind != "adapter" or holding.state == "missing":
            return holding
        fitting = tuple(other.title for other in listed if other.kind == "chat" and self._fits(holding, other))
        return replace(holding, goes_with=fitting)

    def _fits(self, adapter: Holding, model: Holding) -> bool:
        try:
            companions.require_adapter(self._header(adapter.path), self._header(model.path))
        except ModelFault:
            return False
        return True

    def _quantisation(self, path: Path) -> str:
        try:
            return self._header(path).quantisation
        except ModelFault:
            return ""

    def _header(self, path: Path) -> Header:
        """Read again only when the file has changed. Raises ModelFault."""
        file = gguf.check(path)
        try:
            key = (file.path, file.size_bytes, file.path.stat().st_mtime_ns)
        except OSError:
            raise ModelFault(_("The model file is not there any more, or never was.")) from None
        with self._lock:
            known = self._headers.get(key)
        if known is None:
            known = read_header(file.path)
            with self._lock:
                self._headers[key] = known
        return known

    def _follow(self, path: Path, moved: Path | None) -> None:
        """Models that were set to use this file, as adapter or to guess ahead, find it where it is now, or do without.

        Else they could not be loaded any more. So does the search of documents.
        """
        self._search_model.follow(path, moved)
        for model in self._desk.known():
            with contextlib.suppress(ModelFault):  # it is not here now
                options = self._desk.options(model.path)
                if options.get(DRAFT_MODEL) == str(path):
                    options.set(DRAFT_MODEL, "" if moved is None else str(moved))
                adapters = [adapter for text in options.get(ADAPTERS) if (adapter := parse_adapter(text))]
                if str(path) in (name for _strength, name in adapters):
                    now = [(strength, moved if name == str(path) else name) for strength, name in adapters]
                    options.set(ADAPTERS, tuple(adapter_text(strength, str(name)) for strength, name in now if name))

    def _put_down(self, path: Path) -> None:
        """Nothing of it is in use: on Windows a file that is mapped can be neither moved nor deleted."""
        if self._desk.chosen() == path:
            self._host.release()
        self._search_model.put_down(path)
