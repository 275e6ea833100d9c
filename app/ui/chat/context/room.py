"""A slim card above the composer that says when the model's context fills, and offers what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QRect, QRectF, Qt, Signal, SignalInstance, Slot
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QSizePolicy, QStyle, QWidget

from app.text import _, plural
from app.ui import accessible
from app.ui.controls import IconButton, Text, TextButton, paint_card
from app.ui.theme import Theme
from app.ui.tokens import COLUMN_PX

Kind = Literal["filling", "cut", "summarising", "summarised"]

_SIDE_PX = 28
_NARROW_PX, _NARROW_SIDE_PX = 420, 16
_BELOW_PX = 4
_PAD_X, _PAD_Y = 14, 8
_ICON_PX = 19
_GAP_PX = 6
_WORDS_LEAST_PX = 300
_CLOSE_PX = 28
_BUTTON_PX = 30
_ICONS: dict[Kind, str] = {
    "filling": "gauge",
    "cut": "eye-slash",
    "summarising": "article",
    "summarised": "article",
}


@dataclass(frozen=True, slots=True)
class RoomNews:
    """What there is to say about the context of the chat on screen.

    `left_out`: messages that the model no longer sees. `text`: the summary so far. `can_enlarge`: the model could
    keep more in view than it does. `is_busy`: something is being answered, so nothing of this can begin now.
    """

    kind: Kind
    left_out: int = 0
    text: str = ""
    is_stopping: bool = False
    can_enlarge: bool = True
    is_busy: bool = False


class RoomBanner(QWidget):
    """`set_news` in, requests out; no higher than it must be, and hidden while there is nothing to say."""

    summarise_requested = Signal()
    enlarge_requested = Signal()
    new_chat_requested = Signal()
    show_requested = Signal()
    stop_requested = Signal()
    closed = Signal()
    focus_left = Signal()
    """The button that had the focus is no longer there."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._news: RoomNews | None = None
        self._card = QRectF()
        self._words = Text(theme, "", parent=self).wrapped()
        self._words.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        self._tail = TailText(theme, parent=self)
        self.summarise = self._button(_("Summarise them"), self.summarise_requested)
        self.enlarge = self._button(_("Larger context"), self.enlarge_requested)
        self.new_chat = self._button(_("New chat"), self.new_chat_requested)
        self.show_it = self._button(_("Show it"), self.show_requested)
        self.stop = self._button(_("Stop"), self.stop_requested)
        self.close_button = IconButton(theme, "x", _("Dismiss"), parent=self, size=_CLOSE_PX)
        self.close_button.icon_px = 14
        self.close_button.clicked.connect(self.closed)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)
        theme.resized.connect(self._arrange)
        self.set_news(None)

    @property
    def news(self) -> RoomNews | None:
        return self._news

    @property
    def sentence(self) -> str:
        return self._words.text() if self._news is not None else ""

    def set_news(self, news: RoomNews | None) -> None:
        before, self._news = self._news, news
        had_focus = self._is_focus_within()
        kind = news.kind if news is not None else None
        is_asking = kind in ("filling", "cut")
        self.summarise.setVisible(is_asking)
        self.enlarge.setVisible(is_asking and news is not None and news.can_enlarge)
        self.new_chat.setVisible(is_asking)
        for button in (self.summarise, self.enlarge):
            button.setEnabled(news is not None and not news.is_busy)
        self.show_it.setVisible(kind == "summarised")
        self.stop.setVisible(kind == "summarising")
        self.stop.setEnabled(news is not None and not news.is_stopping)
        self.close_button.setVisible(kind is not None and kind != "summarising")
        self._tail.setVisible(kind == "summarising")
        if news is not None:
            self._words.setText(_sentence(news))
            self._tail.set_text(news.text)
            accessible.name(self, self._words.text())
        self.setVisible(news is not None)
        self._arrange()
        if news is not None and (before is None or before.kind != news.kind):
            accessible.announce(self, self._words.text())
        if had_focus and not self._is_focus_within():
            self._move_focus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._news is None:
            return
        painter = QPainter(self)
        color = self._theme.color
        paint_card(painter, self._card, ground=color("accent_ground"), line=None)
        side, words = self._theme.px(_ICON_PX), self._words.geometry()
        x = words.right() + 1 + 10 if self.isRightToLeft() else words.left() - 10 - side
        icon = QRectF(x, words.center().y() - side / 2 + 0.5, side, side)
        self._theme.icons.paint(painter, _ICONS[self._news.kind], icon, color("accent"))

    def _button(self, words: str, signal: SignalInstance) -> TextButton:
        made = _BannerButton(self._theme, words, parent=self)
        made.clicked.connect(signal)
        return made

    def _buttons(self) -> list[TextButton]:
        all_of_them = (self.summarise, self.enlarge, self.new_chat, self.show_it, self.stop)
        return [button for button in all_of_them if not button.isHidden()]

    @Slot()
    def _arrange(self) -> None:
        """Beside the words where there is room, else below them."""
        if self._news is None:
            self.setFixedHeight(0)
            return
        px, side = self._theme.px, _SIDE_PX if self.width() >= _NARROW_PX else _NARROW_SIDE_PX
        width = min(self.width() - 2 * side, px(COLUMN_PX) + 24)
        left = (self.width() - width) // 2
        close_px, button_px = px(_CLOSE_PX), self.stop.sizeHint().height()
        close = 0 if self.close_button.isHidden() else close_px + 2
        buttons = sum(button.sizeHint().width() + _GAP_PX for button in self._buttons())
        words_left = left + _PAD_X + px(_ICON_PX) + 10
        inner = width - 2 * _PAD_X - px(_ICON_PX) - 10 - close + (6 if close else 0)
        metrics = QFontMetricsF(self._words.font())
        natural = round(metrics.horizontalAdvance(self._words.text())) + 4
        is_beside = min(natural, px(_WORDS_LEAST_PX)) <= inner - buttons - 8 or not self._tail.isHidden()
        room = inner - buttons - 8 if is_beside else inner
        words = min(natural, room) if not self._tail.isHidden() else room
        line = max(self._words.heightForWidth(words), 20)
        row = max(line, button_px)
        self._put(self._words, QRect(words_left, _PAD_Y + (row - line) // 2, words, line))
        self._put(self._tail, QRect(words_left + words + 10, _PAD_Y, max(0, room - words - 10), row))
        y = _PAD_Y + (row - button_px) // 2 if is_beside else _PAD_Y + row + 2
        first = x = words_left + inner - buttons + _GAP_PX if is_beside else words_left - 10
        for button in self._buttons():
            button_width = min(button.sizeHint().width(), left + width - first)
            if x > first and x + button_width > left + width:
                x, y = first, y + button_px
            button_px = button.height_for(button_width)
            self._put(button, QRect(x, y, button_width, button_px))
            x += button_width + _GAP_PX
        top = _PAD_Y + (row - close_px) // 2
        self._put(self.close_button, QRect(left + width - close_px - 8, top, close_px, close_px))
        bottom = (_PAD_Y + row if is_beside else y + button_px) + _PAD_Y
        self._card = QRectF(left, 0, width, bottom)
        self.setFixedHeight(bottom + _BELOW_PX)
        self.update()

    def _put(self, part: QWidget, place: QRect) -> None:
        part.setGeometry(QStyle.visualRect(self.layoutDirection(), self.rect(), place))

    def _is_focus_within(self) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and self.isAncestorOf(focus)

    def _move_focus(self) -> None:
        rest = [button for button in self._buttons() if button.isEnabled()]
        if rest and self.isVisible():
            rest[0].setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.focus_left.emit()


class _BannerButton(TextButton):
    """On the tinted ground of the banner, in its colour."""

    def __init__(self, theme: Theme, text: str, *, parent: QWidget) -> None:
        super().__init__(theme, text, parent=parent, kind="quiet")
        self.setFont(theme.fonts.ui_strong)
        self.height_px = _BUTTON_PX


class TailText(QWidget):
    """One line of a growing text: its end is what can be seen."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = ""
        theme.changed.connect(self.update)

    def set_text(self, text: str) -> None:
        self._text = " ".join(text.split())
        accessible.name(self, self._text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._theme.fonts.ui)
        painter.setPen(self._theme.color("muted"))
        metrics = QFontMetricsF(self._theme.fonts.ui)
        shown = metrics.elidedText(self._text, Qt.TextElideMode.ElideLeft, self.width())
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignVCenter, shown)


def _sentence(news: RoomNews) -> str:
    if news.kind == "filling":
        return _("This chat nearly fills what the model can keep in view. Soon the oldest messages will be left out.")
    if news.kind == "cut":
        return plural(
            "One message is no longer seen by the model.",
            "{count} messages are no longer seen by the model.",
            news.left_out,
        )
    if news.kind == "summarised":
        return plural(
            "The model now sees a summary of the oldest message.",
            "The model now sees a summary of the {count} oldest messages.",
            news.left_out,
        )
    return _("Stopping…") if news.is_stopping else _("Writing a summary…")
