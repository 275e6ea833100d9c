"""Messages that wait for the answer under way: each can be changed, moved up or removed before it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.text import _
from app.ui import accessible
from app.ui.controls import IconButton, Text, TextButton, paint_card, paint_ring
from app.ui.theme import Theme

_ROW_PX = 34
_ROWS_SHOWN = 3.5
_GAP = 4
_HEADING_GAP = 4


@dataclass(frozen=True, slots=True)
class QueuedPicked:
    """The message at this place of the queue is to go back into the field, or to be sent now."""

    place: int


class QueuePanel(QWidget):
    """`texts` is the queue. `set_waiting(True)`: no answer is under way, so the first one offers to be sent."""

    changed = Signal()
    edit_requested = Signal(object)
    send_requested = Signal(object)
    """A QueuedPicked, as above."""
    left = Signal()
    """The row that had the focus is gone."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._texts: tuple[str, ...] = ()
        self._is_waiting = False
        self._rows: list[_Row] = []
        self._heading = Text(theme, "", parent=self, font=theme.fonts.small, color="muted")
        self._area = QScrollArea(self)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidgetResizable(True)
        content = QWidget(self._area)
        self._area.setWidget(content)
        self._area.viewport().setAutoFillBackground(False)
        content.setAutoFillBackground(False)
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(_GAP)
        self._column.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_HEADING_GAP)
        column.addWidget(self._heading)
        column.addWidget(self._area, 1)
        accessible.name(self, _("Messages that wait"))

    @property
    def texts(self) -> tuple[str, ...]:
        return self._texts

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """What the keyboard reaches, in order."""
        return tuple(stop for row in self._rows for stop in row.stops)

    def set_texts(self, texts: tuple[str, ...]) -> None:
        if texts != self._texts:
            self._texts = texts
            self._show()
            self.changed.emit()

    def set_waiting(self, is_waiting: bool) -> None:
        if is_waiting != self._is_waiting:
            self._is_waiting = is_waiting
            self._show()

    def height_px(self) -> int:
        """Of the heading and as many rows as are shown at once; 0 when nothing waits."""
        if not self._texts:
            return 0
        count = len(self._texts)
        shown = count if count < _ROWS_SHOWN else _ROWS_SHOWN
        row = self._theme.px(_ROW_PX)
        return self._heading.sizeHint().height() + _HEADING_GAP + round(shown * (row + _GAP)) - _GAP

    def _show(self) -> None:
        """Rows are few and change seldom, so all are made anew; the focus stays at its place."""
        focused = next((row.place for row in self._rows if row.has_focus), None)
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = [self._row(place) for place in range(len(self._texts))]
        waiting = _("Not sent yet") if self._is_waiting else _("Waits for the answer")
        self._heading.setText(waiting)
        if focused is not None:
            if self._rows:
                self._rows[min(focused, len(self._rows) - 1)].message.setFocus(Qt.FocusReason.OtherFocusReason)
            else:
                self.left.emit()

    def _row(self, place: int) -> _Row:
        can_send = self._is_waiting and place == 0
        row = _Row(self._theme, self._texts[place], place, can_send=can_send, parent=self._area.widget())
        row.message.clicked.connect(partial(self._on_edit, place))
        row.send.clicked.connect(partial(self._on_send, place))
        row.up.clicked.connect(partial(self._on_up, place))
        row.remove.clicked.connect(partial(self._on_remove, place))
        self._column.insertWidget(place, row)
        row.show()
        return row

    def _on_edit(self, place: int, _is_checked: bool = False) -> None:
        self.edit_requested.emit(QueuedPicked(place))

    def _on_send(self, place: int, _is_checked: bool = False) -> None:
        self.send_requested.emit(QueuedPicked(place))

    def _on_up(self, place: int, _is_checked: bool = False) -> None:
        texts = list(self._texts)
        texts[place - 1], texts[place] = texts[place], texts[place - 1]
        self.set_texts(tuple(texts))
        accessible.announce(self, _("Moved up; it is number {place} now.").format(place=place))

    def _on_remove(self, place: int, _is_checked: bool = False) -> None:
        self.set_texts(self._texts[:place] + self._texts[place + 1 :])


class _Row(QWidget):
    def __init__(self, theme: Theme, text: str, place: int, *, can_send: bool, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.place = place
        shown = " ".join(text[:400].split())
        self.message = _Message(theme, shown, parent=self)
        accessible.name(self.message, _("Waiting: {text}").format(text=shown), _("Press to change it."))
        self.message.setToolTip(accessible.plain_tooltip(_("Change: {text}").format(text=shown)))
        self.send = TextButton(theme, _("Send now"), parent=self, kind="quiet")
        self.send.height_px = 28
        self.send.setVisible(can_send)
        self.up = IconButton(theme, "arrow-up", _("Move up: {text}").format(text=shown), parent=self, size=26)
        self.up.setToolTip(accessible.plain_tooltip(_("Move up")))
        self.up.setVisible(place > 0)
        self.remove = IconButton(theme, "x", _("Remove: {text}").format(text=shown), parent=self, size=26)
        self.remove.setToolTip(accessible.plain_tooltip(_("Remove")))
        for button in (self.up, self.remove):
            button.icon_px = 14
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.message, 1)
        row.addWidget(self.send)
        row.addWidget(self.up)
        row.addWidget(self.remove)
        theme.fix(self, height=_ROW_PX)

    @property
    def stops(self) -> tuple[QWidget, ...]:
        return (self.message, self.send, self.up, self.remove)

    @property
    def has_focus(self) -> bool:
        return any(stop.hasFocus() for stop in self.stops)


class _Message(TextButton):
    """One line of the message; a press puts it back into the field."""

    def __init__(self, theme: Theme, text: str, *, parent: QWidget) -> None:
        super().__init__(theme, text.replace("&", "&&"), parent=parent, kind="quiet")
        self._shown = text
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(80, self.height_px)

    def minimumSizeHint(self) -> QSize:
        return QSize(20, self.height_px)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = QRectF(self.rect())
        color = self._theme.color
        ground = color("hover" if self.underMouse() else "card")
        paint_card(painter, rect, ground=ground, line=color("line"), radius=9)
        painter.setFont(self.font())
        painter.setPen(color("text"))
        inner = rect.adjusted(11, 0, -11, 0)
        shown = QFontMetricsF(self.font()).elidedText(self._shown, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, shown)
        if self._has_ring:
            paint_ring(painter, rect, self._theme, 7)
