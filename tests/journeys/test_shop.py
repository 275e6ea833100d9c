"""What each step of getting a model asks of the hub, to the last request, and on whose word."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import AccessNeeded, DiskFull, NetworkRefused, NotOnHub, Unreachable
from app.journeys.shop import Terms
from app.models.fetch import queued
from app.models.shelf import manifest
from app.net.gate import ConsentNeeded
from app.net.policy import AdminPolicy, Consent
from app.settings import CONSENT
from tests.fakehub import FakeHub
from tests.journeys.opened import Open, Opened
from tests.models import forge

REPOSITORY = "acme/Tiny-Llama-GGUF"
FILE, OTHER_FILE = "Tiny-Llama-Q4_K_M.gguf", "Tiny-Llama-Q8_0.gguf"
LICENCE, POLICY = b"You may use this model.\n", b"Do no harm.\n"
TOKEN = "hf_theTokenOfThisTest"
TEMPLATE = {"tokenizer.chat_template": "{{ messages }}"}
ABOUT = f"GET hub /api/models/{REPOSITORY}"
SLOW_BYTES_PER_S = 200e3


@pytest.fixture
def weights(tmp_path: Path) -> bytes:
    return forge.llama(tmp_path / FILE, keys=TEMPLATE).read_bytes()


@pytest.fixture
def other_weights(tmp_path: Path) -> bytes:
    return forge.llama(tmp_path / OTHER_FILE, keys=TEMPLATE, quantisation="Q8_0").read_bytes()


@pytest.fixture
def commit(fake_hub: FakeHub, weights: bytes, other_weights: bytes) -> str:
    """Of a repository with two models and Meta's licence."""
    files = {FILE: weights, OTHER_FILE: other_weights, "LICENSE": LICENCE, "USE_POLICY.md": POLICY}
    return fake_hub.add(REPOSITORY, files, licence="llama3.1", base_model="acme/Tiny-Llama", downloads=12)


@pytest.fixture
def opened(profile: Open) -> Iterator[Opened]:
    with profile() as made:
        yield made
        assert made.written() == made.hub.lines, "the ledger has every request that was made, and no other"


def file_at(commit: str, name: str, repository: str = REPOSITORY) -> str:
    return f"GET hub /{repository}/resolve/{commit}/{name}"


def bytes_of(content: bytes) -> str:
    return f"GET cdn /cdn/{hashlib.sha256(content).hexdigest()}"


def terms_at(commit: str) -> list[str]:
    return [ABOUT, file_at(commit, "LICENSE"), file_at(commit, "USE_POLICY.md")]


def allowed(opened: Opened, consent: Consent) -> Opened:
    opened.core.settings.set(CONSENT, consent)
    return opened


def terms_of(opened: Opened, quantisation: str = "Q4_K_M") -> Terms:
    return opened.person.lets(lambda: opened.shop.terms(REPOSITORY, quantisation))


# Looking.


@pytest.mark.model
def test_the_catalogue_is_judged_without_a_request(opened: Opened) -> None:
    offered = opened.shop.offered()
    assert offered.recommended
    assert set(offered.recommended) <= set(offered.offers)
    assert opened.hub.lines == []


def test_a_search_asks_the_person_and_then_the_hub_once(opened: Opened, commit: str) -> None:
    with pytest.raises(ConsentNeeded):
        opened.shop.search("tiny")
    assert opened.hub.lines == []
    (found,) = opened.person.lets(lambda: opened.shop.search("tiny"))
    assert (found.repository, found.licence, found.downloads) == (REPOSITORY, "llama3.1", 12)
    assert opened.person.asked == ["search tiny"]
    assert opened.hub.lines == ["GET hub /api/models"]


def test_allowed_once_is_over_with_the_search_however_it_ends(opened: Opened, commit: str) -> None:
    opened.person.lets(lambda: opened.shop.search("tiny"))
    with pytest.raises(ConsentNeeded):
        opened.shop.search("tiny")
    opened.hub.trouble.statuses = [0, 0]
    with pytest.raises(Unreachable):
        opened.person.lets(lambda: opened.shop.search("llama"))
    with pytest.raises(ConsentNeeded):
        opened.shop.search("llama")
    assert opened.hub.lines == 3 * ["GET hub /api/models"], "a broken connection is tried once more"


