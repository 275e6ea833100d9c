"""`models` against a hub that speaks the real protocol, with real files, profiles and command lines."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any  # JSON of the command line, and of the hub

import pytest

from app import paths
from app.cli import models, profiled
from app.models import library
from app.models.shelf import manifest
from app.models.shelf.elsewhere import Elsewhere
from app.net.policy import AdminPolicy
from app.net.tripwire import Door
from app.settings import CONSENT
from app.storage import lock
from app.storage.secrets import MemorySecrets
from tests.cli.terminal import STAYS_OFFLINE, Done, Screen, Terminal
from tests.fakehub import FakeHub, fake_hub
from tests.models import forge, stocked

from .conftest import ROOT, Run

__all__ = ["fake_hub"]

NAME = "acme/Tiny-Llama-GGUF"
FILE = "Tiny-Llama-Q4_K_M.gguf"
TITLE = "Tiny-Llama-Q4_K_M"
TOKEN = "hf_secretOfTheTests"
LICENCE = b"Do as you like.\n"


@pytest.fixture
def offline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, converted: Path
) -> Terminal:
    stocked.give_search_model(paths.places(tmp_path / "profile"), converted)
    return Terminal("models", models.run, tmp_path / "profile", capsys, monkeypatch)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return forge.llama(tmp_path / FILE)


@pytest.fixture
def online(offline: Terminal, fake_hub: FakeHub, loopback: Door, model: Path) -> Terminal:
    fake_hub.add(NAME, {FILE: model, "LICENSE": LICENCE}, licence="apache-2.0", downloads=7)
    offline.outside = replace(STAYS_OFFLINE, endpoint=fake_hub.endpoint, door=loopback)
    return offline


def get(terminal: Terminal, *words: str) -> Done:
    return terminal("get", NAME, "Q4_K_M", "--allow-network", *words)


def fetched(terminal: Terminal) -> Path:
    done = get(terminal, "--json")
    assert done.code == 0, done.err
    return Path(done.json["path"])


def titles(terminal: Terminal) -> list[str]:
    return [each["title"] for each in terminal("list", "--json").json["models"]]


def test_a_new_profile_has_the_starter_and_it_answers(offline: Terminal) -> None:
    done = offline("list", "--json")
    assert done.code == 0
    assert set(done.json) == {"models", "folders"}
    starter = done.json["models"][0]
    assert set(starter) == {
        *("path", "title", "origin", "program", "kind", "size_bytes", "quantisation"),
        *("state", "words", "is_chosen", "goes_with"),
    }
    assert (starter["title"], starter["origin"], starter["is_chosen"]) == (library.STARTER_TITLE, "starter", True)
    assert [model["is_chosen"] for model in done.json["models"]].count(True) == 1
    assert offline().out == offline("list").out
    assert offline().out.startswith(f"*  {library.STARTER_TITLE}  ")


@pytest.mark.parametrize("words", [("find", "llama"), ("show", NAME), ("get", NAME, "Q4_K_M")])
def test_without_leave_nothing_is_sent_and_no_name_is_looked_up(offline: Terminal, words: tuple[str, ...]) -> None:
    done = offline(*words)
    assert (done.code, done.out) == (1, "")
    assert "Paddock would like to ask huggingface.co for" in done.err
    assert "add --allow-network" in done.err
    assert offline("requests", "--json").json["requests"] == []


def test_leave_given_for_good_in_the_window_is_not_leave_for_a_command(online: Terminal, fake_hub: FakeHub) -> None:
    with closing(online.home()) as home, closing(home.create().core) as core:
        core.settings.set(CONSENT, "models")
    assert online("find", "llama").code == 1
    assert fake_hub.calls == []
    assert online("find", "llama", "--allow-network").code == 0


def test_an_administrators_never_counts_more_than_the_command_line(online: Terminal, fake_hub: FakeHub) -> None:
    online.outside = replace(online.outside, admin=AdminPolicy(is_never=True))
    for words in (("find", "llama"), ("show", NAME), ("get", NAME, "Q4_K_M")):
        done = online(*words, "--allow-network")
        assert done.code == 1
        assert "administrator" in done.err
    assert fake_hub.calls == []


def test_what_was_shown_before_is_shown_again_without_a_network(online: Terminal, fake_hub: FakeHub) -> None:
    assert online("show", NAME, "--allow-network").code == 0
    fake_hub.calls.clear()
    online.outside = replace(online.outside, admin=AdminPolicy(is_never=True))
    done = online("show", NAME)
    assert done.code == 0
    assert "earlier" in done.out
    assert fake_hub.calls == []


def test_a_search_lists_what_the_hub_has(online: Terminal, fake_hub: FakeHub) -> None:
    done = online("find", "tiny", "llama", "--allow-network", "--json")
    (found,) = done.json["repositories"]
    assert (found["repository"], found["licence"], found["downloads"]) == (NAME, "apache-2.0", 7)
    assert fake_hub.lines == ["GET hub /api/models"]
    assert online("find", "tiny llama", "--allow-network").out.split() == [
        *(NAME, "7", "downloads", "2026-07-01", "Apache", "License", "2.0")
    ]
    assert "no model that matches" in online("find", "giraffe", "--allow-network").out


def test_a_repository_is_shown_with_sizes_fit_and_licence(online: Terminal, model: Path) -> None:
    shown = online("show", NAME, "--allow-network", "--json").json
    assert {"name", "commit", "licence", "licence_title", "is_gated", "is_from_cache", "choices"} <= set(shown)
    (choice,) = shown["choices"]
    assert set(choice) == {"name", "quantisation", "kind", "size_bytes", "files", "fit"}
    assert (choice["quantisation"], choice["size_bytes"]) == ("Q4_K_M", model.stat().st_size)
    assert choice["fit"]["place"] in ("gpu", "split", "cpu")
    text = online("show", NAME, "--allow-network").out
    assert "Apache License 2.0" in text
    assert "Q4_K_M" in text


def test_the_catalogue_is_judged_without_asking_anyone(offline: Terminal) -> None:
    offers = offline("offers", "--json").json["offers"]
    are_recommended = [offer["is_recommended"] for offer in offers]
    assert are_recommended == sorted(are_recommended, reverse=True), "the recommended ones come first"
    assert "Llama 3.1 8B Instruct" in [offer["title"] for offer in offers]
    assert all(offer["best"] in [choice["quantisation"] for choice in offer["choices"]] for offer in offers)
    assert "Llama 3.1 8B Instruct" in offline("offers").out


def test_a_model_is_fetched_checked_and_used(online: Terminal, fake_hub: FakeHub, model: Path) -> None:
    done = get(online)
    assert done.code == 0
    assert "Apache License 2.0" in done.err
    assert f"{fake_hub.url}/{NAME}/blob/" in done.err
    (found,) = (online.profile / "models").rglob("*.gguf")
    assert str(found) in done.out
    assert found.read_bytes() == model.read_bytes()
    assert (found.parent / "LICENSE").read_bytes() == LICENCE
    sha256 = manifest.read(found.parent).files[0].sha256
    commit = fake_hub.repositories[NAME].head
    assert fake_hub.lines == [
        f"GET hub /api/models/{NAME}",
        f"GET hub /{NAME}/resolve/{commit}/LICENSE",
        f"GET hub /{NAME}/resolve/{commit}/{FILE}",
        f"GET cdn /cdn/{sha256}",
    ]
    used = online("use", "tiny-llama")
    assert (used.code, used.out) == (0, f"{TITLE} answers from now on.\n")
    listed = {each["title"]: each for each in online("list", "--json").json["models"]}
    assert (listed[TITLE]["origin"], listed[TITLE]["state"]) == ("fetched", "ready")
    assert [title for title, each in listed.items() if each["is_chosen"]] == [TITLE]


def test_json_of_a_fetched_model_says_where_it_is(online: Terminal) -> None:
    told = get(online, "--json").json
    assert set(told) == {
        *("title", "path", "repository", "commit", "quantisation", "size_bytes"),
        *("licence", "licence_title", "texts"),
    }
    assert (told["title"], told["repository"], told["texts"]) == (TITLE, NAME, ["LICENSE"])


def test_a_model_that_is_here_is_not_fetched_again(online: Terminal, fake_hub: FakeHub) -> None:
    path = fetched(online)
    fake_hub.calls.clear()
    assert fetched(online) == path
    assert [line for line in fake_hub.lines if "cdn" in line] == []


def test_a_variant_can_be_named_by_its_file(online: Terminal) -> None:
    done = online("get", NAME, TITLE, "--allow-network", "--json")
    assert done.json["quantisation"] == "Q4_K_M"
    assert online("get", NAME, "q4_k_m", "--allow-network").code == 0


def test_another_quantisation_and_another_name_are_sentences(online: Terminal) -> None:
    other = online("get", NAME, "Q8_0", "--allow-network")
    assert other.code == 1
    assert f"models show {NAME}" in other.err
    nobody = online("get", "acme/nothing", "Q8_0", "--allow-network")
    assert nobody.code == 1
    assert "models show" not in nobody.err
    assert nobody.err.strip().endswith(".")


def test_terms_are_accepted_by_the_option_and_only_once(online: Terminal, fake_hub: FakeHub, model: Path) -> None:
    fake_hub.add("acme/Llama", {FILE: model, "LICENSE": LICENCE}, licence="llama3.1")
    refused = online("get", "acme/Llama", "Q4_K_M", "--allow-network")
    assert (refused.code, refused.out) == (1, "")
    assert "Llama 3.1 Community License" in refused.err
    assert "https://www.llama.com/llama3_1/license/" in refused.err
    assert refused.err.endswith("Nothing was fetched. Read them, and if you accept them, add --accept-licence.\n")
    assert [line for line in fake_hub.lines if "cdn" in line] == []
    assert online("get", "acme/Llama", "Q4_K_M", "--allow-network", "--accept-licence").code == 0
    assert online("get", "acme/Llama", "Q4_K_M", "--allow-network").code == 0, "these very terms were accepted"


@pytest.mark.skipif(os.name != "posix", reason="SIGINT")
def test_ctrl_c_pauses_and_the_same_command_goes_on(online: Terminal, fake_hub: FakeHub, model: Path) -> None:
    before = titles(online)
    fake_hub.trouble.slow_bytes_per_s = 50_000
    begun = threading.Event()

    def interrupt() -> None:
        while not begun.wait(0.02):
            parts = list((online.profile / "models").rglob("*.part"))
            if any(part.is_file() and part.stat().st_size for part in parts):
                os.kill(os.getpid(), signal.SIGINT)
                return

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        stopped = get(online)
    finally:
        begun.set()
        thread.join()
    assert (stopped.code, stopped.out) == (130, "")
    assert "paused" in stopped.err
    assert stopped.err.endswith("To go on, give the same command again.\n")
    assert titles(online) == before
    fake_hub.trouble.slow_bytes_per_s = 0
    fake_hub.calls.clear()
    assert fetched(online).read_bytes() == model.read_bytes()
    (ranged,) = [call for call in fake_hub.calls if call.line.startswith("GET cdn")]
    assert int(ranged.headers["range"].removeprefix("bytes=").removesuffix("-")) > 0


def test_progress_is_shown_on_a_terminal_and_cleared(online: Terminal, fake_hub: FakeHub) -> None:
    assert online("list").code == 0
    fake_hub.trouble.slow_bytes_per_s = 1_500_000
    screen = Screen()
    online.monkeypatch.setattr("sys.stderr", screen)
    arguments = online.parsed("get", NAME, "Q4_K_M", "--allow-network")
    assert models.run(arguments, online.secrets, online.outside) == 0
    shown = screen.getvalue().split("\r\x1b[K")
    assert any(words.startswith("Fetching ") and " MB of " in words for words in shown)
    assert shown[-1] == ""
    assert all(words.replace("\n", "").isprintable() for words in shown)


def test_a_corrupted_model_never_appears(online: Terminal, fake_hub: FakeHub) -> None:
    before = titles(online)
    fake_hub.trouble.corrupt_at = 1_000
    done = get(online)
    assert (done.code, done.out) == (1, "")
    assert "checksum" in done.err
    assert titles(online) == before


def test_a_model_larger_than_the_disk_is_a_sentence(online: Terminal, fake_hub: FakeHub) -> None:
    def grown(answer: Any) -> Any:
        for sibling in answer["siblings"]:
            if "lfs" in sibling:
                sibling["size"] = sibling["lfs"]["size"] = 10**12
        return answer

    parts = {f"Tiny-Q4_K_M-{number:05}-of-00099.gguf": b"GGUF" for number in range(1, 100)}
    fake_hub.add("acme/Giant", parts, licence="mit")
    fake_hub.trouble.edit = grown
    done = online("get", "acme/Giant", "Q4_K_M", "--allow-network")
    assert done.code == 1
    assert "not enough room" in done.err
    assert [line for line in fake_hub.lines if "cdn" in line] == []


def test_a_gated_model_needs_a_token_which_nobody_else_sees(online: Terminal, fake_hub: FakeHub, model: Path) -> None:
    fake_hub.add(NAME, {FILE: model, "LICENSE": LICENCE}, licence="apache-2.0", gated=True)
    fake_hub.grant(TOKEN, NAME)
    refused = get(online)
    assert refused.code == 1
    assert f"The owner of {NAME} gives it only" in refused.err
    assert refused.err.endswith("models token.\n")
    kept = online("token", stdin=f"{TOKEN}\n".encode())
    assert (kept.code, kept.out) == (0, "The access token is in the keyring.\n")
    fake_hub.calls.clear()
    done = get(online)
    assert done.code == 0
    assert {call.token for call in fake_hub.calls if call.line.startswith("GET cdn")} == {""}
    assert TOKEN in {call.token for call in fake_hub.calls}
    assert TOKEN not in kept.err + done.out + done.err + online("requests").out
    assert online("token", "--forget").out == "There is no access token any more.\n"
    assert MemorySecrets.get(online.secrets, "hub-token") is None


@pytest.mark.skipif(os.name != "posix", reason="passing file descriptors on")
def test_without_a_keyring_a_token_is_given_to_the_command_itself(
    online: Terminal, fake_hub: FakeHub, model: Path
) -> None:
    online.secrets = MemorySecrets(is_available=False)
    online.monkeypatch.setenv("PADDOCK_PASSPHRASE", "correct horse battery")
    fake_hub.add(NAME, {FILE: model, "LICENSE": LICENCE}, licence="apache-2.0", gated=True)
    fake_hub.grant(TOKEN, NAME)
    refused = online("token", stdin=f"{TOKEN}\n".encode())
    assert refused.code == 1
    assert "--token-fd" in refused.err
    reading, writing = os.pipe()
    os.write(writing, f"{TOKEN}\n".encode())
    os.close(writing)
    assert get(online, "--token-fd", str(reading)).code == 0
    os.close(reading)
    assert TOKEN.encode() not in b"".join(path.read_bytes() for path in online.profile.rglob("*") if path.is_file())


def test_what_is_no_token_is_code_2_and_is_not_repeated(offline: Terminal) -> None:
    done = offline("token", stdin=b"no token \x1b[2J\n")
    assert done.code == 2
    assert "no token" not in done.err
    assert offline("token", "--token-fd", "987").code == 2


def test_unknown_and_ambiguous_names_are_sentences(online: Terminal, fake_hub: FakeHub, tmp_path: Path) -> None:
    first = fetched(online)
    fake_hub.add("acme/Other", {FILE: forge.llama(tmp_path / "other.gguf", layers=3)}, licence="mit")
    assert online("get", "acme/Other", "Q4_K_M", "--allow-network").code == 0
    for words in (("use", "tiny"), ("delete", TITLE, "--yes"), ("verify", "TINY-LLAMA")):
        several = online(*words)
        assert several.code == 2
        assert str(first) in several.err
        assert "path" in several.err
    for unknown in ("giraffe", "", "  ", str(tmp_path)):
        nothing = online("use", unknown)
        assert nothing.code == 4
        assert "models list" in nothing.err
    by_folder = online("use", str(first.parent), "--json")
    assert by_folder.json == {"title": TITLE, "path": str(first)}


def test_a_download_that_breaks_off_says_so_and_can_be_gone_on_with(online: Terminal, fake_hub: FakeHub) -> None:
    fake_hub.trouble.statuses = [403]
    fake_hub.trouble.statuses_for = f"{FILE}"
    refused = get(online)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.endswith("models token.\n")
    assert fetched(online).is_file()


def test_any_model_file_can_be_used_by_its_path(offline: Terminal, model: Path) -> None:
    assert offline("use", str(model)).code == 0
    listed = {each["path"]: each for each in offline("list", "--json").json["models"]}
    assert (listed[str(model)]["origin"], listed[str(model)]["is_chosen"]) == ("opened", True)
    (model.parent / "text.gguf").write_text("no model")
    assert offline("use", str(model.parent / "text.gguf")).code == 4


@pytest.mark.skipif(os.name != "posix", reason="names that Windows refuses")
def test_hostile_titles_never_reach_the_terminal(offline: Terminal, tmp_path: Path) -> None:
    hostile = "\x1b[2J\u202eevil\r\n* fake"
    path = forge.llama(tmp_path / "x.gguf")
    other = Elsewhere(path, hostile, "\x1b]0;program\x07", path.stat().st_size)
    own = offline.profile / "models" / f"\x1b[31m{'z' * 20}.gguf"
    before = len(offline("list").out.splitlines())
    own.parent.mkdir(parents=True, exist_ok=True)
    forge.llama(own)
    offline.outside = replace(STAYS_OFFLINE, find_elsewhere=lambda: (other,))
    shown = offline("list")
    assert len(shown.out.splitlines()) == before + 2, "each model has one line"
    told = shown.out + offline("delete", "evil").err + offline("use", "evil").out + offline("use", "\x1b[2Jx").err
    assert told.replace("\n", "").isprintable()
    assert "\\u001b" in offline("list", "--json").out


def test_verify_finds_a_flipped_byte(online: Terminal) -> None:
    assert "no model here that came with checksums" in online("verify").out
    path = fetched(online)
    right = online("verify")
    assert (right.code, right.out) == (0, f"{TITLE}:  Every byte is as it should be.\n")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    wrong = online("verify", TITLE, "--json")
    assert wrong.code == 1
    (told,) = wrong.json["models"]
    assert set(told) == {"title", "path", "is_right", "words", "wrong"}
    assert (told["is_right"], told["wrong"]) == (False, [FILE])
    unknown = online("verify", library.STARTER_TITLE)
    assert unknown.code == 4


def test_a_model_travels_to_a_machine_without_a_network(online: Terminal, tmp_path: Path, model: Path) -> None:
    fetched(online)
    stick = tmp_path / "stick"
    stick.mkdir()
    exported = online("export", TITLE, str(stick), "--json")
    assert exported.code == 0, exported.err
    away = replace(online, profile=tmp_path / "away", outside=STAYS_OFFLINE, secrets=MemorySecrets())
    imported = away("import", exported.json["path"], "--json")
    assert imported.code == 0, imported.err
    assert imported.json["title"] == TITLE
    assert Path(imported.json["path"]).read_bytes() == model.read_bytes()
    assert away("verify").code == 0
    assert away("requests").out == "This profile has never sent a request.\n"
    again = away("import", exported.json["path"])
    assert again.code != 0
    assert again.err.strip().endswith(".")
    assert away("import", str(tmp_path / "nowhere")).code == 4


def test_nothing_is_deleted_without_a_yes(online: Terminal) -> None:
    path = fetched(online)
    asked = online("delete", TITLE)
    assert asked.code == 1
    assert asked.err.endswith("Nothing was deleted. To delete it, add --yes.\n")
    assert path.exists()
    size_bytes = path.stat().st_size
    gone = online("delete", TITLE, "--yes", "--json")
    assert gone.code == 0
    assert gone.json["freed_bytes"] >= size_bytes
    assert not path.parent.exists()


def test_what_paddock_did_not_put_here_stays(offline: Terminal, model: Path) -> None:
    offline("use", str(model))
    for name in (str(model), library.STARTER_TITLE):
        assert offline("delete", name, "--yes").code == 4
    assert model.exists()
    assert library.starter().exists()


def test_every_request_is_on_record_the_latest_first(online: Terminal, fake_hub: FakeHub) -> None:
    online("find", "tiny", "--allow-network")
    fetched(online)
    told = online("requests", "--json").json
    assert set(told) == {"totals", "requests"}
    assert told["totals"]["requests"] == len(told["requests"]) == len(fake_hub.calls)
    assert [row["path"] for row in reversed(told["requests"])] == [call.path for call in fake_hub.calls]
    assert [row["purpose"] for row in told["requests"]] == ["download", "download", "terms", "details", "search"]
    lines = online("requests").out.splitlines()
    assert len(lines) == len(fake_hub.calls) + 1
    assert "tiny" in lines[-2]
    assert lines[-1].startswith("5 requests: ")


def test_leave_ends_with_the_command(online: Terminal, fake_hub: FakeHub) -> None:
    fetched(online)
    fake_hub.calls.clear()
    assert online("get", NAME, "Q4_K_M").code == 1
    assert fake_hub.calls == []


@pytest.mark.skipif(os.name != "posix", reason="SIGINT")
def test_ctrl_c_stops_long_work_once_and_ends_at_once_the_second_time() -> None:
    with profiled.long_work("Checking") as (_on_progress, halt):
        signal.raise_signal(signal.SIGINT)
        assert halt.is_set()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_the_page_on_the_command_line_lists_every_key(online: Terminal, tmp_path: Path) -> None:
    fetched(online)
    told = [
        online(*words.split(), "--json").json
        for words in (
            "list",
            "offers",
            "find tiny --allow-network",
            f"show {NAME} --allow-network",
            f"get {NAME} Q4_K_M --allow-network",
            f"use {TITLE}",
            "verify",
            f"export {TITLE} {tmp_path}",
            "requests",
            "token --forget",
            f"delete {TITLE} --yes",
        )
    ]
    page = (ROOT / "docs" / "command-line.md").read_text("utf-8").partition("### `models --json`")[2]
    listed = set(re.findall(r"`([a-z0-9_]+)`", page.partition("## `bench")[0]))
    assert set(keys_of(told)) <= listed


def keys_of(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from keys_of(each)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield key
            yield from keys_of(each)


def test_a_profile_that_is_open_elsewhere_is_code_6(offline: Terminal) -> None:
    assert offline("list").code == 0
    claim = lock.claim(offline.profile)
    try:
        done = offline("list")
    finally:
        claim.release()
    assert (done.code, done.out) == (6, "")
    assert "already open" in done.err


def test_a_real_process_lists_the_models(run: Run, tmp_path: Path) -> None:
    done = run("--profile", str(tmp_path / "profile"), "models", "list")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"*  {library.STARTER_TITLE}  ")


def test_a_real_process_asks_nobody_without_leave(run: Run, tmp_path: Path) -> None:
    profile = str(tmp_path / "profile")
    done = run("--profile", profile, "models", "get", "acme/tiny", "Q4_K_M")
    assert (done.returncode, done.stdout) == (1, "")
    assert "add --allow-network" in done.stderr
    assert "Traceback" not in done.stderr
    assert run("--profile", profile, "models", "requests").stdout == "This profile has never sent a request.\n"
