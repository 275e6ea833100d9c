"""How well documents are found: nDCG@10 and recall@10 of a test collection, by the app's own store and search.

`tests/bench/retrieval.py [--chunks 200,256,384] FOLDER...` reads each folder by what lies in it:

* SMART: a file of documents (`*.all*`), one of queries (`*.qry` or `query*`) and one of judgements (`*rel*`), with
  fields .I .T .A .B .W .X. In each judgement the first two numbers are query and document (TREC's: first and third).
* BEIR: `corpus.jsonl`, `queries.jsonl`, `qrels/test.tsv` (or .../dev, .../train).

nDCG is that of trec_eval: gain / log2(rank + 1), over the best order of all judged documents; what was not judged has
no gain. Queries without a relevant document are left out. Cranfield's judgements say 1 for the best and 4 for the
least: gains 4 to 1; -1 and 5 say "of no interest": gain 0. Everywhere else the number is the gain. Recall counts
documents with any gain. A document's place is that of its best passage.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import re
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from app.core import MIGRATIONS
from app.documents.embedding import models
from app.documents.embedding.embedder import Embedder, EngineEmbedder
from app.documents.index import search
from app.documents.index.fusion import Ranked, fuse
from app.documents.library import Library
from app.documents.parts import About, Chunk, Part
from app.documents.reader import OnParts, ReadWish, Source
from app.documents.reading.blocks import Block, RawPart
from app.documents.reading.chunking import Chunker
from app.engine.stop import Stop
from app.models import embedder as minilm
from app.storage.database import Database
from tests.bench.llama_bench import Unavailable
from tests.bench.measure import Row

DEPTH = 10
WAYS = ("words", "meaning", "both")
BARS = {"words": ">= .36", "meaning": ">= .37", "both": ">= .41"}  # of Cranfield
INDEX_S = 6 * 3600.0
PARAGRAPH = re.compile(r"\S(?:.|\n(?!\s*\n))*")
Judgements = Mapping[str, Mapping[str, float]]  # of each query: the gain of each document that has one
Ranking = Mapping[str, Sequence[str]]  # of each query: documents, the best first


@dataclass(frozen=True, slots=True)
class Text:
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Collection:
    name: str
    texts: Mapping[str, Text]
    queries: Mapping[str, str]  # those with a relevant document
    gains: Judgements


def read_collection(folder: Path) -> Collection:
    """Raises SystemExit where neither layout is there."""
    if (folder / "corpus.jsonl").exists():
        texts, queries, gains = _beir(folder)
    else:
        texts, queries, gains = _smart(folder)
    judged = {query: gains[query] for query in queries if any(gain > 0 for gain in gains.get(query, {}).values())}
    unknown = {document for found in judged.values() for document in found} - texts.keys()
    if unknown:
        print(f"{folder.name}: {len(unknown)} judged documents are not in the collection", file=sys.stderr)
    return Collection(folder.name, texts, {query: queries[query] for query in judged}, judged)


# --- BEIR ---


def _beir(folder: Path) -> tuple[dict[str, Text], dict[str, str], dict[str, dict[str, float]]]:
    texts = {row["_id"]: Text(row.get("title") or "", row.get("text") or "") for row in _rows(folder / "corpus.jsonl")}
    queries = {row["_id"]: row["text"] for row in _rows(folder / "queries.jsonl")}
    gains: dict[str, dict[str, float]] = {}
    judgements = next(path for name in ("test", "dev", "train") if (path := folder / "qrels" / f"{name}.tsv").exists())
    for line in judgements.read_text("utf-8").splitlines():
        query, document, *_rest, gain = line.split("\t")
        if re.fullmatch(r"-?\d+(\.\d+)?", gain):  # else it is the heading
            gains.setdefault(query, {})[document] = max(0.0, float(gain))
    return texts, queries, gains


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                row = json.loads(line)
                yield {**row, "_id": str(row["_id"])}


# --- SMART ---


def _smart(folder: Path) -> tuple[dict[str, Text], dict[str, str], dict[str, dict[str, float]]]:
    documents = _only(folder, r"\.all(\.\d+)?$")
    judgements = _only(folder, r"qrel|\.rel$|rel\.txt$", but=r"readme")
    records = _records(documents)
    texts = {number: _text(fields) for number, fields in records}
    asked = _records(_only(folder, r"\.qry$|^query"))
    pairs = [line.split() for line in judgements.read_text("utf-8", "replace").splitlines() if line.strip()]
    # Cranfield numbers its queries with gaps, and its judgements count them: 225 for the last, whose number is 365.
    is_counted = max(int(pair[0]) for pair in pairs) == len(asked) != max(int(number) for number, _fields in asked)
    queries = {
        str(place) if is_counted else number: " ".join(fields.get("W", "").split())
        for place, (number, fields) in enumerate(asked, 1)
    }
    grade = _cleverdon if "cran" in judgements.name.lower() else _any
    place = 2 if all(pair[1] == "0" for pair in pairs) else 1
    gains: dict[str, dict[str, float]] = {}
    for pair in pairs:
        found = gains.setdefault(str(int(pair[0])), {})
        document = str(int(pair[place]))
        found[document] = max(grade(pair[place + 1 :]), found.get(document, 0.0))
    return texts, queries, gains


def _only(folder: Path, pattern: str, *, but: str = "^$") -> Path:
    found = [
        path
        for path in sorted(folder.iterdir())
        if re.search(pattern, path.name, re.IGNORECASE) and not re.search(but, path.name, re.IGNORECASE)
    ]
    if not found:
        raise SystemExit(f"{folder}: no file is called like {pattern}; the docstring says which layouts are known.")
    return found[0]


def _records(path: Path) -> list[tuple[str, dict[str, str]]]:
    """Number and fields, by letter. A letter that comes twice (several authors) is one field."""
    made: list[tuple[str, dict[str, str]]] = []
    letter = ""
    for line in path.read_text("utf-8", "replace").splitlines():
        if mark := re.match(r"\.I\s+(\d+)", line):
            made.append((str(int(mark[1])), {}))
            letter = ""
        elif mark := re.match(r"\.([A-Z])\s*$", line):
            letter = mark[1]
        elif letter:
            fields = made[-1][1]
            fields[letter] = f"{fields.get(letter, '')}{line}\n"
    return made


def _text(fields: Mapping[str, str]) -> Text:
    return Text(" ".join(fields.get("T", "").split()), fields.get("W", "").strip())


def _cleverdon(rest: Sequence[str]) -> float:
    code = int(rest[0]) if rest else 5
    return float(5 - code) if 1 <= code <= 4 else 0.0


def _any(_rest: Sequence[str]) -> float:
    """CISI and CACM: what is listed is relevant; the numbers behind are zeros."""
    return 1.0


# --- Figures ---


def ndcg(ranked: Sequence[str], gains: Mapping[str, float], depth: int = DEPTH) -> float:
    """trec_eval's ndcg_cut."""
    best = sum(gain / math.log2(rank + 1) for rank, gain in enumerate(sorted(gains.values(), reverse=True)[:depth], 1))
    found = sum(gains.get(document, 0.0) / math.log2(rank + 1) for rank, document in enumerate(ranked[:depth], 1))
    return found / best if best else 0.0


