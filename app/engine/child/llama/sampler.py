"""Choosing the next token: chains of llama.cpp's samplers, and answers bound to a form.

Order: repeat penalty, DRY, top-k, top-p, min-p, XTC, temperature, draw. A grammar over a whole vocabulary costs
milliseconds per token; so the chain draws first and the grammar sees that one token, and only where it refuses
does it see all of them (as common/sampling.cpp of llama.cpp does).
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Sequence

import llama_cpp.llama_cpp as lib

from app.engine.child.llama.context import Context
from app.engine.child.llama.grammar import ShapeError, gbnf
from app.engine.child.llama.library import Pointer
from app.engine.child.llama.model import Model
from app.engine.protocol import Sampling, Shape

PENALTY_WINDOW_TOKENS = 64
RANDOM_SEED = 2**32 - 1  # LLAMA_DEFAULT_SEED: the one that llama.cpp replaces by chance
DRY_BREAKERS = (b"\n", b":", b'"', b"*")  # a repetition may not reach across these


class Sampler:
    """One answer's chain."""

    def __init__(
        self,
        model: Model,
        context: Context,
        sampling: Sampling,
        *,
        history: Sequence[int] = (),
        said: Sequence[int] = (),
    ) -> None:
        """`history` is what DRY compares with: the prompt's tokens. `said` are those that the answer begins with."""
        self._context: Pointer = context.pointer
        self._chain: Pointer = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        for stage in _stages(model, context, sampling, history, said):
            lib.llama_sampler_chain_add(self._chain, stage)
        if sampling.ignores_end:
            self._forbid_end(model)

    def _forbid_end(self, model: Model) -> None:
        ends = [token for token in range(model.vocabulary_tokens) if model.ends_answer(token)]
        biases = (lib.llama_logit_bias * len(ends))(*[lib.llama_logit_bias(token, -1e9) for token in ends])
        stage = lib.llama_sampler_init_logit_bias(model.vocabulary_tokens, len(ends), biases)
        # Before the others, so a new chain around the old one.
        chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        lib.llama_sampler_chain_add(chain, stage)
        lib.llama_sampler_chain_add(chain, self._chain)
        self._chain = chain

    def next(self, row: int = -1) -> int:
        """The token that follows the one with this row of logits; it counts as said."""
        return int(lib.llama_sampler_sample(self._chain, self._context, row))

    def free(self) -> None:
        if self._chain:
            lib.llama_sampler_free(self._chain)
            self._chain = None


def _stages(
    model: Model, context: Context, sampling: Sampling, history: Sequence[int], said: Sequence[int]
) -> list[Pointer]:
    stages = []
    if sampling.repeat_penalty > 0 and sampling.repeat_penalty != 1:
        stages += _best_before_penalties(model, sampling)
        penalty = (sampling.repeat_penalty, 0.0, 0.0)
        stages.append(lib.llama_sampler_init_penalties(model.vocabulary_tokens, PENALTY_WINDOW_TOKENS, *penalty))
        for token in said[-PENALTY_WINDOW_TOKENS:]:
            lib.llama_sampler_accept(stages[-1], token)
    if sampling.dry_multiplier > 0:
        stages.append(_dry(model, context.limit_tokens, sampling, history))
    if sampling.temperature <= 0:
        return [*stages, lib.llama_sampler_init_greedy()]
    if sampling.top_k > 0:
        stages.append(lib.llama_sampler_init_top_k(min(sampling.top_k, model.vocabulary_tokens)))
    if sampling.top_p < 1:
        stages.append(lib.llama_sampler_init_top_p(sampling.top_p, 1))
    if sampling.min_p > 0:
        stages.append(lib.llama_sampler_init_min_p(sampling.min_p, 1))
    seed = int.from_bytes(os.urandom(4), "little") if sampling.seed is None else sampling.seed % RANDOM_SEED
    if sampling.xtc_probability > 0:
        stages.append(lib.llama_sampler_init_xtc(sampling.xtc_probability, sampling.xtc_threshold, 1, seed))
    stages.append(lib.llama_sampler_init_temp(sampling.temperature))
    stages.append(lib.llama_sampler_init_dist(seed))
    return stages


