"""What may be sent, where the list of what was sent is, and where fetched models are kept."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from app.net.policy import Consent
from app.settings import MODELS_FOLDER
from app.text import _
from app.ui import accessible
from app.ui.controls import Text, TextButton
from app.ui.network.ledger_words import counted
from app.ui.network.state import NetworkState, consent_help, consent_label
from app.ui.pages.parts import MiddleElided
from app.ui.settings.flow import Flow, set_stacked
from app.ui.settings.segment import Segment
from app.ui.theme import Theme

CHOICES: tuple[Consent, ...] = ("ask", "models", "never")


@dataclass(frozen=True, slots=True)
class ConsentChosen:
    consent: Consent


class ConsentRow(QWidget):
    """The three answers side by side, and below them what the chosen one means. Fixed where an administrator chose."""

    chosen = Signal(object)  # ConsentChosen

    def __init__(self, theme: Theme, network: NetworkState, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._network = network
        self.help = Text(theme, "", parent=self, font=theme.fonts.small, color="muted").wrapped()
        self.choices = QButtonGroup(self)
        row = Flow()
        for number, consent in enumerate(CHOICES):
            button = Segment(theme, consent_label(consent), parent=self)
            self.choices.addButton(button, number)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(row)
        column.addWidget(self.help)
        self.show_network(network)
        self.choices.idToggled.connect(self._on_toggled)

    def show_network(self, network: NetworkState) -> None:
        """What holds now; tells nobody."""
        self._network = network
        consent: Consent = "never" if network.is_fixed_by_admin else network.consent
        self.choices.blockSignals(True)
        self.choices.button(CHOICES.index(consent)).setChecked(True)
        self.choices.blockSignals(False)
        for number, choice in enumerate(CHOICES):
            button = self.choices.button(number)
            button.setEnabled(not network.is_fixed_by_admin)
            means = consent_help(replace(network, consent=choice))
            accessible.name(button, _("Network: {choice}").format(choice=consent_label(choice)), means)
        self.help.setText(consent_help(network))

    @Slot(int, bool)
    def _on_toggled(self, number: int, is_checked: bool) -> None:
        if is_checked:
            consent = CHOICES[number]
            self._network = replace(self._network, consent=consent)
            self.help.setText(consent_help(self._network))
            self.chosen.emit(ConsentChosen(consent))


class RequestsRow(QWidget):
    """How many requests were ever made, and the way to the list of them."""

    requested = Signal()

    def __init__(self, theme: Theme, requests: int, *, parent: QWidget) -> None:
        super().__init__(parent)
        self.help = Text(theme, "", parent=self, font=theme.fonts.small, color="muted").wrapped()
        self.button = TextButton(theme, _("Show every request…"), parent=self, icon="list-bullets")
        self.button.clicked.connect(self.requested)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Text(theme, _("What was sent"), parent=self))
        words.addWidget(self.help)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(16)
        self._row.addLayout(words, 1)
        self._row.addWidget(self.button)
        self.show_requests(requests)

    def set_narrow(self, is_narrow: bool) -> None:
        """The button goes below."""
        set_stacked(self._row, is_stacked=is_narrow)

    def show_requests(self, requests: int) -> None:
        made = _("{requests} so far, each of them listed.").format(requests=counted(requests))
        self.help.setText(made if requests else _("Paddock has not made a single request."))
        accessible.name(self.button, self.button.text(), self.help.text())


class FolderRow(QWidget):
    """The folder that fetched models are kept in. Which one is asked for elsewhere, then shown by `show_folder`."""

    change_requested = Signal()
    default_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self.path = MiddleElided(theme, "", parent=self, color="muted")
        self.path.setFont(theme.fonts.small)
        self.change = TextButton(theme, _("Change…"), parent=self, icon="folder-open")
        self.change.clicked.connect(self.change_requested)
        self.default = TextButton(theme, _("Use the default"), parent=self, kind="quiet")
        self.default.clicked.connect(self._on_default)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Text(theme, _(MODELS_FOLDER.label), parent=self))
        words.addWidget(self.path)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.default)
        buttons.addWidget(self.change)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addLayout(words, 1)
        self._row.addLayout(buttons)
        accessible.name(self.default, _("Folder for models: use the default"))

    def set_narrow(self, is_narrow: bool) -> None:
        """The buttons go below."""
        set_stacked(self._row, is_stacked=is_narrow)

    def show_folder(self, folder: str, *, is_default: bool) -> None:
        self.path.set_text(folder)
        self.path.setToolTip(accessible.plain_tooltip(folder))
        self.default.setVisible(not is_default)
        accessible.name(self.change, _("Folder for models: change…"), folder)

    @Slot()
    def _on_default(self) -> None:
        self.change.setFocus()  # this button goes when there is nothing left to go back to
        self.default_requested.emit()
