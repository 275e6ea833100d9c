"""The line above the conversation: which model, how it runs, how full its context is."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from app.text import _
from app.ui import accessible
from app.ui.controls import ElidedText, Ground, IconButton, TextButton, paint_card, paint_ring
from app.ui.theme import Theme

State = Literal["ready", "busy", "off", "fault"]
_STATE_COLORS = {"ready": "good", "busy": "accent", "off": "line_strong", "fault": "danger"}


class Header(Ground):
    """Plain words in; `model_requested` (change or look at the model), `context_requested` (what fills it) and
    `menu_requested` (the three dots) out."""

    model_requested = Signal()
    context_requested = Signal()
    menu_requested = Signal()
    sidebar_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, "window", parent=parent, edge="bottom")
        self.setFixedHeight(52)
        self.show_sidebar = IconButton(theme, "sidebar", _("Show the list of chats"), parent=self)
        self.show_sidebar.hide()
        self.model = TextButton(theme, _("No model"), parent=self, kind="quiet")
        self.model.setFont(theme.fonts.ui_strong)
        self.model.tail_icon = "caret-down"
        self._dot = _Dot(theme, parent=self)
        self._state = ElidedText(theme, "", parent=self, font=theme.fonts.small, color="muted")
        self.model.setMinimumWidth(96)
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
        row.addWidget(self.gauge)
        row.addWidget(self.menu)
        self.model.clicked.connect(self.model_requested)
        self.gauge.clicked.connect(self.context_requested)
        self.menu.clicked.connect(self.menu_requested)
        self.show_sidebar.clicked.connect(self.sidebar_requested)

    def set_model(self, name: str, *, words: str, state: State) -> None:
        """`words` such as "On this processor · 31 tok/s"."""
        metrics = QFontMetricsF(self.model.font())
        self.model.set_text(metrics.elidedText(name, Qt.TextElideMode.ElideRight, 320))
        accessible.name(self.model, name)
        self.model.setToolTip(accessible.plain_tooltip(name))
        self._state.set_text(words)
        self._dot.set_state(state, words)

    def set_context(self, used_tokens: int, all_tokens: int) -> None:
        self.gauge.set_tokens(used_tokens, all_tokens)
        self.gauge.setVisible(all_tokens > 0)

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
            used=f"{used:,}", total=f"{total:,}"
        )
        accessible.name(self, long, _("Press to see what fills it."))
        self.setToolTip(accessible.plain_tooltip(long))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(round(QFontMetricsF(self.font()).horizontalAdvance(self._words)) + 42, 30)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse() or self.isDown():
            ground = self._theme.color("pressed" if self.isDown() else "hover")
            paint_card(painter, QRectF(self.rect()), ground=ground, line=None, radius=7)
        ring = QRectF(8, (self.height() - 16) / 2, 16, 16)
        painter.setPen(QPen(self._theme.color("line"), 3))
        painter.drawEllipse(ring)
        if self._share > 0:
            color = "danger" if self._share > 0.92 else "accent"
            painter.setPen(QPen(self._theme.color(color), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawArc(ring, 90 * 16, -round(self._share * 360 * 16))
        painter.setPen(self._theme.color("muted"))
        painter.setFont(self.font())
        painter.drawText(QRectF(32, 0, self.width() - 32, self.height()), Qt.AlignmentFlag.AlignVCenter, self._words)
        if self._has_ring:
            paint_ring(painter, QRectF(self.rect()), self._theme, 6)


class _Dot(QWidget):
    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state: State = "off"
        self.setFixedSize(10, 10)
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
        painter.drawEllipse(QRectF(1, 1, 8, 8))


def _short(count: int) -> str:
    return f"{count / 1000:.1f}k".replace(".0k", "k") if count >= 1000 else str(count)
