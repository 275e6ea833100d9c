"""Licences: what is known of them by identifier, and honest words where nothing is."""

from __future__ import annotations

import pytest

from app.models.hub import licences

LLAMAS = ("llama2", "llama3", "llama3.1", "llama3.2", "llama3.3", "llama4")
FREE = ("apache-2.0", "mit", "bsd", "bsd-2-clause", "bsd-3-clause", "cc-by-4.0", "cc-by-sa-4.0")
LIMITED = ("gemma", "openrail", "openrail++", "bigscience-openrail-m", "cc-by-nc-4.0", "cc-by-nc-sa-4.0")


@pytest.mark.parametrize("identifier", LLAMAS)
def test_llama_licences_ask_for_acceptance_and_a_notice(identifier: str) -> None:
    found = licences.of(identifier)
    assert found.is_llama
    assert found.needs_acceptance
    assert found.title in found.notice.replace("LLAMA", "Llama")
    assert found.notice.endswith("Meta Platforms, Inc. All Rights Reserved.")
    assert found.policy_link.endswith("/use-policy/")
    assert found.policy_link != found.text_link


def test_the_notice_of_llama_is_word_for_word_the_licences_own() -> None:
    assert licences.of("llama3.1").notice == (
        "Llama 3.1 is licensed under the Llama 3.1 Community License, "
        "Copyright © Meta Platforms, Inc. All Rights Reserved."
    )
    assert licences.of("llama3").notice.startswith("Meta Llama 3 is licensed under the Meta Llama 3 Community License")


def test_each_llama_licence_has_a_page_and_a_notice_of_its_own() -> None:
    found = [licences.of(identifier) for identifier in LLAMAS]
    assert len({licence.text_link for licence in found}) == len(LLAMAS)
    assert len({licence.notice for licence in found}) == len(LLAMAS)
    assert licences.of("llama3.1").text_link == "https://www.llama.com/llama3_1/license/"


def test_products_built_on_llama_say_so() -> None:
    assert licences.BUILT_WITH_LLAMA in licences.of("llama3.3").summary
    assert licences.BUILT_WITH_LLAMA not in licences.of("llama2").summary


@pytest.mark.parametrize("identifier", FREE)
def test_free_licences_ask_for_nothing(identifier: str) -> None:
    found = licences.of(identifier)
    assert found.is_known
    assert not found.needs_acceptance
    assert not found.notice


@pytest.mark.parametrize("identifier", LIMITED)
def test_licences_with_limits_are_to_be_accepted(identifier: str) -> None:
    found = licences.of(identifier)
    assert found.is_known
    assert found.needs_acceptance
    assert not found.is_llama


def test_the_conditions_of_creative_commons_are_told_apart() -> None:
    assert "commercial" in licences.of("cc-by-nc-sa-4.0").summary
    assert "same licence" in licences.of("cc-by-nc-sa-4.0").summary
    assert "commercial" not in licences.of("cc-by-sa-4.0").summary
    assert "Changed versions must not" in licences.of("cc-by-nd-4.0").summary
    assert licences.of("cc-by-nc-sa-3.0").title == "Creative Commons BY-NC-SA 3.0"
    assert licences.of("cc-by-nc-sa-3.0").text_link == "https://creativecommons.org/licenses/by-nc-sa/3.0/"


@pytest.mark.parametrize(
    ("identifier", "name", "title"),
    [("other", "tongyi-qianwen", "tongyi-qianwen"), ("some-eula", "", "some-eula"), ("llama9", "", "llama9")],
)
def test_a_licence_that_is_not_known_is_called_by_its_name(identifier: str, name: str, title: str) -> None:
    found = licences.of(identifier, name)
    assert found.title == title
    assert found.needs_acceptance
    assert not found.is_known
    assert "does not know" in found.summary


@pytest.mark.parametrize("identifier", ["", "other", "unknown", " "])
def test_no_licence_is_told_as_none(identifier: str) -> None:
    found = licences.of(identifier)
    assert found.needs_acceptance
    assert "names no licence" in found.summary


@pytest.mark.parametrize(("name", "identifier"), [("llama3.1", "llama3.1"), ("Llama-3.2-Community", "llama3.2")])
def test_a_card_that_says_other_and_names_llama_means_llama(name: str, identifier: str) -> None:
    assert licences.of("other", name).identifier == identifier


def test_case_and_blanks_do_not_matter() -> None:
    assert licences.of(" Apache-2.0 ") == licences.of("apache-2.0")


@pytest.mark.parametrize("identifier", [*LLAMAS, *FREE, *LIMITED, "", "other", "mystery"])
def test_every_licence_is_told_in_sentences(identifier: str) -> None:
    found = licences.of(identifier)
    assert found.title
    assert found.summary.endswith(".")
    assert len(found.summary) < 330
    assert all(link == "" or link.startswith("https://") for link in (found.text_link, found.policy_link))
