"""What stands above the collections: the work that goes on, pages that are pictures, and the page while it is empty."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.documents.records import Document, Progress
from app.text import _
from app.ui import accessible
from app.ui.controls import Card, IconButton, Text, paint_card
from app.ui.documents.page import wording
from app.ui.documents.page.shown import ShelfShown
from app.ui.folding import FoldingRow
from app.ui.pages.parts import PAD_PX, Bar, Ticker, make_button
from app.ui.theme import Theme
from app.ui.tokens import RADIUS_CARD

_SIDE_PX = 28
_BUTTON_PX = 28
_SIGN_PX = 44


class WorkCard(Card):
    """Takes no room while there is nothing to do. Figures change without anything moving."""

    pause_requested = Signal()
    resume_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self._is_paused = False
        self.line = Ticker(theme, parent=self, color="text")
        self.file = Ticker(theme, parent=self, font=theme.fonts.small)
        self.rest = Ticker(theme, parent=self, font=theme.fonts.small, color="hint")
        self.bar = Bar(theme, _("Reading"), parent=self)
        self.hold = IconButton(theme, "pause-fill", _("Pause"), parent=self, size=_BUTTON_PX)
        self.hold.icon_px = 15
        self.hold.clicked.connect(self._on_hold)
        words = QVBoxLayout()
        words.setSpacing(5)
        for part in (self.line, self.bar, self.file, self.rest):
            words.addWidget(part)
        row = QHBoxLayout(self)
        row.setContentsMargins(PAD_PX, 11, 10, 13)
        row.setSpacing(10)
        row.addLayout(words, 1)
        row.addWidget(self.hold)
        self.hide()

    def show_progress(self, progress: Progress, *, chunks: int, current: Document | None) -> None:
        """`chunks` are those of all documents that were read, `current` the one at work where it is known."""
        self._is_paused = progress.is_paused and progress.pause_reason != "answer"  # that ends by itself
        self.line.set_text(wording.work(progress))
        self.file.set_text(wording.file(progress, current))
        self.file.setVisible(bool(self.file.text))
        self.rest.set_text(wording.rest(progress))
        share = work_share(progress, chunks)
        self.bar.set_share(share or 0.0)
        self.bar.setVisible(share is not None)
        self.hold.set_icon("play-fill" if self._is_paused else "pause-fill")
        self.hold.set_label(_("Go on reading") if self._is_paused else _("Pause reading"))
        self.setVisible(wording.is_working(progress))

    @Slot()
    def _on_hold(self) -> None:
        (self.resume_requested if self._is_paused else self.pause_requested).emit()


def work_share(progress: Progress, chunks: int) -> float | None:
    """How far the bar is: of the file at work, of all passages, of the files that are checked; None for no bar."""
    if progress.current:
        return progress.fraction
    if not progress.documents_left and progress.chunks_left and chunks:
        return 1 - progress.chunks_left / chunks
    return None if progress.documents_left or progress.chunks_left else progress.checking


class SearchModelCard(Card):
    """The model that was chosen for searching by meaning is not here: nothing takes its place unasked."""

    starter_requested = Signal()
    models_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent, ground="accent_ground", line=None)
        self.words = Text(theme, "", parent=self).wrapped()
        self.starter = make_button(theme, _("Use the one of Paddock"), parent=self)
        self.models = make_button(theme, _("Choose another…"), parent=self, kind="quiet")
        self.starter.clicked.connect(self.starter_requested)
        self.models.clicked.connect(self.models_requested)
        accessible.name(self.starter, _("Search with the model that comes with Paddock instead"))
        accessible.name(self.models, _("Choose another model for searching"))
        row = FoldingRow(self)
        row.setContentsMargins(PAD_PX, 12, PAD_PX, 12)
        row.setSpacing(8)
        row.addWidget(self.words, 1)
        row.addWidget(self.starter)
        row.addWidget(self.models)
        self.hide()

    def show_note(self, note: str) -> None:
        """A sentence, empty where there is nothing to say."""
        self.words.setText(note)
        self.setVisible(bool(note))


class ScansCard(Card):
    """Scanned pages are read only when the person says so."""

    read_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent, ground="accent_ground", line=None)
        self.words = Text(theme, "", parent=self).wrapped()
        self.read = make_button(theme, _("Read the scans"), parent=self)
        self.read.clicked.connect(self.read_requested)
        row = FoldingRow(self)
        row.setContentsMargins(PAD_PX, 12, PAD_PX, 12)
        row.setSpacing(12)
        row.addWidget(self.words, 1)
        row.addWidget(self.read)
        self.hide()

    def show_shelf(self, shelf: ShelfShown) -> bool:
        """Whether there is something to say."""
        count = sum(one.scans for one in shelf.documents if one.status == "read")
        is_offered = bool(count) and not shelf.recognises
        if is_offered:
            self.words.setText(wording.scans(count, can_recognise=shelf.can_recognise))
            self.read.setVisible(shelf.can_recognise)
        return is_offered


class EmptyCard(Card):
    """Drawn as what it is, too: a place to drop things on."""

    folder_requested = Signal()
    files_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(_SIDE_PX, 40, _SIDE_PX, 40)
        column.setSpacing(6)
        column.addSpacing(theme.px(_SIGN_PX) + 14)
        title = Text(theme, _("Ask your own files"), parent=self, font=theme.fonts.heading).wrapped()
        words = Text(
            theme,
            _("Answers then show the page and the sentence that they come from. Add a folder, or drop files here."),
            parent=self,
            color="muted",
        ).wrapped()
        for label in (title, words):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(label)
        self.folder = make_button(theme, _("Add a folder…"), parent=self, kind="strong", icon="folder-plus")
        self.files = make_button(theme, _("Add files…"), parent=self, icon="file-plus")
        self.folder.clicked.connect(self.folder_requested)
        self.files.clicked.connect(self.files_requested)
        row = FoldingRow()
        row.setContentsMargins(0, 14, 0, 14)
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self.folder)
        row.addWidget(self.files)
        row.addStretch(1)
        column.addLayout(row)
        promise = Text(
            theme,
            _("What is read of them stays in your encrypted profile, on this computer. The files stay as they are."),
            parent=self,
            font=theme.fonts.small,
            color="hint",
        ).wrapped()
        promise.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(promise)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, color = QPainter(self), self._theme.color
        paint_card(painter, QRectF(self.rect()), ground=color("card"), line=None)
        pen = QPen(color("line_strong"), 1.4)
        pen.setDashPattern([5, 4])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS_CARD, RADIUS_CARD)
        side = self._theme.px(_SIGN_PX)
        sign = QRectF((self.width() - side) / 2, 40, side, side)
        self._theme.icons.paint(painter, "files", sign, color("accent"))
