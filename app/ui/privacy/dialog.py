"""What protects this profile and what does not, in short lines, each with a sign for holding or lacking."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.engine.protocol import ModelFacts
from app.storage.keys import SlotState
from app.text import _
from app.ui import accessible
from app.ui.controls import Card, Text, TextButton
from app.ui.theme import Theme

_WIDTH_PX = 560


_ICONS = {True: ("check-circle", "good"), False: ("warning-circle", "danger"), None: ("info", "muted")}


@dataclass(frozen=True, slots=True)
class Line:
    """One protection: its name, what is known of it, and whether it holds (None: not known yet)."""

    title: str
    words: str
    holds: bool | None


def lines(slots: SlotState, facts: ModelFacts | None) -> tuple[Line, ...]:
    """What to say, from what is known now. `facts` is None while no engine runs."""
    ways = [_("the system keyring") if slots.has_keyring else "", _("your passphrase") if slots.has_passphrase else ""]
    return (
        Line(_("Network"), _("Offline. This version of Paddock has no code that sends anything."), True),
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
        Line(
            _("Not protected"),
            _("Programs that run under your name can read the memory of an open window. Encrypt the disk, too."),
            None,
        ),
    )


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


class PrivacyDialog(QDialog):
    """Read only."""

    def __init__(self, theme: Theme, shown: tuple[Line, ...], *, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("What protects you"))
        self.setFixedWidth(_WIDTH_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 22, 24, 20)
        column.setSpacing(12)
        column.addWidget(Text(theme, _("What protects you"), parent=self, font=theme.fonts.heading))
        card = Card(theme, parent=self)
        rows = QVBoxLayout(card)
        rows.setContentsMargins(16, 14, 16, 14)
        rows.setSpacing(14)
        for line in shown:
            row = QHBoxLayout()
            row.setSpacing(12)
            row.addWidget(_Sign(theme, line.holds, parent=card), 0, Qt.AlignmentFlag.AlignTop)
            words = QVBoxLayout()
            words.setSpacing(2)
            words.addWidget(Text(theme, line.title, parent=card, font=theme.fonts.ui_strong))
            words.addWidget(Text(theme, line.words, parent=card, color="muted").wrapped())
            row.addLayout(words, 1)
            rows.addLayout(row)
        column.addWidget(card)
        done = TextButton(theme, _("Done"), parent=self, kind="strong")
        done.setDefault(True)
        done.clicked.connect(self.accept)
        column.addWidget(done, 0, Qt.AlignmentFlag.AlignRight)

    def showEvent(self, event: QShowEvent) -> None:
        """As high as its wrapped texts need; Qt asks a top-level layout for that only when told to."""
        self.setFixedHeight(self.heightForWidth(self.width()))
        super().showEvent(event)


class _Sign(QWidget):
    def __init__(self, theme: Theme, holds: bool | None, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._holds = holds
        self.setFixedSize(20, 20)
        names = {True: _("holds"), False: _("lacking"), None: _("for your information")}
        accessible.name(self, names[holds])
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        icon, color = _ICONS[self._holds]
        self._theme.icons.paint(QPainter(self), icon, QRectF(self.rect()), self._theme.color(color))
