"""The bar above the page, the field that searches, and the two ways to look: what there is, what is here."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QSizePolicy, QStyle, QWidget

from app.text import _
from app.ui import accessible
from app.ui.controls import IconButton, TextButton, paint_card, paint_ring, set_text_margins
from app.ui.models.page import wording
from app.ui.models.page.shown import Network
from app.ui.pages.page_bar import PageBar
from app.ui.settings.flow import Flow
from app.ui.settings.segment import Segment
from app.ui.theme import Theme

Way = Literal["discover", "shelf"]
_FIELD_PX = 46
_BUTTON_PX = 32
_SIGN_PX = 20
_SIGNS: dict[Network, tuple[str, str]] = {  # icon and token
    "asks": ("shield-check", "good"),
    "allowed": ("globe-simple", "accent"),
    "never": ("shield-check", "good"),
    "fixed": ("lock", "good"),
}
_WITH_WORDS_PX = 620  # of the bar, from which on the way back says where it leads
_MOST_CHARACTERS = 200


class TopBar(PageBar):
    network_requested = Signal()
    menu_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, _("Models"), with_words_px=_WITH_WORDS_PX, parent=parent)
        self.network = NetworkBadge(theme, parent=self)
        self.menu = IconButton(theme, "dots-three-bold", _("More: open, import, folder, requests"), parent=self)
        self.row.setStretchFactor(self.title, 0)
        self.row.addStretch(1)
        self.row.addWidget(self.network)
        self.row.addWidget(self.menu)
        self.network.clicked.connect(self.network_requested)
        self.menu.clicked.connect(self.menu_requested)
        self._fit()


class NetworkBadge(TextButton):
    """Whether anything may leave the machine, in words; pressed, it can be changed."""

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(theme, "", parent=parent, kind="quiet")
        self._network: Network = "asks"
        self.setAutoDefault(False)
        self.setFont(theme.fonts.small)
        self.height_px = 30
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.show_network("asks")

    @property
    def shown(self) -> Network:
        return self._network

    def show_network(self, network: Network) -> None:
        self._network = network
        words = wording.network(network)
        self.set_text(words)
        accessible.name(self, _("Network: {state}").format(state=words), _("Press to see and change what may be sent."))
        self.setToolTip(accessible.plain_tooltip(wording.network_help(network)))

    def minimumSizeHint(self) -> QSize:
        return QSize(self._icon_px + 26, self.sizeHint().height())

    def sizeHint(self) -> QSize:
        words = QFontMetricsF(self.font()).horizontalAdvance(self.text())
        return QSize(round(words) + self._icon_px + 30, super().sizeHint().height())

    @property
    def _icon_px(self) -> int:
        return self._theme.px(16)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        color, rect = self._theme.color, QRectF(self.rect())
        is_hot = self.underMouse() or self.isDown()
        ground = color("pressed" if self.isDown() else "hover") if is_hot else color("card")
        paint_card(painter, rect, ground=ground, line=color("line"), radius=rect.height() / 2)
        icon, token = _SIGNS[self._network]
        side = self._icon_px
        self._theme.icons.paint(
            painter, icon, self._mirrored(QRectF(11, (rect.height() - side) / 2, side, side)), color(token)
        )
        painter.setFont(self.font())
        painter.setPen(color("muted"))
        room = self._mirrored(rect.adjusted(side + 17, 0, -10, 0))
        shown = QFontMetricsF(self.font()).elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, shown)
        if self._has_ring:
            paint_ring(painter, rect, self._theme, rect.height() / 2 - 1)


class SearchField(QLineEdit):
    """Searches when asked to and never while typing, because every search is a request that leaves the machine."""

    search_requested = Signal()
    cleared = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFont(theme.fonts.body)
        self.setMaxLength(_MOST_CHARACTERS)
        self.setPlaceholderText(_("Search Hugging Face for any GGUF model"))
        accessible.name(self, _("Search Hugging Face for any GGUF model"))
        self.clear_button = IconButton(theme, "x", _("Clear the search"), parent=self, size=28)
        self.clear_button.icon_px = 14
        self.button = TextButton(theme, _("Search"), parent=self, kind="strong")
        self.button.height_px = _BUTTON_PX
        self.button.setAutoDefault(False)
        self.clear_button.clicked.connect(self._on_clear)
        self.button.clicked.connect(self._on_search)
        self.returnPressed.connect(self._on_search)
        self.textChanged.connect(self._on_text)
        theme.resized.connect(self._on_resized)
        self._on_resized()
        self._on_text("")

    @property
    def words(self) -> str:
        return " ".join(self.text().split())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self._on_clear()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        side = self._theme.px(_SIGN_PX)
        x = self.width() - side - 14 if self.isRightToLeft() else 14
        sign = QRectF(x, (self.height() - side) / 2, side, side)
        self._theme.icons.paint(painter, "magnifying-glass", sign, self._theme.color("hint"))

    def _place(self) -> None:
        hint, clear = self.button.sizeHint(), self.clear_button.sizeHint()
        x = self.width() - hint.width() - 7
        for button, left in ((self.button, x), (self.clear_button, x - clear.width() - 4)):
            size = button.sizeHint()
            place = QRect(left, (self.height() - size.height()) // 2, size.width(), size.height())
            button.setGeometry(QStyle.visualRect(self.layoutDirection(), self.rect(), place))
        taken = hint.width() + clear.width() + 12 if self.text() else 0
        set_text_margins(self, start=self._theme.px(_SIGN_PX) + 10, end=taken)

    @Slot()
    def _on_resized(self) -> None:
        self.setMinimumHeight(self._theme.px(_FIELD_PX))
        self._place()

    @Slot(str)
    def _on_text(self, text: str) -> None:
        self.button.setVisible(bool(text.strip()))
        self.clear_button.setVisible(bool(text))
        self._place()

    @Slot()
    def _on_search(self) -> None:
        if self.words:
            self.search_requested.emit()

    @Slot()
    def _on_clear(self) -> None:
        self.clear()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.cleared.emit()


class Ways(QWidget):
    """Discover, or what is on this computer."""

    chosen = Signal(object)  # Way

    def __init__(self, theme: Theme, *, parent: QWidget) -> None:
        super().__init__(parent)
        self.discover = Segment(theme, _("Discover"), parent=self)
        self.shelf = Segment(theme, _("On this computer"), parent=self)
        self._group = QButtonGroup(self)
        row = Flow(self)
        for button in (self.discover, self.shelf):
            self._group.addButton(button)
            row.addWidget(button)
        self.discover.setChecked(True)
        self._group.buttonClicked.connect(self._on_clicked)

    @property
    def way(self) -> Way:
        return "shelf" if self.shelf.isChecked() else "discover"

    def choose(self, way: Way) -> None:
        (self.shelf if way == "shelf" else self.discover).setChecked(True)

    def show_count(self, count: int) -> None:
        words = _("On this computer") if not count else _("On this computer ({count})").format(count=count)
        if words != self.shelf.text():
            self.shelf.set_text(words)

    @Slot()
    def _on_clicked(self) -> None:
        self.chosen.emit(self.way)
