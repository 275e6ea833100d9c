"""What can be done with a document that is shown: copy from it, and open its file in another program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt, QTimer, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMenu

from app.documents.parts import Span
from app.documents.places import place_words, source_words
from app.documents.records import Document
from app.text import _
from app.ui import accessible, clipboard
from app.ui.dialogs import SentenceDialog
from app.ui.documents.viewer.bar import ViewerBar, keys_text
from app.ui.documents.viewer.finding import covers
from app.ui.documents.viewer.looking import Copied, Looking
from app.ui.theme import Theme

if TYPE_CHECKING:
    from app.ui.documents.viewer.pane import Pane

_TO_THE_END = 2**31
_TOLD_MS = 1500


class Deeds(QObject):
    """Of the pane that it is parented to."""

    def __init__(self, theme: Theme, bar: ViewerBar, looking: Looking, pane: Pane) -> None:
        super().__init__(pane)
        self._theme = theme
        self._bar = bar
        self._looking = looking
        self._pane = pane
        self._told = QTimer(self)
        self._told.setSingleShot(True)
        self._told.setInterval(_TOLD_MS)
        self._told.timeout.connect(self._untell)
        bar.copy.set_label(_("Copy with source"), keys=keys_text("Ctrl+Shift+C"))
        bar.copy.clicked.connect(self.copy_with_source)
        bar.more.clicked.connect(self.show_menu)
        looking.copied.connect(self._on_copied)

    def set_enabled(self, *, is_enabled: bool) -> None:
        for button in (self._bar.find_button, self._bar.copy):
            button.setEnabled(is_enabled)

    @Slot()
    def copy(self) -> None:
        """What is selected, else what is marked on the page in sight, else that page."""
        self._copy(has_source=False)

    @Slot()
    def copy_with_source(self) -> None:
        """The same, and where it is from."""
        self._copy(has_source=True)

    @Slot()
    def copy_page(self) -> None:
        place = self._pane.place
        if place is not None:
            self._looking.copy(place[0], _whole(place[3]), has_source=False)

    def _copy(self, *, has_source: bool) -> None:
        place = self._pane.place
        if place is None or not place[0].parts:
            return
        document, span, part, number = place
        selected = self._pane.text.selected if part is not None else ""
        picked = self._pane.pages.picking.span if part is None else None
        if picked is not None:
            self._looking.copy(document, picked, has_source=has_source)
            return
        if part is not None and selected:
            self._on_copied(Copied(selected, part.number, part.label, has_source))
            return
        is_here = span is not None and span.end > 0 and covers(span, number)
        self._looking.copy(document, span if is_here and span is not None else _whole(number), has_source=has_source)

    @Slot(object)
    def _on_copied(self, copied: Copied) -> None:
        place = self._pane.place
        if place is None:
            return
        text, document = copied.text, place[0]
        if copied.has_source:
            source = source_words(document.name, place_words(document.part_name, copied.label, copied.part))
            text = f"{text}\n({source})"
        clipboard.put(text)
        self._bar.copy.set_icon("check")
        self._told.start()
        accessible.announce(self._bar.copy, _("Copied"))

    @Slot()
    def _untell(self) -> None:
        self._bar.copy.set_icon("quotes")

    @Slot()
    def show_menu(self) -> None:
        button = self._bar.more
        menu = self.menu()
        x = 0 if button.isRightToLeft() else button.width() - menu.sizeHint().width()
        menu.popup(button.mapToGlobal(QPoint(x, button.height() + 4)))

    @Slot(object)
    def show_menu_at(self, place: QPoint) -> None:
        """On the screen."""
        self.menu().popup(place)

    def menu(self) -> QMenu:
        """Deletes itself when it is closed."""
        menu = QMenu(self._pane)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        icon, muted = self._theme.icons.icon, self._theme.color("muted")
        place = self._pane.place
        has_parts = place is not None and place[0].parts > 0
        for name, words, deed in (
            ("copy", _("Copy"), self.copy),
            ("quotes", _("Copy with source"), self.copy_with_source),
            ("article", _("Copy all of this page's text"), self.copy_page),
        ):
            action = menu.addAction(icon(name, muted), words)
            action.triggered.connect(deed)
            action.setEnabled(has_parts)
        if place is not None and self._bar.has_zoom:
            menu.addSeparator()
            menu.addAction(icon("plus", muted), _("Larger")).triggered.connect(self._bar.larger.click)
            menu.addAction(icon("minus", muted), _("Smaller")).triggered.connect(self._bar.smaller.click)
            fit = menu.addAction(icon("frame-corners", muted), _("As wide as the window"))
            fit.triggered.connect(self._fit_width)
        if place is not None and _has_file(place[0]) and not self._pane.is_lost:
            menu.addSeparator()
            action = menu.addAction(icon("arrow-square-out", muted), _("Open in another program…"))
            action.triggered.connect(self.ask_to_open)
        return menu

    @Slot()
    def _fit_width(self) -> None:
        self._bar.zoom_wanted.emit(0)

    @Slot()
    def ask_to_open(self) -> None:
        """Another program may remember the file, and may go to the network: not without a word."""
        place = self._pane.place
        if place is None or not _has_file(place[0]):
            return
        dialog = SentenceDialog(
            self._theme,
            _("Open this file in another program?"),
            _("Paddock does not know what that program remembers, and what it loads or sends."),
            parent=self._pane,
            next_step=place[0].path,
            accept=_("Open"),
            reject=_("Cancel"),
        )
        dialog.accepted.connect(self._open)
        dialog.open()

    @Slot()
    def _open(self) -> None:
        place = self._pane.place
        if place is not None and not QDesktopServices.openUrl(QUrl.fromLocalFile(place[0].path)):
            self._pane.notice.say(_("No program could be started for this file. Open it from its folder."))


def _has_file(document: Document) -> bool:
    return bool(document.path) and document.keeping == "reference" and document.status != "missing"


def _whole(number: int) -> Span:
    return Span(number, 0, number, _TO_THE_END)
