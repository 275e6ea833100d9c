"""What is promised before loading against what comes: after one answer of the same model, and after one of another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.engine import client
from app.engine.client import ChildEngine
from app.engine.planning import forecast, hardware, speedbook
from app.engine.planning.planner import Machine
from app.engine.planning.speedbook import SpeedBook
from app.engine.protocol import LoadWish, Timings
from app.models.header import read_header
from tests.bench import measure, shapes
from tests.bench.measure import Row

BAR = "0.8 to 1.25"
MODELS = (("1b", "Q8_0"), ("3b", "Q4_K_M"), ("8b", "Q4_K_M"))
PROMPT_TOKENS, ANSWER_TOKENS = 1000, 48


class Notes:
    """A place for SpeedBook (the protocol app.settings.Backend)."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def get(self, key: str) -> str | None:
        return self._texts.get(key)

    def set(self, key: str, text: str) -> None:
        self._texts[key] = text

    def remove(self, key: str) -> None:
        self._texts.pop(key, None)

    def all(self) -> dict[str, str]:
        return dict(self._texts)


def forecasts() -> Iterator[Row]:
    """Each model runs twice. The first of all runs is the one that the machine is learnt from."""
    machine = Machine(hardware.probe(), client.build().devices)
    book = SpeedBook(Notes())
    with shapes.folder() as folder:
        for number, (shape, quantisation) in enumerate(MODELS):
            path = shapes.model(folder, shape, quantisation)
            with measure.loaded(LoadWish(path, is_guessing=False)) as engine:
                before = _forecast(book, machine, engine, path)
                first = _run(engine, 1)
                book.learn(path.name, read_header(path), engine.plan, machine, first, load_s=engine.facts.load_s)
                after = _forecast(book, machine, engine, path)
                second = _run(engine, 2)
            name = f"{shape.upper()} {quantisation}"
            if number:
                yield Row(f"forecast / measured, {name}, after runs of other models", BAR, _compared(before, first))
            else:
                yield Row(f"forecast / measured, {name}, machine unknown", "", _compared(before, first))
            yield Row(f"forecast / measured, {name}, after one run of it", BAR, _compared(after, second))


def _forecast(book: SpeedBook, machine: Machine, engine: ChildEngine, path: Path) -> forecast.Forecast:
    measured = book.measured(path.name, engine.plan)
    return forecast.forecast(read_header(path), engine.plan, machine, measured, book.machine())


def _run(engine: ChildEngine, number: int) -> Timings:
    text = f"{number}" + " llama" * PROMPT_TOKENS
    return measure.ask(engine, measure.question(text), ANSWER_TOKENS).timings


def _compared(told: forecast.Forecast, timings: Timings) -> str:
    decode, prefill = speedbook.written_per_s(timings), speedbook.read_per_s(timings)
    return (
        f"decode {told.decode_tokens_per_s / decode:.2f}, prefill {told.prefill_tokens_per_s / prefill:.2f} "
        f"({decode:.3g} and {prefill:.3g} tokens/s)"
    )
