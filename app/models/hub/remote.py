"""What the hub says it has, as plain values. All of it came from outside; names are checked before they are paths."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

USUAL_FOUND = 40  # repositories in the results of a search, the most fetched first
VariantKind = Literal["model", "adapter", "projector"]


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """One file of a repository at one commit. `sha256` (64 hex digits) is empty where the hub keeps none.

    `blob_id` is git's own name for the content (40 hex digits: SHA-1 of a header and the content), for small texts.
    """

    path: str  # inside the repository, with "/"
    size_bytes: int
    sha256: str
    blob_id: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """One model of a repository, as one choice: all parts of one quantisation."""

    name: str  # file name without ending and part number
    quantisation: str  # "Q4_K_M"; empty where the name does not say
    files: tuple[RemoteFile, ...]  # in the order of their parts
    kind: VariantKind = "model"

    @property
    def size_bytes(self) -> int:
        return sum(file.size_bytes for file in self.files)


@dataclass(frozen=True, slots=True)
class Found:
    """A repository in the results of a search. Counts and dates are as the hub tells them."""

    repository: str  # "owner/name"
    licence: str  # the hub's own identifier, such as "llama3.1"; empty when unsaid
    is_gated: bool
    downloads: int
    likes: int
    updated: str  # ISO date, "2026-07-01"; empty when unsaid
    architecture: str = ""
    parameters: int = 0  # 0 unknown
    context_tokens: int = 0  # 0 unknown
    is_from_cache: bool = False  # found offline, in what the same words found before


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository at one commit: what can be fetched from it, and on which terms."""

    name: str  # "owner/name"
    commit: str  # 40 hex digits
    licence: str
    licence_name: str  # what the card calls an own licence; empty
    base_model: str  # "owner/name" that the card names; empty
    is_gated: bool
    updated: str
    variants: tuple[Variant, ...]  # smallest first
    texts: tuple[RemoteFile, ...]  # licence, notice, acceptable use
    architecture: str = ""
    parameters: int = 0
    context_tokens: int = 0
    card_terms: str = field(default="", repr=False)  # the licence, where the model's card itself has it
    is_from_cache: bool = False  # answered offline, from what was asked before
