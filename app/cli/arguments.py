"""The command line. Exit codes and options are documented in docs/command-line.md and kept."""

from __future__ import annotations

import argparse
from argparse import ArgumentTypeError
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from app import __version__
from app.settings import MOST_TOKENS
from app.text import _

if TYPE_CHECKING:  # generic for type checkers only
    Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]

MOST_ROUNDS = 100
MAX_DESCRIPTOR = 2**31 - 1  # a C int

ModelsAction = Literal[
    "list", "offers", "find", "show", "get", "use", "verify", "export", "import", "delete", "requests", "token"
]
ChatsAction = Literal["list", "search", "export", "import"]
DocsAction = Literal["list", "add", "search", "ask", "remove", "keep", "unlock", "model"]
FORMS = ("md", "html", "txt", "json", "pdf")


@dataclass(frozen=True, slots=True)
class ModelsArguments:
    """What `models` is to do. `subject`: words, a repository "owner/name", or a model's title or path."""

    action: ModelsAction = "list"
    subject: str = ""
    quantisation: str = ""
    folder: Path | None = None
    is_network_allowed: bool = False
    is_licence_accepted: bool = False
    is_confirmed: bool = False
    is_forgetting: bool = False
    token_fd: int | None = None


@dataclass(frozen=True, slots=True)
class ChatsArguments:
    """What `chats` is to do. `subject`: words, or the chat to export. `folder`: None where each chat keeps its own."""

    action: ChatsAction = "list"
    subject: str = ""
    target: Path | None = None
    paths: tuple[Path, ...] = ()
    form: str = ""
    is_all: bool = False
    has_all_versions: bool = False
    folder: str | None = None
    is_again: bool = False


@dataclass(frozen=True, slots=True)
class DocsArguments:
    """What `docs` is to do. `subject`: words, a question, what to remove or unlock, a model. `wanted`: how much is read
    for an answer.

    `collections` and `documents` name what is asked (nothing named is everything), or what is to be kept.
    """

    action: DocsAction = "list"
    subject: str = ""
    paths: tuple[Path, ...] = ()
    collection: str = ""
    collections: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    limit: int = 10
    max_tokens: int | None = None
    wanted: Literal["whole", "passages", "every_part"] | None = None
    is_watched: bool = False
    is_inside: bool = False
    reads_scans: bool = False
    is_confirmed: bool = False
    is_piped: bool = False  # a password comes from standard input
    is_quiet: bool = False


@dataclass(frozen=True, slots=True)
class Arguments:
    """A parsed command line; the fields of other commands keep their defaults."""

    command: Literal["window", "quick", "ask", "doctor", "bench", "models", "chats", "docs"]
    profile: Path | None
    question: str = ""
    model: Path | None = None
    max_tokens: int | None = None
    is_temporary: bool = False
    passphrase_fd: int | None = None
    as_json: bool = False
    rounds: int = 3
    models: ModelsArguments = ModelsArguments()
    chats: ChatsArguments = ChatsArguments()
    docs: DocsArguments = DocsArguments()


