"""The Models page put together. It draws what it is given and tells what is wished; it asks the hub for nothing."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMoveEvent
from PySide6.QtWidgets import QWidget

from app.journeys.offers import Offer
from app.ui.controls import IconButton, Text
from app.ui.models.page import wording
from app.ui.models.page.discover import DiscoverView
from app.ui.models.page.downloads import DownloadsStrip
from app.ui.models.page.fetching import Stock
from app.ui.models.page.head import SearchField, TopBar, Ways
from app.ui.models.page.results import ResultsView
from app.ui.models.page.shelf import ShelfView
from app.ui.models.page.shown import (
    DownloadShown,
    ListingShown,
    Network,
    Problem,
    ResultsShown,
    SearchRequested,
    ShelfShown,
)
from app.ui.pages.parts import tab_in_order
from app.ui.pages.scroll_page import ScrollPage
from app.ui.theme import Theme

_ABOVE_PX = 16  # of a part that is brought into view


class ModelsPage(ScrollPage):
    """Setters in, requests out. Between them nothing is remembered but what is open and what is typed."""

    network_requested = Signal()
    menu_requested = Signal()
    folder_requested = Signal()  # another folder for models is wished
    file_requested = Signal()  # a model file is to be opened
    offers_requested = Signal()  # again, after a problem
    results_closed = Signal()  # back to the catalogue; a search that goes on is not waited for any more
    search_requested = Signal(object)  # SearchRequested
    listing_requested = Signal(object)  # ListingRequested
    access_requested = Signal(object)  # AccessRequested
    fetch_requested = Signal(object)  # FetchRequested
    use_requested = Signal(object)  # UseRequested
    shelf_act = Signal(object)  # ShelfAct
    download_act = Signal(object)  # DownloadAct

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent=parent)
        self._stock = Stock()
        self._results: ResultsShown | None = None
        self._wanted_scroll: int | None = None  # as soon as the range allows it
        self.bar = TopBar(theme, parent=self)
        self.downloads = DownloadsStrip(theme, parent=self._column)
        self.search = SearchField(theme, parent=self._column)
        self._search_help = Text(theme, "", parent=self._column, font=theme.fonts.small, color="hint").wrapped()
        self._search_help.setContentsMargins(2, 0, 2, 0)
        self.ways = Ways(theme, parent=self._column)
        self.discover = DiscoverView(theme, parent=self._column)
        self.results = ResultsView(theme, parent=self._column)
        self.shelf = ShelfView(theme, parent=self._column)
        above = (self.downloads, self.search, 6, self._search_help, 16, self.ways)
        self._lay_out(self.bar, (*above, 20, self.discover, self.results, self.shelf))
        self._connect()
        self.set_network("asks")
        self._show_view()
        tab_in_order(self)

    @property
    def menu_button(self) -> IconButton:
        """What the page's menu pops up below."""
        return self.bar.menu

    def set_offers(self, recommended: tuple[Offer, ...], offers: tuple[Offer, ...], *, computer: str = "") -> None:
        """`recommended` are one to three, the best first; they may be among `offers` as well.

        `computer` is a sentence on what is here to run them.
        """
        self.discover.show_offers(recommended, offers, computer)

    def set_offers_problem(self, problem: Problem) -> None:
        self.discover.show_problem(problem)

    def set_results(self, results: ResultsShown | None) -> None:
        """What a search came to; None goes back to the catalogue."""
        before, self._results = self._results, results
        if results is not None:
            self.results.show_results(results)
            if before is None or before.text != results.text:
                self.ways.choose("discover")
        self._show_view()

    def set_listing(self, listing: ListingShown) -> None:
        """For a repository of the results; for any other it is let go."""
        self.results.show_listing(listing)

    def set_shelf(self, shelf: ShelfShown) -> None:
        self.shelf.show_shelf(shelf)
        self.ways.show_count(len(shelf.items))
        self._restock(replace(self._stock, shelf=shelf))

    def set_downloads(self, downloads: tuple[DownloadShown, ...]) -> None:
        """As often as there is news; nothing is built again for it, and what is read does not move away."""
        self.downloads.show_downloads(downloads)
        self._restock(replace(self._stock, downloads=downloads))

    def set_rate(self, bytes_per_s: float) -> None:
        """Of the last download, for how long the next one takes; 0 where there was none."""
        self._restock(replace(self._stock, bytes_per_s=bytes_per_s))

    def set_network(self, network: Network) -> None:
        self.bar.network.show_network(network)
        self._search_help.setText(wording.network_help(network))

    @Slot()
    def show_discover(self) -> None:
        self.ways.choose("discover")
        self._show_view()

    @Slot()
    def show_shelf(self) -> None:
        self.ways.choose("shelf")
        self._show_view()

    @Slot()
    def show_search_models(self) -> None:
        """Those that are here, for searching documents."""
        self.show_shelf()
        self._reveal(self.shelf.groups["embedding"])

    @Slot()
    def show_search_offers(self) -> None:
        """Those that can be fetched, for searching documents."""
        self.set_results(None)
        self.show_discover()
        self._reveal(self.discover.searching)

    def set_searching(self, words: str) -> None:
        """What is being done for searching just now, or what is wrong with it; empty for nothing."""
        self.shelf.show_searching(words)

    @Slot()
    def focus_search(self) -> None:
        self._area.verticalScrollBar().setValue(0)
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape leads back: from results to the catalogue, from there to the chat."""
        if event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self._results is not None and self.ways.way == "discover":
            self._on_back_to_catalogue()
        else:
            self.back_requested.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Where downloads above the search field come and go, what is read below it stays in place."""
        bar = self._area.verticalScrollBar()
        if isinstance(event, QMoveEvent) and (bar.value() > 0 or self._wanted_scroll is not None):
            before = bar.value() if self._wanted_scroll is None else self._wanted_scroll
            self._wanted_scroll = before + event.pos().y() - event.oldPos().y()
        return False

    def _connect(self) -> None:
        self.bar.back_requested.connect(self.back_requested)
        self.bar.network_requested.connect(self.network_requested)
        self.bar.menu_requested.connect(self.menu_requested)
        self.search.installEventFilter(self)
        self.search.search_requested.connect(self._on_search)
        self.search.cleared.connect(self._on_close_results)
        self.ways.chosen.connect(self._on_way)
        self.discover.again_requested.connect(self.offers_requested)
        self.results.back_requested.connect(self._on_back_to_catalogue)
        self.results.again_requested.connect(self._on_again)
        self.results.listing_requested.connect(self.listing_requested)
        self.results.access_requested.connect(self.access_requested)
        self.shelf.shelf_act.connect(self.shelf_act)
        self.shelf.folder_requested.connect(self.folder_requested)
        self.shelf.file_requested.connect(self.file_requested)
        self.shelf.discover_requested.connect(self.show_discover)
        self.shelf.search_models_requested.connect(self.show_search_offers)
        for source in (self.discover, self.results):
            source.fetch_requested.connect(self.fetch_requested)
            source.download_act.connect(self.download_act)
        for user in (self.discover, self.results, self.shelf):
            user.use_requested.connect(self.use_requested)
            user.rows_changed.connect(self._on_rows)
        self.downloads.download_act.connect(self.download_act)
        self.downloads.rows_changed.connect(self._on_rows)

    def _restock(self, stock: Stock) -> None:
        self._stock = stock
        self.discover.show_stock(stock)
        self.results.show_stock(stock)

    def _show_view(self) -> None:
        is_shelf = self.ways.way == "shelf"
        self.shelf.setVisible(is_shelf)
        self.results.setVisible(not is_shelf and self._results is not None)
        self.discover.setVisible(not is_shelf and self._results is None)

    @Slot()
    def _on_range(self) -> None:
        super()._on_range()
        if self._wanted_scroll is not None:
            wanted, self._wanted_scroll = self._wanted_scroll, None
            self._area.verticalScrollBar().setValue(wanted)

    def _reveal(self, part: QWidget) -> None:
        """Its head at the top, as soon as what has just been shown is laid out."""
        QTimer.singleShot(0, part, partial(self._scroll_to, part))

    def _scroll_to(self, part: QWidget) -> None:
        self._area.verticalScrollBar().setValue(part.mapTo(self._sheet, QPoint()).y() - _ABOVE_PX)

    @Slot()
    def _on_search(self) -> None:
        self.search_requested.emit(SearchRequested(self.search.words))

    @Slot()
    def _on_again(self) -> None:
        if self._results is not None:
            self.search_requested.emit(SearchRequested(self._results.text))

    @Slot()
    def _on_close_results(self) -> None:
        if self._results is not None:
            self._area.verticalScrollBar().setValue(0)
            self.set_results(None)
            self.results_closed.emit()

    @Slot()
    def _on_back_to_catalogue(self) -> None:
        self.search.clear()
        self._on_close_results()
        self.focus_search()

    @Slot()
    def _on_way(self) -> None:
        self._show_view()
