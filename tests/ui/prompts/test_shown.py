"""What is said to be inherited is what holds, from the persona outwards."""

from __future__ import annotations

from app.chat.manner import OPEN, Manner, Persona
from app.ui.prompts.shown import Inherited, Said, Stock, Wider, also_set, cut, inherited, told

COOK = Persona("cook", "Cook", Manner("Cook.", sampling=(("answer.top_p", 0.5),)))
TERSE = Persona("terse", "Terse", Manner(sampling=(("answer.temperature", 0.1),), model="/terse.gguf"))
STOCK = Stock((COOK, TERSE))
SETTINGS = Wider("", Manner("Be kind.", sampling=(("answer.temperature", 1.0), ("answer.top_p", 0.9))))


def test_where_nobody_says_anything_nothing_is_inherited() -> None:
    assert inherited(None, (Wider("", OPEN),), STOCK) == Inherited()


def test_the_nearest_place_is_named_for_each_thing() -> None:
    folder = Wider("Home", Manner(model="/home.gguf", sampling=(("answer.temperature", 0.4),)))
    gets = inherited(None, (folder, SETTINGS), STOCK)
    assert gets.system_prompt == Said("From the settings for every chat", "Be kind.")
    assert gets.model == Said("From the folder Home", "/home.gguf")
    assert dict(gets.sampling) == {"answer.temperature": 0.4, "answer.top_p": 0.9}


def test_the_own_persona_goes_before_wider_places_and_theirs_after_their_own_words() -> None:
    folder = Wider("Home", Manner("Be brief.", persona_id="cook"))
    assert inherited("cook", (SETTINGS,), STOCK).system_prompt == Said("From the persona Cook", "Cook.")
    gets = inherited("terse", (folder, SETTINGS), STOCK)
    assert gets.system_prompt == Said("From the folder Home", "Be brief.")
    assert dict(gets.sampling) == {"answer.temperature": 0.1, "answer.top_p": 0.5}
    through = inherited(None, (Wider("Home", Manner(persona_id="cook")),), STOCK)
    assert through.system_prompt == Said("From the folder Home, Cook", "Cook.")


def test_switched_off_is_said_too() -> None:
    gets = inherited(None, (Wider("Home", Manner("")), SETTINGS), STOCK)
    assert gets.system_prompt == Said("From the folder Home", "")
    assert told(OPEN, (Wider("Home", Manner("")), SETTINGS), STOCK) == ""


def test_what_is_told_is_what_holds() -> None:
    assert told(Manner(persona_id="cook"), (SETTINGS,), STOCK) == "Cook."
    assert told(Manner("Own.", "cook"), (SETTINGS,), STOCK) == "Own."


def test_long_words_are_cut_without_reading_all_of_them() -> None:
    assert cut("one\n two", 20) == "one two"
    assert cut("x" * 100_000, 10) == "x" * 10 + "…"
    assert cut(" " * 1_000 + "end", 10).endswith("…")


def test_numbers_are_named_in_the_order_of_the_settings() -> None:
    manner = Manner(sampling=(("answer.top_p", 0.5), ("answer.temperature", 0.25)), model="/m.gguf")
    assert also_set(manner) == ("Temperature 0.25", "Top-p 0.5", "own model")
