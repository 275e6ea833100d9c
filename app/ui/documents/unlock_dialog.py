"""The password of a locked file: asked for, and asked for again in the same place where it is not the right one."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from app.text import _
from app.ui import accessible
from app.ui.controls import SecretField, Text
from app.ui.dialogs import SentenceDialog
from app.ui.theme import Theme


@dataclass(frozen=True, slots=True)
class PasswordGiven:
    password: str = field(repr=False)


class UnlockDialog(SentenceDialog):
    """`given` asks to try one; then `set_busy`, and `show_fault` or `finish`. What was typed stays to be corrected."""

    given = Signal(object)  # PasswordGiven

    def __init__(self, theme: Theme, name: str, *, parent: QWidget | None) -> None:
        self._is_busy = False
        super().__init__(
            theme,
            _("Unlock “{name}”").format(name=name),
            _("This file is locked. With its password Paddock can read it."),
            parent=parent,
            accept=_("Unlock"),
            reject=_("Cancel"),
        )
        self.accept_button.clicked.disconnect()
        self.accept_button.clicked.connect(self._on_given)
        self.reject_button.setAutoDefault(False)
        self.secret.textChanged.connect(self._on_typed)
        self._on_typed()
        self.secret.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_fault(self, sentence: str) -> None:
        """It did not open. The cursor is back in the field, with all of it selected."""
        self.set_busy(False)
        self.fault.setText(sentence)
        self.fault.setVisible(bool(sentence))
        self.fit()
        self.secret.setFocus(Qt.FocusReason.OtherFocusReason)
        self.secret.selectAll()
        if sentence:
            accessible.announce(self, sentence, is_urgent=True)

    def set_busy(self, is_busy: bool) -> None:
        """While one is tried, no other can be given."""
        self._is_busy = is_busy
        self.secret.setReadOnly(is_busy)
        self.accept_button.set_text(_("Trying it…") if is_busy else _("Unlock"))
        self._refresh()

    def finish(self) -> None:
        """It was right: the field holds nothing any more."""
        self.secret.clear()
        self.accept()

    def _add_more(self) -> None:
        theme = self._theme
        self.column.addSpacing(4)
        self.secret = SecretField(theme, _("Password"), parent=self.page)
        self.column.addWidget(self.secret)
        self.fault = Text(theme, "", parent=self.page, color="danger").wrapped()
        self.fault.hide()
        self.column.addWidget(self.fault)
        words = _("It is kept in your encrypted profile, and goes when the document is removed.")
        self.column.addWidget(Text(theme, words, parent=self.page, font=theme.fonts.small, color="hint").wrapped())

    def _refresh(self) -> None:
        self.accept_button.setEnabled(bool(self.secret.text()) and not self._is_busy)

    @Slot()
    def _on_typed(self) -> None:
        if not self.fault.isHidden():
            self.fault.hide()
            self.fit()
        self._refresh()

    @Slot()
    def _on_given(self) -> None:
        if self.secret.text() and not self._is_busy:
            self.given.emit(PasswordGiven(self.secret.text()))
