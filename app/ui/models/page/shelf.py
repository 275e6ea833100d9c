"""What is on this computer: models, those of other programs, adapters, embedding models, and where they lie."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from app.text import _
from app.ui import accessible
from app.ui.controls import Card, IconButton, Text, TextButton
from app.ui.models.entries import scaled
from app.ui.models.page import wording
from app.ui.models.page.disk import DiskRow
from app.ui.models.page.shown import ShelfAct, ShelfActName, ShelfGroup, ShelfItem, ShelfShown, UseRequested
from app.ui.pages.parts import PAD_PX, Bar, Heading, KeyedColumn, MiddleElided, Row, make_button
from app.ui.theme import Theme

_ICONS: dict[ShelfActName, str] = {
    "settings": "sliders-horizontal",
    "check": "shield-check",
    "export": "export",
    "move": "hard-drives",
    "show": "folder-open",
    "forget": "minus-circle",
    "delete": "trash",
}
_GROUPS: tuple[ShelfGroup, ...] = ("model", "elsewhere", "adapter", "embedding")
_FAULTS = ("missing", "changed")
_SECTION_GAP_PX = 22


class ShelfView(QWidget):
    """Says that it is looking until the first `show_shelf`: until then nobody knows what is here."""

    use_requested = Signal(object)  # UseRequested
    shelf_act = Signal(object)  # ShelfAct
    folder_requested = Signal()
    discover_requested = Signal()
    search_models_requested = Signal()  # others than those that are here
    file_requested = Signal()
    rows_changed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_SECTION_GAP_PX)
        self.waiting = Text(theme, _("Looking at what is on this computer…"), parent=self, color="muted")
        self.waiting.setContentsMargins(2, 0, 2, 4)
        self.empty = self._make_empty()
        self.empty.hide()
        column.addWidget(self.waiting)
        column.addWidget(self.empty)
        self.groups = {group: _Group(theme, group, parent=self) for group in _GROUPS}
        for made in self.groups.values():
            made.use_requested.connect(self.use_requested)
            made.shelf_act.connect(self.shelf_act)
            made.rows_changed.connect(self.rows_changed)
            made.hide()
            column.addWidget(made)
        self.groups["embedding"].others.clicked.connect(self.search_models_requested)
        self._disk_section = self._make_disks()
        self._disk_section.hide()
        column.addWidget(self._disk_section)
        column.addStretch(1)

    @property
    def rows(self) -> dict[str, ShelfRow]:
        """By id."""
        return {id_: row for group in self.groups.values() for id_, row in group.rows.items()}

    def show_shelf(self, shown: ShelfShown) -> None:
        self.waiting.hide()
        for name, group in self.groups.items():
            group.show_items(tuple(item for item in shown.items if item.group == name))
        self.empty.setVisible(not shown.items)
        disks = {disk.folder: disk for disk in shown.disks}
        self._disks.sync(disks, self._make_disk)
        for folder, disk in disks.items():
            self._disks.rows[folder].show_disk(disk)
        self._disk_section.setVisible(bool(disks))

    def show_searching(self, words: str) -> None:
        """What is being done for searching just now, or what is wrong with it; empty for nothing."""
        self.groups["embedding"].heading.set_words(words or group_words("embedding")[1])

    def _make_disk(self, _folder: str) -> DiskRow:
        return DiskRow(self._theme, parent=self._disk_card)

    def _make_empty(self) -> Card:
        card = Card(self._theme, parent=self)
        column = QVBoxLayout(card)
        column.setContentsMargins(24, 28, 24, 28)
        column.setSpacing(6)
        middle = Qt.AlignmentFlag.AlignHCenter
        title = Text(self._theme, _("No models here yet"), parent=card, font=self._theme.fonts.heading).wrapped()
        words = _("Choose one under Discover, or open a model file that you have already.")
        text = Text(self._theme, words, parent=card, color="muted").wrapped()
        for label in (title, text):
            label.setAlignment(middle)
            column.addWidget(label)
        self.discover = make_button(self._theme, _("Discover models"), parent=card, kind="strong")
        self.open_file = make_button(self._theme, _("Open a model file…"), parent=card)
        self.discover.clicked.connect(self.discover_requested)
        self.open_file.clicked.connect(self.file_requested)
        row = QHBoxLayout()
        row.setContentsMargins(0, 12, 0, 0)
        row.setSpacing(8)
        row.addStretch(1)
        for button in (self.discover, self.open_file):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        return card

    def _make_disks(self) -> QWidget:
        section = QWidget(self)
        self._disk_card = Card(self._theme, parent=section)
        inside = QVBoxLayout(self._disk_card)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        self._disks: KeyedColumn[str, DiskRow] = KeyedColumn(inside)
        self.change_folder = make_button(self._theme, _("Change folder…"), parent=section)
        accessible.name(self.change_folder, _("Change the folder that new models go to"))
        self.change_folder.clicked.connect(self.folder_requested)
        head = QHBoxLayout()
        head.addWidget(Heading(self._theme, _("Space on the disk"), parent=section), 1)
        head.addWidget(self.change_folder)
        column = QVBoxLayout(section)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._disk_card)
        return section


class _Group(QWidget):
    use_requested = Signal(object)  # UseRequested
    shelf_act = Signal(object)  # ShelfAct
    rows_changed = Signal()

    def __init__(self, theme: Theme, group: ShelfGroup, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        title, words = group_words(group)
        self._card = Card(theme, parent=self)
        inside = QVBoxLayout(self._card)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(0)
        self._column: KeyedColumn[str, ShelfRow] = KeyedColumn(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.heading = Heading(theme, title, words, parent=self)
        self.others = make_button(theme, _("Others…"), parent=self)
        accessible.name(self.others, _("Find other models for searching your documents"))
        self.others.setVisible(group == "embedding")
        head = QHBoxLayout()
        head.addWidget(self.heading, 1)
        head.addWidget(self.others, 0, Qt.AlignmentFlag.AlignBottom)
        column.addLayout(head)
        column.addWidget(self._card)

    @property
    def rows(self) -> dict[str, ShelfRow]:
        return self._column.rows

    def show_items(self, items: tuple[ShelfItem, ...]) -> None:
        by_id = {item.id: item for item in items}
        is_new = self._column.sync(by_id, self._make)
        for id_, item in by_id.items():
            self.rows[id_].show_item(item)
        self.setVisible(bool(by_id))
        if is_new:
            self.rows_changed.emit()

    def _make(self, _id: str) -> ShelfRow:
        row = ShelfRow(self._theme, parent=self._card)
        row.use_requested.connect(self.use_requested)
        row.shelf_act.connect(self.shelf_act)
        return row


class ShelfRow(Row):
    use_requested = Signal(object)  # UseRequested
    shelf_act = Signal(object)  # ShelfAct

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self._item: ShelfItem | None = None
        self.title = MiddleElided(theme, "", parent=self, font=theme.fonts.ui_strong)
        self.line = Text(theme, "", parent=self, font=theme.fonts.small, color="muted").wrapped()
        self.state = Text(theme, "", parent=self, font=theme.fonts.small, color="danger").wrapped()
        self.bar = Bar(theme, "", parent=self)
        self.use = _UseButton(theme, parent=self)
        self.more = IconButton(theme, "dots-three-bold", _("More"), parent=self)
        words = QVBoxLayout()
        words.setSpacing(2)
        for part in (self.title, self.line, self.state, self.bar):
            words.addWidget(part)
        words.insertSpacing(words.indexOf(self.bar), 3)
        row = QHBoxLayout(self)
        row.setContentsMargins(PAD_PX, 12, 10, 12)
        row.setSpacing(8)
        row.addLayout(words, 1)
        row.addWidget(self.use)
        row.addWidget(self.more)
        self.use.clicked.connect(self._on_use)
        self.more.clicked.connect(self._on_more)

    def show_item(self, item: ShelfItem) -> None:
        if item == self._item:
            return
        self._item = item
        is_usual = item.state in ("ready", "in_use", "unverified")
        state = wording.state(item)
        self.title.set_text(item.title)
        self.title.setToolTip(accessible.plain_tooltip(f"{item.title}\n{item.folder}".strip()))
        self.line.setText(wording.shelf(item))
        self.state.setText("" if is_usual else state)
        self.state.setVisible(not is_usual)
        self.state.set_color("danger" if item.state in _FAULTS else "muted")
        self.bar.setVisible(item.state == "checking")
        self.bar.set_share(item.checked)
        is_used = item.state == "in_use"
        use, use_it = _use_words(item.group)
        self.use.set_text(_("In use") if is_used else use, icon="check" if is_used else "")
        self.use.setEnabled(not is_used)
        self.use.set_quiet(is_used)
        self.use.setVisible(item.can_use and item.state not in _FAULTS)
        what = _("{title} is in use") if is_used else use_it
        accessible.name(self.use, what.format(title=item.title))
        self.more.set_label(_("More about {title}").format(title=item.title))
        self.more.setVisible(bool(item.acts))
        accessible.name(self, f"{item.title}. {self.line.text()}. {state}.")

    def make_menu(self) -> QMenu:
        """What can be done with it; the menu destroys itself when it closes."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        color = self._theme.color("muted")
        for act in self._item.acts if self._item is not None else ():
            if act == "delete" and menu.actions():
                menu.addSeparator()
            is_checking = act == "check" and self._item is not None and self._item.state == "checking"
            words = _("Stop checking") if is_checking else act_words(act)
            action = menu.addAction(self._theme.icons.icon("stop" if is_checking else _ICONS[act], color), words)
            action.triggered.connect(partial(self._on_act, act))
        return menu

    @Slot()
    def _on_use(self) -> None:
        if self._item is not None:
            self.use_requested.emit(UseRequested(self._item.id))

    @Slot()
    def _on_more(self) -> None:
        menu = self.make_menu()
        below = self.more.mapToGlobal(QPoint(self.more.width(), self.more.height() + 2))
        menu.popup(below - QPoint(menu.sizeHint().width(), 0))

    def _on_act(self, act: ShelfActName, _is_checked: bool = False) -> None:
        if self._item is not None:
            self.shelf_act.emit(ShelfAct(self._item.id, act))


