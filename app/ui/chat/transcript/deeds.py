"""What can be done with a message: declared once, for the buttons below it and for its menu."""

from __future__ import annotations

from enum import Enum

from app.chat import markup
from app.chat.unhidden import without
from app.documents.grounds import Strategy
from app.text import _
from app.ui.chat.composer.pasted import is_large
from app.ui.chat.items import (
    BranchRequested,
    CitationRequested,
    ContinueRequested,
    CopyRequested,
    MessageDeleteRequested,
    MessageItem,
    ReadAloudRequested,
    ReadRequested,
    RegenerateRequested,
    VersionRequested,
)
from app.ui.chat.sourced import place_of
from app.ui.chat.transcript.state import TranscriptState


class Deed(Enum):
    COPY = "copy"
    COPY_MARKDOWN = "copy_markdown"
    EDIT = "edit"
    AGAIN = "again"
    CONTINUE = "continue"
    SEARCH_AGAIN = "search_again"
    READ_EVERYTHING = "read_everything"
    SOURCES = "sources"
    READ_ALOUD = "read_aloud"
    BRANCH = "branch"
    DETAILS = "details"
    DELETE = "delete"
    OLDER = "older"
    NEWER = "newer"


ICONS = {
    Deed.COPY: "copy",
    Deed.COPY_MARKDOWN: "hash",
    Deed.EDIT: "pencil-simple",
    Deed.AGAIN: "arrows-clockwise",
    Deed.CONTINUE: "arrow-bend-down-right",
    Deed.SEARCH_AGAIN: "magnifying-glass",
    Deed.READ_EVERYTHING: "books",
    Deed.SOURCES: "file-search",
    Deed.READ_ALOUD: "speaker-high",
    Deed.BRANCH: "git-branch",
    Deed.DETAILS: "info",
    Deed.DELETE: "trash",
    Deed.OLDER: "caret-left",
    Deed.NEWER: "caret-right",
}


_WANTED: dict[Deed, Strategy] = {Deed.SEARCH_AGAIN: "passages", Deed.READ_EVERYTHING: "every_part"}
_ALL_READ = ("whole", "every_part")


def label(deed: Deed, item: MessageItem, state: TranscriptState) -> str:
    """As a menu says it."""
    is_question = item.role == "user"
    return {
        Deed.COPY: _("Copy"),
        Deed.COPY_MARKDOWN: _("Copy as Markdown"),
        Deed.EDIT: _("Edit question") if is_question else _("Edit answer"),
        Deed.AGAIN: _("Answer again"),
        Deed.CONTINUE: _("Continue the answer"),
        Deed.SEARCH_AGAIN: _("Search the documents again"),
        Deed.READ_EVERYTHING: _("Read everything for this"),
        Deed.SOURCES: _("What was read"),
        Deed.READ_ALOUD: _("Stop reading aloud") if state.read_id == item.id else _("Read aloud"),
        Deed.BRANCH: _("New chat from here"),
        Deed.DETAILS: _("Details"),
        Deed.DELETE: _("Delete"),
        Deed.OLDER: _("Previous version"),
        Deed.NEWER: _("Next version"),
    }[deed]


def can_edit(item: MessageItem) -> bool:
    return item.is_here and bool(item.text or item.role == "user") and not is_large(item.text)


def offered(item: MessageItem, state: TranscriptState) -> tuple[Deed, ...]:
    """What can be done now."""
    if not item.is_here:
        return ()
    is_answer, has_words = item.role == "assistant", bool(item.text)
    is_done = item.status != "streaming"
    may_change = state.is_idle and is_done
    has_sources = is_done and item.sourced is not None
    answers = {
        Deed.COPY: has_words and is_done,
        Deed.COPY_MARKDOWN: has_words and is_done and is_answer,
        Deed.EDIT: may_change and can_edit(item),
        Deed.AGAIN: may_change and is_answer,
        Deed.CONTINUE: may_change and item.can_continue,
        Deed.SEARCH_AGAIN: may_change and has_sources,
        Deed.READ_EVERYTHING: may_change and item.sourced is not None and item.sourced.strategy not in _ALL_READ,
        Deed.SOURCES: has_sources,
        Deed.READ_ALOUD: has_words and is_done and state.can_read,
        Deed.BRANCH: may_change,
        Deed.DETAILS: is_done,
        Deed.OLDER: state.is_idle and item.version > 1,
        Deed.NEWER: state.is_idle and item.version < item.versions,
        Deed.DELETE: may_change,
    }
    return tuple(deed for deed, is_offered in answers.items() if is_offered)


def request(deed: Deed, item: MessageItem) -> object | None:
    """What the transcript asks for; None for what happens in the message itself (editing, its details)."""
    if deed is Deed.COPY:
        return copied(item)
    if deed is Deed.COPY_MARKDOWN:
        return CopyRequested(shown_text(item))
    if deed in _WANTED:
        return RegenerateRequested(item.id, _WANTED[deed])
    if deed is Deed.READ_ALOUD:
        return ReadAloudRequested(item.id, copied(item).text)
    if deed in (Deed.OLDER, Deed.NEWER):
        return VersionRequested(item.id, -1 if deed is Deed.OLDER else 1)
    plain = {
        Deed.AGAIN: RegenerateRequested,
        Deed.CONTINUE: ContinueRequested,
        Deed.SOURCES: ReadRequested,
        Deed.BRANCH: BranchRequested,
        Deed.DELETE: MessageDeleteRequested,
    }
    return plain[deed](item.id) if deed in plain else None


def copied(item: MessageItem) -> CopyRequested:
    """The words as they are read; of an answer with their formatting too."""
    if item.role == "user":
        return CopyRequested(item.text)
    text = shown_text(item)
    return CopyRequested(markup.plain_text(text), markup.to_html(text))


def shown_text(item: MessageItem) -> str:
    """The words without what is not shown of them: references of the model's own that nobody could follow."""
    hidden = item.sourced.hidden if item.sourced is not None and item.status != "streaming" else ()
    return without(item.text, hidden) if hidden else item.text


def citation(item: MessageItem, place: int) -> CitationRequested | None:
    """What a chip of an answer asks for; None where its words stand nowhere."""
    return place_of(item.id, item.text, item.sourced, place) if item.sourced is not None else None
