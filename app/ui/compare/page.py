"""The page for comparing: two columns over one question. A narrow window shows one column at a time, behind tabs."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from app.documents.grounds import Grounds
from app.text import _
from app.ui.chat.composer.long_work import LongWorkBar
from app.ui.chat.reading import open_read
from app.ui.compare.pane import Pane
from app.ui.compare.question import QuestionCard
from app.ui.compare.shown import AnswerShown, Choices, Notice, SideWish
from app.ui.controls import Ground, IconButton, Text, TextButton
from app.ui.settings.segment import Segment
from app.ui.theme import Theme

NARROW_PX = 760
_MARGIN_PX = 16
_BAR_PX = 52
_WITH_WORDS_PX = 560
_LEAST_PX = 320
_LOW_PX = 460  # the strip before long work then takes the place of the answers


class ComparePage(Ground):
    """Setters in, requests out."""

    back_requested = Signal()
    stop_requested = Signal()
    ask_requested = Signal(object)  # AskRequested
    question_changed = Signal()
    wished = Signal(object)  # SideWished
    keep_requested = Signal(object)  # KeepRequested
    copy_requested = Signal(object)  # CopyRequested
    link_requested = Signal(object)  # LinkRequested
    source_requested = Signal(object)  # CitationRequested or ReadRequested
    passage_requested = Signal(object)  # PassageRequested, out of what was read
    put_away = Signal()
    """Another page has taken its place."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(theme, "window", parent=parent)
        self._is_running = False
        self._long_work: LongWorkBar | None = None
        self.bar = Ground(theme, "window", parent=self, edge="bottom")
        self.back = TextButton(theme, _("Back to chat"), parent=self.bar, kind="quiet", icon="arrow-left")
        self.back_short = IconButton(theme, "arrow-left", _("Back to chat"), parent=self.bar)
        self._title = Text(theme, _("Compare two answers"), parent=self.bar, font=theme.fonts.brand)
        self.tabs = (Segment(theme, "", parent=self), Segment(theme, "", parent=self))
        self.panes = (Pane(theme, 0, parent=self), Pane(theme, 1, parent=self))
        self.question = QuestionCard(theme, parent=self)
        self._lay_out()
        self._connect()
        theme.resized.connect(self._fit)
        self._fit()

    def set_choices(self, wishes: tuple[SideWish, SideWish], choices: Choices) -> None:
        for number, (pane, tab, wish) in enumerate(zip(self.panes, self.tabs, wishes, strict=True)):
            pane.set_wish(wish, choices)
            tab.set_text(f"{number + 1} · {wish.model.title}")

    def set_question(self, text: str) -> None:
        """The question that is there; empty for none."""
        self.question.set_question(text)

    def set_answer(self, number: int, shown: AnswerShown) -> None:
        self.panes[number].set_answer(shown)

    def set_notice(self, notice: Notice) -> None:
        self.question.set_notice(notice)

    def set_running(self, is_running: bool) -> None:
        self._is_running = is_running
        self.question.set_running(is_running)
        for pane in self.panes:
            pane.set_idle(not is_running)

    def show_read(self, grounds: Grounds, question: str) -> None:
        """All that an answer was given from."""
        open_read(self._theme, self.window(), grounds, question).passage_requested.connect(self.passage_requested)

    def make_long_work(self) -> LongWorkBar:
        """Above the question, and before it for Tab: asked before documents that take long to read."""
        made = self._long_work = LongWorkBar(self._theme, parent=self, is_column=False)
        self._body.insertWidget(self._body.indexOf(self.question), made)
        stop: QWidget = self.panes[1].keep
        for button in (made.all, made.search, made.cancel):
            QWidget.setTabOrder(stop, button)
            stop = button
        made.installEventFilter(self)
        return made

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self._fit()
        return False

    @Slot()
    def focus_question(self) -> None:
        self.question.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._on_escape()
        else:
            super().keyPressEvent(event)

    def minimumSizeHint(self) -> QSize:
        """Of one side; while both are shown, the window may still become narrow."""
        return QSize(_LEAST_PX, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self.isHidden():  # itself, and not the window around it
            self.put_away.emit()

    def _lay_out(self) -> None:
        self.bar.setFixedHeight(_BAR_PX)
        bar = QHBoxLayout(self.bar)
        bar.setContentsMargins(12, 0, 16, 0)
        bar.setSpacing(8)
        bar.addWidget(self.back)
        bar.addWidget(self.back_short)
        bar.addSpacing(4)
        bar.addWidget(self._title)
        bar.addStretch(1)
        self._group = QButtonGroup(self)
        tabs = QHBoxLayout()
        tabs.setSpacing(4)
        for number, tab in enumerate(self.tabs):
            tab.setMinimumWidth(80)
            tab.setChecked(number == 0)
            self._group.addButton(tab, number)
            tabs.addWidget(tab, 1)
        panes = QHBoxLayout()
        panes.setSpacing(12)
        for pane in self.panes:
            panes.addWidget(pane, 1)
        body = self._body = QVBoxLayout()
        body.setContentsMargins(_MARGIN_PX, 12, _MARGIN_PX, _MARGIN_PX)
        body.setSpacing(12)
        body.addLayout(tabs)
        body.addLayout(panes, 1)
        body.addWidget(self.question)
        column = QVBoxLayout(self)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # one column is enough, see minimumSizeHint
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addLayout(body, 1)

    def _connect(self) -> None:
        self.back.clicked.connect(self.back_requested)
        self.back_short.clicked.connect(self.back_requested)
        self._group.idClicked.connect(self._fit)
        for pane in self.panes:
            pane.wished.connect(self.wished)
            pane.keep_requested.connect(self.keep_requested)
            pane.copy_requested.connect(self.copy_requested)
            pane.link_requested.connect(self.link_requested)
            pane.source_requested.connect(self.source_requested)
        self.question.ask_requested.connect(self.ask_requested)
        self.question.stop_requested.connect(self.stop_requested)
        self.question.escape_pressed.connect(self._on_escape)
        self.question.edit.textChanged.connect(self.question_changed)

    @Slot()
    def _fit(self) -> None:
        is_narrow = self.width() < self._theme.px(NARROW_PX)
        is_asking = self._long_work is not None and self._long_work.plan is not None
        has_room = not is_asking or self.height() >= self._theme.px(_LOW_PX)
        for number, (tab, pane) in enumerate(zip(self.tabs, self.panes, strict=True)):
            tab.setVisible(is_narrow and has_room)
            pane.setVisible(has_room and (not is_narrow or number == self._group.checkedId()))
        is_roomy = self.width() >= self._theme.px(_WITH_WORDS_PX)
        self.back.setVisible(is_roomy)
        self.back_short.setVisible(not is_roomy)

    @Slot()
    def _on_escape(self) -> None:
        if self._long_work is not None and self._long_work.plan is not None:
            self._long_work.cancelled.emit()
        else:
            (self.stop_requested if self._is_running else self.back_requested).emit()
