"""Speculative decoding: tokens are guessed ahead, one decode checks them all, and only what it chose itself stays.

Every token is drawn from the model's own logits by the answer's own sampler, and a guess counts only where it is
the token drawn. So the distribution is untouched: greedy answers are the same, token by token (the rule that
llama.cpp's server uses). Whether guessing pays depends on the machine: reading eight tokens costs as much as one
where memory is the limit, and five times as much on two cores. So `Stakes` measures both while it runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.engine.child.kvcache import common_beginning
from app.engine.child.llama.context import CacheFull, Context
from app.engine.child.llama.model import Model
from app.engine.child.llama.sampler import Sampler
from app.engine.protocol import Sampling

NGRAM_TOKENS = 3
MOST_GUESSES = 8
MOST_DRAFTED = 5  # a draft model's later guesses are right too seldom to pay for
LEAST_GAIN = 1.05
TRIAL_ROUNDS = 3
SMOOTHING = 0.2
FIRST_PAUSE_TOKENS, LONGEST_PAUSE_TOKENS = 32, 1024


class Guesser(Protocol):
    """Knows what might come next."""

    def guess(self, tokens: Sequence[int], most: int) -> list[int]:
        """At most `most` tokens that could follow `tokens`; empty where it has no idea."""
        ...


class PromptLookup:
    """What followed when the last tokens stood there before: good for quotes, names, code, summaries.

    https://github.com/apoorvumang/prompt-lookup-decoding
    """

    def __init__(self) -> None:
        self._ends: dict[tuple[int, ...], int] = {}  # where an n-gram last ended
        self._seen = 0
        self._last: Sequence[int] = ()

    def guess(self, tokens: Sequence[int], most: int) -> list[int]:
        """`tokens` only ever grow from call to call."""
        size = len(tokens)
        ends = self._ends
        # The n-gram at the very end is looked up first and only then noted, or it would find itself.
        for end in range(max(self._seen, NGRAM_TOKENS), size):
            ends[tuple(tokens[end - NGRAM_TOKENS : end])] = end
        self._seen = max(size, NGRAM_TOKENS)
        at = ends.get(tuple(tokens[size - NGRAM_TOKENS :]))
        return [] if at is None else list(tokens[at : at + most])


class DraftModel:
    """A small model of the same vocabulary that says what it would say."""

    def __init__(self, model: Model, context: Context) -> None:
        self._context = context
        self._likeliest = Sampler(model, context, Sampling(temperature=0.0, repeat_penalty=1.0))

    def guess(self, tokens: Sequence[int], most: int) -> list[int]:
        guesses: list[int] = []
        try:
            if not self._catch_up(tokens):
                return []
            guesses.append(self._likeliest.next())
            while len(guesses) < min(most, MOST_DRAFTED) and self._context.read_one(0, guesses[-1]):
                guesses.append(self._likeliest.next())
        except CacheFull:
            self._context.trim(0, 0)
        return guesses

    def _catch_up(self, tokens: Sequence[int]) -> bool:
        context = self._context
        held = context.tokens[0]
        context.trim(0, min(common_beginning(held, tokens), len(tokens) - 1))
        while len(held) < len(tokens):
            if not context.read(0, tokens[len(held) : len(held) + context.micro_batch_tokens]):
                return False
        return True


class Stakes:
    """Is guessing faster here and now? Compares tokens per second with and without, as they come."""

    def __init__(self) -> None:
        self._plain_s = 0.0  # per token, smoothed
        self._round_s = 0.0  # per round with guesses
        self._gained = 0.0  # tokens per round
        self._rounds = 0
        self._pause = FIRST_PAUSE_TOKENS
        self._waits = 0

    def wants_guess(self) -> bool:
        """Asked once per plain token that could be a round instead."""
        if self._plain_s == 0.0:
            return False  # nothing to compare with yet
        if self._waits > 0:
            self._waits -= 1
            return False
        return True

    def plain(self, seconds: float) -> None:
        """A token was decoded without guesses."""
        self._plain_s = _smooth(self._plain_s, seconds)

    def played(self, seconds: float, tokens: int) -> None:
        """A round with guesses gave `tokens` tokens, the one that was certain included."""
        self._round_s = _smooth(self._round_s, seconds)
        self._gained = _smooth(self._gained, tokens)
        self._rounds += 1
        if self._rounds < TRIAL_ROUNDS:
            return
        if self._gained * self._plain_s >= LEAST_GAIN * self._round_s:
            self._pause = FIRST_PAUSE_TOKENS
        else:
            self._waits, self._pause = self._pause, min(2 * self._pause, LONGEST_PAUSE_TOKENS)
            self._rounds, self._round_s, self._gained = 0, 0.0, 0.0


def _smooth(old: float, new: float) -> float:
    return new if old == 0.0 else old + SMOOTHING * (new - old)
