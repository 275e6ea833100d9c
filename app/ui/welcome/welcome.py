"""The first page: what Paddock is, and three ways to begin."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.text import _
from app.ui import accessible, files
from app.ui.controls import Card, Ground, Logo, Text, TextButton, paint_card
from app.ui.folding import FoldingRow
from app.ui.scrolling import ScrolledPage, scroll_area
from app.ui.theme import Theme

_WIDTH = 880
_SIDE_PX, _NARROW_PX, _NARROW_SIDE_PX = 28, 420, 16
_BADGE_PX = 40
_SHIELD_PX = 19


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the last try did not work, and what to do."""

    message: str
    next_step: str = ""


class WelcomePage(Ground):
    """`show_problem` and `show_choices` in; what the person chose out."""

    start_requested = Signal()
    open_requested = Signal()
    llama_requested = Signal()
    dropped = Signal(object)
    """The Path of a model file that was dropped on the page."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None, has_starter: bool = True) -> None:
        super().__init__(theme, "window", parent=parent)
        self._theme = theme
        self.setAcceptDrops(True)
        self._area = scroll_area(self)
        self._sheet = ScrolledPage(theme, "window", parent=None)
        self._choices = _Choices(theme, has_starter, parent=self)
        self._problem = _ProblemCard(theme, parent=self)
        self._problem.hide()
        self._below_problem = QWidget(self)
        self._below_problem.setFixedHeight(14)
        self._below_problem.hide()
        self._lay_out()
        self._choices.start.clicked.connect(self.start_requested)
        self._choices.open.clicked.connect(self.open_requested)
        self._choices.llama.clicked.connect(self.llama_requested)
        theme.resized.connect(self._fit)
        self._fit()

    @property
    def start_button(self) -> TextButton:
        return self._choices.start

    @property
    def open_button(self) -> TextButton:
        return self._choices.open

    @property
    def llama_button(self) -> TextButton:
        return self._choices.llama

    @Slot()
    def show_choices(self) -> None:
        self._hide_problem()

    def show_problem(self, problem: Problem) -> None:
        self._problem.set_problem(problem)
        self._problem.show()
        self._below_problem.show()
        accessible.announce(self, f"{problem.message} {problem.next_step}", is_urgent=True)

    @property
    def problem_text(self) -> str:
        return "" if self._problem.isHidden() else self._problem.accessibleName()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if files.dropped_model(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = files.dropped_model(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.dropped.emit(path)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        is_tight = self.width() < self._theme.px(_NARROW_PX)
        self._title.setFont(self._theme.fonts.heading if is_tight else self._theme.fonts.title)
        self._inner.setMaximumWidth(self._theme.px(_WIDTH))
        side = _SIDE_PX if self.width() >= _NARROW_PX else _NARROW_SIDE_PX
        self._column.setContentsMargins(side, 20, side, 20)

    def _hide_problem(self) -> None:
        self._problem.hide()
        self._below_problem.hide()

    def _lay_out(self) -> None:
        theme = self._theme
        middle = Qt.AlignmentFlag.AlignHCenter
        words = _("A conversation that stays with you")
        title = self._title = Text(theme, words, parent=self, font=theme.fonts.title).wrapped()
        title.setAlignment(middle)
        line = Text(
            theme,
            _("Paddock runs language models on this computer. No account, no cloud, and no network needed."),
            parent=self,
            font=theme.fonts.body,
            color="muted",
        ).wrapped()
        line.setAlignment(middle)
        inner = self._inner = QWidget(self._sheet)
        inner.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        column = self._column = QVBoxLayout(inner)
        column.setSpacing(0)
        column.addStretch(3)
        column.addWidget(Logo(theme, 56, parent=inner), 0, middle)
        column.addSpacing(20)
        column.addWidget(title)
        column.addSpacing(8)
        column.addWidget(line)
        column.addSpacing(30)
        column.addWidget(self._problem)
        column.addWidget(self._below_problem)
        column.addWidget(self._choices)
        column.addSpacing(22)
        column.addWidget(_Promise(theme, parent=inner))
        column.addStretch(4)
        row = QHBoxLayout(self._sheet)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(inner, 100)
        row.addStretch(1)
        self._area.setWidget(self._sheet)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._area)


class _Choices(QWidget):
    def __init__(self, theme: Theme, has_starter: bool, *, parent: QWidget) -> None:
        super().__init__(parent)
        start = _ChoiceCard(
            theme,
            "lightning",
            _("Start now"),
            _(
                "With the small model that came along: 135 million parameters, ready in seconds. "
                "It is for trying the app. It gets facts wrong, cannot reason far, and knows little but English."
            ),
            _("Start with the small model") if has_starter else _("Not in this installation"),
            parent=self,
            is_main=True,
        )
        start.button.setEnabled(has_starter)
        opened = _ChoiceCard(
            theme,
            "folder-open",
            _("Open a model file"),
            _("You have a model as a GGUF file already? It is read where it lies, and neither copied nor changed."),
            _("Choose a file…"),
            parent=self,
        )
        llama = _ChoiceCard(
            theme,
            "cube",
            _("Get Llama 3.1"),
            _("A capable model for every day. See which size suits this computer; nothing is fetched unasked."),
            _("See what fits"),
            parent=self,
        )
        self.start, self.open, self.llama = start.button, opened.button, llama.button
        row = FoldingRow(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        for card in (start, opened, llama):
            row.addWidget(card, 1)


class _ChoiceCard(Card):
    def __init__(
        self, theme: Theme, icon: str, title: str, words: str, button: str, *, parent: QWidget, is_main: bool = False
    ) -> None:
        super().__init__(theme, parent=parent)
        self.button = TextButton(theme, button, parent=self, kind="strong" if is_main else "plain")
        self.button.height_px = 38
        self.button.setMinimumWidth(80)
        accessible.name(self.button, f"{title}: {button}", words)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 18)
        column.setSpacing(0)
        column.addWidget(_Badge(theme, icon, parent=self))
        column.addSpacing(14)
        column.addWidget(Text(theme, title, parent=self, font=theme.fonts.heading).wrapped())
        column.addSpacing(6)
        text = Text(theme, words, parent=self, color="muted").wrapped()
        text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        column.addWidget(text, 1)
        column.addSpacing(14)
        foot = FoldingRow()  # in which the words of the button wrap
        foot.addWidget(self.button, 1)
        column.addLayout(foot)


class _Badge(QWidget):
    def __init__(self, theme: Theme, icon: str, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        theme.fix(self, width=_BADGE_PX, height=_BADGE_PX)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = QRectF(self.rect())
        paint_card(painter, rect, ground=self._theme.color("accent_ground"), line=None, radius=10)
        edge = self._theme.px(9)
        inside = rect.adjusted(edge, edge, -edge, -edge)
        self._theme.icons.paint(painter, self._icon, inside, self._theme.color("accent"))


class _ProblemCard(Card):
    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent, ground="danger_ground", line=None)
        self._message = Text(theme, "", parent=self, font=theme.fonts.ui_strong).wrapped()
        self._next_step = Text(theme, "", parent=self, color="muted").wrapped()
        column = QVBoxLayout(self)
        self._column = column
        theme.resized.connect(self._fit)
        self._fit()
        column.setSpacing(3)
        column.addWidget(self._message)
        column.addWidget(self._next_step)

    @Slot()
    def _fit(self) -> None:
        room, side = self._theme.px(20) + 26, 18
        self._column.setContentsMargins(*((side, 13, room, 13) if self.isRightToLeft() else (room, 13, side, 13)))

    def set_problem(self, problem: Problem) -> None:
        self._message.setText(problem.message)
        self._next_step.setText(problem.next_step)
        self._next_step.setVisible(bool(problem.next_step))
        accessible.name(self, f"{problem.message} {problem.next_step}".strip())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = self._theme.px(20)
        x = self.width() - side - 16 if self.isRightToLeft() else 16
        place = QRectF(x, 12, side, side)
        self._theme.icons.paint(QPainter(self), "warning-circle", place, self._theme.color("danger"))


class _Promise(QWidget):
    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = Text(
            theme,
            _("Your chats never leave this computer, and what is stored is encrypted."),
            parent=self,
            font=theme.fonts.small,
            color="muted",
        ).wrapped()
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row = QVBoxLayout(self)
        row.setContentsMargins(0, 4, 0, 4)
        row.addWidget(self._words)
        theme.changed.connect(self.update)
        theme.resized.connect(self._fit)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        room = self._theme.px(_SHIELD_PX) + 7
        self._words.setContentsMargins(room, 0, room, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The sign before the words, which are in the middle."""
        side, inside = self._theme.px(_SHIELD_PX), self._words.geometry()
        room = inside.width() - 2 * (side + 7)
        taken = min(QFontMetricsF(self._words.font()).horizontalAdvance(self._words.text()), room)
        x = (self.width() - taken) / 2 - side - 7
        x = self.width() - x - side if self.isRightToLeft() else x
        rect = QRectF(x, (self.height() - side) / 2, side, side)
        self._theme.icons.paint(QPainter(self), "shield-check", rect, self._theme.color("good"))
