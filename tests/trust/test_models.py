"""Getting models keeps the promises: nothing leaves unasked, the token stays home, what strangers send does no harm."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.engine.client import Engine, Stop
from app.engine.fake import fake_load
from app.engine.protocol import LoadWish
from app.errors import HubFault, ModelFault, NetworkRefused, PaddockError, StorageFault, Untrustworthy
from app.journeys.shop import Terms
from app.models.hub.remote import RemoteFile, Repository
from app.models.shelf import manifest
from app.net.gate import Errand
from app.net.hub_library import hub_api
from app.net.policy import DOWNLOAD, PURPOSES, SEARCH, AdminPolicy
from app.settings import CONSENT
from tests.fakehub import HUB_HOST, FakeHub, fake_hub
from tests.journeys.opened import Open, Opened, profile, secrets
from tests.models import forge, stocked

__all__ = ["fake_hub", "profile", "secrets"]

pytestmark = pytest.mark.trust

REPOSITORY, PRIVATE = "acme/Tiny-Llama-GGUF", "acme/Private-Llama-GGUF"
FILE = "Tiny-Llama-Q4_K_M.gguf"
TOKEN = "hf_canaryTokenThatMustNotLeak4711"
SLOW_BYTES_PER_S = 200e3


@pytest.fixture
def weights(tmp_path: Path) -> bytes:
    return forge.llama(tmp_path / FILE, keys={"tokenizer.chat_template": stocked.TEMPLATE}).read_bytes()


@pytest.fixture
def files(weights: bytes) -> dict[str, bytes]:
    return {FILE: weights, "LICENSE": b"You may.\n"}


def told(_done_bytes: int, _total_bytes: int) -> None:
    """Nobody looks at the progress."""


# The token.


def spellings(secret: str) -> tuple[bytes, ...]:
    """The ways in which text lies about in files: as it is, in two-byte characters, in hex, inside of base64."""
    plain = secret.encode()
    inside = [base64.b64encode(bytes(shift) + plain)[4:-4] for shift in range(3)]
    return (plain, secret.encode("utf-16-le"), secret.encode("utf-16-be"), plain.hex().encode(), *inside)


def is_in(content: bytes) -> bool:
    return any(spelling in content for spelling in spellings(TOKEN))


def test_the_search_for_the_token_would_find_it() -> None:
    for around in (b"", b"x", b"xy", b"xyz"):
        assert is_in(base64.b64encode(around + TOKEN.encode() + b"tail"))
        assert is_in(around + TOKEN.encode("utf-16-le"))


def in_the_database(opened: Opened) -> str:
    """Every row, as it is before it is encrypted."""

    def rows(connection: Any) -> str:  # Any: sqlcipher3 has no types
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return "".join(repr(connection.execute(f'SELECT * FROM "{name}"').fetchall()) for name in names)

    return opened.core._database.read(rows)


def words_of(error: BaseException) -> str:
    detail = error.detail if isinstance(error, PaddockError) else ""
    return " ".join((str(error), repr(error), repr(error.args), detail, *traceback.format_exception(error)))


Trouble = Callable[[FakeHub], None]


def fails(*statuses: int, at: str = "") -> Trouble:
    def trouble(hub: FakeHub) -> None:
        hub.trouble.statuses, hub.trouble.statuses_for, hub.trouble.retry_after = list(statuses), at, "0"

    return trouble


def echoes(hub: FakeHub) -> None:
    """The hub says back what it was told."""
    fails(401, 401, at="resolve")(hub)
    hub.trouble.headers = {"X-Error-Message": f"no such token: {TOKEN}", "X-Error-Code": TOKEN}


def sets(**fields: Any) -> Trouble:  # Any: of tests.fakehub.Trouble
    def trouble(hub: FakeHub) -> None:
        for name, value in fields.items():
            setattr(hub.trouble, name, value)

    return trouble


BEFORE = "before the terms"
TROUBLES: dict[str, Trouble] = {
    "none": lambda hub: None,
    "401": sets(refuses_tokens=True),
    "403": lambda hub: hub.granted.clear(),
    "404": fails(404, at="resolve"),
    "429": fails(429, at="resolve"),
    "500": fails(500, at="resolve"),
    "500 of the file server": fails(500, at="cdn"),
    "cut": fails(0, at="resolve"),
    "cut in the middle": sets(cut_after=20_000, cuts=1),
    "other bytes": sets(corrupt_at=5_000),
    "sent on to a stranger": sets(redirect_to="http://stranger.example/weights"),
    "sent on in circles": sets(redirect_to="loop"),
    "another commit": sets(wrong_commit="f" * 40),
    "echoed": echoes,
}


@pytest.mark.parametrize("when", [BEFORE, "before the weights"])
@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
def test_the_token_is_in_no_file_no_log_no_fault_and_no_request_to_a_stranger(
    profile: Open,
    fake_hub: FakeHub,
    files: dict[str, bytes],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    trouble: Trouble,
    when: str,
) -> None:
    caplog.set_level(logging.INFO)
    fake_hub.add(REPOSITORY, files, gated="manual", licence="llama3.1")
    fake_hub.add(PRIVATE, files, is_private=True, licence="apache-2.0")
    said: list[str] = []
    with profile() as opened:
        opened.core.settings.set(CONSENT, "models")
        opened.core.token.give(TOKEN)
        for repository in (REPOSITORY, PRIVATE):
            fake_hub.grant(TOKEN, repository)
        for repository in (REPOSITORY, PRIVATE):
            try:
                if when == BEFORE:
                    trouble(fake_hub)
                terms = opened.shop.terms(repository, "Q4_K_M")
                if when != BEFORE:
                    trouble(fake_hub)
                opened.shop.order(terms)
                opened.until(lambda: all(each.state != "waiting" for each in opened.shop.downloads.snapshot()))
                opened.until_still()
            except HubFault as fault:
                said.append(words_of(fault))
        said += [repr(each) for each in opened.shop.downloads.snapshot()]
        said += [in_the_database(opened), repr(opened.core.ledger.rows())]
    assert any(call.token == TOKEN for call in fake_hub.calls), "it was used"
    strangers = [call for call in fake_hub.calls if call.host != HUB_HOST]
    assert not any(is_in(repr(call).encode()) for call in strangers)
    assert not any(is_in(f"{call.path} {call.query}".encode()) for call in fake_hub.calls)
    assert not is_in(" ".join(said).encode())
    assert not is_in(caplog.text.encode())
    written = list(tmp_path.rglob("*"))
    assert {"paddock.db", "paddock.log"} <= {path.name for path in written}
    for path in written:
        assert not is_in(os.fsencode(path.name))
        assert not path.is_file() or not is_in(path.read_bytes()), path.name


def test_a_file_server_is_not_told_the_token_even_by_mistake(
    profile: Open, fake_hub: FakeHub, files: dict[str, bytes]
) -> None:
    fake_hub.add(REPOSITORY, files)
    with profile() as opened:
        opened.core.settings.set(CONSENT, "models")
        assert opened.shop.search("tiny")
        client = opened.core._net
        assert client is not None
        with client.errand(Errand(DOWNLOAD, REPOSITORY)) as http:
            for url in (fake_hub.url, fake_hub.cdn_url):
                http.get(f"{url}/cdn/none", headers={"Authorization": f"Bearer {TOKEN}", "Cookie": TOKEN})
    assert [call.token for call in fake_hub.calls] == ["", TOKEN, ""]
    assert not any("cookie" in call.headers for call in fake_hub.calls)


# Never means never.


class Lookups:
    """Names looked up and connections begun in this process, while somebody listens."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.is_listening = False
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        is_connection = event == "socket.connect" and isinstance(arguments[1], tuple)
        if self.is_listening and (is_connection or event in ("socket.getaddrinfo", "socket.gethostbyname")):
            self.seen.append(event)


