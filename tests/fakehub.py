"""A hub on this machine that speaks the real one's protocol, tells what it was asked, and misbehaves when told to.

The hub is 127.0.0.1 and its file servers are localhost, on the same port: so a token that travels too far is seen.
Answers, headers and error codes are those that huggingface_hub 2.4.0 reads, and https://huggingface.co/docs/hub/api.
"""

from __future__ import annotations

import hashlib
import json
import re
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

import pytest

from app.net.policy import Endpoint
from app.net.tripwire import Door
from tests.fakehub_files import Content, HeldFile, held

HUB_HOST, CDN_HOST = "127.0.0.1", "localhost"
CHUNK_BYTES = 64 * 2**10
LOOP = "loop"  # Trouble.redirect_to and sends_on: an address that leads to itself
SIGNATURE = "Expires=1798761600&Signature=of-the-fake-hub"


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it arrived. `path` and `query` are as they were sent, header names in lower case."""

    method: str
    path: str
    query: str
    host: str  # without the port
    headers: Mapping[str, str]
    status: int  # what was answered; 0 when the line was cut instead

    @property
    def line(self) -> str:
        """Short, for lists of requests: "GET hub /api/models/acme/tiny"."""
        return f"{self.method} {'hub' if self.host == HUB_HOST else 'cdn'} {self.path}"

    @property
    def token(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass(slots=True)
class Trouble:
    """What goes wrong from now on. All may be set and taken back at any time."""

    cut_at: int | None = None  # the line breaks before this byte of the file
    cut_after: int | None = None  # the line breaks after so many bytes of an answer
    cuts: int | None = None  # how many answers are cut; None: all of them
    corrupt_at: int | None = None  # this byte of the file is another one
    slow_bytes_per_s: float = 0.0
    ignores_range: bool = False
    changed_etag: bool = False  # every answer of the file server has another ETag
    statuses: list[int] = field(default_factory=list)  # for the next requests, in order; 0 cuts the line
    statuses_for: str = ""  # only for paths that contain this
    retry_after: str = "7"  # goes with 429 and 503
    redirect_to: str = ""  # instead of the file server; LOOP
    wrong_length: int = 0  # added to the Content-Length of files
    wrong_commit: str = ""  # X-Repo-Commit
    drop_lfs: bool = False  # the API keeps the SHA-256 of files to itself
    refuses_tokens: bool = False  # as if they had been revoked
    stalls: bool = False  # takes requests and says nothing
    answers: dict[str, bytes] = field(default_factory=dict)  # path -> what is sent instead, as JSON
    sends_on: dict[str, str] = field(default_factory=dict)  # path -> another address, or LOOP
    headers: dict[str, str] = field(default_factory=dict)  # more of them, with every answer
    edit: Callable[[Any], Any] | None = None  # changes what the API is about to say


@dataclass(slots=True)
class _Repository:
    name: str
    gated: bool | str
    is_private: bool
    about: dict[str, Any]
    head: str = ""
    commits: dict[str, dict[str, HeldFile]] = field(default_factory=dict)


class FakeHub:
    """`with FakeHub() as hub:`. It ends with the block, and every connection to it."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.trouble = Trouble()
        self.page_items = 1000  # most repositories in one answer of a search
        self.repositories: dict[str, _Repository] = {}
        self.granted: set[tuple[str, str]] = set()  # token, repository
        self.has_ended = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="fakehub", daemon=True)

    def __enter__(self) -> FakeHub:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.has_ended.set()
        self._server.shutdown()
        self._server.end_connections()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://{HUB_HOST}:{self._server.server_port}"

    @property
    def cdn_url(self) -> str:
        return f"http://{CDN_HOST}:{self._server.server_port}"

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(self.url, is_loopback=True)

    @property
    def lines(self) -> list[str]:
        """Every request so far, in short."""
        return [call.line for call in self.calls]

    def add(
        self,
        repository: str,
        files: Mapping[str, Content],
        *,
        gated: bool | str = False,  # True, "auto" or "manual"
        is_private: bool = False,
        licence: str = "",
        licence_name: str = "",
        base_model: str | list[str] = "",
        card_terms: str = "",
        commit: str | None = None,
        updated: str = "2026-07-01T12:00:00.000Z",
        downloads: int = 0,
        likes: int = 0,
        tags: tuple[str, ...] = (),
        gguf: Mapping[str, Any] | None = None,  # total (parameters), architecture, context_length
        in_lfs: Collection[str] = (),  # besides .gguf and what is large
    ) -> str:
        """A new repository. Returns its commit; without one given, its contents decide it."""
        card = {"license": licence, "license_name": licence_name, "base_model": base_model}
        card |= {"extra_gated_prompt": card_terms} if card_terms else {}
        all_tags = list(tags)
        if any(name.endswith(".gguf") for name in files):
            all_tags.append("gguf")
        if licence:
            all_tags.append(f"license:{licence}")
        about = {
            "author": repository.partition("/")[0],
            "lastModified": updated,
            "createdAt": "2025-01-01T00:00:00.000Z",
            "private": is_private,
            "disabled": False,
            "downloads": downloads,
            "likes": likes,
            "library_name": "gguf",
            "tags": all_tags,
            "cardData": {key: value for key, value in card.items() if value},
        }
        if gguf is not None:
            about["gguf"] = dict(gguf)
        self.repositories[repository] = _Repository(repository, "auto" if gated is True else gated, is_private, about)
        return self.replace(repository, files, commit=commit, in_lfs=in_lfs)

    def replace(
        self,
        repository: str,
        files: Mapping[str, Content],
        *,
        commit: str | None = None,
        keeps_history: bool = True,
        in_lfs: Collection[str] = (),
    ) -> str:
        """Another commit on the main branch, with these files only. Older ones stay, unless history is rewritten."""
        now = {name: held(name, content, is_lfs=name in in_lfs) for name, content in files.items()}
        known = self.repositories[repository]
        if commit is None:
            told = repr((repository, sorted((name, file.sha256) for name, file in now.items())))
            commit = hashlib.sha1(told.encode()).hexdigest()
        if not keeps_history:
            known.commits.clear()
        known.commits[commit] = now
        known.head = commit
        return commit

    def grant(self, token: str, repository: str) -> None:
        """The owner of `repository` lets the owner of `token` in."""
        self.granted.add((token, repository))

    def find_by_hash(self, sha256: str) -> HeldFile | None:
        for repository in list(self.repositories.values()):
            for files in list(repository.commits.values()):
                for file in files.values():
                    if file.sha256 == sha256:
                        return file
        return None


