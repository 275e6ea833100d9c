"""The main window of an unlocked profile, as its first frame shows it: list of chats, header, greeting, composer.

What works behind them is most of Paddock: `parts`, made once the first frame is on screen, or when something asks for
it before. Until then the field can be typed in, and what is pressed waits (early.py). A widget never calls the core:
what may take time goes over the bridge.
"""

from __future__ import annotations

import importlib
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QTimer, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from app.errors import PaddockError
from app.settings import ENTER_SENDS, SIDEBAR_OPEN, WINDOW_SIZE
from app.spelling.speller import Speller
from app.ui import files
from app.ui.actions import Act, Actions
from app.ui.bridge import Bridge, nothing
from app.ui.chat.page import ChatPage
from app.ui.chat.sidebar.sidebar import Sidebar
from app.ui.early import Early
from app.ui.side_pane import SidePane
from app.ui.theme import Theme

if TYPE_CHECKING:
    from app.core import Core
    from app.ui.chat.aloud import Aloud
    from app.ui.chat.changes import Changes
    from app.ui.chat.conversation import Conversation
    from app.ui.chat.sidebar.library import ChatLibrary
    from app.ui.later import Later
    from app.ui.models.keeper import ModelKeeper
    from app.ui.models.picker import ModelPicker
    from app.ui.parts import Parts
    from app.ui.toast import Toast

SMALLEST = (360, 480)


