"""What the Models page shows and tells, as plain values. Offers and what the hub says come as the core has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.journeys.offers import Choice, Fit
from app.models.hub.remote import Found, Repository, Variant, VariantKind

Network = Literal["asks", "allowed", "never", "fixed"]
Progress = Literal["waiting", "ready", "failed"]
ShelfGroup = Literal["model", "elsewhere", "adapter", "embedding"]
ShelfState = Literal["ready", "in_use", "unverified", "checking", "missing", "changed"]
ShelfActName = Literal["settings", "check", "export", "move", "show", "forget", "delete"]
DownloadState = Literal["waiting", "fetching", "checking", "paused", "failed"]
DownloadActName = Literal["pause", "resume", "cancel", "retry", "dismiss"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence and what to do next, in the place where the answer would be."""

    message: str
    next_step: str = ""
    is_access: bool = False  # a token or the owner's permission is missing: the button leads there


@dataclass(frozen=True, slots=True)
class ResultsShown:
    """What a search found. `text` is what was searched for."""

    text: str
    progress: Progress
    found: tuple[Found, ...] = ()
    problem: Problem | None = None  # where it failed
    is_from_cache: bool = False  # answered offline, from what was asked before


@dataclass(frozen=True, slots=True)
class VariantShown:
    """One variant of a listing. `fit` is None while it is being computed, and for what is no model."""

    variant: Variant
    words: str  # the quantisation in plain words
    fit: Fit | None = None


@dataclass(frozen=True, slots=True)
class ListingShown:
    """What a repository has to fetch."""

    repository: str  # "owner/name"
    progress: Progress
    details: Repository | None = None
    variants: tuple[VariantShown, ...] = ()
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Pick:
    """One thing that can be fetched, from the catalogue or from a listing: what a row of choices draws."""

    repository: str
    quantisation: str
    variant: str  # name of the file without ending and part number; empty while the hub was not asked
    words: str
    size_bytes: int
    is_size_estimated: bool
    fit: Fit | None
    kind: VariantKind = "model"


@dataclass(frozen=True, slots=True)
class ShelfItem:
    """A model that is here. `repository`, `quantisation` and `variant` tell which offer it fulfils."""

    id: str
    title: str
    group: ShelfGroup
    size_bytes: int
    quantisation: str = ""
    state: ShelfState = "ready"
    source: str = ""  # "LM Studio", or the repository that it came from
    folder: str = ""  # where it lies, in full
    base: str = ""  # of an adapter: what it goes with
    repository: str = ""
    variant: str = ""
    acts: tuple[ShelfActName, ...] = ("settings", "check", "export", "move", "show", "delete")
    can_use: bool = True
    checked: float = 0.0  # from 0 to 1, while it is being checked


@dataclass(frozen=True, slots=True)
class DiskShown:
    """What a folder for models holds, and what is left on its drive."""

    folder: str
    models_bytes: int
    unfinished_bytes: int
    other_bytes: int  # of other programs and files on the same drive
    free_bytes: int
    is_current: bool = True  # where new models go
    is_read_only: bool = False


@dataclass(frozen=True, slots=True)
class ShelfShown:
    items: tuple[ShelfItem, ...] = ()
    disks: tuple[DiskShown, ...] = ()


@dataclass(frozen=True, slots=True)
class DownloadShown:
    """One item of the queue, however many files it has."""

    id: str
    title: str  # "Llama 3.1 8B Instruct · Q4_K_M"
    repository: str
    quantisation: str
    state: DownloadState
    done_bytes: int  # fetched; while `checking`, those checked
    total_bytes: int  # 0 unknown
    variant: str = ""
    bytes_per_s: float = 0.0  # 0 unknown
    left_s: float | None = None
    note: str = ""  # a sentence in place of the figures, such as on trying again
    problem: Problem | None = None  # where it failed
    needs_access: bool = False  # paused until a token, or the owner's permission, is there


@dataclass(frozen=True, slots=True)
class SearchRequested:
    text: str


@dataclass(frozen=True, slots=True)
class ListingRequested:
    repository: str


@dataclass(frozen=True, slots=True)
class AccessRequested:
    """The person wants to do something about a gated repository."""

    repository: str


@dataclass(frozen=True, slots=True)
class FetchRequested:
    repository: str
    quantisation: str
    variant: str = ""  # empty where the choice is of the catalogue


@dataclass(frozen=True, slots=True)
class UseRequested:
    id: str  # of the shelf


@dataclass(frozen=True, slots=True)
class ShelfAct:
    id: str
    act: ShelfActName


@dataclass(frozen=True, slots=True)
class DownloadAct:
    id: str
    act: DownloadActName


def pick_of_choice(choice: Choice) -> Pick:
    return Pick(
        choice.repository,
        choice.quantisation,
        choice.variant,
        choice.words,
        choice.size_bytes,
        choice.is_size_estimated,
        choice.fit,
    )


def pick_of_variant(repository: str, shown: VariantShown) -> Pick:
    variant = shown.variant
    return Pick(
        repository,
        variant.quantisation,
        variant.name,
        shown.words,
        variant.size_bytes,
        False,
        shown.fit,
        variant.kind,
    )


def is_same(pick: Pick, item: ShelfItem | DownloadShown) -> bool:
    """Whether `item` is what `pick` offers. Where one side does not know the variant, the quantisation decides."""
    if pick.repository != item.repository or not pick.repository:
        return False
    if pick.variant and item.variant:
        return pick.variant == item.variant
    return pick.quantisation == item.quantisation
