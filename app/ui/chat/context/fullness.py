"""How full the model's context is with a chat, and when the person should hear of it. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.chat.tree import Message, Node, Stats
from app.ui.chat.items import Boundary

NEARLY_FULL = 0.8
_TOKENS_PER_CHARACTER = 0.25  # of English; used until an answer has told how it really is
_TOKENS_PER_HEADER = 5
_MARGIN = 1.15  # of a guess


@dataclass(frozen=True, slots=True)
class Fullness:
    """Tokens of the `all_tokens` that the model keeps in view, 0 while no model is loaded. `messages` take `used`."""

    used_tokens: int
    all_tokens: int
    messages: int

    @property
    def share(self) -> float:
        return min(1.0, self.used_tokens / self.all_tokens) if self.all_tokens else 0.0

    @property
    def left_tokens(self) -> int:
        return max(0, self.all_tokens - self.used_tokens)

    @property
    def is_nearly_full(self) -> bool:
        """Whether the oldest messages will soon have to go; in a small context that is before NEARLY_FULL."""
        if not self.all_tokens or self.messages < 2:
            return False
        return self.used_tokens >= min(NEARLY_FULL * self.all_tokens, _room(self.all_tokens))

    @property
    def messages_left(self) -> int:
        """About so many more messages of the length that these have, before the oldest have to go."""
        if not self.used_tokens or not self.messages:
            return 0
        room = _room(self.all_tokens) - self.used_tokens
        return max(0, int(room / (self.used_tokens / self.messages)))


def fullness(
    path: Sequence[Message | Node], newest: Sequence[Message], boundary: Boundary | None, all_tokens: int
) -> Fullness:
    """Of a branch, whose `newest` messages are here with their words.

    What its last answer counted holds, unless the view begins later now than it did then.
    """
    seen = path[boundary.left_out :] if boundary is not None else path
    counted = next((m.stats for m in reversed(newest) if m.stats is not None), None)
    used = counted.prompt_tokens + counted.answer_tokens if counted is not None else 0
    if boundary is not None:
        characters = sum(message.size for message in seen) + len(boundary.summary)
        guess = characters * _tokens_per_character(newest) + _TOKENS_PER_HEADER * (len(seen) + 1)
        used = min(used, round(_MARGIN * guess))
    return Fullness(used, all_tokens, len([message for message in seen if message.size]))


def _tokens_per_character(newest: Sequence[Message]) -> float:
    told: list[tuple[Stats, str]] = [(m.stats, m.text) for m in newest if m.stats is not None and m.text]
    characters = sum(len(text) for _stats, text in told)
    return sum(stats.answer_tokens for stats, _text in told) / characters if characters else _TOKENS_PER_CHARACTER


def _room(context_tokens: int) -> int:
    from app.chat.prompt import room_for_prompt  # late: a start has no model yet

    return room_for_prompt(context_tokens)
