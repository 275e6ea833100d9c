"""Phosphor icons as outlines, drawn at whatever size and pixel ratio the screen asks for, in the theme's colours.

The font file comes with the package qtawesome; it is read directly instead of importing qtawesome, which
would load all eleven of its icon fonts (0.3 s and 8 MB) at start to use this one.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPainterPath, QPen, QPixmap, QRawFont

_RATIOS = (1.0, 1.25, 1.5, 2.0, 3.0)
_MIRRORED = frozenset({"sidebar", "sign-out", "sign-in", "list-bullets"})
"""Besides everything with a left or a right in its name, what reads the other way round from right to left."""


class Icons:
    """Icons by their Phosphor names ("copy", "copy-bold", "copy-fill"), and "sidebar", which is ours."""

    def __init__(self) -> None:
        folder = _font_folder()
        font_file = next(folder.glob("phosphor-*.ttf"))
        charmap = next(folder.glob("phosphor-charmap-*.json")).read_text("utf-8")
        self._code_points: dict[str, str] = json.loads(charmap)  # of 9,000 icons, in hexadecimal as they come
        self._font = QRawFont(str(font_file), 64.0)
        self._paths: dict[str, QPainterPath] = {}

    def has(self, name: str) -> bool:
        return name == "sidebar" or name in self._code_points

    def paint(self, painter: QPainter, name: str, rect: QRectF, color: QColor) -> None:
        """Where the interface reads from right to left, what points to a side points to the other one."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = min(rect.width(), rect.height())
        painter.translate(rect.center() - QPointF(side / 2, side / 2))
        painter.scale(side / 64.0, side / 64.0)
        if QGuiApplication.isRightToLeft() and is_directed(name):
            painter.translate(64.0, 0.0)
            painter.scale(-1.0, 1.0)
        if name == "sidebar":
            _paint_sidebar(painter, color)
        else:
            painter.fillPath(self._path(name), color)
        painter.restore()

    def icon(self, name: str, color: QColor, *, size: int = 16) -> QIcon:
        """For menus and actions; own widgets call `paint`."""
        icon = QIcon()
        for ratio in _RATIOS:
            pixmap = QPixmap(QSize(round(size * ratio), round(size * ratio)))
            pixmap.setDevicePixelRatio(ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            self.paint(painter, name, QRectF(0, 0, size, size), color)
            painter.end()
            icon.addPixmap(pixmap)
        return icon

    def _path(self, name: str) -> QPainterPath:
        if name not in self._paths:
            # An unknown name must not raise: that would leave a painter open in the middle of a paint event.
            code_point = self._code_points.get(name, self._code_points["question"])
            glyph = self._font.glyphIndexesForString(chr(int(code_point, 16)))[0]
            self._paths[name] = self._font.pathForGlyph(glyph).translated(0, self._font.ascent())
        return self._paths[name]


def is_directed(name: str) -> bool:
    """Whether the icon says something about before and after, and so is mirrored where lines begin at the right."""
    return name in _MIRRORED or not {"left", "right"}.isdisjoint(name.split("-"))


def _paint_sidebar(painter: QPainter, color: QColor) -> None:
    painter.setPen(QPen(color, 4.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(8, 10, 48, 44), 6, 6)
    painter.drawLine(QPointF(25, 10), QPointF(25, 54))


def _font_folder() -> Path:
    spec = importlib.util.find_spec("qtawesome")
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError("the icon font of the package qtawesome")
    return Path(spec.submodule_search_locations[0]) / "fonts"
