"""What works on an unlocked profile: the engine with what is kept for it, the model desk, and what is on the disk.

It is most of Paddock, and the window's first frame needs none of it: so core.py imports it when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.chat.grounding import Grounding
from app.chat.session import AcquireEngine, ChatSession, WishesFor
from app.chat.store import ChatStore
from app.chat.titles import TitleWriter
from app.desk import ModelDesk
from app.documents import reader
from app.documents.answering.answerer import Answerer
from app.documents.library import Library
from app.documents.reader import ReadWish
from app.documents.search_model import SearchModel
from app.engine.client import LoadEngine
from app.engine.host import EngineHost
from app.engine.states import StateStore
from app.journeys.holdings import Holdings
from app.models import embedder
from app.models.shelf.elsewhere import Elsewhere
from app.models.shelf.folders import ModelFolders
from app.models.shelf.shelf import Shelf
from app.models.store import VerifiedFiles
from app.paths import Places
from app.settings import IDLE_UNLOAD_MINUTES, READ_SCANS, STATES_LIMIT_GB, Settings
from app.storage.database import Database
from app.storage.values import Values


@dataclass(frozen=True, slots=True)
class Works:
    """One of each."""

    states: StateStore
    host: EngineHost
    desk: ModelDesk
    holdings: Holdings
    verified: VerifiedFiles
    titles: TitleWriter
    documents: Library
    search_model: SearchModel
    session: ChatSession
    converse: Callable[..., ChatSession]
    """The turns of another store than the profile's."""


def build(
    database: Database,
    data_key: bytearray,
    settings: Settings,
    *,
    places: Places,
    load: LoadEngine,
    model_folders: tuple[Path, ...],
    find_elsewhere: Callable[[], tuple[Elsewhere, ...]],
    acquire: AcquireEngine,
    wishes: WishesFor,
) -> Works:
    """`model_folders` are the administrator's. `acquire` and `wishes` are for the turns."""
    values, chats = Values(database), ChatStore(database)
    states = StateStore(places.states, data_key, limit_bytes=lambda: round(settings.get(STATES_LIMIT_GB) * 1e9))
    host = EngineHost(load, states=states, idle_unload_s=lambda: 60.0 * settings.get(IDLE_UNLOAD_MINUTES))
    folders = ModelFolders(settings, places.models)
    verified = VerifiedFiles(database)
    shelf = Shelf(folders.all, model_folders, verified)
    desk = ModelDesk(
        values,
        host,
        shelved=lambda: [model.path for model in shelf.all() if model.kind == "chat"],
        require_unchanged=shelf.require_unchanged,
    )
    search_model = SearchModel(settings, places.search, require_unchanged=shelf.require_unchanged)
    holdings = Holdings(
        desk=desk,
        host=host,
        shelf=shelf,
        folders=folders,
        embedder=partial(embedder.embedder, places.search),
        search_model=search_model,
        find_elsewhere=find_elsewhere,
    )
    kept = (*chats.conversations(), *chats.binned())
    states.keep_only([conversation.id for conversation in kept])
    documents = Library(
        database, embedder=search_model, older_embedder=search_model.older, wish=partial(_wish, settings)
    )
    documents.on_change(search_model.rest_older)
    converse = partial(
        ChatSession,
        acquire=acquire,
        wishes=wishes,
        resume=host.resume,
        learn=desk.learn,
        grounding=Grounding(documents, Answerer(documents)),
    )
    return Works(
        states=states,
        host=host,
        desk=desk,
        holdings=holdings,
        verified=verified,
        titles=TitleWriter(chats),
        documents=documents,
        search_model=search_model,
        session=converse(chats),
        converse=converse,
    )


def _wish(settings: Settings) -> ReadWish:
    return ReadWish(is_ocr_wanted=settings.get(READ_SCANS) and bool(reader.ocr_languages()))
