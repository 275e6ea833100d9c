"""Bringing in chats: files are dropped or chosen, looked at, brought in; then what became of it is told.

The dialog shows one of four states (waiting, looked at, at work, over) and asks; reading is done elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent, QPainter, QPaintEvent, QTextOption
from PySide6.QtWidgets import QFileDialog, QFrame, QPlainTextEdit, QVBoxLayout, QWidget

from app.chat.exchange.forms import NAMES, Brought, Found, Problem
from app.text import _, plural
from app.ui import accessible, files
from app.ui.controls import Card, ElidedText, Progress, Text, TextButton
from app.ui.folding import FoldingRow
from app.ui.models.entries import Chooser
from app.ui.models.tick import Tick
from app.ui.scrolling import ScrollingDialog, room_height
from app.ui.theme import Theme

_WIDTH_PX = 560
_PAD_PX = 16
_AS_THEY_COME = "as-they-come"
_PROBLEM_PX = 24
_PROBLEMS_PX = 144


@dataclass(frozen=True, slots=True)
class PathsChosen:
    """Look at these."""

    paths: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class BringWanted:
    """`folder_name`: empty for none, None where each chat keeps its own."""

    paths: tuple[Path, ...]
    folder_name: str | None
    with_known: bool


@dataclass(frozen=True, slots=True)
class FoundShown:
    """What a path has, and how many of its chats are here already."""

    found: Found
    known: int


class ImportDialog(ScrollingDialog):
    """`show_working`, `show_found` and `show_brought` change what it shows."""

    paths_chosen = Signal(object)
    """PathsChosen"""
    bring_requested = Signal(object)
    """BringWanted"""
    stop_requested = Signal()
    open_requested = Signal()
    """The first of the chats that were brought in; it closes."""

    def __init__(self, theme: Theme, folders: Sequence[str], parent: QWidget) -> None:
        super().__init__(theme, _("Bring in chats from files"), width_px=theme.px(_WIDTH_PX), parent=parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self._is_working = False
        self._shown: tuple[FoundShown, ...] = ()
        self._rows: list[QWidget] = []
        accessible.name(self, self.windowTitle())
        self.drop = _DropCard(theme, parent=self.page)
        self.drop.files_button.clicked.connect(self._on_files)
        self.drop.folder_button.clicked.connect(self._on_folder)
        self.column.addWidget(self.drop)
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        self.column.addLayout(self._list)
        self._add_progress()
        self._add_options(folders)
        self.outcome = Text(theme, "", parent=self.page, font=theme.fonts.ui_strong).wrapped()
        self.column.addWidget(self.outcome)
        self._add_problems()
        self._add_buttons()
        self.finish()
        self._show(self.drop)

    def offer(self, paths: Sequence[Path]) -> None:
        """Files were dropped or chosen."""
        known = [shown.found.path for shown in self._shown]
        if paths and not self._is_working:
            self.paths_chosen.emit(PathsChosen(tuple(dict.fromkeys((*known, *paths)))))

    def show_working(self, words: str) -> None:
        self._is_working = True
        self._words.setText(words)
        self.show_share(0.0)
        self.stop_button.setEnabled(True)
        self.stop_button.set_text(_("Stop"))
        self._show(self._progress)

    def show_share(self, share: float) -> None:
        """How far it is, from 0 to 1."""
        self._bar.set_share(share)

    def show_found(self, shown: Sequence[FoundShown]) -> None:
        """What was looked at; nothing brings the empty state back."""
        self._is_working = False
        self._shown = tuple(shown)
        self._clear_rows()
        for one in self._shown:
            row = _FoundRow(self._theme, one, parent=self.page)
            self._rows.append(row)
            self._list.addWidget(row)
        total = sum(one.found.conversations for one in self._shown)
        known = sum(one.known for one in self._shown)
        self.again.setVisible(known > 0)
        self._fill_problems([problem for one in self._shown if one.found.ids for problem in one.found.problems])
        self._show_count()
        self._show(self.drop, *self._rows, *((self._options,) if total else ()))
        (self.bring_button if self.bring_button.isEnabled() and total else self.close_button).setFocus()
        accessible.announce(self, " ".join(row.accessibleName() for row in self._rows))

    def show_brought(self, brought: Brought) -> None:
        self._is_working = False
        self._clear_rows()
        words = result_words(brought)
        self.outcome.setText(words)
        self._fill_problems(brought.problems)
        self._show(self.outcome)
        self.open_button.setVisible(bool(brought.ids))
        (self.open_button if brought.ids else self.close_button).setFocus()
        accessible.announce(self, words)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event.mimeData()) and self.drop.isVisible():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if paths := _dropped(event.mimeData()):
            event.acceptProposedAction()
            self.offer(paths)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._is_working:
            self._on_stop()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._is_working:
            event.ignore()
            self._on_stop()
        else:
            super().closeEvent(event)

    def _add_progress(self) -> None:
        self._progress = QWidget(self.page)
        column = QVBoxLayout(self._progress)
        column.setContentsMargins(0, 8, 0, 8)
        column.setSpacing(8)
        self._words = Text(self._theme, "", parent=self._progress).wrapped()
        self._bar = Progress(self._theme, self.windowTitle(), parent=self._progress)
        column.addWidget(self._words)
        column.addWidget(self._bar)
        self.column.addWidget(self._progress)

    def _add_options(self, folders: Sequence[str]) -> None:
        self._options = QWidget(self.page)
        column = QVBoxLayout(self._options)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(10)
        row = FoldingRow()
        row.setSpacing(12)
        label = _("Put them into")
        row.addWidget(Text(self._theme, label, parent=self._options))
        self.folder = Chooser(self._theme, label, _("Where they stand in the list of chats"), parent=self._options)
        self.folder.setMinimumWidth(0)
        self.folder.setMaximumWidth(self._theme.px(320))
        named = [(name, name) for name in folders if name]
        self.folder.set_choices([(_AS_THEY_COME, _("Their own folders")), ("", _("No folder")), *named])
        self.folder.show_value(_AS_THEY_COME)
        row.addWidget(self.folder)
        row.addStretch(1)
        column.addLayout(row)
        words = _("Bring in once more what is here already")
        self.again = Tick(self._theme, words, parent=self._options)
        self.again.toggled.connect(self._show_count)
        column.addWidget(self.again)
        self.column.addWidget(self._options)

    def _add_problems(self) -> None:
        self._problems = QWidget(self.page)
        column = QVBoxLayout(self._problems)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(6)
        self._problems_title = Text(self._theme, "", parent=self._problems, color="muted").wrapped()
        card = Card(self._theme, parent=self._problems, ground="code_ground")
        self.problems = QPlainTextEdit(card)
        self.problems.setReadOnly(True)
        self.problems.setTabChangesFocus(True)
        self.problems.setFrameShape(QFrame.Shape.NoFrame)
        self.problems.setFont(self._theme.fonts.small)
        self.problems.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.problems.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.problems.setUndoRedoEnabled(False)
        self.problems.viewport().setAutoFillBackground(False)
        accessible.name(self.problems, _("What could not be brought in"))
        inside = QVBoxLayout(card)
        inside.setContentsMargins(10, 8, 6, 8)
        inside.addWidget(self.problems)
        column.addWidget(self._problems_title)
        column.addWidget(card)
        self.column.addWidget(self._problems)

    def _add_buttons(self) -> None:
        self.buttons.addStretch(1)
        self.stop_button = TextButton(self._theme, _("Stop"), parent=self)
        self.stop_button.clicked.connect(self._on_stop)
        self.close_button = TextButton(self._theme, _("Close"), parent=self)
        self.close_button.clicked.connect(self.reject)
        self.bring_button = TextButton(self._theme, _("Bring in"), parent=self, kind="strong")
        self.bring_button.clicked.connect(self._on_bring)
        self.open_button = TextButton(self._theme, _("Open the first"), parent=self, kind="strong")
        self.open_button.clicked.connect(self._on_open)
        for button in (self.stop_button, self.close_button, self.open_button, self.bring_button):
            self.buttons.addWidget(button)

    def _show(self, *parts: QWidget) -> None:
        """These parts, and the buttons that go with them."""
        for part in (self.drop, self._progress, self._options, self.outcome, *self._rows):
            part.setVisible(part in parts)
        has_problems = bool(self.problems.toPlainText()) and not self._is_working and self._progress not in parts
        self._problems.setVisible(has_problems)
        self.stop_button.setVisible(self._is_working)
        self.close_button.setVisible(not self._is_working)
        self.bring_button.setVisible(self._options in parts)
        self.open_button.setVisible(False)
        self.drop.show_compact(bool(self._shown))
        if self.isVisible():
            self._refit()

    def _refit(self) -> None:
        """As high as what is shown now, within the window."""
        self.column.activate()
        self.resize(self.width(), max(self.minimumHeight(), min(self.wanted_height, room_height(self))))

    def _clear_rows(self) -> None:
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = []

    def _fill_problems(self, problems: Sequence[Problem]) -> None:
        count = len(problems)
        words = plural("{count} entry could not be read:", "{count} entries could not be read:", count)
        self._problems_title.setText(words)
        self.problems.setPlainText("\n".join(map(problem_words, problems)))
        self.problems.setFixedHeight(self._theme.px(min(_PROBLEMS_PX, _PROBLEM_PX * (count + 1))))

    @Slot()
    def _show_count(self) -> None:
        ids = {id_ for one in self._shown for id_ in one.found.ids}
        known = 0 if self.again.isChecked() else sum(one.known for one in self._shown)
        count = max(0, len(ids) - known)
        self.bring_button.set_text(
            plural("Bring in {count} chat", "Bring in {count} chats", count) if count else _("Nothing new to bring in")
        )
        self.bring_button.setEnabled(count > 0)

    @Slot()
    def _on_files(self) -> None:
        dialog = files.folder_dialog(self, _("Choose files with chats"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly, on=False)
        dialog.setNameFilters([_("Chats (*.json *.jsonl *.zip *.chat)"), _("All files (*)")])
        dialog.filesSelected.connect(self._on_selected)
        dialog.open()

    @Slot()
    def _on_folder(self) -> None:
        dialog = files.folder_dialog(self, _("Choose a folder with chats"))
        dialog.filesSelected.connect(self._on_selected)
        dialog.open()

    @Slot(list)
    def _on_selected(self, names: list[str]) -> None:
        self.offer([Path(name) for name in names if name])

    @Slot()
    def _on_bring(self) -> None:
        chosen = str(self.folder.value)
        paths = tuple(one.found.path for one in self._shown if one.found.ids)
        self.bring_requested.emit(
            BringWanted(paths, None if chosen == _AS_THEY_COME else chosen, self.again.isChecked())
        )

    @Slot()
    def _on_stop(self) -> None:
        if self.stop_button.isEnabled():
            self.stop_button.setEnabled(False)
            self.stop_button.set_text(_("Stopping…"))
            self.stop_requested.emit()

    @Slot()
    def _on_open(self) -> None:
        self.open_requested.emit()
        self.accept()


class _DropCard(Card):
    """Where files are dropped; smaller once some are there."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent, ground="window", line=None)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(10)
        self.words = Text(theme, _("Drop files here"), parent=self, font=theme.fonts.ui_strong)
        self.words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        names = ", ".join(name for origin, name in NAMES.items() if origin != "paddock")
        told = _("Chats of Paddock (JSON), and exports or chat folders of {names}.").format(names=names)
        self.help = Text(theme, told, parent=self, color="muted").wrapped()
        self.help.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.files_button = TextButton(theme, _("Choose files…"), parent=self)
        self.folder_button = TextButton(theme, _("Choose a folder…"), parent=self)
        row = FoldingRow()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self.files_button)
        row.addWidget(self.folder_button)
        row.addStretch(1)
        self._column.addWidget(self.words)
        self._column.addWidget(self.help)
        self._column.addLayout(row)
        self.show_compact(False)

    def show_compact(self, is_compact: bool) -> None:
        pad = 12 if is_compact else 28
        self._column.setContentsMargins(20, pad, 20, pad)
        self.words.setText(_("Add more files") if is_compact else _("Drop files here"))
        self.help.setVisible(not is_compact)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = painter.pen()
        pen.setColor(self._theme.color("line_strong"))
        pen.setStyle(Qt.PenStyle.DashLine)
        pen.setWidthF(1.2)
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 12, 12)


