"""One side: what it is answered by, the answer, how it goes, and the button that keeps it."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QPoint, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from app.text import _
from app.ui import accessible
from app.ui.compare.answer_view import AnswerView
from app.ui.compare.menus import model_menu, settings_menu
from app.ui.compare.shown import AnswerShown, Choices, KeepRequested, SideWish, SideWished
from app.ui.controls import Card, Ground, Progress, Text, TextButton, paint_card
from app.ui.theme import Theme

_LEAST_PX = 84  # a button whose text is cut
_MENU_GAP_PX = 4
_NARROW_PX = 340


class Pane(Card):
    """`number` is 0 or 1."""

    wished = Signal(object)  # SideWished
    keep_requested = Signal(object)  # KeepRequested
    copy_requested = Signal(object)  # CopyRequested
    link_requested = Signal(object)  # LinkRequested
    source_requested = Signal(object)  # CitationRequested or ReadRequested

    def __init__(self, theme: Theme, number: int, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent, ground="window")
        self._number = number
        self._wish: SideWish | None = None
        self._choices = Choices()
        self._shown = AnswerShown()
        self.model = TextButton(theme, _("No model"), parent=self, kind="quiet")
        self.model.setFont(theme.fonts.ui_strong)
        self.model.tail_icon = "caret-down"
        self.settings = TextButton(theme, _("As in the chat"), parent=self, kind="quiet", icon="sliders-horizontal")
        self.settings.setFont(theme.fonts.small)
        for button in (self.model, self.settings):
            button.setMinimumWidth(_LEAST_PX)
        self.view = AnswerView(theme, parent=self)
        self._blank = QWidget(self)
        self.hint = Text(theme, _hint(number), parent=self._blank, color="hint").wrapped()
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.progress = Progress(theme, _("Progress"), parent=self)
        self._foot = QWidget(self)
        self.status = Text(theme, "", parent=self._foot, font=theme.fonts.small, color="muted").wrapped()
        self.keep = TextButton(theme, _("Keep this one"), parent=self._foot, icon="check")
        self._lay_out()
        self._connect()
        self.set_answer(AnswerShown())

    @property
    def title(self) -> str:
        """The model's."""
        return self._wish.model.title if self._wish is not None else ""

    def set_wish(self, wish: SideWish, choices: Choices) -> None:
        self._wish, self._choices = wish, choices
        side = _name(self._number)
        self.model.set_text(wish.model.title)
        self.model.setToolTip(accessible.plain_tooltip(wish.model.title))
        accessible.name(self.model, _("{side}: model {title}").format(side=side, title=wish.model.title))
        words = _settings_words(wish, choices)
        self.settings.set_text(words)
        self.settings.setToolTip(accessible.plain_tooltip(words))
        accessible.name(self.settings, _("{side}: settings, {words}").format(side=side, words=words))
        accessible.name(self.view, _("{side}: answer of {title}").format(side=side, title=wish.model.title))
        accessible.name(self.keep, _("Keep the answer of {title}").format(title=wish.model.title), side)

    def set_idle(self, is_idle: bool) -> None:
        """Whether model and settings may be changed."""
        self.model.setEnabled(is_idle)
        self.settings.setEnabled(is_idle)

    def set_answer(self, shown: AnswerShown) -> None:
        before, self._shown = self._shown, shown
        is_live = shown.state == "writing"
        self._blank.setVisible(shown.state == "none")
        for part in (self.view, self._end, self._foot):
            part.setVisible(shown.state != "none")
        self.view.show_text(shown.text, is_live=is_live, sourced=shown.sourced, id_=shown.id)
        self.progress.setVisible(shown.fraction is not None)
        self.progress.set_share(shown.fraction or 0.0)
        self.status.setText(" ".join(filter(None, (shown.words, shown.next_step))))
        self.status.set_color("danger" if shown.state == "failed" else "muted")
        self.keep.setEnabled(shown.can_keep)
        if shown.state != before.state and shown.state in ("over", "failed"):
            self._announce(shown)
            self.order_tabs()

    def order_tabs(self) -> None:
        """What is in the answer was made after the button below it, and comes before."""
        for first, second in itertools.pairwise((self.view, *self.view.answer.tab_stops(), self.keep)):
            QWidget.setTabOrder(first, second)

    def make_model_menu(self) -> QMenu | None:
        return None if self._wish is None else model_menu(self, self._choices, self._wish, self._choose)

    def make_settings_menu(self) -> QMenu | None:
        return None if self._wish is None else settings_menu(self, self._choices, self._wish, self._choose)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        is_narrow = self.width() < self._theme.px(_NARROW_PX)
        direction = QBoxLayout.Direction
        self._foot_row.setDirection(direction.TopToBottom if is_narrow else direction.LeftToRight)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        has_focus = self.view.hasFocus()
        line = self._theme.color("accent" if has_focus else "line")
        ground = self._theme.color("window")
        paint_card(painter, QRectF(self.rect()), ground=ground, line=line, width=2.0 if has_focus else 1.0)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(6, 6, 8, 6)
        head.setSpacing(4)
        head.addWidget(self.model)
        head.addStretch(1)
        head.addWidget(self.settings)
        self._foot_row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._foot)
        self._foot_row.setContentsMargins(16, 10, 10, 10)
        self._foot_row.setSpacing(10)
        self._foot_row.addWidget(self.status, 1)
        self._foot_row.addWidget(self.keep)
        blank = QHBoxLayout(self._blank)
        blank.setContentsMargins(24, 0, 24, 0)
        blank.addWidget(self.hint)
        self._end = self._rule()
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 2, 2, 2)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._rule())
        column.addWidget(self.view, 1)
        column.addWidget(self._blank, 1)
        column.addWidget(self.progress)
        column.addWidget(self._end)
        column.addWidget(self._foot)

    def _rule(self) -> Ground:
        line = Ground(self._theme, "line", parent=self)
        line.setFixedHeight(1)
        return line

    def _connect(self) -> None:
        self.model.clicked.connect(self._on_model)
        self.settings.clicked.connect(self._on_settings)
        self.keep.clicked.connect(self._on_keep)
        self.view.focus_changed.connect(self.update)
        self.view.answer.copy_requested.connect(self.copy_requested)
        self.view.answer.link_requested.connect(self.link_requested)
        self.view.answer.requested.connect(self.source_requested)

    def _announce(self, shown: AnswerShown) -> None:
        if shown.state == "failed":
            words = f"{shown.words} {shown.next_step}".strip()
            accessible.announce(self, _("{title}: {words}").format(title=self.title, words=words), is_urgent=True)
        else:
            accessible.announce(self, _("The answer of {title} is finished.").format(title=self.title))

    def _choose(self, wish: SideWish) -> None:
        self.wished.emit(SideWished(self._number, wish))

    @Slot()
    def _on_model(self) -> None:
        _pop_up(self.make_model_menu(), self.model)

    @Slot()
    def _on_settings(self) -> None:
        _pop_up(self.make_settings_menu(), self.settings)

    @Slot()
    def _on_keep(self) -> None:
        self.keep_requested.emit(KeepRequested(self._number))


def _pop_up(menu: QMenu | None, button: TextButton) -> None:
    if menu is None:
        return
    x = button.width() - menu.sizeHint().width() if button.isRightToLeft() else 0
    menu.popup(button.mapToGlobal(QPoint(x, button.height() + _MENU_GAP_PX)))


def _name(number: int) -> str:
    return _("First side") if number == 0 else _("Second side")


def _hint(number: int) -> str:
    if number == 0:
        return _("Choose above which model answers here, and how it is set.")
    return _("Choose another model here, or the same one with other settings.")


def _settings_words(wish: SideWish, choices: Choices) -> str:
    """What is set otherwise than in the chat."""
    said = [persona.name for persona in choices.personas if persona.id == wish.persona_id]
    if wish.temperature is not None:
        said.append(_("Temperature {value}").format(value=f"{wish.temperature:g}"))
    return " · ".join(said) or _("As in the chat")
