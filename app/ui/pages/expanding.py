"""The head of what opens: one button across, with a caret before its name."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from app.ui import accessible
from app.ui.controls import TextButton, paint_card, paint_ring
from app.ui.pages.parts import PAD_PX, MiddleElided
from app.ui.theme import Theme

CARET_PX = 14
INDENT_PX = PAD_PX + CARET_PX + 10
_INSET_PX = 4  # of the ground under the mouse


class ExpandingHead(TextButton):
    """Right opens, Left closes, Enter and Space do either. What stands on it goes into `_grid`: call `_hold` then."""

    opened = Signal(object)  # bool

    def __init__(self, theme: Theme, *, end_px: int = PAD_PX, parent: QWidget) -> None:
        super().__init__(theme, "", parent=parent, kind="quiet")
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._is_open = False
        self._end_px = end_px
        self.title = MiddleElided(theme, "", parent=self, font=theme.fonts.ui_strong)
        self._grid = QGridLayout(self)
        self._indent()
        self.clicked.connect(self._on_clicked)

    @property
    def is_open(self) -> bool:
        return self._is_open

    def set_open(self, is_open: bool) -> None:
        if is_open != self._is_open:
            self._is_open = is_open
            self._speak()
            self.update()
            self.opened.emit(is_open)

    def words_spoken(self) -> tuple[str, str, str]:
        """What it says for itself, and how that goes on where it is open and where it is closed."""
        raise NotImplementedError  # each kind of head has its own

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._indent()

    def sizeHint(self) -> QSize:
        return self._grid.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._grid.minimumSize()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Right and not self._is_open:
            self.set_open(True)
        elif event.key() == Qt.Key.Key_Left and self._is_open:
            self.set_open(False)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        inner = QRectF(self.rect()).adjusted(_INSET_PX, _INSET_PX, -_INSET_PX, -_INSET_PX)
        if self.underMouse() or self.isDown():
            ground = self._theme.color("pressed" if self.isDown() else "hover")
            paint_card(painter, inner, ground=ground, line=None, radius=9)
        middle = self.title.mapTo(self, self.title.rect().center()).y() + 0.5
        caret = self._mirrored(QRectF(PAD_PX, middle - CARET_PX / 2, CARET_PX, CARET_PX))
        name = "caret-down" if self._is_open else "caret-right"
        self._theme.icons.paint(painter, name, caret, self._theme.color("muted"))
        if self._has_ring:
            paint_ring(painter, inner, self._theme, 8)

    def _hold(self) -> None:
        """The mouse means the head, wherever it is pressed."""
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def _indent(self) -> None:
        """Past the caret, from whichever side lines begin."""
        left, right = (self._end_px, INDENT_PX) if self.isRightToLeft() else (INDENT_PX, self._end_px)
        self._grid.setContentsMargins(left, 12, right, 12)

    def _speak(self) -> None:
        said, if_open, if_closed = self.words_spoken()
        accessible.name(self, said, if_open if self._is_open else if_closed)

    @Slot()
    def _on_clicked(self) -> None:
        self.set_open(not self._is_open)
