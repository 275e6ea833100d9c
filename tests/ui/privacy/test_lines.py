"""What the window says about protection is what was measured."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.engine.fake import FakeEngine
from app.engine.protocol import ModelFacts
from app.net.policy import Consent
from app.sandbox import Guards
from app.storage.keys import SlotState
from app.ui.network.state import NetworkState, promise
from app.ui.privacy.dialog import Line, PrivacyDialog, lines
from app.ui.theme import Theme
from app.ui.tokens import SIDEBAR_PX

SLOTS = SlotState(
    has_keyring=True, has_passphrase=True, has_recovery=True, is_recovery_confirmed=True, keyring_backend="x"
)
GUARDED = Guards(
    seccomp=True,
    landlock=7,
    no_new_privs=True,
    no_core_dump=True,
    not_dumpable=True,
    other="",
    proven=("no-inet-socket",),
    failed=(),
)


def facts(guards: Guards) -> ModelFacts:
    return replace(FakeEngine().facts, guards=guards)


def engine_line(guards: Guards | None) -> Line:
    return lines(SLOTS, None if guards is None else facts(guards))[3]


def test_guards_that_took_and_held_are_named() -> None:
    line = engine_line(GUARDED)
    assert line.holds is True
    assert "seccomp, Landlock" in line.words


@pytest.mark.parametrize(
    ("guards", "holds"),
    [(None, None), (Guards(), False), (replace(GUARDED, failed=("no-exec",)), False)],
    ids=["not running", "no guard", "a guard failed"],
)
def test_nothing_is_claimed_that_was_not_proven(guards: Guards | None, holds: bool | None) -> None:
    assert engine_line(guards).holds is holds


def test_a_recovery_key_that_nobody_confirmed_is_a_lack() -> None:
    assert lines(SLOTS, None)[2].holds is True
    assert lines(replace(SLOTS, is_recovery_confirmed=False), None)[2].holds is False


def test_the_keys_that_open_the_chats_are_named() -> None:
    assert "keyring and by your passphrase" in lines(SLOTS, None)[1].words
    assert "passphrase" not in lines(replace(SLOTS, has_passphrase=False), None)[1].words


def test_the_network_line_says_what_the_person_chose_and_what_was_sent() -> None:
    asks = lines(SLOTS, None)[0]
    assert asks.words.startswith("Offline until you ask")
    assert "not made a single request" in asks.words
    allowed = lines(SLOTS, None, NetworkState(consent="models", requests=2_000))[0]
    assert "You chose not to be asked" in allowed.words
    assert "2,000 requests so far, each of them listed." in allowed.words
    assert "Offline" not in allowed.words
    assert "nothing is sent" in lines(SLOTS, None, NetworkState(consent="never"))[0].words


def test_an_administrators_word_comes_before_the_persons() -> None:
    fixed = NetworkState(consent="models", is_fixed_by_admin=True)
    assert "administrator" in lines(SLOTS, None, fixed)[0].words
    broken = replace(fixed, problem="The policy could not be followed.")
    assert lines(SLOTS, None, broken)[0].words.startswith("The policy could not be followed.")


def test_a_token_is_named_only_where_one_is_kept() -> None:
    assert "Access token" not in {line.title for line in lines(SLOTS, None)}
    kept = lines(SLOTS, None, NetworkState(is_token_kept=True))
    assert next(line for line in kept if line.title == "Access token").holds is True


@pytest.mark.parametrize("consent", ["ask", "models", "never"])
@pytest.mark.parametrize("is_fixed", [False, True], ids=["free", "fixed"])
def test_the_sidebars_promise_is_true_and_fits(theme: Theme, consent: Consent, is_fixed: bool) -> None:
    made = promise(NetworkState(consent=consent, is_fixed_by_admin=is_fixed))
    is_shut = is_fixed or consent == "never"
    assert (made.line == "Nothing leaves this computer") is is_shut
    assert ("Offline" in made.title) is (is_shut or consent == "ask")
    room_px = SIDEBAR_PX - 24 - 45
    for words, font in ((made.title, theme.fonts.small_strong), (made.line, theme.fonts.small)):
        assert QFontMetricsF(font).horizontalAdvance(words) < room_px


def test_the_list_of_requests_is_one_step_away_and_enter_is_done(qtbot: QtBot, theme: Theme) -> None:
    owner = QWidget()
    qtbot.addWidget(owner)
    dialog = PrivacyDialog(theme, lines(SLOTS, None), parent=owner)
    dialog.show()
    with qtbot.waitSignal(dialog.requests_requested):
        dialog.requests.click()
    assert dialog.done_button.isDefault()
    dialog.done_button.click()
    assert not dialog.isVisible()
