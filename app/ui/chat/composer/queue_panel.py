"""Messages that wait for the answer under way: each can be changed, moved up or removed before it is sent."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.chat.tree import Attachment, Queued
from app.frozen import dataclass
from app.text import _
from app.ui import accessible
from app.ui.controls import IconButton, Text, TextButton, paint_card, paint_ring
from app.ui.theme import Theme

_ROW_PX = 34
_ROWS_SHOWN = 3.5
_GAP = 4
_HEADING_GAP = 4
_TAG_GAP = 4
_TAG_ICON_PX = 14
_TAG_WORDS_PX = 130
_TAGS_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class QueuedPicked:
    """The message at this place of the queue is to go back into the field, or to be sent now."""

    place: int


class QueuePanel(QWidget):
    """`messages` is the queue. `set_waiting(True)`: no answer is under way, so the first one offers to be sent."""

    changed = Signal()
    edit_requested = Signal(object)
    send_requested = Signal(object)
    """A QueuedPicked, as above."""
    left = Signal()
    """The row that had the focus is gone."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._messages: tuple[Queued, ...] = ()
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
    def messages(self) -> tuple[Queued, ...]:
        return self._messages

    @property
    def stops(self) -> tuple[QWidget, ...]:
        """What the keyboard reaches, in order."""
        return tuple(stop for row in self._rows for stop in row.stops)

    def set_messages(self, messages: tuple[Queued, ...]) -> None:
        if messages != self._messages:
            self._messages = messages
            self._show()
            self.changed.emit()

    def set_waiting(self, is_waiting: bool) -> None:
        if is_waiting != self._is_waiting:
            self._is_waiting = is_waiting
            self._show()

    def height_px(self) -> int:
        """Of the heading and as many rows as are shown at once; 0 when nothing waits."""
        if not self._messages:
            return 0
        count = len(self._messages)
        shown = count if count < _ROWS_SHOWN else _ROWS_SHOWN
        row = self._theme.px(_ROW_PX)
        return self._heading.sizeHint().height() + _HEADING_GAP + round(shown * (row + _GAP)) - _GAP

    def _show(self) -> None:
        """Rows are few and change seldom, so all are made anew; the focus stays at its place."""
        focused = next((row.place for row in self._rows if row.has_focus), None)
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = [self._row(place) for place in range(len(self._messages))]
        waiting = _("Not sent yet") if self._is_waiting else _("Waits for the answer")
        self._heading.setText(waiting)
        if focused is not None:
            if self._rows:
                self._rows[min(focused, len(self._rows) - 1)].message.setFocus(Qt.FocusReason.OtherFocusReason)
            else:
                self.left.emit()

    def _row(self, place: int) -> _Row:
        can_send = self._is_waiting and place == 0
        row = _Row(self._theme, self._messages[place], place, can_send=can_send, parent=self._area.widget())
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
        messages = list(self._messages)
        messages[place - 1], messages[place] = messages[place], messages[place - 1]
        self.set_messages(tuple(messages))
        accessible.announce(self, _("Moved up; it is number {place} now.").format(place=place))

    def _on_remove(self, place: int, _is_checked: bool = False) -> None:
        self.set_messages(self._messages[:place] + self._messages[place + 1 :])


class _Row(QWidget):
    def __init__(self, theme: Theme, queued: Queued, place: int, *, can_send: bool, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.place = place
        names = tuple(_name(one) for one in queued.attachments)
        words = " ".join(queued.text[:400].split())
        attached = _("Attached: {name}").format(name=", ".join(names)) if names else ""
        shown = words or attached
        self.message = _Message(theme, words, names, parent=self)
        change = _("Press to change it.")
        about = f"{attached}. {change}" if words and attached else change
        accessible.name(self.message, _("Waiting: {text}").format(text=shown), about)
        tip = "\n".join((_("Change: {text}").format(text=shown), *names))
        self.message.setToolTip(accessible.plain_tooltip(tip))
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
    """One line of the message, and what is attached to it at its end; a press puts it back into the field."""

    def __init__(self, theme: Theme, text: str, names: tuple[str, ...], *, parent: QWidget) -> None:
        super().__init__(theme, text.replace("&", "&&"), parent=parent, kind="quiet")
        self._shown = text
        self._names = names
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
        tags = self._tags()
        taken = sum(width + _TAG_GAP for _words, width in tags)
        inner = rect.adjusted(11, 0, -11 - taken, 0) if self._shown else QRectF()
        painter.setFont(self.font())
        painter.setPen(color("text"))
        shown = QFontMetricsF(self.font()).elidedText(self._shown, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(self._mirrored(inner), self._side | Qt.AlignmentFlag.AlignVCenter, shown)
        left = rect.right() - taken - 2 if self._shown else 5.0
        for words, width in tags:
            self._paint_tag(painter, self._mirrored(QRectF(left, 5, width, rect.height() - 10)), words)
            left += width + _TAG_GAP
        if self._has_ring:
            paint_ring(painter, rect, self._theme, 7)

    def _tags(self) -> list[tuple[str, float]]:
        """What is written on the tags, and how wide they are: as many as leave half of the line to the words."""
        metrics = QFontMetricsF(self._theme.fonts.small)
        room = self.width() * (_TAGS_SHARE if self._shown else 1.0) - 12
        tags: list[tuple[str, float]] = []
        for number, name in enumerate(self._names):
            left = len(self._names) - number
            rest = f"+{left}"
            words = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, self._theme.px(_TAG_WORDS_PX))
            wide = self._tag_width(words)
            if wide + (self._tag_width(rest) + _TAG_GAP if left > 1 else 0) > room:
                return [*tags, (rest, self._tag_width(rest))]
            tags.append((words, wide))
            room -= wide + _TAG_GAP
        return tags

    def _tag_width(self, words: str) -> float:
        return QFontMetricsF(self._theme.fonts.small).horizontalAdvance(words) + self._theme.px(_TAG_ICON_PX) + 17

    def _paint_tag(self, painter: QPainter, place: QRectF, words: str) -> None:
        color, side = self._theme.color, self._theme.px(_TAG_ICON_PX)
        paint_card(painter, place, ground=color("accent_ground"), line=None, radius=6)
        is_mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        x = place.right() - side - 6 if is_mirrored else place.left() + 6
        icon = QRectF(x, place.center().y() - side / 2, side, side)
        self._theme.icons.paint(painter, "file-text", icon, color("accent"))
        painter.setFont(self._theme.fonts.small)
        painter.setPen(color("text"))
        room = place.adjusted(6, 0, -side - 10, 0) if is_mirrored else place.adjusted(side + 10, 0, -1, 0)
        painter.drawText(room, self._side | Qt.AlignmentFlag.AlignVCenter, words)

    def _mirrored(self, place: QRectF) -> QRectF:
        if self.layoutDirection() != Qt.LayoutDirection.RightToLeft:
            return place
        return QRectF(self.width() - place.right(), place.top(), place.width(), place.height())

    @property
    def _side(self) -> Qt.AlignmentFlag:
        is_mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        side = Qt.AlignmentFlag.AlignRight if is_mirrored else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignAbsolute


def _name(attachment: Attachment) -> str:
    return attachment.name or _("Pasted text")
