"""Declared settings: types, limits, and values from an older or damaged profile."""

from __future__ import annotations

import pytest

from app.settings import ALL, MAX_ANSWER_TOKENS, RECENT_MODELS, TEMPERATURE, THEME, Settings


class Memory(dict[str, str]):
    """A backend without a profile."""

    def get(self, key: str) -> str | None:  # type: ignore[override] # dict's default argument is not needed
        return super().get(key)

    def set(self, key: str, text: str) -> None:
        self[key] = text


def test_every_setting_starts_with_a_default_that_it_accepts() -> None:
    settings = Settings(Memory())
    settings.set(THEME, THEME.default)
    assert settings.get(THEME) == "system"
    assert settings.get(TEMPERATURE) == 0.7
    assert len({setting.key for setting in ALL}) == len(ALL)
    assert all(setting.label and setting.help.endswith(".") for setting in ALL)


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
    assert memory[THEME.key] == stored


def test_setting_a_value_outside_the_limits_is_our_own_mistake() -> None:
    with pytest.raises(ValueError, match=r"answer\.temperature"):
        Settings(Memory()).set(TEMPERATURE, 9.0)
    with pytest.raises(TypeError):
        Settings(Memory()).set(MAX_ANSWER_TOKENS, True)
