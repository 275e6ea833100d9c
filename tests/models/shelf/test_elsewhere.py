from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from app.models.shelf import elsewhere
from app.models.shelf.elsewhere import System
from tests.models import forge

DIGEST = "ab" * 32


def on_linux(home: Path, **environment: str) -> System:
    return System(home, environment, "linux")


def model(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return forge.llama(path)


def ollama_model(root: Path, name: tuple[str, ...], *, digest: str = DIGEST, kind: str = "model") -> Path:
    manifest = root.joinpath("manifests", *name)
    manifest.parent.mkdir(parents=True, exist_ok=True)
    layers = [
        {"mediaType": "application/vnd.ollama.image.template", "digest": "sha256:" + "cd" * 32, "size": 10},
        {"mediaType": f"application/vnd.ollama.image.{kind}", "digest": f"sha256:{digest}", "size": 1},
    ]
    manifest.write_text(json.dumps({"schemaVersion": 2, "layers": layers}))
    return model(root / "blobs" / f"sha256-{digest}")


def titles(system: System) -> dict[str, str]:
    return {found.title: found.program for found in elsewhere.find(system)}


def test_nothing_is_found_where_no_program_is(tmp_path: Path) -> None:
    assert elsewhere.find(on_linux(tmp_path)) == ()


def test_models_of_lm_studio(tmp_path: Path) -> None:
    path = model(tmp_path / ".lmstudio/models/bartowski/Llama-3.2-1B-GGUF/Llama-3.2-1B-Q4_K_M.gguf")
    model(tmp_path / ".lmstudio/models/bartowski/Llama-3.2-1B-GGUF/mmproj-F16.gguf")
    [found] = elsewhere.find(on_linux(tmp_path))
    assert (found.path, found.title, found.program) == (path, "Llama-3.2-1B-Q4_K_M", "LM Studio")
    assert found.size_bytes == path.stat().st_size


def test_a_folder_that_was_chosen_in_lm_studio(tmp_path: Path) -> None:
    model(tmp_path / "drive/a/b/Mine-Q8_0.gguf")
    settings = tmp_path / ".lmstudio/settings.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"downloadsFolder": str(tmp_path / "drive")}))
    assert titles(on_linux(tmp_path)) == {"Mine-Q8_0": "LM Studio"}


def test_a_home_of_lm_studio_that_was_moved(tmp_path: Path) -> None:
    model(tmp_path / "moved/models/a/b/Mine-Q8_0.gguf")
    (tmp_path / ".lmstudio-home-pointer").write_text(f"{tmp_path / 'moved'}\n")
    assert titles(on_linux(tmp_path)) == {"Mine-Q8_0": "LM Studio"}


def test_models_of_ollama_have_the_names_that_its_manifests_give(tmp_path: Path) -> None:
    root = tmp_path / ".ollama/models"
    path = ollama_model(root, ("registry.ollama.ai", "library", "llama3.1", "8b"))
    ollama_model(root, ("hf.co", "bartowski", "Llama-3.2-3B-GGUF", "Q4_K_M"), digest="12" * 32)
    assert titles(on_linux(tmp_path)) == {
        "llama3.1:8b": "Ollama",
        "bartowski/Llama-3.2-3B-GGUF:Q4_K_M": "Ollama",
    }
    assert path in {found.path for found in elsewhere.find(on_linux(tmp_path))}


def test_a_folder_of_ollama_from_the_environment(tmp_path: Path) -> None:
    ollama_model(tmp_path / "big", ("registry.ollama.ai", "library", "phi", "latest"))
    assert titles(on_linux(tmp_path, OLLAMA_MODELS=str(tmp_path / "big"))) == {"phi:latest": "Ollama"}


@pytest.mark.parametrize(
    "manifest",
    [
        "not json",
        "[]",
        '{"layers": 3}',
        '{"layers": [3, null, {}]}',
        '{"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:../../../etc/passwd"}]}',
        '{"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": 7}]}',
        "[" * 100_000,
    ],
)
def test_a_strange_manifest_is_passed_over(tmp_path: Path, manifest: str) -> None:
    root = tmp_path / ".ollama/models"
    ollama_model(root, ("registry.ollama.ai", "library", "good", "latest"))
    (root / "manifests/registry.ollama.ai/library/good/bad").write_text(manifest)
    assert titles(on_linux(tmp_path)) == {"good:latest": "Ollama"}


def test_layers_that_are_no_weights_are_no_models(tmp_path: Path) -> None:
    ollama_model(tmp_path / ".ollama/models", ("registry.ollama.ai", "library", "x", "y"), kind="adapter")
    assert elsewhere.find(on_linux(tmp_path)) == ()


def test_models_of_jan_are_named_by_their_folders(tmp_path: Path) -> None:
    model(tmp_path / ".local/share/Jan/data/llamacpp/models/bartowski/Llama-3_2-1B/model.gguf")
    assert titles(on_linux(tmp_path)) == {"bartowski/Llama-3_2-1B": "Jan"}


def test_models_of_gpt4all_on_each_system(tmp_path: Path) -> None:
    name = "Llama-3.2-3B-Instruct-Q4_0.gguf"
    model(tmp_path / "linux/.local/share/nomic.ai/GPT4All" / name)
    model(tmp_path / "mac/Library/Application Support/nomic.ai/GPT4All" / name)
    model(tmp_path / "windows/AppData/Local/nomic.ai/GPT4All" / name)
    for home, platform in (("linux", "linux"), ("mac", "darwin"), ("windows", "win32")):
        assert titles(System(tmp_path / home, {}, platform)) == {"Llama-3.2-3B-Instruct-Q4_0": "GPT4All"}


def test_a_model_in_the_hugging_face_cache_counts_once(tmp_path: Path) -> None:
    repository = tmp_path / ".cache/huggingface/hub/models--bartowski--Llama-3.2-1B-Instruct-GGUF"
    blob = model(repository / "blobs" / DIGEST)
    for commit in ("1" * 40, "2" * 40):
        link = repository / "snapshots" / commit / "Llama-3.2-1B-Instruct-Q4_K_M.gguf"
        link.parent.mkdir(parents=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
    assert titles(on_linux(tmp_path)) == {"Llama-3.2-1B-Instruct-Q4_K_M": "Hugging Face"}
    assert len(elsewhere.find(on_linux(tmp_path))) == 1


def test_models_of_llama_cpp(tmp_path: Path) -> None:
    model(tmp_path / ".cache/llama.cpp/bartowski_Llama_Q4_K_M.gguf")
    assert titles(on_linux(tmp_path)) == {"bartowski_Llama_Q4_K_M": "llama.cpp"}


def test_a_split_model_is_one_and_an_incomplete_one_is_none(tmp_path: Path) -> None:
    folder = tmp_path / ".cache/llama.cpp"
    folder.mkdir(parents=True)
    forge.llama(folder / "whole.gguf", layers=3, parts=3)
    forge.llama(folder / "torn.gguf", layers=3, parts=3)
    (folder / "torn-00002-of-00003.gguf").unlink()
    assert titles(on_linux(tmp_path)) == {"whole": "llama.cpp"}


def test_what_is_no_model_is_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / ".cache/llama.cpp"
    folder.mkdir(parents=True)
    (folder / "empty.gguf").write_bytes(b"")
    (folder / "page.gguf").write_text("<html>")
    (folder / "dir.gguf").mkdir()
    (folder / "gone.gguf").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "pipe.gguf")
    assert elsewhere.find(on_linux(tmp_path)) == ()


@pytest.mark.parametrize("named", ["/a\0b", "/\ud800", ".", "", 7, None])
def test_a_folder_that_cannot_be_one_is_not_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: object
) -> None:
    model(tmp_path / "here/models/mine.gguf")
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / ".lmstudio").mkdir()
    (tmp_path / ".lmstudio/settings.json").write_text(json.dumps({"downloadsFolder": named}))
    (tmp_path / ".lmstudio-home-pointer").write_bytes(str(named).encode("utf-8", "surrogatepass"))
    assert elsewhere.find(on_linux(tmp_path)) == ()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
