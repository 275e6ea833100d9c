"""Small parts of pages: names cut in the middle, figures that change, headings, columns that keep their rows."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Generic, TypeVar

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QLayout, QSizePolicy, QVBoxLayout, QWidget

from app.ui import accessible
from app.ui.controls import ElidedText, Kind, Progress, Text, TextButton, paint_card
from app.ui.models.entries import scaled
from app.ui.theme import Theme

PAD_PX = 16
_ANY_PX = 16_777_215  # QWIDGETSIZE_MAX

K = TypeVar("K", bound=Hashable)
W = TypeVar("W", bound="Row")


class MiddleElided(ElidedText):
    """For "owner/name" and paths: both ends say more than the middle."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self._theme.color(self._color))
        shown = QFontMetricsF(self.font()).elidedText(self._text, Qt.TextElideMode.ElideMiddle, self.width())
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignVCenter, shown)


class Ticker(ElidedText):
    """A line that changes often: it takes the width it is given, so that nothing is laid out again for it."""

    def __init__(self, theme: Theme, *, parent: QWidget, font: QFont | None = None, color: str = "muted") -> None:
        super().__init__(theme, "", parent=parent, font=font, color=color)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_text(self, text: str) -> None:
        if text != self._text:
            self._text = text
            accessible.name(self, text)
            self.setToolTip(accessible.plain_tooltip(text))
            self.update()

    @property
    def text(self) -> str:
        return self._text


class Bar(Progress):
    """Progress on a card, whose colour the usual trough has in the dark."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rect = QRectF(self.rect())
        paint_card(painter, rect, ground=self._theme.color("pressed"), line=None, radius=3)
        if self.share > 0:
            done = QRectF(rect.left(), rect.top(), max(6.0, rect.width() * self.share), rect.height())
            if self.isRightToLeft():
                done.moveRight(rect.right())
            paint_card(painter, done, ground=self._theme.color("accent"), line=None, radius=3)


class Row(QWidget):
    """A row of a card, with a line above unless it is the first."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._is_first = True
        theme.changed.connect(self.update)

    def arrange(self, column_px: int) -> None:
        """The page's column is this wide now. Told from above, as a row that changes in its own resizing is laid out
        again by nobody."""

    def set_first(self, is_first: bool) -> None:
        if is_first != self._is_first:
            self._is_first = is_first
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._is_first:
            painter = QPainter(self)
            painter.fillRect(QRectF(PAD_PX, 0, self.width() - 2 * PAD_PX, 1), self._theme.color("line"))


class KeyedColumn(Generic[K, W]):
    """The rows of a layout by key. What stays is kept as it is, with its focus; what is new is made; the rest goes."""

    def __init__(self, layout: QVBoxLayout) -> None:
        self._layout = layout
        self.rows: dict[K, W] = {}

    def sync(self, keys: Iterable[K], make: Callable[[K], W]) -> bool:
        """Whether any row came, went or moved."""
        wanted = tuple(dict.fromkeys(keys))
        if wanted == tuple(self.rows):
            return False
        for key in self.rows.keys() - set(wanted):
            gone = self.rows.pop(key)
            pass_focus_on(gone)
            self._layout.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        self.rows = {key: self.rows[key] if key in self.rows else make(key) for key in wanted}
        for place, row in enumerate(self.rows.values()):
            if self._layout.indexOf(row) != place:
                self._layout.insertWidget(place, row)
            row.set_first(place == 0)
        return True


class Heading(QWidget):
    """The name of a section, and a quiet sentence on it."""

    def __init__(self, theme: Theme, title: str, words: str = "", *, parent: QWidget) -> None:
        super().__init__(parent)
        self.title = Text(theme, title, parent=self, font=theme.fonts.heading).wrapped()
        self.words = Text(theme, words, parent=self, color="muted").wrapped()
        self.words.setVisible(bool(words))
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 0, 2, 2)
        column.setSpacing(2)
        column.addWidget(self.title)
        column.addWidget(self.words)

    def set_words(self, words: str) -> None:
        self.words.setText(words)
        self.words.setVisible(bool(words))


def make_button(theme: Theme, text: str, *, parent: QWidget, kind: Kind = "plain", icon: str = "") -> TextButton:
    """One as high as the text asks for; Enter elsewhere never presses it."""
    made = TextButton(theme, text, parent=parent, kind=kind, icon=icon)
    made.height_px = scaled(theme, made.height_px)
    made.setAutoDefault(False)
    return made


def half(parent: QWidget, upper: QWidget, lower: QWidget) -> QWidget:
    """Two lines of a row."""
    made = QWidget(parent)
    column = QVBoxLayout(made)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    column.addWidget(upper)
    column.addWidget(lower)
    return made


def hold_width(widget: QWidget, width_px: int | None) -> None:
    """A column of its own width, or of whatever is there."""
    widget.setMinimumWidth(width_px or 0)
    widget.setMaximumWidth(width_px or _ANY_PX)


def pass_focus_on(gone: QWidget) -> None:
    """Before `gone` goes: where it has the focus, the next stop gets it.

    Qt does that only in the window that is active, and this one is not while the dialog that asked is just closing.
    """
    focus = gone.window().focusWidget()
    if focus is None or not gone.isAncestorOf(focus):
        return
    after = focus.nextInFocusChain()
    while after is not None and after is not focus:
        is_stop = bool(after.focusPolicy() & Qt.FocusPolicy.TabFocus) and after.isEnabled() and after.isVisible()
        if is_stop and not gone.isAncestorOf(after):
            after.setFocus()
            return
        after = after.nextInFocusChain()


def tab_in_order(root: QWidget) -> None:
    """Tabs go through `root` as it is laid out, also past rows that came later."""
    for before, after in itertools.pairwise(_stops(root)):
        QWidget.setTabOrder(before, after)


def _stops(root: QWidget) -> Iterator[QWidget]:
    if root.focusPolicy() & Qt.FocusPolicy.TabFocus:
        yield root
    laid_out = list(_widgets(root.layout()))
    apart = [child for child in root.children() if isinstance(child, QWidget) and child not in laid_out]
    for child in (*laid_out, *apart):
        yield from _stops(child)


def _widgets(layout: QLayout | None) -> Iterator[QWidget]:
    for place in range(layout.count() if layout is not None else 0):
        item = layout.itemAt(place) if layout is not None else None
        if item is None:
            continue
        if (widget := item.widget()) is not None:
            yield widget
        else:
            yield from _widgets(item.layout())
