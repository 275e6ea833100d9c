"""Sentences in other languages: complete, with the same gaps to fill, and compiled as they are written."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "packaging"))

import translate  # noqa: E402 - after its folder is on the path

from app import text  # noqa: E402 - after the above

GAP = re.compile(r"\{[^{}]*\}")


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    text.use(["en"])


@pytest.fixture(scope="module")
def said() -> translate.Said:
    return translate.collect()


@pytest.mark.parametrize("language", translate.LANGUAGES)
def test_every_sentence_is_said_in_every_language(language: str, said: translate.Said) -> None:
    assert translate.missing(language, said) == [], (
        "run packaging/translate.py update, translate what is empty, compile"
    )


@pytest.mark.parametrize("language", translate.LANGUAGES)
def test_a_translation_has_the_gaps_of_its_sentence(language: str) -> None:
    for message in translate.catalogue(language):
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, list | tuple) else [message.id]
        strings = message.string if isinstance(message.string, list | tuple) else [message.string]
        for string in strings:
            assert set(GAP.findall(string or "")) <= set(GAP.findall(ids[-1])), message.id
            if len(ids) == 1:
                assert sorted(GAP.findall(string or "")) == sorted(GAP.findall(ids[0])), message.id


@pytest.mark.parametrize("language", translate.LANGUAGES)
def test_what_is_shipped_is_what_is_written(language: str) -> None:
    shipped = translate.po_path(language).with_suffix(".mo").read_bytes()
    assert shipped == translate.compiled(language), "run packaging/translate.py compile"


@pytest.mark.parametrize("language", [*translate.LANGUAGES, "en"])
def test_a_language_speaks_when_it_is_chosen(language: str) -> None:
    assert text.use([f"{language}-XX"]) == language
    expected = {"de": "Einstellungen", "es": "Ajustes", "fr": "Réglages", "en": "Settings"}[language]
    assert text._("Settings") == expected


def test_the_first_language_that_is_shipped_is_spoken() -> None:
    assert text.use(["xx", "pt_BR.UTF-8", "fr_CA.UTF-8", "de"]) == "fr"
    assert text.use(["xx"]) == "en"
    assert text.use([]) == "en"


def test_the_pseudo_language_keeps_what_is_filled_in() -> None:
    text.use([text.PSEUDO])
    assert text._("Delete {count} chats").format(count=3).startswith("⟦Délété 3 çhàtš")
    assert "2" in text.plural("{count} chat", "{count} chats", 2)


def test_sentences_are_found_wherever_they_are_said(said: translate.Said) -> None:
    places = said.places
    assert "Settings" in places
    assert "Temperature" in places, "the label of a setting"
    assert "Precise" in places, "the name of a built-in preset"
    assert any(isinstance(sentence, tuple) for sentence in places)
    assert not [sentence for sentence in places if isinstance(sentence, str) and not sentence.strip()]