def parse(arguments: list[str]) -> Arguments:
    """Exits with code 2 and a sentence on what does not fit, as argparse does."""
    parser = argparse.ArgumentParser(
        prog="paddock",
        description=_("A private chat with a model on this computer. Without a command, the window opens."),
    )
    parser.add_argument("--version", action="version", version=f"Paddock {__version__}")
    parser.add_argument(
        "--profile", metavar="DIR", type=_path, help=_("keep everything in DIR instead of the usual place")
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    quick = commands.add_parser("quick", help=_("ask in a small window, of the Paddock that runs if there is one"))
    quick.add_argument("question", nargs="?", default="", help=_("is asked at once"))
    ask = commands.add_parser("ask", help=_("ask one question and print the answer as it comes"))
    ask.add_argument("question", help=_('the question, or "-" to read it from standard input'))
    ask.add_argument("--model", metavar="FILE", type=_path, help=_("a GGUF file (default: the chosen model)"))
    ask.add_argument("--max-tokens", metavar="N", type=_tokens, help=_("end the answer after N tokens"))
    ask.add_argument("--temporary", action="store_true", help=_("write nothing at all: no profile, no log"))
    ask.add_argument(
        "--passphrase-fd", metavar="FD", type=_descriptor, help=_("read the passphrase from this file descriptor")
    )
    doctor = commands.add_parser("doctor", help=_("say what this machine is and what is wrong, if anything"))
    doctor.add_argument("--model", metavar="FILE", type=_path, help=_("say how this GGUF file would run here"))
    doctor.add_argument("--json", action="store_true", dest="as_json", help=_("print JSON"))
    bench = commands.add_parser("bench", help=_("measure how fast a model runs on this computer"))
    bench.add_argument("--model", metavar="FILE", type=_path, help=_("a GGUF file (default: the starter model)"))
    bench.add_argument("--rounds", metavar="N", type=_rounds, default=3, help=_("measure N times (default: 3)"))
    bench.add_argument("--json", action="store_true", dest="as_json", help=_("print JSON"))
    _add_models(commands)
    _add_chats(commands)
    _add_docs(commands)
    found = parser.parse_args(arguments)
    if found.command == "quick":
        return Arguments("quick", found.profile, question=found.question)
    if found.command == "ask":
        return Arguments(
            "ask",
            found.profile,
            question=found.question,
            model=found.model,
            max_tokens=found.max_tokens,
            is_temporary=found.temporary,
            passphrase_fd=found.passphrase_fd,
        )
    if found.command == "doctor":
        return Arguments("doctor", found.profile, model=found.model, as_json=found.as_json)
    if found.command == "bench":
        return Arguments("bench", found.profile, model=found.model, as_json=found.as_json, rounds=found.rounds)
    if found.command == "models":
        return _of_models(found)
    if found.command == "chats":
        return _of_chats(found)
    if found.command == "docs":
        return _of_docs(found)
    return Arguments("window", found.profile)


def _usual() -> argparse.ArgumentParser:
    """What every command takes that works by actions."""
    usual = argparse.ArgumentParser(add_help=False, allow_abbrev=False, argument_default=argparse.SUPPRESS)
    usual.add_argument("--json", action="store_true", dest="as_json", help=_("print JSON"))
    usual.add_argument(
        "--passphrase-fd", metavar="FD", type=_descriptor, help=_("read the passphrase from this file descriptor")
    )
    return usual


def _add_models(commands: Commands) -> None:
    """No option may be shortened: what sends something or deletes something is spelt out."""
    usual = _usual()
    models = commands.add_parser(
        "models", help=_("the models on this computer, and fetching others"), parents=[usual], allow_abbrev=False
    )
    actions = models.add_subparsers(dest="action", metavar="ACTION")

    def add(name: ModelsAction, words: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=words, parents=[usual], allow_abbrev=False)

    add("list", _("what is here (this is also what `models` alone does)"))
    add("offers", _("the catalogue, judged for this computer; asks nobody"))
    find, show = add("find", _("search the hub")), add("show", _("what a repository has, and how it would run here"))
    find.add_argument("subject", metavar="WORDS", nargs="+")
    get = add("get", _("fetch a model; the same command again goes on where it stopped"))
    show.add_argument("subject", metavar="OWNER/NAME")
    get.add_argument("subject", metavar="OWNER/NAME")
    get.add_argument("quantisation", metavar="QUANTISATION", help=_("such as Q4_K_M, or the name of a file"))
    get.add_argument("--accept-licence", action="store_true", help=_("you have read its licence and accept it"))
    for asking in (find, show, get):
        asking.add_argument("--allow-network", action="store_true", help=_("let this command ask the hub"))
    _add_here(add)
    token = add("token", _("keep the hub's access token in the keyring; it is read from standard input"))
    token.add_argument("--forget", action="store_true", help=_("remove it from the keyring"))
    for taking in (get, token):
        taking.add_argument(
            "--token-fd", metavar="FD", type=_descriptor, help=_("read the access token from this file descriptor")
        )


def _add_here(add: Callable[[ModelsAction, str], argparse.ArgumentParser]) -> None:
    """What is done with models that are here; nothing of it needs the network."""
    title = _("a title as `models list` says it, or a path")
    add("use", _("choose the model that answers")).add_argument("subject", metavar="MODEL", help=title)
    verify = add("verify", _("read every byte of the models that were fetched, and compare"))
    verify.add_argument("subject", metavar="MODEL", nargs="?", default="", help=title)
    export = add("export", _("copy a model to a folder or a stick, for a computer without a network"))
    export.add_argument("subject", metavar="MODEL", help=title)
    export.add_argument("folder", metavar="FOLDER", type=_path)
    add("import", _("bring in a model that was exported")).add_argument("folder", metavar="FOLDER", type=_path)
    delete = add("delete", _("delete a model that Paddock put here"))
    delete.add_argument("subject", metavar="MODEL", help=title)
    delete.add_argument("--yes", action="store_true", help=_("without it, nothing is deleted"))
    add("requests", _("every request that was ever made, the latest first"))


def _of_models(found: argparse.Namespace) -> Arguments:
    given = vars(found)
    subject = given.get("subject", "")
    return Arguments(
        "models",
        found.profile,
        passphrase_fd=given.get("passphrase_fd"),
        as_json=given.get("as_json", False),
        models=ModelsArguments(
            given["action"] or "list",
            subject=subject if isinstance(subject, str) else " ".join(subject),
            quantisation=given.get("quantisation", ""),
            folder=given.get("folder"),
            is_network_allowed=given.get("allow_network", False),
            is_licence_accepted=given.get("accept_licence", False),
            is_confirmed=given.get("yes", False),
            is_forgetting=given.get("forget", False),
            token_fd=given.get("token_fd"),
        ),
    )


def _add_chats(commands: Commands) -> None:
    usual = _usual()
    chats = commands.add_parser(
        "chats", help=_("find chats, save them as files, bring others in"), parents=[usual], allow_abbrev=False
    )
    actions = chats.add_subparsers(dest="action", metavar="ACTION")

    def add(name: ChatsAction, words: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=words, parents=[usual], allow_abbrev=False)

    add("list", _("all chats, the last changed first (this is also what `chats` alone does)"))
    add("search", _("find words in all chats")).add_argument("subject", metavar="WORDS", nargs="+")
    export = add("export", _("save chats as files"))
    export.add_argument("subject", metavar="CHAT", nargs="?", default="", help=_("an id or a title; not with --all"))
    export.add_argument("target", metavar="TARGET", type=_path, help=_("a file, a folder, or a name that ends in .zip"))
    export.add_argument("--all", action="store_true", dest="is_all", help=_("all chats that are not in the bin"))
    export.add_argument(
        "--form", metavar="md|html|txt|json", choices=FORMS, default="", help=_("default: as TARGET ends")
    )
    export.add_argument(
        "--all-versions", action="store_true", help=_("also versions that are not on screen; JSON always has them")
    )
    bring = add("import", _("bring in chats of Paddock, ChatGPT, Claude, LM Studio, Jan, GPT4All and Open WebUI"))
    bring.add_argument("paths", metavar="PATH", nargs="+", type=_path)
    bring.add_argument("--folder", metavar="NAME", help=_("put all of them into this folder"))
    bring.add_argument("--again", action="store_true", help=_("bring in once more what is here already"))


def _of_chats(found: argparse.Namespace) -> Arguments:
    given = vars(found)
    subject = given.get("subject", "")
    return Arguments(
        "chats",
        found.profile,
        passphrase_fd=given.get("passphrase_fd"),
        as_json=given.get("as_json", False),
        chats=ChatsArguments(
            given["action"] or "list",
            subject=subject if isinstance(subject, str) else " ".join(subject),
            target=given.get("target"),
            paths=tuple(given.get("paths", ())),
            form=given.get("form", ""),
            is_all=given.get("is_all", False),
            has_all_versions=given.get("all_versions", False),
            folder=given.get("folder"),
            is_again=given.get("again", False),
        ),
    )


def _add_docs(commands: Commands) -> None:
    usual = _usual()
    docs = commands.add_parser(
        "docs",
        help=_("give Paddock files to read, find passages in them, ask them"),
        parents=[usual],
        allow_abbrev=False,
    )
    actions = docs.add_subparsers(dest="action", metavar="ACTION")

    def add(name: DocsAction, words: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=words, parents=[usual], allow_abbrev=False)

    add("list", _("all collections and documents (this is also what `docs` alone does)"))
    bring = add("add", _("read files, and what is in folders; the same command again goes on where it stopped"))
    bring.add_argument("paths", metavar="PATH", nargs="+", type=_path)
    bring.add_argument("--collection", metavar="NAME", default="", help=_("put them there; it is made if need be"))
    bring.add_argument("--watch", action="store_true", help=_("keep the collection in step with this one folder"))
    bring.add_argument("--inside", action="store_true", help=_("keep encrypted copies of the files in the profile"))
    bring.add_argument("--read-scans", action="store_true", help=_("read text on scanned pages, from now on"))
    search = add("search", _("find passages, by words and by meaning"))
    search.add_argument("subject", metavar="WORDS", nargs="+")
    search.add_argument("--limit", metavar="N", type=_rounds, default=10, help=_("show at most N passages"))
    ask = add("ask", _("ask a question, and see what the answer stands on"))
    ask.add_argument("subject", metavar="QUESTION")
    ask.add_argument("--max-tokens", metavar="N", type=_tokens, help=_("end the answer after N tokens"))
    ways = ask.add_mutually_exclusive_group()
    for option, value, words in (
        ("--passages", "passages", _("read only the passages that fit the question")),
        ("--whole", "whole", _("read all of it at once, where it fits")),
        ("--every-part", "every_part", _("read every part in turn, however long that takes")),
    ):
        ways.add_argument(option, action="store_const", const=value, dest="wanted", help=words)
    for asking in (search, ask):
        asking.add_argument("--in", metavar="COLLECTION", action="append", dest="collections", default=[])
        asking.add_argument("--document", metavar="NAME", action="append", dest="documents", default=[])
    remove = add("remove", _("remove a document or a collection, and all that was read of it"))
    remove.add_argument("subject", metavar="NAME", help=_("an id, a name or a path"))
    remove.add_argument("--yes", action="store_true", help=_("without it, nothing is removed"))
    keep = add("keep", _("keep encrypted copies of documents in the profile"))
    keep.add_argument("documents", metavar="NAME", nargs="+", help=_("an id, a name or a path"))
    unlock = add("unlock", _("read a document that is locked with a password"))
    unlock.add_argument("subject", metavar="NAME", help=_("an id, a name or a path"))
    unlock.add_argument("piped", metavar="-", nargs="?", choices=["-"], help=_("read the password from standard input"))
    model = add("model", _("say which model searches, or choose another"))
    model.add_argument("subject", metavar="FILE", nargs="?", default="", help=_("“-” for the one of Paddock"))


def _of_docs(found: argparse.Namespace) -> Arguments:
    given = vars(found)
    subject = given.get("subject", "")
    return Arguments(
        "docs",
        found.profile,
        passphrase_fd=given.get("passphrase_fd"),
        as_json=given.get("as_json", False),
        docs=DocsArguments(
            given["action"] or "list",
            subject=subject if isinstance(subject, str) else " ".join(subject),
            paths=tuple(given.get("paths", ())),
            collection=given.get("collection", ""),
            collections=tuple(given.get("collections", ())),
            documents=tuple(given.get("documents", ())),
            limit=given.get("limit", 10),
            max_tokens=given.get("max_tokens"),
            wanted=given.get("wanted"),
            is_watched=given.get("watch", False),
            is_inside=given.get("inside", False),
            reads_scans=given.get("read_scans", False),
            is_confirmed=given.get("yes", False),
            is_piped=given.get("piped") is not None,
            is_quiet=given.get("as_json", False),
        ),
    )


def _path(text: str) -> Path:
    if not text:
        raise ArgumentTypeError(_("it is empty"))  # and Path("") would be the current folder
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise ArgumentTypeError(_("this computer has no user of that name")) from None


def _tokens(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_TOKENS:
        raise ArgumentTypeError(_("it must be a number from 1 to {most}").format(most=MOST_TOKENS))
    return int(text)


def _rounds(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_ROUNDS:
        raise ArgumentTypeError(_("it must be a number from 1 to {most}").format(most=MOST_ROUNDS))
    return int(text)


def _descriptor(text: str) -> int:
    if not text.isdecimal() or int(text) > MAX_DESCRIPTOR:
        raise ArgumentTypeError(_("it must be the number of an open file descriptor"))
    return int(text)
