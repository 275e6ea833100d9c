"""What is asked of the hub, word for word, and what is believed of its answers. The real huggingface_hub runs here."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import AccessNeeded, HubBusy, HubFault, NetworkRefused, NotOnHub, Unreachable, Untrustworthy
from app.models.hub.hub import Hub
from app.models.hub.remote import RemoteFile
from app.net.gate import ConsentNeeded, Errand
from app.net.policy import DETAILS, SEARCH
from tests.fakehub import LOOP, FakeHub, fake_hub
from tests.models.asked import API, FILES, NAME, TOKEN, Profile, add, edited, hub, profile, text_file

__all__ = ["fake_hub", "hub", "profile"]
pytestmark = pytest.mark.trust


# Search


def test_a_search_is_one_request_without_a_token(fake_hub: FakeHub, profile: Profile) -> None:
    add(fake_hub, gated="manual")
    fake_hub.add("acme/Tiny-safetensors", {"model.safetensors": b"0"}, downloads=9)
    fake_hub.add("acme/tiny-other-GGUF", {"a-Q8_0.gguf": b"GGUF"}, downloads=9_000, licence="mit")
    profile.token = TOKEN
    other, tiny = profile.hub.search("acme tiny")
    assert (other.repository, other.licence, other.is_gated) == ("acme/tiny-other-GGUF", "mit", False)
    assert (tiny.repository, tiny.licence, tiny.is_gated) == (NAME, "llama3.2", True)
    assert (tiny.downloads, tiny.likes, tiny.updated) == (1200, 30, "2026-07-01")
    assert (tiny.architecture, tiny.parameters, tiny.context_tokens) == ("llama", 1_235_814_432, 131_072)
    (call,) = fake_hub.calls
    assert call.line == "GET hub /api/models"
    expand = "&".join(f"expand={key}" for key in ("downloads", "likes", "lastModified", "gated", "tags", "gguf"))
    assert call.query == f"filter=gguf&search=acme+tiny&sort=downloads&limit=40&{expand}"
    assert "authorization" not in call.headers


def test_a_search_that_comes_in_pages_is_read_to_its_limit(fake_hub: FakeHub, hub: Hub) -> None:
    for number in range(5):
        fake_hub.add(f"acme/m{number}", {"m-Q8_0.gguf": b"GGUF"}, downloads=number)
    fake_hub.page_items = 2
    assert [found.repository for found in hub.search("", limit=3)] == ["acme/m4", "acme/m3", "acme/m2"]
    assert fake_hub.lines == ["GET hub /api/models"] * 2


def test_a_hub_that_always_has_one_page_more_is_left_alone(fake_hub: FakeHub, hub: Hub) -> None:
    add(fake_hub)
    fake_hub.trouble.edit = lambda page: []
    fake_hub.trouble.headers = {"Link": f'<{fake_hub.url}/api/models?cursor=1>; rel="next"'}
    with pytest.raises(Untrustworthy, match="more often"):
        hub.search("tiny")
    assert len(fake_hub.calls) <= 20


def test_a_next_page_at_a_foreign_host_is_not_asked_for(fake_hub: FakeHub, hub: Hub) -> None:
    add(fake_hub)
    fake_hub.trouble.headers = {"Link": '<https://evil.example/api/models>; rel="next"'}
    with pytest.raises(Untrustworthy, match=r"evil\.example"):
        hub.search("tiny")
    assert fake_hub.lines == ["GET hub /api/models"]


# One repository


def test_a_repository_is_one_request_and_all_its_variants(fake_hub: FakeHub, hub: Hub) -> None:
    commit = add(fake_hub)
    found = hub.repository(NAME)
    assert (found.name, found.commit, found.is_from_cache, found.is_gated) == (NAME, commit, False, False)
    assert (found.licence, found.licence_name, found.base_model) == ("llama3.2", "", "meta-llama/Llama-3.2-1B")
    assert (found.architecture, found.parameters, found.context_tokens) == ("llama", 1_235_814_432, 131_072)
    assert [(variant.name, variant.size_bytes) for variant in found.variants] == [
        ("Tiny-Q4_K_M", 44),
        ("Tiny-Q8_0", 84),
    ]
    (weights,) = found.variants[0].files
    assert weights.sha256 == hashlib.sha256(FILES["Tiny-Q4_K_M.gguf"]).hexdigest()
    assert [file.path for file in found.texts] == ["LICENSE", "USE_POLICY.md"]
    (call,) = fake_hub.calls
    assert (call.line, call.query) == (f"GET hub {API}", "blobs=true")


def test_a_repository_can_be_looked_at_as_it_was(fake_hub: FakeHub, hub: Hub) -> None:
    first = add(fake_hub)
    second = fake_hub.replace(NAME, {"Tiny-Q4_K_M.gguf": b"GGUF, another one"})
    assert hub.repository(NAME).commit == second
    assert len(hub.repository(NAME, revision=first).variants) == 2
    assert fake_hub.lines == [f"GET hub {API}", f"GET hub {API}/revision/{first}"]


def test_files_without_a_hash_are_not_offered(fake_hub: FakeHub, hub: Hub) -> None:
    add(fake_hub)
    fake_hub.trouble.drop_lfs = True
    assert hub.repository(NAME).variants == ()


def test_another_commit_than_the_one_asked_for_is_refused(fake_hub: FakeHub, hub: Hub) -> None:
    commit = add(fake_hub)
    edited(fake_hub, sha="f" * 40)
    with pytest.raises(Untrustworthy):
        hub.repository(NAME, revision=commit)


def test_a_repository_under_a_new_name_is_for_the_person_to_choose(fake_hub: FakeHub, hub: Hub) -> None:
    add(fake_hub)
    edited(fake_hub, id="somebody/Else-GGUF")
    with pytest.raises(NotOnHub, match="somebody/Else-GGUF"):
        hub.repository(NAME)


@pytest.mark.parametrize("name", ["", "llama", "a/b/c", "../b", "a/..", "a b/c", "a/b?x=1", "https://x/y", "a/b\n"])
def test_what_is_no_name_of_a_repository_is_never_asked_for(name: str, fake_hub: FakeHub, hub: Hub) -> None:
    with pytest.raises(NotOnHub, match="not the name"):
        hub.repository(name)
    with pytest.raises(NotOnHub, match="not the name"):
        hub.address(name, "a" * 40, "x.gguf")
    assert fake_hub.calls == []


def test_a_revision_that_is_no_commit_is_never_asked_for(fake_hub: FakeHub, hub: Hub) -> None:
    for revision in ("v1", "../../x", "A" * 40, "refs/pr/1"):
        with pytest.raises(NotOnHub):
            hub.repository(NAME, revision=revision)
    assert fake_hub.calls == []


# Who may


def test_a_stranger_may_look_at_a_gated_repository(fake_hub: FakeHub, profile: Profile) -> None:
    add(fake_hub, gated="manual")
    profile.token = TOKEN
    assert profile.hub.repository(NAME).is_gated
    assert [call.token for call in fake_hub.calls] == [""]


def test_a_private_repository_is_asked_for_again_with_the_token(fake_hub: FakeHub, profile: Profile) -> None:
    add(fake_hub, is_private=True)
    with pytest.raises(NotOnHub, match="no model under this name") as raised:
        profile.hub.repository(NAME)
    assert "enter your access token" in raised.value.next_step
    fake_hub.grant(TOKEN, NAME)
    profile.token = TOKEN
    assert len(profile.hub.repository(NAME).variants) == 2
    assert [(call.status, call.token) for call in fake_hub.calls] == [(401, ""), (401, ""), (200, TOKEN)]


def test_a_repository_that_is_not_there_is_told(fake_hub: FakeHub, profile: Profile) -> None:
    profile.token = TOKEN
    with pytest.raises(NotOnHub) as raised:
        profile.hub.repository("no/such")
    assert "account" in raised.value.next_step
    assert [call.status for call in fake_hub.calls] == [401, 404]


def test_a_version_that_is_gone_is_told(fake_hub: FakeHub, hub: Hub) -> None:
    first = add(fake_hub)
    fake_hub.replace(NAME, FILES, commit="b" * 40, keeps_history=False)
    with pytest.raises(NotOnHub, match="version"):
        hub.repository(NAME, revision=first)


def test_a_token_that_ran_out_is_told(fake_hub: FakeHub, profile: Profile) -> None:
    add(fake_hub, is_private=True)
    profile.token = TOKEN
    fake_hub.trouble.refuses_tokens = True
    with pytest.raises(AccessNeeded, match="does not accept your access token"):
        profile.hub.repository(NAME)


# Texts


def test_texts_of_the_terms_are_one_request_each(fake_hub: FakeHub, hub: Hub) -> None:
    commit = add(fake_hub)
    repository = hub.repository(NAME)
    fake_hub.calls.clear()
    assert [hub.text(repository, file) for file in repository.texts] == ["Be good.\n", "Do no harm.\n"]
    assert fake_hub.lines == [
        f"GET hub /{NAME}/resolve/{commit}/LICENSE",
        f"GET hub /{NAME}/resolve/{commit}/USE_POLICY.md",
    ]


def test_a_gated_text_is_fetched_with_the_token_of_somebody_who_was_let_in(fake_hub: FakeHub, profile: Profile) -> None:
    add(fake_hub, gated="manual")
    repository = profile.hub.repository(NAME)
    fake_hub.calls.clear()
    with pytest.raises(AccessNeeded, match="asked for access") as raised:
        profile.hub.text(repository, text_file(repository))
    assert "make an access token" in raised.value.next_step
    profile.token = TOKEN
    with pytest.raises(AccessNeeded, match="has not let you in"):
        profile.hub.text(repository, text_file(repository))
    fake_hub.grant(TOKEN, NAME)
    assert profile.hub.text(repository, text_file(repository)) == "Be good.\n"
    assert [(call.status, call.token) for call in fake_hub.calls] == [(401, ""), (403, TOKEN), (200, TOKEN)]


def test_a_text_in_large_file_storage_comes_from_elsewhere_without_the_token(
    fake_hub: FakeHub, profile: Profile
) -> None:
    commit = fake_hub.add(NAME, FILES, gated="auto", in_lfs=["LICENSE"])
    fake_hub.grant(TOKEN, NAME)
    profile.token = TOKEN
    repository = profile.hub.repository(NAME)
    fake_hub.calls.clear()
    licence = text_file(repository)
    assert profile.hub.text(repository, licence) == "Be good.\n"
    assert [(call.line, call.token) for call in fake_hub.calls] == [
        (f"GET hub /{NAME}/resolve/{commit}/LICENSE", TOKEN),
        (f"GET cdn /cdn/{licence.sha256}", ""),
    ]


def test_control_characters_and_turned_words_are_dropped_from_a_text(fake_hub: FakeHub, hub: Hub) -> None:
    fake_hub.add(NAME, {"LICENSE": "\ufeffBe\r\ngood\x1b[2J,\u202e \x00\tdear\xff.".encode("utf-8") + b"\xff"})
    repository = hub.repository(NAME)
    assert hub.text(repository, text_file(repository)) == "Be\ngood[2J, \tdearÿ.\ufffd"


def test_a_text_that_is_another_one_is_refused(fake_hub: FakeHub, hub: Hub) -> None:
    add(fake_hub)
    repository = hub.repository(NAME)
    fake_hub.trouble.corrupt_at = 3
    with pytest.raises(Untrustworthy, match="LICENSE is not what the hub announced"):
        hub.text(repository, text_file(repository))


def test_a_text_of_another_commit_is_refused(fake_hub: FakeHub, hub: Hub) -> None:
    add(fake_hub)
    repository = hub.repository(NAME)
    fake_hub.trouble.wrong_commit = "f" * 40
    with pytest.raises(Untrustworthy):
        hub.text(repository, text_file(repository))


def test_a_text_without_end_is_not_read(fake_hub: FakeHub, hub: Hub) -> None:
    commit = add(fake_hub)
    repository = hub.repository(NAME)
    fake_hub.trouble.answers[f"/{NAME}/resolve/{commit}/LICENSE"] = b"Be good.\n" * 10_000
    with pytest.raises(Untrustworthy):
        hub.text(repository, text_file(repository))


def test_a_text_too_long_to_be_read_is_not_asked_for(fake_hub: FakeHub, hub: Hub) -> None:
    add(fake_hub)
    repository = hub.repository(NAME)
    fake_hub.calls.clear()
    with pytest.raises(Untrustworthy):
        hub.text(repository, RemoteFile("LICENSE", 2**20 + 1, "0" * 64))
    with pytest.raises(Untrustworthy):
        hub.text(repository, RemoteFile("LICENSE", 9, ""))
    assert fake_hub.calls == []


def test_a_text_that_was_taken_away_is_told(fake_hub: FakeHub, hub: Hub) -> None:
    commit = add(fake_hub)
    repository = hub.repository(NAME)
    fake_hub.replace(NAME, {"Tiny-Q8_0.gguf": b"GGUF"}, commit=commit)
    with pytest.raises(NotOnHub, match="does not have this file"):
        hub.text(repository, text_file(repository))


def test_the_text_shown_is_the_one_of_the_commit_even_where_the_repository_moved_on(
    fake_hub: FakeHub, hub: Hub
) -> None:
    add(fake_hub)
    repository = hub.repository(NAME)
    fake_hub.replace(NAME, {**FILES, "LICENSE": b"Pay me.\n"})
    assert hub.text(repository, text_file(repository)) == "Be good.\n"
    fake_hub.replace(NAME, {**FILES, "LICENSE": b"Pay me.\n"}, keeps_history=False)
    with pytest.raises(NotOnHub, match="version"):
        hub.text(repository, text_file(repository))


@pytest.mark.parametrize("target", ["https://evil.example/x", "http://127.0.0.2/x", LOOP])
def test_a_redirect_that_leads_away_is_not_followed(target: str, fake_hub: FakeHub, hub: Hub) -> None:
    add(fake_hub)
    repository = hub.repository(NAME)
    fake_hub.calls.clear()
    path = f"/{NAME}/resolve/{repository.commit}/LICENSE"
    fake_hub.trouble.sends_on[path] = target
    with pytest.raises(Untrustworthy):
        hub.text(repository, text_file(repository))
    assert set(fake_hub.lines) == {f"GET hub {path}"}
    assert len(fake_hub.lines) <= 6


def test_an_address_quotes_what_a_path_may_hold(fake_hub: FakeHub, hub: Hub) -> None:
    address = hub.address(NAME, "a" * 40, "Q4 #1/Tiny é-Q4_K_M.gguf")
    assert address == f"{fake_hub.url}/{NAME}/resolve/{'a' * 40}/Q4%20%231/Tiny%20%C3%A9-Q4_K_M.gguf"
    with pytest.raises(Untrustworthy):
        hub.address(NAME, "a" * 40, "../x.gguf")


# Trouble


CALLS: dict[str, Callable[[Hub], object]] = {
    "search": lambda hub: hub.search("tiny"),
    "repository": lambda hub: hub.repository(NAME),
}
each_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())


@each_call
def test_a_hub_that_asks_to_wait_is_not_asked_again(call: Callable[[Hub], object], fake_hub: FakeHub, hub: Hub) -> None:
    add(fake_hub)
    fake_hub.trouble.statuses = [429, 429]
    fake_hub.trouble.retry_after = "600"
    with pytest.raises(HubBusy) as raised:
        call(hub)
    assert raised.value.next_step == "Try again in 10 minutes."
    assert len(fake_hub.calls) == 1


@pytest.mark.parametrize("asked", ["", "soon", "-5", "9" * 9, "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_time_to_wait_that_is_none_is_a_few_minutes(asked: str, fake_hub: FakeHub, hub: Hub) -> None:
    fake_hub.trouble.statuses = [429]
    fake_hub.trouble.retry_after = asked
    with pytest.raises(HubBusy) as raised:
        hub.repository(NAME)
    assert raised.value.next_step == "Try again in a few minutes."


@each_call
@pytest.mark.parametrize("statuses", [[500], [503], [0]], ids=["500", "503", "cut"])
def test_passing_trouble_is_tried_again_once(
    statuses: list[int], call: Callable[[Hub], object], fake_hub: FakeHub, hub: Hub
) -> None:
    add(fake_hub)
    fake_hub.trouble.statuses = list(statuses)
    assert call(hub)
    assert [call.status for call in fake_hub.calls] == [*statuses, 200]


@each_call
@pytest.mark.parametrize(("status", "fault"), [(500, HubBusy), (502, HubBusy), (0, Unreachable)])
def test_lasting_trouble_is_told_after_two_tries(
    status: int, fault: type[HubFault], call: Callable[[Hub], object], fake_hub: FakeHub, hub: Hub
) -> None:
    add(fake_hub)
    fake_hub.trouble.statuses = [status] * 9
    with pytest.raises(fault):
        call(hub)
    assert len(fake_hub.calls) == 2


# Without a network


def unreachable(fake: FakeHub, profile: Profile) -> None:
    fake.trouble.statuses = [0] * 9


def busy(fake: FakeHub, profile: Profile) -> None:
    fake.trouble.statuses = [429] * 9


def never(fake: FakeHub, profile: Profile) -> None:
    profile.consent = "never"


each_absence = pytest.mark.parametrize("absence", [unreachable, busy, never])


@each_absence
def test_what_was_answered_before_is_there_without_the_hub(
    absence: Callable[[FakeHub, Profile], None], fake_hub: FakeHub, profile: Profile
) -> None:
    add(fake_hub)
    before, found = profile.hub.repository(NAME), profile.hub.search("tiny")
    absence(fake_hub, profile)
    again = profile.hub.repository(NAME)
    assert again.is_from_cache
    assert (again.commit, again.variants, again.texts) == (before.commit, before.variants, before.texts)
    searched = profile.hub.search("Tiny ")
    assert searched == tuple(replace(row, is_from_cache=True) for row in found) != ()


@each_absence
def test_what_was_never_answered_is_not_made_up(
    absence: Callable[[FakeHub, Profile], None], fake_hub: FakeHub, profile: Profile
) -> None:
    add(fake_hub)
    absence(fake_hub, profile)
    for call in CALLS.values():
        with pytest.raises((Unreachable, HubBusy, NetworkRefused)):
            call(profile.hub)


def test_the_person_is_asked_even_where_an_older_answer_is_there(fake_hub: FakeHub, profile: Profile) -> None:
    add(fake_hub)
    profile.hub.repository(NAME)
    profile.hub.search("tiny")
    fake_hub.calls.clear()
    profile.consent = "ask"
    for call, errand in zip(CALLS.values(), (Errand(SEARCH, "tiny"), Errand(DETAILS, NAME)), strict=True):
        with pytest.raises(ConsentNeeded) as raised:
            call(profile.hub)
        assert raised.value.errand == errand
        profile.gate.allow_once(errand)
        assert call(profile.hub)
        profile.gate.withdraw(errand)
    assert len(fake_hub.calls) == 2


@pytest.mark.parametrize("text", ["", "[", "[1]", "{}", "null", json.dumps({"commit": "x", "files": []})])
def test_a_damaged_memory_is_no_memory(text: str, fake_hub: FakeHub, profile: Profile) -> None:
    profile.answers.put(f"repository/{NAME}@main", text)
    profile.consent = "never"
    with pytest.raises(NetworkRefused):
        profile.hub.repository(NAME)


def test_a_memory_that_was_tampered_with_leads_nowhere(fake_hub: FakeHub, profile: Profile) -> None:
    add(fake_hub)
    profile.hub.repository(NAME)
    key = f"repository/{NAME}@main"
    kept = profile.answers.get(key)
    assert kept is not None
    profile.answers.put(key, kept.replace("Tiny-Q8_0.gguf", "../Tiny.gguf"))
    profile.consent = "never"
    with pytest.raises(NetworkRefused):
        profile.hub.repository(NAME)


def test_a_repository_that_is_gone_is_not_remembered_instead(fake_hub: FakeHub, profile: Profile) -> None:
    add(fake_hub)
    profile.hub.repository(NAME)
    del fake_hub.repositories[NAME]
    with pytest.raises(NotOnHub):
        profile.hub.repository(NAME)


# The token


def test_the_token_is_in_no_fault_no_memory_and_no_file(
    fake_hub: FakeHub, profile: Profile, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    profile.token = TOKEN
    add(fake_hub, is_private=True)
    troubles: list[Callable[[], None]] = [
        lambda: fake_hub.grant("another", NAME),
        lambda: setattr(fake_hub.trouble, "refuses_tokens", True),
        lambda: setattr(fake_hub.trouble, "statuses", [401, 403]),
        lambda: setattr(fake_hub.trouble, "statuses", [401, 0, 0]),
        lambda: setattr(fake_hub.trouble, "statuses", [401, 500, 500]),
    ]
    for begin in troubles:
        begin()
        with pytest.raises(HubFault) as raised:
            profile.hub.repository(NAME)
        fault = raised.value
        assert TOKEN not in f"{fault.message} {fault.next_step} {fault.detail} {fault!r} {fault.__cause__!r}"
    fake_hub.trouble.refuses_tokens = False
    fake_hub.grant(TOKEN, NAME)
    assert profile.hub.repository(NAME).variants
    assert TOKEN in {call.token for call in fake_hub.calls}
    assert TOKEN not in (profile.answers.get(f"repository/{NAME}@main") or "")
    assert TOKEN not in repr(profile.ledger.rows())
    assert TOKEN not in caplog.text
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
