"""The main window of an unlocked profile: list of chats, open chat, and the few dialogs around them.

It connects; what a chat does is in chat/conversation.py, what a list entry does in chat/library.py. A widget never
calls the core: what may take time goes over the bridge.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from app.core import Core
from app.errors import PaddockError
from app.settings import SIDEBAR_OPEN, WINDOW_SIZE
from app.text import _
from app.ui import clipboard, files
from app.ui.actions import Act, Actions
from app.ui.bridge import Bridge, nothing
from app.ui.chat.conversation import Conversation, Shown
from app.ui.chat.items import LinkRequested
from app.ui.chat.menu import chat_menu
from app.ui.chat.page import ChatPage
from app.ui.chat.screen import ChatScreen
from app.ui.chat.sidebar.library import ChatLibrary
from app.ui.chat.sidebar.sidebar import Sidebar
from app.ui.dialogs import ConfirmLink, SentenceDialog, ShortcutsDialog
from app.ui.models.keeper import ModelKeeper
from app.ui.models.model_settings import ModelSettings
from app.ui.models.page.page import ModelsPage
from app.ui.models.picker import ModelPicker
from app.ui.models.screen.screen import ModelsScreen
from app.ui.network.keeper import NetworkKeeper
from app.ui.network.state import NetworkState, promise
from app.ui.preferences import Preferences
from app.ui.theme import Theme
from app.ui.toast import Toast

NARROW_PX = 760
SMALLEST = (560, 480)


class MainWindow(QWidget):
    """Made by the shell once the profile is open."""

    close_requested = Signal()

    def __init__(self, core: Core, bridge: Bridge, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self._theme = theme
        self._is_sidebar_wanted = core.settings.get(SIDEBAR_OPEN)
        self.setMinimumSize(*SMALLEST)
        self.setAcceptDrops(True)
        self.sidebar = Sidebar(theme, parent=self)
        self.page = ChatPage(theme, parent=self)
        self.models_page = ModelsPage(theme, parent=self)
        self.toast = Toast(theme, parent=self.page)
        self._stage = QStackedWidget(self)
        self.news = Toast(theme, parent=self._stage)
        self.actions_of_window = Actions(theme, self, self.sidebar.list)
        self.conversation = Conversation(core, bridge, self)
        self.keeper = ModelKeeper(core, bridge, self)
        self.screen_of_chat = ChatScreen(self.page, self.conversation, self.keeper)
        self.library = ChatLibrary(core, bridge, self.sidebar, self.conversation, self.toast)
        self.picker = ModelPicker(core, bridge, self.keeper, theme, parent=self)
        self.network = NetworkKeeper(core, bridge, self)
        self.models = ModelsScreen(
            core, bridge, self.picker, theme, self.models_page, self.news, network=self.network, parent=self
        )
        self.model_settings = ModelSettings(core, bridge, self.keeper, theme, parent=self)
        self.preferences = Preferences(core, bridge, self.keeper, self.network, theme, parent=self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.sidebar)
        self._stage.addWidget(self.page)
        self._stage.addWidget(self.models_page)
        row.addWidget(self._stage, 1)
        self._connect()
        self._connect_actions()
        self._apply_sidebar()
        self.library.refresh()
        self.network.look()
        self.conversation.open(None)
        self.page.composer.setFocus()

    def before_close(self, size: str) -> None:
        """Stop what is under way and keep what was typed; `size` is kept for the next start."""
        self.conversation.save_draft()
        self.conversation.stop_all()
        self.keeper.cancel()
        self._bridge.run(lambda: self._core.settings.set(WINDOW_SIZE, size), nothing, self._on_failed)

    @Slot()
    def show_models(self) -> None:
        """The page where models are found, fetched and kept."""
        self._stage.setCurrentWidget(self.models_page)
        self.models.look()
        self.models_page.focus_search()

    @Slot()
    def show_chat(self) -> None:
        self._stage.setCurrentWidget(self.page)
        self.page.composer.setFocus()

    def show_error(self, error: PaddockError) -> None:
        """A fault that belongs to no message."""
        SentenceDialog(
            self._theme, _("That did not work"), error.message, parent=self, next_step=error.next_step
        ).open()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._apply_sidebar()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if files.dropped_model(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = files.dropped_model(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.picker.open(path)

    def _connect(self) -> None:
        sidebar, header = self.sidebar, self.page.header
        sidebar.new_chat_requested.connect(self._on_new_chat)
        sidebar.collapse_requested.connect(self._on_toggle_sidebar)
        sidebar.models_requested.connect(self.show_models)
        self.picker.models_requested.connect(self.show_models)
        self.models.left.connect(self.show_chat)
        self.network.changed.connect(self._on_network)
        self.network.failed.connect(self._on_failed)
        self.preferences.models_changed.connect(self.models.shelving.look)
        self.models.network_requested.connect(self.preferences.show_network_settings)
        self.models.requests_requested.connect(self.preferences.requests.show)
        self.models.reload_requested.connect(self.keeper.preload)
        self.models.settings_requested.connect(self.model_settings.show)
        self.models.link_requested.connect(self._on_link)
        sidebar.settings_requested.connect(self.preferences.show_settings)
        sidebar.privacy_requested.connect(self.preferences.show_privacy)
        header.sidebar_requested.connect(self._on_toggle_sidebar)
        header.model_requested.connect(self._on_model_menu)
        header.menu_requested.connect(self._on_chat_menu)
        self.page.transcript.link_requested.connect(self._on_link)
        # Who clicks on a chat means to go on with it; from the keyboard the focus stays in the list.
        sidebar.list.clicked.connect(self._on_chat_clicked)
        self.screen_of_chat.room.new_chat_requested.connect(self._on_new_chat)
        self.screen_of_chat.room.enlarge_requested.connect(self._on_enlarge)
        self.conversation.shown.connect(self._on_shown)
        self.conversation.busy_changed.connect(self._on_busy_changed)
        self.picker.settings_requested.connect(self.model_settings.show)
        self.preferences.model_settings_requested.connect(self.model_settings.show)
        for source in (
            *(self.conversation, self.library, self.picker, self.models),
            *(self.preferences, self.model_settings),
        ):
            source.failed.connect(self._on_failed)

    def _connect_actions(self) -> None:
        slots = {
            Act.NEW_CHAT: self._on_new_chat,
            Act.STOP: self.conversation.stop,
            Act.TOGGLE_SIDEBAR: self._on_toggle_sidebar,
            Act.FILTER_CHATS: self._on_filter,
            Act.RENAME: self.sidebar.list.rename_focused,
            Act.DELETE: self.sidebar.list.delete_focused,
            Act.UNDO_DELETE: self.library.undo_delete,
            Act.COPY_LAST: self._on_copy_last,
            Act.REGENERATE: self._on_regenerate,
            Act.FOCUS_COMPOSER: self.page.composer.setFocus,
            Act.MODELS: self.show_models,
            Act.SETTINGS: self.preferences.show_settings,
            Act.SHORTCUTS: self._on_shortcuts,
            Act.ABOUT: self.preferences.show_about,
            Act.QUIT: self.close_requested.emit,
        }
        for act, slot in slots.items():
            self.actions_of_window[act].triggered.connect(slot)

    @Slot()
    def _on_new_chat(self) -> None:
        self._stage.setCurrentWidget(self.page)
        self.conversation.open(None)
        self.page.composer.setFocus()

    @Slot(object)
    def _on_shown(self, shown: Shown) -> None:
        self.sidebar.set_current(shown.conversation_id or "")

    @Slot()
    def _on_busy_changed(self) -> None:
        self.actions_of_window[Act.STOP].setEnabled(self.conversation.is_busy)

    @Slot()
    def _on_toggle_sidebar(self) -> None:
        if self.width() < NARROW_PX:
            self._set_sidebar(is_open=self.sidebar.isHidden())
            return
        self._is_sidebar_wanted = not self._is_sidebar_wanted
        wanted = self._is_sidebar_wanted
        self._bridge.run(lambda: self._core.settings.set(SIDEBAR_OPEN, wanted), nothing, self._on_failed)
        self._apply_sidebar()

    @Slot()
    def _on_chat_clicked(self) -> None:
        self._stage.setCurrentWidget(self.page)
        self.page.composer.setFocus()

    @Slot()
    def _on_filter(self) -> None:
        self._set_sidebar(is_open=True)
        self.sidebar.focus_filter()

    @Slot()
    def _on_copy_last(self) -> None:
        answer = self.conversation.last_answer()
        if answer is not None:
            clipboard.put(answer.text)
            self.toast.show_message(_("The answer was copied."))

    @Slot()
    def _on_regenerate(self) -> None:
        answer = self.conversation.last_answer()
        if answer is not None:
            self.conversation.regenerate(answer.id)

    @Slot()
    def _on_enlarge(self) -> None:
        """The model is loaded again with a larger context, and sees as much of this chat again as fits."""
        home = self.conversation.conversation_id
        chats, desk = self._core.chats, self._core.desk

        def work() -> int:
            tokens = desk.larger_context()
            if home is not None:
                chats.uncut(home)
            return tokens

        self._bridge.run(work, self._enlarged, self._on_failed)

    def _enlarged(self, tokens: int) -> None:
        words = _("The model is loaded again, to keep {tokens} tokens in view.")
        self.toast.show_message(words.format(tokens=f"{tokens:,}"))
        self.keeper.preload()
        self.conversation.reload()

    @Slot()
    def _on_shortcuts(self) -> None:
        ShortcutsDialog(self._theme, parent=self).open()

    @Slot()
    def _on_model_menu(self) -> None:
        button = self.page.header.model
        self.picker.show_menu(button.mapToGlobal(QPoint(0, button.height() + 4)))

    @Slot()
    def _on_chat_menu(self) -> None:
        button = self.page.header.menu
        menu = chat_menu(self, self.conversation, self.library, self.actions_of_window, self._theme)
        menu.popup(button.mapToGlobal(QPoint(button.width() - menu.sizeHint().width(), button.height() + 4)))

    @Slot(object)
    def _on_link(self, request: LinkRequested) -> None:
        dialog = ConfirmLink(self._theme, request, parent=self)
        dialog.confirmed.connect(self._on_link_confirmed)
        dialog.copy_wanted.connect(self._on_link_copied)
        dialog.open()

    @Slot(object)
    def _on_link_confirmed(self, request: LinkRequested) -> None:
        QDesktopServices.openUrl(QUrl(request.url))

    @Slot(object)
    def _on_link_copied(self, address: str) -> None:
        clipboard.put(address)

    @Slot(object)
    def _on_network(self, network: NetworkState) -> None:
        told = promise(network)
        self.sidebar.privacy.set_state(told.title, told.line, is_good=told.is_good)

    @Slot(object)
    def _on_failed(self, error: PaddockError) -> None:
        self.show_error(error)

    def _apply_sidebar(self) -> None:
        self._set_sidebar(is_open=self._is_sidebar_wanted and self.width() >= NARROW_PX)

    def _set_sidebar(self, *, is_open: bool) -> None:
        self.sidebar.setVisible(is_open)
        self.page.header.set_sidebar_hidden(not is_open)
