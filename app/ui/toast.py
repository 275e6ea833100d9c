"""A short message above the lower edge of the window, with one action such as Undo. It stays while the mouse or the
keyboard is on it, and a newer one replaces it. It comes and goes at once: nothing moves."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QEnterEvent, QFontMetricsF, QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QApplication, QStyle, QWidget

from app.text import _
from app.ui import accessible
from app.ui.controls import IconButton, TextButton, paint_card, paint_shadow
from app.ui.theme import Theme

SHOW_MS = 7_000
LINES_MAX = 2
_MARGIN = 14  # for the shadow
_PAD_PX = 16
_HEIGHT_PX = 46
_BUTTON_PX = 28
_EDGE_PX = 10  # from the sides of a narrow window
_RAISED_PX = 108
_CLEAR_PX = 62  # above what it stands on: the actions of the last message are there


class Toast(QWidget):
    """One per page: `show_undo(text, undo, gone)`, or `show_message(text, action)` with the signals.

    `gone` says that the message went away without its action, so that what it would bring back may now be let go.
    Two toasts of one window stand above each other. It never takes the focus.
    """

    action_requested = Signal()
    gone = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._host = parent
        self._floor: QWidget | None = None
        self._text = ""
        self._undo: Callable[[], None] | None = None
        self._let_go: Callable[[], None] | None = None
        self._below: list[Toast] = []  # those of the same window that were there before
        self._action = TextButton(theme, "", parent=self, kind="quiet")
        self._action.setFont(theme.fonts.ui_strong)
        self._close = IconButton(theme, "x", _("Dismiss"), parent=self, size=_BUTTON_PX)
        self._close.icon_px = 14
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOW_MS)
        self._timer.timeout.connect(self._on_time)
        self._action.clicked.connect(self._on_action)
        self._close.clicked.connect(self.dismiss)
        theme.changed.connect(self._on_theme)
        parent.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        return self._text

    @property
    def action_button(self) -> TextButton:
        return self._action

    def stand_on(self, floor: QWidget) -> None:
        """Keep above this widget of the same page, however high it grows; else above the lower edge."""
        self._floor = floor
        floor.installEventFilter(self)

    def show_message(self, text: str, action: str = "") -> None:
        """`action_requested` when the button is used."""
        self._show(text, action, None, None)

    def show_undo(self, text: str, undo: Callable[[], None], gone: Callable[[], None] | None = None) -> None:
        """Exactly one of `undo` and `gone` is called, once; the signals stay silent for this one."""
        self._show(text, _("Undo"), undo, gone)

    @Slot()
    def dismiss(self) -> None:
        if not self.isHidden():
            self._timer.stop()
            self.hide()
            self._leave()

    @property
    def is_paused(self) -> bool:
        return not self.isHidden() and not self._timer.isActive()

    def sizeHint(self) -> QSize:
        """As wide as the words in one line, and no wider than the page."""
        font = self._theme.fonts.ui
        metrics = QFontMetricsF(font)
        around = 2 * _MARGIN + _PAD_PX + self._buttons_px() + 10
        widest = self._host.width() - 2 * _EDGE_PX
        width = min(round(metrics.horizontalAdvance(self._text)) + around, widest)
        lines = 1 if metrics.horizontalAdvance(self._text) <= width - around + 2 else LINES_MAX
        height = self._theme.px(_HEIGHT_PX) + round((lines - 1) * metrics.height())
        return QSize(width, height + 2 * _MARGIN)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        if not self.isHidden():
            self._timer.start()
        super().leaveEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and not self.isHidden():
            self._place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = self._theme.color
        card = QRectF(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        paint_shadow(painter, card, 12, color("shadow"))
        paint_card(painter, card, ground=color("card"), line=color("line"))
        painter.setFont(self._theme.fonts.ui)
        painter.setPen(color("text"))
        room = QRectF(self._visual(card.adjusted(_PAD_PX, 0, -self._buttons_px() - 6, 0).toRect()))
        lines = self._lines(room.width())
        step = QFontMetricsF(painter.font()).height()
        top = room.center().y() - len(lines) * step / 2
        for number, line in enumerate(lines):
            place = QRectF(room.left(), top + number * step, room.width(), step)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, line)

    def _show(self, text: str, action: str, undo: Callable[[], None] | None, let_go: Callable[[], None] | None) -> None:
        if self.isHidden():
            self._below = [toast for toast in self.window().findChildren(Toast) if toast.isVisible()]
        else:
            self._leave()
        self._text, self._undo, self._let_go = text, undo, let_go
        self._action.set_text(action)
        self._action.setVisible(bool(action))
        accessible.name(self, text)
        self._place()
        self.show()
        self.raise_()
        self._timer.start()
        accessible.announce(self, f"{text} {action}".strip())

    def _leave(self) -> None:
        """Its message is over, without its action."""
        is_own, let_go = self._undo is not None, self._let_go
        self._undo = self._let_go = None
        if let_go is not None:
            let_go()
        if not is_own:
            self.gone.emit()

    def _buttons_px(self) -> int:
        """What the buttons take of the card's end."""
        action = self._action.sizeHint().width() + 4 if not self._action.isHidden() else 0
        return self._theme.px(_BUTTON_PX) + 12 + action

    def _lines(self, width: float) -> list[str]:
        """The words in at most two lines, cut where even these are too few."""
        font = self._theme.fonts.ui
        layout = QTextLayout(self._text, font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.beginLayout()
        line = layout.createLine()
        line.setLineWidth(width)
        end = line.textStart() + line.textLength()
        layout.endLayout()
        first, rest = self._text[:end].rstrip(), self._text[end:].strip()
        if not rest:
            return [first]
        return [first, QFontMetricsF(font).elidedText(rest, Qt.TextElideMode.ElideRight, width)]

    def _place(self) -> None:
        page, hint = self._host, self.sizeHint()
        bottom = page.height() - _RAISED_PX
        if self._floor is not None:
            bottom = self._floor.mapTo(page, QPoint()).y() - self._theme.px(_CLEAR_PX)
        for other in self._below:
            if other.isVisible():
                bottom = min(bottom, page.mapFromGlobal(other.mapToGlobal(QPoint())).y())
        y = max(0, min(bottom + _MARGIN, page.height()) - hint.height())
        self.setGeometry((page.width() - hint.width()) // 2, y, hint.width(), hint.height())
        middle, end = hint.height() // 2, hint.width() - _MARGIN
        side, action = self._theme.px(_BUTTON_PX), self._action.sizeHint()
        self._close.setGeometry(self._visual(QRect(end - side - 8, middle - side // 2, side, side)))
        left = end - side - 12 - action.width()
        place = QRect(left, middle - action.height() // 2, action.width(), action.height())
        self._action.setGeometry(self._visual(place))

    def _visual(self, rect: QRect) -> QRect:
        return QStyle.visualRect(self.layoutDirection(), self.rect(), rect)

    @Slot()
    def _on_time(self) -> None:
        focus = QApplication.focusWidget()
        if focus is not None and self.isAncestorOf(focus):
            self._timer.start()
        else:
            self.dismiss()

    @Slot()
    def _on_action(self) -> None:
        self._timer.stop()
        self.hide()
        undo, self._undo, self._let_go = self._undo, None, None
        if undo is not None:
            undo()
        else:
            self.action_requested.emit()

    @Slot()
    def _on_theme(self) -> None:
        if not self.isHidden():
            self._place()
        self.update()
