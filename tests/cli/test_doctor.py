"""`doctor`: its judgement as a pure function, and the real thing as a process."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import replace

import pytest

from app.cli.doctor import Seen, as_json, as_text, problems
from app.engine.client import EngineBuild
from app.engine.planning.hardware import Gpu, Hardware
from app.engine.protocol import Device
from app.errors import Damaged, StorageFault
from app.models import library
from app.sandbox import Guards
from app.storage.keys import SlotState

from .conftest import ROOT, Run

GUARDS = Guards(
    seccomp=True,
    landlock=7,
    no_new_privs=True,
    no_core_dump=True,
    not_dumpable=True,
    other="",
    proven=("no-inet-socket", "no-file-write"),
    failed=(),
)
CPU = Device("CPU", "A processor", "cpu", 0, 0)
CARD = Device("CUDA0", "NVIDIA GeForce RTX 4090", "gpu", 24 * 10**9, 24 * 10**9)
HEALTHY = Seen(
    hardware=Hardware(
        cpu="A processor",
        cores_physical=8,
        cores_logical=16,
        instruction_sets=("avx2",),
        memory_total_bytes=32 * 2**30,
        memory_available_bytes=20 * 2**30,
        gpus=(),
        has_battery=False,
        is_on_battery=False,
    ),
    engine=EngineBuild(build="llama.cpp", devices=(CPU,), guards=GUARDS),
    engine_fault="",
    profile="/home/someone/Paddock",
    slots=SlotState(
        has_keyring=True,
        has_passphrase=False,
        has_recovery=True,
        is_recovery_confirmed=True,
        keyring_backend="SecretService",
    ),
    profile_fault=None,
    keyring_backend="SecretService",
    has_starter=True,
    window_lacks="",
    system="Linux",
)

CASES = {
    "engine-failed": replace(HEALTHY, engine=None, engine_fault="The engine did not start."),
    "guard-failed": replace(
        HEALTHY,
        engine=EngineBuild(build="x", devices=(CPU,), guards=replace(GUARDS, failed=("no-exec",))),
    ),
    "gpu-unused": replace(HEALTHY, hardware=replace(HEALTHY.hardware, gpus=(Gpu("nvidia", "RTX 4090"),))),
    "profile-damaged": replace(HEALTHY, profile_fault=Damaged("The key file cannot be read.", "Restore it.")),
    "profile-unusable": replace(HEALTHY, profile_fault=StorageFault("The folder is a file.", "Choose another.")),
    "recovery-unconfirmed": replace(
        HEALTHY, slots=replace(HEALTHY.slots, is_recovery_confirmed=False) if HEALTHY.slots else None
    ),
    "no-keyring": replace(HEALTHY, keyring_backend=""),
    "no-starter": replace(HEALTHY, has_starter=False),
    "no-window": replace(HEALTHY, window_lacks="There is no screen here."),
    "little-memory": replace(HEALTHY, hardware=replace(HEALTHY.hardware, memory_total_bytes=4 * 2**30)),
}
if sys.platform.startswith("linux"):
    CASES |= {
        "no-seccomp": replace(
            HEALTHY, engine=EngineBuild(build="x", devices=(CPU,), guards=replace(GUARDS, seccomp=False))
        ),
        "no-landlock": replace(
            HEALTHY, engine=EngineBuild(build="x", devices=(CPU,), guards=replace(GUARDS, landlock=0))
        ),
    }


def test_a_healthy_machine_has_no_problems() -> None:
    assert problems(HEALTHY) == ()
    assert "Nothing is wrong." in as_text(HEALTHY, ())


@pytest.mark.parametrize(("expected", "seen"), CASES.items(), ids=CASES.keys())
def test_each_trouble_is_found_alone_with_a_next_step(expected: str, seen: Seen) -> None:
    (found,) = problems(seen)
    assert found.id == expected
    assert found.message.endswith(".")
    assert found.next_step
    assert found.message in as_text(seen, (found,))


def test_a_gpu_that_the_engine_uses_is_no_problem() -> None:
    seen = replace(CASES["gpu-unused"], engine=EngineBuild(build="x", devices=(CARD, CPU), guards=GUARDS))
    assert problems(seen) == ()


def test_an_administrator_who_forbids_the_network_is_told() -> None:
    seen = replace(HEALTHY, is_network_forbidden=True)
    assert json.loads(as_json(seen, ()))["network"] == "never"
    assert "as the administrator of this computer has it" in as_text(seen, ())
    assert "until you ask" in as_text(HEALTHY, ())


def test_the_documented_keys_are_there() -> None:
    shown = json.loads(as_json(CASES["gpu-unused"], problems(CASES["gpu-unused"])))
    assert set(shown) == {
        *("paddock", "system", "python", "processor", "memory", "gpus", "engine", "guards", "profile", "keyring"),
        *("starter_model", "window", "network", "models", "problems"),
    }
    assert set(shown["problems"][0]) == {"id", "severity", "message", "next_step"}


@pytest.mark.model
def test_doctor_reports_the_real_engine_and_its_guards(run: Run) -> None:
    done = run("doctor", "--json")
    shown = json.loads(done.stdout)
    assert shown["engine"]["devices"]
    assert shown["network"] == "until_asked"
    assert not done.stderr
    assert [model["title"] for model in shown["models"]] == ["Llama 3.1 8B", "Llama 3.1 70B", "Llama 3.1 405B"]
    assert all(model["reasons"] for model in shown["models"])
    if sys.platform.startswith("linux"):
        assert shown["guards"]["seccomp"] is True
        assert "no-inet-socket" in shown["guards"]["proven"]
    errors = [problem for problem in shown["problems"] if problem["severity"] == "error"]
    assert done.returncode == (1 if errors else 0)


@pytest.mark.model
def test_doctor_tells_how_a_file_would_run_in_words(run: Run) -> None:
    done = run("doctor", "--model", str(library.starter()))
    assert "SmolLM2 135M, 0.1 GB: " in done.stdout
    assert "tokens/s" in done.stdout
    assert "The processor does all the work" in done.stdout or "GPU" in done.stdout


def test_doctor_refuses_a_file_that_is_no_model(run: Run) -> None:
    done = run("doctor", "--model", __file__)
    assert done.returncode == 4
    assert "This is not a model file" in done.stderr


@pytest.mark.model
@pytest.mark.skipif(os.name != "posix", reason="/dev/null")
@pytest.mark.parametrize("profile", ["/dev/null", "/tmp/" + "a" * 256], ids=["a file", "a name too long"])
def test_a_profile_that_cannot_be_is_a_problem_and_no_traceback(run: Run, profile: str) -> None:
    done = run("--profile", profile, "doctor", "--json")
    assert not done.stderr
    shown = json.loads(done.stdout)
    assert "profile-unusable" in [problem["id"] for problem in shown["problems"]]
    assert not shown["profile"]["exists"]
    assert done.returncode == 1


def test_the_page_on_the_command_line_lists_every_problem() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    listed = set(re.findall(r"`([a-z-]+)`", page.partition("Problem ids:")[2]))
    source = (ROOT / "app" / "cli" / "doctor.py").read_text("utf-8")
    known = set(CASES) | ({"no-seccomp", "no-landlock"} & listed)
    assert listed == known
    assert all(f'"{name}"' in source for name in listed)
