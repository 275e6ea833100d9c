"""Who may decide that something leaves this machine, and for how long."""

from __future__ import annotations

from typing import cast

import pytest

from app.errors import NetworkRefused
from app.net.gate import ConsentNeeded, Errand, Gate
from app.net.policy import DETAILS, DOWNLOAD, PURPOSES, SEARCH, TERMS, AdminPolicy, Consent, Purpose
from tests.net.conftest import gate

pytestmark = pytest.mark.trust
SOME = Errand(SEARCH, "llama")


def test_ask_means_that_the_person_is_asked_for_what_and_by_whom() -> None:
    with pytest.raises(ConsentNeeded, match=r"ask huggingface\.co for models that match your search") as raised:
        gate("ask").require(SOME)
    assert raised.value.errand == SOME
    assert raised.value.host == "huggingface.co"


def test_models_lets_every_declared_purpose_through() -> None:
    for purpose in PURPOSES:
        gate("models").require(Errand(purpose, "owner/name"))


def test_what_is_not_declared_is_refused_whatever_the_person_allowed() -> None:
    undeclared = Errand(Purpose("usage", "for nothing"), "")
    allowing = gate("models")
    allowing.allow_once(undeclared)
    with pytest.raises(NetworkRefused):
        allowing.require(undeclared)


def test_never_outweighs_leave_for_an_errand() -> None:
    never = gate("never")
    never.allow_once(SOME)
    with pytest.raises(NetworkRefused, match="in the settings") as raised:
        never.require(SOME)
    assert not isinstance(raised.value, ConsentNeeded)


def test_the_administrators_never_outweighs_the_persons_yes() -> None:
    fixed = gate("models", is_never=True)
    fixed.allow_once(SOME)
    assert fixed.is_fixed_by_admin
    assert fixed.consent == "never"
    with pytest.raises(NetworkRefused, match="administrator"):
        fixed.require(SOME)


def test_a_policy_that_could_not_be_followed_is_told() -> None:
    admin = AdminPolicy(is_never=True, problem="The policy is odd.")
    with pytest.raises(NetworkRefused, match="The policy is odd"):
        Gate(admin, lambda: "models").require(SOME)


def test_a_word_that_is_not_known_counts_as_never() -> None:
    assert Gate(AdminPolicy(), lambda: cast(Consent, "always")).consent == "never"


def test_a_changed_mind_counts_at_once() -> None:
    words: list[Consent] = ["models"]
    changing = Gate(AdminPolicy(), lambda: words[-1])
    changing.require(SOME)
    words.append("never")
    with pytest.raises(NetworkRefused):
        changing.require(SOME)


def test_once_lasts_until_it_is_withdrawn() -> None:
    asking = gate("ask")
    asking.allow_once(SOME)
    asking.require(SOME)
    asking.require(SOME)
    asking.withdraw(SOME)
    with pytest.raises(ConsentNeeded):
        asking.require(SOME)


def test_leave_is_for_one_errand_only() -> None:
    asking = gate("ask")
    asking.allow_once(SOME)
    for other in (Errand(SEARCH, "gemma"), Errand(DOWNLOAD, "llama"), Errand(DETAILS, "llama")):
        with pytest.raises(ConsentNeeded):
            asking.require(other)


def test_a_download_covers_the_details_and_terms_of_its_own_repository() -> None:
    asking = gate("ask")
    asking.allow_once(Errand(DOWNLOAD, "owner/name"))
    for purpose in (DOWNLOAD, DETAILS, TERMS):
        asking.require(Errand(purpose, "owner/name"))
        with pytest.raises(ConsentNeeded):
            asking.require(Errand(purpose, "owner/other"))
    with pytest.raises(ConsentNeeded):
        asking.require(Errand(SEARCH, "owner/name"))


def test_of_two_downloads_of_one_repository_the_first_to_end_leaves_the_other_its_leave() -> None:
    asking = gate("ask")
    download = Errand(DOWNLOAD, "owner/name")
    asking.allow_once(download)
    asking.allow_once(download)
    asking.withdraw(download)
    asking.require(download)
    asking.withdraw(download)
    with pytest.raises(ConsentNeeded):
        asking.require(download)


def test_withdrawing_what_was_not_allowed_does_not_eat_a_later_leave() -> None:
    asking = gate("ask")
    asking.withdraw(SOME)
    asking.allow_once(SOME)
    asking.require(SOME)