def recall(ranked: Sequence[str], gains: Mapping[str, float], depth: int = DEPTH) -> float:
    relevant = {document for document, gain in gains.items() if gain > 0}
    return len(relevant.intersection(ranked[:depth])) / len(relevant)


def figures(ranking: Ranking, gains: Judgements) -> tuple[float, float]:
    """Means of nDCG@10 and recall@10 over all judged queries."""
    return (
        statistics.mean(ndcg(ranking.get(query, ()), found) for query, found in gains.items()),
        statistics.mean(recall(ranking.get(query, ()), found) for query, found in gains.items()),
    )


# --- Through the app ---


class Folder:
    """A collection's texts as files, which the library adds; what it reads of them is the collection's own text.

    The chunks are the app's. Only the parser child is left out: one process for each of thousands of abstracts.
    """

    def __init__(self, collection: Collection, folder: Path) -> None:
        self._texts = {f"{place}.txt": text for place, text in enumerate(collection.texts.values())}
        self._numbers = dict(zip(self._texts, collection.texts, strict=True))
        self.files = tuple(folder / name for name in self._texts)
        for file in self.files:
            file.write_bytes(b"")

    def number_of(self, file: str) -> str:
        """Of the text in the collection."""
        return self._numbers[file]

    def read(
        self,
        source: Source,
        wish: ReadWish,
        *,
        on_parts: OnParts,
        on_progress: Callable[[float], None],
        on_title: Callable[[str], None],
        stop: Stop,
    ) -> About:
        text = self._texts[source.name]
        body = text.body or text.title
        raw = RawPart("", body, tuple(Block(*match.span(), "paragraph") for match in PARAGRAPH.finditer(body)))
        chunker = Chunker(wish.chunk_tokens, wish.overlap)
        found = [*chunker.add(raw), *chunker.finish()]
        chunks = [
            Chunk(number, one.span, one.heading, body[one.span.start : one.span.end], one.tokens)
            for number, one in enumerate(found)
        ]
        on_parts([Part(0, "", body)], chunks)
        return About("text", "section", text.title, 1, len(body), 0, 0)


