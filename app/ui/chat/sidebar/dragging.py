"""Chats that are dragged within the list: what is carried, and where it may be let go."""

from __future__ import annotations

import json
from collections.abc import Sequence

from PySide6.QtCore import QMimeData, QPersistentModelIndex, QPoint, QRectF, Qt
from PySide6.QtCore import QModelIndex as Plain
from PySide6.QtGui import QDrag, QFontMetricsF, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from app.text import plural
from app.ui.chat.items import ChatEntry
from app.ui.chat.sidebar.chat_items import ChatItems
from app.ui.chat.sidebar.rows import ArchiveRow, FolderRow, Row
from app.ui.controls import paint_card
from app.ui.theme import Theme

FORMAT = "application/x-paddock-chats"
_WIDEST_PX = 220
_HEIGHT_PX = 30


def mime(ids: Sequence[str]) -> QMimeData:
    made = QMimeData()
    made.setData(FORMAT, json.dumps(list(ids)).encode())
    return made


def carried(untrusted_data: QMimeData) -> tuple[str, ...]:
    """The ids in what is dragged; empty for anything that is not ours."""
    try:
        untrusted_ids = json.loads(bytes(untrusted_data.data(FORMAT).data() or b"[]"))
    except ValueError:
        return ()
    is_list = isinstance(untrusted_ids, list) and all(isinstance(id_, str) for id_ in untrusted_ids)
    return tuple(untrusted_ids) if is_list else ()


def target(items: ChatItems, index: Plain | QPersistentModelIndex) -> str | None:
    """The folder into which a chat goes that is let go on this row; empty for out of any, None for nowhere."""
    row: Row | None = items.row_at(index)
    if isinstance(row, FolderRow):
        return row.folder.id
    if isinstance(row, ArchiveRow) or items.is_filtered or not items.folders:
        return None
    if isinstance(row, ChatEntry):
        return None if row.is_archived else (row.folder_id if items.is_inside(row) else "")
    return ""


def moved(items: ChatItems, ids: Sequence[str], folder_id: str) -> tuple[str, ...]:
    """Those of the chats that are not in this folder yet."""
    wanted = frozenset(ids)
    return tuple(entry.id for entry in items.entries if entry.id in wanted and entry.folder_id != folder_id)


def drag(theme: Theme, chats: Sequence[ChatEntry], source: QWidget) -> QDrag:
    """Ready to be started, with a card below the pointer that names the chat, or says how many they are."""
    made = QDrag(source)
    made.setMimeData(mime([chat.id for chat in chats]))
    words = chats[0].title if len(chats) == 1 else plural("{count} chat", "{count} chats", len(chats))
    made.setPixmap(_card(theme, words, source.devicePixelRatioF()))
    made.setHotSpot(QPoint(-10, -6))
    return made


def _card(theme: Theme, words: str, ratio: float) -> QPixmap:
    font = theme.fonts.ui
    metrics = QFontMetricsF(font)
    shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, theme.px(_WIDEST_PX) - 24)
    width, height = round(metrics.horizontalAdvance(shown)) + 24, theme.px(_HEIGHT_PX)
    pixmap = QPixmap(round(width * ratio), round(height * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    rect = QRectF(0, 0, width, height)
    paint_card(painter, rect, ground=theme.color("card"), line=theme.color("line_strong"), radius=8)
    painter.setFont(font)
    painter.setPen(theme.color("text"))
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, shown)
    painter.end()
    return pixmap
