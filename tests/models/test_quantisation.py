"""The tables of weight formats are the engine's own."""

from __future__ import annotations

import ctypes
import re
import sys
from pathlib import Path

import pytest

from app.models.quantisation import FILE_TYPES, FORMATS, REMOVED_FORMATS, REPACKABLE

LAST_FORMAT = 42  # of enum ggml_type in the pinned engine
LAST_FILE_TYPE = 41  # of enum llama_ftype
# Where llama.cpp has another name for people than for its options.
SPELT = {"IQ3_M": "IQ3_S mix", "MXFP4": "MXFP4 MoE", "F32": "all F32"}
SIZES = {"S": "Small", "M": "Medium", "L": "Large"}


@pytest.mark.model
@pytest.mark.skipif(sys.platform != "linux", reason="the library has another name there")
def test_every_format_is_as_the_engine_has_it() -> None:
    import llama_cpp

    ggml = ctypes.CDLL(str(Path(llama_cpp.__file__).parent / "lib" / "libggml-base.so"))
    ggml.ggml_type_name.restype = ctypes.c_char_p
    ggml.ggml_type_size.restype = ctypes.c_size_t
    ggml.ggml_blck_size.restype = ctypes.c_int64
    for number in range(LAST_FORMAT + 1):
        size = ggml.ggml_type_size(number)
        if size == 0:
            assert number in REMOVED_FORMATS
            continue
        weights = FORMATS[number]
        assert ggml.ggml_type_name(number).decode().upper() == weights.name
        assert (ggml.ggml_blck_size(number), size) == (weights.block_weights, weights.block_bytes), weights.name
    assert set(FORMATS) | REMOVED_FORMATS == set(range(LAST_FORMAT + 1))


@pytest.mark.model
def test_every_mix_has_the_name_that_the_engine_gives_it() -> None:
    import llama_cpp

    for number in range(LAST_FILE_TYPE + 1):
        said = (llama_cpp.llama_ftype_name(number) or b"").decode()
        if number not in FILE_TYPES:
            assert "unknown" in said
            continue
        name = SPELT.get(FILE_TYPES[number], FILE_TYPES[number])
        stem, mark, size = name.rpartition("_")
        spelt = f"{stem} - {SIZES[size]}" if mark and stem.endswith("_K") else name
        assert re.fullmatch(rf"{spelt}( - .*)?", said), name


def test_what_is_repacked_is_a_format() -> None:
    assert {weights.name for weights in FORMATS.values()} >= REPACKABLE
