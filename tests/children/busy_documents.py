"""Reads and embeds whatever waits in a profile, and is killed while it does: `busy_documents.py FOLDER`.

Says "read" or "embedded" after each step, so that a kill meets both. The parser child is the real one.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from app.documents.embedding.fake import FakeEmbedder
from app.documents.embedding.int8 import Vectors
from app.documents.library import Library
from app.engine.stop import Stop
from tests.documents.plainly import open_database

BATCH_S = 0.03


class SlowEmbedder(FakeEmbedder):
    """Takes its time, as a real one does."""

    def passages(self, texts: Sequence[str], *, stop: Stop) -> Vectors:
        time.sleep(BATCH_S)
        print("embedded", flush=True)
        return super().passages(texts, stop=stop)


def main() -> None:
    database = open_database(Path(sys.argv[1]) / "profile" / "paddock.db")
    embedder = SlowEmbedder()
    library = Library(database, embedder=lambda: embedder, scan_every_s=3600.0)
    library.on_change(lambda: print("read", flush=True))
    library.start()
    library.wait_until_idle(600)
    print("idle", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
