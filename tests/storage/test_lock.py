"""One window per profile: who holds it, and how a later start talks to it."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from subprocess import Popen

import pytest

from app.errors import ProfileInUse, StorageFault
from app.storage import line, lock
from app.storage.lock import ProfileClaim, ask_owner, ask_owner_stream, claim

HOLDER = """
import sys
from pathlib import Path
from app.storage.lock import claim
held = claim(Path(sys.argv[1]))
held.listen(lambda request: [b"held: " + request])
print("ready", flush=True)
sys.stdin.read()
"""
STRANGER = """
import os, socket, sys
os.setuid(65534)
guest = socket.socket(socket.AF_UNIX)
guest.settimeout(10)
guest.connect(sys.argv[1])
try:
    guest.sendall((2).to_bytes(4, "little") + b"\\x00hi")
    print(guest.recv(100))
except OSError:
    print(b"")
"""


@pytest.fixture
def claimed(profile: Path) -> Iterator[ProfileClaim]:
    with claim(profile) as held:
        yield held


@pytest.fixture
def guest(profile: Path, claimed: ProfileClaim) -> Iterator[socket.socket]:
    """A raw connection to the door, for what no honest guest sends."""
    claimed.listen(lambda request: [b"answer to " + request])
    if sys.platform == "win32":
        pytest.skip("the door is a pipe there")
    connected = socket.socket(socket.AF_UNIX)
    connected.settimeout(10)
    connected.connect(str(profile / "door"))
    yield connected
    connected.close()


def eventually(is_so: Callable[[], bool], timeout_s: float = 5) -> bool:
    deadline = time.monotonic() + timeout_s
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.01)
    return is_so()


class TestClaim:
    def test_a_second_claim_is_refused_with_the_way_on(self, profile: Path, claimed: ProfileClaim) -> None:
        with pytest.raises(ProfileInUse) as caught:
            claim(profile)
        assert "--profile" in caught.value.next_step

    def test_another_process_is_refused_and_told_who_answers(
        self, profile: Path, start_child: Callable[..., Popen[bytes]]
    ) -> None:
        child = start_child(HOLDER, str(profile))
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n", child.communicate()[1]
        with pytest.raises(ProfileInUse):
            claim(profile)
        assert ask_owner(profile, b"raise", timeout_s=5) == b"held: raise"

    def test_a_killed_owner_leaves_nothing_in_the_way(
        self, profile: Path, start_child: Callable[..., Popen[bytes]]
    ) -> None:
        child = start_child(HOLDER, str(profile))
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        child.send_signal(signal.SIGKILL)
        child.wait(10)
        assert ask_owner(profile, b"raise", timeout_s=0.2) is None
        with claim(profile) as held:
            held.listen(lambda request: [request])
            assert ask_owner(profile, b"hello", timeout_s=5) == b"hello"

    def test_a_released_profile_can_be_claimed_again(self, profile: Path) -> None:
        for _start in range(3):
            held = claim(profile)
            held.listen(lambda request: [request])
            held.release()
            held.release()
        assert [file.name for file in profile.iterdir()] == ["lock"]

    def test_another_profile_is_free(self, tmp_path: Path, claimed: ProfileClaim) -> None:
        claim(tmp_path / "other").release()

    def test_a_file_system_without_locks_is_a_sentence(self, profile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(_descriptor: int) -> None:
            raise OSError(errno.ENOLCK, "no locks")

        monkeypatch.setattr(lock, "lock_file", refuse)
        with pytest.raises(StorageFault, match="cannot lock") as caught:
            claim(profile)
        assert not isinstance(caught.value, ProfileInUse)
        assert "--profile" in caught.value.next_step

    def test_a_folder_that_is_a_file_is_a_sentence(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(StorageFault, match="cannot be written"):
            claim(tmp_path / "file")

    def test_files_are_for_their_owner_only(self, profile: Path, claimed: ProfileClaim) -> None:
        claimed.listen(lambda request: [request])
        if os.name == "posix":
            assert {file.stat().st_mode & 0o777 for file in profile.iterdir()} == {0o600}


class TestDoor:
    def test_a_single_answer_comes_back(self, profile: Path, claimed: ProfileClaim) -> None:
        claimed.listen(lambda request: [request.upper()])
        for message in (b"raise", b"", b"\x00\xff" * 1000):
            assert ask_owner(profile, message, timeout_s=5) == message.upper()

    def test_an_answer_without_frames_is_empty(self, profile: Path, claimed: ProfileClaim) -> None:
        claimed.listen(lambda _request: [])
        assert ask_owner(profile, b"x", timeout_s=5) == b""
        assert list(ask_owner_stream(profile, b"x")) == []

    def test_frames_arrive_as_they_are_made(self, profile: Path, claimed: ProfileClaim) -> None:
        go_on = threading.Event()

        def answer(request: bytes) -> Iterator[bytes]:
            yield b"first " + request
            assert go_on.wait(10)
            yield b""
            yield b"x" * 1_000_000

        claimed.listen(answer)
        answers = ask_owner_stream(profile, b"words")
        assert next(answers) == b"first words"
        go_on.set()
        assert list(answers) == [b"", b"x" * 1_000_000]

    def test_a_guest_that_hangs_up_closes_the_answer(self, profile: Path, claimed: ProfileClaim) -> None:
        closed = threading.Event()

        def endless(_request: bytes) -> Iterator[bytes]:
            try:
                while True:
                    yield b"word "
            finally:
                closed.set()

        claimed.listen(endless)
        answers = ask_owner_stream(profile, b"go")
        assert next(answers) == b"word "
        answers.close()
        assert closed.wait(5)

    def test_an_owner_that_is_still_starting_is_waited_for(self, profile: Path, claimed: ProfileClaim) -> None:
        answers: list[bytes | None] = []
        asking = threading.Thread(target=lambda: answers.append(ask_owner(profile, b"x", timeout_s=10)))
        asking.start()
        claimed.listen(lambda request: [request])
        asking.join(10)
        assert answers == [b"x"]

    def test_an_owner_that_does_not_listen_is_not_waited_for_long(self, profile: Path, claimed: ProfileClaim) -> None:
        started = time.perf_counter()
        assert ask_owner(profile, b"x", timeout_s=0.1) is None
        with pytest.raises(ProfileInUse, match="does not answer"):
            list(ask_owner_stream(profile, b"x", connect_timeout_s=0.1))
        assert time.perf_counter() - started < 2

    def test_an_owner_that_never_ends_its_answer_is_left(self, profile: Path, claimed: ProfileClaim) -> None:
        finish = threading.Event()

        def silent(_request: bytes) -> Iterable[bytes]:
            finish.wait(20)
            return []

        claimed.listen(silent)
        assert ask_owner(profile, b"x", timeout_s=0.2) is None
        with pytest.raises(StorageFault, match="went away"):
            list(ask_owner_stream(profile, b"x", silence_s=0.2))
        finish.set()

    def test_a_failing_handler_is_logged_and_told(
        self, profile: Path, claimed: ProfileClaim, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(_request: bytes) -> Iterator[bytes]:
            yield b"one"
            raise KeyError("bug")

        claimed.listen(fail)
        answers = ask_owner_stream(profile, b"x")
        assert next(answers) == b"one"
        with pytest.raises(StorageFault, match="could not do this"):
            next(answers)
        assert [record.levelname for record in caplog.records] == ["ERROR"]

    def test_an_owner_that_leaves_mid_answer_is_told(self, profile: Path) -> None:
        held = claim(profile)
        finish = threading.Event()

        def two(_request: bytes) -> Iterator[bytes]:
            yield b"one"
            finish.wait(20)
            yield b"two"

        held.listen(two)
        answers = ask_owner_stream(profile, b"x")
        assert next(answers) == b"one"
        leaving = threading.Thread(target=held.release)
        leaving.start()
        with pytest.raises(StorageFault, match="went away"):
            list(answers)
        finish.set()
        leaving.join(10)
        claim(profile).release()

    def test_a_profile_with_a_long_path_has_a_door_too(self, tmp_path: Path) -> None:
        root = tmp_path / ("long " * 20) / ("päth" * 20)
        with claim(root) as held:
            held.listen(lambda request: [request])
            assert ask_owner(root, b"hello", timeout_s=5) == b"hello"
            folder = Path(os.fsdecode(lock._address(root) or b"")).parent
            if os.name == "posix":
                assert folder.stat().st_mode & 0o777 == 0o700
        assert not folder.exists()

    def test_the_folder_of_a_killed_owners_door_is_cleared_away(
        self, tmp_path: Path, start_child: Callable[..., Popen[bytes]]
    ) -> None:
        root = tmp_path / ("long" * 30)
        child = start_child(HOLDER, str(root))
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        folder = Path(os.fsdecode(lock._address(root) or b"")).parent
        child.kill()
        child.wait(10)
        with claim(root) as held:
            assert folder.exists() or sys.platform == "win32"
            held.listen(lambda request: [request])
            assert not folder.exists()

    def test_forgetting_a_door_touches_no_other_folder(self, tmp_path: Path) -> None:
        other = tmp_path / "precious"
        other.mkdir()
        (other / "door").touch()
        line.forget(os.fsencode(other / "door"))
        assert (other / "door").exists()


class TestRudeGuests:
    def test_an_absurd_length_is_hung_up_on(self, guest: socket.socket) -> None:
        guest.sendall(struct.pack("<IB", 2**32 - 1, 0))
        assert guest.recv(1) == b""

    def test_another_kind_of_frame_is_hung_up_on(self, guest: socket.socket) -> None:
        guest.sendall(struct.pack("<IB", 1, 7) + b"x")
        assert guest.recv(1) == b""

    def test_half_a_request_does_not_keep_others_waiting(self, guest: socket.socket, profile: Path) -> None:
        guest.sendall(struct.pack("<IB", 100, 0) + b"half")
        assert ask_owner(profile, b"me", timeout_s=5) == b"answer to me"

    def test_hanging_up_at_once_is_survived(self, guest: socket.socket, profile: Path) -> None:
        guest.close()
        assert ask_owner(profile, b"me", timeout_s=5) == b"answer to me"

    def test_too_many_guests_are_turned_away_and_later_let_in(self, guest: socket.socket, profile: Path) -> None:
        with contextlib.ExitStack() as crowd:
            for _n in range(lock.MAX_GUESTS + 2):
                one = crowd.enter_context(socket.socket(socket.AF_UNIX))
                one.connect(str(profile / "door"))
            one.settimeout(10)
            assert one.recv(1) == b""
        guest.close()
        assert eventually(lambda: ask_owner(profile, b"me", timeout_s=5) == b"answer to me", timeout_s=30)

    def test_our_own_message_too_long_is_our_bug(self, profile: Path, claimed: ProfileClaim) -> None:
        claimed.listen(lambda request: [request])
        with pytest.raises(ValueError, match="too long"):
            ask_owner(profile, bytes(line.MAX_MESSAGE_BYTES + 1), timeout_s=5)

    @pytest.mark.skipif(
        sys.platform != "linux" or os.getuid() != 0, reason="becoming another user needs Linux and root"
    )
    def test_another_user_is_not_let_in(self, start_child: Callable[..., Popen[bytes]]) -> None:
        heard: list[bytes] = []

        def note(request: bytes) -> Iterable[bytes]:
            heard.append(request)
            return [b"secret"]

        with tempfile.TemporaryDirectory() as folder, claim(Path(folder)) as held:
            held.listen(note)
            Path(folder).chmod(0o755)  # the walls are taken down, so that only the check is left
            (Path(folder) / "door").chmod(0o666)
            output, errors = start_child(STRANGER, str(Path(folder) / "door")).communicate(timeout=20)
            if b"PermissionError" in errors:
                pytest.skip("another user cannot reach the temporary folder")
            assert errors == b""
            assert output.strip() == b"b''"
            assert heard == []
            assert ask_owner(Path(folder), b"me", timeout_s=5) == b"secret"

    @pytest.mark.skipif(sys.platform == "win32", reason="the door is a pipe there")
    def test_a_guest_who_is_gone_before_it_can_be_asked_who_it_is(
        self, profile: Path, claimed: ProfileClaim, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def gone(_connected: socket.socket) -> int:
            monkeypatch.undo()
            raise OSError(errno.ENOTCONN, "as macOS says it")

        claimed.listen(lambda request: [b"answer to " + request])
        guest = socket.socket(socket.AF_UNIX)
        monkeypatch.setattr(line, "_peer_uid", gone)
        guest.connect(str(profile / "door"))
        assert eventually(lambda: line._peer_uid is not gone)
        guest.close()
        assert ask_owner(profile, b"x", timeout_s=5) == b"answer to x"
