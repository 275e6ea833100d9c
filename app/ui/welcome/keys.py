"""Choosing a passphrase, and unlocking with a key. Nothing here checks a key: the pages ask, the vault answers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from app.text import _
from app.ui import accessible
from app.ui.controls import Progress, SecretField, Text, TextButton
from app.ui.theme import Theme
from app.ui.welcome.key_page import KeyPage

PASSPHRASE_MIN_CHARS = 8
_GOOD_BITS = 70.0


@dataclass(frozen=True, slots=True)
class PassphraseChosen:
    passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UnlockRequested:
    """`is_recovery`: `secret` is the recovery key and not the passphrase."""

    secret: str = field(repr=False)
    is_recovery: bool = False


def strength(passphrase: str) -> float:
    """A rough guess from 0 to 1, from length and kinds of letters; repeated letters count little. Only a hint."""
    kinds = [(str.islower, 26), (str.isupper, 26), (str.isdigit, 10), (str.isspace, 2)]
    alphabet = sum(size for is_kind, size in kinds if any(is_kind(letter) for letter in passphrase))
    if any(not letter.isalnum() and not letter.isspace() for letter in passphrase):
        alphabet += 20
    if any(ord(letter) > 127 for letter in passphrase):
        alphabet += 40
    distinct = len(set(passphrase))
    useful = min(len(passphrase), distinct * 2.2)
    return min(1.0, useful * math.log2(max(2, alphabet)) * 0.8 / _GOOD_BITS) if passphrase else 0.0


class PassphrasePage(KeyPage):
    """Where the system has no key store: there is no way past a passphrase."""

    chosen = Signal(object)
    back_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(
            theme,
            _("Choose a passphrase"),
            _(
                "Your chats are encrypted, and this system offers no key store to keep the key in. "
                "So the key is yours: you type it whenever Paddock starts. It is stored nowhere and cannot be reset."
            ),
            parent=parent,
        )
        self.first = SecretField(theme, _("Passphrase"), parent=self.card)
        self.second = SecretField(theme, _("The same again"), parent=self.card)
        self.second.eye.hide()
        self._meter = Progress(theme, _("Strength"), parent=self.card)
        self._hint = Text(theme, "", parent=self.card, font=theme.fonts.small, color="muted").wrapped()
        self.button = TextButton(theme, _("Use this passphrase"), parent=self.card, kind="strong")
        self.back = TextButton(theme, _("Back"), parent=self.card, kind="quiet")
        for widget in (self.first, self.second, self._meter, self._hint):
            self.body.addWidget(widget)
        self.buttons.addWidget(self.back)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.button)
        self.back.clicked.connect(self.back_requested)
        self.first.textChanged.connect(self.refresh)
        self.second.textChanged.connect(self.refresh)
        self.first.eye.toggled.connect(self.second.eye.setChecked)
        self.first.returnPressed.connect(self._on_first_done)
        self.second.returnPressed.connect(self._on_use)
        self.button.clicked.connect(self._on_use)
        self.refresh()

    @property
    def hint(self) -> str:
        return self._hint.text()

    def controls(self) -> list[QWidget]:
        return [self.first, self.second, self.button, self.back]

    def forget(self) -> None:
        """Once it is taken, the fields hold nothing."""
        self.first.clear()
        self.second.clear()

    @Slot()
    def refresh(self) -> None:
        one, two = self.first.text(), self.second.text()
        self._meter.set_share(strength(one))
        self.button.setEnabled(len(one) >= PASSPHRASE_MIN_CHARS and one == two)
        self.show_fault("")
        self._hint.setText(_passphrase_hint(one, two))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.first.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_first_done(self) -> None:
        self.second.setFocus(Qt.FocusReason.TabFocusReason)

    @Slot()
    def _on_use(self) -> None:
        if self.button.isEnabled():
            self.chosen.emit(PassphraseChosen(self.first.text()))


def _passphrase_hint(one: str, two: str) -> str:
    if not one:
        return _("Four or five unrelated words are strong and easy to remember.")
    if len(one) < PASSPHRASE_MIN_CHARS:
        return _("At least {n} characters.").format(n=PASSPHRASE_MIN_CHARS)
    if two and not one.startswith(two):
        return _("The two do not match yet.")
    if strength(one) < 0.55:
        return _("It will do, but a longer one is much harder to guess.")
    return _("That is a strong passphrase.")


class UnlockPage(KeyPage):
    """The passphrase, or the recovery key instead. A wrong key stays in its field, to be corrected."""

    unlock_requested = Signal(object)
    quit_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None, has_passphrase: bool = True) -> None:
        super().__init__(theme, "", "", parent=parent)
        self._has_passphrase = has_passphrase
        self._is_recovery = not has_passphrase
        self.secret = SecretField(theme, "", parent=self.card)
        self.button = TextButton(theme, _("Unlock"), parent=self.card, kind="strong")
        self.other = TextButton(theme, "", parent=self.card, kind="quiet")
        self.other.setVisible(has_passphrase)
        self.body.addWidget(self.secret)
        self.buttons.addWidget(self.other)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.button)
        self.secret.textChanged.connect(self._on_typed)
        self.secret.returnPressed.connect(self._on_unlock)
        self.button.clicked.connect(self._on_unlock)
        self.other.clicked.connect(self._on_other)
        self._show_kind()

    @property
    def is_recovery(self) -> bool:
        return self._is_recovery

    def controls(self) -> list[QWidget]:
        return [self.secret, self.button, self.other]

    def refresh(self) -> None:
        self.button.setEnabled(bool(self.secret.text().strip()))

    def show_wrong(self, sentence: str = "") -> None:
        """The key did not open it."""
        self.set_busy("")
        self.show_fault(
            sentence or _("That key does not open your chats. Check capital letters and the keyboard layout.")
        )
        self.secret.setFocus(Qt.FocusReason.OtherFocusReason)
        self.secret.selectAll()

    def forget(self) -> None:
        """Once it is open, the field holds nothing."""
        self.secret.clear()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.secret.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_kind(self) -> None:
        if self._is_recovery:
            words = _(
                "The key of eight groups that Paddock showed you when you began. Spaces and dashes do not matter."
            )
            label, other = _("Recovery key"), _("Use the passphrase")
            title = _("Unlock with the recovery key")
        else:
            words = _("Your chats are encrypted. Your passphrase opens them; it never leaves this computer.")
            label, other = _("Passphrase"), _("Use the recovery key")
            title = _("Welcome back")
        self.title.setText(title)
        self.words.setText(words)
        accessible.name(self, title, words)
        self.secret.clear()
        self.secret.setPlaceholderText(label)
        accessible.name(self.secret, label)
        self.secret.eye.setChecked(self._is_recovery)
        self.other.set_text(other)
        self.refresh()

    @Slot()
    def _on_typed(self) -> None:
        self.show_fault("")
        self.refresh()

    @Slot()
    def _on_unlock(self) -> None:
        if self.button.isEnabled():
            self.unlock_requested.emit(UnlockRequested(self.secret.text(), self._is_recovery))

    @Slot()
    def _on_other(self) -> None:
        self._is_recovery = not self._is_recovery
        self.show_fault("")
        self._show_kind()
        self.secret.setFocus(Qt.FocusReason.OtherFocusReason)