def _best_before_penalties(model: Model, sampling: Sampling) -> list[Pointer]:
    """A penalty looks up every candidate it is given, which cost 1.3 % of a small model's time per token.

    It only lowers, and no more than the window's tokens: the best ones afterwards are among these before. DRY may
    lower more than that, so with it there is no short cut.
    """
    wanted = 1 if sampling.temperature <= 0 else sampling.top_k
    if sampling.repeat_penalty < 1 or sampling.dry_multiplier > 0 or wanted <= 0:
        return []
    return [lib.llama_sampler_init_top_k(min(wanted + PENALTY_WINDOW_TOKENS, model.vocabulary_tokens))]


def _dry(model: Model, window_tokens: int, sampling: Sampling, history: Sequence[int]) -> Pointer:
    breakers = (ctypes.c_char_p * len(DRY_BREAKERS))(*DRY_BREAKERS)
    stage = lib.llama_sampler_init_dry(
        model.vocabulary,
        sampling.dry_multiplier,
        sampling.dry_base,
        sampling.dry_allowed_length,
        window_tokens,
        breakers,
        len(breakers),
    )
    for token in history:
        lib.llama_sampler_accept(stage, token)
    return stage


class ShapedSampler:
    """A Sampler whose answers follow a grammar. Same calls."""

    def __init__(
        self, model: Model, context: Context, sampling: Sampling, shape: Shape, *, history: Sequence[int] = ()
    ) -> None:
        """Raises ShapeError."""
        import numpy  # 20 MB and 0.1 s that only such answers pay

        grammar = gbnf(shape)
        self._grammar: Pointer = lib.llama_sampler_init_grammar(model.vocabulary, grammar.encode(), b"root")
        if not self._grammar:
            raise ShapeError("the grammar cannot be read")
        self._inner = Sampler(model, context, sampling, history=history)
        self._context: Pointer = context.pointer
        self._size = model.vocabulary_tokens
        # llama_token_data: id, logit, p
        kind = numpy.dtype([("id", "i4"), ("logit", "f4"), ("p", "f4")])
        self._table = numpy.zeros(self._size, kind)
        self._ids = numpy.arange(self._size, dtype="i4")
        self._as_array = numpy.ctypeslib.as_array

    def next(self, row: int = -1) -> int:
        token = self._draw(row, is_bound=False)
        if not self._allows(token):
            token = self._draw(row, is_bound=True)
            if not self._allows(token):  # llama.cpp ends the process for it
                raise ShapeError("the grammar leads nowhere")
        lib.llama_sampler_accept(self._grammar, token)
        lib.llama_sampler_accept(self._inner._chain, token)
        return token

    def _draw(self, row: int, *, is_bound: bool) -> int:
        logits = lib.llama_get_logits_ith(self._context, row)
        self._table["id"] = self._ids
        self._table["logit"] = self._as_array(logits, shape=(self._size,))
        candidates = self._candidates(self._table.ctypes.data, self._size)
        if is_bound:
            lib.llama_sampler_apply(self._grammar, ctypes.byref(candidates))
        lib.llama_sampler_apply(self._inner._chain, ctypes.byref(candidates))
        return int(candidates.data[candidates.selected].id)

    def _allows(self, token: int) -> bool:
        one = lib.llama_token_data(token, 1.0, 0.0)
        candidates = self._candidates(ctypes.addressof(one), 1)
        lib.llama_sampler_apply(self._grammar, ctypes.byref(candidates))
        return bool(one.logit > float("-inf"))

    def _candidates(self, address: int, size: int) -> Pointer:
        data = ctypes.cast(address, ctypes.POINTER(lib.llama_token_data))
        return lib.llama_token_data_array(data=data, size=size, selected=-1, sorted=False)

    def free(self) -> None:
        self._inner.free()
        if self._grammar:
            lib.llama_sampler_free(self._grammar)
            self._grammar = None


def make_sampler(
    model: Model,
    context: Context,
    sampling: Sampling,
    shape: Shape,
    *,
    history: Sequence[int] = (),
    said: Sequence[int] = (),
) -> Sampler | ShapedSampler:
    """The sampler for one answer. Raises ShapeError."""
    if shape.grammar or shape.json_schema:
        return ShapedSampler(model, context, sampling, shape, history=history)
    return Sampler(model, context, sampling, history=history, said=said)
