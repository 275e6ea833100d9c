"""What each model is set to, and presets: whose value holds, what is kept, and what a damaged profile does to it."""

from __future__ import annotations

import json

import pytest

from app.declared import AnySetting, decoded, encoded
from app.models.options import BUILT_IN, ModelOptions, Presets, is_name_free_to_use
from app.settings import (
    ADAPTERS,
    CONTEXT_TOKENS,
    DRAFT_MODEL,
    GPU_LAYERS,
    KV_TYPE,
    MAX_ANSWER_TOKENS,
    PER_MODEL,
    REPEAT_PENALTY,
    SAMPLING,
    SEED,
    TEMPERATURE,
    TOP_K,
    XTC_PROBABILITY,
    Settings,
)
from tests.test_settings import Memory

LARGE, SMALL = "f" * 64, "small.gguf"


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def options(memory: Memory) -> ModelOptions:
    return ModelOptions(memory, LARGE)


@pytest.fixture
def presets(memory: Memory) -> Presets:
    return Presets(memory)


def test_the_models_own_value_holds_before_the_general_one_and_that_before_the_default(
    memory: Memory, options: ModelOptions
) -> None:
    assert options.get(TEMPERATURE) == 0.7
    Settings(memory).set(TEMPERATURE, 1.2)
    assert options.get(TEMPERATURE) == 1.2
    options.set(TEMPERATURE, 0.1)
    assert options.get(TEMPERATURE) == 0.1
    assert ModelOptions(memory, SMALL).get(TEMPERATURE) == 1.2
    assert Settings(memory).get(TEMPERATURE) == 1.2
    options.reset(TEMPERATURE)
    assert options.get(TEMPERATURE) == 1.2


def test_changed_are_those_that_differ_from_what_would_hold_without_them(options: ModelOptions) -> None:
    assert options.changed() == ()
    options.set(KV_TYPE, "q8_0")
    options.set(SEED, 7)
    options.set(TOP_K, TOP_K.default)
    assert options.changed() == (KV_TYPE, SEED)
    options.set(SEED, SEED.default)
    assert options.changed() == (KV_TYPE,)


def test_reset_all_forgets_this_model_only_and_what_older_versions_kept_of_it(
    memory: Memory, options: ModelOptions
) -> None:
    other = ModelOptions(memory, SMALL)
    other.set(SEED, 1)
    options.set(SEED, 2)
    memory.set(f"model/{LARGE}/answer.gone_by_now", "1")
    Settings(memory).set(TEMPERATURE, 1.0)
    options.reset_all()
    assert options.changed() == ()
    assert other.get(SEED) == 1
    assert set(memory.texts) == {f"model/{SMALL}/{SEED.key}", TEMPERATURE.key}


@pytest.mark.parametrize("stored", ["not json", '"hot"', "9", "null", "true"])
def test_a_damaged_value_of_a_model_is_as_if_it_had_none(memory: Memory, options: ModelOptions, stored: str) -> None:
    Settings(memory).set(TEMPERATURE, 0.3)
    memory.set(f"model/{LARGE}/{TEMPERATURE.key}", stored)
    assert options.get(TEMPERATURE) == 0.3
    assert options.changed() == ()


def test_setting_a_value_outside_the_limits_is_our_own_mistake(memory: Memory, options: ModelOptions) -> None:
    with pytest.raises(ValueError, match=r"engine\.context_tokens"):
        options.set(CONTEXT_TOKENS, 5)
    with pytest.raises(TypeError):
        options.set(GPU_LAYERS, True)
    assert memory.texts == {}


def test_values_and_defaults_name_every_setting_of_a_model(memory: Memory, options: ModelOptions) -> None:
    Settings(memory).set(TEMPERATURE, 0.3)
    options.set(TEMPERATURE, 0.9)
    assert set(options.values()) == set(options.defaults()) == {setting.key for setting in PER_MODEL}
    assert options.values()[TEMPERATURE.key] == 0.9
    assert options.defaults()[TEMPERATURE.key] == 0.3


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_preset_changes_how_words_are_chosen_and_no_more(
    name: str, options: ModelOptions, presets: Presets
) -> None:
    kept: dict[AnySetting, object] = {KV_TYPE: "q4_0", SEED: 3, MAX_ANSWER_TOKENS: 100}
    for setting, value in kept.items():
        options.set(setting, value)
    options.set(XTC_PROBABILITY, 0.9)
    presets.apply(name, options)
    expected = options.defaults() | dict(BUILT_IN[name]) | {setting.key: value for setting, value in kept.items()}
    assert options.values() == expected
    assert presets.matching(options) == name


