"""Small parts of the Models page: the mark of a fit, and what did not work out."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.journeys.offers import Fit, Place
from app.text import _
from app.ui import accessible
from app.ui.controls import Text
from app.ui.models.page import wording
from app.ui.models.page.shown import Problem
from app.ui.pages.parts import make_button
from app.ui.theme import Theme

WIDE_PX = 660  # of the page's column, from which on a row is one line
FIT_PX = 216  # of the column that says how a model runs
_MARK_PX = 9.0
_MARK_ROOM_PX = 16
_PLACE_COLORS: dict[Place, str] = {
    "gpu": "good",
    "cpu": "accent",
    "split": "accent",
    "disk": "line_strong",
    "none": "danger",
}
_FULL_CIRCLE = 360 * 16  # Qt's unit of angles


class FitLine(Text):
    """Where a model runs: a mark whose shape says it as well as its colour, and the words."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, "", parent=parent, font=theme.fonts.ui)
        self._place: Place | None = None
        theme.resized.connect(self._fit)
        self._fit()
        self.wrapped()

    def show_fit(self, fit: Fit | None, words: str = "") -> None:
        """`words` in place of the usual ones."""
        self._place = fit.place if fit is not None else None
        self.setText(words or (wording.place(fit.place) if fit is not None else ""))
        self.setToolTip(accessible.plain_tooltip(wording.reasons(fit) if fit is not None else ""))
        self.set_color("hint" if self._place == "none" else "text")

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._place is None:
            return
        painter = QPainter(self)
        text = QFontMetricsF(self.font()).boundingRect(
            QRectF(self.contentsRect()), int(self.alignment()) | int(Qt.TextFlag.TextWordWrap), self.text()
        )
        middle = text.top() + QFontMetricsF(self.font()).height() / 2
        side = self._theme.px(_MARK_PX)
        x = self.width() - side - 1 if self.isRightToLeft() else 1
        paint_mark(painter, QRectF(x, middle - side / 2, side, side), self._place, self._theme)

    @Slot()
    def _fit(self) -> None:
        room = self._theme.px(_MARK_ROOM_PX)
        self.setContentsMargins(*((0, 0, room, 0) if self.isRightToLeft() else (room, 0, 0, 0)))


class ProblemNote(QWidget):
    """What did not work out and what to do next, with a button or two."""

    again = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self.message = Text(theme, "", parent=self).wrapped()
        self.next_step = Text(theme, "", parent=self, font=theme.fonts.small, color="muted").wrapped()
        self.button = make_button(theme, _("Try again"), parent=self)
        self.button.clicked.connect(self.again)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 0, 2, 0)
        column.setSpacing(3)
        column.addWidget(self.message)
        column.addWidget(self.next_step)
        column.addSpacing(7)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)

    def show_problem(self, problem: Problem) -> None:
        self.message.setText(problem.message)
        self.next_step.setText(problem.next_step)
        self.next_step.setVisible(bool(problem.next_step))
        words = _("Get access…") if problem.is_access else _("Try again")
        if words != self.button.text():
            self.button.set_text(words)
        accessible.name(self, f"{problem.message} {problem.next_step}".strip())


def paint_mark(painter: QPainter, rect: QRectF, place: Place, theme: Theme) -> None:
    """Full on one device, half where two share the work, a ring where the disk has to help, a cross where it cannot."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    color = theme.color(_PLACE_COLORS[place])
    pen = QPen(color, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
    inner = rect.adjusted(0.8, 0.8, -0.8, -0.8)
    if place == "none":
        painter.setPen(pen)
        painter.drawLine(inner.topLeft(), inner.bottomRight())
        painter.drawLine(inner.topRight(), inner.bottomLeft())
        return
    if place in ("gpu", "cpu"):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(rect)
        return
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(inner)
    if place == "split":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPie(inner, _FULL_CIRCLE // 4, _FULL_CIRCLE // 2)
