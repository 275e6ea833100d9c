"""Values of our own format, each of which has to be what it should be: what is not raises a sentence that names it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from app.chat.exchange import untrusted
from app.errors import PaddockError
from app.text import _

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")

C = TypeVar("C", bound=str)


def id_of(value: object, what: str) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise wrong(what)
    return value


def text(value: object, what: str) -> str:
    """As it is, but for lone surrogates, which nothing of ours can have written."""
    if not isinstance(value, str):
        raise wrong(what)
    if len(value) > untrusted.MOST_CHARACTERS:
        raise untrusted.broken(_("One of its messages is too large to be a chat."))
    return value.encode("utf-8", "replace").decode("utf-8")


def time(value: object) -> float:
    found = untrusted.seconds(value) if isinstance(value, int | float) else None
    if found is None:
        raise wrong(_("one of its times"))
    return found


def whole(value: object, what: str, *, least: int = 0, most: int = 2**31 - 1) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise wrong(what)
    return value


def real(value: object, what: str, *, most: float = 1e12) -> float:
    """From -`most` to `most`."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not -most <= value <= most:
        raise wrong(what)
    return float(value)


def listed(value: object, what: str, *, most: int | None = None) -> Sequence[object]:
    if not isinstance(value, list) or (most is not None and len(value) > most):
        raise wrong(what)
    return value


def one_of(value: object, known: tuple[C, ...], what: str) -> C:
    for one in known:
        if value == one:
            return one
    raise wrong(what)


def wrong(what: str) -> PaddockError:
    return untrusted.broken(_("This is missing or not what it should be: {what}.").format(what=what))
