"""Nothing that Paddock is made of is left out, and each part's licence is what its authors say."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from app import __version__
from app.ui.about.notices import INSIDE, stated_licence
from app.ui.about.parts import OWN_LICENCE, ROOTS, Part, installed, parts

PROJECT = tomllib.loads((Path(__file__).resolve().parents[3] / "pyproject.toml").read_text("utf-8"))["project"]


def by_name() -> dict[str, Part]:
    return {part.name: part for part in parts()}


def bundle_in(folder: Path) -> Path:
    """LICENSES as build.spec writes it, for two packages."""
    licences = folder / "LICENSES"
    for name in ("sqlcipher3", "PySide6_Essentials"):
        (licences / name).mkdir(parents=True)
    (licences / "sqlcipher3" / "LICENSE").write_text(
        "This software is provided\n'as-is', without any express or implied warranty.", encoding="utf-8"
    )
    for file, text in {
        "SUMMARY.txt": "PySide6_Essentials 6.1: LGPL-3.0-only OR GPL-3.0-only\nsqlcipher3 0.6: see its licence file\n",
        "Paddock.txt": "Apache License",
        "Qt.txt": "replaceable",
        "LGPL-3.txt": "lesser",
        "GPL-3.txt": "general",
    }.items():
        (licences / file).write_text(text, encoding="utf-8")
    return folder


def test_the_dependencies_are_those_of_the_project() -> None:
    assert set(ROOTS) == {line.partition("==")[0] for line in PROJECT["dependencies"]}
    assert PROJECT["license"] == OWN_LICENCE


def test_paddock_comes_first_and_each_part_has_a_licence() -> None:
    found = parts()
    assert (found[0].name, found[0].version) == ("Paddock", __version__)
    assert "Apache License" in found[0].texts[0].content
    assert [part.name for part in found if not part.licence] == []
    assert [part.name for part in found[1:]] == sorted((part.name for part in found[1:]), key=str.casefold)


def test_what_dependencies_need_is_there_as_well() -> None:
    assert {"httpx2", "numpy", "cffi", "Python"} <= by_name().keys()
    assert "pytest" not in by_name()


def test_qt_is_used_under_the_lgpl_alone_and_may_be_replaced() -> None:
    qt = by_name()["Qt and PySide6"]
    assert qt.licence == "LGPL-3.0-only"
    assert "replace" in qt.note
    assert not {"PySide6_Essentials", "shiboken6"} & by_name().keys()


def test_what_is_compiled_into_packages_is_named_where_their_package_is() -> None:
    found = by_name()
    assert {one.inside for one in INSIDE} <= installed(ROOTS).keys()
    assert {one.name for one in INSIDE} <= found.keys()
    assert "Gerganov" in found["llama.cpp and ggml"].texts[0].content
    assert "Apache License" in found["OpenSSL"].texts[0].content


def test_a_licence_that_metadata_does_not_name_is_known_by_its_text() -> None:
    assert by_name()["sqlcipher3"].licence == "Zlib"
    assert stated_licence({"classifier": ["License :: OSI Approved :: MIT License"]}) == "MIT"
    assert stated_licence({"license_expression": "0BSD"}, "Apache License") == "0BSD"
    assert stated_licence({}, "All rights reserved.") == ""


def test_a_bundle_says_what_its_folder_of_licences_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", str(bundle_in(tmp_path)), raising=False)
    found = by_name()
    assert found["sqlcipher3"].licence == "Zlib"
    assert found["sqlcipher3"].texts[0].name == "LICENSE"
    assert [text.name for text in found["Qt and PySide6"].texts] == ["Qt.txt", "LGPL-3.txt", "GPL-3.txt"]
    assert found["Paddock"].texts[0].content == "Apache License"
    assert "SQLCipher" in found
    assert "cryptography" not in found


def test_a_bundle_without_its_folder_of_licences_still_says_what_paddock_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert parts()[0] == Part("Paddock", __version__, OWN_LICENCE)
