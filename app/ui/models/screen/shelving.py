"""What is on this computer, as the page lists it, and what is done with it there: use, check, delete."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeAlias

from PySide6.QtCore import QObject, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from app.core import Core
from app.errors import Cancelled, ModelFault, PaddockError
from app.journeys.holdings import Holding
from app.models import library
from app.models.shelf.shelf import DiskUse, FolderUse, Shelved, Verdict
from app.text import _
from app.ui import files
from app.ui.bridge import Bridge
from app.ui.dialogs import SentenceDialog
from app.ui.models.memory_card import size_words
from app.ui.models.page.page import ModelsPage
from app.ui.models.page.shown import (
    DiskShown,
    ShelfAct,
    ShelfActName,
    ShelfGroup,
    ShelfItem,
    ShelfShown,
    ShelfState,
    UseRequested,
)
from app.ui.models.screen.carrying import Carrying
from app.ui.models.screen.latest import Latest
from app.ui.progress_dialog import Steps
from app.ui.theme import Theme

_Found: TypeAlias = tuple[tuple[Holding, ...], DiskUse, Path]  # the last is where new models go


@dataclass(slots=True)
class _Check:
    """A model that is being read through. `share` is how far, from 0 to 1."""

    stop: threading.Event = field(default_factory=threading.Event)
    share: float = 0.0


class Shelving(QObject):
    """Controller of the page's other side; parented to the page. An item's id is its path."""

    failed = Signal(object)  # PaddockError
    told = Signal(object)  # a sentence, str
    use_requested = Signal(object)  # Holding
    settings_requested = Signal()
    reload_requested = Signal()  # the model that answered was moved or is gone

    def __init__(self, core: Core, bridge: Bridge, page: ModelsPage, theme: Theme, window: QWidget) -> None:
        super().__init__(page)
        self._window = window
        self._core = core
        self._bridge = bridge
        self._page = page
        self._theme = theme
        self._holdings: dict[str, Holding] = {}
        self._disks: tuple[DiskShown, ...] = ()
        self._checks: dict[str, _Check] = {}  # by id
        self._shelf: Latest[_Found] = Latest(bridge, self._read, self._have_read, self.failed.emit)
        self.carrying = Carrying(core, bridge, theme, window, parent=self)
        self.carrying.told.connect(self.told)
        self.carrying.changed.connect(self.look)
        self.carrying.moved.connect(self._moved)
        self.carrying.failed.connect(self._not_done)
        page.use_requested.connect(self._on_use)
        page.shelf_act.connect(self._on_act)
        page.folder_requested.connect(self.choose_folder)

    @Slot()
    def look(self) -> None:
        """List anew."""
        self._shelf.look()

    @Slot()
    def clear_unfinished(self) -> None:
        """Delete what downloads and copies that nobody goes on with left behind."""
        core = self._core
        self._bridge.run(
            lambda: core.holdings.clear_unfinished(core.shop.downloads.staging_folders()),
            self._cleared,
            self.failed.emit,
        )

    def _cleared(self, freed_bytes: int) -> None:
        words = _("{size} are free again.").format(size=size_words(freed_bytes))
        self._done(words if freed_bytes else _("Nothing unfinished was lying about."))

    @Slot()
    def choose_folder(self) -> None:
        dialog = files.folder_dialog(self._window, _("Where models are kept from now on"))
        dialog.fileSelected.connect(self._on_folder)
        dialog.open()

    def _read(self) -> _Found:
        holdings = self._core.holdings
        return holdings.all(), holdings.disk_use(), holdings.folders.current()

    def _have_read(self, found: _Found) -> None:
        holdings, use, current = found
        self._holdings = {str(holding.path): holding for holding in holdings if _is_listed(holding)}
        self._disks = tuple(disk_shown(each, current) for each in use.folders if each.is_there)
        self._draw()

    def _draw(self) -> None:
        items = tuple(item_shown(holding, self._share_of(id_)) for id_, holding in self._holdings.items())
        self._page.set_shelf(ShelfShown(items, self._disks))

    def _share_of(self, id_: str) -> float | None:
        check = self._checks.get(id_)
        return None if check is None else check.share

    def use(self, path: Path) -> bool:
        """As its row does; False for what is not listed yet."""
        holding = self._holdings.get(str(path))
        if holding is not None:
            self.use_requested.emit(holding)
        return holding is not None

    @Slot(object)
    def _on_use(self, request: UseRequested) -> None:
        holding = self._holdings.get(request.id)
        if holding is not None:
            self.use_requested.emit(holding)

    @Slot(object)
    def _on_act(self, act: ShelfAct) -> None:
        holding = self._holdings.get(act.id)
        if holding is None:
            return
        acts: dict[ShelfActName, Callable[[Holding], None]] = {
            "settings": self._settings,
            "check": self._check,
            "export": self.carrying.export,
            "move": self._move,
            "show": self._show_folder,
            "forget": self._forget,
            "delete": self._ask_delete,
        }
        acts[act.act](holding)

    def _settings(self, _holding: Holding) -> None:
        self.settings_requested.emit()

    def _show_folder(self, holding: Holding) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(holding.path.parent)))

    # Checking every byte, in the row itself.

    def _check(self, holding: Holding) -> None:
        """Read it through; asked for while that goes on, stop it."""
        id_, shelved, bridge = str(holding.path), holding.shelved, self._bridge
        if id_ in self._checks:
            self._checks[id_].stop.set()
            return
        if shelved is None:
            return
        check = self._checks[id_] = _Check()
        progress = Steps(bridge, check.stop, partial(self._checked_so_far, check))

        def work() -> Verdict:
            return self._core.holdings.verify(shelved, progress, check.stop)

        bridge.run(work, partial(self._checked, holding), partial(self._not_checked, id_))
        self._draw()

    def _checked_so_far(self, check: _Check, share: float) -> None:
        check.share = share
        if self._page.isVisible():
            self._draw()

    def _checked(self, holding: Holding, verdict: Verdict) -> None:
        self._checks.pop(str(holding.path), None)
        self._done(f"{holding.title}: {verdict.words}")

    def _not_checked(self, id_: str, error: PaddockError) -> None:
        self._checks.pop(id_, None)
        self._draw()
        if not isinstance(error, Cancelled):
            self._not_done(error)

    # Elsewhere, and away.

    def _move(self, holding: Holding) -> None:
        self._stop_check(holding)
        self.carrying.move(holding)

    @Slot(object)
    def _moved(self, holding: Holding) -> None:
        self._gone(holding, _("“{title}” was moved.").format(title=holding.title))

    def _forget(self, holding: Holding) -> None:
        self._bridge.run(partial(_forget, self._core, holding.path), partial(self._forgotten, holding), self._not_done)

    def _forgotten(self, holding: Holding, _result: object) -> None:
        self._gone(holding, _("“{title}” is off the list; its file stays.").format(title=holding.title))

    def _ask_delete(self, holding: Holding) -> None:
        words = _("This gives {size} back. Your chats stay; to use the model again it has to be downloaded again.")
        if holding.state == "missing":
            words = _("Its file is not there any more; what is left of it goes as well. Your chats stay.")
        next_step = ""
        if holding.is_chosen:
            next_step = _("It is the one in use: {starter} answers from then on.").format(starter=library.STARTER_TITLE)
        elif holding.is_searching:
            next_step = _("It is the one for searching: the one that came with Paddock takes its place.")
        dialog = SentenceDialog(
            self._theme,
            _("Delete “{title}”?").format(title=holding.title),
            words.format(size=size_words(holding.size_bytes)),
            parent=self._window,
            next_step=next_step,
            accept=_("Delete"),
            reject=_("Cancel"),
            kind="danger",
        )
        dialog.accepted.connect(partial(self._delete, holding))
        dialog.open()

    def _delete(self, holding: Holding) -> None:
        shelved = holding.shelved
        if shelved is None:
            return
        self._stop_check(holding)
        self._bridge.run(partial(_delete, self._core, shelved), partial(self._deleted, holding), self._not_done)

    def _deleted(self, holding: Holding, freed_bytes: int) -> None:
        words = _("“{title}” was deleted: {size} are free again.")
        if holding.state == "missing":
            words = _("“{title}” was deleted.")
        self._gone(holding, words.format(title=holding.title, size=size_words(freed_bytes)))

    @Slot(str)
    def _on_folder(self, name: str) -> None:
        self._bridge.run(partial(self._core.holdings.folders.choose, Path(name)), self._chosen, self.failed.emit)

    def _chosen(self, _result: object) -> None:
        self._done(_("New models go there from now on. Those that are here stay where they are."))

    def _stop_check(self, holding: Holding) -> None:
        """On Windows a file that is being read can be neither moved nor deleted."""
        check = self._checks.get(str(holding.path))
        if check is not None:
            check.stop.set()

    def _gone(self, holding: Holding, sentence: str) -> None:
        """Something is not where it was: where it is the one that answers, what is loaded is loaded anew."""
        self._done(sentence)
        if holding.is_chosen:
            self.reload_requested.emit()

    def _done(self, sentence: str) -> None:
        self.told.emit(sentence)
        self.look()

    @Slot(object)
    def _not_done(self, error: PaddockError) -> None:
        self.failed.emit(error)
        self.look()


# On a worker thread.


def _forget(core: Core, path: Path) -> None:
    core.holdings.forget(path)
    _choose_starter(core)


def _delete(core: Core, shelved: Shelved) -> int:
    freed_bytes = core.holdings.delete(shelved)
    _choose_starter(core)
    return freed_bytes


def _choose_starter(core: Core) -> None:
    """It answers where nothing is chosen any more: chosen, it is named in the header and marked on the page."""
    with contextlib.suppress(ModelFault):  # a build without one
        if core.desk.chosen() is None:
            core.desk.choose(library.starter())


_GROUPS: dict[str, ShelfGroup] = {"adapter": "adapter", "embedding": "embedding"}
_STATES: dict[str, ShelfState] = {
    "ready": "ready",
    "missing": "missing",
    "changed": "changed",
    "unverified": "unverified",
}


def _is_listed(holding: Holding) -> bool:
    return holding.kind != "projector"


def item_shown(holding: Holding, checked: float | None) -> ShelfItem:
    """A holding as a row; `checked` while it is being checked."""
    known = holding.shelved.manifest if holding.shelved else None
    state = _STATES[holding.state]
    if checked is not None:
        state = "checking"
    elif (holding.is_chosen or holding.is_searching) and holding.state not in ("missing", "changed"):
        state = "in_use"
    group: ShelfGroup = _GROUPS.get(holding.kind, "elsewhere" if holding.origin == "elsewhere" else "model")
    return ShelfItem(
        id=str(holding.path),
        title=holding.title,
        group=group,
        size_bytes=holding.size_bytes,
        quantisation=holding.quantisation,
        state=state,
        source=_source(holding),
        folder=str(holding.path.parent),
        base=", ".join(holding.goes_with),
        repository=known.repository if known else "",
        variant=known.files[0].name.removesuffix(".gguf") if known else "",
        acts=_acts(holding),
        can_use=holding.kind in ("chat", "adapter", "embedding"),
        checked=checked or 0.0,
    )


def _source(holding: Holding) -> str:
    known = holding.shelved.manifest if holding.shelved else None
    if known is not None:
        return known.repository
    return {
        "starter": _("came with Paddock"),
        "shared": _("shared on this computer"),
        "elsewhere": holding.program,
    }.get(holding.origin, "")


def _acts(holding: Holding) -> tuple[ShelfActName, ...]:
    acts: list[ShelfActName] = ["settings"] if holding.is_chosen else []
    shelved = holding.shelved
    if shelved is not None and shelved.manifest is not None and holding.state != "missing":
        acts.append("check")
    if holding.state != "missing":
        acts.append("export")
    if shelved is not None and shelved.is_ours and holding.state != "missing":
        acts.append("move")
    acts.append("show")
    if holding.origin == "opened":
        acts.append("forget")
    elif shelved is not None and shelved.is_ours:
        acts.append("delete")
    return tuple(acts)


def disk_shown(use: FolderUse, current: Path) -> DiskShown:
    taken = use.model_bytes + use.unfinished_bytes
    return DiskShown(
        folder=str(use.folder),
        models_bytes=use.model_bytes,
        unfinished_bytes=use.unfinished_bytes,
        other_bytes=max(0, use.total_bytes - use.free_bytes - taken),
        free_bytes=use.free_bytes,
        is_current=use.folder == current,
    )
