"""What a real engine had read of a document goes from the disk with it: real files, real profile, real model."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import paths
from app.chat import session
from app.core import Core
from app.documents.records import NO_DOCUMENTS, Scope
from app.engine.stop import Stop
from app.home import Home
from app.models import library
from app.storage.secrets import MemorySecrets
from tests.models import stocked

pytestmark = pytest.mark.model

CANARY = "The zebraquartz vault opens at midnight with seven copper keys."
SETTLE_S = 60.0
MOST_TOKENS = 32  # the starter model can go on for minutes


@pytest.fixture
def home(tmp_path: Path, converted: Path) -> Iterator[Home]:
    made = Home(paths.places(tmp_path / "profile"), MemorySecrets())
    stocked.give_search_model(made.places, converted)
    yield made
    made.close()


@pytest.fixture
def core(home: Home) -> Iterator[Core]:
    opened = home.create().core
    opened.desk.choose(library.starter())
    opened.host._save_after_s = 0.2  # after ten seconds otherwise
    yield opened
    opened.close()


def ask(core: Core, text: str, scope: Scope = NO_DOCUMENTS) -> str:
    """A new chat's first question, answered. The id of the chat."""
    told: list[session.Event] = []
    core.session.send(
        None, text, parent_id=None, on_event=told.append, stop=Stop(), max_tokens=MOST_TOKENS, scope=scope
    )
    last = told[-1]
    assert isinstance(last, session.Finished), last
    return last.answer.conversation_id


def kept(home: Home) -> frozenset[str]:
    return frozenset(path.name for path in home.places.states.glob("*") if path.is_file())


def until_kept(home: Home, states: int) -> frozenset[str]:
    """As many states as this on the disk, whole."""
    deadline = time.monotonic() + SETTLE_S
    while len(kept(home)) != states or any(name.startswith(".") for name in kept(home)):
        assert time.monotonic() < deadline, kept(home)
        time.sleep(0.02)
    return kept(home)


@pytest.mark.parametrize("is_loaded", [True, False])
def test_no_state_of_a_chat_that_read_the_document_is_left_on_the_disk(
    core: Core, home: Home, tmp_path: Path, is_loaded: bool
) -> None:
    path = tmp_path / "vault.txt"
    path.write_text(CANARY, "utf-8")
    (vault,) = core.documents.add_files([path])
    core.documents.start()
    assert core.documents.wait_until_idle(SETTLE_S)
    ask(core, "Say hello.")
    others = until_kept(home, 1)
    asked = ask(core, "When does the zebraquartz vault open?", Scope((vault.id,)))
    assert until_kept(home, 2) > others
    engine = core.host.current
    assert engine is not None
    assert engine.holds(asked)
    if not is_loaded:
        core.host.release()
    receipt = core.remove_documents([vault.id], with_answers=True)
    assert len(receipt.quoting) == 1
    assert kept(home) == others
    assert not is_loaded or not engine.holds(asked)
    core.host.release()
    assert kept(home) == others, "nothing of it is kept as the engine ends, either"