@pytest.fixture(scope="module")
def listener() -> Lookups:
    return Lookups()  # one for all tests: an audit hook cannot be removed


@pytest.fixture
def lookups(listener: Lookups) -> Iterator[list[str]]:
    listener.seen.clear()
    listener.is_listening = True
    yield listener.seen
    listener.is_listening = False


def test_the_listener_hears_what_is_allowed(
    profile: Open, fake_hub: FakeHub, files: dict[str, bytes], lookups: list[str]
) -> None:
    fake_hub.add(REPOSITORY, files)
    with profile() as opened:
        opened.person.lets(lambda: opened.shop.search("tiny"))
    assert lookups == ["socket.getaddrinfo", "socket.connect"]


def interrupted(profile: Open, hub: FakeHub, files: dict[str, bytes]) -> Terms:
    """A first session, in which something was fetched halfway; the terms it was fetched on."""
    hub.add(REPOSITORY, files, licence="apache-2.0")
    hub.trouble.slow_bytes_per_s = SLOW_BYTES_PER_S
    with profile() as opened:
        terms = opened.person.lets(lambda: opened.shop.terms(REPOSITORY, "Q4_K_M"))
        id_ = opened.shop.order(terms)
        opened.until(lambda: opened.download(id_).done_bytes > 0)
    hub.trouble.slow_bytes_per_s = 0
    return terms


