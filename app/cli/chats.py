"""`chats`: finding chats, saving them as files and bringing others in, without a window.

What was asked for goes to standard output; progress and faults go to standard error. Titles and words come from models
and from other programs, so no line is printed as it came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import cast

from app.chat.exchange import bringing, sending
from app.chat.exchange.forms import Form, Kind
from app.chat.exchange.names import file_name
from app.chat.tree import Conversation
from app.cli import chats_shown, profiled
from app.cli.arguments import FORMS, Arguments, ChatsAction, ChatsArguments
from app.cli.models_shown import Shown
from app.cli.profiled import guarded, long_work
from app.core import Core, Outside
from app.errors import UsageError
from app.models.shelf.names import one_line
from app.storage.secrets import KeyringSecrets, Secrets
from app.text import _

MOST_NAMED = 5  # chats in a sentence
MOST_HITS = 50


def main(arguments: Arguments) -> int:
    """Exit codes: docs/command-line.md."""
    return run(arguments, KeyringSecrets(), guarded())


def run(arguments: Arguments, secrets: Secrets, outside: Outside) -> int:
    """`main`, with what lies beyond the profile brought along."""
    return profiled.run(
        arguments, secrets, outside, lambda core: _ACTIONS[arguments.chats.action](core, arguments.chats)
    )


def _list(core: Core, _arguments: ChatsArguments) -> Shown:
    return chats_shown.listed(core.chats.conversations(), {folder.id: folder.name for folder in core.chats.folders()})


def _search(core: Core, arguments: ChatsArguments) -> Shown:
    with long_work(_("Reading")) as (_progress, halt):
        core.chats.index_missing(stop=halt.is_set)
    return chats_shown.hits(core.chats.search(arguments.subject, limit=MOST_HITS))


def _export(core: Core, arguments: ChatsArguments) -> Shown:
    if arguments.is_all == bool(arguments.subject):
        raise UsageError(_("Name one chat, or say --all."), _("chats export --all FOLDER"))
    ids = sending.everything(core.chats) if arguments.is_all else (_named(core, arguments.subject).id,)
    target, form = _place(core, arguments, ids)
    if form.place != "folder" and target.exists():
        raise UsageError(_("There is a file of that name already."), _("Choose another name; nothing was changed."))
    with long_work(_("Saving")) as (on_progress, halt):
        return chats_shown.written(sending.send(core.chats, ids, target, form, on_progress=on_progress, stop=halt))


def _place(core: Core, arguments: ChatsArguments, ids: tuple[str, ...]) -> tuple[Path, Form]:
    """Where, and as what. A TARGET without an ending is a folder where there may be several chats."""
    if arguments.target is None:
        raise RuntimeError("the parser demands a target")
    target = arguments.target.absolute()
    ending = target.suffix.lower().removeprefix(".")
    kind = cast(Kind, arguments.form or (ending if ending in FORMS else "md"))  # the parser takes no other
    if ending == "zip":
        return target, Form(kind, "zip", arguments.has_all_versions)
    if arguments.is_all and (target.is_dir() or not ending):
        return target, Form(kind, "folder", arguments.has_all_versions)
    if target.is_dir():
        taken = {path.name.casefold() for path in target.iterdir()}
        conversation = core.chats.conversation(ids[0])
        target /= file_name(conversation.title if conversation is not None else "", kind, taken)
    return target, Form(kind, "file", arguments.has_all_versions)


def _import(core: Core, arguments: ChatsArguments) -> Shown:
    with long_work(_("Reading")) as (on_progress, halt):
        brought = bringing.bring(
            core.chats,
            [path.absolute() for path in arguments.paths],
            folder_name=arguments.folder,
            with_known=arguments.is_again,
            on_progress=on_progress,
            stop=halt,
        )
        if brought.is_whole:
            core.chats.index_missing(stop=halt.is_set)
    return chats_shown.brought(brought)


def _named(core: Core, text: str) -> Conversation:
    """The one chat that `text` means: its id, its title, or a part of a title that no other has. Raises UsageError."""
    listed = core.chats.conversations()
    wanted = text.strip().casefold()
    by_id = [chat for chat in listed if chat.id == text]
    same = by_id or [chat for chat in listed if wanted and chat.title.casefold() == wanted]
    found = same or [chat for chat in listed if wanted and wanted in chat.title.casefold()]
    if not found:
        raise UsageError(
            _("There is no chat here called “{text}”.").format(text=one_line(text)), _("What is here: chats list")
        )
    if len(found) > 1:
        named = [f"{one_line(chat.title)} ({chat.id})" for chat in found[:MOST_NAMED]]
        raise UsageError(
            _("Several chats here are called “{text}”: {names}.").format(
                text=one_line(text), names="; ".join([*named, "…"][: len(found)])
            ),
            _("Give the id of the one that you mean."),
        )
    return found[0]


_ACTIONS: Mapping[ChatsAction, Callable[[Core, ChatsArguments], Shown]] = MappingProxyType(
    {"list": _list, "search": _search, "export": _export, "import": _import}
)
