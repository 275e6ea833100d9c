"""Which folders hold models: the one that is used now, and those that were used before."""

from __future__ import annotations

import os
from pathlib import Path

from app.errors import ModelFault, StorageFault
from app.settings import MODELS_FOLDER, MOST_OLDER_FOLDERS, OLDER_FOLDERS, Settings
from app.storage import files
from app.text import _


class ModelFolders:
    """One per open profile; `usual` is the profile's own folder, made when the first model comes."""

    def __init__(self, settings: Settings, usual: Path) -> None:
        self._settings = settings
        self.usual = usual

    def current(self) -> Path:
        """Where models are put from now on."""
        chosen = self._settings.get(MODELS_FOLDER)
        return Path(chosen) if chosen else self.usual

    def ready(self) -> Path:
        """As `current`, once something is about to be put there. Raises StorageFault where its drive is not connected.

        Only the profile's own folder is made; another one that is gone would come up on the wrong disk.
        """
        folder = self.current()
        if folder == self.usual:
            files.private_folder(folder)
        elif not folder.is_dir():
            raise StorageFault(
                _("The folder for models is not there. It may be on a drive that is not connected."),
                _("Connect the drive, or choose another folder for models."),
            )
        return folder

    def all(self) -> tuple[Path, ...]:
        """All that models may be in, the current one first."""
        return tuple(dict.fromkeys((self.current(), *map(Path, self._settings.get(OLDER_FOLDERS)), self.usual)))

    def choose(self, folder: Path | None) -> None:
        """Put models there from now on; None is the profile's own folder. What lies in the earlier one is still used.

        Raises ModelFault for a folder that cannot be written to.
        """
        if folder is not None and not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
            raise ModelFault(_("Nothing can be written to this folder."), _("Choose another folder for models."))
        before = self.current()
        is_usual = folder is None or os.path.realpath(folder) == os.path.realpath(self.usual)
        self._settings.set(MODELS_FOLDER, "" if is_usual else str(folder))
        self.remember(before)

    def remember(self, folder: Path) -> None:
        """Models are in this folder as well, wherever new ones are put."""
        older = dict.fromkeys((folder, *map(Path, self._settings.get(OLDER_FOLDERS))))
        kept = [str(path) for path in older if path not in (self.current(), self.usual)]
        self._settings.set(OLDER_FOLDERS, tuple(kept[:MOST_OLDER_FOLDERS]))
