"""`docs`: giving Paddock files to read, finding passages in them and asking them, without a window.

What was asked for goes to standard output; progress and faults go to standard error. Names and words come from files
that nobody vouches for, so no line is printed as it came.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from getpass import getpass
from pathlib import Path
from types import MappingProxyType

from app.chat import session
from app.cli import docs_shown, profiled
from app.cli.arguments import Arguments, DocsAction, DocsArguments
from app.cli.ask import Printer, interruptible
from app.cli.models_shown import Shown
from app.cli.profiled import guarded, long_work, show
from app.core import Core, Outside
from app.documents import reader
from app.documents.ingest.walking import is_folder, whole_path
from app.documents.records import Collection, Document, Keeping, Removing, Scope
from app.engine.stop import Stop
from app.errors import EXIT_OK, ModelFault, UsageError
from app.models.embedder import EMBEDDER_TITLE
from app.models.shelf.names import one_line
from app.settings import READ_SCANS, SEARCH_MODEL
from app.storage.secrets import KeyringSecrets, Secrets
from app.text import _

MOST_NAMED = 5  # in a sentence
MOST_PASSWORD_BYTES = 4096
PADDOCKS = "-"  # in place of a model's file: the one that came with Paddock
_LOOK_EVERY_S = 0.2


def main(arguments: Arguments) -> int:
    """Exit codes: docs/command-line.md."""
    return run(arguments, KeyringSecrets(), guarded())


def run(arguments: Arguments, secrets: Secrets, outside: Outside) -> int:
    """`main`, with what lies beyond the profile brought along."""
    return profiled.run(arguments, secrets, outside, lambda core: _ACTIONS[arguments.docs.action](core, arguments.docs))


def _list(core: Core, _arguments: DocsArguments) -> Shown:
    return docs_shown.listed(core.documents.collections(), core.documents.documents())


def _add(core: Core, arguments: DocsArguments) -> Shown:
    """Files, and what is in folders. With --watch, one folder that is kept in step from now on."""
    paths = [whole_path(path) for path in arguments.paths]
    for path in paths:
        _require_there(path)
    keeping: Keeping | None = "inside" if arguments.is_inside else None
    if arguments.reads_scans:
        _read_scans(core)
    if arguments.is_watched:
        if len(paths) != 1 or not is_folder(paths[0]):
            raise UsageError(_("Name one folder to watch."), _("docs add --watch FOLDER"))
        made = core.documents.add_collection(arguments.collection or paths[0].name, paths[0], keeping)
        if arguments.reads_scans:
            _read_scans_of(core, core.documents.documents(made.id))
        _wait(core)
        return docs_shown.added(core.documents.documents(made.id))
    home = _collection_to_fill(core, arguments) if arguments.collection else None
    added = core.documents.add_files(paths, collection_id=home.id if home else "", keeping=keeping)
    if arguments.reads_scans:
        _read_scans_of(core, added)
    _wait(core)
    return docs_shown.added(core.documents.documents(ids=[one.id for one in added]))


def _read_scans(core: Core) -> None:
    """From now on, as the window's setting does. Raises UsageError where nothing can read them."""
    if not reader.ocr_languages():
        raise UsageError(
            _("Scanned pages cannot be read here."), _("Install tesserocr with its language data, and try again.")
        )
    core.settings.set(READ_SCANS, True)


def _read_scans_of(core: Core, documents: Sequence[Document]) -> None:
    """Of those that were read without."""
    core.documents.read_again([one.id for one in documents if one.status == "read" and one.scans])


