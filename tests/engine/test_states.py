"""Kept states: what comes back is exactly what was kept, for exactly that place, or nothing."""

from __future__ import annotations

import os
import sys
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.engine import states
from app.engine.states import StateDamaged, StateKey, StateRefused, StateStore
from app.errors import DiskFull, StorageFault

REPOSITORY = Path(__file__).parents[2]
SMALL = 64
"""Bytes of a chunk in these tests, so that little data makes many of them."""
SEALED = SMALL + 16
KEY = StateKey("a1b2c3d4e5f6", "kv f16, flash attention on")
OTHER_KEY = StateKey(KEY.model, "kv q8_0, flash attention on")
SIZE = states.HEADER_BYTES + 2 * SEALED
"""Bytes on the disk of a state of two chunks."""
TWO_CHUNKS = bytes(2 * SMALL)
WORDS = b"the words of a person "
STATE = WORDS * 12  # 264 bytes: five chunks, the last one short

Opener = Callable[..., StateStore]

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and limits of POSIX")

KILLED_WRITER = """
import sys
from pathlib import Path
from app.engine.states import StateKey, StateStore
store = StateStore(Path(sys.argv[1]), bytes.fromhex(sys.argv[2]), limit_bytes=lambda: 2**40)
with store.writer("a", StateKey("a1b2", "another place")) as writer:
    writer.add(bytes(3 * 2**20))
    print("ready", flush=True)
    sys.stdin.read()
"""


class Clock:
    """Seconds that pass when told to; two uses are never at the same time."""

    def __init__(self) -> None:
        self.time_s = 1_000_000.0

    def __call__(self) -> float:
        self.time_s += 1
        return self.time_s


class Limit:
    """What all states may take; `asked` is called when somebody wants to know."""

    def __init__(self) -> None:
        self.size_bytes = 2**40
        self.asked: Callable[[], None] = lambda: None

    def __call__(self) -> int:
        self.asked()
        return self.size_bytes


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "CHUNK_BYTES", SMALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "profile" / "states"


@pytest.fixture
def data_key() -> bytes:
    return os.urandom(32)


@pytest.fixture
def limit() -> Limit:
    return Limit()


@pytest.fixture
def open_store(folder: Path, data_key: bytes, limit: Limit) -> Opener:
    clock = Clock()
    return lambda key=data_key: StateStore(folder, key, limit_bytes=limit, now=clock)


@pytest.fixture
def store(open_store: Opener) -> StateStore:
    return open_store()


def keep(store: StateStore, conversation: str, state: bytes = STATE, key: StateKey = KEY) -> None:
    with store.writer(conversation, key) as writer:
        writer.add(state)
        writer.commit(len(state))


def kept(store: StateStore, conversation: str, key: StateKey = KEY) -> bytes:
    return b"".join(store.read(conversation, key))


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def parts(path: Path) -> tuple[bytes, list[bytes]]:
    """The header of a file and its sealed chunks."""
    header, body = path.read_bytes()[: states.HEADER_BYTES], path.read_bytes()[states.HEADER_BYTES :]
    return header, [body[at : at + SEALED] for at in range(0, len(body), SEALED)]


def refused(store: StateStore, conversation: str, key: StateKey = KEY) -> bool:
    """Whether nothing is given out as a whole state, and the file is gone for good."""
    try:
        kept(store, conversation, key)
    except StateDamaged:
        return store.used_bytes() == 0 and store.info(conversation, key) is None
    return False


