"""From a search to a model that is on its way: what is asked of the hub, on whose word, and on which terms.

Nothing here begins by itself. Each step is one errand, and the gate decides about it before anything is sent; where it
has to be asked about, `ConsentNeeded` comes out of the call, which is simply made again once the person has allowed it.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from app.errors import AccessNeeded, NotOnHub
from app.journeys.offers import Choice, Offer
from app.journeys.recommend import Offers
from app.models.fetch import orders
from app.models.fetch.downloads import Download, Downloads, Order
from app.models.hub import licences
from app.models.hub.hub import Hub
from app.models.hub.licences import Licence
from app.models.hub.remote import Found, Repository, Variant
from app.models.hub.token import Token
from app.models.shelf.titles import Titles
from app.models.store import AcceptedTerms
from app.net.gate import ConsentNeeded, Errand, Gate
from app.net.policy import DETAILS, DOWNLOAD, SEARCH
from app.text import _

NOTICE = "NOTICE"
CARD_LICENCE = "LICENSE.md"  # what a licence is called that stands in the model's card
UNFINISHED = ("waiting", "running", "paused")


@dataclass(frozen=True, slots=True)
class Offered:
    """The catalogue on this computer; `recommended` are some of `offers`."""

    recommended: tuple[Offer, ...]
    offers: tuple[Offer, ...]
    computer: str  # a sentence: what is here to run them


@dataclass(frozen=True, slots=True)
class Listing:
    """A repository, and each of its variants judged for this computer: None for what is no model by itself."""

    repository: Repository
    choices: tuple[Choice | None, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """A licence, a notice or a policy on acceptable use, as the repository has it."""

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What a person is shown before the first byte of weights. `is_accepted` earlier, for these very texts."""

    repository: Repository
    variant: Variant
    title: str
    licence: Licence
    texts: tuple[Text, ...]  # the repository's own
    is_accepted: bool
    free_bytes: int  # on the disk with the models folder; 0 unknown

    @property
    def beside(self) -> tuple[tuple[str, str], ...]:
        """Names and texts that are put beside the model, with the notice that some licences ask for."""
        texts = [(text.name, text.content) for text in self.texts]
        if self.licence.notice and not any(name.upper().startswith(NOTICE) for name, _content in texts):
            texts.append((NOTICE, self.licence.notice + "\n"))
        return tuple(texts)

    @property
    def digest(self) -> str:
        """Of all texts: terms that changed are shown again."""
        told = hashlib.sha256(self.repository.licence.encode())
        for text in self.texts:
            told.update(f"\0{text.name}\0{text.content}".encode())
        return told.hexdigest()


@dataclass(frozen=True, slots=True)
class Arrival:
    """A model that was fetched and checked, and can be used now."""

    download: Download
    path: Path  # of the first part


