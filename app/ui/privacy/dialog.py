"""What protects this profile and what does not, in short lines, each with a sign for holding or lacking."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.engine.protocol import ModelFacts
from app.storage.keys import SlotState
from app.text import _
from app.ui import accessible
from app.ui.controls import Card, Text, TextButton
from app.ui.network.ledger_words import counted
from app.ui.network.state import UNTIL_ASKED, NetworkState
from app.ui.scrolling import ScrollingDialog
from app.ui.theme import Theme

_WIDTH_PX = 560


_ICONS = {True: ("check-circle", "good"), False: ("warning-circle", "danger"), None: ("info", "muted")}


@dataclass(frozen=True, slots=True)
class Line:
    """One protection: its name, what is known of it, and whether it holds (None: not known yet)."""

    title: str
    words: str
    holds: bool | None


def lines(slots: SlotState, facts: ModelFacts | None, network: NetworkState = UNTIL_ASKED) -> tuple[Line, ...]:
    """What to say, from what is known now. `facts` is None while no engine runs."""
    ways = [_("the system keyring") if slots.has_keyring else "", _("your passphrase") if slots.has_passphrase else ""]
    return (
        _network_line(network),
        Line(
            _("Chats on disk"),
            _("One encrypted database. Its key is locked by {ways}.").format(
                ways=_(" and by ").join(way for way in ways if way)
            ),
            True,
        ),
        Line(
            _("Recovery key"),
            _("You have it.") if slots.is_recovery_confirmed else _("Not confirmed. See Settings, Recovery key."),
            slots.is_recovery_confirmed,
        ),
        _engine_line(facts),
        *_token_lines(network),
        Line(
            _("Not protected"),
            _("Programs that run under your name can read the memory of an open window. Encrypt the disk, too."),
            None,
        ),
    )


def _network_line(network: NetworkState) -> Line:
    if network.is_fixed_by_admin:
        words = network.problem or _("Offline. The administrator of this computer has fixed it so.")
    else:
        words = {
            "ask": _(
                "Offline until you ask for a model. You are asked before a request leaves, and it goes to {host}."
            ),
            "models": _("Requests for models go to {host} when you search or fetch. You chose not to be asked."),
            "never": _("Offline. You chose that nothing is sent, not even for models."),
        }[network.consent].format(host=network.host)
    if network.is_fixed_by_admin or network.consent == "never":
        gate = _("One gate refuses every request, before a name is looked up.")
    else:
        gate = _("One gate refuses everything else, before a name is looked up.")
    made = _("{requests} so far, each of them listed.").format(requests=counted(network.requests))
    made = made if network.requests else _("Paddock has not made a single request.")
    return Line(_("Network"), " ".join((words, gate, made)), True)


def _token_lines(network: NetworkState) -> tuple[Line, ...]:
    if not network.is_token_kept:
        return ()
    words = _("Your token for {host} is in the system keyring. It is sent there and nowhere else.")
    return (Line(_("Access token"), words.format(host=network.host), True),)


def _engine_line(facts: ModelFacts | None) -> Line:
    title = _("The model's own process")
    if facts is None:
        return Line(title, _("Not running now. It gives up network and files before it reads a model."), None)
    guards = facts.guards
    took = [name for name, has in (("seccomp", guards.seccomp), ("Landlock", guards.landlock)) if has]
    took += [guards.other] if guards.other else []
    if not took:
        return Line(title, _("This system has no guard that Paddock knows. Open only models you trust."), False)
    if guards.failed:
        return Line(title, _("A guard did not hold: {names}.").format(names=", ".join(guards.failed)), False)
    return Line(
        title,
        _("It has no network and cannot write files ({names}); it tried both at its start and was refused.").format(
            names=", ".join(took)
        ),
        True,
    )


class PrivacyDialog(ScrollingDialog):
    """Read only."""

    requests_requested = Signal()  # the list of every request

    def __init__(self, theme: Theme, shown: tuple[Line, ...], *, parent: QWidget) -> None:
        super().__init__(theme, _("What protects you"), width_px=theme.px(_WIDTH_PX), parent=parent)
        card = Card(theme, parent=self.page)
        rows = QVBoxLayout(card)
        rows.setContentsMargins(16, 14, 16, 14)
        rows.setSpacing(14)
        for line in shown:
            row = QHBoxLayout()
            row.setSpacing(12)
            row.addWidget(_Sign(theme, line.holds, parent=card), 0, Qt.AlignmentFlag.AlignTop)
            words = QVBoxLayout()
            words.setSpacing(2)
            words.addWidget(Text(theme, line.title, parent=card, font=theme.fonts.ui_strong).wrapped())
            words.addWidget(Text(theme, line.words, parent=card, color="muted").wrapped())
            row.addLayout(words, 1)
            rows.addLayout(row)
        self.column.addWidget(card)
        self.requests = TextButton(theme, _("Show every request…"), parent=self, icon="list-bullets")
        self.requests.clicked.connect(self.requests_requested)
        self.done_button = TextButton(theme, _("Done"), parent=self, kind="strong")
        self.done_button.clicked.connect(self.accept)
        self.buttons.addWidget(self.requests)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.done_button)
        self.finish()
        self.done_button.setDefault(True)
        self.done_button.setFocus()


class _Sign(QWidget):
    def __init__(self, theme: Theme, holds: bool | None, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._holds = holds
        theme.fix(self, width=20, height=20)
        names = {True: _("holds"), False: _("lacking"), None: _("for your information")}
        accessible.name(self, names[holds])
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        icon, color = _ICONS[self._holds]
        self._theme.icons.paint(QPainter(self), icon, QRectF(self.rect()), self._theme.color(color))
