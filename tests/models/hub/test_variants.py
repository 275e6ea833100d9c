"""Which choices a repository's file names make, and what each is called."""

from __future__ import annotations

import hashlib

import pytest

from app.models.hub.remote import RemoteFile, Variant
from app.models.hub.variants import bits, group, plain_words, quantisation_of
from app.models.quantisation import FILE_TYPES


def remote(path: str, size_bytes: int = 100, *, has_hash: bool = True) -> RemoteFile:
    return RemoteFile(path, size_bytes, hashlib.sha256(path.encode()).hexdigest() if has_hash else "")


def grouped(*paths: str) -> dict[str, Variant]:
    return {variant.name: variant for variant in group([remote(path) for path in paths])}


SPELLINGS = {
    "Llama-3.2-1B-Instruct-Q4_K_M.gguf": "Q4_K_M",
    "llama-3.2-1b-instruct-q4_k_m.gguf": "Q4_K_M",
    "llama-3.2-1b-instruct.Q4-K-M.gguf": "Q4_K_M",
    "model.Q8_0.gguf": "Q8_0",
    "Model-IQ4_XS.gguf": "IQ4_XS",
    "Model.i1-IQ2_XXS.gguf": "IQ2_XXS",
    "Model-F16.gguf": "F16",
    "Model-FP16.gguf": "F16",
    "Model.fp32.gguf": "F32",
    "Model-BF16.gguf": "BF16",
    "gpt-oss-20b-MXFP4.gguf": "MXFP4",
    "Model-MXFP4_MOE.gguf": "MXFP4",
    "Model-UD-Q4_K_XL.gguf": "UD-Q4_K_XL",
    "Model-ud-iq1_m.gguf": "UD-IQ1_M",
    "Model-Q6_K.gguf": "Q6_K",
    "Model-Q6_K_L.gguf": "Q6_K_L",
    "Model-Q3_K_S": "Q3_K_S",
    "Model-TQ1_0.gguf": "TQ1_0",
    "Model.f16.q6.gguf": "Q6",
    "Model-f16-Q4_K_M.gguf": "Q4_K_M",
    "Q5_K_M/model.gguf": "Q5_K_M",
    "F16/model-q5_k_m.gguf": "Q5_K_M",
    "Model-Q4_0_4_8.gguf": "Q4_0_4_8",
    "ggml-model.gguf": "",
    "Qwen3-8B.gguf": "",
    "SQ4_K_MX.gguf": "",
    "if16bit.gguf": "",
}


@pytest.mark.parametrize(("name", "quantisation"), SPELLINGS.items(), ids=SPELLINGS.keys())
def test_the_quantisation_is_read_from_the_name(name: str, quantisation: str) -> None:
    assert quantisation_of(name) == quantisation


def test_every_mix_that_llama_cpp_writes_is_read_from_a_name_and_has_bits_and_words() -> None:
    for name in FILE_TYPES.values():
        assert quantisation_of(f"Model-{name}.gguf") == name
        assert plain_words(name), name
        assert 1 < bits(name) <= 32, name


def test_bits_grow_with_the_mixes() -> None:
    mixes = ("IQ1_S", "IQ2_XXS", "Q2_K", "IQ3_M", "Q3_K_M", "IQ4_XS", "Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0", "F16", "F32")
    assert sorted(mixes, key=bits) == list(mixes)


def test_mixes_of_others_are_taken_for_the_nearest() -> None:
    assert bits("UD-Q4_K_XL") == bits("Q4_K_L") == bits("Q4") == bits("Q4_K_M")
    assert bits("Q6_K_L") == bits("Q6_K")
    assert bits("UD-Q2_K_XL") == bits("Q2_K")
    assert bits("") == bits("Z9") == 0
    assert plain_words("UD-Q4_K_XL").startswith("4 bits: good balance")
    assert plain_words("") == ""


