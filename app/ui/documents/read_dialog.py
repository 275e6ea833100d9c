"""What an answer was read from: the passages with their places in the rankings, and the prompt as the model got it.

It stays open beside the viewer, in which each passage can be seen where it stands.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from app.documents.answering.said import said
from app.documents.grounds import Grounds
from app.documents.places import passage_words
from app.documents.records import Passage
from app.text import _, decimal, grouped, plural
from app.ui import accessible, clipboard
from app.ui.controls import Card, ElidedText, Ground, Text, TextButton
from app.ui.documents.items import PassageRequested
from app.ui.folding import FoldingRow
from app.ui.reading_dialog import MOST_SHOWN_CHARACTERS
from app.ui.scrolling import ScrolledPage, room_height, room_width, scroll_area
from app.ui.settings.segment import Segment
from app.ui.theme import Theme

_WIDTH_PX, _HEIGHT_PX = 720, 760
_NARROW_PX, _SIDE_PX, _NARROW_SIDE_PX = 480, 24, 14
_AT_ONCE = 30  # cards; a widget each
_SHORT_CHARACTERS = 260
_LONG_CHARACTERS = 8_000  # of a passage, which may be a whole document; the viewer shows the rest
_SCORE_DIGITS = 3


class ReadDialog(QDialog):
    """`show_grounds` says of which answer, and opens it."""

    passage_requested = Signal(object)  # PassageRequested

    def __init__(self, theme: Theme, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._passages: tuple[Passage, ...] = ()
        self._shown = self._above = 0
        self._prompt = ""
        self.setWindowTitle(_("What was read"))
        self.resize(room_width(self, theme.px(_WIDTH_PX)), min(theme.px(_HEIGHT_PX), room_height(self)))
        self.strategy = Text(theme, "", parent=self, font=theme.fonts.heading).wrapped()
        self.as_passages = Segment(theme, _("Passages"), parent=self)
        self.as_prompt = Segment(theme, _("As the model read it"), parent=self)
        self._views = QWidget(self)
        self._stack = QStackedLayout(self._views)
        self._area = scroll_area(self._views)
        self.prompt = self._make_prompt()
        self._stack.addWidget(self._area)
        self._stack.addWidget(self.prompt)
        self.copy = TextButton(theme, _("Copy"), parent=self, icon="copy")
        self.done_button = TextButton(theme, _("Done"), parent=self, kind="strong")
        self._lay_out()
        self._page, self._list, self.more = self._new_page()
        self.as_passages.clicked.connect(self._on_tab)
        self.as_prompt.clicked.connect(self._on_tab)
        self.copy.clicked.connect(self._on_copy)
        self.done_button.clicked.connect(self.accept)

    def show_grounds(self, grounds: Grounds, question: str) -> None:
        """`question` is what was asked, as it stands in the chat."""
        self.strategy.setText(said(grounds))
        self._passages = grounds.passages or grounds.near
        is_near = not grounds.passages and bool(grounds.near)
        self.as_passages.set_text(_("Nearest passages") if is_near else _("Passages"))
        self._prompt = f"{grounds.text}\n\n{question}" if grounds.text else question
        self.prompt.setPlainText(self._prompt[:MOST_SHOWN_CHARACTERS])
        self._refill(_about(grounds, question))
        self.as_passages.setChecked(True)
        self._on_tab()
        accessible.name(self, _("What was read"), self.strategy.text())
        self.show()
        self.raise_()
        self.activateWindow()

    def cards(self) -> list[PassageCard]:
        """Those that are there, in order."""
        parts = (self._list.itemAt(number) for number in range(self._list.count()))
        return [card for part in parts if part is not None and isinstance(card := part.widget(), PassageCard)]

    def _refill(self, about: Sequence[str]) -> None:
        self._page, self._list, self.more = self._new_page()
        for line in about:
            self._list.addWidget(Text(self._theme, line, parent=self._page, color="muted").wrapped())
        if not self._passages:
            nothing = _("Nothing was found that comes near to the question.")
            self._list.addWidget(Text(self._theme, nothing, parent=self._page).wrapped())
        self._above = self._list.count()
        self._list.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self._list.addStretch(1)
        self._shown = 0
        self._on_more()

    def _new_page(self) -> tuple[ScrolledPage, QVBoxLayout, TextButton]:
        """In place of the one before, which is deleted with all that is on it."""
        page = ScrolledPage(self._theme, "window", parent=None)
        rows = QVBoxLayout(page)
        rows.setContentsMargins(self._side_px, 2, self._side_px, 12)
        rows.setSpacing(10)
        more = TextButton(self._theme, _("Show more"), parent=page, kind="quiet")
        more.setAutoDefault(False)
        more.clicked.connect(self._on_more)
        self._area.setWidget(page)
        return page, rows, more

    def _lay_out(self) -> None:
        side = self._side_px
        head = QVBoxLayout()
        head.setContentsMargins(side, 20, side, 0)
        head.addWidget(self.strategy)
        tabs = FoldingRow()
        tabs.setContentsMargins(side, 12, side, 10)
        group = QButtonGroup(self)
        for tab in (self.as_passages, self.as_prompt):
            group.addButton(tab)
            tabs.addWidget(tab)
        tabs.addStretch(1)
        foot = QHBoxLayout()
        foot.setContentsMargins(side, 12, side, 16)
        foot.addWidget(self.copy)
        foot.addStretch(1)
        foot.addWidget(self.done_button)
        for button in (self.copy, self.done_button):
            button.setAutoDefault(False)
        line = Ground(self._theme, "line", parent=self)
        line.setFixedHeight(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addLayout(tabs)
        column.addWidget(self._views, 1)
        column.addWidget(line)
        column.addLayout(foot)

    def _make_prompt(self) -> QPlainTextEdit:
        made = QPlainTextEdit(self._views)
        made.setReadOnly(True)
        made.setTabChangesFocus(True)
        made.setFrameShape(QFrame.Shape.NoFrame)
        made.setFont(self._theme.fonts.mono)
        made.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        made.document().setDocumentMargin(self._side_px)
        made.viewport().setAutoFillBackground(False)
        made.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        accessible.name(made, _("As the model read it"))
        return made

    @property
    def _side_px(self) -> int:
        return _SIDE_PX if self.width() >= _NARROW_PX else _NARROW_SIDE_PX

    @Slot()
    def _on_tab(self) -> None:
        is_prompt = self.as_prompt.isChecked()
        self._stack.setCurrentWidget(self.prompt if is_prompt else self._area)
        self.copy.setVisible(is_prompt)
        self.copy.set_text(_("Copy"), icon="copy")

    @Slot()
    def _on_more(self) -> None:
        for number in range(self._shown, min(self._shown + _AT_ONCE, len(self._passages))):
            card = PassageCard(self._theme, self._passages[number], number + 1, parent=self._page)
            card.requested.connect(self.passage_requested)
            self._list.insertWidget(self._above + number, card)
        self._shown = min(self._shown + _AT_ONCE, len(self._passages))
        left = len(self._passages) - self._shown
        self.more.set_text(plural("Show {count} more", "Show {count} more", left))
        self.more.setVisible(left > 0)

    @Slot()
    def _on_copy(self) -> None:
        clipboard.put(self._prompt)
        self.copy.set_text(_("Copied"), icon="check")
        accessible.announce(self.copy, _("Copied"))


class PassageCard(Card):
    """One passage: where it stands, how it was found, and its words."""

    requested = Signal(object)  # PassageRequested

    def __init__(self, theme: Theme, passage: Passage, number: int, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self._passage = passage
        text = passage.text.strip()
        self._text = _shortened(text, _LONG_CHARACTERS)
        self._short = _shortened(text, _SHORT_CHARACTERS)
        where = passage_words(passage)
        self.where = ElidedText(theme, f"{grouped(number)}  {where}", parent=self, font=theme.fonts.ui_strong)
        self.open_button = TextButton(theme, _("Show"), parent=self)
        accessible.name(self.open_button, _("Show {place}").format(place=where))
        self.open_button.setAutoDefault(False)
        self.open_button.clicked.connect(self._on_open)
        self.words = Text(theme, self._short, parent=self).wrapped()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 12, 12)
        column.setSpacing(4)
        top = QHBoxLayout()
        top.addWidget(self.where, 1)
        top.addWidget(self.open_button)
        column.addLayout(top)
        for line in (passage.heading, ranks_words(passage)):
            if line:
                column.addWidget(ElidedText(theme, line, parent=self, font=theme.fonts.small, color="muted"))
        column.addSpacing(2)
        column.addWidget(self.words)
        self.all_button = TextButton(theme, _("Show all of it"), parent=self, kind="quiet")
        self.all_button.setAutoDefault(False)
        self.all_button.clicked.connect(self._on_all)
        self.all_button.setVisible(self._short != self._text)
        column.addWidget(self.all_button, 0, Qt.AlignmentFlag.AlignLeft)

    @Slot()
    def _on_open(self) -> None:
        self.requested.emit(PassageRequested(self._passage.document_id, self._passage.span))

    @Slot()
    def _on_all(self) -> None:
        is_short = self.words.text() == self._short
        self.words.setText(self._text if is_short else self._short)
        self.all_button.set_text(_("Show less") if is_short else _("Show all of it"))


def _about(grounds: Grounds, question: str) -> tuple[str, ...]:
    """What was asked or searched for, and what was left out."""
    is_rewritten = bool(grounds.query) and grounds.query != question
    asked = _("Searched for: {query}").format(query=grounds.query) if is_rewritten else " ".join(question.split())
    hidden = plural(
        "A stretch of text that a person would not see was left out.",
        "{count} stretches of text that a person would not see were left out.",
        grounds.hidden,
    )
    return tuple(line for line in (asked, grounds.note, hidden if grounds.hidden else "") if line)


def ranks_words(passage: Passage) -> str:
    """How it was found; empty where it was not searched for."""
    by_words, by_meaning = passage.ranks
    said_ranks = []
    if by_words:
        said_ranks.append(_("place {rank} by words").format(rank=grouped(by_words)))
    if by_meaning:
        said_ranks.append(_("place {rank} by meaning").format(rank=grouped(by_meaning)))
    if passage.score:
        said_ranks.append(_("score {score}").format(score=decimal(passage.score, _SCORE_DIGITS)))
    return " · ".join(said_ranks)


def _shortened(text: str, most: int) -> str:
    """To its first lines, at the end of a word, where that saves more than a little."""
    if len(text) <= 1.5 * most:
        return text
    begin = " ".join(text[: 2 * most].split())[:most] if most == _SHORT_CHARACTERS else text[:most]
    return f"{begin.rpartition(' ')[0] or begin}…"
