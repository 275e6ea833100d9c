"""The command line. Exit codes and options are documented in docs/command-line.md and kept."""

from __future__ import annotations

import argparse
from argparse import ArgumentTypeError
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app import __version__
from app.settings import MOST_TOKENS
from app.text import _

MOST_ROUNDS = 100
MAX_DESCRIPTOR = 2**31 - 1  # a C int


@dataclass(frozen=True, slots=True)
class Arguments:
    """A parsed command line; the fields of other commands keep their defaults."""

    command: Literal["window", "ask", "doctor", "bench"]
    profile: Path | None
    question: str = ""
    model: Path | None = None
    max_tokens: int | None = None
    is_temporary: bool = False
    passphrase_fd: int | None = None
    as_json: bool = False
    rounds: int = 3


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
    found = parser.parse_args(arguments)
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
    return Arguments("window", found.profile)


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
