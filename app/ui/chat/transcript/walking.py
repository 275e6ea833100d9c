"""The keyboard's way from message to message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.ui.chat.transcript.area import MessageArea
from app.ui.chat.transcript.stage import Stage

if TYPE_CHECKING:
    from app.ui.chat.transcript.message_view import MessageView


class Walk(QObject):
    """Brings messages into view and gives them the focus."""

    left = Signal()
    """Below the last one the focus goes back to where it is written."""

    def __init__(self, area: MessageArea, stage: Stage) -> None:
        super().__init__(area)
        self._area = area
        self._stage = stage

    def reached(self, row: int) -> MessageView | None:
        """The message of this row, scrolled into view."""
        if not 0 <= row < len(self._stage.feed):
            return None
        self._area.show_row(row)
        return self._stage.view_at(row)

    def to(self, row: int) -> bool:
        """The focus goes to this row; False where there is none."""
        view = self.reached(row)
        if view is not None:
            view.setFocus(Qt.FocusReason.TabFocusReason)
        return view is not None

    def to_first(self) -> None:
        self.to(0)

    def to_last(self) -> None:
        self.to(len(self._stage.feed) - 1)
        self._area.jump_to_end()

    def by(self, step: int) -> None:
        """To the message after (+1) or before (-1) the one that the focus is in; from elsewhere to the newest."""
        row = self._stage.row_in_focus()
        last = len(self._stage.feed) - 1
        if row == last and step > 0 and last >= 0:
            self.left.emit()
        else:
            self.to(last if row < 0 else max(0, row + step))

    @Slot(object)
    def beside(self, step: int) -> None:
        """To the next one, if there is one; from the boundary to the message above or below it."""
        line = self._stage.boundary_line
        row = self._stage.boundary_row - (step > 0) if line.hasFocus() else self._stage.row_in_focus()
        self.to(row + step)

    @Slot(object)
    def chosen(self, row: int) -> None:
        """A screen reader went to a message that need not be in view."""
        self._area.window().activateWindow()
        self.to(row)