@pytest.fixture
def fake_hub(loopback: Door) -> Iterator[FakeHub]:
    """For tests that say `from tests.fakehub import FakeHub, fake_hub`. Their clients take the same `loopback` door."""
    with FakeHub() as hub:
        yield hub


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, hub: FakeHub) -> None:
        self.hub = hub
        self._connections: set[socket.socket] = set()
        super().__init__((HUB_HOST, 0), _Handler)

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # HTTPServer would look up a name
        self.server_name, self.server_port = HUB_HOST, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:  # as in socketserver
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # as in socketserver
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # as in socketserver
        """The other end went away, as it may: nothing to tell. Anything else is a fault of this file."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def end_connections(self) -> None:
        for connection in list(self._connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it is over already


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments: object) -> None:
        """Nothing to standard error; `FakeHub.calls` has it."""

    @property
    def hub(self) -> FakeHub:
        return cast(_Server, self.server).hub

    @property
    def asked_token(self) -> str:
        return str(self.headers.get("Authorization", "")).removeprefix("Bearer ")

    def do_GET(self) -> None:
        trouble = self.hub.trouble
        url = urlsplit(self.path)
        if trouble.stalls:
            self.hub.has_ended.wait()
            self._hang_up()
        elif trouble.statuses and trouble.statuses_for in url.path:
            self._trouble(trouble.statuses.pop(0))
        elif url.path in trouble.answers:
            self._send(200, {"Content-Type": "application/json"}, trouble.answers[url.path])
        elif url.path in trouble.sends_on:
            self._send(302, {"Location": trouble.sends_on[url.path].replace(LOOP, self.path)}, b"")
        else:
            self._answer(unquote(url.path), url.query)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._refuse(404, "", "Paddock never sends this.")

    def _answer(self, path: str, query: str) -> None:
        if path.startswith("/cdn/"):
            self._cdn(path.removeprefix("/cdn/"))
        elif path == "/api/models":
            self._search(query)
        elif about := re.fullmatch(r"/api/models/([^/]+/[^/]+?)(?:/revision/(.+))?", path):
            self._about(about[1], about[2] or "main", "blobs" in dict(parse_qsl(query)))
        elif file := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self._resolve(file[1], file[2], file[3])
        else:
            self._refuse(404, "", "Sorry, we can't find the page you are looking for.")

    def _search(self, query: str) -> None:
        asked: dict[str, list[str]] = {}
        for key, value in parse_qsl(query):
            asked.setdefault(key, []).append(value)
        words = " ".join(asked.get("search", [])).lower().split()
        tags = {tag for value in asked.get("filter", []) for tag in value.split(",")}
        found = [
            repository
            for repository in self.hub.repositories.values()
            if not repository.is_private
            and all(word in repository.name.lower() for word in words)
            and tags <= set(repository.about["tags"])
        ]
        sort = asked.get("sort", ["trendingScore"])[0]
        found.sort(key=lambda repository: repository.about.get(sort) or 0, reverse=True)
        start = int(asked.get("cursor", ["0"])[0])
        count = min(int(asked.get("limit", ["1000"])[0]), self.hub.page_items)
        headers = {}
        if start + count < len(found):
            more = urlencode([*((key, value) for key, value in parse_qsl(query) if key != "cursor")])
            headers["Link"] = f'<{self.hub.url}/api/models?{more}&cursor={start + count}>; rel="next"'
        fields = asked.get("expand", ["likes", "private", "downloads", "tags", "library_name", "createdAt"])
        page = [self._short(repository, fields) for repository in found[start : start + count]]
        self._json(page, headers)

    def _short(self, repository: _Repository, fields: list[str]) -> dict[str, Any]:
        known = {**repository.about, "gated": repository.gated, "sha": repository.head}
        return {
            "_id": hashlib.sha1(repository.name.encode()).hexdigest()[:24],
            "id": repository.name,
            **{key: value for key, value in known.items() if key in fields},
        }

    def _about(self, name: str, revision: str, has_blobs: bool) -> None:
        found = self._find(name, revision)
        if found is None:
            return
        repository, commit, files = found
        siblings = [self._sibling(path, file, has_blobs) for path, file in files.items()]
        about = {**repository.about, "gated": repository.gated, "sha": commit, "siblings": siblings}
        self._json({"_id": "0" * 24, "id": name, "modelId": name, "spaces": [], **about})

    def _sibling(self, path: str, file: HeldFile, has_blobs: bool) -> dict[str, Any]:
        if not has_blobs:
            return {"rfilename": path}
        lfs = {"sha256": file.sha256, "size": file.size_bytes, "pointerSize": len(file.pointer)}
        sibling = {"rfilename": path, "blobId": file.blob_id, "size": file.size_bytes}
        return {**sibling, "lfs": lfs} if file.is_lfs and not self.hub.trouble.drop_lfs else sibling

    def _resolve(self, name: str, revision: str, path: str) -> None:
        found = self._find(name, revision)
        if found is None or not self._is_let_in(found[0]):
            return
        _repository, commit, files = found
        commit = self.hub.trouble.wrong_commit or commit
        file = files.get(path)
        if file is None:
            self._refuse(404, "EntryNotFound", "Entry not found", {"X-Repo-Commit": commit})
        elif not file.is_lfs:
            self._file(file, {"X-Repo-Commit": commit, "ETag": f'"{file.blob_id}"'})
        else:
            self._redirect(file, commit)

    def _redirect(self, file: HeldFile, commit: str) -> None:
        target = self.hub.trouble.redirect_to or f"{self.hub.cdn_url}/cdn/{file.sha256}?{SIGNATURE}"
        headers = {
            "Location": self.path if target == LOOP else target,
            "X-Repo-Commit": commit,
            "X-Linked-Etag": f'"{file.sha256}"',
            "X-Linked-Size": str(file.size_bytes),
            "ETag": f'"{file.sha256}"',
            "Vary": "Origin, Accept",
        }
        self._send(302, headers, f"Found. Redirecting to {quote(target, safe=':/?&=')}".encode())

    def _find(self, name: str, revision: str) -> tuple[_Repository, str, dict[str, HeldFile]] | None:
        """The files at a revision, or None, after the hub's refusal was sent."""
        repository = self.hub.repositories.get(name)
        token = self.asked_token
        if token and self.hub.trouble.refuses_tokens:
            self._refuse(401, "", "Invalid credentials in Authorization header")
        elif repository is None or (repository.is_private and (token, name) not in self.hub.granted):
            self._refuse(404 if token else 401, "RepoNotFound", "Repository not found")
        else:
            commit = repository.head if revision == "main" else revision
            if commit in repository.commits:
                return repository, commit, repository.commits[commit]
            self._refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        return None

    def _is_let_in(self, repository: _Repository) -> bool:
        """Of a gated repository everybody sees the list of files; only who was granted access gets them."""
        token = self.asked_token
        if not repository.gated or (token, repository.name) in self.hub.granted:
            return True
        restricted = f"Access to model {repository.name} is restricted"
        if token:
            self._refuse(403, "GatedRepo", f"{restricted} and you are not in the authorized list.")
        else:
            self._refuse(401, "GatedRepo", f"{restricted}. You must have access to it and be authenticated.")
        return False

    def _cdn(self, sha256: str) -> None:
        file = self.hub.find_by_hash(sha256)
        if file is None:
            self._refuse(403, "", "AccessDenied")
            return
        changes = f"-{len(self.hub.calls)}" if self.hub.trouble.changed_etag else ""
        self._file(file, {"ETag": f'"{sha256}{changes}"'})

    def _file(self, file: HeldFile, headers: Mapping[str, str]) -> None:
        """The file, or the range of it that was asked for (RFC 9110, 14.2 and 13.1.5)."""
        first, last, status = 0, file.size_bytes - 1, 200
        asked = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
        is_unchanged = self.headers.get("If-Range", headers["ETag"]) == headers["ETag"]
        if asked and (asked[1] or asked[2]) and is_unchanged and not self.hub.trouble.ignores_range:
            first = int(asked[1]) if asked[1] else max(file.size_bytes - int(asked[2]), 0)
            last = min(int(asked[2]), last) if asked[1] and asked[2] else last
            if first > last:
                self._send(416, {**headers, "Content-Range": f"bytes */{file.size_bytes}"}, b"")
                return
            status = 206
        length = last - first + 1 + self.hub.trouble.wrong_length
        all_headers = {**headers, "Accept-Ranges": "bytes", "Content-Type": "application/octet-stream"}
        if status == 206:
            all_headers["Content-Range"] = f"bytes {first}-{last}/{file.size_bytes}"
        self._send_head(status, {**all_headers, "Content-Length": str(length)})
        if self.command != "HEAD":
            self._send_range(file, first, last)

    def _send_range(self, file: HeldFile, first: int, last: int) -> None:
        trouble = self.hub.trouble
        end = last + 1
        cuts = [at for at in (trouble.cut_at, trouble.cut_after and first + trouble.cut_after) if at is not None]
        if cuts and trouble.cuts != 0 and min(cuts) < end:
            end = max(first, min(cuts))
            trouble.cuts = trouble.cuts and trouble.cuts - 1
        with file.open() as stream:
            stream.seek(first)
            at = first
            while at < end and not self.hub.has_ended.is_set():
                slow = trouble.slow_bytes_per_s
                chunk = bytearray(stream.read(min(end - at, int(slow / 50) + 1 if slow else CHUNK_BYTES)))
                if trouble.corrupt_at is not None and at <= trouble.corrupt_at < at + len(chunk):
                    chunk[trouble.corrupt_at - at] ^= 0xFF
                self.wfile.write(chunk)
                at += len(chunk)
                if slow:
                    self.hub.has_ended.wait(len(chunk) / slow)
        if at <= last or trouble.wrong_length:
            self._cut()

    def _trouble(self, status: int) -> None:
        if not status:
            self._hang_up()
            return
        headers = {"Retry-After": self.hub.trouble.retry_after} if status in (429, 503) else {}
        self._refuse(status, "", HTTPStatus(status).phrase, headers)

    def _refuse(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        told = {"X-Error-Code": code, "X-Error-Message": message, "Content-Type": "application/json"}
        body = json.dumps({"error": message}).encode()
        self._send(status, {**{key: value for key, value in told.items() if value}, **(headers or {})}, body)

    def _json(self, value: object, headers: Mapping[str, str] | None = None) -> None:
        edit = self.hub.trouble.edit
        body = json.dumps(edit(value) if edit else value).encode()
        self._send(200, {"Content-Type": "application/json; charset=utf-8", **(headers or {})}, body)

    def _send(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self._send_head(status, {**headers, "Content-Length": str(len(body))})
        if self.command != "HEAD":
            self.wfile.write(body)

    def _send_head(self, status: int, headers: Mapping[str, str]) -> None:
        self._record(status)
        self.send_response(status)
        for name, value in {**headers, **self.hub.trouble.headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _record(self, status: int) -> None:
        """Before the first byte of the answer, so that whoever has the answer finds the call."""
        url = urlsplit(self.path)
        host = str(self.headers.get("Host", "")).rpartition(":")[0]
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.hub.calls.append(Call(self.command, url.path, url.query, host, headers, status))

    def _hang_up(self) -> None:
        self._record(0)
        self._cut()

    def _cut(self) -> None:
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the other end was faster
