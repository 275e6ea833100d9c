"""Choosing a model: the menu of known ones, a file from the disk, and the way to Llama 3.1."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Signal, Slot
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app.core import Core, look_at_model
from app.errors import PaddockError
from app.models.gguf import ModelFile
from app.models.library import KnownModel
from app.text import _
from app.ui import files
from app.ui.bridge import Bridge, nothing
from app.ui.dialogs import SentenceDialog
from app.ui.models.keeper import ModelKeeper
from app.ui.theme import Theme


class ModelPicker(QObject):
    """Parented to the window; every choice ends in the keeper or in `failed`."""

    failed = Signal(object)  # PaddockError

    def __init__(self, core: Core, bridge: Bridge, keeper: ModelKeeper, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._core = core
        self._bridge = bridge
        self._keeper = keeper
        self._theme = theme
        keeper.failed.connect(self.failed)

    def show_menu(self, where: QPoint, *, is_upwards: bool = False) -> None:
        """Pop up the models this computer has; `where` is the menu's upper (or lower) left corner on the screen."""

        def show(found: tuple[tuple[KnownModel, ...], Path | None]) -> None:
            menu = self._menu(*found)
            menu.popup(where - QPoint(0, menu.sizeHint().height()) if is_upwards else where)

        self._bridge.run(lambda: (self._core.models(), self._core.model_path()), show, self.failed.emit)

    def open(self, path: Path) -> None:
        """Look at a file and use it; one that is larger than the memory is asked about first."""
        self._bridge.run(lambda: look_at_model(path), self._looked, self.failed.emit)

    @Slot()
    def ask_for_file(self) -> None:
        dialog = files.model_dialog(self._window)
        dialog.fileSelected.connect(self._on_file)
        dialog.open()

    @Slot()
    def explain_llama(self) -> None:
        """How to get Llama 3.1 until Paddock fetches it."""
        llama_dialog(self._theme, self._window, self.ask_for_file).open()

    def _menu(self, known: tuple[KnownModel, ...], current: Path | None) -> QMenu:
        menu = QMenu(self._window)
        menu.aboutToHide.connect(menu.deleteLater)
        group = QActionGroup(menu)
        for model in known:
            words = model.title.replace("&", "&&")
            if model.is_starter:
                words += "  ·  " + _("tiny, for trying the app")
            elif not model.is_here:
                words += "  ·  " + _("file not found")
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(model.path == current)
            action.setEnabled(model.is_here)
            action.triggered.connect(partial(self._on_model, model.path))
            group.addAction(action)
        menu.addSeparator()
        icon, color = self._theme.icons.icon, self._theme.color("muted")
        if self._keeper.state.fraction is not None:
            menu.addAction(icon("stop", color), _("Stop loading")).triggered.connect(self._keeper.cancel)
        menu.addAction(icon("folder-open", color), _("Open a model file…")).triggered.connect(self.ask_for_file)
        menu.addAction(icon("cube", color), _("Get Llama 3.1…")).triggered.connect(self.explain_llama)
        return menu

    def _on_model(self, path: Path, _is_checked: bool = False) -> None:
        self.open(path)

    @Slot(str)
    def _on_file(self, path: str) -> None:
        self.open(Path(path))

    def _looked(self, found: tuple[ModelFile, str]) -> None:
        model, warning = found
        if not warning:
            self._use(model.path)
            return
        dialog = large_model_dialog(self._theme, self._window, warning)
        dialog.accepted.connect(partial(self._use, model.path))
        dialog.open()

    def _use(self, path: Path) -> None:
        self._keeper.choose(path, nothing, self._refused)

    def _refused(self, error: PaddockError) -> None:
        self.failed.emit(error)


def large_model_dialog(theme: Theme, parent: QWidget, warning: str) -> SentenceDialog:
    """Asks before a model is used that does not fit into the free memory."""
    return SentenceDialog(
        theme,
        _("This model is larger than the free memory"),
        warning,
        parent=parent,
        accept=_("Use it anyway"),
        reject=_("Cancel"),
    )


def llama_dialog(theme: Theme, parent: QWidget, open_file: Callable[[], None]) -> SentenceDialog:
    """What to do for Llama 3.1 today. `open_file` is a slot that asks for a file."""
    dialog = SentenceDialog(
        theme,
        _("Llama 3.1 on this computer"),
        _(
            "Fetching models from within Paddock is coming. Until then, any GGUF file of Llama 3.1 works: the 8B "
            "Instruct model in the quantisation Q4_K_M is about 5 GB and runs well with 8 GB of memory or more."
        ),
        parent=parent,
        next_step=_("Once you have the file, open it here, or drop it on Paddock's window. It is read where it lies."),
        accept=_("Open a model file…"),
        reject=_("Close"),
    )
    dialog.accepted.connect(open_file)
    return dialog
