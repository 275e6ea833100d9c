"""What the hub answered, checked: a stranger's word becomes `Found` and `Repository`, or is refused.

Two steps, so that an answer can be kept and read again with the same suspicion: `facts_of_...` picks out the few values
that matter, as they came; `found` and `repository` believe none of them. Rows of a search that make no sense are passed
over; a repository that makes none is refused whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any  # JSON from outside: nothing is known of it before it is checked here

from app.errors import Untrustworthy
from app.models.hub import variants
from app.models.hub.remote import Found, RemoteFile, Repository
from app.models.shelf.manifest import ENDING, is_text
from app.models.shelf.names import one_line, readable, safe_path
from app.text import _

MAX_FILES = 10_000
MAX_FILE_BYTES = 2 * 10**12
MAX_TEXT_BYTES = 2**20
MAX_TEXTS = 16
MAX_WORD = 96  # characters of an identifier: of a licence, an architecture
MAX_COUNT = 2**63 - 1  # SQLite's largest

_NAME_PART = "[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?"  # "..", "--" are the hub's own exceptions
_NAME = re.compile(rf"(?!.*(?:\.\.|--)){_NAME_PART}/{_NAME_PART}")
_GIT_ID = re.compile("[0-9a-f]{40}")
_SHA256 = re.compile("[0-9a-f]{64}")

Untrusted = Mapping[str, Any]


def is_repository_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def is_commit(text: object) -> bool:
    return isinstance(text, str) and _GIT_ID.fullmatch(text) is not None


def facts_of_found(info: object) -> dict[str, Any]:
    """Of one of huggingface_hub's ModelInfo. Its attributes hold whatever JSON the hub sent."""
    card = getattr(info, "card_data", None)
    tags = getattr(info, "tags", None)
    tagged = [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []
    updated = getattr(info, "last_modified", None)
    gguf = getattr(info, "gguf", None)
    return {
        "name": getattr(info, "id", None),
        "licence": getattr(card, "license", None) or _tag(tagged, "license:"),
        "is_gated": bool(getattr(info, "gated", False)),
        "downloads": getattr(info, "downloads", None),
        "likes": getattr(info, "likes", None),
        "updated": updated.date().isoformat() if isinstance(updated, datetime) else "",
        "gguf": {key: gguf.get(key) for key in ("architecture", "total", "context_length")}
        if isinstance(gguf, dict)
        else {},
    }


def facts_of_repository(info: object) -> dict[str, Any]:
    """Of a ModelInfo with `files_metadata`. Files that Paddock would never fetch are left out."""
    card = getattr(info, "card_data", None)
    siblings = getattr(info, "siblings", None) or []
    if len(siblings) > MAX_FILES:
        raise _refused("too many files")
    return {
        **facts_of_found(info),
        "commit": getattr(info, "sha", None),
        "licence_name": getattr(card, "license_name", None),
        "base_model": getattr(card, "base_model", None),
        "card_terms": getattr(card, "extra_gated_prompt", None),
        "files": [_facts_of_file(sibling) for sibling in siblings if _matters(sibling.rfilename)],
    }


def found(untrusted: Untrusted) -> Found | None:
    """A row of a search; None for one that cannot be a repository."""
    name = untrusted.get("name")
    if not isinstance(name, str) or not is_repository_name(name):
        return None
    gguf = untrusted.get("gguf")
    told = gguf if isinstance(gguf, Mapping) else {}
    return Found(
        name,
        licence=_word(untrusted.get("licence")),
        is_gated=bool(untrusted.get("is_gated")),
        downloads=_count(untrusted.get("downloads")),
        likes=_count(untrusted.get("likes")),
        updated=_date(untrusted.get("updated")),
        architecture=_word(told.get("architecture")),
        parameters=_count(told.get("total")),
        context_tokens=_count(told.get("context_length")),
    )


def repository(name: str, revision: str, untrusted: Untrusted) -> Repository:
    """The repository that was asked for, under the name it was asked for. Raises Untrustworthy."""
    row = found({**untrusted, "name": name})
    commit = untrusted.get("commit")
    files = untrusted.get("files")
    if row is None or not isinstance(commit, str) or not is_commit(commit) or not isinstance(files, list):
        raise _refused("no commit or no list of files")
    if is_commit(revision) and commit != revision:
        raise _refused("another commit")
    listed = [_file(file) for file in files]
    if len({file.path for file in listed}) < len(listed) or len(listed) > MAX_FILES:
        raise _refused("a file twice, or too many")
    return Repository(
        name,
        commit,
        row.licence,
        licence_name=_word(untrusted.get("licence_name")),
        base_model=_base_model(untrusted.get("base_model")),
        is_gated=row.is_gated,
        updated=row.updated,
        variants=variants.group(listed),
        texts=_texts(listed),
        architecture=row.architecture,
        parameters=row.parameters,
        context_tokens=row.context_tokens,
        card_terms=_card_terms(untrusted.get("card_terms")),
    )


def _facts_of_file(sibling: Any) -> list[object]:  # huggingface_hub's RepoSibling, with any JSON in its fields
    lfs = sibling.lfs
    if lfs is not None and lfs.size != sibling.size:
        raise _refused("two sizes of one file")
    return [sibling.rfilename, sibling.size, lfs.sha256 if lfs is not None else "", sibling.blob_id or ""]


def _matters(path: object) -> bool:
    if not isinstance(path, str):
        raise _refused("a file without a name")
    return path.lower().endswith(ENDING) or is_text(path)


def _file(untrusted: object) -> RemoteFile:
    """Raises Untrustworthy: for a name that leads elsewhere, a size that none can have, a hash that is none."""
    if not isinstance(untrusted, list) or len(untrusted) != 4:
        raise _refused("a file without facts")
    path, size_bytes, sha256, blob_id = untrusted
    if not isinstance(path, str) or not isinstance(sha256, str) or not isinstance(blob_id, str):
        raise _refused("a file of other facts")
    safe_path(path)
    if isinstance(size_bytes, bool) or not isinstance(size_bytes, int) or not 0 <= size_bytes <= MAX_FILE_BYTES:
        raise _refused("a file of impossible size")
    if (sha256 and not _SHA256.fullmatch(sha256)) or (blob_id and not _GIT_ID.fullmatch(blob_id)):
        raise _refused("a hash that is none")
    if sha256 and not size_bytes:
        raise _refused("an empty file")
    return RemoteFile(path, size_bytes, sha256, blob_id)


def _texts(files: list[RemoteFile]) -> tuple[RemoteFile, ...]:
    """What a person should read before the first byte of weights: licence first, in the order of names."""
    checkable = (
        file
        for file in files
        if is_text(file.path) and 0 < file.size_bytes <= MAX_TEXT_BYTES and (file.sha256 or file.blob_id)
    )
    by_name = sorted(checkable, key=lambda file: (not file.path.lower().startswith("licen"), file.path.lower()))
    return tuple(by_name[:MAX_TEXTS])


def _base_model(value: object) -> str:
    """A card names one or several; the first counts."""
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, str) and is_repository_name(first) else ""


def _card_terms(value: object) -> str:
    return readable(value) if isinstance(value, str) and len(value) <= MAX_TEXT_BYTES else ""


def _tag(tags: list[str], prefix: str) -> str:
    return next((tag.removeprefix(prefix) for tag in tags if tag.startswith(prefix)), "")


def _word(value: object) -> str:
    first = value[0] if isinstance(value, list) and value else value
    return one_line(first, MAX_WORD) if isinstance(first, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_COUNT else 0


def _date(value: object) -> str:
    return value if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) else ""


def _refused(detail: str) -> Untrustworthy:
    return Untrustworthy(
        _("What the hub says about this repository cannot be right."),
        _("Nothing was fetched. Look for another copy of this model."),
        detail=detail,
    )