OTHER = "acme/Never-Seen-GGUF"
NAMED = Repository(OTHER, "a" * 40, "", "", "", False, "", (), ())
LISTED = RemoteFile("LICENSE", 9, "", "b" * 40)


def resume(opened: Opened) -> None:
    """What the queue does with leave that is none: it stands still, and says why."""
    (download,) = opened.shop.downloads.snapshot()
    opened.shop.downloads.resume(download.id)
    opened.until_still()
    (download,) = opened.shop.downloads.snapshot()
    assert download.state == "paused"
    assert "offline" in download.message
    raise NetworkRefused(download.message)


def get(opened: Opened) -> None:
    client = opened.core._net
    assert client is not None
    with client.errand(Errand(DOWNLOAD, OTHER)) as http:
        http.get(f"{opened.hub.url}/api/models")


def library(opened: Opened, call: Callable[[Any], object]) -> None:  # Any: HfApi, which only net/ may name
    client = opened.core._net
    assert client is not None
    with client.errand(Errand(SEARCH, "llama")):
        call(hub_api(client))


ENTRIES: dict[str, Callable[[Opened], object]] = {
    "shop.search": lambda opened: opened.shop.search("never seen"),
    "shop.listing": lambda opened: opened.shop.listing(OTHER),
    "shop.terms": lambda opened: opened.shop.terms(REPOSITORY, "Q4_K_M"),
    "shop.go_on": lambda opened: opened.shop.go_on(opened.shop.downloads.snapshot()[0].id),
    "downloads.resume": resume,
    "hub.search": lambda opened: opened.shop._hub.search("never seen"),
    "hub.repository": lambda opened: opened.shop._hub.repository(OTHER),
    "hub.text": lambda opened: opened.shop._hub.text(NAMED, LISTED),
    "huggingface_hub.list_models": lambda opened: library(opened, lambda api: list(api.list_models(search="llama"))),
    "huggingface_hub.model_info": lambda opened: library(opened, lambda api: api.model_info(OTHER)),
    "huggingface_hub.hf_hub_download": lambda opened: library(opened, lambda api: api.hf_hub_download(OTHER, "a")),
    "huggingface_hub.whoami": lambda opened: library(opened, lambda api: api.whoami(token=TOKEN)),
    "client.errand": get,
}


def refusal(opened: Opened, entry: str) -> NetworkRefused | StorageFault | None:
    """Why nothing could be asked; None where it could."""
    try:
        ENTRIES[entry](opened)
    except (NetworkRefused, StorageFault) as fault:
        return fault
    return None


@pytest.mark.parametrize("who", ["the person", "the administrator", "a policy that cannot be read"])
def test_with_never_every_entry_raises_before_a_name_is_looked_up(
    profile: Open, fake_hub: FakeHub, files: dict[str, bytes], listener: Lookups, who: str
) -> None:
    terms = interrupted(profile, fake_hub, files)
    before = list(fake_hub.lines)
    problem = "The administrator's policy could not be followed, so Paddock stays offline."
    admin = AdminPolicy(is_never=who != "the person", problem=problem if "policy" in who else "")
    with profile(admin=admin) as opened:
        opened.core.settings.set(CONSENT, "never" if who == "the person" else "models")
        opened.core.token.give(TOKEN)
        rows = opened.written()
        for purpose in PURPOSES:
            for subject in (REPOSITORY, OTHER, "never seen", "llama"):
                opened.core.gate.allow_once(Errand(purpose, subject))
        listener.seen.clear()
        listener.is_listening = True
        opened.shop.downloads.start()
        let_through = [name for name in ENTRIES if "offline" not in str(refusal(opened, name))]
        assert let_through == []
        opened.shop.order(terms)
        opened.until_still()
        listener.is_listening = False
        assert opened.download(opened.shop.downloads.snapshot()[0].id).state == "paused"
        assert opened.written() == rows, "what was refused is no request"
    assert listener.seen == []
    assert fake_hub.lines == before


