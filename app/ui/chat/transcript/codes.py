"""The code in an answer, as it is copied."""

from __future__ import annotations

from app.ui.chat.transcript.feed import Feed

_ROWS_MAX = 40
"""So far up is looked for code."""


def last(feed: Feed) -> str:
    """The last code in the newest answers; empty where they have none."""
    from app.chat.markup import parted  # late, for a light start, as is what shows messages
    from app.ui.chat.rendering.markdown import Code, Parser

    parser = Parser()
    for row in reversed(range(max(0, len(feed) - _ROWS_MAX), len(feed))):
        item = feed[row]
        if item.role == "assistant" and item.text:
            found = [
                block.text for block in parser.parse(parted(item.text).answer, is_whole=True) if isinstance(block, Code)
            ]
            if found:
                return found[-1]
    return ""
