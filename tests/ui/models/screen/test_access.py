"""Gated repositories: the token on its way from the dialog to the keyring and to the hub."""

from __future__ import annotations

from app.net.policy import HUB
from app.ui.chat.items import LinkRequested
from app.ui.dialogs import ConfirmLink
from app.ui.models.access_dialog import AccessDialog
from app.ui.network.consent import ConsentDialog
from tests.ui.models.screen.conftest import GATED, TOKEN, Stage


def test_a_token_that_is_given_is_kept_and_the_download_goes_on_by_itself(free: Stage) -> None:
    free.hub.grant(TOKEN, GATED)
    free.fetch(GATED)
    dialog = free.dialog(AccessDialog)
    dialog.token.setText(f"  {TOKEN} ")
    dialog.accept_button.click()
    dialog.accept_button.click()
    free.until_told("is here")
    assert free.core.token() == TOKEN
    assert not free.dialogs(AccessDialog)
    assert {call.token for call in free.hub.calls if call.host != "127.0.0.1"} == {""}


def test_allowed_once_is_asked_anew_when_the_token_goes_along(stage: Stage) -> None:
    stage.hub.grant(TOKEN, GATED)
    stage.fetch(GATED)
    stage.dialog(ConsentDialog).accept_button.click()
    dialog = stage.dialog(AccessDialog)
    dialog.token.setText(TOKEN)
    dialog.accept_button.click()
    asked = stage.dialog(ConsentDialog)
    assert any("your access token" in words for _title, words in asked.lines)
    asked.accept_button.click()
    stage.until_told("is here")


def test_leaving_it_takes_the_leave_back(stage: Stage) -> None:
    stage.fetch(GATED)
    stage.dialog(ConsentDialog).accept_button.click()
    stage.dialog(AccessDialog).reject()
    stage.until_quiet()
    stage.fetch(GATED)
    stage.dialog(ConsentDialog).reject()


def test_what_is_no_token_is_told_in_the_dialog(free: Stage) -> None:
    free.fetch(GATED)
    dialog = free.dialog(AccessDialog)
    dialog.token.setText("hf_ no token")
    dialog.accept_button.click()
    free.until(dialog.fault.isVisible)
    assert "does not look like an access token" in dialog.fault.text()
    assert dialog.accept_button.isEnabled()
    dialog.reject()
    assert free.core.token() is None


def test_access_that_is_not_granted_yet_is_told_and_asked_for_again(free: Stage) -> None:
    free.core.token.give(TOKEN)
    free.fetch(GATED)
    dialog = free.dialog(AccessDialog)
    assert "has not let you in" in dialog.accessibleDescription()
    free.hub.grant(TOKEN, GATED)
    dialog.accept_button.click()
    free.until_told("is here")


def test_a_dialog_that_was_closed_meanwhile_is_not_touched_and_nothing_goes_on(free: Stage) -> None:
    free.fetch(GATED)
    dialog = free.dialog(AccessDialog)
    dialog.token.setText(TOKEN)
    dialog.accept_button.click()
    dialog.reject()
    asked = len(free.hub.calls)
    free.until_quiet()
    assert free.core.token() == TOKEN, "it was given before"
    assert len(free.hub.calls) == asked
    assert not free.dialogs(AccessDialog)


def test_a_token_can_be_forgotten(free: Stage) -> None:
    free.core.token.give(TOKEN)
    free.fetch(GATED)
    dialog = free.dialog(AccessDialog)
    dialog.forget.click()
    free.until(lambda: not free.dialogs(AccessDialog))
    assert free.core.token() is None


def test_its_pages_are_asked_about_before_a_browser_has_them(free: Stage) -> None:
    free.fetch(GATED)
    dialog = free.dialog(AccessDialog)
    dialog.link_requested.emit(LinkRequested(f"{HUB.url}/{GATED}"))
    asked = free.dialog(ConfirmLink)
    assert asked.address == f"https://huggingface.co/{GATED}"
    asked.reject()
    dialog.reject()
