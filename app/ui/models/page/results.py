"""What a search found: repositories as rows, each with what it has to fetch below it once it is opened."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.models.hub.remote import USUAL_FOUND, Found
from app.text import _, plural
from app.ui import accessible
from app.ui.controls import Card, Text
from app.ui.folding import FoldingRow
from app.ui.models.page import wording
from app.ui.models.page.choices import ChoiceList
from app.ui.models.page.expanding import ExpandingRow
from app.ui.models.page.fetching import Stock
from app.ui.models.page.parts import ProblemNote
from app.ui.models.page.shown import (
    AccessRequested,
    ListingRequested,
    ListingShown,
    Problem,
    ResultsShown,
    pick_of_variant,
)
from app.ui.pages.expanding import INDENT_PX
from app.ui.pages.parts import PAD_PX, Heading, KeyedColumn, make_button
from app.ui.theme import Theme


class ResultsView(QWidget):
    """`show_results` for a search, `show_listing` for a repository of it that was asked for."""

    back_requested = Signal()
    again_requested = Signal()
    listing_requested = Signal(object)  # ListingRequested
    access_requested = Signal(object)  # AccessRequested
    fetch_requested = Signal(object)  # FetchRequested
    use_requested = Signal(object)  # UseRequested
    download_act = Signal(object)  # DownloadAct
    rows_changed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._stock = Stock()
        self.back = make_button(theme, _("Back to the catalogue"), parent=self, kind="quiet", icon="arrow-left")
        self.back.clicked.connect(self.back_requested)
        self.heading = Heading(theme, "", parent=self)
        self._card = Card(theme, parent=self)
        inside = QVBoxLayout(self._card)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        self._column: KeyedColumn[str, FoundRow] = KeyedColumn(inside)
        self.note = ProblemNote(theme, parent=self)
        self.note.again.connect(self.again_requested)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        top = FoldingRow()
        top.setSpacing(12)
        top.addWidget(self.heading, 1)
        top.addWidget(self.back, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(top)
        column.addWidget(self._card)
        column.addWidget(self.note)
        column.addStretch(1)

    @property
    def rows(self) -> dict[str, FoundRow]:
        """By repository."""
        return self._column.rows

    def show_results(self, shown: ResultsShown) -> None:
        self.heading.title.setText(_("Results for “{text}”").format(text=shown.text))
        self.heading.set_words(_summary(shown))
        problem = _problem(shown)
        if problem is not None:
            self.note.show_problem(problem)
        self.note.setVisible(problem is not None)
        self.note.button.setVisible(shown.progress == "failed")
        found = {one.repository: one for one in shown.found} if shown.progress == "ready" else {}
        is_new = self._column.sync(found, self._make)
        for name, one in found.items():
            self.rows[name].show_found(one, self._stock)
        self._card.setVisible(bool(found))
        if is_new:
            self.rows_changed.emit()
        if shown.progress != "waiting":
            accessible.announce(self, self.heading.words.text() or self.note.accessibleName())

    def show_listing(self, shown: ListingShown) -> None:
        if (row := self.rows.get(shown.repository)) is not None:
            row.show_listing(shown)

    def show_stock(self, stock: Stock) -> None:
        self._stock = stock
        for row in self.rows.values():
            row.show_stock(stock)

    def _make(self, _name: str) -> FoundRow:
        row = FoundRow(self._theme, parent=self._card)
        row.listing_requested.connect(self.listing_requested)
        row.access_requested.connect(self.access_requested)
        row.fetch_requested.connect(self.fetch_requested)
        row.use_requested.connect(self.use_requested)
        row.download_act.connect(self.download_act)
        row.opened.connect(self.rows_changed)
        row.rows_changed.connect(self.rows_changed)
        return row


class FoundRow(ExpandingRow):
    """A repository. Opening it asks for its listing, unless that is here or on its way."""

    listing_requested = Signal(object)  # ListingRequested
    access_requested = Signal(object)  # AccessRequested
    fetch_requested = Signal(object)  # FetchRequested
    use_requested = Signal(object)  # UseRequested
    download_act = Signal(object)  # DownloadAct
    rows_changed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self._name = ""
        self._found: Found | None = None
        self._stock = Stock()
        self._listing: ListingShown | None = None
        self.choices: ChoiceList | None = None

    def show_found(self, found: Found, stock: Stock) -> None:
        self._name, self._found, self._stock = found.repository, found, stock
        line = wording.found(found)
        side = _("Its owner decides who may have it.") if found.is_gated else ""
        self.head.show_fit(None, side)
        self.head.show_words(found.repository, line, f"{found.repository}. {line}. {side}".strip())
        self.head.setToolTip(accessible.plain_tooltip(found.repository))

    def show_listing(self, shown: ListingShown) -> None:
        self._listing = shown
        if self._found is not None and shown.details is not None:
            details = shown.details  # which may know what the search did not
            known = replace(
                self._found,
                parameters=details.parameters or self._found.parameters,
                context_tokens=details.context_tokens or self._found.context_tokens,
            )
            self.show_found(known, self._stock)
        if self.is_open:
            self._fill(shown)

    def show_stock(self, stock: Stock) -> None:
        self._stock = stock
        if self.choices is not None:
            self.choices.show_stock(stock)

    def make_body(self) -> QWidget:
        body = QWidget(self)
        self.words = Text(self._theme, "", parent=body, color="muted").wrapped()
        self.words.setContentsMargins(PAD_PX, 0, PAD_PX, 6)
        self.note = ProblemNote(self._theme, parent=body)
        self.note.setContentsMargins(PAD_PX - 2, 0, PAD_PX - 2, 8)
        self.note.again.connect(self._on_again)
        self.choices = ChoiceList(self._theme, parent=body)
        self.choices.fetch_requested.connect(self.fetch_requested)
        self.choices.use_requested.connect(self.use_requested)
        self.choices.download_act.connect(self.download_act)
        column = QVBoxLayout(body)
        column.setContentsMargins(INDENT_PX - PAD_PX, 0, 0, 8)
        column.setSpacing(0)
        for part in (self.words, self.note, self.choices):
            column.addWidget(part)
        return body

    def fill_body(self) -> None:
        if self._listing is None or self._listing.progress == "failed":
            self._ask()
        else:
            self._fill(self._listing)

    def _fill(self, shown: ListingShown) -> None:
        choices = self.choices
        if choices is None:
            return
        words = _listing_words(shown)
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self.note.setVisible(shown.progress == "failed")
        if shown.progress == "failed":
            self.note.show_problem(shown.problem or Problem(_("This did not work out.")))
        picks = [pick_of_variant(shown.repository, one) for one in shown.variants]
        choices.setVisible(bool(picks))
        if choices.show_picks(picks, shown.repository.rpartition("/")[2], self._stock):
            self.rows_changed.emit()

    def _ask(self) -> None:
        self.show_listing(ListingShown(self._name, "waiting"))
        self.listing_requested.emit(ListingRequested(self._name))

    @Slot()
    def _on_again(self) -> None:
        problem = self._listing.problem if self._listing is not None else None
        if problem is not None and problem.is_access:
            self.access_requested.emit(AccessRequested(self._name))
        else:
            self._ask()


def _summary(shown: ResultsShown) -> str:
    if shown.progress == "waiting":
        return _("Searching…")
    if shown.progress == "failed":
        return ""
    count = len(shown.found)
    many = plural("{count} repository with GGUF files.", "{count} repositories with GGUF files.", count)
    if count >= USUAL_FOUND:
        many = _("The {count} that are fetched most. More words find others.").format(count=count)
    cached = _("Answered from what was asked before; nothing was sent.") if shown.is_from_cache else ""
    return " ".join(part for part in (many if shown.found else "", cached) if part)


def _problem(shown: ResultsShown) -> Problem | None:
    """Also where nothing was found, which is none but needs a next step as well."""
    if shown.progress == "failed":
        return shown.problem or Problem(_("The search did not work out."))
    if shown.progress == "ready" and not shown.found:
        return Problem(
            _("No GGUF model matches this."),
            _("Try fewer words, or the name of the one who published it, such as “bartowski”."),
        )
    return None


def _listing_words(shown: ListingShown) -> str:
    if shown.progress == "waiting":
        return _("Asking what it has…")
    if shown.progress == "failed" or shown.details is None:
        return ""
    if not shown.variants:
        return _("There is no GGUF file in this repository. Look for one with GGUF in its name.")
    details = shown.details
    facts = (
        _("Made from {model}.").format(model=details.base_model) if details.base_model else "",
        _("Listed from what was asked before; it may have changed.") if details.is_from_cache else "",
    )
    return " ".join(part for part in facts if part)