class Shop:
    """One per open profile. Calls wait for the network and the database, so they belong on a worker thread."""

    def __init__(
        self,
        *,
        gate: Gate,
        hub: Hub,
        offers: Offers,
        accepted: AcceptedTerms,
        token: Token,
        titles: Titles,
        folder: Callable[[], Path],
        queue: Callable[[Callable[[], None], Callable[[Download, Path], None]], Downloads],
    ) -> None:
        """`queue` makes the downloads, with whom to tell of a change and of a model that has arrived."""
        self._gate = gate
        self._hub = hub
        self._offers = offers
        self._accepted = accepted
        self._token = token
        self._titles = titles
        self._folder = folder
        self._ordered: set[str] = set()  # repositories whose leave was handed on to the downloads
        self._passed_over: dict[tuple[str, str, str], int] = {}  # sources without it, while the next is asked about
        self._on_change: Callable[[], None] = _nobody
        self._on_arrival: Callable[[Arrival], None] = _nobody
        self.downloads = queue(lambda: self._on_change(), self._arrived)

    def listen(self, on_change: Callable[[], None], on_arrival: Callable[[Arrival], None]) -> None:
        """Be told, on other threads, when the downloads have changed, and when a model is here and checked."""
        self._on_change, self._on_arrival = on_change, on_arrival

    def offered(self) -> Offered:
        """The catalogue, judged for this computer. Needs no network."""
        offers = self._offers.catalogue()
        return Offered(self._offers.recommended(offers), offers, self._offers.computer())

    def search(self, text: str) -> tuple[Found, ...]:
        """Repositories with GGUF files that match, each once. Raises ConsentNeeded, NetworkRefused or HubFault."""
        try:
            found = self._hub.search(text)
        finally:
            self._gate.withdraw(Errand(SEARCH, text))  # once is once, after a fault too
        return tuple({each.repository: each for each in found}.values())  # the hub may change between its pages

    def listing(self, repository: str) -> Listing:
        """What a repository has to fetch. Raises ConsentNeeded, NetworkRefused or HubFault."""
        try:
            found = self._hub.repository(repository)
        finally:
            self._gate.withdraw(Errand(DETAILS, repository))
        judged = tuple(
            self._offers.judge(found, variant) if variant.kind == "model" else None for variant in found.variants
        )
        return Listing(found, judged)

    def terms(self, repository: str, quantisation: str, variant: str = "") -> Terms:
        """What fetching one model means: asks for the whole errand, then looks and reads, but fetches no weights.

        A choice of the catalogue that the hub does not have any more is looked for in its other sources, each of them
        an errand of its own: `Terms.repository` says which one it is. Raises ConsentNeeded, NetworkRefused,
        AccessNeeded or another HubFault. Followed by `order` or `decline`.
        """
        wanted = (repository, quantisation, variant)
        begin = self._passed_over.pop(wanted, 0)
        absent = None
        for number, name in enumerate(self._sources(*wanted)[begin:], begin):
            try:
                return self._terms_of(name, quantisation, variant)
            except NotOnHub as fault:
                absent = absent or fault
            except ConsentNeeded:
                self._passed_over[wanted] = number  # the same call goes on here, once this one was allowed
                raise
        raise absent or _not_there()

    def _terms_of(self, repository: str, quantisation: str, variant: str) -> Terms:
        self._gate.require(Errand(DOWNLOAD, repository))
        try:
            return self._read_terms(repository, quantisation, variant)
        except BaseException:  # leave does not outlive a bug of ours either
            self.decline(repository)
            raise

    def _read_terms(self, repository: str, quantisation: str, variant: str) -> Terms:
        found = self._hub.repository(repository)
        if found.is_gated and self._token() is None:
            raise AccessNeeded(
                _("The owner of {name} gives it only to people who agreed to conditions.").format(name=repository),
                _("Agree to them at the hub, and give Paddock your access token."),
            )
        chosen = _chosen(found.variants, quantisation, variant)
        texts = [Text(PurePosixPath(file.path).name, self._hub.text(found, file)) for file in found.texts]
        licence = licences.of(found.licence, found.licence_name)
        if found.card_terms and not any(text.name.upper().startswith("LICEN") for text in texts):
            texts.insert(0, Text(CARD_LICENCE, found.card_terms))
        named = self._offers.title_of(repository)
        title = f"{named} · {chosen.quantisation}" if named and chosen.quantisation else named or chosen.name
        terms = Terms(found, chosen, title, licence, tuple(texts), not licence.needs_acceptance, self._free_bytes())
        return replace(terms, is_accepted=terms.is_accepted or self._is_accepted(terms))

    def go_on(self, download_id: str) -> None:
        """Resume a download, or try it again. Raises ConsentNeeded or NetworkRefused."""
        for download in self.downloads.snapshot():
            if download.id == download_id:
                self._gate.require(Errand(DOWNLOAD, download.order.repository))
                self._ordered.add(download.order.repository)
                self.downloads.resume(download_id)

    def decline(self, repository: str) -> None:
        """The person thought better of it; a later try is asked about anew, unless more of it is on its way."""
        if not self._is_on_its_way(repository):
            self._gate.withdraw(Errand(DOWNLOAD, repository))

    def order(self, terms: Terms) -> str:
        """The person accepts the terms: the download begins, or waits for its turn. Returns its id.

        Raises DiskFull where there is no room for it.
        """
        repository = terms.repository
        if terms.licence.needs_acceptance:
            self._accepted.add(repository.name, repository.licence, terms.digest)
        try:
            download_id = self.downloads.add(_order_of(terms))
        except BaseException:  # as above
            self.decline(repository.name)
            raise
        self._ordered.add(repository.name)
        if any(each.id == download_id and each.state == "done" for each in self.downloads.snapshot()):
            self.decline(repository.name)  # it is here already: nothing will be asked
        return download_id

    def _arrived(self, download: Download, home: Path) -> None:
        arrival = Arrival(download, home / orders.name_of(download.order.variant.files[0]))
        self._titles.keep(arrival.path, download.order.title)
        self._on_arrival(arrival)

    def _sources(self, repository: str, quantisation: str, variant: str) -> tuple[str, ...]:
        """Where to look: there, and for a choice of the catalogue elsewhere too. Who names a variant means it."""
        known = () if variant else self._offers.sources_of(repository, quantisation)
        return (repository, *(name for name in known if name != repository)) if repository in known else (repository,)

    def _free_bytes(self) -> int:
        folder = self._folder()
        there = next((place for place in (folder, *folder.parents) if place.is_dir()), folder)
        with contextlib.suppress(OSError):
            return shutil.disk_usage(there).free
        return 0

    def _is_accepted(self, terms: Terms) -> bool:
        return self._accepted.has(terms.repository.name, terms.repository.licence, terms.digest)

    def _is_on_its_way(self, repository: str) -> bool:
        """Whether a download uses the leave for this repository, which the queue gives back at its end."""
        going = (each.order.repository for each in self.downloads.snapshot() if each.state in UNFINISHED)
        return repository in self._ordered and repository in going


def _nobody(*_told: object) -> None:
    """Whom nobody has asked to be told."""


def _order_of(terms: Terms) -> Order:
    repository, variant = terms.repository, terms.variant
    return Order(
        title=terms.title,
        repository=repository.name,
        commit=repository.commit,
        licence=repository.licence,
        licence_title=terms.licence.title,
        base_model=repository.base_model,
        variant=variant,
        quantisation=variant.quantisation,
        kind=variant.kind,
        architecture=repository.architecture,
        is_gated=repository.is_gated,
        texts=terms.beside,
    )


def _chosen(variants: Iterable[Variant], quantisation: str, name: str) -> Variant:
    """The one of that name, else the first of that quantisation. Raises NotOnHub."""
    listed = tuple(variants)
    wanted: tuple[Callable[[Variant], bool], ...] = (
        lambda variant: bool(name) and variant.name == name,
        lambda variant: not name and variant.kind == "model" and variant.quantisation == quantisation,
    )
    for fits in wanted:
        for variant in listed:
            if fits(variant):
                return variant
    raise _not_there()


def _not_there() -> NotOnHub:
    return NotOnHub(
        _("The hub does not have this file of the model any more, or it has no checksum for it."),
        _("Choose another size of it."),
    )
