"""What stands above a document: its name, where in it one is, how large it is shown, and what can be done with it."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from app.text import _, grouped
from app.ui import accessible
from app.ui.controls import ElidedText, Ground, IconButton, Text
from app.ui.documents.viewer.page_view import ZOOMS
from app.ui.settings.flow import Flow
from app.ui.settings.segment import Segment
from app.ui.theme import Theme

_FIELD_CHARACTERS, _LABEL_CHARACTERS = 12, 6  # that can be typed, and that are seen
_FIELD_SAMPLE = "88888"
_HEIGHT_PX, _GROUP_PX = 30, 34
_SIDE_PX, _NARROW_SIDE_PX, _NARROW_PX = 20, 10, 520

Way = Literal["page", "text"]


class PageField(QLineEdit):
    """Enter goes there; Esc takes back what was typed before it closes anything."""

    wanted = Signal(object)  # str, as it was typed
    left = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("place", "field")
        self.setMaxLength(_FIELD_CHARACTERS)
        self.setFont(theme.fonts.ui)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        accessible.name(self, _("Page"), _("Type a page and press Enter to go there."))

    def sizeHint(self) -> QSize:
        width = round(QFontMetricsF(self.font()).horizontalAdvance(_FIELD_SAMPLE)) + 22
        return QSize(width, max(self._theme.px(_HEIGHT_PX), round(QFontMetricsF(self.font()).height()) + 12))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.wanted.emit(self.text())
        elif event.key() == Qt.Key.Key_Escape and self.isModified():
            self.left.emit()
        else:
            super().keyPressEvent(event)


class ViewerBar(Ground):
    """Tells of wishes; `show_place`, `show_zoom` and `show_ways` say what holds."""

    step_wanted = Signal(object)  # +1 or -1
    page_wanted = Signal(object)  # str
    zoom_wanted = Signal(object)  # +1 or -1; 0 for as wide as the view
    way_wanted = Signal(object)  # Way

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, "window", parent=parent, edge="bottom")
        self._shown = ""
        self._is_narrow = False
        self.has_zoom = False
        self.title = ElidedText(theme, "", parent=self, font=theme.fonts.ui_strong)
        self.find_button = IconButton(theme, "magnifying-glass", _("Find in this document"), parent=self)
        self.find_button.set_label(_("Find in this document"), keys=keys_text("Ctrl+F"))
        self.copy = IconButton(theme, "quotes", _("Copy with source"), parent=self)
        self.more = IconButton(theme, "dots-three", _("More"), parent=self)
        self._rows = QVBoxLayout(self)
        self._rows.setSpacing(6)
        top = QHBoxLayout()
        top.setSpacing(2)
        top.addWidget(self.title, 1)
        for button in (self.find_button, self.copy, self.more):
            top.addWidget(button)
        self._rows.addLayout(top)
        self._tools = QWidget(self)
        flow = Flow(self._tools, gap_px=18)
        for group in (self._make_places(theme), self._make_zoom(theme), self._make_ways(theme)):
            theme.fix(group, height=_GROUP_PX)
            flow.addWidget(group)
        self._rows.addWidget(self._tools)
        self.set_narrow(is_narrow=False)
        theme.resized.connect(self._on_resized)

    def set_narrow(self, *, is_narrow: bool) -> None:
        """The menu has the zoom, too."""
        self._is_narrow = is_narrow
        self.zoom.setVisible(self.has_zoom and not is_narrow)
        side = _NARROW_SIDE_PX if is_narrow else _SIDE_PX
        self._rows.setContentsMargins(side, 10, side - 4, 10)

    def show_place(self, number: int, count: int, label: str, part: str) -> None:
        """Part `number` (from 0) of `count`; `part` says what it is ("Page"). A citation names the `label` that is
        printed on it, so that is what stands in the field where it is another than the number."""
        place, total = grouped(number + 1), grouped(count)
        is_own = label not in ("", str(number + 1), place)
        self._shown = label if is_own and len(label) <= _LABEL_CHARACTERS else place
        self._put_back()
        accessible.name(self.field, part, _("Type a page and press Enter to go there."))
        words = _("of {count}").format(count=total)
        if is_own and self._shown == label:
            words = _("({number} of {count})").format(number=place, count=total)
        elif is_own:
            words = _("{of_count} · {label}").format(of_count=words, label=label)
        self.count.set_text(words)
        self.previous.setEnabled(number > 0)
        self.next.setEnabled(number + 1 < count)
        self.places.updateGeometry()

    def show_zoom(self, zoom: float) -> None:
        self.percent.setText(_("{percent} %").format(percent=round(zoom * 100)))
        accessible.name(self.percent, self.percent.text())
        self.smaller.setEnabled(zoom > ZOOMS[0])
        self.larger.setEnabled(zoom < ZOOMS[-1])

    def show_ways(self, way: Way, *, has_pages: bool, has_parts: bool) -> None:
        """Whether there are pictures of pages, or text alone, and which of them is shown."""
        self.places.setVisible(has_parts)
        self.ways.setVisible(has_pages)
        self.has_zoom = has_pages and way == "page"
        self.zoom.setVisible(self.has_zoom and not self._is_narrow)
        self._tools.setVisible(has_parts or has_pages)
        (self.as_page if way == "page" else self.as_text).setChecked(True)
        self.updateGeometry()

    def _make_places(self, theme: Theme) -> QWidget:
        self.places = QWidget(self._tools)
        self.previous = IconButton(theme, "caret-up", _("Previous"), parent=self.places)
        self.previous.set_label(_("Previous"), keys=keys_text("Ctrl+PgUp"))
        self.next = IconButton(theme, "caret-down", _("Next"), parent=self.places)
        self.next.set_label(_("Next"), keys=keys_text("Ctrl+PgDn"))
        self.field = PageField(theme, parent=self.places)
        self.field.wanted.connect(self.page_wanted)
        self.field.left.connect(self._put_back)
        self.count = ElidedText(theme, "", parent=self.places, color="muted")
        self.previous.clicked.connect(self._on_previous)
        self.next.clicked.connect(self._on_next)
        return _row(self.places, self.previous, self.next, self.field, self.count)

    def _make_zoom(self, theme: Theme) -> QWidget:
        self.zoom = QWidget(self._tools)
        self.smaller = IconButton(theme, "minus", _("Smaller"), parent=self.zoom)
        self.smaller.set_label(_("Smaller"), keys=keys_text("Ctrl+-"))
        self.larger = IconButton(theme, "plus", _("Larger"), parent=self.zoom)
        self.larger.set_label(_("Larger"), keys=keys_text("Ctrl++"))
        self.percent = Text(theme, "100 %", parent=self.zoom, color="muted")
        self.percent.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.smaller.clicked.connect(self._on_smaller)
        self.larger.clicked.connect(self._on_larger)
        return _row(self.zoom, self.smaller, self.percent, self.larger)

    def _make_ways(self, theme: Theme) -> QWidget:
        self.ways = QWidget(self._tools)
        self.as_page = Segment(theme, _("Page"), parent=self.ways)
        self.as_text = Segment(theme, _("Text"), parent=self.ways)
        accessible.name(self.as_page, _("Page, as it is printed"))
        accessible.name(self.as_text, _("Text, to select and copy"))
        group = QButtonGroup(self)
        group.setExclusive(True)
        for button in (self.as_page, self.as_text):
            button.height_px = _HEIGHT_PX
            group.addButton(button)
        self.as_page.clicked.connect(self._on_as_page)
        self.as_text.clicked.connect(self._on_as_text)
        return _row(self.ways, self.as_page, self.as_text)

    @Slot()
    def _on_resized(self) -> None:
        self.updateGeometry()

    @Slot()
    def _put_back(self) -> None:
        self.field.setText(self._shown)
        self.field.setModified(False)
        if self.field.hasFocus():
            self.field.selectAll()

    @Slot()
    def _on_previous(self) -> None:
        self.step_wanted.emit(-1)

    @Slot()
    def _on_next(self) -> None:
        self.step_wanted.emit(1)

    @Slot()
    def _on_smaller(self) -> None:
        self.zoom_wanted.emit(-1)

    @Slot()
    def _on_larger(self) -> None:
        self.zoom_wanted.emit(1)

    @Slot()
    def _on_as_page(self) -> None:
        self.way_wanted.emit("page")

    @Slot()
    def _on_as_text(self) -> None:
        self.way_wanted.emit("text")


def keys_text(keys: str) -> str:
    """A shortcut as this system writes it."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def _row(place: QWidget, *parts: QWidget) -> QWidget:
    row = QHBoxLayout(place)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    for part in parts:
        row.addWidget(part)
    return place
