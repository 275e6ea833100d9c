"""Values from other programs' files, of any type and size, turned into what they should be, or into a sentence."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from app.errors import PaddockError
from app.models.shelf.names import one_line
from app.text import _

MOST_CHARACTERS = 64 * 2**20  # of one conversation
MOST_MESSAGES = 200_000  # of one conversation
MOST_IN_TITLE = 200
_MILLISECONDS_FROM = 1e11  # seconds would be the year 5138
_UNWANTED = re.compile("[\0\ufdd0\ufdd1]")
_FENCES = re.compile("`{3,}")
_LAST_SECOND = 253_402_300_799.0  # of the year 9999, the last one that dates are shown of

_THOUGHT, _THOUGHT_END = "\ufdd0", "\ufdd1"  # no characters, by Unicode's own word; `words` lets none in

Fields = Mapping[str, object]
NOTHING: Fields = MappingProxyType({})


def broken(what: str) -> PaddockError:
    """What is wrong with one conversation; `what` is a sentence."""
    return PaddockError(what, _("It was left out."))


def fields(value: object) -> Fields:
    """An object's fields; none of what is no object."""
    return value if isinstance(value, dict) else NOTHING


def items(value: object) -> Sequence[object]:
    """A list's items; none of what is no list."""
    return value if isinstance(value, list) else ()


def words(value: object) -> str:
    """A text that SQLite and a person can take; empty for what is no text."""
    if not isinstance(value, str):
        return ""
    if len(value) > MOST_CHARACTERS:
        raise broken(_("One of its messages is too large to be a chat."))
    whole = value.encode("utf-8", "replace").decode("utf-8")
    return _UNWANTED.sub("", whole.replace("\r\n", "\n"))


def title(value: object) -> str:
    return one_line(words(value), MOST_IN_TITLE)


def key(value: object) -> str | None:
    """What messages are linked by: a text or a whole number."""
    if isinstance(value, str):
        return value[:MOST_IN_TITLE] or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63 else None


def count(value: object) -> int:
    """A number of things; 0 for what is none."""
    return int(value) if isinstance(value, int | float) and math.isfinite(value) and 0 < value < 2**53 else 0


def seconds(value: object) -> float | None:
    """A time in Unix seconds, from seconds, milliseconds, or ISO 8601 (UTC where it names no zone)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value)
            return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            return None
    if not isinstance(value, int | float) or not 0 <= value < 1e16:  # not a number is not within either
        return None
    found = value / 1000 if value >= _MILLISECONDS_FROM else float(value)
    return found if found <= _LAST_SECOND else None


def same_id(*parts: str) -> str:
    """An id like those of our own making, and the same for the same parts: so a second import is recognised."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def fenced(text: str, language: str = "") -> str:
    """As a code block that the text cannot end."""
    fence = "`" * (1 + max([2, *map(len, _FENCES.findall(text))]))
    name = language if language.isalnum() and len(language) < 20 else ""
    return f"{fence}{name}\n{text.rstrip()}\n{fence}"


def thinking(text: str) -> str:
    """Marked as thought aloud, until `answer` puts all thoughts of a message where a model writes them: first."""
    return f"{_THOUGHT}{text.strip()}{_THOUGHT_END}"


def answer(text: str) -> str:
    """A message's words as models write them: what was thought, then what was said."""
    thoughts = [thought for part in text.split(_THOUGHT)[1:] if (thought := part.partition(_THOUGHT_END)[0])]
    first, *rest = text.split(_THOUGHT)
    said = "\n\n".join(
        filter(None, (first.strip("\n"), *(part.partition(_THOUGHT_END)[2].strip("\n") for part in rest)))
    )
    return "<think>\n{}\n</think>\n\n{}".format("\n\n".join(thoughts), said).rstrip("\n") if thoughts else said


def missing(kind: str, name: str = "") -> str:
    """What stands in the place of something that only text cannot carry."""
    shown = one_line(name, 120)
    return f"[{kind}: {shown}]" if shown else f"[{kind}]"
