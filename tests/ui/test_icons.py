from __future__ import annotations

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from app.ui.actions import specs
from app.ui.icons import Icons


def inked(image: QImage) -> int:
    return sum(image.pixelColor(x, y).alpha() > 0 for x in range(image.width()) for y in range(image.height()))


@pytest.fixture
def icons(qapp: QApplication) -> Icons:
    return Icons()


@pytest.mark.parametrize("name", ["copy", "arrow-up-bold", "shield-check", "sidebar"])
def test_an_icon_fills_its_square_without_leaving_it(icons: Icons, name: str) -> None:
    image = QImage(40, 40, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    icons.paint(painter, name, QRectF(10, 10, 20, 20), QColor("red"))
    painter.end()
    outside = [(x, y) for x in range(40) for y in range(40) if not (9 <= x <= 30 and 9 <= y <= 30)]
    assert inked(image) > 30
    assert all(image.pixelColor(x, y).alpha() == 0 for x, y in outside)


def test_an_icon_is_redrawn_and_not_scaled_for_a_dense_screen(icons: Icons) -> None:
    icon = icons.icon("copy", QColor("red"))
    ratios = {size.width() for size in icon.availableSizes()}
    assert {16, 32, 48} <= ratios


def test_every_action_has_an_icon_that_exists(icons: Icons) -> None:
    for spec in specs():
        assert icons.has(spec.icon)


def test_every_icon_named_in_the_source_exists(icons: Icons) -> None:
    # Names are recognised where they are used: arguments of paint(), icon(), IconButton(), set_icon() and icon=.
    named = set()
    for file in (Path(__file__).parents[2] / "app" / "ui").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func).rsplit(".", 1)[-1]
                given = [*node.args[:2], *(word.value for word in node.keywords if word.arg == "icon")]
                if called in (
                    "paint",
                    "icon",
                    "IconButton",
                    "set_icon",
                    "TextButton",
                    "set_text",
                    "_nav",
                    "_ChoiceCard",
                ):
                    wanted = given if called not in ("TextButton", "set_text") else given[2:]
                    named |= {arg.value for arg in wanted if isinstance(arg, ast.Constant) and arg.value}
    assert len(named) > 10
    assert [name for name in sorted(map(str, named)) if not icons.has(name)] == []


@pytest.mark.parametrize(
    ("name", "is_mirrored"),
    [("arrow-left", True), ("caret-right", True), ("sidebar", True), ("copy", False), ("arrow-up", False)],
)
def test_what_points_to_a_side_is_mirrored_where_lines_begin_at_the_right(
    icons: Icons, qapp: QApplication, name: str, is_mirrored: bool
) -> None:
    usual = drawn(icons, name)
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    try:
        turned = drawn(icons, name)
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    assert (turned != usual) is is_mirrored
    if is_mirrored:
        assert same(turned.flipped(Qt.Orientation.Horizontal), usual)


def drawn(icons: Icons, name: str) -> QImage:
    image = QImage(64, 64, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    icons.paint(painter, name, QRectF(0, 0, 64, 64), QColor("black"))
    painter.end()
    return image


def same(one: QImage, other: QImage) -> bool:
    """But for rounding at the edges."""
    pixels = [(x, y) for x in range(0, 64, 3) for y in range(0, 64, 3)]
    return all(abs(one.pixelColor(x, y).alpha() - other.pixelColor(x, y).alpha()) < 60 for x, y in pixels)
