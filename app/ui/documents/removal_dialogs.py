"""Removing documents: what would go and which chats quote it, before; what went, as a receipt, after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.documents.records import Receipt, Removing
from app.text import _, grouped, plural
from app.ui import accessible, clipboard
from app.ui.controls import Card, ElidedText, Text, TextButton
from app.ui.dialogs import SentenceDialog
from app.ui.documents.page import wording
from app.ui.models.tick import Tick
from app.ui.progress_dialog import ProgressDialog
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
    is_folder_kept_in_step: bool = False  # single files of a watched folder are left out of it then
    kept_inside: int = 0  # copies of originals
    elsewhere: int = 0  # of the documents, those that a chat has as well


@dataclass(frozen=True, slots=True)
class RemovalConfirmed:
    """`is_out_of_collection_only`: what a chat has as well stays there."""

    with_answers: bool = False
    is_out_of_collection_only: bool = False


class RemovalDialog(SentenceDialog):
    confirmed = Signal(object)  # RemovalConfirmed

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
        self.out_only: Tick | None = None
        if self._shown.elsewhere:
            words = plural(
                "Leave the {count} that chats ask as well, and only take it out of the collection",
                "Leave the {count} that chats ask as well, and only take them out of the collection",
                self._shown.elsewhere,
            )
            self.out_only = Tick(self._theme, words, parent=self.page)
            self.column.addSpacing(4)
            self.column.addWidget(self.out_only)
        if self._shown.answers:
            self._add_answers()

    def _add_answers(self) -> None:
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
        inside.addWidget(Text(self._theme, _few_words(), parent=card, color="muted").wrapped())
        self.column.addSpacing(4)
        self.column.addWidget(card)

    @Slot()
    def _on_accepted(self) -> None:
        ticks = (self.with_answers, self.out_only)
        self.confirmed.emit(RemovalConfirmed(*(tick is not None and tick.isChecked() for tick in ticks)))


class RemovalProgress(ProgressDialog):
    """While many documents go, one after the other. What is gone when it is stopped stays gone."""

    def __init__(self, theme: Theme, documents: int, *, parent: QWidget) -> None:
        title = _("Removing {documents}").format(documents=wording.counted(documents))
        words = _("If you stop, those that are gone by then stay gone, and the others stay.")
        super().__init__(theme, title, words, parent=parent)

    def show_how_far(self, how_far: Removing) -> None:
        self.show_share(how_far.done / how_far.of if how_far.of else 0.0)
        if how_far.is_forgetting:
            self.show_words(_("Taking their words out of the index…"))
            self.accept_button.setEnabled(False)
            return
        done = _("{done} of {documents}").format(done=grouped(how_far.done), documents=wording.counted(how_far.of))
        self.show_words(" · ".join(part for part in (done, how_far.name) if part))


class ReceiptDialog(SentenceDialog):
    """What went, to be read and to be copied."""

    def __init__(self, theme: Theme, receipt: Receipt, *, with_answers: bool, parent: QWidget) -> None:
        self._lines = receipt_lines(receipt, with_answers=with_answers)
        words = _("Nothing of it is left in the profile: not in the index, and not in what the model had read.")
        if not receipt.names:
            words = _("No document was deleted.")
        kept = _few_words() if with_answers else _("The answers that quoted it keep their own words.")
        left = plural(
            "You stopped it: {count} document is still there.",
            "You stopped it: {count} documents are still there.",
            receipt.left,
        )
        next_step = " ".join(part for part in (left if receipt.left else "", kept if receipt.quoting else "") if part)
        title = _("Removed in part") if receipt.left and receipt.names else _("Removed")
        super().__init__(theme, title, words, parent=parent, next_step=next_step, accept=_("Done"))

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
    answers = len(receipt.quoting)
    with_them = plural("{count} answer that quoted it", "{count} answers that quoted it", answers)
    without = plural("Passages behind {count} answer", "Passages behind {count} answers", answers)
    size = wording.size(receipt.original_bytes)
    staying = _("Still in chats: {names}").format(names=_named(receipt.staying))
    lines = (
        _("Documents: {count}").format(count=grouped(len(receipt.names))),
        _named(receipt.names),
        _("Pages and other parts, with their text: {count}").format(count=grouped(receipt.parts)),
        _("Passages of the index: {count}").format(count=grouped(receipt.chunks)),
        _("Vectors: {count}").format(count=grouped(receipt.vectors)),
        _("Encrypted copies: {size}").format(size=size) if receipt.original_bytes else "",
        "" if not answers else with_them if with_answers else without,
        staying if receipt.staying else "",
    )
    return tuple(line for line in lines if line)


def _named(names: Sequence[str]) -> str:
    shown, more = ", ".join(names[:_MOST_NAMES]), len(names) - _MOST_NAMES
    return shown if more <= 0 else f"{shown} " + plural("and {count} more", "and {count} more", more)


def _few_words() -> str:
    """What removing answers does not find, see `app.chat.quoting`."""
    return _("Later answers that say it in their own words, or in only a few, may stay.")


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
            "The files themselves stay in their folder. The collection leaves them out until you take them in again."
        )
    return _("The files themselves stay where they are.")
