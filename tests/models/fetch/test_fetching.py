"""One file from a fake hub, through the real door: whatever happens, it is right, unfinished, or not there."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from app.errors import (
    AccessNeeded,
    Cancelled,
    DiskFull,
    HubBusy,
    HubFault,
    NotOnHub,
    StorageFault,
    Unreachable,
    Untrustworthy,
)
from app.models.fetch.assembly import Line, opener
from app.models.fetch.fetching import Patience, Progress, Reply, asked_wait_s, begins_at, fetch
from app.models.hub.remote import RemoteFile
from app.net.client import NetClient
from app.net.gate import Errand
from app.net.policy import DOWNLOAD
from app.net.tripwire import Door
from tests.fakehub import LOOP, FakeHub
from tests.models.fetched import FILE, REPOSITORY, TOKEN, Bench, bench, noise, remote, small_disk
from tests.models.hasty import AT_ONCE

CONTENT = noise(3 * 2**20 + 77)
COMMIT = "c" * 40
pytestmark = pytest.mark.trust


class Fetcher:
    """Fetches `FILE`, as often as asked, into the same unfinished file."""

    def __init__(self, hub: FakeHub, client: NetClient, folder: Path) -> None:
        self.hub = hub
        self.client = client
        self.path = folder / f"{FILE}.part"
        self.wanted = remote(FILE, CONTENT)
        self.commit = COMMIT
        self.line = Line()
        self.token: str | None = None
        self.is_gated = True
        self.told: list[Progress] = []
        self.on_progress: Callable[[Progress], None] = self.told.append

    def fetch(self, patience: Patience = AT_ONCE) -> None:
        url = f"{self.hub.url}/{REPOSITORY}/resolve/{self.commit}/{self.wanted.path}"
        errand = Errand(DOWNLOAD, REPOSITORY)
        fetch(
            opener(self.client, errand, url, token=lambda: self.token, line=self.line, is_gated=self.is_gated),
            self.wanted,
            self.path,
            commit=COMMIT,
            stop=self.line.stop,
            on_progress=self.on_progress,
            patience=patience,
        )

    @property
    def is_right(self) -> bool:
        return self.path.read_bytes() == CONTENT

    @property
    def ranges(self) -> list[str]:
        return [call.headers.get("range", "") for call in self.hub.calls if call.path.startswith("/cdn/")]


@pytest.fixture
def hub(loopback: Door) -> Iterator[FakeHub]:
    with FakeHub() as made:
        made.add(REPOSITORY, {FILE: CONTENT}, commit=COMMIT)
        yield made


@pytest.fixture
def profile(hub: FakeHub, tmp_path: Path, loopback: Door) -> Iterator[Bench]:
    with bench(hub, tmp_path / "profile", loopback) as made:
        yield made


@pytest.fixture
def fetcher(profile: Bench, hub: FakeHub, tmp_path: Path) -> Fetcher:
    return Fetcher(hub, profile.client, tmp_path)


def test_a_file_arrives_whole_private_and_with_exactly_two_requests(fetcher: Fetcher) -> None:
    fetcher.fetch()
    assert fetcher.is_right
    assert fetcher.path.stat().st_mode & 0o777 == 0o600 or os.name != "posix"
    assert fetcher.hub.lines == [
        f"GET hub /{REPOSITORY}/resolve/{COMMIT}/{FILE}",
        f"GET cdn /cdn/{fetcher.wanted.sha256}",
    ]
    assert list(fetcher.path.parent.glob(f"{FILE}*")) == [fetcher.path], "nothing is left beside it"


def test_a_download_cut_at_99_percent_goes_on_from_exactly_there(fetcher: Fetcher) -> None:
    cut_at = len(CONTENT) * 99 // 100
    fetcher.hub.trouble.cut_at = cut_at
    with pytest.raises(Unreachable):
        fetcher.fetch()
    assert fetcher.path.read_bytes() == CONTENT[:cut_at]
    fetcher.hub.trouble.cut_at = None
    fetcher.hub.calls.clear()
    fetcher.fetch()
    assert fetcher.is_right
    assert fetcher.ranges == [f"bytes={cut_at}-"]
    asked = fetcher.hub.calls[-1]
    assert asked.headers["if-range"] == f'"{fetcher.wanted.sha256}"'
    assert (asked.headers["accept-encoding"], asked.status) == ("identity", 206)


def test_a_line_that_breaks_again_and_again_is_no_failure_while_bytes_come(fetcher: Fetcher) -> None:
    fetcher.hub.trouble.cut_after = 300_000
    fetcher.fetch()
    assert fetcher.is_right
    assert fetcher.ranges == ["", *(f"bytes={at}-" for at in range(300_000, len(CONTENT), 300_000))]
    assert len(fetcher.ranges) > AT_ONCE.tries


def test_a_hub_that_gives_little_at_a_time_is_not_asked_for_ever(fetcher: Fetcher) -> None:
    fetcher.hub.trouble.cut_after = 1_000
    with pytest.raises(Unreachable):
        fetcher.fetch(replace(AT_ONCE, most_asked=20))
    assert len(fetcher.ranges) == 20
    assert fetcher.path.read_bytes() == CONTENT[:20_000], "what has arrived is kept"


def test_a_line_that_breaks_without_a_byte_is_given_up_after_the_last_try(fetcher: Fetcher) -> None:
    fetcher.hub.trouble.statuses = [0] * 20
    with pytest.raises(Unreachable):
        fetcher.fetch()
    assert len(fetcher.hub.calls) == AT_ONCE.tries


def test_one_wrong_byte_is_found_and_nothing_is_kept(fetcher: Fetcher) -> None:
    fetcher.hub.trouble.corrupt_at = len(CONTENT) // 2
    with pytest.raises(Untrustworthy, match="checksum"):
        fetcher.fetch()
    assert not fetcher.path.exists()
    fetcher.hub.trouble.corrupt_at = None
    fetcher.fetch()
    assert fetcher.is_right


def test_a_byte_that_changed_on_the_disk_meanwhile_is_found(fetcher: Fetcher) -> None:
    fetcher.path.write_bytes(b"?" + CONTENT[1 : 2**20])
    with pytest.raises(Untrustworthy, match="checksum"):
        fetcher.fetch()
    assert not fetcher.path.exists()


def test_what_is_there_is_read_first_and_told_of_as_checking(fetcher: Fetcher) -> None:
    fetcher.path.write_bytes(CONTENT[: 2**20])
    fetcher.fetch()
    assert fetcher.is_right
    assert [told.phase for told in fetcher.told if told.done_bytes <= 2**20][:2] == ["checking", "fetching"]
    assert fetcher.ranges == [f"bytes={2**20}-"]


def test_a_file_that_is_whole_already_is_not_asked_for(fetcher: Fetcher) -> None:
    fetcher.path.write_bytes(CONTENT)
    fetcher.fetch()
    assert fetcher.hub.calls == []


def test_what_is_longer_than_the_file_is_thrown_away(fetcher: Fetcher) -> None:
    fetcher.path.write_bytes(CONTENT + b"more")
    fetcher.fetch()
    assert fetcher.is_right
    assert fetcher.ranges == [""]


def test_a_server_that_ignores_the_range_is_heard_from_the_beginning(fetcher: Fetcher) -> None:
    fetcher.path.write_bytes(CONTENT[: 2**20])
    fetcher.hub.trouble.ignores_range = True
    fetcher.fetch()
    assert fetcher.is_right
    assert Progress("fetching", 0, starts_over=True) in fetcher.told


def test_a_server_that_ignores_ranges_and_breaks_off_is_not_asked_for_ever(fetcher: Fetcher) -> None:
    fetcher.hub.trouble.ignores_range = True
    fetcher.hub.trouble.cut_at = 2 * 2**20
    with pytest.raises(Unreachable):
        fetcher.fetch()
    # The first try brings new bytes, the others the same again.
    assert len(fetcher.ranges) == AT_ONCE.tries


def test_bytes_of_another_etag_are_not_joined(fetcher: Fetcher) -> None:
    fetcher.hub.trouble.cut_at = 2**20
    fetcher.hub.trouble.cuts = 1
    fetcher.hub.trouble.changed_etag = True
    fetcher.fetch()
    assert fetcher.is_right
    assert [call.status for call in fetcher.hub.calls if call.path.startswith("/cdn/")] == [200, 200]
    assert Progress("fetching", 0, starts_over=True) in fetcher.told


def test_a_range_that_cannot_be_satisfied_is_a_reason_to_begin_again_once(fetcher: Fetcher) -> None:
    fetcher.path.write_bytes(CONTENT[: 2**20])
    fetcher.hub.trouble.statuses = [416]
    fetcher.hub.trouble.statuses_for = "/cdn/"
    fetcher.fetch()
    assert fetcher.is_right
    assert fetcher.ranges == [f"bytes={2**20}-", ""]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_hub_is_asked_again_and_then_left_alone(fetcher: Fetcher, status: int) -> None:
    fetcher.hub.trouble.statuses = [status, status]
    fetcher.fetch()
    assert fetcher.is_right
    fetcher.path.unlink()
    fetcher.hub.calls.clear()
    fetcher.hub.trouble.statuses = [status] * 20
    with pytest.raises(HubBusy):
        fetcher.fetch()
    assert len(fetcher.hub.calls) == AT_ONCE.tries


def test_a_file_servers_address_that_ran_out_is_asked_for_anew(fetcher: Fetcher) -> None:
    fetcher.hub.trouble.statuses = [403]
    fetcher.hub.trouble.statuses_for = "/cdn/"
    fetcher.fetch()
    assert fetcher.is_right


def test_a_file_servers_refusal_is_no_reason_to_show_the_hub_a_token(fetcher: Fetcher) -> None:
    fetcher.hub.trouble.statuses = [403]
    fetcher.hub.trouble.statuses_for = "/cdn/"
    fetcher.token, fetcher.is_gated = TOKEN, False
    fetcher.fetch()
    assert fetcher.is_right
    assert {call.token for call in fetcher.hub.calls} == {""}


def test_a_file_that_is_gone_says_so(fetcher: Fetcher) -> None:
    fetcher.wanted = replace(fetcher.wanted, path="gone.gguf")
    with pytest.raises(NotOnHub):
        fetcher.fetch()
    assert len(fetcher.hub.calls) == 1


def test_a_gated_file_needs_a_token_which_the_hub_alone_gets_to_see(fetcher: Fetcher) -> None:
    fetcher.hub.add(REPOSITORY, {FILE: CONTENT}, commit=COMMIT, gated=True)
    with pytest.raises(AccessNeeded):
        fetcher.fetch()
    fetcher.token = TOKEN
    with pytest.raises(AccessNeeded):
        fetcher.fetch()
    fetcher.hub.grant(TOKEN, REPOSITORY)
    fetcher.fetch()
    assert fetcher.is_right
    assert {(call.host, call.token) for call in fetcher.hub.calls if call.host == "localhost"} == {("localhost", "")}
    assert [call.token for call in fetcher.hub.calls if call.host == "127.0.0.1"] == ["", TOKEN, TOKEN]


@pytest.mark.parametrize(
    "target", ["http://models.example/x", "https://huggingface.co.evil.example/x", "http://u@127.0.0.1/x", "ftp://x/y"]
)
def test_a_redirect_to_anywhere_else_is_refused_before_a_name_is_looked_up(fetcher: Fetcher, target: str) -> None:
    fetcher.hub.trouble.redirect_to = target
    fetcher.token = TOKEN
    with pytest.raises(Untrustworthy) as caught:
        fetcher.fetch()
    assert TOKEN not in f"{caught.value} {caught.value.detail}"
    assert len(fetcher.hub.calls) == 1
    assert fetcher.path.read_bytes() == b""


def test_a_redirect_that_leads_to_itself_ends(fetcher: Fetcher) -> None:
    fetcher.hub.trouble.redirect_to = LOOP
    with pytest.raises(Untrustworthy):
        fetcher.fetch()
    assert len(fetcher.hub.calls) <= 7


TROUBLES: dict[str, dict[str, str]] = {
    "packed": {"Content-Encoding": "gzip"},
    "a web page": {"Content-Type": "text/html; charset=utf-8"},
}


@pytest.mark.parametrize("headers", TROUBLES.values(), ids=TROUBLES.keys())
def test_an_answer_that_is_not_the_bytes_is_refused(fetcher: Fetcher, headers: dict[str, str]) -> None:
    fetcher.hub.trouble.headers = headers
    with pytest.raises(Untrustworthy):
        fetcher.fetch()
    assert fetcher.path.read_bytes() == b""


@pytest.mark.parametrize("more", [1, -1, 10**6])
def test_another_length_than_announced_is_refused(fetcher: Fetcher, more: int) -> None:
    fetcher.hub.trouble.wrong_length = more
    with pytest.raises(Untrustworthy, match="size"):
        fetcher.fetch()
    assert fetcher.path.read_bytes() == b""


def test_another_commit_is_refused(fetcher: Fetcher) -> None:
    fetcher.hub.trouble.wrong_commit = "d" * 40
    with pytest.raises(Untrustworthy, match="another version"):
        fetcher.fetch()
    assert fetcher.path.read_bytes() == b""


def test_a_file_that_the_hub_now_announces_with_another_hash_is_not_fetched(fetcher: Fetcher) -> None:
    fetcher.wanted = replace(fetcher.wanted, sha256="0" * 64)
    with pytest.raises(Untrustworthy, match="another content"):
        fetcher.fetch()
    assert fetcher.path.read_bytes() == b""


@pytest.mark.parametrize("sha256", ["", "abc", "G" * 64])
def test_a_file_without_a_hash_is_not_asked_for(fetcher: Fetcher, sha256: str) -> None:
    fetcher.wanted = replace(fetcher.wanted, sha256=sha256)
    with pytest.raises(Untrustworthy, match="could not be checked"):
        fetcher.fetch()
    assert fetcher.hub.calls == []
    assert not fetcher.path.exists()


def test_stopping_keeps_what_has_arrived(fetcher: Fetcher) -> None:
    fetcher.hub.trouble.slow_bytes_per_s = 4e6

    def stop_early(progress: Progress) -> None:
        if progress.done_bytes > 200_000:
            fetcher.line.stop.set()

    fetcher.on_progress = stop_early
    with pytest.raises(Cancelled):
        fetcher.fetch()
    kept = fetcher.path.read_bytes()
    assert 200_000 < len(kept) < len(CONTENT)
    assert CONTENT.startswith(kept)


def test_stopping_ends_a_wait_for_the_next_try(fetcher: Fetcher) -> None:
    fetcher.hub.trouble.statuses = [503] * 20
    fetcher.hub.trouble.retry_after = "3600"
    for_ever = Patience(tries=9, longest_asked_wait_s=3600.0)
    timer = threading.Timer(0.3, fetcher.line.stop.set)
    timer.start()
    with pytest.raises(Cancelled):
        fetcher.fetch(for_ever)
    timer.join()
    assert len(fetcher.hub.calls) == 1


def test_cutting_the_line_wakes_a_reader_of_a_silent_server(fetcher: Fetcher) -> None:
    fetcher.hub.trouble.slow_bytes_per_s = (
        0.01  # the second byte would come after the reader's patience, which is five seconds or more
    )
    timer = threading.Timer(0.3, fetcher.line.cut)
    begin = time.monotonic()
    timer.start()
    with pytest.raises(Cancelled):
        fetcher.fetch()
    timer.join()
    assert time.monotonic() - begin < 4.0


def test_a_full_disk_is_told_at_once_and_what_fitted_is_kept(fetcher: Fetcher, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 2 * 2**20) as disk:
        fetcher.path = disk / fetcher.path.name
        with pytest.raises(DiskFull) as caught:
            fetcher.fetch()
        assert caught.value.next_step
        assert len(fetcher.ranges) == 1, "a full disk is no reason to ask again"
        kept = fetcher.path.read_bytes()
    assert len(kept) > 1.5 * 2**20
    assert CONTENT.startswith(kept)


@pytest.mark.skipif(os.name != "posix", reason="links and pipes")
@pytest.mark.parametrize("kind", ["link", "dangling link", "second name", "pipe", "folder"])
def test_what_was_planted_in_its_place_is_never_written_to(fetcher: Fetcher, kind: str, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    if kind != "dangling link":
        victim.write_bytes(b"mine")
    if kind.endswith("link"):
        fetcher.path.symlink_to(victim)
    elif kind == "second name":
        fetcher.path.hardlink_to(victim)
    elif kind == "pipe":
        os.mkfifo(fetcher.path)
    else:
        fetcher.path.mkdir()
    with pytest.raises(Untrustworthy, match="in the place"):
        fetcher.fetch()
    assert fetcher.hub.calls == []
    assert not victim.exists() if kind == "dangling link" else victim.read_bytes() == b"mine"


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_a_planted_mark_is_not_followed_and_an_odd_one_not_sent(fetcher: Fetcher, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text('"secret"')
    mark = fetcher.path.with_name(fetcher.path.name + ".etag")
    fetcher.path.write_bytes(CONTENT[:1000])
    mark.symlink_to(secret)
    fetcher.hub.trouble.cut_at = 2000
    with pytest.raises(Unreachable):
        fetcher.fetch()
    assert "if-range" not in fetcher.hub.calls[1].headers
    assert secret.read_text() == '"secret"'
    mark.write_text('"a"\r\nX-Evil: 1')
    fetcher.hub.calls.clear()
    fetcher.hub.trouble.cut_at = None
    fetcher.fetch()
    assert fetcher.is_right
    assert "if-range" not in fetcher.hub.calls[1].headers


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_to_is_told_without_its_name(fetcher: Fetcher) -> None:
    fetcher.path.parent.chmod(0o500)
    with pytest.raises(StorageFault) as caught:
        fetcher.fetch()
    assert str(fetcher.path.parent) not in str(caught.value)
    fetcher.path.parent.chmod(0o700)


def test_progress_is_told_sparingly_and_ends_with_all_of_it(fetcher: Fetcher) -> None:
    fetcher.fetch()
    counts = [told.done_bytes for told in fetcher.told]
    assert counts == sorted(counts)
    assert counts[-1] == len(CONTENT)
    assert len(counts) < 20, "there are 50 pieces of 64 KiB"


# What no server of ours says, said by hand.

WANTED = RemoteFile("a.gguf", 100, hashlib.sha256(b"").hexdigest())


def reply(status: int, first: dict[str, str] | None = None, **headers: str) -> Reply:
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, told, first or {}, is_sent_on=False, chunks=iter(()))


def test_an_answer_begins_where_it_says() -> None:
    whole = reply(200, content_length="100")
    rest = reply(206, content_range="bytes 40-99/100", content_length="60")
    assert begins_at(whole, WANTED, have=40, commit=COMMIT) == 0
    assert begins_at(rest, WANTED, have=40, commit=COMMIT) == 40
    assert begins_at(reply(200), WANTED, have=0, commit=COMMIT) == 0, "a length need not be said"


@pytest.mark.parametrize(
    "told",
    [
        "bytes 39-99/100",
        "bytes 41-99/100",
        "bytes 40-98/100",
        "bytes 40-99/101",
        "bytes 40-99/*",
        "bytes */100",
        "bytes 40-100/100",
        "lines 40-99/100",
        "",
        "bytes 40-99/" + "9" * 5000,
    ],
)
def test_another_piece_than_was_asked_for_is_refused(told: str) -> None:
    with pytest.raises(Untrustworthy):
        begins_at(reply(206, content_range=told), WANTED, have=40, commit=COMMIT)


def test_a_piece_that_was_not_asked_for_is_refused() -> None:
    with pytest.raises(Untrustworthy):
        begins_at(reply(206, content_range="bytes 0-99/100"), WANTED, have=0, commit=COMMIT)


@pytest.mark.parametrize("length", ["59", "61", "-60", "60, 60", "0x3c", "²"])
def test_a_length_that_does_not_fit_the_piece_is_refused(length: str) -> None:
    told = reply(206, content_range="bytes 40-99/100", content_length=length)
    with pytest.raises(Untrustworthy, match="size"):
        begins_at(told, WANTED, have=40, commit=COMMIT)


def test_pieces_in_an_envelope_are_refused() -> None:
    told = reply(206, content_range="bytes 40-99/100", content_type="multipart/byteranges; boundary=x")
    with pytest.raises(Untrustworthy):
        begins_at(told, WANTED, have=40, commit=COMMIT)


def test_a_size_that_the_hub_takes_back_is_refused() -> None:
    with pytest.raises(Untrustworthy, match="size"):
        begins_at(reply(200, {"x-linked-size": "101"}), WANTED, have=0, commit=COMMIT)


@pytest.mark.parametrize("status", [204, 304, 400, 418, 451])
def test_a_status_that_makes_no_sense_is_a_fault_with_a_sentence(fetcher: Fetcher, status: int) -> None:
    fetcher.hub.trouble.statuses = [status] * 9
    with pytest.raises(HubFault) as caught:
        fetcher.fetch()
    assert caught.value.message
    assert fetcher.path.read_bytes() == b""


def test_waits_grow_are_spread_and_have_an_end() -> None:
    least, most = Patience(chance=lambda: 0.0), Patience(chance=lambda: 1.0)
    assert [most.wait_s(failures, 0) for failures in (1, 2, 3, 4)] == [0.5, 1.0, 2.0, 4.0]
    assert [least.wait_s(failures, 0) for failures in (1, 2, 3, 4)] == [0.25, 0.5, 1.0, 2.0]
    assert most.wait_s(1000, 0) == most.longest_wait_s
    assert least.wait_s(1, 7.0) == 7.0
    assert least.wait_s(1, 86_400.0) == 60.0


def test_a_wait_may_be_asked_for_in_seconds_or_until_a_date() -> None:
    assert asked_wait_s("7") == 7.0
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 90 < asked_wait_s(soon) <= 100
    odd = ("", "-7", "soon", "Wed, 99 Foo 2026", "Sun, 06 Nov 1994 08:49:37 GMT")
    assert [asked_wait_s(text) for text in odd] == [0.0] * 5
