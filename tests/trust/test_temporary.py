"""A temporary chat is never written anywhere: its words are looked for in every file, and in every row of the database.

Beside it runs a chat that is kept, so that each search is known to find what is there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import paths
from app.chat import session
from app.chat.tree import Attachment, Draft, Edit, Queued
from app.core import MIGRATIONS, Core
from app.engine import client
from app.engine.client import Stop
from app.engine.fake import Script, fake_load
from app.home import Home
from app.models import library
from app.storage import keys
from app.storage.cipher import connect
from app.storage.database import Database
from app.storage.secrets import MemorySecrets
from app.storage.values import Values

TEMPORARY = "zebrafinchcanary9f3a"
LASTING = "lastingcanary7c21"
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")

pytestmark = [pytest.mark.trust, pytest.mark.model]


@pytest.fixture(params=["fake", "real"])
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A profile whose temporary files go where they can be looked through."""
    (tmp_path / "temp").mkdir()
    for name in ("TMPDIR", "TEMP", "TMP", "SQLITE_TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path / "temp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    load = fake_load(Script(answers=("Kept.", f"{TEMPORARY} it is."))) if request.param == "fake" else client.load
    made = Home(paths.places(tmp_path / "profile"), MemorySecrets(), load=load)
    yield made
    made.close()


def ask(core: Core, text: str, *, home: str | None = None, is_temporary: bool = False) -> str:
    """One turn with a file attached; the conversation's id."""
    told: list[session.Event] = []
    room = core.room(home, is_temporary=is_temporary)
    conversation = None if home is None else room.chats.conversation(home)
    room.session.send(
        home,
        text,
        parent_id=None if conversation is None else conversation.tip_id,
        on_event=told.append,
        stop=Stop(),
        max_tokens=12,
        attachments=(Attachment(f"{text}.txt", f"{text} in a file. " * 3),),
    )
    assert isinstance(told[-1], session.Finished)
    started = next(event for event in told if isinstance(event, session.Started))
    return started.question.conversation_id


def live_temporarily(core: Core) -> str:
    """Everything that a person can do in a temporary chat."""
    core.read_ahead(None, f"{TEMPORARY} is typed now", parent_id=None, stop=Stop(), is_temporary=True)
    home = ask(core, TEMPORARY, is_temporary=True)
    ask(core, f"{TEMPORARY} again", home=home)
    room = core.room(home)
    room.chats.save_draft(home, Draft(f"{TEMPORARY} typed", (), (Queued(f"{TEMPORARY} queued"),))).result()
    answer = room.chats.tree(home).path()[-1]
    room.chats.save_edit(home, Edit(answer.id, f"{TEMPORARY} changed")).result()
    room.chats.rename(home, f"{TEMPORARY} title")
    assert room.chats.search(TEMPORARY)
    assert core.lasting_search(TEMPORARY) == ()
    room.session.summarise(home, on_event=lambda _event: None, stop=Stop())
    assert core.write_title(home, Stop()) == ""
    return home


def files_with(canary: str, *folders: Path) -> list[Path]:
    needles = [canary.encode(encoding) for encoding in ENCODINGS]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if any(n in path.read_bytes() or n.decode("latin-1") in str(path) for n in needles)]


def rows_with(canary: str, home: Home) -> list[str]:
    """The tables of the profile's database, decrypted, in which the words stand."""
    key = keys.unlock_by_keyring(home.places.keyfile, home.secrets)
    connection = connect(home.places.database, key, is_read_only=True)
    try:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return [
            name
            for (name,) in names
            for row in connection.execute(f'SELECT * FROM "{name}"').fetchall()
            for value in row
            if canary in str(value) or (isinstance(value, bytes) and canary.encode() in value)
        ]
    finally:
        connection.close()


def test_nothing_of_a_temporary_chat_reaches_the_disk(home: Home, tmp_path: Path) -> None:
    core = home.create().core
    core.desk.choose(library.starter())
    lasting = ask(core, LASTING)
    temporary = live_temporarily(core)
    engine = core.host.current
    assert engine is not None
    assert engine.holds(temporary), "it waits in the engine's memory"
    core.host.release()  # what is kept of conversations is written now, as it is when a model is unloaded
    kept = list(home.places.states.glob("*.state"))
    assert len(kept) == 1, "that of the chat that is kept"
    assert files_with(TEMPORARY, home.places.root, tmp_path / "temp") == []
    core.close()
    assert rows_with(LASTING, home), "the search finds what is there"
    assert rows_with(TEMPORARY, home) == []
    assert files_with(TEMPORARY, tmp_path) == []
    core = home.open_by_keyring().core
    assert [conversation.id for conversation in core.chats.conversations()] == [lasting]
    assert core.room(None, is_temporary=True).chats.conversations() == ()
    core.close()


def test_the_engine_forgets_a_temporary_chat_when_it_ends(home: Home) -> None:
    core = home.create().core
    core.desk.choose(library.starter())
    lasting = ask(core, LASTING)
    temporary = live_temporarily(core)
    core.end_temporary()
    engine = core.host.current
    assert engine is not None
    assert not engine.holds(temporary)
    assert engine.holds(lasting)
    chunks: list[bytes] = []
    assert engine.save(temporary, chunks.append, limit_bytes=2**30, stop=Stop()) == 0
    assert core.room(None, is_temporary=True).chats.conversations() == ()
    core.close()


def test_a_database_in_memory_makes_no_file_however_large_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SQLITE_TMPDIR", str(tmp_path))
    database = Database.in_memory(migrations=MIGRATIONS)
    values = Values(database)
    for number in range(40):
        values.set(f"{TEMPORARY}{number}", TEMPORARY * 20_000)
        assert list(tmp_path.rglob("*")) == []
    assert len(values.all()) == 40
    database.close()
    assert list(tmp_path.rglob("*")) == []
