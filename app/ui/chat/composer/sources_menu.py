"""The menu of the composer's Documents button: which collections the chat asks, more files, and where they are kept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QMenu, QWidget

from app.documents.records import Collection, Scope
from app.frozen import dataclass
from app.text import _, plural
from app.ui import accessible
from app.ui.theme import Theme

_NAME_PX = 240


@dataclass(frozen=True, slots=True)
class CollectionTicked:
    collection_id: str
    is_asked: bool


class SourcesMenu(QMenu):
    """Stays open while collections are ticked; deletes itself when closed."""

    ticked = Signal(object)
    """A CollectionTicked."""
    add_requested = Signal()
    manage_requested = Signal()

    def __init__(
        self, theme: Theme, collections: Sequence[Collection], scope: Scope, *, parent: QWidget, can_add: bool = True
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.aboutToHide.connect(self.deleteLater)
        self.setToolTipsVisible(True)
        accessible.name(self, _("Documents that this chat asks"))
        heading = self.addAction(_("Ask these collections") if collections else _("There are no collections yet"))
        heading.setEnabled(False)
        for collection in collections:
            self._add_collection(collection, is_asked=collection.id in scope.collection_ids)
        if not can_add:
            return
        self.addSeparator()
        icon, color = theme.icons.icon, theme.color("muted")
        self.addAction(icon("file-plus", color), _("Add files…")).triggered.connect(self.add_requested)
        self.addAction(icon("gear-six", color), _("Manage documents…")).triggered.connect(self.manage_requested)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not self._tick(self.actionAt(event.position().toPoint())):
            super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if event.type() != QEvent.Type.KeyPress or event.key() not in keys or not self._tick(self.activeAction()):
            super().keyPressEvent(event)

    def _add_collection(self, collection: Collection, *, is_asked: bool) -> None:
        count = plural("{count} document", "{count} documents", collection.documents)
        room = self._theme.px(_NAME_PX)
        name = QFontMetrics(self.font()).elidedText(collection.name, Qt.TextElideMode.ElideMiddle, room)
        action = QAction(f"{name.replace('&', '&&')}\t{count}", self)
        action.setCheckable(True)
        action.setChecked(is_asked)
        action.setToolTip(accessible.plain_tooltip(collection.name))
        action.toggled.connect(partial(self._on_toggled, collection.id))
        self.addAction(action)

    def _tick(self, action: QAction | None) -> bool:
        """Whether this was a tick, after which the menu stays open."""
        if action is None or not action.isCheckable():
            return False
        action.toggle()
        return True

    def _on_toggled(self, collection_id: str, is_asked: bool) -> None:
        self.ticked.emit(CollectionTicked(collection_id, is_asked))
