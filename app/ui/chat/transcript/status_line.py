"""What became of an answer, below its text: reading, stopped, interrupted, failed, cut short."""

from __future__ import annotations

import math

from PySide6.QtCore import QRect, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QStyle, QWidget

from app.text import _
from app.ui import accessible
from app.ui.chat.items import ContinueRequested, MessageItem, RetryRequested, SilenceAnswered
from app.ui.controls import Text, TextButton, paint_card
from app.ui.theme import Theme

_PAD = 14
_DOTS_PX = 34
_ICON_ROOM_PX, _CARD_ICON_ROOM_PX = 24, 28
_TICK_MS = 90
_CUT = ("stopped", "interrupted", "length")
"""An answer that ended so is offered to be continued beside what is said about it."""


class StatusLine(QWidget):
    """Empty (height 0) for an answer that simply ended. Its buttons: `retry`, `go_on` for one that was cut short, and
    `wait` and `stop` for one that has been silent for long."""

    requested = Signal(object)
    """One of the requests of items.py."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._item: MessageItem | None = None
        self._phase = 0
        self.has_something = False
        self.sentence = Text(theme, "", parent=self, font=theme.fonts.ui).wrapped()
        self._next_step = Text(theme, "", parent=self, font=theme.fonts.ui, color="muted").wrapped()
        self.retry = TextButton(theme, _("Try again"), parent=self, icon="arrow-clockwise")
        self.go_on = TextButton(theme, _("Continue"), parent=self, icon="arrow-bend-down-right")
        self.wait = TextButton(theme, _("Keep waiting"), parent=self)
        self.stop = TextButton(theme, _("Stop"), parent=self)
        self.retry.clicked.connect(self._on_retry)
        self.go_on.clicked.connect(self._on_go_on)
        self.wait.clicked.connect(self._on_wait)
        self.stop.clicked.connect(self._on_stop)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._on_tick)

    def tab_stops(self) -> list[QWidget]:
        return list(self._buttons())

    def _buttons(self) -> tuple[TextButton, ...]:
        return (self.go_on, self.retry, self.wait, self.stop)

    def set_state(self, item: MessageItem) -> None:
        before = self._item.status if self._item is not None else ""
        was_asking = self._item is not None and self._item.is_asking
        self._item = item
        sentence, next_step, has_retry = _words(item)
        is_waiting = item.status == "streaming" and not item.text
        self.has_something = bool(sentence) or is_waiting
        self.sentence.setText(sentence)
        self._next_step.setText(next_step)
        self.retry.setVisible(has_retry)
        self.go_on.setVisible(item.can_continue and item.status in _CUT)
        for button in (self.wait, self.stop):
            button.setVisible(item.is_asking)
        self._next_step.setVisible(bool(next_step))
        self.sentence.set_color("text" if item.status == "failed" else "muted")
        self.setVisible(self.has_something)
        is_moving = is_waiting and not self._theme.is_motion_reduced
        if is_moving != self._tick.isActive():
            (self._tick.start if is_moving else self._tick.stop)()
        if item.status == "failed" and before == "streaming":
            accessible.announce(self, f"{sentence} {next_step}", is_urgent=True)
        elif item.is_asking and not was_asking:
            accessible.announce(self, sentence)
        self.update()

    def arrange(self, width: int) -> int:
        """The height at `width`; places the parts."""
        if not self.has_something or self._item is None:
            return 0
        if self._item.status == "failed":
            return self._arrange_card(width)
        left = self._theme.px(_DOTS_PX if self._item.status == "streaming" else _ICON_ROOM_PX)
        buttons = [button for button in self._buttons() if not button.isHidden()]
        taken = sum(button.sizeHint().width() + 8 for button in buttons) + 4 if buttons else 0
        natural = math.ceil(QFontMetricsF(self.sentence.font()).horizontalAdvance(self.sentence.text())) + 2
        is_below = bool(buttons) and left + natural + taken > width
        room = max(80, width - left - (0 if is_below else taken))
        height = max(24, self.sentence.heightForWidth(room))
        if buttons and not is_below:
            height = max(height, self.retry.sizeHint().height())
        self._place(self.sentence, QRect(left, 0, min(room, natural) if buttons else room, height), width)
        x, y = (left, height + 6) if is_below else (left + min(room, natural) + 12, 0)
        for button in buttons:
            hint = button.sizeHint()
            if x > left and x + hint.width() > width:
                x, y = left, y + hint.height() + 6
            self._place(button, QRect(x, y, hint.width(), hint.height()), width)
            x += hint.width() + 8
        return y + self.retry.sizeHint().height() if is_below else height

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._item is None:
            return
        painter = QPainter(self)
        color = self._theme.color
        if self._item.status == "failed":
            paint_card(painter, QRectF(self.rect()), ground=color("danger_ground"), line=None)
            side = self._theme.px(19)
            self._theme.icons.paint(painter, "warning-circle", self._seen(_PAD, _PAD - 1, side), color("danger"))
        elif self._item.status == "streaming":
            self._paint_dots(painter)
        else:
            icon = "stop-circle" if self._item.status == "stopped" else "info"
            middle, side = self.sentence.geometry().center().y(), self._theme.px(16)
            self._theme.icons.paint(painter, icon, self._seen(0, middle - side / 2 + 0.5, side), color("hint"))

    def _arrange_card(self, width: int) -> int:
        left = _PAD + self._theme.px(_CARD_ICON_ROOM_PX)
        room = width - left - _PAD
        y = _PAD
        height = self.sentence.heightForWidth(room)
        self._place(self.sentence, QRect(left, y, room, height), width)
        y += height
        if not self._next_step.isHidden():
            height = self._next_step.heightForWidth(room)
            self._place(self._next_step, QRect(left, y + 3, room, height), width)
            y += height + 3
        hint = self.retry.sizeHint()
        self._place(self.retry, QRect(left, y + 11, hint.width(), hint.height()), width)
        return y + 11 + hint.height() + _PAD

    def _place(self, part: QWidget, place: QRect, width: int) -> None:
        """Where text runs from right to left everything stands the other way round."""
        part.setGeometry(QStyle.visualRect(self.layoutDirection(), QRect(0, 0, width, 0), place))

    def _seen(self, x: float, y: float, side: float) -> QRectF:
        """The same for what is painted."""
        is_rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        return QRectF(self.width() - x - side if is_rtl else x, y, side, side)

    def _paint_dots(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for number in range(3):
            wave = 0.5 + 0.5 * math.sin(self._phase * 0.7 - number * 1.1)
            painter.setBrush(self._theme.color("accent", alpha=0.3 + 0.7 * wave))
            middle, scale = self.sentence.geometry().center().y() + 0.5, self._theme.scale
            dot = self._seen((1.4 + number * 9.0) * scale, middle - 2.6 * scale, 5.2 * scale)
            painter.drawEllipse(dot)

    @Slot()
    def _on_retry(self) -> None:
        if self._item is not None:
            self.requested.emit(RetryRequested(self._item.id))

    @Slot()
    def _on_go_on(self) -> None:
        if self._item is not None:
            self.requested.emit(ContinueRequested(self._item.id))

    @Slot()
    def _on_wait(self) -> None:
        if self._item is not None:
            self.requested.emit(SilenceAnswered(self._item.id, goes_on=True))

    @Slot()
    def _on_stop(self) -> None:
        if self._item is not None:
            self.requested.emit(SilenceAnswered(self._item.id, goes_on=False))

    @Slot()
    def _on_tick(self) -> None:
        self._phase += 1
        self.update()


def says_something(item: MessageItem) -> bool:
    """Whether the line is needed for such a message."""
    return item.role == "assistant" and (item.status != "done" or bool(item.note))


def _words(item: MessageItem) -> tuple[str, str, bool]:
    """The sentence, the next step, and whether "Try again" helps."""
    if item.role == "user":
        return "", "", False
    if item.status == "streaming":
        return item.note or ("" if item.text else _("Thinking…")), "", False
    if item.status == "failed":
        sentence, _newline, next_step = item.note.partition("\n")
        return sentence or _("The answer could not be finished."), next_step, True
    endings = {
        "interrupted": _("Interrupted – Paddock was closed while this was being written."),
        "stopped": _("Stopped"),
        "length": _("Cut short: the longest answer allowed in Settings is reached."),
        "context": _("Cut short: the conversation fills all the model can remember. Start a new chat."),
    }
    ending = endings.get(item.status, "")
    both = f"{ending.rstrip('.')}. {item.note}" if ending and item.note else ending or item.note
    return both, "", item.status == "interrupted"
