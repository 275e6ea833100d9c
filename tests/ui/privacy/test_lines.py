"""What the window says about protection is what was measured."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.engine.fake import FakeEngine
from app.engine.protocol import ModelFacts
from app.sandbox import Guards
from app.storage.keys import SlotState
from app.ui.privacy.dialog import Line, lines

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
