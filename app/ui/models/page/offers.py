"""Offers of the catalogue: a large card for what suits this computer, a row that opens for each of the others."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QRectF, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from app.journeys.offers import Fit, Offer
from app.text import _, plural
from app.ui import accessible
from app.ui.controls import Card, Kind, Text, paint_card
from app.ui.models.entries import scaled
from app.ui.models.page import wording
from app.ui.models.page.choices import ChoiceList
from app.ui.models.page.expanding import ExpandingRow
from app.ui.models.page.fetching import FetchButton, Stock
from app.ui.models.page.parts import FitLine
from app.ui.models.page.shown import Pick, pick_of_choice
from app.ui.pages.expanding import INDENT_PX
from app.ui.pages.parts import PAD_PX, Row, make_button
from app.ui.theme import Theme

_CARD_PAD_PX = 20
_BARS = ((20, 14, 0.25), (44, 10, 0.6), (82, 12, 0.4), (104, 10, 0.55))  # of a card to come: top, height, share
_STACKED_PX = 520  # below which the buttons of a card stand under its words


class RecommendedCard(Row):
    """`show_offer` as often as there is news; the list of sizes stays open."""

    fetch_requested = Signal(object)  # FetchRequested
    use_requested = Signal(object)  # UseRequested
    download_act = Signal(object)  # DownloadAct
    rows_changed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget, kind: Kind) -> None:
        super().__init__(theme, parent=parent)
        self._offer: Offer | None = None
        self._stock = Stock()
        self._card = Card(theme, parent=self)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 10)
        around.addWidget(self._card)
        column = QVBoxLayout(self._card)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._make_front(kind))
        self.choices = ChoiceList(theme, parent=self._card)
        self.choices.hide()
        rows = QVBoxLayout()
        rows.setContentsMargins(_CARD_PAD_PX - PAD_PX, 0, _CARD_PAD_PX - PAD_PX, 0)
        rows.addWidget(self.choices)
        column.addLayout(rows)
        for source in (self.button, self.choices):
            source.fetch_requested.connect(self.fetch_requested)
            source.use_requested.connect(self.use_requested)
            source.download_act.connect(self.download_act)
        self.others.clicked.connect(self._on_others)

    @property
    def is_open(self) -> bool:
        return not self.choices.isHidden()

    def show_offer(self, offer: Offer, stock: Stock) -> None:
        self._offer, self._stock = offer, stock
        choice = picks(offer)[offer.best]
        fit = choice.fit
        if fit is None:
            return
        self.title.setText(offer.title)
        self.words.setText(offer.words)
        runs = (wording.place(fit.place), wording.rate(fit), wording.first_word(fit))
        self.fit.show_fit(fit, wording.joined(runs))
        self.line.setText(
            wording.joined(
                (
                    wording.size(choice.size_bytes, is_estimate=choice.is_size_estimated),
                    f"{choice.quantisation}, {choice.words}" if choice.words else choice.quantisation,
                    ""
                    if stock.here(choice) is not None
                    else wording.download_time(choice.size_bytes, stock.bytes_per_s),
                    offer.licence_title or wording.licence(offer.licence),
                    wording.origin(choice.repository, offer.released),
                )
            )
        )
        self.button.show_pick(choice, offer.title, stock)
        self.others.setVisible(len(offer.choices) > 1)
        accessible.name(self, f"{offer.title}. {offer.words} {self.fit.text()}. {self.line.text()}.")
        self._show_others()

    def show_stock(self, stock: Stock) -> None:
        """What is here and on its way now, and how fast the last download was."""
        is_only_going = (stock.shelf, stock.bytes_per_s) == (self._stock.shelf, self._stock.bytes_per_s)
        self._stock = stock
        if not is_only_going and self._offer is not None:
            self.show_offer(self._offer, stock)
            return
        self.button.show_stock(stock)
        self.choices.show_stock(stock)

    def arrange(self, column_px: int) -> None:
        is_stacked = column_px < scaled(self._theme, _STACKED_PX)
        ways = QBoxLayout.Direction
        self._front.setDirection(ways.TopToBottom if is_stacked else ways.LeftToRight)
        self._buttons.setDirection(ways.LeftToRight if is_stacked else ways.TopToBottom)

    def _make_front(self, kind: Kind) -> QBoxLayout:
        card, fonts = self._card, self._theme.fonts
        self.title = Text(self._theme, "", parent=card, font=fonts.heading).wrapped()
        self.words = Text(self._theme, "", parent=card, color="muted").wrapped()
        self.fit = FitLine(self._theme, parent=card)
        self.line = Text(self._theme, "", parent=card, font=fonts.small, color="muted").wrapped()
        self.button = FetchButton(self._theme, parent=card, kind=kind)
        self.others = make_button(self._theme, _("Other sizes"), parent=card, kind="quiet")
        self.others.tail_icon = "caret-down"
        about = QVBoxLayout()
        about.setSpacing(4)
        about.addWidget(self.title)
        about.addWidget(self.words)
        about.addSpacing(6)
        about.addWidget(self.fit)
        about.addWidget(self.line)
        self._buttons = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._buttons.setSpacing(6)
        self._buttons.addWidget(self.button)
        self._buttons.addWidget(self.others)
        self._buttons.addStretch(1)
        self._front = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._front.setContentsMargins(_CARD_PAD_PX, 16, _CARD_PAD_PX, 16)
        self._front.setSpacing(16)
        self._front.addLayout(about, 1)
        self._front.addLayout(self._buttons)
        return self._front

    def _show_others(self) -> None:
        offer = self._offer
        if offer is None:
            return
        self.others.tail_icon = "caret-up" if self.is_open else "caret-down"
        words = _("Hide the sizes of {title}") if self.is_open else _("Show other sizes of {title}")
        accessible.name(self.others, words.format(title=offer.title))
        self.others.update()
        if self.is_open and self.choices.show_picks(picks(offer), offer.title, self._stock, best=offer.best):
            self.rows_changed.emit()

    @Slot()
    def _on_others(self) -> None:
        self.choices.setVisible(not self.is_open)
        self._show_others()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Cards stand apart; there is no line between them."""


