"""The engine child: gives up its privileges, loads one model, answers.

The main thread works; a reader thread takes the frames, so that a Ping is answered and a Cancel obeyed in the
middle of a decode (llama.cpp runs without the interpreter's lock). When the pipe ends, so does the child, at once.
"""

from __future__ import annotations

import importlib.util
import os
import queue
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from app import sandbox
from app.engine.protocol import (
    AnswerEvent,
    Ask,
    Cancel,
    Count,
    Counted,
    Failed,
    Hello,
    Load,
    Loaded,
    LoadFailed,
    LoadProgress,
    ModelFacts,
    Ping,
    Pong,
    Progressed,
    ProtocolError,
    Refused,
    ToParent,
    decode,
    encode,
)
from app.process import Pipe, granted_paths

if TYPE_CHECKING:
    from app.engine.answering import Answering
    from app.engine.llama import Context, Library

EXIT_WELL, EXIT_PROTOCOL, EXIT_REFUSED = 0, 2, 3
PROGRESS_STEP = 0.01

Work: TypeAlias = Load | Ask | Count


def main() -> int:
    """`--worker engine`. The late imports are the point: nothing native is loaded before the privileges are gone."""
    pipe = Pipe()
    guards = sandbox.give_up("engine", read_only=granted_paths())
    _skip_package_imports()
    from app.engine import llama

    faults = llama.mismatches()
    if faults:
        pipe.send(encode(Refused("; ".join(faults))))
        return EXIT_REFUSED
    return Worker(pipe, guards, llama.Library()).run()


def _skip_package_imports() -> None:
    """Registers the package llama_cpp without running its __init__.

    That would import numpy, jinja2 and a disk cache: 0.7 s at each start, and code that this child never uses.
    """
    spec = importlib.util.find_spec("llama_cpp")
    if spec is not None:
        sys.modules["llama_cpp"] = importlib.util.module_from_spec(spec)


class Worker:
    """One child's state: at most one model, one job at a time."""

    def __init__(self, pipe: Pipe, guards: sandbox.Guards, library: Library) -> None:
        self._pipe = pipe
        self._guards = guards
        self._library = library
        self._work: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._lock = threading.Lock()  # the three below, shared with the reader thread
        self._context: Context | None = None
        self._running: int | None = None
        self._cancelled: set[int] = set()
        self._answering: Answering | None = None

    def run(self) -> NoReturn:
        threading.Thread(target=self._read, name="reader", daemon=True).start()
        self._send(Hello(self._guards, self._library.build(), self._library.devices()))
        while True:
            work = self._work.get()
            if isinstance(work, Load):
                self._load(work)
            else:
                self._do(work)

    def _send(self, message: ToParent) -> None:
        self._pipe.send(encode(message))

    # The reader thread.

    def _read(self) -> None:
        while (frame := self._pipe.recv()) is not None:
            try:
                message = decode(frame)
            except ProtocolError:
                os._exit(EXIT_PROTOCOL)
            match message:
                case Ping(number):
                    self._send(Pong(number))
                case Cancel(job):
                    self._cancel(job)
                case Load() | Ask() | Count():
                    self._work.put(message)
                case _:
                    os._exit(EXIT_PROTOCOL)
        os._exit(EXIT_WELL)  # nobody is there any more; a decode that still runs must not hold us

    def _cancel(self, job: int) -> None:
        with self._lock:
            self._cancelled.add(job)
            if self._running == job and self._context is not None:
                self._context.request_abort()

    # The main thread.

    def _load(self, load: Load) -> None:
        from app.engine.llama import LoadError

        try:
            facts = self._load_model(load)
        except LoadError as error:
            self._send(LoadFailed(error.fault, error.detail))
        else:
            self._send(Loaded(facts))

    def _load_model(self, load: Load) -> ModelFacts:
        from app.engine.answering import Answering
        from app.engine.llama import Context, Model

        started = time.perf_counter()
        sent = -1.0

        def on_progress(fraction: float) -> None:
            nonlocal sent
            if fraction - sent >= PROGRESS_STEP or fraction >= 1 > sent:
                sent = fraction
                self._send(LoadProgress(fraction))

        path = Path(load.path)
        model = Model(self._library, path, gpu_layers=load.gpu_layers, repack=load.repack, on_progress=on_progress)
        trained = model.trained_context_tokens
        wanted = min(trained, load.context_tokens) if trained > 0 else load.context_tokens
        context = Context(model, self._library, context_tokens=wanted, threads=load.threads)
        with self._lock:
            self._context = context
        self._answering = Answering(model, context)
        return ModelFacts(
            name=model.meta("general.name") or path.stem,
            architecture=model.meta("general.architecture"),
            parameters=model.parameters,
            size_bytes=model.size_bytes,
            context_tokens=context.limit_tokens,
            trained_context_tokens=trained,
            quantisation=model.quantisation,
            template_family=self._answering.template.family,
            devices=self._library.devices(),
            load_s=time.perf_counter() - started,
            guards=self._guards,
            engine_build=self._library.build(),
        )

    def _do(self, work: Ask | Count) -> None:
        from app.engine.answering import PromptTooLong
        from app.engine.llama import DecodeError

        answering = self._answering
        if answering is None:
            os._exit(EXIT_PROTOCOL)
        self._start(work.job)
        try:
            if isinstance(work, Count):
                self._send(Counted(work.job, len(answering.prompt_tokens(work.messages))))
            else:
                answering.answer(work, lambda event: self._emit(work.job, event))
        except PromptTooLong as fault:
            self._send(Failed(work.job, "context_full", fault.tokens, fault.limit, ""))
        except DecodeError as fault:
            self._send(Failed(work.job, "decode", 0, 0, str(fault)))
        finally:
            with self._lock:
                self._running = None

    def _start(self, job: int) -> None:
        with self._lock:
            self._running = job
            if self._context is not None:
                self._context.clear_abort()
                if job in self._cancelled:
                    self._context.request_abort()
            self._cancelled = {later for later in self._cancelled if later > job}

    def _emit(self, job: int, event: AnswerEvent) -> None:
        self._send(Progressed(job, event))