@pytest.mark.parametrize(
    "name", [".lmstudio-home-pointer", ".lmstudio/settings.json", ".ollama/models/manifests/host/library/name/tag"]
)
def test_a_pipe_or_a_device_keeps_nobody_waiting(tmp_path: Path, name: str) -> None:
    for planted in ("pipe", "device"):
        path = tmp_path / planted / name
        path.parent.mkdir(parents=True)
        os.mkfifo(path) if planted == "pipe" else path.symlink_to("/dev/zero")
        assert elsewhere.find(on_linux(tmp_path / planted)) == ()


def test_folders_that_lead_round_and_round_end(tmp_path: Path) -> None:
    folder = tmp_path / ".cache/llama.cpp"
    model(folder / "one.gguf")
    (folder / "again").symlink_to(folder)
    assert titles(on_linux(tmp_path)) == {"one": "llama.cpp"}


def test_looking_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elsewhere, "MOST_FILES", 3)
    for number in range(5):
        model(tmp_path / f".cache/llama.cpp/m{number}.gguf")
    assert sorted(titles(on_linux(tmp_path))) == ["m0", "m1", "m2"]
    model(tmp_path / "deep/.cache/llama.cpp/a/b/c/d/e/f/g/h/too-deep.gguf")
    assert elsewhere.find(on_linux(tmp_path / "deep")) == ()
