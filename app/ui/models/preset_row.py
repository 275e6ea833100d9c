"""The row of presets: which one holds, keeping the values of now under a name, deleting one."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QStackedLayout, QVBoxLayout, QWidget

from app.models.options import MOST_NAME_CHARACTERS, is_name_free_to_use
from app.text import _
from app.ui import accessible
from app.ui.controls import Card, Text, TextButton
from app.ui.folding import FoldingRow
from app.ui.models.entries import ENTRY_HEIGHT_PX, Chooser, entry_height, entry_width
from app.ui.models.fields import GAP_PX
from app.ui.models.shown import PresetChosen, PresetDeleted, PresetSaved, PresetShown
from app.ui.theme import Theme


class PresetRow(Card):
    """`show_presets` says what there is. A name is asked for in the row itself."""

    chosen = Signal(object)  # PresetChosen
    saved = Signal(object)  # PresetSaved
    deleted = Signal(object)  # PresetDeleted

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self._presets: tuple[PresetShown, ...] = ()
        self.chooser = Chooser(theme, _("Preset"), _("Sets everything below at once."), parent=self)
        self.save_as = TextButton(theme, _("Save as…"), parent=self)
        self.delete = TextButton(theme, _("Delete"), parent=self, kind="quiet")
        self.name = NameEdit(theme, parent=self)
        self.save = TextButton(theme, _("Save"), parent=self)
        self.cancel = TextButton(theme, _("Cancel"), parent=self, kind="quiet")
        self._note = Text(theme, "", parent=self, font=theme.fonts.small, color="muted")
        for button in (self.save_as, self.delete, self.save, self.cancel):
            button.height_px = ENTRY_HEIGHT_PX
            button.setAutoDefault(False)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._make_choosing())
        self._stack.addWidget(self._make_naming())
        self.chooser.chosen.connect(self._on_chosen)
        self.save_as.clicked.connect(self._on_save_as)
        self.delete.clicked.connect(self._on_delete)
        self.name.textChanged.connect(self._on_name)
        self.name.returnPressed.connect(self.save.click)
        self.name.escaped.connect(self._on_cancel)
        self.save.clicked.connect(self._on_save)
        self.cancel.clicked.connect(self._on_cancel)

    def show_presets(self, presets: tuple[PresetShown, ...], chosen: str) -> None:
        """`chosen` is the one whose values hold, empty for none."""
        self._presets = presets
        self.chooser.set_choices([(preset.name, _shown(preset)) for preset in presets])
        self._choose(chosen)

    def show_own(self) -> None:
        """A value was changed by hand, so that the preset's name would say too much."""
        self._choose("")

    def _make_choosing(self) -> QWidget:
        page = QWidget(self)
        row = _row(page)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Text(self._theme, _("Preset"), parent=page))
        help_line = Text(
            self._theme, _("Sets all that is below at once."), parent=page, font=self._theme.fonts.small, color="muted"
        ).wrapped()
        words.addWidget(help_line)
        row.addLayout(words, 1)
        for widget in (self.delete, self.save_as, self.chooser):
            widget.setParent(page)
            row.addWidget(widget)
        return page

    def _make_naming(self) -> QWidget:
        page = QWidget(self)
        row = _row(page)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(Text(self._theme, _("Save the values of now"), parent=page).wrapped())
        words.addWidget(self._note)
        row.addLayout(words, 1)
        for widget in (self.name, self.cancel, self.save):
            widget.setParent(page)
            row.addWidget(widget)
        self.save.setFixedWidth(entry_width(self._theme))
        return page

    def _own(self, name: str) -> bool:
        return any(preset.name == name and not preset.is_built_in for preset in self._presets)

    def _choose(self, name: str) -> None:
        self.chooser.show_value(name, words=_("Own values"))
        self.delete.setVisible(self._own(name))

    @Slot()
    def _on_chosen(self) -> None:
        name = str(self.chooser.value)
        self._choose(name)
        self.chosen.emit(PresetChosen(name))

    @Slot()
    def _on_save_as(self) -> None:
        name = str(self.chooser.value)
        self._stack.setCurrentIndex(1)
        self.name.setText(name if self._own(name) else "")
        self.name.selectAll()
        self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        self._on_name()

    @Slot()
    def _on_name(self) -> None:
        name = _tidy(self.name.text())
        is_usable = is_name_free_to_use(name)
        self.save.setEnabled(is_usable)
        if self._own(name):
            self._note.setText(_("Replaces the one of that name."))
        else:
            self._note.setText("" if is_usable or not name else _("A built-in one has that name."))

    @Slot()
    def _on_save(self) -> None:
        name = _tidy(self.name.text())
        if is_name_free_to_use(name):
            self._on_cancel()
            self.saved.emit(PresetSaved(name))

    @Slot()
    def _on_cancel(self) -> None:
        self._stack.setCurrentIndex(0)
        self.save_as.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_delete(self) -> None:
        name = str(self.chooser.value)
        self.chooser.setFocus(Qt.FocusReason.OtherFocusReason)
        self._choose("")
        self.deleted.emit(PresetDeleted(name))


class NameEdit(QLineEdit):
    """Esc leaves the naming, and not the dialog around it."""

    escaped = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self.setMaxLength(MOST_NAME_CHARACTERS)
        self.setPlaceholderText(_("Name"))
        self.setFont(theme.fonts.ui)
        self.setFixedHeight(entry_height(theme))
        self.setMinimumWidth(120)
        accessible.name(self, _("Name of the preset"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)


def _shown(preset: PresetShown) -> str:
    return _(preset.name) if preset.is_built_in else preset.name


def _tidy(name: str) -> str:
    return " ".join(name.split())


def _row(page: QWidget) -> FoldingRow:
    row = FoldingRow(page)
    row.setContentsMargins(16, 12, 16, 12)
    row.setSpacing(GAP_PX)
    return row