class _FoundRow(Card):
    """A file, and what it has."""

    def __init__(self, theme: Theme, shown: FoundShown, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        words = found_words(shown)
        name = shown.found.path.name
        accessible.name(self, f"{name}: {words}")
        column = QVBoxLayout(self)
        column.setContentsMargins(_PAD_PX, 10, _PAD_PX, 10)
        column.setSpacing(2)
        column.addWidget(ElidedText(theme, name, parent=self, font=theme.fonts.ui_strong))
        color = "muted" if shown.found.ids else "danger"
        column.addWidget(Text(theme, words, parent=self, color=color).wrapped())


def found_words(shown: FoundShown) -> str:
    """ "ChatGPT: 312 chats, 4 already here"."""
    found = shown.found
    if not found.ids:
        return found.problems[0].sentence if found.problems else _("There are no chats in it.")
    parts = [plural("{count} chat", "{count} chats", found.conversations)]
    if shown.known:
        parts.append(plural("{count} already here", "{count} already here", shown.known))
    if found.problems:
        parts.append(plural("{count} unreadable", "{count} unreadable", len(found.problems)))
    name = NAMES[found.kind] if found.kind is not None else _("Chats")
    return _("{program}: {what}").format(program=name, what=", ".join(parts))


def result_words(brought: Brought) -> str:
    count = len(brought.ids)
    parts = [plural("{count} chat was brought in.", "{count} chats were brought in.", count)]
    if not brought.is_whole:
        parts = [
            plural("Stopped after {count} chat, which is here.", "Stopped after {count} chats, which are here.", count)
        ]
    if brought.known:
        parts.append(plural("{count} was here already.", "{count} were here already.", brought.known))
    return " ".join(parts)


def problem_words(problem: Problem) -> str:
    return f"{problem.name}: {f'“{problem.title}”: ' if problem.title else ''}{problem.sentence}"


def _dropped(untrusted_data: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in untrusted_data.urls() if url.isLocalFile()]
