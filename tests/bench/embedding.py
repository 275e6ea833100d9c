"""Embedding throughput: through the app, with its pipe, prefixes and rounding, as a ratio to a bare llama.cpp loop.

The bare loop is a child, too, so that both have the same threads and priority: it has the texts in its memory, cuts
them into tokens, sorts them by length and computes batches of the same size; its clock runs while it computes, ours
from text to rounded vector. `tests/bench/embedding.py [ROUNDS]` runs it alone.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from app.documents.embedding import models
from app.documents.embedding.embedder import EngineEmbedder
from app.engine.embedding import BATCH_TOKENS, NICENESS, SEQUENCES
from app.engine.loading import ENVIRONMENT
from app.engine.stop import Stop
from app.models import embedder as minilm
from tests.bench.measure import Row, Spread, ratio

BAR = 0.9
TEXTS = 48  # as the library hands them over: about 10,000 tokens
ROUNDS = 5
_WORDS = ("the", "a", "of", "to", "pressure", "boundary", "layer", "flow", "wing", "heat", "supersonic", "theory")


def embedding(rounds: int = ROUNDS) -> Iterator[Row]:
    texts = _texts()
    threads = max(1, (os.cpu_count() or 2) - 1)
    with tempfile.TemporaryDirectory() as folder:
        file = minilm.embedder(Path(folder))
        ours = EngineEmbedder(models.starter(), file, threads=threads)
        bare = Bare(file, texts, threads)
        try:
            ours.query("It is loaded now.", stop=Stop())
            bare.seconds()
            spread = ratio(
                lambda: len(texts) / _seconds(ours, texts), lambda: len(texts) / bare.seconds(), rounds=rounds
            )
            yield Row("embedding through the app / bare llama.cpp loop", f">= {BAR}", str(spread))
            speeds = Spread(tuple(bare.tokens / bare.seconds() for _ in range(3)))
            yield Row(f"tokens per second, bare, {threads} threads", "", str(speeds))
        finally:
            ours.close()
            bare.close()


def _texts() -> list[str]:
    """Chunks as files have them: most of the wished length, some shorter."""
    draw = random.Random(7)
    return [" ".join(draw.choices(_WORDS, k=draw.choice((30, 120, 200, 210, 220, 230, 240)))) for _ in range(TEXTS)]


def _seconds(embedder: EngineEmbedder, texts: Sequence[str]) -> float:
    begun = time.perf_counter()
    embedder.passages(texts, stop=Stop())
    return time.perf_counter() - begun


class Bare:
    """A program that knows only llama.cpp, which computes all texts each time it is given a line."""

    def __init__(self, file: Path, texts: Sequence[str], threads: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(file), str(threads), str(BATCH_TOKENS), str(SEQUENCES), str(NICENESS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **ENVIRONMENT},
            text=True,
        )
        self.tokens = int(self._ask(json.dumps(texts)))

    def seconds(self) -> float:
        return float(self._ask("again"))

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(line, file=self._process.stdin, flush=True)
        return self._process.stdout.readline()

    def close(self) -> None:
        self._process.communicate(timeout=60)


# It imports nothing of ours. One llama_batch, filled token by token before the clock starts; vectors are copied.
_PROGRAM = """
import json, os, sys, time, ctypes
import llama_cpp.llama_cpp as lib
path, threads, size, most, niceness = sys.argv[1].encode(), *map(int, sys.argv[2:])
if hasattr(os, "nice"):
    os.nice(niceness)
lib.llama_backend_init()
model = lib.llama_model_load_from_file(path, lib.llama_model_default_params())
vocab, width = lib.llama_model_get_vocab(model), lib.llama_model_n_embd(model)
wish = lib.llama_context_default_params()
wish.n_ctx = wish.n_batch = wish.n_ubatch = size
wish.n_seq_max, wish.kv_unified, wish.embeddings = most, True, True
wish.n_threads = wish.n_threads_batch = threads
context = lib.llama_init_from_model(model, wish)
def tokens_of(text):
    data = text.encode()
    room = (lib.llama_token * (len(data) + 8))()
    return list(room[:lib.llama_tokenize(vocab, data, len(data), room, len(room), True, False)])[:size]
texts = sorted(map(tokens_of, json.loads(sys.stdin.readline())), key=len)
batches, batch, count, row = [], None, 0, 0
for text in texts:
    if batch is None or count + len(text) > size or row == most:
        batch, count, row = lib.llama_batch_init(size, 0, 1), 0, 0
        batches.append([batch, 0])
    for place, token in enumerate(text):
        batch.token[count], batch.pos[count], batch.n_seq_id[count] = token, place, 1
        batch.seq_id[count][0], batch.logits[count] = row, 1
        count += 1
    row += 1
    batch.n_tokens = count
    batches[-1] = [batch, row]
print(sum(map(len, texts)), flush=True)
for _line in sys.stdin:
    begun = time.perf_counter()
    for batch, rows in batches:
        assert lib.llama_encode(context, batch) == 0
        for row in range(rows):
            ctypes.string_at(lib.llama_get_embeddings_seq(context, row), 4 * width)
    print(time.perf_counter() - begun, flush=True)
"""


def main(arguments: Sequence[str]) -> int:
    for row in embedding(*map(int, arguments)):
        print(f"{row.what}: {row.measured} {row.bar}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
