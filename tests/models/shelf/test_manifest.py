"""The manifest beside a model: what is written is read back, and what a stranger could write there does no harm."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import ModelFault, PaddockError, StorageFault, Untrustworthy
from app.models.shelf import manifest
from app.models.shelf.manifest import Manifest, ManifestFile

SHA = "0123456789abcdef" * 4
COMMIT = "0123456789" * 4
ONE = Manifest(
    title="Llama 3.1 8B Instruct",
    files=(ManifestFile("m-00001-of-00002.gguf", 5_000_000_000, SHA), ManifestFile("m-00002-of-00002.gguf", 7, SHA)),
    repository="meta-llama/Llama-3.1-8B-Instruct-GGUF",
    commit=COMMIT,
    licence="llama3.1",
    licence_title="Llama 3.1 Community License",
    base_model="meta-llama/Llama-3.1-8B-Instruct",
    quantisation="Q4_K_M",
    kind="model",
    architecture="llama",
    texts=("LICENSE", "NOTICE", "USE_POLICY.md"),
    template_sha256=SHA,
    added="2026-07-01",
)


def fields(**changes: Any) -> dict[str, Any]:
    return {
        "version": 1,
        "title": "A model",
        "kind": "model",
        "files": [{"name": "a.gguf", "size_bytes": 3, "sha256": SHA}],
        **changes,
    }


def parsed(untrusted: object) -> Manifest:
    return manifest.parse(json.dumps(untrusted).encode())


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    manifest.write(tmp_path, ONE)
    assert manifest.read(tmp_path) == ONE
    assert ONE.size_bytes == 5_000_000_007
    assert [path.name for path in tmp_path.iterdir()] == [manifest.NAME]


def test_a_short_manifest_is_enough() -> None:
    assert parsed(fields(later="unknown to this version")) == Manifest("A model", (ManifestFile("a.gguf", 3, SHA),))


@pytest.mark.parametrize(
    "untrusted",
    [
        *([], "text", 7, None, {}),
        fields(version=0),
        fields(version="1"),
        fields(version=True),
        fields(title=""),
        fields(title=7),
        fields(title="x" * 201),
        fields(title="two\nlines"),
        fields(title="\u202ekcodda\u202c"),
        fields(kind="virus"),
        fields(kind=None),
        fields(files=[]),
        fields(files={"name": "a"}),
        fields(files=["a.gguf"]),
        fields(files=[{"name": "a.gguf", "size_bytes": 3, "sha256": SHA}] * 2),
        fields(files=[{"name": f"{n}.gguf", "size_bytes": 3, "sha256": SHA} for n in range(1000)]),
        fields(texts=["A.GGUF"]),
        fields(texts=[manifest.NAME.upper()]),
        fields(texts=["../LICENSE"]),
        fields(texts=["LICENSE.part"]),
        fields(texts=["another.gguf"]),
        fields(texts=["taxes.pdf"]),
        fields(texts=["LICENSE.gguf"]),
        fields(texts=[7]),
        fields(texts=[f"LICENSE {n}.txt" for n in range(33)]),
        fields(repository="owner"),
        fields(repository="owner/name/more"),
        fields(repository="../.."),
        fields(repository="/etc"),
        fields(commit="main"),
        fields(commit=COMMIT + "0"),
        fields(template_sha256="x" * 64),
        fields(added="yesterday"),
        fields(added="2026-13-01"),
        fields(added="20260701"),
        *(
            fields(files=[{"name": name, "size_bytes": 3, "sha256": SHA}])
            for name in (
                "",
                "..",
                "../a.gguf",
                "/a.gguf",
                "a/b.gguf",
                "C:a.gguf",
                "CON.gguf",
                "a\0",
                "x" * 255,
                "a.pdf",
                None,
            )
        ),
        *(
            fields(files=[{"name": "a.gguf", "size_bytes": size, "sha256": SHA}])
            for size in (0, -1, 2**44 + 1, 10**300, 1.5, "3", True, None)
        ),
        *(
            fields(files=[{"name": "a.gguf", "size_bytes": 3, "sha256": sha}])
            for sha in ("", SHA[:-1], SHA.upper(), SHA + "\n", 7, None)
        ),
    ],
)
def test_a_manifest_that_lies_about_its_kind_of_value_is_refused(untrusted: object) -> None:
    with pytest.raises(Untrustworthy) as refused:
        parsed(untrusted)
    assert refused.value.message.endswith(".")
    assert refused.value.next_step


@pytest.mark.parametrize(
    "untrusted",
    [
        b"",
        b"\xff\xfe",
        b"{",
        b"[" * 200_000,
        b'{"version": 1' + b"0" * 5000 + b"}",
        json.dumps(fields(files=[{"name": "a.gguf", "size_bytes": float("nan"), "sha256": SHA}])).encode(),
        json.dumps(fields()).encode().replace(b'"title"', b'"title": "x", "title"'),
        json.dumps(fields()).encode() + b" " * manifest.MAX_BYTES,
    ],
)
def test_what_is_no_json_of_ours_is_refused(untrusted: bytes) -> None:
    with pytest.raises(Untrustworthy):
        manifest.parse(untrusted)


def test_a_newer_manifest_says_so() -> None:
    with pytest.raises(Untrustworthy, match="newer Paddock"):
        parsed(fields(version=2))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(fields())), inner, max_size=5),
    )
)
def test_any_json_is_a_manifest_or_a_sentence(untrusted: object) -> None:
    for whole in (untrusted, fields(**untrusted) if isinstance(untrusted, dict) else untrusted):
        with contextlib.suppress(Untrustworthy):
            assert parsed(whole).files


def test_a_manifest_that_could_not_be_read_back_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(Untrustworthy):
        manifest.write(tmp_path, replace(ONE, texts=("../escape",)))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_one_is_told(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(ModelFault, match="no model of Paddock"):
            manifest.read(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
@pytest.mark.timeout(5)
def test_links_and_pipes_in_its_place_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.json").write_text(json.dumps(fields()))
    (tmp_path / manifest.NAME).symlink_to("elsewhere.json")
    with pytest.raises(ModelFault, match="cannot be read"):
        manifest.read(tmp_path)
    (tmp_path / manifest.NAME).unlink()
    os.mkfifo(tmp_path / manifest.NAME)
    with pytest.raises(ModelFault, match="cannot be read"):
        manifest.read(tmp_path)
    (tmp_path / manifest.NAME).unlink()
    (tmp_path / manifest.NAME).mkdir()
    with pytest.raises(ModelFault, match="cannot be read"):
        manifest.read(tmp_path)


def test_writing_where_nothing_can_be_written_speaks_of_the_models_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageFault, match="models folder"):
        manifest.write(tmp_path / "file", ONE)


def test_every_variant_and_commit_has_its_own_home(tmp_path: Path) -> None:
    home = manifest.home_of(tmp_path, ONE.repository, "Llama-3.1-8B-Instruct-Q4_K_M", COMMIT)
    assert home == tmp_path / ONE.repository / "Llama-3.1-8B-Instruct-Q4_K_M-01234567"
    assert manifest.staging_of(home) == home.with_name(home.name + ".part")
    assert manifest.home_of(tmp_path, "", "mine", SHA) == tmp_path / "own" / "models" / "mine-01234567"


@pytest.mark.parametrize(
    ("repository", "variant", "commit"),
    [
        ("../x", "v", COMMIT),
        ("a", "v", COMMIT),
        ("a/b/c", "v", COMMIT),
        ("a/b", "../v", COMMIT),
        ("a/b", "v", "main"),
        ("a/b", "v", "../../.."),
        ("a/nul", "v", COMMIT),
        (".a/b", "v", COMMIT),
        ("a/b", ".v", COMMIT),
    ],
)
def test_no_home_lies_elsewhere(tmp_path: Path, repository: str, variant: str, commit: str) -> None:
    with pytest.raises(PaddockError):
        manifest.home_of(tmp_path, repository, variant, commit)
