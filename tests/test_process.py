"""Child processes against well-behaved, deaf, stubborn and hostile children, each a real process."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from app import process
from app.process import MAX_FRAME_BYTES, STDERR_TAIL_BYTES, Child, ChildBusy, ChildGone, command

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and /proc")

WORKER = Path(__file__).parent / "children" / "worker.py"
SOON_S = 10.0

Start = Callable[..., Child]


def argv(behaviour: str) -> list[str]:
    return [sys.executable, "-I", str(WORKER), behaviour]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a child with a behaviour of tests/children/worker.py; it is stopped when the test ends."""
    children: list[Child] = []

    def _start(behaviour: str, grants: tuple[Path, ...] = (), environment: dict[str, str] | None = None) -> Child:
        children.append(Child("test", grants=grants, environment=environment, argv=argv(behaviour)))
        return children[-1]

    yield _start
    for child in children:
        child.stop(grace_s=0.0)


def gone(child: Child) -> ChildGone:
    """How `child` went, after everything it sent was taken."""
    deadline = time.monotonic() + SOON_S
    while time.monotonic() < deadline:
        try:
            child.receive(0.5)
        except ChildGone as end:
            return end
    raise AssertionError("the child is still there")


def has_ended(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def soon(condition: Callable[[], bool]) -> bool:
    return within(SOON_S, condition)


def within(time_s: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + time_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def describe(child: Child) -> dict[str, object]:
    frame = child.receive(SOON_S)
    assert frame is not None
    facts: dict[str, object] = json.loads(frame)
    return facts


def test_frames_of_all_sizes_come_back_in_order(start: Start) -> None:
    child = start("echo")
    frames = [b"", b"a", bytes(range(256)) * 300, b"x" * (20 * 2**20), b"last"]
    for frame in frames:
        child.send(frame)
    assert [child.receive(SOON_S) for _ in frames] == frames


def test_receive_gives_none_when_nothing_comes_in_time(start: Start) -> None:
    child = start("echo")
    before = time.monotonic()
    assert child.receive(0.05) is None
    assert time.monotonic() - before < SOON_S
    assert child.is_alive


def test_a_frame_beyond_the_limit_is_refused_before_it_is_sent(start: Start) -> None:
    child = start("echo")
    with pytest.raises(ValueError, match="too long"):
        child.send(bytes(MAX_FRAME_BYTES + 1))
    child.send(b"still fine")
    assert child.receive(SOON_S) == b"still fine"


def test_what_a_library_prints_on_stdout_does_not_reach_the_frames(start: Start) -> None:
    child = start("noisy")
    assert child.receive(SOON_S) == b"clean"
    tail = child.stop().stderr_tail
    assert "to Python's stdout" in tail
    assert "to descriptor 1" in tail


def test_stop_lets_a_child_end_by_itself_when_its_input_closes(start: Start) -> None:
    child = start("echo")
    child.send(b"up")
    child.receive(SOON_S)
    exit_ = child.stop()
    assert (exit_.how, exit_.code, exit_.signal) == ("asked", 0, None)
    assert not child.is_alive


def test_stop_terminates_a_child_that_does_not_listen(start: Start) -> None:
    child = start("deaf")
    child.receive(SOON_S)
    exit_ = child.stop(grace_s=0.2)
    assert (exit_.how, exit_.code, exit_.signal) == ("terminated", None, signal.SIGTERM)


def test_stop_kills_a_child_that_ignores_sigterm_within_its_bound(start: Start) -> None:
    child = start("stubborn")
    child.receive(SOON_S)
    before = time.monotonic()
    exit_ = child.stop(grace_s=0.2)
    assert (exit_.how, exit_.signal) == ("killed", signal.SIGKILL)
    assert time.monotonic() - before < 3.0


def test_stop_kills_a_child_that_was_suspended(start: Start) -> None:
    child = start("echo")
    child.send(b"up")
    child.receive(SOON_S)
    os.kill(child.pid, signal.SIGSTOP)
    assert child.stop(grace_s=0.2).how == "killed"
    assert has_ended(child.pid)


def test_stop_says_the_same_each_time_and_from_every_thread(start: Start) -> None:
    child = start("echo")
    exits: list[process.Exit] = []
    threads = [threading.Thread(target=lambda: exits.append(child.stop())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert exits == [child.stop()] * 4


def test_after_stop_sending_and_receiving_say_that_the_child_is_gone(start: Start) -> None:
    child = start("echo")
    child.stop()
    with pytest.raises(ChildGone):
        child.send(b"late")
    with pytest.raises(ChildGone):
        child.receive(0.0)


def test_receive_waiting_in_another_thread_wakes_when_the_child_is_killed(start: Start) -> None:
    child = start("echo")
    child.send(b"up")
    child.receive(SOON_S)
    ends: list[ChildGone] = []
    waiting = threading.Thread(target=lambda: ends.append(gone(child)))
    waiting.start()
    before = time.monotonic()
    os.kill(child.pid, signal.SIGKILL)
    waiting.join(SOON_S)
    assert time.monotonic() - before < 1.0
    assert (ends[0].exit.how, ends[0].exit.signal) == ("itself", signal.SIGKILL)


def test_a_flooding_child_has_to_wait_until_somebody_takes_its_frames(start: Start) -> None:
    child = start("flood")
    writer = psutil.Process(child.pid)
    assert child.receive(SOON_S) is not None
    assert soon(lambda: writer.io_counters().write_chars > 7 * 2**20)
    assert not within(0.3, lambda: writer.io_counters().write_chars > 12 * 2**20)
    assert child.receive(SOON_S) is not None
    assert child.stop(grace_s=0.2).how in {"asked", "terminated"}


def test_sending_to_a_child_that_does_not_read_gives_up_after_a_bounded_queue(start: Start) -> None:
    child = start("deaf")
    child.receive(SOON_S)
    before = time.monotonic()

    def send_much() -> None:
        for _ in range(1000):
            child.send(bytes(2**20))

    with pytest.raises(ChildBusy):
        send_much()
    assert time.monotonic() - before < 5.0
    assert child.stop(grace_s=0.1).how == "terminated"


def test_an_announced_frame_beyond_the_limit_ends_the_child(start: Start) -> None:
    end = gone(start("too_long"))
    assert end.reason == "frame too long"
    assert end.exit.how == "killed"


def test_a_frame_cut_short_is_not_delivered_but_those_before_it_are(start: Start) -> None:
    child = start("cut_short")
    assert child.receive(SOON_S) == b"a"
    end = gone(child)
    assert (end.reason, end.exit.how, end.exit.code) == ("frame cut short", "itself", 0)


def test_a_child_that_closes_its_output_and_stays_is_ended(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_LINGER_S", 0.2)
    end = gone(start("closes_output"))
    assert (end.reason, end.exit.how) == ("closed its output", "killed")


def test_only_the_end_of_stderr_is_kept_and_control_characters_are_not(start: Start) -> None:
    end = gone(start("complains"))
    assert end.exit.code == 3
    assert "line 19999 of many" in end.exit.stderr_tail
    assert "\x1b" not in end.exit.stderr_tail
    assert len(end.exit.stderr_tail.encode()) <= STDERR_TAIL_BYTES + 16


def test_what_a_child_left_running_ends_with_it(start: Start) -> None:
    child = start("brood")
    frame = child.receive(SOON_S)
    assert frame is not None
    assert gone(child).exit.code == 0
    assert soon(lambda: has_ended(struct.unpack("<I", frame)[0]))


def test_a_program_that_cannot_be_started_is_a_gone_child() -> None:
    with pytest.raises(ChildGone, match="could not start"):
        Child("test", argv=["/nowhere/at/all"])


def test_no_descriptor_thread_or_zombie_is_left(start: Start) -> None:
    start("echo").stop()  # what is made only once, is made now
    descriptors = Path("/proc/self/fd")
    before = (len(list(descriptors.iterdir())), threading.active_count())
    pids = []
    for behaviour in ("deaf", "flood", "noisy"):
        child = start(behaviour)
        child.receive(SOON_S)
        child.stop(grace_s=0.1)
        pids.append(child.pid)
    for behaviour in ("complains", "too_long", "brood", "cut_short"):
        child = start(behaviour)
        gone(child)
        child.stop()
        pids.append(child.pid)
    assert (len(list(descriptors.iterdir())), threading.active_count()) == before
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_a_child_that_dies_is_reaped_though_nobody_asks(start: Start) -> None:
    child = start("complains")
    assert soon(lambda: not child.is_alive)
    assert not psutil.pid_exists(child.pid)


def test_a_child_sees_listed_variables_only_and_never_the_passphrase(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PADDOCK_PASSPHRASE", "correct horse")
    monkeypatch.setenv("PYTHONSTARTUP", "/nowhere")
    monkeypatch.setenv("GGML_BACKEND_PATH", "/nowhere")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    child = start("describe", environment={"GOMP_SPINCOUNT": "1000"})
    facts = describe(child)
    untouched = Path(f"/proc/{child.pid}/environ").read_bytes()
    assert b"PASSPHRASE" not in untouched
    assert b"correct horse" not in untouched
    seen = facts["environment"]
    assert isinstance(seen, dict)
    allowed = {"PATH", "LANG", "PADDOCK_GRANT", "GOMP_SPINCOUNT", "CUDA_VISIBLE_DEVICES"}
    extra = {name for name in seen if name not in allowed and not name.startswith(("LC_", "LD_LIBRARY_PATH", "CUDA_"))}
    assert extra <= {"NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES"}
    assert seen["GOMP_SPINCOUNT"] == "1000"


def test_handing_the_passphrase_on_is_our_own_bug() -> None:
    with pytest.raises(ValueError, match="must not reach"):
        process.child_environment(extra={"PADDOCK_PASSPHRASE": "x"})


def test_grants_reach_the_child_as_absolute_paths_whatever_their_letters(start: Start, tmp_path: Path) -> None:
    odd = Path(os.fsdecode(bytes(tmp_path) + b"/m\xc3\xb6del \xff.gguf"))
    facts = describe(start("describe", grants=(odd, Path("relative.gguf"))))
    assert facts["grants"] == [str(odd), str(Path.cwd() / "relative.gguf")]


def test_a_child_inherits_no_descriptor_and_stands_in_a_session_of_its_own(start: Start, tmp_path: Path) -> None:
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        child = start("describe")
        facts = describe(child)
    assert facts["descriptors"] == 5  # 0, 1, 2 and the two that Pipe keeps
    assert facts["session"] == child.pid
    assert facts["folder"] == "/"


def test_a_child_ends_when_its_parent_is_killed() -> None:
    with subprocess.Popen(argv("parent"), stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not has_ended(pid)
        parent.kill()
        assert soon(lambda: has_ended(pid))


def test_a_worker_is_this_program_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    main = str(Path(process.__file__).with_name("__main__.py"))
    assert command("engine") == [sys.executable, "-I", "-X", "utf8", main, "--worker", "engine"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert command("engine") == [sys.executable, "--worker", "engine"]
