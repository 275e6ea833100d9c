from __future__ import annotations

import pytest

from app.settings import OWN_WORDS, SPELLING, SPELLING_LANGUAGES, Settings
from app.spelling.dictionaries import Dictionary
from app.spelling.speller import Speller
from tests.spelling.conftest import MakeDictionary

ENGLISH = ["the", "house", "is", "green", "and", "big"]
GERMAN = ["das", "Haus", "ist", "grün", "und", "groß"]


class Kept(dict[str, str]):
    """Where settings of a test are kept."""

    def set(self, key: str, text: str) -> None:
        self[key] = text

    def remove(self, key: str) -> None:
        self.pop(key, None)

    def all(self) -> dict[str, str]:
        return dict(self)


@pytest.fixture
def settings() -> Settings:
    return Settings(Kept())


@pytest.fixture
def speller(settings: Settings, dictionary: MakeDictionary) -> Speller:
    here: list[Dictionary] = [dictionary("de_DE", GERMAN), dictionary("en_US", ENGLISH)]
    return Speller(settings, ["en_US"], find=lambda: here)


def wrong(speller: Speller, text: str) -> list[str]:
    return [word.text for word in speller.wrong(text)]


def test_it_checks_the_systems_language_until_another_is_chosen(speller: Speller) -> None:
    assert speller.state().languages == ("de_DE", "en_US")
    assert speller.state().chosen == ("en_US",)
    assert wrong(speller, "the huose and das Haus") == ["huose", "das", "Haus"]
    speller.choose(["de_DE", "en_US"])
    assert speller.state().chosen == ("de_DE", "en_US")
    assert wrong(speller, "the huose and das Haus") == ["huose"]


def test_a_learnt_word_is_right_from_then_on(speller: Speller, settings: Settings) -> None:
    assert wrong(speller, "the Paddock") == ["Paddock"]
    speller.learn("Paddock")
    assert wrong(speller, "the Paddock paddock") == []
    assert settings.get(OWN_WORDS) == ("Paddock",)


def test_turned_off_it_finds_nothing_and_says_so(speller: Speller, settings: Settings) -> None:
    speller.turn(False)
    assert wrong(speller, "huose") == []
    assert not speller.state().is_on
    assert not settings.get(SPELLING)
    speller.turn(True)
    assert wrong(speller, "huose") == ["huose"]


def test_a_text_in_another_language_is_not_painted_red(speller: Speller) -> None:
    assert wrong(speller, "la casa es verde y muy grande") == []
    assert wrong(speller, "the huose is gren and big, the house is big and green") == ["huose", "gren"]


def test_no_more_than_two_languages_are_checked_at_once(speller: Speller, settings: Settings) -> None:
    speller.choose(["fr_FR", "de_DE", "en_US"])
    assert settings.get(SPELLING_LANGUAGES) == ("de_DE", "en_US")


def test_the_dictionaries_are_looked_for_once_and_loaded_by_the_first_question(
    settings: Settings, dictionary: MakeDictionary
) -> None:
    asked: list[int] = []

    def find() -> list[Dictionary]:
        asked.append(1)
        return [dictionary("en_US", ENGLISH)]

    speller = Speller(settings, ["en_US"], find=find)
    assert asked == []
    speller.wrong("the huose")
    speller.wrong("the house")
    assert asked == [1]
