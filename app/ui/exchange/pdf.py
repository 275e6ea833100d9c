"""Chats on paper: Qt lays out the same articles as the exported page. May run on any thread.

A chat is laid out in pieces, as laying out takes more than twice as long for twice the text, and cannot be stopped.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from PySide6.QtCore import QBuffer, QEventLoop, QIODevice, QLocale, QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QAbstractTextDocumentLayout,
    QColor,
    QFont,
    QFontMetricsF,
    QPageLayout,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
    QTextDocument,
)

from app.chat.carried import Carried
from app.chat.exchange import page
from app.chat.exchange.forms import require_going
from app.chat.exchange.page_style import PRINTED_STYLE
from app.errors import StorageFault
from app.text import _

_MARGIN_MM = 20.0
_FOOT_MM = 10.0
_DPI = 600
_TEXT_PT = 10.5
_FOOT_PT = 8.5
_INK = QColor("#1f1e1b")
_QUIET = QColor("#6b6862")


def render(chats: Iterable[Carried], *, has_all_versions: bool, stop: threading.Event) -> bytes:
    """One PDF, each chat from a new page on, pages numbered through. Raises Cancelled."""
    _timers = QEventLoop()  # never run; laying out starts timers, which a thread of Python's has no place for otherwise
    target = QBuffer()
    target.open(QIODevice.OpenModeFlag.WriteOnly)
    paper = _Paper(target, stop)
    try:
        for carried in chats:
            require_going(stop)
            title = " ".join(carried.conversation.title.split())
            for piece in page.printed(carried, has_all_versions=has_all_versions):
                require_going(stop)
                paper.add(piece, title)
    finally:
        paper.end()
    data = bytes(target.data().data())
    if not data:
        raise StorageFault(_("The PDF could not be made."), _("Choose HTML instead, and print it from a browser."))
    return data


class _Paper:
    """The pages, one after the other."""

    def __init__(self, target: QIODevice, stop: threading.Event) -> None:
        self._stop = stop
        self._writer = QPdfWriter(target)
        self._writer.setResolution(_DPI)
        is_letter = QLocale.system().measurementSystem() == QLocale.MeasurementSystem.ImperialUSSystem
        size = QPageSize(QPageSize.PageSizeId.Letter if is_letter else QPageSize.PageSizeId.A4)
        margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
        portrait = QPageLayout.Orientation.Portrait
        self._writer.setPageLayout(QPageLayout(size, portrait, margins, QPageLayout.Unit.Millimeter))
        self._writer.setCreator("Paddock")
        self._painter = QPainter()
        self._size = QSizeF(self._writer.width(), self._writer.height() - _FOOT_MM / 25.4 * _DPI)
        self._font = QFont()  # the window's is in pixels, of which paper has many more
        self._font.setPointSizeF(_TEXT_PT)
        self._foot_font = QFont()
        self._foot_font.setPointSizeF(_FOOT_PT)
        self._page = 0

    def add(self, html: str, title: str) -> None:
        """From a new page on."""
        if not self._page:
            self._writer.setTitle(title)
            self._painter.begin(self._writer)
        document = QTextDocument()
        document.setUndoRedoEnabled(False)
        document.setDocumentMargin(0)
        document.documentLayout().setPaintDevice(self._writer)
        document.setDefaultFont(self._font)
        document.setDefaultStyleSheet(PRINTED_STYLE)
        document.setHtml(html)
        document.setPageSize(self._size)
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette.setColor(QPalette.ColorRole.Text, _INK)  # the window's own may be white
        for number in range(document.pageCount()):
            require_going(self._stop)
            if self._page:
                self._writer.newPage()
            self._page += 1
            top = number * self._size.height()
            context.clip = QRectF(0, top, self._size.width(), self._size.height())
            self._painter.save()
            self._painter.translate(0, -top)
            self._painter.setClipRect(context.clip)
            document.documentLayout().draw(self._painter, context)
            self._painter.restore()
            self._draw_foot(title)

    def end(self) -> None:
        if self._painter.isActive():
            self._painter.end()

    def _draw_foot(self, title: str) -> None:
        metrics = QFontMetricsF(self._foot_font, self._writer)
        height = metrics.height()
        foot = QRectF(0, self._writer.height() - height, self._writer.width(), height)
        number = str(self._page)
        room = foot.width() - metrics.horizontalAdvance(number) - 4 * metrics.averageCharWidth()
        self._painter.setFont(self._foot_font)
        self._painter.setPen(_QUIET)
        self._painter.drawText(
            foot, Qt.AlignmentFlag.AlignLeft, metrics.elidedText(title, Qt.TextElideMode.ElideRight, room)
        )
        self._painter.drawText(foot, Qt.AlignmentFlag.AlignRight, number)