@pytest.mark.model
def test_a_listing_is_one_request_and_judges_every_model_in_it(opened: Opened, commit: str) -> None:
    listing = opened.person.lets(lambda: opened.shop.listing(REPOSITORY))
    assert [variant.quantisation for variant in listing.repository.variants] == ["Q4_K_M", "Q8_0"]
    assert [choice and choice.variant for choice in listing.choices] == [FILE[:-5], OTHER_FILE[:-5]]
    assert opened.person.asked == [f"details {REPOSITORY}"]
    assert opened.hub.lines == [ABOUT]
    opened.hub.trouble.statuses = [404]
    with pytest.raises(NotOnHub):
        opened.person.lets(lambda: opened.shop.listing(REPOSITORY))
    with pytest.raises(ConsentNeeded):
        opened.shop.listing(REPOSITORY)


# Terms.


def test_terms_are_read_from_the_repository_before_any_weights(opened: Opened, commit: str) -> None:
    terms = terms_of(opened)
    assert opened.person.asked == [f"download {REPOSITORY}"], "one question, for all of the errand"
    assert opened.hub.lines == terms_at(commit)
    assert [text.name for text in terms.texts] == ["LICENSE", "USE_POLICY.md"]
    assert [text.content for text in terms.texts[:2]] == [LICENCE.decode(), POLICY.decode()]
    assert [name for name, _content in terms.beside] == ["LICENSE", "USE_POLICY.md", "NOTICE"]
    assert "Llama 3.1 is licensed under" in terms.beside[2][1]
    assert terms.licence.needs_acceptance
    assert not terms.is_accepted
    assert terms.free_bytes > 0
    opened.shop.decline(REPOSITORY)
    with pytest.raises(ConsentNeeded):
        opened.shop.terms(REPOSITORY, "Q4_K_M")
    assert opened.hub.lines == terms_at(commit)


def test_a_licence_that_stands_in_the_models_card_is_shown_and_kept_like_one_of_its_own_file(
    opened: Opened, weights: bytes
) -> None:
    """As most repositories of quantised Llama models have it."""
    opened.hub.add(
        "acme/carded-gguf", {FILE: weights}, licence="llama3.1", card_terms="### LICENSE\n\nDo.\u202e\x1b[2J"
    )
    terms = opened.person.lets(lambda: opened.shop.terms("acme/carded-gguf", "Q4_K_M"))
    assert [(text.name, text.content) for text in terms.texts] == [("LICENSE.md", "### LICENSE\n\nDo.[2J")]
    assert [name for name, _content in terms.beside] == ["LICENSE.md", "NOTICE"]
    assert opened.hub.lines == ["GET hub /api/models/acme/carded-gguf"], "it came with the list of files"


def test_where_a_repository_has_no_licence_none_is_made_up(opened: Opened, weights: bytes) -> None:
    opened.hub.add("acme/bare-gguf", {FILE: weights}, licence="llama3.1")
    terms = opened.person.lets(lambda: opened.shop.terms("acme/bare-gguf", "Q4_K_M"))
    assert terms.texts == ()
    assert [name for name, _content in terms.beside] == ["NOTICE"]
    assert not terms.is_accepted


def test_terms_that_could_not_be_read_take_the_leave_back(opened: Opened, commit: str) -> None:
    opened.hub.trouble.statuses = [0, 0]
    with pytest.raises(Unreachable):
        terms_of(opened)
    with pytest.raises(ConsentNeeded):
        opened.shop.terms(REPOSITORY, "Q4_K_M")
    assert opened.hub.lines == 2 * [ABOUT]


def test_terms_once_accepted_are_shown_again_when_their_texts_change(
    opened: Opened, commit: str, weights: bytes
) -> None:
    allowed(opened, "models")
    opened.shop.order(opened.shop.terms(REPOSITORY, "Q4_K_M"))
    opened.until_still()
    assert opened.shop.terms(REPOSITORY, "Q4_K_M").is_accepted
    opened.hub.replace(REPOSITORY, {FILE: weights, "LICENSE": LICENCE + b"But not on Sundays.\n"})
    assert not opened.shop.terms(REPOSITORY, "Q4_K_M").is_accepted


def test_a_notice_of_the_repository_is_kept_instead_of_the_usual_one(opened: Opened, weights: bytes) -> None:
    opened.hub.add(REPOSITORY, {FILE: weights, "Notice.txt": b"Ours.\n"}, licence="llama3.1")
    assert [text.content for text in terms_of(opened).texts] == ["Ours.\n"]


