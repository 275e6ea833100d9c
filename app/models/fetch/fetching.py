"""Fetching one file: resumed where it broke off, checked by size and SHA-256, right or not there.

Nothing the hub says is believed: an answer that is not exactly the wanted bytes is refused with a sentence. What
breaks off is asked for again from there; the waits grow, and whoever stops the download interrupts them.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal

from app.errors import AccessNeeded, HubBusy, HubFault, NotOnHub, Unreachable, Untrustworthy
from app.models.fetch.unfinished import Unfinished, refuse_stopped
from app.models.hub.remote import RemoteFile
from app.text import _

TELL_EVERY_S = 0.1
# RFC 9110, 15; RFC 6585, 4.
_OK, _PARTIAL_CONTENT = 200, 206
_NO_ACCESS, _NOT_THERE = (401, 403), (404, 410)
_TIMEOUT, _NO_SUCH_RANGE, _TOO_MANY_REQUESTS, _SERVER_ERRORS = 408, 416, 429, 500
_SHA256 = re.compile("[0-9a-f]{64}")
_CONTENT_RANGE = re.compile(r"bytes (\d{1,16})-(\d{1,16})/(\d{1,16})")
_DIGITS = re.compile(r"\d{1,16}")

Phase = Literal["checking", "fetching"]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer whose body is still to come. Header names are in lower case.

    `first_headers` are those of the hub itself, where it sent us on to a file server. `chunks` raises Unreachable
    when the connection breaks.
    """

    status: int
    headers: Mapping[str, str]
    first_headers: Mapping[str, str]
    is_sent_on: bool
    chunks: Iterator[bytes]


OpenStream = Callable[[Mapping[str, str]], AbstractContextManager[Reply]]
"""Asks for the file with these headers. Raises HubFault or NetworkRefused."""


