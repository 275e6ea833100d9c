"""Asked before a question that takes long: all of the documents are read, part by part, or they are only searched."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QSizePolicy, QStyle, QWidget

from app.documents.answering.said import parts_words
from app.documents.answering.strategy import Plan
from app.text import _
from app.ui import accessible
from app.ui.chat import wording
from app.ui.controls import Text, TextButton, paint_card
from app.ui.theme import Theme
from app.ui.tokens import COLUMN_PX

_PAD_PX = 14
_ICON_PX = 20
_GAP_PX = 8
_SIDE_PX = 16
_BELOW_PX = 8


class LongWorkBar(QWidget):
    """Above the composer, while `plan` is one that needs asking. Esc is Cancel.

    With `is_column` it stands in the column of what is read, with room around it; else it is as wide as its place.
    """

    all_chosen = Signal()
    search_chosen = Signal()
    cancelled = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget, is_column: bool = True) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_column = is_column
        self._card = QRectF()
        self._words = Text(theme, "", parent=self, font=theme.fonts.ui_strong).wrapped()
        self._more = Text(
            theme, _("A search takes seconds, and may miss something."), parent=self, color="muted"
        ).wrapped()
        self.all = TextButton(theme, "", parent=self, kind="strong")
        self.search = TextButton(theme, _("Only search"), parent=self)
        self.cancel = TextButton(theme, _("Cancel"), parent=self, kind="quiet")
        for button, signal in (
            (self.all, self.all_chosen),
            (self.search, self.search_chosen),
            (self.cancel, self.cancelled),
        ):
            button.clicked.connect(signal)
        self.plan: Plan | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)
        theme.resized.connect(self._arrange)
        self.hide()

    @property
    def sentence(self) -> str:
        return self._words.text() if self.plan is not None else ""

    def set_plan(self, plan: Plan | None) -> None:
        self.plan = plan
        if plan is not None:
            time = wording.about(plan.forecast_s)
            parts = parts_words(plan.parts, None)
            self._words.setText(_("Reading all of it, {parts}, takes {time}.").format(parts=parts, time=time))
            self.all.set_text(_("Read all, {time}").format(time=time))
            accessible.name(self, self._words.text())
        has_focus = self._is_focus_within()
        self.setVisible(plan is not None)
        self._arrange()
        if plan is not None:
            accessible.announce(self, self._words.text())
            self.search.setFocus(Qt.FocusReason.OtherFocusReason)
        elif has_focus:
            self.cancelled.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color, side = self._theme.color, self._theme.px(_ICON_PX)
        line = color("line_strong") if self._theme.tokens.is_high_contrast else None
        paint_card(painter, self._card, ground=color("accent_ground"), line=line)
        place = QRect(round(self._card.left()) + _PAD_PX, _PAD_PX, side, side)
        self._theme.icons.paint(painter, "clock", QRectF(self._seen(place)), color("accent"))

    @Slot()
    def _arrange(self) -> None:
        """Words above, buttons below them; these wrap where there is little room."""
        px = self._theme.px
        width = min(self.width() - 2 * _SIDE_PX, px(COLUMN_PX) + 24) if self._is_column else self.width()
        left = (self.width() - width) // 2
        inner_left = left + _PAD_PX + px(_ICON_PX) + 10
        room = max(80, width - (inner_left - left) - _PAD_PX)
        y = _PAD_PX
        for text in (self._words, self._more):
            height = text.heightForWidth(room)
            text.setGeometry(self._seen(QRect(inner_left, y, room, height)))
            y += height + 2
        y += _GAP_PX - 2
        x, row = inner_left, 0
        for button in (self.all, self.search, self.cancel):
            wide = min(button.sizeHint().width(), room)
            if x > inner_left and x + wide > inner_left + room:
                x, y = inner_left, y + row + 6
                row = 0
            row = max(row, button.height_for(wide))
            button.setGeometry(self._seen(QRect(x, y, wide, row)))
            x += wide + _GAP_PX
        bottom = y + row + _PAD_PX
        self._card = QRectF(left, 0, width, bottom)
        height = bottom + (_BELOW_PX if self._is_column else 0)
        if self.height() != height:
            self.setFixedHeight(height)
        self.update()

    def _seen(self, place: QRect) -> QRect:
        return QStyle.visualRect(self.layoutDirection(), self.rect(), place)

    def _is_focus_within(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and self.isAncestorOf(focus)
