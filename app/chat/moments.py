"""Times as people read them. What a file of somebody else's says of a time may be any number."""

from __future__ import annotations

from datetime import datetime

# Where Windows can say what time it is, too: https://learn.microsoft.com/cpp/c-runtime-library/reference/localtime-s
_FIRST_S = 2 * 86_400.0
_LAST_S = 32_503_507_200.0  # 2999-12-30


def local(unix_s: float) -> datetime:
    """In the time of this computer; the nearest that can be shown."""
    try:
        return datetime.fromtimestamp(unix_s)  # noqa: DTZ006 - local
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(_FIRST_S if unix_s < _FIRST_S else _LAST_S)  # noqa: DTZ006 - local
