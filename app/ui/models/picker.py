"""Choosing a model: the menu of known ones, a file from the disk, and the way to Llama 3.1."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QFontMetrics
from PySide6.QtWidgets import QMenu, QWidget

from app.core import Core
from app.errors import PaddockError
from app.text import _
from app.ui import files
from app.ui.bridge import Bridge, nothing
from app.ui.dialogs import SentenceDialog
from app.ui.models.entries import scaled
from app.ui.models.keeper import ModelKeeper
from app.ui.theme import Theme

if TYPE_CHECKING:
    from app.desk import Outlook
    from app.models.library import KnownModel

MENU_PX = 560
LEAST_NAME_SHARE = 0.4  # of the text's width, which a name has at least
_TEXT_PX = MENU_PX - 84  # without the margins and the mark of the chosen one


class ModelPicker(QObject):
    """Parented to the window; every choice ends in the keeper or in `failed`."""

    failed = Signal(object)  # PaddockError
    settings_requested = Signal()  # of the model that answers
    models_requested = Signal()  # the page where models are found and kept
    chosen = Signal()  # another model answers from now on

    def __init__(self, core: Core, bridge: Bridge, keeper: ModelKeeper, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._window = parent
        self._core = core
        self._bridge = bridge
        self._keeper = keeper
        self._theme = theme
        self._entries: dict[Path, _Entry] = {}  # of the menu that is open
        keeper.failed.connect(self.failed)

    def show_menu(self, where: QPoint) -> None:
        """Pop up the models this computer has; `where` is the menu's upper left corner on the screen."""

        def show(found: tuple[tuple[KnownModel, ...], Path | None]) -> None:
            menu = self._menu(*found)
            self._foretell()
            menu.popup(where)

        self._bridge.run(lambda: (self._core.desk.known(), self._core.desk.chosen()), show, self.failed.emit)

    def open(self, path: Path, *, title: str = "") -> None:
        """Look at a file and use it; one that is larger than the memory is asked about first.

        `title` is what it is called, where its file's name says less.
        """

        def look() -> Outlook:
            if title:
                self._core.desk.titles.keep(path, title)
            return self._core.desk.outlook(path)

        self._bridge.run(look, self._looked, self.failed.emit)

    @Slot()
    def ask_for_file(self) -> None:
        dialog = files.model_dialog(self._window)
        dialog.fileSelected.connect(self._on_file)
        dialog.open()

    def _menu(self, known: tuple[KnownModel, ...], current: Path | None) -> QMenu:
        menu = QMenu(self._window)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.aboutToHide.connect(self._on_menu_closed)
        menu.setMinimumWidth(scaled(self._theme, MENU_PX))  # what is said later finds its room, and nothing jumps
        group = QActionGroup(menu)
        self._entries = {}
        for model in known:
            action = QAction(menu)
            entry = _Entry(model, action, menu.fontMetrics(), scaled(self._theme, _TEXT_PX))
            entry.say(_words(model))
            action.setCheckable(True)
            action.setChecked(model.path == current)
            action.setEnabled(model.is_here)
            action.triggered.connect(partial(self._on_model, model.path))
            group.addAction(action)
            menu.addAction(action)
            if model.is_here:
                self._entries[model.path] = entry
        menu.addSeparator()
        icon, color = self._theme.icons.icon, self._theme.color("muted")
        if self._keeper.state.fraction is not None:
            menu.addAction(icon("stop", color), _("Stop loading")).triggered.connect(self._keeper.cancel)
        settings = menu.addAction(icon("sliders-horizontal", color), _("Model settings…"))
        settings.triggered.connect(self.settings_requested)
        release = menu.addAction(icon("eject", color), _("Free the memory now"))
        release.setEnabled(self._keeper.facts is not None)
        release.triggered.connect(self._keeper.release)
        menu.addSeparator()
        menu.addAction(icon("folder-open", color), _("Open a model file…")).triggered.connect(self.ask_for_file)
        menu.addAction(icon("cube", color), _("Find and manage models…")).triggered.connect(self.models_requested)
        return menu

    def _on_model(self, path: Path, _is_checked: bool = False) -> None:
        self.open(path)

    @Slot(str)
    def _on_file(self, path: str) -> None:
        self.open(Path(path))

    def _foretell(self) -> None:
        """Say of each model in the open menu how it would run, as soon as that is known."""
        for path in self._entries:
            self._bridge.run(partial(self._core.desk.outlook, path), partial(self._foretold, path), nothing)

    def _foretold(self, path: Path, outlook: Outlook) -> None:
        entry = self._entries.get(path)
        if entry is not None:
            entry.say(outlook.forecast.words)

    @Slot()
    def _on_menu_closed(self) -> None:
        self._entries = {}

    def _looked(self, outlook: Outlook) -> None:
        if outlook.plan.place != "disk":
            self._use(outlook.path)
            return
        dialog = large_model_dialog(self._theme, self._window, _warning(outlook))
        dialog.accepted.connect(partial(self._use, outlook.path))
        dialog.open()

    def _use(self, path: Path) -> None:
        self._keeper.choose(path, lambda _file: self.chosen.emit(), self._refused)

    def _refused(self, error: PaddockError) -> None:
        self.failed.emit(error)


_GAP = "  ·  "


def _words(model: KnownModel) -> str:
    """What is known of it at once."""
    if not model.is_here:
        return _("file not found")
    return _("tiny, for trying the app") if model.is_starter else ""


class _Entry:
    """A model in the menu: its name, and how it would run. Both give way where they are too long for the menu."""

    def __init__(self, model: KnownModel, action: QAction, metrics: QFontMetrics, room_px: int) -> None:
        self._title = model.title
        self._action = action
        self._metrics = metrics
        self._room_px = room_px

    def say(self, words: str) -> None:
        width, cut = self._metrics.horizontalAdvance, self._metrics.elidedText
        room_px = self._room_px - width(_GAP)
        least_px = min(width(self._title), round(LEAST_NAME_SHARE * room_px))
        shown = cut(words, Qt.TextElideMode.ElideRight, room_px - least_px)
        title = cut(self._title, Qt.TextElideMode.ElideMiddle, room_px - width(shown))
        self._action.setText(_GAP.join(part.replace("&", "&&") for part in (title, shown) if part))


def _warning(outlook: Outlook) -> str:
    """Why it is slow, and how slow."""
    from app.engine.planning import forecast  # late: it comes with what has planned this

    rate = forecast.rate_words(outlook.forecast.decode_tokens_per_s)
    return " ".join((*outlook.plan.reasons[:1], _("Expect {rate}.").format(rate=rate)))


def large_model_dialog(theme: Theme, parent: QWidget, warning: str) -> SentenceDialog:
    """Asks before a model is used that does not fit into the free memory."""
    return SentenceDialog(
        theme,
        _("This model is larger than the free memory"),
        warning,
        parent=parent,
        next_step=_("A smaller model, or a smaller quantisation of this one, answers much faster."),
        accept=_("Use it anyway"),
        reject=_("Cancel"),
    )
