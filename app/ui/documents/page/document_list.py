"""The documents of a collection: what each is, whether it was read, and what is wrong with it. Every row is painted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPoint,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QMenu, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.documents.records import Document
from app.text import _
from app.ui import accessible
from app.ui.documents.page import wording
from app.ui.documents.page.shown import DocumentAct, DocumentActName
from app.ui.documents.page.tall_list import ROOT, Index, TallList
from app.ui.theme import Theme

DOCUMENT = int(Qt.ItemDataRole.UserRole) + 1
_ICON_PX, _DOTS_PX = 20, 18
_PAD_PX, _GAP_PX, _ROW_PAD_PX = 16, 10, 8
_DOTS_ROOM_PX = 40  # at the end of a row
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
}


class DocumentItems(QAbstractListModel):
    """By name, as given."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._documents: tuple[Document, ...] = ()

    @property
    def documents(self) -> tuple[Document, ...]:
        return self._documents

    def show_documents(self, documents: Sequence[Document]) -> bool:
        """Whether rows came, went or moved. What only changed is told row by row."""
        before, self._documents = self._documents, tuple(documents)
        if [one.id for one in before] != [one.id for one in self._documents]:
            self.beginResetModel()
            self.endResetModel()
            return True
        pairs = enumerate(zip(before, self._documents, strict=True))
        changed = [row for row, (was, now) in pairs if was is not now and was != now]
        if changed:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], 0))
        return False

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._documents)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._documents):
            return None
        document = self._documents[index.row()]
        if role == DOCUMENT:
            return document
        if role == Qt.ItemDataRole.DisplayRole:
            return document.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return wording.spoken(document)
        return accessible.plain_tooltip(wording.about(document)) if role == Qt.ItemDataRole.ToolTipRole else None


class DocumentList(TallList):
    """Enter or a double click shows a document; the three dots, a right click or the menu key say what else can be
    done with it, or with all that are selected."""

    document_act = Signal(object)  # DocumentAct

    def __init__(self, theme: Theme, label: str, *, parent: QWidget) -> None:
        super().__init__(theme, label, parent=parent)
        self.items = DocumentItems(self)
        self.use(self.items, _Delegate(theme, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.opened.connect(self._on_opened)

    def show_documents(self, documents: Sequence[Document]) -> None:
        """The place and the selection stay with the documents that stay."""
        chosen, current = set(self.chosen_ids()), self._document_at(self.currentIndex())
        if not self.items.show_documents(documents):
            return
        for row, document in enumerate(documents):
            if document.id in chosen:
                self.selectionModel().select(self.items.index(row, 0), QItemSelectionModel.SelectionFlag.Select)
            if current is not None and document.id == current.id:
                flag = QItemSelectionModel.SelectionFlag.NoUpdate
                self.selectionModel().setCurrentIndex(self.items.index(row, 0), flag)

    def chosen_ids(self) -> tuple[str, ...]:
        """As they stand in the list."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        return tuple(self.items.documents[row].id for row in rows if row < len(self.items.documents))

    def make_menu(self, row: int) -> QMenu:
        """What can be done with a document, and with those selected beside it; it destroys itself when it closes."""
        document = self.items.documents[row]
        ids = self.chosen_ids()
        ids = ids if document.id in ids else (document.id,)
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        for act in _acts(document, len(ids)):
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
        rect, room = self.visualRect(index), self._theme.px(_DOTS_ROOM_PX)
        return x < rect.left() + room if self.isRightToLeft() else x > rect.right() - room

    def _document_at(self, index: QModelIndex) -> Document | None:
        found = index.data(DOCUMENT) if index.isValid() else None
        return found if isinstance(found, Document) else None

    def _on_opened(self, row: int) -> None:
        document = self.items.documents[row]
        act: DocumentActName = "why" if document.status == "failed" else "show"
        if act == "why" or document.parts:
            self.document_act.emit(DocumentAct((document.id,), act))

    def _ask(self, act: DocumentAct, _is_checked: bool = False) -> None:
        self.document_act.emit(act)


class _Delegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: DocumentList) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        fonts = self._theme.fonts
        lines = QFontMetricsF(fonts.ui).height() + QFontMetricsF(fonts.small).height()
        return QSize(100, round(lines) + 2 * _ROW_PAD_PX + 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        document = index.data(DOCUMENT)
        if not isinstance(document, Document):
            return
        painter.save()
        view, theme = self._view, self._theme
        view.paint_ground(painter, option, is_current=index == view.currentIndex())
        whole = QRectF(option.rect)
        icon, color = _STATES.get(document.status, (_ICONS.get(document.kind, "file-text"), "muted"))
        side, dots = theme.px(_ICON_PX), theme.px(_DOTS_PX)
        middle = whole.center().y()
        begin = QRectF(whole.left() + _PAD_PX, middle - side / 2, side, side)
        theme.icons.paint(painter, icon, self._placed(begin, whole), theme.color(color))
        lines = QRectF(begin.right() + _GAP_PX, whole.top() + _ROW_PAD_PX, 0, 0)
        lines.setRight(whole.right() - theme.px(_DOTS_ROOM_PX))
        lines.setBottom(whole.bottom())
        rect = self._placed(lines, whole)
        middle_cut = Qt.TextElideMode.ElideMiddle
        rect.setTop(view.paint_line(painter, rect, (document.name, "text"), font=theme.fonts.ui, cut=middle_cut) + 2)
        quiet = "danger" if document.status == "failed" else "muted"
        view.paint_line(painter, rect, (wording.document(document), quiet), font=theme.fonts.small)
        if option.state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_Selected):
            place = QRectF(whole.right() - (theme.px(_DOTS_ROOM_PX) + dots) / 2 - 2, middle - dots / 2, dots, dots)
            theme.icons.paint(painter, "dots-three-bold", self._placed(place, whole), theme.color("muted"))
        painter.restore()

    def _placed(self, place: QRectF, whole: QRectF) -> QRectF:
        """Where that is when lines begin at the right."""
        if not self._view.isRightToLeft():
            return place
        return QRectF(whole.right() - (place.right() - whole.left()), place.top(), place.width(), place.height())


def _acts(document: Document, count: int) -> tuple[DocumentActName, ...]:
    acts: list[DocumentActName] = []
    if count == 1 and document.parts:
        acts.append("show")
    if count == 1 and document.status == "failed":
        acts.append("why")
    acts.append("ask")
    acts.append("read_again")
    if count == 1 and document.path:
        acts.append("open_folder")
    return (*acts, "remove")


_WORDS: dict[DocumentActName, tuple[str, Callable[[int], str]]] = {
    "show": ("file-text", lambda _count: _("Show")),
    "why": ("warning-circle", lambda _count: _("What is wrong with it…")),
    "ask": ("chat-circle", lambda count: _("Ask this document") if count == 1 else _("Ask these documents")),
    "read_again": ("arrows-clockwise", lambda _count: _("Read again")),
    "open_folder": ("folder-open", lambda _count: _("Open its folder")),
    "remove": ("trash", lambda _count: _("Remove…")),
}
