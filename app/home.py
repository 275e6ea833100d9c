"""A profile and the ways into it, before there is a Core.

A profile is entered in two steps, so that asking for a key needs no database and no engine: `Home` is a claimed
profile folder (one program at a time), `Core` is that profile unlocked.
"""

from __future__ import annotations

import contextlib
from typing import Literal

from app import log, paths
from app.core import MIGRATIONS, Core, Load, Outside
from app.errors import Damaged, PaddockError, StorageFault, WrongKey
from app.frozen import dataclass
from app.storage import keys, lock
from app.storage.database import Database
from app.storage.keys import SlotState
from app.storage.secrets import Secrets
from app.text import _

Entry = Literal["new", "keyring", "locked"]


@dataclass(frozen=True, slots=True)
class Opened:
    """An unlocked profile. `recovery_key` is set only when the profile was made just now."""

    core: Core
    recovery_key: str | None = None


class Home:
    """A claimed profile folder and the ways into it. Raises ProfileInUse or StorageFault when made.

    `load` starts an engine, as `engine.client.load` does where nothing else is said.
    """

    def __init__(
        self, places: paths.Places, secrets: Secrets, *, load: Load | None = None, outside: Outside | None = None
    ) -> None:
        paths.prepare(places)
        self.places = places
        self.secrets = secrets
        self.outside = outside or Outside()
        self._load = load
        self.claim = lock.claim(places.root)
        log.start(places.logs)

    def entry(self) -> Entry:
        """What is needed to get in: nothing yet ("new"), nothing from the person ("keyring"), or a key."""
        if not keys.exists(self.places.keyfile):
            if self.places.database.exists():
                raise StorageFault(
                    _("The key file of this profile is missing, so its database cannot be opened."),
                    _("Put keyfile.json back beside it from a backup; nothing was changed."),
                )
            return "new"
        state = keys.slot_state(self.places.keyfile)
        return "keyring" if state.has_keyring and self.secrets.is_available else "locked"

    def slots(self) -> SlotState:
        """Which keys open this profile."""
        return keys.slot_state(self.places.keyfile)

    def create(self, passphrase: str | None = None) -> Opened:
        """Make a new profile; raises ProfileLocked when there is no keyring and no passphrase was given."""
        unlocked = keys.create(self.places.keyfile, secrets=self.secrets, passphrase=passphrase)
        return Opened(self._open(unlocked.data_key), unlocked.recovery_key)

    def open_by_keyring(self) -> Opened:
        return Opened(self._open(keys.unlock_by_keyring(self.places.keyfile, self.secrets)))

    def open_by_passphrase(self, passphrase: str) -> Opened:
        return Opened(self._open(keys.unlock_by_passphrase(self.places.keyfile, passphrase)))

    def open_by_recovery(self, recovery_key: str) -> Opened:
        """Open by the key for emergencies; a keyring that lost its secret gets it again, for the next start."""
        data_key = keys.unlock_by_recovery(self.places.keyfile, recovery_key)
        if self.slots().has_keyring and self.secrets.is_available:
            with contextlib.suppress(StorageFault):  # a ring that stays locked is asked about at the next start
                keys.restore_keyring_slot(self.places.keyfile, data_key, secrets=self.secrets)
        return Opened(self._open(data_key))

    def close(self) -> None:
        """Give the profile free for another program. Idempotent."""
        self.claim.release()
        log.stop()

    def _open(self, data_key: bytearray) -> Core:
        try:
            database = Database.open(self.places.database, data_key, migrations=MIGRATIONS)
        except WrongKey as error:
            keys.wipe(data_key)
            raise Damaged(
                _("The database of this profile does not belong to its key file, or its beginning is damaged."),
                _("Put both back from the same backup; nothing was changed."),
            ) from error
        except PaddockError:
            keys.wipe(data_key)
            raise
        try:
            return Core(self.places, self.secrets, database, data_key, outside=self.outside, load=self._load)
        except BaseException:  # its first writes failed: the disk is full
            database.close()
            keys.wipe(data_key)
            raise
