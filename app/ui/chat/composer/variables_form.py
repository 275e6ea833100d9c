"""What a prompt template asks for, in the place of the field: one line per variable, with what was said last time."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app.chat.templates import Template
from app.text import _
from app.ui import accessible
from app.ui.chat.composer.filling import DATE, variables
from app.ui.controls import ElidedText, Text, TextButton
from app.ui.models.entries import scaled
from app.ui.theme import Theme

_FIELD_PX = 36
_ROWS_SHOWN = 4.5
_GAP = 6
_VALUE_CHARACTERS_MAX = 20_000


class VariablesForm(QWidget):
    """Enter goes to the next field and, in the last one, inserts; Esc gives up."""

    filled = Signal(object)
    """The values by variable: a Mapping[str, str]."""
    cancelled = Signal()

    def __init__(self, theme: Theme, template: Template, offered: Mapping[str, str], *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.template = template
        self._names = tuple(name for name in variables(template.text) if name != DATE)
        self.fields: dict[str, QLineEdit] = {}
        title = Text(theme, template.name, parent=self, font=theme.fonts.ui_strong)
        title.setMinimumWidth(1)
        self._area = QScrollArea(self)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidgetResizable(True)
        content = self._rows(offered)
        self._area.setWidget(content)
        content.setAutoFillBackground(False)  # setWidget has it filled
        self._area.viewport().setAutoFillBackground(False)
        self.cancel_button = TextButton(theme, _("Cancel"), parent=self, kind="quiet")
        self.insert_button = TextButton(theme, _("Insert"), parent=self, kind="strong")
        self.cancel_button.clicked.connect(self.cancelled)
        self.insert_button.clicked.connect(self._on_insert)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.insert_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_GAP)
        column.addWidget(title)
        column.addWidget(self._area, 1)
        column.addLayout(buttons)
        self._title = title
        accessible.name(self, _("What the template “{name}” needs").format(name=template.name))

    def start(self) -> None:
        """The first field takes the keyboard; what is offered is selected, so that typing replaces it."""
        first = self.fields[self._names[0]]
        first.setFocus(Qt.FocusReason.OtherFocusReason)
        first.selectAll()
        accessible.announce(self, self.accessibleName())

    def height_px(self) -> int:
        row = scaled(self._theme, _FIELD_PX)
        shown = len(self._names) if len(self._names) < _ROWS_SHOWN else _ROWS_SHOWN
        rows = round(shown * (row + _GAP)) - _GAP
        return self._title.sizeHint().height() + rows + self.insert_button.sizeHint().height() + 2 * _GAP

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Of its fields: Enter, and Esc before the window's own takes it."""
        if not isinstance(event, QKeyEvent) or not isinstance(watched, QLineEdit):
            return False
        if event.key() == Qt.Key.Key_Escape and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._go_on(watched)
            return True
        return False

    def _rows(self, offered: Mapping[str, str]) -> QWidget:
        content = QWidget(self._area)
        grid = QGridLayout(content)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(_GAP)
        grid.setColumnStretch(1, 1)
        for row, name in enumerate(self._names):
            words = name.replace("_", " ")
            label = ElidedText(self._theme, words, parent=content, color="muted")
            label.setMaximumWidth(scaled(self._theme, 130))
            field = QLineEdit(offered.get(name, ""), content)
            field.setFont(self._theme.fonts.ui)
            field.setMaxLength(_VALUE_CHARACTERS_MAX)
            field.setFixedHeight(scaled(self._theme, _FIELD_PX))
            accessible.name(field, words)
            field.installEventFilter(self)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
            self.fields[name] = field
        grid.setRowStretch(len(self._names), 1)
        return content

    def _go_on(self, field: QLineEdit) -> None:
        order = [self.fields[name] for name in self._names]
        at = order.index(field)
        if at + 1 < len(order):
            order[at + 1].setFocus(Qt.FocusReason.TabFocusReason)
            order[at + 1].selectAll()
        else:
            self._on_insert()

    @Slot()
    def _on_insert(self) -> None:
        self.filled.emit({name: field.text() for name, field in self.fields.items()})
