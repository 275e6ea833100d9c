"""The documents of a collection: what each is, whether it was read, and what is wrong with it. Every row is painted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QMenu, QWidget

from app.documents.records import Document, FileProgress
from app.text import _
from app.ui.documents.page import wording
from app.ui.documents.page.shown import DocumentAct, DocumentActName
from app.ui.documents.page.tall_list import TallList
from app.ui.row_items import DOTS_ROOM_PX, RowItems, RowWords, TwoLines
from app.ui.theme import Theme

_ICONS: dict[str, str] = {
    "pdf": "file-pdf",
    "pptx": "presentation",
    "sheet": "table",
    "csv": "table",
    "html": "article",
    "epub": "book-open",
    "mail": "envelope-simple",
    "mbox": "envelope-simple",
    "code": "file-code",
    "json": "file-code",
}
_STATES: dict[str, tuple[str, str]] = {  # icon and colour, where the state says more than the kind
    "waiting": ("clock", "hint"),
    "reading": ("hourglass-medium", "accent"),
    "failed": ("warning-circle", "danger"),
    "missing": ("file-dotted", "muted"),
    "away": ("hard-drive", "muted"),
}


class DocumentList(TallList):
    """Enter or a double click shows a document; the three dots, a right click or the menu key say what else can be
    done with it, or with all that are selected."""

    document_act = Signal(object)  # DocumentAct

    def __init__(self, theme: Theme, label: str, *, parent: QWidget) -> None:
        super().__init__(theme, label, parent=parent)
        self._at_work: dict[str, FileProgress] = {}
        self.items: RowItems[Document] = RowItems(self._words, self)
        self.use(self.items, TwoLines(theme, self, has_dots=True))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.opened.connect(self._on_opened)

    def show_documents(self, documents: Sequence[Document]) -> None:
        """The place and the selection stay with the documents that stay."""
        if [one.id for one in documents] == [one.id for one in self.items.values]:
            self.items.replace_values(documents)
            return
        chosen, current = set(self.chosen_ids()), self.items.value(self.currentIndex())
        self.items.set_values(documents)
        for row, document in enumerate(documents):
            if document.id in chosen:
                self.selectionModel().select(self.items.index(row, 0), QItemSelectionModel.SelectionFlag.Select)
            if current is not None and document.id == current.id:
                flag = QItemSelectionModel.SelectionFlag.NoUpdate
                self.selectionModel().setCurrentIndex(self.items.index(row, 0), flag)

    def show_progress(self, files: Mapping[str, FileProgress]) -> None:
        """How far those are that are at work, by id, of whatever collection."""
        own = {one.id: files[one.id] for one in self.items.values if one.id in files} if files else {}
        if own != self._at_work:
            self._at_work = own
            self.viewport().update()

    def chosen_ids(self) -> tuple[str, ...]:
        """As they stand in the list."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        return tuple(self.items.values[row].id for row in rows if row < len(self.items.values))

    def make_menu(self, row: int) -> QMenu:
        """What can be done with a document, and with those selected beside it; it destroys itself when it closes."""
        document = self.items.values[row]
        ids = self.chosen_ids()
        ids = ids if document.id in ids else (document.id,)
        chosen = [one for one in self.items.values if one.id in set(ids)]
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        for act in _acts(chosen):
            icon, words = _WORDS[act]
            if act == "remove":
                menu.addSeparator()
            action = menu.addAction(self._theme.icons.icon(icon, self._theme.color("muted")), words(len(ids)))
            action.triggered.connect(partial(self._ask, DocumentAct(ids, act)))
        return menu

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            if ids := self.chosen_ids():
                self.document_act.emit(DocumentAct(ids, "remove"))
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        if (
            index.isValid()
            and event.button() == Qt.MouseButton.LeftButton
            and self._is_on_dots(index, event.position().x())
        ):
            self.make_menu(index.row()).popup(event.globalPosition().toPoint())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if index.isValid():
            at = self.viewport().mapToGlobal(self.visualRect(index).center()) if by_key else event.globalPos()
            self.make_menu(index.row()).popup(QPoint(at))

    def _is_on_dots(self, index: QModelIndex, x: float) -> bool:
        rect, room = self.visualRect(index), self._theme.px(DOTS_ROOM_PX)
        return x < rect.left() + room if self.isRightToLeft() else x > rect.right() - room

    def _on_opened(self, row: int) -> None:
        document = self.items.values[row]
        is_failed = document.status == "failed"
        act: DocumentActName = "unlock" if wording.is_locked(document) else "why" if is_failed else "show"
        if is_failed or document.parts:
            self.document_act.emit(DocumentAct((document.id,), act))

    def _ask(self, act: DocumentAct, _is_checked: bool = False) -> None:
        self.document_act.emit(act)

    def _words(self, document: Document) -> RowWords:
        at_work = self._at_work.get(document.id)
        is_being_read = at_work is not None and at_work.step == "reading"
        status = "reading" if is_being_read else document.status  # which is told more often than documents are
        icon, color = _STATES.get(status, (_ICONS.get(document.kind, "file-text"), "muted"))
        line = wording.document(document, at_work)
        return RowWords(
            document.name,
            line,
            tooltip=wording.about(document),
            spoken=wording.spoken(document, line),
            icon="lock-key" if wording.is_locked(document) else icon,
            icon_color=color,
            line_color="danger" if document.status == "failed" else "muted",
            is_name_of_file=True,
        )


def _acts(documents: Sequence[Document]) -> tuple[DocumentActName, ...]:
    """What can be done with these together."""
    acts: list[DocumentActName] = []
    only = documents[0] if len(documents) == 1 else None
    if only is not None and only.parts:
        acts.append("show")
    if only is not None and wording.is_locked(only):
        acts.append("unlock")
    if only is not None and only.fault:
        acts.append("why")
    acts += ["ask", "read_again"]
    if any(one.keeping == "reference" and one.wanted != "inside" for one in documents):
        acts.append("keep")
    if only is not None and only.path:
        acts.append("open_folder")
    return (*acts, "remove")


_WORDS: dict[DocumentActName, tuple[str, Callable[[int], str]]] = {
    "show": ("file-text", lambda _count: _("Show")),
    "unlock": ("lock-key-open", lambda _count: _("Unlock…")),
    "why": ("warning-circle", lambda _count: _("What is wrong with it…")),
    "ask": ("chat-circle", lambda count: _("Ask this document") if count == 1 else _("Ask these documents")),
    "read_again": ("arrows-clockwise", lambda _count: _("Read again")),
    "keep": ("shield-check", lambda count: _("Keep a copy inside") if count == 1 else _("Keep copies inside")),
    "open_folder": ("folder-open", lambda _count: _("Open its folder")),
    "remove": ("trash", lambda _count: _("Remove…")),
}
