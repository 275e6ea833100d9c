"""Grounds, citations and scopes as text for the database, and back. What stands there was written here alone."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any  # values of JSON that we wrote ourselves

from app.documents.grounds import Citation, Cited, Grounds
from app.documents.parts import Span
from app.documents.records import NO_DOCUMENTS, Passage, Scope


def pack(grounds: Grounds) -> str:
    return json.dumps(asdict(grounds), ensure_ascii=False)


def unpack(packed: str) -> Grounds:
    fields = json.loads(packed)
    fields["passages"] = tuple(_passage(one) for one in fields["passages"])
    fields["near"] = tuple(_passage(one) for one in fields["near"])
    fields["documents"] = tuple(fields["documents"])
    fields["hashes"] = tuple(fields.get("hashes", ()))
    return Grounds(**fields)


def pack_cited(cited: Cited) -> str:
    return json.dumps(asdict(cited))


def unpack_cited(packed: str) -> Cited:
    """What was never written is without citations."""
    if not packed:
        return Cited()
    fields = json.loads(packed)
    citations = tuple(Citation(**{**one, "span": Span(**one["span"])}) for one in fields["citations"])
    return Cited(citations, tuple((start, end) for start, end in fields["markers"]))


def pack_scope(scope: Scope) -> str:
    return json.dumps([scope.document_ids, scope.collection_ids]) if scope else ""


def unpack_scope(packed: str) -> Scope:
    return Scope(*map(tuple, json.loads(packed))) if packed else NO_DOCUMENTS


def _passage(fields: dict[str, Any]) -> Passage:
    return Passage(**{**fields, "span": Span(**fields["span"]), "ranks": tuple(fields["ranks"])})
