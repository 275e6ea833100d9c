"""The small window of a quick question: one line, and a card with the answer below it once there is one.

It stays above other windows. Esc puts it away; leaving an empty one does, too. It draws and asks; quick/controller.py
does.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QCursor,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QScreen,
)
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.documents.records import Collection, Scope
from app.text import _, plural
from app.ui import accessible
from app.ui.chat.composer.long_work import LongWorkBar
from app.ui.chat.composer.sources_menu import SourcesMenu
from app.ui.chat.items import Sourced
from app.ui.chat.transcript.cited_answer import CitedAnswer
from app.ui.chat.transcript.source_line import OUTDENT_PX
from app.ui.controls import Ground, IconButton, Logo, Text, TextButton, paint_card
from app.ui.settings.flow import set_stacked
from app.ui.theme import Theme

_WIDTH_PX = 640
_NARROW_PX = 420
_LINE_PX = 60
_MOST_ANSWER_PX = 460
_EDGE_PX = 16
_MOST_CHARACTERS = 100_000


@dataclass(frozen=True, slots=True)
class QuickAsked:
    question: str


class QuickWindow(QWidget):
    """`show_answer` while it comes, `finish` when it is over."""

    asked = Signal(object)  # QuickAsked
    stop_requested = Signal()
    copy_requested = Signal(object)  # CopyRequested, of a part of the answer
    copy_answer_requested = Signal()
    link_requested = Signal(object)  # LinkRequested
    source_requested = Signal(object)  # CitationRequested or ReadRequested
    documents_requested = Signal()
    open_requested = Signal()
    hidden = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Tool | _FRAMELESS)
        self._theme = theme
        self._is_busy = False
        self._has_answer = False
        self._long_work: LongWorkBar | None = None
        self.setWindowTitle(_("Quick question"))
        accessible.name(self, _("Quick question"))
        self.field = _Field(theme, parent=self)
        self.documents = IconButton(theme, "files", _("Documents"), parent=self)
        self.documents.clicked.connect(self.documents_requested)
        self.stop = IconButton(theme, "stop-fill", _("Stop the answer"), parent=self)
        self.stop.clicked.connect(self.stop_requested)
        self.answer = _Answer(theme, parent=self)
        self.answer.shown.copy_requested.connect(self.copy_requested)
        self.answer.shown.link_requested.connect(self.link_requested)
        self.answer.shown.requested.connect(self.source_requested)
        self.status = Text(theme, "", parent=self, font=theme.fonts.small, color="muted").wrapped()
        self.copy = TextButton(theme, _("Copy"), parent=self, kind="quiet", icon="copy")
        self.copy.clicked.connect(self.copy_answer_requested)
        self.keep = TextButton(theme, _("Open in Paddock"), parent=self, icon="arrow-square-out")
        accessible.name(self.keep, _("Open in Paddock"), _("Asks the same in a chat that is kept."))
        self.keep.clicked.connect(self.open_requested)
        self._line = Ground(theme, "line", parent=self)
        self._line.setFixedHeight(1)
        self._lay_out()
        self.field.returnPressed.connect(self._on_enter)
        self.field.copy_wanted.connect(self._on_copy_wanted)
        self.field.textChanged.connect(self._show_parts)
        theme.changed.connect(self.update)
        theme.resized.connect(self._fit)
        self.clear()

    @property
    def is_empty(self) -> bool:
        return not self.field.text().strip() and not self._has_answer and not self._is_busy

    def open(self, words: str = "") -> None:
        """In front of everything, on the screen where the mouse is; what stands there goes only for other `words`."""
        if words:
            self.clear()
            self.field.setText(words)
        self._fit()
        if self.isHidden():
            self.move(self._place())
        self.show()
        self.raise_()
        self.activateWindow()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    @Slot()
    def clear(self) -> None:
        self._is_busy = self._has_answer = False
        self.field.clear()
        self.set_asked(0)
        self.answer.show_text("", is_live=False)
        self.status.setText("")
        self._show_parts()

    def begin(self) -> None:
        """A question is on its way."""
        self._is_busy, self._has_answer = True, False
        self.answer.show_text("", is_live=True)
        self.say(_("Thinking…"))

    def say(self, words: str) -> None:
        """What happens, or what went wrong."""
        self.status.setText(words)
        self._show_parts()

    def show_answer(self, text: str) -> None:
        """All of it so far."""
        self._has_answer = True
        self.answer.show_text(text, is_live=True)
        if self.status.text():
            self.status.setText("")
        self._show_parts()

    def finish(self, text: str, words: str = "", *, sourced: Sourced | None = None) -> None:
        """`words`: why there is no more of it. `sourced`: what it was given from."""
        self._is_busy, self._has_answer = False, bool(text)
        self.answer.show_text(text, is_live=False, sourced=sourced)
        self._order_tabs()
        self.status.setText(words or _("Nothing of this is kept unless you open it in Paddock."))
        self._show_parts()
        accessible.announce(self, f"{text} {words}".strip())

    def offer(self, collections: Sequence[Collection], scope: Scope) -> SourcesMenu:
        """The menu in which collections are ticked. Files are added and kept in the main window."""
        menu = SourcesMenu(self._theme, collections, scope, parent=self.documents, can_add=False)
        corner = self.documents.width() - menu.sizeHint().width() if not self.isRightToLeft() else 0
        menu.popup(self.documents.mapToGlobal(QPoint(corner, self.documents.height() + 4)))
        return menu

    def set_asked(self, collections: int) -> None:
        """How many collections are asked."""
        words = plural("{count} collection is asked", "{count} collections are asked", collections)
        self.documents.set_icon("files-fill" if collections else "files")
        accessible.name(self.documents, _("Documents"), words if collections else "")
        self.documents.setToolTip(accessible.plain_tooltip(words if collections else _("Documents")))

    def make_long_work(self) -> LongWorkBar:
        """Below the question: asked before documents that take long to read."""
        made = self._long_work = LongWorkBar(self._theme, parent=self)
        self._column.insertWidget(self._column.indexOf(self._line), made)
        made.installEventFilter(self)
        self._order_tabs()
        return made

    @Slot()
    def focus_question(self) -> None:
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide):
            self._column.invalidate()  # it hears of what was hidden only after that was told here
            self._fit()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if self._long_work is not None and self._long_work.plan is not None:
                self._long_work.cancelled.emit()
            else:
                self.close()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self._on_copy_wanted()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.hidden.emit()

    def changeEvent(self, event: QEvent) -> None:
        is_left = event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow()
        if is_left and self.isVisible() and self.is_empty and QApplication.activePopupWidget() is None:
            self.close()
        super().changeEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        window = self.windowHandle()
        if window is not None and event.button() == Qt.MouseButton.LeftButton:
            window.startSystemMove()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("card"))
        line = self._theme.color("line_strong")
        paint_card(painter, QRectF(self.rect()), ground=None, line=line, radius=0)

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setContentsMargins(_EDGE_PX, 0, _EDGE_PX - 4, 0)
        line.setSpacing(12)
        line.addWidget(Logo(self._theme, 22, parent=self))
        line.addWidget(self.field, 1)
        line.addWidget(self.documents)
        line.addWidget(self.stop)
        self._foot = QWidget(self)
        foot = self._foot_row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._foot)
        foot.setContentsMargins(_EDGE_PX, 6, _EDGE_PX - 4, 12)
        foot.setSpacing(8)
        foot.addWidget(self.status, 1)
        foot.addWidget(self.copy)
        foot.addWidget(self.keep)
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(line)
        column.addWidget(self._line)
        column.addWidget(self.answer)
        column.addWidget(self._foot)

    def _order_tabs(self) -> None:
        """What is in the answer was made after the buttons below it, and comes before."""
        bar = self._long_work
        choices = () if bar is None else (bar.all, bar.search, bar.cancel)
        for first, second in itertools.pairwise(
            (self.stop, *choices, *self.answer.shown.tab_stops(), self.copy, self.keep)
        ):
            QWidget.setTabOrder(first, second)

    @Slot()
    def _show_parts(self) -> None:
        self.stop.setVisible(self._is_busy)
        self.answer.setVisible(self._has_answer)
        self.copy.setVisible(self._has_answer and not self._is_busy)
        self.keep.setVisible(self._has_answer and not self._is_busy)
        has_more = self._has_answer or bool(self.status.text())
        self._line.setVisible(has_more)
        self._foot.setVisible(bool(self.status.text()))
        self._fit()

    @Slot()
    def _fit(self) -> None:
        room = self._screen().availableGeometry()
        width = min(self._theme.px(_WIDTH_PX), room.width() - 2 * _EDGE_PX)
        self.field.setFixedHeight(self._theme.px(_LINE_PX))
        set_stacked(self._foot_row, is_stacked=width < self._theme.px(_NARROW_PX))
        most = min(self._theme.px(_MOST_ANSWER_PX), room.height() * 6 // 10)
        self.answer.setFixedHeight(min(most, self.answer.height_for(width - 2)))
        self.setFixedWidth(width)
        layout = self.layout()
        if layout is not None:
            layout.activate()
            height = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else layout.sizeHint().height()
            self.setFixedHeight(height)

    def _place(self) -> QPoint:
        room = self._screen().availableGeometry()
        return QPoint(room.left() + (room.width() - self.width()) // 2, room.top() + room.height() // 5)

    def _screen(self) -> QScreen:
        return QGuiApplication.screenAt(QCursor.pos()) or QGuiApplication.primaryScreen()

    @Slot()
    def _on_enter(self) -> None:
        question = self.field.text().strip()
        if question and not self._is_busy:
            self.asked.emit(QuickAsked(question))

    @Slot()
    def _on_copy_wanted(self) -> None:
        if self._has_answer:
            self.copy_answer_requested.emit()


_FRAMELESS = Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint


class _Field(QLineEdit):
    """One line. Copying with nothing selected in it means the answer."""

    copy_wanted = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFont(theme.fonts.body)
        self.setFrame(False)
        self.setStyleSheet("QLineEdit, QLineEdit:focus { background: transparent; border: none; padding: 0; }")
        self.setMaxLength(_MOST_CHARACTERS)
        self.setPlaceholderText(_("Ask anything"))
        accessible.name(self, _("Quick question"), _("Enter asks, Esc puts the window away."))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy) and not self.hasSelectedText():
            self.copy_wanted.emit()
        else:
            super().keyPressEvent(event)


class _Answer(QScrollArea):
    """The answer as it is written in a chat, following its end only while that is in view."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self._page = Ground(theme, "card", parent=None)
        self.shown = CitedAnswer(theme, parent=self._page)
        self.shown.height_changed.connect(self._arrange)
        self.setWidget(self._page)
        accessible.name(self, _("Answer"))

    def show_text(self, text: str, *, is_live: bool, sourced: Sourced | None = None) -> None:
        bar = self.verticalScrollBar()
        is_following = bar.value() >= bar.maximum() - 4
        self.shown.set_answer(text, is_live=is_live, sourced=sourced)
        self._arrange()
        if is_following and is_live:
            bar.setValue(bar.maximum())

    def height_for(self, width: int) -> int:
        """What it would take to show all of it."""
        return self.shown.arrange(self._inner(width)) + _EDGE_PX + 8

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    @Slot()
    def _arrange(self) -> None:
        width = self.viewport().width()
        inner = self._inner(self.width())
        height = self.shown.arrange(inner)
        left = width - _EDGE_PX - inner if self.isRightToLeft() else _EDGE_PX - OUTDENT_PX
        self.shown.setGeometry(left, _EDGE_PX - 4, inner + OUTDENT_PX, height)
        self._page.resize(width, height + _EDGE_PX + 8)

    def _inner(self, width: int) -> int:
        return max(80, width - 2 * _EDGE_PX - self.verticalScrollBar().sizeHint().width())
