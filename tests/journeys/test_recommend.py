"""What is recommended, on computers from a netbook to a server, and how repositories from a search are judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.engine.planning import planner
from app.engine.planning.forecast import Forecast, forecast
from app.engine.planning.planner import Machine, Plan
from app.engine.protocol import LoadWish
from app.journeys.offers import Choice, Fit, Offer, Place
from app.journeys.recommend import (
    BEARABLE_TOKENS_PER_S,
    BRISK_TOKENS_PER_S,
    USABLE_TOKENS_PER_S,
    Foresee,
    Offers,
    best_of,
    recommended,
)
from app.models.header import Header
from app.models.hub import catalogue, variants
from app.models.hub.remote import RemoteFile, Repository, Variant, VariantKind
from app.models.reference import DEFAULT_QUANTISATION, LLAMA_8B, Shape, header_of
from tests.engine.planning.machines import MACHINES, apple, machine

CATALOGUE = catalogue.read()
COMPUTERS = {
    **MACHINES,
    "2 GB, no GPU": machine(2, 0.8, cores=2),
    "4 GB netbook": machine(4, 2.4, cores=2, instruction_sets=("avx",)),
    "512 GB server": machine(512, 500, cores=64),
    "512 GB Apple": apple(512, "Apple M3 Ultra"),
}


def foresee_on(computer: Machine) -> Foresee:
    def foresee(model: Header, size_bytes: int) -> tuple[Machine, Plan, Forecast] | None:
        plan = planner.plan(model, computer, LoadWish(Path()), size_bytes=size_bytes)
        return None if plan is None else (computer, plan, forecast(model, plan, computer))

    return foresee


def offers_on(name: str) -> Offers:
    return Offers(CATALOGUE, foresee_on(COMPUTERS[name]))


def best(offer: Offer) -> Choice:
    return offer.choices[offer.best]


def repository(name: str, *variants: Variant, base_model: str = "", parameters: int = 0) -> Repository:
    return Repository(
        name, "0" * 40, "llama3.1", "", base_model, False, "2026-01-01", variants, (), "llama", parameters
    )


def variant(quantisation: str, size_bytes: int, kind: VariantKind = "model") -> Variant:
    return Variant(f"m-{quantisation}", quantisation, (RemoteFile("m.gguf", size_bytes, "0" * 64),), kind)


RECOMMENDED = {
    "2 GB, no GPU": ["llama-3.2-1b-instruct Q4_K_M"],
    "4 GB netbook": ["llama-3.2-1b-instruct Q4_K_M"],
    "8 GB laptop": ["llama-3.2-3b-instruct Q4_K_M"],
    "integrated, 16 GB": ["llama-3.2-3b-instruct Q4_K_M"],
    "16 GB Apple": ["llama-3.1-8b-instruct Q4_K_M", "llama-3.2-3b-instruct Q4_K_M"],
    "24 GB, no GPU": ["llama-3.1-8b-instruct Q4_K_M", "llama-3.2-3b-instruct Q4_K_M"],
    "12 GB GPU, 32 GB": ["llama-3.1-8b-instruct Q8_0"],
    "24 GB GPU, 64 GB": ["llama-3.1-8b-instruct Q8_0"],
    "2 x 24 GB, 128 GB": ["llama-3.3-70b-instruct Q4_K_M", "llama-3.1-8b-instruct Q8_0"],
    "192 GB Apple": ["llama-3.3-70b-instruct Q4_K_M", "llama-3.1-8b-instruct Q8_0"],
    "512 GB Apple": ["llama-3.3-70b-instruct Q4_K_M", "llama-3.1-8b-instruct Q8_0"],
    "512 GB server": ["llama-3.1-8b-instruct Q4_K_M", "llama-3.2-3b-instruct Q8_0"],
    "8 x 80 GB, 1 TB": ["llama-3.1-405b-instruct Q4_K_M", "llama-3.3-70b-instruct Q8_0"],
}


def judged(offers: Offers, repository: Repository) -> tuple[Choice, ...]:
    return tuple(offers.judge(repository, variant) for variant in repository.variants if variant.kind == "model")


@pytest.mark.parametrize("name", COMPUTERS)
def test_each_computer_is_recommended_what_it_runs_well(name: str) -> None:
    offers = offers_on(name)
    found = offers.recommended(offers.catalogue())
    assert [f"{offer.key} {best(offer).quantisation}" for offer in found] == RECOMMENDED[name]


@pytest.mark.parametrize("name", COMPUTERS)
def test_no_model_is_best_in_a_size_that_cannot_be_borne_or_is_coarser_than_it_need_be(name: str) -> None:
    for offer in offers_on(name).catalogue():
        chosen = best(offer)
        runs_well = [choice for choice in offer.choices if choice.fit.place not in ("disk", "none")]
        bearable = [choice for choice in runs_well if choice.fit.decode_tokens_per_s >= BEARABLE_TOKENS_PER_S]
        if bearable:
            assert chosen in bearable
        if any(choice.quantisation == DEFAULT_QUANTISATION for choice in bearable):
            assert variants.bits(chosen.quantisation) >= variants.bits(DEFAULT_QUANTISATION)
            if chosen.quantisation in ("Q5_K_M", "Q6_K", "Q8_0"):
                assert chosen.fit.decode_tokens_per_s >= BRISK_TOKENS_PER_S
        assert chosen.quantisation != "F16"


def test_a_70b_on_one_card_is_offered_and_told_to_be_split() -> None:
    offer = next(each for each in offers_on("24 GB GPU, 64 GB").catalogue() if each.key == "llama-3.1-70b-instruct")
    usual = next(choice for choice in offer.choices if choice.quantisation == "Q4_K_M")
    assert usual.fit.place == "split"
    assert usual.fit.decode_tokens_per_s < USABLE_TOKENS_PER_S
    assert "of 80 layers on your GPU" in usual.fit.reasons[0]


def test_what_does_not_run_at_all_says_so() -> None:
    offer = next(each for each in offers_on("2 GB, no GPU").catalogue() if each.key == "llama-3.1-405b-instruct")
    assert {choice.fit.place for choice in offer.choices} == {"none"}
    assert offer.best == 0
    assert best(offer).fit.decode_tokens_per_s == 0
    assert best(offer).fit.reasons == ("It needs more memory than this computer has.",)


def test_an_offer_says_what_a_card_shows() -> None:
    offer = offers_on("24 GB GPU, 64 GB").catalogue()[0]
    assert (offer.title, offer.author, offer.released) == ("Llama 3.1 8B Instruct", "Meta", "2024-07")
    assert (offer.licence, offer.licence_title) == ("llama3.1", "Llama 3.1 Community License")
    assert (offer.kind, offer.context_tokens) == ("chat", 131_072)
    sizes = [choice.size_bytes for choice in offer.choices]
    assert sizes == sorted(sizes)
    usual = next(choice for choice in offer.choices if choice.quantisation == "Q4_K_M")
    assert usual.repository == "bartowski/Meta-Llama-3.1-8B-Instruct-GGUF"
    assert usual.size_bytes == pytest.approx(4.92e9, rel=0.01)
    assert usual.is_size_estimated
    assert usual.words == "4 bits: good balance of size and quality"
    assert not usual.fit.is_estimate


def test_a_model_for_searching_is_as_fast_as_it_reads() -> None:
    computer = MACHINES["8 GB laptop"]
    offer = next(each for each in offers_on("8 GB laptop").catalogue() if each.kind == "embedding")
    foreseen = foresee_on(computer)(header_of(entry_shape(offer.key), "Q8_0"), 146_000_000)
    assert foreseen is not None
    assert best(offer).quantisation == "Q8_0"
    assert best(offer).fit.decode_tokens_per_s == pytest.approx(foreseen[2].prefill_tokens_per_s, rel=0.01)


def entry_shape(key: str) -> Shape:
    found = CATALOGUE.entry(key)
    assert found is not None
    return found.shape


def choices(*facts: tuple[str, Place, float]) -> list[Choice]:
    return [Choice("a/b", name, "", 1, True, Fit(place, rate, 1.0, False)) for name, place, rate in facts]


@pytest.mark.parametrize(
    ("offered", "taken"),
    [
        ([("Q3_K_M", "gpu", 50.0), ("Q4_K_M", "gpu", 40.0), ("Q8_0", "gpu", 30.0)], "Q8_0"),
        ([("Q3_K_M", "gpu", 50.0), ("Q4_K_M", "gpu", 40.0), ("Q8_0", "gpu", 20.0)], "Q4_K_M"),
        ([("Q4_K_M", "gpu", 60.0), ("Q6_K", "gpu", 40.0), ("Q8_0", "split", 30.0)], "Q6_K"),
        ([("Q4_K_M", "gpu", 60.0), ("F16", "gpu", 40.0)], "Q4_K_M"),
        ([("IQ2_M", "cpu", 9.0), ("Q3_K_M", "cpu", 7.0), ("Q4_K_M", "cpu", 5.0)], "Q4_K_M"),
        ([("IQ2_M", "cpu", 5.0), ("Q3_K_M", "cpu", 3.0), ("Q4_K_M", "cpu", 2.0)], "Q3_K_M"),
        ([("IQ2_M", "split", 3.0), ("Q4_K_M", "split", 1.0), ("Q8_0", "disk", 0.1)], "IQ2_M"),
        ([("IQ2_M", "disk", 0.3), ("Q4_K_M", "disk", 0.1)], "IQ2_M"),
        ([("Q2_K", "disk", 9.0), ("Q4_K_M", "cpu", 2.0)], "Q4_K_M"),
        ([("Q2_K", "none", 0.0), ("Q4_K_M", "none", 0.0)], "Q2_K"),
        ([("F16", "gpu", 90.0)], "F16"),
    ],
)
def test_the_best_size_is_fast_enough_and_no_finer_than_is_of_use(
    offered: list[tuple[str, Place, float]], taken: str
) -> None:
    assert offered[best_of(choices(*offered))][0] == taken


def test_nothing_is_recommended_where_nothing_runs() -> None:
    def nowhere(_model: Header, _size_bytes: int) -> None:
        return None

    offers = Offers(CATALOGUE, nowhere)
    assert offers.recommended(offers.catalogue()) == ()


def test_of_two_models_of_one_size_the_newer_is_recommended() -> None:
    offers = offers_on("2 x 24 GB, 128 GB").catalogue()
    keys = [offer.key for offer in recommended(tuple(reversed(offers)))]
    assert "llama-3.3-70b-instruct" in keys
    assert "llama-3.1-70b-instruct" not in keys
    assert all(offer.kind == "chat" for offer in recommended(offers))


def test_a_known_repository_is_judged_by_its_shape_and_the_hubs_size() -> None:
    found = repository(
        "unsloth/Llama-3.3-70B-Instruct-GGUF", variant("Q4_K_M", 42_520_000_000), variant("UD-Q2_K_XL", 27_000_000_000)
    )
    usual, odd = judged(offers_on("2 x 24 GB, 128 GB"), found)
    assert (usual.repository, usual.size_bytes) == (found.name, 42_520_000_000)
    assert (usual.fit.place, usual.fit.is_estimate, usual.is_size_estimated) == ("gpu", False, False)
    assert (odd.quantisation, odd.fit.place, odd.fit.is_estimate) == ("UD-Q2_K_XL", "gpu", False)


def test_a_model_made_from_a_known_one_has_its_shape_if_it_has_its_size() -> None:
    base = "meta-llama/Llama-3.1-8B-Instruct"
    same = repository("acme/Tuned-GGUF", variant("Q4_K_M", 4_925_000_000), base_model=base)
    pruned = repository("acme/Pruned-GGUF", variant("Q4_K_M", 2_800_000_000), base_model=base)
    offers = offers_on("24 GB GPU, 64 GB")
    assert not judged(offers, same)[0].fit.is_estimate
    assert judged(offers, pruned)[0].fit.is_estimate


def test_an_unknown_repository_is_judged_by_its_size_as_an_estimate() -> None:
    known_bytes = header_of(LLAMA_8B, "Q4_K_M").total_bytes
    found = repository("acme/Other-8B-GGUF", variant("Q4_K_M", known_bytes), parameters=LLAMA_8B.parameters)
    offers = offers_on("24 GB GPU, 64 GB")
    guessed = judged(offers, found)[0].fit
    known = judged(offers, replace(found, name="bartowski/Meta-Llama-3.1-8B-Instruct-GGUF"))[0].fit
    assert (guessed.is_estimate, known.is_estimate) == (True, False)
    assert guessed.decode_tokens_per_s == pytest.approx(known.decode_tokens_per_s, rel=0.05)
    assert guessed.place == known.place


def test_adapters_and_projectors_are_no_models_to_run() -> None:
    found = repository("acme/Other-8B-GGUF", variant("F16", 10**8, "adapter"), variant("Q4_K_M", 5 * 10**9))
    assert [choice.quantisation for choice in judged(offers_on("16 GB Apple"), found)] == ["Q4_K_M"]


def test_a_repository_of_the_catalogue_has_its_title() -> None:
    offers = offers_on("16 GB Apple")
    assert offers.title_of("bartowski/Llama-3.2-3B-Instruct-GGUF") == "Llama 3.2 3B Instruct"
    assert offers.title_of("acme/Llama-3.2-3B-Instruct-GGUF") == ""
