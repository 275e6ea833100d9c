"""Declared settings: types, limits, and values from an older or damaged profile."""

from __future__ import annotations

import json

import pytest

from app.declared import AnySetting, decoded, encoded
from app.engine.protocol import Sampling
from app.settings import (
    ADAPTERS,
    ALL,
    CONTEXT_TOKENS,
    DEVICE_SPLIT,
    GPU_LAYERS,
    KV_TYPE,
    MAX_ANSWER_TOKENS,
    MICRO_BATCH_TOKENS,
    PER_MODEL,
    RECENT_MODELS,
    SAMPLING,
    SEED,
    STATES_LIMIT_GB,
    TEMPERATURE,
    THEME,
    TOP_P,
    Settings,
    adapter_text,
    parse_adapter,
    parse_split,
)


class Memory:
    """A backend without a profile."""

    def __init__(self, texts: dict[str, str] | None = None) -> None:
        self.texts = texts or {}

    def get(self, key: str) -> str | None:
        return self.texts.get(key)

    def set(self, key: str, text: str) -> None:
        self.texts[key] = text

    def remove(self, key: str) -> None:
        self.texts.pop(key, None)

    def all(self) -> dict[str, str]:
        return dict(self.texts)


@pytest.mark.parametrize("setting", ALL, ids=lambda setting: setting.key)
def test_every_setting_starts_with_a_default_that_it_accepts(setting: AnySetting) -> None:
    settings = Settings(Memory())
    assert settings.get(setting) == setting.default
    settings.set(setting, setting.default)
    assert settings.get(setting) == setting.default


def test_every_setting_has_a_key_of_its_own_and_one_line_of_help() -> None:
    assert len({setting.key for setting in ALL}) == len(ALL)
    assert all(setting.label and setting.help.endswith(".") and len(setting.help) <= 110 for setting in ALL)
    assert all(len(setting.help) <= 67 for setting in PER_MODEL), "a row of the model's settings has room for no more"
    assert all(not setting.key.startswith(("model/", "preset/")) for setting in ALL)


def test_the_defaults_of_sampling_are_the_engines_own() -> None:
    own = Sampling()
    named = {setting.key.removeprefix("answer."): setting for setting in SAMPLING}
    assert own.seed is None
    assert SEED.default == -1
    for name in set(named) - {"seed", "max_tokens"}:
        assert named[name].default == getattr(own, name), name


def test_values_come_back_with_their_type() -> None:
    settings = Settings(Memory())
    settings.set(RECENT_MODELS, ("a.gguf", "b.gguf"))
    settings.set(TEMPERATURE, 1.0)
    assert settings.get(RECENT_MODELS) == ("a.gguf", "b.gguf")
    assert settings.get(TEMPERATURE) == 1.0


@pytest.mark.parametrize("stored", ["not json", '"purple"', "3", "null", '["dark"]'])
def test_a_stored_value_that_does_not_fit_reads_as_the_default_and_stays(stored: str) -> None:
    memory = Memory({THEME.key: stored})
    assert Settings(memory).get(THEME) == "system"
    assert memory.texts == {THEME.key: stored}


def test_setting_a_value_outside_the_limits_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match=r"answer\.temperature"):
        Settings(Memory()).set(TEMPERATURE, 9.0)
    with pytest.raises(TypeError):
        Settings(Memory()).set(MAX_ANSWER_TOKENS, True)


@pytest.mark.parametrize(
    ("setting", "fitting", "unfit"),
    [
        (CONTEXT_TOKENS, (0, 256, 131_072, 1_048_576), (1, 255, -1, 1_048_577)),
        (GPU_LAYERS, (-1, 0, 126), (-2, 1_001)),
        (MICRO_BATCH_TOKENS, (0, 8, 512), (1, 7, 8_193)),
        (KV_TYPE, ("auto", "q8_0"), ("", "Q8_0", "f32")),
        (SEED, (-1, 0, 2**32 - 2), (-2, 2**32 - 1)),
        (TOP_P, (0.0, 0.5, 1.0), (-0.1, 1.01, float("nan"), float("inf"))),
        (STATES_LIMIT_GB, (0.0, 0.5, 1_000.0), (-1.0, float("nan"))),
        (DEVICE_SPLIT, ("", "3,1", "0,1", "0.5, 0.5"), ("3;1", "0,0", "-1,2", "1,,2", "nan,1", ",".join("1" * 17))),
        (ADAPTERS, ((), ("1 /a b.gguf",), ("0 /a", "2 /b")), (("/a.gguf",), ("1 ",), ("3 /a",), ("nan /a",))),
        (ADAPTERS, (("1 /a",) * 8,), (("1 /a",) * 9,)),
    ],
    ids=lambda value: value.key if hasattr(value, "key") else "",
)
def test_limits_hold_for_what_is_stored_and_for_what_is_set(
    setting: AnySetting, fitting: tuple[object, ...], unfit: tuple[object, ...]
) -> None:
    for value in fitting:
        assert decoded(setting, encoded(setting, value)) == value
    for value in unfit:
        with pytest.raises(ValueError, match=setting.key):
            encoded(setting, value)
        assert decoded(setting, json.dumps(value)) is None


def test_a_number_too_large_for_its_type_reads_as_the_default() -> None:
    memory = Memory({TEMPERATURE.key: "1" + "0" * 400})
    assert Settings(memory).get(TEMPERATURE) == 0.7


def test_a_split_is_read_as_shares() -> None:
    assert parse_split("") == ()
    assert parse_split("3, 1") == (3.0, 1.0)
    assert parse_split("three") is None


@pytest.mark.parametrize("path", ["/adapters/my style.gguf", "C:\\adapters\\a.gguf", " odd"])
def test_an_adapter_keeps_its_strength_and_its_path_with_spaces(path: str) -> None:
    assert parse_adapter(adapter_text(0.8, path)) == (0.8, path)
    assert parse_adapter(path) is None
