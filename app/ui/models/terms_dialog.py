"""The licence of a model and its policy on acceptable use, before the first byte of weights. Text from outside, shown
as text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFrame,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.text import _
from app.ui import accessible
from app.ui.breaking import breakable
from app.ui.chat.items import LinkRequested
from app.ui.controls import Card, Text, TextButton
from app.ui.folding import FoldingRow
from app.ui.models.memory_card import size_words
from app.ui.models.tick import Tick
from app.ui.scrolling import ScrolledPage, height_at, room_height, room_width, scroll_area
from app.ui.settings.flow import Flow
from app.ui.settings.segment import Segment
from app.ui.theme import Theme

_WIDTH_PX, _HEIGHT_PX = 700, 660
_LEAST_WIDTH_PX, _LEAST_HEIGHT_PX = 480, 420
_LEAST_TEXT_PX = 110
_MOST_IN_TAB = 26  # characters
_MOST_IN_LINE = 4_000  # Qt lays out longer ones slowly: a text that is one line of 1 MiB takes 0.7 s


@dataclass(frozen=True, slots=True)
class TextShown:
    """`name` as in the repository: "LICENSE.txt"."""

    name: str
    content: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TermsShown:
    """`free_bytes` is what is free on the disk before the download; 0 unknown."""

    title: str
    licence_title: str
    summary: str
    texts: tuple[TextShown, ...]
    repository: str
    commit: str
    text_link: str
    policy_link: str
    needs_acceptance: bool
    size_bytes: int
    free_bytes: int = 0


class TermsDialog(QDialog):
    """`accepted`: the person agrees and wants the download; `rejected` otherwise."""

    link_requested = Signal(object)  # LinkRequested

    def __init__(self, theme: Theme, shown: TermsShown, *, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown = shown
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Terms of this model"))
        accessible.name(self, _("Terms of {title}").format(title=shown.title), shown.summary)
        self.setModal(True)
        self._area = scroll_area(self)
        self._page = ScrolledPage(theme, "window", parent=None)
        column = self._column = QVBoxLayout(self._page)
        side = 24 if room_width(self, _WIDTH_PX) >= _LEAST_WIDTH_PX else 16
        column.setContentsMargins(side, 22, side, 0)
        column.setSpacing(8)
        column.addWidget(Text(theme, breakable(shown.title), parent=self, font=theme.fonts.heading).wrapped())
        column.addWidget(Text(theme, breakable(shown.licence_title), parent=self, font=theme.fonts.ui_strong).wrapped())
        column.addWidget(Text(theme, shown.summary, parent=self, color="muted").wrapped())
        column.addSpacing(4)
        if shown.texts:
            self._add_texts(column)
            column.addWidget(self._note(self._origin(), self))
        else:
            column.addWidget(self._make_empty())
        self._add_links(column)
        self.agree = Tick(theme, self._agreement(), parent=self)
        self.agree.setVisible(shown.needs_acceptance)
        self.agree.toggled.connect(self._on_agree)
        column.addSpacing(4)
        column.addWidget(self.agree)
        self._area.setWidget(self._page)
        self._foot = QWidget(self)
        self._make_foot(FoldingRow(self._foot)).setContentsMargins(side, 10, side, 20)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self._area, 1)
        rows.addWidget(self._foot)
        self._on_agree()
        self._fit()

    def _fit(self) -> None:
        """With texts as tall as the window allows; else as its words need."""
        width = room_width(self, self._theme.px(_WIDTH_PX))
        if not self._shown.texts:
            wanted = self._column.totalHeightForWidth(width) + height_at(self._foot, width)
            self.setFixedSize(width, min(wanted, room_height(self)))
            return
        room_px = room_height(self)
        self.setMinimumSize(min(_LEAST_WIDTH_PX, width), min(_LEAST_HEIGHT_PX, room_px))
        self.resize(width, min(self._theme.px(_HEIGHT_PX), room_px))
        QWidget.setTabOrder(self.tabs.buttons()[-1], self.texts)  # now that all of it is laid out
        (self.tabs.button(0) if len(self._shown.texts) > 1 else self.texts).setFocus()

    def _add_texts(self, column: QVBoxLayout) -> None:
        theme = self._theme
        self.texts = QPlainTextEdit(self)
        self.texts.setReadOnly(True)
        self.texts.setTabChangesFocus(True)
        self.texts.setFrameShape(QFrame.Shape.NoFrame)
        self.texts.setFont(theme.fonts.ui)
        self.texts.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.texts.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.texts.setUndoRedoEnabled(False)
        self.texts.document().setDocumentMargin(0)
        self.texts.viewport().setAutoFillBackground(False)
        self.texts.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.tabs = QButtonGroup(self)
        row = Flow()
        self._words = _tab_words(self._shown.texts)
        for number, (text, words) in enumerate(zip(self._shown.texts, self._words, strict=True)):
            tab = Segment(theme, words, parent=self)
            tab.setToolTip(accessible.plain_tooltip(text.name))
            tab.setVisible(len(self._shown.texts) > 1)
            self.tabs.addButton(tab, number)
            row.addWidget(tab)
        self.tabs.idToggled.connect(self._on_tab)
        self.tabs.button(0).setChecked(True)
        card = Card(theme, parent=self, ground="code_ground")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(14, 12, 6, 12)
        inside.addWidget(self.texts)
        card.setMinimumHeight(theme.px(_LEAST_TEXT_PX))
        if len(self._shown.texts) > 1:
            column.addLayout(row)
        column.addWidget(card, 1)

    def _make_empty(self) -> Card:
        """In the place of the texts, where the repository has none."""
        card = Card(self._theme, parent=self, ground="code_ground")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(14, 12, 14, 12)
        inside.setSpacing(4)
        has_link = bool(self._shown.text_link)
        title = _("{name} has no licence text of its own.").format(name=self._shown.repository)
        where = _("Its publisher names the licence only. The text is on the licensor's page.")
        nowhere = _("Ask its publisher, or look at the model's page on the hub, before you use it.")
        inside.addWidget(Text(self._theme, title, parent=card).wrapped())
        inside.addWidget(self._note(where if has_link else nowhere, card))
        return card

    def _note(self, words: str, parent: QWidget) -> Text:
        return Text(self._theme, words, parent=parent, font=self._theme.fonts.small, color="hint").wrapped()

    def _origin(self) -> str:
        return _("As found in {name}, version {commit}. A copy is kept beside the model.").format(
            name=self._shown.repository, commit=self._shown.commit[:8]
        )

    def _add_links(self, column: QVBoxLayout) -> None:
        row = Flow(gap_px=8)
        for words, link in (
            (_("Licence at the licensor…"), self._shown.text_link),
            (_("Acceptable use policy…"), self._shown.policy_link),
        ):
            if link:
                button = TextButton(self._theme, words, parent=self, kind="quiet", icon="arrow-square-out")
                button.setAutoDefault(False)
                button.setProperty("link", link)
                button.clicked.connect(self._on_link)
                row.addWidget(button)
        if row.count():
            column.addLayout(row)

    def _make_foot(self, row: FoldingRow) -> FoldingRow:
        size, free = size_words(self._shown.size_bytes), self._shown.free_bytes - self._shown.size_bytes
        words = _("{size} to download").format(size=size)
        if self._shown.free_bytes:
            words = _("{size} to download, {free} stay free").format(size=size, free=size_words(max(0, free)))
        cancel = TextButton(self._theme, _("Cancel"), parent=self)
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        go_on = _("Accept and download") if self._shown.needs_acceptance else _("Download")
        self.accept_button = TextButton(self._theme, go_on, parent=self, kind="strong")
        self.accept_button.setDefault(True)
        self.accept_button.clicked.connect(self.accept)
        row.setSpacing(8)
        row.addWidget(Text(self._theme, words, parent=self, color="muted").wrapped(), 1)
        row.addWidget(cancel)
        row.addWidget(self.accept_button)
        return row

    def _agreement(self) -> str:
        title = self._shown.licence_title
        if not self._shown.text_link and not self._shown.texts:
            return _("I have found out on which terms I may use this model, and accept them")
        if self._shown.policy_link:
            return _("I accept the {licence} and its acceptable use policy").format(licence=title)
        return _("I accept the {licence}").format(licence=title)

    @Slot(int, bool)
    def _on_tab(self, number: int, is_chosen: bool) -> None:
        if is_chosen:
            text = self._shown.texts[number]
            self.texts.setPlainText(_LONG_LINE.sub(r"\g<0>\n", text.content))
            accessible.name(self.texts, _("{words}, as in {name}").format(words=self._words[number], name=text.name))

    @Slot()
    def _on_agree(self) -> None:
        self.accept_button.setEnabled(self.agree.isChecked() or not self._shown.needs_acceptance)

    @Slot()
    def _on_link(self) -> None:
        self.link_requested.emit(LinkRequested(str(self.sender().property("link"))))


_LONG_LINE = re.compile(rf"[^\n]{{{_MOST_IN_LINE}}}[^\s]{{0,80}}")
_KINDS: tuple[tuple[str, Callable[[], str]], ...] = (
    (r"(use[-_ ]?policy|acceptable[-_ ]use).*", lambda: _("Acceptable use policy")),
    (r"(licen[cs]e|copying)(\.(txt|md))?", lambda: _("Licence")),
    (r"notice(\.(txt|md))?", lambda: _("Notice")),
)


def _tab_words(texts: tuple[TextShown, ...]) -> tuple[str, ...]:
    """What each text is, in words; its name where that says nothing, or not enough."""
    named = [next((words() for form, words in _KINDS if re.fullmatch(form, text.name, re.I)), "") for text in texts]
    return tuple(
        words if words and named.count(words) == 1 else _short(text.name)
        for words, text in zip(named, texts, strict=True)
    )


def _short(name: str) -> str:
    half = _MOST_IN_TAB // 2
    return name if len(name) <= _MOST_IN_TAB else f"{name[:half]}…{name[-half:]}"
