"""How much of the documents a question is answered from: all of them, the passages that fit it, or each part in turn.

A pure decision by size, room and the speed that was measured, so that every machine is one row of a table test.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.documents.answering.intent import Intent
from app.documents.grounds import Strategy
from app.documents.records import Size

MOST_WHOLE_TOKENS = 24_000
"""Models lose sight of what stands in longer prompts, whatever they claim: RULER, https://arxiv.org/abs/2404.06654."""
MOST_WHOLE_S = 45.0
ASK_ABOVE_S = 60.0
CHARACTERS_PER_TOKEN = 3.5  # Llama 3.1 has 4.4 of English prose, 3.3 of German, 3 of tables and code
GUESSED_PREFILL_TOKENS_PER_S = 60.0  # of a laptop without a graphics card and an 8B model, while nothing is measured
PREFILL_PER_DECODE = 8.0  # reading is about so many times faster than writing, while only one of them is measured
STRETCH_TOKENS = 3000
NOTE_TOKENS = 160
_USUAL_NOTE_TOKENS = 80
_OVERHEAD_TOKENS = 300  # instructions around each stretch
PASSAGES_TOKENS = 3000  # of what is searched out
LEAST_PASSAGES_TOKENS = 300


@dataclass(frozen=True, slots=True)
class Speed:
    """As measured by the answers so far, 0 while unknown."""

    prefill_tokens_per_s: float = 0.0
    decode_tokens_per_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """`forecast_s` is the time until the answer can begin. With `needs_asking` that is too long to begin unasked."""

    strategy: Strategy
    forecast_s: float
    parts: int  # that will be read; of "passages" all those that are searched
    tokens: int  # that will be read
    needs_asking: bool = False

    @property
    def is_long(self) -> bool:
        """So long that the person chooses before it begins, even where it is what they asked for."""
        return self.strategy == "every_part" and self.forecast_s > ASK_ABOVE_S


def choose(intent: Intent, size: Size, speed: Speed, *, room_tokens: int, wanted: Strategy | None = None) -> Plan:
    """The strategy for a question. `room_tokens` is what the context has left for documents.

    Whole documents go before everything where they fit; `wanted` overrules all but what does not fit.
    """
    if wanted == "passages":
        return _passages(size, speed, room_tokens)
    whole_s = _read_s(size.tokens, speed)
    does_fit = size.tokens <= (room_tokens if wanted == "whole" else min(room_tokens, MOST_WHOLE_TOKENS))
    if wanted != "every_part" and does_fit and (wanted == "whole" or whole_s <= MOST_WHOLE_S):
        return Plan("whole", whole_s, size.parts, size.tokens)
    if wanted == "every_part" or (wanted is None and intent == "overview"):
        forecast_s = each_part_s(size.tokens, speed, context_tokens=room_tokens)
        return Plan("every_part", forecast_s, size.parts, size.tokens, wanted is None and forecast_s > ASK_ABOVE_S)
    return _passages(size, speed, room_tokens)


def each_part_s(tokens: int, speed: Speed, *, context_tokens: int) -> float:
    """Seconds for reading so many tokens in stretches, and writing notes about each."""
    stretches = max(1, -(-tokens // stretch_tokens(context_tokens)))
    return _read_s(tokens + stretches * _OVERHEAD_TOKENS, speed) + stretches * _USUAL_NOTE_TOKENS / _decode_rate(speed)


def stretch_tokens(context_tokens: int) -> int:
    """How much is read at once where each part is read in turn: never more than half of what there is room for."""
    return max(200, min(STRETCH_TOKENS, context_tokens // 2 - NOTE_TOKENS))


def passages_tokens(room_tokens: int) -> int:
    """How much of the room is given to passages."""
    return min(PASSAGES_TOKENS, max(LEAST_PASSAGES_TOKENS, room_tokens * 3 // 4))


def _passages(size: Size, speed: Speed, room_tokens: int) -> Plan:
    tokens = min(size.tokens, passages_tokens(room_tokens))
    return Plan("passages", _read_s(tokens, speed), size.parts, tokens)


def _read_s(tokens: int, speed: Speed) -> float:
    rate = speed.prefill_tokens_per_s or speed.decode_tokens_per_s * PREFILL_PER_DECODE or GUESSED_PREFILL_TOKENS_PER_S
    return tokens / rate


def _decode_rate(speed: Speed) -> float:
    prefill = speed.prefill_tokens_per_s or GUESSED_PREFILL_TOKENS_PER_S
    return speed.decode_tokens_per_s or prefill / PREFILL_PER_DECODE


def estimated_tokens(text: str) -> int:
    """Of a chat model, on the high side: three and a half characters of Latin script each, one of others."""
    others = 0 if text.isascii() else sum(1 for c in text if c > "\u2e7f")
    return math.ceil((len(text) - others) / CHARACTERS_PER_TOKEN + others)