def test_a_locked_profile_is_offline_whatever_was_allowed(
    profile: Open, fake_hub: FakeHub, files: dict[str, bytes], listener: Lookups
) -> None:
    interrupted(profile, fake_hub, files)
    with profile() as opened:
        opened.core.settings.set(CONSENT, "models")
        opened.person.lets(lambda: opened.shop.search("tiny"))
    before = list(fake_hub.lines)
    listener.seen.clear()
    listener.is_listening = True
    let_through = [name for name in ENTRIES if refusal(opened, name) is None]
    assert let_through == []
    listener.is_listening = False
    assert listener.seen == []
    assert fake_hub.lines == before


@pytest.mark.model
def test_starting_and_looking_at_the_models_page_asks_nobody(
    profile: Open, fake_hub: FakeHub, files: dict[str, bytes], tmp_path: Path, listener: Lookups
) -> None:
    interrupted(profile, fake_hub, files)
    before = list(fake_hub.lines)
    listener.seen.clear()
    listener.is_listening = True
    with profile() as opened:
        rows = opened.written()
        opened.shop.downloads.start()
        assert opened.shop.offered().offers
        stocked.put(opened.core.places.models)
        for holding in opened.core.holdings.all():
            if holding.kind == "chat" and holding.origin == "fetched":
                opened.core.holdings.use(holding.path)
        opened.core.holdings.disk_use()
        assert [download.state for download in opened.shop.downloads.snapshot()] == ["paused"]
        assert opened.core.gate.consent == "ask"
        assert opened.written() == rows
    listener.is_listening = False
    assert listener.seen == []
    assert fake_hub.lines == before


# What strangers send.


def outside(tmp_path: Path) -> dict[str, bytes]:
    """Every file that is not the profile's business."""
    found = stocked.content(tmp_path)
    return {name: content for name, content in found.items() if not name.startswith("profile/")}


