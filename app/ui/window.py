"""The main window of an unlocked profile: list of chats, open chat, models, and the dialogs around them.

It puts the parts together and connects them; what each does is in its own room. A widget never calls the core: what
may take time goes over the bridge.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QPoint, QTimer, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from app.core import Core
from app.errors import PaddockError
from app.settings import ENTER_SENDS, SIDEBAR_OPEN, SPELLING, WINDOW_SIZE, AnySetting
from app.speech.voice import Voice
from app.spelling.speller import Speller
from app.text import _, grouped
from app.ui import clipboard, files
from app.ui.actions import Act, Actions
from app.ui.bridge import Bridge, nothing
from app.ui.chat.aloud import Aloud
from app.ui.chat.changes import Changes
from app.ui.chat.conversation import Conversation
from app.ui.chat.deeds import Deeds
from app.ui.chat.events import Shown
from app.ui.chat.items import ChatAt, ChatsRequested, LinkRequested
from app.ui.chat.manner_shown import MannerShown
from app.ui.chat.menu import chat_menu
from app.ui.chat.open_chat import OpenChat
from app.ui.chat.page import ChatPage
from app.ui.chat.screen import ChatScreen
from app.ui.chat.sidebar.library import ChatLibrary
from app.ui.chat.sidebar.sidebar import Sidebar
from app.ui.chat.titling import Titling
from app.ui.dialogs import ConfirmLink, SentenceDialog
from app.ui.later import Around, Later
from app.ui.models.keeper import ModelKeeper
from app.ui.models.picker import ModelPicker
from app.ui.network.keeper import NetworkKeeper
from app.ui.network.state import NetworkState, promise
from app.ui.side_pane import SidePane
from app.ui.theme import Theme
from app.ui.toast import Toast

if TYPE_CHECKING:
    from app.ui.exchange.exchanger import Imported
    from app.ui.prompts.shown import UndoOffer

SMALLEST = (360, 480)


class MainWindow(QWidget):
    """Made by the shell once the profile is open."""

    close_requested = Signal()
    full_screen_requested = Signal()
    quick_requested = Signal()

    def __init__(self, core: Core, bridge: Bridge, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._core = core
        self._bridge = bridge
        self._theme = theme
        self._is_drawn = False
        self._is_closing = False
        self.setMinimumSize(*SMALLEST)
        self.setAcceptDrops(True)
        self._make_widgets()
        self._make_controllers()
        self._lay_out()
        self._connect_widgets()
        self._connect_controllers()
        self._connect_actions()
        self._look_at_settings()
        self.library.refresh()
        self.conversation.open(None)
        self.page.composer.setFocus()

    def _make_widgets(self) -> None:
        theme = self._theme
        self.sidebar = Sidebar(theme, parent=self)
        self._stage = QStackedWidget(self)
        self.speller = Speller(self._core.settings, QLocale.system().uiLanguages())
        self.page = ChatPage(theme, bridge=self._bridge, spelling=self.speller, parent=self)
        self.toast = Toast(theme, parent=self.page)
        self.toast.stand_on(self.page.composer)
        self.news = Toast(theme, parent=self._stage)
        self.actions_of_window = Actions(theme, self, self.sidebar.list)

    def _make_controllers(self) -> None:
        core, bridge, theme = self._core, self._bridge, self._theme
        self.conversation = Conversation(core, bridge, self)
        self.keeper = ModelKeeper(core, bridge, self)
        self.aloud = Aloud(Voice(), bridge, self)
        self.changes = Changes(core, bridge, self.conversation, self.toast)
        self.screen_of_chat = ChatScreen(self.page, self.conversation, self.keeper, self.changes, self.aloud)
        self.library = ChatLibrary(core, bridge, self.sidebar, self.conversation, self.toast)
        OpenChat(self.conversation, self.library, self.changes, self.actions_of_window)
        self.manner = MannerShown(core, bridge, self.page.header, self.conversation)
        self.deeds = Deeds(self.page, self.conversation, self.aloud, self.toast)
        self.titling = Titling(core, bridge, self.conversation)
        self.picker = ModelPicker(core, bridge, self.keeper, theme, parent=self)
        self.network = NetworkKeeper(core, bridge, self)
        self.later = Later(
            Around(
                core=core,
                bridge=bridge,
                theme=theme,
                window=self,
                stage=self._stage,
                news=self.news,
                actions=self.actions_of_window,
                conversation=self.conversation,
                keeper=self.keeper,
                picker=self.picker,
                network=self.network,
            )
        )

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

    def before_close(self, size: str) -> None:
        """Stop what is under way and keep what was typed; `size` is kept for the next start."""
        self._is_closing = True
        self.conversation.save_draft()
        self.titling.stop()
        self.aloud.close()
        self.speller.close()
        self.later.stop()
        self.conversation.stop_all()
        self.keeper.cancel()
        self._bridge.run(lambda: self._core.settings.set(WINDOW_SIZE, size), nothing, self._on_failed)

    @Slot()
    def show_models(self) -> None:
        """The page where models are found, fetched and kept."""
        self.later.show_models()

    @Slot()
    def show_chat(self) -> None:
        self._stage.setCurrentWidget(self.page)
        self.page.composer.setFocus()

    def show_error(self, error: PaddockError) -> None:
        """A fault that belongs to no message."""
        SentenceDialog(
            self._theme, _("That did not work"), error.message, parent=self, next_step=error.next_step
        ).open()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._is_drawn:
            self._is_drawn = True
            QTimer.singleShot(0, self._on_drawn)  # after the parts of it

    @Slot()
    def _on_drawn(self) -> None:
        if not self._is_closing:
            self.settle()

    def settle(self) -> None:
        """The first frame is on screen (or none will come): now there is time for the rest."""
        self.actions_of_window.draw_icons()
        self.network.look()
        self.later.settle()

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

    def _connect_widgets(self) -> None:
        sidebar, header = self.sidebar, self.page.header
        sidebar.new_chat_requested.connect(self._on_new_chat)
        sidebar.temporary_chat_requested.connect(self._on_new_temporary)
        sidebar.collapse_requested.connect(self.side_pane.toggle)
        sidebar.models_requested.connect(self.show_models)
        sidebar.settings_requested.connect(self.later.show_settings)
        sidebar.privacy_requested.connect(self.later.show_privacy)
        # Who clicks on a chat means to go on with it; from the keyboard the focus stays in the list.
        sidebar.chosen.connect(self._on_chat_clicked)
        header.sidebar_requested.connect(self.side_pane.toggle)
        header.model_requested.connect(self._on_model_menu)
        header.menu_requested.connect(self._on_chat_menu)
        header.manner_requested.connect(self.later.show_instructions)
        self.page.transcript.link_requested.connect(self._on_link)

    def _connect_controllers(self) -> None:
        self.picker.models_requested.connect(self.show_models)
        self.picker.settings_requested.connect(self.later.show_model_settings)
        self.network.changed.connect(self._on_network)
        self.screen_of_chat.room.new_chat_requested.connect(self._on_new_chat)
        self.screen_of_chat.room.enlarge_requested.connect(self._on_enlarge)
        self.conversation.shown.connect(self._on_shown)
        self.conversation.busy_changed.connect(self._on_busy_changed)
        self.conversation.left_temporary.connect(self._on_left_temporary)
        self.titling.titled.connect(self.library.refresh)
        self.library.opened.connect(self._on_opened_from_list)
        self.library.export_requested.connect(self._on_export_some)
        self.library.folder_settings_requested.connect(self.later.show_folder)
        self._connect_later()
        for source in (
            *(self.conversation, self.screen_of_chat, self.changes, self.aloud, self.library, self.picker),
            *(self.network, self.later),
        ):
            source.failed.connect(self._on_failed)

    def _connect_later(self) -> None:
        later = self.later
        later.chat_requested.connect(self.show_chat)
        later.page_requested.connect(self._on_page)
        later.link_requested.connect(self._on_link)
        later.chat_wanted.connect(self._on_chat_wanted)
        later.model_wanted.connect(self._on_model_wanted)
        later.manner_changed.connect(self._on_manner_changed)
        later.templates_changed.connect(self.page.composer.set_templates)
        later.told.connect(self._on_told)
        later.undo_offered.connect(self._on_undo_offered)
        later.imported.connect(self._on_imported)
        later.setting_stored.connect(self._on_setting_stored)

    def _connect_actions(self) -> None:
        for act, slot in (self._of_chats() | self._of_writing() | self._of_reading() | self._of_window()).items():
            self.actions_of_window[act].triggered.connect(slot)

    def _of_chats(self) -> dict[Act, Callable[..., object]]:
        return {
            Act.NEW_CHAT: self._on_new_chat,
            Act.NEW_TEMPORARY: self._on_new_temporary,
            Act.NEW_FOLDER: self._on_new_folder,
            Act.NEXT_CHAT: self.library.open_next,
            Act.PREVIOUS_CHAT: self.library.open_previous,
            Act.SEARCH: self._on_search,
            Act.PIN: self.library.pin_open,
            Act.INSTRUCTIONS: self.later.show_instructions,
            Act.EXPORT: self._on_export,
            Act.EXPORT_ALL: self._on_export_all,
            Act.IMPORT: self._on_import,
            Act.BIN: self.library.bin.show,
            Act.RENAME: self.sidebar.list.rename_focused,
            Act.DELETE: self.sidebar.list.delete_focused,
            Act.UNDO_DELETE: self.library.undo_delete,
        }

    def _of_writing(self) -> dict[Act, Callable[..., object]]:
        composer = self.page.composer
        return {
            Act.FOCUS_COMPOSER: composer.setFocus,
            Act.ATTACH: composer.choose_files,
            Act.TEMPLATES: self.later.show_templates,
            Act.COMPARE: self.later.open_compare,
            Act.STOP: self.conversation.stop,
            Act.REGENERATE: self.deeds.regenerate,
            Act.CONTINUE: self.deeds.go_on,
        }

    def _of_reading(self) -> dict[Act, Callable[..., object]]:
        return {
            Act.FIND: self.deeds.find,
            Act.FIND_NEXT: self.deeds.find_next,
            Act.FIND_PREVIOUS: self.deeds.find_previous,
            Act.PREVIOUS_MESSAGE: self.deeds.previous_message,
            Act.NEXT_MESSAGE: self.deeds.next_message,
            Act.COPY_LAST: self.deeds.copy_last,
            Act.COPY_CODE: self.deeds.copy_code,
            Act.READ_ALOUD: self.deeds.read_aloud,
        }

    def _of_window(self) -> dict[Act, Callable[..., object]]:
        return {
            Act.PALETTE: self.later.open_palette,
            Act.TOGGLE_SIDEBAR: self.side_pane.toggle,
            Act.MODELS: self.show_models,
            Act.PERSONAS: self.later.show_personas,
            Act.SETTINGS: self.later.show_settings,
            Act.TEXT_LARGER: self.later.larger_text,
            Act.TEXT_SMALLER: self.later.smaller_text,
            Act.TEXT_USUAL: self.later.usual_text,
            Act.FULL_SCREEN: self.full_screen_requested.emit,
            Act.QUICK: self.quick_requested.emit,
            Act.SHORTCUTS: self._on_shortcuts,
            Act.ABOUT: self.later.show_about,
            Act.QUIT: self.close_requested.emit,
        }

    @Slot()
    def _on_new_chat(self) -> None:
        self._begin(is_temporary=False)

    @Slot()
    def _on_new_temporary(self) -> None:
        self._begin(is_temporary=True)

    def _begin(self, *, is_temporary: bool) -> None:
        self.side_pane.close()
        self.conversation.open(None, is_temporary=is_temporary)
        self.show_chat()

    @Slot()
    def _on_new_folder(self) -> None:
        self.side_pane.open()
        self.library.new_folder()

    @Slot(object)
    def _on_shown(self, shown: Shown) -> None:
        self.sidebar.set_current(shown.conversation_id or "", is_temporary=shown.is_temporary)

    @Slot()
    def _on_busy_changed(self) -> None:
        self.actions_of_window[Act.STOP].setEnabled(self.conversation.is_busy)

    @Slot()
    def _on_sidebar_shown(self) -> None:
        self.page.header.set_sidebar_hidden(not self.side_pane.is_open)

    @Slot(object)
    def _on_sidebar_wanted(self, is_wanted: bool) -> None:
        self._bridge.run(lambda: self._core.settings.set(SIDEBAR_OPEN, is_wanted), nothing, self._on_failed)

    @Slot()
    def _on_chat_clicked(self) -> None:
        self.side_pane.close()
        self.show_chat()

    @Slot()
    def _on_opened_from_list(self) -> None:
        self._stage.setCurrentWidget(self.page)

    @Slot(object)
    def _on_chat_wanted(self, at: ChatAt) -> None:
        self.conversation.open(at.id, at=at)
        self.show_chat()

    @Slot(object)
    def _on_left_temporary(self, conversation_id: str) -> None:
        """It lives on as long as one may want to go back to it."""
        bridge, core = self._bridge, self._core

        def back() -> None:
            self.conversation.open(conversation_id, is_temporary=True)

        def end() -> None:
            if self.conversation.conversation_id != conversation_id:
                self.conversation.stop_in(conversation_id)
                bridge.run(lambda: core.end_temporary(conversation_id), nothing, self._on_failed)

        self.toast.show_undo(_("The temporary chat has ended; nothing of it was kept."), back, end)

    @Slot()
    def _on_search(self) -> None:
        self.side_pane.open()
        self.sidebar.focus_filter()

    @Slot()
    def _on_manner_changed(self) -> None:
        self.library.refresh()
        self.manner.look()

    @Slot(object)
    def _on_undo_offered(self, offer: UndoOffer) -> None:
        self.toast.show_undo(offer.words, offer.undo)

    @Slot(object)
    def _on_page(self, page: QWidget) -> None:
        self.side_pane.close()
        self._stage.setCurrentWidget(page)

    @Slot()
    def _on_export(self) -> None:
        home = self.conversation.conversation_id
        if home is not None and not self.conversation.is_temporary:
            self.later.exchanger.export((home,))

    @Slot(object)
    def _on_export_some(self, request: ChatsRequested) -> None:
        self.later.exchanger.export(request.ids)

    @Slot()
    def _on_export_all(self) -> None:
        self.later.exchanger.export(None)

    @Slot()
    def _on_import(self) -> None:
        self.later.exchanger.show_import()

    @Slot(object)
    def _on_told(self, words: str) -> None:
        self.toast.show_message(words)

    @Slot()
    def _on_enlarge(self) -> None:
        """The model is loaded again with a larger context, and sees as much of this chat again as fits."""
        home, room, desk = self.conversation.conversation_id, self.conversation.room, self._core.desk

        def work() -> int:
            tokens = desk.larger_context()
            if home is not None:
                room.chats.uncut(home)
            return tokens

        self._bridge.run(work, self._enlarged, self._on_failed)

    def _enlarged(self, tokens: int) -> None:
        words = _("The model is loaded again, to keep {tokens} tokens in view.")
        self.toast.show_message(words.format(tokens=grouped(tokens)))
        self.keeper.preload()
        self.conversation.reload()

    @Slot()
    def _on_shortcuts(self) -> None:
        from app.ui.shortcuts import ShortcutsDialog  # late, for a light start

        ShortcutsDialog(self._theme, parent=self).open()

    @Slot()
    def _on_model_menu(self) -> None:
        button = self.page.header.model
        self.picker.show_menu(button.mapToGlobal(QPoint(0, button.height() + 4)))

    @Slot(object)
    def _on_model_wanted(self, path: Path) -> None:
        self.picker.open(path)

    @Slot()
    def _on_chat_menu(self) -> None:
        button = self.page.header.menu
        menu = chat_menu(self, self.conversation, self.library, self.actions_of_window, self._theme, self.changes)
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
    def _on_setting_stored(self, setting: AnySetting) -> None:
        if setting in (ENTER_SENDS, SPELLING):
            self._look_at_settings()

    def _look_at_settings(self) -> None:
        """What the person wishes of the composer."""
        composer, settings = self.page.composer, self._core.settings

        def apply(enter_sends: bool) -> None:
            composer.set_enter_sends(enter_sends)
            if composer.marks is not None:
                composer.marks.check_again()

        self._bridge.run(lambda: settings.get(ENTER_SENDS), apply, self._on_failed)

    @Slot(object)
    def _on_imported(self, imported: Imported) -> None:
        self.library.refresh()
        if imported.open_id:
            self._on_chat_wanted(ChatAt(imported.open_id, ""))
        core = self._core
        self._bridge.run(core.start_indexing, nothing, self._on_failed)

    @Slot(object)
    def _on_failed(self, error: PaddockError) -> None:
        self.show_error(error)
