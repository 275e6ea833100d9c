"""Where a profile lives: the system's own place for application data, `--profile DIR`, or a folder beside the
program (portable mode). Everything Paddock ever writes is under `Places.root`, so that one folder can be moved,
backed up or deleted as a whole.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from app.errors import StorageFault
from app.frozen import dataclass
from app.text import _

PORTABLE_FOLDER = "paddock-profile"


@dataclass(frozen=True, slots=True)
class Places:
    """The files of one profile. Nothing here is created by asking for it."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "paddock.db"

    @property
    def keyfile(self) -> Path:
        return self.root / "keyfile.json"

    @property
    def states(self) -> Path:
        """KV states of conversations, encrypted: only a cache."""
        return self.root / "states"

    @property
    def models(self) -> Path:
        """Models that were fetched, unless another folder was chosen."""
        return self.root / "models"

    @property
    def search(self) -> Path:
        """The model for searching documents, made from what came with the install."""
        return self.root / "search"

    @property
    def logs(self) -> Path:
        return self.root / "logs"


def resource(name: str) -> Path:
    """A file that comes with Paddock, in the source tree and in a bundle."""
    return Path(getattr(sys, "_MEIPASS", Path(__file__).resolve().parent.parent)) / "resources" / name


def places(profile: Path | None = None) -> Places:
    """The profile asked for, else a portable one beside a frozen program, else the person's own."""
    if profile is not None:
        return Places(Path(os.path.realpath(profile)))  # Path.resolve raises for links in a circle
    if getattr(sys, "frozen", False):
        portable = Path(sys.executable).resolve().parent / PORTABLE_FOLDER
        if portable.is_dir():
            return Places(portable)
    import platformdirs  # late: 20 ms that `ask --temporary` and --profile need not wait

    return Places(Path(platformdirs.user_data_dir("Paddock", appauthor=False)))


def prepare(where: Places) -> None:
    """Make the profile's folder, private to this user; the mode of a folder that was there is left alone.

    Raises StorageFault with a sentence.
    """
    try:
        where.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    except FileExistsError:
        pass  # a file, as the check below says
    except OSError as error:
        raise StorageFault(
            _("The profile folder {path} cannot be made or used.").format(path=where.root),
            _("Choose a folder that you may write to with --profile DIR."),
            detail=type(error).__name__,
        ) from error
    refuse_unusable(where)


def refuse_unusable(where: Places) -> None:
    """Raises StorageFault when something is in the profile's place that cannot be one. Makes nothing."""
    if not os.path.lexists(where.root):
        return
    if not os.path.isdir(where.root):  # noqa: PTH112 - Path's own raises where a link leads out of sight
        raise StorageFault(
            _("The profile folder {path} is a file.").format(path=where.root),
            _("Choose another folder with --profile DIR."),
        )
    if not os.access(where.root, os.W_OK | os.X_OK):
        raise StorageFault(
            _("The profile folder {path} is read-only.").format(path=where.root),
            _("Choose a folder that you may write to with --profile DIR."),
        )
