"""What an empty chat shows: a greeting, and a few ways to begin."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.frozen import dataclass
from app.text import _
from app.ui import accessible
from app.ui.controls import Logo, Text, TextButton
from app.ui.folding import FoldingRow
from app.ui.theme import Theme

_NARROW_PX = 300
_SENTENCE_PX = 460
_GAP_PX = 8


@dataclass(frozen=True, slots=True)
class Beginner:
    """A way to begin: `text` is put into the composer, to be finished by the person."""

    label: str
    text: str


def beginners() -> tuple[Beginner, ...]:
    return (
        Beginner(_("Make a text shorter"), _("Make this text shorter and keep every fact:") + "\n\n"),
        Beginner(_("Explain something"), _("Explain in plain words, with an example: ")),
        Beginner(_("Write a letter"), _("Write a polite, short letter. It is about: ")),
        Beginner(_("Find the weak points"), _("What are the weak points of this?") + "\n\n"),
    )


class Greeting(QWidget):
    """`set_temporary` says what kind of chat begins here; `begun` carries the text to begin with."""

    begun = Signal(object)  # Beginner

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._logo = Logo(theme, 44, parent=self)
        self.title = Text(theme, "", parent=self, font=theme.fonts.title).wrapped()
        self.title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.sentence = Text(theme, "", parent=self, font=theme.fonts.body, color="muted").wrapped()
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._choices = QWidget(self)
        self.buttons = [self._button(beginner) for beginner in beginners()]
        theme.resized.connect(self._arrange)
        self._lay_out()
        self.set_temporary(False)

    def set_temporary(self, is_temporary: bool) -> None:
        self.title.setText(_("A temporary chat") if is_temporary else _("What is on your mind?"))
        self.sentence.setText(
            _("Nothing of it is written to the disk, not even encrypted. It is gone when you leave it.")
            if is_temporary
            else _("Questions and answers stay on this computer.")
        )

    def minimumSizeHint(self) -> QSize:
        """Its parts give way, so that it never takes room from the composer, nor from the transcript in its place."""
        return QSize(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _button(self, beginner: Beginner) -> TextButton:
        made = TextButton(self._theme, beginner.label, parent=self._choices)
        made.setProperty("begins_with", beginner.text)
        accessible.name(made, beginner.label, _("Puts the beginning of a question into the message field."))
        made.clicked.connect(self._on_clicked)
        return made

    def _lay_out(self) -> None:
        column = self._column = QVBoxLayout(self)
        column.setSpacing(14)
        column.addStretch(3)
        column.addWidget(self._logo, 0, Qt.AlignmentFlag.AlignHCenter)
        for words, share in ((self.title, 100), (self.sentence, 100)):
            row = QHBoxLayout()
            row.addStretch(1)
            row.addWidget(words, share)
            row.addStretch(1)
            column.addLayout(row)
        rows = QVBoxLayout(self._choices)
        rows.setContentsMargins(0, 10, 0, 0)
        rows.setSpacing(_GAP_PX)
        for first in range(0, len(self.buttons), 2):
            pair = FoldingRow()
            pair.setSpacing(_GAP_PX)
            for button in self.buttons[first : first + 2]:
                pair.addWidget(button, 1)
            rows.addLayout(pair)
        column.addWidget(self._choices, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(4)

    @Slot()
    def _arrange(self) -> None:
        """In a low window the logo gives way, then the choices, then the sentence."""
        is_tight = self.width() < self._theme.px(_NARROW_PX)
        self.title.setFont(self._theme.fonts.heading if is_tight else self._theme.fonts.title)
        self.sentence.setMaximumWidth(self._theme.px(_SENTENCE_PX))
        margins = self._column.contentsMargins()
        width = self.width() - margins.left() - margins.right()
        room = self.height() - margins.top() - margins.bottom() - self.title.heightForWidth(width)
        giving: list[tuple[QWidget, int]] = [(self._logo, self._logo.minimumHeight())]
        giving += [(part, part.heightForWidth(width)) for part in (self._choices, self.sentence)]
        room -= sum(height + self._column.spacing() for _part, height in giving)
        for part, height in giving:
            part.setVisible(room >= 0)
            room += 0 if room >= 0 else height + self._column.spacing()

    @Slot()
    def _on_clicked(self) -> None:
        button = self.sender()
        if isinstance(button, TextButton):
            self.begun.emit(Beginner(button.text(), str(button.property("begins_with"))))