NAMES = {
    "up": "../../evil-Q4_K_M.gguf",
    "up inside": "a/../../../evil-Q4_K_M.gguf",
    "absolute": "/tmp/evil-Q4_K_M.gguf",
    "of a drive": "C:\\evil-Q4_K_M.gguf",
    "backwards": "..\\evil-Q4_K_M.gguf",
    "a device": "CON.gguf",
    "a device in a folder": "aux/evil-Q4_K_M.gguf",
    "too long": f"{'x' * 250}.gguf",
    "too long in bytes": f"{'ü' * 110}.gguf",
    "turned round": "evil-\u202eFUGG.gguf",
    "two lines": "evil\n-Q4_K_M.gguf",
    "no name": "a//evil-Q4_K_M.gguf",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_repository_with_a_hostile_name_is_refused_and_nothing_is_written(
    profile: Open, fake_hub: FakeHub, weights: bytes, tmp_path: Path, name: str
) -> None:
    fake_hub.add(REPOSITORY, {name: weights, FILE: weights}, licence="apache-2.0")
    before = outside(tmp_path)
    with profile() as opened:
        opened.core.settings.set(CONSENT, "models")
        for enter in (opened.shop.listing, lambda repository: opened.shop.terms(repository, "Q4_K_M")):
            with pytest.raises(Untrustworthy) as refused:
                enter(REPOSITORY)
            assert refused.value.message.endswith(".")
            assert refused.value.next_step
        assert not opened.core.places.models.exists()
    assert outside(tmp_path) == before


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
@pytest.mark.parametrize("at", ["the staging folder", "the unfinished file", "the finished file"])
def test_a_planted_link_is_not_followed(
    profile: Open, fake_hub: FakeHub, weights: bytes, tmp_path: Path, at: str
) -> None:
    commit = fake_hub.add(REPOSITORY, {FILE: weights}, licence="apache-2.0")
    target = tmp_path / "precious"
    target.mkdir()
    (target / "letter").write_text("Dear aunt")
    before = outside(tmp_path)
    with profile() as opened:
        opened.core.settings.set(CONSENT, "models")
        home = manifest.home_of(opened.core.places.models, REPOSITORY, FILE[:-5], commit)
        staging = manifest.staging_of(home)
        terms = opened.shop.terms(REPOSITORY, "Q4_K_M")
        if at == "the staging folder":
            staging.parent.mkdir(parents=True)
            staging.symlink_to(target)
        else:
            staging.mkdir(parents=True)
            ending = f".{terms.variant.files[0].sha256[:16]}.part" if "unfinished" in at else ""
            (staging / f"{FILE}{ending}").symlink_to(target / "letter")
        opened.shop.order(terms)
        opened.until_still()
        (download,) = opened.shop.downloads.snapshot()
        is_right = (home / FILE).is_file() and (home / FILE).read_bytes() == weights
        assert download.state == ("done" if is_right else "failed")
        assert is_right or "Something else is in the place" in download.message
        assert not home.is_symlink()
        assert not (home / FILE).is_symlink()
    assert outside(tmp_path) == before


def test_a_repository_that_changes_after_its_terms_is_fetched_as_it_was_or_not_at_all(
    profile: Open, fake_hub: FakeHub, weights: bytes, tmp_path: Path
) -> None:
    other = forge.llama(tmp_path / "other.gguf", layers=3).read_bytes()
    changes: dict[str, Callable[[str], object]] = {
        "done": lambda commit: fake_hub.replace(REPOSITORY, {FILE: other}),
        "failed": lambda commit: fake_hub.replace(REPOSITORY, {FILE: other}, commit=commit),
        "failed ": lambda commit: fake_hub.replace(REPOSITORY, {FILE: other}, keeps_history=False),
        "failed  ": lambda commit: setattr(fake_hub.trouble, "wrong_commit", "f" * 40),
    }
    for outcome, change in changes.items():
        with profile() as opened:
            opened.core.settings.set(CONSENT, "models")
            commit = fake_hub.add(REPOSITORY, {FILE: weights, "README.md": outcome.encode()}, licence="apache-2.0")
            terms = opened.shop.terms(REPOSITORY, "Q4_K_M")
            change(commit)
            id_ = opened.shop.order(terms)
            opened.until_still()
            download = opened.download(id_)
            assert download.state == outcome.strip()
            home = manifest.home_of(opened.core.places.models, REPOSITORY, FILE[:-5], commit)
            if download.state == "done":
                assert (home / FILE).read_bytes() == weights
            else:
                assert download.message.endswith(".")
                assert not home.exists()
            fake_hub.trouble.wrong_commit = ""


def test_a_search_whose_pages_do_not_fit_together_finds_each_repository_once_or_says_so(
    profile: Open, fake_hub: FakeHub, files: dict[str, bytes]
) -> None:
    fake_hub.page_items = 1
    for number in range(3):
        fake_hub.add(f"acme/llama-{number}-GGUF", files, downloads=10 - number)
    with profile() as opened:
        opened.core.settings.set(CONSENT, "models")
        fake_hub.trouble.edit = lambda page: [{**page[0], "id": "acme/llama-0-GGUF"}] if page else page
        found = opened.shop.search("llama")
        assert [each.repository for each in found] == ["acme/llama-0-GGUF"]
        fake_hub.trouble.edit = lambda page: [{**page[0], "id": "../../etc"}]
        assert opened.shop.search("llama ") == ()


MANIFESTS: dict[str, Callable[[dict[str, Any]], object]] = {  # Any: JSON
    "a name that leads up": lambda known: known["files"][0].update(name="../evil.gguf"),
    "an absolute name": lambda known: known["files"][0].update(name="/tmp/evil.gguf"),
    "a device": lambda known: known["files"][0].update(name="NUL.gguf"),
    "a long name": lambda known: known["files"][0].update(name="x" * 255),
    "a text that leads up": lambda known: known.update(texts=["../LICENSE"]),
    "its own name": lambda known: known.update(texts=[manifest.NAME]),
    "a repository that leads up": lambda known: known.update(repository="../.."),
    "a repository of hidden folders": lambda known: known.update(repository=".git/hooks"),
    "a commit that is none": lambda known: known.update(commit="../../../../"),
    "another size": lambda known: known["files"][0].update(size_bytes=7),
    "a negative size": lambda known: known["files"][0].update(size_bytes=-1),
    "another hash": lambda known: known["files"][0].update(sha256="0" * 64),
    "no files": lambda known: known.update(files=[]),
    "a file that is not there": lambda known: known["files"][0].update(name="other.gguf"),
    "another template": lambda known: known.update(template_sha256="0" * 64),
    "a later version": lambda known: known.update(version=99),
    "no object": lambda known: known.clear(),
}


@pytest.mark.parametrize("change", MANIFESTS.values(), ids=MANIFESTS.keys())
def test_a_hostile_manifest_on_a_stick_is_refused_with_a_sentence_and_nothing_is_written(
    profile: Open, tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    home = stocked.put(tmp_path / "stick")
    untrusted = json.loads((home / manifest.NAME).read_bytes())
    change(untrusted)
    (home / manifest.NAME).write_text(json.dumps(untrusted))
    before = outside(tmp_path)
    with profile() as opened:
        with pytest.raises((Untrustworthy, ModelFault)) as refused:
            opened.core.holdings.bring(home, told, threading.Event())
        assert refused.value.message.endswith(".")
        assert stocked.content(opened.core.places.models) == {}
        assert [each.origin for each in opened.core.holdings.all() if each.origin == "fetched"] == []
    assert outside(tmp_path) == before


# Bytes that change after they were checked.


@contextlib.contextmanager
def fetched_and_chosen(profile: Open, hub: FakeHub, files: dict[str, bytes]) -> Iterator[tuple[Opened, list[Path]]]:
    """A model that was fetched and checked, and what the engine was given to load."""
    hub.add(REPOSITORY, files, licence="apache-2.0")
    loaded: list[Path] = []
    load = fake_load()

    def counted(wish: LoadWish, *, on_progress: Callable[[float], None], stop: Stop) -> Engine:
        loaded.append(wish.path)
        return load(wish, on_progress=on_progress, stop=stop)

    with profile(load=counted) as opened:
        opened.core.settings.set(CONSENT, "models")
        opened.fetched(REPOSITORY, "Q4_K_M")
        opened.core.holdings.use(opened.arrivals[0].path)
        yield opened, loaded


def acquire(opened: Opened) -> None:
    opened.core.desk.acquire(lambda _fraction: None, Stop())


def linked(path: Path) -> None:
    path.symlink_to(path.rename(path.with_suffix(".old")))


SWAPS: dict[str, Callable[[Path], object]] = {
    "one other byte": lambda path: path.write_bytes(path.read_bytes()[:-1] + b"!"),
    "another model": lambda path: forge.llama(path, layers=3),
    "cut short": lambda path: os.truncate(path, path.stat().st_size - 1),
    "not there": lambda path: path.unlink(),
    "a link to another": linked,
}


@pytest.mark.model
@pytest.mark.parametrize("swap", SWAPS.values(), ids=SWAPS.keys())
def test_swapped_bytes_are_told_before_the_engine_sees_them(
    profile: Open, fake_hub: FakeHub, files: dict[str, bytes], swap: Callable[[Path], object]
) -> None:
    with fetched_and_chosen(profile, fake_hub, files) as (opened, loaded):
        path = opened.arrivals[0].path
        swap(path)
        with pytest.raises(ModelFault):
            acquire(opened)
        assert loaded == []
        (holding,) = [each for each in opened.core.holdings.all() if each.origin == "fetched"]
        assert holding.state in ("changed", "missing")
        assert holding.words


@pytest.mark.model
def test_a_swap_that_kept_size_and_time_is_found_by_checking_every_byte(
    profile: Open, fake_hub: FakeHub, files: dict[str, bytes]
) -> None:
    with fetched_and_chosen(profile, fake_hub, files) as (opened, loaded):
        path = opened.arrivals[0].path
        acquire(opened)
        opened.core.host.release()
        loaded.clear()
        stocked.spoil(path)
        (holding,) = [each for each in opened.core.holdings.all() if each.origin == "fetched"]
        assert holding.shelved is not None
        verdict = opened.core.holdings.verify(holding.shelved, told, threading.Event())
        assert (verdict.is_right, verdict.wrong) == (False, (FILE,))
        with pytest.raises(ModelFault, match="changed"):
            acquire(opened)
        assert loaded == []
