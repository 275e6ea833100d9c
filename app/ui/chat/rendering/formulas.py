"""TeX drawn: a child process makes SVG (app/chat/formulas), Qt paints it in whatever colour and size is needed.

A formula that was not drawn yet has no picture at first; `made` says when to look again. The SVG has no colour of its
own, so light and dark share it. The child goes with the last window that shows formulas, and when none was wanted for
a while.
"""

from __future__ import annotations

import functools
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QEvent, QObject, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from app.chat.formulas.draughtsman import Draughtsman
from app.chat.formulas.frames import UNDRAWN, Formula, Wanted
from app.ui.chat.rendering.workshop import Workshop
from app.ui.theme import Theme

KEPT_MAX = 600
ASKED_MAX = 300
"""Formulas that wait to be drawn; a text with more shows the rest as TeX."""
REST_AFTER_MS = 30_000
_PICTURES_MAX = 200


@dataclass(frozen=True, slots=True)
class Made:
    """These are drawn, or have turned out to be no TeX; where there are none, whoever waits has to ask again."""

    wanted: frozenset[Wanted]


class Formulas(QObject):
    """`find` a formula; None: it is being drawn, and `made` will tell."""

    made = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._draughtsman = Draughtsman()
        self._workshop = Workshop.of(self)  # one of its own: it waits for the child, and code is coloured meanwhile
        self._kept: OrderedDict[Wanted, Formula] = OrderedDict()
        self._pictures: OrderedDict[tuple[bytes, int, int, int], QImage] = OrderedDict()
        self._asked: dict[Wanted, None] = {}
        self._is_drawing = False
        self._is_unseen = False
        """Every window that shows formulas was hidden: nothing is drawn until one is shown."""
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(REST_AFTER_MS)
        self._idle.timeout.connect(self._on_idle)
        self._windows: weakref.WeakSet[QWidget] = weakref.WeakSet()
        # Not the bound method, which Qt would only know for as long as something else does.
        self.destroyed.connect(functools.partial(Draughtsman.close, self._draughtsman))

    @staticmethod
    def of(theme: Theme) -> Formulas:
        """The one of this theme, made when it is first wanted; it ends with it."""
        found = theme.findChild(Formulas, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return found if isinstance(found, Formulas) else Formulas(theme)

    @property
    def is_idle(self) -> bool:
        return not self._asked and self._workshop.is_idle

    @property
    def draughtsman(self) -> Draughtsman:
        return self._draughtsman

    def draw_for(self, window: QWidget) -> None:
        """Formulas are shown in `window`: the child goes when none of such is left to be seen."""
        if window not in self._windows:
            self._windows.add(window)
            self._is_unseen = False
            window.installEventFilter(self)
            window.destroyed.connect(self._on_window_gone)

    def rest(self) -> None:
        """Ends the child; what waits is asked for again when it is next looked for."""
        self._asked.clear()
        self._draughtsman.rest()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Hide:
            self._on_window_gone()
        elif event.type() == QEvent.Type.Show:
            self._is_unseen = False
            self.made.emit(Made(frozenset()))
        return False

    def find(self, wanted: Wanted) -> Formula | None:
        found = self._kept.get(wanted)
        if found is not None:
            self._kept.move_to_end(wanted)
            return found
        if len(self._asked) >= ASKED_MAX and wanted not in self._asked:
            return UNDRAWN
        self._asked[wanted] = None
        self._draw_next()
        return None

    def paint(self, painter: QPainter, rect: QRectF, formula: Formula, color: QColor) -> None:
        """Fills `rect`, whose shape is the formula's."""
        if rect.isEmpty():
            return
        ratio = painter.device().devicePixelRatioF() if painter.device() is not None else 1.0
        size = QSize(max(1, round(rect.width() * ratio)), max(1, round(rect.height() * ratio)))
        key = (formula.svg, size.width(), size.height(), color.rgba())
        picture = self._pictures.get(key)
        if picture is None:
            picture = _tinted(formula.svg, size, color)
            self._pictures[key] = picture
            while len(self._pictures) > _PICTURES_MAX:
                self._pictures.popitem(last=False)
        # On whole pixels, or it would be blurred.
        left, top = round(rect.left() * ratio) / ratio, round(rect.top() * ratio) / ratio
        painter.drawImage(QRectF(left, top, size.width() / ratio, size.height() / ratio), picture)

    def _draw_next(self) -> None:
        if self._is_drawing or self._is_unseen or not self._asked:
            return
        self._is_drawing = True
        self._idle.stop()
        work = functools.partial(self._draughtsman.draw, tuple(self._asked), self._draughtsman.turn)
        self._workshop.do(self, work, self._on_drawn)

    def _on_drawn(self, drawn: Sequence[tuple[Wanted, Formula]]) -> None:
        self._is_drawing = False
        for wanted, formula in drawn:
            self._asked.pop(wanted, None)
            self._kept[wanted] = formula
        while len(self._kept) > KEPT_MAX:
            self._kept.popitem(last=False)
        self._draw_next()
        if drawn:
            self.made.emit(Made(frozenset(wanted for wanted, _formula in drawn)))
        if not self._is_drawing:
            self._idle.start()

    @Slot()
    def _on_window_gone(self) -> None:
        if not any(isValid(window) and window.isVisible() for window in self._windows):
            self._is_unseen = True
            self.rest()

    @Slot()
    def _on_idle(self) -> None:
        if not self._is_drawing:
            self._draughtsman.rest()


def _tinted(svg: bytes, size: QSize, color: QColor) -> QImage:
    picture = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(svg)).render(painter)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(picture.rect(), color)
    painter.end()
    return picture