class OfferRow(ExpandingRow):
    """One model of the catalogue; its sizes are below it once it is open."""

    fetch_requested = Signal(object)  # FetchRequested
    use_requested = Signal(object)  # UseRequested
    download_act = Signal(object)  # DownloadAct
    rows_changed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self._offer: Offer | None = None
        self._stock = Stock()
        self.choices: ChoiceList | None = None

    def show_offer(self, offer: Offer, stock: Stock) -> None:
        self._offer, self._stock = offer, stock
        best = picks(offer)[offer.best] if offer.choices else None
        line = wording.joined(
            (
                wording.parameters(offer.parameters),
                wording.context(offer.context_tokens),
                offer.licence_title or wording.licence(offer.licence),
            )
        )
        self.head.show_fit(best.fit if best is not None else None, self._side(offer, best))
        runs = (self.head.fit.text(), self.head.side.text())
        self.head.show_words(offer.title, line, ". ".join(part for part in (offer.title, line, *runs) if part) + ".")
        if self.is_open:
            self.fill_body()

    def show_stock(self, stock: Stock) -> None:
        """What is here and on its way now."""
        is_other_shelf = stock.shelf is not self._stock.shelf
        self._stock = stock
        if is_other_shelf and self._offer is not None:
            self.show_offer(self._offer, stock)
        elif self.choices is not None:
            self.choices.show_stock(stock)

    def make_body(self) -> QWidget:
        body = QWidget(self)
        self._words = Text(self._theme, "", parent=body, color="muted").wrapped()
        self._words.setContentsMargins(INDENT_PX, 0, PAD_PX, 8)
        self.choices = ChoiceList(self._theme, parent=body)
        self.choices.fetch_requested.connect(self.fetch_requested)
        self.choices.use_requested.connect(self.use_requested)
        self.choices.download_act.connect(self.download_act)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 2)
        column.setSpacing(0)
        column.addWidget(self._words)
        rows = QHBoxLayout()
        rows.setContentsMargins(INDENT_PX - PAD_PX, 0, 0, 0)
        rows.addWidget(self.choices)
        column.addLayout(rows)
        return body

    def fill_body(self) -> None:
        offer = self._offer
        if offer is None or self.choices is None:
            return
        released = wording.day(offer.released)
        origin = _("By {author}, {released}.") if released else _("By {author}.")
        by = origin.format(author=offer.author, released=released) if offer.author else ""
        self._words.setText(" ".join(part for part in (offer.words, by) if part))
        if self.choices.show_picks(picks(offer), offer.title, self._stock, best=offer.best):
            self.rows_changed.emit()

    def _side(self, offer: Offer, best: Pick | None) -> str:
        """Below how it runs."""
        here = sum(self._stock.here(pick) is not None for pick in picks(offer))
        if here:
            return plural("{count} size is here", "{count} sizes are here", here)
        if best is None or best.fit is None:
            return ""
        if best.fit.place == "none":
            return _("the smallest size is {size}").format(size=wording.size(offer.choices[0].size_bytes))
        return wording.joined(
            (wording.size(best.size_bytes, is_estimate=best.is_size_estimated), wording.rate(best.fit))
        )


def picks(offer: Offer) -> tuple[Pick, ...]:
    """Its choices; without speeds where it gives no answers that could be fast."""
    made = tuple(pick_of_choice(choice) for choice in offer.choices)
    return made if offer.kind != "embedding" else tuple(replace(pick, fit=_without_speed(pick.fit)) for pick in made)


def _without_speed(fit: Fit | None) -> Fit | None:
    return replace(fit, decode_tokens_per_s=0.0, first_word_s=0.0) if fit is not None else None


class Skeleton(QWidget):
    """Where cards will be, while they are computed. It does not move: waiting is said in words."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        self.words = Text(theme, _("Looking at what suits this computer…"), parent=self, color="muted")
        self.words.setContentsMargins(2, 0, 2, 4)
        column.addWidget(self.words)
        for height in (132, 132, 66, 66, 66):
            card = _Blank(theme, parent=self)
            card.setFixedHeight(scaled(theme, height))
            column.addWidget(card)


class _Blank(Card):
    """A card with pale bars in place of words."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        room = self.width() - 2 * _CARD_PAD_PX
        for top, height, share in _BARS:
            bar = QRectF(_CARD_PAD_PX, top, room * share, height)
            if bar.bottom() < self.height() - _CARD_PAD_PX / 2:
                paint_card(painter, bar, ground=self._theme.color("hover"), line=None, radius=height / 2)
