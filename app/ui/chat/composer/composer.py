"""Where the person writes. The text stays until the window says it is stored (`clear`), so nothing typed is lost."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QMimeData, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPalette, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.text import _
from app.ui import accessible
from app.ui.chat.composer.pasted import CHIP_PX, PastedChip, is_large
from app.ui.chat.items import SendRequested
from app.ui.chat.transcript.message_editor import PlainEdit
from app.ui.controls import IconButton, Text, paint_card, paint_ring, paint_shadow
from app.ui.theme import Theme
from app.ui.tokens import COLUMN_PX

_LINES_MAX = 10
_CHIPS_MAX = 3
_RADIUS = 24
_SHADOW_PX = 12
_SIDE_PX = 16
_ABOVE_PX = 8
_PAD = 16
_GAP = 9
_BUTTON_PX = 36


class Composer(QWidget):
    """A card of at most the transcript's column, with a hint line below it."""

    send_requested = Signal(object)
    stop_requested = Signal()
    edit_last_requested = Signal()
    """Arrow up in an empty field."""
    text_changed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hint_text = _("Answers can be wrong. Check what matters.")
        self._reason = ""
        self._is_busy = False
        self._card = _ComposerCard(theme, parent=self)
        self._hint = Text(theme, self._hint_text, parent=self, font=theme.fonts.small, color="hint")
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._read_mark = ReadMark(theme, parent=self)
        self._read_mark.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(_SIDE_PX, 0, _SIDE_PX, 12)
        column.setSpacing(0)
        column.addWidget(self._card, 0)
        column.addWidget(self._hint, 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._card.edit.enter_pressed.connect(self._on_send)
        self._card.edit.up_on_empty.connect(self.edit_last_requested)
        self._card.edit.textChanged.connect(self._on_changed)
        self._card.pasted_changed.connect(self._on_changed)
        self._card.button.clicked.connect(self._on_button)
        self.setFocusProxy(self._card.edit)
        self._refresh()

    @property
    def edit(self) -> ComposerEdit:
        return self._card.edit

    @property
    def button(self) -> IconButton:
        """Send, or stop while an answer is under way."""
        return self._card.button

    @property
    def text(self) -> str:
        """What was pasted in large pieces, and below it what is typed: so the pieces can be read ahead meanwhile."""
        return "\n\n".join(part for part in (*self._card.pasted, self._card.edit.toPlainText()) if part)

    def set_text(self, text: str) -> None:
        self.clear()
        if is_large(text):
            self._card.add_pasted(text)
        else:
            self._card.edit.setPlainText(text)
            self._card.edit.moveCursor(QTextCursor.MoveOperation.End)

    def clear(self) -> None:
        """The window has stored what was sent."""
        self._card.edit.clear()
        self._card.remove_all_pasted()

    def set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        self._refresh()

    def set_enabled_reason(self, reason: str) -> None:
        """Why nothing can be sent just now ("The model is loading…"), or nothing. Typing goes on meanwhile."""
        self._reason = reason
        self._hint.setText(reason or self._hint_text)
        self._refresh()

    def set_read_ahead(self, is_read: bool) -> None:
        """Whether the model has read all of a long question, so that Enter is answered at once."""
        self._read_mark.setVisible(is_read)
        self._place_read_mark()

    @property
    def read_mark(self) -> ReadMark:
        return self._read_mark

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_read_mark()

    def set_hint(self, hint: str) -> None:
        self._hint_text = hint
        self.set_enabled_reason(self._reason)

    def set_placeholder(self, text: str) -> None:
        self._card.edit.setPlaceholderText(text)

    def _place_read_mark(self) -> None:
        """Below the card, at its right end."""
        size, hint = self._read_mark.sizeHint(), self._hint.geometry()
        right = (self.width() + min(self.width() - 2 * (_SIDE_PX + _SHADOW_PX), COLUMN_PX + 24)) // 2
        self._read_mark.setGeometry(right - size.width() - 10, hint.top(), size.width(), hint.height())

    @Slot()
    def _on_changed(self) -> None:
        self._refresh()
        self.text_changed.emit()

    def _refresh(self) -> None:
        has_text = bool(self._card.pasted) or not self._card.edit.document().isEmpty()
        can_send = not self._reason and has_text
        self._card.button.set_stop(self._is_busy)
        self._card.button.setEnabled(self._is_busy or can_send)

    @Slot()
    def _on_button(self) -> None:
        if self._is_busy:
            self.stop_requested.emit()
        else:
            self._on_send()

    @Slot()
    def _on_send(self) -> None:
        text = self.text.strip()
        if text and not self._reason and not self._is_busy:
            self.send_requested.emit(SendRequested(text))


class ReadMark(QWidget):
    """A small check: the model has read what was typed so far."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._words = _("Read ahead")
        self.setFont(theme.fonts.small)
        long = _("The model has already read what you wrote, so the answer begins at once.")
        accessible.name(self, self._words, long)
        self.setToolTip(accessible.plain_tooltip(long))
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self.font())
        return QSize(round(metrics.horizontalAdvance(self._words)) + 20, round(metrics.height()) + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = self._theme.color("hint")
        self._theme.icons.paint(painter, "check", QRectF(0, (self.height() - 13) / 2, 13, 13), color)
        painter.setFont(self.font())
        painter.setPen(color)
        painter.drawText(QRectF(17, 0, self.width() - 17, self.height()), Qt.AlignmentFlag.AlignVCenter, self._words)


class ComposerEdit(PlainEdit):
    up_on_empty = Signal()
    large_pasted = Signal(object)
    """A text (str) too large to be edited letter by letter."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, _("Message"), parent=parent)
        self._theme = theme
        self.setPlaceholderText(_("Ask anything…"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._recolour)
        self._recolour()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Up and self.document().isEmpty():
            self.up_on_empty.emit()
        else:
            super().keyPressEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Plain text only: a rich paste would make Qt load what it names."""
        if source.hasText() and is_large(source.text()):
            self.large_pasted.emit(source.text())
        elif source.hasText():
            self.insertPlainText(source.text())
            self.ensureCursorVisible()

    @Slot()
    def _recolour(self) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.PlaceholderText, self._theme.color("hint"))
        self.setPalette(palette)


class _ComposerCard(QWidget):
    pasted_changed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.edit = ComposerEdit(theme, parent=self)
        self.button = _SendButton(theme, parent=self)
        self.chips: list[PastedChip] = []
        self.edit.large_pasted.connect(self.add_pasted)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.IBeamCursor)
        self.edit.document().documentLayout().documentSizeChanged.connect(self._on_text_grew)
        self.edit.installEventFilter(self)
        theme.changed.connect(self.update)

    @property
    def pasted(self) -> list[str]:
        return [chip.text for chip in self.chips]

    @Slot(object)
    def add_pasted(self, text: str) -> None:
        if len(self.chips) == _CHIPS_MAX:
            text = f"{self.chips[-1].text}\n\n{text}"
            self._drop_chip(self.chips[-1])
        chip = PastedChip(self._theme, text, parent=self)
        chip.removed.connect(self._on_chip_removed)
        self.chips.append(chip)
        chip.show()
        self._on_pasted_changed()

    def remove_all_pasted(self) -> None:
        if self.chips:
            for chip in list(self.chips):
                self._drop_chip(chip)
            self._on_pasted_changed()

    def _drop_chip(self, chip: PastedChip) -> None:
        self.chips.remove(chip)
        chip.hide()
        chip.deleteLater()

    @Slot(object)
    def _on_chip_removed(self, chip: PastedChip) -> None:
        self._drop_chip(chip)
        self._on_pasted_changed()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_pasted_changed(self) -> None:
        self._on_text_grew()
        self.pasted_changed.emit()

    def sizeHint(self) -> QSize:
        return QSize(COLUMN_PX, self._height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.update()
        return False

    def mousePressEvent(self, event: object) -> None:
        self.edit.setFocus(Qt.FocusReason.MouseFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        card = self._card_rect()
        color = self._theme.color
        paint_shadow(painter, card, _RADIUS, color("shadow"))
        line = color("line_strong") if self.edit.hasFocus() else color("line")
        paint_card(painter, card, ground=color("card"), line=line, radius=_RADIUS)

    def _card_rect(self) -> QRectF:
        width = min(self.width() - 2 * _SHADOW_PX, COLUMN_PX + 24)
        left = (self.width() - width) / 2
        return QRectF(left, _ABOVE_PX, width, self.height() - _ABOVE_PX - _SHADOW_PX)

    def _height(self) -> int:
        inner = max(self.edit.text_height(_LINES_MAX) + 2 * _PAD, _BUTTON_PX + 2 * _GAP)
        return inner + self._chips_height() + _ABOVE_PX + _SHADOW_PX

    def _chips_height(self) -> int:
        return CHIP_PX + _GAP if self.chips else 0

    def _arrange(self) -> None:
        card = self._card_rect().toRect()
        height = self.edit.text_height(_LINES_MAX)
        x = card.left() + _GAP + 2
        for chip in self.chips:
            width = min(chip.sizeHint().width(), (card.width() - 4 * _GAP) // max(1, len(self.chips)))
            chip.setGeometry(x, card.top() + _GAP + 2, width, CHIP_PX)
            x += width + _GAP - 2
        card.setTop(card.top() + self._chips_height())
        top = card.top() + max(_PAD, (card.height() - height) // 2)
        self.edit.setGeometry(card.left() + _PAD + 4, top, card.width() - _PAD - _BUTTON_PX - 3 * _GAP, height)
        corner = card.bottom() - _BUTTON_PX - _GAP + 1
        self.button.setGeometry(card.right() - _BUTTON_PX - _GAP + 1, corner, _BUTTON_PX, _BUTTON_PX)

    @Slot()
    def _on_text_grew(self) -> None:
        if self.height() != self._height():
            self.setFixedHeight(self._height())
        self._arrange()


class _SendButton(IconButton):
    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, "arrow-up", _("Send"), parent=parent, size=_BUTTON_PX)
        self._is_stop = False

    @property
    def is_stop(self) -> bool:
        return self._is_stop

    def set_stop(self, is_stop: bool) -> None:
        self._is_stop = is_stop
        self.set_label(_("Stop the answer") if is_stop else _("Send"), keys=_("Esc") if is_stop else _("Enter"))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = self._theme.color
        disc = QRectF(self.rect())
        ground = color("strong") if self.isEnabled() else color("hover")
        if self.isEnabled() and (self.underMouse() or self.isDown()):
            ground.setAlphaF(0.85)
        paint_card(painter, disc, ground=ground, line=None, radius=disc.height() / 2)
        ink = color("on_strong") if self.isEnabled() else color("hint")
        if self._is_stop:
            middle = disc.center()
            paint_card(
                painter,
                QRectF(middle - QPointF(5.5, 5.5), middle + QPointF(5.5, 5.5)),
                ground=ink,
                line=None,
                radius=2.5,
            )
        else:
            self._theme.icons.paint(painter, "arrow-up-bold", disc.adjusted(9, 9, -9, -9), ink)
        if self._has_ring:
            paint_ring(painter, disc, self._theme, disc.height() / 2)
