"""What text views of a message share: they never load and never open anything, leave scrolling to the transcript,
and draw formulas and rounded grounds that Qt's documents do not know."""

from __future__ import annotations

import itertools

from PySide6.QtCore import QMimeData, QRect, QRectF, Qt, QUrl, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QTextCursor, QWheelEvent
from PySide6.QtWidgets import QFrame, QTextBrowser, QWidget

from app.chat.formulas.frames import UNDRAWN, Formula, Wanted
from app.chat.markup import safe_url
from app.text import _
from app.ui import accessible
from app.ui.chat.items import LinkRequested
from app.ui.chat.rendering import decor
from app.ui.chat.rendering.formulas import Formulas, Made
from app.ui.chat.rendering.inline import CHIP_SCHEME, OBJECT, place_for
from app.ui.chat.rendering.marks import Marks
from app.ui.theme import Theme


class RichText(QTextBrowser):
    """`decorations` are those of whoever writes the document. `grown`: formulas were drawn, the height may differ."""

    link_requested = Signal(object)
    chip_pressed = Signal(object)
    """Its place in `Sourced.chips`, an int."""
    grown = Signal()

    def __init__(self, theme: Theme, label: str, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._formulas = Formulas.of(theme)
        self._marks = Marks(self, theme)
        self._found: dict[Wanted, Formula] = {}
        self._missing: set[Wanted] = set()
        self._has_to_fit = False
        self._fitted: list[tuple[decor.Drawn, Formula | None]] = []
        self._fitted_room = 0.0
        self.decorations = decor.Decorations()
        self.refused_loads = 0
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setOpenLinks(False)
        self.viewport().setAutoFillBackground(False)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # the message has one, for what is selected too
        self.anchorClicked.connect(self._on_anchor)
        self._formulas.made.connect(self._on_formulas_made)
        accessible.name(self, label)

    @property
    def has_undrawable(self) -> bool:
        """A formula that turned out not to be TeX stands in a place meant for a picture."""
        return any(not formula.is_drawn for _drawn, formula in self._drawn())

    @property
    def is_awaiting(self) -> bool:
        """Some of its formulas are still being drawn."""
        return bool(self._missing)

    def matches(self, words: str) -> int:
        return self._marks.count(words)

    def mark_words(self, words: str, current: int | None) -> None:
        self._marks.show(words, current)

    def clear_marks(self) -> None:
        self._marks.clear()

    def current_rect(self) -> QRect | None:
        return self._marks.current_rect()

    def fit_formulas(self, room: float) -> None:
        """Gives each formula the place it needs, now that its size or the room for it is known. Where it stands in a
        list, it has a little less room than it might."""
        if not self._has_to_fit and room == self._fitted_room:
            return
        formulas = self.decorations.formulas
        before = self._fitted if room == self._fitted_room else []
        wished = [(drawn, self._found.get(drawn.wanted)) for drawn in formulas]
        changes = QTextCursor(self.document())
        changes.beginEditBlock()  # or all that follows would be laid out anew for each
        for one, was in itertools.zip_longest(wished, before[: len(wished)], fillvalue=(None, None)):
            if one[0] is not None and (one[0] is not was[0] or one[1] is not was[1]):
                self._fit(one[0], one[1], room)
        changes.endEditBlock()
        self._has_to_fit, self._fitted, self._fitted_room = False, wished, room
        self._describe()

    def loadResource(self, kind: int, url: QUrl | str) -> object:
        """Nothing is ever loaded, whatever a text names."""
        self.refused_loads += 1
        return None

    def createMimeDataFromSelection(self) -> QMimeData:
        data = QMimeData()
        data.setText(self.selected_text())
        return data

    def selected_text(self) -> str:
        """Plain, with the list markers, which are not part of the document, and TeX for formulas."""
        cursor = self.textCursor()
        labels = {marker.position: marker for marker in self.decorations.markers}
        lines = []
        block = self.document().findBlock(cursor.selectionStart())
        while block.isValid() and block.position() <= cursor.selectionEnd():
            start = max(cursor.selectionStart(), block.position())
            end = min(cursor.selectionEnd(), block.position() + block.length() - 1)
            marker = labels.get(start)
            prefix = "  " * (marker.depth - 1) + (marker.label or "-") + " " if marker is not None else ""
            lines.append(prefix + self.text_between(start, end).replace("\u2028", "\n"))
            block = block.next()
        return "\n".join(lines)

    def text_between(self, start: int, end: int) -> str:
        """The text between two positions of one block, without the room around inline code. Read by a cursor,
        because Qt counts an emoji as two positions and Python as one letter."""
        cursor = QTextCursor(self.document())
        stops = {pad: "" for first, after in self.decorations.code for pad in (first, after - 1) if start <= pad < end}
        stops |= {
            at: "" for chip in self.decorations.chips for at in (chip.position - 1, chip.position) if start <= at < end
        }
        stops |= {
            drawn.position: f"${drawn.wanted.tex}$"
            for drawn in self.decorations.formulas
            if start <= drawn.position < end
        }
        pieces = []
        for stop in (*sorted(stops), end):
            cursor.setPosition(start)
            cursor.setPosition(stop, QTextCursor.MoveMode.KeepAnchor)
            pieces.append(cursor.selectedText())
            pieces.append(stops.get(stop, ""))
            start = stop + 1
        return "".join(pieces)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.verticalScrollBar().setValue(0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        aside = self.horizontalScrollBar().value()
        clip = QRectF(event.rect()).translated(aside, 0)
        painter = QPainter(self.viewport())
        painter.translate(-aside, 0)
        decor.paint(painter, self.document(), self.decorations, self._theme, clip)
        painter.end()
        super().paintEvent(event)
        if self.decorations.formulas:
            self._formulas.draw_for(self.window())
            painter = QPainter(self.viewport())
            painter.translate(-aside, 0)
            shown = [(drawn, self._found.get(drawn.wanted, UNDRAWN)) for drawn in self.decorations.formulas]
            decor.paint_formulas(painter, self.document(), shown, self._formulas, self._theme, clip)
            painter.end()
        if self.decorations.chips:
            painter = QPainter(self.viewport())
            painter.translate(-aside, 0)
            chips, cursor = self.decorations.chips, self.textCursor()
            focused = cursor.selectionStart() if self.hasFocus() and cursor.hasSelection() else -1
            decor.paint_chips(painter, self.document(), chips, self._theme, clip, focused=focused)
            painter.end()

    def note_written(self) -> None:
        """Called after writing."""
        if self.decorations.chips:
            self._describe()
        if self.decorations.formulas:
            self._has_to_fit = True
            self._missing = {drawn.wanted for drawn in self.decorations.formulas} - self._found.keys()
            self._formulas.draw_for(self.window())
            self._take_drawn()

    def _drawn(self) -> list[tuple[decor.Drawn, Formula]]:
        """Those whose measures are known. Kept here too: what is shown is not drawn twice, however much is shown."""
        found = ((drawn, self._found.get(drawn.wanted)) for drawn in self.decorations.formulas)
        return [(drawn, formula) for drawn, formula in found if formula is not None]

    def _fit(self, drawn: decor.Drawn, formula: Formula | None, room: float) -> None:
        cursor = QTextCursor(self.document())
        cursor.setPosition(drawn.position)
        cursor.movePosition(QTextCursor.MoveOperation.NextCharacter, QTextCursor.MoveMode.KeepAnchor)
        if cursor.selectedText() != OBJECT:
            return
        here = cursor.charFormat().toImageFormat()
        wished = place_for(formula, drawn.wanted, here.font(), room=room)
        if abs(here.width() - wished.width()) > 0.1 or abs(here.height() - wished.height()) > 0.1:
            cursor.setCharFormat(wished)

    def _describe(self) -> None:
        """Formulas and chips are pictures to a screen reader."""
        formulas = [drawn.wanted.tex for drawn in self.decorations.formulas[:50]]
        chips = [_("source {number}: {place}").format(number=c.label, place=c.tip) for c in self.decorations.chips[:50]]
        self.setAccessibleDescription("; ".join((*formulas, *chips)))

    def _take_drawn(self) -> bool:
        """What of the missing has been drawn meanwhile; False: nothing."""
        looked = {wanted: self._formulas.find(wanted) for wanted in self._missing}
        come = {wanted: formula for wanted, formula in looked.items() if formula is not None}
        self._found |= come
        self._missing -= come.keys()
        return bool(come)

    @Slot(object)
    def _on_formulas_made(self, made: Made) -> None:
        if self._missing and not (made.wanted and made.wanted.isdisjoint(self._missing)) and self._take_drawn():
            self._has_to_fit = True
            self.grown.emit()
            self.viewport().update()

    @Slot(QUrl)
    def _on_anchor(self, url: QUrl) -> None:
        if url.scheme() == CHIP_SCHEME:
            self.chip_pressed.emit(int(url.path()))
            return
        address = safe_url(url.toString(QUrl.ComponentFormattingOption.FullyEncoded))
        if address:
            self.link_requested.emit(LinkRequested(address))
