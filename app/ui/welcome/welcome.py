"""The first page: what Paddock is, and three ways to begin."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.text import _
from app.ui import accessible, files
from app.ui.controls import Card, Ground, Logo, Text, TextButton, paint_card
from app.ui.theme import Theme

_WIDTH = 880
_CARDS_PX = 284


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
        self._choices = _Choices(theme, has_starter, parent=self)
        self._choices.setFixedHeight(round(_CARDS_PX * theme.fonts.ui.pixelSize() / 13))
        self._problem = _ProblemCard(theme, parent=self)
        self._problem.hide()
        self._below_problem = QWidget(self)
        self._below_problem.setFixedHeight(14)
        self._below_problem.hide()
        self._lay_out()
        self._choices.start.clicked.connect(self.start_requested)
        self._choices.open.clicked.connect(self.open_requested)
        self._choices.llama.clicked.connect(self.llama_requested)

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

    def _hide_problem(self) -> None:
        self._problem.hide()
        self._below_problem.hide()

    def _lay_out(self) -> None:
        theme = self._theme
        middle = Qt.AlignmentFlag.AlignHCenter
        title = Text(theme, _("A conversation that stays with you"), parent=self, font=theme.fonts.title)
        line = Text(
            theme,
            _("Paddock runs language models on this computer. No account, no cloud, and no network needed."),
            parent=self,
            font=theme.fonts.body,
            color="muted",
        ).wrapped()
        line.setAlignment(middle)
        inner = QWidget(self)
        inner.setMaximumWidth(_WIDTH)
        inner.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(inner)
        column.setContentsMargins(28, 20, 28, 20)
        column.setSpacing(0)
        column.addStretch(3)
        column.addWidget(Logo(theme, 56, parent=inner), 0, middle)
        column.addSpacing(20)
        column.addWidget(title, 0, middle)
        column.addSpacing(8)
        column.addWidget(line)
        column.addSpacing(30)
        column.addWidget(self._problem)
        column.addWidget(self._below_problem)
        column.addWidget(self._choices)
        column.addSpacing(22)
        column.addWidget(_Promise(theme, parent=inner), 0, middle)
        column.addStretch(4)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(inner, 100)
        row.addStretch(1)


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
        row = QHBoxLayout(self)
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
        column.addWidget(Text(theme, title, parent=self, font=theme.fonts.heading))
        column.addSpacing(6)
        text = Text(theme, words, parent=self, color="muted").wrapped()
        text.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        column.addWidget(text, 1)
        column.addSpacing(14)
        column.addWidget(self.button)


class _Badge(QWidget):
    def __init__(self, theme: Theme, icon: str, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = icon
        self.setFixedSize(40, 40)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = QRectF(self.rect())
        paint_card(painter, rect, ground=self._theme.color("accent_ground"), line=None, radius=10)
        self._theme.icons.paint(painter, self._icon, rect.adjusted(9, 9, -9, -9), self._theme.color("accent"))


class _ProblemCard(Card):
    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent, ground="danger_ground", line=None)
        self._message = Text(theme, "", parent=self, font=theme.fonts.ui_strong).wrapped()
        self._next_step = Text(theme, "", parent=self, color="muted").wrapped()
        column = QVBoxLayout(self)
        column.setContentsMargins(46, 13, 18, 13)
        column.setSpacing(3)
        column.addWidget(self._message)
        column.addWidget(self._next_step)

    def set_problem(self, problem: Problem) -> None:
        self._message.setText(problem.message)
        self._next_step.setText(problem.next_step)
        self._next_step.setVisible(bool(problem.next_step))
        accessible.name(self, f"{problem.message} {problem.next_step}".strip())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self._theme.icons.paint(QPainter(self), "warning-circle", QRectF(16, 12, 20, 20), self._theme.color("danger"))


class _Promise(QWidget):
    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        words = Text(
            theme,
            _("Your chats never leave this computer, and what is stored is encrypted."),
            parent=self,
            font=theme.fonts.small,
            color="muted",
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(26, 4, 0, 4)
        row.addWidget(words)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        rect = QRectF(0, (self.height() - 19) / 2, 19, 19)
        self._theme.icons.paint(QPainter(self), "shield-check", rect, self._theme.color("good"))
