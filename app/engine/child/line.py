"""A worker's end of the line to its parent: how it says who it is, what it is sent, and how both end.

Frames are taken by a thread of their own, so that a Ping is answered and a Cancel obeyed in the middle of a computation
(llama.cpp runs without the interpreter's lock). When the pipe ends, so does the child, at once.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app import sandbox
from app.engine.protocol import (
    Frame,
    Hello,
    Loaded,
    LoadFailed,
    LoadProgress,
    ModelFacts,
    Ping,
    Pong,
    Refused,
    ToParent,
)
from app.engine.wire import ProtocolError, decode, encode
from app.process import Pipe, granted_paths

if TYPE_CHECKING:
    from app.engine.child.llama.library import Library
    from app.engine.child.llama.model import Model

EXIT_WELL, EXIT_FAULT, EXIT_PROTOCOL, EXIT_REFUSED = 0, 1, 2, 3
PROGRESS_STEP = 0.01
"""Of loading, between two messages about it."""


@dataclass(frozen=True, slots=True)
class Line:
    """`guards` is what the child gave up, `library` what it computes with."""

    pipe: Pipe
    guards: sandbox.Guards
    library: Library

    def send(self, message: ToParent) -> None:
        self.pipe.send(encode(message))

    def greet(self, take: Callable[[Frame], None]) -> None:
        """Says hello, and hands every frame but a Ping to `take`, which raises ProtocolError for what is not for it."""
        start_thread("reader", lambda: self._read(take))
        self.send(Hello(self.guards, self.library.build(), self.library.devices()))

    def _read(self, take: Callable[[Frame], None]) -> None:
        while (frame := self.pipe.recv()) is not None:
            try:
                message = decode(frame)
                if isinstance(message, Ping):
                    self.send(Pong(message.number, *_own_memory()))
                else:
                    take(message)
            except ProtocolError:
                os._exit(EXIT_PROTOCOL)
        os._exit(EXIT_WELL)  # nobody is there any more; a computation that still runs must not hold us

    def tell_load(self, load: Callable[[], ModelFacts]) -> None:
        """Loads, and says how that went."""
        from app.engine.child.llama.library import LoadError

        try:
            facts = load()
        except LoadError as error:
            self.send(LoadFailed(error.fault, error.detail))
        else:
            self.send(Loaded(facts))

    def in_steps(self) -> Callable[[float], None]:
        """For whoever loads: says how far it is, but not for each byte."""
        sent = -1.0

        def on_progress(fraction: float) -> None:
            nonlocal sent
            if fraction - sent >= PROGRESS_STEP or fraction >= 1 > sent:
                sent = fraction
                self.send(LoadProgress(fraction))

        return on_progress

    def facts(
        self, model: Model, path: Path, *, context_tokens: int, template_family: str, load_s: float
    ) -> ModelFacts:
        """What the parent is told of a model that is loaded."""
        return ModelFacts(
            name=model.meta("general.name") or path.stem,
            architecture=model.meta("general.architecture"),
            parameters=model.parameters,
            size_bytes=model.size_bytes,
            context_tokens=context_tokens,
            trained_context_tokens=model.trained_context_tokens,
            quantisation=model.quantisation,
            template_family=template_family,
            devices=tuple(f"{device.name} ({device.description})" for device in self.library.devices()),
            load_s=load_s,
            guards=self.guards,
            engine_build=self.library.build(),
        )


def opened() -> Line | None:
    """The privileges are given up, and only then llama.cpp is imported. None where it is not the one that we know."""
    pipe = Pipe()
    guards = sandbox.give_up("engine", read_only=granted_paths())
    _skip_package_imports()
    from app.engine.child.llama import library

    faults = library.mismatches()
    if faults:
        pipe.send(encode(Refused("; ".join(faults))))
        return None
    return Line(pipe, guards, library.Library())


def start_thread(name: str, work: Callable[[], None]) -> None:
    """A thread without which the child is of no use: its fault ends the child."""

    def or_end() -> None:
        try:
            work()
        except Exception:
            sys.excepthook(*sys.exc_info())
            os._exit(EXIT_FAULT)

    threading.Thread(target=or_end, name=name, daemon=True).start()


def _skip_package_imports() -> None:
    """Registers the package llama_cpp without running its __init__.

    That would import numpy, jinja2 and a disk cache: 0.7 s at each start, and code that this child never uses.
    """
    spec = importlib.util.find_spec("llama_cpp")
    if spec is not None:
        sys.modules["llama_cpp"] = importlib.util.module_from_spec(spec)


def _own_memory() -> tuple[int, int]:
    """Bytes read from disks so far, and resident in memory; zeros on systems without /proc."""
    read_bytes = resident_bytes = 0
    with contextlib.suppress(OSError, ValueError, IndexError):
        resident_bytes = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        io = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
        read_bytes = int(io.get("read_bytes", 0))
    return read_bytes, resident_bytes