def test_a_quantisation_that_is_not_there_is_a_sentence(opened: Opened, commit: str) -> None:
    with pytest.raises(NotOnHub, match="does not have this file"):
        terms_of(opened, "Q2_K")
    with pytest.raises(ConsentNeeded):
        opened.shop.terms(REPOSITORY, "Q2_K")


# Fetching.


def test_a_download_asks_for_what_was_accepted_and_keeps_the_licence_beside_it(
    opened: Opened, commit: str, weights: bytes
) -> None:
    terms = terms_of(opened)
    opened.shop.order(terms)
    opened.until_still()
    assert opened.person.asked == [f"download {REPOSITORY}"]
    assert opened.hub.lines == [*terms_at(commit), file_at(commit, FILE), bytes_of(weights)]
    (arrival,) = opened.arrivals
    home = manifest.home_of(opened.core.places.models, REPOSITORY, FILE[:-5], commit)
    assert arrival.path == home / FILE
    assert arrival.path.read_bytes() == weights
    assert (home / "LICENSE").read_bytes() == LICENCE
    assert (home / "USE_POLICY.md").read_bytes() == POLICY
    assert (home / "NOTICE").read_text("utf-8") == terms.licence.notice + "\n"
    known = manifest.read(home)
    assert (known.repository, known.commit, known.licence) == (REPOSITORY, commit, "llama3.1")
    assert known.texts == ("LICENSE", "USE_POLICY.md", "NOTICE")
    with pytest.raises(ConsentNeeded):
        opened.shop.terms(REPOSITORY, "Q8_0")


def test_a_model_in_parts_is_one_download_and_two_requests_for_each_part(opened: Opened, tmp_path: Path) -> None:
    first = forge.llama(tmp_path / "Big-Q4_K_M.gguf", keys=TEMPLATE, parts=3)
    parts = {path.name: path.read_bytes() for path in sorted(first.parent.glob("Big-Q4_K_M-*.gguf"))}
    commit = opened.hub.add(REPOSITORY, parts, licence="apache-2.0")
    download = opened.fetched(REPOSITORY, "Q4_K_M")
    assert (download.state, download.total_bytes) == ("done", sum(map(len, parts.values())))
    asked = [line for name, part in parts.items() for line in (file_at(commit, name), bytes_of(part))]
    assert opened.hub.lines == [ABOUT, *asked]
    (arrival,) = opened.arrivals
    assert {path.name: path.read_bytes() for path in arrival.path.parent.glob("*.gguf")} == parts


def test_a_model_that_is_here_already_is_not_asked_for_again(opened: Opened, commit: str) -> None:
    opened.fetched(REPOSITORY, "Q4_K_M")
    asked = opened.hub.lines
    opened.shop.order(terms_of(opened))
    opened.until_still()
    assert opened.hub.lines == [*asked, *terms_at(commit)]
    with pytest.raises(ConsentNeeded):
        opened.shop.terms(REPOSITORY, "Q4_K_M")


