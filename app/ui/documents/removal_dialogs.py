"""Removing documents: what would go and which chats quote it, before; what went, as a receipt, after."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.documents.records import Receipt
from app.text import _, grouped, plural
from app.ui import accessible, clipboard
from app.ui.controls import Card, ElidedText, Text, TextButton
from app.ui.dialogs import SentenceDialog
from app.ui.documents.page import wording
from app.ui.models.tick import Tick
from app.ui.theme import Theme

_MOST_CHATS = 6
_MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class RemovalShown:
    """What is about to go. `title` asks; `chats` are the titles of those that quote it, with `answers` in all."""

    title: str
    documents: int
    chats: tuple[str, ...]
    answers: int
    is_folder_kept_in_step: bool = False  # single files of a watched folder would come back
    kept_inside: int = 0  # copies of originals


class RemovalDialog(SentenceDialog):
    confirmed = Signal(object)  # bool: with the answers that quote it

    def __init__(self, theme: Theme, shown: RemovalShown, *, parent: QWidget) -> None:
        self._shown = shown
        super().__init__(
            theme,
            shown.title,
            _going(shown),
            parent=parent,
            next_step=_staying(shown),
            accept=_("Remove"),
            reject=_("Cancel"),
            kind="danger",
        )
        self.accept_button.setDefault(False)
        self.accept_button.setAutoDefault(False)
        self.reject_button.setDefault(True)
        self.reject_button.setFocus()
        self.accepted.connect(self._on_accepted)

    def _add_more(self) -> None:
        self.with_answers: Tick | None = None
        if not self._shown.answers:
            return
        card = Card(self._theme, parent=self.page, ground="code_ground")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(14, 11, 14, 12)
        inside.setSpacing(4)
        words = plural("{count} answer quotes it:", "{count} answers quote it:", self._shown.answers)
        inside.addWidget(Text(self._theme, words, parent=card).wrapped())
        for title in self._shown.chats[:_MOST_CHATS]:
            inside.addWidget(ElidedText(self._theme, title or _("Untitled"), parent=card, color="muted"))
        more = len(self._shown.chats) - _MOST_CHATS
        if more > 0:
            rest = plural("and {count} more chat", "and {count} more chats", more)
            inside.addWidget(Text(self._theme, rest, parent=card, color="muted"))
        offer = plural("Also remove this answer", "Also remove these {count} answers", self._shown.answers)
        self.with_answers = Tick(self._theme, offer, parent=card)
        inside.addSpacing(4)
        inside.addWidget(self.with_answers)
        self.column.addSpacing(4)
        self.column.addWidget(card)

    @Slot()
    def _on_accepted(self) -> None:
        self.confirmed.emit(self.with_answers is not None and self.with_answers.isChecked())


class ReceiptDialog(SentenceDialog):
    """What went, to be read and to be copied."""

    def __init__(self, theme: Theme, receipt: Receipt, *, with_answers: bool, parent: QWidget) -> None:
        self._lines = receipt_lines(receipt, with_answers=with_answers)
        words = _("Nothing of it is left in the profile: not in the index, and not in what the model had read.")
        kept = _("The answers that quoted it keep their own words.")
        super().__init__(
            theme,
            _("Removed"),
            words,
            parent=parent,
            next_step=kept if receipt.quoting and not with_answers else "",
            accept=_("Done"),
        )

    @property
    def text(self) -> str:
        return "\n".join(self._lines)

    def _add_more(self) -> None:
        card = Card(self._theme, parent=self.page, ground="code_ground")
        inside = QVBoxLayout(card)
        inside.setContentsMargins(14, 11, 14, 12)
        inside.setSpacing(4)
        for line in self._lines:
            inside.addWidget(Text(self._theme, line, parent=card).wrapped())
        self.column.addSpacing(4)
        self.column.addWidget(card)
        self.copy = TextButton(self._theme, _("Copy"), parent=self, kind="quiet", icon="copy")
        self.copy.setAutoDefault(False)
        self.copy.clicked.connect(self._on_copy)
        self.buttons.insertWidget(0, self.copy)

    @Slot()
    def _on_copy(self) -> None:
        clipboard.put(self.text)
        self.copy.set_text(_("Copied"), icon="check")
        accessible.announce(self.copy, _("Copied"))


def receipt_lines(receipt: Receipt, *, with_answers: bool) -> tuple[str, ...]:
    """One for each kind of thing that went."""
    names = ", ".join(receipt.names[:_MOST_NAMES])
    more = len(receipt.names) - _MOST_NAMES
    if more > 0:
        names = f"{names} " + plural("and {count} more", "and {count} more", more)
    answers = len(receipt.quoting)
    with_them = plural("{count} answer that quoted it", "{count} answers that quoted it", answers)
    without = plural("Passages behind {count} answer", "Passages behind {count} answers", answers)
    lines = (
        _("Documents: {count}").format(count=grouped(len(receipt.names))),
        names,
        _("Pages and other parts, with their text: {count}").format(count=grouped(receipt.parts)),
        _("Passages of the index: {count}").format(count=grouped(receipt.chunks)),
        _("Vectors: {count}").format(count=grouped(receipt.vectors)),
        _("Encrypted copies: {size}").format(size=wording.size(receipt.original_bytes))
        if receipt.original_bytes
        else "",
        "" if not answers else with_them if with_answers else without,
    )
    return tuple(line for line in lines if line)


def _going(shown: RemovalShown) -> str:
    what = wording.counted(shown.documents)
    if shown.kept_inside:
        words = _("{documents}: the text that was read, its index, and the encrypted copies kept inside.")
    else:
        words = _("{documents}: the text that was read, and its index.")
    return words.format(documents=what)


def _staying(shown: RemovalShown) -> str:
    if shown.is_folder_kept_in_step:
        return _(
            "The files themselves stay. As long as they are in a folder that is kept in step, they are read again."
        )
    return _("The files themselves stay where they are.")