class _UseButton(TextButton):
    """Says "In use" without looking like something to press."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, _("Use"), parent=parent)
        self.setAutoDefault(False)
        self.height_px = scaled(theme, self.height_px)

    def set_quiet(self, is_quiet: bool) -> None:
        self._kind = "quiet" if is_quiet else "plain"
        self.updateGeometry()
        self.update()


def _use_words(group: ShelfGroup) -> tuple[str, str]:
    """What the button says, and what it is called among the others."""
    if group == "embedding":
        return _("Use for searching"), _("Use {title} for searching")
    return _("Use"), _("Use {title}")


def group_words(group: ShelfGroup) -> tuple[str, str]:
    """The name of a section, and a sentence on it."""
    return {
        "model": (_("Models"), ""),
        "elsewhere": (_("From other programs"), _("Used where they are, not copied.")),
        "adapter": (_("Adapters"), _("Small files that change how a model answers.")),
        "embedding": (_("For searching your documents"), _("They find passages by their meaning, and never answer.")),
    }[group]


def act_words(act: ShelfActName) -> str:
    return {
        "settings": _("Model settings…"),
        "check": _("Check again"),
        "export": _("Export…"),
        "move": _("Move…"),
        "show": _("Show in folder"),
        "forget": _("Take off the list"),
        "delete": _("Delete…"),
    }[act]
