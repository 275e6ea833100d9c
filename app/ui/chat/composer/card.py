"""The composer's card: what waits, what is asked and attached, the field, and below it a row of buttons. It is as high
as all of that, which is known at once, so the transcript above never jumps twice."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QStyle, QWidget

from app.text import _
from app.ui.chat.composer.chips import ChipStrip
from app.ui.chat.composer.edit import ComposerEdit
from app.ui.chat.composer.queue_panel import QueuePanel
from app.ui.chat.composer.send_button import BUTTON_PX, ReadMark, SendButton
from app.ui.chat.composer.sources import SourceStrip
from app.ui.controls import IconButton, paint_card, paint_shadow
from app.ui.theme import Theme
from app.ui.tokens import COLUMN_PX

if TYPE_CHECKING:
    from app.ui.chat.composer.variables_form import VariablesForm

SHADOW_PX = 12
_LINES_MAX = 10
_RADIUS = 24
_ABOVE_PX = 8
_PAD = 14
_TEXT_INSET = 5
_GAP = 9
_TOOL_PX = 34
_DASH_PX = 1.8
_LEAST_PART_PX = 34
_ANY_PX = 16_777_215  # QWIDGETSIZE_MAX


class ComposerCard(QWidget):
    """Lays its parts out from top to bottom; a part of no height is not there."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._has_templates = True
        self._can_attach = True
        self._has_documents = False
        self._most_px = _ANY_PX
        self.queue = QueuePanel(theme, parent=self)
        self.sources = SourceStrip(theme, parent=self)
        self.chips = ChipStrip(theme, parent=self)
        self.edit = ComposerEdit(theme, parent=self)
        self.attach = IconButton(theme, "plus", _("Attach files"), parent=self, size=_TOOL_PX)
        self.documents = IconButton(theme, "files", _("Documents"), parent=self, size=_TOOL_PX)
        self.templates = IconButton(theme, "book-open", _("Prompt templates"), parent=self, size=_TOOL_PX)
        self.read_mark = ReadMark(theme, parent=self)
        self.button = SendButton(theme, parent=self)
        self.form: VariablesForm | None = None
        self.drop = DropTarget(theme, parent=self)
        for part in (self.queue, self.sources, self.chips, self.documents, self.read_mark, self.drop):
            part.hide()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.queue.setCursor(Qt.CursorShape.ArrowCursor)
        self.sources.setCursor(Qt.CursorShape.ArrowCursor)
        self.chips.setCursor(Qt.CursorShape.ArrowCursor)
        self.edit.document().documentLayout().documentSizeChanged.connect(self.arrange)
        self.edit.installEventFilter(self)
        theme.changed.connect(self.arrange)
        theme.resized.connect(self.arrange)

    @property
    def card_rect(self) -> QRect:
        """Without the shadow around it."""
        width = min(self.width() - 2 * SHADOW_PX, self._theme.px(COLUMN_PX) + 24)
        left = (self.width() - width) // 2
        return QRect(left, _ABOVE_PX, width, self.height() - _ABOVE_PX - SHADOW_PX)

    def set_most_height(self, most_px: int) -> None:
        """What waits, what is attached and the text scroll where all of it would be higher than this."""
        if most_px != self._most_px:
            self._most_px = most_px
            self.arrange()

    def set_form(self, form: VariablesForm | None) -> None:
        """In the place of the field and its buttons, until there is none."""
        if self.form is not None:
            self.form.hide()
            self.form.deleteLater()
        self.form = form
        if form is not None:
            form.setCursor(Qt.CursorShape.ArrowCursor)
            form.show()
        self._show_tools()

    def set_has_templates(self, has_templates: bool) -> None:
        self._has_templates = has_templates
        self._show_tools()

    def set_can_attach(self, can_attach: bool) -> None:
        self._can_attach = can_attach
        self._show_tools()

    def set_has_documents(self, has_documents: bool) -> None:
        """Whether documents can be asked here."""
        self._has_documents = has_documents
        self._show_tools()

    def order_tabs(self) -> None:
        """As it is read, from the top: what was added late would otherwise be the last of the whole window."""
        tools = (self.edit, self.attach, self.documents, self.templates, self.button)
        order = (self._stop_before(), *self.queue.stops, *self.sources.stops, *self.chips.stops, *tools)
        for first, second in itertools.pairwise(order):
            QWidget.setTabOrder(first, second)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(COLUMN_PX), self._height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.edit.setFocus(Qt.FocusReason.MouseFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        card = QRectF(self.card_rect)
        color = self._theme.color
        paint_shadow(painter, card, _RADIUS, color("shadow"))
        line = color("line_strong") if self.edit.hasFocus() else color("line")
        paint_card(painter, card, ground=color("card"), line=line, radius=_RADIUS)

    @Slot()
    def arrange(self) -> None:
        """Everything at its place and the card as high as it needs; called again, it changes nothing."""
        inner = self._inner_width()
        if self.form is None:
            self.edit.resize(inner - 2 * _TEXT_INSET, max(1, self.edit.height()))  # it wraps, and knows its height
        if self.height() != self._height():
            self.setFixedHeight(self._height())
            self.updateGeometry()
        card = self.card_rect
        y = card.top() + _PAD
        for part, height in self._parts(inner):
            part.setVisible(height > 0)
            if height > 0:
                inset = _TEXT_INSET if part is self.edit else 0
                self._put(part, QRect(card.left() + _PAD + inset, y, inner - 2 * inset, height))
                y += height + _GAP
        if self.form is None:
            self._arrange_tools(card)
        self.drop.setGeometry(card)
        self.update()

    def _show_tools(self) -> None:
        is_writing = self.form is None
        self.edit.setVisible(is_writing)
        self.button.setVisible(is_writing)
        self.attach.setVisible(is_writing and self._can_attach)
        self.documents.setVisible(is_writing and self._has_documents)
        self.templates.setVisible(is_writing and self._has_templates)
        self.arrange()

    def _stop_before(self) -> QWidget:
        """What the keyboard reaches before the card; the card's own first stop where it is alone."""
        found = self.queue.previousInFocusChain()
        while found is not None and found is not self.queue:
            is_stop = bool(found.focusPolicy().value & Qt.FocusPolicy.TabFocus.value)
            if is_stop and not self.isAncestorOf(found):
                return found
            found = found.previousInFocusChain()
        return self.edit

    def _arrange_tools(self, card: QRect) -> None:
        button_px, tool_px = self._theme.px(BUTTON_PX), self._theme.px(_TOOL_PX)
        middle = card.bottom() + 1 - _GAP - button_px // 2
        left, right = card.left() + _GAP, card.right() + 1 - _GAP
        for tool in (self.attach, self.documents, self.templates):
            if not tool.isHidden():
                self._put(tool, QRect(left, middle - tool_px // 2, tool_px, tool_px))
                left += tool_px + 2
        self._put(self.button, QRect(right - button_px, middle - button_px // 2, button_px, button_px))
        size = self.read_mark.sizeHint()
        room = max(0, right - button_px - 8 - left)  # in a narrow window only the check
        width = size.width() if size.width() <= room else min(size.height(), room)
        mark = QRect(right - button_px - 8 - width, middle - size.height() // 2, width, size.height())
        self._put(self.read_mark, mark)

    def _put(self, part: QWidget, place: QRect) -> None:
        part.setGeometry(QStyle.visualRect(self.layoutDirection(), self.rect(), place))

    def _parts(self, inner: int) -> list[tuple[QWidget, int]]:
        """With their heights, as far as there is room for them; at worst only for what is being written."""
        wanted = self._wanted_parts(inner)
        over = self._around(wanted) + sum(height for _part, height in wanted) - self._most_px
        parts = []
        for part, height in wanted:
            cut = max(0, min(over, height - self._theme.px(_LEAST_PART_PX)))
            over -= cut
            parts.append((part, height - cut))
        return parts if over <= 0 else [(part, height if part is wanted[-1][0] else 0) for part, height in parts]

    def _around(self, parts: list[tuple[QWidget, int]]) -> int:
        """The height of everything but the parts."""
        gaps = _GAP * (sum(height > 0 for _part, height in parts) - 1)
        tools = _GAP - 1 + self._theme.px(BUTTON_PX) + _GAP if self.form is None else _PAD
        return _ABOVE_PX + _PAD + gaps + tools + SHADOW_PX

    def _wanted_parts(self, inner: int) -> list[tuple[QWidget, int]]:
        parts: list[tuple[QWidget, int]] = [
            (self.queue, self.queue.height_px()),
            (self.sources, self.sources.height_for(inner)),
            (self.chips, self.chips.height_for(inner)),
        ]
        if self.form is not None:
            return [*parts, (self.form, self.form.height_px())]
        return [*parts, (self.edit, self.edit.text_height(_LINES_MAX))]

    def _inner_width(self) -> int:
        return max(40, self.card_rect.width() - 2 * _PAD)

    def _height(self) -> int:
        parts = self._parts(self._inner_width())
        return self._around(parts) + sum(height for _part, height in parts)


class DropTarget(QWidget):
    """Lies over the card while files are held above it."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        color = self._theme.color
        pen = QPen(color("accent"), _DASH_PX, Qt.PenStyle.DashLine, Qt.PenCapStyle.RoundCap)
        pen.setDashPattern([3.2, 3.2])
        painter.setPen(pen)
        painter.setBrush(color("accent_ground"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), _RADIUS - 1, _RADIUS - 1)
        words = _("Drop files here")
        font = self._theme.fonts.ui_strong
        side = self._theme.px(20)
        width = QFontMetricsF(font).horizontalAdvance(words) + side + 8
        left = (self.width() - width) / 2
        icon = QRectF(left, (self.height() - side) / 2, side, side)
        room = QRectF(left + side + 8, 0, width - side - 4, self.height())
        if self.isRightToLeft():
            icon.moveRight(self.width() - icon.left())
            room.moveRight(self.width() - room.left())
        self._theme.icons.paint(painter, "file-arrow-up", icon, color("accent"))
        painter.setFont(font)
        painter.setPen(color("accent"))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)
