"""The command line. Exit codes and options are documented in docs/command-line.md and kept."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app import __version__
from app.text import _


@dataclass(frozen=True, slots=True)
class Arguments:
    """A parsed command line; the fields of other commands keep their defaults."""

    command: Literal["window", "ask", "doctor"]
    profile: Path | None
    question: str = ""
    model: Path | None = None
    max_tokens: int | None = None
    is_temporary: bool = False
    passphrase_fd: int | None = None
    as_json: bool = False


def parse(arguments: list[str]) -> Arguments:
    """Exits with code 2 and a sentence on what does not fit, as argparse does."""
    parser = argparse.ArgumentParser(
        prog="paddock",
        description=_("A private chat with a model on this computer. Without a command, the window opens."),
    )
    parser.add_argument("--version", action="version", version=f"Paddock {__version__}")
    parser.add_argument(
        "--profile", metavar="DIR", type=Path, help=_("keep everything in DIR instead of the usual place")
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    ask = commands.add_parser("ask", help=_("ask one question and print the answer as it comes"))
    ask.add_argument("question", help=_('the question, or "-" to read it from standard input'))
    ask.add_argument("--model", metavar="FILE", type=Path, help=_("a GGUF file (default: the chosen model)"))
    ask.add_argument("--max-tokens", metavar="N", type=_positive, help=_("end the answer after N tokens"))
    ask.add_argument("--temporary", action="store_true", help=_("write nothing at all: no profile, no log"))
    ask.add_argument("--passphrase-fd", metavar="FD", type=int, help=_("read the passphrase from this file descriptor"))
    doctor = commands.add_parser("doctor", help=_("say what this machine is and what is wrong, if anything"))
    doctor.add_argument("--json", action="store_true", dest="as_json", help=_("print JSON"))
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
        return Arguments("doctor", found.profile, as_json=found.as_json)
    return Arguments("window", found.profile)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
