"""A repository's files, sorted into what a person can choose: one variant per quantisation, with all of its parts.

File names are the only source, so this guesses, and says nothing where a name says nothing. What cannot be fetched
and checked whole is left out: files without a SHA-256, sets with a part missing, formats that engines gave up.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from app.errors import Untrustworthy
from app.models.gguf import PART_NAME
from app.models.hub.remote import RemoteFile, Variant, VariantKind
from app.models.quantisation import FORMATS
from app.models.shelf.manifest import ENDING
from app.models.shelf.names import safe_path
from app.text import _

MAX_PARTS = 1000

_BREAK = "[-_. ]"
_QUANTISATION = re.compile(
    rf"""(?<![a-z0-9])
    (?:(?P<own>ud){_BREAK})?
    (?P<name>
        iq[1-4]{_BREAK}(?:xxs|xs|s|m|l|nl|xl)
        | t?q[1-8]{_BREAK}[01](?:{_BREAK}[48]{_BREAK}[48])?
        | q[2-8]{_BREAK}k(?:{_BREAK}(?:xs|s|m|l|xl|xxl))?
        | q[2-8]
        | bf16 | fp?(?:16|32)
        | mxfp4(?:{_BREAK}moe)? | nvfp4
    )
    (?![a-z0-9])""",
    re.IGNORECASE | re.VERBOSE,
)
_REPACKED = re.compile(r"Q4_0_[48]_[48]")  # given up: llama.cpp refuses them and says to use Q4_0
_PROJECTOR = re.compile(r"(?<![a-z])mmproj(?![a-z])", re.IGNORECASE)
_ADAPTER = re.compile(r"(?<![a-z])(?:q?lora|adapter)s?(?![a-z])(?!.*merge)", re.IGNORECASE)

# Bits per weight of Llama 3.1 8B: llama.cpp's own table, tools/quantize/README.md.
_MIX_BITS: Mapping[str, float] = MappingProxyType(
    {
        "IQ1_S": 2.00,
        "IQ1_M": 2.15,
        "IQ2_XXS": 2.38,
        "IQ2_XS": 2.59,
        "IQ2_S": 2.74,
        "IQ2_M": 2.93,
        "IQ3_XXS": 3.25,
        "IQ3_XS": 3.50,
        "IQ3_S": 3.66,
        "IQ3_M": 3.76,
        "IQ4_XS": 4.46,
        "IQ4_NL": 4.68,
        "Q2_K_S": 2.97,
        "Q2_K": 3.16,
        "Q3_K_S": 3.64,
        "Q3_K_M": 4.00,
        "Q3_K_L": 4.30,
        "Q4_K_S": 4.67,
        "Q4_K_M": 4.89,
        "Q5_K_S": 5.57,
        "Q5_K_M": 5.70,
        "Q6_K": 6.56,
        "Q8_0": 8.50,
    }
)
# Names that are not in the table, as the nearest that is.
_NEAREST = MappingProxyType({"Q2": "Q2_K", "Q3": "Q3_K_M", "Q4": "Q4_K_M", "Q5": "Q5_K_M", "Q6": "Q6_K", "Q8": "Q8_0"})


def group(files: Sequence[RemoteFile]) -> tuple[Variant, ...]:
    """What can be chosen, smallest first. The names are safe as those of folders, and differ even in one case."""
    sets: dict[tuple[str, int], dict[int, RemoteFile]] = defaultdict(dict)
    spoilt: set[tuple[str, int]] = set()
    for file in sorted(files, key=lambda file: file.path):
        if not file.path.lower().endswith(ENDING):
            continue
        path, number, count = _part(file.path)
        if number in sets[path, count] or not file.sha256:
            spoilt.add((path, count))
        sets[path, count][number] = file
    taken: set[str] = set()
    variants = []
    for (path, count), parts in sets.items():
        is_whole = sorted(parts) == list(range(1, count + 1)) and (path, count) not in spoilt
        variant = _variant(path, [parts[number] for number in sorted(parts)], taken) if is_whole else None
        if variant is not None:
            variants.append(variant)
            taken.add(variant.name.casefold())
    return tuple(sorted(variants, key=lambda variant: (variant.size_bytes, variant.name)))


def quantisation_of(name: str) -> str:
    """The quantisation that a file name or path tells, in llama.cpp's spelling ("Q4_K_M"); empty without one.

    The last one counts, and one in the file's name before one in a folder's: "F16/model-f16-q4_k_m" is Q4_K_M.
    """
    for part in reversed(name.split("/")):
        found = list(_QUANTISATION.finditer(part))
        if found:
            spelt = re.sub(_BREAK, "_", found[-1]["name"].upper())
            spelt = spelt.replace("FP16", "F16").replace("FP32", "F32").replace("_MOE", "")
            return f"UD-{spelt}" if found[-1]["own"] else spelt
    return ""


def bits(quantisation: str) -> float:
    """Bits per weight of the whole file, roughly: models differ by a few percent. 0 where nothing is known."""
    name = quantisation.removeprefix("UD-")
    name = _NEAREST.get(name, name)
    if name in _MIX_BITS:
        return _MIX_BITS[name]
    for known in FORMATS.values():
        if known.name == name:
            return round(8 * known.block_bytes / known.block_weights, 2)
    for size in ("_XXL", "_XL", "_L", "_XS"):
        if name.endswith(size):
            stem = name.removesuffix(size)
            return _MIX_BITS.get(f"{stem}_S" if size == "_XS" else f"{stem}_M", _MIX_BITS.get(stem, 0.0))
    return 0.0


def plain_words(quantisation: str) -> str:
    """What a quantisation means to somebody who has to choose one; empty where its name is not known."""
    name = quantisation.removeprefix("UD-")
    digit = re.match(r"I?Q(\d)", name)
    if name == "F32":
        return _("32 bits: four times the size of 8 bits, for the same answers")
    if name in ("F16", "BF16"):
        return _("16 bits: the original, twice the size of 8 bits")
    if name in ("MXFP4", "NVFP4"):
        return _("4 bits: in a format that some models are made in, good for those")
    if name.startswith("TQ") or name in ("Q1_0", "Q2_0"):
        return _("1 to 2 bits: only good for models that were made this way")
    if name in ("Q4_K_S", "IQ4_XS", "IQ4_NL"):
        return _("4 bits: a little smaller and a little less exact than Q4_K_M")
    if name in ("Q4_0", "Q4_1"):
        return _("4 bits: an older format, fast on processors, less exact than Q4_K_M")
    return _by_bits(int(digit[1])) if digit else ""


def _by_bits(digit: int) -> str:
    return {
        8: _("8 bits: as good as the original, half its size"),
        7: _("7 bits: as good as the original"),
        6: _("6 bits: hardly to be told from the original"),
        5: _("5 bits: a little better than 4 bits, and larger"),
        4: _("4 bits: good balance of size and quality"),
        3: _("3 bits: smaller, answers are noticeably worse"),
        2: _("2 bits: small, answers suffer"),
        1: _("under 2 bits: very small, answers suffer much"),
    }.get(digit, "")


def _part(path: str) -> tuple[str, int, int]:
    """The path without ending and part number, the number, and how many parts there are."""
    name = PART_NAME.fullmatch(path)
    if name is None or not 0 < int(name["count"]) <= MAX_PARTS:
        return path[: -len(ENDING)], 1, 1
    return name["stem"], int(name["number"]), int(name["count"])


def _variant(path: str, files: list[RemoteFile], taken: set[str]) -> Variant | None:
    quantisation = quantisation_of(path)
    is_about_quantising = "imatrix" in path.lower() and not quantisation
    if not path.rpartition("/")[2] or is_about_quantising or _REPACKED.fullmatch(quantisation):
        return None
    name = _name(path, files[0], taken) if all(_is_safe(file.path) for file in files) else ""
    return Variant(name, quantisation, tuple(files), _kind(path)) if name else None


def _kind(path: str) -> VariantKind:
    if _PROJECTOR.search(path):
        return "projector"
    return "adapter" if _ADAPTER.search(path) else "model"


def _name(path: str, file: RemoteFile, taken: set[str]) -> str:
    """The file's name; with its folders, then with a piece of its hash, where that is taken. Empty where none is safe.

    Upper and lower case are one: they become folders on systems that think so.
    """
    long = path.replace("/", "-")
    hashed = f"{long[:45]}-{hashlib.sha256(file.path.encode()).hexdigest()[:8]}"
    for name in (path.rpartition("/")[2], long, hashed):
        if name.casefold() not in taken and _is_safe(name):
            return name
    return ""


def _is_safe(path: str) -> bool:
    try:
        return str(safe_path(path)) == path
    except Untrustworthy:
        return False
