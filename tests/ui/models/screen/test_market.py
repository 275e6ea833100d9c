"""Searches and listings against a hub: overtaken, refused, tried again."""

from __future__ import annotations

import threading
from typing import Any

from app.ui.models.access_dialog import AccessDialog
from app.ui.models.page.shown import AccessRequested, ListingRequested
from tests.ui.models.screen.conftest import GATED, LLAMA, OPEN, TOKEN, Stage


def listed(stage: Stage, repository: str = OPEN) -> list[str]:
    """The quantisations that a repository's row offers."""
    listing = stage.page.results.rows[repository]._listing
    return [shown.variant.quantisation for shown in listing.variants] if listing is not None else []


def search(stage: Stage, text: str = "acme") -> None:
    stage.search(text)
    stage.until(lambda: bool(stage.page.results.rows))


def test_a_search_lists_what_the_hub_has_most_fetched_first(free: Stage) -> None:
    search(free)
    assert list(free.page.results.rows) == [OPEN, LLAMA, GATED]


class Held:
    """Keeps the hub's first answer back until it is let go."""

    def __init__(self) -> None:
        self.has_come = threading.Event()
        self.may_go = threading.Event()

    def __call__(self, answer: Any) -> Any:  # JSON
        if not self.has_come.is_set():
            self.has_come.set()
            self.may_go.wait(20)
        return answer


def asked_for(stage: Stage, words: str) -> int:
    return sum(f"search={words}&" in call.query for call in stage.hub.calls)


def test_a_second_press_sends_nothing_more(free: Stage) -> None:
    held = Held()
    free.hub.trouble.edit = held
    free.search("acme")
    free.until(held.has_come.is_set)
    free.search("acme")
    held.may_go.set()
    free.until(lambda: OPEN in free.page.results.rows)
    free.until_quiet()
    assert asked_for(free, "acme") == 1
    free.search("acme")
    free.until_quiet()
    assert asked_for(free, "acme") == 2, "it was over, and can be asked again"


def test_a_search_that_was_overtaken_shows_nothing(free: Stage) -> None:
    held = Held()
    free.hub.trouble.edit = held
    free.search("acme")
    free.until(held.has_come.is_set)
    free.search("llama")
    free.until(lambda: list(free.page.results.rows) == [LLAMA])
    held.may_go.set()
    free.until_quiet()
    assert asked_for(free, "acme") == 1
    assert list(free.page.results.rows) == [LLAMA]
    assert not free.page.results.note.isVisible()


def test_results_do_not_come_back_after_they_were_closed(free: Stage) -> None:
    free.search("acme")
    free.page.search.clear_button.click()
    free.until_quiet()
    assert free.page.discover.isVisible()


def test_a_search_that_failed_says_why_and_can_be_tried_again(free: Stage) -> None:
    free.hub.trouble.statuses = [429]
    free.search("acme")
    free.until(free.page.results.note.isVisible)
    free.page.results.note.again.emit()
    free.until(lambda: OPEN in free.page.results.rows)
    assert not free.page.results.note.isVisible()


def test_a_listing_judges_each_quantisation_for_this_computer(free: Stage) -> None:
    search(free)
    free.page.listing_requested.emit(ListingRequested(OPEN))
    free.page.listing_requested.emit(ListingRequested(OPEN))
    free.until(lambda: listed(free) == ["Q4_K_M", "Q8_0"])
    free.until_quiet()
    assert free.hub.lines.count(f"GET hub /api/models/{OPEN}") == 1, "it was being asked already"
    listing = free.page.results.rows[OPEN]._listing
    assert listing is not None
    assert all(shown.fit is not None and shown.words for shown in listing.variants)


def test_a_listing_that_failed_says_why_in_its_row_and_can_be_asked_again(free: Stage) -> None:
    search(free)
    free.hub.trouble.statuses = [404]
    free.page.listing_requested.emit(ListingRequested(OPEN))
    free.until_quiet()
    listing = free.page.results.rows[OPEN]._listing
    assert listing is not None
    assert listing.problem is not None
    assert listing.progress == "failed"
    free.page.listing_requested.emit(ListingRequested(OPEN))
    free.until(lambda: listed(free) == ["Q4_K_M", "Q8_0"])


def test_the_hubs_word_on_a_closed_repository_leads_to_the_token_and_back(free: Stage) -> None:
    search(free)
    free.hub.trouble.statuses = [401] * 2
    free.page.listing_requested.emit(ListingRequested(GATED))
    free.until_quiet()
    listing = free.page.results.rows[GATED]._listing
    assert listing is not None
    assert listing.problem is not None
    assert listing.problem.is_access
    free.hub.trouble.statuses = []
    free.page.access_requested.emit(AccessRequested(GATED))
    dialog = free.dialog(AccessDialog)
    assert listing.problem.message in dialog.accessibleDescription()
    dialog.token.setText(TOKEN)
    dialog.accept_button.click()
    free.until(lambda: listed(free, GATED) == ["Q4_K_M", "Q8_0"])


def test_the_page_was_left_while_it_waits_and_has_the_answer_when_it_is_seen_again(free: Stage) -> None:
    free.search("acme")
    free.window.show_chat()
    free.until_quiet()
    free.window.show_models()
    assert OPEN in free.page.results.rows
