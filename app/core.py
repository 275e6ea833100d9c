"""Composition root: builds the objects, and owns the order in which they start and stop.

A profile is entered in two steps, so that asking for a key needs no database and no engine: `Home` is a claimed
profile folder (one program at a time), `Core` is that profile unlocked. Everything above (window, terminal) holds
one Core and passes it on; nothing here is global.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from app import log, paths
from app.chat import store as chat_store
from app.chat.session import ChatSession, Wishes
from app.chat.store import ChatStore
from app.desk import ModelDesk
from app.engine import client
from app.engine.client import Engine, Stop
from app.engine.host import EngineHost
from app.engine.planning import hardware
from app.engine.protocol import LoadWish
from app.engine.states import StateStore
from app.errors import Damaged, PaddockError, StorageFault, WrongKey
from app.journeys.holdings import Holdings
from app.models import embedder, gguf
from app.models import store as model_store
from app.models.hub.token import HubToken
from app.models.shelf import elsewhere
from app.models.shelf.elsewhere import Elsewhere
from app.models.shelf.folders import ModelFolders
from app.models.shelf.shelf import Shelf
from app.models.store import AcceptedTerms, DownloadRows, HubAnswers, VerifiedFiles
from app.net import store as net_store
from app.net.gate import Gate
from app.net.policy import HUB, AdminPolicy, Consent, Endpoint, read_admin_policy
from app.net.store import Ledger
from app.net.tripwire import Door
from app.settings import CONSENT, IDLE_UNLOAD_MINUTES, READ_AHEAD, STATES_LIMIT_GB, Settings
from app.storage import keys, lock, values
from app.storage.database import Database
from app.storage.keys import SlotState
from app.storage.secrets import Secrets
from app.storage.values import Values
from app.text import _

if TYPE_CHECKING:
    from app.journeys.shop import Shop
    from app.net.client import NetClient


@dataclass(frozen=True, slots=True)
class Outside:
    """What lies beyond the profile, so that a test can bring its own: administrator, hub, other programs' models.

    Without a `door` (of the tripwire, armed by the program) no request leaves this process.
    """

    admin: AdminPolicy = field(default_factory=read_admin_policy)
    endpoint: Endpoint = HUB
    door: Door = field(default_factory=Door)
    find_elsewhere: Callable[[], tuple[Elsewhere, ...]] = elsewhere.find


Load = Callable[..., Engine]
Entry = Literal["new", "keyring", "locked"]

_CONSENTS: dict[str, Consent] = {"ask": "ask", "models": "models", "never": "never"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """An unlocked profile. `recovery_key` is set only when the profile was made just now."""

    core: Core
    recovery_key: str | None = None


class Home:
    """A claimed profile folder and the ways into it. Raises ProfileInUse or StorageFault when made."""

    def __init__(
        self, places: paths.Places, secrets: Secrets, *, load: Load = client.load, outside: Outside | None = None
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
        migrations = values.MIGRATIONS + chat_store.MIGRATIONS + net_store.MIGRATIONS + model_store.MIGRATIONS
        try:
            database = Database.open(self.places.database, data_key, migrations=migrations)
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
            return Core(self, database, data_key, load=self._load)
        except BaseException:  # its first writes failed: the disk is full
            database.close()
            keys.wipe(data_key)
            raise


class Core:
    """An unlocked profile with everything that works on it. Close it before its Home."""

    def __init__(self, home: Home, database: Database, data_key: bytearray, *, load: Load) -> None:
        self.home = home
        self.places = home.places
        self._database = database
        self._data_key = data_key
        values = Values(database)
        self.settings = Settings(values)
        self.chats = ChatStore(database)
        self.states = StateStore(home.places.states, data_key, limit_bytes=self._states_limit_bytes)
        self.host = EngineHost(load, states=self.states, idle_unload_s=self._idle_unload_s)
        outside = home.outside
        folders = ModelFolders(self.settings, home.places.models)
        self._verified = VerifiedFiles(database)
        shelf = Shelf(folders.all, outside.admin.model_folders, self._verified)
        self.desk = ModelDesk(
            values,
            self.host,
            shelved=lambda: [model.path for model in shelf.all() if model.kind == "chat"],
            require_unchanged=shelf.require_unchanged,
        )
        self.holdings = Holdings(
            desk=self.desk,
            host=self.host,
            shelf=shelf,
            folders=folders,
            embedder=partial(embedder.embedder, home.places.search),
            find_elsewhere=outside.find_elsewhere,
        )
        self.gate = Gate(outside.admin, self._consent, endpoint=outside.endpoint)
        self.ledger = Ledger(database)
        self.token = HubToken(home.secrets, self.settings)
        self._shop_lock = threading.Lock()
        self._shop: Shop | None = None
        self._net: NetClient | None = None
        self.session = ChatSession(
            self.chats, self.desk.acquire, self._wishes, resume=self.host.resume, learn=self.desk.learn
        )
        interrupted = self.chats.mark_interrupted()
        self.purge_hidden()
        self.states.keep_only([conversation.id for conversation in self.chats.conversations()])
        _log.info("profile open, %d answers were interrupted", interrupted)

    def purge_hidden(self, conversation_id: str | None = None) -> None:
        """Delete hidden conversations (or this one, if hidden) for good, with everything that was kept of them."""
        hidden = self.chats.hidden_ids() if conversation_id is None else (conversation_id,)
        self.chats.purge_hidden(conversation_id)
        for gone in hidden:
            if self.chats.conversation(gone) is None:
                self.host.forget(gone)

    def read_ahead(self, conversation_id: str | None, text: str, *, parent_id: str | None, stop: Stop) -> bool:
        """Let a loaded engine read what is being typed, where the person wants that and the machine is plugged in.

        Blocks until it is read, stopped or overtaken; whether all that is certain of the text has been read.
        """
        engine = self.host.current
        if engine is None or not self.settings.get(READ_AHEAD) or hardware.is_on_battery():
            return False
        return self.session.read_ahead(engine, conversation_id, text, parent_id=parent_id, stop=stop)

    @property
    def shop(self) -> Shop:
        """Where models are found and fetched: made when first asked for, because its libraries take 0.2 s."""
        with self._shop_lock:
            if self._shop is None:
                self._shop = self._open_shop()
            return self._shop

    def _open_shop(self) -> Shop:
        from app.journeys.recommend import Offers
        from app.journeys.shop import Shop
        from app.models.fetch.downloads import Downloads
        from app.models.hub import catalogue
        from app.models.hub.hub import Hub
        from app.net.client import NetClient

        outside = self.home.outside
        self._net = NetClient(self.gate, self.ledger, endpoint=outside.endpoint, door=outside.door)
        hub = Hub(self._net, HubAnswers(self._database), self.token)
        queue = partial(
            Downloads,
            DownloadRows(self._database),
            self._verified,
            self._net,
            address=hub.address,
            token=self.token,
            folder=self.holdings.folders.ready,
            withdraw=self.gate.withdraw,
            goes_on_by_itself=lambda: self.gate.consent == "models",
        )
        return Shop(
            gate=self.gate,
            hub=hub,
            offers=Offers(catalogue.read(), self.desk.foresee),
            accepted=AcceptedTerms(self._database),
            token=self.token,
            titles=self.desk.titles,
            folder=self.holdings.folders.current,
            queue=lambda on_change, on_done: queue(on_change=on_change, on_done=on_done),
        )

    def set_consent(self, consent: Consent) -> None:
        """What the person says about the network from now on. "Never" also holds what is being fetched."""
        self.settings.set(CONSENT, consent)
        with self._shop_lock:
            shop = self._shop
        if consent == "never" and shop is not None:
            for download in shop.downloads.snapshot():
                shop.downloads.pause(download.id)

    def slots(self) -> SlotState:
        return self.home.slots()

    def new_recovery_key(self) -> str:
        """A fresh recovery key; the one before stops working."""
        return keys.new_recovery(self.places.keyfile, self._data_key)

    def confirm_recovery_key(self, typed: str) -> None:
        """The person has the key in hand. Raises WrongKey when it is not this profile's."""
        keys.confirm_recovery(self.places.keyfile, typed)

    def set_passphrase(self, passphrase: str) -> None:
        keys.set_passphrase(self.places.keyfile, self._data_key, new=passphrase)

    def close(self) -> None:
        """Stop the engine and the downloads, finish what is being written, forget the key. Idempotent."""
        with self._shop_lock:
            if self._net is not None:
                self._net.close()
            if self._shop is not None:
                self._shop.downloads.close()
        self.host.close()
        self.states.close()
        self._database.close()
        keys.wipe(self._data_key)

    def _wishes(self) -> Wishes:
        path = self.desk.path()
        return Wishes(
            sampling=self.desk.sampling(path),
            max_tokens=self.desk.max_answer_tokens(path),
            model_title=self.desk.titles.of(path),
        )

    def _consent(self) -> Consent:
        return _CONSENTS[self.settings.get(CONSENT)]

    def _states_limit_bytes(self) -> int:
        return round(self.settings.get(STATES_LIMIT_GB) * 1e9)

    def _idle_unload_s(self) -> float:
        return 60.0 * self.settings.get(IDLE_UNLOAD_MINUTES)


def wish_for(path: Path, context_tokens: int | None = None) -> LoadWish:
    """How a model file is loaded when nothing but its path is known."""
    return LoadWish(path=gguf.check(path).path, context_tokens=context_tokens, gpu_layers=None, threads=None)


def look_at_model(path: Path) -> tuple[gguf.ModelFile, str]:
    """A model file, and a sentence when it is larger than the memory that is free. Raises ModelFault."""
    found = gguf.check(path)
    return found, memory_warning(found.size_bytes)


def memory_warning(size_bytes: int) -> str:
    """What to expect of a model larger than the free memory; empty for one that fits."""
    free = hardware.probe().memory_available_bytes
    if size_bytes <= free:
        return ""
    return _(
        "It has {size:.0f} GB, and {free:.0f} GB of memory are free. Paddock reads it from the disk while it answers: "
        "that works, but every word can take seconds or minutes."
    ).format(size=size_bytes / 1e9, free=free / 1e9)
