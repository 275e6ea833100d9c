"""A person's own words, as typed, on a rounded ground, below what is attached to them; of a very long text only the
beginning until more is wanted."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.text import _
from app.ui.chat.items import AttachmentItem
from app.ui.chat.rendering.markdown import has_unbroken
from app.ui.chat.rendering.prose import ProseView
from app.ui.chat.transcript.attachment_chips import AttachmentChips
from app.ui.controls import TextButton, paint_card
from app.ui.theme import Theme
from app.ui.tokens import BUBBLE_SHARE

USER_PREVIEW_CHARS = 6_000
_PAD_X, _PAD_Y = 16, 11
_BELOW_CHIPS_PX = 8
_NARROW_PX = 420
"""In a column narrower than this a question may be as wide as the column."""
_LEADING_PX = 5
"""What the line height leaves below the last line."""


class Bubble(QWidget):
    """`set_text`, then `arrange(width)` says how high it is in a column of that width; it stands at its end."""

    height_changed = Signal()
    attachment_requested = Signal(object)

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = ""
        self._is_expanded = False
        self._prose: ProseView | None = None
        self._more: TextButton | None = None
        self._ground = QRectF()
        self._chips = AttachmentChips(theme, parent=self)
        self._chips.attachment_requested.connect(self.attachment_requested)
        theme.changed.connect(self.update)

    @property
    def prose(self) -> ProseView | None:
        return self._prose

    @property
    def chips(self) -> AttachmentChips:
        return self._chips

    @property
    def is_cut(self) -> bool:
        """Whether only the beginning of a long text is shown."""
        return self._more is not None and not self._is_expanded

    @property
    def ground(self) -> QRect:
        """Where the rounded ground is, in this widget; empty for attachments without words."""
        return self._ground.toRect()

    def tab_stops(self) -> list[QWidget]:
        return [*self._chips.chips, *([self._more] if self._more is not None else [])]

    def set_text(self, text: str, attachments: tuple[AttachmentItem, ...] = ()) -> None:
        self._chips.set_attachments(attachments)
        if self._prose is None or text != self._text:
            self._text = text
            self._show()

    def show_whole(self) -> None:
        """All of a long text."""
        if self.is_cut:
            self._on_more()

    def arrange(self, width: int) -> int:
        assert self._prose is not None  # noqa: S101  # for mypy: a text is set first
        share = BUBBLE_SHARE if width > _NARROW_PX else 1.0
        top = self._chips.arrange(width)
        self._chips.setGeometry(0, 0, width, top)
        top += _BELOW_CHIPS_PX if top else 0
        is_rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        text_width = self._prose.ideal_width(int(width * share) - 2 * _PAD_X)
        height = self._prose.arrange(text_width)
        left = 0 if is_rtl else width - text_width - 2 * _PAD_X
        self._prose.setGeometry(left + _PAD_X, top + _PAD_Y, text_width, height)
        bottom = top + height + 2 * _PAD_Y - _LEADING_PX
        self._ground = QRectF(left, top, text_width + 2 * _PAD_X, bottom - top)
        if not self._text and self._chips.chips:
            self._prose.hide()
            self._ground, bottom = QRectF(), top - _BELOW_CHIPS_PX
        if self._more is not None:
            hint = self._more.sizeHint()
            self._more.setGeometry(0 if is_rtl else width - hint.width(), bottom + 6, hint.width(), hint.height())
            bottom += hint.height() + 6
        self.update()
        return bottom

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_card(QPainter(self), self._ground, ground=self._theme.color("bubble"), line=None, radius=18)

    def _show(self) -> None:
        is_long = len(self._text) > USER_PREVIEW_CHARS or has_unbroken(self._text)
        is_whole = self._is_expanded or not is_long
        shown = self._text if is_whole else self._text[:USER_PREVIEW_CHARS].rstrip() + " …"
        if self._prose is not None:
            self._prose.deleteLater()
        self._prose = ProseView(self._theme, _("Your message"), parent=self)
        self._prose.write_plain(_breakable(shown))
        self._prose.show()
        if is_long and self._more is None:
            self._more = TextButton(self._theme, "", parent=self, kind="plain")
            self._more.clicked.connect(self._on_more)
            self._more.show()
        if self._more is not None:
            self._more.set_text(_("Show less") if self._is_expanded else _("Show the whole message"))

    @Slot()
    def _on_more(self) -> None:
        self._is_expanded = not self._is_expanded
        self._show()
        self.height_changed.emit()


def _breakable(text: str) -> str:
    """Gives very long words places to break, which keeps their layout linear; never used for copying."""
    if not has_unbroken(text):
        return text
    return "\n".join(
        piece
        for line in text.split("\n")
        for piece in (line[i : i + 2_000] for i in range(0, max(1, len(line)), 2_000))
    )