def test_every_value_of_a_built_in_preset_is_one_that_its_setting_accepts() -> None:
    by_key = {setting.key: setting for setting in SAMPLING}
    for values in BUILT_IN.values():
        for key, value in values.items():
            assert decoded(by_key[key], encoded(by_key[key], value)) == value


def test_an_untouched_model_is_balanced_and_one_set_by_hand_is_none_of_them(
    options: ModelOptions, presets: Presets
) -> None:
    assert presets.matching(options) == "Balanced"
    options.set(REPEAT_PENALTY, 1.33)
    assert presets.matching(options) == ""


def test_the_exact_preset_takes_the_likeliest_word(options: ModelOptions, presets: Presets) -> None:
    presets.apply("Exact", options)
    assert options.get(TEMPERATURE) == 0.0
    assert options.get(REPEAT_PENALTY) == 1.0


def test_a_preset_of_ones_own_brings_everything_back_as_it_was(
    memory: Memory, options: ModelOptions, presets: Presets
) -> None:
    options.set(TEMPERATURE, 1.3)
    options.set(CONTEXT_TOKENS, 32_768)
    options.set(ADAPTERS, ("0.5 /style.gguf",))
    saved = options.values()
    presets.save("Long letters", options)
    options.reset_all()
    options.set(GPU_LAYERS, 3)
    Settings(memory).set(TOP_K, 7)
    presets.apply("Long letters", options)
    assert options.values() == saved
    assert presets.matching(options) == "Long letters"


def test_adapters_and_draft_models_do_not_follow_a_preset_to_another_model(
    memory: Memory, options: ModelOptions, presets: Presets
) -> None:
    options.set(ADAPTERS, ("1 /style.gguf",))
    options.set(DRAFT_MODEL, "/8b.gguf")
    options.set(KV_TYPE, "q8_0")
    presets.save("Mine", options)
    other = ModelOptions(memory, SMALL)
    other.set(DRAFT_MODEL, "/1b.gguf")
    presets.apply("Mine", other)
    assert other.get(KV_TYPE) == "q8_0"
    assert other.get(ADAPTERS) == ()
    assert other.get(DRAFT_MODEL) == "/1b.gguf"
    assert presets.matching(other) == "Mine"


def test_names_are_the_built_in_ones_and_then_ones_own_in_order(options: ModelOptions, presets: Presets) -> None:
    for name in ("zebra", "Ape"):
        presets.save(name, options)
    assert presets.names() == ("Balanced", "Precise", "Creative", "Exact", "Ape", "zebra")


def test_a_preset_can_be_replaced_renamed_and_deleted(options: ModelOptions, presets: Presets) -> None:
    presets.save("One", options)
    options.set(SEED, 5)
    presets.save("One", options)
    presets.rename("One", "Two")
    presets.rename("Two", "Two")
    options.reset_all()
    presets.apply("Two", options)
    assert options.get(SEED) == 5
    presets.delete("Two")
    assert presets.names() == tuple(BUILT_IN)
    with pytest.raises(KeyError):
        presets.apply("Two", options)
    with pytest.raises(KeyError):
        presets.rename("Two", "Three")


@pytest.mark.parametrize("name", ["", "Balanced", "creative", " Mine", "two\nlines", "x" * 61])
def test_a_name_that_would_confuse_is_refused(name: str, options: ModelOptions, presets: Presets) -> None:
    assert not is_name_free_to_use(name)
    with pytest.raises(ValueError, match="name"):
        presets.save(name, options)
    with pytest.raises(ValueError, match="name"):
        presets.delete(name)
    assert presets.names() == tuple(BUILT_IN)


@pytest.mark.parametrize("stored", ["not json", "[]", "3", "{}", '{"model": "x", "values": {}}', '{"values": "x"}'])
def test_a_damaged_preset_is_not_offered_and_stays_in_place(memory: Memory, presets: Presets, stored: str) -> None:
    memory.set("preset/Broken", stored)
    assert presets.names() == tuple(BUILT_IN)
    assert memory.texts == {"preset/Broken": stored}


def test_a_value_that_a_preset_lacks_or_that_does_not_fit_is_the_default(
    memory: Memory, options: ModelOptions, presets: Presets
) -> None:
    options.set(SEED, 9)
    options.set(TEMPERATURE, 0.9)
    memory.set("preset/Old", json.dumps({"model": LARGE, "values": {TEMPERATURE.key: "77", TOP_K.key: "12"}}))
    presets.apply("Old", options)
    assert options.get(TOP_K) == 12
    assert options.get(TEMPERATURE) == 0.7
    assert options.get(SEED) == -1
