"""What was planned against what is taken: bytes of a loaded model, and what the whole app needs beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.engine.protocol import KvType, LoadWish
from tests.bench import drawing, measure, shapes
from tests.bench.measure import Row

IDLE_S = 5.0
LONG_QUESTION_TOKENS = 600  # more than a micro-batch


@dataclass(frozen=True, slots=True)
class Pair:
    """A model and how it is loaded."""

    shape: str
    quantisation: str
    context_tokens: int
    kv_type: KvType = "f16"
    micro_batch_tokens: int = 512

    def __str__(self) -> str:
        size = f"{self.context_tokens // 1024}k"
        batch = "" if self.micro_batch_tokens == 512 else f", micro-batch {self.micro_batch_tokens}"
        return f"{self.shape.upper()} {self.quantisation}, {size} of {self.kv_type}{batch}"


PAIRS = (
    Pair("1b", "Q8_0", 2048),
    Pair("1b", "Q8_0", 32768),
    Pair("1b", "Q8_0", 32768, "q8_0"),
    Pair("1b", "F16", 8192),
    Pair("3b", "Q4_K_M", 4096),
    Pair("3b", "Q4_K_M", 16384, "q8_0"),
    Pair("3b", "Q4_0", 8192),
    Pair("3b", "Q8_0", 8192, micro_batch_tokens=128),
    Pair("8b", "Q4_K_M", 2048),
    Pair("8b", "Q4_K_M", 8192),
    Pair("8b", "Q4_K_M", 32768, "q8_0"),
    Pair("8b", "Q5_K_M", 8192, "q4_0"),
    Pair("8b", "Q8_0", 8192),
)


def planned() -> Iterator[Row]:
    """Planned and real bytes; real after a prompt of a whole micro-batch, when every buffer has been used."""
    found = []
    with shapes.folder() as folder:
        for pair in PAIRS:
            share, row = _pair(folder, pair)
            found.append(share)
            yield row
    what = f"planned bytes / real bytes, {len(found)} models and settings, least and most"
    yield Row(what, "0.95 to 1.10", f"{min(found):.3f} to {max(found):.3f}")


def _pair(folder: Path, pair: Pair) -> tuple[float, Row]:
    wish = LoadWish(
        shapes.model(folder, pair.shape, pair.quantisation),
        context_tokens=pair.context_tokens,
        kv_type=pair.kv_type,
        micro_batch_tokens=pair.micro_batch_tokens,
    )
    with measure.loaded(wish) as engine:
        measure.ask(engine, measure.question(" llama" * pair.micro_batch_tokens), 2)
        plan, real_bytes = engine.plan, measure.pss_bytes(engine.pid)
    repacked = ", repacked" if plan.repack else ""
    share = plan.total_bytes / real_bytes
    measured = f"{share:.3f} ({plan.total_bytes / 1e6:.0f} MB planned, {real_bytes / 1e6:.0f} MB real{repacked})"
    return share, Row(f"planned / real: {pair}", "", measured)


def idle() -> Iterator[Row]:
    """The window and the engine with the starter model, every buffer used: what is not the model's own."""
    with drawing.window(0) as window:
        drawn = window.ask(measure.ROUNDS, " llama" * LONG_QUESTION_TOKENS)
        time.sleep(IDLE_S)
        ours, engine = measure.pss_bytes(drawn.window_pid), measure.pss_bytes(drawn.engine_pid)
    beyond = ours + engine - drawn.model_bytes
    parts = (f"{part / 1e6:.0f} MB" for part in (beyond, ours, engine, drawn.model_bytes))
    measured = "{} (window {}, engine {}, of which the model {})".format(*parts)
    yield Row("memory beyond weights, KV and compute buffers, idle for 5 s", "<= 350 MB", measured)
