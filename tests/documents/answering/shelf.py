"""Documents in memory for tests of answering: searched by the words they share with a question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.documents.answering.strategy import estimated_tokens
from app.documents.citing.terms import terms
from app.documents.parts import Hidden, Part, PartName, Span
from app.documents.records import Document, Passage, Scope, Size, Status

SCOPE = Scope(collection_ids=("c",))


@dataclass
class Paper:
    name: str
    pages: Sequence[str]
    hidden: tuple[Hidden, ...] = ()  # of every page
    part_name: PartName = "page"
    status: Status = "read"


class Shelf:
    """Keeps what `Library` promises, as far as answering asks for it. Each paragraph of a page is a chunk."""

    def __init__(self, *papers: Paper) -> None:
        self._papers = {f"d{number}": paper for number, paper in enumerate(papers)}
        self.queries: list[str] = []

    def documents(self, collection_id: str | None = None, *, ids: Sequence[str] | None = None) -> tuple[Document, ...]:
        return tuple(
            Document(
                id=key,
                collection_id="c",
                name=paper.name,
                path="",
                size_bytes=0,
                modified_ns=0,
                sha256="",
                kind="pdf",
                part_name=paper.part_name,
                status=paper.status,
                keeping="reference",
                parts=len(paper.pages),
            )
            for key, paper in self._papers.items()
            if collection_id is not None or (ids is not None and key in ids)
        )

    def search(self, query: str, scope: Scope | None = None, *, limit: int = 10) -> tuple[Passage, ...]:
        self.queries.append(query)
        wanted = {term.text for term in terms(query)}
        scored = [
            replace(passage, score=float(len(wanted & {term.text for term in terms(passage.text)})))
            for passage in self._passages()
        ]
        return tuple(sorted(scored, key=lambda passage: -passage.score)[:limit])

    def part(self, document_id: str, number: int) -> Part:
        paper = self._papers[document_id]
        return Part(number, str(number + 1), paper.pages[number], paper.hidden)

    def parts_of(self, document_id: str) -> Iterator[Part]:
        number = 0
        while number < len(self._papers[document_id].pages):  # asked each time: a document can change meanwhile
            yield self.part(document_id, number)
            number += 1

    def size_of(self, scope: Scope) -> Size:
        pages = [page for paper in self._papers.values() if paper.status != "failed" for page in paper.pages]
        return Size(len(self._papers), len(pages), sum(map(estimated_tokens, pages)), sum(map(len, pages)))

    def _passages(self) -> Iterator[Passage]:
        for document in self.documents("c"):
            for part in self.parts_of(document.id):
                start = 0
                for paragraph in part.text.split("\n\n"):
                    span = Span(part.number, start, part.number, start + len(paragraph))
                    yield Passage(document.id, document.name, document.part_name, part.label, span, "", paragraph)
                    start += len(paragraph) + 2
