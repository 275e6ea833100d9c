"""Fetching a model: the person's leave, the terms, a token where one is needed, then the queue as the page shows it."""

from __future__ import annotations

import secrets
from functools import partial

from PySide6.QtCore import QEvent, QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.core import Core
from app.errors import AccessNeeded, PaddockError
from app.journeys.shop import Arrival, Terms
from app.models.fetch.downloads import Download
from app.settings import DOWNLOAD_RATE
from app.text import _
from app.ui.bridge import Bridge, nothing
from app.ui.dialogs import SentenceDialog
from app.ui.models.page.page import ModelsPage
from app.ui.models.page.shown import (
    DownloadAct,
    DownloadActName,
    DownloadShown,
    DownloadState,
    FetchRequested,
    Problem,
)
from app.ui.models.screen.access import Access
from app.ui.models.screen.asking import Asking
from app.ui.models.screen.latest import Latest
from app.ui.models.terms_dialog import TermsDialog, TermsShown, TextShown
from app.ui.theme import Theme

_PREPARING = "preparing-"
_RATE_FROM_BYTES = 50e6  # a download that says something about how fast the next one will be
_RATE_STEP = 0.1  # of the rate: less is not worth drawing every button again
_ON_ITS_WAY = ("waiting", "running")


class Fetching(QObject):
    """Controller of the page's downloads; parented to the page, and it draws on it only while it is seen."""

    failed = Signal(object)  # PaddockError
    arrived = Signal(object)  # Arrival
    stopped = Signal(object)  # a sentence, str: a download has stopped where nobody sees it
    link_requested = Signal(object)  # LinkRequested

    def __init__(
        self,
        core: Core,
        bridge: Bridge,
        asking: Asking,
        access: Access,
        page: ModelsPage,
        theme: Theme,
        window: QWidget,
    ) -> None:
        super().__init__(page)
        self._window = window
        self._core = core
        self._bridge = bridge
        self._asking = asking
        self._access = access
        self._page = page
        self._theme = theme
        self._queue: Latest[tuple[Download, ...]] = Latest(bridge, self._read, self._have_read, self.failed.emit)
        self._preparing: dict[str, FetchRequested] = {}  # by the id of the row that stands for it
        self._going: dict[str, Download] = {}
        self._rate = 0.0
        page.fetch_requested.connect(self.fetch)
        page.download_act.connect(self._on_act)
        page.installEventFilter(self)

    def begin(self) -> None:
        """Take up what was going on when Paddock ended, and show what there is."""
        self._bridge.run(self._start, self._on_news, self.failed.emit)

    def _start(self) -> None:
        """On a worker thread, as is whatever the shop tells."""
        shop, post = self._core.shop, self._bridge.post

        def on_arrival(arrival: Arrival) -> None:
            post(partial(self._arrived, arrival))

        post(partial(self._have_rate, self._core.settings.get(DOWNLOAD_RATE)))
        shop.listen(partial(post, self._on_news), on_arrival)
        shop.downloads.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The page comes into view: as it was not drawn while it was hidden, it is now."""
        if event.type() == QEvent.Type.Show:
            self._draw()
        return False

    @Slot(object)
    def fetch(self, request: FetchRequested) -> None:
        """From the wish to the terms. A second press while that is under way does nothing."""
        if request in self._preparing.values():
            return
        id_ = f"{_PREPARING}{secrets.token_hex(4)}"
        self._preparing[id_] = request
        self._draw()
        self._asking.run(
            partial(self._terms, request),
            partial(self._have_terms, id_),
            partial(self._have_none, id_, request),
            declined=partial(self._let_go, id_),
            is_wanted=partial(self._is_wanted, id_),
        )

    def _terms(self, request: FetchRequested) -> Terms:
        return self._core.shop.terms(request.repository, request.quantisation, request.variant)

    def _have_terms(self, id_: str, terms: Terms) -> None:
        if not self._is_wanted(id_):
            self._decline(terms.repository.name)
            return
        self._let_go(id_)
        if terms.is_accepted:  # none is needed, or these very texts were accepted before
            self._order(terms)
            return
        dialog = TermsDialog(self._theme, terms_shown(terms), parent=self._window)
        dialog.accepted.connect(partial(self._order, terms))
        dialog.rejected.connect(partial(self._decline, terms.repository.name))
        dialog.link_requested.connect(self.link_requested)
        dialog.open()

    def _have_none(self, id_: str, request: FetchRequested, error: PaddockError) -> None:
        is_wanted = self._is_wanted(id_)
        self._let_go(id_)
        if is_wanted and isinstance(error, AccessNeeded):
            self._access.ask(request.repository, partial(self.fetch, request), reason=error.message)
        elif is_wanted:
            self.failed.emit(error)

    def _is_wanted(self, id_: str) -> bool:
        """Whether the person still waits for what this row stands for."""
        return id_ in self._preparing

    def _let_go(self, id_: str) -> None:
        self._preparing.pop(id_, None)
        self._draw()

    def _order(self, terms: Terms) -> None:
        def order() -> str:
            return self._core.shop.order(terms)

        self._bridge.run(order, nothing, self.failed.emit)

    def _decline(self, repository: str) -> None:
        self._bridge.run(partial(_decline, self._core, repository), nothing, self.failed.emit)

    def _arrived(self, arrival: Arrival) -> None:
        self._do("dismiss", arrival.download.id)
        if self._rate > 0:
            self._bridge.run(partial(self._core.settings.set, DOWNLOAD_RATE, self._rate), nothing, self.failed.emit)
        self.arrived.emit(arrival)

    def _have_rate(self, bytes_per_s: float) -> None:
        if bytes_per_s > 0:
            self._rate = bytes_per_s
            self._page.set_rate(bytes_per_s)

    # The queue.

    def _on_news(self, _result: object = None) -> None:
        self._queue.look()

    def _read(self) -> tuple[Download, ...]:
        return self._core.shop.downloads.snapshot()

    def _have_read(self, downloads: tuple[Download, ...]) -> None:
        before, self._going = self._going, {each.id: each for each in downloads if each.state != "done"}
        self._draw()
        if not self._page.isVisible():
            for each in self._going.values():
                was = before.get(each.id)
                if was is not None and was.state in _ON_ITS_WAY and each.state not in _ON_ITS_WAY and each.message:
                    self.stopped.emit(f"{each.order.title}: {each.message}")

    def _draw(self) -> None:
        if not self._page.isVisible():
            return
        preparing = tuple(starting(id_, request) for id_, request in self._preparing.items())
        self._page.set_downloads((*preparing, *map(download_shown, self._going.values())))
        rates = [each.bytes_per_s for each in self._going.values() if each.done_bytes > _RATE_FROM_BYTES]
        rate = max(rates, default=0.0)
        if abs(rate - self._rate) > _RATE_STEP * self._rate and rate > 0:
            self._have_rate(rate)

    @Slot(object)
    def _on_act(self, act: DownloadAct) -> None:
        if act.id in self._preparing:
            if act.act == "cancel":
                self._let_go(act.id)
        elif act.act in ("resume", "retry"):
            self._go_on(act.id)
        elif act.act == "cancel" and act.id in self._going and self._going[act.id].done_bytes:
            self._confirm_cancel(act.id)
        else:
            self._do(act.act, act.id)

    def _do(self, act: DownloadActName, id_: str) -> None:
        self._bridge.run(partial(_do, self._core, act, id_), nothing, self.failed.emit)

    def _go_on(self, id_: str) -> None:
        download = self._going.get(id_)
        if download is not None and download.need == "access":
            again = partial(self._resume, id_)
            self._access.ask(download.order.repository, again, reason=download.message)
        else:
            self._resume(id_)

    def _resume(self, id_: str) -> None:
        self._asking.run(partial(_go_on, self._core, id_), nothing, self.failed.emit)

    def _confirm_cancel(self, id_: str) -> None:
        dialog = SentenceDialog(
            self._theme,
            _("Stop this download?"),
            _("What has arrived of it is deleted. To go on with it later, pause it instead."),
            parent=self._window,
            accept=_("Stop and delete"),
            reject=_("Keep it"),
            kind="danger",
        )
        dialog.accepted.connect(partial(self._do, "cancel", id_))
        dialog.open()


# On a worker thread: the shop is made when it is first asked for, and its queue writes to the database.


def _decline(core: Core, repository: str) -> None:
    core.shop.decline(repository)


def _go_on(core: Core, id_: str) -> None:
    core.shop.go_on(id_)


def _do(core: Core, act: DownloadActName, id_: str) -> None:
    downloads = core.shop.downloads
    {"pause": downloads.pause, "cancel": downloads.cancel, "dismiss": downloads.dismiss}[act](id_)


def download_shown(download: Download) -> DownloadShown:
    order = download.order
    state: DownloadState = "waiting"
    if download.state == "running":
        state = download.phase
    elif download.state in ("paused", "failed"):
        state = download.state
    words = f"{download.message} {download.next_step}".strip()
    is_failed = download.state == "failed"
    problem = Problem(download.message, download.next_step, is_access=download.need == "access")
    return DownloadShown(
        id=download.id,
        title=order.title,
        repository=order.repository,
        quantisation=order.quantisation,
        state=state,
        done_bytes=download.done_bytes,
        total_bytes=download.total_bytes,
        variant=order.variant.name,
        bytes_per_s=download.bytes_per_s,
        left_s=download.seconds_left,
        note="" if is_failed else words,
        problem=problem if is_failed else None,
        needs_access=download.need == "access",
    )


def starting(id_: str, request: FetchRequested) -> DownloadShown:
    """A wish of which the hub is just being asked."""
    return DownloadShown(
        id=id_,
        title=request.variant or f"{request.repository} · {request.quantisation}",
        repository=request.repository,
        quantisation=request.quantisation,
        state="waiting",
        done_bytes=0,
        total_bytes=0,
        variant=request.variant,
        note=_("Asking for its files and its terms…"),
    )


def terms_shown(terms: Terms) -> TermsShown:
    repository, licence = terms.repository, terms.licence
    return TermsShown(
        title=terms.title,
        licence_title=licence.title,
        summary=licence.summary,
        texts=tuple(TextShown(text.name, text.content) for text in terms.texts),
        repository=repository.name,
        commit=repository.commit,
        text_link=licence.text_link,
        policy_link=licence.policy_link,
        needs_acceptance=licence.needs_acceptance,
        size_bytes=terms.variant.size_bytes,
        free_bytes=terms.free_bytes,
    )
