"""From a press of Download to a model that answers, with everything that can come in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import CONSENT, SEARCH_MODEL
from app.ui.dialogs import SentenceDialog
from app.ui.models.access_dialog import AccessDialog
from app.ui.models.page.shown import DownloadAct, DownloadActName, DownloadShown, FetchRequested
from app.ui.models.terms_dialog import TermsDialog
from app.ui.network.consent import ConsentDialog
from tests.ui.models.screen.conftest import LLAMA, OPEN, TOKEN, OpenStage, Stage


@pytest.fixture
def slow(free: Stage) -> Stage:
    """A download of the open model that is on its way and will not arrive by itself in this test's time."""
    free.hub.trouble.slow_bytes_per_s = 100_000.0
    free.fetch(OPEN)
    free.until(lambda: bool(shown(free)) and shown(free)[0].done_bytes > 0)
    return free


def shown(stage: Stage) -> list[DownloadShown]:
    """The rows of the strip, as they were drawn last."""
    return [row._shown for row in stage.page.downloads.rows.values() if row._shown is not None]


def act(stage: Stage, name: DownloadActName) -> None:
    stage.page.download_act.emit(DownloadAct(shown(stage)[0].id, name))


def state(stage: Stage) -> str:
    return shown(stage)[0].state if shown(stage) else ""


def files(stage: Stage) -> list[str]:
    return sorted(path.name for path in stage.home.places.models.rglob("*") if path.is_file())


def test_terms_come_before_the_first_byte_and_are_kept_beside_the_model(free: Stage) -> None:
    free.fetch(LLAMA)
    dialog = free.dialog(TermsDialog)
    assert not dialog.accept_button.isEnabled()
    assert [text.name for text in dialog._shown.texts] == ["LICENSE", "USE_POLICY.md"]
    assert not any(".gguf" in line for line in free.hub.lines)
    dialog.agree.click()
    dialog.accept_button.click()
    free.until_told("is here")
    assert files(free) == ["LICENSE", "NOTICE", "Tiny-Q4_K_M.gguf", "USE_POLICY.md", "paddock-model.json"]


def test_a_second_press_asks_once(free: Stage) -> None:
    for _press in range(3):
        free.fetch(LLAMA)
    free.dialog(TermsDialog).reject()
    free.until_quiet()
    assert not free.dialogs(TermsDialog)
    assert free.hub.lines.count(f"GET hub /api/models/{LLAMA}") == 1


def test_a_wish_can_be_taken_back_while_the_hub_is_asked(free: Stage) -> None:
    free.fetch(LLAMA)
    assert shown(free)[0].note == "Asking for its files and its terms…"
    act(free, "cancel")
    assert shown(free) == []
    free.until_quiet()
    assert not free.dialogs(TermsDialog)


def test_the_wish_again_after_it_was_taken_back_is_a_new_one(free: Stage) -> None:
    free.fetch(LLAMA)
    act(free, "cancel")
    free.fetch(LLAMA)
    dialog = free.dialog(TermsDialog)
    free.until_quiet()
    assert len(free.dialogs(TermsDialog)) == 1
    dialog.agree.click()
    dialog.accept_button.click()
    free.until_told("is here")


def test_a_repository_that_lacks_it_is_told_and_leaves_no_row(free: Stage) -> None:
    free.page.fetch_requested.emit(FetchRequested(OPEN, "Q2_K"))
    dialog = free.dialog(SentenceDialog)
    assert "does not have this file" in dialog.accessibleDescription()
    dialog.accept()
    assert shown(free) == []


def test_a_full_disk_is_told_and_the_leave_is_given_back(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.fetch(OPEN)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: type("Usage", (), {"free": 1000, "total": 1, "used": 1})())
    stage.dialog(ConsentDialog).accept_button.click()
    dialog = stage.dialog(SentenceDialog)
    assert "not enough room" in dialog.accessibleDescription()
    dialog.accept()
    stage.until_quiet()
    stage.fetch(OPEN)
    stage.dialog(ConsentDialog).reject()


def test_what_has_arrived_stays_through_a_pause(slow: Stage) -> None:
    act(slow, "pause")
    slow.until(lambda: state(slow) == "paused")
    held = shown(slow)[0].done_bytes
    assert held > 0
    slow.hub.trouble.slow_bytes_per_s = 0
    act(slow, "resume")
    slow.until_told("is here")
    ranges = [call.headers.get("range") for call in slow.hub.calls if "range" in call.headers]
    assert ranges
    assert ranges[-1] != "bytes=0-"
    assert shown(slow) == []


def test_going_on_needs_the_persons_word_where_it_is_not_standing(slow: Stage) -> None:
    act(slow, "pause")
    slow.until(lambda: state(slow) == "paused")
    slow.core.settings.set(CONSENT, "ask")
    slow.hub.trouble.slow_bytes_per_s = 0
    act(slow, "resume")
    slow.dialog(ConsentDialog).reject()
    slow.until_quiet()
    assert state(slow) == "paused"
    act(slow, "resume")
    slow.dialog(ConsentDialog).accept_button.click()
    slow.until_told("is here")


