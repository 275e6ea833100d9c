"""What `chats` tells: lines for people, and the JSON whose keys docs/command-line.md keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from app.chat.exchange.branches import moment
from app.chat.exchange.forms import Brought, Written
from app.chat.store import Hit
from app.chat.tree import Conversation
from app.cli.models_shown import Shown, line, table
from app.errors import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_OK
from app.text import _, plural

MOST_PROBLEMS = 20  # in lines; JSON has all


def listed(chats: Sequence[Conversation], folders: Mapping[str, str]) -> Shown:
    """`folders`: names by id."""
    rows, data = [], []
    for chat in chats:
        folder = folders.get(chat.folder_id or "", "")
        states = [_("pinned")] if chat.is_pinned else []
        states += [_("archived")] if chat.is_archived else []
        rows.append((chat.id, moment(chat.changed_at), chat.title, folder, ", ".join(states)))
        data.append(
            {
                "id": chat.id,
                "title": chat.title,
                "folder": folder or None,
                "created_at": chat.created_at,
                "changed_at": chat.changed_at,
                "is_pinned": chat.is_pinned,
                "is_archived": chat.is_archived,
            }
        )
    return Shown("\n".join(table(rows)) if rows else _("There are no chats here yet."), {"chats": data})


def hits(found: Sequence[Hit]) -> Shown:
    rows = [(moment(hit.created_at), hit.title, hit.snippet) for hit in found]
    data = [
        {
            "id": hit.conversation_id,
            "title": hit.title,
            "message_id": hit.message_id or None,
            "role": hit.role or None,
            "created_at": hit.created_at,
            "snippet": hit.snippet,
        }
        for hit in found
    ]
    return Shown("\n".join(table(rows)) if rows else _("Nothing was found."), {"hits": data})


def written(done: Written) -> Shown:
    words = plural("{count} chat was saved: {{path}}", "{count} chats were saved: {{path}}", done.chats)
    data = {"path": str(done.path), "chats": done.chats, "files": done.files}
    return Shown(line(words.format(path=done.path)), data)


def brought(done: Brought) -> Shown:
    lines = [plural("{count} chat was brought in.", "{count} chats were brought in.", len(done.ids))]
    if done.known:
        lines.append(plural("{count} was here already.", "{count} were here already.", done.known))
    if not done.is_whole:
        lines.append(_("It was stopped. The same command goes on with the rest."))
    if done.problems:
        count = len(done.problems)
        lines.append(plural("{count} entry could not be read:", "{count} entries could not be read:", count))
        lines += [line(f"{each.name}:", each.title, each.sentence) for each in done.problems[:MOST_PROBLEMS]]
        lines += ["…"] if count > MOST_PROBLEMS else []
    is_failed = done.problems and not done.ids and not done.known
    exit_code = EXIT_INTERRUPTED if not done.is_whole else EXIT_FAILED if is_failed else EXIT_OK
    data = {
        "ids": list(done.ids),
        "known": done.known,
        "is_whole": done.is_whole,
        "problems": [asdict(each) for each in done.problems],
    }
    return Shown("\n".join(lines), data, exit_code)
