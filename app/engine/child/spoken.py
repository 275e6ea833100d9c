"""An answer from its tokens to the text that is handed out, also where it goes on from words that are there already."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from app.engine.child.kvcache import shown_tokens
from app.engine.child.llama.model import Model
from app.engine.child.stream import TextStream
from app.engine.protocol import AnswerEvent, Delta, StopReason

SAY_EVERY_S = 0.025  # a window draws no more often; each message wakes a thread at the other end

Emit: TypeAlias = Callable[[AnswerEvent], None]


@dataclass(frozen=True, slots=True)
class Begun:
    """An answer as it stands when it is asked for: empty, or with what it goes on from.

    Its tokens begin at `start` of the prompt. `data`: bytes that they stand for and that were not shown, the beginning
    of a character. `owed`: white space at the end of `text` for which there are no tokens, so that it comes once more.
    """

    start: int
    text: str = ""
    data: bytes = b""
    owed: str = ""


class Spoken:
    """An answer so far: its tokens, and its text as it was handed out."""

    def __init__(self, model: Model, stop_strings: Sequence[str], emit: Emit, begun: Begun) -> None:
        self.stream = TextStream(stop_strings)
        self._begun = begun
        self._owed = begun.owed
        self._unsaid_bytes = -len(begun.data)  # of the tokens, over those of the text
        self.tokens: list[int] = []
        self.is_call = False
        self._piece_of = model.piece
        self._call_marker = model.call_marker
        self._lengths: list[int] = []  # bytes of each token
        self._texts: list[str] = []
        self._held = [self.stream.feed(begun.data)]  # text that was not emitted yet
        self._emitted = 0  # tokens whose text has been handed out
        self._emitted_at = 0.0
        self._emit = emit

    def say_all(self, tokens: Sequence[int], max_tokens: int | None) -> StopReason | None:
        """Adds tokens up to the one that the answer ends with; the reason if there is one."""
        for token in tokens:
            reason = self._say(token, max_tokens)
            if reason is not None:
                return reason
        return None

    def _say(self, token: int, max_tokens: int | None) -> StopReason | None:
        piece = self._piece_of(token)
        if piece is None:
            return "end"
        if not self.tokens and not self._begun.text:
            piece = piece.removeprefix(b" ")  # SentencePiece models begin every answer with one
            self.is_call = token == self._call_marker
        self.tokens.append(token)
        self._lengths.append(len(piece))
        text = self._without_owed(self.stream.feed(piece))
        if text:
            self._held.append(text)
            now = time.perf_counter()
            if now - self._emitted_at >= SAY_EVERY_S:
                self._hand_out(now)
        if self.stream.is_stopped:
            return "stop_string"
        return "length" if max_tokens is not None and len(self.tokens) >= max_tokens else None

    def finish(self) -> tuple[str, Sequence[int] | None]:
        """The whole text, and the tokens that make it up (None where a stop string cut one in two)."""
        self._held.append(self._without_owed(self.stream.finish()))
        self._hand_out(time.perf_counter())
        text = "".join(self._texts)
        if not self.stream.is_stopped:
            return text, self.tokens
        return text, shown_tokens(self.tokens, self._lengths, len(text.encode()) + self._unsaid_bytes)

    def _without_owed(self, text: str) -> str:
        """New text without the white space at its beginning that stands at the end of the old one already."""
        if not self._owed or not text:
            return text
        pairs = zip(text, self._owed, strict=False)
        again = next((at for at, (new, old) in enumerate(pairs) if new != old), min(len(text), len(self._owed)))
        self._owed = self._owed[again:] if again == len(text) else ""
        self._unsaid_bytes += len(text[:again].encode())
        return text[again:]

    def _hand_out(self, now: float) -> None:
        text = "".join(self._held)
        if text:
            self._held.clear()
            self._texts.append(text)
            self._emit(Delta(text, len(self.tokens) - self._emitted))
            self._emitted, self._emitted_at = len(self.tokens), now
