"""Measures what docs/performance.md says, as ratios in one run: `.venv/bin/python tests/bench/figures.py [NAME...]`.

Without names all figures are taken, which needs an hour, 16 GB of memory and the machine to itself; `documents` names
all of documents. Prints a Markdown section; append it by hand when it was measured on a quiet machine. Never part of a
test run: a figure on a busy machine means nothing.
"""

from __future__ import annotations

import datetime
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from app.engine.planning import hardware
from tests.bench import (
    chatting,
    citing,
    documents,
    embedding,
    fetching,
    forecasts,
    highlights,
    large,
    lifecycle,
    markdown,
    memory,
    reading,
    retrieval,
    searching,
    speed,
    starting,
    switching,
    transcript,
)
from tests.bench.llama_bench import Unavailable
from tests.bench.measure import Row

FIGURES: Mapping[str, Callable[[], Iterator[Row]]] = {
    "decode": speed.decode,
    "window": speed.window,
    "prefill": speed.prefill,
    "busy": speed.busy,
    "guessing": speed.guessing,
    "back": switching.back,
    "turns": switching.turns,
    "planned": memory.planned,
    "idle": memory.idle,
    "forecasts": forecasts.forecasts,
    "giant": large.giant,
    "beginnings": lifecycle.beginnings,
    "stops": lifecycle.stops,
    "deaths": lifecycle.deaths,
    "fetching": fetching.fetching,
    "start": starting.start,
    "chat": chatting.chatting,
    "transcript": transcript.transcript,
    "markdown": markdown.markdown,
    "search": searching.searching,
    "opening": searching.opening,
    "reading": reading.reading,
    "indexing": documents.indexing,
    "embedding": embedding.embedding,
    "passages": documents.searching,
    "citing": citing.citing,
    "highlights": highlights.highlights,
    "retrieval": retrieval.retrieval,
}
GROUPS: Mapping[str, tuple[str, ...]] = {
    "documents": ("reading", "indexing", "embedding", "passages", "citing", "highlights", "retrieval"),
}


def main() -> int:
    names = [one for name in sys.argv[1:] for one in GROUPS.get(name, (name,))] or list(FIGURES)
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        print(f"There is no figure {', '.join(unknown)}. There are: {', '.join([*FIGURES, *GROUPS])}.", file=sys.stderr)
        return 2
    # An order to end leaves no engine and no file of many gigabytes behind.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    machine = hardware.probe()
    memory_gb = machine.memory_total_bytes / 1e9
    print(f"\n## {datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {machine.cpu}, ", end="")
    print(f"{machine.cores_physical} cores, {memory_gb:.0f} GB, {sys.platform}")
    print(f"\nLoad average before: {os.getloadavg()[0]:.1f}.\n\n| figure | bar | measured |\n|---|---|---|", flush=True)
    for name in names:
        begun = time.monotonic()
        try:
            for row in FIGURES[name]():
                print(f"| {row.what} | {row.bar} | {row.measured} |", flush=True)
        except Unavailable as reason:
            print(f"| {name} | | not measured: {reason} |", flush=True)
        print(f"{name} took {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
