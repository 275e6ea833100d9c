"""The list of chats and the way to everything else. It asks; the window decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from app.text import _
from app.ui import accessible
from app.ui.actions import Act, keys_text
from app.ui.chat.items import ChatEntry
from app.ui.chat.sidebar.chat_list import ChatList
from app.ui.controls import Ground, IconButton, Logo, Text, TextButton, paint_card, paint_ring
from app.ui.network.state import UNTIL_ASKED, promise
from app.ui.theme import Theme
from app.ui.tokens import SIDEBAR_PX

_PROMISE_PX = 46


class Sidebar(Ground):
    """`set_chats(entries, today)`, `set_current(id)` in; requests out."""

    new_chat_requested = Signal()
    open_requested = Signal(object)
    rename_requested = Signal(object)
    delete_requested = Signal(object)
    collapse_requested = Signal()
    models_requested = Signal()
    settings_requested = Signal()
    privacy_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, "sidebar", parent=parent, edge="right")
        self._theme = theme
        self.setFixedWidth(SIDEBAR_PX)
        self.collapse = IconButton(theme, "sidebar", _("Hide the list of chats"), parent=self)
        self.collapse.set_label(_("Hide the list of chats"), keys=keys_text(Act.TOGGLE_SIDEBAR))
        self.new_chat = TextButton(theme, _("New chat"), parent=self, icon="note-pencil")
        self.new_chat.align_left = True
        self.new_chat.height_px = 38
        self.new_chat.setToolTip(keys_text(Act.NEW_CHAT))
        self.filter = _FilterField(theme, parent=self)
        self.list = ChatList(theme, parent=self)
        self.models = _nav(theme, "cube", _("Models"), self)
        self.settings = _nav(theme, "gear-six", _("Settings"), self)
        self.privacy = PrivacyCard(theme, parent=self)
        self._empty = Text(theme, "", parent=self, color="hint").wrapped()
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignHCenter)
        self._empty.setContentsMargins(14, 28, 14, 0)
        self._lay_out()
        self._connect()
        self._refresh_empty()

    def set_chats(self, entries: Sequence[ChatEntry], today: date) -> None:
        self.list.set_chats(entries, today)
        self._refresh_empty()

    def set_current(self, id_: str) -> None:
        """The open chat; "" for a new one that is not stored yet."""
        self.list.set_current(id_)

    @Slot()
    def focus_filter(self) -> None:
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    @property
    def empty_text(self) -> str:
        """What stands in place of an empty list, or nothing."""
        return self._empty.text() if self._stack.currentWidget() is self._empty else ""

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(4, 0, 0, 0)
        head.setSpacing(9)
        head.addWidget(Logo(self._theme, 22, parent=self))
        head.addWidget(Text(self._theme, "Paddock", parent=self, font=self._theme.fonts.brand), 1)
        head.addWidget(self.collapse)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.list)
        self._stack.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 11, 12, 12)
        column.setSpacing(0)
        column.addLayout(head)
        column.addSpacing(14)
        column.addWidget(self.new_chat)
        column.addSpacing(8)
        column.addWidget(self.filter)
        column.addSpacing(4)
        column.addLayout(self._stack, 1)
        column.addSpacing(8)
        column.addWidget(self.models)
        column.addWidget(self.settings)
        column.addSpacing(8)
        column.addWidget(self.privacy)

    def _connect(self) -> None:
        self.collapse.clicked.connect(self.collapse_requested)
        self.new_chat.clicked.connect(self.new_chat_requested)
        self.models.clicked.connect(self.models_requested)
        self.settings.clicked.connect(self.settings_requested)
        self.privacy.clicked.connect(self.privacy_requested)
        self.filter.textChanged.connect(self._on_filter)
        self.list.open_requested.connect(self.open_requested)
        self.list.rename_requested.connect(self.rename_requested)
        self.list.delete_requested.connect(self.delete_requested)

    def _refresh_empty(self) -> None:
        if self.list.items.rows:
            self._stack.setCurrentWidget(self.list)
            return
        is_filtered = self.list.items.is_filtered
        self._empty.setText(_("No chat has this in its name.") if is_filtered else _("Your chats will be listed here."))
        self._stack.setCurrentWidget(self._empty)

    @Slot(str)
    def _on_filter(self, words: str) -> None:
        self.list.set_filter(words)
        self._refresh_empty()


class _FilterField(QLineEdit):
    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("place", "field")
        self.setPlaceholderText(_("Search chats"))
        self.setClearButtonEnabled(False)
        self.setMinimumHeight(34)
        self.setTextMargins(24, 0, 0, 0)
        accessible.name(self, _("Search chats by name"))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        self._theme.icons.paint(
            painter, "magnifying-glass", QRectF(9, (self.height() - 17) / 2, 17, 17), self._theme.color("hint")
        )


class PrivacyCard(TextButton):
    """The promise, always in sight; a click shows how to check it."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, "", parent=parent)
        self._theme = theme
        self._lines = ("", "")
        self._is_good = True
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        told = promise(UNTIL_ASKED)
        self.set_state(told.title, told.line, is_good=told.is_good)

    def set_state(self, title: str, line: str, *, is_good: bool) -> None:
        self._lines = (title, line)
        self._is_good = is_good
        accessible.name(self, f"{title}. {line}.")
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, _PROMISE_PX)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        """Larger text wraps: a promise is never cut."""
        title, line = self._rects(QRectF(0, 0, width, 0))
        return max(_PROMISE_PX, round(title.height() + line.height()) + 12)

    def _rects(self, rect: QRectF) -> tuple[QRectF, QRectF]:
        """Where title and line are, one below the other in the middle."""
        fonts, wraps = self._theme.fonts, int(Qt.TextFlag.TextWordWrap)
        room = QRectF(37, 0, rect.width() - 45, 1_000)
        title, line = (
            QFontMetricsF(font).boundingRect(room, wraps, words).height()
            for font, words in zip((fonts.small_strong, fonts.small), self._lines, strict=True)
        )
        top = (rect.height() - title - line) / 2
        return QRectF(37, top, room.width(), title), QRectF(37, top + title, room.width(), line)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = self._theme.color
        rect = QRectF(self.rect())
        ground = color("hover") if self.underMouse() else color("card")
        paint_card(painter, rect, ground=ground, line=color("line"), radius=10)
        icon, tint = ("shield-check", "good") if self._is_good else ("shield-warning", "danger")
        self._theme.icons.paint(painter, icon, QRectF(10, (rect.height() - 20) / 2, 20, 20), color(tint))
        (title, line), (upper, lower) = self._lines, self._rects(rect)
        painter.setFont(self._theme.fonts.small_strong)
        painter.setPen(color("text"))
        painter.drawText(upper, Qt.TextFlag.TextWordWrap, title)
        painter.setFont(self._theme.fonts.small)
        painter.setPen(color("muted"))
        painter.drawText(lower, Qt.TextFlag.TextWordWrap, line)
        if self._has_ring:
            paint_ring(painter, rect, self._theme, 9)


def _nav(theme: Theme, icon: str, label: str, parent: QWidget) -> TextButton:
    button = TextButton(theme, label, parent=parent, kind="quiet", icon=icon)
    button.align_left = True
    return button
