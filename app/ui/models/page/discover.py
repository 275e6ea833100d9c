"""What there is to fetch: what suits this computer first, then the catalogue."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.journeys.offers import Offer
from app.text import _
from app.ui.controls import Card
from app.ui.models.page.fetching import Stock
from app.ui.models.page.offers import OfferRow, RecommendedCard, Skeleton
from app.ui.models.page.parts import Heading, KeyedColumn, ProblemNote
from app.ui.models.page.shown import Problem
from app.ui.theme import Theme


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
        self._offers: tuple[Offer, ...] = ()
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
        self._rest = QWidget(self)
        rest = QVBoxLayout(self._rest)
        rest.setContentsMargins(0, 0, 0, 0)
        rest.setSpacing(8)
        words = _("The models that Paddock knows best, each with what it would do here.")
        rest.addWidget(Heading(theme, _("Llama and companions"), words, parent=self._rest))
        self._card = Card(theme, parent=self._rest)
        rows = QVBoxLayout(self._card)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rest.addWidget(self._card)
        self._rows: KeyedColumn[str, OfferRow] = KeyedColumn(rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        for part in (self.skeleton, self.note, self._best, self._rest):
            column.addWidget(part)
        column.addStretch(1)
        self._best.hide()
        self._rest.hide()

    @property
    def cards(self) -> dict[str, RecommendedCard]:
        """By the offer's key."""
        return self._cards.rows

    @property
    def rows(self) -> dict[str, OfferRow]:
        """By the offer's key."""
        return self._rows.rows

    def show_offers(self, recommended: tuple[Offer, ...], offers: tuple[Offer, ...], computer: str) -> None:
        self._recommended, self._offers = recommended, offers
        self.heading.set_words(computer)
        self.skeleton.hide()
        self.note.hide()
        is_new = self._cards.sync((offer.key for offer in recommended), self._make_card)
        is_new = self._rows.sync((offer.key for offer in offers), self._make_row) or is_new
        self._best.setVisible(bool(recommended))
        self._rest.setVisible(bool(offers))
        self._fill()
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

    def _fill(self) -> None:
        for offer in self._recommended:
            self.cards[offer.key].show_offer(offer, self._stock)
        for offer in self._offers:
            self.rows[offer.key].show_offer(offer, self._stock)

    def _make_card(self, key: str) -> RecommendedCard:
        is_best = bool(self._recommended) and key == self._recommended[0].key
        card = RecommendedCard(self._theme, parent=self._best, kind="strong" if is_best else "plain")
        self._join(card)
        return card

    def _make_row(self, _key: str) -> OfferRow:
        row = OfferRow(self._theme, parent=self._card)
        self._join(row)
        row.opened.connect(self.rows_changed)
        return row

    def _join(self, part: RecommendedCard | OfferRow) -> None:
        part.fetch_requested.connect(self.fetch_requested)
        part.use_requested.connect(self.use_requested)
        part.download_act.connect(self.download_act)
        part.rows_changed.connect(self.rows_changed)
