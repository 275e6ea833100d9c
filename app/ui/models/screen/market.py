"""Discovering models: the catalogue judged for this computer, searches of the hub, and what a repository has."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Slot

from app.core import Core
from app.errors import AccessNeeded, PaddockError
from app.journeys.shop import Listing, Offered
from app.models.hub import variants
from app.models.hub.remote import Found
from app.text import _
from app.ui.bridge import Bridge
from app.ui.models.page.page import ModelsPage
from app.ui.models.page.shown import (
    AccessRequested,
    ListingRequested,
    ListingShown,
    Problem,
    ResultsShown,
    SearchRequested,
    VariantShown,
)
from app.ui.models.screen.access import Access
from app.ui.models.screen.asking import Asking
from app.ui.models.screen.latest import Latest


class Market(QObject):
    """Controller of the page's Discover side; parented to the page."""

    def __init__(self, core: Core, bridge: Bridge, asking: Asking, access: Access, page: ModelsPage) -> None:
        super().__init__(page)
        self._core = core
        self._asking = asking
        self._access = access
        self._page = page
        self._offers: Latest[Offered] = Latest(bridge, self._judge, self._offered, self._not_offered)
        self._searched = ""  # what the page waits for, or shows
        self._is_searching = False
        self._listings: set[str] = set()  # repositories that are being asked about
        self._refusals: dict[str, str] = {}  # why a repository was closed to us, by its name
        page.offers_requested.connect(self.judge)
        page.search_requested.connect(self._on_search)
        page.results_closed.connect(self._on_closed)
        page.listing_requested.connect(self._on_listing)
        page.access_requested.connect(self._on_access)

    @Slot()
    def judge(self) -> None:
        """Judge the catalogue for the computer as it is now: memory that is free changes."""
        self._offers.look()

    def _judge(self) -> Offered:
        return self._core.shop.offered()

    def _offered(self, offered: Offered) -> None:
        self._page.set_offers(offered.recommended, offered.offers, computer=offered.computer)

    def _not_offered(self, error: PaddockError) -> None:
        self._page.set_offers_problem(problem_of(error))

    # Searches.

    @Slot(object)
    def _on_search(self, request: SearchRequested) -> None:
        """A second press while it goes on does nothing; other words overtake it."""
        text = request.text
        if not text or (text == self._searched and self._is_searching):
            return
        self._searched, self._is_searching = text, True
        self._page.set_results(ResultsShown(text, "waiting"))
        self._asking.run(
            partial(self._search, text),
            partial(self._found, text),
            partial(self._not_found, text),
            declined=partial(self._let_go, text),
            is_wanted=partial(self._is_waited_for, text),
        )

    def _search(self, text: str) -> tuple[Found, ...]:
        return self._core.shop.search(text)

    def _is_waited_for(self, text: str) -> bool:
        return self._is_searching and text == self._searched

    def _found(self, text: str, found: tuple[Found, ...]) -> None:
        if self._is_waited_for(text):
            self._is_searching = False
            self._page.set_results(
                ResultsShown(text, "ready", found, is_from_cache=any(row.is_from_cache for row in found))
            )

    def _not_found(self, text: str, error: PaddockError) -> None:
        if self._is_waited_for(text):
            self._is_searching = False
            self._page.set_results(ResultsShown(text, "failed", problem=problem_of(error)))

    def _let_go(self, text: str) -> None:
        if self._is_waited_for(text):
            self._on_closed()
            self._page.set_results(None)

    @Slot()
    def _on_closed(self) -> None:
        self._searched, self._is_searching = "", False

    # What a repository has.

    @Slot(object)
    def _on_listing(self, request: ListingRequested) -> None:
        name = request.repository
        self._page.set_listing(ListingShown(name, "waiting"))
        if name in self._listings:
            return
        self._listings.add(name)
        self._asking.run(
            partial(self._list, name),
            partial(self._listed, name),
            partial(self._not_listed, name),
            declined=partial(self._not_asked, name),
        )

    def _list(self, name: str) -> Listing:
        return self._core.shop.listing(name)

    def _listed(self, name: str, listing: Listing) -> None:
        shown = tuple(
            VariantShown(
                variant,
                choice.words if choice else variants.plain_words(variant.quantisation),
                choice.fit if choice else None,
            )
            for variant, choice in zip(listing.repository.variants, listing.choices, strict=True)
        )
        self._refusals.pop(name, None)
        self._show_listing(ListingShown(name, "ready", listing.repository, shown))

    def _not_listed(self, name: str, error: PaddockError) -> None:
        if isinstance(error, AccessNeeded):
            self._refusals[name] = error.message
        self._show_listing(ListingShown(name, "failed", problem=problem_of(error)))

    def _not_asked(self, name: str) -> None:
        declined = Problem(_("Nothing was asked of the hub."), _("Try again when it may be asked."))
        self._show_listing(ListingShown(name, "failed", problem=declined))

    def _show_listing(self, shown: ListingShown) -> None:
        self._listings.discard(shown.repository)
        self._page.set_listing(shown)

    @Slot(object)
    def _on_access(self, request: AccessRequested) -> None:
        name = request.repository
        again = partial(self._on_listing, ListingRequested(name))
        self._access.ask(name, again, reason=self._refusals.get(name, ""))


def problem_of(error: PaddockError) -> Problem:
    return Problem(error.message, error.next_step, is_access=isinstance(error, AccessNeeded))
