"""A model that its owner gives to named people only: what to do there, and the token that proves it."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QGridLayout, QWidget

from app.text import _
from app.ui import accessible
from app.ui.breaking import breakable
from app.ui.chat.items import LinkRequested
from app.ui.controls import Card, SecretField, Text, TextButton
from app.ui.dialogs import SentenceDialog
from app.ui.theme import Theme

_BEGINS = "hf_"  # a password that was pasted by mistake is not sent


@dataclass(frozen=True, slots=True)
class AccessShown:
    """`reason` is the hub's word, empty where it was not asked. `page` and `token_page` are addresses at the hub.

    `keyring` names where the token goes; empty: nowhere.
    """

    repository: str
    reason: str
    has_token: bool
    keyring: str
    page: str
    token_page: str


@dataclass(frozen=True, slots=True)
class TokenGiven:
    token: str = field(repr=False)


class AccessDialog(SentenceDialog):
    """`accepted` never comes by itself: `token_given` or `retry_requested` first, and the dialog stays for a fault."""

    token_given = Signal(object)  # TokenGiven
    retry_requested = Signal()
    forget_requested = Signal()
    link_requested = Signal(object)  # LinkRequested

    def __init__(self, theme: Theme, shown: AccessShown, *, parent: QWidget | None) -> None:
        self._shown = shown
        self._is_busy = False
        super().__init__(
            theme,
            _("This model asks who you are"),
            shown.reason or _usual_reason(shown.has_token),
            parent=parent,
            accept=_("Continue"),
            reject=_("Cancel"),
        )
        self.accept_button.clicked.disconnect()
        self.accept_button.clicked.connect(self._on_go_on)
        self.reject_button.setAutoDefault(False)
        self.token.textChanged.connect(self._on_typed)
        self._on_typed()
        self.token.setFocus()

    def show_fault(self, sentence: str) -> None:
        self.fault.setText(sentence)
        self.fault.setVisible(bool(sentence))
        self.fit()
        if sentence:
            accessible.announce(self, sentence, is_urgent=True)
            self.token.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_busy(self, is_busy: bool) -> None:
        """While what it told is being done, nothing is told twice."""
        self._is_busy = is_busy
        self.token.setReadOnly(is_busy)
        for button in (self.accept_button, self.forget):
            button.setEnabled(not is_busy)

    def _add_more(self) -> None:
        theme = self._theme
        name = Text(theme, breakable(self._shown.repository), parent=self, font=theme.fonts.ui_strong).wrapped()
        accessible.name(name, self._shown.repository)
        self.column.insertWidget(1, name)
        self.column.addSpacing(4)
        self.column.addWidget(self._make_steps())
        self.token = SecretField(theme, _("Access token (begins with {begins})").format(begins=_BEGINS), parent=self)
        self.column.addWidget(self.token)
        self.fault = Text(theme, "", parent=self, color="danger").wrapped()
        self.fault.hide()
        self.column.addWidget(self.fault)
        self.column.addWidget(Text(theme, self._where(), parent=self, font=theme.fonts.small, color="hint").wrapped())
        self.forget = TextButton(theme, _("Forget the token"), parent=self, kind="quiet", icon="trash")
        self.forget.setAutoDefault(False)
        self.forget.setVisible(self._shown.has_token)
        self.forget.clicked.connect(self.forget_requested)
        self.buttons.insertWidget(0, self.forget)

    def _make_steps(self) -> Card:
        theme, shown = self._theme, self._shown
        card = Card(theme, parent=self)
        grid = QGridLayout(card)
        grid.setContentsMargins(14, 12, 14, 12)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        paste = _("Paste it here, or go on with the one that Paddock has.") if shown.has_token else _("Paste it here.")
        steps = (
            (_("Sign in on the model's page, and agree to its owner's conditions."), _("Model page…"), shown.page),
            (_("Make an access token that may read gated models."), _("Token page…"), shown.token_page),
            (paste, "", ""),
        )
        for row, (words, button, link) in enumerate(steps):
            number = Text(theme, f"{row + 1}.", parent=card, font=theme.fonts.ui_strong, color="muted")
            grid.addWidget(number, row, 0, Qt.AlignmentFlag.AlignTop)
            text = Text(theme, words, parent=card).wrapped()
            grid.addWidget(text, row, 1, 1, 1 if button else 2, Qt.AlignmentFlag.AlignTop)
            if button:
                made = TextButton(theme, button, parent=card)
                made.setAutoDefault(False)
                made.setProperty("link", link)
                made.clicked.connect(self._on_link)
                grid.addWidget(made, row, 2, Qt.AlignmentFlag.AlignTop)
        return card

    def _where(self) -> str:
        if not self._shown.keyring:
            return _("There is no keyring here: it is kept until Paddock is closed, and sent to huggingface.co only.")
        return _("It is kept in {keyring}, nowhere else, and sent to huggingface.co only.").format(
            keyring=self._shown.keyring
        )

    @Slot()
    def _on_typed(self) -> None:
        has_typed = bool(self.token.text().strip())
        self.accept_button.set_text(_("Try again") if self._shown.has_token and not has_typed else _("Save and go on"))

    @Slot()
    def _on_go_on(self) -> None:
        token = self.token.text().strip()
        if self._is_busy:
            return
        if token and not token.startswith(_BEGINS):
            self.show_fault(_("An access token begins with {begins}. Copy it whole.").format(begins=_BEGINS))
        elif token:
            self.token_given.emit(TokenGiven(token))
        elif self._shown.has_token:
            self.retry_requested.emit()
        else:
            self.show_fault(_("Paste your token first."))

    @Slot()
    def _on_link(self) -> None:
        self.link_requested.emit(LinkRequested(str(self.sender().property("link"))))


def _usual_reason(has_token: bool) -> str:
    if has_token:
        return _("The hub knows you, but access has not been granted yet. That is for the model's owner to do.")
    return _("Its owner gives it only to people who have agreed to conditions at the hub.")
