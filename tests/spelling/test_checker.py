from __future__ import annotations

import pytest

from app.spelling.checker import SUGGESTIONS_MAX, Checker
from app.spelling.dictionaries import Dictionary, available
from tests.spelling.conftest import MakeDictionary


def english() -> Dictionary:
    return next(one for one in available() if one.language == "en_US")


def test_words_that_no_dictionary_knows_are_unknown(dictionary: MakeDictionary) -> None:
    checker = Checker([dictionary("en_US", ["house/S", "the"])])
    assert checker.unknown(["the", "house", "houses", "House", "huose"]) == {"huose"}


def test_a_word_is_right_where_one_of_two_languages_knows_it(dictionary: MakeDictionary) -> None:
    checker = Checker([dictionary("en_US", ["house"]), dictionary("de_DE", ["Haus", "Straße"])])
    assert checker.unknown(["house", "Haus", "Straße", "Huas"]) == {"Huas"}


def test_words_of_another_script_are_left_alone(dictionary: MakeDictionary) -> None:
    assert Checker([dictionary("en_US", ["house"])]).unknown(["дом", "家", "Ηουσε"]) == set()


def test_curly_apostrophes_are_apostrophes(dictionary: MakeDictionary) -> None:
    assert Checker([dictionary("en_US", ["don't"])]).unknown(["don’t", "don't"]) == set()


def test_what_may_be_meant_is_found_in_all_languages(dictionary: MakeDictionary) -> None:
    checker = Checker([dictionary("en_US", ["house"]), dictionary("de_DE", ["Hause"])])
    assert set(checker.suggest("hause")) >= {"house"}
    assert checker.suggest("wrld", limit_s=0.0) == ()


def test_a_real_dictionary_knows_its_words_and_finds_what_was_meant() -> None:
    checker = Checker([english()])
    assert checker.unknown(["receive", "colors", "Paris", "recieve", "colour"]) == {"recieve", "colour"}
    assert "receive" in checker.suggest("recieve", limit_s=30.0)


def test_a_suggestion_that_takes_too_long_ends_with_what_was_found() -> None:
    checker = Checker([english()])
    assert checker.suggest("recieve", limit_s=0.0) == ()
    assert 1 <= len(checker.suggest("recieve", limit_s=30.0)) <= SUGGESTIONS_MAX


def test_a_damaged_dictionary_costs_that_language_only(
    dictionary: MakeDictionary, caplog: pytest.LogCaptureFixture
) -> None:
    damaged = dictionary("de_DE", ["Haus"])
    damaged.aff.write_text("SET no-such-encoding\nSFX S Y many\n", "utf-8")
    checker = Checker([damaged, dictionary("en_US", ["house"])])
    assert checker.unknown(["house", "huose"]) == {"huose"}
    assert "a dictionary cannot be read" in caplog.text


def test_loading_is_given_up_when_nobody_waits(dictionary: MakeDictionary) -> None:
    words = [f"word{'a' * (n % 7)}b" for n in range(5_000)]
    checker = Checker([dictionary("en_US", words)], stop=lambda: True)
    assert checker.unknown(["anything"]) == set(), "without a language nothing is wrong"


def test_no_dictionary_means_nothing_is_wrong() -> None:
    checker = Checker([])
    assert checker.unknown(["anythng"]) == set()
    assert checker.suggest("anythng") == ()
