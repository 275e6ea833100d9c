"""The line in the transcript above the message at which the model's view of the chat begins. Where the model was
given a summary of what stands above, the line opens and shows it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QStyle, QWidget

from app.text import _, plural
from app.ui import accessible
from app.ui.chat.items import Boundary
from app.ui.controls import Card, Text, TextButton, paint_ring
from app.ui.theme import Theme

if TYPE_CHECKING:
    from app.ui.chat.rendering.markdown import Parser
    from app.ui.chat.rendering.message_body import MessageBody

_ROW_PX = 30
_ABOVE_PX = 4
_BELOW_PX = 22
_GAP_PX = 12
_ICON_PX = 16
_PAD_X, _PAD_Y = 18, 14


class BoundaryLine(QWidget):
    """`set_boundary`, then `arrange(width)` says how high it is. Shown by its owner, and a tab stop, to be read out."""

    height_changed = Signal()
    copy_requested = Signal(object)
    link_requested = Signal(object)
    moved_on = Signal(object)
    """+1 or -1: the focus wants to go to the message below or above."""

    def __init__(self, theme: Theme, parser: Callable[[], Parser], *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._boundary: Boundary | None = None
        self._has_ring = False
        self._is_open = False
        self._words = Text(theme, "", parent=self, font=theme.fonts.small, color="hint").wrapped()
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._toggle = TextButton(theme, _("Show it"), parent=self, kind="quiet")
        self._toggle.setFont(theme.fonts.small_strong)
        self._toggle.height_px = _ROW_PX
        self._toggle.clicked.connect(self._on_toggle)
        self._card = Card(theme, parent=self, ground="code_ground", line="line")
        self._parser = parser
        self._body: MessageBody | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.hide()
        theme.changed.connect(self._on_theme_changed)

    @property
    def boundary(self) -> Boundary | None:
        return self._boundary

    @property
    def toggle(self) -> TextButton:
        """Opens and closes the summary; hidden where there is none."""
        return self._toggle

    @property
    def is_open(self) -> bool:
        return self._is_open

    def tab_stops(self) -> list[QWidget]:
        return [self, self._toggle, *([] if self._body is None else self._body.tab_stops())]

    def set_boundary(self, boundary: Boundary | None) -> None:
        if boundary == self._boundary:
            return
        had_summary = self._boundary is not None and bool(self._boundary.summary)
        self._boundary = boundary
        self._is_open = self._is_open and had_summary and boundary is not None and bool(boundary.summary)
        if boundary is not None:
            self._words.setText(_words(boundary))
            accessible.name(self, self._words.text(), _above(boundary))
            self._show_summary(boundary.summary)
        self._refresh()

    def open(self) -> None:
        """Show the summary, if there is one."""
        if self._boundary is not None and self._boundary.summary and not self._is_open:
            self._on_toggle()

    def arrange(self, width: int) -> int:
        """The height at `width`; places the parts."""
        button = 0 if self._toggle.isHidden() else self._toggle.sizeHint().width() + 4
        metrics = QFontMetricsF(self._words.font())
        natural = math.ceil(metrics.horizontalAdvance(self._words.text())) + 2
        icon = self._icon_px
        room = width - button - icon - 6 - 4 * _GAP_PX
        words = min(natural, room)
        row = self._toggle.sizeHint().height()
        height = max(row, self._words.heightForWidth(words) if natural > room else 0)
        left = (width - words - button - icon - 6) // 2 + icon + 6
        self._put(self._words, QRect(left, _ABOVE_PX, words, height), width)
        self._put(
            self._toggle, QRect(left + words + 4, _ABOVE_PX + (height - row) // 2, max(0, button - 4), row), width
        )
        bottom = _ABOVE_PX + height
        if self._is_open and self._body is not None:
            body = self._body.arrange(width - 2 * _PAD_X)
            self._body.setGeometry(_PAD_X, _PAD_Y, width - 2 * _PAD_X, body)
            self._card.setGeometry(0, bottom + 8, width, body + 2 * _PAD_Y)
            bottom += 8 + body + 2 * _PAD_Y
        self.update()
        return bottom + _BELOW_PX

    def _put(self, part: QWidget, place: QRect, width: int) -> None:
        """Where lines begin at the right, everything stands the other way round."""
        part.setGeometry(QStyle.visualRect(self.layoutDirection(), QRect(0, 0, width, 0), place))

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._has_ring = True
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._has_ring = False
        super().focusOutEvent(event)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.moved_on.emit(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and not self._toggle.isHidden():
            self._on_toggle()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        words = self._words.geometry()
        middle = words.center().y()
        side, is_rtl = self._icon_px, self.isRightToLeft()
        x = words.right() + 1 + 6 if is_rtl else words.left() - side - 6
        icon = QRectF(x, middle - side / 2 + 0.5, side, side)
        group = icon.united(QRectF(words if self._toggle.isHidden() else words.united(self._toggle.geometry())))
        line = self._theme.color("line")
        painter.fillRect(QRectF(0, middle, group.left() - _GAP_PX, 1), line)
        painter.fillRect(QRectF(group.right() + _GAP_PX, middle, self.width() - group.right() - _GAP_PX, 1), line)
        name = "article" if not self._toggle.isHidden() else "eye-slash"
        self._theme.icons.paint(painter, name, icon, self._theme.color("hint"))
        if self._has_ring:
            ring = QRectF(group.left() - 8, words.top(), group.width() + 16, words.height())
            paint_ring(painter, ring, self._theme, 8)

    @property
    def _icon_px(self) -> int:
        return self._theme.px(_ICON_PX)

    def _refresh(self) -> None:
        if self._boundary is None:
            self.hide()
        self._toggle.setVisible(self._boundary is not None and bool(self._boundary.summary))
        self._toggle.set_text(_("Hide it") if self._is_open else _("Show it"))
        accessible.name(
            self._toggle, _("Hide the summary") if self._is_open else _("Show the summary that the model sees")
        )
        self._card.setVisible(self._is_open)

    @Slot()
    def _on_toggle(self) -> None:
        self._is_open = not self._is_open
        self._refresh()
        self.height_changed.emit()

    @Slot()
    def _on_theme_changed(self) -> None:
        """Colours of a text are written into it, so it is written again."""
        if self._body is not None and self._boundary is not None:
            self._body.set_source("", is_live=False)
            self._body.set_source(self._boundary.summary, is_live=False)

    def _show_summary(self, summary: str) -> None:
        """Its part is made, and what draws it imported, with the first summary: a start shows none."""
        if self._body is None and not summary:
            return
        if self._body is None:
            from app.ui.chat.rendering.message_body import MessageBody

            self._body = MessageBody(self._theme, self._parser(), parent=self._card)
            self._body.copy_requested.connect(self.copy_requested)
            self._body.link_requested.connect(self.link_requested)
            self._body.height_changed.connect(self.height_changed)
        self._body.set_source(summary, is_live=False)


def _words(boundary: Boundary) -> str:
    if boundary.summary:
        return _("The model sees a summary of what stands above")
    return _("The model no longer sees what stands above")


def _above(boundary: Boundary) -> str:
    return plural("One message stands above.", "{count} messages stand above.", boundary.left_out)
