"""One side's answer, scrolled by itself. It follows its end only while that is in view."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from app.ui.chat.items import Sourced
from app.ui.chat.transcript.cited_answer import CitedAnswer
from app.ui.chat.transcript.source_line import OUTDENT_PX
from app.ui.controls import Ground
from app.ui.theme import Theme

_EDGE_PX = 18
_AT_END_PX = 4


class AnswerView(QScrollArea):
    """The keyboard scrolls it while it has the focus; `focus_changed` says that it came or went."""

    focus_changed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._sheet = Ground(theme, "window", parent=None)
        self.answer = CitedAnswer(theme, parent=self._sheet)
        self.answer.height_changed.connect(self._arrange)
        self.setWidget(self._sheet)

    def show_text(self, text: str, *, is_live: bool, sourced: Sourced | None = None, id_: str = "") -> None:
        bar = self.verticalScrollBar()
        is_following = bar.value() >= bar.maximum() - _AT_END_PX
        self.answer.set_answer(text, is_live=is_live, sourced=sourced, id_=id_)
        self._arrange()
        if is_following and is_live:
            bar.setValue(bar.maximum())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit()

    @Slot()
    def _arrange(self) -> None:
        # Room for the bar is always kept, so that no line breaks anew when it comes.
        inner = max(80, self.width() - 2 * _EDGE_PX - self.verticalScrollBar().sizeHint().width())
        height = self.answer.arrange(inner)
        left = self.viewport().width() - _EDGE_PX - inner if self.isRightToLeft() else _EDGE_PX - OUTDENT_PX
        self.answer.setGeometry(left, _EDGE_PX, inner + OUTDENT_PX, height)
        self._sheet.resize(self.viewport().width(), height + 2 * _EDGE_PX)
