"""The menu of one message: everything that can be done with it, and with what is selected or linked in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QMenu, QTextBrowser, QTextEdit, QWidget

from app.chat import markup
from app.text import _
from app.ui import accessible
from app.ui.chat.items import MessageItem
from app.ui.chat.transcript.deeds import ICONS, Deed, label, offered
from app.ui.chat.transcript.state import TranscriptState
from app.ui.theme import Theme

_GROUPS = (
    (Deed.COPY, Deed.COPY_MARKDOWN),
    (Deed.EDIT, Deed.AGAIN, Deed.CONTINUE),
    (Deed.SEARCH_AGAIN, Deed.READ_EVERYTHING, Deed.SOURCES),
    (Deed.OLDER, Deed.NEWER),
    (Deed.READ_ALOUD, Deed.BRANCH, Deed.DETAILS),
    (Deed.DELETE,),
)


class MessageMenu(QMenu):
    """`choose` is told the deed; the menu deletes itself when closed."""

    def __init__(
        self,
        theme: Theme,
        item: MessageItem,
        state: TranscriptState,
        choose: Callable[[Deed], None],
        *,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._message = parent
        self.aboutToHide.connect(self.deleteLater)
        accessible.name(self, _("What can be done with this message"))
        deeds_here = offered(item, state)
        for group in _GROUPS:
            deeds = [deed for deed in group if deed in deeds_here]
            if deeds and not self.isEmpty():
                self.addSeparator()
            for deed in deeds:
                self._add(deed, label(deed, item, state), partial(_chosen, choose, deed))

    def offer_place(self, place: QPoint | None, copy: Callable[[str], None]) -> None:
        """First of all what is about the `place` in the message where the menu is opened: what is selected there, and
        the address of a link, which `copy` is told."""
        selected = _selected_in(self._message)
        address = _link_at(self._message, place) if place is not None else ""
        first = self.actions()[0] if selected is not None or address else None
        if selected is not None:
            self._add_before(first, "selection", _("Copy the selected text"), selected.copy)
        if address:
            self._add_before(first, "link", _("Copy the address of the link"), partial(_copied, copy, address))
        if first is not None:
            self.insertSeparator(first)

    def _add_before(self, first: QAction | None, icon: str, words: str, act: Callable[..., None]) -> None:
        action = QAction(self._icon(icon), words, self)
        action.triggered.connect(act)
        if first is not None:
            self.insertAction(first, action)

    def _add(self, deed: Deed, words: str, act: Callable[..., None]) -> None:
        action = QAction(self._icon(ICONS[deed]), words, self)
        action.triggered.connect(act)
        self.addAction(action)

    def _icon(self, name: str) -> QIcon:
        return self._theme.icons.icon(name, self._theme.color("muted"))


def _selected_in(widget: QWidget) -> QTextEdit | None:
    """The text in `widget` in which something is selected."""
    texts = widget.findChildren(QTextEdit)
    return next((text for text in texts if text.textCursor().hasSelection()), None)


def _link_at(widget: QWidget, place: QPoint) -> str:
    """The address of the link at this place of `widget`; empty where there is none."""
    child = widget.childAt(place)
    text = child.parentWidget() if child is not None else None
    if child is None or not isinstance(text, QTextBrowser):
        return ""
    return markup.safe_url(text.anchorAt(child.mapFrom(widget, place)))


def _chosen(choose: Callable[[Deed], None], deed: Deed, _is_checked: bool = False) -> None:
    choose(deed)


def _copied(copy: Callable[[str], None], address: str, _is_checked: bool = False) -> None:
    copy(address)