@pytest.mark.parametrize("answer", ["accept", "reject"])
def test_cancelling_asks_first_and_then_keeps_nothing(slow: Stage, answer: str) -> None:
    act(slow, "cancel")
    dialog = slow.dialog(SentenceDialog)
    getattr(dialog, answer)()
    if answer == "accept":
        slow.until(lambda: shown(slow) == [])
        slow.until(lambda: files(slow) == [])
    else:
        before = shown(slow)[0].done_bytes
        slow.until(lambda: shown(slow)[0].done_bytes > before)
        assert state(slow) in ("fetching", "waiting")


def test_what_failed_says_why_and_can_be_dismissed(free: Stage) -> None:
    free.hub.trouble.corrupt_at = 5000
    free.fetch(OPEN)
    free.until(lambda: state(free) == "failed")
    problem = shown(free)[0].problem
    assert problem is not None
    assert problem.message
    act(free, "dismiss")
    free.until(lambda: shown(free) == [])
    assert files(free) == []


def test_a_download_that_lost_its_access_leads_to_the_token(free: Stage) -> None:
    free.core.token.give(TOKEN)
    free.hub.trouble.statuses, free.hub.trouble.statuses_for = [401] * 3, ".gguf"
    free.fetch(OPEN)
    free.until(lambda: state(free) in ("paused", "failed"))
    free.hub.trouble.statuses = []
    act(free, "resume")
    free.dialog(AccessDialog).accept_button.click()
    free.until_told("is here")


def test_an_arrival_is_offered_and_used_from_wherever_the_person_is(free: Stage) -> None:
    free.window.show_chat()
    free.fetch(OPEN)
    free.until_told("Tiny-Q4_K_M” is here, and every byte is checked.")
    free.window.news.action_button.click()
    free.until(lambda: free.window.keeper.state.title == "Tiny-Q4_K_M")
    free.until(lambda: free.window.keeper.state.state == "ready")


def test_a_model_for_searching_that_has_arrived_searches(free: Stage, converted: Path, tmp_path: Path) -> None:
    other = tmp_path / "Other-F16.gguf"
    other.write_bytes(converted.read_bytes().replace(b"MiniLM", b"Other1", 1))
    free.hub.add("acme/Other-GGUF", {other.name: other, "LICENSE": b"Be good.\n"}, licence="apache-2.0")
    free.fetch("acme/Other-GGUF", "F16")
    free.until_told("Other-F16” is here, and every byte is checked.")
    free.until(lambda: len(free.page.shelf.rows) == 3)
    free.window.news.action_button.click()
    free.until_told("“Other-F16” searches from now on.")
    assert free.core.settings.get(SEARCH_MODEL).endswith(other.name)
    assert free.page.isVisible(), "nothing is loaded, so no chat comes next"


def test_what_has_arrived_is_on_the_shelf_and_can_be_used_there(free: Stage) -> None:
    free.fetch(OPEN)
    free.until(lambda: len(free.page.shelf.rows) == 3)
    (row,) = [row for row in free.page.shelf.rows.values() if row.title.accessibleName() == "Tiny-Q4_K_M"]
    row.use.click()
    free.until(lambda: free.window.keeper.state.title == "Tiny-Q4_K_M")
    assert not free.page.isVisible(), "the chat with it is what comes next"


def test_a_page_that_nobody_sees_is_not_drawn_and_is_right_when_it_is_seen(slow: Stage) -> None:
    slow.window.show_chat()
    before = shown(slow)[0].done_bytes
    slow.until(lambda: next(iter(slow.screen.fetching._going.values())).done_bytes > before + 20_000)
    assert shown(slow)[0].done_bytes == before
    slow.window.show_models()
    assert shown(slow)[0].done_bytes > before + 20_000


def test_a_download_that_stops_while_nobody_sees_it_is_told(slow: Stage) -> None:
    slow.window.show_chat()
    slow.hub.trouble.corrupt_at, slow.hub.trouble.slow_bytes_per_s = 800_000, 0
    slow.until_told("Tiny-Q4_K_M: ")
    assert slow.screen.fetching._going


@pytest.mark.parametrize("consent", ["ask", "models"])
def test_what_was_cut_short_goes_on_by_itself_only_where_leave_is_standing(
    slow: Stage, open_stage: OpenStage, consent: str
) -> None:
    slow.core.settings.set(CONSENT, consent)
    slow.window.window().close()
    asked = len(slow.hub.calls)
    slow.hub.trouble.slow_bytes_per_s = 0
    again = open_stage()
    if consent == "models":
        again.until(lambda: len(again.page.shelf.rows) == 3)
        return
    again.until(lambda: state(again) == "paused")
    assert "interrupted" in shown(again)[0].note
    assert shown(again)[0].done_bytes > 0
    assert len(again.hub.calls) == asked
    act(again, "resume")
    again.dialog(ConsentDialog).accept_button.click()
    again.until_told("is here")
