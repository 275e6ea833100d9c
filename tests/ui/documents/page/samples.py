"""Documents for pages and pictures: of every kind and in every state."""

from __future__ import annotations

from app.documents.parts import Span
from app.documents.records import Collection, Document, FileProgress, Passage, Progress
from app.ui.documents.page.shown import CollectionShown, HitsShown, ShelfShown


def document(number: int, name: str, collection_id: str = "c1", **more: object) -> Document:
    facts: dict[str, object] = {
        "kind": "pdf",
        "part_name": "page",
        "status": "read",
        "parts": 12,
        "size_bytes": 240_000,
        "chunks": 40,
        "embedded": 40,
    }
    facts |= more
    return Document(
        id=f"d{number}",
        collection_id=collection_id,
        name=name,
        path=f"/home/kim/papers/{name}",
        modified_ns=0,
        sha256="",
        keeping="reference",
        **facts,  # type: ignore[arg-type] # facts of a document, by name
    )


LONG_NAME = "Minutes of the annual general meeting of the housing cooperative at the old harbour, second draft (3).docx"
HOUSE = (
    document(1, "Contract of purchase.pdf", parts=193, size_bytes=2_140_000),
    document(2, "Heating bill 2025.pdf", scans=12, size_bytes=8_400_000),
    document(3, LONG_NAME, kind="docx", part_name="section", parts=8, size_bytes=48_000),
    document(
        4,
        "Land register.pdf",
        kind="",
        status="failed",
        parts=0,
        fault="This file is locked with a password.",
        next_step="Unlock it with its password.",
        fault_name="encrypted",
    ),
    document(5, "Prices.xlsx", kind="sheet", part_name="sheet", parts=3, hidden=2),
    document(6, "Survey of the roof.odt", kind="", status="reading", parts=0, size_bytes=1_900_000),
    document(7, "Utilities.pdf", kind="", status="waiting", parts=0, size_bytes=640_000),
    document(8, "Zoning plan.pdf", status="away", parts=31),
)
LETTERS = tuple(
    document(number, f"Letter {number}.eml", "c2", kind="mail", part_name="mail", parts=1, size_bytes=9_000)
    for number in range(20, 34)
)
OF_CHATS = (document(60, "invoice-4711.pdf", "", parts=2, size_bytes=88_000),)
AT_WORK = FileProgress("d6", "Survey of the roof.odt", "reading", 12, 30, "parts", 0.4, 40.0)
PROGRESS = Progress(2, 3_200, AT_WORK.name, AT_WORK.fraction, 130.0, is_paused=False, files=(AT_WORK,))
IDLE = Progress(0, 0, "", 0.0, None, is_paused=False)
SHELF = ShelfShown(
    (
        CollectionShown(Collection("c1", "House purchase", "/home/kim/papers/house", "reference", 0.0, 8, 247), HOUSE),
        CollectionShown(Collection("c2", "Letters", "", "inside", 0.0, 14, 14), LETTERS),
        CollectionShown(None, OF_CHATS),
    ),
    PROGRESS,
    can_recognise=True,
)
EMPTY = ShelfShown((), IDLE)
MANY = ShelfShown(
    (
        CollectionShown(
            Collection("c1", "Archive", "/srv/archive", "reference", 0.0, 10_000, 120_000),
            tuple(document(number, f"Report {number:05}.pdf") for number in range(10_000)),
        ),
    ),
    IDLE,
)


def passage(number: int, name: str, label: str, text: str) -> Passage:
    return Passage(f"d{number}", name, "page", label, Span(20, 0, 20, len(text)), "Rights › Of the buyer", text, 0.03)


HITS = HitsShown(
    "when is the deposit due",
    (
        passage(
            1,
            "Contract of purchase.pdf",
            "21",
            "The buyer pays a deposit of ten per cent of the price. It is due on the third working day after both "
            "parties have signed, and is held by the notary until the keys are handed over.",
        ),
        passage(3, LONG_NAME, "iv", "Deposits of members are paid back within six months after they have left."),
        passage(20, "Letter 20.eml", "1", "We have received your payment with thanks and shall send the papers soon."),
    ),
)
