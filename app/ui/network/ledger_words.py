"""What the list of requests says about each: when, why, where, how much and what came of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime

from app.net.policy import PURPOSES
from app.net.store import LedgerRow
from app.text import _, decimal, grouped, plural
from app.ui.models.page.wording import day

_SENTENCES = {purpose.key: purpose.sentence for purpose in PURPOSES}
_UNITS = (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3))
_STATUS_WORDS = {
    401: "Access needed",
    403: "Access needed",
    404: "Not found",
    416: "Nothing more to send",
    429: "Asked to wait",
}
_HEADINGS = ("at", "purpose", "subject", "method", "host", "path", "sent_bytes", "received_bytes", "status", "is_over")


def why(row: LedgerRow) -> str:
    """ "For the files of a model"; the key of a purpose that an earlier or later version had."""
    sentence = _SENTENCES.get(row.purpose)
    words = _(sentence) if sentence else row.purpose
    return words[:1].upper() + words[1:]


def local_time(row: LedgerRow) -> tuple[str, str]:
    """Day and time of day where this machine is."""
    try:
        at = datetime.fromisoformat(row.at).astimezone()
    except (ValueError, OverflowError):
        return row.at, ""
    return day(at.date().isoformat()), f"{at:%H:%M:%S}"


def where(row: LedgerRow) -> str:
    return f"{row.host}{row.path}"


def amount(size_bytes: int) -> str:
    """ "312 bytes", "3 kB", "4.9 GB"."""
    if size_bytes < 1_000:
        return plural("{count} byte", "{count} bytes", size_bytes)
    unit, size = next((unit, size_bytes / of) for unit, of in _UNITS if size_bytes >= 0.9995 * of)
    return f"{size:.0f} {unit}" if unit == "kB" or size >= 99.95 else f"{decimal(size)} {unit}"


def result(row: LedgerRow) -> str:
    """What came of it, in a word or two."""
    if not row.is_over:
        return _("Not finished")
    if row.status == 0:
        return _("No answer")
    if row.status in _STATUS_WORDS:
        return _(_STATUS_WORDS[row.status])
    words = {2: _("Answered"), 3: _("Sent on"), 4: _("Refused"), 5: _("Fault there")}
    return words.get(row.status // 100, _("Answered"))


def is_failed(row: LedgerRow) -> bool:
    return row.is_over and not 200 <= row.status < 400


def sentence(row: LedgerRow) -> str:
    """All of a row, for a screen reader."""
    return _("{why}: {subject}. {day}, {time}. To {where}. {sent} sent, {received} received. {result}.").format(
        why=why(row),
        subject=row.subject,
        day=local_time(row)[0],
        time=local_time(row)[1],
        where=where(row),
        sent=amount(row.sent_bytes),
        received=amount(row.received_bytes),
        result=result(row),
    )


def totals(requests: int, sent_bytes: int, received_bytes: int) -> str:
    """ "12 requests, 3 kB sent, 4.9 GB received"."""
    return _("{requests}, {sent} sent, {received} received").format(
        requests=counted(requests),
        sent=amount(sent_bytes),
        received=amount(received_bytes),
    )


def counted(requests: int) -> str:
    """ "1 request", "12,345 requests"."""
    if requests < 1_000:
        return plural("{count} request", "{count} requests", requests)
    return _("{count} requests").format(count=grouped(requests))


def searched(row: LedgerRow) -> str:
    """What a filter looks at, case-folded."""
    return f"{why(row)}\n{row.subject}\n{where(row)}\n{local_time(row)[0]}\n{result(row)}".casefold()


def csv_lines(rows: Iterable[LedgerRow], *, has_heading: bool = True) -> Iterator[str]:
    """Rows as CSV, each with its line end (RFC 4180). Texts from outside never begin like a spreadsheet's formula."""
    if has_heading:
        yield ",".join(_HEADINGS) + "\r\n"
    for row in rows:
        line = io.StringIO()
        csv.writer(line).writerow([_inert(getattr(row, name)) for name in _HEADINGS])
        yield line.getvalue()


def _inert(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
