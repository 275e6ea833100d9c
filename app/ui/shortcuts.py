"""The sheet of keys: every action's from the one table that declares them, and the ways through lists and messages.

In two columns where there is room; a field above leaves only what is meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetricsF, QKeySequence, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.text import _
from app.ui import accessible
from app.ui.actions import specs
from app.ui.controls import Ground, Text, TextButton, paint_card
from app.ui.filter_field import FilterField
from app.ui.palette.matching import folded
from app.ui.scrolling import MARGIN_PX, ScrollingDialog
from app.ui.settings.flow import set_stacked
from app.ui.settings.head import fit_filter
from app.ui.theme import Theme

_WIDTH_PX = 900
_TWO_COLUMNS_PX = 680
_NARROW_PX = 300
_EDGE_PX = 16
_CAP_PAD_PX = 7


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Keys as this system writes them."""

    label: str
    keys: str


@dataclass(frozen=True, slots=True)
class Group:
    """Shortcuts under one heading."""

    title: str
    shortcuts: tuple[Shortcut, ...]


def groups() -> tuple[Group, ...]:
    """All of them, the actions' first."""
    native = QKeySequence.SequenceFormat.NativeText
    found: dict[str, list[Shortcut]] = {}
    for spec in specs():
        if spec.keys:
            keys = QKeySequence(spec.keys).toString(native)
            found.setdefault(spec.group, []).append(Shortcut(spec.label, keys))
    return (*(Group(title, tuple(shortcuts)) for title, shortcuts in found.items()), *_ways())


def _ways() -> tuple[Group, ...]:
    """What is nobody's shortcut and yet works by keyboard."""
    return (
        Group(
            _("In the message that you write"),
            (
                Shortcut(_("Send the message"), _("Enter")),
                Shortcut(_("New line"), _("Shift+Enter")),
                Shortcut(_("Send, or wait in line, whatever Enter does"), _("Ctrl+Enter")),
                Shortcut(_("Change the last question"), _("Up, in an empty field")),
                Shortcut(_("Prompt templates"), _("/, at the beginning of a line")),
            ),
        ),
        Group(
            _("On a message"),
            (
                Shortcut(_("What can be done with it"), _("Enter")),
                Shortcut(_("Next or previous message"), _("Down, Up")),
                Shortcut(_("Its buttons and links"), _("Tab")),
                Shortcut(_("Back to writing"), _("Esc")),
            ),
        ),
        Group(
            _("In the list of chats"),
            (
                Shortcut(_("Open the chat"), _("Enter")),
                Shortcut(_("Select several"), _("Shift+Down, Shift+Up")),
                Shortcut(_("What can be done with them"), _("Menu key, Shift+F10")),
            ),
        ),
        Group(
            _("Everywhere"),
            (
                Shortcut(_("Next or previous control"), _("Tab, Shift+Tab")),
                Shortcut(_("Press the button that has the focus"), _("Enter or Space")),
                Shortcut(_("Close a dialog, a menu or a field that covers others"), _("Esc")),
            ),
        ),
    )