class MainWindow(QWidget):
    """Made by the shell once the profile is open."""

    close_requested = Signal()
    full_screen_requested = Signal()
    quick_requested = Signal()
    completed = Signal()
    """The parts are there, because the first frame is on screen."""

    def __init__(self, core: Core, bridge: Bridge, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self._theme = theme
        self._is_drawn = False
        self._is_closing = False
        self.setMinimumSize(*SMALLEST)
        self.setAcceptDrops(True)
        self.sidebar = Sidebar(theme, parent=self)
        self._stage = QStackedWidget(self)
        self.speller = Speller(core.settings, QLocale.system().uiLanguages())
        self.page = ChatPage(theme, bridge=bridge, spelling=self.speller, parent=self)
        self.actions_of_window = Actions(theme, self, self.sidebar.list)
        self.page.composer.set_enter_sends(core.settings.get(ENTER_SENDS))
        self._early = Early(self.actions_of_window, self.page.composer)
        self._lay_out()
        self._connect()
        self.page.composer.setFocus()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._stage.addWidget(self.page)
        row.addWidget(self._stage, 1)
        is_wanted = self._core.settings.get(SIDEBAR_OPEN)
        self.side_pane = SidePane(self._theme, self, row, self.sidebar, is_wanted=is_wanted)
        self.side_pane.shown_changed.connect(self._on_sidebar_shown)
        self.side_pane.wanted_changed.connect(self._on_sidebar_wanted)
        self._on_sidebar_shown()

    def _connect(self) -> None:
        """Buttons that an action has do as the action does: pressed early, they wait with it."""
        sidebar, header, actions = self.sidebar, self.page.header, self.actions_of_window
        for pressed, act in (
            (sidebar.new_chat_requested, Act.NEW_CHAT),
            (sidebar.temporary_chat_requested, Act.NEW_TEMPORARY),
            (sidebar.documents_requested, Act.DOCUMENTS),
            (sidebar.models_requested, Act.MODELS),
            (sidebar.settings_requested, Act.SETTINGS),
            (sidebar.privacy_requested, Act.PRIVACY),
            (header.manner_requested, Act.INSTRUCTIONS),
        ):
            pressed.connect(actions[act].trigger)
        sidebar.collapse_requested.connect(self.side_pane.toggle)
        header.sidebar_requested.connect(self.side_pane.toggle)
        header.model_requested.connect(self._on_model_menu)
        header.menu_requested.connect(self._on_chat_menu)
        # Who clicks on a chat means to go on with it; from the keyboard the focus stays in the list.
        sidebar.chosen.connect(self._on_chat_clicked)

    # What works behind the frame.

    @cached_property
    def parts(self) -> Parts:
        from app.ui.parts import Parts  # late, for a light start: it brings what the first frame does without

        made = Parts(self, self._core, self._bridge, self._theme, self._stage)
        self._early.stop()
        made.conversation.shown.connect(self._early.replay)
        made.conversation.failed.connect(self._early.replay)
        made.begin()
        return made

    @property
    def conversation(self) -> Conversation:
        return self.parts.conversation

    @property
    def library(self) -> ChatLibrary:
        return self.parts.library

    @property
    def later(self) -> Later:
        return self.parts.later

    @property
    def keeper(self) -> ModelKeeper:
        return self.parts.keeper

    @property
    def picker(self) -> ModelPicker:
        return self.parts.picker

    @property
    def changes(self) -> Changes:
        return self.parts.changes

    @property
    def aloud(self) -> Aloud:
        return self.parts.aloud

    @property
    def toast(self) -> Toast:
        return self.parts.toast

    @property
    def news(self) -> Toast:
        return self.parts.news

    def settle(self) -> None:
        """The first frame is on screen (or none will come): now there is time for the rest."""
        self._bridge.run(_import_parts, self._complete, self.show_error)

    def _complete(self, _imported: None) -> None:
        if self._is_closing:
            return
        parts = self.parts
        self.completed.emit()
        QTimer.singleShot(0, parts, parts.settle)

    def before_close(self, size: str) -> None:
        """Stop what is under way and keep what was typed; `size` is kept for the next start."""
        self._is_closing = True
        if "parts" in self.__dict__ or self.page.composer.draft:  # what was typed is kept by them
            self.parts.before_close()
        self.speller.close()
        self._bridge.run(lambda: self._core.settings.set(WINDOW_SIZE, size), nothing, self.show_error)

    @Slot()
    def show_models(self) -> None:
        """The page where models are found, fetched and kept."""
        self.later.show_models()

    @Slot()
    def show_chat(self) -> None:
        self._stage.setCurrentWidget(self.page)
        self.page.composer.setFocus()

    @Slot()
    def refresh_list(self) -> None:
        """Another program wrote into the profile."""
        self.library.refresh()

    @Slot(object)
    def show_error(self, error: PaddockError) -> None:
        """A fault that belongs to no message."""
        self.parts.show_error(error)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_drawn:
            self._is_drawn = True
            QTimer.singleShot(0, self._on_drawn)  # after the widgets in it

    @Slot()
    def _on_drawn(self) -> None:
        QTimer.singleShot(0, self._on_rested)  # keys that came meanwhile go first

    @Slot()
    def _on_rested(self) -> None:
        if not self._is_closing:
            self.settle()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        composer = self.page.composer
        if files.dropped_model(event.mimeData()) is not None:
            event.acceptProposedAction()
        elif self._stage.currentWidget() is self.page and composer.can_take(event.mimeData()):
            event.acceptProposedAction()
            composer.show_drop(event.mimeData().hasUrls())

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        super().dragLeaveEvent(event)
        self.page.composer.show_drop(False)

    def dropEvent(self, event: QDropEvent) -> None:
        path = files.dropped_model(event.mimeData())
        event.acceptProposedAction()
        if path is not None:
            self.picker.open(path)
        else:
            self.page.composer.take(event.mimeData())

    @Slot()
    def _on_sidebar_shown(self) -> None:
        self.page.header.set_sidebar_hidden(not self.side_pane.is_open)

    @Slot(object)
    def _on_sidebar_wanted(self, is_wanted: bool) -> None:
        self._bridge.run(lambda: self._core.settings.set(SIDEBAR_OPEN, is_wanted), nothing, self.show_error)

    @Slot()
    def _on_chat_clicked(self) -> None:
        self.side_pane.close()
        self.show_chat()

    @Slot()
    def _on_model_menu(self) -> None:
        self.parts.show_model_menu()

    @Slot()
    def _on_chat_menu(self) -> None:
        self.parts.show_chat_menu()


def _import_parts() -> None:
    """On a worker, so that letters are drawn meanwhile."""
    importlib.import_module("app.ui.parts")