def test_one_file_is_one_variant_named_after_it() -> None:
    (variant,) = group([remote("Llama-3.2-1B-Q4_K_M.gguf", 7)])
    assert (variant.name, variant.quantisation, variant.kind) == ("Llama-3.2-1B-Q4_K_M", "Q4_K_M", "model")
    assert variant.size_bytes == 7


def test_parts_in_a_folder_of_their_own_are_one_variant_in_order() -> None:
    paths = [f"Q4_K_M/Big-Q4_K_M-{number:05d}-of-00012.gguf" for number in range(1, 13)]
    found = grouped(*reversed(paths))
    assert [file.path for file in found["Big-Q4_K_M"].files] == paths
    assert found["Big-Q4_K_M"].size_bytes == 1200


INCOMPLETE = {
    "a part is missing": ["A-Q8_0-00001-of-00003.gguf", "A-Q8_0-00003-of-00003.gguf"],
    "a part too many": ["A-00001-of-00001.gguf", "A-00002-of-00001.gguf"],
    "number nought": ["A-00000-of-00001.gguf"],
    "parts in two folders": ["x/A-00001-of-00002.gguf", "y/A-00002-of-00002.gguf"],
    "one part twice": ["A-00001-of-00001.gguf", "A-00001-of-00001.GGUF"],
}


@pytest.mark.parametrize("paths", INCOMPLETE.values(), ids=INCOMPLETE.keys())
def test_a_set_of_parts_that_is_not_whole_is_left_out(paths: list[str]) -> None:
    assert list(grouped(*paths, "B-Q8_0.gguf")) == ["B-Q8_0"]


def test_a_set_with_one_part_that_cannot_be_checked_is_left_out() -> None:
    parts = [remote("A-00001-of-00002.gguf"), remote("A-00002-of-00002.gguf", has_hash=False)]
    assert group([*parts, remote("B.gguf", has_hash=False)]) == ()


def test_projectors_and_adapters_are_not_models() -> None:
    paths = (
        "mmproj-model-f16.gguf",
        "Model-mmproj-Q8_0.gguf",
        "tune-lora-F16.gguf",
        "lora/tune.gguf",
        "Explorator-Q4_K_M.gguf",
        "tune-lora-merged-Q4_K_M.gguf",
    )
    assert {name: variant.kind for name, variant in grouped(*paths).items()} == {
        "mmproj-model-f16": "projector",
        "Model-mmproj-Q8_0": "projector",
        "tune-lora-F16": "adapter",
        "tune": "adapter",
        "Explorator-Q4_K_M": "model",
        "tune-lora-merged-Q4_K_M": "model",
    }


def test_what_is_no_model_or_no_longer_one_is_left_out() -> None:
    paths = ("README.md", "model.safetensors", "Model.imatrix.gguf", "Model-Q4_0_4_4.gguf", ".gguf", "x/.gguf")
    assert grouped(*paths) == {}


def test_variants_come_smallest_first() -> None:
    files = [remote("A-Q8_0.gguf", 80), remote("A-Q4_K_M.gguf", 40), remote("A-F16.gguf", 160)]
    assert [variant.quantisation for variant in group(files)] == ["Q4_K_M", "Q8_0", "F16"]


def test_names_that_would_be_one_folder_are_told_apart() -> None:
    variants = group([remote(path) for path in ("a/Model.gguf", "b/model.gguf", "b-model.gguf", "c/Model.gguf")])
    names = [variant.name for variant in variants]
    assert len({name.casefold() for name in names}) == 4
    assert "b-model" in names
    assert len({variant.files[0].path for variant in variants}) == 4


def test_a_name_too_long_for_a_folder_is_made_shorter() -> None:
    paths = [f"{folder * 45}/{folder * 45}/{folder * 45}/{'é' * 90}.gguf" for folder in ("x", "é", "🦙")]
    names = list(grouped(*paths))
    assert len(names) == 3
    assert all(len(name.encode()) <= 200 for name in names)


def test_a_name_that_is_no_name_of_a_folder_is_left_out() -> None:
    assert grouped("CON.gguf") == {}
