"""The person's word before anything is sent: once, always, never, not now."""

from __future__ import annotations

from app.net.policy import AdminPolicy
from app.settings import CONSENT
from app.ui.dialogs import SentenceDialog
from app.ui.models.page.shown import FetchRequested, ListingRequested
from app.ui.models.terms_dialog import TermsDialog
from app.ui.network.consent import ConsentDialog
from tests.ui.models.screen.conftest import LLAMA, OPEN, OpenStage, Stage

SEARCH = "GET hub /api/models"


def results(stage: Stage) -> list[str]:
    return list(stage.page.results.rows)


def test_nothing_is_sent_before_the_answer_and_once_is_for_this_search_only(stage: Stage) -> None:
    stage.search("acme")
    dialog = stage.dialog(ConsentDialog)
    assert stage.hub.lines == []
    dialog.accept_button.click()
    stage.until(lambda: OPEN in results(stage))
    assert stage.hub.lines == [SEARCH]
    stage.search("tiny")
    stage.dialog(ConsentDialog).reject_button.click()
    stage.until_quiet()
    assert stage.hub.lines == [SEARCH]
    assert stage.core.settings.get(CONSENT) == "ask"


def test_not_now_leads_back_to_the_catalogue_without_a_fault(stage: Stage) -> None:
    stage.search("acme")
    stage.dialog(ConsentDialog).reject()
    stage.until(stage.page.discover.isVisible)
    assert stage.hub.lines == []
    stage.search("acme")
    assert stage.dialog(ConsentDialog), "a later try is asked about anew"
    stage.dialog(ConsentDialog).reject()


def test_always_is_kept_shown_and_not_asked_about_again(stage: Stage) -> None:
    stage.search("acme")
    stage.dialog(ConsentDialog).models.click()
    stage.until(lambda: OPEN in results(stage))
    stage.until_quiet()
    assert stage.core.settings.get(CONSENT) == "models"
    assert stage.page.bar.network.text() == "Allowed for models"
    stage.search("tiny")
    stage.until(lambda: OPEN not in results(stage))
    assert not stage.dialogs(ConsentDialog)


def test_never_is_kept_and_says_so_from_then_on(stage: Stage) -> None:
    stage.search("acme")
    stage.dialog(ConsentDialog).never.click()
    stage.until(lambda: stage.core.settings.get(CONSENT) == "never")
    stage.until_quiet()
    stage.search("acme")
    stage.until(lambda: stage.page.results.note.isVisible())
    assert not stage.dialogs(ConsentDialog)
    assert stage.hub.lines == []


def ask_three(stage: Stage) -> ConsentDialog:
    """A search and two listings in one go: one question is shown, two wait behind it."""
    stage.search("acme")
    stage.page.listing_requested.emit(ListingRequested(OPEN))
    stage.page.listing_requested.emit(ListingRequested(LLAMA))
    stage.until(lambda: len(stage.screen.asking._questions) == 3 and bool(stage.dialogs(ConsentDialog)))
    return stage.dialog(ConsentDialog)


def test_after_always_those_that_wait_are_done_without_a_question(stage: Stage) -> None:
    ask_three(stage).models.click()
    stage.until(lambda: len(stage.hub.lines) == 3)
    stage.until_quiet()
    assert not stage.dialogs(ConsentDialog)
    assert stage.screen.asking._questions == []


def test_after_never_those_that_wait_are_let_go_without_a_question(stage: Stage) -> None:
    ask_three(stage).never.click()
    stage.until(lambda: stage.screen.asking._questions == [])
    stage.until_quiet()
    assert not stage.dialogs(ConsentDialog)
    assert stage.hub.lines == []


def test_after_once_those_that_wait_are_asked_about_one_by_one(stage: Stage) -> None:
    ask_three(stage).accept_button.click()
    for left in (2, 1):
        stage.until(lambda left=left: len(stage.screen.asking._questions) == left)  # type: ignore[misc] # a default
        stage.dialog(ConsentDialog).accept_button.click()
    stage.until(lambda: len(stage.hub.lines) == 3)
    stage.until_quiet()
    assert not stage.dialogs(ConsentDialog)


def test_what_nobody_waits_for_any_more_is_not_asked_about(stage: Stage) -> None:
    stage.search("acme")
    stage.page.search.clear_button.click()
    stage.until_quiet()
    assert not stage.dialogs(ConsentDialog)
    stage.search("acme")
    stage.search("tiny")
    stage.until_quiet()
    stage.dialog(ConsentDialog).accept_button.click()
    stage.until(lambda: stage.page.results.isVisible() and not stage.screen.market._is_searching)
    assert [call.query.count("search=tiny") for call in stage.hub.calls] == [1]
    assert not stage.dialogs(ConsentDialog)


def test_leave_for_a_download_lasts_from_the_terms_to_the_last_byte_and_ends_with_it(stage: Stage) -> None:
    stage.fetch(LLAMA)
    stage.dialog(ConsentDialog).accept_button.click()
    terms = stage.dialog(TermsDialog)
    assert not any(".gguf" in line for line in stage.hub.lines)
    terms.agree.click()
    terms.accept_button.click()
    stage.until_told("is here")
    stage.until_quiet()
    stage.fetch(LLAMA, "Q8_0")
    stage.dialog(ConsentDialog).reject()


def test_terms_that_were_declined_take_the_leave_back(stage: Stage) -> None:
    stage.fetch(LLAMA)
    stage.dialog(ConsentDialog).accept_button.click()
    stage.dialog(TermsDialog).reject()
    stage.until_quiet()
    assert stage.page.downloads.rows == {}
    stage.page.fetch_requested.emit(FetchRequested(LLAMA, "Q4_K_M"))
    stage.dialog(ConsentDialog).reject()


def test_the_token_is_spoken_of_where_it_goes_along(stage: Stage) -> None:
    stage.core.token.give("hf_canary0123456789")
    stage.search("acme")
    dialog = stage.dialog(ConsentDialog)
    assert any("your access token" in words for _title, words in dialog.lines)
    dialog.reject()


def test_what_an_administrator_fixed_is_never_asked_about(open_stage: OpenStage) -> None:
    stage = open_stage(AdminPolicy(is_never=True))
    assert stage.page.bar.network.text() == "Fixed by your administrator"
    stage.search("acme")
    stage.until(stage.page.results.note.isVisible)
    stage.fetch(OPEN)
    dialog = stage.dialog(SentenceDialog)
    assert "administrator" in dialog.accessibleDescription()
    dialog.accept()
    assert not stage.dialogs(ConsentDialog)
    assert stage.hub.lines == []
