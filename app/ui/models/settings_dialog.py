"""The settings of one model: where it runs and why, presets, how it answers, how it is run, its chat template.

It shows what it is given and tells of every change at once; what is stored, planned and loaded is up to the one who
listens. Rows under "Running" count from the next loading on, and the dialog says so when one differs.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from app.text import _
from app.ui.controls import Card, ElidedText, Ground, Text, TextButton
from app.ui.folding import FoldingRow
from app.ui.models.cards import AnswersCard, RunningCard, TemplateCard
from app.ui.models.fields import OptionRow
from app.ui.models.memory_card import MemoryCard
from app.ui.models.preset_row import PresetRow
from app.ui.models.shown import FileKind, ModelSettingsShown, PlanShown, PresetShown
from app.ui.scrolling import ScrolledPage, height_at, room_height, room_width, scroll_area
from app.ui.theme import Theme

WIDTH_PX = 680
_LEAST_HEIGHT_PX = 360
_MARGIN_PX, _NARROW_MARGIN_PX = 24, 14
_CARD_PAD_PX = 16
_NARROW_PX = 520


class ModelSettingsDialog(QDialog):
    """Signals carry the dataclasses of `shown`, and `reload_requested` nothing."""

    changed = Signal(object)  # OptionChanged
    reset = Signal(object)  # OptionReset
    preset_chosen = Signal(object)  # PresetChosen
    preset_saved = Signal(object)  # PresetSaved
    preset_deleted = Signal(object)  # PresetDeleted
    reload_requested = Signal()
    file_requested = Signal(object)  # FileRequested

    def __init__(self, theme: Theme, shown: ModelSettingsShown, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWindowTitle(_("Model settings"))
        self.setFixedWidth(room_width(self, theme.px(WIDTH_PX)))
        self._make_page(shown)
        self._head = self._make_head(shown.title)
        self._foot = self._make_foot()
        line = Ground(theme, "line", parent=self)
        line.setFixedHeight(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addWidget(self._area, 1)
        column.addWidget(line)
        column.addWidget(self._foot)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # Enter in a field takes the number, and must not close the dialog
        self._connect()
        self.show_plan(shown.plan)
        self.show_presets(shown.presets, shown.preset)
        self._loaded = {key: shown.values[key] for key in self.running.rows}
        self.show_values(shown.values, shown.changed)

    @property
    def rows(self) -> dict[str, OptionRow]:
        """Of all settings shown, by key."""
        return self.answers.rows | self.running.rows

    def show_values(self, values: Mapping[str, object], changed: frozenset[str]) -> None:
        """What holds now, by key, and which of them are the model's own. What is being typed stays."""
        for key, row in self.rows.items():
            row.show_value(values[key], is_changed=key in changed)
        self._look_for_reload()

    def show_plan(self, plan: PlanShown) -> None:
        self._forecast.set_text(plan.headline)
        self._memory.show_plan(plan)
        self.template.show_words(plan.template)

    def show_presets(self, presets: tuple[PresetShown, ...], chosen: str) -> None:
        """`chosen` is the one whose values hold; empty for none."""
        self.presets.show_presets(presets, chosen)

    def take_file(self, kind: FileKind, path: str) -> None:
        """The person chose the file that was asked for; told like any other change."""
        self.running.take_file(kind, path)

    def done(self, result: int) -> None:
        """Closing takes what is still being typed."""
        self._settle()
        super().done(result)

    def showEvent(self, event: QShowEvent) -> None:
        """As high as the content, and no higher than the window or the screen."""
        self._fit()
        ends = self._head.sizeHint().height() + height_at(self._foot, self.width()) + 1
        wanted = ends + self._page.heightForWidth(self.width() - self._bar_px)
        room = room_height(self)
        self.setMinimumHeight(min(_LEAST_HEIGHT_PX, room))
        self.resize(self.width(), max(self.minimumHeight(), min(wanted, room)))
        super().showEvent(event)

    @Slot()
    def _fit(self) -> None:
        """Wider where the text is larger, as far as the window is wide; where it is narrow, entries go below names."""
        width = room_width(self, self._theme.px(WIDTH_PX))
        self.setFixedWidth(width)
        is_narrow = width < self._theme.px(_NARROW_PX)
        for row in self.rows.values():
            row.fit(width - 2 * (self._margin_px + _CARD_PAD_PX) if is_narrow else 0)

    @property
    def _margin_px(self) -> int:
        return _MARGIN_PX if self.width() >= _NARROW_PX else _NARROW_MARGIN_PX

    def _make_head(self, title: str) -> Ground:
        head = Ground(self._theme, "window", parent=self, edge="bottom")
        self._forecast = ElidedText(self._theme, "", parent=head, color="muted")
        column = QVBoxLayout(head)
        column.setContentsMargins(self._margin_px, 20, self._margin_px, 16)
        column.setSpacing(4)
        column.addWidget(ElidedText(self._theme, title, parent=head, font=self._theme.fonts.heading))
        column.addWidget(self._forecast)
        return head

    def _make_page(self, shown: ModelSettingsShown) -> None:
        self._area = scroll_area(self)
        self._bar_px = self._area.verticalScrollBar().sizeHint().width()
        page = self._page = ScrolledPage(self._theme, "window", parent=None)
        self._memory = MemoryCard(self._theme, parent=page)
        self.presets = PresetRow(self._theme, parent=page)
        self.answers = AnswersCard(self._theme, shown, parent=page)
        self.running = RunningCard(self._theme, shown, parent=page)
        self.template = TemplateCard(self._theme, shown.template_text, parent=page)
        sections: tuple[tuple[str, str, Card], ...] = (
            (_("Where it runs"), "", self._memory),
            ("", "", self.presets),
            (_("Answers"), _("A change counts from the next answer on."), self.answers),
            (_("Running"), _("A change counts when the model is loaded again."), self.running),
            (_("Chat template"), "", self.template),
        )
        column = QVBoxLayout(page)
        column.setContentsMargins(self._margin_px, 20, self._margin_px - self._bar_px, 24)
        column.setSpacing(8)
        for number, (title, words, card) in enumerate(sections):
            column.addSpacing(12 if number else 0)
            if title:
                column.addLayout(self._heading(title, words))
            column.addWidget(card)
        column.addStretch(1)
        self._area.setWidget(page)

    def _make_foot(self) -> Ground:
        foot = Ground(self._theme, "window", parent=self)
        self._waiting = Text(self._theme, "", parent=foot, font=self._theme.fonts.small, color="muted").wrapped()
        self.reload = TextButton(self._theme, _("Apply and reload"), parent=foot, icon="arrow-clockwise")
        self.reload.hide()
        self.done_button = TextButton(self._theme, _("Done"), parent=foot, kind="strong")
        row = FoldingRow(foot)
        row.setContentsMargins(self._margin_px, 12, self._margin_px, 16)
        row.setSpacing(8)
        row.addWidget(self._waiting, 1)
        row.addWidget(self.reload)
        row.addWidget(self.done_button)
        return foot

    def _heading(self, title: str, words: str) -> FoldingRow:
        row = FoldingRow()
        row.setSpacing(10)
        fonts = self._theme.fonts
        row.addWidget(Text(self._theme, title, parent=self._page, font=fonts.small_strong, color="muted"))
        row.addWidget(Text(self._theme, words, parent=self._page, font=fonts.small, color="hint").wrapped(), 1)
        return row

    def _connect(self) -> None:
        for card in (self.answers, self.running):
            card.changed.connect(self._on_changed)
            card.reset.connect(self._on_changed)
            card.changed.connect(self.changed)
            card.reset.connect(self.reset)
        self.running.file_requested.connect(self.file_requested)
        self.presets.chosen.connect(self.preset_chosen)
        self.presets.saved.connect(self.preset_saved)
        self.presets.deleted.connect(self.preset_deleted)
        self.reload.clicked.connect(self._on_reload)
        self._theme.resized.connect(self._fit)
        self.done_button.clicked.connect(self.accept)

    def _settle(self) -> None:
        for row in self.rows.values():
            row.settle()

    def _look_for_reload(self) -> None:
        """Whether something under "Running" differs from what the model was loaded with."""
        is_waiting = any(row.value != self._loaded[key] for key, row in self.running.rows.items())
        self._waiting.setText(_("The model still runs with the values from before.") if is_waiting else "")
        self.reload.setVisible(is_waiting)

    @Slot(object)
    def _on_changed(self, _told: object) -> None:
        self.presets.show_own()
        self._look_for_reload()

    @Slot()
    def _on_reload(self) -> None:
        self._settle()
        self._loaded = {key: row.value for key, row in self.running.rows.items()}
        self._look_for_reload()
        self.done_button.setFocus(Qt.FocusReason.OtherFocusReason)
        self.reload_requested.emit()
