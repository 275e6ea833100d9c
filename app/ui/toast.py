"""A short message at the lower edge of the window, with one action such as Undo. It stays while the mouse or the
keyboard is on it, and a newer one replaces it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QEnterEvent, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.text import _
from app.ui import accessible
from app.ui.controls import IconButton, TextButton, paint_card, paint_shadow
from app.ui.theme import Theme

SHOW_MS = 7_000
_MARGIN = 14
_HEIGHT = 46
_RAISED_PX = 108


class Toast(QWidget):
    """One per window: `show_message(text, action)`; `action_requested` when the button is used.

    `gone` says that the message went away without it, so that what Undo would bring back may now be let go.
    """

    action_requested = Signal()
    gone = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._host = parent
        self._text = ""
        self._action = TextButton(theme, "", parent=self, kind="quiet")
        self._action.setFont(theme.fonts.ui_strong)
        self._close = IconButton(theme, "x", _("Dismiss"), parent=self, size=28)
        self._close.icon_px = 14
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOW_MS)
        self._timer.timeout.connect(self._on_time)
        self._action.clicked.connect(self._on_action)
        self._close.clicked.connect(self.dismiss)
        theme.changed.connect(self.update)
        parent.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        return self._text

    @property
    def action_button(self) -> TextButton:
        return self._action

    def show_message(self, text: str, action: str = "") -> None:
        if not self.isHidden():
            self.gone.emit()
        self._text = text
        self._action.set_text(action)
        self._action.setVisible(bool(action))
        accessible.name(self, text)
        self._place()
        self.show()
        self.raise_()
        self._timer.start()
        accessible.announce(self, f"{text} {action}".strip())

    @Slot()
    def dismiss(self) -> None:
        if not self.isHidden():
            self._timer.stop()
            self.hide()
            self.gone.emit()

    @property
    def is_paused(self) -> bool:
        return not self.isHidden() and not self._timer.isActive()

    def sizeHint(self) -> QSize:
        words = QFontMetricsF(self._theme.fonts.ui).horizontalAdvance(self._text)
        buttons = 36 + (self._action.sizeHint().width() + 4 if not self._action.isHidden() else 0)
        return QSize(round(words) + buttons + 16 + 2 * _MARGIN + 8, _HEIGHT + 2 * _MARGIN)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._timer.start()
        super().leaveEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and not self.isHidden():
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
        room = card.adjusted(16, 0, -40 - (self._action.width() + 4 if not self._action.isHidden() else 0), 0)
        shown = QFontMetricsF(painter.font()).elidedText(self._text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)

    def _place(self) -> None:
        parent = self._host
        hint = self.sizeHint()
        width = min(hint.width(), parent.width() - 20)
        y = parent.height() - hint.height() - _RAISED_PX
        self.setGeometry((parent.width() - width) // 2, max(0, y), width, hint.height())
        middle = hint.height() // 2
        self._close.setGeometry(width - _MARGIN - 36, middle - 14, 28, 28)
        action = self._action.sizeHint()
        self._action.setGeometry(width - _MARGIN - 40 - action.width(), middle - 16, action.width(), 32)

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
        self.action_requested.emit()
