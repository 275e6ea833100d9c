"""What a search in the documents found: document, place, and the passage with the words in it marked."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.documents.places import passage_words, place_words
from app.documents.records import Passage
from app.frozen import dataclass
from app.text import _
from app.ui.documents.items import PassageRequested
from app.ui.documents.page.marking import Snippet, snippet
from app.ui.documents.page.shown import HitsShown
from app.ui.documents.page.tall_list import TallList
from app.ui.row_items import VALUE, Index, RowItems, RowWords
from app.ui.theme import Theme

_LINES = 2
_BELOW = " › "  # between the headings of a path
_PAD_PX, _ROW_PAD_PX, _GAP_PX = 16, 10, 12


@dataclass(frozen=True, slots=True)
class _Hit:
    passage: Passage
    snippet: Snippet

    @property
    def place(self) -> str:
        """Where the file has no parts of its own, its headings say more."""
        if self.passage.part_name == "section" and self.passage.heading:
            return self.passage.heading.rpartition(_BELOW)[2]
        return place_words(self.passage.part_name, self.passage.part_label, self.passage.span.first)


class HitList(TallList):
    """A click or Enter asks for the passage."""

    passage_requested = Signal(object)  # PassageRequested

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, _("Passages found"), parent=parent)
        self.items: RowItems[_Hit] = RowItems(_words, self)
        self.use(self.items, _Delegate(theme, self))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(self._on_clicked)
        self.opened.connect(self._ask)

    def show_hits(self, shown: HitsShown) -> None:
        self.items.set_values([_Hit(passage, snippet(passage.text, shown.words)) for passage in shown.passages])

    def passage(self, row: int) -> Passage:
        return self.items.values[row].passage

    def _on_clicked(self, index: QModelIndex) -> None:
        self._ask(index.row())

    def _ask(self, row: int) -> None:
        passage = self.passage(row)
        self.passage_requested.emit(PassageRequested(passage.document_id, passage.span, passage.text))


class _Delegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, view: HitList) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        fonts = self._theme.fonts
        text = _LINES * QFontMetricsF(fonts.small).lineSpacing()
        return QSize(100, round(QFontMetricsF(fonts.ui_strong).height() + text) + 2 * _ROW_PAD_PX + 6)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        hit = index.data(VALUE)
        if not isinstance(hit, _Hit):
            return
        painter.save()
        self._view.paint_ground(painter, option, is_current=index == self._view.currentIndex())
        rect = QRectF(option.rect).adjusted(_PAD_PX, _ROW_PAD_PX, -_PAD_PX, -_ROW_PAD_PX)
        bottom = self._paint_head(painter, rect, hit)
        self._paint_snippet(painter, QRectF(rect.left(), bottom + 3, rect.width(), rect.bottom() - bottom), hit.snippet)
        painter.restore()

    def _paint_head(self, painter: QPainter, rect: QRectF, hit: _Hit) -> float:
        """The name at the one side, the place at the other; each gets half where both are long."""
        fonts, view = self._theme.fonts, self._view
        wanted = QFontMetricsF(fonts.small).horizontalAdvance(hit.place) + 2
        place_px = min(wanted, rect.width() / 2)
        name = QRectF(rect.left(), rect.top(), rect.width() - place_px - _GAP_PX, rect.height())
        place = QRectF(rect.right() - place_px, rect.top(), place_px, rect.height())
        if view.isRightToLeft():
            name.moveRight(rect.right())
            place.moveLeft(rect.left())
        middle = Qt.TextElideMode.ElideMiddle
        bottom = view.paint_line(painter, name, (hit.passage.document_name, "text"), font=fonts.ui_strong, cut=middle)
        rise = (QFontMetricsF(fonts.ui_strong).height() - QFontMetricsF(fonts.small).height()) / 2
        view.paint_line(painter, place.translated(0, rise), (hit.place, "muted"), font=fonts.small)
        return bottom

    def _paint_snippet(self, painter: QPainter, room: QRectF, shown: Snippet) -> None:
        font = self._theme.fonts.small
        layout = QTextLayout(shown.text, font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.setFormats([_marked(mark, self._theme) for mark in shown.marks])
        painter.setPen(self._theme.color("muted"))
        layout.beginLayout()
        y = 0.0
        for _number in range(_LINES):
            line = layout.createLine()
            if not line.isValid():
                break
            line.setLineWidth(room.width())
            line.setPosition(QPointF(0, y))
            y += line.height()
        layout.endLayout()
        painter.setClipRect(room.adjusted(-1, 0, 1, 0))
        layout.draw(painter, room.topLeft())


def _words(hit: _Hit) -> RowWords:
    where = passage_words(hit.passage)
    about = "\n".join(line for line in (where, hit.passage.heading) if line)
    return RowWords(where, hit.snippet.text, tooltip=about)


def _marked(mark: tuple[int, int], theme: Theme) -> QTextLayout.FormatRange:
    found = QTextCharFormat()
    found.setBackground(theme.color("mark"))
    found.setForeground(theme.color("text"))
    made = QTextLayout.FormatRange()
    made.start, made.length, made.format = mark[0], mark[1] - mark[0], found
    return made
