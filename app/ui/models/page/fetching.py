"""The button that fetches a model, and what it becomes: the progress of the fetching, then the way to use the model.

It stays one widget through all of that, so that the focus stays where it is and nothing jumps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.text import _
from app.ui import accessible
from app.ui.controls import Kind, TextButton, paint_card, paint_ring
from app.ui.models.entries import scaled
from app.ui.models.page import wording
from app.ui.models.page.shown import (
    DownloadAct,
    DownloadActName,
    DownloadShown,
    FetchRequested,
    Pick,
    ShelfItem,
    ShelfShown,
    UseRequested,
    is_same,
)
from app.ui.theme import Theme
from app.ui.tokens import RADIUS_CONTROL

_LEAST_PX = 112
_Doing = Literal["fetch", "use", "in_use", "going"]
_NEXT: dict[str, DownloadActName] = {"fetching": "pause", "checking": "pause", "waiting": "pause"}
_EMPTY = ShelfShown()


@dataclass(frozen=True, slots=True)
class Stock:
    """What every offer is held against: what is here, what is on its way, and how fast the last download was."""

    shelf: ShelfShown = _EMPTY
    downloads: tuple[DownloadShown, ...] = ()
    bytes_per_s: float = 0.0  # 0 unknown

    def here(self, pick: Pick) -> ShelfItem | None:
        return next(
            (item for item in self.shelf.items if is_same(pick, item) and item.state not in ("missing", "changed")),
            None,
        )

    def on_its_way(self, pick: Pick) -> DownloadShown | None:
        return next((item for item in self.downloads if is_same(pick, item)), None)


class FetchButton(TextButton):
    fetch_requested = Signal(object)  # FetchRequested
    use_requested = Signal(object)  # UseRequested
    download_act = Signal(object)  # DownloadAct

    def __init__(self, theme: Theme, *, parent: QWidget, kind: Kind = "plain") -> None:
        super().__init__(theme, _("Download"), parent=parent, kind=kind)
        self.setAutoDefault(False)
        self.height_px = scaled(theme, self.height_px)
        self._usual: Kind = kind
        self._pick: Pick | None = None
        self._title = ""
        self._item: ShelfItem | None = None
        self._download: DownloadShown | None = None
        self._share = 0.0
        self.clicked.connect(self._on_clicked)

    @property
    def doing(self) -> _Doing:
        if self._download is not None:
            return "going"
        if self._item is not None and self._item.can_use:
            return "in_use" if self._item.state == "in_use" else "use"
        return "fetch"

    def show_pick(self, pick: Pick, title: str, stock: Stock) -> None:
        """`title` of the model, for those who hear the button instead of seeing where it stands."""
        self._pick, self._title = pick, title
        self._show(stock.here(pick), stock.on_its_way(pick))

    def show_stock(self, stock: Stock) -> None:
        """What is here and on its way now; the offer is the same."""
        if self._pick is not None:
            now = stock.here(self._pick), stock.on_its_way(self._pick)
            if now != (self._item, self._download):
                self._show(*now)

    def _show(self, item: ShelfItem | None, download: DownloadShown | None) -> None:
        pick = self._pick
        if pick is None:
            return
        self._item, self._download = item, download
        is_here = self._item is not None
        what = ", ".join(part for part in (self._title, wording.choice(pick)) if part)
        words, spoken = self._words(what, is_here=is_here)
        can_press = self.doing in ("use", "going") or not is_here
        self._kind = self._usual if can_press else "quiet"
        self.setEnabled(can_press)
        if words != self.text():
            self.set_text(words, icon="" if can_press else "check")
        accessible.name(self, spoken)
        self.setToolTip(accessible.plain_tooltip(spoken if self.doing == "going" else ""))
        self.update()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(max(hint.width(), scaled(self._theme, _LEAST_PX)), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.doing != "going":
            super().paintEvent(event)
            return
        painter = QPainter(self)
        rect, color = QRectF(self.rect()), self._theme.color
        is_hot = self.underMouse() or self.isDown()
        paint_card(painter, rect, ground=color("hover" if is_hot else "card"), line=None, radius=RADIUS_CONTROL)
        outline = QPainterPath()
        outline.addRoundedRect(rect, RADIUS_CONTROL, RADIUS_CONTROL)
        painter.save()
        painter.setClipPath(outline)
        done = QRectF(0, 0, rect.width() * self._share, rect.height())
        painter.fillRect(done, color("accent_ground"))
        painter.fillRect(QRectF(0, rect.height() - 2, done.width(), 2), color("accent"))
        painter.restore()
        paint_card(painter, rect, ground=None, line=color("line"), radius=RADIUS_CONTROL)
        painter.setFont(self.font())
        painter.setPen(QColor(color("text")))
        width = QFontMetricsF(self.font()).horizontalAdvance(self.text()) + 23
        x = (rect.width() - width) / 2
        self._theme.icons.paint(painter, self._sign(), QRectF(x, (rect.height() - 16) / 2, 16, 16), color("accent"))
        painter.drawText(QRectF(x + 23, 0, width, rect.height()), Qt.AlignmentFlag.AlignVCenter, self.text())
        if self._has_ring:
            paint_ring(painter, rect, self._theme, RADIUS_CONTROL - 1)

    def _words(self, what: str, *, is_here: bool) -> tuple[str, str]:
        """On the button, and as they are spoken."""
        if self._download is not None:
            return self._going(self._download, what)
        self._share = 0.0
        if self.doing == "in_use":
            return _("In use"), _("{what} is in use").format(what=what)
        if self.doing == "use" and self._item is not None and self._item.group == "embedding":
            return _("Use for searching"), _("Use {what} for searching").format(what=what)
        if self.doing == "use":
            return _("Use"), _("Use {what}").format(what=what)
        if is_here:
            return _("Here already"), _("{what} is on this computer already").format(what=what)
        pick = self._pick
        size = wording.size(pick.size_bytes, is_estimate=pick.is_size_estimated) if pick is not None else ""
        return _("Download"), ", ".join(part for part in (_("Download {what}").format(what=what), size) if part)

    def _going(self, shown: DownloadShown, what: str) -> tuple[str, str]:
        self._share = shown.done_bytes / shown.total_bytes if shown.total_bytes > 0 else 0.0
        percent = _("{percent} %").format(percent=int(100 * self._share))
        match shown.state:
            case "fetching":
                return percent, _("Pause the download of {what}, {percent} done").format(what=what, percent=percent)
            case "checking":
                return _("Checking"), _("{what} is being checked, {percent} done").format(what=what, percent=percent)
            case "waiting":
                return _("Waiting"), _("{what} waits for its turn; press to pause it").format(what=what)
            case "paused":
                return _("Resume"), _("Resume the download of {what}, {percent} done").format(
                    what=what, percent=percent
                )
            case "failed":
                return _("Try again"), _("Try again to download {what}").format(what=what)

    def _sign(self) -> str:
        state = self._download.state if self._download is not None else ""
        return {
            "paused": "play-fill",
            "failed": "arrow-clockwise",
            "waiting": "clock",
            "checking": "shield-check",
        }.get(state, "pause-fill")

    @Slot()
    def _on_clicked(self) -> None:
        if self._download is not None:
            act: DownloadActName = "retry" if self._download.state == "failed" else "resume"
            self.download_act.emit(DownloadAct(self._download.id, _NEXT.get(self._download.state, act)))
        elif self.doing == "use" and self._item is not None:
            self.use_requested.emit(UseRequested(self._item.id))
        elif self._pick is not None:
            pick = self._pick
            self.fetch_requested.emit(FetchRequested(pick.repository, pick.quantisation, pick.variant))
