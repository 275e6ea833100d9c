"""What works behind the main window's widgets: the open chat, the list, the model, and the dialogs around them.

It puts the controllers together and connects them; what each does is in its own room. All of it is imported and made
after the first frame (window.py), so what only opens on a wish may be imported here plainly or stand in later.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QTimer, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.core import Core
from app.declared import AnySetting
from app.errors import PaddockError
from app.settings import ENTER_SENDS, SPELLING
from app.speech.voice import Voice
from app.text import _, grouped
from app.ui import acting, clipboard
from app.ui.actions import Act
from app.ui.bridge import Bridge, nothing
from app.ui.chat.absent import Absent
from app.ui.chat.aloud import Aloud
from app.ui.chat.asking import Asking
from app.ui.chat.changes import Changes
from app.ui.chat.conversation import Conversation
from app.ui.chat.deeds import Deeds
from app.ui.chat.events import Shown
from app.ui.chat.items import ChatAt, ChatsRequested, LinkRequested
from app.ui.chat.manner_shown import MannerShown
from app.ui.chat.menu import chat_menu
from app.ui.chat.open_chat import OpenChat
from app.ui.chat.reading import Reading
from app.ui.chat.screen import ChatScreen, joined
from app.ui.chat.sidebar.library import ChatLibrary
from app.ui.chat.sources import ChatSources
from app.ui.chat.titling import Titling
from app.ui.dialogs import ConfirmLink, SentenceDialog
from app.ui.later import Around, Later
from app.ui.models.keeper import ModelKeeper
from app.ui.models.picker import ModelPicker
from app.ui.network.keeper import NetworkKeeper
from app.ui.network.state import NetworkState, promise
from app.ui.shortcuts import ShortcutsDialog
from app.ui.theme import Theme
from app.ui.toast import Toast

if TYPE_CHECKING:
    from app.ui.exchange.exchanger import Imported
    from app.ui.prompts.shown import UndoOffer
    from app.ui.window import MainWindow


class Parts(QObject):
    """One of each; parented to the window. `begin` once, when the window has them."""

    def __init__(self, window: MainWindow, core: Core, bridge: Bridge, theme: Theme, stage: QStackedWidget) -> None:
        super().__init__(window)
        self._window = window
        self._core = core
        self._bridge = bridge
        self._theme = theme
        self._stage = stage
        self._page, self._sidebar = window.page, window.sidebar
        self._make_for_chats()
        self._make_around()
        self._connect_page()
        self._connect_controllers()
        self._connect_later()
        acting.connect(window, self)

    def _make_for_chats(self) -> None:
        core, bridge, theme, page = self._core, self._bridge, self._theme, self._page
        self.toast = Toast(theme, parent=page)
        self.toast.stand_on(page.composer)
        self.news = Toast(theme, parent=self._stage)
        self.conversation = Conversation(core, bridge, self)
        self.keeper = ModelKeeper(core, bridge, self)
        self.aloud = Aloud(Voice(), bridge, self)
        self.changes = Changes(core, bridge, self.conversation, self.toast)
        self.sources = ChatSources(core, bridge, page, self.conversation, theme, self.toast)
        asking = Asking(core, bridge, page, self.conversation, self.sources)
        self.screen_of_chat = ChatScreen(page, self.conversation, self.keeper, self.changes, self.aloud, asking)
        self.library = ChatLibrary(core, bridge, self._sidebar, self.conversation, self.toast)
        OpenChat(self.conversation, self.library, self.changes, self._window.actions_of_window)
        self.manner = MannerShown(core, bridge, page.header, self.conversation)
        self.deeds = Deeds(page, self.conversation, self.aloud, self.toast)
        self.titling = Titling(core, bridge, self.conversation)
        self.reading = Reading(page, self.conversation, theme)
        self.absent = Absent(core, bridge, page, self.conversation, theme)

    def _make_around(self) -> None:
        core, bridge, theme, window = self._core, self._bridge, self._theme, self._window
        self.picker = ModelPicker(core, bridge, self.keeper, theme, parent=window)
        self.network = NetworkKeeper(core, bridge, self)
        self.later = Later(
            Around(
                core=core,
                bridge=bridge,
                theme=theme,
                window=window,
                stage=self._stage,
                news=self.news,
                actions=window.actions_of_window,
                conversation=self.conversation,
                keeper=self.keeper,
                picker=self.picker,
                network=self.network,
            )
        )

    def _connect_page(self) -> None:
        self._page.transcript.link_requested.connect(self._on_link)
        self.screen_of_chat.room.new_chat_requested.connect(self.new_chat)
        self.screen_of_chat.room.enlarge_requested.connect(self._on_enlarge)
        self.conversation.shown.connect(self._on_shown)
        self.conversation.busy_changed.connect(self._on_busy_changed)
        self.conversation.left_temporary.connect(self._on_left_temporary)

    def _connect_controllers(self) -> None:
        self.picker.models_requested.connect(self._window.show_models)
        self.picker.settings_requested.connect(self.later.show_model_settings)
        self.network.changed.connect(self._on_network)
        self.titling.titled.connect(self.library.refresh)
        self.library.opened.connect(self._on_opened_from_list)
        self.library.export_requested.connect(self._on_export_some)
        self.library.folder_settings_requested.connect(self.later.show_folder)
        for source in (
            *(self.conversation, self.screen_of_chat, self.changes, self.aloud, self.library, self.picker),
            *(self.network, self.later, self.sources, self.absent),
        ):
            source.failed.connect(self.show_error)

    def _connect_later(self) -> None:
        later = self.later
        self.reading.passage_requested.connect(self.absent.look)
        self.absent.passage_requested.connect(later.show_passage)
        self.sources.document_requested.connect(later.show_document)
        self.sources.manage_requested.connect(later.show_documents)
        later.chat_requested.connect(self._window.show_chat)
        later.page_requested.connect(self._on_page)
        later.link_requested.connect(self._on_link)
        later.chat_wanted.connect(self._on_chat_wanted)
        later.model_wanted.connect(self._on_model_wanted)
        later.manner_changed.connect(self._on_manner_changed)
        later.templates_changed.connect(self._page.composer.set_templates)
        later.told.connect(self._on_told)
        later.undo_offered.connect(self._on_undo_offered)
        later.imported.connect(self._on_imported)
        later.setting_stored.connect(self._on_setting_stored)

    # The start and the end.

    def begin(self) -> None:
        """Read what the window shows."""
        self._look_at_settings()
        self.library.refresh()
        self.conversation.open(None)

    @Slot()
    def settle(self) -> None:
        """The window stands: what it needs next, in turns of the event loop of their own."""
        self.network.look()
        self.later.settle()
        QTimer.singleShot(0, self._window.actions_of_window, self._window.actions_of_window.draw_icons)

    def before_close(self) -> None:
        """Stop what is under way and keep what was typed."""
        self._keep_early()
        self.conversation.save_draft()
        self.titling.stop()
        self.sources.stop()
        self.aloud.close()
        self.later.stop()
        self.conversation.stop_all()
        self.keeper.cancel()

    def _keep_early(self) -> None:
        """Words that were typed before the stored ones could be shown go after those."""
        chats, typed = self._core.chats, self._page.composer.draft
        if typed and not self.screen_of_chat.has_begun:
            self._bridge.run(lambda: chats.save_draft(None, joined(chats.draft(None), typed)), nothing, nothing)

    # Chats.

    @Slot()
    def new_chat(self) -> None:
        self._begin_chat(is_temporary=False)

    @Slot()
    def new_temporary(self) -> None:
        self._begin_chat(is_temporary=True)

    def _begin_chat(self, *, is_temporary: bool) -> None:
        self._window.side_pane.close()
        self.conversation.open(None, is_temporary=is_temporary)
        self._window.show_chat()

    @Slot()
    def new_folder(self) -> None:
        self._window.side_pane.open()
        self.library.new_folder()

    @Slot()
    def search(self) -> None:
        self._window.side_pane.open()
        self._sidebar.focus_filter()

    @Slot()
    def export(self) -> None:
        """The chat on screen, as a file."""
        home = self.conversation.conversation_id
        if home is not None and not self.conversation.is_temporary:
            self.later.exchanger.export((home,))

    @Slot()
    def export_all(self) -> None:
        self.later.exchanger.export(None)

    @Slot()
    def show_import(self) -> None:
        self.later.exchanger.show_import()

    @Slot(object)
    def _on_export_some(self, request: ChatsRequested) -> None:
        self.later.exchanger.export(request.ids)

    @Slot(object)
    def _on_imported(self, imported: Imported) -> None:
        self.library.refresh()
        if imported.open_id:
            self._on_chat_wanted(ChatAt(imported.open_id, ""))
        core = self._core
        self._bridge.run(core.start_indexing, nothing, self.show_error)

    @Slot(object)
    def _on_chat_wanted(self, at: ChatAt) -> None:
        self.conversation.open(at.id, at=at)
        self._window.show_chat()

    @Slot()
    def _on_opened_from_list(self) -> None:
        self._stage.setCurrentWidget(self._page)

    @Slot(object)
    def _on_shown(self, shown: Shown) -> None:
        self._sidebar.set_current(shown.conversation_id or "", is_temporary=shown.is_temporary)

    @Slot()
    def _on_busy_changed(self) -> None:
        self._window.actions_of_window[Act.STOP].setEnabled(self.conversation.is_busy)

    @Slot(object)
    def _on_left_temporary(self, conversation_id: str) -> None:
        """It lives on as long as one may want to go back to it."""
        bridge, core = self._bridge, self._core

        def back() -> None:
            self.conversation.open(conversation_id, is_temporary=True)

        def end() -> None:
            if self.conversation.conversation_id != conversation_id:
                self.conversation.stop_in(conversation_id)
                bridge.run(lambda: core.end_temporary(conversation_id), nothing, self.show_error)

        self.toast.show_undo(_("The temporary chat has ended; nothing of it was kept."), back, end)

    @Slot()
    def _on_manner_changed(self) -> None:
        self.library.refresh()
        self.manner.look()

    # The model.

    def show_model_menu(self) -> None:
        button = self._page.header.model
        self.picker.show_menu(button.mapToGlobal(QPoint(0, button.height() + 4)))

    @Slot(object)
    def _on_model_wanted(self, path: Path) -> None:
        self.picker.open(path)

    @Slot()
    def _on_enlarge(self) -> None:
        """The model is loaded again with a larger context, and sees as much of this chat again as fits."""
        home, room, desk = self.conversation.conversation_id, self.conversation.room, self._core.desk

        def work() -> int:
            tokens = desk.larger_context()
            if home is not None:
                room.chats.uncut(home)
            return tokens

        self._bridge.run(work, self._enlarged, self.show_error)

    def _enlarged(self, tokens: int) -> None:
        words = _("The model is loaded again, to keep {tokens} tokens in view.")
        self.toast.show_message(words.format(tokens=grouped(tokens)))
        self.keeper.preload()
        self.conversation.reload()

    # Menus, dialogs, news.

    def show_chat_menu(self) -> None:
        button, actions = self._page.header.menu, self._window.actions_of_window
        menu = chat_menu(self._window, self.conversation, self.library, actions, self._theme, self.changes)
        menu.popup(button.mapToGlobal(QPoint(button.width() - menu.sizeHint().width(), button.height() + 4)))

    @Slot()
    def show_shortcuts(self) -> None:
        ShortcutsDialog(self._theme, parent=self._window).open()

    @Slot(object)
    def show_error(self, error: PaddockError) -> None:
        """A fault that belongs to no message."""
        words = _("That did not work")
        SentenceDialog(self._theme, words, error.message, parent=self._window, next_step=error.next_step).open()

    @Slot(object)
    def _on_link(self, request: LinkRequested) -> None:
        dialog = ConfirmLink(self._theme, request, parent=self._window)
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
    def _on_undo_offered(self, offer: UndoOffer) -> None:
        self.toast.show_undo(offer.words, offer.undo)

    @Slot(object)
    def _on_told(self, words: str) -> None:
        self.toast.show_message(words)

    @Slot(object)
    def _on_page(self, page: QWidget) -> None:
        self._window.side_pane.close()
        self._stage.setCurrentWidget(page)

    @Slot(object)
    def _on_network(self, network: NetworkState) -> None:
        told = promise(network)
        self._sidebar.privacy.set_state(told.title, told.line, is_good=told.is_good)

    @Slot(object)
    def _on_setting_stored(self, setting: AnySetting) -> None:
        if setting in (ENTER_SENDS, SPELLING):
            self._look_at_settings()

    def _look_at_settings(self) -> None:
        """What the person wishes of the composer."""
        composer, settings = self._page.composer, self._core.settings

        def apply(enter_sends: bool) -> None:
            composer.set_enter_sends(enter_sends)
            if composer.marks is not None:
                composer.marks.check_again()

        self._bridge.run(lambda: settings.get(ENTER_SENDS), apply, self.show_error)
