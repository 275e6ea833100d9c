"""The bar above the page, and the field that searches in all documents."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.text import _
from app.ui import accessible
from app.ui.chat.sidebar.search_field import SearchField as RestingField
from app.ui.controls import ElidedText, Ground, IconButton, TextButton
from app.ui.models.entries import scaled
from app.ui.theme import Theme

_BAR_PX = 52
_FIELD_PX = 42
_WITH_WORDS_PX = 700  # of the bar, from which on its buttons say in words what they do


class TopBar(Ground):
    back_requested = Signal()
    folder_requested = Signal()
    files_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, "window", parent=parent, edge="bottom")
        theme.fix(self, height=_BAR_PX)
        theme.resized.connect(self._fit)
        self.back = TextButton(theme, _("Back to chat"), parent=self, kind="quiet", icon="arrow-left")
        self.back_short = IconButton(theme, "arrow-left", _("Back to chat"), parent=self)
        self.title = ElidedText(theme, _("Documents"), parent=self, font=theme.fonts.brand)
        self.folder = TextButton(theme, _("Add a folder…"), parent=self, icon="folder-plus")
        self.files = TextButton(theme, _("Add files…"), parent=self, icon="file-plus")
        self.folder_short = IconButton(theme, "folder-plus", _("Add a folder…"), parent=self)
        self.files_short = IconButton(theme, "file-plus", _("Add files…"), parent=self)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 16, 0)
        row.setSpacing(8)
        for part in (self.back, self.back_short):
            part.clicked.connect(self.back_requested)
            row.addWidget(part)
        row.addSpacing(4)
        row.addWidget(self.title, 1)
        for button in (self.folder, self.folder_short, self.files, self.files_short):
            row.addWidget(button)
        for button in (self.folder, self.folder_short):
            button.clicked.connect(self.folder_requested)
        for button in (self.files, self.files_short):
            button.clicked.connect(self.files_requested)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        is_roomy = self.width() >= scaled(self._theme, _WITH_WORDS_PX)
        for worded in (self.back, self.folder, self.files):
            worded.setVisible(is_roomy)
        for short in (self.back_short, self.folder_short, self.files_short):
            short.setVisible(not is_roomy)


class SearchField(RestingField):
    """Searches as soon as the typing rests, because nothing leaves the machine for it."""

    search_requested = Signal()
    cleared = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self.setFont(theme.fonts.ui)
        self.setPlaceholderText(_("Search in your documents"))
        accessible.name(self, _("Search in your documents"), _("Finds passages by their words and by their meaning."))
        self.rested.connect(self.search_requested)
        self.textChanged.connect(self._on_changed)

    @property
    def words(self) -> str:
        return " ".join(self.text().split())

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._theme.px(_FIELD_PX))

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self._theme.px(_FIELD_PX))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.words:
            self.search_requested.emit()
        else:
            super().keyPressEvent(event)

    @Slot(str)
    def _on_changed(self, text: str) -> None:
        if not text.split():
            self.cleared.emit()