def test_an_order_that_there_is_no_room_for_takes_the_leave_back(
    opened: Opened, commit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    terms = terms_of(opened)
    monkeypatch.setattr(queued, "SPARE_SHARE", 1e15)
    with pytest.raises(DiskFull):
        opened.shop.order(terms)
    with pytest.raises(ConsentNeeded):
        opened.shop.terms(REPOSITORY, "Q4_K_M")
    assert opened.hub.lines == terms_at(commit)


# Leave for a download: until it is over, and no longer.


def test_a_paused_download_goes_on_without_another_question(opened: Opened, commit: str, weights: bytes) -> None:
    opened.hub.trouble.slow_bytes_per_s = SLOW_BYTES_PER_S
    id_ = opened.shop.order(terms_of(opened))
    opened.until(lambda: opened.download(id_).done_bytes > 0)
    opened.shop.downloads.pause(id_)
    opened.until_still()
    opened.hub.trouble.slow_bytes_per_s = 0
    opened.shop.go_on(id_)
    opened.until_still()
    assert opened.download(id_).state == "done"
    assert opened.person.asked == [f"download {REPOSITORY}"]
    once = [file_at(commit, FILE), bytes_of(weights)]
    assert opened.hub.lines == [*terms_at(commit), *once, *once]


def test_never_holds_what_is_being_fetched(opened: Opened, commit: str) -> None:
    opened.hub.trouble.slow_bytes_per_s = SLOW_BYTES_PER_S
    id_ = opened.shop.order(terms_of(opened))
    opened.until(lambda: opened.download(id_).done_bytes > 0)
    opened.core.set_consent("never")
    opened.until_still()
    assert opened.download(id_).state == "paused"
    asked = opened.hub.lines
    with pytest.raises(NetworkRefused):
        opened.shop.go_on(id_)
    assert opened.hub.lines == asked


def test_a_cancelled_download_gives_its_leave_back(opened: Opened, commit: str) -> None:
    opened.hub.trouble.slow_bytes_per_s = SLOW_BYTES_PER_S
    id_ = opened.shop.order(terms_of(opened))
    opened.until(lambda: opened.download(id_).done_bytes > 0)
    opened.shop.downloads.cancel(id_)
    opened.until_still()
    assert opened.shop.downloads.snapshot() == ()
    with pytest.raises(ConsentNeeded):
        opened.shop.terms(REPOSITORY, "Q4_K_M")
    assert not list(opened.core.places.models.rglob("*.gguf*"))


def test_a_download_that_failed_gives_its_leave_back_and_is_asked_about_before_it_is_tried_again(
    opened: Opened, commit: str, weights: bytes
) -> None:
    opened.hub.trouble.corrupt_at = 1_000
    id_ = opened.shop.order(terms_of(opened))
    opened.until_still()
    assert opened.download(id_).state == "failed"
    assert "checksum" in opened.download(id_).message
    assert opened.arrivals == []
    with pytest.raises(ConsentNeeded):
        opened.shop.go_on(id_)
    opened.hub.trouble.corrupt_at = None
    opened.person.lets(lambda: opened.shop.go_on(id_))
    opened.until_still()
    assert opened.arrivals[0].path.read_bytes() == weights
    once = [file_at(commit, FILE), bytes_of(weights)]
    assert opened.hub.lines == [*terms_at(commit), *once, *once]


def test_leave_does_not_outlive_a_bug_of_ours(opened: Opened, commit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError

    terms = terms_of(opened)
    monkeypatch.setattr(opened.shop.downloads, "add", fail)
    with pytest.raises(RuntimeError):
        opened.shop.order(terms)
    monkeypatch.setattr(opened.shop, "_read_terms", fail)
    with pytest.raises(RuntimeError):
        terms_of(opened)
    with pytest.raises(ConsentNeeded):
        opened.shop.terms(REPOSITORY, "Q4_K_M")
    assert opened.person.asked == [f"download {REPOSITORY}"] * 2


def test_declining_another_size_does_not_stop_the_one_that_is_on_its_way(
    opened: Opened, commit: str, weights: bytes
) -> None:
    opened.hub.trouble.slow_bytes_per_s = SLOW_BYTES_PER_S
    opened.hub.trouble.cut_after, opened.hub.trouble.cuts = 30_000, 2
    id_ = opened.shop.order(terms_of(opened))
    opened.until(lambda: opened.download(id_).done_bytes > 0)
    opened.shop.terms(REPOSITORY, "Q8_0")
    opened.shop.decline(REPOSITORY)
    opened.hub.trouble.slow_bytes_per_s = 0
    opened.until_still()
    assert opened.download(id_).state == "done", "after a cut it may ask again"
    with pytest.raises(ConsentNeeded):
        opened.shop.terms(REPOSITORY, "Q8_0")
    assert opened.person.asked == [f"download {REPOSITORY}"]


def test_after_a_restart_nothing_goes_on_before_the_person_says_so(
    profile: Open, fake_hub: FakeHub, commit: str, weights: bytes
) -> None:
    fake_hub.trouble.slow_bytes_per_s = SLOW_BYTES_PER_S
    with profile() as first:
        id_ = first.shop.order(terms_of(first))
        first.until(lambda: first.download(id_).done_bytes > 0)
    before = fake_hub.lines
    fake_hub.trouble.slow_bytes_per_s = 0
    with profile() as again:
        again.shop.downloads.start()
        again.until_still()
        download = again.download(id_)
        assert download.state == "paused"
        assert 0 < download.done_bytes < len(weights)
        with pytest.raises(ConsentNeeded):
            again.shop.go_on(id_)
        assert fake_hub.lines == before
        again.person.lets(lambda: again.shop.go_on(id_))
        again.until_still()
        assert again.download(id_).state == "done"
        assert again.arrivals[0].path.read_bytes() == weights
        assert again.person.asked == [f"download {REPOSITORY}"]
        assert fake_hub.lines == [*before, file_at(commit, FILE), bytes_of(weights)]
        assert fake_hub.calls[-1].headers["range"].startswith("bytes=")
        with pytest.raises(ConsentNeeded):
            again.shop.terms(REPOSITORY, "Q4_K_M")
        assert again.written() == fake_hub.lines


def test_a_download_left_over_from_before_keeps_no_leave_open(profile: Open, fake_hub: FakeHub, commit: str) -> None:
    fake_hub.trouble.slow_bytes_per_s = SLOW_BYTES_PER_S
    with profile() as first:
        id_ = first.shop.order(terms_of(first))
        first.until(lambda: first.download(id_).done_bytes > 0)
    with profile() as again:
        terms_of(again, "Q8_0")
        again.shop.decline(REPOSITORY)
        with pytest.raises(ConsentNeeded):
            again.shop.go_on(id_)


# Standing answers.


def test_allowed_for_models_nothing_is_asked_and_what_was_cut_short_goes_on_by_itself(
    profile: Open, fake_hub: FakeHub, commit: str, weights: bytes
) -> None:
    fake_hub.trouble.slow_bytes_per_s = SLOW_BYTES_PER_S
    with profile() as first:
        allowed(first, "models").shop.search("tiny")
        id_ = first.shop.order(first.shop.terms(REPOSITORY, "Q4_K_M"))
        first.until(lambda: first.download(id_).done_bytes > 0)
    fake_hub.trouble.slow_bytes_per_s = 0
    with profile() as again:
        again.shop.downloads.start()
        again.until_still()
        assert again.download(id_).state == "done"
        once = [file_at(commit, FILE), bytes_of(weights)]
        assert fake_hub.lines == ["GET hub /api/models", *terms_at(commit), *once, *once]
        assert again.written() == fake_hub.lines


def test_never_refuses_what_was_allowed_before_and_stops_a_download(opened: Opened, commit: str) -> None:
    opened.hub.trouble.slow_bytes_per_s = SLOW_BYTES_PER_S
    opened.hub.trouble.cut_after = 30_000
    id_ = opened.shop.order(terms_of(opened))
    opened.until(lambda: opened.download(id_).done_bytes > 0)
    allowed(opened, "never")
    opened.until_still()
    download = opened.download(id_)
    assert download.state == "paused"
    assert "offline" in download.message
    asked = opened.hub.lines
    for work in (
        lambda: opened.shop.search("tiny"),
        lambda: opened.shop.terms(REPOSITORY, "Q8_0"),
        lambda: opened.shop.go_on(id_),
    ):
        with pytest.raises(NetworkRefused, match="offline") as refused:
            work()
        assert not isinstance(refused.value, ConsentNeeded)
    assert opened.hub.lines == asked


@pytest.mark.model
def test_offline_the_last_answers_are_shown_as_what_they_are(opened: Opened, commit: str) -> None:
    found = opened.person.lets(lambda: opened.shop.search("tiny"))
    opened.person.lets(lambda: opened.shop.listing(REPOSITORY))
    allowed(opened, "never")
    assert opened.shop.search("tiny") == tuple(replace(row, is_from_cache=True) for row in found)
    assert opened.shop.listing(REPOSITORY).repository.is_from_cache
    assert opened.hub.lines == ["GET hub /api/models", ABOUT]


def test_an_administrators_never_stands_above_the_persons_word(profile: Open, fake_hub: FakeHub, commit: str) -> None:
    with profile(admin=AdminPolicy(is_never=True)) as opened:
        allowed(opened, "models")
        assert opened.core.gate.is_fixed_by_admin
        with pytest.raises(NetworkRefused, match="administrator"):
            opened.shop.terms(REPOSITORY, "Q4_K_M")
        opened.shop.downloads.start()
    assert fake_hub.lines == []


# Gated repositories.


def gated(opened: Opened, weights: bytes) -> str:
    return opened.hub.add(REPOSITORY, {FILE: weights, "LICENSE": LICENCE}, gated="manual", licence="llama3.1")


def test_without_a_token_a_gated_model_is_explained_after_one_request(opened: Opened, weights: bytes) -> None:
    gated(opened, weights)
    with pytest.raises(AccessNeeded, match="agreed to conditions") as refused:
        terms_of(opened)
    assert "access token" in refused.value.next_step
    assert opened.hub.lines == [ABOUT]
    with pytest.raises(ConsentNeeded):
        opened.shop.terms(REPOSITORY, "Q4_K_M")


def test_with_a_token_the_hub_alone_is_told_it_and_only_where_it_must_be(opened: Opened, weights: bytes) -> None:
    commit = gated(opened, weights)
    opened.core.token.give(TOKEN)
    opened.hub.grant(TOKEN, REPOSITORY)
    assert opened.fetched(REPOSITORY, "Q4_K_M").state == "done"
    assert [(call.line, call.token) for call in opened.hub.calls] == [
        (ABOUT, ""),
        (file_at(commit, "LICENSE"), TOKEN),
        (file_at(commit, FILE), TOKEN),
        (bytes_of(weights), ""),
    ]


def test_a_token_that_was_not_let_in_is_told_before_any_weights(opened: Opened, weights: bytes) -> None:
    commit = gated(opened, weights)
    opened.core.token.give(TOKEN)
    with pytest.raises(AccessNeeded, match="has not let you in"):
        terms_of(opened)
    assert opened.hub.lines == [ABOUT, file_at(commit, "LICENSE")]


def test_access_that_was_taken_away_holds_the_download_until_it_is_given_back(opened: Opened, weights: bytes) -> None:
    gated(opened, weights)
    opened.core.token.give(TOKEN)
    opened.hub.grant(TOKEN, REPOSITORY)
    terms = terms_of(opened)
    opened.hub.granted.clear()
    id_ = opened.shop.order(terms)
    opened.until_still()
    assert (opened.download(id_).state, opened.download(id_).need) == ("paused", "access")
    opened.hub.grant(TOKEN, REPOSITORY)
    opened.shop.go_on(id_)
    opened.until_still()
    assert opened.download(id_).state == "done"


# The catalogue's other sources.

FIRST, SECOND = "bartowski/Meta-Llama-3.1-8B-Instruct-GGUF", "lmstudio-community/Meta-Llama-3.1-8B-Instruct-GGUF"
OF_CATALOGUE = "Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf"


def test_a_source_that_is_gone_gives_way_to_the_next_which_is_asked_about(opened: Opened, weights: bytes) -> None:
    opened.hub.add(SECOND, {OF_CATALOGUE: weights}, licence="llama3.1")
    terms = opened.person.lets(lambda: opened.shop.terms(FIRST, "Q4_K_M"))
    assert terms.repository.name == SECOND
    assert terms.title == "Llama 3.1 8B Instruct · Q4_K_M"
    assert opened.person.asked == [f"download {FIRST}", f"download {SECOND}"]
    assert opened.hub.lines == [f"GET hub /api/models/{FIRST}", f"GET hub /api/models/{SECOND}"]
    opened.shop.order(terms)
    opened.until_still()
    assert opened.arrivals[0].download.order.repository == SECOND
    for name in (FIRST, SECOND):
        with pytest.raises(ConsentNeeded):
            opened.shop.terms(name, "Q4_K_M")


def test_a_source_without_this_size_gives_way_too(opened: Opened, weights: bytes) -> None:
    allowed(opened, "models")
    opened.hub.add(FIRST, {"Meta-Llama-3.1-8B-Instruct-Q8_0.gguf": weights}, licence="llama3.1")
    opened.hub.add(SECOND, {OF_CATALOGUE: weights}, licence="llama3.1")
    assert opened.shop.terms(FIRST, "Q4_K_M").repository.name == SECOND
    assert opened.shop.terms(FIRST, "Q8_0").repository.name == FIRST


def test_when_no_source_has_it_the_person_is_told_and_may_try_again(opened: Opened, weights: bytes) -> None:
    with pytest.raises(NotOnHub):
        opened.person.lets(lambda: opened.shop.terms(FIRST, "Q4_K_M"))
    assert opened.person.asked == [f"download {FIRST}", f"download {SECOND}"]
    opened.hub.add(FIRST, {OF_CATALOGUE: weights}, licence="llama3.1")
    assert opened.person.lets(lambda: opened.shop.terms(FIRST, "Q4_K_M")).repository.name == FIRST


def test_who_names_a_file_means_that_repository(opened: Opened, weights: bytes) -> None:
    opened.hub.add(SECOND, {OF_CATALOGUE: weights}, licence="llama3.1")
    with pytest.raises(NotOnHub):
        opened.person.lets(lambda: opened.shop.terms(FIRST, "Q4_K_M", OF_CATALOGUE[:-5]))
    assert opened.hub.lines == [f"GET hub /api/models/{FIRST}"]
