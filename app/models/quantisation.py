"""How weights are stored: the formats of llama.cpp as tables of facts, nothing decided here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class WeightFormat:
    """`block_weights` weights next to each other in a row share scales and take `block_bytes` bytes together."""

    name: str
    block_weights: int
    block_bytes: int


# By the number that a GGUF file uses: enum ggml_type (ggml.h), type_traits (ggml.c), block sizes (ggml-common.h).
FORMATS: Mapping[int, WeightFormat] = MappingProxyType(
    {
        0: WeightFormat("F32", 1, 4),
        1: WeightFormat("F16", 1, 2),
        2: WeightFormat("Q4_0", 32, 18),
        3: WeightFormat("Q4_1", 32, 20),
        6: WeightFormat("Q5_0", 32, 22),
        7: WeightFormat("Q5_1", 32, 24),
        8: WeightFormat("Q8_0", 32, 34),
        9: WeightFormat("Q8_1", 32, 36),
        10: WeightFormat("Q2_K", 256, 84),
        11: WeightFormat("Q3_K", 256, 110),
        12: WeightFormat("Q4_K", 256, 144),
        13: WeightFormat("Q5_K", 256, 176),
        14: WeightFormat("Q6_K", 256, 210),
        15: WeightFormat("Q8_K", 256, 292),
        16: WeightFormat("IQ2_XXS", 256, 66),
        17: WeightFormat("IQ2_XS", 256, 74),
        18: WeightFormat("IQ3_XXS", 256, 98),
        19: WeightFormat("IQ1_S", 256, 50),
        20: WeightFormat("IQ4_NL", 32, 18),
        21: WeightFormat("IQ3_S", 256, 110),
        22: WeightFormat("IQ2_S", 256, 82),
        23: WeightFormat("IQ4_XS", 256, 136),
        24: WeightFormat("I8", 1, 1),
        25: WeightFormat("I16", 1, 2),
        26: WeightFormat("I32", 1, 4),
        27: WeightFormat("I64", 1, 8),
        28: WeightFormat("F64", 1, 8),
        29: WeightFormat("IQ1_M", 256, 56),
        30: WeightFormat("BF16", 1, 2),
        34: WeightFormat("TQ1_0", 256, 54),
        35: WeightFormat("TQ2_0", 256, 66),
        39: WeightFormat("MXFP4", 32, 17),
        40: WeightFormat("NVFP4", 64, 36),
        41: WeightFormat("Q1_0", 128, 18),
        42: WeightFormat("Q2_0", 64, 18),
    }
)
# Numbers whose formats were given up: Q4_2, Q4_3, and weights stored re-packed (now done while loading).
REMOVED_FORMATS = frozenset({4, 5, 31, 32, 33, 36, 37, 38})

# The mix of formats that a file was quantised with, by the number under general.file_type: enum llama_ftype (llama.h).
_NAMES = """
    F32 F16 Q4_0 Q4_1 - - - Q8_0 Q5_0 Q5_1 Q2_K Q3_K_S Q3_K_M Q3_K_L Q4_K_S Q4_K_M Q5_K_S Q5_K_M Q6_K
    IQ2_XXS IQ2_XS Q2_K_S IQ3_XS IQ3_XXS IQ1_S IQ4_NL IQ3_S IQ3_M IQ2_S IQ2_M IQ4_XS IQ1_M BF16 - - -
    TQ1_0 TQ2_0 MXFP4 NVFP4 Q1_0 Q2_0
"""
FILE_TYPES = MappingProxyType({number: name for number, name in enumerate(_NAMES.split()) if name != "-"})
GUESSED_FILE_TYPE = 1024  # a flag beside the number: llama.cpp guessed it (llama.h)

# Which formats the CPU backend copies into an order of its own while loading, by the instruction set that makes it do
# so (named as in /proc/cpuinfo): ggml_repack_get_optimal_repack_type in ggml-cpu/repack.cpp. Only weights that are
# multiplied with count, with a number of rows divisible by 8 (on ARM 4 for some). RISC-V and z have sets of their own.
REPACKED_BY: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "avx2": frozenset({"Q4_0", "Q4_K", "IQ4_NL", "MXFP4"}),
        "avx512f": frozenset({"Q2_K"}),
        "asimddp": frozenset({"Q4_0", "Q4_K", "Q5_K", "Q6_K", "Q8_0", "IQ4_NL", "MXFP4", "Q1_0"}),
        "i8mm": frozenset({"Q4_0", "Q4_K", "Q5_K", "Q6_K", "Q8_0", "Q1_0"}),
    }
)
REPACKABLE = frozenset().union(*REPACKED_BY.values())
REPACKED_ROWS = 4  # the least number that a weight's rows must be divisible by to be re-packed anywhere
