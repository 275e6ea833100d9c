"""Everything that can go wrong for a person, as one tree.

PaddockError                    a sentence for the person, and what to do next
├── Cancelled                   the person asked for it; nothing is wrong
├── UsageError                  the command line or a setting is off
├── ModelFault                  the model file: not there, not a GGUF, cut short, too large
├── EngineFault                 the engine child
│   ├── EngineDied              it ended without being asked to
│   ├── EngineSilent            no heartbeat; it was ended by us
│   └── ContextFull             the conversation no longer fits
├── DocumentFault               a file that could not be read (app/documents/faults.py)
├── StorageFault                the profile on disk
│   ├── ProfileLocked           a key is needed: passphrase, recovery key, or an unlocked keyring
│   ├── WrongKey                a passphrase or recovery key that does not open it
│   ├── ProfileInUse            another Paddock has this profile open
│   ├── NewerDatabase           written by a later Paddock; left untouched
│   ├── DiskFull                nothing more can be written
│   └── Damaged                 the database or the key file cannot be read
├── NetworkRefused              offline by policy, or by the person's own word
└── HubFault                    what was asked of the hub did not work out
    ├── Unreachable             no connection, a time-out, or it broke off too often
    ├── HubBusy                 it asks to be left alone for a while (429), or has trouble of its own (5xx)
    ├── NotOnHub                there is no such repository or file
    ├── AccessNeeded            gated or private: a token, or the owner's permission, is missing
    └── Untrustworthy           what came is not what was announced: size, hash, name, address, another commit

Faults of the environment are PaddockErrors. Our own bugs stay ordinary exceptions, are logged once where a
thread would otherwise die, and reach the person as `Bug`.
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_LOCKED = 3
EXIT_MODEL = 4
EXIT_ENGINE = 5
EXIT_IN_USE = 6
EXIT_INTERRUPTED = 130


class PaddockError(Exception):
    """A sentence for the person (`message`), and what they can do about it (`next_step`, may be empty).

    `detail` is for the log and for developers; it never holds prompts, replies, titles, file names or keys.
    """

    exit_code = EXIT_FAILED

    def __init__(self, message: str, next_step: str = "", *, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class Cancelled(PaddockError):
    exit_code = EXIT_INTERRUPTED


class UsageError(PaddockError):
    exit_code = EXIT_USAGE


class ModelFault(PaddockError):
    exit_code = EXIT_MODEL


class EngineFault(PaddockError):
    exit_code = EXIT_ENGINE


class EngineDied(EngineFault):
    pass


class EngineSilent(EngineFault):
    pass


class ContextFull(EngineFault):
    pass


class StorageFault(PaddockError):
    pass


class ProfileLocked(StorageFault):
    exit_code = EXIT_LOCKED


class WrongKey(StorageFault):
    exit_code = EXIT_LOCKED


class ProfileInUse(StorageFault):
    exit_code = EXIT_IN_USE


class NewerDatabase(StorageFault):
    pass


class DiskFull(StorageFault):
    pass


class Damaged(StorageFault):
    pass


class NetworkRefused(PaddockError):
    pass


class HubFault(PaddockError):
    pass


class Unreachable(HubFault):
    pass


class HubBusy(HubFault):
    pass


class NotOnHub(HubFault):
    pass


class AccessNeeded(HubFault):
    pass


class Untrustworthy(HubFault):
    pass


class Bug(PaddockError):
    """A fault of ours, as the person sees it; the traceback is in the log."""
