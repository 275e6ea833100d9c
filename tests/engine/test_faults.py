"""Every way to fail has a sentence of its own and a next step."""

from __future__ import annotations

import signal
import sys
import typing

import pytest

from app.engine import faults
from app.engine.protocol import Failed, LoadFailed, LoadFault
from app.errors import ContextFull, PaddockError
from app.process import Exit


def ended(code: int | None = None, by: int | None = None) -> Exit:
    return Exit(code, by, "itself", "ops.cpp:1: GGML_ASSERT failed")


@pytest.mark.parametrize(
    ("exit_", "sentence"),
    [
        (ended(by=9), "memory ran out"),
        (ended(by=signal.SIGILL), "another processor"),
        (ended(code=-0x3FFFFFE3), "another processor"),
        (ended(code=0xC000001D), "another processor"),
        (ended(by=signal.SIGABRT), "damaged"),
        (ended(by=signal.SIGSEGV), "damaged"),
        (ended(by=7), "damaged"),
        (ended(code=0xC0000005), "damaged"),
        (ended(code=1), "ended unexpectedly"),
        (ended(code=0), "ended unexpectedly"),
    ],
)
def test_a_death_is_explained(exit_: Exit, sentence: str) -> None:
    error = faults.of_death(exit_)
    assert sentence in error.message
    assert "Try again" in error.next_step or "set-up" in error.next_step
    assert "GGML_ASSERT" in error.detail


@pytest.mark.parametrize(
    ("exit_", "may_be"),
    [
        (ended(by=9), True),
        (ended(by=signal.SIGABRT), True),
        (ended(code=3), True),
        (ended(code=0xC0000017), True),
        (ended(code=-0x3FFFFFE9), True),
        (ended(by=signal.SIGSEGV), False),
        (ended(by=signal.SIGTERM), False),
        (ended(code=0), False),
        (ended(code=1), False),
        (None, False),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_death_that_a_smaller_plan_may_spare_is_known(exit_: Exit | None, may_be: bool) -> None:
    assert faults.is_about_memory(exit_) == may_be


def test_no_file_name_gets_into_the_log() -> None:
    names: tuple[LoadFault, ...] = ("adapter", "draft")
    for name in names:
        assert faults.of_load(LoadFailed(name, "my-secret-project.gguf")).detail == ""


def test_every_load_fault_has_a_sentence_of_its_own() -> None:
    names = typing.get_args(LoadFault)
    errors = [faults.of_load(LoadFailed(name, "unknown model architecture: 'tree'")) for name in names]
    assert len({error.message for error in errors}) == len(names)
    assert all(error.next_step for error in errors)
    assert "tree" in errors[names.index("architecture")].message


def test_a_full_context_says_by_how_much() -> None:
    error = faults.of_job(Failed(1, "context_full", 9000, 8192, ""))
    assert isinstance(error, ContextFull)
    assert "9000" in error.message
    assert "8192" in error.message


def test_the_others_say_what_to_do() -> None:
    errors: list[PaddockError] = [
        faults.of_job(Failed(1, "decode", 0, 0, "code -3")),
        faults.of_job(Failed(1, "shape", 0, 0, "line 3")),
        faults.of_job(Failed(1, "template", 0, 0, "no tools")),
        faults.of_silence(15),
        faults.of_halt(),
        faults.of_deafness(),
        faults.of_refusal("another size"),
        faults.of_nonsense("unknown kind"),
        faults.closed(),
        faults.not_started("errno 11"),
    ]
    assert all(error.message.endswith(".") and error.next_step.endswith(".") for error in errors)
    assert len({error.message for error in errors}) == len(errors)
