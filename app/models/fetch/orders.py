"""What is to be fetched, and how far it is: the values of a download, checked and packed for the database.

An order is checked when it is placed and again when it is read back: its names become paths, its sizes fill a disk.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, Literal, get_args

from app.errors import AccessNeeded, Bug, NotOnHub, PaddockError, Untrustworthy
from app.models.fetch.fetching import Phase
from app.models.hub.remote import RemoteFile, Variant, VariantKind
from app.models.shelf import manifest
from app.models.shelf.manifest import Manifest, ManifestFile
from app.models.shelf.names import safe_path
from app.net.gate import ConsentNeeded
from app.text import _

MAX_TEXT_CHARACTERS = 2**20

State = Literal["waiting", "running", "paused", "failed", "done"]
Need = Literal["", "consent", "access"]
"""What the person has to give before it can go on: leave to ask the hub, or access to the model."""


@dataclass(frozen=True, slots=True)
class Order:
    """One model to be fetched. `texts` are the licence and notice, already fetched: name and content."""

    title: str
    repository: str  # "owner/name"
    commit: str  # 40 hex digits
    licence: str  # the hub's identifier
    licence_title: str
    base_model: str
    variant: Variant
    quantisation: str = ""
    kind: VariantKind = "model"
    texts: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    architecture: str = ""
    is_gated: bool = False  # the hub gives it to people with a token only

    @property
    def size_bytes(self) -> int:
        return self.variant.size_bytes


@dataclass(frozen=True, slots=True)
class Download:
    """How far an order is. `done_bytes` never exceeds `total_bytes`, and counts anew only while `phase` is checking,
    or when `message` says that the hub began again.
    """

    id: str
    order: Order
    state: State
    phase: Phase
    done_bytes: int
    total_bytes: int
    bytes_per_s: float  # smoothed; 0 when nothing comes in
    seconds_left: float | None  # None: not known
    message: str = ""
    next_step: str = ""
    need: Need = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a download stands still, as sentences."""

    message: str = ""
    next_step: str = ""
    need: Need = ""


def trouble_of(fault: PaddockError) -> tuple[State, Trouble]:
    """What a fault means for a download: paused where it can simply go on later, else failed."""
    need: Need = ""
    if isinstance(fault, ConsentNeeded):
        need = "consent"
    elif isinstance(fault, AccessNeeded):
        need = "access"
    is_over = isinstance(fault, (Untrustworthy, NotOnHub, Bug))
    return "failed" if is_over else "paused", Trouble(fault.message, fault.next_step, need)


def name_of(file: RemoteFile) -> str:
    """What a file of a repository is called in the model's own folder, which has no folders inside."""
    return PurePosixPath(file.path).name


def manifest_of(order: Order, *, template_sha256: str = "") -> Manifest:
    return Manifest(
        title=order.title,
        files=tuple(ManifestFile(name_of(file), file.size_bytes, file.sha256) for file in order.variant.files),
        repository=order.repository,
        commit=order.commit,
        licence=order.licence,
        licence_title=order.licence_title,
        base_model=order.base_model,
        quantisation=order.quantisation,
        kind=order.kind,
        architecture=order.architecture,
        texts=tuple(name for name, _content in order.texts),
        template_sha256=template_sha256,
        added=datetime.now(UTC).date().isoformat(),
    )


def refuse_unfit(order: Order) -> None:
    """Raises Untrustworthy for what cannot be put away safely: names, sizes, hashes, doubles, endless texts."""
    for file in order.variant.files:
        safe_path(file.path)
    if any(len(content) > MAX_TEXT_CHARACTERS for _name, content in order.texts):
        raise _unfit("a text is too long")
    try:
        manifest.parse(json.dumps({"version": manifest.VERSION, **asdict(manifest_of(order))}).encode())
    except Untrustworthy as fault:
        if fault.detail:  # not a sentence about a name, but one about a manifest, which the person has never seen
            raise _unfit(fault.detail) from fault
        raise
    if not manifest.COMMIT.fullmatch(order.commit):
        raise _unfit("a commit that is none")


def pack(order: Order, home: Path) -> str:
    """For the database: the order and where it goes. Only ASCII, so that any path can be stored."""
    return json.dumps({"home": str(home), "order": asdict(order)})


def unpack(untrusted: str) -> tuple[Order, Path] | None:
    """None for what makes no sense."""
    try:
        found = json.loads(untrusted)
        fields = found["order"]
        variant = fields["variant"]
        files = tuple(RemoteFile(**file) for file in variant["files"])
        order = Order(
            **{
                **fields,
                "variant": Variant(**{**variant, "files": files}),
                "texts": tuple((str(name), str(content)) for name, content in fields["texts"]),
            }
        )
        refuse_unfit(order)
        home = Path(found["home"])
        is_right = home == manifest.home_of(home.parents[2], order.repository, order.variant.name, order.commit)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, Untrustworthy):
        return None
    return (order, home) if home.is_absolute() and ".." not in home.parts and is_right else None


def pack_trouble(trouble: Trouble) -> str:
    return json.dumps(asdict(trouble)) if trouble != Trouble() else ""


def unpack_trouble(untrusted: str) -> Trouble:
    """Nothing, for what makes no sense."""
    try:
        found: dict[str, Any] = json.loads(untrusted or "{}")  # Any: JSON can be anything
        trouble = Trouble(**found)
    except (ValueError, TypeError, RecursionError):
        return Trouble()
    is_text = isinstance(trouble.message, str) and isinstance(trouble.next_step, str)
    return trouble if is_text and trouble.need in get_args(Need) else Trouble()


def _unfit(detail: str) -> Untrustworthy:
    return Untrustworthy(
        _("What the hub says about this model does not fit together."),
        _("Nothing was fetched. Look for another copy of this model."),
        detail=detail,
    )
