"""The Models page with all that is behind it, as the window has it: shown, left, and asked to fetch or use a model."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QMenu, QWidget

from app.core import Core
from app.journeys.holdings import Holding
from app.journeys.shop import Arrival
from app.text import _
from app.ui.bridge import Bridge
from app.ui.models.page import wording
from app.ui.models.page.page import ModelsPage
from app.ui.models.page.shown import Network
from app.ui.models.picker import ModelPicker
from app.ui.models.screen.access import Access
from app.ui.models.screen.asking import Asking
from app.ui.models.screen.fetching import Fetching
from app.ui.models.screen.latest import Latest
from app.ui.models.screen.market import Market
from app.ui.models.screen.shelving import Shelving
from app.ui.network.keeper import NetworkKeeper
from app.ui.network.state import NetworkState
from app.ui.theme import Theme
from app.ui.toast import Toast

_NETWORKS: dict[str, Network] = {"ask": "asks", "models": "allowed", "never": "never"}


class ModelsScreen(QObject):
    """Controller of one ModelsPage; parented to the window."""

    failed = Signal(object)  # PaddockError
    left = Signal()  # back to the chat
    network_requested = Signal()  # the settings of the network
    requests_requested = Signal()  # the list of all requests
    settings_requested = Signal()  # of the model that answers
    reload_requested = Signal()  # it is to be loaded again
    link_requested = Signal(object)  # LinkRequested
    _library_changed = Signal()  # told on the library's threads

    def __init__(
        self,
        core: Core,
        bridge: Bridge,
        picker: ModelPicker,
        theme: Theme,
        page: ModelsPage,
        toast: Toast,
        *,
        network: NetworkKeeper,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._window = parent
        self._core = core
        self._bridge = bridge
        self._picker = picker
        self._theme = theme
        self._toast = toast
        self._network = network
        self._arrival: Arrival | None = None  # what the toast offers to use
        self.page = page
        self.asking = Asking(core, bridge, theme, parent=parent)
        self.access = Access(core, bridge, theme, parent=parent)
        self.market = Market(core, bridge, self.asking, self.access, page)
        self.fetching = Fetching(core, bridge, self.asking, self.access, page, theme, parent)
        self.shelving = Shelving(core, bridge, page, theme, parent)
        self._search_news: Latest[str] = Latest(bridge, partial(searching, core), page.set_searching, self.failed.emit)
        self._connect()
        self._library_changed.connect(self._on_library_changed, Qt.ConnectionType.QueuedConnection)
        self._end_watch = core.documents.on_change(self._library_changed.emit)
        self.fetching.begin()

    def _connect(self) -> None:
        page = self.page
        page.back_requested.connect(self.left)
        page.network_requested.connect(self.network_requested)
        page.menu_requested.connect(self._on_menu)
        page.file_requested.connect(self._picker.ask_for_file)
        self.asking.consent_changed.connect(self._network.look)
        self._network.changed.connect(self._on_network)
        self.fetching.arrived.connect(self._on_arrived)
        self.fetching.stopped.connect(self._on_told)
        self.shelving.told.connect(self._on_told)
        self.shelving.reload_requested.connect(self.reload_requested)
        self.shelving.use_requested.connect(self._on_use)
        self.shelving.settings_requested.connect(self.settings_requested)
        self._picker.chosen.connect(self._on_chosen)
        self._toast.action_requested.connect(self._on_use_arrived)
        self._toast.gone.connect(self._on_toast_gone)
        for source in (self.fetching, self.access):
            source.link_requested.connect(self.link_requested)
        for faulty in (self.fetching, self.shelving, self.access):
            faulty.failed.connect(self.failed)

    @Slot()
    def look(self) -> None:
        """The page comes into view: say how things are now."""
        self._network.look()
        self.market.judge()
        self.shelving.look()
        self._search_news.look()

    def stop(self) -> None:
        """The window closes."""
        self._end_watch()

    @Slot()
    def _on_library_changed(self) -> None:
        if self.page.isVisible():
            self._search_news.look()

    @Slot(object)
    def _on_network(self, state: NetworkState) -> None:
        self.page.set_network("fixed" if state.is_fixed_by_admin else _NETWORKS[state.consent])

    @Slot(object)
    def _on_use(self, holding: Holding) -> None:
        if holding.kind == "adapter":
            attach = partial(self._core.holdings.attach, holding.path)
            self._bridge.run(attach, partial(self._attached, holding), self.failed.emit)
            return
        if holding.kind == "embedding":
            use = partial(self._core.use_search_model, None if holding.origin == "starter" else holding.path)
            self._bridge.run(use, partial(self._searches, holding), self.failed.emit)
            return
        self._picker.open(holding.path, title=holding.title)

    def _searches(self, holding: Holding, _result: object) -> None:
        words = _(
            "“{title}” searches from now on. Documents are made searchable anew; until then the old index serves."
        )
        self._toast.show_message(words.format(title=holding.title))
        self.shelving.look()

    def _attached(self, holding: Holding, model_title: str) -> None:
        words = _("“{adapter}” changes how {model} answers from now on. Its strength is in the model's settings.")
        self._toast.show_message(words.format(adapter=holding.title, model=model_title))
        self.reload_requested.emit()

    @Slot()
    def _on_chosen(self) -> None:
        """Another model answers from now on, whoever asked for it."""
        self.shelving.look()
        if self.page.isVisible():
            self.left.emit()

    @Slot(object)
    def _on_arrived(self, arrival: Arrival) -> None:
        self.shelving.look()
        title = arrival.download.order.title
        if arrival.download.order.kind != "model":
            self._toast.show_message(_("“{title}” is here, and every byte is checked.").format(title=title))
            return
        self._toast.show_message(
            _("“{title}” is here, and every byte is checked.").format(title=title), _("Use it now")
        )
        self._arrival = arrival  # after the toast: an older one that goes lets go of its own

    @Slot()
    def _on_use_arrived(self) -> None:
        if self._arrival is not None:
            if not self.shelving.use(self._arrival.path):  # which knows what it is for
                self._picker.open(self._arrival.path)
            self._arrival = None

    @Slot()
    def _on_toast_gone(self) -> None:
        self._arrival = None

    @Slot(object)
    def _on_told(self, sentence: str) -> None:
        self._toast.show_message(sentence)

    @Slot()
    def _on_menu(self) -> None:
        menu = QMenu(self._window)
        menu.aboutToHide.connect(menu.deleteLater)
        icon, color = self._theme.icons.icon, self._theme.color("muted")
        menu.addAction(icon("folder-open", color), _("Open a model file…")).triggered.connect(self._picker.ask_for_file)
        bring = menu.addAction(icon("download-simple", color), _("Import from a folder or stick…"))
        bring.triggered.connect(self.shelving.carrying.bring)
        folder = menu.addAction(icon("hard-drives", color), _("Folder for models…"))
        folder.triggered.connect(self.shelving.choose_folder)
        unfinished = menu.addAction(icon("trash", color), _("Remove what was never finished"))
        unfinished.triggered.connect(self.shelving.clear_unfinished)
        menu.addSeparator()
        requests = menu.addAction(icon("list-bullets", color), _("Every request that was made…"))
        requests.triggered.connect(self.requests_requested)
        button = self.page.menu_button
        menu.popup(button.mapToGlobal(QPoint(button.width() - menu.sizeHint().width(), button.height() + 4)))


def searching(core: Core) -> str:
    """On a worker: what is wrong with the model for searching, else how far making documents searchable is."""
    return core.search_note() or wording.searching(core.documents.progress())
