"""From a model's bytes to text that may be shown: whole characters, and never any part of a stop string.

Tokens cut characters and stop strings anywhere. So text that could still turn out to be the beginning of a
stop string is held back until the next tokens decide.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TextStream:
    """Feed it the bytes of one token after the other; it hands out the text that is safe to show."""

    def __init__(self, stop_strings: Sequence[str] = ()) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stop_strings = tuple(text for text in stop_strings if text)
        self._held = ""
        self.is_stopped = False

    def feed(self, piece: bytes) -> str:
        """The new text that may be shown; after a stop string `is_stopped` is set and nothing more comes."""
        text = self._decoder.decode(piece)
        if not self._stop_strings:
            return text
        if self.is_stopped:
            return ""
        self._held += text
        starts = [at for stop in self._stop_strings if (at := self._held.find(stop)) >= 0]
        if starts:
            self.is_stopped = True
            safe, self._held = self._held[: min(starts)], ""
            return safe
        cut = len(self._held) - self._open_length()
        safe, self._held = self._held[:cut], self._held[cut:]
        return safe

    def finish(self) -> str:
        """What was held back and turned out to be no stop string. Half a character is dropped."""
        rest, self._held = self._held, ""
        return "" if self.is_stopped else rest

    def _open_length(self) -> int:
        """The length of the longest end of the held text that begins a stop string."""
        longest = 0
        for stop in self._stop_strings:
            for length in range(min(len(stop) - 1, len(self._held)), longest, -1):
                if self._held.endswith(stop[:length]):
                    longest = length
                    break
        return longest
