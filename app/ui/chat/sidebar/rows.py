"""What stands in the list of chats, row by row: pinned chats, folders, days, the archive; or what a search found.

Pure functions over frozen values: ten thousand chats are arranged anew at every change.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from app.frozen import dataclass
from app.text import _
from app.ui.chat.items import ChatEntry, FolderEntry

ARCHIVE = "archive"
"""Stands among the ids of open folders while the archive is open."""
NAMES_PAGE = 100


@dataclass(frozen=True, slots=True)
class Heading:
    """Above a group of rows."""

    text: str

    @property
    def id(self) -> str:
        return f"heading/{self.text}"


@dataclass(frozen=True, slots=True)
class FolderRow:
    """A folder, with its chats below it while it is open."""

    folder: FolderEntry
    count: int
    is_open: bool
    is_busy: bool = False

    @property
    def id(self) -> str:
        return f"folder/{self.folder.id}"


@dataclass(frozen=True, slots=True)
class ArchiveRow:
    """The archive, with its chats below it while it is open."""

    count: int
    is_open: bool

    @property
    def id(self) -> str:
        return "archive/"


@dataclass(frozen=True, slots=True)
class HitEntry:
    """A message in which all words of a search were found.

    `marks`: where in `snippet` they are, as pairs of positions. `number` orders messages by their writing.
    """

    chat_id: str
    message_id: str
    title: str
    snippet: str
    marks: tuple[tuple[int, int], ...]
    when: datetime
    number: int
    is_question: bool

    @property
    def id(self) -> str:
        return f"hit/{self.message_id}"


@dataclass(frozen=True, slots=True)
class MoreRow:
    """Enter or a click loads the next ones."""

    of: Literal["names", "hits"]

    @property
    def id(self) -> str:
        return f"more/{self.of}"


Row = Heading | FolderRow | ArchiveRow | MoreRow | HitEntry | ChatEntry


def arrange(
    entries: Sequence[ChatEntry], folders: Sequence[FolderEntry], today: date, opened: Collection[str]
) -> list[Row]:
    """All chats in their groups. `entries` are newest first; `opened`: ids of the folders that show what is in them."""
    pinned: list[Row] = []
    archived: list[Row] = []
    loose: list[ChatEntry] = []
    inside: dict[str, list[ChatEntry]] = {folder.id: [] for folder in folders}
    for entry in entries:
        if entry.is_archived:
            archived.append(entry)
        elif entry.is_pinned:
            pinned.append(entry)
        else:
            inside.get(entry.folder_id, loose).append(entry)
    rows: list[Row] = [Heading(_("Pinned")), *pinned] if pinned else []
    rows += _folder_rows(folders, inside, opened)
    rows += by_day(loose, today)
    if archived:
        is_open = ARCHIVE in opened
        rows += [ArchiveRow(len(archived), is_open), *(archived if is_open else ())]
    return rows


def _folder_rows(
    folders: Sequence[FolderEntry], inside: Mapping[str, Sequence[ChatEntry]], opened: Collection[str]
) -> list[Row]:
    rows: list[Row] = [Heading(_("Folders"))] if folders else []
    for folder in folders:
        chats = inside[folder.id]
        is_open = folder.id in opened
        rows.append(FolderRow(folder, len(chats), is_open, any(chat.is_busy for chat in chats)))
        rows += chats if is_open else ()
    return rows


def by_day(entries: Sequence[ChatEntry], today: date) -> list[Row]:
    """Under headings of days, months and years; no heading without a chat. `entries` are newest first."""
    rows: list[Row] = []
    last, last_day = "", None
    for entry in entries:
        day = entry.changed.date()
        if day != last_day:
            last_day = day
            heading = day_heading(day, today)
            if heading != last:
                rows.append(Heading(heading))
                last = heading
        rows.append(entry)
    return rows


def day_heading(day: date, today: date) -> str:
    if day >= today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    if day >= today - timedelta(days=7):
        return _("Previous 7 days")
    if day >= today - timedelta(days=30):
        return _("Previous 30 days")
    return month(day.month) if day.year == today.year else str(day.year)


def month(number: int) -> str:
    """Its name, from 1."""
    names = (
        *(_("January"), _("February"), _("March"), _("April"), _("May"), _("June")),
        *(_("July"), _("August"), _("September"), _("October"), _("November"), _("December")),
    )
    return names[number - 1]


def results(
    names: Sequence[ChatEntry], hits: Sequence[HitEntry], *, names_shown: int = NAMES_PAGE, has_more_hits: bool = False
) -> list[Row]:
    """What a search found: chats by their names, then messages."""
    rows: list[Row] = []
    if names:
        rows += [Heading(_("Names")), *names[:names_shown]]
    if len(names) > names_shown:
        rows.append(MoreRow("names"))
    if hits:
        rows += [Heading(_("Messages")), *hits]
    if has_more_hits:
        rows.append(MoreRow("hits"))
    return rows


def around_mark(hit: HitEntry, before: int) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The snippet from a word that stands at most `before` characters ahead of its first mark, and the marks in it."""
    first = hit.marks[0][0] if hit.marks else 0
    if first <= before:
        return hit.snippet, hit.marks
    at = hit.snippet.find(" ", first - before, first)
    start = at + 1 if at >= 0 else first - before
    head = "" if hit.snippet[start:].startswith("…") else "…"
    shift = len(head) - start
    return head + hit.snippet[start:], tuple((left + shift, right + shift) for left, right in hit.marks)


def when(at: datetime, today: date) -> str:
    """Of a message, in few characters: the time of today, else the day."""
    day = at.date()
    if day == today:
        return f"{at:%H:%M}"
    name = _short_month(day.month)
    if day.year == today.year:
        return _("{day} {month}").format(day=day.day, month=name)
    return _("{month} {year}").format(month=name, year=day.year)


def _short_month(number: int) -> str:
    names = (
        *(_("Jan"), _("Feb"), _("Mar"), _("Apr"), _("May"), _("Jun")),
        *(_("Jul"), _("Aug"), _("Sep"), _("Oct"), _("Nov"), _("Dec")),
    )
    return names[number - 1]
