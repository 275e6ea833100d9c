"""A person at the command line, and what they see; the command runs in this process, on a profile of the test's own."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any  # JSON of the command line

import pytest

from app import paths
from app.cli.arguments import Arguments, parse
from app.core import Outside
from app.home import Home
from app.net.policy import AdminPolicy
from app.storage.secrets import MemorySecrets, Secrets

STAYS_OFFLINE = Outside(admin=AdminPolicy(), find_elsewhere=tuple)  # the real hub, and no door to it


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Terminal:
    """`paddock --profile … COMMAND …`; `act` is the command's `run`."""

    command: str
    act: Callable[[Arguments, Secrets, Outside], int]
    profile: Path
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    outside: Outside = STAYS_OFFLINE
    secrets: MemorySecrets = field(default_factory=MemorySecrets)

    def __call__(self, *words: str, stdin: bytes = b"") -> Done:
        arguments = self.parsed(*words)
        self.monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        self.capsys.readouterr()
        code = self.act(arguments, self.secrets, self.outside)
        said = self.capsys.readouterr()
        assert "\x1b" not in said.out + said.err
        return Done(code, said.out, said.err)

    def parsed(self, *words: str) -> Arguments:
        return parse(["--profile", str(self.profile), self.command, *words])

    def home(self) -> Home:
        return Home(paths.places(self.profile), self.secrets, outside=self.outside)
