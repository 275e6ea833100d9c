"""Composition root: builds the objects of an unlocked profile, and owns the order in which they start and stop.

Everything above (window, terminal) holds one Core, which home.py opens, and passes it on; nothing here is global.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from app.chat import store as chat_store
from app.chat.manner import OPEN, Effective, Manner, Persona, built_in, effective
from app.chat.store import ChatStore, Hit
from app.chat.temporary import UNNAMED, Room, TemporaryRoom
from app.chat.tree import Attachment
from app.documents.records import NO_DOCUMENTS, Purged, Receipt, Scope
from app.documents.store import schema as document_schema
from app.engine import names
from app.engine.stop import Stop
from app.errors import ModelFault, PaddockError
from app.frozen import dataclass
from app.models import store as model_store
from app.models.hub.token import HubToken
from app.models.store import AcceptedTerms, DownloadRows, HubAnswers
from app.net import store as net_store
from app.net.gate import Gate
from app.net.policy import HUB, AdminPolicy, Consent, Endpoint, read_admin_policy
from app.net.store import Ledger
from app.net.tripwire import Door
from app.paths import Places
from app.settings import (
    AUTO_TITLES,
    BIN_DAYS,
    CONSENT,
    PERSONA,
    READ_AHEAD,
    SYSTEM_PROMPT,
    Settings,
)
from app.storage import keys, values
from app.storage.database import Database
from app.storage.secrets import Secrets
from app.storage.values import Values
from app.text import _

if TYPE_CHECKING:
    from app.chat.compare import Compare
    from app.chat.session import ChatSession, Wishes
    from app.desk import ModelDesk
    from app.documents.library import Library
    from app.engine.client import Engine
    from app.engine.host import EngineHost
    from app.engine.states import StateStore
    from app.journeys.holdings import Holdings
    from app.journeys.removing import How, Removal
    from app.journeys.shop import Shop
    from app.models.shelf.elsewhere import Elsewhere
    from app.net.client import NetClient
    from app.works import Works


@dataclass(frozen=True, slots=True)
class Outside:
    """What lies beyond the profile, so that a test can bring its own: administrator, hub, other programs' models.

    Without a `door` (of the tripwire, armed by the program) no request leaves this process.
    """

    admin: AdminPolicy = field(default_factory=read_admin_policy)
    endpoint: Endpoint = HUB
    door: Door = field(default_factory=Door)
    find_elsewhere: Callable[[], tuple[Elsewhere, ...]] | None = None  # as elsewhere.py does it


Load = Callable[..., "Engine"]

MIGRATIONS = tuple(
    sorted(
        values.MIGRATIONS
        + chat_store.MIGRATIONS
        + net_store.MIGRATIONS
        + model_store.MIGRATIONS
        + document_schema.MIGRATIONS,
        key=lambda migration: migration.number,
    )
)
"""Of all features, in the order in which they came."""

_CONSENTS: dict[str, Consent] = {"ask": "ask", "models": "models", "never": "never"}
_log = logging.getLogger(__name__)


class Core:
    """An unlocked profile with everything that works on it. Close it before its Home.

    `load` starts an engine, as `engine.client.load` does where nothing else is said.
    """

    def __init__(
        self,
        places: Places,
        secrets: Secrets,
        database: Database,
        data_key: bytearray,
        *,
        outside: Outside,
        load: Load | None = None,
    ) -> None:
        self.places = places
        self.outside = outside
        self._database = database
        self._data_key = data_key
        self._load = load
        self.settings = Settings(Values(database))
        self.chats = ChatStore(database)
        self.gate = Gate(outside.admin, self._consent, endpoint=outside.endpoint)
        self.ledger = Ledger(database)
        self.token = HubToken(secrets, self.settings)
        self._works_lock = threading.Lock()
        self._built: Works | None = None
        self._shop_lock = threading.Lock()
        self._shop: Shop | None = None
        self._net: NetClient | None = None
        in_memory = partial(Database.in_memory, migrations=MIGRATIONS)
        self._temporary = TemporaryRoom(in_memory, self._converse_unnamed, self._forget_one)
        self._lasting = Room(self.chats, lambda: self.session, is_temporary=False)
        self._indexing = Stop()
        self._indexer: threading.Thread | None = None
        interrupted = self.chats.mark_interrupted()
        _log.info("profile open, %d answers were interrupted", interrupted)

    # What works: most of Paddock, so made and imported when first asked for. The window's first frame asks for none.

    @property
    def _works(self) -> Works:
        with self._works_lock:
            if self._built is None:
                self._built = self._build_works()
            return self._built

    def _build_works(self) -> Works:
        from app import works
        from app.engine import client
        from app.models.shelf import elsewhere

        outside = self.outside
        return works.build(
            self._database,
            self._data_key,
            self.settings,
            places=self.places,
            load=self._load or client.load,
            model_folders=outside.admin.model_folders,
            find_elsewhere=outside.find_elsewhere or elsewhere.find,
            acquire=self._acquire,
            wishes=self._wishes,
        )

    @property
    def states(self) -> StateStore:
        return self._works.states

    @property
    def host(self) -> EngineHost:
        return self._works.host

    @property
    def desk(self) -> ModelDesk:
        return self._works.desk

    @property
    def holdings(self) -> Holdings:
        return self._works.holdings

    @property
    def documents(self) -> Library:
        """Files that a person gives to ask; its work begins with `documents.start`."""
        return self._works.documents

    @property
    def session(self) -> ChatSession:
        """The turns of what is kept."""
        return self._works.session

    # Conversations: where they are kept, how they are answered, how they go.

    def room(self, conversation_id: str | None, *, is_temporary: bool = False) -> Room:
        """Where a conversation is; where a new one belongs (None) is for `is_temporary` to say."""
        is_in_memory = is_temporary if conversation_id is None else names.is_temporary(conversation_id)
        return self._temporary.room() if is_in_memory else self._lasting

    def comparison(self, room: Room) -> Compare:
        """What has a question of this room answered twice."""
        from app.chat.compare import Compare

        return Compare(room.chats, room.session, self._wishes, self._acquire, self.desk, personas=self.personas)

    def personas(self) -> tuple[Persona, ...]:
        """Those that everybody has, and the person's own."""
        return (*built_in(), *self.chats.personas())

    def end_temporary(self, conversation_id: str | None = None) -> None:
        """Forget one temporary chat or all, with what the engine read of them and the files that were added for them.

        Stop their turns first.
        """
        if conversation_id is None:
            self._temporary.end()
        else:
            self._temporary.end_one(conversation_id)
        with self._works_lock:
            built = self._built
        if built is not None:  # else no chat has asked documents
            built.documents.forget_conversation(conversation_id)

    def effective(self, conversation_id: str | None, folder_id: str | None = None, manner: Manner = OPEN) -> Effective:
        """How a conversation is answered, or a new one in this folder; `manner` goes before what these say."""
        places = [manner]
        if conversation_id is not None:
            conversation = self.room(conversation_id).chats.conversation(conversation_id)
            places += [] if conversation is None else [conversation.manner]
            folder_id = None if conversation is None else conversation.folder_id
        if folder_id is not None:
            places += [folder.manner for folder in self.chats.folders() if folder.id == folder_id]
        places.append(Manner(self.settings.get(SYSTEM_PROMPT) or None, self.settings.get(PERSONA) or None))
        personas = {persona.id: persona for persona in self.personas()}
        return effective(places, personas)

    def read_ahead(
        self,
        conversation_id: str | None,
        text: str,
        *,
        parent_id: str | None,
        stop: Stop,
        attachments: Sequence[Attachment] = (),
        folder_id: str | None = None,
        manner: Manner = OPEN,
        is_temporary: bool = False,
        scope: Scope = NO_DOCUMENTS,
    ) -> bool:
        """Let a loaded engine read what is being typed, where the person wants that and the machine is plugged in.

        Blocks until it is read, stopped or overtaken; whether all that is certain of the text has been read.
        `is_temporary` says where a new conversation belongs, and `scope` which documents it will ask.
        """
        from app.engine.planning import hardware
        from app.models import gguf

        engine = self.host.current
        if engine is None or not self.settings.get(READ_AHEAD) or hardware.is_on_battery():
            return False
        said = self.effective(conversation_id, folder_id, manner)
        with contextlib.suppress(ModelFault):
            if self.host.path_of(engine) == gguf.check(self._model(said.model)[0] or self.desk.path()).path:
                return self.room(conversation_id, is_temporary=is_temporary).session.read_ahead(
                    engine,
                    conversation_id,
                    text,
                    parent_id=parent_id,
                    stop=stop,
                    attachments=attachments,
                    system_prompt=said.system_prompt,
                    scope=scope,
                )
        return False  # another model will answer

    def write_title(self, conversation_id: str, stop: Stop) -> str:
        """Let the model name a conversation, where the person wants that and nothing has to be loaded for it.

        Blocks; whoever asks something breaks it off. The title, which is kept already; empty where there is none.
        """
        from app.engine.planning import hardware

        engine = self.host.current
        is_wanted = self.settings.get(AUTO_TITLES) and not names.is_temporary(conversation_id)
        if engine is None or not is_wanted or hardware.is_on_battery():
            return ""
        return self._works.titles.write(engine, conversation_id, stop)

    def lasting_search(self, words: str, limit: int = 50, before: int | None = None) -> tuple[Hit, ...]:
        """Over everything that is kept; see `ChatStore.search`."""
        return self.chats.search(words, limit=limit, before=before)

    def purge(self, ids: Sequence[str] | None = None) -> Purged:
        """Delete what lies in the bin (None: all of it) for good, with everything that was kept of it.

        Files that were added for these chats go with them, unless another chat or a collection has them, too.
        """
        from app.journeys import removing

        going = [one.id for one in self.chats.binned() if ids is None or one.id in ids]
        purge = partial(removing.purge, going, lambda ids: self._forget(self.chats.purge(ids)))
        return purge(self._database, lambda: self.documents)

    def purge_messages(self, batch: str | None = None) -> tuple[str, ...]:
        """Delete hidden messages (None: all of them) for good; the ids of the conversations in which they were."""
        return self._forget(self.chats.purge_messages(batch))

    def use_search_model(self, path: Path | None) -> None:
        """Search documents with this model from now on, None for the one that came with Paddock. Raises ModelFault.

        They are made searchable anew in the background; until then the vectors that are here serve.
        """
        self._works.search_model.use(path)
        self.documents.look_now()

    def search_note(self) -> str:
        """A sentence where documents are not searched with the model that was chosen for it; else empty."""
        return self._works.search_model.note()

    def remove_documents(self, ids: Sequence[str], **how: Unpack[How]) -> Receipt:
        """For good, with what was kept of them anywhere, and if so wished the answers that were given from them."""
        return self._removal.remove(ids, **how)

    def take_out(self, ids: Sequence[str], **how: Unpack[How]) -> Receipt:
        """The same out of their collections alone: those that a chat has as well, or the person by itself, stay."""
        return self._removal.take_out(ids, **how)

    def remove_collection(self, collection_id: str, **how: Unpack[How]) -> Receipt:
        """The same with all documents of a collection, and the collection, unless it was stopped."""
        return self._removal.remove_collection(collection_id, **how)

    @property
    def _removal(self) -> Removal:
        from app.journeys.removing import Removal

        return Removal(self.documents, (self.chats, self._temporary.room().chats), self.host.forget)

    def start_indexing(self) -> None:
        """Let go of what was deleted long enough ago, and let search find what is not in its index yet.

        On a thread of its own, until it is done or `close`; called again while it is at work, it does nothing.
        """
        if self._indexer is None or not self._indexer.is_alive():
            self._indexer = threading.Thread(target=self._index, name="paddock-indexer", daemon=True)
            self._indexer.start()

    def _index(self) -> None:
        try:
            self._empty_bin()
            self.chats.index_missing(stop=lambda: self._indexing.is_set)
        except PaddockError as fault:
            _log.warning("the index of the search is not complete: %s", type(fault).__name__)

    def _empty_bin(self) -> None:
        """What lies in the bin for long enough, and messages whose deletion nobody can undo any more."""
        days = self.settings.get(BIN_DAYS)
        if days:
            long_ago = time.time() - days * 24 * 3600
            self.purge([one.id for one in self.chats.binned() if (one.deleted_at or 0.0) < long_ago])
        self.purge_messages()

    def _forget(self, conversations: tuple[str, ...]) -> tuple[str, ...]:
        for conversation in conversations:
            self.host.forget(conversation)
        return conversations

    def _converse_unnamed(self, chats: ChatStore) -> ChatSession:
        return self._works.converse(chats, unnamed=UNNAMED)

    def _forget_one(self, conversation: str) -> None:
        self.host.forget(conversation)

    def _acquire(self, on_progress: Callable[[float], None], stop: Stop, /, *, path: Path | None = None) -> Engine:
        self._works.titles.break_off()
        return self.desk.acquire(on_progress, stop, path=path)

    # The network.

    def has_downloads(self) -> bool:
        """Whether something was being fetched when Paddock last ended."""
        return bool(DownloadRows(self._database).all())

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

        outside = self.outside
        self._net = NetClient(self.gate, self.ledger, endpoint=outside.endpoint, door=outside.door)
        hub = Hub(self._net, HubAnswers(self._database), self.token)
        queue = partial(
            Downloads,
            DownloadRows(self._database),
            self._works.verified,
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

    def slots(self) -> keys.SlotState:
        """Which keys open this profile."""
        return keys.slot_state(self.places.keyfile)

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
        self._indexing.set()
        with self._works_lock:
            built = self._built
        if built is not None:
            built.titles.break_off()
            built.documents.close()
            built.search_model.close()
            built.host.close()
        self._temporary.end()
        if built is not None:
            built.states.close()
        if self._indexer is not None:
            self._indexer.join()
        self._database.close()
        keys.wipe(self._data_key)

    def _wishes(self, conversation_id: str | None, folder_id: str | None, manner: Manner) -> Wishes:
        said = self.effective(conversation_id, folder_id, manner)
        own_path, note = self._model(said.model)
        path = own_path or self.desk.path()
        from app.chat.session import Wishes

        return Wishes(
            sampling=self.desk.sampling(path, said.sampling),
            max_tokens=self.desk.max_answer_tokens(path, said.sampling),
            model_title=self.desk.titles.of(path),
            system_prompt=said.system_prompt,
            path=own_path,
            note=note,
        )

    def _model(self, said: str) -> tuple[Path | None, str]:
        """The model that was said for a conversation, None for the chosen one; and a note where it is gone."""
        if not said:
            return None, ""
        from app.models import gguf

        path = Path(said)
        try:
            return gguf.check(path).path, ""
        except ModelFault:
            return None, _("The model set for this chat, {model}, is no longer there, so another one answered.").format(
                model=self.desk.titles.of(path)
            )

    def _consent(self) -> Consent:
        return _CONSENTS[self.settings.get(CONSENT)]