def _require_there(path: Path) -> None:
    """Raises UsageError."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError(_("There is nothing at {path}.").format(path=one_line(str(path)))) from None
    except OSError:
        raise UsageError(
            _("{path} cannot be opened.").format(path=one_line(str(path))),
            _("Check that you may open it and the folders that it is in."),
        ) from None


def _search(core: Core, arguments: DocsArguments) -> Shown:
    scope = _scope(core, arguments)
    return docs_shown.passages(core.documents.search(arguments.subject, scope or None, limit=arguments.limit))


def _ask(core: Core, arguments: DocsArguments) -> Shown:
    """The answer is printed as it comes; what it stands on follows."""
    scope = _scope(core, arguments) or _everything(core)
    stop = Stop()
    printer = Printer(stop)
    ended: list[session.Event] = []

    def on_event(event: session.Event) -> None:
        if not arguments.is_quiet:
            printer.take(event)
        ended.append(event)

    core.documents.start()
    with interruptible(stop):
        core.session.send(
            None,
            arguments.subject,
            parent_id=None,
            on_event=on_event,
            stop=stop,
            max_tokens=arguments.max_tokens,
            scope=scope,
            wanted=arguments.wanted,
        )
    code = EXIT_OK if arguments.is_quiet else printer.end()
    last = ended[-1]
    if isinstance(last, session.Failed):
        raise last.error
    if not isinstance(last, session.Finished):
        raise RuntimeError("a turn ends with Finished or Failed")
    return docs_shown.answered(last.answer, exit_code=code)


def _remove(core: Core, arguments: DocsArguments) -> Shown:
    collection = _collection(core, arguments.subject)
    if collection is not None and collection.id != arguments.subject and _documents(core, arguments.subject):
        raise UsageError(
            _("A collection and a document here are both called “{text}”.").format(text=one_line(arguments.subject)),
            _("Give the id of the one that you mean."),
        )
    named = collection or _document(core, arguments.subject)
    if not arguments.is_confirmed:
        raise UsageError(
            _("This removes {name} and all that was read of it from Paddock; the files stay.").format(
                name=one_line(named.name)
            ),
            _("Say --yes as well to do it."),
        )
    stop = Stop()
    with interruptible(stop):  # between two documents
        if collection is None:
            done = core.remove_documents([named.id], with_answers=False, on_progress=_show_removing, stop=stop)
        else:
            done = core.remove_collection(collection.id, with_answers=False, on_progress=_show_removing, stop=stop)
    return docs_shown.receipt(done)


def _show_removing(removing: Removing) -> None:
    show("{words} {percent} %".format(words=_("Removing"), percent=100 * removing.done // max(1, removing.of)))


def _keep(core: Core, arguments: DocsArguments) -> Shown:
    ids = [_document(core, name).id for name in arguments.documents]
    core.documents.keep_inside(ids)
    _wait(core)
    return docs_shown.kept(core.documents.documents(ids=ids))


def _unlock(core: Core, arguments: DocsArguments) -> Shown:
    document = _document(core, arguments.subject)
    if not core.documents.can_unlock(document):
        raise UsageError(
            _("“{name}” does not wait for a password.").format(name=one_line(document.name)),
            _("What is here: docs list"),
        )
    core.documents.unlock(document.id, _password(document, is_piped=arguments.is_piped))
    _wait(core)
    return docs_shown.added(core.documents.documents(ids=[document.id]))


def _password(document: Document, *, is_piped: bool) -> str:
    """One line from standard input, or typed unseen. Never an argument: other programs can read those."""
    try:
        if is_piped:
            untrusted = sys.stdin.buffer.readline(MOST_PASSWORD_BYTES).decode("utf-8", "replace").rstrip("\r\n")
        elif sys.stdin.isatty():
            untrusted = getpass(_("Password of {name}: ").format(name=one_line(document.name)))
        else:
            untrusted = ""
    except (OSError, EOFError):
        untrusted = ""
    if not untrusted:
        raise UsageError(_("No password could be read."), _("Type it on a terminal, or pipe it in: docs unlock NAME -"))
    return untrusted


def _model(core: Core, arguments: DocsArguments) -> Shown:
    """Which one searches. With another one documents are made searchable by it, now or, after Ctrl+C, another time."""
    if arguments.subject:
        core.use_search_model(None if arguments.subject == PADDOCKS else _model_file(core, arguments.subject))
        _wait(core)
    said = core.settings.get(SEARCH_MODEL)
    title = core.desk.titles.of(Path(said)) if said else EMBEDDER_TITLE
    return docs_shown.model(title, said, core.search_note(), core.documents.progress().chunks_left)


def _model_file(core: Core, text: str) -> Path:
    """A file, or the model for searching here that has this title. Raises ModelFault."""
    if os.path.isfile(text):  # noqa: PTH113 - pathlib raises where that may not be found out
        return whole_path(Path(text))
    wanted = text.strip().casefold()
    found = [one for one in core.holdings.all() if one.kind == "embedding" and one.title.casefold() == wanted]
    if not found:
        raise ModelFault(
            _("There is no model for searching here called “{text}”.").format(text=one_line(text)),
            _("What is here: models list"),
        )
    return found[0].path


def _wait(core: Core) -> None:
    """Until everything was read and can be found by meaning, or Ctrl+C: what is left goes on another time."""
    core.documents.start()
    with long_work(_("Reading")) as (on_progress, halt):
        total = 0
        while not halt.is_set() and not core.documents.wait_until_idle(_LOOK_EVERY_S):
            progress = core.documents.progress()
            left = progress.documents_left + progress.chunks_left
            total = max(total, left)
            on_progress(total - left, max(1, total))


def _scope(core: Core, arguments: DocsArguments) -> Scope:
    collections = [_named_collection(core, name).id for name in arguments.collections]
    documents = [_document(core, name).id for name in arguments.documents]
    return Scope(tuple(documents), tuple(collections))


def _everything(core: Core) -> Scope:
    documents = core.documents.documents()
    if not documents:
        raise UsageError(_("There are no documents here yet."), _("docs add FILE"))
    return Scope(tuple(one.id for one in documents if not one.collection_id), _ids(core.documents.collections()))


def _ids(collections: Sequence[Collection]) -> tuple[str, ...]:
    return tuple(collection.id for collection in collections)


def _collection_to_fill(core: Core, arguments: DocsArguments) -> Collection:
    return _collection(core, arguments.collection) or core.documents.add_collection(arguments.collection)


def _collection(core: Core, text: str) -> Collection | None:
    """The one that `text` means, its id or its name; None without one. Raises UsageError where there are several."""
    wanted = text.strip().casefold()
    listed = core.documents.collections()
    found = [one for one in listed if one.id == text] or [one for one in listed if one.name.casefold() == wanted]
    if len(found) > 1:
        named = _enumerated([f"{one.folder} ({one.id})".strip() for one in found])
        raise UsageError(
            _("Several collections here are called “{text}”: {names}.").format(text=one_line(text), names=named),
            _("Give the id of the one that you mean."),
        )
    return found[0] if found else None


def _named_collection(core: Core, text: str) -> Collection:
    found = _collection(core, text)
    if found is None:
        raise UsageError(
            _("There is no collection here called “{text}”.").format(text=one_line(text)), _("What is here: docs list")
        )
    return found


def _document(core: Core, text: str) -> Document:
    """The one that `text` means: its id, its name, or its path. Raises UsageError."""
    found = _documents(core, text)
    if not found:
        raise UsageError(
            _("There is no document here called “{text}”.").format(text=one_line(text)), _("What is here: docs list")
        )
    if len(found) > 1:
        named = _enumerated([f"{one.path} ({one.id})" for one in found])
        raise UsageError(
            _("Several documents here are called “{text}”: {names}.").format(text=one_line(text), names=named),
            _("Give the id of the one that you mean."),
        )
    return found[0]


def _documents(core: Core, text: str) -> list[Document]:
    wanted = text.strip().casefold()
    path = str(whole_path(Path(text)))
    listed = core.documents.documents()
    return [one for one in listed if one.id == text or one.path == path] or [
        one for one in listed if one.name.casefold() == wanted
    ]


def _enumerated(names: Sequence[str]) -> str:
    return "; ".join([*map(one_line, names[:MOST_NAMED]), "…"][: len(names)])


_ACTIONS: Mapping[DocsAction, Callable[[Core, DocsArguments], Shown]] = MappingProxyType(
    {
        "list": _list,
        "add": _add,
        "search": _search,
        "ask": _ask,
        "remove": _remove,
        "keep": _keep,
        "unlock": _unlock,
        "model": _model,
    }
)
