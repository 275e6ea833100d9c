"""One document on screen: the page of a citation with its words marked, or the text of a file without pages.

A document whose file is gone or has changed is shown as the text that was read. Whatever is wrong is a sentence here,
never a dialog.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from app.documents.kinds import can_show
from app.documents.library import Library
from app.documents.parts import Part, Span
from app.documents.places import place_words, source_words
from app.documents.records import Document
from app.errors import PaddockError
from app.text import _
from app.ui import accessible
from app.ui.bridge import Bridge
from app.ui.documents.viewer.bar import ViewerBar, Way
from app.ui.documents.viewer.deeds import Deeds
from app.ui.documents.viewer.finding import Finding, covers
from app.ui.documents.viewer.looking import Looking, Opened, PartCame, Refreshed
from app.ui.documents.viewer.notice import Notice, SaidPage
from app.ui.documents.viewer.page_view import PageShown, PageView
from app.ui.documents.viewer.pictures import Opener, PageFailed
from app.ui.documents.viewer.text_view import TextView
from app.ui.documents.viewer.wording import about_text, part_title, said_of
from app.ui.theme import Theme

_NARROW_PX = 520
_SETTLE_MS = 120  # on a page, before its words are asked for
_HEARD_CHARACTERS = 20_000  # of a page, for a screen reader


class Pane(QWidget):
    """`open` a document and `leave` it: then nothing of it is kept here, and the child that draws its pages ends."""

    named = Signal(object)  # str, what the document is called

    def __init__(
        self, theme: Theme, bridge: Bridge, library: Library, *, parent: QWidget, opener: Opener | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._library = library
        self._document_id = ""
        self._document: Document | None = None
        self._span: Span | None = None
        self._number = 0
        self._way: Way = "page"
        self._has_pages = False
        self._labels: dict[int, str] = {}  # of the parts that were seen
        self._lost = ""  # why there are no pictures of a document that has pages
        self.bar = ViewerBar(theme, parent=self)
        self.notice = Notice(theme, parent=self)
        self._middle = QWidget(self)
        self.pages = PageView(theme, bridge, library, parent=self._middle, opener=opener)
        self.text = TextView(theme, parent=self._middle)
        self.said = SaidPage(theme, parent=self._middle)
        self._stack = QStackedLayout(self._middle)
        for view in (self.said, self.pages, self.text):
            self._stack.addWidget(view)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self.bar)
        rows.addWidget(self.notice)
        rows.addWidget(self._middle, 1)
        self.looking = Looking(bridge, library, self)
        self.finding = Finding(theme, self.looking, self._middle)
        self.deeds = Deeds(theme, self.bar, self.looking, self)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._on_settled)
        self._connect()

    @property
    def document_id(self) -> str:
        """Which is shown, or about to be; empty while it is closed."""
        return self._document_id

    @property
    def place(self) -> tuple[Document, Span | None, Part | None, int] | None:
        """What is shown: the document, what is marked, the part whose text is seen, and the number of the part."""
        if self._document is None:
            return None
        return self._document, self._span, self.text.part if self._way == "text" else None, self._number

    @property
    def is_lost(self) -> bool:
        """Whether its file is gone, or another one than was read."""
        return bool(self._lost)

    # Opening.

    def open(self, document_id: str, span: Span | None = None, words: str = "") -> None:
        """At the span, with those of `words` marked that stand in it, else all of it; without one, at the beginning."""
        if document_id != self._document_id:
            self.leave()
        self._document_id = document_id
        self.looking.open(document_id, span, words)

    @Slot(object)
    def _on_opened(self, opened: Opened) -> None:
        before, document = self._document, opened.document
        self._document, self._span = document, opened.span
        self.named.emit(document.name)
        self.bar.title.set_text(f"{document.name} · {document.title}" if document.title else document.name)
        if not document.parts:
            self._say(*said_of(document))
            return
        is_same = before is not None and _kept(before) == _kept(document) and self._stack.currentWidget() != self.said
        if not is_same:
            self.notice.say("")
            self._lost = ""
            self._labels.clear()
            self._has_pages = can_show(document.kind) if document.kind else False
            self._way = "page" if self._has_pages else "text"
            self.finding.set_document(document.id)
            if self._has_pages:
                self.pages.pictures.open(document.id)
        self.deeds.set_enabled(is_enabled=True)
        self._show_way()
        self.pages.pictures.set_span(opened.span)
        number = min(0 if opened.span is None else opened.span.first, document.parts - 1)
        if self._way == "page" and not is_same:
            self._labels[number] = opened.label
            self._number = number
            self.pages.show_pages(document.parts, number, opened.span)
        else:
            self._go(number, opened.span)
        self._focus_view()
        self._announce()

    @Slot(object)
    def _on_open_failed(self, error: PaddockError) -> None:
        self._say(error.message, error.next_step)

    def _say(self, message: str, next_step: str = "") -> None:
        """In place of the document."""
        self.pages.pictures.close()
        self.text.clear_part()
        self.finding.close()
        self.notice.say("")
        self.bar.show_ways("text", has_pages=False, has_parts=False)
        self.deeds.set_enabled(is_enabled=False)
        self.said.say(message, next_step)
        self._stack.setCurrentWidget(self.said)

    # Where in it.

    def _go(self, number: int, span: Span | None = None) -> None:
        document = self._document
        if document is None or not document.parts:
            return
        number = min(max(0, number), document.parts - 1)
        if self._way == "page":
            self.pages.go_to(number, span)
        self._set_number(number)

    def _set_number(self, number: int) -> None:
        document = self._document
        if document is None:
            return
        self._number = number
        self.finding.set_page(number)
        label = self._labels.get(number, "")
        self.bar.show_place(number, document.parts, label, part_title(document.part_name))
        if self._way == "text":
            self.looking.ask_part(document.id, number)
        else:
            self._say_fault()
            self._settle.start()

    def _say_fault(self) -> None:
        """Of the page in sight, if it has one."""
        if not self.finding.is_open:
            is_faulty = self.pages.pictures.fault(self._number) is not None
            self.notice.say(_("This page cannot be drawn. Its words are under Text.") if is_faulty else "")

    @Slot(object)
    def _on_page(self, shown: PageShown) -> None:
        if self._way == "page":
            self._set_number(shown.page)

    @Slot()
    def _on_settled(self) -> None:
        if self._document is not None:
            self.looking.ask_part(self._document.id, self._number)

    @Slot(object)
    def _on_part(self, came: PartCame) -> None:
        document, part = self._document, came.part
        if document is None or came.document_id != document.id or part.number != self._number:
            return
        self._labels[part.number] = part.label
        name = source_words(document.name, place_words(document.part_name, part.label, part.number))
        self.bar.show_place(part.number, document.parts, part.label, part_title(document.part_name))
        if self._way == "page":
            accessible.name(self.pages, name, part.text[:_HEARD_CHARACTERS])
            return
        span = self._span if covers(self._span, part.number) else None
        around = span.start if span is not None and span.first == part.number else 0
        self.text.show_part(part, document.kind, name, around=around)
        self.text.mark(span)
        if not self.finding.is_open:
            self.notice.say(f"{self._lost} {about_text(part, is_cut=self.text.is_cut)}".strip())

    @Slot(object)
    def _on_part_failed(self, error: PaddockError) -> None:
        if self._way == "text":
            self._say(error.message, error.next_step)

    @Slot(object)
    def step(self, step: int) -> None:
        """To the part before (-1) or after (+1)."""
        self._go(self._number + step)

    @Slot(object)
    def _on_page_typed(self, typed: str) -> None:
        """What is printed on a page goes before its number, as citations name it so."""
        if self._document is not None and typed.strip():
            self.looking.find_label(self._document.id, typed)

    @Slot(object)
    def _on_label(self, number: int) -> None:
        if number >= 0:
            self._go(number)
            self._focus_view()
        else:
            self.bar.field.left.emit()

    @Slot(object)
    def _on_place_wanted(self, span: Span) -> None:
        self._span = span
        self._go(span.first, span)

    # As pages or as text.

    @Slot(object)
    def _on_way(self, way: Way) -> None:
        self._way = way
        self.notice.say("")
        self._show_way()
        self._go(self._number, self._span if way == "page" and covers(self._span, self._number) else None)
        self._focus_view()

    def _show_way(self) -> None:
        self._stack.setCurrentWidget(self.pages if self._way == "page" else self.text)
        has_parts = self._document is not None and self._document.parts > 1
        self.bar.show_ways(self._way, has_pages=self._has_pages, has_parts=has_parts)

    @Slot(object)
    def _on_page_failed(self, failed: PageFailed) -> None:
        """The original is gone, changed or broken: its text is still here."""
        if not failed.is_all:
            self._say_fault()
            return
        self._has_pages, self._way = False, "text"
        self._lost = f"{failed.error.message} {_('What you see is its text, as it was read.')}"
        self.notice.say(self._lost)
        self._show_way()
        self._go(self._number)

    @Slot(object)
    def zoom(self, step: int) -> None:
        """Larger (+1), smaller (-1), or as wide as the view (0)."""
        if step:
            self.pages.step_zoom(step)
        else:
            self.pages.set_zoom(1.0)

    @Slot()
    def _on_zoomed(self) -> None:
        self.bar.show_zoom(self.pages.zoom)

    # What changes meanwhile.

    def look_again(self) -> None:
        """The library has changed: the document may be gone, or another one."""
        if self._document_id:
            self.looking.refresh(self._document_id)

    @Slot(object)
    def _on_refreshed(self, refreshed: Refreshed) -> None:
        before, now = self._document, refreshed.document
        if refreshed.document_id != self._document_id:
            return
        if now is None:
            self._document = None
            self._say(_("This document was removed."), _("Nothing of it is left in Paddock."))
        elif before is not None and _kept(before) != _kept(now):
            self.pages.pictures.close()
            self.looking.open(now.id, self._span, "")

    def leave(self) -> None:
        """Let go of the document, with all that is kept of it."""
        self.looking.leave()
        self._settle.stop()
        self.finding.close()
        self.pages.pictures.close()
        self.text.clear_part()
        self.notice.say("")
        accessible.name(self.pages, "")
        self.bar.title.set_text("")
        self._labels.clear()
        self._document_id, self._document, self._span = "", None, None

    # Wiring.

    def _connect(self) -> None:
        looking, bar = self.looking, self.bar
        looking.opened.connect(self._on_opened)
        looking.open_failed.connect(self._on_open_failed)
        looking.part_came.connect(self._on_part)
        looking.part_failed.connect(self._on_part_failed)
        looking.label_found.connect(self._on_label)
        looking.refreshed.connect(self._on_refreshed)
        bar.step_wanted.connect(self.step)
        bar.page_wanted.connect(self._on_page_typed)
        bar.zoom_wanted.connect(self.zoom)
        bar.way_wanted.connect(self._on_way)
        bar.find_button.clicked.connect(self.find_words)
        self.pages.page_changed.connect(self._on_page)
        self.pages.zoom_changed.connect(self._on_zoomed)
        self.pages.failed.connect(self._on_page_failed)
        self.pages.menu_wanted.connect(self.deeds.show_menu_at)
        self.finding.place_wanted.connect(self._on_place_wanted)
        self.finding.said.connect(self.notice.say)
        self.finding.closed.connect(self._focus_view)
        bar.show_zoom(1.0)
        bar.show_ways("text", has_pages=False, has_parts=False)

    @Slot()
    def find_words(self) -> None:
        """Opens the bar, with what is selected."""
        if self._document is not None and self._document.parts:
            self.finding.open(" ".join(self.text.selected.split()) if self._way == "text" else "")

    @Slot()
    def _focus_view(self) -> None:
        view = self._stack.currentWidget()
        if view is not None and not self.finding.bar.isAncestorOf(self.focusWidget() or self):
            view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _announce(self) -> None:
        document = self._document
        if document is not None:
            place = place_words(document.part_name, self._labels.get(self._number, ""), self._number)
            accessible.announce(self, source_words(document.name, place))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.bar.set_narrow(is_narrow=self.width() < _NARROW_PX)
        self.finding.arrange()


def _kept(document: Document) -> tuple[str, str, int, str, str]:
    """What makes another document of it."""
    return document.id, document.sha256, document.parts, document.kind, document.fault