class TestWhatIsKept:
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)
    @given(st.lists(st.binary(max_size=3 * SMALL), max_size=8))
    def test_comes_back_whole_however_it_was_cut(self, store: StateStore, pieces: list[bytes]) -> None:
        whole = b"".join(pieces)
        with store.writer("a", KEY) as writer:
            for piece in pieces:
                writer.add(piece)
            writer.commit(len(pieces))
        assert kept(store, "a") == whole
        info = store.info("a", KEY)
        assert info is not None
        assert (info.conversation, info.tokens, info.size_bytes) == ("a", len(pieces), store.used_bytes())

    @pytest.mark.parametrize("size_bytes", [0, 1, SMALL - 1, SMALL, SMALL + 1, 2 * SMALL, 5 * SMALL])
    def test_comes_back_at_every_edge_of_a_chunk(self, store: StateStore, size_bytes: int) -> None:
        state = os.urandom(size_bytes)
        keep(store, "a", state)
        assert kept(store, "a") == state

    def test_survives_a_restart_with_the_time_of_its_writing(self, open_store: Opener) -> None:
        first = open_store()
        keep(first, "a")
        info = first.info("a", KEY)
        first.close()
        again = open_store()
        assert again.info("a", KEY) == info
        assert info is not None
        assert info.written_at > 1_000_000
        assert kept(again, "a") == STATE

    def test_the_newest_state_wins(self, store: StateStore, folder: Path) -> None:
        keep(store, "a", b"older")
        keep(store, "a", b"newer")
        assert kept(store, "a") == b"newer"
        only_file(folder)

    def test_passes_through_in_pieces_and_never_lies_in_memory_whole(
        self, store: StateStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(states, "CHUNK_BYTES", 2**18)
        piece, count = os.urandom(2**19), 64
        tracemalloc.start()
        try:
            with store.writer("a", KEY) as writer:
                for _ in range(count):
                    writer.add(piece)
                writer.commit(1)
            size_bytes = sum(len(part) for part in store.read("a", KEY))
            peak_bytes = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert size_bytes == count * len(piece)
        assert peak_bytes < size_bytes / 8

    def test_readers_and_writers_of_many_conversations_run_beside_each_other(self, store: StateStore) -> None:
        wrong: list[str] = []

        def work(name: str) -> None:
            for turn in range(15):
                state = f"{name} {turn} ".encode() * 50
                keep(store, name, state)
                if kept(store, name) != state:
                    wrong.append(name)

        threads = [threading.Thread(target=work, args=(f"conversation {number}",)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []

    @posix
    def test_whoever_reads_while_a_newer_one_is_placed_gets_the_older_one_whole(self, store: StateStore) -> None:
        keep(store, "a")
        reading = store.read("a", KEY)
        beginning = next(reading)
        keep(store, "a", b"newer")
        assert beginning + b"".join(reading) == STATE


class TestWhatIsDamaged:
    def test_every_changed_byte_is_found(self, store: StateStore, folder: Path) -> None:
        keep(store, "a")
        path, whole = only_file(folder), only_file(folder).read_bytes()
        for place in range(len(whole)):
            changed = bytearray(whole)
            changed[place] ^= 1 << place % 8
            path.write_bytes(changed)
            assert (store.info("a", KEY) is None) == (place < states.HEADER_BYTES), f"byte {place}"
            path.write_bytes(changed)
            assert refused(store, "a"), f"byte {place}"
        path.write_bytes(whole)
        assert kept(store, "a") == STATE

    def test_shorter_and_longer_files_are_found(self, store: StateStore, folder: Path) -> None:
        keep(store, "a")
        path, whole = only_file(folder), only_file(folder).read_bytes()
        edges = [states.HEADER_BYTES + SEALED * number for number in range(5)]
        sizes = {0, 1, len(whole) - 1, *edges, *(edge - 1 for edge in edges), *(edge + 1 for edge in edges)}
        for untrusted in [*(whole[:size] for size in sizes), whole + b"\0"]:
            path.write_bytes(untrusted)
            assert store.info("a", KEY) is None
            path.write_bytes(untrusted)
            assert refused(store, "a")

    @pytest.mark.parametrize("order", ["1023", "0132", "0023", "3333", "012", "123", "01233", ""])
    def test_chunks_swapped_dropped_and_doubled_are_found(self, store: StateStore, folder: Path, order: str) -> None:
        keep(store, "a", os.urandom(4 * SMALL))
        header, chunks = parts(only_file(folder))
        only_file(folder).write_bytes(header + b"".join(chunks[int(number)] for number in order))
        assert refused(store, "a")

    def test_a_chunk_of_an_older_state_of_the_same_conversation_is_found(self, store: StateStore, folder: Path) -> None:
        keep(store, "a", bytes(3 * SMALL))
        _header, older = parts(only_file(folder))
        keep(store, "a", bytes(3 * SMALL))
        header, newer = parts(only_file(folder))
        only_file(folder).write_bytes(header + newer[0] + older[1] + newer[2])
        assert refused(store, "a")

    def test_a_late_damage_gives_out_only_what_is_genuine(self, store: StateStore, folder: Path) -> None:
        keep(store, "a")
        path = only_file(folder)
        changed = bytearray(path.read_bytes())
        changed[-1] ^= 1
        path.write_bytes(changed)
        reading = store.read("a", KEY)
        assert b"".join(next(reading) for _ in range(4)) == STATE[: 4 * SMALL]
        with pytest.raises(StateDamaged):
            next(reading)
        assert not path.exists()

    def test_a_state_under_the_name_of_another_conversation_is_refused(self, store: StateStore, folder: Path) -> None:
        keep(store, "b")
        path = only_file(folder)
        store.forget("b")
        keep(store, "a")
        only_file(folder).rename(path)
        assert refused(store, "b")

    def test_another_data_key_opens_nothing(self, store: StateStore, open_store: Opener, folder: Path) -> None:
        stranger = open_store(key=os.urandom(32))
        keep(stranger, "a", b"")
        path = only_file(folder)
        stranger.clear()
        keep(store, "a")
        assert stranger.info("a", KEY) is None
        only_file(folder).rename(path)
        assert refused(stranger, "a")

    def test_a_conversation_without_a_state_has_none(self, store: StateStore) -> None:
        assert store.info("a", KEY) is None
        with pytest.raises(StateDamaged):
            next(store.read("a", KEY))


class TestAnotherPlace:
    def test_is_not_offered_the_state_and_the_state_stays(self, store: StateStore) -> None:
        keep(store, "a")
        assert store.info("a", OTHER_KEY) is None
        assert store.info("a", StateKey("ffff", KEY.place)) is None
        assert store.info("a", KEY) is not None

    def test_replaces_the_state(self, store: StateStore, folder: Path) -> None:
        keep(store, "a")
        keep(store, "a", b"newer", OTHER_KEY)
        only_file(folder)
        assert store.info("a", KEY) is None
        assert kept(store, "a", OTHER_KEY) == b"newer"

    def test_cannot_read_the_state(self, store: StateStore) -> None:
        keep(store, "a")
        with pytest.raises(StateDamaged):
            next(store.read("a", OTHER_KEY))
        assert store.used_bytes() == 0

    def test_model_and_place_do_not_run_into_each_other(self, store: StateStore) -> None:
        keep(store, "a", key=StateKey("ab", "c"))
        assert store.info("a", StateKey("a", "bc")) is None


class TestBrokenOffWriters:
    def test_leave_the_older_state(self, store: StateStore, folder: Path) -> None:
        keep(store, "a")
        with store.writer("a", OTHER_KEY) as writer:
            writer.add(bytes(5 * SMALL))
        only_file(folder)
        assert kept(store, "a") == STATE

    def test_that_were_killed_leave_the_older_state_and_are_swept_up(
        self, open_store: Opener, folder: Path, data_key: bytes
    ) -> None:
        keep(open_store(), "a")
        arguments = [sys.executable, "-c", KILLED_WRITER, str(folder), data_key.hex()]
        child = Popen(arguments, cwd=REPOSITORY, stdin=PIPE, stdout=PIPE, stderr=PIPE)
        assert child.stdout is not None
        try:
            assert child.stdout.readline() == b"ready\n"
        finally:
            child.kill()
            child.communicate(timeout=10)
        leftover = next(path for path in folder.iterdir() if path.suffix != ".state")
        assert leftover.stat().st_size > 2**20
        store = open_store()
        only_file(folder)
        assert kept(store, "a") == STATE

    def test_have_written_nothing_that_the_data_key_opens(self, store: StateStore, folder: Path) -> None:
        """The salt comes last: before `commit` the place of the header holds zeros."""
        with store.writer("a", KEY) as writer:
            for _ in range(100):
                writer.add(STATE)
            written = only_file(folder).read_bytes()
            assert len(written) > 100 * SMALL
            assert written[: states.HEADER_BYTES] == bytes(states.HEADER_BYTES)
            assert WORDS not in written

    @posix
    @pytest.mark.parametrize("earlier", [True, False])
    def test_on_a_full_disk_say_so_and_leave_the_older_state(
        self, store: StateStore, folder: Path, earlier: bool, small_files: Callable[[int], None]
    ) -> None:
        if earlier:
            keep(store, "a")
        small_files(1000)
        with store.writer("a", KEY) as writer:
            with pytest.raises(DiskFull):
                writer.add(bytes(2**20))
            with pytest.raises(StateRefused):  # it has a hole now
                writer.commit(1)
        if earlier:
            assert kept(store, "a") == STATE
        assert len(list(folder.iterdir())) == earlier

    def test_leave_the_last_of_the_disk_free(
        self, store: StateStore, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keep(store, "a")
        monkeypatch.setattr(states, "RESERVED_BYTES", 2**62)
        with pytest.raises(StateRefused), store.writer("a", KEY) as writer:
            writer.add(bytes(2 * SMALL))
        only_file(folder)
        assert kept(store, "a") == STATE

    def test_a_second_commit_is_refused_and_the_first_stays(self, store: StateStore) -> None:
        with store.writer("a", KEY) as writer:
            writer.add(STATE)
            writer.commit(7)
            with pytest.raises(StateRefused):
                writer.commit(8)
        info = store.info("a", KEY)
        assert info is not None
        assert info.tokens == 7

    @posix
    def test_a_folder_that_cannot_be_made_is_a_fault(self, tmp_path: Path, data_key: bytes) -> None:
        (tmp_path / "file").write_bytes(b"")
        store = StateStore(tmp_path / "file" / "states", data_key, limit_bytes=lambda: 2**40)
        with pytest.raises(StorageFault), store.writer("a", KEY):
            pass
        assert store.info("a", KEY) is None
        assert store.used_bytes() == 0


@pytest.fixture
def small_files() -> Iterator[Callable[[int], None]]:
    """Let files of this process grow to so many bytes and no further, which reads like a full disk."""
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size_bytes: resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, limits[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.fixture
def three(store: StateStore, limit: Limit) -> StateStore:
    """As much as the limit allows: a, b and c, in this order."""
    limit.size_bytes = 3 * SIZE
    for name in "abc":
        keep(store, name, TWO_CHUNKS)
    assert store.used_bytes() == limit.size_bytes
    return store


def names(store: StateStore) -> str:
    return "".join(name for name in "abcd" if store.info(name, KEY))


class TestTheLimit:
    def test_the_oldest_goes_first(self, three: StateStore) -> None:
        keep(three, "d", TWO_CHUNKS)
        assert names(three) == "bcd"

    def test_reading_a_state_makes_it_young_and_looking_at_it_does_not(self, three: StateStore) -> None:
        kept(three, "a")
        assert three.info("b", KEY) is not None
        keep(three, "d", TWO_CHUNKS)
        assert names(three) == "acd"

    def test_as_many_go_as_must(self, three: StateStore) -> None:
        keep(three, "d", 2 * TWO_CHUNKS)
        assert names(three) == "cd"
        assert three.used_bytes() <= 3 * SIZE

    def test_a_newer_state_counts_in_the_place_of_the_older_one(self, three: StateStore) -> None:
        keep(three, "c", TWO_CHUNKS)
        assert names(three) == "abc"

    def test_what_alone_is_larger_is_refused_at_once_and_costs_nothing(self, three: StateStore, folder: Path) -> None:
        with three.writer("a", KEY) as writer, pytest.raises(StateRefused):
            writer.add(bytes(100 * SMALL))
        assert names(three) == "abc"
        assert len(list(folder.iterdir())) == 3

    def test_a_broken_off_writer_costs_the_others_nothing(self, three: StateStore) -> None:
        with three.writer("d", KEY) as writer:
            writer.add(bytes(3 * SMALL))
        assert names(three) == "abc"

    def test_a_lowered_limit_holds_at_the_next_commit_and_when_told(self, three: StateStore, limit: Limit) -> None:
        with three.writer("d", KEY) as writer:
            writer.add(TWO_CHUNKS)
            limit.size_bytes = 2 * SIZE
            writer.commit(1)
        assert names(three) == "cd"
        limit.size_bytes = SIZE
        three.trim()
        assert names(three) == "d"

    def test_a_limit_lowered_below_the_state_costs_only_that_state(self, three: StateStore, limit: Limit) -> None:
        with three.writer("d", KEY) as writer:
            writer.add(TWO_CHUNKS)
            limit.size_bytes = SIZE - 1
            with pytest.raises(StateRefused):
                writer.commit(1)
        assert names(three) == "abc"


class TestGoneWithItsConversation:
    def test_a_forgotten_state_is_gone_whatever_it_fitted(self, store: StateStore) -> None:
        keep(store, "a", key=OTHER_KEY)
        keep(store, "b")
        store.forget("a")
        store.forget("never there")
        assert store.info("a", OTHER_KEY) is None
        assert kept(store, "b") == STATE

    @pytest.mark.parametrize(
        "go",
        [lambda s: s.forget("a"), lambda s: s.clear(), lambda s: s.keep_only({"b"}), lambda s: s.close()],
        ids=["forgotten", "cleared", "not among the kept", "closed"],
    )
    def test_a_state_that_is_just_being_written_is_gone_too(
        self, store: StateStore, folder: Path, go: Callable[[StateStore], None]
    ) -> None:
        with store.writer("a", KEY) as writer:
            writer.add(STATE)
            go(store)
            with pytest.raises(StateRefused):
                writer.commit(1)
        assert list(folder.iterdir()) == []

    def test_the_writer_of_a_forgotten_conversation_takes_no_more(self, store: StateStore) -> None:
        with store.writer("a", KEY) as writer:
            writer.add(STATE)
            store.forget("a")
            with pytest.raises(StateRefused):
                writer.add(STATE)

    def test_forgotten_in_the_middle_of_a_commit_it_stays_forgotten(
        self, store: StateStore, folder: Path, limit: Limit
    ) -> None:
        with store.writer("a", KEY) as writer:
            writer.add(STATE)
            limit.asked = lambda: store.forget("a")  # for the second time when all is written
            with pytest.raises(StateRefused):
                writer.commit(1)
        assert list(folder.iterdir()) == []

    def test_forgetting_one_conversation_lets_the_writer_of_another_finish(self, store: StateStore) -> None:
        with store.writer("a", KEY) as writer:
            store.forget("b")
            store.keep_only(["a"])
            writer.add(STATE)
            writer.commit(1)
        assert kept(store, "a") == STATE

    def test_at_the_start_only_states_of_known_conversations_stay(self, open_store: Opener, folder: Path) -> None:
        first = open_store()
        for name in "abc":
            keep(first, name)
        (folder / "a file of somebody else").write_bytes(b"")
        again = open_store()
        again.keep_only(["b", "never kept"])
        assert [name for name in "abc" if again.info(name, KEY)] == ["b"]
        assert (folder / "a file of somebody else").exists()

    def test_cleared_is_empty_and_goes_on(self, store: StateStore, folder: Path) -> None:
        keep(store, "a")
        keep(store, "b")
        store.clear()
        assert list(folder.iterdir()) == []
        assert store.used_bytes() == 0
        keep(store, "a")
        assert kept(store, "a") == STATE

    @posix
    def test_what_is_removed_was_made_unreadable_before(self, store: StateStore, folder: Path, tmp_path: Path) -> None:
        keep(store, "a")
        keep(store, "b")
        for number, path in enumerate(folder.iterdir()):
            (tmp_path / str(number)).hardlink_to(path)  # what a look at the raw disk would still find
        store.forget("a")
        keep(store, "b")
        for number in range(2):
            remains = (tmp_path / str(number)).read_bytes()
            assert remains[: states.HEADER_BYTES] == bytes(states.HEADER_BYTES)
            assert len(remains) > states.HEADER_BYTES + SEALED

    def test_what_cannot_be_removed_is_said_to_who_asked_for_it(self, store: StateStore, folder: Path) -> None:
        keep(store, "a")
        path = only_file(folder)
        store.forget("a")
        path.mkdir()
        with pytest.raises(StorageFault):
            store.forget("a")
        with pytest.raises(StorageFault):
            store.clear()
        store.keep_only([])  # the next start tries again
        assert store.info("a", KEY) is None

    @posix
    @pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may remove everything")
    def test_in_a_folder_that_lets_nothing_go_it_is_made_unreadable(self, store: StateStore, folder: Path) -> None:
        keep(store, "a")
        folder.chmod(0o500)
        store.forget("a")
        assert store.info("a", KEY) is None
        assert only_file(folder).read_bytes().startswith(bytes(states.HEADER_BYTES))
        folder.chmod(0o700)

    def test_a_closed_store_neither_gives_nor_takes(self, store: StateStore) -> None:
        keep(store, "a")
        store.close()
        store.close()
        with pytest.raises(StorageFault):
            store.info("a", KEY)
        with pytest.raises(StorageFault):
            next(store.read("a", KEY))
        with pytest.raises(StorageFault), store.writer("a", KEY):
            pass


class TestWhatTheDiskTells:
    @posix
    def test_files_and_folder_are_open_to_their_owner_only(self, store: StateStore, folder: Path) -> None:
        keep(store, "b")
        with store.writer("a", KEY) as writer:
            writer.add(STATE)
            assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
            assert len(list(folder.iterdir())) == 2
        assert folder.stat().st_mode & 0o777 == 0o700

    def test_names_tell_nothing_and_differ_between_profiles(
        self, store: StateStore, open_store: Opener, folder: Path
    ) -> None:
        keep(store, "conversation")
        keep(open_store(key=os.urandom(32)), "conversation")
        names = {path.name for path in folder.iterdir()}
        assert len(names) == 2
        assert all(len(name) == 32 + len(".state") and "conversation" not in name for name in names)

    def test_neither_state_nor_what_it_belongs_to_is_in_the_clear(self, store: StateStore, folder: Path) -> None:
        keep(store, "conversation", WORDS * 100)
        content = only_file(folder).read_bytes()
        for secret in (WORDS, b"conversation", KEY.model.encode(), KEY.place.encode()):
            assert secret not in content

    def test_the_same_state_twice_gives_two_files_without_a_common_chunk(self, store: StateStore, folder: Path) -> None:
        chunks: list[bytes] = []
        for _ in range(2):
            keep(store, "a", bytes(10 * SMALL))
            chunks += parts(only_file(folder))[1]
        assert len(chunks) == len(set(chunks)) == 20
