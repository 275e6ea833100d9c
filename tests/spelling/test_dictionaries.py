from __future__ import annotations

from pathlib import Path

import pytest

from app.spelling.dictionaries import Dictionary, available, chosen, folders, found_in, normal
from tests.spelling.conftest import MakeDictionary


def made(*languages: str) -> tuple[Dictionary, ...]:
    return tuple(Dictionary(language, Path(language)) for language in languages)


def languages(found: tuple[Dictionary, ...]) -> list[str]:
    return [one.language for one in found]


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("de_DE", "de_DE"),
        ("de-DE", "de_DE"),
        ("de_DE_frami", "de_DE"),
        ("de_DE.UTF-8", "de_DE"),
        ("sr-Latn-RS", "sr_Latn_RS"),
        ("es", "es"),
        ("es_419", "es_419"),
        ("C", ""),
        ("index", ""),
    ],
)
def test_languages_are_named_in_one_way(name: str, language: str) -> None:
    assert normal(name) == language


def test_pairs_are_found_in_a_folder_and_one_level_below(tmp_path: Path, dictionary: MakeDictionary) -> None:
    dictionary("de_DE", ["Haus"], folder=tmp_path)
    dictionary("fr_FR", ["maison"], folder=tmp_path / "dict-fr")
    (tmp_path / "es_ES.aff").write_text("SET UTF-8\n")  # without its words
    (tmp_path / "hyph_de_DE.aff").write_text("")
    (tmp_path / "hyph_de_DE.dic").write_text("")
    assert languages(found_in([tmp_path / "gone", tmp_path])) == ["de_DE", "fr_FR"]


def test_the_persons_own_dictionary_goes_before_the_systems(tmp_path: Path, dictionary: MakeDictionary) -> None:
    own = dictionary("de_DE", ["Haus"], folder=tmp_path / "own")
    dictionary("de_DE", ["Haus"], folder=tmp_path / "system")
    assert found_in([tmp_path / "own", tmp_path / "system"]) == (own,)


def test_the_persons_choice_goes_before_the_systems_languages() -> None:
    here = made("de_DE", "en_US", "fr_FR")
    assert languages(chosen(here, ["fr_FR"], ["de_DE"])) == ["fr_FR"]
    assert languages(chosen(here, [], ["de_DE", "fr_FR", "en_US"])) == ["de_DE", "fr_FR"], "two at once are enough"


def test_another_country_will_do_but_not_for_english() -> None:
    assert languages(chosen(made("de_CH", "de_DE"), [], ["de_AT"])) == ["de_DE"]
    assert languages(chosen(made("pt_BR"), [], ["pt_PT"])) == ["pt_BR"]
    assert languages(chosen(made("en_US"), [], ["en_GB"])) == []
    assert languages(chosen(made("en_US"), [], ["en"])) == ["en_US"]
    assert languages(chosen(made("en_US", "fr_FR"), [], ["en-GB", "en", "en-Latn-GB", "fr"])) == ["fr_FR"]


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_every_system_has_places_of_its_own(platform: str, tmp_path: Path) -> None:
    places = folders(platform, tmp_path, {"APPDATA": str(tmp_path / "roaming"), "ProgramFiles": str(tmp_path)})
    assert any(place.is_relative_to(tmp_path) for place in places)
    assert len(set(places)) >= 4


def test_american_english_is_always_there() -> None:
    assert "en_US" in languages(available())
