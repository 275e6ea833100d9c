"""How many chunks have a term, which decides whether it is searched: what takes long to count is remembered.

Most of the counting is that of common words, and there are few of them, whoever asks what. A count holds as long as
nothing is written to the index. Rare words, which would tell what somebody asked, are counted anew each time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from app.documents.store.words import ALL, Among, count_matches, index_state
from app.storage.cipher import Connection

_WORTH: Final = 500
"""Chunks that take 0.1 ms to count."""
_MOST_SCOPES: Final = 16
"""A chat asks the same documents again and again."""

_State = tuple[bytes, ...]
_Known = dict[Among, dict[str, int]]  # by what a term matches


class Counts:
    """Any thread may ask."""

    def __init__(self) -> None:
        self._kept: tuple[_State, _Known] = ((), {})  # replaced as one, so that no count meets the wrong state

    def forget(self) -> None:
        """Something was deleted: all is counted anew."""
        self._kept = ((), {})

    def counter(self, c: Connection, among: Among, most: int) -> Callable[[str], int]:
        """Counts, within this read, the chunks of these documents that match; up to `most`."""
        known = self._known(index_state(c), most)
        if among not in known and len(known) >= _MOST_SCOPES:
            known.clear()
        here = known.setdefault(among, {})

        def count_of(match: str) -> int:
            count = here.get(match)
            if count is None:
                count = count_matches(c, match, among, most)
                if count >= _WORTH:
                    here[match] = count
            return count

        return count_of

    def _known(self, state: _State, most: int) -> _Known:
        """What was counted in this state; and in any what is too common, for chunks that come make no term rarer."""
        kept_state, known = self._kept
        if state != kept_state:
            before = list(known.get(ALL, {}).items())  # at once: another thread may be adding to it
            known = {ALL: {match: count for match, count in before if count >= most}}
            self._kept = state, known
        return known
