"""Which tokens need not be read again: the longest common beginning, and the tokens of past answers.

A past answer is put back with exactly the tokens that were sampled for it. Tokenising its text again
often gives other tokens for the same characters, and would throw away everything after the first difference.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

REMEMBERED_ANSWERS = 256


def common_beginning(first: Sequence[int], second: Sequence[int]) -> int:
    """How many tokens both begin with."""
    length = min(len(first), len(second))
    if first[:length] == second[:length]:
        return length
    low, high = 0, length  # first[:low] is equal, first[:high] is not
    while high - low > 1:
        middle = (low + high) // 2
        if first[low:middle] == second[low:middle]:
            low = middle
        else:
            high = middle
    return low


class AnswerMemory:
    """The sampled tokens of the last answers, by their text."""

    def __init__(self, capacity: int = REMEMBERED_ANSWERS) -> None:
        self._capacity = capacity
        self._tokens: OrderedDict[str, tuple[int, ...]] = OrderedDict()

    def remember(self, text: str, tokens: Sequence[int]) -> None:
        """Also under the stripped text, because chat templates and people's apps trim."""
        for key in {text, text.strip()} - {""}:
            self._tokens[key] = tuple(tokens)
            self._tokens.move_to_end(key)
        while len(self._tokens) > self._capacity:
            self._tokens.popitem(last=False)

    def tokens(self, text: str) -> tuple[int, ...] | None:
        return self._tokens.get(text)


def shown_tokens(tokens: Sequence[int], piece_lengths: Sequence[int], shown_bytes: int) -> Sequence[int] | None:
    """The tokens that make up exactly the first `shown_bytes` bytes, or None where a token straddles that border."""
    total = 0
    for count, length in enumerate(piece_lengths):
        if total == shown_bytes:
            return tokens[:count]
        total += length
    return tokens if total == shown_bytes else None