class ShortcutsDialog(ScrollingDialog):
    def __init__(self, theme: Theme, *, parent: QWidget | None) -> None:
        host = parent if parent is not None else Ground(theme, "window", parent=None)
        super().__init__(theme, _("Keyboard shortcuts"), width_px=theme.px(_WIDTH_PX), parent=host)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self._parts = [_Part(theme, group, parent=self.page) for group in groups()]
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(2 * MARGIN_PX)
        for parts in _halves(self._parts):
            column = QVBoxLayout()
            column.setSpacing(18)
            for part in parts:
                column.addWidget(part)
            column.addStretch(1)
            self._columns.addLayout(column, 1)
        self._nothing = Text(theme, _("No shortcut is called that."), parent=self.page, color="muted").wrapped()
        self._nothing.hide()
        self.column.addLayout(self._columns)
        self.column.addWidget(self._nothing)
        self.accept_button = TextButton(theme, _("Close"), parent=self, kind="strong")
        self.accept_button.clicked.connect(self.accept)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.accept_button)
        self.finish()
        self.filter.textChanged.connect(self._on_filter)
        theme.resized.connect(self._fit_width)
        self._fit_width()

    def showEvent(self, event: QShowEvent) -> None:
        self._fit_width()
        super().showEvent(event)

    def _make_head(self, title: str) -> Ground:
        head = super()._make_head(title)
        row = head.layout()
        self.filter = FilterField(self._theme, _("Find a shortcut"), parent=head)
        if row is not None:
            row.addWidget(self.filter)
        return head

    @Slot()
    def _fit_width(self) -> None:
        """As wide as designed, and no wider than the window below."""
        owner = self.parentWidget()
        is_known = owner is not None and owner.window().isVisible()
        room = owner.window().width() if owner is not None and is_known else self.screen().size().width()
        width = max(280, min(self._theme.px(_WIDTH_PX), room - 2 * _EDGE_PX))
        self.setFixedWidth(width)
        fit_filter(self._theme, self._head, self.filter, width)
        has_room = width >= self._theme.px(_TWO_COLUMNS_PX)
        set_stacked(self._columns, is_stacked=not has_room)
        self._columns.setSpacing(2 * MARGIN_PX if has_room else 18)
        for part in self._parts:
            part.set_narrow(width < self._theme.px(_NARROW_PX))

    @Slot()
    def _on_filter(self) -> None:
        words = folded(self.filter.text()).split()
        found = [part.narrow_down(words) for part in self._parts]
        self._nothing.setVisible(not any(found))
        if not any(found):
            accessible.announce(self.filter, self._nothing.text())


class _Part(QWidget):
    """A group: its title, and a line for each of its shortcuts."""

    def __init__(self, theme: Theme, group: Group, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._lines: list[tuple[QWidget, str]] = []
        self._rows: list[QBoxLayout] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(9)
        title = Text(theme, group.title, parent=self, font=theme.fonts.small_strong, color="hint").wrapped()
        column.addWidget(title)
        for shortcut in group.shortcuts:
            line = QWidget(self)
            row = QBoxLayout(QBoxLayout.Direction.LeftToRight, line)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(16)
            self._rows.append(row)
            row.addWidget(Text(theme, shortcut.label, parent=line).wrapped(), 1)
            row.addWidget(_Cap(theme, shortcut.keys, parent=line), 0, Qt.AlignmentFlag.AlignTop)
            accessible.name(line, f"{shortcut.label}: {shortcut.keys}")
            column.addWidget(line)
            self._lines.append((line, folded(f"{group.title} {shortcut.label} {shortcut.keys}")))

    @property
    def lines(self) -> int:
        return len(self._lines)

    def set_narrow(self, is_narrow: bool) -> None:
        """The keys go below what they do."""
        for row in self._rows:
            set_stacked(row, is_stacked=is_narrow)
            row.setSpacing(3 if is_narrow else 16)

    def narrow_down(self, words: list[str]) -> bool:
        """Leaves the lines that have all of these folded words; whether there are any."""
        shown = False
        for line, found_by in self._lines:
            is_meant = all(word in found_by for word in words)
            line.setVisible(is_meant)
            shown = shown or is_meant
        self.setVisible(shown)
        return shown


class _Cap(QWidget):
    """Keys in a small frame, in several lines where they are many words."""

    def __init__(self, theme: Theme, keys: str, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._keys = keys
        self.setFont(theme.fonts.small)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        accessible.name(self, keys)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self.font())
        room = QRectF(0, 0, self._theme.px(150), 1000)
        place = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, self._keys)
        return QSize(round(place.width()) + 2 * _CAP_PAD_PX + 1, round(place.height()) + 5)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = QRectF(self.rect())
        color = self._theme.color
        paint_card(painter, rect, ground=color("code_ground"), line=color("line"), radius=5)
        painter.setFont(self.font())
        painter.setPen(color("muted"))
        flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
        painter.drawText(rect.adjusted(_CAP_PAD_PX - 1, 0, 1 - _CAP_PAD_PX, 0), flags, self._keys)


def _halves(parts: Sequence[_Part]) -> tuple[list[_Part], list[_Part]]:
    """In order, and about as many lines in the one as in the other."""
    total = sum(part.lines + 2 for part in parts)
    first: list[_Part] = []
    lines = 0
    for part in parts:
        if first and lines + (part.lines + 2) / 2 > total / 2:
            break
        first.append(part)
        lines += part.lines + 2
    return first, list(parts[len(first) :])
