"""What the documents' widgets ask for: frozen values only."""

from __future__ import annotations

from app.documents.parts import Span
from app.frozen import dataclass


@dataclass(frozen=True, slots=True)
class PassageRequested:
    """A place in a document that the person wants to see. `words` is what is marked there, where it is known."""

    document_id: str
    span: Span
    words: str = ""
