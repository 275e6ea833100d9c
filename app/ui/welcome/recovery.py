"""The recovery key: shown once in eight groups, kept by the person, and proven kept by typing two groups back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.text import _
from app.ui import accessible
from app.ui.controls import Text, TextButton, paint_card
from app.ui.folding import FoldingRow
from app.ui.theme import Theme
from app.ui.welcome.key_page import KeyPage

GROUPS = 8
_ROW_PX = 58
_FOUR_PX = 320  # from which on four groups stand side by side


@dataclass(frozen=True, slots=True)
class RecoveryKeyOffered:
    """Copy or save this text; it is a secret."""

    text: str = field(repr=False)


class RecoveryPage(KeyPage):
    """`groups`: the key. `asked`: which two groups to type back, counted from 0; the window draws them by chance.

    `copy_requested` and `save_requested` carry a RecoveryKeyOffered; `confirmed` when both groups were right;
    `postponed` for "Later" (the profile then hangs on one key, and the page says so).
    """

    copy_requested = Signal(object)
    save_requested = Signal(object)
    confirmed = Signal()
    postponed = Signal()

    def __init__(
        self, theme: Theme, groups: Sequence[str], asked: tuple[int, int], *, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, "", "", parent=parent)
        self._groups = tuple(groups)
        self._asked = asked
        self._is_asking = False
        self._key = _KeyGrid(theme, self._groups, parent=self.card)
        self.fields = [self._field(number) for number in asked]
        self._kept = Text(theme, "", parent=self.card, font=theme.fonts.small, color="muted").wrapped()
        self.copy = TextButton(theme, _("Copy"), parent=self.card, icon="copy")
        self.save = TextButton(theme, _("Save to a file…"), parent=self.card, icon="floppy-disk")
        self.later = TextButton(theme, _("Later"), parent=self.card, kind="quiet")
        self.next = TextButton(theme, "", parent=self.card, kind="strong")
        self._lay_out_body()
        self.copy.clicked.connect(self._on_copy)
        self.save.clicked.connect(self._on_save)
        self.later.clicked.connect(self._on_later)
        self.next.clicked.connect(self._on_next)
        self._show_step()

    @property
    def is_asking(self) -> bool:
        return self._is_asking

    def controls(self) -> list[QWidget]:
        return [self.copy, self.save, self.later, self.next, *self.fields]

    def note_kept(self, sentence: str) -> None:
        """After copying or saving: what happened, and a warning if one is due."""
        self._kept.setText(sentence)
        self._kept.setVisible(bool(sentence))

    @Slot()
    def refresh(self) -> None:
        self.show_fault("")
        self.next.setEnabled(not self._is_asking or all(edit.text().strip() for edit in self.fields))

    def _field(self, number: int) -> QLineEdit:
        made = QLineEdit(self.card)
        label = _("Group {n}").format(n=number + 1)
        made.setPlaceholderText(label)
        made.setFont(self.theme.fonts.mono)
        self.theme.fix(made, height=42)
        made.setMaxLength(40)
        accessible.name(made, label)
        made.textChanged.connect(self.refresh)
        made.returnPressed.connect(self._on_return)
        return made

    def _lay_out_body(self) -> None:
        self.body.addWidget(self._key)
        keep = FoldingRow()
        keep.setSpacing(8)
        keep.addWidget(self.copy)
        keep.addWidget(self.save)
        keep.addStretch(1)
        self.body.addLayout(keep)
        fields = FoldingRow()
        fields.setSpacing(10)
        for edit in self.fields:
            fields.addWidget(edit)
        self.body.addLayout(fields)
        self.body.addWidget(self._kept)
        self.buttons.addWidget(self.later)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.next)

    def _show_step(self) -> None:
        one, two = (number + 1 for number in self._asked)
        if self._is_asking:
            self.title.setText(_("Two groups, to be sure"))
            self.words.setText(_("Type groups {one} and {two} of the key you wrote down.").format(one=one, two=two))
            self.note_kept("")
            self.later.set_text(_("Show it again"))
            self.next.set_text(_("Confirm"))
            self.fields[0].setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.title.setText(_("Your recovery key"))
            self.words.setText(
                _(
                    "If the usual key is ever lost – new computer, reset keyring, forgotten passphrase – this one "
                    "opens your chats. Keep it on paper or in a password manager. Nobody else has a copy."
                )
            )
            self.note_kept(_("“Later” is fine for now. Until then your chats hang on one key, and Settings says so."))
            self.later.set_text(_("Later"))
            self.next.set_text(_("I wrote it down"))
        accessible.name(self, self.title.text(), self.words.text())
        for widget in (self._key, self.copy, self.save):
            widget.setVisible(not self._is_asking)
        for edit in self.fields:
            edit.setVisible(self._is_asking)
            edit.clear()
        self.refresh()

    def _offer(self) -> RecoveryKeyOffered:
        return RecoveryKeyOffered("-".join(self._groups))

    @Slot()
    def _on_copy(self) -> None:
        self.copy_requested.emit(self._offer())
        self.note_kept(_("Copied. Paste it where you keep it soon, then copy something else."))

    @Slot()
    def _on_save(self) -> None:
        self.save_requested.emit(self._offer())

    @Slot()
    def _on_later(self) -> None:
        if self._is_asking:
            self._is_asking = False
            self._show_step()
        else:
            self.postponed.emit()

    @Slot()
    def _on_return(self) -> None:
        if self.next.isEnabled():
            self._on_next()

    @Slot()
    def _on_next(self) -> None:
        if not self._is_asking:
            self._is_asking = True
            self._show_step()
            return
        typed = [edit.text().strip().casefold() for edit in self.fields]
        if typed == [self._groups[number].casefold() for number in self._asked]:
            self.confirmed.emit()
        else:
            self.show_fault(_("That is not what stands there. Check the two groups, or show the key again."))


class _KeyGrid(QWidget):
    """The groups in rows of four, or of two where there is little room, each with its number."""

    def __init__(self, theme: Theme, groups: tuple[str, ...], *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._groups = groups
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        spelled = ", ".join(f"{number + 1}: {' '.join(group)}" for number, group in enumerate(groups))
        accessible.name(self, _("Recovery key"), spelled)
        theme.changed.connect(self.update)
        theme.resized.connect(self._fit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        self.setFixedHeight(self._rows * self._theme.px(_ROW_PX) + 12)

    @property
    def _columns(self) -> int:
        return 4 if self.width() >= self._theme.px(_FOUR_PX) else 2

    @property
    def _rows(self) -> int:
        return math.ceil(len(self._groups) / self._columns)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = self._theme.color
        line = color("accent") if self.hasFocus() else color("line")
        paint_card(painter, QRectF(self.rect()), ground=color("code_ground"), line=line)
        columns = self._columns
        cell_width, cell_height = (self.width() - 16) / columns, (self.height() - 12) / self._rows
        mono = QFont(self._theme.fonts.mono)
        px = self._theme.px
        mono.setPixelSize(mono.pixelSize() + px(3))
        for number, group in enumerate(self._groups):
            left, top = 8 + (number % columns) * cell_width, 6 + (number // columns) * cell_height
            cell = QRectF(left, top, cell_width, cell_height)
            painter.setFont(self._theme.fonts.small)
            painter.setPen(color("hint"))
            top_middle = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
            painter.drawText(cell.adjusted(0, px(6), 0, 0), top_middle, str(number + 1))
            painter.setFont(mono)
            painter.setPen(color("text"))
            painter.drawText(cell.adjusted(0, px(14), 0, 0), Qt.AlignmentFlag.AlignCenter, group)
