"""What may leave this machine: for which purposes, to which hosts, and what an administrator has fixed.

Every request is declared here as a `Purpose`, so that this file lists all that Paddock can ever send. The
administrator's policy.toml (`network = "never"`, `model_folders = [...]`) fails closed: one that is there and cannot
be read, or that says something unknown, means never.
"""

from __future__ import annotations

import re
import stat
import sys
import tomllib
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from app.frozen import dataclass
from app.text import _

Consent = Literal["ask", "models", "never"]

MAX_POLICY_BYTES = 64 * 1024
_HUB_HOST = re.compile(r"huggingface\.co|([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+(huggingface|hf)\.co")
_LOOPBACK_HOSTS = ("127.0.0.1", "localhost")
_NETWORK_WORDS = ("ask", "never")
_KEYS = {"network", "model_folders"}


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why a request is made. `sentence` completes "Paddock would like to ask huggingface.co ..."."""

    key: str
    sentence: str


SEARCH = Purpose("search", "for models that match your search")
DETAILS = Purpose("details", "for the list of a model's files")
TERMS = Purpose("terms", "for the texts of a model's licence and terms")
DOWNLOAD = Purpose("download", "for the files of a model")
PURPOSES = (SEARCH, DETAILS, TERMS, DOWNLOAD)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The hub. With `is_loopback`, one that a test runs on this machine: plain http to it, and to nowhere else."""

    url: str = "https://huggingface.co"
    is_loopback: bool = False

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    def allows(self, url_scheme: str, host: str, port: int | None) -> bool:
        """Whether an address is one of the hub's own. `port` is None where the address names none."""
        if self.is_loopback:
            return url_scheme == "http" and host in _LOOPBACK_HOSTS
        is_hub = _HUB_HOST.fullmatch(host.lower()) is not None
        return url_scheme == "https" and port in (None, 443) and is_hub

    def is_home(self, url_scheme: str, host: str, port: int | None) -> bool:
        """Whether an address is the endpoint itself, which alone is ever sent a token."""
        home = urlsplit(self.url)
        usual = {"https": 443, "http": 80}.get(url_scheme)
        return (url_scheme, host.lower(), port or usual) == (home.scheme, home.hostname, home.port or usual)


HUB = Endpoint()


@dataclass(frozen=True, slots=True)
class AdminPolicy:
    """What the administrator of this machine has fixed. `problem` says why a policy file could not be followed."""

    is_never: bool = False
    model_folders: tuple[Path, ...] = ()
    problem: str = ""


def admin_policy_path() -> Path:
    """Where an administrator puts policy.toml; no environment variable of the person's moves it."""
    if sys.platform == "win32":
        import platformdirs  # late: 20 ms that the other systems need not wait

        return Path(platformdirs.site_config_dir("Paddock", appauthor=False)) / "policy.toml"
    if sys.platform == "darwin":
        return Path("/Library/Application Support/Paddock/policy.toml")
    return Path("/etc/paddock/policy.toml")


def read_admin_policy(path: Path | None = None) -> AdminPolicy:
    """What policy.toml says; nothing is fixed where there is none. Never raises."""
    path = path or admin_policy_path()
    try:
        if not _is_there(path):
            return AdminPolicy()
        if not stat.S_ISREG(path.stat().st_mode):
            return _shut(path, _("it is not a file"))
        with path.open("rb") as file:
            untrusted = file.read(MAX_POLICY_BYTES + 1)
    except OSError:
        return _shut(path, _("it cannot be read"))
    if len(untrusted) > MAX_POLICY_BYTES:
        return _shut(path, _("it is too long"))
    try:
        untrusted_table = tomllib.loads(untrusted.decode("utf-8-sig"))  # editors on Windows put a mark in front
    except (ValueError, RecursionError):
        return _shut(path, _("it is not valid TOML"))
    return _policy(path, untrusted_table)


def _is_there(path: Path) -> bool:
    """Raises OSError where that cannot be told: os.path.lexists finds nothing in a folder that may not be entered."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _policy(path: Path, untrusted: dict[str, object]) -> AdminPolicy:
    unknown = sorted(untrusted.keys() - _KEYS)
    if unknown:
        return _shut(path, _("“{key}” is not known").format(key=unknown[0][:40]))
    network = untrusted.get("network", "ask")
    if network not in _NETWORK_WORDS:
        return _shut(path, _("“network” is neither “ask” nor “never”"))
    folders = untrusted.get("model_folders", [])
    if not isinstance(folders, list) or not all(isinstance(folder, str) for folder in folders):
        return _shut(path, _("“model_folders” is not a list of folders"))
    if not all(Path(folder).is_absolute() and "\0" not in folder for folder in folders):
        return _shut(path, _("“model_folders” holds a folder without its full path"))
    return AdminPolicy(is_never=network == "never", model_folders=tuple(map(Path, folders)))


def _shut(path: Path, reason: str) -> AdminPolicy:
    sentence = _("The administrator's policy {path} could not be followed ({reason}), so Paddock stays offline.")
    return AdminPolicy(is_never=True, problem=sentence.format(path=path, reason=reason))
