"""Where the window was, and where it comes back: never outside of the screens that are there now. Pure, but for reading
the window."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QWidget

from app.frozen import dataclass

SMALLEST = QSize(360, 480)
_GRIP = QSize(120, 32)  # so much of its upper edge has to be in view, or nobody could drag it back
_SIZE = re.compile(r"(\d{1,6})x(\d{1,6})")
_PLACE = re.compile(r"(-?\d{1,6}),(-?\d{1,6})( maximised)?")


@dataclass(frozen=True, slots=True)
class Place:
    """`corner` is None where the system shall decide, as on the first start."""

    size: QSize
    corner: QPoint | None = None
    is_maximised: bool = False


def read(size: str, place: str, default: QSize) -> Place:
    """From what is stored; what makes no sense is the default."""
    sized, placed = _SIZE.fullmatch(size), _PLACE.fullmatch(place)
    return Place(
        QSize(int(sized[1]), int(sized[2])) if sized else default,
        QPoint(int(placed[1]), int(placed[2])) if placed else None,
        bool(placed and placed[3]),
    )


def written(place: Place) -> tuple[str, str]:
    """Size and place as they are stored."""
    corner = f"{place.corner.x()},{place.corner.y()}" if place.corner is not None else ""
    maximised = " maximised" if place.is_maximised and corner else ""
    return f"{place.size.width()}x{place.size.height()}", corner + maximised


def of(window: QWidget) -> Place:
    """Of a window that is shown; for one that is maximised, where it would go back to."""
    usual = window.normalGeometry() if window.isMaximized() or window.isFullScreen() else window.geometry()
    usual = usual if usual.isValid() else window.geometry()
    frame = window.frameGeometry().topLeft() - window.geometry().topLeft()
    is_moved = not window.isMaximized() and not window.isFullScreen()
    return Place(usual.size(), usual.topLeft() + (frame if is_moved else QPoint()), window.isMaximized())


def fitted(place: Place, screens: Sequence[QRect]) -> Place:
    """What of it is possible with these screens, their rooms without bars; the first is the main one."""
    if not screens:
        return place
    grip = QRect(place.corner, QSize(place.size.width(), _GRIP.height())) if place.corner is not None else QRect()

    def seen(screen: QRect) -> int:
        part = screen.intersected(grip)
        return part.width() if part.height() >= _GRIP.height() // 2 else 0

    best = max(screens, key=seen)
    is_in_view = place.corner is not None and seen(best) >= min(_GRIP.width(), place.size.width())
    room = best if is_in_view else screens[0]
    size = place.size.boundedTo(room.size()).expandedTo(SMALLEST)
    return Place(size, place.corner if is_in_view else None, place.is_maximised)
