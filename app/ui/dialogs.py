"""Questions and news that need an answer. All are opened with `open()`, never with a nested loop."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, QUrl, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QShowEvent, QTextOption
from PySide6.QtWidgets import QDialog, QFrame, QPlainTextEdit, QVBoxLayout, QWidget

from app.text import _
from app.ui import accessible
from app.ui.chat.items import LinkRequested
from app.ui.controls import Card, Kind, Text, TextButton
from app.ui.folding import FoldingRow
from app.ui.scrolling import ScrolledPage, height_at, room_height, room_width, scroll_area
from app.ui.theme import Theme

_WIDTH = 460
_NARROW = 420
_LEAST_HEIGHT = 200
_ADDRESS_LINES_MAX = 8


class SentenceDialog(QDialog):
    """A heading, a sentence, what to do next, and buttons; never a traceback.

    `accepted` for the main button, `rejected` for the other and Esc.
    """

    def __init__(
        self,
        theme: Theme,
        title: str,
        message: str,
        *,
        parent: QWidget | None,
        next_step: str = "",
        accept: str = "",
        reject: str = "",
        kind: Kind = "strong",
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setModal(True)
        self.setFixedWidth(room_width(self, theme.px(_WIDTH)))
        accessible.name(self, title, f"{message} {next_step}".strip())
        self._area = scroll_area(self)
        self.page = ScrolledPage(theme, "window", parent=None)
        self.column = QVBoxLayout(self.page)
        self.column.setContentsMargins(self._side_px, 22, self._side_px, 0)
        self.column.setSpacing(10)
        self.column.addWidget(Text(theme, title, parent=self.page, font=theme.fonts.heading).wrapped())
        self.column.addWidget(Text(theme, message, parent=self.page).wrapped())
        if next_step:
            self.column.addWidget(Text(theme, next_step, parent=self.page, color="muted").wrapped())
        self._foot = QWidget(self)
        self.buttons = FoldingRow(self._foot)
        self.buttons.setContentsMargins(self._side_px, 18, self._side_px, 20)
        self.buttons.setSpacing(8)
        self.buttons.addStretch(1)
        self.accept_button = TextButton(theme, accept or _("Close"), parent=self, kind=kind)
        self.accept_button.clicked.connect(self.accept)
        if reject:
            self.reject_button = TextButton(theme, reject, parent=self)
            self.reject_button.clicked.connect(self.reject)
            self.buttons.addWidget(self.reject_button)
        self.buttons.addWidget(self.accept_button)
        self.accept_button.setDefault(True)
        self._add_more()
        self._area.setWidget(self.page)
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        self._rows.addWidget(self._area, 1)
        self._rows.addWidget(self._foot)
        theme.resized.connect(self.fit)

    def showEvent(self, event: QShowEvent) -> None:
        self.fit()
        super().showEvent(event)

    @Slot()
    def fit(self) -> None:
        """As high as its words need at its width, which a dialog does not ask for by itself; what does not fit into
        the window scrolls above the buttons."""
        self.setFixedWidth(room_width(self, self._theme.px(_WIDTH)))
        for part in self.page.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            part.updateGeometry()  # words in it that were changed just now would tell of it only later
        wanted = self.column.totalHeightForWidth(self.width()) + height_at(self._foot, self.width())
        # A bar that is there makes the page narrower and so higher, and would stay for that reason alone.
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(min(wanted, max(_LEAST_HEIGHT, room_height(self))))
        self._rows.activate()
        self._area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)

    @property
    def _side_px(self) -> int:
        return 24 if self.width() >= _NARROW else 16

    def _add_more(self) -> None:
        """For dialogs that put something between the words and the buttons."""


class ConfirmLink(SentenceDialog):
    """Shows the whole address before a browser may have it; the safe button is the default one."""

    confirmed = Signal(object)
    copy_wanted = Signal(object)
    """The address, a str."""

    def __init__(self, theme: Theme, request: LinkRequested, *, parent: QWidget | None) -> None:
        self._request = request
        # Encoded, so that a look-alike letter in a host name shows as xn--.
        self._address = QUrl(request.url).toString(QUrl.ComponentFormattingOption.FullyEncoded) or request.url
        host = QUrl(self._address).host(QUrl.ComponentFormattingOption.FullyEncoded)
        super().__init__(
            theme,
            _("Open this page in your browser?"),
            _("{host} will see that you open it. Paddock itself sends nothing.").format(host=host),
            parent=parent,
            accept=_("Open {host}").format(host=host if len(host) <= 28 else _("page")),
            reject=_("Cancel"),
        )
        self.accept_button.setDefault(False)
        self.accept_button.setAutoDefault(False)
        self.reject_button.setDefault(True)
        self.reject_button.setFocus()
        self.accepted.connect(self._on_accepted)

    @property
    def address(self) -> str:
        return self._address

    def _add_more(self) -> None:
        card = Card(self._theme, parent=self, ground="code_ground")
        field = QPlainTextEdit(self._address, card)
        field.setReadOnly(True)
        field.setTabChangesFocus(True)
        field.setFrameShape(QFrame.Shape.NoFrame)
        field.setFont(self._theme.fonts.mono)
        field.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        field.document().setDocumentMargin(0)
        field.viewport().setAutoFillBackground(False)
        field.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        per_line = (self.width() - 2 * self._side_px - 48) / QFontMetricsF(field.font()).horizontalAdvance("0")
        lines = min(_ADDRESS_LINES_MAX, math.ceil(len(self._address) / per_line))
        field.setFixedHeight(lines * math.ceil(QFontMetricsF(field.font()).height() + 1) + 6)
        accessible.name(field, _("The full address"))
        inside = QVBoxLayout(card)
        inside.setContentsMargins(14, 11, 10, 9)
        inside.addWidget(field)
        self.column.addSpacing(4)
        self.column.addWidget(card)
        copy = TextButton(self._theme, _("Copy address"), parent=self, kind="quiet", icon="copy")
        copy.setAutoDefault(False)
        copy.clicked.connect(self._on_copy)
        self.buttons.insertWidget(0, copy)

    @Slot()
    def _on_accepted(self) -> None:
        self.confirmed.emit(LinkRequested(self._address))

    @Slot()
    def _on_copy(self) -> None:
        self.copy_wanted.emit(self._address)
