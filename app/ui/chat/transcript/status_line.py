"""What became of an answer, below its text: reading, stopped, interrupted, failed, cut short."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Slot
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.text import _
from app.ui import accessible
from app.ui.chat.items import MessageItem
from app.ui.controls import Text, TextButton, paint_card
from app.ui.theme import Theme

_PAD = 14
_DOTS_PX = 34
_TICK_MS = 90


class StatusLine(QWidget):
    """Empty (height 0) for an answer that simply ended. Its buttons: `retry`, and `wait` and `stop` for one that
    has been silent for long."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._item: MessageItem | None = None
        self._phase = 0
        self.has_something = False
        self.sentence = Text(theme, "", parent=self, font=theme.fonts.ui).wrapped()
        self._next_step = Text(theme, "", parent=self, font=theme.fonts.ui, color="muted").wrapped()
        self.retry = TextButton(theme, _("Try again"), parent=self, icon="arrow-clockwise")
        self.wait = TextButton(theme, _("Keep waiting"), parent=self)
        self.stop = TextButton(theme, _("Stop"), parent=self)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._on_tick)

    def tab_stops(self) -> list[QWidget]:
        return [self.retry, self.wait, self.stop]

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
        for button in (self.wait, self.stop):
            button.setVisible(item.is_asking)
        self._next_step.setVisible(bool(next_step))
        self.sentence.set_color("text" if item.status == "failed" else "muted")
        self.setVisible(self.has_something)
        if is_waiting != self._tick.isActive():
            (self._tick.start if is_waiting else self._tick.stop)()
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
        left = _DOTS_PX if self._item.status == "streaming" else 24
        buttons = [button for button in (self.retry, self.wait, self.stop) if not button.isHidden()]
        taken = sum(button.sizeHint().width() + 8 for button in buttons) + 4 if buttons else 0
        natural = math.ceil(QFontMetricsF(self.sentence.font()).horizontalAdvance(self.sentence.text())) + 2
        is_below = bool(buttons) and left + natural + taken > width
        room = max(80, width - left - (0 if is_below else taken))
        height = max(24, self.sentence.heightForWidth(room))
        if buttons and not is_below:
            height = max(height, self.retry.height_px)
        self.sentence.setGeometry(left, 0, min(room, natural) if buttons else room, height)
        x, y = (left, height + 6) if is_below else (left + min(room, natural) + 12, 0)
        for button in buttons:
            button.setGeometry(x, y, button.sizeHint().width(), button.height_px)
            x += button.sizeHint().width() + 8
        return height + 6 + self.retry.height_px if is_below else height

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._item is None:
            return
        painter = QPainter(self)
        color = self._theme.color
        if self._item.status == "failed":
            paint_card(painter, QRectF(self.rect()), ground=color("danger_ground"), line=None)
            self._theme.icons.paint(painter, "warning-circle", QRectF(_PAD, _PAD - 1, 19, 19), color("danger"))
        elif self._item.status == "streaming":
            self._paint_dots(painter)
        else:
            icon = "stop-circle" if self._item.status == "stopped" else "info"
            middle = self.sentence.geometry().center().y()
            self._theme.icons.paint(painter, icon, QRectF(0, middle - 7.5, 16, 16), color("hint"))

    def _arrange_card(self, width: int) -> int:
        left = _PAD + 28
        room = width - left - _PAD
        y = _PAD
        height = self.sentence.heightForWidth(room)
        self.sentence.setGeometry(left, y, room, height)
        y += height
        if not self._next_step.isHidden():
            height = self._next_step.heightForWidth(room)
            self._next_step.setGeometry(left, y + 3, room, height)
            y += height + 3
        self.retry.setGeometry(left, y + 11, self.retry.sizeHint().width(), self.retry.height_px)
        return y + 11 + self.retry.height_px + _PAD

    def _paint_dots(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for number in range(3):
            wave = 0.5 + 0.5 * math.sin(self._phase * 0.7 - number * 1.1)
            painter.setBrush(self._theme.color("accent", alpha=0.3 + 0.7 * wave))
            painter.drawEllipse(QPointF(4 + number * 9.0, self.sentence.geometry().center().y() + 0.5), 2.6, 2.6)

    @Slot()
    def _on_tick(self) -> None:
        self._phase += 1
        self.update(0, 0, _DOTS_PX, self.height())


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
