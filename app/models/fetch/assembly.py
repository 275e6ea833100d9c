"""Fetching one model as a whole: all its files, each checked, with licence and manifest beside them.

Whatever happens in between, the model is right or not there: it appears at the end, by one rename.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.errors import Cancelled, ModelFault, PaddockError
from app.models import header
from app.models.fetch.fetching import OpenStream, Patience, Progress, Reply, Teller, fetch
from app.models.fetch.orders import Order, manifest_of, name_of
from app.models.fetch.staging import Staging
from app.models.fetch.unfinished import as_fault, hash_of, refuse_stopped
from app.models.hub.remote import RemoteFile
from app.models.shelf import manifest
from app.models.store import VerifiedFiles
from app.net.client import NetClient, Response, break_off
from app.net.faults import translated
from app.net.gate import Errand
from app.net.policy import DOWNLOAD
from app.text import _

REFUSED = (401, 403)


class Line:
    """The connection in use by a download, which another thread can break so that nobody waits for a silent hub."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None

    def hold(self, stream: object) -> None:
        """`stream` is the network stream of an answer, as httpx2's extensions have it."""
        get_extra_info = getattr(stream, "get_extra_info", None)
        found = None if get_extra_info is None else get_extra_info("socket")
        with self._lock:
            self._socket = found if isinstance(found, socket.socket) else None
        if self.stop.is_set():
            self.cut()

    def let_go(self) -> None:
        with self._lock:
            self._socket = None

    def cut(self) -> None:
        """Stop what uses the line, and wake it where it waits for bytes."""
        self.stop.set()
        with self._lock:
            if self._socket is not None:
                break_off(self._socket)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where files come from. `address` makes a URL from repository, commit and path."""

    client: NetClient
    address: Callable[[str, str, str], str]
    token: Callable[[], str | None]


@dataclass(slots=True)
class Assembly:
    """One run over one order. `may_appear` is asked at the last moment, and False stops it."""

    order: Order
    home: Path
    sources: Sources
    verified: VerifiedFiles
    line: Line
    on_progress: Callable[[Progress], None]
    may_appear: Callable[[], bool]
    patience: Patience

    def run(self) -> None:
        """Raises Cancelled, HubFault, NetworkRefused, DiskFull or StorageFault; what has arrived stays."""
        if not self._is_here():
            staging = Staging(self.home)
            with staging.held():
                manifest.write(staging.folder, manifest_of(self.order))  # what is unfit is told now, not after hours
                self._bring(staging)
                self._finish(staging)
        for file in self.order.variant.files:
            self._remember(self.home / name_of(file), file.sha256)

    def _bring(self, staging: Staging) -> None:
        done_bytes = 0
        for file in self.order.variant.files:
            tell = self._teller(done_bytes)
            if not _is_right(staging.path_of(name_of(file)), file, tell, self.line.stop):
                self._fetch(staging, file, tell)
            done_bytes += file.size_bytes

    def _fetch(self, staging: Staging, file: RemoteFile, tell: Callable[[Progress], None]) -> None:
        name, order = name_of(file), self.order
        path = staging.unfinished_path_of(name, file.sha256)
        url = self.sources.address(order.repository, order.commit, file.path)
        errand = Errand(DOWNLOAD, order.repository)
        fetch(
            opener(
                self.sources.client,
                errand,
                url,
                token=self.sources.token,
                line=self.line,
                is_gated=order.is_gated,
            ),
            file,
            path,
            commit=order.commit,
            stop=self.line.stop,
            on_progress=tell,
            patience=self.patience,
        )
        staging.put_away(path, name)

    def _finish(self, staging: Staging) -> None:
        first = staging.path_of(name_of(self.order.variant.files[0]))
        staging.complete(manifest_of(self.order, template_sha256=template_sha256_of(first)), self.order.texts)
        refuse_stopped(self.line.stop)
        if not self.may_appear():
            raise Cancelled(_("The download was stopped."))
        staging.put_in_place()

    def _is_here(self) -> bool:
        """Whether the very model is in its place already, by its bytes: an earlier profile may have fetched it."""
        try:
            known = manifest.read(self.home)
        except PaddockError:
            return False
        if known.files != manifest_of(self.order).files or known.commit != self.order.commit:
            return False
        done_bytes = 0
        for file in self.order.variant.files:
            path = self.home / name_of(file)
            if not _is_right(path, file, self._teller(done_bytes), self.line.stop, may_remove=False):
                return False
            done_bytes += file.size_bytes
        return True

    def _teller(self, done_bytes: int) -> Callable[[Progress], None]:
        def tell(progress: Progress) -> None:
            self.on_progress(Progress(progress.phase, done_bytes + progress.done_bytes, progress.starts_over))

        return tell

    def _remember(self, path: Path, sha256: str) -> None:
        try:
            found = path.stat()
        except OSError as error:
            raise as_fault(error) from error
        self.verified.put(path, found.st_size, found.st_mtime_ns, sha256)


def opener(
    client: NetClient,
    errand: Errand,
    url: str,
    *,
    token: Callable[[], str | None],
    line: Line,
    is_gated: bool,
) -> OpenStream:
    """Asks for `url` as part of `errand`: as a stranger, and with the token only where strangers are refused.

    The token is a header, which the client keeps to the hub's own host.
    """

    def ask(stack: contextlib.ExitStack, headers: Mapping[str, str], known: str | None) -> Response:
        told = {"Authorization": f"Bearer {known}"} if known else {}
        with translated(), client.errand(errand) as http:
            return stack.enter_context(http.stream("GET", url, headers={**headers, **told}))

    @contextlib.contextmanager
    def open_stream(headers: Mapping[str, str]) -> Iterator[Reply]:
        with contextlib.ExitStack() as stack:
            response = ask(stack, headers, token() if is_gated else None)
            is_refused = response.status_code in REFUSED and not response.history  # by the hub, not a file server
            if is_refused and not is_gated and (known := token()):
                stack.close()
                response = ask(stack, headers, known)
            line.hold(response.extensions.get("network_stream"))
            stack.callback(line.let_go)
            first = response.history[0] if response.history else response
            yield Reply(
                response.status_code,
                {key.lower(): value for key, value in response.headers.items()},
                {key.lower(): value for key, value in first.headers.items()},
                is_sent_on=bool(response.history),
                chunks=_chunks(response.iter_raw()),
            )

    return open_stream


def template_sha256_of(path: Path) -> str:
    """SHA-256 of the chat template in a model file; empty where it has none, or is no model file."""
    try:
        template = header.read_header(path).chat_template
    except ModelFault:
        return ""
    return manifest.template_digest(template)


def _is_right(
    path: Path,
    wanted: RemoteFile,
    tell: Callable[[Progress], None],
    stop: threading.Event,
    *,
    may_remove: bool = True,
) -> bool:
    """Whether a file that is there has the wanted bytes; one that has not is removed."""
    teller = Teller(tell)
    try:
        found = hash_of(path, lambda count: teller(Progress("checking", min(count, wanted.size_bytes))), stop)
    except FileNotFoundError:
        return False
    if found == (wanted.size_bytes, wanted.sha256):
        return True
    if may_remove:
        with contextlib.suppress(OSError):
            path.unlink()
    return False


def _chunks(raw: Iterator[bytes]) -> Iterator[bytes]:
    with translated():
        yield from raw
