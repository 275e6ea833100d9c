"""The chat screen put together: header, transcript or greeting, what is said about the context, composer. The window
wires its parts."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from app.spelling.speller import Speller
from app.text import _
from app.ui.bridge import Bridge
from app.ui.chat.composer.composer import Composer
from app.ui.chat.greeting import Beginner, Greeting
from app.ui.chat.header import Header
from app.ui.controls import Ground
from app.ui.theme import Theme

if TYPE_CHECKING:
    from app.ui.chat.composer.long_work import LongWorkBar
    from app.ui.chat.context.context_popup import ContextPopup, ContextShown
    from app.ui.chat.context.room import RoomBanner
    from app.ui.chat.items import AttachmentItem
    from app.ui.chat.transcript.transcript import Transcript

# Of the page's height.
_COMPOSER_SHARE, _COMPOSER_LEAST = 0.5, 0.3
_READ_LEAST_PX = 40
_LOW_PX = 420


class ChatPage(Ground):
    """Without a `bridge` nothing is read from files and no spelling is checked, as in pictures and small tests."""

    def __init__(
        self,
        theme: Theme,
        *,
        bridge: Bridge | None = None,
        spelling: Speller | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, "window", parent=parent)
        self._theme = theme
        self.header = Header(theme, parent=self)
        self.composer = Composer(theme, bridge=bridge, spelling=spelling, parent=self)
        self.greeting = Greeting(theme, parent=self)
        theme.resized.connect(self._share_room)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.greeting)
        self._last_stop: QWidget = self.header.menu  # before those of the composer
        self.greeting.begun.connect(self._on_begun)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addLayout(self._stack, 1)
        column.addWidget(self.composer)

    @cached_property
    def transcript(self) -> Transcript:
        """Made when it is first asked for, as the banner: an empty chat has neither."""
        from app.ui.chat.transcript.transcript import Transcript  # late, for a light start

        made = Transcript(self._theme, parent=self)
        self._stack.addWidget(made)
        self._order_tabs(made)
        return made

    @cached_property
    def room(self) -> RoomBanner:
        from app.ui.chat.context.room import RoomBanner

        made = RoomBanner(self._theme, parent=self)
        made.installEventFilter(self)
        self._column.insertWidget(self._column.indexOf(self.composer), made)
        self._order_tabs(made)
        return made

    @cached_property
    def long_work(self) -> LongWorkBar:
        from app.ui.chat.composer.long_work import LongWorkBar

        made = LongWorkBar(self._theme, parent=self)
        made.installEventFilter(self)
        self._column.insertWidget(self._column.indexOf(self.composer), made)
        self._order_tabs(made)
        return made

    def _order_tabs(self, made: QWidget) -> None:
        """As it is read, from the top: what is made late would otherwise be the last of the whole window."""
        for stop in made.findChildren(QWidget):
            if stop.focusPolicy() & Qt.FocusPolicy.TabFocus:
                QWidget.setTabOrder(self._last_stop, stop)
                self._last_stop = stop

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide):
            self._share_room()
        return False

    @Slot()
    def _share_room(self) -> None:
        """The composer leaves at least some of a low page to what is read above it."""
        height, px = self.height(), self._theme.px
        room = self.__dict__.get("room")  # else there never was one
        banner = 0 if room is None or room.news is None else room.height()
        bar = self.__dict__.get("long_work")
        banner += 0 if bar is None or bar.plan is None else bar.height()
        left = height - self.header.height() - banner - px(_READ_LEAST_PX)
        most = max(_COMPOSER_LEAST * height, min(_COMPOSER_SHARE * height, left))
        self.composer.card.set_most_height(round(most))
        self.composer.set_low(height < px(_LOW_PX))

    def show_greeting(self, *, is_temporary: bool = False) -> None:
        """An empty chat: a greeting instead of the transcript."""
        self.greeting.set_temporary(is_temporary)
        self._stack.setCurrentWidget(self.greeting)

    def show_transcript(self) -> None:
        self._stack.setCurrentWidget(self.transcript)

    def open_context(self, shown: ContextShown) -> ContextPopup:
        """What fills the context, below its gauge."""
        from app.ui.chat.context.context_popup import ContextPopup  # late, for a light start

        gauge = self.header.gauge
        popup = ContextPopup(self._theme, shown, parent=self)
        end = 0 if self.isRightToLeft() else gauge.width()
        popup.open_below(gauge.mapToGlobal(QPoint(end, gauge.height() + 6)))
        return popup

    def show_attachment(self, attachment: AttachmentItem) -> None:
        """What goes with a question, as the model reads it."""
        words = _("This text goes with the question, as the model reads it.")
        from app.ui.reading_dialog import ReadingDialog

        title = attachment.name or _("Pasted text")
        ReadingDialog(self._theme, title, words, attachment.text, label=title, parent=self.window()).open()

    @Slot(object)
    def _on_begun(self, beginner: Beginner) -> None:
        self.composer.set_text(beginner.text)
        self.composer.setFocus()

    @property
    def is_greeting(self) -> bool:
        return self._stack.currentWidget() is self.greeting
