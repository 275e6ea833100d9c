from __future__ import annotations

import pytest

from app.engine.planning import hardware
from app.settings import DOCUMENTS_ON_BATTERY
from tests.ui.documents.screen.conftest import FERRY, Stage


@pytest.fixture
def unplugged(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The computer runs on its battery from now on, and Paddock has noticed."""
    monkeypatch.setattr(hardware, "is_on_battery", lambda: True)
    stage.window.later.working.look()
    stage.until(lambda: reason(stage) == "battery")
    return stage


def reason(stage: Stage) -> str:
    return stage.core.documents.progress().pause_reason


def test_on_battery_new_documents_wait_and_the_page_says_why(unplugged: Stage) -> None:
    unplugged.core.documents.add_files([unplugged.write("ferry.txt", FERRY)])
    unplugged.until(lambda: unplugged.page.work.line.text == "Waits until the computer is plugged in")
    assert unplugged.core.documents.documents()[0].status == "waiting"


def test_the_person_can_have_them_read_nevertheless_and_the_next_look_respects_it(unplugged: Stage) -> None:
    unplugged.core.documents.add_files([unplugged.write("ferry.txt", FERRY)])
    unplugged.until(unplugged.page.work.isVisible)
    unplugged.page.work.hold.click()
    unplugged.until_read("ferry.txt")
    unplugged.window.later.working.look()
    unplugged.until(lambda: not unplugged.window._bridge._threads)
    assert reason(unplugged) == ""


def test_plugged_in_again_they_go_on(unplugged: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "is_on_battery", lambda: False)
    unplugged.window.later.working.look()
    unplugged.until(lambda: reason(unplugged) == "")


def test_who_allows_it_in_the_settings_is_obeyed_at_once(unplugged: Stage) -> None:
    unplugged.core.settings.set(DOCUMENTS_ON_BATTERY, True)
    unplugged.window.later.setting_stored.emit(DOCUMENTS_ON_BATTERY)
    unplugged.until(lambda: reason(unplugged) == "")
