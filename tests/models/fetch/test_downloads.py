"""The queue of downloads over the real door to a fake hub: a model is right or absent, whatever happens."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import DiskFull, NetworkRefused, Untrustworthy
from app.models.fetch import orders
from app.models.fetch.orders import Order
from app.models.fetch.staging import Staging
from app.models.hub.remote import RemoteFile, Variant
from app.models.shelf import manifest
from app.models.store import DownloadRow, DownloadRows
from app.net.gate import Errand
from app.net.policy import DOWNLOAD
from app.net.store import Ledger
from app.net.tripwire import Door
from tests.fakehub import FakeHub
from tests.models import forge
from tests.models.fetched import FILE, REPOSITORY, TOKEN, Bench, bench, files_in, noise, order, remote, small_disk

pytestmark = pytest.mark.trust

CONTENT = noise(2 * 2**20 + 5)
PARTS = {
    f"Q4_K_M/tiny-{number:05}-of-00003.gguf": noise(size, number)
    for number, size in ((1, 700_001), (2, 1_300_000), (3, 99_999))
}
MODEL = {FILE: CONTENT}
OLD, NEW = "a" * 40, "b" * 40
HOME = f"acme/tiny-gguf/tiny.Q4_K_M-{OLD[:8]}"
ALL_NAMES = {FILE, "LICENSE", "NOTICE", manifest.NAME}


@pytest.fixture
def hub(loopback: Door) -> Iterator[FakeHub]:
    with FakeHub() as made:
        made.add(REPOSITORY, MODEL, commit=OLD)
        yield made


@pytest.fixture
def here(hub: FakeHub, tmp_path: Path, loopback: Door) -> Iterator[Bench]:
    with bench(hub, tmp_path / "profile", loopback) as made:
        yield made


@pytest.fixture
def asking(hub: FakeHub, tmp_path: Path, loopback: Door) -> Iterator[Bench]:
    with bench(hub, tmp_path / "profile", loopback, consent="ask") as made:
        yield made


def until_running(here: Bench, least_bytes: int = 100_000) -> None:
    here.until(lambda: any(each.done_bytes >= least_bytes for each in here.downloads.snapshot()))


def test_a_model_appears_with_its_licence_and_its_manifest_and_nothing_else(here: Bench) -> None:
    download = here.fetched(order(OLD, MODEL))
    assert (download.state, download.done_bytes, download.total_bytes) == ("done", len(CONTENT), len(CONTENT))
    found = files_in(here.folder)
    assert set(found) == {f"{HOME}/{name}" for name in ALL_NAMES}
    assert found[f"{HOME}/{FILE}"] == CONTENT
    assert found[f"{HOME}/LICENSE"].decode() == "Do as you like. 🦙\n"
    about = manifest.read(here.folder / HOME)
    assert (about.repository, about.commit, about.texts) == (REPOSITORY, OLD, ("LICENSE", "NOTICE"))
    assert [file.sha256 for file in about.files] == [remote(FILE, CONTENT).sha256]
    ((told, home),) = here.done
    assert (told.id, told.state, home) == (download.id, "done", here.folder / HOME)
    known = here.verified.get(home / FILE)
    assert known is not None
    assert known.fits((home / FILE).stat())


def test_the_manifest_names_the_template_that_came_with_the_model(here: Bench, tmp_path: Path) -> None:
    content = forge.write(tmp_path / "t.gguf", {"tokenizer.chat_template": "{{ messages }} 🦙"}, []).read_bytes()
    here.hub.replace(REPOSITORY, {FILE: content}, commit=NEW)
    download = here.fetched(order(NEW, {FILE: content}))
    assert download.state == "done"
    about = manifest.read(here.done[0][1])
    assert about.template_sha256 == hashlib.sha256("{{ messages }} 🦙".encode()).hexdigest()


def test_exactly_two_requests_are_made_and_both_are_in_the_ledger(here: Bench) -> None:
    here.fetched(order(OLD, MODEL))
    assert here.hub.lines == [
        f"GET hub /{REPOSITORY}/resolve/{OLD}/{FILE}",
        f"GET cdn /cdn/{remote(FILE, CONTENT).sha256}",
    ]
    rows = Ledger(here.database).rows()
    assert [(row.host, row.purpose, row.subject, row.is_over) for row in reversed(rows)] == [
        ("127.0.0.1", "download", REPOSITORY, True),
        ("localhost", "download", REPOSITORY, True),
    ]
    assert rows[0].received_bytes >= len(CONTENT)


def test_a_model_of_several_files_is_one_download(here: Bench) -> None:
    here.hub.replace(REPOSITORY, PARTS, commit=NEW)
    download = here.fetched(order(NEW, PARTS))
    assert (download.state, download.total_bytes) == ("done", sum(map(len, PARTS.values())))
    home = here.folder / f"acme/tiny-gguf/tiny.Q4_K_M-{NEW[:8]}"
    assert {name: content for name, content in files_in(home).items() if name.endswith(".gguf")} == {
        Path(path).name: content for path, content in PARTS.items()
    }
    seen = [each for (each,) in here.changes]
    counts = [each.done_bytes for each in seen]
    assert counts == sorted(counts)
    assert max(counts) == download.total_bytes


def test_a_cut_in_the_second_file_costs_nothing_of_the_first(here: Bench) -> None:
    here.hub.replace(REPOSITORY, PARTS, commit=NEW)
    first, second, third = PARTS.values()
    here.hub.trouble.cut_at = 1_200_000
    download = here.fetched(order(NEW, PARTS))
    assert (download.state, download.need) == ("paused", "")
    assert download.message
    assert download.next_step
    assert not (here.folder / f"acme/tiny-gguf/tiny.Q4_K_M-{NEW[:8]}").exists()
    here.hub.trouble.cut_at = None
    here.hub.calls.clear()
    here.changes.clear()
    here.downloads.resume(download.id)
    here.until_still()
    assert here.only().state == "done"
    assert here.asked_ranges() == ["bytes=1200000-", ""]
    phases = [each.phase for (each,) in here.changes if each.state == "running"]
    assert "checking" in phases
    checked = [each for (each,) in here.changes if each.state == "running" and each.phase == "checking"]
    assert all(each.message for each in checked), "what counts anew says so"
    assert max(each.done_bytes for (each,) in here.changes) == len(first) + len(second) + len(third)


def test_a_corrupted_model_never_appears(here: Bench) -> None:
    here.hub.trouble.corrupt_at = 1_000_000
    download = here.fetched(order(OLD, MODEL))
    assert download.state == "failed"
    assert "checksum" in download.message
    assert FILE not in {Path(name).name for name in files_in(here.folder)}
    assert here.done == []
    here.hub.trouble.corrupt_at = None
    here.downloads.resume(download.id)
    here.until_still()
    assert here.only().state == "done"
    assert files_in(here.folder)[f"{HOME}/{FILE}"] == CONTENT


def test_pause_keeps_what_has_arrived_and_resume_asks_for_the_rest(here: Bench) -> None:
    here.hub.trouble.slow_bytes_per_s = 2e6
    download_id = here.downloads.add(order(OLD, MODEL))
    until_running(here, 300_000)
    here.downloads.pause(download_id)
    assert here.only().state == "paused"
    here.until_still()
    (part,) = (here.folder / f"{HOME}.part").glob("*.part")
    have = part.stat().st_size
    assert 300_000 <= have < len(CONTENT)
    here.hub.trouble.slow_bytes_per_s = 0
    here.hub.calls.clear()
    here.downloads.resume(download_id)
    here.until_still()
    assert here.only().state == "done"
    assert here.asked_ranges() == [f"bytes={have}-"]


def test_resume_right_after_pause_goes_on(here: Bench) -> None:
    here.hub.trouble.slow_bytes_per_s = 2e6
    download_id = here.downloads.add(order(OLD, MODEL))
    until_running(here)
    for _time in range(5):
        here.downloads.pause(download_id)
        here.downloads.resume(download_id)
    here.hub.trouble.slow_bytes_per_s = 0
    here.until_still()
    assert here.only().state == "done"


def test_a_running_download_tells_its_speed_and_the_time_left(here: Bench) -> None:
    here.hub.trouble.slow_bytes_per_s = 1e6
    download_id = here.downloads.add(order(OLD, MODEL))
    here.until(lambda: here.only().bytes_per_s > 0)
    now = here.only()
    assert now.seconds_left is not None
    assert now.seconds_left == pytest.approx((now.total_bytes - now.done_bytes) / now.bytes_per_s)
    here.downloads.pause(download_id)
    assert (here.only().bytes_per_s, here.only().seconds_left) == (0.0, None)


@pytest.mark.parametrize("when", ["running", "paused", "waiting"])
def test_cancel_keeps_nothing(here: Bench, when: str) -> None:
    here.hub.trouble.slow_bytes_per_s = 1e6
    download_id = here.downloads.add(order(OLD, MODEL))
    until_running(here)
    if when == "waiting":
        other = order(OLD, MODEL, name="other")
        download_id, first = here.downloads.add(other), download_id
        here.downloads.cancel(first)
    elif when == "paused":
        here.downloads.pause(download_id)
        here.until_still()
    here.downloads.cancel(download_id)
    here.until_still()
    here.until(lambda: list(here.folder.rglob("*")) == [])
    assert here.downloads.snapshot() == ()
    assert DownloadRows(here.database).all() == ()
    assert here.done == []


def test_a_model_that_is_appearing_is_neither_cancelled_nor_paused(
    here: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place = Staging.put_in_place

    def late(staging: Staging) -> None:
        here.downloads.pause(here.only().id)
        here.downloads.cancel(here.only().id)
        put_in_place(staging)

    monkeypatch.setattr(Staging, "put_in_place", late)
    assert here.fetched(order(OLD, MODEL)).state == "done"
    assert files_in(here.folder)[f"{HOME}/{FILE}"] == CONTENT


def test_downloads_run_one_after_the_other_in_their_order(here: Bench) -> None:
    here.hub.add("acme/other", {"other.gguf": b"GGUF" * 1000}, commit=NEW)
    here.hub.trouble.slow_bytes_per_s = 2e6
    first = here.downloads.add(order(OLD, MODEL))
    second = here.downloads.add(order(NEW, {"other.gguf": b"GGUF" * 1000}, repository="acme/other", name="other"))
    here.until_still()
    assert [each.id for each in here.downloads.snapshot()] == [first, second]
    assert [done.id for done, _home in here.done] == [first, second]
    states = {tuple(each.state for each in seen) for seen in here.changes}
    assert ("running", "running") not in states


def test_the_same_model_twice_is_one_download(here: Bench) -> None:
    here.hub.trouble.slow_bytes_per_s = 2e6
    download_id = here.downloads.add(order(OLD, MODEL))
    assert here.downloads.add(order(OLD, MODEL)) == download_id
    here.downloads.pause(download_id)
    assert here.downloads.add(order(OLD, MODEL)) == download_id
    here.until_still()
    assert here.only().state == "done", "who asks for it again wants it"
    assert here.downloads.add(order(OLD, MODEL)) == download_id
    here.until_still()
    assert len(here.done) == 1


def test_what_is_over_can_be_taken_out_of_the_list(here: Bench) -> None:
    done = here.fetched(order(OLD, MODEL))
    here.downloads.dismiss(done.id)
    assert here.downloads.snapshot() == ()
    assert (here.folder / HOME).is_dir(), "the model stays"
    failed = here.fetched(order(OLD, {"gone.gguf": CONTENT}, name="gone"))
    assert failed.state == "failed"
    here.downloads.dismiss(failed.id)
    assert here.downloads.snapshot() == ()
    assert DownloadRows(here.database).all() == ()
    assert set(files_in(here.folder)) == {f"{HOME}/{name}" for name in ALL_NAMES}


# After an end of Paddock


def test_a_download_that_was_cut_short_waits_for_the_person(hub: FakeHub, tmp_path: Path, loopback: Door) -> None:
    hub.trouble.slow_bytes_per_s = 2e6
    with bench(hub, tmp_path / "profile", loopback) as before:
        before.downloads.add(order(OLD, MODEL))
        until_running(before, 300_000)
    hub.calls.clear()
    hub.trouble.slow_bytes_per_s = 0
    with bench(hub, tmp_path / "profile", loopback) as after:
        after.downloads.start()
        download = after.only()
        assert (download.state, download.order) == ("paused", order(OLD, MODEL))
        assert "interrupted" in download.message
        assert 300_000 <= download.done_bytes < len(CONTENT)
        assert hub.calls == [], "nothing is asked before the person says so"
        after.downloads.resume(download.id)
        after.until_still()
        assert after.only().state == "done"
        assert after.asked_ranges() == [f"bytes={download.done_bytes}-"]
    with bench(hub, tmp_path / "profile", loopback) as later:
        assert later.downloads.snapshot() == (), "what is done is in the library"


def test_a_download_that_was_cut_short_goes_on_where_leave_is_standing(
    hub: FakeHub, tmp_path: Path, loopback: Door
) -> None:
    hub.trouble.slow_bytes_per_s = 2e6
    with bench(hub, tmp_path / "profile", loopback) as before:
        before.downloads.add(order(OLD, MODEL))
        until_running(before)
    hub.trouble.slow_bytes_per_s = 0
    with bench(hub, tmp_path / "profile", loopback, goes_on=True) as after:
        assert after.only().state == "paused", "not before all is put together"
        after.downloads.start()
        after.until_still()
        assert after.only().state == "done"


def test_a_model_that_appeared_in_the_last_moment_is_only_checked_after_a_kill(
    hub: FakeHub, tmp_path: Path, loopback: Door
) -> None:
    with bench(hub, tmp_path / "profile", loopback) as before:
        before.fetched(order(OLD, MODEL))
        (row,) = DownloadRows(before.database).all()
        DownloadRows(before.database).put(replace(row, state="running"))  # as if it had been killed right after
    hub.calls.clear()
    with bench(hub, tmp_path / "profile", loopback, consent="ask") as after:
        assert after.only().done_bytes == len(CONTENT)
        after.downloads.start()
        after.until_still()
        assert (after.only().state, len(after.done), hub.calls) == ("done", 1, [])


def test_what_the_person_paused_stays_paused(hub: FakeHub, tmp_path: Path, loopback: Door) -> None:
    hub.trouble.slow_bytes_per_s = 2e6
    with bench(hub, tmp_path / "profile", loopback) as before:
        download_id = before.downloads.add(order(OLD, MODEL))
        until_running(before)
        before.downloads.pause(download_id)
        before.until_still()
    with bench(hub, tmp_path / "profile", loopback, goes_on=True) as after:
        after.downloads.start()
        assert (after.only().state, after.only().message) == ("paused", "")


def test_a_fault_and_its_sentences_outlive_a_restart(hub: FakeHub, tmp_path: Path, loopback: Door) -> None:
    hub.trouble.corrupt_at = 5
    with bench(hub, tmp_path / "profile", loopback) as before:
        told = before.fetched(order(OLD, MODEL))
    with bench(hub, tmp_path / "profile", loopback, goes_on=True) as after:
        after.downloads.start()
        again = after.only()
    assert (again.state, again.message, again.next_step) == ("failed", told.message, told.next_step)


def test_rows_that_make_no_sense_are_passed_over(
    here: Bench, hub: FakeHub, loopback: Door, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = DownloadRows(here.database)
    good = orders.pack(order(OLD, MODEL), here.folder / HOME)
    wrong = json.loads(good)
    damaged = [
        "",
        "[]",
        "null",
        "{" * 100_000,
        good[:-1],
        json.dumps({**wrong, "home": "/etc"}),
        json.dumps({**wrong, "home": str(here.folder / "../../other" / HOME)}),
        json.dumps({**wrong, "order": {**wrong["order"], "commit": "x"}}),
        json.dumps({**wrong, "order": {**wrong["order"], "unknown": 1}}),
        json.dumps({**wrong, "order": {**wrong["order"], "repository": "../.."}}),
        json.dumps({**wrong, "order": {**wrong["order"], "texts": [["../x", "y"]]}}),
    ]
    for number, described in enumerate(damaged):
        rows.put(DownloadRow(f"bad{number}", described, "paused", float(number)))
    rows.put(DownloadRow("odd", good, "flying", 50.0))
    rows.put(DownloadRow("good", good, "paused", 99.0, '{"message": 7}'))
    here.downloads.close()
    here.client.close()
    here.database.close()
    with caplog.at_level(logging.WARNING), bench(hub, tmp_path / "profile", loopback) as again:
        ids = [each.id for each in again.downloads.snapshot()]
        assert ids == ["good"]
    assert caplog.text.count("passed over") == len(damaged) + 1


def test_closing_stops_a_slow_download_and_keeps_what_has_arrived(here: Bench) -> None:
    here.hub.trouble.slow_bytes_per_s = 300_000
    here.downloads.add(order(OLD, MODEL))
    until_running(here, 60_000)
    here.downloads.close()
    assert all(thread.name != "paddock-downloads" for thread in threading.enumerate())
    (part,) = (here.folder / f"{HOME}.part").glob("*.part")
    assert CONTENT.startswith(part.read_bytes())
    assert part.stat().st_size >= 60_000


def test_closing_does_not_wait_for_a_hub_that_says_nothing(
    hub: FakeHub, tmp_path: Path, loopback: Door, caplog: pytest.LogCaptureFixture
) -> None:
    hub.trouble.stalls = True
    with (
        caplog.at_level(logging.ERROR),
        bench(hub, tmp_path / "profile", loopback, timeout_s=3.0) as here,
    ):
        here.downloads.add(order(OLD, MODEL))
        here.until(lambda: len(Ledger(here.database).rows()) == 1)  # it is about to leave, or has left
        here.downloads.close()
        assert here.only().state == "running", "the row has to say that it was cut short"
        here.database.close()
        here.until_no_thread()
    assert caplog.records == [], "what ends late touches nothing any more"


# Room


def test_a_model_that_does_not_fit_is_refused_with_how_much_is_missing(
    hub: FakeHub, tmp_path: Path, loopback: Door
) -> None:
    with (
        small_disk(tmp_path / "disk", 2 * 2**20) as disk,
        bench(hub, tmp_path / "profile", loopback, folder=disk) as here,
    ):
        with pytest.raises(DiskFull, match="1 MB more are needed"):
            here.downloads.add(order(OLD, MODEL))
        assert (here.downloads.snapshot(), hub.calls, files_in(disk)) == ((), [], {})


def test_two_models_that_fit_only_one_by_one_are_not_both_queued(hub: FakeHub, tmp_path: Path, loopback: Door) -> None:
    hub.trouble.slow_bytes_per_s = 200_000
    with (
        small_disk(tmp_path / "disk", 3 * 2**20) as disk,
        bench(hub, tmp_path / "profile", loopback, folder=disk) as here,
    ):
        here.downloads.add(order(OLD, MODEL))
        with pytest.raises(DiskFull):
            here.downloads.add(order(OLD, MODEL, name="again"))


def test_a_disk_that_fills_up_pauses_and_goes_on_when_there_is_room(
    hub: FakeHub, tmp_path: Path, loopback: Door
) -> None:
    hub.trouble.slow_bytes_per_s = 1e6
    with (
        small_disk(tmp_path / "disk", 3 * 2**20) as disk,
        bench(hub, tmp_path / "profile", loopback, folder=disk) as here,
    ):
        download_id = here.downloads.add(order(OLD, MODEL))
        until_running(here)
        (disk / "other").write_bytes(bytes(2 * 2**20))
        here.until_still()
        download = here.only()
        assert download.state == "paused"
        assert "full" in download.message
        assert len(hub.calls) == 2, "a full disk is no reason to ask again"
        (disk / "other").unlink()
        hub.trouble.slow_bytes_per_s = 0
        here.downloads.resume(download_id)
        here.until_still()
        assert here.only().state == "done"
        assert files_in(disk)[f"{HOME}/{FILE}"] == CONTENT


# Leave


def test_without_leave_nothing_is_sent_and_with_it_the_download_goes_on(asking: Bench) -> None:
    errand = Errand(DOWNLOAD, REPOSITORY)
    download = asking.fetched(order(OLD, MODEL))
    assert (download.state, download.need) == ("paused", "consent")
    assert asking.hub.calls == []
    asking.gate.allow_once(errand)
    asking.downloads.resume(download.id)
    asking.until_still()
    assert asking.only().state == "done"
    with pytest.raises(NetworkRefused):
        asking.gate.require(errand)


def test_leave_for_a_repository_ends_with_its_last_download(asking: Bench) -> None:
    errand = Errand(DOWNLOAD, REPOSITORY)
    asking.hub.trouble.slow_bytes_per_s = 2e6
    asking.gate.allow_once(errand)
    first = asking.downloads.add(order(OLD, MODEL))
    second = asking.downloads.add(order(OLD, MODEL, name="again"))
    until_running(asking)
    asking.downloads.cancel(first)
    asking.until(lambda: [each.state for each in asking.downloads.snapshot()] == ["running"])
    asking.gate.require(errand)
    asking.downloads.cancel(second)
    asking.until_still()
    with pytest.raises(NetworkRefused):
        asking.gate.require(errand)


def test_never_ends_a_download_that_is_coming_in(
    hub: FakeHub, tmp_path: Path, loopback: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    with bench(hub, tmp_path / "profile", loopback) as here:
        hub.trouble.slow_bytes_per_s = 1e6
        here.downloads.add(order(OLD, MODEL))
        until_running(here)
        monkeypatch.setattr(here.gate, "_consent", lambda: "never")
        here.until_still()
        assert (here.only().state, here.only().need) == ("paused", "")
        assert here.only().done_bytes < len(CONTENT)
        assert "offline" in here.only().message


def test_a_profile_that_is_never_online_sends_nothing(hub: FakeHub, tmp_path: Path, loopback: Door) -> None:
    with bench(hub, tmp_path / "profile", loopback, consent="never") as here:
        download = here.fetched(order(OLD, MODEL))
        assert (download.state, download.need, hub.calls) == ("paused", "", [])
        assert "offline" in download.message


def test_a_gated_model_waits_for_a_token_which_is_found_in_no_file(here: Bench, tmp_path: Path) -> None:
    here.hub.add(REPOSITORY, MODEL, commit=OLD, gated=True)
    here.hub.grant(TOKEN, REPOSITORY)
    download = here.fetched(order(OLD, MODEL))
    assert (download.state, download.need) == ("paused", "access")
    here.token = TOKEN
    here.downloads.resume(download.id)
    here.until_still()
    assert here.only().state == "done"
    assert {call.token for call in here.hub.calls if call.host == "localhost"} == {""}
    assert TOKEN not in repr(here.changes)
    rows = here.database.read(lambda c: [str(row) for t in _tables() for row in c.execute(f"SELECT * FROM {t}")])
    assert TOKEN not in "".join(rows)
    assert all(TOKEN.encode() not in content for content in files_in(tmp_path).values())


def _tables() -> tuple[str, ...]:
    return ("download", "net_request", "hub_answer", "verified_file", "accepted_terms")


# What lies in the way


def test_the_older_model_stays_as_it_is_until_the_new_one_stands_and_after(here: Bench) -> None:
    here.fetched(order(OLD, MODEL))
    before = files_in(here.folder / HOME)
    newer = {FILE: noise(500_000, 9)}
    here.hub.replace(REPOSITORY, newer, commit=NEW)
    here.hub.trouble.corrupt_at = 10
    failed = here.fetched(order(NEW, newer))
    assert failed.state == "failed"
    assert files_in(here.folder / HOME) == before
    here.hub.trouble.corrupt_at = None
    here.downloads.resume(failed.id)
    here.until_still()
    assert files_in(here.folder / HOME) == before
    assert files_in(here.folder)[f"acme/tiny-gguf/tiny.Q4_K_M-{NEW[:8]}/{FILE}"] == newer[FILE]


def test_a_model_that_an_earlier_profile_fetched_is_checked_and_not_fetched(
    hub: FakeHub, tmp_path: Path, loopback: Door
) -> None:
    with bench(hub, tmp_path / "one", loopback, folder=tmp_path / "models") as first:
        first.fetched(order(OLD, MODEL))
    hub.calls.clear()
    with bench(hub, tmp_path / "two", loopback, folder=tmp_path / "models") as second:
        assert second.fetched(order(OLD, MODEL)).state == "done"
        assert hub.calls == []
        assert second.verified.get(tmp_path / "models" / HOME / FILE) is not None


def test_a_model_that_was_damaged_in_its_place_is_fetched_anew(here: Bench) -> None:
    done = here.fetched(order(OLD, MODEL))
    here.downloads.dismiss(done.id)
    (here.folder / HOME / FILE).write_bytes(CONTENT[:-1] + b"?")
    assert here.fetched(order(OLD, MODEL)).state == "done"
    assert files_in(here.folder)[f"{HOME}/{FILE}"] == CONTENT
    assert set(files_in(here.folder)) == {f"{HOME}/{name}" for name in ALL_NAMES}


def test_a_finished_file_that_changed_while_it_waited_is_fetched_anew(here: Bench) -> None:
    here.hub.replace(REPOSITORY, PARTS, commit=NEW)
    here.hub.trouble.cut_at = 1_200_000
    download = here.fetched(order(NEW, PARTS))
    staging = here.folder / f"acme/tiny-gguf/tiny.Q4_K_M-{NEW[:8]}.part"
    first = staging / "tiny-00001-of-00003.gguf"
    first.write_bytes(first.read_bytes()[:-1] + b"?")
    here.hub.trouble.cut_at = None
    here.hub.calls.clear()
    here.downloads.resume(download.id)
    here.until_still()
    assert here.only().state == "done"
    assert here.asked_ranges() == ["", "bytes=1200000-", ""]
    assert files_in(here.folder)[f"acme/tiny-gguf/tiny.Q4_K_M-{NEW[:8]}/{first.name}"] == next(iter(PARTS.values()))


def test_what_does_not_belong_to_the_model_does_not_come_along(here: Bench) -> None:
    staging = here.folder / f"{HOME}.part"
    (staging / "folder").mkdir(parents=True)
    (staging / "folder" / "x").write_text("x")
    (staging / "evil.gguf").write_text("x")
    assert here.fetched(order(OLD, MODEL)).state == "done"
    assert set(files_in(here.folder)) == {f"{HOME}/{name}" for name in ALL_NAMES}
    assert not (here.folder / HOME / "folder").exists()


@pytest.mark.skipif(os.name != "posix", reason="links")
@pytest.mark.parametrize("where", ["", FILE, "LICENSE", manifest.NAME])
def test_links_in_the_staging_folder_lead_nowhere(here: Bench, where: str, tmp_path: Path) -> None:
    staging = here.folder / f"{HOME}.part"
    victim = tmp_path / "victim"
    if where:
        victim.write_bytes(b"mine")
        staging.mkdir(parents=True)
        (staging / where).symlink_to(victim)
    else:
        victim.mkdir()
        (victim / "kept").write_text("mine")
        staging.parent.mkdir(parents=True)
        staging.symlink_to(victim)
    download = here.fetched(order(OLD, MODEL))
    if where in ("", FILE):
        assert (download.state, here.hub.calls) == ("failed", [])
    else:
        assert download.state == "done"
        assert not (here.folder / HOME / where).is_symlink()
    here.downloads.cancel(download.id)
    here.until_still()
    assert files_in(victim) == {"kept": b"mine"} if not where else victim.read_bytes() == b"mine"


@pytest.mark.skipif(os.name != "posix", reason="links")
@pytest.mark.parametrize("is_link", [True, False])
def test_a_folder_that_took_the_place_of_the_staging_folder_meanwhile_keeps_what_is_in_it(
    here: Bench, is_link: bool, tmp_path: Path
) -> None:
    victim, staging = tmp_path / "victim", here.folder / f"{HOME}.part"
    (victim / "inner").mkdir(parents=True)
    (victim / "inner/kept").write_text("mine")
    (victim / "kept").write_text("mine")
    here.hub.trouble.slow_bytes_per_s = 4e6
    download_id = here.downloads.add(order(OLD, MODEL))
    until_running(here)
    (arriving,) = (path for path in staging.iterdir() if path.name.endswith(".part"))
    arriving.rename(victim / arriving.name)
    staging.rename(tmp_path / "aside")
    staging.symlink_to(victim) if is_link else victim.rename(staging)
    here.until_still()
    assert here.only().state == "failed"
    assert "in the place" in here.only().message
    kept = files_in(victim if is_link else staging)
    assert (kept["kept"], kept["inner/kept"]) == (b"mine", b"mine")
    assert not (here.folder / HOME).exists()
    if is_link:
        here.downloads.cancel(download_id)
        assert files_in(victim).keys() >= {"kept", "inner/kept"}


def test_two_profiles_do_not_write_one_model_at_the_same_time(hub: FakeHub, tmp_path: Path, loopback: Door) -> None:
    hub.trouble.slow_bytes_per_s = 1e6
    shared = tmp_path / "models"
    with (
        bench(hub, tmp_path / "one", loopback, folder=shared) as one,
        bench(hub, tmp_path / "two", loopback, folder=shared) as two,
    ):
        first = one.downloads.add(order(OLD, MODEL))
        until_running(one)
        second = two.downloads.add(order(OLD, MODEL))
        two.until(lambda: two.only().state == "paused")
        assert "Another Paddock" in two.only().message
        two.downloads.cancel(second)
        two.until(lambda: two.downloads.snapshot() == ())
        assert one.only().state == "running", "what another one writes is not taken from under it"
        hub.trouble.slow_bytes_per_s = 0
        one.until_still()
        assert one.only().id == first
        assert one.only().state == "done"
        assert two.downloads.add(order(OLD, MODEL)) != second
        two.until_still()
        assert two.only().state == "done"
    assert set(files_in(shared)) == {f"{HOME}/{name}" for name in ALL_NAMES}


# What a hostile hub would have us write


def hostile(**changes: object) -> Order:
    made = order(OLD, MODEL)
    return replace(made, **changes)  # type: ignore[arg-type]  # any field


def with_file(path: str, size_bytes: int = 10, sha256: str = "ab" * 32) -> Order:
    return hostile(variant=Variant("tiny", "Q4_K_M", (RemoteFile(path, size_bytes, sha256),)))


HOSTILE = {
    "a way up": with_file("../tiny.gguf"),
    "a way up inside": with_file("a/../../tiny.gguf"),
    "an absolute path": with_file("/etc/tiny.gguf"),
    "a path of Windows": with_file("a\\tiny.gguf"),
    "a device of Windows": with_file("CON.gguf"),
    "a drive of Windows": with_file("C:tiny.gguf"),
    "a stream of Windows": with_file("tiny.gguf:x"),
    "255 bytes": with_file("x" * 250 + ".gguf"),
    "a NUL": with_file("tiny\0.gguf"),
    "a turn of direction": with_file("tiny\u202efugg.gguf"),
    "no name": with_file(""),
    "our own manifest": with_file(manifest.NAME),
    "an unfinished name": with_file("tiny.gguf.part"),
    "no size": with_file(FILE, 0),
    "less than nothing": with_file(FILE, -5),
    "more than there is": with_file(FILE, 2**60),
    "no hash": with_file(FILE, 10, ""),
    "a hash of capitals": with_file(FILE, 10, "AB" * 32),
    "no files": hostile(variant=Variant("tiny", "", ())),
    "a name twice": hostile(variant=Variant("t", "", (remote("a/x.gguf", b"1"), remote("b/X.gguf", b"2")))),
    "a text with the model's name": hostile(texts=((FILE, "x"),)),
    "a text elsewhere": hostile(texts=(("../LICENSE", "x"),)),
    "an endless text": hostile(texts=(("LICENSE", "x" * (orders.MAX_TEXT_CHARACTERS + 1)),)),
    "a branch instead of a commit": hostile(commit="main"),
    "a repository elsewhere": hostile(repository="../tiny"),
    "a repository in depth": hostile(repository="a/b/c"),
    "a variant elsewhere": hostile(variant=Variant("../tiny", "", (remote(FILE, b"1"),))),
}


@pytest.mark.parametrize("wanted", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_cannot_be_put_away_safely_is_refused_with_a_sentence(here: Bench, wanted: Order) -> None:
    with pytest.raises(Untrustworthy) as caught:
        here.downloads.add(wanted)
    assert caught.value.message
    assert caught.value.next_step
    assert (here.downloads.snapshot(), here.hub.calls, files_in(here.folder)) == ((), [], {})
