"""The line above the conversation: which model, how it runs, how full its context is."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.text import _, decimal, grouped
from app.ui import accessible
from app.ui.controls import ElidedText, Ground, IconButton, TextButton, paint_card, paint_ring
from app.ui.theme import Theme
from app.ui.tokens import CONTROL_PX

State = Literal["ready", "busy", "off", "fault"]
_HEIGHT_PX = 52
_NARROW_PX = 620
_TINY_PX = 420
_NAME_PX = 320
_MANNER_PX = 140
_RING_PX = 16
_DOT_PX = 10
_STATE_COLORS = {"ready": "good", "busy": "accent", "off": "line_strong", "fault": "danger"}


class Header(Ground):
    """Plain words in; `model_requested` (change or look at the model), `context_requested` (what fills it) and
    `menu_requested` (the three dots) out."""

    model_requested = Signal()
    context_requested = Signal()
    menu_requested = Signal()
    manner_requested = Signal()
    """What the model is told before this chat."""
    sidebar_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, "window", parent=parent, edge="bottom")
        self._name = self._manner = ""
        self._is_told = self._is_temporary = self._has_context = False
        theme.fix(self, height=_HEIGHT_PX)
        self.show_sidebar = IconButton(theme, "sidebar", _("Show the list of chats"), parent=self)
        self.show_sidebar.hide()
        self.model = TextButton(theme, _("No model"), parent=self, kind="quiet")
        self.model.setFont(theme.fonts.ui_strong)
        self.model.tail_icon = "caret-down"
        self._dot = _Dot(theme, parent=self)
        self._state = ElidedText(theme, "", parent=self, font=theme.fonts.small, color="muted")
        self.model.setMinimumWidth(96)
        self.manner = TextButton(theme, "", parent=self, kind="quiet", icon="user-gear")
        self.manner.height_px = 30
        self.manner.setFont(theme.fonts.small)
        self.manner.hide()
        self.temporary = TextButton(theme, _("Temporary"), parent=self, kind="quiet", icon="ghost")
        self.temporary.height_px = 30
        self.temporary.setFont(theme.fonts.small)
        means = _("Nothing of this chat is written to the disk.")
        self.temporary.setToolTip(accessible.plain_tooltip(means))
        accessible.name(self.temporary, _("Temporary"), means)
        self.temporary.hide()
        self.gauge = ContextGauge(theme, parent=self)
        self.gauge.hide()
        self.menu = IconButton(theme, "dots-three-bold", _("More"), parent=self)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        row.addWidget(self.show_sidebar)
        row.addWidget(self.model)
        row.addWidget(self._dot)
        row.addWidget(self._state, 1)
        row.addStretch(0)  # takes the room where the state is hidden, so that the name stays at its beginning
        row.addWidget(self.temporary)
        row.addWidget(self.manner)
        row.addWidget(self.gauge)
        row.addWidget(self.menu)
        self.model.clicked.connect(self.model_requested)
        self.manner.clicked.connect(self.manner_requested)
        self.gauge.clicked.connect(self.context_requested)
        self.menu.clicked.connect(self.menu_requested)
        self.show_sidebar.clicked.connect(self.sidebar_requested)
        theme.resized.connect(self._on_resized)

    def set_model(self, name: str, *, words: str, state: State) -> None:
        """`words` such as "On this processor · 31 tok/s"."""
        self._name = name
        accessible.name(self.model, name)
        self.model.setToolTip(accessible.plain_tooltip(name))
        self._cut_names()
        self._state.set_text(words)
        self._dot.set_state(state, words)

    def set_context(self, used_tokens: int, all_tokens: int) -> None:
        self.gauge.set_tokens(used_tokens, all_tokens)
        self._has_context = all_tokens > 0
        self._fit()

    def set_manner(self, name: str, words: str) -> None:
        """The persona, or that there are instructions; empty where the model is told nothing. `words`: what it is."""
        self._is_told = bool(name)
        self._manner = name
        self._cut_names()
        accessible.name(self.manner, _("Instructions: {name}").format(name=name), words)
        self.manner.setToolTip(accessible.plain_tooltip(words))
        self._fit()

    def set_temporary(self, is_temporary: bool) -> None:
        self._is_temporary = is_temporary
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _on_resized(self) -> None:
        self._cut_names()
        self._fit()

    def _cut_names(self) -> None:
        for button, name, most_px in ((self.model, self._name, _NAME_PX), (self.manner, self._manner, _MANNER_PX)):
            metrics = QFontMetricsF(button.font())
            button.setText(metrics.elidedText(name, Qt.TextElideMode.ElideRight, self._theme.px(most_px)))

    def _fit(self) -> None:
        """In a narrow window what runs where gives way to the name, and labels to their icons."""
        is_narrow = self.width() < self._theme.px(_NARROW_PX)
        self.manner.setVisible(self._is_told and not is_narrow)
        self.temporary.setVisible(self._is_temporary)
        self.gauge.setVisible(self._has_context and not self.width() < self._theme.px(_TINY_PX))
        self._state.setVisible(not is_narrow)

    def set_sidebar_hidden(self, is_hidden: bool) -> None:
        self.show_sidebar.setVisible(is_hidden)


class ContextGauge(TextButton):
    """A small ring: how much of what the model keeps in view is in use. Pressed, it explains itself."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, "", parent=parent, kind="quiet")
        self._share = 0.0
        self._words = ""
        self.setFont(theme.fonts.small)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_tokens(self, used: int, total: int) -> None:
        self._share = min(1.0, used / total) if total else 0.0
        self._words = f"{_short(used)} / {_short(total)}"
        long = _("{used} of the {total} tokens that the model keeps in view are in use").format(
            used=grouped(used), total=grouped(total)
        )
        accessible.name(self, long, _("Press to see what fills it."))
        self.setToolTip(accessible.plain_tooltip(long))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        words = QFontMetricsF(self.font()).horizontalAdvance(self._words)
        return QSize(round(words) + self._ring_px + 26, self._theme.px(CONTROL_PX))

    @property
    def _ring_px(self) -> int:
        return self._theme.px(_RING_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.isDown():
            ground = self._theme.color("pressed" if self.isDown() else "hover")
            paint_card(painter, QRectF(self.rect()), ground=ground, line=None, radius=7)
        side = self._ring_px
        ring = self._mirrored(QRectF(8, (self.height() - side) / 2, side, side))
        painter.setPen(QPen(self._theme.color("line"), 3))
        painter.drawEllipse(ring)
        if self._share > 0:
            color = "danger" if self._share > 0.92 else "accent"
            painter.setPen(QPen(self._theme.color(color), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawArc(ring, 90 * 16, -round(self._share * 360 * 16))
        painter.setPen(self._theme.color("muted"))
        painter.setFont(self.font())
        words = self._mirrored(QRectF(side + 16, 0, self.width() - side - 16, self.height()))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self._words)
        if self._has_ring:
            paint_ring(painter, QRectF(self.rect()), self._theme, 6)


class _Dot(QWidget):
    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state: State = "off"
        theme.fix(self, width=_DOT_PX, height=_DOT_PX)
        theme.changed.connect(self.update)

    def set_state(self, state: State, words: str) -> None:
        self._state = state
        accessible.name(self, words)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(_STATE_COLORS[self._state]))
        painter.drawEllipse(QRectF(self.rect()).adjusted(1, 1, -1, -1))


def _short(count: int) -> str:
    if count < 1000:
        return str(count)
    thousands = round(count / 1000, 1)
    return f"{decimal(thousands, 1 if thousands % 1 else 0)}k"
