"""What fills the model's context, in a few words, and what can be done about it: opened from the header's gauge."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRectF, Qt, Signal, SignalInstance, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.text import _, grouped, plural
from app.ui import accessible
from app.ui.chat.context.fullness import Fullness
from app.ui.chat.items import Boundary
from app.ui.controls import Progress, Text, TextButton, paint_card
from app.ui.folding import FoldingRow
from app.ui.theme import Theme

_WIDTH_PX = 320
_EDGE_PX = 8
_RADIUS = 12


@dataclass(frozen=True, slots=True)
class ContextShown:
    """`can_summarise` and `can_enlarge`: whether that would do anything now."""

    fullness: Fullness
    boundary: Boundary | None
    can_summarise: bool
    can_enlarge: bool


class ContextPopup(QWidget):
    """Closes on Esc and on a click outside, and deletes itself then."""

    summarise_requested = Signal()
    enlarge_requested = Signal()
    new_chat_requested = Signal()

    def __init__(self, theme: Theme, shown: ContextShown, *, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._theme = theme
        self._window = parent.window()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(min(theme.px(_WIDTH_PX), parent.window().width() - 2 * _EDGE_PX))
        full = shown.fullness
        title = _("What the model keeps in view")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(18, 16, 18, 10)
        self._column.setSpacing(0)
        self._column.addWidget(Text(theme, title, parent=self, font=theme.fonts.ui_strong).wrapped())
        self._column.addSpacing(12)
        bar = Progress(theme, _("In use"), parent=self)
        bar.set_share(full.share)
        self._column.addWidget(bar)
        self._column.addSpacing(12)
        self._row(_("This chat"), full.used_tokens)
        self._column.addSpacing(6)
        self._row(_("Room left"), full.left_tokens)
        self._column.addSpacing(12)
        self._sentence = Text(theme, sentence(shown), parent=self, color="muted").wrapped()
        self._column.addWidget(self._sentence)
        self._column.addSpacing(10)
        self.summarise = self._action(_("Summarise the oldest messages"), "article", self.summarise_requested)
        self.enlarge = self._action(_("Larger context"), "arrows-out-simple", self.enlarge_requested)
        self.new_chat = self._action(_("New chat"), "note-pencil", self.new_chat_requested)
        self.summarise.setEnabled(shown.can_summarise)
        self.enlarge.setEnabled(shown.can_enlarge)
        accessible.name(self, title, f"{bar.accessibleName()}. {self._sentence.text()}")

    def open_below(self, corner: QPoint) -> None:
        """`corner` is where its upper right corner goes on the screen, the left one where lines begin at the right."""
        self.setFixedHeight(self._column.totalHeightForWidth(self.width()))
        window = self._window
        left = window.mapToGlobal(QPoint(_EDGE_PX, 0)).x()
        right = window.mapToGlobal(QPoint(window.width() - _EDGE_PX, 0)).x()
        x = corner.x() if self.isRightToLeft() else corner.x() - self.width()
        self.move(max(left, min(x, right - self.width())), corner.y())
        self.show()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        first = next(button for button in (self.summarise, self.new_chat) if button.isEnabled())
        first.setFocus(Qt.FocusReason.PopupFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:
        # The corners in the page's colour: not every system lets a small window be see-through.
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("window"))
        card, line = self._theme.color("card"), self._theme.color("line_strong", alpha=0.6)
        paint_card(painter, QRectF(self.rect()), ground=card, line=line, radius=_RADIUS)

    def _row(self, label: str, tokens: int) -> None:
        row = FoldingRow()
        row.addWidget(Text(self._theme, label, parent=self), 1)
        words = plural("{count} token", "{count} tokens", tokens).replace(str(tokens), grouped(tokens))
        row.addWidget(Text(self._theme, words, parent=self, color="muted"))
        self._column.addLayout(row)

    def _action(self, words: str, icon: str, signal: SignalInstance) -> TextButton:
        button = TextButton(self._theme, words, parent=self, kind="quiet", icon=icon)
        button.align_left = True
        button.clicked.connect(self._on_action)
        button.clicked.connect(signal)
        # Its icon stands below the words above it, so the button begins a little before them.
        row = FoldingRow()
        row.setContentsMargins(-10, 0, -10, 0)
        row.addWidget(button, 1)
        self._column.addLayout(row)
        return button

    @Slot()
    def _on_action(self) -> None:
        self.close()


def sentence(shown: ContextShown) -> str:
    """What that means for the person who goes on writing."""
    left = shown.fullness.messages_left
    parts = [_left_out(shown.boundary)]
    if not shown.fullness.used_tokens:
        parts.append(_("A token is about three quarters of a word."))
    elif left:
        parts.append(
            plural(
                "There is room for about one more message of this length.",
                "There is room for about {count} more messages of this length.",
                left,
            )
        )
    else:
        parts.append(_("With the next message the oldest ones will be left out."))
    return " ".join(part for part in parts if part)


def _left_out(boundary: Boundary | None) -> str:
    if boundary is None:
        return ""
    if boundary.summary:
        return plural(
            "Of the oldest message the model sees a summary.",
            "Of the {count} oldest messages the model sees a summary.",
            boundary.left_out,
        )
    return plural(
        "The model no longer sees the oldest message.",
        "The model no longer sees the {count} oldest messages.",
        boundary.left_out,
    )
