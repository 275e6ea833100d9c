"""Asking the hub: which repositories there are, what is in one, on which terms.

huggingface_hub makes the calls, through the door of `net`; `answers` believes nothing of what comes back. The last
good answers are kept for when there is no network. The token goes along only where the hub does not answer without, so
that it learns no more than it must about who looks at what.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from app.errors import AccessNeeded, HubBusy, NetworkRefused, NotOnHub, PaddockError, Unreachable, Untrustworthy
from app.models.hub import answers
from app.models.hub.remote import USUAL_FOUND, Found, RemoteFile, Repository
from app.models.shelf.names import one_line, readable, safe_path
from app.net.client import NetClient
from app.net.faults import translate
from app.net.gate import ConsentNeeded, Errand
from app.net.hub_library import hub_api
from app.net.policy import DETAILS, SEARCH, TERMS
from app.text import _, plural

MAX_SEARCH = 200  # characters
MAX_FOUND = 100
TIMEOUT_S = 15.0
PAUSES_S = (0.5,)  # before asking again after a broken connection or a 5xx; a person is waiting
LONGEST_WAIT_S = 86_400  # that a hub may tell a person to wait
MAIN = "main"

_EXPANDED = ("downloads", "likes", "lastModified", "gated", "tags", "gguf")

T = TypeVar("T")


class HubAnswers(Protocol):
    """What was answered last, by key."""

    def get(self, key: str) -> str | None: ...

    def put(self, key: str, text: str) -> None: ...


class Hub:
    """One per open profile. Calls wait for the network and the database, so they belong on a worker thread."""

    def __init__(
        self,
        client: NetClient,
        kept: HubAnswers,
        token: Callable[[], str | None],
        *,
        pauses_s: Sequence[float] = PAUSES_S,
    ) -> None:
        self._client = client
        self._kept = kept
        self._token = token
        self._pauses_s = tuple(pauses_s)
        self._lock = threading.Lock()
        self._api: Any = None  # HfApi: only `net` may name huggingface_hub's types

    def search(self, text: str, *, limit: int = USUAL_FOUND) -> tuple[Found, ...]:
        """Repositories with GGUF files whose name or author fits, the most fetched first; all where `text` is empty.

        The same search from before where the hub cannot be asked. Raises ConsentNeeded, NetworkRefused or HubFault.
        """
        words, limit = one_line(text, MAX_SEARCH), min(limit, MAX_FOUND)
        key = f"search/{limit}/{words.casefold()}"

        def ask() -> list[object]:
            rows = self._hub_api().list_models(
                search=words or None, filter="gguf", sort="downloads", limit=limit, expand=list(_EXPANDED), token=False
            )
            return list(islice(rows, limit))

        try:
            rows = self._patiently(Errand(SEARCH, text), ask, has_token=False)
        except ConsentNeeded:
            raise
        except (Unreachable, HubBusy, NetworkRefused):
            remembered = self._remembered(key, _listed)
            if remembered is None:
                raise
            return tuple(replace(row, is_from_cache=True) for row in remembered)
        facts = [answers.facts_of_found(row) for row in rows]
        self._kept.put(key, json.dumps(facts))
        return _listed(facts)

    def repository(self, name: str, *, revision: str = MAIN) -> Repository:
        """What is in a repository now, or at a commit. `is_from_cache` where the hub cannot be asked.

        Raises ConsentNeeded, NetworkRefused or HubFault.
        """
        _require_names(name, revision)
        key = f"repository/{name}@{revision}"

        def ask(token: str | None) -> object:
            commit = None if revision == MAIN else revision
            info: object = self._hub_api().model_info(
                name, revision=commit, files_metadata=True, timeout=TIMEOUT_S, token=token or False
            )
            return info

        try:
            info = self._known_or_stranger(Errand(DETAILS, name), ask)
        except ConsentNeeded:
            raise
        except (Unreachable, HubBusy, NetworkRefused):
            remembered = self._remembered(key, lambda facts: answers.repository(name, revision, facts))
            if remembered is None:
                raise
            return replace(remembered, is_from_cache=True)
        _require_same(name, getattr(info, "id", None))
        facts = answers.facts_of_repository(info)
        repository = answers.repository(name, revision, facts)
        self._kept.put(key, json.dumps(facts))
        return repository

    def text(self, repository: Repository, file: RemoteFile) -> str:
        """A licence, a notice or a policy as it is at that commit: checked, and without control characters.

        Raises ConsentNeeded, NetworkRefused or HubFault.
        """
        if not 0 < file.size_bytes <= answers.MAX_TEXT_BYTES or not (file.sha256 or file.blob_id):
            raise _untrustworthy(file, "too long, or without a hash")
        errand = Errand(TERMS, repository.name)

        def ask(token: str | None) -> bytes:
            return self._body(errand, repository, file, token)

        content = self._known_or_stranger(errand, ask, is_closed=repository.is_gated)
        if len(content) != file.size_bytes or not _fits(content, file):
            raise _untrustworthy(file, "another size or hash")
        return readable(content.decode("utf-8", "replace"))

    def address(self, repository_name: str, commit: str, path: str) -> str:
        """Where a file of a repository is at a commit. Raises Untrustworthy or NotOnHub for what cannot be one."""
        _require_names(repository_name, commit)
        safe_path(path)
        return f"{self._client.endpoint.url}/{repository_name}/resolve/{commit}/{quote(path, safe='/')}"

    def _hub_api(self) -> Any:  # HfApi
        with self._lock:
            if self._api is None:
                self._api = hub_api(self._client)
            return self._api

    def _known_or_stranger(self, errand: Errand, ask: Callable[[str | None], T], *, is_closed: bool = False) -> T:
        """Ask as a stranger; with the token where that is refused, or `is_closed` to strangers anyway."""
        if not is_closed:
            try:
                return self._patiently(errand, lambda: ask(None), has_token=False)
            except (AccessNeeded, NotOnHub):
                if not self._token():
                    raise
        token = self._token()
        return self._patiently(errand, lambda: ask(token), has_token=bool(token))

    def _patiently(self, errand: Errand, ask: Callable[[], T], *, has_token: bool) -> T:
        """The answer, after a few tries where trouble may pass. Waits that the hub names are left to the person."""
        for pause_s in (*self._pauses_s, None):
            try:
                with self._client.errand(errand), _as_faults(has_token=has_token):
                    return ask()
            except (Unreachable, HubBusy) as fault:
                if pause_s is None or isinstance(fault, _ToldToWait):
                    raise
                time.sleep(pause_s)
        raise AssertionError  # the last try returns or raises

    def _body(self, errand: Errand, repository: Repository, file: RemoteFile, token: str | None) -> bytes:
        """At most one byte more than `file` should have."""
        address = self.address(repository.name, repository.commit, file.path)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        with (
            self._client.errand(errand) as client,
            client.stream("GET", address, headers=headers, timeout=TIMEOUT_S) as answer,
        ):
            if not answer.is_success:
                answer.raise_for_status()
            first = answer.history[0] if answer.history else answer
            if first.headers.get("X-Repo-Commit", repository.commit) != repository.commit:
                raise _untrustworthy(file, "another commit")
            content = bytearray()
            for chunk in answer.iter_raw():
                content += chunk
                if len(content) > file.size_bytes:
                    break
            return bytes(content[: file.size_bytes + 1])

    def _remembered(self, key: str, read: Callable[[Any], T]) -> T | None:  # any JSON, which `read` checks
        text = self._kept.get(key)
        if text is None:
            return None
        try:
            return read(json.loads(text))
        except (ValueError, TypeError, AttributeError, RecursionError, Untrustworthy):
            return None  # what was kept is damaged: as good as nothing


class _ToldToWait(HubBusy):
    """The hub named a time; asking again before is rude, and in vain."""


def _listed(facts: Any) -> tuple[Found, ...]:  # any JSON
    rows = (answers.found(row) for row in facts if isinstance(row, Mapping))
    return tuple(row for row in rows if row is not None)


@contextmanager
def _as_faults(*, has_token: bool) -> Iterator[None]:
    """Whatever a library makes of a refusal, or of an answer that is no answer, as a fault of our tree.

    Its cause is never shown: the request in it has the token.
    """
    try:
        yield
    except PaddockError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise Untrustworthy(
            _("The hub's answer could not be understood."),
            _("Nothing of it was used. Try again later, or choose another model."),
            detail=type(error).__name__,
        ) from None
    except Exception as error:  # of two HTTP libraries that only `net` may name
        raise _fault(error, has_token=has_token) from None


def _fault(error: Exception, *, has_token: bool) -> PaddockError:
    response: Any = getattr(error, "response", None)  # of either library
    if response is None:
        return translate(error)
    status, code = int(response.status_code), str(response.headers.get("X-Error-Code", ""))
    detail = f"status {status}, {code}" if code.isalnum() else f"status {status}"
    if code in ("RepoNotFound", "RevisionNotFound", "EntryNotFound") or status in (404, 410):
        return _not_there(code, detail, has_token=has_token)
    if status in (401, 403):
        return _no_access(status, code, detail, has_token=has_token)
    if status == 429:
        return _told_to_wait(response.headers, detail)
    return translate(error)


def _not_there(code: str, detail: str, *, has_token: bool) -> NotOnHub:
    if code == "EntryNotFound":
        return NotOnHub(
            _("The hub does not have this file any more."), _("Look at the model again and choose anew."), detail=detail
        )
    if code == "RevisionNotFound":
        return NotOnHub(
            _("The hub does not have this version of the model any more."),
            _("Look at the model again and choose anew."),
            detail=detail,
        )
    return NotOnHub(
        _("The hub has no model under this name, or shows it to nobody but its owner."),
        _("Check the name, and that your access token belongs to an account that may see it.")
        if has_token
        else _("Check the name. For a private model, enter your access token."),
        detail=detail,
    )


def _no_access(status: int, code: str, detail: str, *, has_token: bool) -> AccessNeeded:
    if not has_token:
        return AccessNeeded(
            _("The owner of this model gives it only to people who have asked for access."),
            _("Ask for it on the model's page at the hub, then make an access token there and enter it in Paddock."),
            detail=detail,
        )
    if status == 401:
        return AccessNeeded(
            _("The hub does not accept your access token."),
            _("It may have run out or been withdrawn. Make a new one on the hub's page and enter it."),
            detail=detail,
        )
    return AccessNeeded(
        _("Your access token is known, but the owner of this model has not let you in.")
        if code == "GatedRepo"
        else _("Your access token does not allow this."),
        _(
            "Ask for access on the model's page at the hub, with the account of this token, and try again once it is"
            " granted. The token must allow reading gated models."
        ),
        detail=detail,
    )


def _told_to_wait(headers: Any, detail: str) -> HubBusy:  # a mapping of texts, by name in any case
    asked = str(headers.get("Retry-After", ""))
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 6):
        return _ToldToWait(
            _("The hub asks to be left alone for a while."), _("Try again in a few minutes."), detail=detail
        )
    wait_s = min(max(int(asked), 1), LONGEST_WAIT_S)
    again = (
        plural("Try again in {count} second.", "Try again in {count} seconds.", wait_s)
        if wait_s < 120
        else plural("Try again in {count} minute.", "Try again in {count} minutes.", -(-wait_s // 60))
    )
    return _ToldToWait(_("The hub asks to be left alone for a while."), again, detail=detail)


def _require_names(name: str, revision: str) -> None:
    if not answers.is_repository_name(name) or not (revision == MAIN or answers.is_commit(revision)):
        raise NotOnHub(
            _("This is not the name of a model on the hub."), _("Names there look like owner/name. Search for it.")
        )


def _require_same(name: str, told: object) -> None:
    """The hub sends on from old names to new ones, which may be somebody else's: the person chooses that, not we."""
    if isinstance(told, str) and told.casefold() == name.casefold():
        return
    if isinstance(told, str) and answers.is_repository_name(told):
        raise NotOnHub(
            _("The hub now calls this model {name}.").format(name=told), _("Search for it under its new name.")
        )
    raise Untrustworthy(_("The hub answered with another model."), _("Nothing of it was used. Try again later."))


def _fits(content: bytes, file: RemoteFile) -> bool:
    if file.sha256:
        return hashlib.sha256(content).hexdigest() == file.sha256
    blob = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)  # git's name for a content
    return blob.hexdigest() == file.blob_id


def _untrustworthy(file: RemoteFile, detail: str) -> Untrustworthy:
    return Untrustworthy(
        _("{name} is not what the hub announced.").format(name=one_line(file.path)),
        _("Nothing was fetched. Try again later, or look for another copy of this model."),
        detail=detail,
    )
