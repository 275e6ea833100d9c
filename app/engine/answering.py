"""One loaded model answering: prompt to tokens, what the KV cache lacks is read, then token by token.

Python's share per token is what stands in `_decode`; llama.cpp does the rest with the interpreter's lock free.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence

from app.engine import template as templates
from app.engine.kvcache import AnswerMemory, shown_tokens
from app.engine.llama import Context, Model, Sampler
from app.engine.protocol import (
    AnswerEvent,
    Ask,
    Delta,
    Finished,
    Message,
    Prefilling,
    StopReason,
    Timings,
)
from app.engine.stream import TextStream


class PromptTooLong(Exception):
    def __init__(self, tokens: int, limit: int) -> None:
        super().__init__(tokens, limit)
        self.tokens, self.limit = tokens, limit


class Answering:
    """Answers on one context, one at a time."""

    def __init__(self, model: Model, context: Context) -> None:
        self._model = model
        self._context = context
        self._memory = AnswerMemory()
        self.template = templates.choose(model.chat_template(), model.render_built_in)
        stops = self.template.stop_strings
        marker = self.template.end_marker
        if marker and len(model.tokenize(marker, is_control=True)) != 1:
            stops = (*stops, marker)
        self._stop_strings = stops

    def prompt_tokens(self, messages: Sequence[Message]) -> list[int]:
        """The whole prompt. A space at the end of control text moves into what follows, as tokenisers expect it."""
        model = self._model
        tokens: list[int] = []
        space = ""
        for segment in templates.render(self.template, messages, model.render_built_in):
            remembered = self._memory.tokens(segment.text) if segment.is_answer else None
            if remembered is not None:
                tokens.extend(remembered)
                space = ""
                continue
            is_fresh = not tokens or model.is_control(tokens[-1])
            if is_fresh and model.has_space_prefix:
                space = ""  # the tokeniser puts it there itself
            text = space + segment.text
            space = " " if segment.is_control and text.endswith(" ") else ""
            text = text.removesuffix(space)
            tokens += model.tokenize(text, is_control=segment.is_control, is_fresh=is_fresh)
        if self._model.adds_bos and tokens[:1] != [self._model.bos]:
            tokens.insert(0, self._model.bos)
        return tokens

    def answer(self, ask: Ask, emit: Callable[[AnswerEvent], None]) -> None:
        """Emits Prefilling, Delta and at last one Finished. Raises PromptTooLong and DecodeError."""
        started = time.perf_counter()
        prompt = self.prompt_tokens(ask.messages)
        if len(prompt) >= self._context.limit_tokens:
            raise PromptTooLong(len(prompt), self._context.limit_tokens)
        reused = self._context.keep(prompt)
        is_read = self._prefill(prompt, emit)
        prefilled = time.perf_counter()
        stopped: tuple[StopReason, int, float] = ("stopped", 0, prefilled)
        reason, tokens, first_token = self._sample(ask, emit) if is_read else stopped
        timings = Timings(
            prompt_tokens=len(prompt),
            reused_tokens=reused,
            prefill_s=prefilled - started,
            answer_tokens=tokens,
            decode_s=time.perf_counter() - prefilled,
            first_token_s=first_token - started,
        )
        emit(Finished(reason, timings))

    def _prefill(self, prompt: Sequence[int], emit: Callable[[AnswerEvent], None]) -> bool:
        """Reads what the cache lacks; False when it was aborted."""
        context = self._context
        emit(Prefilling(len(context.tokens), len(prompt)))
        while len(context.tokens) < len(prompt):
            at = len(context.tokens)
            if not context.read(prompt[at : at + context.micro_batch_tokens]):
                return False
            emit(Prefilling(len(context.tokens), len(prompt)))
        return True

    def _sample(self, ask: Ask, emit: Callable[[AnswerEvent], None]) -> tuple[StopReason, int, float]:
        seed = ask.sampling.seed
        sampler = self._context.sampler(
            ask.sampling,
            vocabulary_tokens=self._model.vocabulary_tokens,
            seed=int.from_bytes(os.urandom(4), "little") if seed is None else seed % 2**32,
        )
        try:
            return self._decode(ask, sampler, emit)
        finally:
            sampler.free()

    def _decode(self, ask: Ask, sampler: Sampler, emit: Callable[[AnswerEvent], None]) -> tuple[StopReason, int, float]:
        """The stop reason, the number of tokens, and when the first one was there."""
        context, piece_of = self._context, self._model.piece
        spoken = _Spoken((*self._stop_strings, *ask.stop_strings), emit)
        tokens = spoken.tokens
        first_token = 0.0
        reason: StopReason
        while True:
            token = sampler.next()
            first_token = first_token or time.perf_counter()
            piece = piece_of(token)
            if piece is None:
                reason = "end"
                break
            spoken.add(token, piece)
            if spoken.stream.is_stopped:
                reason = "stop_string"
                break
            if len(tokens) == ask.max_tokens:
                reason = "length"
                break
            if len(context.tokens) >= context.limit_tokens:
                reason = "context"
                break
            if not context.read_one(token):
                reason = "stopped"
                break
        text, shown = spoken.finish()
        if shown:
            self._memory.remember(text, shown)
        return reason, len(tokens), first_token


class _Spoken:
    """An answer so far: its tokens, and its text as it was handed out."""

    def __init__(self, stop_strings: Sequence[str], emit: Callable[[AnswerEvent], None]) -> None:
        self.stream = TextStream(stop_strings)
        self.tokens: list[int] = []
        self._lengths: list[int] = []  # bytes of each token
        self._texts: list[str] = []
        self._emitted = 0  # tokens whose text has been handed out
        self._emit = emit

    def add(self, token: int, piece: bytes) -> None:
        if not self.tokens:
            piece = piece.removeprefix(b" ")  # SentencePiece models begin every answer with one
        self.tokens.append(token)
        self._lengths.append(len(piece))
        self._say(self.stream.feed(piece))

    def finish(self) -> tuple[str, Sequence[int] | None]:
        """The whole text, and the tokens that make it up (None where a stop string cut one in two)."""
        self._say(self.stream.finish())
        text = "".join(self._texts)
        if not self.stream.is_stopped:
            return text, self.tokens
        return text, shown_tokens(self.tokens, self._lengths, len(text.encode()))

    def _say(self, text: str) -> None:
        if text:
            self._texts.append(text)
            self._emit(Delta(text, len(self.tokens) - self._emitted))
            self._emitted = len(self.tokens)