@dataclass(frozen=True, slots=True)
class Found:
    """What one way of searching found, and how good that is."""

    way: str
    ndcg: float
    recall: float


def evaluate(
    collection: Collection, embedder: Embedder, *, chunk_tokens: int = ReadWish().chunk_tokens
) -> Iterator[Found]:
    """By words alone, by meaning alone, by both: each from `Library.search` over a temporary profile."""
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "texts").mkdir()
        folder = Folder(collection, Path(place) / "texts")
        database = Database.open(Path(place) / "profile" / "paddock.db", os.urandom(32), migrations=MIGRATIONS)
        wish = ReadWish(chunk_tokens=chunk_tokens)
        library = Library(database, embedder=lambda: embedder, wish=lambda: wish, read=folder.read)
        try:
            library.add_files(folder.files)
            library.start()
            if not library.wait_until_idle(INDEX_S):
                raise SystemExit("The collection was not indexed in time.")
            for way in WAYS:
                with only(way):
                    ranking = {query: _ranked(library, folder, text) for query, text in collection.queries.items()}
                yield Found(way, *figures(ranking, collection.gains))
        finally:
            library.close()
            database.close()


def retrieval() -> Iterator[Row]:
    """Of the collections in the folders that COLLECTIONS names. Raises Unavailable where it names none."""
    folders = [Path(name) for name in os.environ.get("COLLECTIONS", "").split(os.pathsep) if name]
    if not folders:
        raise Unavailable("the environment variable COLLECTIONS names no folders of test collections")
    with tempfile.TemporaryDirectory() as cache:
        model = EngineEmbedder(models.starter(), minilm.embedder(Path(cache)))
        try:
            for folder in folders:
                collection = read_collection(folder)
                for found in evaluate(collection, model, chunk_tokens=ReadWish().chunk_tokens):
                    bar = BARS[found.way] if collection.name == "cranfield" else ""
                    yield Row(f"nDCG@10 by {found.way}, {collection.name}", bar, f"{found.ndcg:.3f}")
        finally:
            model.close()


def _ranked(library: Library, folder: Folder, query: str) -> list[str]:
    names = [passage.document_name for passage in library.search(query, limit=5 * DEPTH)]
    return [folder.number_of(name) for name in dict.fromkeys(names)]


def only(way: str) -> contextlib.AbstractContextManager[object]:
    """The app knows no such wish: one of its two rankings is kept out of the fusion."""
    if way == "both":
        return contextlib.nullcontext()

    def fuse_one(by_words: Sequence[int], by_meaning: Sequence[tuple[int, float]], limit: int) -> list[Ranked]:
        return fuse(by_words if way == "words" else (), by_meaning if way == "meaning" else (), limit)

    return patch.object(search, "fuse", fuse_one)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", default=str(ReadWish().chunk_tokens), help="tokens, several with commas between")
    parser.add_argument("folders", nargs="+", type=Path)
    wish = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as cache:
        model = EngineEmbedder(models.starter(), minilm.embedder(Path(cache)))
        print("| collection | texts, queries | chunks of | found by | nDCG@10 | recall@10 |\n|---|---|---|---|---|---|")
        try:
            for folder in wish.folders:
                collection = read_collection(folder)
                counts = f"{len(collection.texts):,}, {len(collection.queries):,}"
                for tokens in map(int, wish.chunks.split(",")):
                    for row in evaluate(collection, model, chunk_tokens=tokens):
                        figure = f"{row.ndcg:.4f} | {row.recall:.3f}"
                        print(f"| {collection.name} | {counts} | {tokens} tokens | {row.way} | {figure} |", flush=True)
        finally:
            model.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
