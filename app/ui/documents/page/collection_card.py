"""A collection: its name, how much it holds, what can be done with it; and its documents once it is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from app.documents.records import FileProgress
from app.text import _
from app.ui import accessible
from app.ui.controls import Card, IconButton, Text
from app.ui.documents.page import wording
from app.ui.documents.page.document_list import DocumentList
from app.ui.documents.page.shown import CollectionAct, CollectionActName, CollectionShown
from app.ui.models.entries import scaled
from app.ui.pages.expanding import ExpandingHead
from app.ui.pages.parts import MiddleElided, Row, make_button
from app.ui.theme import Theme

_END_PX = 8
_WITH_ASK_PX = 520  # of the page's column, from which on there is room for the button beside the name


class CollectionHead(ExpandingHead):
    """Its name, how much there is, and the folder."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, end_px=_END_PX, parent=parent)
        self.where = MiddleElided(theme, "", parent=self, font=theme.fonts.small, color="hint")
        self.line = Text(theme, "", parent=self, font=theme.fonts.small, color="muted").wrapped()
        self._hold()
        self._grid.setVerticalSpacing(2)
        for row, part in enumerate((self.title, self.line, self.where)):
            self._grid.addWidget(part, row, 0)

    def show_collection(self, shown: CollectionShown) -> None:
        self.title.set_text(wording.title(shown))
        self.line.setText(wording.collection(shown))
        self.where.set_text(wording.where(shown))
        self.where.setVisible(bool(wording.where(shown)))
        self.setToolTip(accessible.plain_tooltip(f"{wording.title(shown)}\n{wording.where(shown)}".strip()))
        self._speak()

    def words_spoken(self) -> tuple[str, str, str]:
        said = ". ".join(part for part in (self.title.accessibleName(), self.line.text()) if part)
        return said, _("Open. Press Left to close it."), _("Closed. Press Enter to see its documents.")


class CollectionCard(Row):
    """A card of its own; the column that keeps rows keeps it, too."""

    collection_act = Signal(object)  # CollectionAct
    document_act = Signal(object)  # DocumentAct
    ask_requested = Signal(object)  # Scope
    sought = Signal(object)  # QRect, in the coordinates of `list`
    rows_changed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, parent=parent)
        self._shown: CollectionShown | None = None
        self._at_work: Mapping[str, FileProgress] = {}
        self._has_room = True
        card = Card(theme, parent=self)
        self.head = CollectionHead(theme, parent=card)
        self.ask = make_button(theme, _("Ask"), parent=card, icon="chat-circle")
        self.more = IconButton(theme, "dots-three-bold", _("More"), parent=card)
        self.list: DocumentList | None = None
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self.head, 1)
        top.addWidget(self.ask)
        top.addWidget(self.more)
        top.addSpacing(4)
        self._inside = QVBoxLayout(card)
        self._inside.setContentsMargins(0, 0, 0, 0)
        self._inside.setSpacing(0)
        self._inside.addLayout(top)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(card)
        self.head.opened.connect(self._on_opened)
        self.ask.clicked.connect(self._on_ask)
        self.more.clicked.connect(self._on_more)

    def set_first(self, is_first: bool) -> None:
        """Cards have no line between them."""

    def arrange(self, column_px: int) -> None:
        self._has_room = column_px >= scaled(self._theme, _WITH_ASK_PX)
        self._show_ask()

    def show_collection(self, shown: CollectionShown) -> None:
        if shown == self._shown:
            return
        self._shown = shown
        title = wording.title(shown)
        self.head.show_collection(shown)
        accessible.name(self.ask, _("Ask the documents of {title}").format(title=title))
        self.ask.setToolTip(accessible.plain_tooltip(_("Begin a chat that answers from these documents")))
        self.more.set_label(_("More about {title}").format(title=title))
        self._show_ask()
        if self.list is not None and self.head.is_open:
            self._show_documents()

    def show_progress(self, files: Mapping[str, FileProgress]) -> None:
        """How far the documents are that are at work, by id."""
        self._at_work = files
        if self.list is not None and self.head.is_open:
            self.list.show_progress(files)

    def make_menu(self) -> QMenu:
        """What can be done with it; the menu destroys itself when it closes."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        color = self._theme.color("muted")
        for act in _acts(self._shown):
            icon, words = _WORDS[act]
            if act == "remove":
                menu.addSeparator()
            action = menu.addAction(self._theme.icons.icon(icon, color), words())
            action.triggered.connect(partial(self._on_act, act))
        return menu

    def _show_ask(self) -> None:
        self.ask.setVisible(self._has_room and self._shown is not None and bool(self._shown.documents))

    def _show_documents(self) -> None:
        if self.list is not None and self._shown is not None:
            self.list.show_documents(self._shown.documents)
            self.list.show_progress(self._at_work)
            self.list.setVisible(bool(self._shown.documents))

    @Slot(object)
    def _on_opened(self, is_open: bool) -> None:
        if self.list is None:
            title = self.head.title.accessibleName()
            self.list = DocumentList(self._theme, _("Documents of {title}").format(title=title), parent=self)
            self.list.document_act.connect(self.document_act)
            self.list.sought.connect(self.sought)
            self._inside.addWidget(self.list)
            self._inside.setContentsMargins(0, 0, 0, 6)
        self._inside.setContentsMargins(0, 0, 0, 6 if is_open else 0)
        self._show_documents()
        self.list.setVisible(is_open and bool(self.list.items.values))
        self.rows_changed.emit()

    @Slot()
    def _on_ask(self) -> None:
        if self._shown is not None:
            self.ask_requested.emit(self._shown.scope)

    @Slot()
    def _on_more(self) -> None:
        menu = self.make_menu()
        below = self.more.mapToGlobal(QPoint(self.more.width(), self.more.height() + 2))
        menu.popup(below - QPoint(menu.sizeHint().width(), 0))

    def _on_act(self, act: CollectionActName, _is_checked: bool = False) -> None:
        if self._shown is None:
            return
        if act == "ask":
            self.ask_requested.emit(self._shown.scope)
        else:
            self.collection_act.emit(CollectionAct(self._shown.id, act))


def _acts(shown: CollectionShown | None) -> tuple[CollectionActName, ...]:
    if shown is None:
        return ()
    acts: list[CollectionActName] = ["ask"] if shown.documents else []
    if shown.collection is not None:
        acts += ["open_folder" if shown.collection.folder else "add_files", "rename"]
    if shown.left_out:
        acts.append("left_out")
    if any(one.keeping == "reference" and one.wanted != "inside" for one in shown.documents):
        acts.append("keep")
    if shown.collection is not None and shown.collection.folder:
        acts.append("check")
    if shown.documents:
        acts.append("read_again")
    return (*acts, "remove")


_WORDS: dict[CollectionActName, tuple[str, Callable[[], str]]] = {
    "ask": ("chat-circle", lambda: _("Ask these documents")),
    "add_files": ("file-plus", lambda: _("Add files…")),
    "rename": ("pencil-simple", lambda: _("Rename…")),
    "open_folder": ("folder-open", lambda: _("Open the folder")),
    "left_out": ("eye-closed", lambda: _("Left out…")),
    "keep": ("shield-check", lambda: _("Keep copies inside")),
    "check": ("magnifying-glass", lambda: _("Check every file")),
    "read_again": ("arrows-clockwise", lambda: _("Read all again")),
    "remove": ("trash", lambda: _("Remove…")),
}
