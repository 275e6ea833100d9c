"""What there is to fetch: what suits this computer first, then the catalogue."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.journeys.offers import Offer
from app.text import _
from app.ui.controls import Card
from app.ui.models.page.fetching import Stock
from app.ui.models.page.offers import OfferRow, RecommendedCard, Skeleton
from app.ui.models.page.parts import ProblemNote
from app.ui.models.page.shown import Problem
from app.ui.pages.parts import Heading, KeyedColumn
from app.ui.theme import Theme

_SECTION_GAP_PX = 8  # more than between what belongs together


class DiscoverView(QWidget):
    """A skeleton until the first `show_offers`; later ones keep what is open."""

    again_requested = Signal()
    fetch_requested = Signal(object)  # FetchRequested
    use_requested = Signal(object)  # UseRequested
    download_act = Signal(object)  # DownloadAct
    rows_changed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._recommended: tuple[Offer, ...] = ()
        self._stock = Stock()
        self.skeleton = Skeleton(theme, parent=self)
        self.note = ProblemNote(theme, parent=self)
        self.note.again.connect(self.again_requested)
        self.note.hide()
        self._best = QWidget(self)
        best = QVBoxLayout(self._best)
        best.setContentsMargins(0, 0, 0, 0)
        best.setSpacing(8)
        self.heading = Heading(theme, _("Recommended for this computer"), parent=self._best)
        best.addWidget(self.heading)
        cards = QVBoxLayout()
        cards.setSpacing(0)
        best.addLayout(cards)
        self._cards: KeyedColumn[str, RecommendedCard] = KeyedColumn(cards)
        words = _("The models that Paddock knows best, each with what it would do here.")
        self.chat = OfferGroup(theme, _("Llama and companions"), words, parent=self)
        words = _("They find passages by their meaning, and never answer. One is in use at a time.")
        self.searching = OfferGroup(theme, _("For searching your documents"), words, parent=self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        for part in (self.skeleton, self.note, self._best, self.chat, self.searching):
            column.addWidget(part)
        column.insertSpacing(column.indexOf(self.searching), _SECTION_GAP_PX)
        column.addStretch(1)
        self._best.hide()
        for group in (self.chat, self.searching):
            group.fetch_requested.connect(self.fetch_requested)
            group.use_requested.connect(self.use_requested)
            group.download_act.connect(self.download_act)
            group.rows_changed.connect(self.rows_changed)

    @property
    def cards(self) -> dict[str, RecommendedCard]:
        """By the offer's key."""
        return self._cards.rows

    @property
    def rows(self) -> dict[str, OfferRow]:
        """By the offer's key."""
        return {**self.chat.rows, **self.searching.rows}

    def show_offers(self, recommended: tuple[Offer, ...], offers: tuple[Offer, ...], computer: str) -> None:
        self._recommended = recommended
        self.heading.set_words(computer)
        self.skeleton.hide()
        self.note.hide()
        is_new = self._cards.sync((offer.key for offer in recommended), self._make_card)
        for offer in recommended:
            self.cards[offer.key].show_offer(offer, self._stock)
        self._best.setVisible(bool(recommended))
        self.chat.show_offers([offer for offer in offers if offer.kind != "embedding"], self._stock)
        self.searching.show_offers([offer for offer in offers if offer.kind == "embedding"], self._stock)
        if is_new:
            self.rows_changed.emit()

    def show_problem(self, problem: Problem) -> None:
        self.note.show_problem(problem)
        self.note.show()
        self.skeleton.hide()

    def show_stock(self, stock: Stock) -> None:
        self._stock = stock
        for card in self.cards.values():
            card.show_stock(stock)
        for row in self.rows.values():
            row.show_stock(stock)

    def _make_card(self, key: str) -> RecommendedCard:
        is_best = bool(self._recommended) and key == self._recommended[0].key
        card = RecommendedCard(self._theme, parent=self._best, kind="strong" if is_best else "plain")
        card.fetch_requested.connect(self.fetch_requested)
        card.use_requested.connect(self.use_requested)
        card.download_act.connect(self.download_act)
        card.rows_changed.connect(self.rows_changed)
        return card


class OfferGroup(QWidget):
    """Offers for one purpose, on one card. Hidden while there are none."""

    fetch_requested = Signal(object)  # FetchRequested
    use_requested = Signal(object)  # UseRequested
    download_act = Signal(object)  # DownloadAct
    rows_changed = Signal()

    def __init__(self, theme: Theme, title: str, words: str, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._card = Card(theme, parent=self)
        inside = QVBoxLayout(self._card)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        self._rows: KeyedColumn[str, OfferRow] = KeyedColumn(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(Heading(theme, title, words, parent=self))
        column.addWidget(self._card)
        self.hide()

    @property
    def rows(self) -> dict[str, OfferRow]:
        """By the offer's key."""
        return self._rows.rows

    def show_offers(self, offers: Sequence[Offer], stock: Stock) -> None:
        is_new = self._rows.sync((offer.key for offer in offers), self._make_row)
        for offer in offers:
            self.rows[offer.key].show_offer(offer, stock)
        self.setVisible(bool(offers))
        if is_new:
            self.rows_changed.emit()

    def _make_row(self, _key: str) -> OfferRow:
        row = OfferRow(self._theme, parent=self._card)
        row.fetch_requested.connect(self.fetch_requested)
        row.use_requested.connect(self.use_requested)
        row.download_act.connect(self.download_act)
        row.rows_changed.connect(self.rows_changed)
        row.opened.connect(self.rows_changed)
        return row
