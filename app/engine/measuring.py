"""How fast a loaded model really is here: reading, writing, going back to an earlier conversation.

The same calls that a chat makes, through the child and the pipe. The texts are made up by chance, so that nothing of
them is held from before and no guess ahead comes true by itself.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from app.engine.client import Engine, Stop
from app.engine.protocol import Finished, Message, Sampling, Timings
from app.errors import Cancelled
from app.text import _

READ_TOKENS = 512
WRITTEN_TOKENS = 128
ROUNDS = 3
TO_THE_END = Sampling(temperature=0.0, repeat_penalty=1.0, ignores_end=True)
_WORDS = (
    *("time", "hill", "light", "river", "paper", "seven", "stone", "garden"),
    *("letter", "under", "window", "before", "morning", "music", "table", "winter"),
)


@dataclass(frozen=True, slots=True)
class Speeds:
    """Medians of `rounds`. Tokens per second; `first_word_s` is for a short question to a model that is loaded."""

    prefill_tokens_per_s: float
    decode_tokens_per_s: float
    first_word_s: float
    resumed_first_word_s: float  # after going back to a conversation of READ_TOKENS tokens
    rounds: int


def measure(engine: Engine, *, stop: Stop, on_step: Callable[[int, int], None], rounds: int = ROUNDS) -> Speeds:
    """Takes a minute on a small machine. `on_step` gets how many of how many steps are done. Raises Cancelled."""
    chance = random.Random()  # noqa: S311 - texts to read, no secrets
    read, written, first, resumed = [], [], [], []
    total = rounds * 4
    tokens = min(READ_TOKENS, engine.facts.context_tokens // 2)

    def ask(text: str, conversation: str, max_tokens: int) -> tuple[Timings, float]:
        started = time.perf_counter()
        for event in engine.answer(
            (Message("user", text),),
            sampling=TO_THE_END,
            max_tokens=max_tokens,
            stop=stop,
            conversation=conversation,
        ):
            if isinstance(event, Finished):
                if event.stop_reason == "stopped":
                    break
                return event.timings, time.perf_counter() - started
        raise Cancelled(_("Measuring was stopped."))

    for number in range(rounds):
        long_text = _text(chance, tokens)
        home = f"measuring {number}"
        timings, _seconds = ask(long_text, home, 1)
        read.append((timings.prompt_tokens - timings.reused_tokens) / timings.prefill_s)
        on_step(4 * number + 1, total)
        timings, _seconds = ask(_text(chance, 8), "", WRITTEN_TOKENS)
        written.append((timings.answer_tokens - 1) / timings.decode_s)
        on_step(4 * number + 2, total)
        first.append(ask(_text(chance, 12), "", 1)[1])
        on_step(4 * number + 3, total)
        resumed.append(ask(long_text, home, 1)[1])
        on_step(4 * number + 4, total)
        engine.forget(home)
    return Speeds(
        prefill_tokens_per_s=statistics.median(read),
        decode_tokens_per_s=statistics.median(written),
        first_word_s=statistics.median(first),
        resumed_first_word_s=statistics.median(resumed),
        rounds=rounds,
    )


def _text(chance: random.Random, words: int) -> str:
    return " ".join(chance.choice(_WORDS) + str(chance.randrange(10)) * (number % 7 == 0) for number in range(words))
