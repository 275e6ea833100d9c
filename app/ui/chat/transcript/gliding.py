"""Scrolling that the eye can follow: a turn of the wheel or a page is gone in a few frames, the first one at once.

It goes by steps and not to a place, because rows above the view may turn out higher on the way.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QScrollBar

from app.ui.theme import Theme

_FRAME_MS = 16
_SHARE = 0.34
"""Of the way that is left, in one frame."""


class Glide(QObject):
    """Moves one scroll bar."""

    def __init__(self, theme: Theme, bar: QScrollBar) -> None:
        super().__init__(bar)
        self._theme = theme
        self._bar = bar
        self._left_px = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_FRAME_MS)
        self._timer.timeout.connect(self._on_frame)

    @property
    def is_moving(self) -> bool:
        return self._timer.isActive()

    def by(self, px: float) -> None:
        """So far from where it is going already; a turn the other way begins anew."""
        if self._theme.is_motion_reduced:
            self._bar.setValue(self._bar.value() + round(px))
            return
        self._left_px = px if self._left_px * px < 0 else self._left_px + px
        self._timer.start()
        self._on_frame()

    @Slot()
    def stop(self) -> None:
        self._left_px = 0.0
        self._timer.stop()

    @Slot()
    def _on_frame(self) -> None:
        step = round(self._left_px * _SHARE) or (1 if self._left_px > 0 else -1)
        before = self._bar.value()
        is_at_edge = before >= self._bar.maximum() if step > 0 else before <= self._bar.minimum()
        if abs(self._left_px) < 1 or is_at_edge:
            self.stop()
            return
        self._left_px -= step
        self._bar.setValue(before + step)
