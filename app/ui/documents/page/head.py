"""The bar above the page, and the field that searches in all documents."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from app.text import _
from app.ui import accessible
from app.ui.chat.sidebar.search_field import SearchField as RestingField
from app.ui.controls import IconButton, TextButton
from app.ui.pages.page_bar import PageBar
from app.ui.theme import Theme

_FIELD_PX = 42
_WITH_WORDS_PX = 700  # of the bar, from which on its buttons say in words what they do


class TopBar(PageBar):
    folder_requested = Signal()
    files_requested = Signal()
    menu_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, _("Documents"), with_words_px=_WITH_WORDS_PX, parent=parent)
        self.folder = TextButton(theme, _("Add a folder…"), parent=self, icon="folder-plus")
        self.files = TextButton(theme, _("Add files…"), parent=self, icon="file-plus")
        self.folder_short = IconButton(theme, "folder-plus", _("Add a folder…"), parent=self)
        self.files_short = IconButton(theme, "file-plus", _("Add files…"), parent=self)
        self.menu = IconButton(theme, "dots-three-bold", _("More: check files, model for searching"), parent=self)
        self.worded += [self.folder, self.files]
        self.short += [self.folder_short, self.files_short]
        for button in (self.folder, self.folder_short, self.files, self.files_short, self.menu):
            self.row.addWidget(button)
        for button in (self.folder, self.folder_short):
            button.clicked.connect(self.folder_requested)
        for button in (self.files, self.files_short):
            button.clicked.connect(self.files_requested)
        self.menu.clicked.connect(self.menu_requested)
        self._fit()


class SearchField(RestingField):
    """Searches as soon as the typing rests, because nothing leaves the machine for it."""

    search_requested = Signal()
    cleared = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self.setFont(theme.fonts.ui)
        self.setPlaceholderText(_("Search in your documents"))
        accessible.name(
            self,
            _("Search in your documents"),
            _("Finds documents by their names, and passages by their words and their meaning."),
        )
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
