"""How fast Paddock answers and reads beside llama.cpp's own benchmark, which neither samples nor talks to anybody."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from app.engine.client import ChildEngine
from app.engine.protocol import LoadWish, Message
from app.models import library
from tests.bench import drawing, llama_bench, measure
from tests.bench.llama_bench import Run
from tests.bench.measure import Row

SHORT_TOKENS, LONG_TOKENS = 128, 1500
PREFILL_TOKENS, PREFILL_MICRO_BATCHES = 512, (128, 512)
# Text that is about one token a word; every run begins with another number, so that nothing of it is in the cache.
_WORDS = " and then the sun came up over the hill"


def wish(threads: int, micro_batch_tokens: int | None = None) -> LoadWish:
    """Without guesses: llama-bench does not guess either."""
    return LoadWish(library.starter(), threads=threads, micro_batch_tokens=micro_batch_tokens, is_guessing=False)


def decode() -> Iterator[Row]:
    for threads, tokens, bar in ((1, SHORT_TOKENS, ">= 0.97"), (1, LONG_TOKENS, ">= 0.95"), (2, SHORT_TOKENS, "")):
        with measure.loaded(wish(threads)) as engine:
            depth_tokens = measure.ask(engine, measure.question(), 2).timings.prompt_tokens
            measured = measure.ratio(_answering(engine, tokens), _generating(threads, tokens, depth_tokens))
        yield Row(f"decode / llama-bench, {tokens} tokens, {_threads(threads)}", bar, str(measured))


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"


def _answering(engine: ChildEngine, tokens: int) -> Callable[[], float]:
    return lambda: measure.ask(engine, measure.question(), tokens + 1).tokens_per_s


def _generating(threads: int, tokens: int, depth_tokens: int) -> Callable[[], float]:
    """llama-bench, beginning where our answer begins: behind a prompt of the same length."""
    program = llama_bench.build()
    run = Run(library.starter(), threads, answer_tokens=tokens, depth_tokens=depth_tokens)
    return lambda: llama_bench.tokens_per_s(program, run)


def window() -> Iterator[Row]:
    for threads, bar in ((1, ">= 0.95"), (2, ">= 0.90")):
        with drawing.window(threads) as drawn:
            theirs = _generating(threads, SHORT_TOKENS, drawn.ask(2).prompt_tokens)
            measured = measure.ratio(partial(_drawing, drawn), theirs)
        yield Row(f"decode / llama-bench while the window draws it, {_threads(threads)}", bar, str(measured))


def _drawing(drawn: drawing.Window) -> float:
    return drawn.ask(SHORT_TOKENS + 1).tokens_per_s


def prefill() -> Iterator[Row]:
    for micro_batch_tokens in PREFILL_MICRO_BATCHES:
        with measure.loaded(wish(1, micro_batch_tokens)) as engine:
            reading = partial(_reading, engine, itertools.count())
            tokens = engine.count(_long_question(0))
            run = Run(library.starter(), 1, prompt_tokens=tokens, micro_batch_tokens=micro_batch_tokens)
            measured = measure.ratio(reading, partial(llama_bench.tokens_per_s, llama_bench.build(), run))
        what = f"prefill / llama-bench, {tokens} tokens, micro-batch {micro_batch_tokens}, 1 thread"
        yield Row(what, ">= 0.97", str(measured))


def _reading(engine: ChildEngine, numbers: Iterator[int]) -> float:
    """The header before the question is in the cache from the second round on, and is not counted."""
    question = _long_question(next(numbers))
    timings = measure.ask(engine, question, 1, sampling=replace(measure.SAMPLING, ignores_end=False)).timings
    return (timings.prompt_tokens - timings.reused_tokens) / timings.prefill_s


def _long_question(number: int) -> tuple[Message, ...]:
    return measure.question(f"{number}{_WORDS * (PREFILL_TOKENS // _WORDS.count(' '))}")


def busy() -> Iterator[Row]:
    """With the number of threads that the planner chooses, as everybody has it."""
    with measure.loaded(LoadWish(library.starter(), is_guessing=False)) as engine:
        found = []
        for _round in range(measure.ROUNDS):
            quiet = _answering(engine, SHORT_TOKENS)()
            with measure.busy_neighbour():
                found.append(_answering(engine, SHORT_TOKENS)() / quiet)
        threads = engine.plan.threads
    measured = measure.Spread(tuple(found))
    yield Row(f"decode beside one busy process / quiet, {_threads(threads)} as planned", ">= 0.3", str(measured))


def guessing() -> Iterator[Row]:
    """What guessing ahead brings where it can: an answer that repeats its prompt, and one that does not."""
    story = "".join(
        f"{number}. The llama number {number} crossed the hill on day {3 * number}.\n" for number in range(40)
    )
    texts = {"a text said again": f"Repeat this text word by word:\n{story}", "a story": measure.QUESTION}
    plain, guessed = (LoadWish(library.starter(), is_guessing=is_guessing) for is_guessing in (False, True))
    with measure.loaded(plain) as without, measure.loaded(guessed) as with_guesses:
        for name, text in texts.items():
            found = []
            for _round in range(3):
                speeds = [
                    measure.ask(engine, measure.question(text), 2 * SHORT_TOKENS).tokens_per_s
                    for engine in (with_guesses, without)
                ]
                found.append(speeds[0] / speeds[1])
            yield Row(f"decode with guesses / without, {name}", "", f"{statistics.median(found):.3g}")
