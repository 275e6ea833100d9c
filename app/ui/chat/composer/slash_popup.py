"""The prompt templates that fit what is typed after "/", above the composer. The focus stays in the field: its keys
are looked at first while this is open."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from app.chat.templates import Template
from app.text import _
from app.ui import accessible
from app.ui.chat.composer.edit import ComposerEdit
from app.ui.chat.composer.filling import matching
from app.ui.controls import ElidedText, paint_card, paint_shadow
from app.ui.models.entries import scaled
from app.ui.row_list import RowList
from app.ui.theme import Theme

_WIDTH_PX = 460
_ROW_PX = 46
_ROWS_SHOWN = 6
_SHADOW_PX = 12
_PAD = 6
_BACK_SOON = (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason)
_Index = QModelIndex | QPersistentModelIndex


class SlashPopup(QFrame):
    """`offer` opens it, or closes it where nothing fits. Parented to the window, so that it may lie over anything."""

    chosen = Signal(object)
    """A Template."""
    dismissed = Signal()
    """By Esc: not again for this slash."""

    def __init__(self, theme: Theme, edit: ComposerEdit, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._edit = edit
        self._items = _TemplateItems(self)
        self.list = RowList(theme, _("Prompt templates"), parent=self)
        self.list.setModel(self._items)
        self.list.setItemDelegate(_TemplateDelegate(theme, self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.clicked.connect(self._on_clicked)
        self.list.selectionModel().currentChanged.connect(self._on_current)
        keys = _("Enter inserts · Esc closes")
        self._keys = ElidedText(theme, keys, parent=self, font=theme.fonts.small, color="hint")
        column = QVBoxLayout(self)
        column.setContentsMargins(_SHADOW_PX + _PAD, _SHADOW_PX + _PAD, _SHADOW_PX + _PAD, _SHADOW_PX + _PAD)
        column.setSpacing(4)
        column.addWidget(self.list, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(10, 0, 10, 2)
        foot.addWidget(self._keys)
        column.addLayout(foot)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        accessible.name(self, _("Prompt templates"))
        theme.changed.connect(self.update)
        edit.installEventFilter(self)
        self.hide()

    def offer(self, templates: Sequence[Template], query: str) -> None:
        found = matching(templates, query)
        if not found:
            self.hide()
            return
        is_new = self.isHidden()
        self._items.show_templates(found)
        self.list.setCurrentIndex(self._items.index(0, 0))
        if is_new:
            self.show()
            self.raise_()
            accessible.announce(self, self._words(found[0]))

    def place(self, left: int, width: int, bottom: int) -> None:
        """In its parent's pixels: with its left edge and at most this width, ending at `bottom`."""
        theme = self._theme
        rows = min(_ROWS_SHOWN, self._items.rowCount())
        edges = 2 * (_SHADOW_PX + _PAD) + self._keys.sizeHint().height() + 6
        wanted = rows * scaled(theme, _ROW_PX) + edges
        height = min(wanted, max(bottom + _SHADOW_PX, 120))
        outer = min(width, scaled(theme, _WIDTH_PX)) + 2 * _SHADOW_PX
        x = left - _SHADOW_PX
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            x = left + width + _SHADOW_PX - outer
        self.setGeometry(x, bottom + _SHADOW_PX - height, outer, height)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.isHidden():
            return False
        if isinstance(event, QFocusEvent) and event.lostFocus() and event.reason() not in _BACK_SOON:
            self.hide()
        if not isinstance(event, QKeyEvent) or self._edit.is_composing:
            return False
        if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
            event.accept()  # before the window's Esc stops an answer
            return True
        return event.type() == QEvent.Type.KeyPress and self._has_taken(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        card = QRectF(self.rect()).adjusted(_SHADOW_PX, _SHADOW_PX, -_SHADOW_PX, -_SHADOW_PX)
        paint_shadow(painter, card, 12, self._theme.color("shadow"))
        paint_card(painter, card, ground=self._theme.color("card"), line=self._theme.color("line"), radius=12)

    def _has_taken(self, event: QKeyEvent) -> bool:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self._move(1 if event.key() == Qt.Key.Key_Down else -1)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab) and not event.modifiers():
            self._on_clicked(self.list.currentIndex())
        elif event.key() == Qt.Key.Key_Escape:
            self.hide()
            self.dismissed.emit()
        else:
            return False
        return True

    def _move(self, step: int) -> None:
        """Round and round."""
        row = (self.list.currentIndex().row() + step) % max(1, self._items.rowCount())
        self.list.setCurrentIndex(self._items.index(row, 0))

    def _words(self, template: Template) -> str:
        words = _("{name}, template {row} of {count}")
        row = self.list.currentIndex().row() + 1
        return words.format(name=template.name, row=row, count=self._items.rowCount())

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        template = self._items.template(index)
        if template is not None:
            self.hide()
            self.chosen.emit(template)

    @Slot(QModelIndex)
    def _on_current(self, index: QModelIndex) -> None:
        template = self._items.template(index)
        if template is not None and self.isVisible():
            accessible.announce(self, self._words(template))


class _TemplateItems(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._templates: tuple[Template, ...] = ()

    def show_templates(self, templates: Sequence[Template]) -> None:
        self.beginResetModel()
        self._templates = tuple(templates)
        self.endResetModel()

    def template(self, index: _Index) -> Template | None:
        return self._templates[index.row()] if index.isValid() and index.row() < len(self._templates) else None

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._templates)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        template = self.template(index)
        if template is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return template.name
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return preview(template)
        return None


class _TemplateDelegate(QStyledItemDelegate):
    """Its name, and what it says below in grey."""

    def __init__(self, theme: Theme, rows: RowList) -> None:
        super().__init__(rows)
        self._theme = theme
        self._rows = rows

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(120, scaled(self._theme, _ROW_PX))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        items = self._rows.model()
        template = items.template(index) if isinstance(items, _TemplateItems) else None
        if template is None:
            return
        painter.save()
        self._rows.paint_ground(painter, option, is_current=False)
        fonts = self._theme.fonts
        strong, small = QFontMetricsF(fonts.ui_strong), QFontMetricsF(fonts.small)
        inner = QRectF(option.rect).adjusted(16, 0, -16, 0)
        top = inner.top() + (inner.height() - strong.height() - small.height()) / 2
        place = QRectF(inner.left(), top, inner.width(), strong.height())
        below = self._rows.paint_line(painter, place, (template.name, "text"), font=fonts.ui_strong)
        place = QRectF(inner.left(), below, inner.width(), small.height())
        self._rows.paint_line(painter, place, (preview(template), "muted"), font=fonts.small)
        painter.restore()


def preview(template: Template) -> str:
    """The beginning of what it says, on one line."""
    return " ".join(template.text[:300].split())
