"""`bench`: how a model file is placed on this machine, how fast that should be, and how fast it is.

Reads the model file and nothing else; writes nothing but its report. The keys of the JSON are documented in
docs/command-line.md.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass

from app import __version__, log, sandbox
from app.cli import streams
from app.cli.arguments import Arguments
from app.cli.ask import interruptible
from app.engine import client, measuring
from app.engine.client import Engine, Stop
from app.engine.measuring import Speeds
from app.engine.planning import forecast, hardware
from app.engine.planning.forecast import Forecast
from app.engine.planning.planner import Machine
from app.engine.protocol import LoadWish
from app.errors import EXIT_OK, PaddockError
from app.models import header, library
from app.models.header import Header
from app.net import tripwire
from app.text import _


@dataclass(frozen=True, slots=True)
class Report:
    """All that is told."""

    title: str
    model: Header
    engine: Engine
    machine: Machine
    forecast: Forecast
    speeds: Speeds


def main(arguments: Arguments) -> int:
    """Exit codes: docs/command-line.md."""
    sandbox.forbid_core_dumps()
    tripwire.arm(tripwire.Door())
    log.start(None)
    stop = Stop()
    try:
        with interruptible(stop):
            report = _measured(arguments, stop)
    except PaddockError as error:
        streams.tell(str(error))
        return error.exit_code
    _show("")
    streams.write((as_json if arguments.as_json else as_text)(report) + "\n")
    report.engine.close()
    return EXIT_OK


def _measured(arguments: Arguments, stop: Stop) -> Report:
    path = arguments.model or library.starter()
    model = header.read_header(path)
    machine = Machine(hardware.probe(), client.build().devices)

    def on_progress(fraction: float) -> None:
        _show(_("Loading {percent:3.0f} %").format(percent=100 * fraction))

    def on_step(done: int, total: int) -> None:
        _show(_("Measuring {done} of {total}").format(done=done, total=total))

    engine = client.load(LoadWish(path), on_progress=on_progress, stop=stop)
    try:
        foreseen = forecast.forecast(model, engine.plan, machine, None, None)
        speeds = measuring.measure(engine, stop=stop, on_step=on_step, rounds=arguments.rounds)
    except BaseException:
        engine.close()
        raise
    return Report(library.title_of(path), model, engine, machine, foreseen, speeds)


def _show(words: str) -> None:
    """On a terminal, over what stood there before."""
    if sys.stderr.isatty():
        streams.tell(f"\r\033[K{words}", end="")


def as_text(report: Report) -> str:
    """For people."""
    speeds, foreseen, facts = report.speeds, report.forecast, report.engine.facts
    rows = [
        (_("ready after"), "s", facts.load_s, foreseen.load_s),
        (_("reading a prompt"), _("tokens/s"), speeds.prefill_tokens_per_s, foreseen.prefill_tokens_per_s),
        (_("writing an answer"), _("tokens/s"), speeds.decode_tokens_per_s, foreseen.decode_tokens_per_s),
        (_("first word of a short question"), "s", speeds.first_word_s, None),
        (_("first word after going back to a chat"), "s", speeds.resumed_first_word_s, None),
    ]
    lines = [
        _("{title}, {kind}, {size:.1f} GB, on {cpu}").format(
            title=report.title,
            kind=report.model.quantisation,
            size=report.model.total_bytes / 1e9,
            cpu=report.machine.hardware.cpu,
        ),
        *report.engine.plan.reasons,
        "",
        f"{'':40}{_('measured'):>12}{_('forecast'):>12}",
    ]
    for label, unit, measured, expected in rows:
        told = "" if expected is None else f"{expected:12.2f}"
        lines.append(f"{label + ', ' + unit:40}{measured:12.2f}{told}")
    return "\n".join(lines)


def as_json(report: Report) -> str:
    """The documented object, on several lines."""
    plan = report.engine.plan
    return json.dumps(
        {
            "paddock": __version__,
            "engine": report.engine.facts.engine_build,
            "processor": report.machine.hardware.cpu,
            "model": {
                "title": report.title,
                "architecture": report.model.architecture,
                "quantisation": report.model.quantisation,
                "parameters": report.model.parameters,
                "size_bytes": report.model.total_bytes,
            },
            "plan": {
                "place": plan.place,
                "context_tokens": plan.context_tokens,
                "gpu_layers": plan.gpu_layers,
                "threads": plan.threads,
                "kv_type": plan.kv_type,
                "shares": [asdict(share) for share in plan.shares],
                "reasons": list(plan.reasons),
            },
            "forecast": {
                "load_s": report.forecast.load_s,
                "prefill_tokens_per_s": report.forecast.prefill_tokens_per_s,
                "decode_tokens_per_s": report.forecast.decode_tokens_per_s,
                "first_word_s": report.forecast.first_word_s,
            },
            "measured": {"load_s": report.engine.facts.load_s, **asdict(report.speeds)},
        },
        indent=2,
    )
