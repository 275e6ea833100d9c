"""The one gate that a person sees: what Paddock would like to ask, of whom, and what goes along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QGridLayout, QWidget

from app.net.policy import DOWNLOAD, SEARCH, Purpose
from app.text import _
from app.ui import accessible
from app.ui.breaking import MOST_CHARACTERS, breakable
from app.ui.controls import Card, Text, TextButton
from app.ui.dialogs import SentenceDialog
from app.ui.theme import Theme

Answer = Literal["once", "models", "never", "no"]


@dataclass(frozen=True, slots=True)
class ConsentShown:
    """`subject` is a repository "owner/name", or the words that are searched for."""

    host: str
    purpose: Purpose
    subject: str
    sends_token: bool


@dataclass(frozen=True, slots=True)
class ConsentAnswer:
    answer: Answer


class ConsentDialog(SentenceDialog):
    """Answers exactly once; Esc and closing mean "no". Enter is "Allow once": what the person has just asked for."""

    answered = Signal(object)  # ConsentAnswer

    def __init__(self, theme: Theme, shown: ConsentShown, *, parent: QWidget | None) -> None:
        self._shown = shown
        self._answer: Answer = "no"
        sentence = _("Paddock would like to ask {host} {purpose}.")
        super().__init__(
            theme,
            _("May Paddock ask {host}?").format(host=shown.host),
            sentence.format(host=shown.host, purpose=_(shown.purpose.sentence)),
            parent=parent,
            accept=_("Allow once"),
            reject=_("Not now"),
        )
        self.models = TextButton(theme, _("Always for models"), parent=self)
        self.models.setToolTip(accessible.plain_tooltip(_("Searches and downloads of models are not asked about.")))
        self.models.clicked.connect(self._on_models)
        self.buttons.insertWidget(self.buttons.indexOf(self.accept_button), self.models)
        self.never = TextButton(theme, _("Never"), parent=self, kind="quiet")
        stays = _("Stay offline from now on. You can change it in Settings, under Network.")
        self.never.setToolTip(accessible.plain_tooltip(stays))
        accessible.name(self.never, _("Never"), stays)
        self.never.clicked.connect(self._on_never)
        self.buttons.insertWidget(0, self.never)
        for button in (self.models, self.never, self.reject_button):
            button.setAutoDefault(False)
        for before, after in (
            (self.accept_button, self.models),
            (self.models, self.reject_button),
            (self.reject_button, self.never),
        ):
            QWidget.setTabOrder(before, after)
        self.accepted.connect(self._on_accepted)
        self.finished.connect(self._on_finished)
        self.accept_button.setFocus()

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """What goes and what does not, with a name for each."""
        shown = self._shown
        is_search = shown.purpose == SEARCH
        what = _("these words") if is_search else _("this name")
        lines = [
            (_("Words") if is_search else _("Model"), shown.subject),
            (_("Sent"), _("{what}, and Paddock's name and version").format(what=what)),
            (_("Not sent"), _("your chats, your files, or anything else that identifies you")),
        ]
        if shown.sends_token:
            lines[1:] = [
                (_("Sent"), _("{what}, your access token, and Paddock's name and version").format(what=what)),
                (_("Not sent"), _("your chats, your files, or anything else about you")),
            ]
        return tuple(lines)

    def _add_more(self) -> None:
        theme = self._theme
        card = Card(theme, parent=self)
        grid = QGridLayout(card)
        grid.setContentsMargins(14, 12, 14, 12)
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        small, usual = QFontMetricsF(theme.fonts.small_strong), QFontMetricsF(theme.fonts.ui)
        lower_px = round(usual.ascent() - small.ascent())  # both first lines stand on one line
        for row, (title, words) in enumerate(self.lines):
            label = Text(theme, title, parent=card, font=theme.fonts.small_strong, color="muted")
            label.setContentsMargins(0, lower_px, 0, 0)
            told = Text(theme, breakable(words), parent=card).wrapped()
            told.setToolTip(accessible.plain_tooltip(words) if len(words) > MOST_CHARACTERS else "")
            accessible.name(told, f"{title}: {words}")
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(told, row, 1, Qt.AlignmentFlag.AlignTop)
        self.column.addSpacing(4)
        self.column.addWidget(card)
        self.column.addWidget(Text(theme, self._note(), parent=self, font=theme.fonts.small, color="hint").wrapped())

    def _note(self) -> str:
        seen = _("It sees your network address, as every site does. The settings list every request, under Network.")
        if self._shown.purpose != DOWNLOAD:
            return seen
        return _("The files come from its file servers, which are never sent a token.") + " " + seen

    @Slot()
    def _on_accepted(self) -> None:
        if self._answer == "no":
            self._answer = "once"

    @Slot()
    def _on_models(self) -> None:
        self._answer = "models"
        self.accept()

    @Slot()
    def _on_never(self) -> None:
        self._answer = "never"
        self.reject()

    @Slot()
    def _on_finished(self) -> None:
        self.finished.disconnect(self._on_finished)
        self.answered.emit(ConsentAnswer(self._answer))