@dataclass(frozen=True, slots=True)
class Progress:
    """`done_bytes` counts anew where `phase` changes from checking to fetching, and where `starts_over` says so."""

    phase: Phase
    done_bytes: int
    starts_over: bool = False


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and after what time to ask again. A try that brought new bytes does not count."""

    tries: int = 7
    most_asked: int = 1_000  # of one file in one go: else a hub that gives a byte at a time is asked for ever
    first_wait_s: float = 0.5
    longest_wait_s: float = 20.0
    longest_asked_wait_s: float = 60.0  # what a hub may ask for with Retry-After
    chance: Callable[[], float] = field(default=random.random)  # 0..1

    def wait_s(self, failures: int, asked_s: float) -> float:
        """Exponential, with jitter so that not everybody comes back at once; at least what was asked for."""
        grown = min(self.first_wait_s * 2.0 ** (failures - 1), self.longest_wait_s)
        return max(grown * (0.5 + self.chance() / 2), min(asked_s, self.longest_asked_wait_s))


class _Again(Exception):
    """A fault that may be over in a while."""

    def __init__(self, fault: HubFault, after_s: float = 0.0) -> None:
        super().__init__(fault.message)
        self.fault = fault
        self.after_s = after_s


def fetch(
    open_stream: OpenStream,
    wanted: RemoteFile,
    path: Path,
    *,
    commit: str,
    stop: threading.Event,
    on_progress: Callable[[Progress], None],
    patience: Patience | None = None,
) -> None:
    """Bring the unfinished file at `path` to its end. When this returns, its bytes are right and on the disk.

    Raises Cancelled (what has arrived stays), Unreachable, HubBusy, NotOnHub, AccessNeeded, NetworkRefused, DiskFull,
    StorageFault (it stays as well), and Untrustworthy, after which nothing wrong is left.
    """
    if not _SHA256.fullmatch(wanted.sha256) or wanted.size_bytes <= 0:
        raise Untrustworthy(
            _("The hub does not say what this file must be, so it could not be checked."),
            _("Nothing was fetched. Look for another copy of this model."),
        )
    with Unfinished(path) as unfinished:
        _Errand(open_stream, wanted, unfinished, commit, stop, Teller(on_progress), patience or Patience()).run()


class Teller:
    """Passes progress on, ten times a second at most; what must be known at once is."""

    def __init__(self, on_progress: Callable[[Progress], None]) -> None:
        self._on_progress = on_progress
        self._told_at = float("-inf")

    def __call__(self, progress: Progress, *, at_once: bool = False) -> None:
        now = time.monotonic()
        if at_once or now - self._told_at >= TELL_EVERY_S:
            self._told_at = now
            self._on_progress(progress)


@dataclass(slots=True)
class _Errand:
    open_stream: OpenStream
    wanted: RemoteFile
    unfinished: Unfinished
    commit: str
    stop: threading.Event
    tell: Teller
    patience: Patience
    may_start_over: bool = True

    def run(self) -> None:
        self._take_stock()
        failures, asked, best = 0, 0, self.unfinished.size_bytes
        while self.unfinished.size_bytes < self.wanted.size_bytes:
            try:
                self._ask()
            except _Again as again:
                refuse_stopped(self.stop)
                if self.unfinished.size_bytes > best:
                    failures, best = 0, self.unfinished.size_bytes
                failures, asked = failures + 1, asked + 1
                if failures >= self.patience.tries or asked >= self.patience.most_asked:
                    raise again.fault from again
                self.stop.wait(self.patience.wait_s(failures, again.after_s))
        self._check()

    def _take_stock(self) -> None:
        if self.unfinished.found_bytes > self.wanted.size_bytes:
            self.unfinished.start_over()
        if self.unfinished.found_bytes:
            self.unfinished.take_stock(lambda count: self.tell(Progress("checking", count)), self.stop)
        self.tell(Progress("fetching", self.unfinished.size_bytes), at_once=True)

    def _ask(self) -> None:
        """One request. Returns when all has arrived, raises _Again when it makes sense to ask again."""
        refuse_stopped(self.stop)
        self.unfinished.flush()
        have = self.unfinished.size_bytes
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
            if tag := self.unfinished.tag:
                headers["If-Range"] = tag
        try:
            with self.open_stream(headers) as reply:
                self._take(reply)
        except Unreachable as fault:
            raise _Again(fault) from fault

    def _take(self, reply: Reply) -> None:
        refuse_stopped(self.stop)
        if reply.status == _NO_SUCH_RANGE and self.may_start_over:
            # It has less than we have, or cannot count: our bytes are not its bytes.
            self.may_start_over = False
            self._start_over()
            raise _Again(_wrong_size())
        refuse_status(reply)
        begin = begins_at(reply, self.wanted, have=self.unfinished.size_bytes, commit=self.commit)
        if begin != self.unfinished.size_bytes:
            self._start_over()
        self.unfinished.mark(reply.headers.get("etag", ""))
        for chunk in reply.chunks:
            if self.unfinished.size_bytes + len(chunk) > self.wanted.size_bytes:
                self.unfinished.remove()
                raise _wrong_size()
            self.unfinished.add(chunk)
            self.tell(Progress("fetching", self.unfinished.size_bytes))
            refuse_stopped(self.stop)
        if self.unfinished.size_bytes < self.wanted.size_bytes:
            raise _Again(_broken_off())

    def _start_over(self) -> None:
        self.unfinished.start_over()
        self.tell(Progress("fetching", 0, starts_over=True), at_once=True)

    def _check(self) -> None:
        if self.unfinished.finish() != self.wanted.sha256:
            self.unfinished.remove()
            raise Untrustworthy(
                _("What arrived is not what the hub announced: its checksum is another one."),
                _("Nothing of it was kept. Try again; if it happens twice, look for another copy of this model."),
            )
        self.tell(Progress("fetching", self.wanted.size_bytes), at_once=True)


def refuse_status(reply: Reply) -> None:
    """Raises what a status that brings no bytes means; `_Again` where it may be over in a while."""
    status = reply.status
    if status in (_OK, _PARTIAL_CONTENT):
        return
    if status in _NO_ACCESS and not reply.is_sent_on:
        raise AccessNeeded(
            _("The hub does not give this file to everyone."),
            _("Ask for access on the model's page, then enter an access token here."),
            detail=str(status),
        )
    if status in _NOT_THERE and not reply.is_sent_on:
        raise NotOnHub(
            _("The file is no longer on the hub."), _("Look for the model again, and choose what is there now.")
        )
    # A file server's address is good for a while only; asked again, the hub gives a new one.
    is_passing = status >= _SERVER_ERRORS or status in (_TIMEOUT, _TOO_MANY_REQUESTS)
    if is_passing or reply.is_sent_on:
        raise _Again(_busy(status), asked_wait_s(reply.headers.get("retry-after", "")))
    raise HubFault(
        _("The hub answered in a way that Paddock does not know ({status}).").format(status=status),
        _("Try again later, or look for a newer Paddock."),
    )


def begins_at(reply: Reply, wanted: RemoteFile, *, have: int, commit: str) -> int:
    """Where in the file the bytes of this answer belong: at `have`, or at 0. Raises Untrustworthy for other answers."""
    _refuse_other_content(reply, wanted, commit)
    length = reply.headers.get("content-length", "")
    begin = 0
    if reply.status == _PARTIAL_CONTENT:
        told = _CONTENT_RANGE.fullmatch(reply.headers.get("content-range", ""))
        if told is None or int(told[1]) != have or int(told[2]) != wanted.size_bytes - 1 or not have:
            raise Untrustworthy(
                _("The hub sent another piece of the file than was asked for."), _("Try again later."), detail="range"
            )
        if int(told[3]) != wanted.size_bytes:
            raise _wrong_size()
        begin = have
    if length and (not _DIGITS.fullmatch(length) or int(length) != wanted.size_bytes - begin):
        raise _wrong_size()
    return begin


def asked_wait_s(untrusted: str) -> float:
    """Retry-After: seconds, or a date (RFC 9110, 10.2.3). 0 for anything else."""
    if _DIGITS.fullmatch(untrusted):
        return float(untrusted)
    try:
        at = parsedate_to_datetime(untrusted)
        return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return 0.0


def _refuse_other_content(reply: Reply, wanted: RemoteFile, commit: str) -> None:
    if reply.first_headers.get("x-repo-commit", commit) != commit:
        raise Untrustworthy(
            _("The hub answered with another version of the model than the one that was chosen."),
            _("Look at the model again, and choose what is there now."),
        )
    linked = reply.first_headers.get("x-linked-etag", "").strip('"')
    if _SHA256.fullmatch(linked) and linked != wanted.sha256:
        raise Untrustworthy(
            _("The hub now announces another content for this file than before."),
            _("Look at the model again, and choose what is there now."),
        )
    if reply.first_headers.get("x-linked-size", str(wanted.size_bytes)) != str(wanted.size_bytes):
        raise _wrong_size()
    if reply.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise Untrustworthy(_("The hub sent the file packed, which was not asked for."), _("Try again later."))
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml") or kind.startswith("multipart/"):
        raise Untrustworthy(
            _("A web page came instead of the file."),
            _("Perhaps this network wants you to log in first. Then try again."),
        )


def _busy(status: int) -> HubFault:
    if status == _TOO_MANY_REQUESTS:
        return HubBusy(_("The hub asks to be left alone for a while."), _("Go on later. What has arrived is kept."))
    return HubBusy(
        _("The hub has trouble of its own."), _("Go on later. What has arrived is kept."), detail=str(status)
    )


def _broken_off() -> Unreachable:
    return Unreachable(_("The connection broke off too often."), _("Go on later. What has arrived is kept."))


def _wrong_size() -> Untrustworthy:
    return Untrustworthy(
        _("The file has another size than the hub announced."),
        _("Look at the model again, and choose what is there now."),
    )
