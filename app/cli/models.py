"""`models`: finding, fetching and keeping models without a window, through the same core.

What was asked for goes to standard output; terms, progress and faults go to standard error. The hub is asked nothing
unless this very command line says so, even where the person has allowed it for good in the window: a script that runs
at night should be readable for what it sends. Titles come from outside, so no line is printed as it came.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from getpass import getpass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from app.cli import models_shown, profiled, streams
from app.cli.arguments import Arguments, ModelsAction, ModelsArguments
from app.cli.ask import interruptible
from app.cli.models_shown import Shown
from app.cli.profiled import guarded, long_work, show
from app.core import Core, Outside
from app.engine.stop import Stop
from app.errors import (
    AccessNeeded,
    Cancelled,
    ModelFault,
    NetworkRefused,
    NotOnHub,
    PaddockError,
    UsageError,
)
from app.journeys.holdings import Holding
from app.models.fetch.orders import Download
from app.models.hub import variants
from app.models.shelf import manifest
from app.models.shelf.names import one_line
from app.models.shelf.shelf import Shelved
from app.net.gate import ConsentNeeded, Errand
from app.net.policy import DETAILS, DOWNLOAD, SEARCH, Purpose
from app.storage.secrets import KeyringSecrets, Secrets
from app.text import _

if TYPE_CHECKING:  # the journey's libraries take 0.2 s that most actions need not wait
    from app.journeys.shop import Arrival, Terms

LOOK_S = 0.2  # how often a download is looked at, and Ctrl+C with it
MOST_NAMED = 5  # models in a sentence
MAX_TOKEN_BYTES = 4_096


def main(arguments: Arguments) -> int:
    """Exit codes: docs/command-line.md."""
    return run(arguments, KeyringSecrets(), guarded())


def run(arguments: Arguments, secrets: Secrets, outside: Outside) -> int:
    """`main`, with what lies beyond the profile brought along."""
    return profiled.run(
        arguments, secrets, outside, lambda core: _ACTIONS[arguments.models.action](core, arguments.models)
    )


def _list(core: Core, _arguments: ModelsArguments) -> Shown:
    answers: Path | None = None
    with suppress(ModelFault):  # an install without the starter, before any model was chosen
        answers = core.desk.path()
    return models_shown.holdings(core.holdings.all(), core.holdings.disk_use(), answers)


def _requests(core: Core, _arguments: ModelsArguments) -> Shown:
    rows = core.ledger.rows()
    while rows and (more := core.ledger.rows(before_id=rows[-1].id)):
        rows += more
    return models_shown.requests(rows, core.ledger.totals())


# The hub.


def _offers(core: Core, _arguments: ModelsArguments) -> Shown:
    return models_shown.offered(core.shop.offered())


def _find(core: Core, arguments: ModelsArguments) -> Shown:
    with _leave(core, arguments, SEARCH):
        return models_shown.results(core.shop.search(arguments.subject))


def _show_repository(core: Core, arguments: ModelsArguments) -> Shown:
    with _leave(core, arguments, DETAILS), _with_hints(arguments):
        return models_shown.listing(core.shop.listing(arguments.subject))


def _get(core: Core, arguments: ModelsArguments) -> Shown:
    asked = arguments.quantisation
    known = variants.quantisation_of(asked)
    is_quantisation = asked.upper() in (known, known.replace("F", "FP", 1))  # else the name of a variant
    with _leave(core, arguments, DOWNLOAD), _with_hints(arguments):
        if arguments.token_fd is not None:
            core.token.give(_read_token(arguments.token_fd))
        terms = core.shop.terms(arguments.subject, known, "" if is_quantisation else asked)
        streams.tell(models_shown.terms(terms, core.outside.endpoint.url))
        if not (terms.is_accepted or arguments.is_licence_accepted):
            streams.tell(models_shown.texts(terms))
            raise PaddockError(
                _("This model comes with terms that have to be accepted first: {licence}.").format(
                    licence=terms.licence.title
                ),
                _("Nothing was fetched. Read them, and if you accept them, add --accept-licence."),
            )
        return models_shown.arrival(_fetched(core, terms), terms)


def _fetched(core: Core, terms: Terms) -> Path:
    """The model's first file, once all of it is here and checked. Raises Cancelled, and whatever keeps it from coming.

    Other downloads of the queue are left as they are.
    """
    shop, stop = core.shop, Stop()
    has_arrived = threading.Event()
    paths_here: list[Path] = []

    def on_arrival(arrival: Arrival) -> None:
        paths_here.append(arrival.path)
        has_arrived.set()

    shop.listen(lambda: None, on_arrival)
    with interruptible(stop):
        id_ = shop.order(terms)
        while not has_arrived.wait(LOOK_S):
            if stop.is_set:
                shop.downloads.pause(id_)
            (download,) = (each for each in shop.downloads.snapshot() if each.id == id_)
            if download.state in ("paused", "failed"):
                raise _stood_still(download, was_stopped=stop.is_set)
            show(models_shown.progress(download))
    shop.downloads.dismiss(id_)
    return paths_here[0]


def _stood_still(download: Download, *, was_stopped: bool) -> PaddockError:
    if was_stopped and download.state == "paused":
        return Cancelled(
            _("The download is paused, and what has arrived is kept."), _("To go on, give the same command again.")
        )
    fault = AccessNeeded if download.need == "access" else PaddockError
    return fault(download.message, download.next_step)


@contextmanager
def _leave(core: Core, arguments: ModelsArguments, purpose: Purpose) -> Iterator[None]:
    """Leave for the one errand of this command, taken back at its end. Raises NetworkRefused where none was given.

    Where the answer is never anyway, the gate says so, and what is known from before can still be shown.
    """
    errand = Errand(purpose, arguments.subject)
    if core.gate.consent != "never":
        if not arguments.is_network_allowed:
            question = ConsentNeeded(errand, core.outside.endpoint.host)
            raise NetworkRefused(
                question.message, _("Nothing was sent. To allow it for this command, add --allow-network.")
            )
        core.gate.allow_once(errand)
    try:
        yield
    finally:
        core.gate.withdraw(errand)


@contextmanager
def _with_hints(arguments: ModelsArguments) -> Iterator[None]:
    """Faults of the hub, with what to type next."""
    try:
        yield
    except AccessNeeded as fault:
        hint = _("On this command line: models token.")
        raise AccessNeeded(fault.message, f"{fault.next_step} {hint}") from None
    except ConsentNeeded as needed:
        if needed.errand.subject == arguments.subject:
            raise
        hint = _("It may be there: models get {repository} {quantisation} --allow-network")
        other = needed.errand.subject
        raise NotOnHub(
            _("The hub does not have that size of the model in this repository any more."),
            hint.format(repository=other, quantisation=arguments.quantisation),
        ) from None
    except NotOnHub as fault:
        if not arguments.quantisation or fault.detail:
            raise  # the hub itself has no such repository
        hint = _("What there is: models show {repository}").format(repository=arguments.subject)
        raise NotOnHub(fault.message, f"{fault.next_step} {hint}") from None


def _token(core: Core, arguments: ModelsArguments) -> Shown:
    if arguments.is_forgetting:
        core.token.forget()
        return models_shown.token(is_kept=False)
    if not core.token.has_keyring:
        raise PaddockError(
            _("This computer offers no keyring, and Paddock keeps an access token nowhere else."),
            _("Give it to the command that needs it: models get … --token-fd FD"),
        )
    core.token.give(_read_token(arguments.token_fd))
    return models_shown.token(is_kept=True)


def _read_token(fd: int | None) -> str:
    """One line from the descriptor, else from standard input; unseen where that is a terminal."""
    try:
        if fd is not None:
            with os.fdopen(fd, "rb", closefd=False) as stream:
                return stream.readline(MAX_TOKEN_BYTES).decode("ascii", "replace")
        if sys.stdin.isatty():
            return getpass(_("Access token: "))
        return sys.stdin.buffer.readline(MAX_TOKEN_BYTES).decode("ascii", "replace")
    except (OSError, EOFError):
        raise UsageError(
            _("No access token could be read."), _("Type it, or pipe it into this command; nothing was changed.")
        ) from None


# What is here.


def _use(core: Core, arguments: ModelsArguments) -> Shown:
    holding = _by_path(core.holdings.all(), arguments.subject)
    if holding is None and Path(arguments.subject).is_file():
        core.holdings.use(Path(arguments.subject))
    else:
        holding = holding or _named(core, arguments.subject)
        core.holdings.use(holding.path, holding.title)
    return models_shown.chosen(core.desk.titles.of(core.desk.path()), core.desk.path())


def _verify(core: Core, arguments: ModelsArguments) -> Shown:
    if arguments.subject:
        models = [_on_shelf(_named(core, arguments.subject))]
    else:
        listed = (holding.shelved for holding in core.holdings.all())
        models = [model for model in listed if model is not None and model.manifest is not None]
    verdicts = []
    for model in models:
        with long_work(_("Checking {title}").format(title=model.title)) as (on_progress, halt):
            verdicts.append((model, core.holdings.verify(model, on_progress, halt)))
    return models_shown.verdicts(verdicts)


def _export(core: Core, arguments: ModelsArguments) -> Shown:
    model = _on_shelf(_named(core, arguments.subject))
    with long_work(_("Copying {title}").format(title=model.title)) as (on_progress, halt):
        exported = core.holdings.export(model, _folder_of(arguments), on_progress, halt)
    return models_shown.copied(_("{title} was copied to {path}."), model.title, exported)


def _import(core: Core, arguments: ModelsArguments) -> Shown:
    with long_work(_("Copying and checking")) as (on_progress, halt):
        path = core.holdings.bring(_folder_of(arguments), on_progress, halt)
    title = manifest.read(path.parent).title
    return models_shown.copied(_("{title} is here, and every byte of it was checked: {path}"), title, path)


def _delete(core: Core, arguments: ModelsArguments) -> Shown:
    holding = _named(core, arguments.subject)
    if not arguments.is_confirmed:
        raise PaddockError(
            _("{title} ({path}) would be deleted.").format(title=holding.title, path=holding.path),
            _("Nothing was deleted. To delete it, add --yes."),
        )
    return models_shown.deleted(holding.title, core.holdings.delete(_on_shelf(holding)))


def _folder_of(arguments: ModelsArguments) -> Path:
    if arguments.folder is None:
        raise RuntimeError("the parser demands a folder")
    return arguments.folder.absolute()


def _on_shelf(holding: Holding) -> Shelved:
    """A model from anywhere, as the shelf takes it. Raises ModelFault when it cannot be read."""
    return holding.as_shelved()


def _named(core: Core, text: str) -> Holding:
    """The one model that `text` means: its path, its title, or a part of a title that no other has.

    Raises ModelFault where there is none, UsageError where there are several.
    """
    listed = core.holdings.all()
    if (holding := _by_path(listed, text)) is not None:
        return holding
    wanted = text.strip().casefold()
    same = [holding for holding in listed if wanted and holding.title.casefold() == wanted]
    found = same or [holding for holding in listed if wanted and wanted in holding.title.casefold()]
    if not found:
        raise ModelFault(
            _("There is no model here called “{text}”.").format(text=one_line(text)), _("What is here: models list")
        )
    if len(found) > 1:
        named = [f"{holding.title} ({holding.path})" for holding in found[:MOST_NAMED]]
        raise UsageError(
            _("Several models here are called “{text}”: {names}.").format(
                text=one_line(text), names="; ".join([*named, "…"][: len(found)])
            ),
            _("Give the path of the one that you mean."),
        )
    return found[0]


def _by_path(listed: tuple[Holding, ...], text: str) -> Holding | None:
    """By its first file, or by the folder that is its own."""
    if not text:
        return None
    path = Path(os.path.realpath(os.path.expanduser(text)))  # noqa: PTH111 - a user who is not there is no fault
    for holding in listed:
        real = Path(os.path.realpath(holding.path))
        if path == real or (path == real.parent and holding.shelved is not None and holding.shelved.manifest):
            return holding
    return None


_ACTIONS: Mapping[ModelsAction, Callable[[Core, ModelsArguments], Shown]] = MappingProxyType(
    {
        "list": _list,
        "offers": _offers,
        "find": _find,
        "show": _show_repository,
        "get": _get,
        "use": _use,
        "verify": _verify,
        "export": _export,
        "import": _import,
        "delete": _delete,
        "requests": _requests,
        "token": _token,
    }
)
