"""The parts of the main window that its first frame does without: each is made when it is first asked for.

What they import is most of Paddock, so the imports stand where the parts are made (the only place for that above
core.py). Once the first frame is on screen `settle` imports them on a worker and makes those that have work to do.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.ui.actions import Act, Actions
from app.ui.bridge import Bridge

if TYPE_CHECKING:
    from app.core import Core
    from app.declared import AnySetting
    from app.documents.records import Scope
    from app.engine.host import EngineHost
    from app.ui.anything import Anything
    from app.ui.chat.conversation import Conversation
    from app.ui.compare.page import ComparePage
    from app.ui.compare.screen import CompareScreen
    from app.ui.documents.items import PassageRequested
    from app.ui.documents.page.page import DocumentsPage
    from app.ui.documents.screen.screen import DocumentsScreen
    from app.ui.documents.screen.working import Working
    from app.ui.documents.viewer.viewer import Viewer
    from app.ui.exchange.exchanger import Exchanger
    from app.ui.models.keeper import ModelKeeper
    from app.ui.models.model_settings import ModelSettings
    from app.ui.models.page.page import ModelsPage
    from app.ui.models.picker import ModelPicker
    from app.ui.models.screen.screen import ModelsScreen
    from app.ui.network.keeper import NetworkKeeper
    from app.ui.palette.palette import Palette
    from app.ui.preferences import Preferences
    from app.ui.prompts.prompts import Prompts
    from app.ui.theme import Theme
    from app.ui.toast import Toast

_IMPORTED_SOON = (
    "app.journeys.shop",
    "app.ui.chat.transcript.message_view",
    "app.ui.models.screen.screen",
    "app.ui.prompts.prompts",
    "app.ui.preferences",
    "app.ui.anything",
    "app.ui.documents.screen.working",
)
"""What is asked for next, in the order in which it is: brought in while the person looks at the first frame."""


@dataclass(frozen=True, slots=True)
class Around:
    """What the later parts need of the window."""

    core: Core
    bridge: Bridge
    theme: Theme
    window: QWidget
    stage: QStackedWidget
    news: Toast
    actions: Actions
    conversation: Conversation
    keeper: ModelKeeper
    picker: ModelPicker
    network: NetworkKeeper


class Later(QObject):
    """Parented to the window. What the parts tell comes out of its own signals, so that nobody waits for a part."""

    engine_ready = Signal()  # what runs models is imported, and asked for without a wait
    failed = Signal(object)  # PaddockError
    told = Signal(object)  # a sentence, str
    chat_requested = Signal()  # back from another page
    page_requested = Signal(object)  # the QWidget that the stage is to show
    chat_wanted = Signal(object)  # ChatAt
    model_wanted = Signal(object)  # Path
    link_requested = Signal(object)  # LinkRequested
    imported = Signal(object)  # exchanger.Imported
    manner_changed = Signal()
    templates_changed = Signal(object)  # tuple[Template, ...]
    undo_offered = Signal(object)  # prompts.UndoOffer
    setting_stored = Signal(object)  # AnySetting
    passage_wanted = Signal(object)  # PassageRequested: it is being shown
    ask_requested = Signal(object)  # Scope: a chat that asks these documents has been begun
    answers_removed = Signal()  # some went with the documents that they were given from

    def __init__(self, around: Around) -> None:
        super().__init__(around.window)
        self._around = around
        for act, slot in (
            (Act.GENERAL, self.show_general),
            (Act.MODEL_SETTINGS, self.show_model_settings),
            (Act.PRIVACY, self.show_privacy),
            (Act.REQUESTS, self.show_requests),
        ):
            around.actions[act].triggered.connect(slot)
        self._compare_page: ComparePage | None = None
        self.answers_removed.connect(around.conversation.read_erased)
        self.setting_stored.connect(self._on_setting_stored)

    @Slot()
    def settle(self) -> None:
        """The first frame is on screen."""
        core = self._around.core
        self._around.bridge.run(lambda: core.host, self._have_engine, self.failed.emit)

    def _have_engine(self, _host: EngineHost) -> None:
        self.engine_ready.emit()
        core = self._around.core

        def work() -> bool:
            _import_soon()
            return core.has_downloads()

        self._around.bridge.run(work, self._imported, self.failed.emit)

    def _imported(self, has_downloads: bool) -> None:
        """The page of models takes the window 0.2 s, so it waits until it is wanted, unless something is to go on."""
        soon = ("prompts", "working", "models") if has_downloads else ("prompts", "working")
        for name in soon:  # each in a turn of the event loop of its own
            self._around.bridge.post(partial(getattr, self, name))

    # The parts.

    @property
    def models_page(self) -> ModelsPage:
        return self.models.page

    @cached_property
    def models(self) -> ModelsScreen:
        from app.ui.models.page.page import ModelsPage
        from app.ui.models.screen.screen import ModelsScreen

        around = self._around
        page = ModelsPage(around.theme, parent=around.window)
        around.stage.addWidget(page)
        made = ModelsScreen(
            around.core,
            around.bridge,
            around.picker,
            around.theme,
            page,
            around.news,
            network=around.network,
            parent=around.window,
        )
        made.left.connect(self.chat_requested)
        made.network_requested.connect(self.show_network_settings)
        made.requests_requested.connect(self.show_requests)
        made.reload_requested.connect(around.keeper.preload)
        made.settings_requested.connect(self.show_model_settings)
        made.link_requested.connect(self.link_requested)
        made.failed.connect(self.failed)
        return made

    @property
    def documents_page(self) -> DocumentsPage:
        return self.documents.page

    @cached_property
    def working(self) -> Working:
        """The work on documents begins with it."""
        from app.ui.documents.screen.working import Working

        around = self._around
        made = Working(around.core, around.bridge, around.conversation, parent=self)
        made.failed.connect(self.failed)
        made.begin()
        return made

    @cached_property
    def documents(self) -> DocumentsScreen:
        from app.ui.documents.page.page import DocumentsPage
        from app.ui.documents.screen.screen import DocumentsScreen

        around = self._around
        page = DocumentsPage(around.theme, parent=around.window)
        around.stage.addWidget(page)
        made = DocumentsScreen(
            around.core, around.bridge, around.theme, page, around.news, working=self.working, parent=around.window
        )
        made.left.connect(self.chat_requested)
        made.passage_requested.connect(self.show_passage)
        made.document_requested.connect(self.show_document)
        made.ask_requested.connect(self.ask_documents)
        made.answers_removed.connect(self.answers_removed)
        made.models_requested.connect(self.show_search_models)
        made.failed.connect(self.failed)
        return made

    @cached_property
    def viewer(self) -> Viewer:
        from app.ui.documents.viewer.viewer import Viewer

        around = self._around
        return Viewer(around.theme, around.bridge, around.core.documents, parent=around.window)

    @cached_property
    def model_settings(self) -> ModelSettings:
        from app.ui.models.model_settings import ModelSettings

        around = self._around
        made = ModelSettings(around.core, around.bridge, around.keeper, around.theme, parent=around.window)
        made.failed.connect(self.failed)
        return made

    @cached_property
    def preferences(self) -> Preferences:
        from app.ui.preferences import Preferences

        around = self._around
        made = Preferences(
            around.core, around.bridge, around.keeper, around.network, around.theme, parent=around.window
        )
        made.models_changed.connect(self._on_models_changed)
        made.model_settings_requested.connect(self.show_model_settings)
        made.setting_stored.connect(self.setting_stored)
        made.act_requested.connect(self._on_act)
        made.failed.connect(self.failed)
        return made

    @cached_property
    def prompts(self) -> Prompts:
        from app.ui.prompts.prompts import Prompts

        around = self._around
        talk = around.conversation
        made = Prompts(around.core, around.bridge, around.theme, conversation=talk, parent=around.window)
        made.changed.connect(self.manner_changed)
        made.templates_changed.connect(self.templates_changed)
        made.told.connect(self.told)
        made.undo_offered.connect(self.undo_offered)
        made.failed.connect(self.failed)
        made.look()
        return made

    @cached_property
    def compare(self) -> CompareScreen:
        from app.ui.compare.page import ComparePage
        from app.ui.compare.screen import CompareScreen

        around = self._around
        page = self._compare_page = ComparePage(around.theme, parent=around.window)
        around.stage.addWidget(page)
        made = CompareScreen(around.core, around.bridge, page, around.conversation, parent=around.window)
        made.opened.connect(self._on_compare_opened)
        made.left.connect(self.chat_requested)
        made.reload_requested.connect(around.keeper.preload)
        made.link_requested.connect(self.link_requested)
        made.passage_requested.connect(self.show_passage)
        made.failed.connect(self.failed)
        return made

    @cached_property
    def exchanger(self) -> Exchanger:
        from app.ui.exchange.exchanger import Exchanger

        around = self._around
        made = Exchanger(around.core, around.bridge, around.theme, around.window)
        made.imported.connect(self.imported)
        made.told.connect(self.told)
        made.failed.connect(self.failed)
        return made

    @cached_property
    def palette(self) -> Palette:
        from app.ui.palette.palette import Palette

        return Palette(self._around.theme, self._around.window)

    @cached_property
    def anything(self) -> Anything:
        from app.ui.anything import Anything

        around = self._around
        made = Anything(around.core, around.bridge, self.palette, around.actions)
        made.chat_wanted.connect(self.chat_wanted)
        made.setting_wanted.connect(self.show_setting)
        made.model_wanted.connect(self.model_wanted)
        made.failed.connect(self.failed)
        return made

    # What is asked of them.

    @Slot()
    def show_models(self) -> None:
        """The page where models are found, fetched and kept."""
        self.page_requested.emit(self.models_page)
        self.models.look()
        self.models_page.focus_search()

    @Slot()
    def show_search_models(self) -> None:
        """The same, at those that search documents."""
        self.show_models()
        self.models_page.show_search_models()

    @Slot()
    def show_documents(self) -> None:
        """The page where documents are added, searched and removed."""
        self.page_requested.emit(self.documents_page)
        self.documents.look()
        self.documents_page.focus_search()

    @Slot(object)
    def show_passage(self, wanted: PassageRequested) -> None:
        """A place in a document, beside the chat."""
        self.viewer.show_span(wanted.document_id, wanted.span, words=wanted.words)
        self.passage_wanted.emit(wanted)

    @Slot(object)
    def show_document(self, document_id: str) -> None:
        """From its beginning."""
        self.viewer.show_document(document_id)

    @Slot(object)
    def ask_documents(self, scope: Scope) -> None:
        """Begin a chat that asks these; what was typed for a new chat goes with it."""
        around = self._around
        around.conversation.save_draft()

        def begun(_result: object) -> None:
            around.conversation.open(None)
            self.chat_requested.emit()
            self.ask_requested.emit(scope)

        around.bridge.run(partial(_ask_in_new_chat, around.core, scope), begun, self.failed.emit)

    @Slot()
    def show_model_settings(self) -> None:
        self.model_settings.show()

    @Slot()
    def show_settings(self) -> None:
        self.preferences.show_settings()

    @Slot()
    def show_network_settings(self) -> None:
        self.preferences.show_network_settings()

    @Slot(object)
    def show_setting(self, key: str) -> None:
        self.preferences.show_setting(key)

    @Slot()
    def show_privacy(self) -> None:
        self.preferences.show_privacy()

    @Slot()
    def show_requests(self) -> None:
        self.preferences.requests.show()

    @Slot()
    def show_about(self) -> None:
        self.preferences.show_about()

    @Slot()
    def larger_text(self) -> None:
        self.preferences.larger_text()

    @Slot()
    def smaller_text(self) -> None:
        self.preferences.smaller_text()

    @Slot()
    def usual_text(self) -> None:
        self.preferences.usual_text()

    @Slot()
    def show_instructions(self) -> None:
        """Of the chat on screen."""
        self.prompts.show_chat(self._around.conversation)

    @Slot(object)
    def show_folder(self, folder_id: str) -> None:
        self.prompts.show_folder(folder_id)

    @Slot()
    def show_general(self) -> None:
        """The instructions for every chat."""
        self.prompts.show_general()

    @Slot()
    def show_personas(self) -> None:
        self.prompts.show_personas()

    @Slot()
    def show_templates(self) -> None:
        self.prompts.show_templates()

    @Slot()
    def open_compare(self) -> None:
        self.compare.open()

    @Slot()
    def open_palette(self) -> None:
        self.anything.open()

    def stop(self) -> None:
        """The window closes."""
        if "compare" in self.__dict__:  # else it was never made
            self.compare.stop()
        if "documents" in self.__dict__:
            self.documents.stop()
        if "models" in self.__dict__:
            self.models.stop()

    @Slot(object)
    def _on_act(self, act: Act) -> None:
        self._around.actions[act].trigger()

    @Slot()
    def _on_models_changed(self) -> None:
        self.models.shelving.look()

    @Slot(object)
    def _on_setting_stored(self, setting: AnySetting) -> None:
        if "working" in self.__dict__:
            self.working.setting_stored(setting)

    @Slot()
    def _on_compare_opened(self) -> None:
        self.page_requested.emit(self._compare_page)


def _import_soon() -> None:
    for name in _IMPORTED_SOON:
        importlib.import_module(name)


def _ask_in_new_chat(core: Core, scope: Scope) -> None:
    """On a worker. Those that are asked there already stay."""
    draft = core.chats.draft(None)
    ids = tuple(dict.fromkeys((*draft.scope.document_ids, *scope.document_ids)))
    collections = tuple(dict.fromkeys((*draft.scope.collection_ids, *scope.collection_ids)))
    core.chats.save_draft(
        None, replace(draft, scope=replace(scope, document_ids=ids, collection_ids=collections))
    ).result()
