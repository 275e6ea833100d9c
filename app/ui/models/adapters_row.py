"""The LoRA adapters of a model: a line for each with its strength and a way to remove it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.settings import ADAPTER_STRENGTH, ADAPTERS, MOST_ADAPTERS, adapter_text, parse_adapter
from app.text import _
from app.ui import accessible
from app.ui.controls import ElidedText, IconButton, TextButton
from app.ui.models.entries import ENTRY_HEIGHT_PX, NumberEdit, entry_width
from app.ui.models.fields import ASIDE_PX, GAP_PX, OptionRow, limits_words
from app.ui.theme import Theme

AS_TRAINED = 1.0


class AdaptersRow(OptionRow):
    """`requested` asks for a file, which `take` adds."""

    requested = Signal()

    def __init__(self, theme: Theme, default: object, *, parent: QWidget) -> None:
        super().__init__(theme, ADAPTERS, default, parent=parent)
        self.lines: list[AdapterLine] = []
        self.add = TextButton(theme, _("Add adapter…"), parent=self)
        self.add.height_px = ENTRY_HEIGHT_PX
        self.add.setFixedWidth(entry_width(theme))
        self.add.setAutoDefault(False)
        self.add.clicked.connect(self.requested)
        self._put_entry(self.add)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(6)
        self._put_below(self._lines, is_filled=False)

    def take(self, path: str) -> None:
        """The person chose this file. One that is in the list already stays as it is."""
        if all(line.path != path for line in self.lines):
            self._put([*self._texts(), adapter_text(AS_TRAINED, path)])
            self._tell(self._texts())

    @property
    def has_fault(self) -> bool:
        return any(line.strength.is_fault for line in self.lines)

    def settle(self) -> None:
        for line in self.lines:
            line.strength.settle()

    def _show(self, value: object) -> None:
        texts = list(value) if isinstance(value, tuple) else []
        if [_path(text) for text in texts] != [line.path for line in self.lines]:
            self._put(texts)
        for line, text in zip(self.lines, texts, strict=True):
            line.show_text(text)

    def _put(self, texts: list[str]) -> None:
        for line in self.lines:
            self._lines.removeWidget(line)
            line.hide()
            line.deleteLater()
        self.lines = [AdapterLine(self._theme, text, parent=self) for text in texts if parse_adapter(text)]
        before: QWidget = self.back
        for line in self.lines:
            line.changed.connect(self._on_line)
            line.removed.connect(self._on_removed)
            self._lines.addWidget(line)
            QWidget.setTabOrder(before, line.strength)
            QWidget.setTabOrder(line.strength, line.remove)
            before = line.remove
        self._fill_below(bool(self.lines))
        self.add.setEnabled(len(self.lines) < MOST_ADAPTERS)

    def _texts(self) -> tuple[str, ...]:
        return tuple(line.text for line in self.lines)

    @Slot()
    def _on_line(self) -> None:
        self._say_fault(limits_words(ADAPTER_STRENGTH) if self.has_fault else "")
        self._tell(self._texts())

    @Slot()
    def _on_removed(self) -> None:
        self._put([line.text for line in self.lines if not line.is_removed])
        self.add.setFocus(Qt.FocusReason.OtherFocusReason)
        self._tell(self._texts())


class AdapterLine(QWidget):
    """One adapter. Its name may be long, so it gives way."""

    changed = Signal()
    removed = Signal()

    def __init__(self, theme: Theme, text: str, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._strength, self.path = parse_adapter(text) or (AS_TRAINED, "")
        self.is_removed = False
        name = Path(self.path).name
        shown = ElidedText(theme, name, parent=self, color="muted")
        shown.setToolTip(accessible.plain_tooltip(self.path))
        self.strength = NumberEdit(theme, float, ADAPTER_STRENGTH, parent=self)
        self.strength.put(self._strength)
        self.strength.setPlaceholderText(f"{AS_TRAINED:g}")
        accessible.name(self.strength, _("Strength of {name}").format(name=name), limits_words(ADAPTER_STRENGTH))
        self.strength.settled.connect(self._on_settled)
        self.remove = IconButton(theme, "x", _("Remove {name}").format(name=name), parent=self, size=ASIDE_PX)
        self.remove.icon_px = 15
        self.remove.clicked.connect(self._on_remove)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP_PX)
        row.addWidget(shown, 1)
        row.addWidget(self.remove)
        row.addWidget(self.strength)

    @property
    def text(self) -> str:
        return adapter_text(self._strength, self.path)

    def show_text(self, text: str) -> None:
        self._strength = (parse_adapter(text) or (AS_TRAINED, ""))[0]
        self.strength.show_number(self._strength)

    @Slot()
    def _on_settled(self) -> None:
        if not self.strength.is_fault:
            number = self.strength.number
            self._strength = AS_TRAINED if number is None else float(number)
        self.changed.emit()

    @Slot()
    def _on_remove(self) -> None:
        self.is_removed = True
        self.removed.emit()


def _path(text: str) -> str:
    return (parse_adapter(text) or (AS_TRAINED, ""))[1]
